//! A press on the ruler moves the playhead.

use super::{Cx, Drag};
use crate::studio::roll::RollAction;
use eframe::egui::CursorIcon;

/// The playhead follows the pointer, on the grid unless Alt is held.
#[derive(Default)]
pub struct Seek {
    at: Option<u32>,
}

impl Drag for Seek {
    fn update(&mut self, cx: &mut Cx) {
        let tick = cx.snapped().round(cx.tick());
        if self.at != Some(tick) {
            self.at = Some(tick);
            cx.view.caret.tick = tick;
            cx.out.push(RollAction::Seek(tick));
        }
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::ResizeHorizontal
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, false)
    }
}
