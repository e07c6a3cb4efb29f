//! The caret: a place in pitch and time, moved by keys, so that the roll can be used with no mouse. Here notes are put,
//! selected and masked, and from here a screen reader says where one is.

use super::command::Command;
use super::notes::hear_first;
use super::roll::{Caret, Grid};
use super::state::State;
use crate::score::mask::Rect;
use crate::score::shape::Change;
use crate::score::{Note, NoteId, Region, TrackId};
use std::collections::BTreeSet;

/// What a key that moves notes does while none is selected: it moves the caret.
pub fn instead(command: Command, state: &State) -> Command {
    use Command as C;
    if !state.selection.is_empty() {
        return command;
    }
    match command {
        C::TransposeUp => C::CaretUp,
        C::TransposeDown => C::CaretDown,
        C::OctaveUp => C::CaretOctaveUp,
        C::OctaveDown => C::CaretOctaveDown,
        C::NudgeRight => C::CaretRight,
        C::NudgeLeft => C::CaretLeft,
        C::Longer => C::CaretBarForward,
        C::Shorter => C::CaretBarBack,
        other => other,
    }
}

/// Moves the caret by semitones and steps of the grid. Pitches are heard, as under a finger on a keyboard.
pub fn step(state: &mut State, semitones: i32, steps: i32) {
    let caret = moved(state, semitones, steps);
    go(state, caret);
    if semitones != 0 {
        hear(state);
    }
}

fn moved(state: &mut State, semitones: i32, steps: i32) -> Caret {
    let caret = state.roll.caret;
    let rows = state.roll.rows();
    let aimed = (i32::from(caret.pitch) + semitones).clamp(0, 127) as u8;
    // Rows that are folded away are stepped over; at the last one the caret stays.
    let pitch = match semitones {
        0 => caret.pitch,
        _ if rows.has(aimed) => aimed,
        _ => rows.next(aimed, semitones > 0).unwrap_or(caret.pitch),
    };
    let (ppq, bars) = (state.preview().ppq, state.derived().bars.clone());
    let grid = Grid {
        snap: state.snap,
        bars: &bars,
        ppq,
    };
    let mut tick = caret.tick;
    for _ in 0..steps.unsigned_abs() {
        let step = grid.step(tick);
        tick = match (steps > 0, grid.floor(f64::from(tick))) {
            // Off the grid there are no lines, only steps.
            _ if grid.snap == super::roll::Snap::Off && steps < 0 => tick.saturating_sub(step),
            _ if grid.snap == super::roll::Snap::Off => tick.saturating_add(step),
            (true, _) => grid.cell(tick).1,
            (false, line) if line < tick => line,
            (false, line) => grid.floor(f64::from(line.saturating_sub(1))),
        };
    }
    Caret { tick, pitch }
}

/// Puts the caret somewhere and shows it. A box begun there is over.
pub fn go(state: &mut State, caret: Caret) {
    state.roll.anchor = None;
    place(state, caret);
}

fn place(state: &mut State, caret: Caret) {
    state.roll.caret = caret;
    state.roll.show_caret();
    state.roll.take_keyboard();
}

/// Moves the caret to the beginning of the next bar, or of its own, or of the bar before.
pub fn bar(state: &mut State, forward: bool) {
    let caret = state.roll.caret;
    let bars = &state.derived().bars;
    let bar = bars.bar_at(caret.tick);
    let tick = match forward {
        true => bars.end(bar),
        false if caret.tick > bars.start(bar) => bars.start(bar),
        false => bars.start(bar.saturating_sub(1)),
    };
    go(state, Caret { tick, ..caret });
}

/// Moves the caret to the nearest note of the track in hand after it, or before it, in the order of time and pitch.
pub fn to_note(state: &mut State, forward: bool) {
    let caret = state.roll.caret;
    let here = (caret.tick, caret.pitch);
    let preview = state.preview();
    let notes = state.track.and_then(|t| preview.track(t));
    let places = notes.into_iter().flat_map(|t| &t.notes);
    let places = places.map(|n| (n.start, n.pitch));
    let found = match forward {
        true => places.filter(|p| *p > here).min(),
        false => places.filter(|p| *p < here).max(),
    };
    match found {
        Some((tick, pitch)) => {
            go(state, Caret { tick, pitch });
            hear(state);
        }
        None => state.toasts.info(match forward {
            true => "No note of this track begins after the caret.",
            false => "No note of this track begins before the caret.",
        }),
    }
}

/// Moves the caret to the playhead's step of the grid.
pub fn to_playhead(state: &mut State) {
    let tick = state.transport.position().max(0.0);
    let (ppq, bars) = (state.preview().ppq, state.derived().bars.clone());
    let grid = Grid {
        snap: state.snap,
        bars: &bars,
        ppq,
    };
    let tick = grid.floor(tick);
    let pitch = state.roll.caret.pitch;
    go(state, Caret { tick, pitch });
}

/// Draws the box that begins where the caret stood, and selects the notes of the track in hand that reach into it.
pub fn extend(state: &mut State, semitones: i32, steps: i32) {
    let anchor = state.roll.anchor.unwrap_or(state.roll.caret);
    let caret = moved(state, semitones, steps);
    state.roll.anchor = Some(anchor);
    place(state, caret);
    let area = area(state);
    let preview = state.preview();
    let notes = state.track.and_then(|t| preview.track(t));
    let notes = notes.into_iter().flat_map(|t| &t.notes);
    state.selection = notes.filter(|n| reaches(n, &area)).map(|n| n.id).collect();
}

/// Whether a note lies in a box, if only in part.
fn reaches(n: &Note, area: &Rect) -> bool {
    (area.low..=area.high).contains(&n.pitch)
        && n.start < area.end
        && n.end().max(n.start.saturating_add(1)) > area.start
}

/// The caret's box: a step of the grid at one pitch, or all from where the box was begun.
pub fn area(state: &mut State) -> Rect {
    let (ppq, bars) = (state.preview().ppq, state.derived().bars.clone());
    let grid = Grid {
        snap: state.snap,
        bars: &bars,
        ppq,
    };
    state.roll.caret_box(&grid)
}

/// A note on the caret, as loud as the last one, not written yet.
pub fn note(state: &State, length: u32) -> Note {
    let caret = state.roll.caret;
    Note {
        id: NoteId(0),
        start: caret.tick,
        length: length.clamp(1, (u32::MAX - caret.tick).max(1)),
        pitch: caret.pitch,
        velocity: state.roll.draw_velocity.clamp(1, 127),
        release: Some(64),
    }
}

/// Writes a note on the caret, selects it and moves the caret behind it.
pub fn put(state: &mut State) {
    let Some(track) = state.track else { return };
    let area = area(state);
    let caret = state.roll.caret;
    if note_at(state, &area_of(caret, &area)).is_some_and(|n| n.start == caret.tick) {
        state
            .toasts
            .info("A note of this pitch begins here already.");
        return;
    }
    let length = state.roll.draw_length.unwrap_or(area.end - area.start);
    let note = note(state, length);
    let change = Change {
        added: vec![(track, note)],
        ..Change::default()
    };
    let preview = state.preview();
    if let Some((edit, new)) = change.edit(&preview, "Write") {
        state.edit(edit);
        state.selection = new;
        state.tidy();
        let tick = note.end();
        go(state, Caret { tick, ..caret });
        hear_first(state);
    }
}

/// The caret's own step within a box.
fn area_of(caret: Caret, area: &Rect) -> Rect {
    Rect {
        start: caret.tick,
        end: area.end.max(caret.tick.saturating_add(1)),
        low: caret.pitch,
        high: caret.pitch,
    }
}

/// The note under the caret: of the track in hand, or else of any that is shown.
fn note_at(state: &mut State, area: &Rect) -> Option<Note> {
    let preview = state.preview();
    let of = |id: TrackId| {
        let track = preview.track(id)?;
        track.notes.iter().rev().find(|n| reaches(n, area)).copied()
    };
    let shown = preview.tracks.iter().map(|t| t.id);
    let mut shown = shown.filter(|t| !state.hidden.contains(t));
    state.track.and_then(of).or_else(|| shown.find_map(of))
}

/// Selects the note under the caret as well, or lets it go.
pub fn take(state: &mut State) {
    state.roll.anchor = None;
    let area = area(state);
    let Some(note) = note_at(state, &area) else {
        state.toasts.info("No note is under the caret.");
        return;
    };
    if !state.selection.remove(&note.id) {
        state.selection.insert(note.id);
    }
    state.roll.take_keyboard();
}

/// Masks the caret's box, on the tracks that masks are meant for.
pub fn mask(state: &mut State) {
    let area = area(state);
    let shown: BTreeSet<TrackId> = match (state.mask_in_hand_only, state.track) {
        (true, Some(hand)) => [hand].into(),
        _ => {
            let tracks = state.document().score.tracks.iter().map(|t| t.id);
            let on = |t: &TrackId| !state.hidden.contains(t) || state.track == Some(*t);
            tracks.filter(on).collect()
        }
    };
    state.change_mask(|m| m.add(Region::rect(area, Some(shown))));
    state.roll.anchor = None;
    state.selection.clear();
    state.roll.take_keyboard();
}

/// Lets the caret's pitch be heard on the track in hand.
fn hear(state: &mut State) {
    if state.transport.is_playing() {
        return;
    }
    let score = state.document().score.clone();
    if let Some(track) = state.track.and_then(|t| score.track(t)) {
        let (pitch, velocity) = (state.roll.caret.pitch, state.roll.draw_velocity);
        state.hear(track, track.first_program(), pitch, velocity.clamp(1, 127));
    }
}
