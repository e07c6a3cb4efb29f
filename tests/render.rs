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
fn stems_are_what_the_tracks_sound_like_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut score = Score::default();
    for (name, channel, pitch) in [("Melody", 0, 69), ("Bass", 1, 45)] {
        let track = score.add_track(name, channel, 0);
        score.add_note(track, 0, 480, pitch, 100);
    }
    format::save_midi(&folder.path().join("piece.mid"), &score).unwrap();
    let common = ["--rate", "22050", "--tail", "0.5", "--float"];
    let args = [&["render", "piece.mid", "--stems"], &common[..]].concat();
    let done = lacuna(folder.path(), &args);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let stems = folder.path().join("piece stems");
    // The melody alone is a piece without the bass: the same synth plays it.
    let melody = score.tracks[0].id;
    let alone = format::excerpt::tracks(&score, &[melody].into());
    format::save_midi(&folder.path().join("alone.mid"), &alone).unwrap();
    let args = [&["render", "alone.mid"], &common[..]].concat();
    assert_eq!(lacuna(folder.path(), &args).status.code(), Some(0));
    let read = |path: &Path| std::fs::read(path).unwrap();
    assert!(read(&stems.join("01 Melody.wav")) == read(&folder.path().join("alone.wav")));
    assert!(stems.join("02 Bass.wav").exists());

    let args = [&["render", "piece.mid", "--stems"], &common[..]].concat();
    let refused = error(&lacuna(folder.path(), &args));
    assert!(refused.contains("piece stems exists"), "{refused}");
}

#[test]
fn a_piece_is_converted_to_notation_and_pictures_by_its_ending() {
    let folder = tempfile::tempdir().unwrap();
    let mut score = Score::default();
    let track = score.add_track("Melody", 0, 0);
    score.add_note(track, 7, 470, 69, 100);
    format::save_midi(&folder.path().join("piece.mid"), &score).unwrap();
    let convert = |to: &str| lacuna(folder.path(), &["convert", "piece.mid", to]);
    for (to, begins) in [
        ("piece.musicxml", &b"<?xml"[..]),
        ("piece.svg", b"<?xml"),
        ("piece.png", b"\x89PNG"),
        ("again.mid", b"MThd"),
    ] {
        let done = convert(to);
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        let bytes = std::fs::read(folder.path().join(to)).unwrap();
        assert!(bytes.starts_with(begins), "{to}");
        let said = String::from_utf8_lossy(&done.stderr);
        let moved = said.contains("did not begin on the grid");
        assert_eq!(moved, to.ends_with("musicxml"), "{said}");
    }
    assert!(error(&convert("piece.svg")).contains("piece.svg exists"));
}

#[test]
fn a_file_that_is_no_piece_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.mid"), "buy milk").unwrap();
    let why = error(&lacuna(folder.path(), &["render", "notes.mid"]));
    assert!(why.starts_with("error: notes.mid"), "{why}");
    assert!(!folder.path().join("notes.wav").exists());
}
