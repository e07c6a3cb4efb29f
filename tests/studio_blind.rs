//! The blind listening test as a listener takes it: by keys, told nothing, and losing nothing.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use egui_kittest::kittest::NodeT;
use lacuna::evaluation::Kind;
use lacuna::evaluation::blind::{Report, log};
use lacuna::evaluation::study::{Piece, Row, Study};
use lacuna::score::Score;
use lacuna::studio::command::Command;
use lacuna::studio::evaluation::Tab;
use lacuna::studio::{Purpose, State, picked_path};
use std::sync::Arc;
use support::Desk;

const HOLES: usize = 8;

/// A study of three rows and nonsense, each with something else in every hole.
fn study() -> Study {
    let window = |row: u32, hole: u32| {
        let mut score = Score {
            title: format!("SECRET {row}"),
            ..Score::default()
        };
        let track = score.add_track("Melody", 0, 0);
        for i in 0..32u32 {
            let pitch = 50 + (i * (row + 2) + hole) % 24;
            score.add_note(track, i * 240, 240, pitch as u8, 80);
        }
        Arc::new(score)
    };
    let row = |at: u32, name: &str, kind| Row {
        name: name.into(),
        kind,
        pieces: (0..HOLES as u32)
            .map(|hole| Piece {
                name: format!("SECRET song {hole}"),
                takes: vec![window(at, hole)],
                original: None,
                hole: Some(1..3),
                nearest: None,
            })
            .collect(),
        distributions: Vec::new(),
        millis: None,
    };
    Study {
        rows: vec![
            row(0, "SECRET model", Kind::Model),
            row(1, "originals", Kind::Floor),
            row(2, "SECRET nonsense", Kind::Nonsense),
        ],
        ..Study::default()
    }
}

/// A desk at the tab, with the study.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.edit(|s| s.evaluation.study = Some(Arc::new(study())));
    desk.invoke(Command::BlindTest);
    desk.frames(2);
    assert!(desk.state().evaluation.open);
    assert_eq!(desk.state().evaluation.tab, Tab::Blind);
    desk
}

fn begun() -> Desk {
    let mut desk = desk();
    desk.click("Begin the listening test");
    desk.wait("the first question", |s| s.evaluation.blind.is_taken());
    desk.frames(2);
    desk
}

fn answered(state: &State) -> usize {
    let session = state.evaluation.blind.session.as_ref();
    session.map_or(0, |s| s.answered().len())
}

/// Everything a screen reader could say of the window.
fn said(desk: &Desk) -> String {
    let root = desk.harness.root();
    let all = root.children_recursive();
    let words = all.flat_map(|n| {
        let n = n.accesskit_node();
        [n.label(), n.value()].into_iter().flatten()
    });
    words.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_test_is_taken_by_keys_and_its_table_made_again_from_the_file() {
    let mut desk = begun();
    let session = desk.state().evaluation.blind.session.as_ref().unwrap();
    let trials = session.test().len();
    // Eight holes of one pair, two with nonsense, and some of the first half once more.
    assert!((HOLES + 3..=HOLES + 6).contains(&trials), "{trials}");
    assert!(desk.state().transport.is_playing(), "A plays by itself");
    // An answer before B was heard is none, and says why.
    desk.key("Left");
    assert_eq!(answered(desk.state()), 0);
    assert!(said(&desk).contains("Listen to B first"));
    for at in 0..trials {
        assert!(said(&desk).contains(&format!("Trial {} of {trials}", at + 1)));
        desk.key("Tab");
        desk.key(["Left", "Right", "Down"][at % 3]);
        // The last is taken back once and given again.
        if at == 4 {
            assert_eq!(answered(desk.state()), 5);
            desk.key("Backspace");
            assert_eq!(answered(desk.state()), 4);
            desk.key("B");
            desk.key("Space");
            desk.key("Right");
        }
    }
    let blind = &desk.state().evaluation.blind;
    assert!(blind.session.is_none() && !desk.state().transport.is_playing());
    let (report, records) = blind.result.clone().unwrap();
    assert_eq!((report.counted, records.len()), (HOLES, trials));
    assert!(said(&desk).contains("SECRET model"), "now it is told");
    let path = desk.folder().join("answers.csv");
    desk.edit(|s| picked_path(s, Purpose::Listening, path.clone()));
    desk.wait("the file", |_| path.exists());
    let back = log::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(Report::of(&back), Some(report));
}

#[test]
fn nothing_in_the_window_tells_what_is_heard() {
    let mut desk = begun();
    for _ in 0..5 {
        let said = said(&desk);
        assert!(
            !said.contains("SECRET") && !said.contains("originals"),
            "{said}"
        );
        desk.key("Tab");
        desk.key("Down");
    }
    assert_eq!(answered(desk.state()), 5);
}

#[test]
fn a_pause_asks_nothing_away_and_gives_the_keys_back() {
    let mut desk = begun();
    desk.key("Tab");
    desk.key("Down");
    desk.key("Esc");
    assert!(desk.state().evaluation.blind.paused);
    assert!(!desk.state().transport.is_playing());
    desk.key("Left");
    assert_eq!(answered(desk.state()), 1);
    desk.key("Space");
    assert!(desk.state().evaluation.blind.is_taken());
    assert!(desk.state().transport.is_playing());
    desk.key("Esc");
    desk.click("End the test here");
    let (report, _) = desk.state().evaluation.blind.result.clone().unwrap();
    assert!(report.counted <= 1);
    assert!(desk.state().evaluation.blind.session.is_none());
}

#[test]
fn a_window_that_closes_loses_no_answer() {
    let mut desk = begun();
    for _ in 0..3 {
        desk.key("Tab");
        desk.key("Right");
    }
    let records = |s: &State| {
        let session = s.evaluation.blind.session.as_ref();
        session.map(|s| s.answered().to_vec()).unwrap_or_default()
    };
    let given = records(desk.state());
    let log = desk.folder().join("recovery/listening/0001/log.csv");
    desk.wait("the log", |_| {
        std::fs::read_to_string(&log).is_ok_and(|t| t.lines().count() == 4)
    });
    let mut desk = desk.crash();
    desk.open_piece();
    desk.invoke(Command::BlindTest);
    desk.wait("the test", |s| s.evaluation.blind.left.is_some());
    desk.frames(2);
    desk.click("Go on with it");
    assert_eq!(records(desk.state()), given);
    assert!(desk.state().evaluation.blind.is_taken());
    desk.key("Tab");
    desk.key("Left");
    assert_eq!(answered(desk.state()), 4);
}

#[test]
fn ratings_are_given_by_numbers() {
    let mut desk = desk();
    desk.click("Rating");
    desk.click("Begin the listening test");
    desk.wait("the first question", |s| s.evaluation.blind.is_taken());
    desk.key("Left");
    assert_eq!(answered(desk.state()), 0, "arrows answer pairs");
    desk.key("4");
    desk.key("2");
    assert_eq!(answered(desk.state()), 2);
    let session = desk.state().evaluation.blind.session.as_ref().unwrap();
    let given: Vec<String> = session
        .answered()
        .iter()
        .map(|r| r.answer.to_string())
        .collect();
    assert_eq!(given, ["4", "2"]);
}
