//! Bars, markers, tempo and metre, counting in, following, and the order and colour of tracks, as a person reaches them.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use eframe::egui::{Event, Modifiers};
use egui_kittest::kittest::Queryable;
use lacuna::score::Document;
use lacuna::studio::Overlay;
use support::{Desk, piece};

const BAR: u32 = 1920;

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.edit(|s| s.show_document(Document::new(piece()), None));
    desk.frames(2);
    desk
}

/// The step just made is called that, and undo takes all of it back.
fn one_step(desk: &mut Desk, before: &Document, label: &str) {
    assert_eq!(desk.state().history.undo_label(), Some(label));
    let after = desk.state().document().clone();
    desk.key("ctrl Z");
    assert_eq!(desk.state().document(), before);
    desk.key("ctrl Y");
    assert_eq!(*desk.state().document(), after);
}

fn starts(desk: &Desk) -> Vec<u32> {
    let score = &desk.state().document().score;
    let mut all: Vec<u32> = score.notes().map(|(_, n)| n.start).collect();
    all.sort_unstable();
    all
}

#[test]
fn bars_go_in_at_the_playhead_and_at_the_range_by_key() {
    let mut desk = desk();
    let (before, notes) = (desk.state().document().clone(), starts(&desk));
    desk.edit(|s| s.transport.seek(2 * BAR + 500));
    desk.frames(1);
    desk.key("ctrl shift B");
    let later = |by: u32| {
        let moved = notes.iter().map(|&t| if t >= 2 * BAR { t + by } else { t });
        moved.collect::<Vec<_>>()
    };
    assert_eq!(starts(&desk), later(BAR));
    one_step(&mut desk, &before, "Insert 1 bar at bar 3");
    desk.key("ctrl Z");
    desk.edit(|s| s.transport.set_loop(Some((2 * BAR, 5 * BAR)), false));
    desk.key("ctrl shift B");
    assert_eq!(starts(&desk), later(3 * BAR));
    one_step(&mut desk, &before, "Insert 3 bars at bar 3");
}

#[test]
fn bars_marked_on_the_ruler_are_deleted_with_their_notes_and_mask() {
    let mut desk = desk();
    desk.mask_bars(1, 3);
    let before = desk.state().document().clone();
    let wanted: Vec<u32> = starts(&desk)
        .into_iter()
        .filter(|t| !(BAR..3 * BAR).contains(t))
        .map(|t| if t >= 3 * BAR { t - 2 * BAR } else { t })
        .collect();
    desk.edit(|s| s.transport.set_loop(Some((BAR, 3 * BAR)), true));
    desk.frames(1);
    desk.key("ctrl shift Delete");
    assert_eq!(starts(&desk), wanted);
    assert!(desk.state().is_mask_empty());
    assert_eq!(desk.state().transport.loop_range, None);
    one_step(&mut desk, &before, "Delete 2 bars at bar 2");
}

#[test]
fn markers_are_set_walked_and_renamed() {
    let mut desk = desk();
    let before = desk.state().document().clone();
    desk.edit(|s| s.transport.seek(BAR + 7));
    desk.frames(1);
    desk.key("shift M");
    one_step(&mut desk, &before, "Set marker A");
    desk.edit(|s| s.transport.seek(4 * BAR));
    desk.frames(1);
    desk.key("shift M");
    let names = |desk: &Desk| {
        let markers = desk.state().document().score.markers();
        markers
            .into_iter()
            .map(|m| (m.tick, m.name))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&desk), [(BAR, "A".into()), (4 * BAR, "B".into())]);
    desk.key("alt P");
    assert_eq!(desk.state().transport.position(), f64::from(BAR));
    desk.key("alt N");
    assert_eq!(desk.state().transport.position(), f64::from(4 * BAR));
    desk.key("shift T");
    desk.frames(2);
    desk.click("Name of marker at 2.1.000");
    desk.type_text("ria");
    desk.harness.key_press(eframe::egui::Key::Enter);
    desk.frames(3);
    assert_eq!(names(&desk)[0], (BAR, "Aria".into()));
}

#[test]
fn tempo_and_metre_are_lists_and_a_ramp_is_one_step() {
    let mut desk = desk();
    desk.edit(|s| s.transport.seek(2 * BAR));
    desk.frames(1);
    desk.key("shift T");
    desk.frames(2);
    assert!(matches!(desk.state().overlay, Some(Overlay::Time)));
    let before = desk.state().document().clone();
    desk.click("Add tempo at playhead");
    let score = &desk.state().document().score;
    assert!(score.tempos.iter().any(|t| t.tick == 2 * BAR));
    desk.click("Remove tempo at 3.1.000");
    assert_eq!(desk.state().document().score.tempos, before.score.tempos);
    desk.click("Add metre at playhead's bar");
    let score = &desk.state().document().score;
    assert!(score.meters.iter().any(|m| m.tick == 2 * BAR));
    desk.click("Remove metre at bar 3");
    assert_eq!(desk.state().document().score.meters, before.score.meters);
    desk.click("Ramp");
    let score = desk.state().document().score.clone();
    assert_eq!(score.bpm_at(0).round(), 96.0);
    assert_eq!(score.bpm_at(2 * BAR).round(), 91.0);
    assert_eq!(score.bpm_at(9 * BAR).round(), 86.0);
    // The pane has grown by the steps of the ramp and comes to rest.
    desk.frames(10);
    desk.click("Close");
    assert!(desk.state().overlay.is_none());
    one_step(&mut desk, &before, "Ramp tempo");
}

#[test]
fn the_curve_is_dragged_in_one_step() {
    let mut desk = desk();
    desk.key("shift T");
    desk.frames(2);
    let before = desk.state().document().clone();
    let steps = desk.state().history.labels().count();
    let from = desk.harness.get_by_label("Tempo curve").rect().center();
    desk.harness.drag_at(from);
    desk.frames(1);
    for up in [4.0, 12.0, 20.0] {
        desk.harness.hover_at(from - eframe::egui::vec2(0.0, up));
        desk.frames(1);
    }
    desk.harness.drop_at(from - eframe::egui::vec2(0.0, 20.0));
    desk.frames(2);
    let bpm = desk.state().document().score.bpm_at(0);
    assert_eq!(bpm.round(), before.score.bpm_at(0).round() + 10.0);
    assert_eq!(desk.state().history.labels().count(), steps + 1);
    desk.edit(|s| s.step_history(true));
    assert_eq!(*desk.state().document(), before);
}

#[test]
fn a_bar_is_counted_in_before_the_playhead_moves() {
    let mut desk = desk();
    desk.key("ctrl shift K");
    assert!(desk.state().settings.count_in);
    desk.key("Space");
    std::thread::sleep(std::time::Duration::from_millis(200));
    desk.frames(1);
    assert!(desk.state().transport.is_playing());
    assert_eq!(
        desk.state().transport.position(),
        0.0,
        "it is still counting"
    );
    desk.key("Space");
}

#[test]
fn following_smoothly_keeps_the_playhead_in_the_middle() {
    let mut desk = desk();
    desk.key("shift F");
    assert!(desk.state().settings.follow && desk.state().settings.follow_smooth);
    desk.edit(|s| {
        s.roll.scale = 0.3;
        s.transport.seek(6 * BAR);
        s.transport.play();
    });
    desk.frames(3);
    let shown = desk.state().visible_ticks();
    let middle = f64::from(shown.start + shown.end) / 2.0;
    let share =
        (middle - desk.state().transport.position()).abs() / f64::from(shown.end - shown.start);
    assert!(
        share < 0.1,
        "the playhead is {share} of the width off the middle"
    );
    desk.key("Space");
}

#[test]
fn tracks_move_and_keep_their_colour_and_get_another() {
    let mut desk = desk();
    let names = |desk: &Desk| {
        let tracks = &desk.state().document().score.tracks;
        tracks.iter().map(|t| t.name.clone()).collect::<Vec<_>>()
    };
    let (before, first) = (desk.state().document().clone(), names(&desk));
    desk.key("alt PageDown");
    let now = names(&desk);
    assert_eq!((&now[0], &now[1]), (&first[1], &first[0]));
    assert_eq!(desk.state().document().score.colour(1), 0);
    one_step(&mut desk, &before, "Move track");
    desk.key("alt PageUp");
    assert_eq!(names(&desk), first);
    let row = format!("Track {}", first[0]);
    desk.harness.get_by_label(&row).click_secondary();
    desk.frames(3);
    desk.click(&format!("Colour 5 for {}", first[0]));
    assert_eq!(desk.state().document().score.colour(0), 4);
    assert_eq!(desk.state().history.undo_label(), Some("Change colour"));
}

#[test]
fn shift_on_the_ruler_marks_time_without_looping() {
    let mut desk = desk();
    let ruler = desk.harness.get_by_label("Ruler").rect();
    let y = ruler.top() + 4.0;
    let (a, b) = (ruler.left() + 200.0, ruler.left() + 500.0);
    desk.edit(|s| s.transport.set_loop(None, false));
    for (shift, looping) in [(true, false), (false, true)] {
        let modifiers = match shift {
            true => Modifiers::SHIFT,
            false => Modifiers::NONE,
        };
        desk.harness.event(Event::ModifiersChanged(modifiers));
        desk.harness.drag_at(eframe::egui::pos2(a, y));
        desk.frames(1);
        desk.harness.hover_at(eframe::egui::pos2(
            b + 40.0 * f32::from(u8::from(looping)),
            y,
        ));
        desk.frames(1);
        desk.harness.drop_at(eframe::egui::pos2(
            b + 40.0 * f32::from(u8::from(looping)),
            y,
        ));
        desk.frames(1);
        assert!(desk.state().transport.loop_range.is_some());
        assert_eq!(desk.state().transport.looping, looping);
        desk.edit(|s| s.transport.set_loop(None, false));
        desk.frames(30);
    }
}

#[test]
fn escape_gives_a_marked_range_back_without_looping_it() {
    let mut desk = desk();
    let ruler = desk.harness.get_by_label("Ruler").rect();
    let at = |x: f32| eframe::egui::pos2(ruler.left() + x, ruler.top() + 4.0);
    desk.edit(|s| s.transport.set_loop(Some((0, BAR)), false));
    desk.harness
        .event(Event::ModifiersChanged(Modifiers::SHIFT));
    desk.harness.drag_at(at(300.0));
    desk.frames(1);
    desk.harness.hover_at(at(500.0));
    desk.frames(1);
    assert_ne!(desk.state().transport.loop_range, Some((0, BAR)));
    desk.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    desk.key("Esc");
    assert_eq!(desk.state().transport.loop_range, Some((0, BAR)));
    assert!(!desk.state().transport.looping);
}
