//! What is done to songs before a model sees them: cut, moved in pitch, shuffled by bars, brought to one key or one tempo.
//!
//! All are pure functions from one [`Score`] to another. Those that draw take a generator, so that a
//! seed gives the same songs again: [`generator`] gives one a song and pass.

pub mod arrange;
pub mod crop;
pub mod merge;
pub mod normalise;
pub mod shuffle;
pub mod tempo;
pub mod transpose;
pub mod windows;

use crate::score::Score;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Why a song cannot be transformed as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TransformError {
    #[error(
        "the tempo changes {changes} times, first at bar {bar}; choose a policy that keeps the curve or settles on one tempo"
    )]
    TempoChanges { changes: usize, bar: u32 },
    #[error(
        "section {section} (bars {from} to {to}) is not a stretch after the one before it and within the {bars} bars of the piece; give sections in order, without overlaps"
    )]
    Section {
        /// Counted from 1, like the bars.
        section: usize,
        from: u32,
        to: u32,
        bars: u32,
    },
    #[error("it has no pitched notes, so it has no key; leave it as it is")]
    NoKey,
    #[error(
        "moved by {semitones} semitones, in any octave, some note leaves the pitches 0 to 127; leave out its outermost notes"
    )]
    NoRoom { semitones: i32 },
}

/// Bars up to and including the one in which the last note begins; 0 without notes. A bar that only hears the last note
/// fade does not count.
pub fn bar_count(score: &Score) -> u32 {
    let last = score.notes().map(|(_, n)| n.start).max();
    last.map_or(0, |tick| score.bars().bar_at(tick) + 1)
}

/// The generator of one stream of a seed, such as a song in a pass over the data. Streams of one seed are independent.
pub fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

#[cfg(test)]
pub(crate) mod testing {
    use crate::score::{KeySignature, Meter, Score, Tempo};
    use proptest::prelude::*;

    /// Pieces of two voices and drums with changes of tempo, metre and key, on 48 ticks a quarter.
    pub fn pieces() -> impl Strategy<Value = Score> {
        let notes =
            prop::collection::vec((0u8..3, 0u32..3000, 0u32..400, 20u8..110, 1u8..128), 1..40);
        let meters = prop::collection::vec((0u32..3000, 1u8..8, 1u32..4), 0..4);
        let tempos = prop::collection::vec((0u32..3000, 200_000u32..1_500_000), 0..4);
        let keys = prop::collection::vec((0u32..3000, -6i8..7, any::<bool>()), 0..3);
        (notes, meters, tempos, keys).prop_map(|(notes, meters, tempos, keys)| {
            let mut score = Score {
                ppq: 48,
                ..Score::default()
            };
            let tracks = [
                score.add_track("high", 0, 0),
                score.add_track("low", 1, 32),
                score.add_track("drums", 9, 0),
            ];
            for (track, start, length, pitch, velocity) in notes {
                score.add_note(tracks[track as usize], start, length, pitch, velocity);
            }
            score.meters = meters
                .into_iter()
                .map(|(tick, n, d)| Meter::new(tick, n, 1 << d))
                .collect();
            score.meters.sort_by_key(|m| m.tick);
            score.tempos = tempos
                .into_iter()
                .map(|(tick, micros_per_quarter)| Tempo {
                    tick,
                    micros_per_quarter,
                })
                .collect();
            score.tempos.sort_by_key(|t| t.tick);
            score.keys = keys
                .into_iter()
                .map(|(tick, sharps, minor)| KeySignature {
                    tick,
                    sharps,
                    minor,
                })
                .collect();
            score.keys.sort_by_key(|k| k.tick);
            score
        })
    }

    /// What can be heard of every note but its time: track, length, pitch, velocity; sorted.
    pub fn sounds(score: &Score) -> Vec<(u32, u32, u8, u8)> {
        let mut list: Vec<_> = score
            .notes()
            .map(|(t, n)| (t.0, n.length, n.pitch, n.velocity))
            .collect();
        list.sort_unstable();
        list
    }
}
