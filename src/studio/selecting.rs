//! What the selection commands find, in what is shown.

use super::roll::Grid;
use super::state::State;
use crate::score::select::{self, Joining};
use crate::score::{NoteId, Region, TrackId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What notes are found by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Criterion {
    #[default]
    Pitch,
    PitchClass,
    OutOfKey,
    Short,
    Beat,
    Bars,
    Tracks,
    InHand,
    Written,
    ByHand,
    Masked,
}

/// Every criterion with its name, as the pane lists them.
pub static CRITERIA: [(Criterion, &str); 11] = [
    (Criterion::Pitch, "Same pitch as selected"),
    (Criterion::PitchClass, "Same pitch in any octave"),
    (Criterion::OutOfKey, "Out of key"),
    (Criterion::Short, "Shorter than the grid"),
    (Criterion::Beat, "On certain beats"),
    (Criterion::Bars, "Bars of the selection"),
    (Criterion::Tracks, "Tracks of the selection"),
    (Criterion::InHand, "Track in hand"),
    (Criterion::Written, "Written by a model"),
    (Criterion::ByHand, "Written by hand"),
    (Criterion::Masked, "Masked"),
];

/// Every way to join with its name.
pub static JOININGS: [(Joining, &str); 4] = [
    (Joining::Replace, "Select them"),
    (Joining::Add, "Add to the selection"),
    (Joining::Subtract, "Take from the selection"),
    (Joining::Within, "Keep only them"),
];

/// What the pane is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SelectBy {
    pub criterion: Criterion,
    /// Of every so many beats of a bar one is meant, 1..=16.
    pub every: u32,
    /// The first beat that is meant, from 1.
    pub first: u32,
    pub joining: Joining,
}

impl Default for SelectBy {
    fn default() -> Self {
        SelectBy {
            criterion: Criterion::default(),
            every: 2,
            first: 1,
            joining: Joining::default(),
        }
    }
}

/// Tracks that are meant where none is named: those that are shown.
fn shown_tracks(state: &mut State) -> Vec<TrackId> {
    let preview = state.preview();
    preview
        .tracks
        .iter()
        .map(|t| t.id)
        .filter(|t| !state.hidden.contains(t) || state.track == Some(*t))
        .collect()
}

/// The notes a criterion means now, on the tracks that are shown.
pub fn find(state: &mut State, criterion: Criterion) -> BTreeSet<NoteId> {
    let (preview, tracks) = (state.preview(), shown_tracks(state));
    let bars = state.derived().bars.clone();
    let selection = &state.selection;
    match criterion {
        Criterion::Pitch => select::same_pitch(&preview, &tracks, selection),
        Criterion::PitchClass => select::same_pitch_class(&preview, &tracks, selection),
        Criterion::OutOfKey => select::out_of_key(&preview, &tracks),
        Criterion::Short => {
            let grid = Grid {
                snap: state.snap,
                bars: &bars,
                ppq: preview.ppq,
            };
            select::shorter(&preview, &tracks, &|tick| grid.step(tick))
        }
        Criterion::Beat => {
            let by = state.options.select;
            select::every_beat(&preview, &bars, &tracks, by.every, by.first)
        }
        Criterion::Bars => select::bars_of(&preview, &bars, selection),
        Criterion::Tracks => select::tracks_of(&preview, selection),
        Criterion::InHand => select::all(&preview, state.track.as_slice()),
        Criterion::Written => select::written(&preview, &tracks, false),
        Criterion::ByHand => select::written(&preview, &tracks, true),
        Criterion::Masked => {
            let document = state.document();
            let notes = document.score.notes();
            let mask = document.score.open(&document.mask);
            notes
                .filter(|(t, n)| mask.selects(*t, n))
                .map(|(_, n)| n.id)
                .collect()
        }
    }
}

/// Selects what a criterion means; says so if that is nothing.
pub fn select(state: &mut State, criterion: Criterion) {
    let found = find(state, criterion);
    if found.is_empty() {
        state.toasts.info("There are no such notes.");
    }
    state.selection = found;
}

/// Joins what the pane finds with the selection.
pub fn select_by(state: &mut State) {
    let by = state.options.select;
    let found = find(state, by.criterion);
    state.selection = by.joining.of(&state.selection, found);
}

/// Masks what the pane finds.
pub fn mask_by(state: &mut State) {
    let found = find(state, state.options.select.criterion);
    if !found.is_empty() {
        state.change_mask(|m| m.add(Region::notes(found)));
    }
}

/// Selects every note of the track in hand; a second time, of every track shown.
pub fn select_all(state: &mut State) {
    let preview = state.preview();
    let in_hand = select::all(&preview, state.track.as_slice());
    state.selection = if in_hand.is_empty() || state.selection == in_hand {
        select::all(&preview, &shown_tracks(state))
    } else {
        in_hand
    };
}

/// Selects what is not selected, on the tracks that are shown.
pub fn select_inverse(state: &mut State) {
    let (preview, tracks) = (state.preview(), shown_tracks(state));
    state.selection = select::inverse(&preview, &tracks, &state.selection);
}
