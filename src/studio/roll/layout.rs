//! Which part of the roll lies where.

use super::surprise;
use super::view::{RollView, VELOCITY_LANE};
use eframe::egui::{Rect, pos2};

/// Height of the strip of bar numbers: its upper half makes loops, its lower half moves the playhead.
pub const RULER: f32 = 28.0;
/// Height of the strip of sections, where there are any.
pub const SECTIONS: f32 = 16.0;
/// Height of the lane on which bars are masked.
pub const MASK_LANE: f32 = 16.0;
/// Width of the keyboard, and of one that names drums.
pub const KEYS: f32 = 60.0;
pub const DRUM_KEYS: f32 = 104.0;
/// Height of the overview.
pub const MINIMAP: f32 = 36.0;
/// Width of the vertical scroll bar.
pub const SCROLL: f32 = 8.0;
/// Space between neighbouring parts: room for the grip of the velocity lane, and a hairline elsewhere.
pub const GRIP: f32 = 4.0;
/// Room that notes keep before the velocity lane has to go.
const LEAST_CANVAS: f32 = 120.0;

/// The rectangles of a frame. Parts that do not fit are `Rect::NOTHING`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    pub all: Rect,
    pub ruler: Rect,
    /// Between the two.
    pub sections: Rect,
    pub mask_lane: Rect,
    /// Left of ruler and mask lane.
    pub corner: Rect,
    pub keys: Rect,
    pub canvas: Rect,
    pub scroll: Rect,
    /// Drag to change the height of the velocity lane.
    pub grip: Rect,
    pub velocity: Rect,
    /// Left of the velocity lane.
    pub velocity_label: Rect,
    /// Under the velocity lane, while a critic is beside the roll.
    pub surprise: Rect,
    /// Left of it.
    pub surprise_label: Rect,
    pub minimap: Rect,
    /// Left of the overview.
    pub minimap_label: Rect,
}

impl Parts {
    /// Divides a rectangle.
    pub fn of(all: Rect, view: &RollView, drums: bool, sections: bool) -> Parts {
        let keys_width = if drums { DRUM_KEYS } else { KEYS };
        let left = all.left() + keys_width.min(all.width() / 2.0);
        let right = (all.right() - SCROLL).max(left);
        let head = all.top() + RULER;
        let strip = head + if sections { SECTIONS } else { 0.0 };
        let top = strip + MASK_LANE;
        let room = all.bottom() - top;
        let minimap = if room > LEAST_CANVAS + MINIMAP {
            MINIMAP
        } else {
            0.0
        };
        let surprise = match view.surprise_lane && room - minimap > LEAST_CANVAS + surprise::LANE {
            true => surprise::LANE,
            false => 0.0,
        };
        let lane = view
            .velocity_height
            .clamp(VELOCITY_LANE.0, VELOCITY_LANE.1)
            .min(room - minimap - surprise - LEAST_CANVAS - GRIP);
        let lane = if view.show_velocity && lane >= VELOCITY_LANE.0 {
            lane
        } else {
            0.0
        };
        let grip = if lane > 0.0 { GRIP } else { 0.0 };
        let minimap_top = all.bottom() - minimap;
        let surprise_top = minimap_top - surprise;
        let lane_top = surprise_top - lane;
        let bottom = (lane_top - grip).max(top);
        let rect = |x0, y0, x1, y1| {
            if y1 > y0 && x1 > x0 {
                Rect::from_min_max(pos2(x0, y0), pos2(x1, y1))
            } else {
                Rect::NOTHING
            }
        };
        Parts {
            all,
            corner: rect(all.left(), all.top(), left, top),
            ruler: rect(left, all.top(), right, head),
            sections: rect(left, head, right, strip),
            mask_lane: rect(left, strip, right, top),
            keys: rect(all.left(), top, left, bottom),
            canvas: Rect::from_min_max(pos2(left, top), pos2(right, bottom)),
            scroll: rect(right, top, all.right(), bottom),
            grip: rect(all.left(), bottom, all.right(), lane_top),
            velocity: rect(left, lane_top, right, surprise_top),
            velocity_label: rect(all.left(), lane_top, left, surprise_top),
            surprise: rect(left, surprise_top, right, minimap_top),
            surprise_label: rect(all.left(), surprise_top, left, minimap_top),
            minimap: rect(left, minimap_top, right, all.bottom()),
            minimap_label: rect(all.left(), minimap_top, left, all.bottom()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::vec2;

    #[test]
    fn parts_tile_the_space_and_a_small_space_keeps_the_notes() {
        let view = RollView::default();
        let p = Parts::of(
            Rect::from_min_size(pos2(10.0, 20.0), vec2(900.0, 600.0)),
            &view,
            false,
            false,
        );
        assert_eq!(p.sections, Rect::NOTHING);
        let space = p.all;
        let q = Parts::of(space, &view, false, true);
        assert_eq!(q.mask_lane.top(), q.sections.bottom());
        assert_eq!(q.canvas.top(), p.canvas.top() + SECTIONS);
        assert_eq!(p.canvas.top(), p.mask_lane.bottom());
        assert_eq!(p.canvas.bottom(), p.grip.top());
        assert_eq!(p.velocity.bottom(), p.minimap.top());
        assert_eq!(p.canvas.left(), p.velocity.left());
        let small = Parts::of(
            Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, 180.0)),
            &view,
            true,
            false,
        );
        assert!(small.canvas.height() >= 120.0);
        assert_eq!(small.velocity, Rect::NOTHING);
        let none = Parts::of(
            Rect::from_min_size(pos2(0.0, 0.0), vec2(5.0, 5.0)),
            &view,
            true,
            true,
        );
        assert!(none.canvas.height() >= 0.0 && none.canvas.width() >= 0.0);
    }
}
