//! The mask as one sees it: tint, hatching and a soft border, so that hue is not the only sign.

use super::cells::{Span, runs};
use super::mesh::{Layer, crisp_rect};
use super::scene::Scene;
use crate::studio::theme::alpha;
use eframe::egui::{Painter, Rect, pos2, vec2};

/// Points from one hatch line to the next.
const HATCH: f32 = 10.0;
/// How far the glow reaches inwards from the border.
const GLOW: f32 = 8.0;
const BORDER: f32 = 1.5;
/// Thickness of the progress line.
const PROGRESS: f32 = 3.0;

/// The part of the canvas a run of pitches of a span takes; what has no end above or
/// below reaches the edge.
fn area(scene: &Scene, span: &Span, low: u8, high: u8) -> Rect {
    let g = &scene.g;
    let mut r = g.cell(span.start as f64, span.end as f64, low, high);
    if high == 127 {
        r.min.y = g.canvas.top();
    }
    if low == 0 {
        r.max.y = g.canvas.bottom();
    }
    crisp_rect(r, scene.pixels)
}

fn in_view<'a>(scene: &'a Scene) -> impl Iterator<Item = &'a Span> {
    let t = scene.g.ticks();
    let cells = &scene.cells.united;
    let first = cells.partition_point(|s| s.end <= t.start);
    cells[first.min(cells.len())..]
        .iter()
        .take_while(move |s| s.start < t.end)
}

/// Tint, hatching and glow: they lie under the notes, which keep their full colour.
pub fn paint_under(painter: &Painter, scene: &Scene) {
    let (canvas, accent) = (scene.g.canvas, scene.theme.mask);
    let mut layer = Layer::default();
    let strength = if scene.theme.dark { 1.0 } else { 1.25 };
    for s in in_view(scene) {
        for (low, high) in runs(s.pitches) {
            let r = area(scene, s, low, high).intersect(canvas);
            layer.rect(r, alpha(accent, 0.07 * strength));
            layer.hatch(r, HATCH, 1.0, alpha(accent, 0.20 * strength));
        }
    }
    edges(scene, &mut |side, from, to| {
        let (a, b) = (alpha(accent, 0.28), alpha(accent, 0.0));
        let inwards = match side {
            Side::Left => vec2(GLOW, 0.0),
            Side::Right => vec2(-GLOW, 0.0),
            Side::Top => vec2(0.0, GLOW),
            Side::Bottom => vec2(0.0, -GLOW),
        };
        layer.shaded([(from, a), (to, a), (from + inwards, b), (to + inwards, b)]);
    });
    layer.paint(&painter.with_clip_rect(canvas));
}

/// The border, and while the model writes its progress along the upper edge: they lie over the notes.
pub fn paint_over(painter: &Painter, scene: &Scene) {
    let accent = scene.theme.mask;
    let mut layer = Layer::default();
    edges(scene, &mut |side, from, to| {
        let half = BORDER / 2.0;
        let out = match side {
            Side::Left | Side::Right => vec2(half, 0.0),
            Side::Top | Side::Bottom => vec2(0.0, half),
        };
        let along = match side {
            Side::Left | Side::Right => vec2(0.0, half),
            Side::Top | Side::Bottom => vec2(half, 0.0),
        };
        layer.rect(
            Rect::from_two_pos(from - out - along, to + out + along),
            accent,
        );
    });
    if let Some(progress) = scene.input.progress {
        line_of_progress(&mut layer, scene, progress);
    }
    layer.paint(&painter.with_clip_rect(scene.g.canvas));
}

fn line_of_progress(layer: &mut Layer, scene: &Scene, progress: f32) {
    let end = scene.input.original.end();
    let spans: Vec<&Span> = scene
        .cells
        .united
        .iter()
        .filter(|s| s.start < end.max(1))
        .collect();
    let length = |s: &Span| (s.end.min(end.max(s.start + 1)) - s.start) as f64;
    let mut left = spans.iter().map(|s| length(s)).sum::<f64>() * progress.clamp(0.0, 1.0) as f64;
    for s in spans {
        let high = (127 - s.pitches.leading_zeros()) as u8;
        let r = area(scene, s, high, high);
        let top = r.top().max(scene.g.canvas.top());
        let strip = |from: f64, to: f64| {
            Rect::from_min_max(
                pos2(scene.g.x(from), top),
                pos2(scene.g.x(to), top + PROGRESS),
            )
            .intersect(scene.g.canvas)
        };
        let (start, whole) = (s.start as f64, length(s));
        let done = left.min(whole);
        layer.rect(strip(start, start + whole), alpha(scene.theme.mask, 0.3));
        layer.rect(strip(start, start + done), scene.theme.mask);
        left -= done;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Top,
    Bottom,
}

/// Calls `edge` for every piece of the outline that is in view; the side says where the outside is.
fn edges(scene: &Scene, edge: &mut dyn FnMut(Side, eframe::egui::Pos2, eframe::egui::Pos2)) {
    let canvas = scene.g.canvas;
    let spans: Vec<&Span> = in_view(scene).collect();
    for (i, s) in spans.iter().enumerate() {
        for (low, high) in runs(s.pitches) {
            let r = area(scene, s, low, high);
            let (left, right) = (r.left().max(canvas.left()), r.right().min(canvas.right()));
            if right <= left {
                continue;
            }
            // Whole columns have no border above and below: there is nothing beyond.
            if high < 127 {
                edge(Side::Top, pos2(left, r.top()), pos2(right, r.top()));
            }
            if low > 0 {
                edge(
                    Side::Bottom,
                    pos2(left, r.bottom()),
                    pos2(right, r.bottom()),
                );
            }
        }
        let before = i
            .checked_sub(1)
            .and_then(|i| spans.get(i))
            .filter(|b| b.end == s.start);
        let after = spans.get(i + 1).filter(|a| a.start == s.end);
        let mut side = |side: Side, bits: u128| {
            for (low, high) in runs(bits) {
                let r = area(scene, s, low, high);
                let x = if side == Side::Left {
                    r.left()
                } else {
                    r.right()
                };
                if x >= canvas.left() - GLOW && x <= canvas.right() + GLOW {
                    edge(side, pos2(x, r.top()), pos2(x, r.bottom()));
                }
            }
        };
        side(Side::Left, s.pitches & !before.map_or(0, |b| b.pitches));
        side(Side::Right, s.pitches & !after.map_or(0, |a| a.pitches));
    }
}
