//! Dragging on the mask lane masks whole bars.

use super::masking::{emit, joined, scope};
use super::{Cx, Drag};
use crate::score::{Mask, Region};
use eframe::egui::CursorIcon;

/// From the bar of the press to the bar under the pointer. A click masks one bar.
pub struct MaskBars {
    bar: u32,
    mask: Option<Mask>,
}

impl MaskBars {
    pub fn new(cx: &mut Cx) -> Self {
        let mut drag = MaskBars {
            bar: bar(cx),
            mask: None,
        };
        drag.update(cx);
        drag
    }
}

fn bar(cx: &Cx) -> u32 {
    cx.input
        .bars
        .bar_at(cx.tick().min(u32::MAX as f64 - 1.0) as u32)
}

impl Drag for MaskBars {
    fn update(&mut self, cx: &mut Cx) {
        let now = bar(cx);
        let (a, b) = (self.bar.min(now), self.bar.max(now));
        let region = Region::time(cx.input.bars.start(a), cx.input.bars.end(b), scope(cx));
        self.mask = Some(joined(cx, region));
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
        (true, false)
    }
}
