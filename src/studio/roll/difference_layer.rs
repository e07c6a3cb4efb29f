//! What differs from another state of the piece: notes that came have a bright frame, notes that went are hollow and
//! struck out, notes that changed leave a thin frame where they were. Shapes say it as well as the colour.

use super::mesh::{Layer, crisp};
use super::scene::{Look, Scene, look};
use crate::studio::theme::alpha;
use eframe::egui::{Painter, Rect, pos2};

/// Paints the difference, over the notes.
pub fn paint(painter: &Painter, scene: &Scene) {
    let Some(difference) = scene.input.difference else {
        return;
    };
    let (t, canvas) = (scene.theme, scene.g.canvas);
    let seen = |rect: Rect| rect.expand(2.0).intersects(canvas);
    let mut layer = Layer::default();
    for (track, n) in &difference.removed {
        // A track that is gone has nothing hidden any more.
        let gone = scene.input.score.track(*track).is_none();
        let rect = scene.note_rect(n.start, n.length, n.pitch);
        if !seen(rect) || !(gone || look(scene.input, *track) > Look::Ghost) {
            continue;
        }
        layer.rect(rect, alpha(t.row, 0.6));
        layer.frame(rect, 1.0, t.error);
        let y = crisp(rect.center().y, scene.pixels);
        let stroke = Rect::from_min_max(pos2(rect.left(), y), pos2(rect.right(), y + 1.0));
        layer.rect(stroke, t.error);
    }
    for (place, look) in scene.drawing_order(scene.input.score) {
        let track = scene.input.score.tracks.get(place);
        let Some(track) = track.filter(|_| look > Look::Ghost) else {
            continue;
        };
        for n in scene.in_view(track) {
            if difference.added.contains(&n.id) {
                let rect = scene.note_rect(n.start, n.length, n.pitch);
                layer.frame(rect.expand(1.0), 2.0, t.playing);
            }
        }
    }
    for (track, was) in difference.changed.values() {
        let rect = scene.note_rect(was.start, was.length, was.pitch);
        if seen(rect) && look(scene.input, *track) > Look::Ghost {
            layer.frame(rect, 1.0, alpha(t.text, 0.75));
        }
    }
    layer.paint(painter);
}
