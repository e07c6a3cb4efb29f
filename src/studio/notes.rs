//! What the note commands do to the selected notes: the roll's edits, applied to what is shown.

use super::roll::commands;
use super::state::State;
use crate::score::{Edit, NoteId, select};
use std::collections::BTreeSet;

/// Applies an edit of the selection as one step, if it changes anything, and shows where it went.
fn change(state: &mut State, edit: Edit) {
    let preview = state.preview();
    match &edit {
        Edit::ChangeNotes(notes) if preview.holds(notes) => {
            state.toasts.info("The notes are there already.");
        }
        _ => {
            state.edit(edit);
            show_selection(state);
        }
    }
}

pub(super) fn show_selection(state: &mut State) {
    let notes = state.selected_notes();
    let from = notes.iter().map(|(_, n)| n.start).min();
    let to = notes.iter().map(|(_, n)| n.end()).max();
    let (Some(a), Some(b)) = (from, to) else {
        return;
    };
    // A selection larger than the view is followed only when all of it left the view.
    let view = state.visible_ticks();
    let inside = notes
        .iter()
        .any(|(_, n)| n.start < view.end && n.end() > view.start);
    if b - a < view.end - view.start || !inside {
        state.reveal(a, b);
    }
}

/// Moves the selection by semitones.
pub fn transpose(state: &mut State, by: i32) {
    let preview = state.preview();
    change(state, commands::nudge(&preview, &state.selection, 0, by));
    hear_first(state);
}

/// Moves the selection by steps of the piece's scale.
pub fn in_key(state: &mut State, steps: i32) {
    let preview = state.preview();
    change(
        state,
        commands::nudge_in_key(&preview, &state.selection, steps),
    );
    hear_first(state);
}

/// Lets the first selected note be heard where it now stands.
pub(super) fn hear_first(state: &mut State) {
    if state.transport.is_playing() {
        return;
    }
    let Some((track, note)) = state.selected_notes().first().copied() else {
        return;
    };
    let score = state.document().score.clone();
    if let Some(track) = score.track(track) {
        state.hear(track, track.first_program(), note.pitch, note.velocity);
    }
}

/// Moves the selection by grid steps.
pub fn nudge(state: &mut State, steps: i32) {
    let (preview, bars) = (state.preview(), state.derived().bars.clone());
    change(
        state,
        commands::nudge_by_grid(&preview, &bars, state.snap, &state.selection, steps, 0),
    );
}

/// Makes the selection longer or shorter by grid steps.
pub fn resize(state: &mut State, steps: i32) {
    let (preview, bars) = (state.preview(), state.derived().bars.clone());
    let end = |state: &mut State| state.selected_notes().iter().map(|(_, n)| n.end()).max();
    let behind = end(state) == Some(state.roll.caret.tick);
    change(
        state,
        commands::resize_by_grid(&preview, &bars, state.snap, &state.selection, steps),
    );
    // The caret stays right behind a note that was just put.
    if let (true, Some(tick)) = (behind, end(state)) {
        state.roll.caret.tick = tick;
    }
}

/// Moves onsets of the selection, or of the track in hand, to the grid.
pub fn quantise(state: &mut State) {
    let (preview, bars) = (state.preview(), state.derived().bars.clone());
    let notes = if state.selection.is_empty() {
        select::all(&preview, state.track.as_slice())
    } else {
        state.selection.clone()
    };
    change(
        state,
        commands::quantise(&preview, &bars, state.snap, &notes, false),
    );
}

/// Deletes the selection.
pub fn delete(state: &mut State) {
    let notes = state.selection.clone();
    state.edit(Edit::RemoveNotes(notes));
    // A locked track keeps its notes, and they stay selected.
    state.tidy();
}

/// Applies edits that add notes as one step, and selects the new notes.
pub(super) fn add(state: &mut State, verb: &str, (edits, new): (Vec<Edit>, BTreeSet<NoteId>)) {
    if edits.is_empty() {
        return;
    }
    // One edit: a shown take is kept before it, and the ids of the new notes are then as they were promised.
    let label = format!("{verb} {}", super::stats::count(new.len(), "note"));
    state.edit(Edit::Together { label, edits });
    state.selection = new;
    // A locked track took none.
    state.tidy();
    show_selection(state);
}

/// Repeats the selection right behind itself.
pub fn duplicate(state: &mut State) {
    let (preview, bars) = (state.preview(), state.derived().bars.clone());
    let new = commands::duplicate(&preview, &bars, &state.selection);
    add(state, "Duplicate", new);
}

/// Makes the selected notes louder or softer.
pub fn louder(state: &mut State, by: i32) {
    let preview = state.preview();
    change(state, commands::louder(&preview, &state.selection, by));
}
