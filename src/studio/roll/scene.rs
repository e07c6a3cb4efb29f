//! What every layer of a frame is drawn from.

use super::RollInput;
use super::cells::MaskCells;
use super::extent::Extents;
use super::geometry::Geometry;
use super::layout::Parts;
use crate::score::{Note, NoteId, Score, Track, TrackId};
use crate::studio::theme::Theme;
use eframe::egui::{Color32, Rect, pos2};

/// Below so many points a sixteenth, notes are drawn as runs of pixels.
const OVERVIEW: f64 = 3.0;

/// One frame.
pub struct Scene<'a> {
    pub input: &'a RollInput<'a>,
    pub theme: &'static Theme,
    pub parts: Parts,
    pub g: Geometry,
    pub cells: &'a MaskCells,
    pub extents: &'a Extents,
    /// Physical pixels a point.
    pub pixels: f32,
}

/// How prominent a track is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    Hidden,
    Ghost,
    Dim,
    Full,
}

/// How prominent a track is drawn.
pub fn look(input: &RollInput, track: TrackId) -> Look {
    let visible = !input.hidden_tracks.contains(&track);
    match (visible, input.focus_track) {
        (true, None) => Look::Full,
        (_, Some(f)) if f == track => Look::Full,
        (true, _) => Look::Dim,
        (false, _) if input.ghosts && !input.unseen_tracks.contains(&track) => Look::Ghost,
        _ => Look::Hidden,
    }
}

/// Tracks that gestures reach: not hidden, or in focus.
pub fn visible_tracks(input: &RollInput) -> Vec<TrackId> {
    let on = |t: &TrackId| look(input, *t) >= Look::Dim;
    input
        .original
        .tracks
        .iter()
        .map(|t| t.id)
        .filter(on)
        .collect()
}

/// Whether a note is of the take that is shown, not of the document.
pub fn is_new(input: &RollInput, id: NoteId) -> bool {
    id.0 >= input.original.next_id || input.take_notes.contains_key(&id)
}

/// Whether the score shown is not the document's.
pub fn is_preview(input: &RollInput) -> bool {
    !std::ptr::eq(input.score, input.original)
}

impl Scene<'_> {
    /// Places of the tracks of a score in the order to be drawn: the most prominent last.
    pub fn drawing_order(&self, score: &Score) -> Vec<(usize, Look)> {
        let mut order: Vec<(usize, Look)> = score
            .tracks
            .iter()
            .enumerate()
            .map(|(i, t)| (i, look(self.input, t.id)))
            .filter(|(_, l)| *l > Look::Hidden)
            .collect();
        // Later tracks first, so that of equals the upper one in the list lies on top.
        order.sort_by_key(|&(i, l)| (l, std::cmp::Reverse(i)));
        order
    }

    /// Notes of a track that may be in view.
    pub fn in_view<'t>(&self, track: &'t Track) -> &'t [Note] {
        self.extents.reaching(track, self.g.ticks())
    }

    /// Where a note is drawn: a pixel short of its end and of its row, never thinner than two points.
    pub fn note_rect(&self, start: u32, length: u32, pitch: u8) -> Rect {
        note_rect(&self.g, self.pixels, start, length, pitch)
    }

    /// Whether sixteenths are too narrow for single notes.
    pub fn overview(&self) -> bool {
        self.g.scale * self.input.score.ppq as f64 / 4.0 < OVERVIEW
    }

    /// Fill of a note by its track's prominence.
    pub fn fill(&self, place: usize, look: Look, velocity: u8) -> Color32 {
        let full = self
            .theme
            .note(self.theme.track(self.input.score.colour(place)), velocity);
        match look {
            Look::Full => full,
            Look::Dim => crate::studio::theme::mix(full, self.theme.row, self.theme.aside),
            Look::Ghost | Look::Hidden => self.theme.ghost,
        }
    }
}

/// Where a note is drawn.
pub fn note_rect(g: &Geometry, pixels: f32, start: u32, length: u32, pitch: u8) -> Rect {
    use super::mesh::crisp;
    let left = crisp(g.x(start as f64), pixels);
    let right = crisp(g.x(start as f64 + length as f64), pixels) - 1.0;
    let top = crisp(g.y(pitch as f64 + 1.0), pixels);
    let bottom = crisp(g.y(pitch as f64), pixels);
    let gap = if g.row >= 6.0 { 1.0 } else { 0.0 };
    Rect::from_min_max(pos2(left, top + gap), pos2(right.max(left + 2.0), bottom))
}
