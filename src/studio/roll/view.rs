//! How one looks at the piece: scroll, zoom, caret, and the gesture under way.

use super::geometry::Geometry;
use crate::score::Score;
use eframe::egui::Rect;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Least and greatest height of a row, in points.
pub const ROWS: (f32, f32) = (4.0, 40.0);
/// Least and greatest width of a quarter note, in points.
pub const QUARTERS: (f64, f64) = (2.0, 960.0);
/// Least and greatest height of the velocity lane, in points.
pub const VELOCITY_LANE: (f32, f32) = (32.0, 240.0);

/// The point where keyboard commands act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caret {
    /// Ticks.
    pub tick: u32,
    pub pitch: u8,
}

/// Where to look next; carried out when the size of the canvas is known.
#[derive(Clone, Debug, PartialEq)]
enum Wish {
    /// Bars from the start at a comfortable zoom, pitches where the notes are.
    Open,
    /// The whole piece.
    Fit,
    /// These ticks, with as little movement as will do.
    Range(Range<u32>),
    /// This point, with as little movement as will do.
    Point(Caret),
}

/// Scroll, zoom and caret, to be saved with the project; and the gesture in progress, which is not.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct RollView {
    /// Tick at the left edge.
    pub start: f64,
    /// Points a tick.
    pub scale: f64,
    /// Height, in pitches, at the top edge.
    pub top: f64,
    /// Points a row.
    pub row: f32,
    /// Whether the velocity lane is shown.
    pub show_velocity: bool,
    /// Height of the velocity lane, in points.
    pub velocity_height: f32,
    /// Where keyboard commands act.
    pub caret: Caret,
    /// Length of the next drawn note, in ticks; `None` is one grid step.
    pub draw_length: Option<u32>,
    /// Velocity of the next drawn note, 1..=127.
    pub draw_velocity: u8,
    #[serde(skip)]
    wishes: Vec<Wish>,
}

impl Default for RollView {
    fn default() -> Self {
        RollView {
            start: 0.0,
            scale: 0.1,
            top: 84.0,
            row: 12.0,
            show_velocity: true,
            velocity_height: 72.0,
            caret: Caret { tick: 0, pitch: 60 },
            draw_length: None,
            draw_velocity: 96,
            wishes: vec![Wish::Open],
        }
    }
}

impl RollView {
    /// Brings ticks `[start, end)` into view: scrolls if they fit at this zoom, zooms out if not.
    pub fn show_range(&mut self, ticks: Range<u32>) {
        self.wishes.push(Wish::Range(ticks));
    }

    /// Brings the caret into view.
    pub fn show_caret(&mut self) {
        self.wishes.push(Wish::Point(self.caret));
    }

    /// Shows the whole piece: every bar and every pitch that is used.
    pub fn fit(&mut self, score: &Score) {
        let _ = score;
        self.wishes.push(Wish::Fit);
    }

    /// Goes to the start at a comfortable zoom, with the used pitches in the middle: for a piece just opened.
    pub fn open(&mut self) {
        self.wishes.push(Wish::Open);
    }

    /// Zooms time about the middle of the canvas by a factor (above 1 is closer).
    pub fn zoom_time(&mut self, factor: f64, canvas_width: f32) {
        let centre = self.start + canvas_width as f64 / 2.0 / self.scale;
        self.scale *= factor;
        self.start = centre - canvas_width as f64 / 2.0 / self.scale;
    }

    /// The mapping for this frame, wishes carried out and everything held within bounds.
    /// `end` is the last tick one may scroll to.
    pub(super) fn geometry(&mut self, canvas: Rect, score: &Score, end: f64) -> Geometry {
        let ppq = score.ppq.max(1) as f64;
        let scales = (QUARTERS.0 / ppq, QUARTERS.1 / ppq);
        let mut g = Geometry {
            canvas,
            start: self.start,
            scale: self.scale,
            top: self.top,
            row: self.row,
        };
        let width = canvas.width().max(1.0) as f64;
        for wish in std::mem::take(&mut self.wishes) {
            match wish {
                Wish::Open => {
                    let bars = score.bars();
                    let shown = score.bar_count().clamp(4, 12);
                    g.start = 0.0;
                    g.scale = width / bars.start(shown).max(1) as f64;
                    centre_pitches(&mut g, score, 16.0);
                }
                Wish::Fit => {
                    let bars = score.bars();
                    g.start = 0.0;
                    g.scale = width / bars.start(score.bar_count()).max(1) as f64;
                    centre_pitches(&mut g, score, 24.0);
                }
                Wish::Range(t) => {
                    let span = t.end.saturating_sub(t.start).max(1) as f64;
                    if span * g.scale > width * 0.9 {
                        g.scale = (width * 0.9 / span).clamp(scales.0, scales.1);
                    }
                    let margin = width * 0.05 / g.scale;
                    let view = width / g.scale;
                    let (a, b) = (t.start as f64 - margin, t.end as f64 + margin);
                    if a < g.start {
                        g.start = a;
                    } else if b > g.start + view {
                        g.start = b - view;
                    }
                }
                Wish::Point(c) => {
                    let margin = (32.0_f64).min(width / 4.0) / g.scale;
                    let view = width / g.scale;
                    let tick = c.tick as f64;
                    g.start = g.start.clamp(
                        tick + margin - view,
                        (tick - margin).max(tick + margin - view),
                    );
                    let rows = (canvas.height() / g.row) as f64;
                    let p = c.pitch as f64;
                    g.top = g.top.clamp(p + 2.0, (p - 1.0 + rows).max(p + 2.0));
                }
            }
        }
        g.scale = g.scale.clamp(scales.0, scales.1);
        g.row = g.row.clamp(ROWS.0, ROWS.1);
        g.clamp(end);
        self.keep(&g);
        g
    }

    /// Remembers a mapping.
    pub(super) fn keep(&mut self, g: &Geometry) {
        (self.start, self.scale, self.top, self.row) = (g.start, g.scale, g.top, g.row);
    }
}

/// Puts the used pitches in the middle, in rows as tall as fit but at most `tallest` points.
fn centre_pitches(g: &mut Geometry, score: &Score, tallest: f32) {
    let (low, high) = score.notes().fold((127u8, 0u8), |(l, h), (_, n)| {
        (l.min(n.pitch), h.max(n.pitch))
    });
    let (low, high) = if low > high { (48, 83) } else { (low, high) };
    let rows = (high - low) as f32 + 5.0;
    g.row = (g.canvas.height() / rows).floor().clamp(8.0, tallest);
    let middle = (low as f64 + high as f64 + 1.0) / 2.0;
    g.top = middle + (g.canvas.height() / g.row / 2.0) as f64;
}
