//! Rows and lines behind the notes.

use super::Snap;
use super::mesh::{Layer, crisp};
use super::scene::Scene;
use crate::studio::theme::mix;
use eframe::egui::{Color32, Painter, Rect, pos2};

/// Whether a pitch has a black key.
pub fn is_black(pitch: u8) -> bool {
    matches!(pitch % 12, 1 | 3 | 6 | 8 | 10)
}

/// Points from one line to the next at which a line begins to show, and at which it shows fully.
const FADE: (f32, f32) = (7.0, 16.0);

fn fade(gap: f32) -> f32 {
    ((gap - FADE.0) / (FADE.1 - FADE.0)).clamp(0.0, 1.0)
}

/// Every how many bars something `width` points wide has room, a power of two.
pub fn stride(scene: &Scene, width: f32) -> u32 {
    let t = scene.g.ticks();
    let bars = scene.input.bars;
    let (first, last) = (
        bars.bar_at(t.start),
        bars.bar_at(t.end.max(t.start + 1) - 1),
    );
    let many = (last - first + 1) as f64;
    let bar = (bars.end(last) - bars.start(first)) as f64 * scene.g.scale / many;
    let mut stride = 1u32;
    while stride < 1 << 20 && bar * (stride as f64) < width as f64 {
        stride *= 2;
    }
    stride
}

/// Paints rows, and the lines of octaves, bars, beats and grid steps.
pub fn paint(painter: &Painter, scene: &Scene) {
    let (g, t) = (&scene.g, scene.theme);
    let canvas = g.canvas;
    let mut layer = Layer::default();
    layer.rect(canvas, t.row);
    let look = scene.input.rows;
    let folded = g.rows.count() < 128.0;
    let classes = super::rows::scale(look.major_tonic);
    for pitch in g.shown() {
        let (top, bottom) = (
            crisp(g.y(pitch as f64 + 1.0), scene.pixels),
            crisp(g.y(pitch as f64), scene.pixels),
        );
        let row = |y0: f32, y1: f32| {
            Rect::from_min_max(pos2(canvas.left(), y0), pos2(canvas.right(), y1)).intersect(canvas)
        };
        // Lit, the key's rows stand out instead of the white keys'.
        let dark = match look.highlight {
            true => classes >> (pitch % 12) & 1 == 0,
            false => is_black(pitch),
        };
        if dark {
            let deeper = if look.highlight { 0.04 } else { 0.0 };
            layer.rect(row(top, bottom), mix(t.row_black, Color32::BLACK, deeper));
        } else if look.highlight {
            let lit = match t.dark {
                true => mix(t.row, t.selected, 0.05),
                false => mix(t.row, Color32::WHITE, 0.8),
            };
            // The tonic by its hue, so that it is not taken for a row outside the key.
            let tonic = pitch % 12 == look.tonic;
            let fill = if tonic {
                mix(lit, t.track(0), 0.2)
            } else {
                lit
            };
            layer.rect(row(top, bottom), fill);
        }
        match pitch % 12 {
            0 => layer.rect(row(bottom - 1.0, bottom), t.line_octave),
            // Neighbours that are a step or more apart are not told apart by their shade.
            _ if folded && g.row >= 8.0 => layer.rect(row(bottom - 1.0, bottom), t.line_division),
            5 if g.row >= 8.0 => layer.rect(row(bottom - 1.0, bottom), t.line_division),
            _ => {}
        }
    }
    lines(scene, canvas, &mut |x, c| {
        layer.rect(
            Rect::from_min_max(pos2(x, canvas.top()), pos2(x + 1.0, canvas.bottom())),
            c,
        );
    });
    layer.paint(painter);
}

/// Calls `line(x, colour)` for every vertical line in view.
pub fn lines(scene: &Scene, area: Rect, line: &mut dyn FnMut(f32, Color32)) {
    let (g, t, bars) = (&scene.g, scene.theme, scene.input.bars);
    let ticks = g.ticks();
    let ppq = scene.input.score.ppq;
    let step = stride(scene, 18.0);
    let first = bars.bar_at(ticks.start) / step * step;
    let mut place = |tick: f64, c: Color32| {
        let x = crisp(g.x(tick), scene.pixels);
        if x >= area.left() && x < area.right() {
            line(x, c);
        }
    };
    let mut bar = first;
    loop {
        let start = bars.start(bar);
        if start >= ticks.end || bar.checked_add(step).is_none() {
            break;
        }
        if step == 1 {
            let end = bars.end(bar);
            let beat = bars.meter(bar).beat_ticks(ppq) as f64;
            let finer = match scene.input.snap {
                Snap::Division(n) | Snap::Swing { division: n, .. } => ppq as f64 / n.max(1) as f64,
                _ => beat,
            };
            let late = match scene.input.snap {
                Snap::Swing { percent, .. } => {
                    (f64::from(percent.clamp(50, 75)) - 50.0) / 50.0 * finer
                }
                _ => 0.0,
            };
            for (gap, colour) in [(finer, t.line_division), (beat, t.line_beat)] {
                let strength = fade((gap * g.scale) as f32);
                if strength <= 0.0 || (gap == finer && finer >= beat && colour == t.line_division) {
                    continue;
                }
                let of_grid = colour == t.line_division;
                let colour = mix(t.row, colour, strength);
                let mut k = 1.0;
                while (start as f64 + k * gap) < end as f64 - 0.5 {
                    // Every second line of a grid that swings is late.
                    let swung = of_grid && k % 2.0 == 1.0;
                    let line = k * gap + if swung { late } else { 0.0 };
                    place(start as f64 + line.round(), colour);
                    k += 1.0;
                }
            }
        }
        place(start as f64, t.line_bar);
        bar += step;
    }
}
