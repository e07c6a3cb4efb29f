//! Into the key: notes outside the scale go to the next note of it.

use super::Change;
use crate::score::key::scale_tonic;
use crate::score::theory::in_major;
use crate::score::{Note, NoteId, Score};
use std::collections::BTreeSet;

/// Moves the chosen notes that lie outside the scale of most of the piece a semitone down into it (up, where there is
/// nothing below). Drums have no scale.
pub fn into_key(score: &Score, selection: &BTreeSet<NoteId>) -> Change {
    let tonic = scale_tonic(score);
    let pitched = score.tracks.iter().filter(|t| !t.is_drums());
    let outside = pitched
        .flat_map(|t| &t.notes)
        .filter(|n| selection.contains(&n.id) && !in_major(n.pitch, tonic));
    let changed = outside
        .map(|n| Note {
            pitch: n.pitch.checked_sub(1).unwrap_or(n.pitch + 1),
            ..*n
        })
        .collect();
    Change {
        changed,
        ..Change::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;

    #[test]
    fn black_keys_go_to_white_ones_in_c_major() {
        let scale = [60, 62, 64, 65, 67, 69, 71, 61, 70];
        let notes: Vec<_> = scale
            .iter()
            .enumerate()
            .map(|(i, p)| (i as u32 * 480, 480, *p, 80))
            .collect();
        let (s, all) = piece(&notes);
        let pitches: Vec<u8> = after(&s, into_key(&s, &all)).iter().map(|n| n.2).collect();
        assert_eq!(pitches, [60, 62, 64, 65, 67, 69, 71, 60, 69]);
    }
}
