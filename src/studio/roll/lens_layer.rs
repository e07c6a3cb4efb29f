//! What would be lost on the way through a representation: lost notes are hollow and struck out, notes that
//! would come back elsewhere have a thin frame there, other lengths a mark at their end. Shapes say it as
//! well as the colour.

use super::mesh::Layer;
use super::notes::pixel_runs;
use super::scene::{Look, Scene};
use crate::studio::theme::alpha;
use crate::tokenizer::lens::{Change, Fate, Kind, RoundTrip};
use eframe::egui::{Painter, Rect, pos2, vec2};

/// How far the stroke through a lost note reaches beyond it.
const REACH: f32 = 3.0;

/// Paints what the lens found, over the notes.
pub fn paint(painter: &Painter, scene: &Scene) {
    let Some(trip) = scene.input.lens else { return };
    let mut layer = Layer::default();
    for (place, look) in scene.drawing_order(scene.input.score) {
        let Some(track) = scene
            .input
            .score
            .tracks
            .get(place)
            .filter(|_| look > Look::Ghost)
        else {
            continue;
        };
        if scene.overview() {
            overview(&mut layer, scene, trip, track);
            continue;
        }
        for n in scene.in_view(track) {
            match trip.fates.get(&n.id) {
                Some(Fate::Lost(_)) => {
                    let rect = scene.note_rect(n.start, n.length, n.pitch);
                    if rect.intersects(scene.g.canvas) {
                        struck(&mut layer, scene, rect);
                    }
                }
                Some(Fate::Changed(c)) => comes_back(&mut layer, scene, c),
                Some(Fate::Kept) | None => {}
            }
        }
    }
    if !scene.overview() {
        for n in &trip.invented {
            let rect = scene.note_rect(n.start, n.length, n.pitch);
            if rect.intersects(scene.g.canvas) {
                layer.frame(rect, 1.0, scene.theme.error);
            }
        }
    }
    layer.paint(painter);
}

fn struck(layer: &mut Layer, scene: &Scene, rect: Rect) {
    let colour = scene.theme.error;
    layer.rect(rect, alpha(scene.theme.row, 0.72));
    // What is too small for a frame is a faint body behind its stroke.
    let small = rect.width() < 6.0 || rect.height() < 6.0;
    if small {
        layer.rect(rect, alpha(colour, 0.4));
    } else {
        layer.frame(rect, 1.0, colour);
    }
    let middle = super::mesh::crisp(rect.center().y, scene.pixels);
    let half = if small { 0.5 } else { 1.0 };
    let stroke = Rect::from_min_max(
        pos2(rect.left() - REACH, middle - half),
        pos2(rect.right() + REACH, middle + half),
    );
    layer.rect(stroke, colour);
}

fn comes_back(layer: &mut Layer, scene: &Scene, c: &Change) {
    let rect = scene.note_rect(c.start, c.length, c.pitch);
    if !rect.expand(REACH).intersects(scene.g.canvas) {
        return;
    }
    let colour = alpha(scene.theme.text, 0.8);
    match c.kind {
        Kind::Track | Kind::Pitch | Kind::Moved => layer.frame(rect, 1.0, colour),
        Kind::Length => {
            let top = rect.right_top() - vec2(1.0, 0.0);
            layer.rect(Rect::from_min_max(top, rect.max), colour);
        }
        // Loudness has no place on the roll.
        Kind::Velocity => {}
    }
}

/// Far away only what is lost is seen, as runs of pixels.
fn overview(layer: &mut Layer, scene: &Scene, trip: &RoundTrip, track: &crate::score::Track) {
    let g = &scene.g;
    let lost = scene
        .in_view(track)
        .iter()
        .filter(|n| matches!(trip.fates.get(&n.id), Some(Fate::Lost(_))))
        .map(|n| {
            let (a, b) = (g.x(n.start as f64), g.x(n.end() as f64));
            (a - g.canvas.left(), b - g.canvas.left(), n.pitch, 1)
        });
    let colour = scene.theme.error;
    pixel_runs(
        lost,
        g.canvas.width(),
        g.pitches(),
        &mut |a, b, pitch, _| {
            if !g.rows.has(pitch) {
                return;
            }
            let top = super::mesh::crisp(g.y(pitch as f64 + 1.0), scene.pixels);
            let bottom = super::mesh::crisp(g.y(pitch as f64), scene.pixels).max(top + 1.0);
            let left = g.canvas.left();
            let rect = Rect::from_min_max(pos2(left + a, top), pos2(left + b, bottom));
            layer.rect(rect.intersect(g.canvas), colour);
        },
    );
}
