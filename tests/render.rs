//! A person renders a piece on the command line.

use lacuna::format;
use lacuna::score::Score;
use std::path::Path;
use std::process::{Command, Output};

fn lacuna(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lacuna"))
        .current_dir(folder)
        .args(args)
        .output()
        .expect("the binary starts")
}

fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_midi_file_becomes_sound_and_nothing_is_replaced_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let mut score = Score::default();
    let track = score.add_track("Melody", 0, 0);
    score.add_note(track, 0, 480, 69, 100);
    format::save_midi(&folder.path().join("piece.mid"), &score).unwrap();

    let args = ["render", "piece.mid", "--rate", "22050", "--tail", "0.5"];
    let done = lacuna(folder.path(), &args);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let mut wav = hound::WavReader::open(folder.path().join("piece.wav")).unwrap();
    assert_eq!((wav.spec().channels, wav.spec().sample_rate), (2, 22_050));
    // One bar of 4/4 at 120 beats a minute and half a second.
    assert_eq!(wav.duration(), 22_050 * 5 / 2);
    let loudest = wav.samples::<i16>().map(|s| s.unwrap().abs()).max();
    assert!(loudest > Some(500), "{loudest:?}");

    let refused = error(&lacuna(folder.path(), &args));
    assert!(refused.contains("piece.wav exists"), "{refused}");
    let forced = lacuna(folder.path(), &[&args[..], &["--force"]].concat());
    assert_eq!(forced.status.code(), Some(0));
}

#[test]
fn a_file_that_is_no_piece_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.mid"), "buy milk").unwrap();
    let why = error(&lacuna(folder.path(), &["render", "notes.mid"]));
    assert!(why.starts_with("error: notes.mid"), "{why}");
    assert!(!folder.path().join("notes.wav").exists());
}
