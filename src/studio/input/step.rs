//! Step input: each chord played goes onto the caret, which moves on by a step of the grid when the last key is up.

use super::State;
use crate::audio::midi::Message;
use crate::score::{Edit, Note, NoteId};
use crate::studio::roll::Grid;
use std::collections::BTreeSet;

/// The chord under the hands.
#[derive(Debug, Default)]
pub struct Chord {
    down: BTreeSet<u8>,
    /// The undo step of this chord.
    gesture: u64,
    /// Where the next one goes.
    next: u32,
}

/// Takes in a message. Nothing happens while recording, or while the mode is off.
pub fn take(state: &mut State, message: Message) {
    let (true, Some(track)) = (
        state.input.step && state.input.recording.is_none(),
        super::super::tracks::played(state),
    ) else {
        state.input.chord.down.clear();
        return;
    };
    match message {
        Message::On { key, velocity } => {
            let start = state.roll.caret.tick;
            if state.input.chord.down.is_empty() {
                let (bars, ppq) = (state.derived().bars.clone(), state.preview().ppq);
                let snap = state.snap;
                let grid = Grid {
                    snap,
                    bars: &bars,
                    ppq,
                };
                let gesture = state.next_gesture();
                let chord = &mut state.input.chord;
                (chord.gesture, chord.next) = (gesture, start.saturating_add(grid.step(start)));
            }
            if !state.input.chord.down.insert(key) {
                return;
            }
            let note = Note {
                id: NoteId(0),
                start,
                length: (state.input.chord.next - start).max(1),
                pitch: key,
                velocity,
                release: Some(64),
            };
            let gesture = state.input.chord.gesture;
            let notes = vec![note];
            let label = format!("Step in {} notes", state.input.chord.down.len());
            let edits = vec![Edit::AddNotes { track, notes }];
            state.edit_in(gesture, Edit::Together { label, edits });
        }
        Message::Off { key, .. } => {
            let chord = &mut state.input.chord;
            if chord.down.remove(&key) && chord.down.is_empty() {
                state.roll.caret.tick = chord.next;
                state.roll.show_caret();
            }
        }
        Message::Control(_) => {}
    }
}
