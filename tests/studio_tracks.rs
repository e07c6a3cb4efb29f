//! Tracks that are locked, armed, seen and put in order; rows that fold and are lit; lanes and sections: as a person
//! reaches them.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use eframe::egui::{Event, Modifiers, PointerButton, Pos2, pos2, vec2};
use egui_kittest::kittest::Queryable;
use lacuna::audio::midi::{FakeKeyboard, FakePorts};
use lacuna::format::project::{Project, read, write};
use lacuna::score::key::Key;
use lacuna::score::{Document, NoteId, Score, TrackId, Wheel};
use lacuna::studio::Overlay;
use lacuna::studio::command::Command;
use lacuna::studio::roll::{Fold, Lane};
use std::collections::BTreeSet;
use support::{Desk, piece};

const BAR: u32 = 1920;

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.frames(2);
    desk
}

fn track(desk: &Desk, name: &str) -> TrackId {
    let tracks = &desk.state().document().score.tracks;
    tracks.iter().find(|t| t.name == name).unwrap().id
}

fn names(desk: &Desk) -> Vec<String> {
    let tracks = &desk.state().document().score.tracks;
    tracks.iter().map(|t| t.name.clone()).collect()
}

/// What stands in the corner.
fn said(desk: &Desk) -> String {
    let toasts = desk.state().toasts.list();
    let texts: Vec<&str> = toasts.iter().map(|t| t.text.as_str()).collect();
    texts.join("\n")
}

/// The step just made is called that, undo takes all of it back, and the file keeps what it made.
fn one_step(desk: &mut Desk, before: &Document, label: &str) {
    assert_eq!(desk.state().history.undo_label(), Some(label));
    let after = desk.state().document().clone();
    desk.key("ctrl Z");
    assert_eq!(desk.state().document(), before);
    desk.key("ctrl Y");
    assert_eq!(*desk.state().document(), after);
    let project = Project {
        document: after.clone(),
        view: None,
    };
    let kept = read(&write(&project).unwrap()).unwrap().document;
    assert_eq!(kept, after);
}

fn modifiers(desk: &mut Desk, modifiers: Modifiers) {
    desk.harness.event(Event::ModifiersChanged(modifiers));
}

/// Presses at the first point, passes the others, and lets go at the last.
fn drag(desk: &mut Desk, way: &[Pos2]) {
    desk.harness.drag_at(way[0]);
    desk.frames(1);
    for p in &way[1..] {
        desk.harness.hover_at(*p);
        desk.frames(1);
    }
    desk.harness.drop_at(*way.last().unwrap());
    desk.frames(2);
}

/// A place on the part of the roll that is called that: a tick, and a share of its height from the top.
fn place(desk: &Desk, part: &str, tick: u32, share: f32) -> Pos2 {
    let left = desk.harness.get_by_label("Piano roll").rect().left();
    let rect = desk.harness.get_by_label(part).rect();
    let roll = &desk.state().roll;
    let x = left + ((f64::from(tick) - roll.start) * roll.scale) as f32;
    pos2(x, rect.top() + rect.height() * share)
}

fn first_note(desk: &Desk, name: &str) -> lacuna::score::Note {
    let score = &desk.state().document().score;
    score.track(track(desk, name)).unwrap().notes[0]
}

/// Where the roll draws a note.
fn note_place(desk: &Desk, name: &str) -> Pos2 {
    let note = first_note(desk, name);
    let (pitch, words) = (lacuna::score::pitch_name(note.pitch), format!(", {name}"));
    let label = format!("{pitch}, bar 1 beat 1, ");
    let nodes = desk.harness.get_all_by_label_contains(&label);
    let node = nodes
        .into_iter()
        .find(|n| format!("{n:?}").contains(&words))
        .unwrap_or_else(|| panic!("no {label}...{words}"));
    node.rect().center()
}

#[test]
fn a_locked_track_says_why_it_takes_no_edit() {
    let mut desk = desk();
    let before = desk.state().document().clone();
    desk.key("ctrl shift L");
    assert!(desk.state().document().score.tracks[0].locked);
    one_step(&mut desk, &before, "Lock track");
    let locked = desk.state().document().clone();
    for keys in ["Delete", "Up", "shift L", "shift R"] {
        desk.edit(|s| s.toasts.clear());
        desk.key("ctrl A");
        desk.key(keys);
        assert!(
            said(&desk).contains("Melody is locked"),
            "{keys}: {}",
            said(&desk)
        );
        assert_eq!(*desk.state().document(), locked, "{keys}");
        assert!(
            !desk.state().selection.is_empty(),
            "{keys}: what stays is still selected"
        );
    }
    for keys in ["N", "shift C", "R", "ctrl shift R"] {
        desk.edit(|s| s.toasts.clear());
        desk.key(keys);
        assert!(
            said(&desk).contains("Unlock it in the track list"),
            "{keys}: {}",
            said(&desk)
        );
        assert_eq!(*desk.state().document(), locked, "{keys}");
    }
    assert!(desk.state().input.recording.is_none() && !desk.state().input.step);
    // A paste into it is refused as well and selects nothing that is not there.
    desk.key("ctrl A");
    desk.key("ctrl C");
    desk.edit(|s| s.toasts.clear());
    desk.key("ctrl V");
    assert!(said(&desk).contains("Melody is locked"));
    assert_eq!(*desk.state().document(), locked);
    let there: BTreeSet<NoteId> = locked.score.notes().map(|(_, n)| n.id).collect();
    assert!(desk.state().selection.is_subset(&there));
    // Another track is not meant.
    desk.key("PageDown");
    desk.key("ctrl A");
    desk.key("Up");
    assert_ne!(*desk.state().document(), locked);
    desk.key("ctrl Z");
    desk.key("PageUp");
    desk.click("Unlock Melody");
    assert_eq!(desk.state().history.undo_label(), Some("Unlock track"));
    desk.key("ctrl A");
    desk.key("Up");
    assert_ne!(
        desk.state().document().score.tracks[0].notes,
        locked.score.tracks[0].notes
    );
}

#[test]
fn dragging_drawing_and_erasing_on_a_locked_track_changes_nothing() {
    let mut desk = desk();
    desk.key("ctrl shift L");
    let locked = desk.state().document().clone();
    let steps = desk.state().history.labels().count();
    let at = note_place(&desk, "Melody");
    let far = at + vec2(60.0, -30.0);
    for (tool, shift) in [("1", false), ("1", true), ("3", false), ("6", false)] {
        desk.key(tool);
        desk.edit(|s| s.toasts.clear());
        modifiers(
            &mut desk,
            if shift {
                Modifiers::SHIFT
            } else {
                Modifiers::NONE
            },
        );
        drag(&mut desk, &[at, at + vec2(20.0, -10.0), far]);
        modifiers(&mut desk, Modifiers::NONE);
        assert_eq!(*desk.state().document(), locked, "tool {tool}");
        assert_eq!(desk.state().history.labels().count(), steps);
        // A cut that crosses no note asks for nothing.
        if tool != "6" {
            assert!(said(&desk).contains("Melody is locked"), "tool {tool}");
        }
    }
    desk.key("2");
    desk.edit(|s| s.toasts.clear());
    let roll = desk.harness.get_by_label("Piano roll").rect();
    let empty = roll.left_top() + vec2(500.0, 6.0);
    drag(&mut desk, &[empty, empty + vec2(40.0, 0.0)]);
    assert!(said(&desk).contains("Melody is locked"));
    assert_eq!(*desk.state().document(), locked);
    let there: BTreeSet<NoteId> = locked.score.notes().map(|(_, n)| n.id).collect();
    assert!(desk.state().selection.is_subset(&there));
}

#[test]
fn no_mask_fills_into_a_locked_track() {
    let mut desk = desk();
    desk.key("ctrl shift L");
    let melody = desk.state().document().score.tracks[0].clone();
    desk.mask_bars(2, 4);
    let id = melody.id;
    assert!(!desk.edit(|s| s.derived().stats.tracks.contains(&id)));
    desk.invoke(Command::Generate);
    desk.wait("the takes", |s| s.jobs.running.is_none());
    assert_eq!(desk.state().document().takes.len(), 4);
    desk.key("]");
    desk.key("alt Enter");
    let tracks = &desk.state().document().score.tracks;
    assert_eq!(tracks[0], melody);
    assert!(
        desk.state()
            .history
            .undo_label()
            .unwrap()
            .starts_with("Accept take")
    );
    // With every track locked there is nothing to ask for, and it is said.
    for _ in 0..2 {
        desk.key("PageDown");
        desk.key("ctrl shift L");
    }
    desk.mask_bars(2, 4);
    desk.edit(|s| s.toasts.clear());
    desk.key("ctrl Enter");
    assert!(said(&desk).contains("locked tracks"), "{}", said(&desk));
}

#[test]
fn bars_do_not_move_under_a_locked_track() {
    let mut desk = desk();
    desk.key("ctrl shift L");
    let locked = desk.state().document().clone();
    for keys in ["ctrl shift B", "ctrl shift Delete"] {
        desk.edit(|s| s.toasts.clear());
        desk.key(keys);
        assert!(said(&desk).contains("Melody is locked"), "{keys}");
        assert_eq!(*desk.state().document(), locked);
    }
}

const PORT: &str = "Keystation";

fn with_hands() -> (Desk, FakeKeyboard) {
    let mut desk = desk();
    let (ports, hands) = FakePorts::new();
    hands.plug(PORT);
    desk.edit(|s| {
        let context = s.context.clone();
        s.input.set_ports(ports, &context);
        s.settings.midi_input = Some(PORT.into());
        s.settings.record_count_in = 0;
    });
    desk.frames(2);
    (desk, hands)
}

#[test]
fn the_armed_track_records_whichever_is_in_hand() {
    let (mut desk, hands) = with_hands();
    let before = desk.state().document().clone();
    desk.key("PageDown");
    desk.key("PageDown");
    desk.key("alt R");
    let bass = track(&desk, "Bass");
    assert_eq!(desk.state().tracks.armed, Some(bass));
    desk.key("PageUp");
    desk.click("Disarm Bass");
    assert_eq!(desk.state().tracks.armed, None);
    desk.edit(|s| s.tracks.armed = Some(bass));
    // It is kept with the piece.
    let view = desk.edit(|s| lacuna::studio::keep_view(s));
    desk.edit(|s| s.tracks.armed = None);
    desk.edit(|s| lacuna::studio::restore_view(s, view.as_deref()));
    assert_eq!(desk.state().tracks.armed, Some(bass));
    desk.key("R");
    desk.wait("the playhead", |s| s.transport.position() > 100.0);
    hands.play(PORT, &[0x90, 31, 80]);
    desk.wait("the playhead", |s| s.transport.position() > 300.0);
    hands.play(PORT, &[0x80, 31, 64]);
    desk.frames(1);
    desk.key("Space");
    desk.wait("the end", |s| s.input.recording.is_none());
    let score = &desk.state().document().score;
    assert!(
        score
            .track(bass)
            .unwrap()
            .notes
            .iter()
            .any(|n| n.pitch == 31)
    );
    assert_eq!(
        score.tracks[1], before.score.tracks[1],
        "the one in hand is as it was"
    );
    assert_eq!(desk.state().history.undo_label(), Some("Record 1 note"));
}

#[test]
fn any_set_of_tracks_are_ghosts_and_they_are_live() {
    let mut desk = desk();
    let (chords, bass) = (track(&desk, "Chords"), track(&desk, "Bass"));
    desk.click("Hide Chords");
    desk.click("Hide Bass");
    desk.click("Leave Bass out of ghosts");
    let (hidden, unseen) = (&desk.state().hidden, &desk.state().tracks.unseen);
    assert_eq!((hidden.len(), unseen.len()), (2, 1));
    assert!(hidden.contains(&chords) && unseen.contains(&bass));
    desk.click("Show Bass");
    assert!(desk.state().tracks.unseen.is_empty() && !desk.state().hidden.contains(&bass));
    // By keys as well.
    desk.key("alt H");
    let melody = track(&desk, "Melody");
    assert!(desk.state().hidden.contains(&melody) && desk.state().tracks.unseen.contains(&melody));
    desk.key("H");
    assert!(!desk.state().settings.ghosts);
}

#[test]
fn rows_fold_to_the_used_ones_and_to_the_key_and_notes_stay_in_hand() {
    let mut desk = desk();
    let used: BTreeSet<u8> = desk
        .state()
        .document()
        .score
        .notes()
        .map(|(_, n)| n.pitch)
        .collect();
    let row = desk.state().roll.row;
    desk.key("U");
    assert_eq!(desk.state().roll.fold, Fold::Used);
    assert!(desk.state().roll.row > row, "what is left fills the roll");
    assert_eq!(desk.state().roll.rows().count() as usize, used.len());
    // The piece is a note in each row, and a click still takes the right one.
    let note = first_note(&desk, "Melody");
    let at = note_place(&desk, "Melody");
    drag(&mut desk, &[at, at]);
    assert_eq!(desk.state().selection, [note.id].into());
    // A semitone up is a row that was folded away, and comes.
    let (up, key) = (note.pitch + 1, "Up");
    assert!(!used.contains(&up));
    desk.key(key);
    desk.frames(1);
    assert!(desk.state().roll.rows().has(up));
    desk.key("ctrl Z");
    // The caret steps from row to row.
    desk.key("Esc");
    let rows = desk.state().roll.rows();
    let low = *used.first().unwrap();
    desk.edit(|s| s.roll.caret.pitch = low);
    desk.key("ctrl ArrowUp");
    assert_eq!(desk.state().roll.caret.pitch, rows.next(low, true).unwrap());
    desk.key("shift U");
    assert_eq!(desk.state().roll.fold, Fold::Key);
    let rows = desk.state().roll.rows();
    assert_eq!(desk.edit(|s| s.derived().major_tonic), 7);
    let of_key = |p: u8| [0, 2, 4, 6, 7, 9, 11].contains(&(p % 12));
    for pitch in 0..128 {
        let stays = of_key(pitch) || used.contains(&pitch);
        assert_eq!(rows.has(pitch), stays, "{pitch}");
    }
    assert!(used.iter().any(|p| !of_key(*p)), "no note is ever hidden");
    desk.key("shift U");
    assert_eq!(desk.state().roll.rows().count(), 128.0);
    assert_eq!(desk.state().roll.row, row, "as they were");
}

#[test]
fn the_key_is_chosen_in_the_corner_and_lit_and_commands_keep_to_it() {
    let mut desk = desk();
    desk.edit(|s| s.selection.clear());
    let before = desk.state().document().clone();
    desk.key("I");
    assert!(desk.state().settings.highlight_key);
    desk.click("Key: G major, found in the notes");
    desk.click("D# major");
    assert_eq!(desk.state().document().score.key, Some(Key::major(3)));
    one_step(&mut desk, &before, "Set key to D# major");
    desk.harness.get_by_label("Key: D# major");
    let out_of = |desk: &Desk, scale: [u8; 7]| -> BTreeSet<NoteId> {
        let notes = desk.state().document().score.notes();
        let out = notes.filter(|(_, n)| !scale.contains(&(n.pitch % 12)));
        out.map(|(_, n)| n.id).collect()
    };
    desk.invoke(Command::SelectOutOfKey);
    let d_sharp = out_of(&desk, [3, 5, 7, 8, 10, 0, 2]);
    assert_eq!(desk.state().selection, d_sharp);
    desk.edit(|s| s.selection.clear());
    desk.click("Key: D# major");
    desk.click("Found in the notes");
    assert_eq!(desk.state().document().score.key, None);
    desk.invoke(Command::SelectOutOfKey);
    assert_eq!(
        desk.state().selection,
        out_of(&desk, [7, 9, 11, 0, 2, 4, 6])
    );
    desk.key("shift N");
    assert!(!desk.state().settings.note_names);
    desk.frames(2);
}

#[test]
fn the_tempo_is_drawn_ramped_and_erased_on_its_lane() {
    let mut desk = desk();
    desk.key("alt 2");
    desk.frames(2);
    assert_eq!(desk.state().roll.lane, Lane::Tempo);
    desk.harness.get_by_label("Lane: Tempo");
    let before = desk.state().document().clone();
    // A press beside the points puts one; it is at a line of the grid.
    let at = place(&desk, "Tempo lane", 2 * BAR, 0.3);
    drag(&mut desk, &[at, at + vec2(0.0, 4.0)]);
    let tempos = desk.state().document().score.tempos.clone();
    assert_eq!(tempos.len(), 2);
    assert_eq!(tempos[1].tick, 2 * BAR);
    assert!(tempos[1].bpm() > 96.0);
    one_step(&mut desk, &before, "Add tempo");
    // The point is dragged in time and tempo.
    let with_point = desk.state().document().clone();
    let bpm = tempos[1].bpm();
    let point = at + vec2(0.0, 4.0);
    let beat = (480.0 * desk.state().roll.scale) as f32;
    drag(
        &mut desk,
        &[
            point,
            point + vec2(beat / 2.0, 4.0),
            point + vec2(beat, 12.0),
        ],
    );
    let moved = desk.state().document().score.tempos[1];
    assert_eq!(moved.tick, 2 * BAR + 480);
    assert!(moved.bpm() < bpm - 5.0, "{} from {bpm}", moved.bpm());
    one_step(&mut desk, &with_point, "Move tempo");
    // Shift ramps.
    let with_two = desk.state().document().clone();
    let (a, b) = (
        place(&desk, "Tempo lane", 4 * BAR, 0.7),
        place(&desk, "Tempo lane", 6 * BAR, 0.2),
    );
    modifiers(&mut desk, Modifiers::SHIFT);
    drag(&mut desk, &[a, a.lerp(b, 0.5), b]);
    modifiers(&mut desk, Modifiers::NONE);
    let score = desk.state().document().score.clone();
    let at_bars: Vec<f64> = (4..=6).map(|bar| score.bpm_at(bar * BAR)).collect();
    assert!(
        at_bars.is_sorted() && at_bars[2] > at_bars[0] + 10.0,
        "{at_bars:?}"
    );
    one_step(&mut desk, &with_two, "Ramp tempo");
    // The right button takes away what it passes, but not the beginning.
    let ramped = desk.state().document().clone();
    let (from, to) = (
        place(&desk, "Tempo lane", 10, 0.9),
        place(&desk, "Tempo lane", 7 * BAR, 0.9),
    );
    press(&mut desk, PointerButton::Secondary, &[from, to]);
    let left = &desk.state().document().score.tempos;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].tick, 0);
    one_step(&mut desk, &ramped, "Remove tempo");
}

/// As [`drag`], with another button.
fn press(desk: &mut Desk, button: PointerButton, way: &[Pos2]) {
    let event = |pos: Pos2, pressed: bool| Event::PointerButton {
        pos,
        button,
        pressed,
        modifiers: Modifiers::NONE,
    };
    desk.harness.hover_at(way[0]);
    desk.frames(1);
    desk.harness.event(event(way[0], true));
    desk.frames(1);
    for p in &way[1..] {
        desk.harness.hover_at(*p);
        desk.frames(1);
    }
    desk.harness.event(event(*way.last().unwrap(), false));
    desk.frames(2);
}

#[test]
fn controllers_and_the_bend_are_drawn_on_their_lanes() {
    let mut desk = desk();
    let modulation = Wheel::Controller(1);
    desk.key("alt 4");
    desk.frames(2);
    let before = desk.state().document().clone();
    let events = |desk: &Desk| desk.state().document().score.tracks[0].events.clone();
    let (a, b) = (
        place(&desk, "Modulation (CC 1) lane", BAR + 10, 0.9),
        place(&desk, "Modulation (CC 1) lane", 2 * BAR - 10, 0.1),
    );
    drag(&mut desk, &[a, a.lerp(b, 0.4), b]);
    let drawn = events(&desk);
    assert_eq!(drawn.len(), 16, "a value on every sixteenth of the bar");
    let values: Vec<u16> = drawn
        .iter()
        .map(|e| modulation.value(e.kind).unwrap())
        .collect();
    assert!(
        values.is_sorted() && values[0] < 30 && values[15] > 110,
        "{values:?}"
    );
    assert!(drawn.iter().all(|e| (BAR..2 * BAR).contains(&e.tick)));
    one_step(&mut desk, &before, "Draw controllers");
    // Shift draws a straight line over it.
    modifiers(&mut desk, Modifiers::SHIFT);
    let (c, d) = (
        place(&desk, "Modulation (CC 1) lane", BAR, 0.2),
        place(&desk, "Modulation (CC 1) lane", 2 * BAR, 0.8),
    );
    drag(&mut desk, &[c, c.lerp(d, 0.5), d]);
    modifiers(&mut desk, Modifiers::NONE);
    let line = events(&desk);
    assert!(
        line.len() > 40,
        "a line is finer than the grid: {}",
        line.len()
    );
    let values: Vec<u16> = line
        .iter()
        .map(|e| modulation.value(e.kind).unwrap())
        .collect();
    assert!(values.iter().rev().is_sorted());
    // The right button erases, another wheel is not touched.
    desk.key("alt 3");
    desk.frames(2);
    let e = place(&desk, "Pitch bend lane", 3 * BAR + 10, 0.2);
    drag(&mut desk, &[e, e + vec2(3.0, 0.0)]);
    let bends = events(&desk).len() - line.len();
    assert_eq!(bends, 1);
    let (from, to) = (
        place(&desk, "Pitch bend lane", 0, 0.5),
        place(&desk, "Pitch bend lane", 5 * BAR, 0.5),
    );
    press(&mut desk, PointerButton::Secondary, &[from, to]);
    assert_eq!(events(&desk), line);
    assert_eq!(desk.state().history.undo_label(), Some("Erase controllers"));
    // The list at its left chooses as well.
    desk.click("Lane: Pitch bend");
    desk.click("Pan (CC 10)");
    assert_eq!(desk.state().roll.lane, Lane::Wheel(Wheel::Controller(10)));
    desk.key("alt 1");
    assert_eq!(desk.state().roll.lane, Lane::Velocity);
    desk.key("alt 0");
    assert!(!desk.state().roll.show_velocity);
}

/// A desk with sections A (bars 1 to 4), B (5 to 8) and C (to the end).
fn with_sections() -> Desk {
    let mut desk = desk();
    for bar in [0, 4, 8] {
        desk.edit(|s| s.transport.seek(bar * BAR));
        desk.frames(1);
        desk.key("shift M");
    }
    desk.frames(2);
    desk
}

fn markers(desk: &Desk) -> Vec<(u32, String)> {
    let markers = desk.state().document().score.markers();
    markers
        .into_iter()
        .map(|m| (m.tick / BAR, m.name))
        .collect()
}

#[test]
fn a_click_on_a_section_takes_its_bars_and_a_drag_moves_its_marker() {
    let mut desk = with_sections();
    desk.edit(|s| s.transport.set_loop(None, false));
    let at = place(&desk, "Sections", 5 * BAR, 0.5);
    drag(&mut desk, &[at, at]);
    assert_eq!(desk.state().transport.loop_range, Some((4 * BAR, 8 * BAR)));
    let wanted: BTreeSet<NoteId> = desk
        .state()
        .document()
        .score
        .notes()
        .filter(|(_, n)| (4 * BAR..8 * BAR).contains(&n.start))
        .map(|(_, n)| n.id)
        .collect();
    assert_eq!(desk.state().selection, wanted);
    desk.frames(40);
    // Past another marker and back: that one stays.
    let before = desk.state().document().clone();
    let bar = (f64::from(BAR) * desk.state().roll.scale) as f32;
    let way = [0.0, 2.0, 4.0, 5.0, 2.1].map(|bars| at + vec2(bar * bars, 0.0));
    drag(&mut desk, &way);
    assert_eq!(
        markers(&desk),
        [(0, "A".into()), (6, "B".into()), (8, "C".into())]
    );
    one_step(&mut desk, &before, "Move marker B");
}

#[test]
fn a_section_is_selected_masked_and_duplicated_by_key() {
    let mut desk = with_sections();
    desk.edit(|s| {
        s.transport.set_loop(None, false);
        s.transport.seek(5 * BAR);
    });
    desk.frames(1);
    desk.key("shift E");
    assert_eq!(desk.state().transport.loop_range, Some((4 * BAR, 8 * BAR)));
    desk.key("alt E");
    let span = desk.edit(|s| s.derived().stats.span);
    assert_eq!(span, Some((4 * BAR, 8 * BAR)));
    desk.key("ctrl Z");
    let before = desk.state().document().clone();
    let starts = |doc: &Document, from: u32, to: u32| -> Vec<(u32, u8)> {
        let notes = doc.score.notes();
        let mut all: Vec<(u32, u8)> = notes
            .filter(|(_, n)| (from * BAR..to * BAR).contains(&n.start))
            .map(|(_, n)| (n.start - from * BAR, n.pitch))
            .collect();
        all.sort_unstable();
        all
    };
    desk.key("shift D");
    let after = desk.state().document().clone();
    assert_eq!(starts(&after, 8, 12), starts(&before, 4, 8));
    assert_eq!(starts(&after, 4, 8), starts(&before, 4, 8));
    assert_eq!(starts(&after, 12, 20), starts(&before, 8, 16));
    let sections: Vec<(u32, String)> = markers(&desk);
    assert_eq!(
        sections,
        [
            (0, "A".into()),
            (4, "B".into()),
            (8, "B".into()),
            (12, "C".into())
        ]
    );
    assert_eq!(desk.state().transport.loop_range, Some((8 * BAR, 12 * BAR)));
    one_step(&mut desk, &before, "Duplicate B");
    // Two clicks open the list in which it is renamed.
    let at = place(&desk, "Sections", 9 * BAR, 0.5);
    for _ in 0..2 {
        desk.harness.drag_at(at);
        desk.harness.drop_at(at);
    }
    desk.frames(3);
    assert!(matches!(desk.state().overlay, Some(Overlay::Time)));
}

#[test]
fn without_markers_section_commands_say_what_is_missing() {
    let mut desk = desk();
    let before = desk.state().document().clone();
    for keys in ["shift E", "alt E", "shift D"] {
        desk.edit(|s| s.toasts.clear());
        desk.key(keys);
        assert!(
            said(&desk).contains("no markers"),
            "{keys}: {}",
            said(&desk)
        );
    }
    assert_eq!(*desk.state().document(), before);
    assert!(desk.harness.query_by_label("Sections").is_none());
}

#[test]
fn a_track_is_dragged_to_its_place_in_the_list() {
    let mut desk = desk();
    let before = desk.state().document().clone();
    let row = |desk: &Desk, name: &str| desk.harness.get_by_label(&format!("Track {name}")).rect();
    let from = row(&desk, "Melody").left_bottom() + vec2(80.0, -8.0);
    let to = row(&desk, "Bass").center_bottom() - vec2(0.0, 4.0);
    drag(&mut desk, &[from, from.lerp(to, 0.5), to]);
    assert_eq!(names(&desk), ["Chords", "Bass", "Melody"]);
    assert_eq!(
        desk.state().document().score.colour(2),
        0,
        "it keeps its colour"
    );
    one_step(&mut desk, &before, "Move track");
    // Escape lets it stay where it is.
    let from = row(&desk, "Bass").left_bottom() + vec2(80.0, -8.0);
    let first = row(&desk, "Chords").center_top();
    desk.harness.drag_at(from);
    desk.frames(1);
    desk.harness.hover_at(first);
    desk.frames(2);
    assert!(desk.state().tracks.dragged.is_some());
    desk.harness.key_press(eframe::egui::Key::Escape);
    desk.frames(2);
    desk.harness.drop_at(first);
    desk.frames(2);
    assert_eq!(names(&desk), ["Chords", "Bass", "Melody"]);
}

#[test]
fn volume_pan_mute_and_solo_stand_in_the_list() {
    let mut desk = desk();
    let before = desk.state().document().clone();
    let mix = |desk: &Desk| desk.state().document().score.tracks[0].mix;
    let pan = desk.harness.get_by_label("Pan of Melody").rect();
    drag(
        &mut desk,
        &[
            pan.center(),
            pan.center() + vec2(10.0, 0.0),
            pan.right_center() - vec2(6.0, 0.0),
        ],
    );
    assert!(mix(&desk).pan > 0.5, "{}", mix(&desk).pan);
    one_step(&mut desk, &before, "Change mix");
    let volume = desk.harness.get_by_label("Volume of Melody").rect();
    drag(
        &mut desk,
        &[volume.center(), volume.left_center() + vec2(6.0, 0.0)],
    );
    assert!(mix(&desk).volume < 0.3, "{}", mix(&desk).volume);
    desk.key("M");
    desk.click("Solo Chords");
    assert!(mix(&desk).mute && desk.state().document().score.tracks[1].mix.solo);
}

#[test]
fn an_instrument_is_found_by_a_word_heard_and_taken() {
    let mut desk = desk();
    let before = desk.state().document().clone();
    desk.click("Instrument of Melody: Flute");
    desk.frames(2);
    desk.type_text("cello");
    desk.frames(2);
    assert!(desk.harness.query_by_label("Violin").is_none());
    desk.harness.get_by_label("Cello").click();
    desk.wait("the audition", |s| s.transport.player.preview_level() > 0.0);
    let track = &desk.state().document().score.tracks[0];
    assert_eq!(track.first_program(), 42);
    // The list stays, so that one may hear the next.
    desk.harness.get_by_label("Search instruments");
    desk.key("Esc");
    desk.frames(2);
    assert!(!eframe::egui::Popup::is_any_open(&desk.state().context));
    one_step(&mut desk, &before, "Change instrument");
}

#[test]
fn notes_are_pasted_into_a_piece_that_counts_other_ticks() {
    let mut desk = desk();
    desk.edit(|s| {
        let note = s.document().score.tracks[0].notes[2];
        s.selection = [note.id].into();
    });
    desk.key("ctrl C");
    let copied = desk.state().clipboard.notes[0].1;
    let mut other = Score {
        ppq: 96,
        ..Score::default()
    };
    let t = other.add_track("Flute", 0, 73);
    desk.edit(|s| s.show_document(Document::new(other), None));
    desk.frames(2);
    desk.key("ctrl V");
    let notes = &desk.state().document().score.track(t).unwrap().notes;
    assert_eq!(notes.len(), 1);
    assert_eq!((notes[0].start, notes[0].pitch), (0, copied.pitch));
    assert_eq!(notes[0].length, copied.length / 5, "as long in beats");
}

#[test]
fn rows_are_taller_and_lower_by_key() {
    let mut desk = desk();
    let row = desk.state().roll.row;
    desk.key("alt Plus");
    assert!(desk.state().roll.row > row);
    desk.key("alt Minus");
    desk.key("alt Minus");
    assert!(desk.state().roll.row < row);
}

#[test]
fn what_one_saw_and_locked_comes_back_with_the_file() {
    let mut desk = desk();
    desk.key("ctrl shift L");
    desk.click("Hide Chords");
    desk.click("Leave Chords out of ghosts");
    desk.key("U");
    desk.key("alt 2");
    let chords = track(&desk, "Chords");
    let view = desk.edit(|s| lacuna::studio::keep_view(s));
    let document = desk.state().document().clone();
    let bytes = write(&Project { document, view }).unwrap();
    let back = read(&bytes).unwrap();
    desk.edit(|s| {
        s.show_document(Document::new(piece()), None);
        assert!(s.tracks.unseen.is_empty() && s.roll.fold == Fold::Off);
        s.show_document(back.document, None);
        lacuna::studio::restore_view(s, back.view.as_deref());
    });
    desk.frames(2);
    let s = desk.state();
    assert!(s.document().score.tracks[0].locked);
    assert!(s.tracks.unseen.contains(&chords));
    assert_eq!((s.roll.fold, s.roll.lane), (Fold::Used, Lane::Tempo));
}
