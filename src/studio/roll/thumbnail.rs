//! Small pictures of a piece: for the overview under the roll, and for the strip of takes.

use super::mesh::Layer;
use super::notes::pixel_runs;
use crate::score::{Score, Take, TrackId};
use crate::studio::theme::Theme;
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
            color: theme.track(place),
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

pub(super) fn fill(
    layer: &mut Layer,
    rect: Rect,
    notes: impl IntoIterator<Item = ThumbNote>,
    range: Range<u32>,
) {
    let span = range.end.saturating_sub(range.start).max(1) as f32;
    let notes: Vec<ThumbNote> = notes
        .into_iter()
        .filter(|n| n.start < range.end && n.start.saturating_add(n.length.max(1)) > range.start)
        .collect();
    if notes.is_empty() || !rect.is_positive() {
        return;
    }
    let low = notes.iter().map(|n| n.pitch).min().unwrap_or(0);
    let high = notes.iter().map(|n| n.pitch).max().unwrap_or(127);
    // At least two octaves, so that a single line does not look like a chord.
    let spare = 24u8.saturating_sub(high - low) / 2;
    let (low, high) = (
        low.saturating_sub(spare + 1),
        high.saturating_add(spare + 1).min(127),
    );
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
