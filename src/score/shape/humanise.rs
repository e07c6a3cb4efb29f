//! Humanising: notes a little early or late, louder or softer, as hands play them.

use super::{Change, each};
use crate::score::{Note, NoteId, Score};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How far notes may go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Humanise {
    /// Most milliseconds an onset goes either way.
    pub millis: f32,
    /// Most a velocity goes either way, 0..=126.
    pub velocity: u8,
}

impl Default for Humanise {
    fn default() -> Self {
        Humanise {
            millis: 12.0,
            velocity: 8,
        }
    }
}

/// A number in -1..=1, 0 the likeliest, the ends the least likely (the sum of two even draws).
fn around_zero(rng: &mut impl RngCore) -> f64 {
    let mut even = || rng.next_u32() as f64 / u32::MAX as f64;
    even() + even() - 1.0
}

/// Moves onsets and velocities of the chosen notes by chance; lengths stay. The same generator gives the same notes,
/// and how far onsets go does not change how velocities fall.
pub fn humanise(
    score: &Score,
    selection: &BTreeSet<NoteId>,
    how: Humanise,
    rng: &mut impl RngCore,
) -> Change {
    let clock = score.clock();
    let seconds = how.millis.max(0.0) as f64 / 1000.0;
    each(score, selection, |n| {
        let (time, force) = (around_zero(rng), around_zero(rng));
        let at = clock.seconds(n.start as f64) + time * seconds;
        let start = clock.tick(at.max(0.0)).round();
        let by = (force * how.velocity.min(126) as f64).round() as i32;
        Note {
            start: if seconds > 0.0 { start as u32 } else { n.start },
            velocity: (n.velocity as i32 + by).clamp(1, 127) as u8,
            ..*n
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn notes(how: Humanise, seed: u64) -> Vec<(u32, u32, u8, u8)> {
        let many: Vec<_> = (0..200).map(|i| (i * 480, 100, 60, 80)).collect();
        let (s, all) = piece(&many);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        after(&s, humanise(&s, &all, how, &mut rng))
    }

    #[test]
    fn the_same_seed_plays_the_same_way() {
        let how = Humanise::default();
        assert_eq!(notes(how, 1), notes(how, 1));
        assert_ne!(notes(how, 1), notes(how, 2));
    }

    #[test]
    fn nothing_goes_further_than_allowed() {
        // 120 beats a minute: a millisecond is 0.96 ticks.
        let how = Humanise {
            millis: 25.0,
            velocity: 5,
        };
        let played = notes(how, 3);
        let off = |(i, n): (usize, &(u32, u32, u8, u8))| n.0.abs_diff(i as u32 * 480);
        let most = played.iter().enumerate().map(off).max().unwrap();
        assert!((12..=24).contains(&most), "{most} ticks");
        let loud = played.iter().map(|n| n.3.abs_diff(80)).max().unwrap();
        assert!((3..=5).contains(&loud), "{loud}");
        assert!(played.iter().all(|n| n.1 == 100));
    }

    #[test]
    fn time_and_force_are_apart() {
        let both = notes(Humanise::default(), 4);
        let force = notes(
            Humanise {
                millis: 0.0,
                ..Humanise::default()
            },
            4,
        );
        assert!(force.iter().enumerate().all(|(i, n)| n.0 == i as u32 * 480));
        let velocities = |v: &[(u32, u32, u8, u8)]| v.iter().map(|n| n.3).collect::<Vec<u8>>();
        assert_eq!(velocities(&both), velocities(&force));
    }
}
