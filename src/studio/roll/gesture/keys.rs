//! A press on a key sounds it; dragging glides over the keys.

use super::{Cx, Drag};
use crate::score::{Note, TrackId};
use crate::studio::roll::RollAction;
use eframe::egui::CursorIcon;

/// Sounds keys, or a note that cannot be edited, on a track's instrument.
pub struct Keys {
    track: TrackId,
    sounding: u8,
    velocity: u8,
    glides: bool,
}

impl Keys {
    /// `None` if there is no track to sound on.
    pub fn new(cx: &mut Cx) -> Option<Self> {
        let (track, pitch, velocity) = (cx.target()?, cx.pitch(), cx.view.draw_velocity);
        cx.audition(track, pitch, velocity);
        cx.view.caret.pitch = pitch;
        Some(Keys {
            track,
            sounding: pitch,
            velocity,
            glides: true,
        })
    }

    /// Sounds one note for as long as the button is held.
    pub fn of_note(cx: &mut Cx, track: TrackId, note: &Note) -> Self {
        cx.audition(track, note.pitch, note.velocity);
        Keys {
            track,
            sounding: note.pitch,
            velocity: note.velocity,
            glides: false,
        }
    }
}

impl Drag for Keys {
    fn update(&mut self, cx: &mut Cx) {
        let pitch = cx.pitch();
        if self.glides && pitch != self.sounding {
            self.sounding = pitch;
            cx.out.push(RollAction::AuditionStop);
            cx.audition(self.track, pitch, self.velocity);
        }
    }

    fn finish(&mut self, cx: &mut Cx) {
        cx.out.push(RollAction::AuditionStop);
    }

    fn cancel(&mut self, cx: &mut Cx) {
        self.finish(cx);
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::PointingHand
    }
}
