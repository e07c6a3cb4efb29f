//! Small pictures of a piece: for the overview under the roll, and for the strip of takes.

use super::mesh::Layer;
use super::notes::pixel_runs;
use crate::score::{Mask, Score, Take, TrackId};
use crate::studio::theme::{Theme, alpha};
use eframe::egui::{Color32, Painter, Rect, Shape, pos2};
use std::collections::BTreeSet;
use std::ops::Range;

/// A note of a small picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThumbNote {
    /// Ticks.
    pub start: u32,
    pub length: u32,
    pub pitch: u8,
    pub color: Color32,
}

/// The notes of a score, tracks in their colours.
pub fn of_score<'a>(
    score: &'a Score,
    hidden: &'a BTreeSet<TrackId>,
    theme: &'a Theme,
) -> impl Iterator<Item = ThumbNote> + 'a {
    let shown = score
        .tracks
        .iter()
        .enumerate()
        .filter(|(_, t)| !hidden.contains(&t.id));
    shown.flat_map(move |(place, t)| {
        t.notes.iter().map(move |n| ThumbNote {
            start: n.start,
            length: n.length,
            pitch: n.pitch,
            color: theme.track(score.colour(place)),
        })
    })
}

/// The new notes of a take, in the colours of the tracks they are for.
pub fn of_take<'a>(
    take: &'a Take,
    score: &'a Score,
    theme: &'a Theme,
) -> impl Iterator<Item = ThumbNote> + 'a {
    take.notes.iter().map(move |n| ThumbNote {
        start: n.start,
        length: n.length,
        pitch: n.pitch,
        color: theme.track_of(score, n.track),
    })
}

/// Draws notes within a tick range into a rectangle; the pitches that occur fill its height.
pub fn thumbnail(
    painter: &Painter,
    rect: Rect,
    notes: impl IntoIterator<Item = ThumbNote>,
    range: Range<u32>,
) {
    let mut layer = Layer::default();
    fill(&mut layer, rect, notes, range);
    painter.add(Shape::mesh(layer.into_mesh()));
}

/// As [`thumbnail`], with these pitches filling its height: pictures that are to be compared have the same.
pub fn thumbnail_between(
    painter: &Painter,
    rect: Rect,
    notes: impl IntoIterator<Item = ThumbNote>,
    range: Range<u32>,
    pitches: (u8, u8),
) {
    let mut layer = Layer::default();
    let notes = within(notes, &range);
    fill_between(&mut layer, rect, &notes, range, pitches);
    painter.add(Shape::mesh(layer.into_mesh()));
}

/// Marks what a mask covers in a small picture: tinted and hatched, over its whole height.
pub fn hole(
    painter: &Painter,
    rect: Rect,
    score: &Score,
    mask: &Mask,
    range: Range<u32>,
    theme: &Theme,
) {
    let strips = |track: TrackId| mask.strips(track, range.start, range.end);
    let mut spans: Vec<(u32, u32)> = score
        .tracks
        .iter()
        .flat_map(|t| strips(t.id))
        .map(|s| (s.start, s.end))
        .collect();
    spans.sort_unstable();
    // Those of several tracks are one.
    spans.dedup_by(|next, last| {
        let meets = next.0 <= last.1;
        if meets {
            last.1 = last.1.max(next.1);
        }
        meets
    });
    let span = range.end.saturating_sub(range.start).max(1) as f32;
    let x = |tick: u32| rect.left() + (tick - range.start) as f32 / span * rect.width();
    let mut layer = Layer::default();
    for (start, end) in spans {
        let place = Rect::from_x_y_ranges(x(start)..=x(end), rect.y_range());
        layer.rect(place, alpha(theme.mask, 0.12));
        layer.hatch(place, 10.0, 1.0, alpha(theme.mask, 0.28));
        for side in [place.left(), place.right() - 1.5] {
            let edge = Rect::from_x_y_ranges(side..=side + 1.5, rect.y_range());
            layer.rect(edge, theme.mask);
        }
    }
    layer.paint(painter);
}

/// The notes that sound within a range of ticks.
fn within(notes: impl IntoIterator<Item = ThumbNote>, range: &Range<u32>) -> Vec<ThumbNote> {
    notes
        .into_iter()
        .filter(|n| n.start < range.end && n.start.saturating_add(n.length.max(1)) > range.start)
        .collect()
}

/// The pitches a picture of these notes shows, lowest and highest.
pub fn pitches<'a>(notes: impl IntoIterator<Item = &'a ThumbNote>) -> (u8, u8) {
    let around = |(low, high): (u8, u8), n: &ThumbNote| (low.min(n.pitch), high.max(n.pitch));
    let (low, high) = notes.into_iter().fold((127, 0), around);
    if low > high {
        return (0, 127);
    }
    // At least two octaves, so that a single line does not look like a chord.
    let spare = 24u8.saturating_sub(high - low) / 2;
    (
        low.saturating_sub(spare + 1),
        high.saturating_add(spare + 1).min(127),
    )
}

pub(super) fn fill(
    layer: &mut Layer,
    rect: Rect,
    notes: impl IntoIterator<Item = ThumbNote>,
    range: Range<u32>,
) {
    let notes = within(notes, &range);
    let pitches = pitches(&notes);
    fill_between(layer, rect, &notes, range, pitches);
}

fn fill_between(
    layer: &mut Layer,
    rect: Rect,
    notes: &[ThumbNote],
    range: Range<u32>,
    (low, high): (u8, u8),
) {
    let span = range.end.saturating_sub(range.start).max(1) as f32;
    if notes.is_empty() || !rect.is_positive() {
        return;
    }
    let row = rect.height() / (high - low + 1) as f32;
    let thick = row.max(1.5);
    // One class a colour; later colours lie on top.
    let mut colours: Vec<Color32> = Vec::new();
    let classed: Vec<(f32, f32, u8, u8)> = notes
        .iter()
        .map(|n| {
            let class = colours
                .iter()
                .position(|c| *c == n.color)
                .unwrap_or_else(|| {
                    colours.push(n.color);
                    colours.len() - 1
                });
            let x = |tick: f32| (tick - range.start as f32) / span * rect.width();
            let (a, b) = (x(n.start as f32), x((n.start as f32) + n.length as f32));
            (a, b.max(a + 1.0), n.pitch, (class.min(253) + 1) as u8)
        })
        .collect();
    let rows = low..high.saturating_add(1);
    pixel_runs(
        classed.into_iter(),
        rect.width(),
        rows,
        &mut |a, b, pitch, class| {
            let Some(&colour) = colours.get(class as usize - 1) else {
                return;
            };
            let top = rect.top() + (high - pitch) as f32 * row;
            let run = Rect::from_min_max(
                pos2(rect.left() + a, top),
                pos2(rect.left() + b, top + thick),
            );
            layer.rect(run.intersect(rect), colour);
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studio::theme::DARK;

    #[test]
    fn small_pictures_show_a_track_in_its_own_colour() {
        let mut score = Score::default();
        let track = score.add_track("Melody", 0, 0);
        score.add_note(track, 0, 480, 60, 80);
        std::sync::Arc::make_mut(&mut score.tracks[0]).colour = Some(4);
        let none = BTreeSet::new();
        let first = of_score(&score, &none, &DARK).next();
        assert_eq!(first.unwrap().color, DARK.track(4));
    }
}
