//! What the shaping commands do to the selected notes: the score's operations, applied to what is shown.

use super::notes::{hear_first, show_selection};
use super::options::Pane;
use super::roll::Grid;
use super::state::State;
use crate::score::key::scale_tonic;
use crate::score::shape::{self, Change};
use crate::score::{Bars, Note, NoteId, Score, select};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Applies a change as one step and shows where it went; `otherwise` is said where it changes nothing.
fn apply(state: &mut State, verb: &str, change: Change, otherwise: &str) {
    let preview = state.preview();
    let Some((edit, new)) = change.edit(&preview, verb) else {
        state.toasts.info(otherwise);
        return;
    };
    let some = !state.selection.is_empty();
    state.edit(edit);
    if some {
        // Parts of what was selected are selected, too.
        state.selection.extend(new);
        state.tidy();
    }
    show_selection(state);
}

fn shown(state: &mut State) -> (Arc<Score>, Bars) {
    (state.preview(), state.derived().bars.clone())
}

/// The selection, or all notes of the track in hand.
pub fn chosen(state: &mut State) -> BTreeSet<NoteId> {
    if state.selection.is_empty() {
        select::all(&state.preview(), state.track.as_slice())
    } else {
        state.selection.clone()
    }
}

/// Lets every note last until the next.
pub fn legato(state: &mut State) {
    let change = shape::legato(&state.preview(), &state.selection);
    apply(
        state,
        "Legato of",
        change,
        "Every note lasts until the next already.",
    );
}

/// Cuts notes where another of their pitch begins.
pub fn trim_overlaps(state: &mut State) {
    let change = shape::trim_overlaps(&state.preview(), &state.selection);
    apply(
        state,
        "Remove overlaps of",
        change,
        "No selected notes overlap.",
    );
}

/// Makes one note of all of a pitch.
pub fn join(state: &mut State) {
    let change = shape::join(&state.preview(), &state.selection);
    apply(
        state,
        "Join",
        change,
        "Select several notes of one pitch to join them.",
    );
}

/// Makes one note of neighbours of a pitch. Played notes that should touch are a little apart: a 64th is bridged.
pub fn glue(state: &mut State) {
    let preview = state.preview();
    let change = shape::glue(&preview, &state.selection, u32::from(preview.ppq) / 16);
    apply(
        state,
        "Glue",
        change,
        "No selected notes of one pitch touch each other.",
    );
}

/// Cuts notes at a tick.
pub fn split(state: &mut State, tick: u32) {
    let notes = chosen(state);
    let change = shape::split_at(&state.preview(), &notes, tick);
    apply(state, "Split", change, "None of the notes sounds there.");
}

/// Cuts notes at every line of the grid.
pub fn chop(state: &mut State) {
    let (preview, bars) = shown(state);
    let grid = Grid {
        snap: state.snap,
        bars: &bars,
        ppq: preview.ppq,
    };
    let change = shape::chop(&preview, &state.selection, &|tick| {
        // Without a grid there is its usual step.
        match grid.snap {
            super::roll::Snap::Off => tick.saturating_add(grid.step(tick)),
            _ => grid.cell(tick).1,
        }
    });
    apply(
        state,
        "Chop",
        change,
        "No line of the grid crosses a selected note.",
    );
}

/// Turns the selection round in time.
pub fn reverse(state: &mut State) {
    let change = shape::reverse(&state.preview(), &state.selection);
    apply(state, "Reverse", change, "Backwards it is the same.");
}

/// Turns the selection upside down.
pub fn invert(state: &mut State) {
    let change = shape::invert(&state.preview(), &state.selection);
    apply(state, "Turn over", change, "Upside down it is the same.");
    hear_first(state);
}

/// Draws the selection out by a factor, or presses it together.
pub fn stretch(state: &mut State, factor: f64) {
    let change = shape::stretch(&state.preview(), &state.selection, factor);
    apply(
        state,
        "Stretch",
        change,
        "The notes are as short as can be.",
    );
}

/// Moves stray notes into the key.
pub fn into_key(state: &mut State) {
    let change = shape::into_key(&state.preview(), &state.selection);
    apply(
        state,
        "Into the key:",
        change,
        "All selected notes lie in the key.",
    );
    hear_first(state);
}

/// Makes the selection evenly loud.
pub fn flatten(state: &mut State) {
    let change = shape::flatten(&state.preview(), &state.selection);
    apply(
        state,
        "Level",
        change,
        "The notes are equally loud already.",
    );
}

/// What an open pane would do with what it is set to now; `None` for a pane that changes no notes.
pub fn of_pane(state: &mut State, pane: Pane) -> Option<Change> {
    let (preview, bars) = shown(state);
    let options = state.options.clone();
    let selection = &state.selection;
    Some(match pane {
        Pane::Quantise => shape::quantise(&preview, &bars, &chosen(state), &options.quantise),
        Pane::Humanise => {
            let mut rng = crate::process::generator(options.seed, 0);
            shape::humanise(&preview, selection, options.humanise, &mut rng)
        }
        Pane::Strum => {
            let (millis, direction) = options.strum;
            shape::strum(&preview, selection, millis, direction)
        }
        Pane::Ramp => {
            let (from, to) = options.ramp;
            shape::ramp(&preview, selection, from, to)
        }
        Pane::Chord => stamped(state)?.1,
        Pane::Select => return None,
    })
}

/// Does what an open pane says; `otherwise` is said where nothing would change.
fn as_the_pane_says(state: &mut State, pane: Pane, verb: &str, otherwise: &str) {
    if let Some(change) = of_pane(state, pane) {
        apply(state, verb, change, otherwise);
    }
}

/// Draws notes to a grid, as the pane says.
pub fn quantise(state: &mut State) {
    let otherwise = "The notes are there already.";
    as_the_pane_says(state, Pane::Quantise, "Quantise", otherwise);
}

/// Moves notes by chance, as the pane says; the next time by another chance.
pub fn humanise(state: &mut State) {
    let otherwise = "Nothing was allowed to move.";
    as_the_pane_says(state, Pane::Humanise, "Humanise", otherwise);
    state.options.seed = state.options.seed.wrapping_add(1);
}

/// Spreads chords, as the pane says.
pub fn strum(state: &mut State) {
    let otherwise = "Select notes that begin together.";
    as_the_pane_says(state, Pane::Strum, "Strum", otherwise);
}

/// Lets loudness grow or fade, as the pane says.
pub fn ramp(state: &mut State) {
    let otherwise = "The notes are as loud already.";
    as_the_pane_says(state, Pane::Ramp, "Ramp", otherwise);
}

/// The chosen chord on the caret: its root, and the change that writes it.
fn stamped(state: &mut State) -> Option<(Note, Change)> {
    let track = state.track?;
    let (preview, bars) = shown(state);
    let (_, chord) = shape::CHORDS[state.options.chord.min(shape::CHORDS.len() - 1)];
    let grid = Grid {
        snap: state.snap,
        bars: &bars,
        ppq: preview.ppq,
    };
    let step = grid.step(state.roll.caret.tick);
    let length = state.roll.draw_length.unwrap_or(step);
    let root = super::caret::note(state, length);
    let change = shape::stamp(track, &root, chord, scale_tonic(&preview));
    Some((root, change))
}

/// Writes the chosen chord on the caret, selects it and moves the caret behind it.
pub fn stamp(state: &mut State) {
    let Some((root, change)) = stamped(state) else {
        return;
    };
    let preview = state.preview();
    if let Some((edit, new)) = change.edit(&preview, "Stamp") {
        state.edit(edit);
        state.selection = new;
        state.tidy();
        state.roll.caret.tick = root.end();
        show_selection(state);
        hear_first(state);
    }
}
