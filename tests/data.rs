//! What a researcher does with data: a folder becomes a data set, is looked into, and comes back as MIDI.

use lacuna::format;
use lacuna::score::Score;
use std::path::Path;
use std::process::{Command, Output};

fn lacuna(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lacuna"))
        .current_dir(folder)
        .env_remove("LACUNA_CACHE")
        .args(args)
        .output()
        .expect("the binary starts")
}

fn done(folder: &Path, args: &[&str]) -> String {
    let output = lacuna(folder, args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{args:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout) + &text(&output.stderr)
}

/// Forty bars on two tracks, different for every seed.
fn song(seed: u32) -> Score {
    let mut s = Score::default();
    for (program, name) in ["MELODY", "PIANO"].iter().enumerate() {
        let t = s.add_track(*name, program as u8, program as u8);
        for k in 0..160u32 {
            let pitch = 48 + (k * k * (seed + 2) + k * (seed + 5) + 7 * program as u32) % 36;
            s.add_note(t, k * 480, 240 + 240 * (k % 2), pitch as u8, 80);
        }
    }
    s
}

/// `songs/` with twelve songs, one in a folder below, and three files that are none.
fn folder() -> tempfile::TempDir {
    let work = tempfile::tempdir().unwrap();
    let songs = work.path().join("songs");
    std::fs::create_dir_all(songs.join("more")).unwrap();
    for i in 0..12 {
        let name = if i == 11 {
            "more/11.mid".into()
        } else {
            format!("{i:02}.mid")
        };
        format::save_midi(&songs.join(name), &song(i)).unwrap();
    }
    std::fs::write(songs.join("empty.mid"), b"").unwrap();
    std::fs::write(songs.join("noise.mid"), [7; 100]).unwrap();
    let whole = std::fs::read(songs.join("00.mid")).unwrap();
    std::fs::write(songs.join("cut.mid"), &whole[..10]).unwrap();
    work
}

#[test]
fn a_folder_becomes_a_data_set_and_its_items_come_back_as_midi() {
    let work = folder();
    let at = work.path();
    let prepare = [
        "prepare",
        "--dataset-id",
        "midi",
        "--root-dir",
        "songs",
        "--tokenizer-id",
        "trio_octuple",
        "--bars",
        "16",
    ];
    let said = done(at, &prepare);
    for bad in ["empty.mid", "noise.mid", "cut.mid"] {
        assert!(said.contains(&format!("left out: {bad}: ")), "{said}");
    }
    // The data set registered itself under its own name.
    let said = done(at, &["inspect", "songs_trio_octuple"]);
    assert!(
        said.contains("12 songs") && said.contains("column tempo"),
        "{said}"
    );
    assert!(said.contains("3 left out"), "{said}");

    let said = done(
        at,
        &[
            "convert",
            "cache/songs_trio_octuple",
            "--output-dir",
            "back",
        ],
    );
    assert!(said.contains("48 MIDI files, 0 items left out"), "{said}");
    // The first window of a song is the song's first 16 bars, on its own grid.
    let back = format::open_midi(&at.join("back/00.mid_00000_bar0000.mid"))
        .unwrap()
        .score;
    let notes = |s: &Score, until: u32| -> Vec<(u32, u8)> {
        let parts = u32::from(s.ppq) / 4;
        let all = s.notes().map(|(_, n)| (n.start / parts, n.pitch));
        let mut all: Vec<_> = all.filter(|n| n.0 < until).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(notes(&back, 256), notes(&song(0), 256));
    assert_eq!(notes(&back, u32::MAX).len(), notes(&back, 256).len());
    // Nothing is written over.
    let again = lacuna(
        at,
        &[
            "convert",
            "cache/songs_trio_octuple",
            "--output-dir",
            "back",
        ],
    );
    assert_eq!(again.status.code(), Some(1));
}

#[test]
fn a_piece_and_a_data_set_are_looked_into() {
    let work = folder();
    let at = work.path();
    let said = done(at, &["inspect", "songs/00.mid"]);
    assert!(said.contains("320 notes on 2 tracks, 40 bars"), "{said}");
    let said = done(at, &["inspect", "songs", "--report-dir", "report"]);
    assert!(
        said.contains("12 songs") && said.contains("3 songs left out"),
        "{said}"
    );
    let report = std::fs::read_dir(at.join("report")).unwrap().count();
    assert!(report > 3, "{report} files in the report");
    let output = lacuna(at, &["inspect", "nothing-of-that-name"]);
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(err.contains("pop909") && err.lines().count() == 1, "{err}");
}

#[test]
fn generated_songs_go_through_every_representation() {
    let work = tempfile::tempdir().unwrap();
    let at = work.path();
    for tokenizer in [
        "melody",
        "roll",
        "remi_z",
        "mmt",
        "structured",
        "tpd",
        "chorale",
        "melody_octuple",
    ] {
        let name = format!("cache/scales_{tokenizer}");
        done(
            at,
            &[
                "prepare",
                "--dataset-id",
                "scales",
                "--tokenizer-id",
                tokenizer,
                "--bars",
                "4",
            ],
        );
        let said = done(at, &["convert", &name, "--output-dir", tokenizer]);
        assert!(said.contains(" 0 items left out"), "{tokenizer}: {said}");
    }
    let said = lacuna(
        at,
        &[
            "prepare",
            "--dataset-id",
            "scales",
            "--tokenizer-id",
            "nothing",
        ],
    );
    let err = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(err.contains("remi_z") && err.contains("octuple ("), "{err}");
}
