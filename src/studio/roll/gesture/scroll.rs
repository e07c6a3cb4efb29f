//! The vertical scroll bar.

use super::{Cx, Drag};

/// Keeps the point of the bar under the pointer; a press beside it centres it there first.
pub struct Scroll {
    offset: f32,
}

impl Scroll {
    pub fn new(cx: &mut Cx) -> Self {
        let bar = crate::studio::roll::scroll_bar(cx.scene);
        let offset = if bar.y_range().contains(cx.pos.y) {
            cx.pos.y - bar.top()
        } else {
            bar.height() / 2.0
        };
        let mut drag = Scroll { offset };
        drag.update(cx);
        drag
    }
}

impl Drag for Scroll {
    fn update(&mut self, cx: &mut Cx) {
        let track = cx.scene.parts.scroll;
        let share = (cx.pos.y - self.offset - track.top()) / track.height().max(1.0);
        cx.view.top = cx.scene.g.rows.count() * (1.0 - share as f64);
    }
}
