//! The clipboard. It outlives the piece it was filled from: what was copied in one piece is pasted into the next, as
//! long in beats as it was.

use super::notes::add;
use super::roll::Grid;
use super::state::State;
use crate::score::shape::copies;
use crate::score::{Note, NoteId, TrackId};

/// Notes that were copied, with the tracks they came from.
#[derive(Clone, Debug, Default)]
pub struct Clipboard {
    pub notes: Vec<(TrackId, Note)>,
    /// Ticks a quarter note of the piece they came from.
    pub ppq: u16,
}

/// Copies the selection.
pub fn copy(state: &mut State) {
    let notes = state.selected_notes();
    let ppq = state.document().score.ppq;
    let text = super::stats::count(notes.len(), "note");
    state.clipboard = Clipboard { notes, ppq };
    state.toasts.info(&format!("{text} copied"));
}

/// Puts the clipboard at the playhead, on the grid. Notes of one track go to the track in hand.
pub fn paste(state: &mut State) {
    let preview = state.preview();
    let bars = state.derived().bars.clone();
    let grid = Grid {
        snap: state.snap,
        bars: &bars,
        ppq: preview.ppq,
    };
    let at = grid.floor(state.transport.position().max(0.0));
    let Clipboard { notes, ppq } = &state.clipboard;
    let first = notes.iter().map(|(_, n)| n.start).min().unwrap_or(0);
    let single = notes.windows(2).all(|w| w[0].0 == w[1].0);
    let in_hand = state.track;
    let target = |t: TrackId| match in_hand {
        // A track that is gone gives its notes to the one in hand, too.
        Some(hand) if single || preview.track(t).is_none() => hand,
        _ => t,
    };
    // Another piece may count its beats in other ticks.
    let scaled = |ticks: u32| {
        let (new, old) = (u64::from(preview.ppq), u64::from((*ppq).max(1)));
        let ticks = (u64::from(ticks) * new + old / 2) / old;
        ticks.min(u64::from(u32::MAX)) as u32
    };
    let place = |n: &Note| {
        let start = scaled(n.start - first).saturating_add(at);
        Note {
            // It may be of another piece, where its number meant another note.
            id: NoteId(0),
            start,
            length: scaled(n.length).max(1).min(u32::MAX - start),
            ..*n
        }
    };
    let notes: Vec<(TrackId, Note)> = notes.iter().map(|(t, n)| (target(*t), place(n))).collect();
    add(state, "Paste", copies(&preview, notes));
}
