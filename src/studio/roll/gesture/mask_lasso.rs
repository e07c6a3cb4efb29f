//! A freehand line pulled with the lasso.

use super::freehand::Freehand;
use super::masking::{clicked, emit, joined, scope};
use super::{Cx, Drag};
use crate::score::mask::lasso_rects;
use crate::score::{Rect, Region};
use crate::studio::roll::Snap;
use crate::studio::roll::scene::Scene;
use eframe::egui::{CursorIcon, Painter};

/// The inside of the line, in columns of the grid. A click masks the note it falls on.
pub struct MaskLasso {
    line: Freehand,
}

impl MaskLasso {
    pub fn new(cx: &mut Cx) -> Self {
        MaskLasso {
            line: Freehand::new(cx),
        }
    }
}

/// Neighbouring columns of the same pitches as one rectangle.
fn merged(rects: Vec<Rect>) -> Vec<Rect> {
    let mut out: Vec<Rect> = Vec::new();
    for r in rects {
        let open = out
            .iter_mut()
            .rev()
            .take(8)
            .find(|o| o.end == r.start && (o.low, o.high) == (r.low, r.high));
        match open {
            Some(o) => o.end = r.end,
            None => out.push(r),
        }
    }
    out
}

impl Drag for MaskLasso {
    fn update(&mut self, cx: &mut Cx) {
        self.line.follow(cx);
    }

    fn finish(&mut self, cx: &mut Cx) {
        if !cx.moved {
            clicked(cx);
            return;
        }
        let sixteenth = (cx.input.score.ppq as u32 / 4).max(1);
        let step = match cx.grid.snap {
            Snap::Division(_) => cx.grid.step(0),
            _ => sixteenth,
        };
        let rects = merged(lasso_rects(&self.line.points, step));
        if rects.is_empty() {
            return;
        }
        let region = Region {
            tracks: scope(cx),
            rects,
            notes: Default::default(),
        };
        let mask = joined(cx, region);
        emit(cx, mask);
    }

    fn paint(&self, painter: &Painter, scene: &Scene) {
        self.line.paint(painter, scene, scene.theme.mask);
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Crosshair
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_square_become_one_rectangle() {
        let square = [(0.0, 60.0), (960.0, 60.0), (960.0, 64.0), (0.0, 64.0)];
        let rects = lasso_rects(&square, 120);
        assert!(rects.len() >= 8);
        assert_eq!(
            merged(rects),
            [Rect {
                start: 0,
                end: 960,
                low: 60,
                high: 63
            }]
        );
    }
}
