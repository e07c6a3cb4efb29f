//! The whole piece in a strip: drag it to move about.

use super::layout::Parts;
use super::mesh::Layer;
use super::overview::{pitches, same_tracks};
use super::scene::{Look, Scene, is_new};
use super::sheet::Sheet;
use crate::score::{NoteId, Track};
use crate::studio::theme::{alpha, mix, size};
use eframe::egui::{Align2, Color32, FontId, Mesh, Painter, Rect, Shape, pos2, vec2};
use std::sync::Arc;

/// Space above the highest and below the lowest note, in points.
const MARGIN: f32 = 4.0;
/// Least height of a note, in points.
const THIN: f32 = 1.5;

/// What the notes of a track were laid out for.
#[derive(Clone, Debug, PartialEq)]
struct Frame {
    size: [usize; 2],
    pixels: f32,
    end: u32,
    pitches: (u8, u8),
    first_new: u32,
}

/// Where the notes of a track lie: 1, or 2 where a take wrote them. It holds the track, so that an equal address means
/// equal notes, and an edit of one track costs nothing on the others.
#[derive(Clone, Debug)]
struct Plane {
    track: Arc<Track>,
    pixels: Arc<Vec<u8>>,
}

/// The picture of the notes, kept while nothing changes.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    frame: Option<Frame>,
    new: Vec<NoteId>,
    planes: Vec<Plane>,
    /// Place, look and colour of each track when the picture was made, and where the theme lay.
    looks: (usize, Vec<(usize, Look, usize)>),
    tracks: Vec<Arc<Track>>,
    sheet: Sheet,
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

    refresh(painter, picture, scene, end);
    if let Some(id) = picture.sheet.id() {
        let mut mesh = Mesh::with_texture(id);
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        mesh.add_rect_with_uv(strip, uv, Color32::WHITE);
        painter.add(Shape::mesh(mesh));
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

fn refresh(painter: &Painter, picture: &mut Picture, scene: &Scene, end: u32) {
    let score = scene.input.score;
    let strip = scene.parts.minimap;
    let most = painter.ctx().input(|i| i.max_texture_side).max(1);
    let side = |points: f32| ((points * scene.pixels).round() as usize).clamp(1, most);
    let frame = Frame {
        size: [side(strip.width()), side(strip.height())],
        pixels: scene.pixels,
        end,
        pitches: around(pitches(scene.extents, &score.tracks)),
        first_new: scene.input.original.next_id,
    };
    let new = scene.input.take_notes;
    let same_frame = picture.frame.as_ref() == Some(&frame)
        && picture.new.len() == new.len()
        && picture.new.iter().eq(new.keys());
    let order = scene.drawing_order(score);
    let looks: Vec<_> = order
        .iter()
        .map(|&(place, look)| (place, look, score.colour(place)))
        .collect();
    let looks = (std::ptr::from_ref(scene.theme).addr(), looks);
    if same_frame && picture.looks == looks && same_tracks(&picture.tracks, &score.tracks) {
        return;
    }
    let known = std::mem::take(&mut picture.planes);
    let mut image = vec![Color32::TRANSPARENT; frame.size[0] * frame.size[1]];
    for (place, look) in order {
        let Some(track) = score.tracks.get(place) else {
            continue;
        };
        let kept = known.iter().find(|p| Arc::ptr_eq(&p.track, track));
        let plane = match kept.filter(|_| same_frame) {
            Some(plane) => plane.clone(),
            None => Plane {
                track: track.clone(),
                pixels: Arc::new(plane(scene, track, &frame)),
            },
        };
        let own = scene.fill(place, look, 127);
        let colours = [own, mix(own, scene.theme.mask, 0.35)];
        for (to, class) in image.iter_mut().zip(plane.pixels.iter()) {
            if let Some(colour) = usize::from(*class).checked_sub(1) {
                *to = colours[colour.min(1)];
            }
        }
        picture.planes.push(plane);
    }
    let name = "overview";
    picture.sheet.set(painter.ctx(), name, frame.size, image);
    picture.tracks.clone_from(&score.tracks);
    picture.new = new.keys().copied().collect();
    (picture.frame, picture.looks) = (Some(frame), looks);
}

/// The pitches the strip shows: at least two octaves, so that a single line does not look like a chord.
fn around(used: Option<(u8, u8)>) -> (u8, u8) {
    let Some((low, high)) = used else {
        return (0, 127);
    };
    let spare = 24u8.saturating_sub(high - low) / 2;
    (
        low.saturating_sub(spare + 1),
        high.saturating_add(spare + 1).min(127),
    )
}

fn plane(scene: &Scene, track: &Track, frame: &Frame) -> Vec<u8> {
    let [w, h] = frame.size;
    let mut pixels = vec![0u8; w * h];
    let (low, high) = frame.pitches;
    let margin = MARGIN * frame.pixels;
    let row = (h as f32 - 2.0 * margin).max(1.0) / (f32::from(high - low) + 1.0);
    let thick = row.max(THIN * frame.pixels);
    let column = w as f64 / f64::from(span(frame.end));
    for n in &track.notes {
        let class = 1 + u8::from(is_new(scene.input, n.id));
        let left = ((f64::from(n.start) * column) as usize).min(w - 1);
        let right = ((f64::from(n.end()) * column).ceil() as usize).clamp(left + 1, w);
        let from = margin + f32::from(high.saturating_sub(n.pitch)) * row;
        let top = (from.round() as usize).min(h - 1);
        let bottom = ((from + thick).round() as usize).clamp(top + 1, h);
        for y in top..bottom {
            if let Some(run) = pixels.get_mut(y * w + left..y * w + right) {
                run.iter_mut().for_each(|p| *p = (*p).max(class));
            }
        }
    }
    pixels
}
