//! Dragging the right end of a selected note with Shift stretches the selection in time.

use super::move_notes::{clicked, take_hold};
use super::{Cx, Drag, number};
use crate::score::shape::stretched;
use crate::score::{Edit, Note};
use crate::studio::roll::notes::Hit;
use crate::studio::roll::{RollAction, Snap};
use eframe::egui::CursorIcon;

/// Whether a press on the right end of this note stretches: with Shift, on one of several selected notes.
pub fn means(cx: &Cx, hit: &Hit) -> bool {
    let selection = cx.input.selection;
    cx.mods.shift && selection.len() > 1 && selection.contains(&hit.id())
}

/// Draws the selection out, or presses it together, about its first onset. The end that was taken hold of keeps to
/// the grid; the other notes keep their place between.
pub struct Stretch {
    grabbed: Note,
    notes: Vec<Note>,
    first: u32,
    tick: f64,
    gesture: u64,
    end: Option<u32>,
}

impl Stretch {
    pub fn new(cx: &mut Cx, hit: &Hit) -> Self {
        let notes = take_hold(cx, hit);
        Stretch {
            grabbed: *hit.note,
            first: notes.iter().map(|n| n.start).min().unwrap_or(0),
            notes,
            tick: cx.tick(),
            gesture: number(),
            end: None,
        }
    }
}

impl Drag for Stretch {
    fn update(&mut self, cx: &mut Cx) {
        if !cx.moved {
            return;
        }
        let grid = cx.snapped();
        let was = self.grabbed.end();
        let least = match grid.snap {
            Snap::Off => 1,
            _ => grid.step(self.first),
        };
        let end = grid
            .drag(cx.view.snap_mode, was, cx.tick() - self.tick)
            .max(self.first.saturating_add(least.min(was - self.first)));
        if self.end.unwrap_or(was) == end || was <= self.first {
            self.end = Some(end);
            return;
        }
        self.end = Some(end);
        let factor = (end - self.first) as f64 / (was - self.first) as f64;
        let notes = stretched(&self.notes, factor);
        cx.edit(self.gesture, Edit::ChangeNotes(notes));
    }

    fn finish(&mut self, cx: &mut Cx) {
        cx.out.push(RollAction::AuditionStop);
        if !cx.moved {
            clicked(cx, self.grabbed.id);
        }
    }

    fn cancel(&mut self, cx: &mut Cx) {
        cx.out.push(RollAction::AuditionStop);
        if self.end.is_some() {
            cx.edit(self.gesture, Edit::ChangeNotes(self.notes.clone()));
        }
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::ResizeHorizontal
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, false)
    }
}
