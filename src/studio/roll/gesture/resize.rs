//! Dragging an end of a note makes the selected notes longer or shorter.

use super::move_notes::{clicked, take_hold};
use super::{Cx, Drag, number};
use crate::score::{Edit, Note};
use crate::studio::roll::commands::resized;
use crate::studio::roll::notes::Hit;
use crate::studio::roll::{RollAction, Snap};
use eframe::egui::CursorIcon;

/// Moves one end of the selected notes by the same distance. The end that was taken hold of keeps to the grid.
pub struct Resize {
    left: bool,
    grabbed: Note,
    notes: Vec<Note>,
    tick: f64,
    gesture: u64,
    by: Option<i64>,
}

impl Resize {
    pub fn new(cx: &mut Cx, hit: &Hit, left: bool) -> Self {
        let notes = take_hold(cx, hit);
        Resize {
            left,
            grabbed: *hit.note,
            notes,
            tick: cx.tick(),
            gesture: number(),
            by: None,
        }
    }
}

/// A note with its onset moved and its end kept.
fn onset_moved(n: &Note, by: i64, least: u32) -> Note {
    let least = least.min(n.length).max(1);
    let last = n.end().saturating_sub(least).max(n.start);
    let start = (n.start as i64 + by).clamp(0, last as i64) as u32;
    Note {
        start,
        length: n.end() - start,
        ..*n
    }
}

impl Drag for Resize {
    fn update(&mut self, cx: &mut Cx) {
        if !cx.moved {
            return;
        }
        let grid = cx.snapped();
        let edge = if self.left {
            self.grabbed.start
        } else {
            self.grabbed.end()
        };
        let by = grid.drag(cx.view.snap_mode, edge, cx.tick() - self.tick) as i64 - edge as i64;
        if self.by.unwrap_or(0) == by {
            return;
        }
        self.by = Some(by);
        let least = match grid.snap {
            Snap::Off => (cx.input.score.ppq as u32 / 32).max(1),
            _ => grid.step(self.grabbed.start),
        };
        let notes: Vec<Note> = self
            .notes
            .iter()
            .map(|n| {
                if self.left {
                    onset_moved(n, by, least)
                } else {
                    resized(n, by, least)
                }
            })
            .collect();
        if let Some(n) = notes.iter().find(|n| n.id == self.grabbed.id) {
            cx.view.draw_length = Some(n.length.max(1));
        }
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
        if self.by.is_some() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::NoteId;

    #[test]
    fn the_end_stays_when_the_onset_moves() {
        let n = Note {
            id: NoteId(1),
            start: 480,
            length: 480,
            pitch: 60,
            velocity: 80,
            release: None,
        };
        let m = onset_moved(&n, -100, 120);
        assert_eq!((m.start, m.end()), (380, 960));
        let m = onset_moved(&n, 5000, 120);
        assert_eq!((m.start, m.end()), (840, 960));
        let m = onset_moved(&n, -5000, 120);
        assert_eq!((m.start, m.end()), (0, 960));
        let none = Note { length: 0, ..n };
        assert_eq!(
            onset_moved(&none, 10, 120).start,
            480,
            "a note of no length stays"
        );
    }
}
