//! The roll without a mouse: the caret, tools held for a moment, the grid by key, and other shortcuts.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;
#[path = "studio/walk.rs"]
mod walk;

use eframe::egui::accesskit::Live;
use eframe::egui::{Event, Key, Modifiers, Pos2, pos2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use lacuna::score::{Document, NoteId, Score};
use lacuna::studio::command::Command as C;
use lacuna::studio::roll::{Caret, Snap, SnapMode, Tool};
use lacuna::studio::{Overlay, why_not};
use std::collections::BTreeSet;
use support::Desk;
use walk::focused;

type Times = (u32, u32, u8);

/// A desk with these notes (start, length, pitch) on one track, none selected, and the caret at the beginning on C4.
fn desk(notes: &[Times]) -> Desk {
    let mut desk = Desk::new();
    let mut score = Score::default();
    let track = score.add_track("Melody", 0, 0);
    for &(start, length, pitch) in notes {
        score.add_note(track, start, length, pitch, 80);
    }
    desk.edit(|s| {
        s.show_document(Document::new(score), None);
        s.roll.caret = Caret { tick: 0, pitch: 60 };
    });
    desk.frames(2);
    desk
}

fn times(desk: &Desk) -> Vec<Times> {
    let score = &desk.state().document().score;
    let notes = score.notes();
    notes.map(|(_, n)| (n.start, n.length, n.pitch)).collect()
}

fn caret(desk: &Desk) -> (u32, u8) {
    let caret = desk.state().roll.caret;
    (caret.tick, caret.pitch)
}

/// What a screen reader reads out of the roll by itself.
fn said(desk: &mut Desk) -> String {
    desk.frames(2);
    let root = desk.harness.root();
    let live = root
        .children_recursive()
        .filter(|n| n.accesskit_node().data().live() == Some(Live::Polite));
    let mut words = live.filter_map(|n| n.accesskit_node().value());
    // Messages are read out as well, but name no place.
    words.find(|w| w.contains(", bar ")).unwrap_or_default()
}

fn selected(desk: &Desk) -> usize {
    desk.state().selection.len()
}

fn last_toast(desk: &Desk) -> String {
    let last = desk.state().toasts.list().last();
    last.map(|t| t.text.clone()).unwrap_or_default()
}

#[test]
fn the_caret_walks_through_pitch_and_time_and_says_where_it_is() {
    let mut desk = desk(&[(480, 480, 64)]);
    for (key, place) in [
        ("ctrl ArrowRight", (120, 60)),
        ("ctrl ArrowRight", (240, 60)),
        ("ctrl ArrowLeft", (120, 60)),
        ("ctrl Up", (120, 61)),
        ("ctrl ArrowDown", (120, 60)),
        ("ctrl PageUp", (120, 72)),
        ("ctrl PageDown", (120, 60)),
        // While nothing is selected the arrows alone do it.
        ("ArrowRight", (240, 60)),
        ("ArrowLeft", (120, 60)),
        ("ArrowUp", (120, 61)),
        ("shift ArrowDown", (120, 49)),
        ("shift ArrowRight", (1920, 49)),
        ("shift ArrowLeft", (0, 49)),
    ] {
        desk.key(key);
        assert_eq!(caret(&desk), place, "{key}");
    }
    assert_eq!(said(&mut desk), "C#3, bar 1 beat 1");
    desk.press(C::CaretBarForward);
    assert_eq!(caret(&desk), (1920, 49));
    desk.press(C::CaretBarBack);
    assert_eq!(caret(&desk), (0, 49));
    desk.edit(|s| {
        s.roll.caret = Caret {
            tick: 360,
            pitch: 64,
        }
    });
    desk.key("ArrowRight");
    assert_eq!(
        said(&mut desk),
        "E4, bar 1 beat 2, on E4, bar 1 beat 2, 1 beat, Melody"
    );
    assert_eq!(times(&desk), [(480, 480, 64)], "nothing was moved");
}

#[test]
fn the_caret_goes_from_note_to_note_and_to_the_playhead_and_back() {
    let mut desk = desk(&[(0, 240, 60), (0, 240, 67), (960, 240, 64)]);
    for (key, place) in [
        ("alt Period", (0, 67)),
        ("alt Period", (960, 64)),
        ("alt Comma", (0, 67)),
        ("alt Comma", (0, 60)),
    ] {
        desk.key(key);
        assert_eq!(caret(&desk), place, "{key}");
    }
    desk.key("alt Comma");
    assert_eq!(
        last_toast(&desk),
        "No note of this track begins before the caret."
    );
    desk.edit(|s| s.transport.seek(1000));
    desk.frames(1);
    desk.key("shift P");
    assert_eq!(caret(&desk), (960, 60), "the step the playhead stands in");
    desk.key("ctrl ArrowRight");
    desk.key("P");
    desk.frames(1);
    assert_eq!(desk.state().transport.position(), 1080.0);
}

#[test]
fn notes_are_put_on_the_caret_and_moved_and_undone_by_key() {
    let mut desk = desk(&[]);
    let before = desk.state().document().clone();
    desk.key("N");
    assert_eq!(times(&desk), [(0, 120, 60)]);
    assert_eq!(caret(&desk), (120, 60), "the caret stands behind it");
    assert_eq!(selected(&desk), 1);
    assert_eq!(
        desk.state().history.undo_label(),
        Some("Write 1 note"),
        "one step"
    );
    // It is selected, so the arrows move it now.
    desk.key("ArrowUp");
    desk.key("ArrowRight");
    desk.key("shift ArrowRight");
    assert_eq!(times(&desk), [(120, 240, 61)]);
    desk.key("Esc");
    assert_eq!(selected(&desk), 0);
    desk.key("ctrl Up");
    desk.key("N");
    assert_eq!(times(&desk).len(), 1);
    assert_eq!(
        last_toast(&desk),
        "A note of this pitch begins here already."
    );
    while desk.state().history.undo_label().is_some() {
        desk.key("ctrl Z");
    }
    assert_eq!(*desk.state().document(), before);
}

#[test]
fn the_note_under_the_caret_is_selected_and_let_go() {
    let mut desk = desk(&[(0, 480, 60), (960, 480, 60)]);
    desk.key("ctrl ArrowRight");
    desk.key("T");
    assert_eq!(selected(&desk), 1, "the caret stands within the first");
    assert!(
        said(&mut desk).ends_with(", selected"),
        "{}",
        said(&mut desk)
    );
    desk.edit(|s| {
        s.roll.caret = Caret {
            tick: 960,
            pitch: 60,
        }
    });
    desk.key("T");
    assert_eq!(selected(&desk), 2, "the second as well");
    desk.key("T");
    assert_eq!(selected(&desk), 1);
    desk.key("ctrl Up");
    desk.key("T");
    assert_eq!(last_toast(&desk), "No note is under the caret.");
    desk.key("Delete");
    assert_eq!(times(&desk), [(960, 480, 60)]);
}

fn masked(desk: &Desk) -> BTreeSet<(u32, u8)> {
    let document = desk.state().document();
    let notes = document.score.notes();
    let masked = notes.filter(|(t, n)| document.mask.selects(*t, n));
    masked.map(|(_, n)| (n.start, n.pitch)).collect()
}

#[test]
fn a_box_from_the_caret_selects_and_is_masked() {
    let notes = [(0, 120, 60), (240, 120, 62), (480, 120, 60), (0, 120, 64)];
    let mut desk = desk(&notes);
    let before = desk.state().document().clone();
    for key in ["ctrl shift ArrowRight"; 2] {
        desk.key(key);
    }
    assert_eq!(selected(&desk), 1);
    for key in ["ctrl shift Up"; 3] {
        desk.key(key);
    }
    assert_eq!(selected(&desk), 2, "63 is in the box, 64 is not");
    assert_eq!(
        said(&mut desk),
        "Box to D#4, bar 1 beat 1.5, 2 notes selected"
    );
    desk.key("ctrl shift ArrowDown");
    desk.key("ctrl shift ArrowLeft");
    assert_eq!(selected(&desk), 1);
    desk.key("ctrl shift ArrowRight");
    desk.key("alt B");
    assert_eq!(masked(&desk), [(0, 60), (240, 62)].into());
    assert_eq!(selected(&desk), 0);
    // The next box is another one.
    desk.key("alt M");
    assert!(desk.state().is_mask_empty());
    desk.key("ctrl Z");
    desk.key("ctrl Z");
    assert_eq!(*desk.state().document(), before);
    // Without a box the caret's own step is meant.
    desk.edit(|s| {
        s.roll.caret = Caret {
            tick: 480,
            pitch: 60,
        }
    });
    desk.key("alt B");
    assert_eq!(masked(&desk), [(480, 60)].into());
}

#[test]
fn escape_leaves_a_box() {
    let mut desk = desk(&[(0, 120, 60)]);
    desk.key("ctrl shift ArrowRight");
    assert!(desk.state().roll.anchor.is_some());
    desk.key("Esc");
    assert_eq!(selected(&desk), 0);
    assert!(desk.state().roll.anchor.is_none());
    // And so does walking on.
    desk.key("ctrl shift ArrowRight");
    desk.key("ctrl ArrowRight");
    assert!(desk.state().roll.anchor.is_none());
}

fn key(desk: &mut Desk, key: Key, pressed: bool) {
    desk.harness.event(Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    desk.frames(1);
}

/// Where a pitch at a tick lies in the window.
fn at(desk: &Desk, tick: u32, pitch: u8) -> Pos2 {
    let canvas = desk.harness.get_by_label("Piano roll").rect();
    let view = &desk.state().roll;
    let x = (f64::from(tick) - view.start) * view.scale;
    let y = (view.top - f64::from(pitch) - 0.5) as f32 * view.row;
    canvas.min + vec2(x as f32, y)
}

/// Drags from one place to another in a few steps.
fn drag(desk: &mut Desk, from: Pos2, to: Pos2) {
    desk.harness.hover_at(from);
    desk.frames(1);
    desk.harness.drag_at(from);
    desk.frames(1);
    for share in [0.5, 1.0] {
        desk.harness.hover_at(from.lerp(to, share));
        desk.frames(1);
    }
    desk.harness.drop_at(to);
    desk.frames(2);
}

#[test]
fn a_tool_is_held_for_a_moment() {
    let mut desk = desk(&[(0, 480, 60)]);
    // Held and used: the former tool comes back.
    key(&mut desk, Key::Num2, true);
    assert_eq!(desk.state().tool, Tool::Draw);
    let (from, to) = (at(&desk, 970, 64), at(&desk, 1190, 64));
    drag(&mut desk, from, to);
    assert_eq!(times(&desk).len(), 2, "it drew");
    assert_eq!(times(&desk)[1].2, 64);
    key(&mut desk, Key::Num2, false);
    assert_eq!(desk.state().tool, Tool::Select);
    // A short press takes it up for good.
    key(&mut desk, Key::Num3, true);
    key(&mut desk, Key::Num3, false);
    assert_eq!(desk.state().tool, Tool::Erase);
    // Held for long without a use it was meant for the moment too.
    key(&mut desk, Key::Num4, true);
    assert_eq!(desk.state().tool, Tool::MaskRect);
    desk.frames(30);
    key(&mut desk, Key::Num4, false);
    assert_eq!(desk.state().tool, Tool::Erase);
    // The key is up, so nothing is held any more: the next press is an own one.
    key(&mut desk, Key::Num1, true);
    key(&mut desk, Key::Num1, false);
    assert_eq!(desk.state().tool, Tool::Select);
}

#[test]
fn the_grid_changes_by_key_and_in_its_list() {
    let mut desk = desk(&[]);
    let swing = |division| Snap::Swing {
        division,
        percent: 67,
    };
    for (key, snap, said) in [
        ("ctrl 1", Snap::Division(8), "Grid 1/32"),
        ("ctrl 2", Snap::Division(4), "Grid 1/16"),
        ("ctrl 2", Snap::Division(2), "Grid 1/8"),
        ("ctrl 3", Snap::Division(3), "Grid 1/8 triplet"),
        ("ctrl 3", Snap::Division(2), "Grid 1/8"),
        ("ctrl 5", swing(2), "Grid 1/8 swing"),
        ("ctrl 4", Snap::Off, "Grid off"),
        ("ctrl 4", swing(2), "Grid 1/8 swing"),
        ("ctrl 5", Snap::Division(2), "Grid 1/8"),
    ] {
        desk.key(key);
        assert_eq!(desk.state().snap, snap, "{key}");
        assert_eq!(last_toast(&desk), said);
    }
    // The caret walks on the grid there is: three triplets are a quarter.
    desk.key("ctrl 3");
    for tick in [160, 320, 480] {
        desk.key("ctrl ArrowRight");
        assert_eq!(caret(&desk).0, tick);
    }
    desk.edit(|s| s.toasts.clear());
    desk.frames(2);
    desk.click("Grid");
    desk.click("1/8 swing");
    assert_eq!(desk.state().snap, swing(2));
    desk.click("Grid");
    desk.click("Snap to lines only");
    assert_eq!(desk.state().roll.snap_mode, SnapMode::Absolute);
}

#[test]
fn what_is_dragged_keeps_its_offset_or_lands_on_the_grid() {
    for (name, wanted) in [("snap keeps offsets", 490), ("snap to lines only", 480)] {
        let mut desk = desk(&[(10, 480, 60)]);
        desk.palette(name);
        let from = at(&desk, 200, 60);
        let far = (480.0 * desk.state().roll.scale) as f32;
        drag(&mut desk, from, pos2(from.x + far, from.y));
        assert_eq!(times(&desk), [(wanted, 480, 60)], "{name}");
    }
}

/// Opens the pane of the shortcuts and finds a command in it.
fn shortcuts(desk: &mut Desk, command: &str) {
    desk.palette("change shortcuts");
    assert!(matches!(desk.state().overlay, Some(Overlay::Shortcuts(_))));
    desk.frames(2);
    desk.type_text(command);
    desk.frames(2);
}

#[test]
fn a_shortcut_is_changed_without_a_mouse_kept_and_read_back() {
    let mut desk = desk(&[(0, 480, 60)]);
    shortcuts(&mut desk, "undo");
    desk.key("Tab");
    while focused(&desk).unwrap().1 != "Ctrl+Z for Undo" {
        desk.key("Tab");
    }
    desk.key("Enter");
    desk.harness
        .get_by_label("Press a key for \"Undo\"; Esc leaves it");
    // Ctrl goes down before the key it is held for.
    key(&mut desk, Key::ControlLeft, true);
    desk.harness
        .get_by_label("Press a key for \"Undo\"; Esc leaves it");
    // Another's key is refused by the other's name, and Undo keeps its own.
    desk.key("ctrl S");
    let refused = "Ctrl+S is on \"Save\" already. Take it away there first, or choose another key.";
    desk.harness.get_by_label(refused);
    assert!(desk.state().settings.shortcuts.is_empty());
    desk.key("Enter");
    desk.key("F9");
    desk.harness.get_by_label("F9 for Undo");
    desk.key("Esc");
    assert!(desk.state().overlay.is_none());

    // The new key holds at once, everywhere, and the old one no longer.
    desk.key("N");
    desk.key("ctrl Z");
    assert_eq!(times(&desk).len(), 1, "a note begins there");
    desk.key("ctrl Up");
    desk.key("N");
    assert_eq!(times(&desk).len(), 2);
    desk.key("ctrl Z");
    assert_eq!(times(&desk).len(), 2, "Ctrl+Z is nobody's now");
    desk.key("F9");
    assert_eq!(times(&desk).len(), 1);
    assert_eq!(C::Undo.spec().key(&desk.harness.ctx), "F9");

    // It is kept, and read back after a crash.
    let file = desk.folder().join("settings/settings.ron");
    let kept = |_: &lacuna::studio::State| {
        std::fs::read_to_string(&file).is_ok_and(|text| text.contains("F9"))
    };
    desk.wait("the settings", kept);
    let mut again = desk.crash();
    again.frames(2);
    assert_eq!(C::Undo.spec().key(&again.harness.ctx), "F9");
}

#[test]
fn a_key_is_taken_away_given_on_and_put_back() {
    let mut desk = desk(&[]);
    shortcuts(&mut desk, "keep a version");
    desk.click("Take Alt+V from Keep a version");
    desk.click("One more key for Keep a version");
    desk.key("Esc");
    assert!(
        desk.state().overlay.is_some(),
        "Escape left the waiting, not the pane"
    );
    desk.key("Esc");
    // Whatever speaks of the key does so no longer.
    let why = why_not(C::CompareVersion, desk.state());
    assert_eq!(
        why.as_deref(),
        Some("No version is kept yet; keep one first.")
    );
    shortcuts(&mut desk, "keep a version");
    desk.click("One more key for Keep a version");
    desk.key("F11");
    let why = why_not(C::CompareVersion, desk.state());
    desk.frames(1);
    assert!(why.is_some());
    assert_eq!(
        why_not(C::CompareVersion, desk.state()).as_deref(),
        Some("No version is kept yet; keep one first (F11).")
    );
    desk.click("Reset Keep a version");
    assert!(desk.state().settings.shortcuts.is_empty());
    desk.key("Esc");
    desk.key("alt V");
    assert_eq!(desk.state().document().versions.len(), 1);
}

#[test]
fn shortcuts_are_found_by_key_as_well() {
    let mut desk = desk(&[]);
    shortcuts(&mut desk, "ctrl+m");
    desk.harness.get_by_label("Ctrl+M for Mask selected notes");
    assert!(desk.harness.query_by_label("Ctrl+S for Save").is_none());
}

#[test]
fn ids_stay_what_they_were_while_a_box_is_drawn() {
    let mut desk = desk(&[(0, 120, 60), (120, 120, 60)]);
    let ids: Vec<NoteId> = {
        let score = &desk.state().document().score;
        score.notes().map(|(_, n)| n.id).collect()
    };
    desk.key("ctrl shift ArrowRight");
    assert_eq!(desk.state().selection, ids.into_iter().collect());
}
