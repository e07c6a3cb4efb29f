//! The notes themselves: one mesh a layer, far away as runs of pixels.

use super::mesh::Layer;
use super::scene::{Look, Scene, is_new, is_preview};
use crate::score::{Note, NoteId, Score, pitch_name};
use crate::studio::theme::{Theme, alpha, mix, size};
use eframe::egui::{Align2, Color32, FontId, Painter, Rect, pos2, vec2};

/// A row must be this tall and a note this wide for its name to be written on it.
const NAME_ROOM: (f32, f32) = (15.0, 28.0);
/// With more notes than this in view, narrow ones have no edge: nobody sees it, and it is half of what is drawn.
const DENSE: usize = 4000;
/// Narrow, in points.
const NARROW: f32 = 12.0;
/// Opacity of the outlines of notes that are being replaced, or that a take stands in for.
const OUTLINE_BEHIND: f32 = 0.4;

/// Paints the notes of all tracks that are to be seen.
pub fn paint(painter: &Painter, scene: &Scene) {
    let input = scene.input;
    let mut layer = Layer::default();
    if is_preview(input) {
        for (place, look) in scene.drawing_order(input.original) {
            replaced(&mut layer, scene, place, look);
        }
    }
    let mut names = Vec::new();
    let masked = !scene.cells.is_empty();
    let in_view = match scene.overview() {
        true => 0,
        false => {
            let tracks = input.score.tracks.iter();
            tracks.map(|t| scene.in_view(t).len()).sum()
        }
    };
    let dense = in_view > DENSE;
    layer.reserve(in_view * if dense { 1 } else { 2 });
    for (place, look) in scene.drawing_order(input.score) {
        let Some(track) = input.score.tracks.get(place) else {
            continue;
        };
        if scene.overview() {
            break;
        }
        let mut fills = [None; 128];
        for n in scene.in_view(track) {
            let rect = scene.note_rect(n.start, n.length, n.pitch);
            if !rect.intersects(scene.g.canvas) || !scene.g.rows.has(n.pitch) {
                continue;
            }
            let new = is_new(input, n.id);
            if masked && !new && look > Look::Ghost && scene.cells.selects(track.id, n) {
                let full = scene.fill(place, Look::Full, 127);
                let colour = mix(scene.fill(place, look, 127), full, 0.5);
                if input.progress.is_some() {
                    layer.frame(rect, 1.0, alpha(colour, OUTLINE_BEHIND));
                } else {
                    outline(&mut layer, scene, rect, colour);
                }
                continue;
            }
            // What is new is the show, whatever track it is on.
            let look = if new && look > Look::Ghost {
                Look::Full
            } else {
                look
            };
            let ink = || scene.fill(place, look, n.velocity);
            let fill = match fills.get_mut(usize::from(n.velocity)) {
                Some(known) if !new => *known.get_or_insert_with(ink),
                _ => ink(),
            };
            let fill = match input.take_notes.get(&n.id) {
                // What the model was unsure of stands back a little.
                Some(&c) => mix(fill, scene.theme.row, (1.0 - c.clamp(0.0, 1.0)) * 0.35),
                None => fill,
            };
            let fill = super::surprise::fill(scene, n.id, fill);
            if dense && !new && rect.width() < NARROW {
                layer.rect(rect, fill);
                continue;
            }
            let edge = if new {
                scene.theme.mask
            } else {
                edge_of(fill, scene.theme)
            };
            body(&mut layer, scene, rect, fill, edge);
            if look == Look::Full
                && input.rows.names
                && !track.is_drums()
                && rect.height() >= NAME_ROOM.0 - 1.0
                && rect.width() >= NAME_ROOM.1
            {
                names.push((rect, n.pitch, scene.theme.text_on(fill)));
            }
        }
    }
    selection(&mut layer, scene);
    layer.paint(painter);
    for (rect, pitch, colour) in names {
        painter.with_clip_rect(rect.intersect(scene.g.canvas)).text(
            pos2(
                rect.left().max(scene.g.canvas.left()) + size::UNIT,
                rect.center().y,
            ),
            Align2::LEFT_CENTER,
            pitch_name(pitch),
            FontId::proportional(size::TEXT_SMALL),
            colour,
        );
    }
}

/// Whether the track in focus is the drums'.
pub fn focus_is_drums(scene: &Scene) -> bool {
    let track = scene
        .input
        .focus_track
        .and_then(|t| scene.input.score.track(t));
    track.is_some_and(|t| t.is_drums())
}

fn edge_of(fill: Color32, theme: &Theme) -> Color32 {
    mix(
        fill,
        if theme.dark {
            theme.window
        } else {
            Color32::BLACK
        },
        if theme.dark { 0.55 } else { 0.3 },
    )
}

fn body(layer: &mut Layer, scene: &Scene, rect: Rect, fill: Color32, edge: Color32) {
    let pixel = 1.0 / scene.pixels;
    if rect.width() < 6.0 || rect.height() < 6.0 {
        layer.rect(rect, if rect.width() < 4.0 { fill } else { edge });
        if rect.width() >= 4.0 {
            layer.rect(
                Rect::from_min_max(rect.min, rect.max - vec2(pixel, 0.0)),
                fill,
            );
        }
        return;
    }
    layer.soft_rect(rect, edge, pixel);
    layer.soft_rect(rect.shrink(1.0), fill, pixel);
}

fn outline(layer: &mut Layer, scene: &Scene, rect: Rect, colour: Color32) {
    if rect.width() < 4.0 || rect.height() < 4.0 {
        layer.rect(rect, alpha(colour, 0.5));
    } else {
        // The row's own colour inside keeps the hatching out of the note, so that it reads as hollow.
        layer.rect(rect, alpha(scene.theme.row, 0.6));
        layer.frame(rect, if scene.g.row >= 10.0 { 1.5 } else { 1.0 }, colour);
    }
}

/// Outlines of the document's notes that the shown take replaces.
fn replaced(layer: &mut Layer, scene: &Scene, place: usize, look: Look) {
    let Some(track) = scene.input.original.tracks.get(place) else {
        return;
    };
    if look <= Look::Ghost || scene.overview() {
        return;
    }
    for n in scene.in_view(track) {
        let rect = scene.note_rect(n.start, n.length, n.pitch);
        if rect.intersects(scene.g.canvas) && scene.cells.selects(track.id, n) {
            let colour = scene.fill(place, look, n.velocity);
            layer.frame(rect, 1.0, alpha(colour, OUTLINE_BEHIND));
        }
    }
}

fn selection(layer: &mut Layer, scene: &Scene) {
    let input = scene.input;
    // Most notes are told from the chosen ones by the range of ids alone.
    let (Some(&first), Some(&last)) = (input.selection.first(), input.selection.last()) else {
        return;
    };
    let chosen = |id: NoteId| id >= first && id <= last && input.selection.contains(&id);
    for (place, look) in scene.drawing_order(input.score) {
        let Some(track) = input.score.tracks.get(place).filter(|_| look > Look::Ghost) else {
            continue;
        };
        for n in scene.in_view(track) {
            if !chosen(n.id) {
                continue;
            }
            let rect = scene.note_rect(n.start, n.length, n.pitch);
            if !rect.intersects(scene.g.canvas) {
                continue;
            }
            let outer = rect.expand(1.0);
            layer.soft_rect(outer, scene.theme.selected, 1.0 / scene.pixels);
            let fill = scene.fill(place, Look::Full, n.velocity);
            let fill = super::surprise::fill(scene, n.id, fill);
            let hollow = !is_new(input, n.id) && scene.cells.selects(track.id, n);
            let inner = outer.shrink(2.0_f32.min(rect.height() / 4.0));
            if hollow {
                layer.rect(inner, mix(scene.theme.row, fill, 0.25));
            } else {
                layer.rect(inner, fill);
            }
        }
    }
}

/// Lays notes (left, right, pitch, class above 0) out on a plane of pixels, a row a pitch from the lowest: the greatest
/// class of each.
pub fn pixel_plane(
    notes: impl Iterator<Item = (f32, f32, u8, u8)>,
    width: f32,
    pitches: std::ops::Range<u8>,
) -> Vec<u8> {
    let w = width.ceil().max(0.0) as usize;
    let mut pixels = vec![0u8; w * pitches.len()];
    for (a, b, pitch, class) in notes {
        if b < 0.0 || a >= width || !pitches.contains(&pitch) {
            continue;
        }
        let a = (a.max(0.0) as usize).min(w.saturating_sub(1));
        let b = (b.ceil() as usize).clamp(a + 1, w.max(a + 1));
        let line = (pitch - pitches.start) as usize * w;
        if let Some(cells) = pixels.get_mut(line + a..line + b.min(w)) {
            for p in cells {
                *p = (*p).max(class);
            }
        }
    }
    pixels
}

/// Gathers notes (left, right, pitch, class above 0) into runs of equal pixels and calls `run(left, right,
/// pitch, class)` for each: what is drawn depends on the pixels there are, not on the notes.
pub fn pixel_runs(
    notes: impl Iterator<Item = (f32, f32, u8, u8)>,
    width: f32,
    pitches: std::ops::Range<u8>,
    run: &mut dyn FnMut(f32, f32, u8, u8),
) {
    let w = width.ceil().max(0.0) as usize;
    let pixels = pixel_plane(notes, width, pitches.clone());
    if w == 0 {
        return;
    }
    for (line, pitch) in pixels.chunks_exact(w).zip(pitches) {
        let mut x = 0;
        for group in line.chunk_by(|a, b| a == b) {
            let end = x + group.len();
            if let Some(&class) = group.first().filter(|c| **c > 0) {
                run(x as f32, end as f32, pitch, class);
            }
            x = end;
        }
    }
}

/// The note at a point, where gestures may reach it: the track in focus first, then what lies on top.
/// The flag says whether it belongs to the document (and not to the take that is shown).
pub fn at<'s>(scene: &'s Scene, p: eframe::egui::Pos2) -> Option<Hit<'s>> {
    if !scene.g.canvas.contains(p) {
        return None;
    }
    let score: &'s Score = scene.input.score;
    // Notes are drawn at least two points wide, and taken hold of a point beside.
    let near = |x: f32| scene.g.tick(x).clamp(0.0, f64::from(u32::MAX)) as u32;
    let ticks = near(p.x - 5.0)..near(p.x + 5.0).saturating_add(2);
    let rows = scene.g.pitch(p.y + 2.0)..=scene.g.pitch(p.y - 2.0);
    for (place, look) in scene.drawing_order(score).into_iter().rev() {
        let track = score.tracks.get(place).filter(|_| look > Look::Ghost)?;
        let notes = scene.extents.reaching(track, ticks.clone());
        for note in notes.iter().rev().filter(|n| rows.contains(&n.pitch)) {
            let rect = scene.note_rect(note.start, note.length, note.pitch);
            // Easy to hit: a point more on each side, and the gap to the next row.
            if rect.expand2(vec2(1.0, 0.5)).contains(p) {
                return Some(Hit {
                    track: track.id,
                    note,
                    rect,
                    editable: !is_new(scene.input, note.id),
                });
            }
        }
    }
    None
}

/// A note under the pointer.
#[derive(Clone, Copy)]
pub struct Hit<'a> {
    pub track: crate::score::TrackId,
    pub note: &'a Note,
    pub rect: Rect,
    pub editable: bool,
}

/// Where on a note the pointer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    Left,
    Body,
    Right,
}

impl Hit<'_> {
    /// Which part of the note a place is on. Short notes can be taken by the right end only, so that
    /// there is always a body to move.
    pub fn zone(&self, p: eframe::egui::Pos2) -> Zone {
        let edge = (self.rect.width() / 4.0).min(7.0);
        if self.rect.width() >= 8.0 && p.x >= self.rect.right() - edge {
            Zone::Right
        } else if self.rect.width() >= 20.0 && p.x <= self.rect.left() + edge {
            Zone::Left
        } else {
            Zone::Body
        }
    }

    /// Its id.
    pub fn id(&self) -> NoteId {
        self.note.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_join_what_touches_and_the_greater_class_wins() {
        let mut seen = Vec::new();
        let notes = [
            (0.0, 4.0, 60, 2),
            (4.0, 6.5, 60, 2),
            (2.0, 3.0, 60, 5),
            (90.0, 300.0, 61, 1),
            (-50.0, -1.0, 60, 9),
            (5.0, 6.0, 20, 9),
        ];
        pixel_runs(notes.into_iter(), 100.0, 55..70, &mut |a, b, p, c| {
            seen.push((a, b, p, c))
        });
        assert_eq!(
            seen,
            [
                (0.0, 2.0, 60, 2),
                (2.0, 3.0, 60, 5),
                (3.0, 7.0, 60, 2),
                (90.0, 100.0, 61, 1)
            ]
        );
        pixel_runs(notes.into_iter(), 0.0, 0..128, &mut |_, _, _, _| {
            panic!("nothing to draw on")
        });
    }
}
