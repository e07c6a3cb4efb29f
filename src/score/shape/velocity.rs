//! Velocities of a passage: made level, or on a line.

use super::{Change, chosen, each};
use crate::score::{Note, NoteId, Score};
use std::collections::BTreeSet;

/// The velocity at `tick` on the line between two points of (tick, velocity), 1..=127; the second point's where both
/// stand at one tick.
pub fn between(from: (f64, f64), to: (f64, f64), tick: f64) -> u8 {
    let share = if to.0 == from.0 {
        1.0
    } else {
        ((tick - from.0) / (to.0 - from.0)).clamp(0.0, 1.0)
    };
    let at = from.1 + (to.1 - from.1) * share;
    at.round().clamp(1.0, 127.0) as u8
}

/// All chosen notes as loud as they are on average.
pub fn flatten(score: &Score, selection: &BTreeSet<NoteId>) -> Change {
    let all: Vec<u8> = chosen(score, selection).map(|(_, n)| n.velocity).collect();
    let sum: u64 = all.iter().map(|v| u64::from(*v)).sum();
    let mean = (sum as f64 / all.len().max(1) as f64).round() as u8;
    each(score, selection, |n| Note {
        velocity: mean,
        ..*n
    })
}

/// The chosen notes grow (or fade) evenly from one velocity at the first onset to another at the last.
pub fn ramp(score: &Score, selection: &BTreeSet<NoteId>, from: u8, to: u8) -> Change {
    let onsets = || chosen(score, selection).map(|(_, n)| n.start);
    let (Some(first), Some(last)) = (onsets().min(), onsets().max()) else {
        return Change::default();
    };
    let (a, b) = ((first as f64, from as f64), (last as f64, to as f64));
    each(score, selection, |n| Note {
        velocity: between(a, b, n.start as f64),
        ..*n
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;

    fn velocities(score: &Score, change: Change) -> Vec<u8> {
        after(score, change).iter().map(|n| n.3).collect()
    }

    #[test]
    fn level_is_the_average() {
        let (s, all) = piece(&[(0, 10, 60, 60), (10, 10, 62, 90), (20, 10, 64, 91)]);
        assert_eq!(velocities(&s, flatten(&s, &all)), [80, 80, 80]);
    }

    #[test]
    fn a_ramp_follows_the_onsets() {
        let (s, all) = piece(&[
            (0, 10, 60, 80),
            (100, 10, 62, 80),
            (100, 10, 64, 80),
            (400, 10, 65, 80),
        ]);
        assert_eq!(velocities(&s, ramp(&s, &all, 40, 120)), [40, 60, 60, 120]);
        assert_eq!(velocities(&s, ramp(&s, &all, 120, 40)), [120, 100, 100, 40]);
        let (s, all) = piece(&[(7, 10, 60, 80)]);
        assert_eq!(velocities(&s, ramp(&s, &all, 40, 120)), [120]);
    }

    #[test]
    fn a_line_ends_at_its_ends() {
        let (a, b) = ((0.0, 20.0), (100.0, 120.0));
        assert_eq!((between(a, b, -5.0), between(a, b, 500.0)), (20, 120));
        assert_eq!(between(b, a, 50.0), 70);
        assert_eq!(between((0.0, -9.0), (1.0, 999.0), 1.0), 127);
    }
}
