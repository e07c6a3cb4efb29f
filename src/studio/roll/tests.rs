//! The roll in the hands of a person: presses, drags and wheels on a headless window.

mod hand;

use super::*;
use crate::score::{Document, History, Region};
use eframe::egui::accesskit;
use eframe::egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hand::*;

const BAR: u32 = 1920;

const SHIFT: Modifiers = Modifiers::SHIFT;
const ALT: Modifiers = Modifiers::ALT;

#[test]
fn a_click_selects_sounds_and_lets_go() {
    let mut t = Hand::new();
    let note = t.desk().note(0, 1);
    t.click(t.at(BAR as f64 + 240.0, 72));
    assert_eq!(t.desk().selection, [note.id].into());
    assert_eq!(
        (t.desk().heard.as_slice(), t.desk().stops),
        ([72].as_slice(), 1)
    );
    t.drag_with(&[t.at(240.0, 72)], PointerButton::Primary, SHIFT);
    assert_eq!(t.desk().selection.len(), 2, "Shift adds");
    t.click(t.at(BAR as f64 + 1200.0, 80));
    assert!(t.desk().selection.is_empty(), "a click beside lets go");
    assert_eq!(t.desk().steps(), 0, "nothing was changed");
}

#[test]
fn a_click_on_another_track_brings_it_to_the_front() {
    let mut t = Hand::new();
    t.click(t.at(1200.0, 60));
    let piano = t.desk().score().tracks[1].id;
    assert_eq!(t.desk().focus, Some(piano));
}

#[test]
fn a_drag_moves_on_the_grid_and_is_one_undo_step() {
    let mut t = Hand::new();
    let before = t.desk().note(0, 1);
    let from = t.at(BAR as f64 + 240.0, 72);
    t.drag(&[
        from,
        t.at(BAR as f64 + 300.0, 73),
        t.at(BAR as f64 + 490.0, 74),
        t.at(BAR as f64 + 490.0, 75),
    ]);
    let after = t.desk().note(0, 1);
    assert_eq!(
        (after.start, after.pitch),
        (BAR + 240, 75),
        "250 ticks snap to 240"
    );
    assert_eq!(after.length, before.length);
    assert_eq!(t.desk().steps(), 1);
    assert_eq!(t.desk().heard, [72, 73, 74, 75]);
    t.h.state_mut().history.undo();
    assert_eq!(t.desk().note(0, 1), before);
}

#[test]
fn alt_moves_past_the_grid_and_escape_takes_a_drag_back() {
    let mut t = Hand::new();
    let from = t.at(240.0, 72);
    let to = t.at(240.0, 72) + vec2(40.0, 0.0);
    let ticks = 40.0 / t.desk().view.scale;
    t.drag_with(&[from, to], PointerButton::Primary, ALT);
    let now = t.desk().note(0, 0).start as f64;
    assert!((now - ticks).abs() <= 1.0, "{now} for {ticks}");
    let before = t.desk().score().clone();
    let from = t.at(BAR as f64 + 240.0, 72);
    t.press(
        &[from, t.at(BAR as f64 + 900.0, 65)],
        PointerButton::Primary,
        Modifiers::NONE,
    );
    assert_ne!(t.desk().score(), &before);
    t.h.key_press(Key::Escape);
    t.h.run_steps(1);
    assert_eq!(t.desk().score(), &before);
}

#[test]
fn shift_drags_a_copy() {
    let mut t = Hand::new();
    t.drag_with(
        &[t.at(240.0, 72), t.at(500.0, 74), t.at(720.0, 76)],
        PointerButton::Primary,
        SHIFT,
    );
    assert_eq!(t.desk().score().tracks[0].notes.len(), 13);
    assert_eq!(t.desk().note(0, 0).pitch, 72, "the original stays");
    let copy = t.desk().note(0, 1);
    assert_eq!((copy.start, copy.pitch), (480, 76));
    assert_eq!(t.desk().selection, [copy.id].into(), "the copy is in hand");
    assert_eq!(t.desk().steps(), 1);
}

#[test]
fn ends_are_dragged() {
    let mut t = Hand::new();
    t.h.state_mut().view.scale *= 2.0;
    t.h.run();
    let right = t.at(480.0, 72) - vec2(3.0, 0.0);
    let quarter = vec2((480.0 * t.desk().view.scale) as f32, 0.0);
    t.drag(&[right, right + quarter / 2.0, right + quarter]);
    assert_eq!(
        (t.desk().note(0, 0).start, t.desk().note(0, 0).length),
        (0, 960)
    );
    let left = t.at(BAR as f64, 72) + vec2(2.0, 0.0);
    t.drag(&[left, left + quarter / 4.0, left + quarter / 2.0]);
    assert_eq!(
        (t.desk().note(0, 1).start, t.desk().note(0, 1).length),
        (BAR + 240, 240)
    );
    assert_eq!(t.desk().steps(), 2);
}

#[test]
fn a_marquee_gathers_the_track_in_focus() {
    let mut t = Hand::new();
    t.drag(&[
        t.at(600.0, 79),
        t.at(BAR as f64, 70),
        t.at(BAR as f64 * 3.2, 56),
    ]);
    let melody: BTreeSet<NoteId> = (1..4).map(|i| t.desk().note(0, i).id).collect();
    assert_eq!(t.desk().selection, melody);
    t.drag_with(
        &[t.at(600.0, 66), t.at(BAR as f64, 58)],
        PointerButton::Primary,
        Modifiers::COMMAND,
    );
    assert_eq!(
        t.desk().selection.len(),
        4,
        "Ctrl reaches the other tracks and adds"
    );
}

#[test]
fn the_pencil_draws_and_the_drag_gives_the_length() {
    let mut t = Hand::with(|d| d.tool = Tool::Draw);
    t.drag(&[t.at(1030.0, 77), t.at(1300.0, 77), t.at(1790.0, 79)]);
    let note = t.desk().note(0, 1);
    assert_eq!((note.start, note.length, note.pitch), (960, 840, 77));
    assert_eq!(t.desk().steps(), 1);
    assert_eq!(t.desk().selection, [note.id].into());
    assert_eq!(t.desk().heard, [77]);
    t.click(t.at(BAR as f64 + 1000.0, 77));
    assert_eq!(t.desk().note(0, 3).length, 840, "the next note is as long");
}

#[test]
fn the_rubber_takes_what_it_passes_in_one_step() {
    let mut t = Hand::with(|d| d.tool = Tool::Erase);
    t.drag(&[t.at(240.0, 72), t.at(BAR as f64 * 2.0 + 240.0, 72)]);
    assert_eq!(t.desk().score().tracks[0].notes.len(), 9);
    assert_eq!(t.desk().steps(), 1);
    let mut t = Hand::with(|d| d.tool = Tool::Draw);
    let pos = t.at(240.0, 72);
    t.drag_with(&[pos], PointerButton::Secondary, Modifiers::NONE);
    assert_eq!(
        t.desk().score().tracks[0].notes.len(),
        11,
        "the right button rubs while drawing"
    );
}

#[test]
fn a_double_click_makes_a_note_and_another_unmakes_it() {
    let mut t = Hand::new();
    let pos = t.at(1000.0, 78);
    t.click(pos);
    t.click(pos);
    let note = t.desk().note(0, 1);
    assert_eq!((note.start, note.pitch, note.length), (960, 78, 120));
    assert_eq!(t.desk().steps(), 1);
    t.h.run_steps(60);
    t.click(pos);
    t.click(pos);
    assert_eq!(t.desk().score().note_count(), 24);
}

#[test]
fn bars_are_masked_on_the_lane() {
    let mut t = Hand::new();
    let y = t.rect("Mask lane").center().y;
    let x = |t: &Hand, bar: f64| pos2(t.at(bar * BAR as f64, 60).x, y);
    t.drag(&[x(&t, 4.3), x(&t, 6.0), x(&t, 7.5)]);
    assert_eq!(
        t.desk().mask(),
        &Mask::of(Region::time(BAR * 4, BAR * 8, None))
    );
    assert_eq!(t.desk().steps(), 1);
    let told = t.h.get_by_label("Piano roll").value();
    assert_eq!(
        told.as_deref(),
        Some("24 notes, 0 selected, bars 5-8 masked")
    );
    t.drag_with(&[x(&t, 10.5)], PointerButton::Primary, SHIFT);
    t.drag_with(&[x(&t, 5.5), x(&t, 6.5)], PointerButton::Primary, ALT);
    let told = t.h.get_by_label("Piano roll").value();
    assert_eq!(
        told.as_deref(),
        Some("24 notes, 0 selected, bars 5, 8, 11 masked")
    );
    t.drag(&[x(&t, 1.5)]);
    assert_eq!(
        t.desk().mask(),
        &Mask::of(Region::time(BAR, BAR * 2, None)),
        "plain replaces"
    );
}

#[test]
fn a_rectangle_masks_cells_and_alt_takes_cells_away() {
    let mut t = Hand::with(|d| {
        d.tool = Tool::MaskRect;
        d.snap = Snap::Beat;
    });
    t.drag(&[t.at(500.0, 70), t.at(1000.0, 66), t.at(1900.0, 62)]);
    let rect = crate::score::Rect {
        start: 480,
        end: 1920,
        low: 62,
        high: 70,
    };
    assert_eq!(t.desk().mask(), &Mask::of(Region::rect(rect, None)));
    t.drag_with(
        &[t.at(970.0, 66), t.at(1400.0, 64)],
        PointerButton::Primary,
        ALT,
    );
    let m = t.desk().mask();
    let melody = t.desk().score().tracks[0].id;
    assert!(m.covers(melody, 500, 65) && !m.covers(melody, 1000, 65) && m.covers(melody, 1000, 63));
}

#[test]
fn a_mask_means_the_tracks_it_should() {
    let mut t = Hand::with(|d| {
        d.tool = Tool::MaskRect;
        d.scope_focus = true;
    });
    let (melody, piano) = (t.desk().score().tracks[0].id, t.desk().score().tracks[1].id);
    t.drag(&[t.at(10.0, 76), t.at(3000.0, 58)]);
    assert!(t.desk().mask().covers(melody, 100, 60) && !t.desk().mask().covers(piano, 100, 60));
    t.h.state_mut().scope_focus = false;
    t.drag(&[t.at(10.0, 76), t.at(3000.0, 58)]);
    assert!(t.desk().mask().covers(piano, 100, 60));
    t.h.state_mut().hidden = [piano].into();
    t.drag(&[t.at(10.0, 76), t.at(3000.0, 58)]);
    assert!(
        !t.desk().mask().covers(piano, 100, 60),
        "what is hidden is safe"
    );
}

#[test]
fn the_a_key_is_a_mask_tool_while_it_is_held() {
    let mut t = Hand::new();
    t.h.key_down(Key::A);
    t.h.run_steps(1);
    t.drag(&[t.at(10.0, 70), t.at(1000.0, 65)]);
    assert!(!t.desk().mask().is_empty());
    t.h.key_up(Key::A);
    t.h.run_steps(1);
    let mask = t.desk().mask().clone();
    t.drag(&[t.at(600.0, 79), t.at(BAR as f64 * 2.2, 56)]);
    assert_eq!(t.desk().mask(), &mask);
    assert!(!t.desk().selection.is_empty());
}

#[test]
fn a_click_with_the_mask_tool_means_one_note_or_nothing() {
    let mut t = Hand::with(|d| d.tool = Tool::MaskRect);
    let note = t.desk().note(0, 0);
    t.click(t.at(240.0, 72));
    assert_eq!(t.desk().mask(), &Mask::of(Region::notes([note.id])));
    t.click(t.at(1500.0, 80));
    assert!(t.desk().mask().is_empty());
}

#[test]
fn a_lasso_masks_its_inside() {
    let mut t = Hand::with(|d| d.tool = Tool::MaskLasso);
    let corners = [
        (480.0, 75),
        (1920.0, 75),
        (1920.0, 63),
        (480.0, 63),
        (490.0, 74),
    ];
    let points: Vec<Pos2> = corners.iter().map(|&(x, p)| t.at(x, p)).collect();
    t.drag(&points);
    let m = t.desk().mask();
    let melody = t.desk().score().tracks[0].id;
    assert!(m.covers(melody, 1000, 70));
    assert!(
        !m.covers(melody, 1000, 77) && !m.covers(melody, 1000, 60) && !m.covers(melody, 2100, 70)
    );
    assert_eq!(t.desk().steps(), 1);
}

#[test]
fn keys_sound_and_with_the_mask_tool_mask_their_rows() {
    let mut t = Hand::new();
    let x = t.rect("Keyboard").center().x;
    let key = |t: &Hand, p: u8| pos2(x, t.at(0.0, p).y);
    t.drag(&[key(&t, 60), key(&t, 61), key(&t, 62)]);
    assert_eq!(t.desk().heard, [60, 61, 62]);
    assert_eq!(t.desk().stops, 3);
    t.h.state_mut().tool = Tool::MaskRect;
    t.drag(&[key(&t, 60), key(&t, 64)]);
    let melody = t.desk().score().tracks[0].id;
    let m = t.desk().mask();
    assert!(
        m.covers(melody, 0, 60) && m.covers(melody, BAR * 12 - 1, 64) && !m.covers(melody, 0, 65)
    );
}

#[test]
fn the_ruler_seeks_below_and_loops_above() {
    let mut t = Hand::new();
    let r = t.rect("Ruler");
    let at = |t: &Hand, bar: f64, low: bool| {
        pos2(
            t.at(bar * BAR as f64, 60).x,
            if low { r.bottom() - 4.0 } else { r.top() + 4.0 },
        )
    };
    t.click(at(&t, 2.0, true));
    assert_eq!(t.desk().seek, Some(BAR * 2));
    t.click(at(&t, 3.0, false));
    assert_eq!(t.desk().seek, Some(BAR * 3));
    t.drag(&[at(&t, 1.0, false), at(&t, 2.0, false), at(&t, 4.0, false)]);
    assert_eq!(t.desk().looped, Some((BAR, BAR * 4)));
    t.drag(&[at(&t, 4.0, false), at(&t, 5.0, false), at(&t, 6.0, false)]);
    assert_eq!(t.desk().looped, Some((BAR, BAR * 6)), "an end can be moved");
}

#[test]
fn velocities_are_dragged_alone_or_together() {
    let mut t = Hand::new();
    let lane = t.rect("Velocity lane");
    let head = |t: &Hand, i: usize, v: u8| {
        pos2(
            t.at(t.desk().note(0, i).start as f64, 60).x,
            super::velocity::y(lane, v),
        )
    };
    t.drag(&[head(&t, 1, 80), head(&t, 1, 90), head(&t, 1, 101)]);
    assert_eq!(t.desk().note(0, 1).velocity, 101);
    assert_eq!(t.desk().note(0, 2).velocity, 80);
    assert_eq!(t.desk().steps(), 1);
    t.h.state_mut().selection = [t.desk().note(0, 1).id, t.desk().note(0, 2).id].into();
    t.drag(&[head(&t, 2, 80), head(&t, 2, 70)]);
    assert_eq!(
        (t.desk().note(0, 1).velocity, t.desk().note(0, 2).velocity),
        (91, 70)
    );
    t.h.state_mut().selection.clear();
    let far = |t: &Hand, i: usize, v: u8| head(t, i, v) - vec2(20.0, 0.0);
    t.drag(&[far(&t, 4, 20), far(&t, 7, 20), far(&t, 7, 21)]);
    let v: Vec<u8> = (3..8).map(|i| t.desk().note(0, i).velocity).collect();
    assert_eq!(v, [80, 20, 20, 20, 80], "painting takes what it passes");
}

#[test]
fn shift_draws_a_line_of_velocities() {
    let mut t = Hand::new();
    let lane = t.rect("Velocity lane");
    let at = |t: &Hand, tick: f64, v: u8| pos2(t.at(tick, 60).x + 1.0, velocity::y(lane, v));
    let bar = BAR as f64;
    let (from, to) = (at(&t, 0.0, 20), at(&t, 3.0 * bar, 110));
    t.drag_with(&[from, to], PointerButton::Primary, SHIFT);
    let v = |t: &Hand| -> Vec<u8> { (0..5).map(|i| t.desk().note(0, i).velocity).collect() };
    let now = v(&t);
    for (v, wanted) in now.iter().zip([20u8, 50, 80, 110, 80]) {
        assert!(v.abs_diff(wanted) <= 1, "{now:?}");
    }
    assert_eq!(t.desk().steps(), 1);
    t.h.state_mut().history.undo();
    // What the line has left again is as it was; with a selection only that is meant.
    t.h.state_mut().selection = [t.desk().note(0, 0).id].into();
    let back = at(&t, bar, 50);
    t.drag_with(&[from, to, back], PointerButton::Primary, SHIFT);
    assert_eq!(v(&t), [20, 80, 80, 80, 80]);
}

#[test]
fn a_lasso_gathers_what_its_line_holds() {
    let mut t = Hand::with(|d| d.tool = Tool::SelectLasso);
    let melody: Vec<NoteId> = (0..12).map(|i| t.desk().note(0, i).id).collect();
    let bar = BAR as f64;
    // Around the notes of bars 2 and 3, past that of bar 4.
    let line = [
        t.at(bar - 300.0, 75),
        t.at(bar * 2.6, 75),
        t.at(bar * 2.6, 69),
        t.at(bar - 300.0, 69),
    ];
    t.drag(&line);
    assert_eq!(t.desk().selection, melody[1..3].iter().copied().collect());
    t.drag_with(
        &[t.at(bar * 2.0 + 240.0, 72)],
        PointerButton::Primary,
        SHIFT,
    );
    assert_eq!(
        t.desk().selection,
        [melody[1]].into(),
        "a click with Shift takes one out"
    );
    t.drag_with(&line, PointerButton::Primary, SHIFT);
    assert_eq!(t.desk().selection.len(), 2);
    t.drag_with(&line, PointerButton::Primary, ALT);
    assert!(t.desk().selection.is_empty());
    assert_eq!(t.desk().steps(), 0);
}

#[test]
fn the_knife_cuts_on_the_grid_what_its_line_crosses() {
    let mut t = Hand::with(|d| d.tool = Tool::Split);
    t.click(t.at(135.0, 72));
    let parts = |t: &Hand, i: usize| (t.desk().note(0, i).start, t.desk().note(0, i).length);
    assert_eq!((parts(&t, 0), parts(&t, 1)), ((0, 120), (120, 360)));
    assert_eq!(t.desk().steps(), 1);
    // A line through both voices means the one in focus.
    let line = [t.at(BAR as f64 + 240.0, 75), t.at(BAR as f64 + 250.0, 70)];
    t.drag(&line);
    assert_eq!((parts(&t, 2), parts(&t, 3)), ((BAR, 240), (BAR + 240, 240)));
    assert_eq!(t.desk().score().note_count(), 26);
    t.h.state_mut().history.undo();
    t.h.state_mut().history.undo();
    assert_eq!(t.desk().score().note_count(), 24);
    // Beside every note it cuts nothing.
    t.drag(&[t.at(1000.0, 75), t.at(1000.0, 70)]);
    assert_eq!(t.desk().steps(), 0);
}

#[test]
fn shift_on_the_right_end_of_a_selection_stretches_it() {
    let mut t = Hand::new();
    let first = t.desk().score().clone();
    t.h.state_mut().selection = (0..2).map(|i| t.desk().note(0, i).id).collect();
    let end = t.at(BAR as f64 + 480.0, 72) - vec2(3.0, 0.0);
    let way = vec2((2400.0 * t.desk().view.scale) as f32, 0.0);
    t.drag_with(
        &[end, end + way / 2.0, end + way],
        PointerButton::Primary,
        SHIFT,
    );
    let times = |t: &Hand, i: usize| (t.desk().note(0, i).start, t.desk().note(0, i).length);
    assert_eq!((times(&t, 0), times(&t, 1)), ((0, 960), (2 * BAR, 960)));
    assert_eq!(t.desk().note(0, 1).id, first.tracks[0].notes[1].id);
    assert_eq!(t.desk().steps(), 1);
    t.h.state_mut().history.undo();
    assert_eq!(t.desk().score(), &first);
    t.press(&[end, end + way], PointerButton::Primary, SHIFT);
    t.h.key_press(Key::Escape);
    t.h.run_steps(1);
    assert_eq!(t.desk().score(), &first, "Escape takes it back");
}

#[test]
fn the_wheel_scrolls_and_zooms_under_the_pointer() {
    let mut t = Hand::new();
    let pos = t.at(BAR as f64 * 3.0, 70);
    let tick = |t: &Hand| {
        let v = &t.desk().view;
        v.start + (pos.x - t.rect("Piano roll").left()) as f64 / v.scale
    };
    let height = |t: &Hand| {
        let v = &t.desk().view;
        v.top - ((pos.y - t.rect("Piano roll").top()) / v.row) as f64
    };
    let (scale, row) = (t.desk().view.scale, t.desk().view.row);
    let before = tick(&t);
    t.wheel(pos, vec2(0.0, 120.0), Modifiers::COMMAND | Modifiers::CTRL);
    assert!(t.desk().view.scale > scale * 1.05);
    assert_eq!(t.desk().view.row, row);
    assert!((tick(&t) - before).abs() < 1.0, "{} and {before}", tick(&t));
    let before = height(&t);
    t.wheel(
        pos,
        vec2(0.0, 60.0),
        Modifiers::COMMAND | Modifiers::CTRL | SHIFT,
    );
    assert!(t.desk().view.row > row);
    assert!((height(&t) - before).abs() < 0.01);
    let (top, start) = (t.desk().view.top, t.desk().view.start);
    t.wheel(pos, vec2(0.0, -50.0), Modifiers::NONE);
    assert!(t.desk().view.top < top);
    t.wheel(pos, vec2(0.0, -50.0), SHIFT);
    assert!(t.desk().view.start > start);
}

#[test]
fn the_middle_button_and_the_overview_scroll() {
    let mut t = Hand::with(|d| d.view.scale = 0.2);
    t.h.state_mut().view.show_range(0..480);
    t.h.run();
    t.h.state_mut().view.scale = 0.3;
    t.h.run();
    let at = t.rect("Piano roll").center();
    let (start, scale) = (t.desk().view.start, t.desk().view.scale);
    t.drag_with(
        &[at, at - vec2(60.0, 0.0)],
        PointerButton::Middle,
        Modifiers::NONE,
    );
    assert!((t.desk().view.start - start - 60.0 / scale).abs() < 1.0);
    let map = t.rect("Overview");
    t.click(map.center());
    let v = &t.desk().view;
    let middle = v.start + t.rect("Piano roll").width() as f64 / 2.0 / v.scale;
    let end = t.desk().score().bars().start(20) as f64;
    assert!((middle - end / 2.0).abs() < end * 0.01, "{middle} of {end}");
}

#[test]
fn notes_can_be_found_by_name() {
    let t = Hand::new();
    let note = t.h.get_by_label("C5, bar 2 beat 1, 1 beat, Melody");
    assert_eq!(note.accesskit_node().role(), accesskit::Role::ListItem);
}

#[test]
fn far_away_and_close_by_everything_is_drawn() {
    let mut t = Hand::with(|d| d.tool = Tool::MaskRect);
    t.drag(&[t.at(10.0, 76), t.at(3000.0, 58)]);
    for (scale, row) in [(0.0, 0.0), (0.02, 6.0), (1.9, 40.0)] {
        t.h.state_mut().view.scale = scale;
        t.h.state_mut().view.row = row;
        t.h.run();
    }
    t.h.set_size(egui::vec2(120.0, 90.0));
    t.h.run();
    t.h.set_size(egui::vec2(3.0, 3.0));
    t.h.run();
}

#[test]
fn the_page_turns_under_a_running_playhead_but_not_under_a_hand() {
    let mut t = Hand::with(|d| d.view.show_range(0..BAR * 2));
    t.h.state_mut().view.scale *= 4.0;
    t.h.run();
    assert_eq!(t.desk().view.start, 0.0);
    let far = BAR as f64 * 8.0;
    t.press(
        &[t.at(600.0, 79), t.at(700.0, 78)],
        PointerButton::Primary,
        Modifiers::NONE,
    );
    t.h.state_mut().playing_at = Some(far);
    t.h.run_steps(3);
    assert_eq!(t.desk().view.start, 0.0, "a gesture is under way");
    t.button(
        t.at(700.0, 78),
        PointerButton::Primary,
        false,
        Modifiers::NONE,
    );
    t.h.run_steps(3);
    let v = &t.desk().view;
    let share = (far - v.start) * v.scale / t.rect("Piano roll").width() as f64;
    assert!(
        (0.0..0.2).contains(&share),
        "the playhead stands at {share} of the canvas"
    );
    // Who scrolls away while it plays is not called back until it plays anew.
    let middle = t.rect("Piano roll").center();
    t.wheel(middle, vec2(0.0, 4000.0), SHIFT);
    assert_eq!(t.desk().view.start, 0.0);
    assert!(t.desk().view.looks_away);
    t.h.state_mut().playing_at = None;
    t.h.run_steps(2);
    t.h.state_mut().playing_at = Some(far);
    t.h.run_steps(3);
    assert!(t.desk().view.start > BAR as f64 * 6.0);
}
