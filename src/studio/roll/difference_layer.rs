//! What differs from another state of the piece: notes that came have a bright frame, notes that went are hollow and
//! struck out, notes that changed leave a thin frame where they were. Shapes say it as well as the colour.

use super::mesh::{Layer, crisp};
use super::notes::pixel_runs;
use super::scene::{Look, Scene, look};
use crate::score::{Difference, Note, TrackId};
use crate::studio::theme::{alpha, mix};
use eframe::egui::{Painter, Rect, pos2};
use std::collections::BTreeSet;

/// Paints the difference, over the notes.
pub fn paint(painter: &Painter, scene: &Scene) {
    let Some(difference) = scene.input.difference else {
        return;
    };
    if scene.overview() {
        far_away(painter, scene, difference);
        return;
    }
    let (t, ticks) = (scene.theme, scene.g.ticks());
    let shown = |track: TrackId| look(scene.input, track) > Look::Ghost;
    // A track that is gone has nothing hidden any more.
    let gone = |track: TrackId| scene.input.score.track(track).is_none();
    let place = |n: &Note| {
        let rect = scene.note_rect(n.start, n.length, n.pitch);
        let near = n.start <= ticks.end && n.end() >= ticks.start;
        Some(rect).filter(|r| near && r.expand(2.0).intersects(scene.g.canvas))
    };
    let mut layer = Layer::default();
    for (track, n) in &difference.removed {
        let Some(rect) = place(n).filter(|_| gone(*track) || shown(*track)) else {
            continue;
        };
        layer.rect(rect, alpha(t.row, 0.6));
        layer.frame(rect, 1.0, t.error);
        let y = crisp(rect.center().y, scene.pixels);
        let stroke = Rect::from_min_max(pos2(rect.left(), y), pos2(rect.right(), y + 1.0));
        layer.rect(stroke, t.error);
    }
    for (track, n) in difference.added.values() {
        if let Some(rect) = place(n).filter(|_| shown(*track)) {
            layer.frame(rect.expand(1.0), 2.0, t.playing);
        }
    }
    for (track, was) in difference.changed.values() {
        if let Some(rect) = place(was).filter(|_| shown(*track)) {
            layer.frame(rect, 1.0, alpha(t.text, 0.75));
        }
    }
    layer.paint(painter);
}

/// What a pixel shows far away; the greater wins where several fall together, so that what went is never hidden.
const CHANGED: u8 = 1;
const ADDED: u8 = 2;
const REMOVED: u8 = 3;

/// As [`paint`], by pixels instead of notes: at this distance frames and strokes would be one blot, and slow.
fn far_away(painter: &Painter, scene: &Scene, difference: &Difference) {
    let (t, g) = (scene.theme, &scene.g);
    let left = g.canvas.left();
    let notes = classes(scene, difference).map(|(n, class)| {
        let (from, to) = (g.x(f64::from(n.start)), g.x(f64::from(n.end())));
        (from - left, to - left, n.pitch, class)
    });
    let mut layer = Layer::default();
    let mut run = |from, to, pitch: u8, class| {
        let top = crisp(g.y(f64::from(pitch) + 1.0), scene.pixels);
        let bottom = crisp(g.y(f64::from(pitch)), scene.pixels).max(top + 1.0);
        let rect = Rect::from_min_max(pos2(left + from, top), pos2(left + to, bottom));
        let colour = match class {
            REMOVED => t.error,
            ADDED => t.playing,
            _ => mix(t.row, t.text, 0.75),
        };
        layer.rect(rect.intersect(g.canvas), colour);
    };
    pixel_runs(notes, g.canvas.width(), g.pitches(), &mut run);
    layer.paint(painter);
}

/// The notes that differ, each with what a pixel of it shows.
fn classes<'d>(scene: &Scene, difference: &'d Difference) -> impl Iterator<Item = (&'d Note, u8)> {
    let shown: BTreeSet<TrackId> = scene
        .drawing_order(scene.input.score)
        .into_iter()
        .filter(|(_, look)| *look > Look::Ghost)
        .filter_map(|(place, _)| scene.input.score.tracks.get(place))
        .map(|t| t.id)
        .collect();
    let known: BTreeSet<TrackId> = scene.input.score.tracks.iter().map(|t| t.id).collect();
    let removed = difference.removed.iter().map(|(t, n)| (*t, n, REMOVED));
    let added = difference.added.values().map(|(t, n)| (*t, n, ADDED));
    let changed = difference.changed.values().map(|(t, n)| (*t, n, CHANGED));
    let all = removed.chain(changed).chain(added);
    all.filter(move |(t, _, class)| shown.contains(t) || (*class == REMOVED && !known.contains(t)))
        .map(|(_, n, class)| (n, class))
}
