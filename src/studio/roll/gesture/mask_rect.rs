//! A rectangle pulled with the mask tool.

use super::masking::{clicked, emit, joined, scope};
use super::{Cx, Drag};
use crate::score::{Mask, Rect, Region};
use crate::studio::roll::mesh::Layer;
use crate::studio::roll::scene::Scene;
use crate::studio::theme::alpha;
use eframe::egui::{CursorIcon, Painter};

/// Whole cells of the grid from the press to the pointer. A click masks the note it falls on.
pub struct MaskRect {
    tick: f64,
    pitch: u8,
    rect: Option<Rect>,
    mask: Option<Mask>,
}

impl MaskRect {
    pub fn new(cx: &mut Cx) -> Self {
        MaskRect {
            tick: cx.tick(),
            pitch: cx.pitch(),
            rect: None,
            mask: None,
        }
    }
}

impl Drag for MaskRect {
    fn update(&mut self, cx: &mut Cx) {
        if !cx.moved {
            return;
        }
        let (a, b) = (self.tick.min(cx.tick()), self.tick.max(cx.tick()));
        let start = cx.grid.floor(a);
        let pitch = cx.pitch();
        let rect = Rect {
            start,
            end: cx.grid.ceil(b).max(start.saturating_add(1)),
            low: self.pitch.min(pitch),
            high: self.pitch.max(pitch),
        };
        self.rect = Some(rect);
        self.mask = Some(joined(cx, Region::rect(rect, scope(cx))));
    }

    fn finish(&mut self, cx: &mut Cx) {
        match self.mask.take() {
            Some(mask) => emit(cx, mask),
            None => clicked(cx),
        }
    }

    fn mask(&self) -> Option<&Mask> {
        self.mask.as_ref()
    }

    fn paint(&self, painter: &Painter, scene: &Scene) {
        if let Some(r) = self.rect {
            let mut layer = Layer::default();
            let cell = scene.g.cell(r.start as f64, r.end as f64, r.low, r.high);
            layer.frame(cell, 1.0, alpha(scene.theme.selected, 0.8));
            layer.paint(&painter.with_clip_rect(scene.g.canvas));
        }
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Crosshair
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, true)
    }
}
