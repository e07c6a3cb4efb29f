//! Every operation on notes and every selection as a person reaches it: by its key, or by its name in the palette.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use egui_kittest::kittest::Queryable;
use lacuna::format::project::{Project, write};
use lacuna::score::{Document, NoteId, Score};
use lacuna::studio::command::Command;
use lacuna::studio::roll::{Snap, Tool};
use lacuna::studio::{Overlay, Pane, why_not};
use std::collections::BTreeSet;
use support::Desk;

type Times = (u32, u32, u8, u8);

/// A desk with these notes (start, length, pitch, velocity) on one track, all selected.
fn desk(notes: &[Times]) -> Desk {
    let mut desk = Desk::new();
    let mut score = Score::default();
    let track = score.add_track("Melody", 0, 0);
    for &(start, length, pitch, velocity) in notes {
        score.add_note(track, start, length, pitch, velocity);
    }
    desk.edit(|s| {
        s.show_document(Document::new(score), None);
        s.selection = s.document().score.notes().map(|(_, n)| n.id).collect();
    });
    desk.frames(2);
    desk
}

fn times(desk: &Desk) -> Vec<Times> {
    let score = &desk.state().document().score;
    let notes = score.notes();
    notes
        .map(|(_, n)| (n.start, n.length, n.pitch, n.velocity))
        .collect()
}

/// Runs what the palette finds first for these words.
fn palette(desk: &mut Desk, words: &str) {
    desk.key("ctrl P");
    desk.frames(1);
    desk.type_text(words);
    desk.frames(1);
    desk.key("Enter");
    desk.frames(2);
}

/// Undo gives back what there was, to the byte.
fn one_step(desk: &mut Desk, before: &Document, label: &str) {
    assert_eq!(desk.state().history.undo_label(), Some(label));
    desk.key("ctrl Z");
    assert_eq!(saved(desk.state().document()), saved(before));
    desk.key("ctrl Y");
}

fn saved(document: &Document) -> Vec<u8> {
    let project = Project {
        document: document.clone(),
        view: None,
    };
    write(&project).unwrap()
}

/// What a key makes of notes that are all selected, and what undo calls it.
fn by_key(key: &str, notes: &[Times], wanted: &[Times], label: &str) {
    let mut desk = desk(notes);
    let before = desk.state().document().clone();
    desk.key(key);
    assert_eq!(times(&desk), wanted, "{key}");
    one_step(&mut desk, &before, label);
    assert_eq!(times(&desk), wanted, "{key}, done again");
}

fn by_name(words: &str, notes: &[Times], wanted: &[Times], label: &str) {
    let mut desk = desk(notes);
    let before = desk.state().document().clone();
    palette(&mut desk, words);
    assert_eq!(times(&desk), wanted, "{words}");
    one_step(&mut desk, &before, label);
}

const TWO: [Times; 2] = [(0, 100, 60, 60), (480, 480, 64, 100)];

#[test]
fn legato_by_key() {
    let after = [(0, 480, 60, 60), (480, 480, 64, 100)];
    by_key("shift L", &TWO, &after, "Legato of 1 note");
}

#[test]
fn overlaps_are_removed_by_key() {
    let notes = [(0, 900, 60, 80), (480, 480, 60, 80)];
    let after = [(0, 480, 60, 80), (480, 480, 60, 80)];
    by_key("shift O", &notes, &after, "Remove overlaps of 1 note");
}

#[test]
fn notes_are_joined_and_glued_by_key() {
    let notes = [(0, 100, 60, 80), (110, 100, 60, 70), (480, 480, 60, 60)];
    by_key("ctrl J", &notes, &[(0, 960, 60, 80)], "Join 3 notes");
    let after = [(0, 210, 60, 80), (480, 480, 60, 60)];
    by_key("ctrl G", &notes, &after, "Glue 2 notes");
}

#[test]
fn notes_are_split_at_the_playhead_by_key() {
    let mut desk = desk(&TWO);
    desk.edit(|s| s.transport.seek(720));
    desk.frames(1);
    desk.key("alt X");
    let after = [(0, 100, 60, 60), (480, 240, 64, 100), (720, 240, 64, 100)];
    assert_eq!(times(&desk), after);
    assert_eq!(desk.state().selection.len(), 3, "both parts are selected");
    desk.edit(|s| s.transport.seek(1900));
    desk.frames(1);
    desk.key("alt X");
    assert_eq!(times(&desk), after);
    let said = desk.state().toasts.list().last().unwrap().text.clone();
    assert_eq!(said, "None of the notes sounds there.");
}

#[test]
fn notes_are_split_at_the_caret_by_key_and_without_a_selection_too() {
    let mut desk = desk(&TWO);
    desk.edit(|s| {
        s.selection.clear();
        s.roll.caret.tick = 600;
    });
    desk.key("shift X");
    assert_eq!(
        times(&desk)[1..],
        [(480, 120, 64, 100), (600, 360, 64, 100)]
    );
    assert!(desk.state().selection.is_empty());
}

#[test]
fn notes_are_chopped_by_name() {
    let after = [(0, 100, 60, 60), (480, 120, 64, 100), (600, 120, 64, 100)];
    let mut desk = desk(&TWO);
    palette(&mut desk, "chop");
    assert_eq!(times(&desk)[..3], after);
    assert_eq!(times(&desk).len(), 5);
}

#[test]
fn passages_are_turned_round_by_key() {
    let back = [(0, 480, 64, 100), (860, 100, 60, 60)];
    by_key("shift R", &TWO, &back, "Reverse 2 notes");
    let over = [(0, 100, 64, 60), (480, 480, 60, 100)];
    by_key("shift I", &TWO, &over, "Turn over 2 notes");
}

#[test]
fn passages_are_stretched_by_name() {
    let twice = [(0, 200, 60, 60), (960, 960, 64, 100)];
    by_name("twice as long", &TWO, &twice, "Stretch 2 notes");
    let half = [(0, 50, 60, 60), (240, 240, 64, 100)];
    by_name("half as long", &TWO, &half, "Stretch 2 notes");
}

#[test]
fn velocities_are_levelled_by_name() {
    let level = [(0, 100, 60, 80), (480, 480, 64, 80)];
    by_name("level", &TWO, &level, "Level 2 notes");
}

#[test]
fn stray_notes_go_into_the_key_by_name() {
    let scale = [60, 62, 64, 65, 67, 69, 71, 61];
    let notes: Vec<Times> = (0..8)
        .map(|i| (i * 480, 480, scale[i as usize], 80))
        .collect();
    let mut after = notes.clone();
    after[7].2 = 60;
    by_name("into the key", &notes, &after, "Into the key: 1 note");
}

#[test]
fn the_pane_quantises_to_triplets_and_lengths() {
    let mut desk = desk(&[(10, 20, 60, 80), (170, 100, 62, 80), (600, 300, 64, 80)]);
    let before = desk.state().document().clone();
    desk.key("shift Q");
    assert!(matches!(
        desk.state().overlay,
        Some(Overlay::Options(Pane::Quantise))
    ));
    desk.frames(2);
    desk.harness.get_by_label("For the 3 notes selected");
    desk.click("Quantise to");
    desk.click("1/8 triplet");
    desk.click("Lengths");
    desk.click("Apply");
    assert!(desk.state().overlay.is_none());
    assert_eq!(
        times(&desk),
        [(0, 160, 60, 80), (160, 160, 62, 80), (640, 320, 64, 80)]
    );
    one_step(&mut desk, &before, "Quantise 3 notes");
}

#[test]
fn the_pane_quantises_half_the_way_and_escape_leaves_it() {
    let mut desk = desk(&[(30, 20, 60, 80)]);
    desk.edit(|s| s.options.quantise.strength = 0.5);
    desk.key("shift Q");
    desk.key("Esc");
    assert!(desk.state().overlay.is_none());
    assert_eq!(times(&desk), [(30, 20, 60, 80)]);
    desk.key("shift Q");
    desk.frames(2);
    desk.key("Enter");
    assert_eq!(times(&desk), [(15, 20, 60, 80)]);
}

#[test]
fn the_pane_humanises_by_its_seed() {
    let notes: Vec<Times> = (0..8).map(|i| (i * 480 + 240, 240, 60, 80)).collect();
    let played = |seed: u64| {
        let mut desk = desk(&notes);
        desk.edit(|s| s.options.seed = seed);
        palette(&mut desk, "humanise");
        desk.click("Apply");
        assert_eq!(desk.state().options.seed, seed + 1);
        times(&desk)
    };
    let first = played(5);
    assert_ne!(first, notes);
    assert!(
        first
            .iter()
            .zip(&notes)
            .all(|(a, b)| a.0.abs_diff(b.0) <= 12 && a.1 == b.1)
    );
    assert_eq!(first, played(5));
    assert_ne!(first, played(6));
}

#[test]
fn the_pane_strums_chords() {
    let mut desk = desk(&[(0, 480, 60, 80), (0, 480, 64, 80)]);
    desk.edit(|s| s.options.strum.0 = 25.0);
    desk.key("alt S");
    desk.frames(2);
    desk.click("Direction");
    desk.click("Down: the highest first");
    desk.click("Apply");
    assert_eq!(times(&desk), [(0, 480, 64, 80), (24, 456, 60, 80)]);
}

#[test]
fn the_pane_ramps_from_the_first_velocity_to_the_last() {
    let mut desk = desk(&[(0, 10, 60, 20), (480, 10, 60, 90), (960, 10, 60, 100)]);
    palette(&mut desk, "ramp");
    assert_eq!(desk.state().options.ramp, (20, 100));
    desk.click("Apply");
    let velocities: Vec<u8> = times(&desk).iter().map(|n| n.3).collect();
    assert_eq!(velocities, [20, 60, 100]);
}

#[test]
fn chords_are_stamped_at_the_caret_one_after_the_other() {
    let mut desk = desk(&[]);
    desk.edit(|s| {
        s.snap = Snap::Division(1);
        s.roll.caret = lacuna::studio::roll::Caret {
            tick: 480,
            pitch: 62,
        };
    });
    desk.key("shift C");
    let triad = [(480, 480, 62, 96), (480, 480, 65, 96), (480, 480, 69, 96)];
    assert_eq!(times(&desk), triad);
    assert_eq!(desk.state().roll.caret.tick, 960);
    assert_eq!(desk.state().selection.len(), 3);
    palette(&mut desk, "choose chord");
    desk.click("Chord");
    desk.click("Fifth");
    desk.click("Stamp");
    assert_eq!(times(&desk)[3..], [(960, 480, 62, 96), (960, 480, 69, 96)]);
    desk.key("ctrl Z");
    assert_eq!(times(&desk), triad);
}

#[test]
fn the_split_tool_and_the_lasso_are_taken_up_by_their_digits() {
    let mut desk = desk(&TWO);
    desk.key("6");
    assert_eq!(desk.state().tool, Tool::Split);
    desk.key("7");
    assert_eq!(desk.state().tool, Tool::SelectLasso);
    desk.key("1");
    assert_eq!(desk.state().tool, Tool::Select);
}

fn ids(desk: &Desk, places: &[usize]) -> BTreeSet<NoteId> {
    let score = &desk.state().document().score;
    let all: Vec<NoteId> = score.notes().map(|(_, n)| n.id).collect();
    places.iter().map(|i| all[*i]).collect()
}

/// Five notes of C major with one outside, over two bars; the first is selected.
fn for_selecting() -> Desk {
    let mut desk = desk(&[
        (0, 480, 60, 80),
        (480, 60, 64, 80),
        (960, 480, 67, 80),
        (1440, 480, 61, 80),
        (1920, 480, 72, 80),
    ]);
    desk.edit(|s| s.selection = ids_of(s, &[0]));
    desk
}

fn ids_of(state: &lacuna::studio::State, places: &[usize]) -> BTreeSet<NoteId> {
    let all: Vec<NoteId> = state.document().score.notes().map(|(_, n)| n.id).collect();
    places.iter().map(|i| all[*i]).collect()
}

#[test]
fn selections_by_key_and_by_name() {
    for (how, key, places) in [
        ("select same pitch in all octaves", "", vec![0, 4]),
        ("select shorter", "", vec![1]),
        ("select out of key", "", vec![3]),
        ("extend selection to tracks", "", vec![0, 1, 2, 3, 4]),
        ("", "ctrl B", vec![0, 1, 2, 3]),
        ("", "ctrl shift I", vec![1, 2, 3, 4]),
    ] {
        let mut desk = for_selecting();
        if key.is_empty() {
            palette(&mut desk, how);
        } else {
            desk.key(key);
        }
        assert_eq!(desk.state().selection, ids(&desk, &places), "{how}{key}");
        assert_eq!(desk.state().history.undo_label(), None);
        // Each is a mask as well.
        desk.key("ctrl M");
        let document = desk.state().document().clone();
        let masked: BTreeSet<NoteId> = document
            .score
            .notes()
            .filter(|(t, n)| document.mask.selects(*t, n))
            .map(|(_, n)| n.id)
            .collect();
        assert_eq!(masked, ids(&desk, &places), "{how}{key} as a mask");
    }
}

#[test]
fn the_pane_selects_every_second_beat_and_joins() {
    let mut desk = for_selecting();
    desk.key("ctrl F");
    desk.frames(2);
    desk.click("Notes that are");
    desk.click("On certain beats");
    desk.frames(1);
    // Every second beat from the first: three notes of five.
    desk.harness.get_by_label("3 notes found");
    desk.edit(|s| s.options.select.first = 2);
    desk.frames(2);
    desk.harness.get_by_label("2 notes found");
    desk.click("What then");
    desk.click("Add to the selection");
    desk.click("Apply");
    assert!(desk.state().overlay.is_none());
    assert_eq!(desk.state().selection, ids(&desk, &[0, 1, 3]));
    // It remembers; taken away again the first is left.
    desk.key("ctrl F");
    desk.frames(2);
    desk.click("What then");
    desk.click("Take from the selection");
    desk.click("Apply");
    assert_eq!(desk.state().selection, ids(&desk, &[0]));
}

#[test]
fn the_pane_masks_what_it_finds() {
    let mut desk = for_selecting();
    desk.key("ctrl F");
    desk.frames(2);
    desk.click("Notes that are");
    desk.click("Out of key");
    desk.click("Mask them");
    let document = desk.state().document().clone();
    let masked = document
        .score
        .notes()
        .filter(|(t, n)| document.mask.selects(*t, n));
    let masked: BTreeSet<NoteId> = masked.map(|(_, n)| n.id).collect();
    assert_eq!(masked, ids(&desk, &[3]));
}

#[test]
fn the_notes_of_a_kept_take_are_found_also_when_cut_copied_and_saved() {
    let mut desk = Desk::new();
    desk.fill();
    desk.edit(|s| s.show_take(None));
    assert!(why_not(Command::SelectWritten, desk.state()).is_some());
    desk.edit(|s| s.show_take(Some(1)));
    let before: BTreeSet<NoteId> = {
        let score = &desk.state().document().score;
        score.notes().map(|(_, n)| n.id).collect()
    };
    desk.key("alt Enter");
    let new: BTreeSet<NoteId> = {
        let score = &desk.state().document().score;
        score
            .notes()
            .map(|(_, n)| n.id)
            .filter(|id| !before.contains(id))
            .collect()
    };
    assert!(!new.is_empty());
    palette(&mut desk, "select a model's notes");
    assert_eq!(desk.state().selection, new);
    // Copies are by the same hand.
    desk.key("ctrl D");
    assert_eq!(desk.state().selection.len(), new.len());
    palette(&mut desk, "select a model's notes");
    assert_eq!(desk.state().selection.len(), 2 * new.len());
    // Saved and read again, they are still known.
    let document = desk.state().document().clone();
    let read = lacuna::format::project::read(&saved(&document)).unwrap();
    assert_eq!(read.document, document);
    // Undo of all takes the record back as well.
    while desk.state().history.undo_label().is_some() {
        desk.invoke(Command::Undo);
    }
    assert!(desk.state().document().score.origins.is_empty());
}

#[test]
fn a_shape_on_a_shown_take_keeps_the_take_in_one_step() {
    let mut desk = Desk::new();
    desk.fill();
    let before = desk.state().document().clone();
    desk.edit(|s| {
        s.show_take(Some(1));
        let new = s.document().score.next_id;
        let preview = s.preview();
        let of_take = preview.notes().filter(|(_, n)| n.id.0 >= new);
        s.selection = of_take.map(|(_, n)| n.id).collect();
        s.snap = Snap::Division(8);
    });
    let selected = desk.state().selection.len();
    palette(&mut desk, "chop");
    assert!(desk.state().document().takes.is_empty());
    let score = desk.state().document().score.clone();
    assert!(
        desk.state().selection.len() > selected,
        "the parts are selected"
    );
    for id in &desk.state().selection {
        assert!(score.origin(*id).is_some(), "every part is the model's");
    }
    desk.key("ctrl Z");
    assert_eq!(desk.state().document().score, before.score);
    assert_eq!(desk.state().document().takes.len(), before.takes.len());
}
