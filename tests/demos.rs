//! The demo pieces: what is committed is what their sources say, and it is music one can open.
//!
//! `LACUNA_WRITE_DEMOS=1 ./test --test demos` writes the files anew.

#[path = "demos/notation.rs"]
mod notation;

use lacuna::dataset::{self, Source as _, jsb::Jsb};
use lacuna::format::smf;
use lacuna::score::{ChannelEvent, ChannelEventKind, Score};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pieces with a source in `assets/demos/source`, with their length in bars and names of their tracks.
const ORIGINALS: [(&str, u32, &[&str]); 2] = [
    ("paper_lanterns", 32, &["MELODY", "BRIDGE", "PIANO"]),
    ("second_hand_rain", 24, &["Vibes", "Keys", "Bass", "Drums"]),
];

/// Chorales from the test list of the JSB data set: id and name.
const CHORALES: [(&str, &str); 3] = [
    ("test-008", "chorale_in_f_major"),
    ("test-044", "chorale_in_g_major"),
    ("test-046", "chorale_in_g_minor"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demos")
}

/// Compares a score with its committed file, or writes it where that was asked for.
fn hold(name: &str, score: &Score) {
    let bytes = smf::export(score).expect("a demo can be written");
    let path = folder().join(format!("{name}.mid"));
    if std::env::var_os("LACUNA_WRITE_DEMOS").is_some() {
        std::fs::write(&path, &bytes).expect("the demo folder can be written");
    }
    let committed = std::fs::read(&path).unwrap_or_default();
    assert!(
        committed == bytes,
        "{name}.mid is not what its source says; write it anew with LACUNA_WRITE_DEMOS=1 ./test --test demos"
    );
}

fn source(name: &str) -> Score {
    let path = folder().join(format!("source/{name}.txt"));
    let text = std::fs::read_to_string(path).expect("the source is committed");
    notation::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn the_original_pieces_are_what_their_sources_say() {
    for (name, bars, tracks) in ORIGINALS {
        let score = source(name);
        let names: Vec<&str> = score.tracks.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, tracks, "{name}");
        assert_eq!(score.bar_count(), bars, "{name}");
        for t in &score.tracks {
            let overlap = t.notes.iter().enumerate().find(|(i, a)| {
                let later = &t.notes[i + 1..];
                later
                    .iter()
                    .any(|b| b.pitch == a.pitch && b.start < a.end())
            });
            assert!(overlap.is_none(), "{name}, {}: {overlap:?}", t.name);
        }
        hold(name, &score);
    }
}

#[test]
fn every_demo_opens() {
    let names = ORIGINALS.iter().map(|o| o.0);
    for name in names.chain(CHORALES.iter().map(|c| c.1)) {
        let bytes = std::fs::read(folder().join(format!("{name}.mid"))).expect(name);
        let score = smf::import(&bytes, name).expect(name).score;
        assert!(score.note_count() > 150, "{name}: {}", score.note_count());
        assert!(score.bar_count() >= 11, "{name}");
    }
}

#[test]
fn the_chorales_are_those_of_the_test_list() {
    let source = Jsb::new(&dataset::default_root().join("jsb"));
    let Ok(songs) = source.songs() else {
        eprintln!("SKIPPED: no chorales; set LACUNA_DATA to run this test");
        return;
    };
    for (id, name) in CHORALES {
        let song = songs.iter().find(|s| s.id == id).expect(id);
        let mut score = source.load(song).expect(id).score;
        score.title = name.replace('_', " ");
        for t in &mut score.tracks {
            let program = t.program;
            Arc::make_mut(t).events.push(ChannelEvent {
                tick: 0,
                kind: ChannelEventKind::Program { program },
            });
        }
        hold(name, &score);
    }
}

#[test]
fn a_fault_in_a_source_names_its_line() {
    let head = "title x\ntempo 90\nmeter 4/4\ntrack A 0 0\nvoice\n";
    for (bars, part) in [
        ("| C4:16 | C4:8\n", "line 6, bar 2: 8 16ths"),
        ("| H4:16\n", "names no pitch"),
        ("| C4:12 D4:8\n", "does not fit"),
    ] {
        let error = notation::parse(&format!("{head}{bars}")).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
    let score = notation::parse(&format!("{head}| C4+E4:4 r:12\n")).unwrap();
    assert_eq!(score.note_count(), 2);
}
