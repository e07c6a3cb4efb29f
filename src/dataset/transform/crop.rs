//! A window of bars as a piece of its own.

use super::arrange::arrange;
use super::bar_count;
use crate::score::Score;
use rand::Rng;
use std::ops::Range;

/// The bars `[bars.start, bars.end)` as a piece that starts at tick 0. A note belongs to the window of its onset and
/// keeps its length. Tempo, metre, key and the state of the channels at the start come along; the reference (midi-lm)
/// loses them.
pub fn crop(score: &Score, bars: Range<u32>) -> Score {
    arrange(score, std::slice::from_ref(&bars))
}

/// A window of `length` bars (at least 1), every start within the piece as likely as any other; the whole piece where it
/// is shorter.
pub fn random(score: &Score, length: u32, rng: &mut impl Rng) -> Score {
    let length = length.max(1);
    let start = rng.random_range(0..=bar_count(score).saturating_sub(length));
    crop(score, start..start.saturating_add(length))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pieces, sounds};
    use super::super::{generator, windows};
    use super::*;
    use crate::score::{KeySignature, Meter, Tempo};
    use proptest::prelude::*;

    #[test]
    fn what_is_in_force_comes_along() {
        let mut score = Score::default();
        let t = score.add_track("a", 0, 0);
        score.add_note(t, 3 * 1440 + 10, 5000, 64, 80);
        score.meters = vec![Meter::new(0, 3, 4)];
        score.tempos = vec![Tempo {
            tick: 100,
            micros_per_quarter: 400_000,
        }];
        score.keys = vec![KeySignature {
            tick: 0,
            sharps: -3,
            minor: true,
        }];
        let new = crop(&score, 3..4);
        assert_eq!(new.meters, [Meter::new(0, 3, 4)]);
        assert_eq!((new.bpm_at(0), new.keys[0].sharps), (150.0, -3));
        let note = new.tracks[0].notes[0];
        assert_eq!((note.start, note.length), (10, 5000));
    }

    proptest! {
        #[test]
        fn windows_side_by_side_hold_every_note_once(score in pieces(), length in 1u32..9) {
            let bars = bar_count(&score);
            let mut all = Vec::new();
            for start in (0..bars).step_by(length as usize) {
                all.extend(sounds(&crop(&score, start..start + length)));
            }
            all.sort_unstable();
            prop_assert_eq!(all, sounds(&score));
        }

        #[test]
        fn a_random_window_is_one_of_the_windows(score in pieces(), length in 1u32..20, seed: u64) {
            let drawn = random(&score, length, &mut generator(seed, 0));
            prop_assert_eq!(&drawn, &random(&score, length, &mut generator(seed, 0)));
            let all = windows::starts(bar_count(&score), length, 1, None);
            prop_assert!(all.iter().any(|s| crop(&score, *s..s + length) == drawn));
        }
    }
}
