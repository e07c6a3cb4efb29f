//! History and versions as a person reaches them, and what holds of undo for any commands whatever.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;
#[path = "studio/walk.rs"]
mod walk;

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use lacuna::format::project::{Project, read_reported, write};
use lacuna::process::generator;
use lacuna::score::{Document, NoteId, Score};
use lacuna::studio::command::{Command as C, Menu, TABLE};
use lacuna::studio::{Overlay, Purpose, picked_path, why_not};
use rand::Rng;
use rand::seq::IndexedRandom;
use support::{Desk, piece};
use walk::focused;

fn saved(document: &Document) -> Vec<u8> {
    let project = Project {
        document: document.clone(),
        view: None,
    };
    write(&project).unwrap()
}

/// A desk on which three notes were written, one a step.
fn three_steps() -> Desk {
    let mut desk = Desk::new();
    desk.edit(|s| {
        let mut score = Score::default();
        score.add_track("Melody", 0, 0);
        s.show_document(Document::new(score), None);
        s.roll.caret = lacuna::studio::roll::Caret { tick: 0, pitch: 60 };
    });
    for _ in 0..3 {
        desk.key("N");
    }
    assert_eq!(notes(&desk), 3);
    desk
}

fn notes(desk: &Desk) -> usize {
    desk.state().document().score.note_count()
}

fn has_history(desk: &Desk) -> bool {
    matches!(desk.state().overlay, Some(Overlay::History))
}

#[test]
fn the_history_lists_every_step_and_goes_to_any() {
    let mut desk = three_steps();
    desk.key("ctrl H");
    assert!(has_history(&desk));
    desk.frames(2);
    for row in ["0  As it was opened", "1  Write 1 note", "3  Write 1 note"] {
        desk.harness.get_by_label(row);
    }
    assert_eq!(focused(&desk).unwrap().1, "3  Write 1 note");
    desk.click("1  Write 1 note");
    assert_eq!(notes(&desk), 1);
    // Arrows go on from there, and say where one is.
    desk.key("ArrowDown");
    assert_eq!(notes(&desk), 2);
    assert_eq!(focused(&desk).unwrap().1, "2  Write 1 note");
    desk.key("ArrowUp");
    desk.key("ArrowUp");
    desk.key("ArrowUp");
    assert_eq!(notes(&desk), 0, "and stop at the first");
    assert_eq!(focused(&desk).unwrap().1, "0  As it was opened");
    desk.click("3  Write 1 note");
    assert_eq!(notes(&desk), 3);
    desk.key("Esc");
    assert!(desk.state().overlay.is_none());
    assert_eq!(notes(&desk), 3);
}

#[test]
fn steps_are_taken_back_by_key_while_the_pane_is_open_and_a_new_one_ends_the_rest() {
    let mut desk = three_steps();
    desk.key("ctrl H");
    desk.frames(2);
    desk.key("ctrl Z");
    desk.key("ctrl Z");
    assert_eq!(notes(&desk), 1);
    desk.key("ctrl Y");
    assert_eq!(notes(&desk), 2);
    assert!(has_history(&desk));
    desk.harness.get_by_label("3  Write 1 note");
    // What is below is only read: a key that would change the piece does not reach it.
    desk.key("Delete");
    desk.key("N");
    assert_eq!(notes(&desk), 2);
    desk.key("ctrl H");
    assert!(desk.state().overlay.is_none(), "its key closes it");
    desk.edit(|s| s.selection.clear());
    desk.key("ctrl Up");
    desk.key("N");
    desk.key("ctrl H");
    desk.frames(2);
    assert_eq!(desk.state().history.redo_label(), None);
    assert!(desk.harness.query_by_label("4  Write 1 note").is_none());
    desk.click("0  As it was opened");
    assert_eq!(notes(&desk), 0);
}

#[test]
fn going_back_shows_what_changed() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.edit(|s| {
        s.roll.scale = 0.3;
        s.roll.caret = lacuna::studio::roll::Caret {
            tick: 14 * 1920,
            pitch: 100,
        };
    });
    desk.key("N");
    desk.edit(|s| s.roll.start = 0.0);
    desk.frames(2);
    assert!(!desk.state().visible_ticks().contains(&(14 * 1920)));
    desk.key("ctrl H");
    desk.key("ctrl Z");
    desk.frames(3);
    assert!(desk.state().visible_ticks().contains(&(14 * 1920)));
}

#[test]
fn the_tempo_pane_takes_steps_back_too() {
    let mut desk = Desk::new();
    desk.open_piece();
    let before = desk.state().document().clone();
    desk.key("shift T");
    desk.frames(2);
    desk.edit(|s| s.transport.seek(1920));
    desk.frames(1);
    desk.click("Add tempo at playhead");
    assert_ne!(*desk.state().document(), before);
    desk.key("ctrl Z");
    assert_eq!(*desk.state().document(), before);
    assert!(matches!(desk.state().overlay, Some(Overlay::Time)));
}

/// What the roll says of itself.
fn roll(desk: &Desk) -> String {
    let node = desk.harness.get_by_label("Piano roll");
    node.accesskit_node().value().unwrap_or_default()
}

#[test]
fn a_version_is_kept_compared_and_gone_back_to_by_key() {
    let mut desk = three_steps();
    assert_eq!(
        why_not(C::RestoreVersion, desk.state()).as_deref(),
        Some("No version is kept yet; keep one first (Alt+V).")
    );
    desk.key("alt V");
    let kept = desk.state().document().score.clone();
    assert_eq!(desk.state().document().versions.len(), 1);
    desk.key("shift V");
    desk.frames(2);
    assert!(
        roll(&desk).contains("compared: no note differs"),
        "{}",
        roll(&desk)
    );
    desk.key("N");
    desk.frames(1);
    assert!(roll(&desk).contains("1 added"), "{}", roll(&desk));
    desk.key("ctrl A");
    desk.key("Up");
    desk.frames(1);
    assert!(roll(&desk).contains("3 changed"), "{}", roll(&desk));
    desk.key("shift V");
    desk.frames(1);
    assert!(!roll(&desk).contains("compared"));
    let before = desk.state().document().clone();
    desk.palette("go back to version");
    let score = desk.state().document().score.clone();
    assert_eq!(score.tracks, kept.tracks);
    assert_eq!(
        desk.state().history.undo_label(),
        Some("Go back to version 1")
    );
    assert_eq!(desk.state().document().versions.len(), 1, "it stays");
    desk.key("ctrl Z");
    assert_eq!(saved(desk.state().document()), saved(&before));
}

/// Clicks a version in the list.
fn choose(desk: &mut Desk, name: &str) {
    let rows = desk.harness.get_all_by_label_contains(name);
    let mut rows = rows.filter(|n| {
        let n = n.accesskit_node();
        n.role() == Role::Button && n.label().is_some_and(|l| l.starts_with(name))
    });
    rows.next().unwrap().click();
    drop(rows);
    desk.frames(3);
}

#[test]
fn versions_are_listed_named_chosen_saved_and_forgotten_in_their_pane() {
    let mut desk = three_steps();
    desk.key("ctrl shift V");
    assert!(matches!(desk.state().overlay, Some(Overlay::Versions)));
    desk.frames(2);
    desk.click("Keep a version");
    desk.edit(|s| s.selection.clear());
    desk.key("Esc");
    desk.key("N");
    desk.key("ctrl shift V");
    // Its commands work inside it by key as well.
    desk.key("alt V");
    assert_eq!(desk.state().document().versions.len(), 2);
    desk.frames(2);
    choose(&mut desk, "Version 1");
    assert_eq!(desk.state().compared, Some(0));
    desk.harness.get_by_label_contains("Since then: 1 added");
    // A name being typed is one step, and Ctrl+Z in the field is the field's.
    let steps = desk.state().history.labels().count();
    desk.click("Name of the version");
    desk.key("ctrl A");
    desk.type_text("Be");
    desk.type_text("fore");
    let names = |desk: &Desk| {
        let versions = desk.state().document().versions.iter();
        versions.map(|v| v.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&desk), ["Before", "Version 2"]);
    assert_eq!(desk.state().history.labels().count(), steps + 1);
    desk.key("Tab");
    desk.key("ctrl Z");
    assert_eq!(names(&desk), ["Version 1", "Version 2"]);
    desk.key("ctrl Y");
    desk.click("Go back to it");
    assert_eq!(notes(&desk), 3);
    desk.key("ctrl Z");
    assert_eq!(notes(&desk), 4);
    desk.key("Esc");
    assert!(desk.state().overlay.is_none());

    // They are part of the project file.
    let project = desk.folder().join("versions.lacuna");
    desk.edit(|s| picked_path(s, Purpose::Save(None), project.clone()));
    desk.wait("the file", |s| !s.is_dirty());
    let document = desk.state().document().clone();
    let (read, report) = read_reported(&std::fs::read(&project).unwrap()).unwrap();
    assert_eq!(read.document, document);
    assert!(report.sentences.is_empty());

    desk.key("ctrl shift V");
    desk.frames(2);
    choose(&mut desk, "Version 2");
    desk.click("Forget it");
    assert_eq!(names(&desk), ["Before"]);
    desk.key("ctrl Z");
    assert_eq!(names(&desk), ["Before", "Version 2"]);
}

/// Commands that put another piece on the desk, where undo does not lead back, or that close the window.
const OTHER_PIECE: [C; 8] = [
    C::New,
    C::NewPiano,
    C::NewMelodyChords,
    C::NewFourVoices,
    C::NewBand,
    C::Open,
    C::FirstSteps,
    C::Quit,
];

/// Walks of so many commands each.
const WALKS: u64 = 40;
const COMMANDS: usize = 60;

/// Any commands of the table, in any order, on any selection, at any place: undoing all leads to the first piece, to the
/// byte, and redoing all to the last. Among them are undo and redo, models that write, panes that are confirmed,
/// versions one goes back to, and commands that are refused.
#[test]
fn any_commands_are_undone_and_done_again_to_the_byte() {
    let all: Vec<C> = TABLE
        .iter()
        .map(|s| s.command)
        .filter(|c| !OTHER_PIECE.contains(c))
        .collect();
    // Half of the draws change notes, or most of a walk would only look at them.
    let changing: Vec<C> = TABLE
        .iter()
        .filter(|s| matches!(s.menu, Menu::Notes | Menu::Shape | Menu::Edit))
        .map(|s| s.command)
        .collect();
    let mut desk = Desk::new();
    desk.wait("the engine", |s| s.jobs.device.is_some());
    let mut steps = 0;
    for walk in 0..WALKS {
        let mut chance = generator(11, walk);
        let first = Document::new(piece());
        desk.edit(|s| {
            s.show_document(first.clone(), None);
            s.compared = None;
        });
        let mut done = Vec::new();
        for _ in 0..COMMANDS {
            let from = if chance.random_bool(0.5) {
                &changing
            } else {
                &all
            };
            let command = *from.choose(&mut chance).unwrap();
            done.push(command.spec().id);
            place(&mut desk, &mut chance);
            desk.invoke(command);
            settle(&mut desk);
        }
        let label = format!("walk {walk}: {done:?}");
        steps += check(&mut desk, &first, &label);
    }
    assert!(steps > 500, "the walks made {steps} steps only");
}

/// Puts selection, playhead, caret, loop and the shown take somewhere by chance.
fn place(desk: &mut Desk, chance: &mut impl Rng) {
    desk.edit(|s| {
        if chance.random_bool(0.7) {
            let shown = s.preview();
            let ids = shown.notes().map(|(_, n)| n.id);
            let share = *[0.02, 0.1, 0.5, 1.0].choose(chance).unwrap();
            let some: Vec<NoteId> = ids.collect();
            s.selection = some
                .into_iter()
                .filter(|_| chance.random_bool(share))
                .collect();
        }
        s.transport.player.stop();
        s.transport.seek(chance.random_range(0..34_000));
        s.roll.caret.tick = chance.random_range(0..34_000);
        s.roll.caret.pitch = chance.random_range(30..100);
        if chance.random_bool(0.1) {
            let from = chance.random_range(0..20_000);
            let range = (from, from + chance.random_range(1..8_000));
            s.transport.set_loop(Some(range), false);
        }
        if chance.random_bool(0.2) {
            let takes = s.document().takes.len();
            let take = (takes > 0).then(|| chance.random_range(0..takes));
            s.show_take(take);
        }
        s.mask_in_hand_only = chance.random_bool(0.5);
    });
}

/// Confirms a pane that asks how, closes everything else that opened, and waits for takes under way.
fn settle(desk: &mut Desk) {
    if matches!(desk.state().overlay, Some(Overlay::Options(_))) {
        desk.frames(2);
        desk.key("Enter");
    }
    if desk.state().jobs.running.is_some() {
        desk.wait("the takes", |s| s.jobs.running.is_none());
    }
    desk.edit(|s| {
        s.overlay = None;
        s.renaming = None;
        (s.data.open, s.training.open, s.evaluation.open) = (false, false, false);
        s.input.piano = false;
        s.toasts.clear();
    });
}

/// The whole way back, the whole way forth; how many steps there were.
fn check(desk: &mut Desk, first: &Document, label: &str) -> usize {
    // A walk may end with steps taken back.
    while desk.state().history.redo_label().is_some() {
        desk.invoke(C::Redo);
    }
    let steps = desk.state().history.labels().count();
    let last = desk.state().document().clone();
    let bytes = saved(&last);
    let told = read_reported(&bytes).unwrap().1.sentences;
    assert!(
        told.is_empty(),
        "a piece breaks its rules, {label}: {told:?}"
    );
    while desk.state().history.undo_label().is_some() {
        desk.invoke(C::Undo);
    }
    assert!(
        saved(desk.state().document()) == saved(first),
        "back, {label}"
    );
    while desk.state().history.redo_label().is_some() {
        desk.invoke(C::Redo);
    }
    assert!(saved(desk.state().document()) == bytes, "forth, {label}");
    assert!(
        desk.state().document().score == last.score,
        "forth, {label}"
    );
    steps
}

/// The rule of the test above is no use if a piece of another score would pass it.
#[test]
fn bytes_tell_one_piece_from_another() {
    let mut other: Score = piece();
    let track = other.tracks[0].id;
    other.add_note(track, 0, 1, 0, 1);
    assert!(saved(&Document::new(piece())) != saved(&Document::new(other)));
}
