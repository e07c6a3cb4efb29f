//! Dragging the window of the overview scrolls.

use super::{Cx, Drag};
use crate::studio::roll::minimap::tick;
use eframe::egui::CursorIcon;

/// Keeps the point of the window under the pointer; a press beside the window centres it there first.
pub struct Minimap {
    /// Ticks from the window's left edge to the pointer.
    offset: f64,
}

impl Minimap {
    pub fn new(cx: &mut Cx) -> Self {
        let width = cx.scene.g.canvas.width() as f64 / cx.scene.g.scale;
        let at = tick(&cx.scene.parts, cx.view.end(), cx.pos.x);
        let inside = (cx.scene.g.start..=cx.scene.g.start + width).contains(&at);
        let mut drag = Minimap {
            offset: if inside {
                at - cx.scene.g.start
            } else {
                width / 2.0
            },
        };
        drag.update(cx);
        drag
    }
}

impl Drag for Minimap {
    fn update(&mut self, cx: &mut Cx) {
        cx.view.looks_away |= cx.input.playing;
        cx.view.start = tick(&cx.scene.parts, cx.view.end(), cx.pos.x) - self.offset;
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Grabbing
    }
}
