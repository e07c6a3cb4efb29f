//! The upper half of the ruler: dragging makes a loop or moves an end of it, with Shift it only
//! marks the time; a click moves the playhead.

use super::seek::Seek;
use super::{Cx, Drag};
use crate::studio::roll::RollAction;
use crate::studio::roll::scene::Scene;
use eframe::egui::{CursorIcon, Pos2};

/// How near, in points, an end of the loop must be to be taken hold of.
const NEAR: f32 = 5.0;

/// A loop between a fixed tick and the pointer.
pub struct LoopRange {
    fixed: f64,
    before: Option<(u32, u32)>,
    /// Whether it was played in a circle before.
    looping: bool,
    now: Option<(u32, u32)>,
}

fn upper(scene: &Scene, pos: Pos2) -> bool {
    pos.y < scene.parts.ruler.center().y
}

/// The end of the loop opposite to the one under the pointer.
fn other_end(scene: &Scene, pos: Pos2) -> Option<u32> {
    let (a, b) = scene.input.loop_range?;
    let near = |tick: u32| (scene.g.x(tick as f64) - pos.x).abs() <= NEAR;
    if near(b) {
        Some(a)
    } else if near(a) {
        Some(b)
    } else {
        None
    }
}

/// The gesture a press on the ruler begins.
pub fn or_seek(cx: &mut Cx) -> Box<dyn Drag> {
    if !upper(cx.scene, cx.pos) {
        let mut seek = Seek::default();
        seek.update(cx);
        return Box::new(seek);
    }
    let before = cx.input.loop_range;
    Box::new(LoopRange {
        fixed: other_end(cx.scene, cx.pos).map_or(cx.tick(), |t| t as f64),
        before,
        looping: cx.input.looping,
        now: before,
    })
}

/// Pointer over the ruler.
pub fn cursor(scene: &Scene, pos: Pos2) -> CursorIcon {
    if upper(scene, pos) && other_end(scene, pos).is_some() {
        CursorIcon::ResizeHorizontal
    } else {
        CursorIcon::PointingHand
    }
}

impl Drag for LoopRange {
    fn update(&mut self, cx: &mut Cx) {
        if !cx.moved {
            return;
        }
        let grid = cx.snapped();
        let (a, b) = (self.fixed.min(cx.tick()), self.fixed.max(cx.tick()));
        let start = grid.round(a);
        let end = grid.round(b).max(start.saturating_add(grid.step(start)));
        if self.now != Some((start, end)) {
            self.now = Some((start, end));
            cx.out.push(match cx.mods.shift {
                true => RollAction::Range((start, end)),
                false => RollAction::Loop(self.now),
            });
        }
    }

    fn finish(&mut self, cx: &mut Cx) {
        if !cx.moved {
            Seek::default().update(cx);
        }
    }

    fn cancel(&mut self, cx: &mut Cx) {
        cx.out.push(match self.before {
            Some(range) if !self.looping => RollAction::Range(range),
            before => RollAction::Loop(before),
        });
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::ResizeHorizontal
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, false)
    }
}
