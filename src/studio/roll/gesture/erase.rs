//! Notes the pointer passes over are deleted.

use super::{Cx, Drag, number};
use crate::score::{Edit, NoteId};
use crate::studio::roll::notes;
use eframe::egui::{CursorIcon, Pos2};
use std::collections::BTreeSet;

/// Points between the places looked at along the pointer's way: no row is thinner.
const STEP: f32 = 3.0;

/// Deletes what lies on the pointer's way, all in one undo step.
pub struct Erase {
    gesture: u64,
    last: Pos2,
    gone: BTreeSet<NoteId>,
}

impl Erase {
    pub fn new(cx: &mut Cx) -> Self {
        let mut erase = Erase {
            gesture: number(),
            last: cx.pos,
            gone: BTreeSet::new(),
        };
        erase.update(cx);
        erase
    }
}

impl Drag for Erase {
    fn update(&mut self, cx: &mut Cx) {
        let way = cx.pos - self.last;
        let steps = (way.length() / STEP).ceil().clamp(1.0, 2000.0);
        let mut found = BTreeSet::new();
        for i in 0..=steps as u32 {
            let p = self.last + way * (i as f32 / steps);
            if let Some(hit) = notes::at(cx.scene, p).filter(|h| h.editable)
                && self.gone.insert(hit.id())
            {
                found.insert(hit.id());
            }
        }
        self.last = cx.pos;
        if found.is_empty() {
            return;
        }
        let left = cx.input.selection.difference(&self.gone).copied().collect();
        cx.edit(self.gesture, Edit::RemoveNotes(found));
        cx.select(left);
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Crosshair
    }
}
