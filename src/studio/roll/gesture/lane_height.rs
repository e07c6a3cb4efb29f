//! The grip above the velocity lane.

use super::{Cx, Drag};
use crate::studio::roll::view::VELOCITY_LANE;
use eframe::egui::CursorIcon;

/// Changes the height of the lane.
pub struct LaneHeight {
    press: f32,
    before: f32,
}

impl LaneHeight {
    pub fn new(cx: &mut Cx) -> Self {
        LaneHeight {
            press: cx.pos.y,
            before: cx.scene.parts.velocity.height(),
        }
    }
}

impl Drag for LaneHeight {
    fn update(&mut self, cx: &mut Cx) {
        let height = self.before + self.press - cx.pos.y;
        cx.view.velocity_height = height.clamp(VELOCITY_LANE.0, VELOCITY_LANE.1).round();
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::ResizeVertical
    }
}
