//! Strumming: the notes of a chord one after the other, as fingers pass over strings.

use super::{Change, chosen};
use crate::score::{Note, NoteId, Score, TrackId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which string is first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// The lowest note first.
    #[default]
    Up,
    /// The highest note first.
    Down,
    /// One chord up, the next down.
    Alternate,
}

/// Chosen notes of a track that begin together begin one after the other, `millis` milliseconds apart; their ends
/// stay. No note is left shorter than a tick.
pub fn strum(
    score: &Score,
    selection: &BTreeSet<NoteId>,
    millis: f32,
    direction: Direction,
) -> Change {
    let clock = score.clock();
    let seconds = millis.max(0.0) as f64 / 1000.0;
    let mut chords: BTreeMap<(TrackId, u32), Vec<Note>> = BTreeMap::new();
    for (t, n) in chosen(score, selection) {
        chords.entry((t, n.start)).or_default().push(*n);
    }
    let mut change = Change::default();
    let mut strokes: BTreeMap<TrackId, usize> = BTreeMap::new();
    for ((track, start), mut chord) in chords {
        if chord.len() < 2 {
            continue;
        }
        let stroke = strokes.entry(track).or_default();
        let down = match direction {
            Direction::Up => false,
            Direction::Down => true,
            Direction::Alternate => *stroke % 2 == 1,
        };
        *stroke += 1;
        chord.sort_by_key(|n| n.pitch);
        if down {
            chord.reverse();
        }
        let began = clock.seconds(start as f64);
        for (i, n) in chord.into_iter().enumerate() {
            let at = clock.tick(began + i as f64 * seconds).round() as u32;
            let last = n.end().saturating_sub(1).max(n.start);
            let start = at.clamp(n.start, last);
            change.changed.push(Note {
                start,
                length: n.end() - start,
                ..n
            });
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;

    #[test]
    fn the_lowest_string_is_first_and_all_end_together() {
        // 120 beats a minute and 480 ticks: 25 milliseconds are 24 ticks.
        let (s, all) = piece(&[(0, 480, 60, 80), (0, 480, 64, 80), (0, 480, 67, 80)]);
        assert_eq!(
            after(&s, strum(&s, &all, 25.0, Direction::Up)),
            [(0, 480, 60, 80), (24, 456, 64, 80), (48, 432, 67, 80)]
        );
        assert_eq!(
            after(&s, strum(&s, &all, 25.0, Direction::Down)),
            [(0, 480, 67, 80), (24, 456, 64, 80), (48, 432, 60, 80)]
        );
    }

    #[test]
    fn strokes_alternate_from_chord_to_chord_and_single_notes_stay() {
        let (s, all) = piece(&[
            (0, 480, 60, 80),
            (0, 480, 64, 80),
            (480, 480, 71, 80),
            (960, 480, 60, 80),
            (960, 480, 64, 80),
        ]);
        let starts: Vec<(u32, u8)> = after(&s, strum(&s, &all, 25.0, Direction::Alternate))
            .iter()
            .map(|n| (n.0, n.2))
            .collect();
        assert_eq!(starts, [(0, 60), (24, 64), (480, 71), (960, 64), (984, 60)]);
    }

    #[test]
    fn short_notes_keep_a_tick() {
        let (s, all) = piece(&[(0, 10, 60, 80), (0, 10, 64, 80), (0, 0, 67, 80)]);
        assert_eq!(
            after(&s, strum(&s, &all, 500.0, Direction::Up)),
            [(0, 10, 60, 80), (0, 0, 67, 80), (9, 1, 64, 80)]
        );
    }
}
