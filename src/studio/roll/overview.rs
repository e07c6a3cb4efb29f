//! The notes from far away: a picture with a row a pitch and a column a pixel, made when something changes. What a
//! frame costs then depends neither on the notes nor on the pixels.

use super::extent::Extents;
use super::mesh::crisp;
use super::notes::pixel_runs;
use super::scene::{Look, Scene, is_new};
use super::sheet::Sheet;
use crate::score::{Note, NoteId, Track};
use crate::studio::theme::{alpha, mix};
use eframe::egui::{Color32, Mesh, Painter, Rect, Shape, pos2};
use std::ops::Range;
use std::sync::Arc;

/// What a pixel shows; the greater wins where notes of a track fall together.
const WAITING: u8 = 1;
const FIRST_LOUDNESS: u8 = 2;
const NEW: u8 = 6;

/// What a picture was made of, beside the tracks.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    start: f64,
    scale: f64,
    columns: usize,
    pixels: f32,
    pitches: Range<u8>,
    dark: bool,
    looks: Vec<(usize, Look, usize)>,
    /// State of the mask.
    cells: u64,
    first_new: u32,
}

/// The picture, kept while nothing changes. It holds the tracks it was made of, so that an equal address means equal
/// notes.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    key: Option<Key>,
    tracks: Vec<Arc<Track>>,
    new: Vec<NoteId>,
    /// Rows with anything in them, from the lowest pitch.
    used: Vec<bool>,
    sheet: Sheet,
}

/// Whether two lists hold the very same tracks.
pub fn same_tracks(a: &[Arc<Track>], b: &[Arc<Track>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
}

/// Paints the picture, made anew where it must be.
pub fn paint(painter: &Painter, scene: &Scene, overview: &mut Overview) {
    refresh(painter, scene, overview);
    let (Some(id), Some(key)) = (overview.sheet.id(), &overview.key) else {
        return;
    };
    let g = &scene.g;
    let rows = key.pitches.len().max(1) as f32;
    let mut mesh = Mesh::with_texture(id);
    for (i, pitch) in key.pitches.clone().enumerate() {
        if !overview.used.get(i).copied().unwrap_or(false) {
            continue;
        }
        let top = crisp(g.y(f64::from(pitch) + 1.0), scene.pixels);
        let bottom = crisp(g.y(f64::from(pitch)), scene.pixels).max(top + 1.0);
        let place = Rect::from_min_max(pos2(g.canvas.left(), top), pos2(g.canvas.right(), bottom));
        // The middle of the row: nothing of its neighbours shows.
        let v = (i as f32 + 0.5) / rows;
        let uv = Rect::from_min_max(pos2(0.0, v), pos2(1.0, v));
        mesh.add_rect_with_uv(place, uv, Color32::WHITE);
    }
    painter.add(Shape::mesh(mesh));
}

fn refresh(painter: &Painter, scene: &Scene, overview: &mut Overview) {
    let (g, score) = (&scene.g, scene.input.score);
    let most = painter.ctx().input(|i| i.max_texture_side);
    let order = scene.drawing_order(score);
    let key = Key {
        start: g.start,
        scale: g.scale,
        columns: ((g.canvas.width() * scene.pixels).ceil() as usize).clamp(1, most.max(1)),
        pixels: scene.pixels,
        pitches: g.pitches(),
        dark: scene.theme.dark,
        looks: order
            .iter()
            .map(|&(place, look)| (place, look, score.colour(place)))
            .collect(),
        cells: scene.cells.generation(),
        first_new: scene.input.original.next_id,
    };
    let new = scene.input.take_notes;
    let same = overview.key.as_ref() == Some(&key)
        && same_tracks(&overview.tracks, &score.tracks)
        && overview.new.len() == new.len()
        && overview.new.iter().eq(new.keys());
    if same {
        return;
    }
    let (w, rows) = (key.columns, key.pitches.len());
    let mut image = vec![Color32::TRANSPARENT; w * rows];
    overview.used = vec![false; rows];
    for (place, look) in order {
        draw(scene, place, look, &key, &mut image, &mut overview.used);
    }
    overview
        .sheet
        .set(painter.ctx(), "roll from far away", [w, rows], image);
    overview.tracks.clone_from(&score.tracks);
    overview.new = new.keys().copied().collect();
    overview.key = Some(key);
}

fn draw(
    scene: &Scene,
    place: usize,
    look: Look,
    key: &Key,
    image: &mut [Color32],
    used: &mut [bool],
) {
    let Some(track) = scene.input.score.tracks.get(place) else {
        return;
    };
    let masked = look > Look::Ghost && !scene.cells.is_empty();
    let class = |n: &Note| {
        if is_new(scene.input, n.id) {
            NEW
        } else if masked && scene.cells.selects(track.id, n) {
            WAITING
        } else {
            FIRST_LOUDNESS + (n.velocity / 32).min(3)
        }
    };
    let colours: Vec<Color32> = (0..=NEW)
        .map(|class| match class {
            0 => Color32::TRANSPARENT,
            WAITING => alpha(scene.fill(place, look, 100), 0.4),
            NEW => mix(scene.fill(place, look, 127), scene.theme.mask, 0.35),
            loud => scene.fill(place, look, (loud - FIRST_LOUDNESS) * 32 + 31),
        })
        .collect();
    let g = &scene.g;
    let column = key.columns as f64 / f64::from(g.canvas.width().max(1.0));
    let x = |tick: u32| ((f64::from(tick) - g.start) * g.scale * column) as f32;
    let notes = scene.in_view(track).iter();
    let notes = notes.map(|n| (x(n.start), x(n.end()), n.pitch, class(n)));
    pixel_runs(
        notes,
        key.columns as f32,
        key.pitches.clone(),
        &mut |a, b, pitch, class| {
            let row = usize::from(pitch - key.pitches.start);
            let Some(&colour) = colours.get(usize::from(class)) else {
                return;
            };
            if let Some(used) = used.get_mut(row) {
                *used = true;
            }
            let from = row * key.columns;
            let Some(run) = image.get_mut(from + a as usize..from + b as usize) else {
                return;
            };
            if colour.is_opaque() {
                run.fill(colour);
            } else {
                run.iter_mut().for_each(|p| *p = p.blend(colour));
            }
        },
    );
}

/// The lowest and the highest pitch of a score; `None` where there is no note.
pub fn pitches(extents: &Extents, tracks: &[Arc<Track>]) -> Option<(u8, u8)> {
    let all = tracks.iter().map(|t| extents.of(t));
    let (low, high) = all.fold((127u8, 0u8), |(l, h), e| (l.min(e.low), h.max(e.high)));
    (low <= high).then_some((low, high))
}
