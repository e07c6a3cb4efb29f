//! Where ticks and pitches lie on the screen. Pure arithmetic.

use super::rows::Rows;
use eframe::egui::{Pos2, Rect, pos2};
use std::ops::Range;

/// Number of MIDI pitches.
pub const PITCHES: f64 = 128.0;

/// The mapping of one frame. Ticks run to the right, pitches upwards; the row of pitch `p` holds the
/// heights `p..p + 1`, and has none on the screen while it is folded away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// The notes' area, in points.
    pub canvas: Rect,
    /// Tick at the left edge.
    pub start: f64,
    /// Points a tick.
    pub scale: f64,
    /// Rows, counted from the lowest, at the top edge.
    pub top: f64,
    /// Points a row.
    pub row: f32,
    /// Which pitches have a row.
    pub rows: Rows,
}

impl Geometry {
    /// Horizontal place of a tick.
    pub fn x(&self, tick: f64) -> f32 {
        self.canvas.left() + ((tick - self.start) * self.scale) as f32
    }

    /// Tick at a horizontal place, never before the piece.
    pub fn tick(&self, x: f32) -> f64 {
        (self.start + (x - self.canvas.left()) as f64 / self.scale).max(0.0)
    }

    /// Vertical place of a height.
    pub fn y(&self, height: f64) -> f32 {
        self.canvas.top() + ((self.top - self.rows.row(height)) * self.row as f64) as f32
    }

    /// Height at a vertical place.
    pub fn height(&self, y: f32) -> f64 {
        self.rows.height(self.row_at(y))
    }

    /// Rows under a vertical place.
    pub fn row_at(&self, y: f32) -> f64 {
        self.top - ((y - self.canvas.top()) / self.row) as f64
    }

    /// Pitch of the row at a vertical place, held within 0..=127.
    pub fn pitch(&self, y: f32) -> u8 {
        self.height(y).floor().clamp(0.0, PITCHES - 1.0) as u8
    }

    /// The cell of `[start, end)` ticks and pitches `low..=high`.
    pub fn cell(&self, start: f64, end: f64, low: u8, high: u8) -> Rect {
        Rect::from_min_max(
            pos2(self.x(start), self.y(high as f64 + 1.0)),
            pos2(self.x(end), self.y(low as f64)),
        )
    }

    /// Tick and height under a point.
    pub fn point(&self, p: Pos2) -> (f64, f64) {
        (self.tick(p.x), self.height(p.y))
    }

    /// Ticks in view, rounded outwards.
    pub fn ticks(&self) -> Range<u32> {
        let end = self.start + self.canvas.width() as f64 / self.scale;
        self.start.max(0.0) as u32..end.clamp(0.0, u32::MAX as f64).ceil() as u32
    }

    /// Pitches with a row in view.
    pub fn pitches(&self) -> Range<u8> {
        let low = self.height(self.canvas.bottom()).floor().clamp(0.0, 127.0) as u8;
        let top = self.rows.height(self.top - 1e-6);
        let high = top.floor().clamp(0.0, 127.0) as u8;
        low..high.saturating_add(1).max(low)
    }

    /// The pitches in view that have a row.
    pub fn shown(&self) -> impl Iterator<Item = u8> + use<> {
        let rows = self.rows;
        self.pitches().filter(move |p| rows.has(*p))
    }

    /// Zooms time by a factor; the tick under `x` stays there. `scales` are the least and the greatest.
    pub fn zoom_time(&mut self, factor: f64, x: f32, scales: (f64, f64)) {
        let offset = (x - self.canvas.left()) as f64;
        let tick = self.start + offset / self.scale;
        self.scale = (self.scale * factor).clamp(scales.0, scales.1.max(scales.0));
        self.start = tick - offset / self.scale;
    }

    /// Zooms pitch by a factor; the height at `y` stays there. `rows` are the least and greatest heights.
    pub fn zoom_pitch(&mut self, factor: f32, y: f32, rows: (f32, f32)) {
        let offset = y - self.canvas.top();
        let height = self.top - (offset / self.row) as f64;
        self.row = (self.row * factor).clamp(rows.0, rows.1.max(rows.0));
        self.top = height + (offset / self.row) as f64;
    }

    /// Moves what is seen back to where there is something: not before the piece, not beyond `end`, no
    /// pitch above 127 or below 0 (a canvas taller than all rows centres them).
    pub fn clamp(&mut self, end: f64) {
        let width = self.canvas.width() as f64 / self.scale;
        self.start = self.start.clamp(0.0, (end - width).max(0.0));
        let rows = (self.canvas.height() / self.row) as f64;
        let count = self.rows.count();
        self.top = if rows >= count {
            count + (rows - count) / 2.0
        } else {
            self.top.clamp(rows, count)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn geometry() -> Geometry {
        Geometry {
            canvas: Rect::from_min_max(pos2(64.0, 40.0), pos2(864.0, 440.0)),
            start: 1920.0,
            scale: 0.1,
            top: 84.0,
            row: 12.0,
            rows: Rows::default(),
        }
    }

    #[test]
    fn rows_lie_under_their_pitch() {
        let g = geometry();
        let cell = g.cell(1920.0, 2400.0, 83, 83);
        assert_eq!(cell.min, g.canvas.min);
        assert_eq!((cell.width(), cell.height()), (48.0, 12.0));
        assert_eq!(g.pitch(40.5), 83);
        assert_eq!(g.pitch(52.5), 82);
        assert_eq!(g.ticks(), 1920..9920);
        assert_eq!(g.pitches(), 50..84);
    }

    #[test]
    fn nothing_lies_outside_midi() {
        let mut g = geometry();
        g.top = 500.0;
        g.start = -5000.0;
        assert_eq!(g.pitch(-1e6), 127);
        assert_eq!(g.pitch(1e6), 0);
        g.clamp(20_000.0);
        assert_eq!((g.start, g.top), (0.0, 128.0));
        g.start = 1e9;
        g.top = -3.0;
        g.clamp(20_000.0);
        assert_eq!(g.start, 12_000.0);
        assert_eq!(g.height(g.canvas.bottom()).round(), 0.0);
    }

    proptest! {
        #[test]
        fn places_and_back(tick in 0.0f64..1e5, pitch in 0u8..128, scale in 0.01f64..3.0, row in 3.0f32..40.0) {
            let g = Geometry { scale, row, ..geometry() };
            let x = g.x(tick);
            prop_assert!((g.tick(x) - tick).abs() <= 0.05 / scale + 1e-3);
            prop_assert_eq!(g.pitch(g.y(pitch as f64 + 0.5)), pitch);
        }

        #[test]
        fn folded_places_and_back(pitch in 0u8..128, bits: u128, row in 3.0f32..40.0) {
            let g = Geometry { row, rows: Rows::of(bits | 1 << pitch), ..geometry() };
            prop_assert_eq!(g.pitch(g.y(pitch as f64 + 0.5)), pitch);
            prop_assert!(g.shown().all(|p| g.rows.has(p)));
        }

        #[test]
        fn zooming_keeps_the_point_under_the_pointer(
            factor in 0.1f64..10.0,
            x in 64.0f32..864.0,
            y in 40.0f32..440.0,
        ) {
            let mut g = geometry();
            let (tick, height) = (g.start + (x - 64.0) as f64 / g.scale, g.height(y));
            g.zoom_time(factor, x, (0.005, 4.0));
            g.zoom_pitch(factor as f32, y, (3.0, 40.0));
            prop_assert!((g.x(tick) - x).abs() < 0.01);
            prop_assert!((g.y(height) - y).abs() < 0.01);
        }
    }
}
