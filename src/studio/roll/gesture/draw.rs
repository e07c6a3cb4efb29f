//! A press on empty roll with the drawing tool makes a note; dragging gives it its length.

use super::{Cx, Drag, number};
use crate::score::{Edit, Note, NoteId};
use crate::studio::roll::RollAction;
use eframe::egui::CursorIcon;

/// One new note. It appears with the press; with Alt it begins exactly where the pointer is.
pub struct Draw {
    note: Note,
    gesture: u64,
}

impl Draw {
    /// `None` if there is no track to write to, or the piece can name no more notes.
    pub fn new(cx: &mut Cx) -> Option<Self> {
        let track = cx.target()?;
        let start = cx.snapped().floor(cx.tick());
        let length = cx
            .view
            .draw_length
            .unwrap_or_else(|| cx.grid.step(start))
            .max(1);
        let note = Note {
            // The id the document will give it: new notes are numbered in order.
            id: NoteId(cx.input.original.next_id),
            start,
            length: length.min(u32::MAX - start).max(1),
            pitch: cx.pitch(),
            velocity: cx.view.draw_velocity.clamp(1, 127),
            release: Some(64),
        };
        note.id.0.checked_add(1)?;
        let gesture = number();
        let locked = cx.input.original.track(track).is_some_and(|t| t.locked);
        cx.edit(
            gesture,
            Edit::AddNotes {
                track,
                notes: vec![note],
            },
        );
        if locked {
            // Asked for all the same: the answer says why not.
            return None;
        }
        cx.out.push(RollAction::Select([note.id].into()));
        cx.audition(track, note.pitch, note.velocity);
        cx.view.caret.tick = start;
        cx.view.caret.pitch = note.pitch;
        Some(Draw { note, gesture })
    }
}

impl Drag for Draw {
    fn update(&mut self, cx: &mut Cx) {
        if !cx.moved {
            return;
        }
        let grid = cx.snapped();
        let least = grid
            .step(self.note.start)
            .min(cx.grid.step(self.note.start));
        let end = grid
            .ceil(cx.tick())
            .max(self.note.start.saturating_add(least));
        let length = end - self.note.start;
        if length != self.note.length {
            self.note.length = length;
            cx.view.draw_length = Some(length);
            cx.edit(self.gesture, Edit::ChangeNotes(vec![self.note]));
        }
    }

    fn finish(&mut self, cx: &mut Cx) {
        cx.out.push(RollAction::AuditionStop);
    }

    fn cancel(&mut self, cx: &mut Cx) {
        cx.out.push(RollAction::AuditionStop);
        cx.edit(self.gesture, Edit::RemoveNotes([self.note.id].into()));
        cx.out.push(RollAction::Select(Default::default()));
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::ResizeHorizontal
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, false)
    }
}
