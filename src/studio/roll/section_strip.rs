//! Sections between ruler and mask lane: a coloured strip from each marker to the next, by its name. Without markers
//! there is no strip.

use super::mesh::{Layer, crisp};
use super::scene::Scene;
use crate::studio::theme::{mix, size};
use eframe::egui::{Align2, FontId, Painter, Rect, pos2};

/// Paints the strip.
pub fn paint(painter: &Painter, scene: &Scene) {
    let (t, strip) = (scene.theme, scene.parts.sections);
    if !strip.is_positive() {
        return;
    }
    let mut layer = Layer::default();
    layer.rect(
        Rect::from_min_max(strip.min, pos2(scene.parts.all.right(), strip.bottom())),
        t.panel,
    );
    let mut names = Vec::new();
    for (i, section) in scene.input.score.sections().into_iter().enumerate() {
        if section.name.is_empty() {
            continue;
        }
        let left = crisp(scene.g.x(f64::from(section.from)), scene.pixels);
        let right = crisp(scene.g.x(f64::from(section.to)), scene.pixels) - 1.0;
        let band = Rect::from_min_max(
            pos2(left, strip.top() + 1.0),
            pos2(right.max(left + 2.0), strip.bottom() - 1.0),
        );
        let shown = band.intersect(strip);
        if !shown.is_positive() {
            continue;
        }
        let chosen = scene.input.loop_range == Some((section.from, section.to));
        let colour = t.track(i);
        let fill = mix(t.panel, colour, if chosen { 0.5 } else { 0.25 });
        layer.rect(shown, fill);
        let edge = Rect::from_min_max(band.min, pos2(left + 3.0, band.bottom()));
        layer.rect(edge.intersect(strip), colour);
        let ink = if chosen { t.text_on(fill) } else { t.text };
        names.push((shown, section.name, ink));
    }
    layer.paint(painter);
    for (band, name, ink) in names {
        let room = band.intersect(painter.clip_rect());
        painter.with_clip_rect(room).text(
            pos2(band.left() + 7.0, band.center().y),
            Align2::LEFT_CENTER,
            name,
            FontId::proportional(size::TEXT_SMALL),
            ink,
        );
    }
}
