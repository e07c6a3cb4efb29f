//! The middle button moves the paper.

use super::{Cx, Drag};
use eframe::egui::{CursorIcon, Pos2};

/// Scrolls so that what was under the pointer stays under it.
pub struct Pan {
    press: Pos2,
    start: f64,
    top: f64,
}

impl Pan {
    pub fn new(cx: &mut Cx) -> Self {
        Pan {
            press: cx.pos,
            start: cx.view.start,
            top: cx.view.top,
        }
    }
}

impl Drag for Pan {
    fn update(&mut self, cx: &mut Cx) {
        let way = cx.pos - self.press;
        cx.view.looks_away |= cx.input.playing && way.x != 0.0;
        cx.view.start = self.start - way.x as f64 / cx.view.scale;
        cx.view.top = self.top + (way.y / cx.view.row) as f64;
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Grabbing
    }
}
