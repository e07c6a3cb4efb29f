//! A line drawn freehand, as the lassos draw it.

use super::Cx;
use crate::studio::roll::overlay;
use crate::studio::roll::scene::Scene;
use eframe::egui::{Color32, Painter, Pos2, pos2};

/// Places closer than this many points to the last are left out.
const NEAR: f32 = 3.0;
/// More places than this are no line a hand draws.
const MOST: usize = 4000;

/// Ticks and heights the pointer passed.
pub struct Freehand {
    pub points: Vec<(f64, f64)>,
    last: Pos2,
}

impl Freehand {
    pub fn new(cx: &Cx) -> Self {
        Freehand {
            points: vec![cx.scene.g.point(cx.pos)],
            last: cx.pos,
        }
    }

    /// Draws on to the pointer.
    pub fn follow(&mut self, cx: &Cx) {
        if self.points.len() < MOST && self.last.distance(cx.pos) >= NEAR {
            self.points.push(cx.scene.g.point(cx.pos));
            self.last = cx.pos;
        }
    }

    pub fn paint(&self, painter: &Painter, scene: &Scene, colour: Color32) {
        let place = |p: &(f64, f64)| pos2(scene.g.x(p.0), scene.g.y(p.1));
        let points: Vec<Pos2> = self.points.iter().map(place).collect();
        overlay::lasso(painter, scene, &points, colour);
    }
}
