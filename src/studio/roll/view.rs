//! How one looks at the piece: scroll, zoom, caret, and the gesture under way.

use super::cells::MaskCells;
use super::extent::Extents;
use super::geometry::Geometry;
use super::gesture::Held;
use super::lane::Lane;
use super::minimap::Picture;
use super::overlay::Writing;
use super::overview::Overview;
use super::rows::{self, Fold, Rows};
use super::snap::{Grid, SnapMode};
use super::{RollInput, tempo_lane};
use crate::score::Score;
use crate::score::mask::Rect as Area;
use eframe::egui::{Context, Id, Rect, Response};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Least and greatest height of a row, in points.
pub const ROWS: (f32, f32) = (4.0, 40.0);
/// Greatest height a row gets by a fold.
const FOLDED: f32 = 22.0;
/// Least and greatest width of a quarter note, in points.
const QUARTERS: (f64, f64) = (2.0, 960.0);
/// Least and greatest height of the velocity lane, in points.
pub const VELOCITY_LANE: (f32, f32) = (32.0, 240.0);

/// Least and greatest scale, in points a tick. The whole piece up to `end` can always be brought into view.
pub(super) fn scales(ppq: u16, width: f64, end: f64) -> (f64, f64) {
    let ppq = f64::from(ppq.max(1));
    let whole = width.max(1.0) / end.max(1.0);
    ((QUARTERS.0 / ppq).min(whole), QUARTERS.1 / ppq)
}

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
    /// This pitch, with as little movement as will do.
    Pitch(u8),
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
    /// Rows, counted from the lowest, at the top edge.
    pub top: f64,
    /// Points a row.
    pub row: f32,
    /// The rows that are left out.
    pub fold: Fold,
    /// What the lane under the notes shows.
    pub lane: Lane,
    /// Whether there is a lane under the notes.
    pub show_velocity: bool,
    /// Height of the lane, in points.
    pub velocity_height: f32,
    /// Where keyboard commands act.
    pub caret: Caret,
    /// Length of the next drawn note, in ticks; `None` is one grid step.
    pub draw_length: Option<u32>,
    /// Velocity of the next drawn note, 1..=127.
    pub draw_velocity: u8,
    /// How what is dragged keeps to the grid.
    pub snap_mode: SnapMode,
    /// The grid that was on before it was switched off.
    pub last_grid: super::Snap,
    /// Where the caret's box was begun, while there is one.
    #[serde(skip)]
    pub anchor: Option<Caret>,
    /// Whether the lane of surprise lies under the velocities.
    #[serde(skip)]
    pub surprise_lane: bool,
    /// Whether the caret was drawn in the last frame.
    #[serde(skip)]
    pub has_caret: bool,
    /// Somebody looked elsewhere while it played: the playhead is not followed until playing starts anew.
    #[serde(skip)]
    pub looks_away: bool,
    /// Whether it played in the last frame.
    #[serde(skip)]
    was_playing: bool,
    /// The canvas as it was last drawn.
    #[serde(skip)]
    canvas: Option<Id>,
    /// The pitches with a row, and the fold that left them.
    #[serde(skip)]
    rows: Option<(Fold, Rows)>,
    /// Height of the rows before they were folded.
    unfolded: Option<f32>,
    /// Slowest and fastest tempo on the tempo lane.
    #[serde(skip)]
    pub(super) tempo_bounds: (f64, f64),
    #[serde(skip)]
    wants_keyboard: bool,
    /// A saved view is shown as it was left.
    #[serde(skip, default = "Vec::new")]
    wishes: Vec<Wish>,
    #[serde(skip)]
    end: f64,
    #[serde(skip)]
    pub(super) cells: MaskCells,
    #[serde(skip)]
    pub(super) extents: Extents,
    #[serde(skip)]
    pub(super) overview: Overview,
    #[serde(skip)]
    pub(super) picture: Picture,
    #[serde(skip)]
    pub(super) writing: Writing,
    #[serde(skip)]
    pub(super) held: InProgress,
    /// When (in the context's seconds) a note sounded by a double-click stops.
    #[serde(skip)]
    pub(super) stop_at: Option<f64>,
}

/// The gesture under way. A copy of a view has none.
#[derive(Default)]
pub(super) struct InProgress(pub Option<Held>);

impl Clone for InProgress {
    fn clone(&self) -> Self {
        InProgress(None)
    }
}

impl std::fmt::Debug for InProgress {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(if self.0.is_some() {
            "InProgress"
        } else {
            "None"
        })
    }
}

impl Default for RollView {
    fn default() -> Self {
        RollView {
            start: 0.0,
            scale: 0.1,
            top: 84.0,
            row: 12.0,
            fold: Fold::default(),
            lane: Lane::default(),
            show_velocity: true,
            velocity_height: 72.0,
            caret: Caret { tick: 0, pitch: 60 },
            draw_length: None,
            draw_velocity: 96,
            snap_mode: SnapMode::default(),
            last_grid: super::Snap::default(),
            anchor: None,
            surprise_lane: false,
            has_caret: false,
            looks_away: false,
            was_playing: false,
            canvas: None,
            rows: None,
            unfolded: None,
            tempo_bounds: (60.0, 120.0),
            wants_keyboard: false,
            wishes: vec![Wish::Open],
            end: 0.0,
            cells: MaskCells::default(),
            extents: Extents::default(),
            overview: Overview::default(),
            picture: Picture::default(),
            writing: Writing::default(),
            held: InProgress::default(),
            stop_at: None,
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

    /// Gives the roll the keyboard in the next frame, so that the caret is seen.
    pub fn take_keyboard(&mut self) {
        self.wants_keyboard = true;
    }

    /// Hands the keyboard over, if it is wanted, and sees whether the roll has it.
    pub(super) fn give_keyboard(&mut self, canvas: &Response) {
        if std::mem::take(&mut self.wants_keyboard) {
            canvas.request_focus();
        }
        self.has_caret = canvas.has_focus();
        self.canvas = Some(canvas.id);
    }

    /// Whether the keyboard is the roll's now: nothing else has it.
    pub fn has_keyboard(&self, ctx: &Context) -> bool {
        let focused = ctx.memory(|m| m.focused());
        focused.is_none() || focused == self.canvas
    }

    /// The caret's box: its step of the grid at its pitch, together with that of the place where the box was begun.
    pub fn caret_box(&self, grid: &Grid) -> Area {
        let (a, b) = (self.caret, self.anchor.unwrap_or(self.caret));
        let end = |c: Caret| c.tick.saturating_add(grid.step(c.tick).max(1));
        Area {
            start: a.tick.min(b.tick),
            end: end(a).max(end(b)),
            low: a.pitch.min(b.pitch),
            high: a.pitch.max(b.pitch),
        }
    }

    /// Brings a pitch into view, time as it is.
    pub fn show_pitch(&mut self, pitch: u8) {
        self.wishes.push(Wish::Pitch(pitch));
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

    /// The pitches with a row.
    pub fn rows(&self) -> Rows {
        self.rows.map_or_else(Rows::default, |r| r.1)
    }

    /// Zooms pitch about the middle of the canvas by a factor (above 1 is closer).
    pub fn zoom_rows(&mut self, factor: f32, canvas_height: f32) {
        let middle = self.top - f64::from(canvas_height / self.row / 2.0);
        self.row = (self.row * factor).clamp(ROWS.0, ROWS.1);
        self.top = middle + f64::from(canvas_height / self.row / 2.0);
    }

    /// Brings what follows from the piece up to date: which rows there are and which tempi the lane spans. Not while
    /// something is dragged: what is under the pointer stays there. The middle of the canvas keeps its pitch.
    pub(super) fn settle(&mut self, input: &RollInput, canvas: Rect) {
        if self.is_busy() {
            return;
        }
        if self.lane == Lane::Tempo {
            self.tempo_bounds = tempo_lane::bounds(&tempo_lane::map(input.score));
        }
        let mut new = rows::folded(self.fold, input);
        if let Some((fold, old)) = self.rows {
            if fold == self.fold && input.snapshot.is_some() {
                // While the model writes nothing jumps; rows only come.
                new = Rows::of(new.bits() | old.bits());
            }
            let half = f64::from(canvas.height() / self.row / 2.0);
            let middle = old.height(self.top - half);
            if fold != self.fold {
                self.row = self.row_folded(fold, &new, canvas.height());
            }
            if new != old {
                self.top = new.row(middle) + f64::from(canvas.height() / self.row / 2.0);
            }
        }
        self.rows = Some((self.fold, new));
    }

    /// The height of rows after a fold was changed: as many as fit are taller, and are what they were when all are back.
    fn row_folded(&mut self, before: Fold, rows: &Rows, height: f32) -> f32 {
        if self.fold == Fold::Off {
            return self.unfolded.take().unwrap_or(self.row);
        }
        if before == Fold::Off {
            self.unfolded = Some(self.row);
        }
        let least = self.unfolded.unwrap_or(self.row);
        let fitting = height / (rows.count() as f32 + 1.0);
        fitting.floor().min(FOLDED).max(least)
    }

    /// The mapping for this frame, wishes carried out and everything held within bounds.
    /// `end` is the last tick one may scroll to.
    pub(super) fn geometry(&mut self, canvas: Rect, score: &Score, end: f64) -> Geometry {
        self.end = end;
        let scales = scales(score.ppq, f64::from(canvas.width()), end);
        let mut g = Geometry {
            canvas,
            start: self.start,
            scale: self.scale,
            top: self.top,
            row: self.row,
            rows: self.rows(),
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
                    into_rows(&mut g, c.pitch);
                }
                Wish::Pitch(p) => into_rows(&mut g, p),
            }
        }
        g.scale = g.scale.clamp(scales.0, scales.1);
        g.row = g.row.clamp(ROWS.0, ROWS.1);
        g.clamp(end);
        self.keep(&g);
        g
    }

    /// Last tick one may scroll to, which is also where the overview ends.
    pub(super) fn end(&self) -> u32 {
        self.end as u32
    }

    /// Whether a gesture is under way.
    pub fn is_busy(&self) -> bool {
        self.held.0.is_some()
    }

    /// Sees whether it plays, and whether somebody just moved the paper in time. Answers whether the playhead may be
    /// followed.
    pub(super) fn may_follow(&mut self, playing: bool, moved: bool) -> bool {
        if playing && !self.was_playing {
            self.looks_away = false;
        }
        self.was_playing = playing;
        self.looks_away |= playing && moved;
        playing && !self.looks_away
    }

    /// Remembers a mapping.
    pub(super) fn keep(&mut self, g: &Geometry) {
        (self.start, self.scale, self.top, self.row) = (g.start, g.scale, g.top, g.row);
    }
}

/// Scrolls so far that a pitch is seen with a row beside it.
fn into_rows(g: &mut Geometry, pitch: u8) {
    let rows = (g.canvas.height() / g.row) as f64;
    let p = g.rows.row(f64::from(pitch));
    g.top = g.top.clamp(p + 2.0, (p - 1.0 + rows).max(p + 2.0));
}

/// Puts the used pitches in the middle, in rows as tall as fit but at most `tallest` points.
fn centre_pitches(g: &mut Geometry, score: &Score, tallest: f32) {
    let (low, high) = score.notes().fold((127u8, 0u8), |(l, h), (_, n)| {
        (l.min(n.pitch), h.max(n.pitch))
    });
    let (low, high) = if low > high { (48, 83) } else { (low, high) };
    let (low, high) = (
        g.rows.row(f64::from(low)),
        g.rows.row(f64::from(high) + 1.0),
    );
    let rows = (high - low) as f32 + 4.0;
    g.row = (g.canvas.height() / rows).floor().clamp(8.0, tallest);
    let middle = (low + high) / 2.0;
    g.top = middle + (g.canvas.height() / g.row / 2.0) as f64;
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{pos2, vec2};

    fn piece() -> Score {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for bar in 0..64 {
            s.add_note(t, bar * 1920, 480, 60 + (bar % 12) as u8, 80);
        }
        s
    }

    fn canvas() -> Rect {
        Rect::from_min_size(pos2(60.0, 44.0), vec2(1000.0, 400.0))
    }

    #[test]
    fn a_piece_opens_at_its_start_with_its_pitches_in_the_middle() {
        let g = RollView::default().geometry(canvas(), &piece(), 64.0 * 1920.0);
        assert_eq!(g.start, 0.0);
        assert!(g.pitches().contains(&60) && g.pitches().contains(&71));
        assert!((g.height(canvas().center().y) - 66.0).abs() < 0.6);
    }

    #[test]
    fn ranges_come_into_view_with_as_little_movement_as_will_do() {
        let (s, end) = (piece(), 64.0 * 1920.0);
        let mut v = RollView::default();
        let first = v.geometry(canvas(), &s, end);
        v.show_range(1920..3840);
        assert_eq!(
            v.geometry(canvas(), &s, end),
            first,
            "it was in view already"
        );
        v.show_range(1920 * 30..1920 * 32);
        let there = v.geometry(canvas(), &s, end);
        assert_eq!(there.scale, first.scale);
        assert!(there.ticks().start <= 1920 * 30 && there.ticks().end >= 1920 * 32);
        v.fit(&s);
        let all = v.geometry(canvas(), &s, end).ticks();
        assert!(all.start == 0 && all.end >= 64 * 1920 - 1);
    }

    #[test]
    fn a_saved_view_comes_back_as_it_was_left() {
        let (s, end) = (piece(), 64.0 * 1920.0);
        let mut v = RollView::default();
        v.geometry(canvas(), &s, end);
        v.show_range(1920 * 30..1920 * 31);
        let left = v.geometry(canvas(), &s, end);
        let text = ron::to_string(&v).unwrap();
        let mut back: RollView = ron::from_str(&text).unwrap();
        assert_eq!(back.geometry(canvas(), &s, end), left);
    }
}
