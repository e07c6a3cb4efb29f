//! Dragging on the keyboard with a mask tool masks pitches.

use super::masking::{emit, joined, scope};
use super::{Cx, Drag};
use crate::score::{Mask, Rect, Region};
use eframe::egui::CursorIcon;

/// From the key of the press to the key under the pointer, over the whole piece.
pub struct MaskRows {
    pitch: u8,
    mask: Option<Mask>,
}

impl MaskRows {
    pub fn new(cx: &mut Cx) -> Self {
        let mut drag = MaskRows {
            pitch: cx.pitch(),
            mask: None,
        };
        drag.update(cx);
        drag
    }
}

impl Drag for MaskRows {
    fn update(&mut self, cx: &mut Cx) {
        let now = cx.pitch();
        let rect = Rect {
            start: 0,
            end: cx.input.bars.start(cx.input.original.bar_count()),
            low: self.pitch.min(now),
            high: self.pitch.max(now),
        };
        self.mask = Some(joined(cx, Region::rect(rect, scope(cx))));
    }

    fn finish(&mut self, cx: &mut Cx) {
        if let Some(mask) = self.mask.take() {
            emit(cx, mask);
        }
    }

    fn mask(&self) -> Option<&Mask> {
        self.mask.as_ref()
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Crosshair
    }

    fn scrolls(&self) -> (bool, bool) {
        (false, true)
    }
}
