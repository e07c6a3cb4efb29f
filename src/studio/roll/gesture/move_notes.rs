//! Dragging notes moves them, with Shift their copies; a click selects.

use super::{Cx, Drag, number};
use crate::score::shape::copies;
use crate::score::{Edit, Note, NoteId, TrackId};
use crate::studio::roll::RollAction;
use crate::studio::roll::commands::moved;
use crate::studio::roll::notes::Hit;
use eframe::egui::CursorIcon;
use std::collections::BTreeSet;

/// Moves the selected notes as a group. The one that was taken hold of keeps to the grid.
pub struct MoveNotes {
    track: TrackId,
    grabbed: Note,
    /// Everything that moves, as it was.
    notes: Vec<Note>,
    tick: f64,
    pitch: u8,
    gesture: u64,
    by: Option<(i64, i32)>,
    copied: Option<BTreeSet<NoteId>>,
    sounding: u8,
}

/// Selects what a press on a note takes hold of, sounds it, and says what it is: the note alone, or the
/// selection if it belongs to it.
pub(super) fn take_hold(cx: &mut Cx, hit: &Hit) -> Vec<Note> {
    let id = hit.id();
    let mut ids = cx.input.selection.clone();
    if !ids.contains(&id) {
        if !cx.mods.shift {
            ids.clear();
            if cx.input.focus_track.is_some_and(|f| f != hit.track) {
                cx.out.push(RollAction::FocusTrack(hit.track));
            }
        }
        ids.insert(id);
        // With Shift a click adds and a drag copies; which it is shows later.
        if !cx.mods.shift {
            cx.select(ids.clone());
        }
    }
    cx.audition(hit.track, hit.note.pitch, hit.note.velocity);
    cx.view.draw_length = Some(hit.note.length.max(1));
    cx.view.draw_velocity = hit.note.velocity;
    cx.view.caret.tick = hit.note.start;
    cx.view.caret.pitch = hit.note.pitch;
    cx.notes(&ids).into_iter().map(|(_, n)| n).collect()
}

/// What a click on a note does to the selection.
pub(super) fn clicked(cx: &mut Cx, id: NoteId) {
    let mut ids = cx.input.selection.clone();
    if cx.mods.shift || cx.mods.command {
        if !ids.remove(&id) {
            ids.insert(id);
        }
        cx.select(ids);
    } else {
        cx.select([id].into());
    }
}

impl MoveNotes {
    pub fn new(cx: &mut Cx, hit: &Hit) -> Self {
        let notes = take_hold(cx, hit);
        MoveNotes {
            track: hit.track,
            grabbed: *hit.note,
            notes,
            tick: cx.tick(),
            pitch: cx.pitch(),
            gesture: number(),
            by: None,
            copied: None,
            sounding: hit.note.pitch,
        }
    }

    fn copy(&mut self, cx: &mut Cx) {
        let ids: BTreeSet<NoteId> = self.notes.iter().map(|n| n.id).collect();
        let own = cx.notes(&ids);
        let (edits, new) = copies(cx.input.original, own);
        let mut notes = Vec::new();
        for e in edits {
            if let Edit::AddNotes { notes: n, .. } = &e {
                notes.extend_from_slice(n);
            }
            cx.edit(self.gesture, e);
        }
        self.notes = notes;
        cx.out.push(RollAction::Select(new.clone()));
        self.copied = Some(new);
    }
}

impl Drag for MoveNotes {
    fn update(&mut self, cx: &mut Cx) {
        if !cx.moved {
            return;
        }
        if self.by.is_none() && self.copied.is_none() && cx.mods.shift {
            self.copy(cx);
        }
        let to = cx
            .snapped()
            .drag(cx.view.snap_mode, self.grabbed.start, cx.tick() - self.tick);
        let by = (
            to as i64 - self.grabbed.start as i64,
            cx.pitch() as i32 - self.pitch as i32,
        );
        if self.by.unwrap_or((0, 0)) == by {
            self.by = Some(by);
            return;
        }
        self.by = Some(by);
        let notes = moved(&self.notes, by.0, by.1);
        let pitch = (self.grabbed.pitch as i32 + by.1).clamp(0, 127) as u8;
        if pitch != self.sounding {
            self.sounding = pitch;
            cx.out.push(RollAction::AuditionStop);
            cx.audition(self.track, pitch, self.grabbed.velocity);
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
        match self.copied.take() {
            Some(new) => {
                cx.edit(self.gesture, Edit::RemoveNotes(new));
                cx.out.push(RollAction::Select(BTreeSet::new()));
            }
            None if self.by.is_some() => {
                cx.edit(self.gesture, Edit::ChangeNotes(self.notes.clone()))
            }
            None => {}
        }
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Grabbing
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, true)
    }
}
