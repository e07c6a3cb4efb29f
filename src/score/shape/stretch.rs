//! Stretching a passage in time.

use super::{Change, chosen};
use crate::score::{Note, NoteId, Score};
use std::collections::BTreeSet;

/// Notes drawn out (or pressed together, below 1) by a factor about the first onset. Notes that touched still touch,
/// and a note that sounded keeps at least a tick.
pub fn stretched(notes: &[Note], factor: f64) -> Vec<Note> {
    let first = notes.iter().map(|n| n.start).min().unwrap_or(0);
    let factor = if factor.is_finite() {
        factor.max(0.0)
    } else {
        1.0
    };
    let place = |tick: u32| {
        let at = first as f64 + (tick - first) as f64 * factor;
        at.round().min(u32::MAX as f64) as u32
    };
    notes
        .iter()
        .map(|n| {
            let start = place(n.start);
            let length = place(n.end()) - start;
            Note {
                start,
                length: length.max(n.length.min(1)).min(u32::MAX - start),
                ..*n
            }
        })
        .collect()
}

/// As [`stretched`], of the chosen notes.
pub fn stretch(score: &Score, selection: &BTreeSet<NoteId>, factor: f64) -> Change {
    let notes: Vec<Note> = chosen(score, selection).map(|(_, n)| *n).collect();
    Change {
        changed: stretched(&notes, factor),
        ..Change::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;

    #[test]
    fn twice_as_long_and_half_as_long() {
        let (s, all) = piece(&[(480, 240, 60, 80), (720, 100, 64, 80)]);
        assert_eq!(
            after(&s, stretch(&s, &all, 2.0)),
            [(480, 480, 60, 80), (960, 200, 64, 80)]
        );
        assert_eq!(
            after(&s, stretch(&s, &all, 0.5)),
            [(480, 120, 60, 80), (600, 50, 64, 80)]
        );
    }

    #[test]
    fn touching_notes_still_touch_and_none_vanishes() {
        let (s, all) = piece(&[
            (0, 1, 60, 80),
            (1, 1, 62, 80),
            (2, 5, 64, 80),
            (7, 0, 65, 80),
        ]);
        let notes = after(&s, stretch(&s, &all, 1.0 / 3.0));
        assert!(notes[..3].iter().all(|n| n.1 >= 1), "{notes:?}");
        assert_eq!(notes[3].1, 0, "a note of no length stays so");
        let (s, all) = piece(&[(0, 7, 60, 80), (7, 7, 62, 80), (14, 7, 64, 80)]);
        let notes = after(&s, stretch(&s, &all, 1.37));
        assert!(
            notes.windows(2).all(|w| w[0].0 + w[0].1 == w[1].0),
            "{notes:?}"
        );
    }

    #[test]
    fn no_factor_leaves_the_piece() {
        let (s, all) = piece(&[(5, 10, 60, 80), (100, 10, 60, 80)]);
        for wild in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
            let change = stretch(&s, &all, wild);
            let ends = after(&s, change);
            assert!(
                ends.iter().all(|n| n.0.checked_add(n.1).is_some()),
                "{wild}"
            );
        }
    }
}
