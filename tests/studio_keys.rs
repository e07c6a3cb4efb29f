//! The keys a person's hands already know from other piano rolls: each is pressed, and does here what it does there.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use eframe::egui::{Event, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use lacuna::score::Note;
use lacuna::studio::Overlay;
use lacuna::studio::roll::Tool;
use support::Desk;

const BAR: u32 = 1920;

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.frames(2);
    desk
}

/// The melody's first note, the only one selected.
fn take_first(desk: &mut Desk) -> Note {
    desk.edit(|s| {
        let note = s.document().score.tracks[0].notes[0];
        s.selection = [note.id].into();
        note
    })
}

fn first(desk: &Desk) -> Note {
    desk.state().document().score.tracks[0].notes[0]
}

fn at(desk: &Desk) -> u32 {
    desk.state().transport.position().round() as u32
}

#[test]
fn the_transport_is_where_hands_look_for_it() {
    let mut desk = desk();
    desk.key("End");
    let end = desk.edit(|s| s.preview().end());
    assert_eq!(at(&desk), end);
    desk.key("Home");
    assert_eq!(at(&desk), 0);
    desk.key("Period");
    desk.key("Period");
    assert_eq!(at(&desk), 2 * BAR);
    desk.key("Comma");
    assert_eq!(at(&desk), BAR);
    desk.key("Space");
    assert!(desk.state().transport.is_playing());
    desk.wait("the playhead", |s| {
        s.transport.position() > f64::from(BAR) + 50.0
    });
    desk.key("Space");
    assert!(!desk.state().transport.is_playing());
    desk.key("Space");
    desk.key("Enter");
    assert!(!desk.state().transport.is_playing());
    desk.edit(|s| {
        let note = s.document().score.tracks[0].notes[20];
        s.selection = [note.id].into();
    });
    let start = desk.state().document().score.tracks[0].notes[20].start;
    desk.key("shift Space");
    assert!(desk.state().transport.is_playing() && desk.state().transport.began == start);
    desk.key("Space");
    desk.edit(|s| s.settings.record_count_in = 0);
    desk.key("R");
    assert!(desk.state().input.recording.is_some());
    desk.key("R");
    assert!(desk.state().input.recording.is_none());
    desk.key("L");
    assert!(desk.state().transport.looping);
}

#[test]
fn arrows_move_notes_by_steps_octaves_and_lengths() {
    let mut desk = desk();
    let note = take_first(&mut desk);
    let change = |desk: &mut Desk, keys: &str| {
        desk.key(keys);
        let now = first(desk);
        desk.key("ctrl Z");
        assert_eq!(first(desk), note);
        now
    };
    assert_eq!(change(&mut desk, "Up").pitch, note.pitch + 1);
    assert_eq!(change(&mut desk, "ArrowDown").pitch, note.pitch - 1);
    assert_eq!(change(&mut desk, "shift ArrowUp").pitch, note.pitch + 12);
    assert_eq!(change(&mut desk, "shift ArrowDown").pitch, note.pitch - 12);
    assert_eq!(change(&mut desk, "alt ArrowUp").pitch, note.pitch + 2);
    desk.edit(|s| {
        let note = s.document().score.tracks[0].notes[0];
        s.selection = [note.id].into();
    });
    desk.key("ArrowRight");
    let moved = desk.state().document().score.tracks[0].clone();
    assert_eq!(moved.note(note.id).unwrap().start, note.start + 120);
    desk.key("ArrowLeft");
    assert_eq!(first(&desk).start, note.start);
    desk.key("shift ArrowRight");
    assert!(first(&desk).length > note.length);
    desk.key("ctrl Z");
    desk.key("shift ArrowLeft");
    assert!(first(&desk).length < note.length);
}

#[test]
fn editing_keys_are_everybodys() {
    let mut desk = desk();
    let count = |desk: &Desk| desk.state().document().score.note_count();
    let all = count(&desk);
    let note = take_first(&mut desk);
    for keys in ["Delete", "Backspace", "ctrl X"] {
        desk.key(keys);
        assert_eq!(count(&desk), all - 1, "{keys}");
        desk.key("ctrl Z");
        assert_eq!(count(&desk), all, "{keys}");
        desk.edit(|s| s.selection = [note.id].into());
    }
    desk.key("ctrl C");
    desk.key("ctrl V");
    desk.key("ctrl D");
    assert_eq!(count(&desk), all + 2);
    for _ in 0..2 {
        desk.key("ctrl Z");
    }
    desk.key("ctrl shift Z");
    desk.key("ctrl Y");
    assert_eq!(count(&desk), all + 2);
    desk.key("ctrl A");
    assert_eq!(
        desk.state().selection.len(),
        desk.state().document().score.tracks[0].notes.len()
    );
    desk.key("Esc");
    assert!(desk.state().selection.is_empty());
    desk.key("Q");
    assert!(
        desk.state().document().score.tracks[0]
            .notes
            .iter()
            .all(|n| n.start % 120 == 0)
    );
    let tools = [
        ("1", Tool::Select),
        ("2", Tool::Draw),
        ("3", Tool::Erase),
        ("4", Tool::MaskRect),
        ("5", Tool::MaskLasso),
        ("6", Tool::Split),
        ("7", Tool::SelectLasso),
    ];
    for (keys, tool) in tools {
        desk.key(keys);
        assert_eq!(desk.state().tool, tool);
    }
}

#[test]
fn tracks_are_walked_muted_and_soloed() {
    let mut desk = desk();
    let ids: Vec<_> = desk
        .state()
        .document()
        .score
        .tracks
        .iter()
        .map(|t| t.id)
        .collect();
    let walk = ["PageDown", "S", "PageUp", "W"];
    for (keys, place) in walk.into_iter().zip([1, 2, 1, 0]) {
        desk.key(keys);
        assert_eq!(desk.state().track, Some(ids[place]), "{keys}");
    }
    desk.key("M");
    desk.key("shift S");
    let mix = desk.state().document().score.tracks[0].mix;
    assert!(mix.mute && mix.solo);
    let ghosts = desk.state().settings.ghosts;
    desk.key("H");
    assert_ne!(desk.state().settings.ghosts, ghosts);
}

#[test]
fn help_palette_and_files_are_on_their_keys() {
    let mut desk = desk();
    desk.key("?");
    assert!(matches!(desk.state().overlay, Some(Overlay::Help)));
    desk.key("?");
    for keys in ["ctrl P", "ctrl K"] {
        desk.key(keys);
        assert!(
            matches!(desk.state().overlay, Some(Overlay::Palette(_))),
            "{keys}"
        );
        desk.key("Esc");
    }
    for keys in ["ctrl S", "ctrl shift S", "ctrl O"] {
        desk.key(keys);
        desk.frames(2);
        assert!(
            matches!(desk.state().overlay, Some(Overlay::Browser(_))),
            "{keys}"
        );
        desk.key("Esc");
    }
    desk.key("ctrl N");
    desk.frames(2);
    assert_eq!(desk.state().document().score.note_count(), 0);
}

#[test]
fn asking_a_model_and_choosing_among_takes_is_on_keys() {
    let mut desk = desk();
    desk.mask_bars(4, 6);
    desk.edit(|s| s.settings.panels = false);
    desk.key("G");
    assert!(desk.state().settings.panels);
    desk.hold();
    desk.key("ctrl Enter");
    assert!(desk.state().jobs.running.is_some());
    desk.key("Esc");
    desk.wait("the end", |s| s.jobs.running.is_none());
    desk.key("ctrl Enter");
    for _ in 0..4 {
        desk.let_one_take_pass();
    }
    desk.wait("the takes", |s| s.jobs.running.is_none());
    let take = |desk: &Desk| desk.state().takes.take;
    desk.edit(|s| s.show_take(None));
    desk.key("]");
    assert_eq!(take(&desk), Some(0));
    desk.key("]");
    desk.key("[");
    desk.key("[");
    assert_eq!(take(&desk), None, "the original is before the first take");
}

#[test]
fn ctrl_selects_while_drawing_and_a_double_click_on_a_key_takes_its_row() {
    let mut desk = desk();
    desk.key("2");
    let before = desk.state().document().clone();
    let roll = desk.harness.get_by_label("Piano roll").rect();
    let ctrl = Modifiers::COMMAND | Modifiers::CTRL;
    desk.harness.event(Event::ModifiersChanged(ctrl));
    let from = roll.left_top() + vec2(2.0, 2.0);
    desk.harness.drag_at(from);
    desk.frames(1);
    desk.harness.hover_at(roll.center());
    desk.frames(1);
    desk.harness.drop_at(roll.center());
    desk.frames(2);
    desk.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    assert_eq!(*desk.state().document(), before, "nothing was drawn");
    assert!(!desk.state().selection.is_empty());
    desk.key("1");
    desk.key("Esc");
    let note = first(&desk);
    let name = lacuna::score::pitch_name(note.pitch);
    let label = format!("{name}, bar 1 beat 1, ");
    let nodes = desk.harness.get_all_by_label_contains(&label);
    let y = nodes.into_iter().next().unwrap().rect().center().y;
    let keys = desk.harness.get_by_label("Keyboard").rect();
    let at = eframe::egui::pos2(keys.center().x, y);
    desk.frames(60);
    for _ in 0..2 {
        desk.harness.drag_at(at);
        desk.harness.drop_at(at);
    }
    desk.frames(3);
    let track = &desk.state().document().score.tracks[0];
    let row = track
        .notes
        .iter()
        .filter(|n| n.pitch == note.pitch)
        .map(|n| n.id);
    assert_eq!(desk.state().selection, row.collect());
}
