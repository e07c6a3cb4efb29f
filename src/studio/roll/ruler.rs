//! Above the notes: bar numbers with the loop, and the lane on which bars are masked.

use super::cells::ALL;
use super::grid::{self, stride};
use super::mesh::{Layer, crisp};
use super::scene::Scene;
use crate::studio::theme::{alpha, mix, size};
use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, pos2, vec2};

/// Points a bar must have for each to be numbered.
const NUMBER_ROOM: f32 = 36.0;

/// Paints ruler, loop band, mask lane and the corner that names them.
pub fn paint(painter: &Painter, scene: &Scene) {
    let (t, p, g) = (scene.theme, &scene.parts, &scene.g);
    let mut layer = Layer::default();
    layer.rect(p.ruler, t.panel);
    layer.rect(p.mask_lane, t.field);
    layer.rect(p.corner, t.panel);
    layer.rect(
        Rect::from_min_max(
            pos2(p.ruler.right(), p.ruler.top()),
            pos2(p.all.right(), p.mask_lane.bottom()),
        ),
        t.panel,
    );

    if let Some((a, b)) = scene.input.loop_range.filter(|(a, b)| a < b) {
        let band = Rect::from_min_max(
            pos2(crisp(g.x(a as f64), scene.pixels), p.ruler.top()),
            pos2(
                crisp(g.x(b as f64), scene.pixels),
                p.ruler.top() + p.ruler.height() / 2.0,
            ),
        );
        let shown = band.intersect(p.ruler);
        let ink = match scene.input.looping {
            true => t.playing,
            false => t.text_weak,
        };
        layer.rect(shown, alpha(ink, 0.28));
        for x in [band.left(), band.right() - 2.0] {
            let edge = Rect::from_min_size(pos2(x, band.top()), vec2(2.0, band.height()));
            layer.rect(edge.intersect(p.ruler), ink);
        }
    }

    let bars = scene.input.bars;
    let ticks = g.ticks();
    let step = stride(scene, NUMBER_ROOM);
    grid::lines(scene, p.ruler, &mut |x, c| {
        let strong = c == t.line_bar;
        let height = if strong { p.ruler.height() } else { 4.0 };
        let line = Rect::from_min_max(
            pos2(x, p.ruler.bottom() - height),
            pos2(x + 1.0, p.ruler.bottom()),
        );
        layer.rect(line, c);
        if strong {
            let below = Rect::from_min_max(
                pos2(x, p.mask_lane.top()),
                pos2(x + 1.0, p.mask_lane.bottom()),
            );
            layer.rect(below, t.line_beat);
        }
    });
    lane(&mut layer, scene);
    for y in [p.ruler.bottom(), p.mask_lane.bottom() - 1.0] {
        layer.rect(
            Rect::from_min_max(pos2(p.all.left(), y), pos2(p.all.right(), y + 1.0)),
            t.line,
        );
    }
    layer.paint(painter);

    let clip = painter.with_clip_rect(p.ruler.intersect(painter.clip_rect()));
    let font = FontId::proportional(size::TEXT_SMALL);
    let mut bar = bars.bar_at(ticks.start) / step * step;
    let mut meter = bar.checked_sub(1).map(|b| bars.meter(b));
    while bars.start(bar) < ticks.end {
        let x = g.x(bars.start(bar) as f64) + size::UNIT;
        let number = clip.text(
            pos2(x, p.ruler.top() + 7.5),
            Align2::LEFT_CENTER,
            format!("{}", bar + 1),
            font.clone(),
            t.text_weak,
        );
        let now = bars.meter(bar);
        let changed =
            meter.is_none_or(|m| (m.numerator, m.denominator) != (now.numerator, now.denominator));
        let room = bars.length(bar) as f64 * g.scale * step as f64;
        if changed && room > number.width() as f64 + 40.0 {
            clip.text(
                pos2(number.right() + 6.0, p.ruler.top() + 7.5),
                Align2::LEFT_CENTER,
                format!("{}/{}", now.numerator, now.denominator),
                font.clone(),
                mix(t.text_weak, t.panel, 0.25),
            );
        }
        meter = Some(now);
        let Some(next) = bar.checked_add(step) else {
            break;
        };
        bar = next;
    }
    painter.text(
        pos2(p.corner.right() - size::GAP, p.mask_lane.center().y - 0.5),
        Align2::RIGHT_CENTER,
        "Mask",
        font,
        if scene.cells.is_empty() {
            t.text_weak
        } else {
            t.mask
        },
    );
}

/// Masked time on the lane: solid where every pitch is masked, half as high where only some are, and the
/// names of the tracks meant where not all are.
fn lane(layer: &mut Layer, scene: &Scene) {
    let (t, p) = (scene.theme, &scene.parts);
    for s in &scene.cells.united {
        let whole = s.pitches == ALL;
        let r = Rect::from_min_max(
            pos2(
                crisp(scene.g.x(s.start as f64), scene.pixels),
                p.mask_lane.top() + if whole { 3.0 } else { 7.0 },
            ),
            pos2(
                crisp(scene.g.x(s.end as f64), scene.pixels),
                p.mask_lane.bottom() - 4.0,
            ),
        )
        .intersect(p.mask_lane);
        layer.rect(
            r,
            if whole {
                t.mask
            } else {
                mix(t.field, t.mask, 0.7)
            },
        );
    }
}

/// Says which tracks a piece of the mask means, where it does not mean all that are visible.
pub fn paint_scope(painter: &Painter, scene: &Scene) {
    let canvas = scene.g.canvas;
    for (start, high, tracks) in &scene.cells.scopes {
        let at = pos2(
            scene.g.x(*start as f64).max(canvas.left()) + 4.0,
            scene.g.y(*high as f64 + 1.0).max(canvas.top()) + 4.0,
        );
        if !canvas.contains(at) {
            continue;
        }
        let named = tracks.iter().filter_map(|t| scene.input.original.track(*t));
        let names: Vec<&str> = named.map(|t| t.name.as_str()).collect();
        tag(painter, scene, at, &format!("{} only", names.join(", ")));
    }
}

/// A small label in the mask's colour.
fn tag(painter: &Painter, scene: &Scene, at: Pos2, words: &str) {
    let t = scene.theme;
    let painter = painter.with_clip_rect(scene.g.canvas);
    let galley = painter.layout_no_wrap(
        words.into(),
        FontId::proportional(size::TEXT_SMALL),
        t.text_on_accent,
    );
    let r = Rect::from_min_size(at, galley.size() + vec2(8.0, 4.0));
    painter.rect_filled(r, 2.0, t.mask);
    painter.galley(at + vec2(4.0, 2.0), galley, t.text_on_accent);
}

/// Playhead over everything, its head in the ruler.
pub fn paint_playhead(painter: &Painter, scene: &Scene) {
    let (t, p) = (scene.theme, &scene.parts);
    let Some(tick) = scene.input.playhead else {
        return;
    };
    let x = crisp(scene.g.x(tick), scene.pixels);
    if x < p.canvas.left() - 0.5 || x > p.canvas.right() {
        return;
    }
    let bottom = if p.velocity.is_positive() {
        p.velocity.bottom()
    } else {
        p.canvas.bottom()
    };
    let width = if scene.input.playing { 2.0 } else { 1.0 };
    let line = Rect::from_min_max(pos2(x, p.ruler.bottom() - 8.0), pos2(x + width, bottom));
    painter.rect_filled(line, 0.0, t.playing);
    let y = p.ruler.bottom();
    let c = x + width / 2.0;
    painter.add(Shape::convex_polygon(
        vec![
            pos2(c - 5.0, y - 10.0),
            pos2(c + 5.0, y - 10.0),
            pos2(c + 5.0, y - 6.0),
            pos2(c, y),
            pos2(c - 5.0, y - 6.0),
        ],
        t.playing,
        (0.0, Color32::TRANSPARENT),
    ));
}
