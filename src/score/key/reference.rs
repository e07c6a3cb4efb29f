//! The key rule of REMI-z (Sonata165), as it really runs.
//!
//! The intended weights hold halves (1.5 for third and fifth), but they are written into a table of integers, which cuts
//! them to 1. So the scores of relative keys lie close together, and ties go to major.

use super::{Key, Mode, pitched};
use crate::score::{Note, Score};

/// Weights from the tonic up, after truncation.
const MAJOR: [i32; 12] = [2, 0, 1, 0, 1, 1, 0, 1, 0, 1, -1, 1];
const MINOR: [i32; 12] = [2, -1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0];

/// Longest length it knows, in its positions of a twelfth of a quarter.
const LONGEST: u64 = 127;

/// The key by the reference's rule; `None` for a piece without pitched notes.
///
/// The notes are read as REMI-z reads them: lengths in twelfths of a quarter, 1..=127, each counted with its velocity.
/// Everything is a whole number, so that no rounding decides a tie; of equal keys of one mode the lowest tonic wins.
pub fn detect(score: &Score) -> Option<Key> {
    let mut histogram = [0i64; 12];
    let mut any = false;
    for n in pitched(score) {
        histogram[n.pitch as usize % 12] += length(n, score.ppq) * i64::from(n.velocity);
        any = true;
    }
    let value = |key: Key| -> i64 {
        let weights = match key.mode {
            Mode::Major => MAJOR,
            Mode::Minor => MINOR,
        };
        (0..12)
            .map(|step| i64::from(weights[step]) * histogram[(key.tonic as usize + step) % 12])
            .sum()
    };
    // The last of equals wins `max_by_key`, so the order is turned round: minor before major, tonics downwards.
    any.then(|| {
        let keys: Vec<Key> = Key::all().collect();
        keys.into_iter().rev().max_by_key(|k| value(*k))
    })?
}

/// Length in positions, halves to the even neighbour as Python rounds.
fn length(note: &Note, ppq: u16) -> i64 {
    let ticks = u64::from(note.length) * 12;
    let positions = (ticks as f64 / f64::from(ppq.max(1))).round_ties_even() as u64;
    positions.clamp(1, LONGEST) as i64
}

/// Semitones from `key` to C major or A minor by the reference's rule: moved by an octave into -6..=6, then up by octaves
/// until `lowest` is 0 or more, then down by octaves until `highest` is 127 or less. A piece wider than that may be left
/// with pitches below 0; the reference puts each of those up an octave.
pub fn shift(key: Key, lowest: u8, highest: u8) -> i32 {
    let tonic = i32::from(key.tonic);
    let mut shift = match key.mode {
        Mode::Major => -tonic,
        Mode::Minor => -3 - tonic,
    };
    if shift < -6 {
        shift += 12;
    }
    while shift + i32::from(lowest) < 0 {
        shift += 12;
    }
    while shift + i32::from(highest) > 127 {
        shift -= 12;
    }
    shift
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A piece of these pitch classes, one quarter each for every count.
    fn piece(counts: &[(u8, u32)]) -> Score {
        let mut score = Score::default();
        let t = score.add_track("a", 0, 0);
        for &(class, quarters) in counts {
            score.add_note(t, 0, 480 * quarters, 60 + class, 64);
        }
        score
    }

    #[test]
    fn ties_go_to_major_and_then_to_the_lowest_tonic() {
        // A alone: 2 for A major and A minor alike.
        assert_eq!(detect(&piece(&[(9, 1)])), Some(Key::major(9)));
        // C and F# alone: 2 + 0 for both major keys.
        assert_eq!(detect(&piece(&[(0, 1), (6, 1)])), Some(Key::major(0)));
        assert_eq!(detect(&Score::default()), None);
    }

    #[test]
    fn the_truncated_weights_are_the_ones_that_run() {
        // E with half as much A and C: as meant, A minor (2 + 1.5 + 2 x 1.5) beats E minor (2 x 2 + 1 + 1); truncated
        // it loses (2 + 1 + 2 x 1).
        assert_eq!(
            detect(&piece(&[(4, 2), (9, 1), (0, 1)])),
            Some(Key::minor(4))
        );
        // A minor seventh costs a major key: C E G B-flat is F major (1 + 1 + 1 + 1), not C major (2 + 1 + 1 - 1).
        assert_eq!(
            detect(&piece(&[(0, 1), (4, 1), (7, 1), (10, 1)])),
            Some(Key::major(5))
        );
    }

    #[test]
    fn drums_say_nothing_and_long_notes_are_cut() {
        let mut score = piece(&[(2, 1)]);
        let drums = score.add_track("drums", 9, 0);
        score.add_note(drums, 0, 48_000, 61, 127);
        assert_eq!(detect(&score), Some(Key::major(2)));
        // A hundred quarters of E count as 127 positions, less than eleven single quarters of C (132).
        let mut score = piece(&[(4, 100)]);
        let t = score.tracks[0].id;
        for beat in 0..11 {
            score.add_note(t, beat * 480, 480, 60, 64);
        }
        assert_eq!(detect(&score), Some(Key::major(0)));
    }

    #[test]
    fn the_shift_moves_by_octaves_until_it_fits() {
        assert_eq!(shift(Key::major(7), 40, 80), 5);
        assert_eq!(shift(Key::major(6), 40, 80), -6);
        assert_eq!(shift(Key::minor(9), 40, 80), 0);
        assert_eq!(shift(Key::minor(3), 40, 80), -6);
        assert_eq!(shift(Key::minor(4), 40, 80), 5);
        assert_eq!(shift(Key::major(2), 1, 80), 10);
        assert_eq!(shift(Key::major(7), 40, 124), -7);
        // Too wide to fit: the top wins.
        assert_eq!(shift(Key::major(2), 1, 126), -2);
    }
}
