//! The notes from far away: a picture with a row a pitch and a column a pixel, made when something changes. What a
//! frame costs then depends neither on the notes nor on the pixels.

use super::extent::Extents;
use super::mesh::crisp;
use super::notes::pixel_plane;
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

/// What the notes of a track were laid out for.
#[derive(Clone, Debug, PartialEq)]
struct Frame {
    start: f64,
    scale: f64,
    columns: usize,
    pixels: f32,
    pitches: Range<u8>,
    /// State of the mask.
    cells: u64,
    first_new: u32,
}

/// What every pixel of a track shows. It holds the track, so that an equal address means equal notes, and an edit of
/// one track costs nothing on the others.
#[derive(Clone, Debug)]
struct Plane {
    track: Arc<Track>,
    look: Look,
    pixels: Arc<Vec<u8>>,
    /// Rows with anything in them, from the lowest pitch.
    used: Arc<Vec<bool>>,
}

/// The picture, kept while nothing changes.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    frame: Option<Frame>,
    new: Vec<NoteId>,
    planes: Vec<Plane>,
    /// Place, look and colour of each track when the picture was made, and where the theme lay.
    looks: (usize, Vec<(usize, Look, usize)>),
    tracks: Vec<Arc<Track>>,
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
    let (Some(id), Some(frame)) = (overview.sheet.id(), &overview.frame) else {
        return;
    };
    let g = &scene.g;
    let rows = frame.pitches.len().max(1) as f32;
    let mut mesh = Mesh::with_texture(id);
    for (i, pitch) in frame.pitches.clone().enumerate() {
        if !overview.used.get(i).copied().unwrap_or(false) || !g.rows.has(pitch) {
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
    let frame = Frame {
        start: g.start,
        scale: g.scale,
        columns: ((g.canvas.width() * scene.pixels).ceil() as usize).clamp(1, most.max(1)),
        pixels: scene.pixels,
        pitches: g.pitches(),
        cells: scene.cells.generation(),
        first_new: scene.input.original.next_id,
    };
    let new = scene.input.take_notes;
    let same_frame = overview.frame.as_ref() == Some(&frame)
        && overview.new.len() == new.len()
        && overview.new.iter().eq(new.keys());
    let order = scene.drawing_order(score);
    let looks = order.iter();
    let looks: Vec<_> = looks.map(|&(i, look)| (i, look, score.colour(i))).collect();
    let looks = (std::ptr::from_ref(scene.theme).addr(), looks);
    if same_frame && overview.looks == looks && same_tracks(&overview.tracks, &score.tracks) {
        return;
    }
    let known = std::mem::take(&mut overview.planes);
    let (w, rows) = (frame.columns, frame.pitches.len());
    let mut image = vec![Color32::TRANSPARENT; w * rows];
    overview.used = vec![false; rows];
    for (place, look) in order {
        let Some(track) = score.tracks.get(place) else {
            continue;
        };
        let same = |p: &&Plane| same_frame && p.look == look && Arc::ptr_eq(&p.track, track);
        let plane = match known.iter().find(same) {
            Some(plane) => plane.clone(),
            None => plane(scene, track, look, &frame),
        };
        colour(scene, place, &plane, w, &mut image);
        for (all, own) in overview.used.iter_mut().zip(plane.used.iter()) {
            *all |= own;
        }
        overview.planes.push(plane);
    }
    let name = "roll from far away";
    overview.sheet.set(painter.ctx(), name, [w, rows], image);
    overview.tracks.clone_from(&score.tracks);
    overview.new = new.keys().copied().collect();
    (overview.frame, overview.looks) = (Some(frame), looks);
}

fn plane(scene: &Scene, track: &Arc<Track>, look: Look, frame: &Frame) -> Plane {
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
    let g = &scene.g;
    let column = frame.columns as f64 / f64::from(g.canvas.width().max(1.0));
    let x = |tick: u32| ((f64::from(tick) - g.start) * g.scale * column) as f32;
    let notes = scene.in_view(track).iter();
    let notes = notes.map(|n| (x(n.start), x(n.end()), n.pitch, class(n)));
    let pixels = pixel_plane(notes, frame.columns as f32, frame.pitches.clone());
    let rows = pixels.chunks_exact(frame.columns.max(1));
    let used = rows.map(|row| row.iter().any(|p| *p > 0)).collect();
    Plane {
        track: track.clone(),
        look,
        pixels: Arc::new(pixels),
        used: Arc::new(used),
    }
}

/// Puts a track's pixels over those that are there.
fn colour(scene: &Scene, place: usize, plane: &Plane, w: usize, image: &mut [Color32]) {
    let look = plane.look;
    let colours: [Color32; NEW as usize + 1] = std::array::from_fn(|class| match class as u8 {
        0 => Color32::TRANSPARENT,
        WAITING => alpha(scene.fill(place, look, 100), 0.4),
        NEW => mix(scene.fill(place, look, 127), scene.theme.mask, 0.35),
        loud => scene.fill(place, look, (loud - FIRST_LOUDNESS) * 32 + 31),
    });
    let rows = plane.pixels.chunks_exact(w.max(1));
    let rows = rows.zip(image.chunks_exact_mut(w.max(1)));
    for ((from, to), _) in rows.zip(plane.used.iter()).filter(|(_, used)| **used) {
        for (class, to) in from.iter().zip(to) {
            match colours.get(usize::from(*class)) {
                Some(c) if c.is_opaque() => *to = *c,
                Some(c) if *class > 0 => *to = to.blend(*c),
                _ => {}
            }
        }
    }
}

/// The lowest and the highest pitch of a score; `None` where there is no note.
pub fn pitches(extents: &Extents, tracks: &[Arc<Track>]) -> Option<(u8, u8)> {
    let all = tracks.iter().map(|t| extents.of(t));
    let (low, high) = all.fold((127u8, 0u8), |(l, h), e| (l.min(e.low), h.max(e.high)));
    (low <= high).then_some((low, high))
}
