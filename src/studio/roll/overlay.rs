//! What lies over the notes for a moment: marquee, lasso, caret, notes being written.

use super::mesh::Layer;
use super::scene::{Look, Scene, look, note_rect};
use crate::engine::Snapshot;
use crate::score::TrackId;
use crate::studio::theme::{alpha, mix};
use eframe::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2};
use std::collections::BTreeMap;

/// Seconds a note being written takes to fade in or out.
const FADE: f32 = 0.14;
/// Opacity of a note nothing of which is decided, by how much of itself it shimmers, and how slowly (seconds).
const GUESS: f32 = 0.16;
const SHIMMER: f32 = 0.35;
const PERIOD: f32 = 1.8;

/// A note being written, as it is shown: its opacity follows what is decided of it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fading {
    length: u32,
    velocity: u8,
    shown: f32,
    wanted: f32,
}

/// The notes being written. They fade between snapshots, so that nothing flickers.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    notes: BTreeMap<(TrackId, u32, u8), Fading>,
    /// Seconds of shimmering so far; `None` without motion.
    time: Option<f32>,
}

impl Fading {
    /// Its opacity: what is undecided comes and goes a little, each note in its own time.
    fn opacity(&self, time: Option<f32>, start: u32, pitch: u8) -> f32 {
        let Some(time) = time else {
            return self.shown;
        };
        let phase = (start % 977) as f32 * 0.013 + pitch as f32 * 0.61;
        let wave = (time / PERIOD * std::f32::consts::TAU + phase).sin();
        let open = (1.0 - self.shown) / (1.0 - GUESS);
        self.shown * (1.0 + SHIMMER * wave * open.clamp(0.0, 1.0))
    }
}

impl Writing {
    /// Takes in the newest snapshot and lets `seconds` pass. Says whether anything still moves.
    pub fn update(&mut self, snapshot: Option<&Snapshot>, seconds: f32, still: bool) -> bool {
        let Some(snapshot) = snapshot else {
            // The take stands in for it in the same frame: there is nothing to fade out from.
            *self = Writing::default();
            return false;
        };
        for f in self.notes.values_mut() {
            f.wanted = 0.0;
        }
        for n in &snapshot.notes {
            let wanted = GUESS + (1.0 - GUESS) * n.decided.clamp(0.0, 1.0);
            let f = self
                .notes
                .entry((n.track, n.start, n.pitch))
                .or_insert(Fading {
                    length: n.length,
                    velocity: n.velocity,
                    shown: 0.0,
                    wanted,
                });
            (f.length, f.velocity, f.wanted) = (n.length, n.velocity, wanted);
        }
        let step = if still { 1.0 } else { seconds / FADE };
        self.time = (!still).then(|| (self.time.unwrap_or(0.0) + seconds) % (PERIOD * 1000.0));
        let mut moving = false;
        self.notes.retain(|_, f| {
            f.shown += (f.wanted - f.shown).clamp(-step, step);
            let open = f.wanted > 0.0 && f.wanted < 1.0;
            moving |= f.shown != f.wanted || (open && !still);
            f.shown > 0.0 || f.wanted > 0.0
        });
        moving
    }

    /// Paints them, the surest last.
    pub fn paint(&self, painter: &Painter, scene: &Scene) {
        if self.notes.is_empty() {
            return;
        }
        let mut layer = Layer::default();
        for (&(track, start, pitch), f) in &self.notes {
            let l = look(scene.input, track);
            if l <= Look::Ghost {
                continue;
            }
            let rect = note_rect(&scene.g, scene.pixels, start, f.length, pitch);
            if !rect.intersects(scene.g.canvas) {
                continue;
            }
            let place = scene
                .input
                .score
                .tracks
                .iter()
                .position(|t| t.id == track)
                .unwrap_or(0);
            let fill = scene.fill(place, Look::Full, f.velocity);
            let opacity = f.opacity(self.time, start, pitch);
            if rect.width() >= 6.0 && rect.height() >= 6.0 {
                layer.frame(rect, 1.0, alpha(scene.theme.mask, opacity));
                layer.rect(rect.shrink(1.0), alpha(fill, opacity));
            } else {
                layer.rect(rect, alpha(fill, opacity));
            }
        }
        layer.paint(&painter.with_clip_rect(scene.g.canvas));
    }

    #[cfg(test)]
    fn shown(&self) -> Vec<f32> {
        self.notes.values().map(|f| f.shown).collect()
    }
}

/// The rectangle that gathers notes.
pub fn marquee(painter: &Painter, scene: &Scene, rect: Rect) {
    let painter = painter.with_clip_rect(scene.g.canvas);
    painter.rect(
        rect,
        0.0,
        alpha(scene.theme.selected, 0.08),
        Stroke::new(1.0, alpha(scene.theme.selected, 0.7)),
        StrokeKind::Inside,
    );
}

/// A freehand line, closed by a fainter one.
pub fn lasso(painter: &Painter, scene: &Scene, points: &[Pos2], colour: Color32) {
    let painter = painter.with_clip_rect(scene.g.canvas);
    painter.add(Shape::line(points.to_vec(), Stroke::new(2.0, colour)));
    if let [first, .., last] = points {
        painter.add(Shape::dashed_line(
            &[*last, *first],
            Stroke::new(1.0, alpha(colour, 0.8)),
            4.0,
            4.0,
        ));
    }
}

/// The line a knife is drawn along.
pub fn knife(painter: &Painter, scene: &Scene, from: Pos2, to: Pos2) {
    let painter = painter.with_clip_rect(scene.g.canvas);
    painter.line_segment([from, to], Stroke::new(1.5, scene.theme.selected));
}

/// The loop's ends, faintly through the notes.
pub fn loop_edges(painter: &Painter, scene: &Scene) {
    let Some((a, b)) = scene
        .input
        .loop_range
        .filter(|(a, b)| scene.input.looping && a < b)
    else {
        return;
    };
    let canvas = scene.g.canvas;
    let mut layer = Layer::default();
    for tick in [a, b] {
        let x = super::mesh::crisp(scene.g.x(tick as f64), scene.pixels);
        let line = Rect::from_min_max(pos2(x, canvas.top()), pos2(x + 1.0, canvas.bottom()));
        layer.rect(line.intersect(canvas), alpha(scene.theme.playing, 0.55));
    }
    layer.paint(painter);
}

/// The place where keyboard commands act.
pub fn caret(painter: &Painter, scene: &Scene, tick: u32, step: u32, pitch: u8) {
    let rect = scene
        .g
        .cell(tick as f64, tick as f64 + step as f64, pitch, pitch);
    let rect = super::mesh::crisp_rect(rect, scene.pixels);
    let mut layer = Layer::default();
    layer.frame(rect, 1.0, mix(scene.theme.row, scene.theme.selected, 0.7));
    layer.rect(
        Rect::from_min_max(rect.min, pos2(rect.left() + 2.0, rect.bottom())),
        scene.theme.selected,
    );
    layer.paint(&painter.with_clip_rect(scene.g.canvas));
}

/// A faint frame around what a press would take, or with the eraser take away.
pub fn hover(painter: &Painter, scene: &Scene, rect: Rect, erases: bool) {
    let mut layer = Layer::default();
    if erases {
        layer.frame(rect.expand(1.0), 2.0, scene.theme.error);
    } else {
        layer.frame(rect, 1.0, alpha(scene.theme.selected, 0.75));
    }
    layer.paint(&painter.with_clip_rect(scene.g.canvas));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{JobId, SnapshotNote};

    fn snapshot(decided: f32) -> Snapshot {
        Snapshot {
            job: JobId(1),
            take: 0,
            notes: vec![SnapshotNote {
                track: TrackId(1),
                start: 0,
                length: 10,
                pitch: 60,
                velocity: 80,
                decided,
            }],
        }
    }

    #[test]
    fn notes_fade_and_never_jump() {
        let mut w = Writing::default();
        assert!(w.update(Some(&snapshot(1.0)), FADE / 4.0, false));
        assert!((w.shown()[0] - 0.25).abs() < 1e-6);
        for _ in 0..4 {
            w.update(Some(&snapshot(1.0)), FADE / 4.0, false);
        }
        assert_eq!(w.shown(), [1.0]);
        let empty = Snapshot {
            notes: vec![],
            ..snapshot(0.0)
        };
        assert!(w.update(Some(&empty), FADE / 2.0, false), "it fades out");
        assert!(!w.update(Some(&empty), FADE, false));
        assert!(w.shown().is_empty());
        assert!(
            !w.update(Some(&snapshot(1.0)), 0.001, true),
            "without motion it is there at once"
        );
        assert_eq!(w.shown(), [1.0]);
    }
}
