//! The whole piece in a strip: drag it to move about.

use super::layout::Parts;
use super::mesh::Layer;
use super::scene::{Look, Scene};
use super::thumbnail::{ThumbNote, fill};
use crate::score::{NoteId, Track};
use crate::studio::theme::{alpha, mix, size};
use eframe::egui::{Align2, Color32, FontId, Mesh, Painter, Rect, Shape, pos2, vec2};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a picture was drawn from.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    rect: Rect,
    end: u32,
    dark: bool,
    looks: Vec<Look>,
    new: BTreeSet<NoteId>,
}

/// The picture of the notes, kept while nothing changes. It holds the tracks it was drawn from, so that
/// an equal address means equal notes.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    key: Option<Key>,
    tracks: Vec<Arc<Track>>,
    mesh: Arc<Mesh>,
}

/// Ticks the strip shows, from 0.
pub fn span(scene_end: u32) -> u32 {
    scene_end.max(1)
}

/// Place of a tick on the strip.
pub fn x(parts: &Parts, end: u32, tick: f64) -> f32 {
    parts.minimap.left() + (tick / span(end) as f64) as f32 * parts.minimap.width()
}

/// Tick at a place on the strip.
pub fn tick(parts: &Parts, end: u32, x: f32) -> f64 {
    ((x - parts.minimap.left()) / parts.minimap.width().max(1.0)) as f64 * span(end) as f64
}

/// Paints the strip. `end` is the last tick it shows.
pub fn paint(painter: &Painter, scene: &Scene, picture: &mut Picture, end: u32) {
    let (t, strip) = (scene.theme, scene.parts.minimap);
    if !strip.is_positive() {
        return;
    }
    let mut under = Layer::default();
    under.rect(strip, t.field);
    let corner = Rect::from_min_max(
        pos2(strip.right(), strip.top()),
        pos2(scene.parts.all.right(), strip.bottom()),
    );
    under.rect(scene.parts.minimap_label.union(corner), t.panel);
    under.rect(strip, t.field);
    for s in &scene.cells.united {
        let r = Rect::from_min_max(
            pos2(x(&scene.parts, end, s.start as f64), strip.top()),
            pos2(x(&scene.parts, end, s.end as f64), strip.bottom()),
        )
        .intersect(strip);
        under.rect(r, alpha(t.mask, 0.2));
        under.rect(Rect::from_min_size(r.min, vec2(r.width(), 2.0)), t.mask);
    }
    under.paint(painter);

    refresh(picture, scene, end);
    if !picture.mesh.is_empty() {
        painter.add(Shape::Mesh(picture.mesh.clone()));
    }

    let mut over = Layer::default();
    if let Some((a, b)) = scene.input.loop_range.filter(|(a, b)| a < b) {
        let band = Rect::from_min_max(
            pos2(x(&scene.parts, end, a as f64), strip.bottom() - 3.0),
            pos2(x(&scene.parts, end, b as f64), strip.bottom()),
        );
        let ink = match scene.input.looping {
            true => t.playing,
            false => t.text_weak,
        };
        over.rect(band.intersect(strip), alpha(ink, 0.7));
    }
    // Outside the window the strip is dimmed, and the window is framed.
    let ticks = scene.g.ticks();
    let window = Rect::from_min_max(
        pos2(x(&scene.parts, end, ticks.start as f64), strip.top() + 1.0),
        pos2(
            x(&scene.parts, end, ticks.end as f64).max(strip.left() + 6.0),
            strip.bottom(),
        ),
    )
    .intersect(strip);
    for side in [
        Rect::from_min_max(strip.min, pos2(window.left(), strip.bottom())),
        Rect::from_min_max(pos2(window.right(), strip.top()), strip.max),
    ] {
        over.rect(side, alpha(t.field, 0.4));
    }
    over.frame(window, 1.0, mix(t.field, t.text, 0.45));
    if let Some(head) = scene.input.playhead {
        let x = x(&scene.parts, end, head);
        over.rect(
            Rect::from_min_max(pos2(x, strip.top()), pos2(x + 1.0, strip.bottom()))
                .intersect(strip),
            t.playing,
        );
    }
    over.rect(
        Rect::from_min_max(
            pos2(scene.parts.all.left(), strip.top()),
            pos2(scene.parts.all.right(), strip.top() + 1.0),
        ),
        t.line,
    );
    over.paint(painter);
    let label = scene.parts.minimap_label;
    painter.text(
        pos2(label.right() - size::GAP, label.center().y),
        Align2::RIGHT_CENTER,
        "Piece",
        FontId::proportional(size::TEXT_SMALL),
        t.text_weak,
    );
}

fn refresh(picture: &mut Picture, scene: &Scene, end: u32) {
    let score = scene.input.score;
    let order = scene.drawing_order(score);
    let key = Key {
        rect: scene.parts.minimap,
        end,
        dark: scene.theme.dark,
        looks: score
            .tracks
            .iter()
            .map(|t| super::scene::look(scene.input, t.id))
            .collect(),
        new: scene.input.take_notes.keys().copied().collect(),
    };
    let same = picture.key.as_ref() == Some(&key)
        && picture.tracks.len() == score.tracks.len()
        && picture
            .tracks
            .iter()
            .zip(&score.tracks)
            .all(|(a, b)| Arc::ptr_eq(a, b));
    if same {
        return;
    }
    let colour = |place: usize, look: Look, new: bool| -> Color32 {
        let c = scene.fill(place, look, 127);
        if new {
            mix(c, scene.theme.mask, 0.35)
        } else {
            c
        }
    };
    let notes = order.into_iter().flat_map(|(place, look)| {
        let track = score.tracks.get(place);
        let key = &key;
        track
            .into_iter()
            .flat_map(|t| &t.notes)
            .map(move |n| ThumbNote {
                start: n.start,
                length: n.length,
                pitch: n.pitch,
                color: colour(place, look, key.new.contains(&n.id)),
            })
    });
    let mut layer = Layer::default();
    fill(
        &mut layer,
        scene.parts.minimap.shrink2(vec2(0.0, 4.0)),
        notes,
        0..span(end),
    );
    picture.mesh = Arc::new(layer.into_mesh());
    picture.tracks = score.tracks.clone();
    picture.key = Some(key);
}
