//! What becomes of a song's changes of tempo.

use super::TransformError;
use crate::score::{Meter, Score, Tempo};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What to do with a tempo map. Under all but [`TempoPolicy::ReferenceCompatible`] notes keep their beats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TempoPolicy {
    /// The map stays as it is.
    #[default]
    Keep,
    /// One tempo, the one in force at the start.
    AtStart,
    /// One tempo, the middle one: half of the time the piece sounds is played no faster. Time is in seconds.
    Median,
    /// A song whose tempo changes is refused: what smdiff's README says of `--strict_tempo`.
    Refuse,
    /// The map stays and one 4/4 replaces all metres: what smdiff's `--strict_tempo` does. Its grid representations then
    /// fail on the song where the tempo changes.
    ReferenceStrict,
    /// One tempo and one 4/4, and notes keep their seconds: what smdiff does without `--strict_tempo`. A song with
    /// changes of tempo drifts off its beats, the main flaw of its data. The tempo is the one at the start, else the
    /// first there is, else 120.
    ReferenceCompatible,
}

/// The piece under a policy.
///
/// # Errors
/// [`TransformError::TempoChanges`] under [`TempoPolicy::Refuse`].
pub fn apply(score: &Score, policy: TempoPolicy) -> Result<Score, TransformError> {
    Ok(match policy {
        TempoPolicy::Keep => score.clone(),
        TempoPolicy::AtStart => single(score, in_force(score, 0)),
        TempoPolicy::Median => single(score, median(score)),
        TempoPolicy::Refuse => {
            refuse_changes(score)?;
            score.clone()
        }
        TempoPolicy::ReferenceStrict => Score {
            meters: vec![Meter::new(0, 4, 4)],
            ..score.clone()
        },
        TempoPolicy::ReferenceCompatible => keep_seconds(score),
    })
}

fn single(score: &Score, micros_per_quarter: u32) -> Score {
    Score {
        tempos: vec![Tempo {
            tick: 0,
            micros_per_quarter,
        }],
        ..score.clone()
    }
}

/// Microseconds a quarter in force at a tick.
fn in_force(score: &Score, tick: u32) -> u32 {
    let i = score.tempos.partition_point(|t| t.tick <= tick);
    i.checked_sub(1)
        .map_or(500_000, |i| score.tempos[i].micros_per_quarter)
}

/// The tempo at which half of the seconds up to the end of the last note are behind, tempos sorted from fast to slow.
fn median(score: &Score) -> u32 {
    let (clock, end) = (score.clock(), score.end());
    let mut ticks: Vec<u32> = score.tempos.iter().map(|t| t.tick).collect();
    ticks.retain(|t| (1..end).contains(t));
    ticks.insert(0, 0);
    ticks.push(end);
    let seconds = |tick: u32| clock.seconds(f64::from(tick));
    let mut stretches: Vec<(u32, f64)> = ticks
        .windows(2)
        .map(|w| (in_force(score, w[0]), seconds(w[1]) - seconds(w[0])))
        .collect();
    stretches.sort_by_key(|s| s.0);
    let half = seconds(end) / 2.0;
    let mut behind = 0.0;
    let middle = stretches.iter().find(|s| {
        behind += s.1;
        behind >= half
    });
    middle.map_or_else(|| in_force(score, 0), |s| s.0)
}

/// Refuses a piece whose tempo changes before its last note ends.
fn refuse_changes(score: &Score) -> Result<(), TransformError> {
    let end = score.end();
    let mut current = in_force(score, 0);
    let mut changes = Vec::new();
    for t in score.tempos.iter().filter(|t| t.tick > 0 && t.tick < end) {
        if t.micros_per_quarter != current {
            changes.push(t.tick);
        }
        current = t.micros_per_quarter;
    }
    match changes.first() {
        None => Ok(()),
        Some(&tick) => Err(TransformError::TempoChanges {
            changes: changes.len(),
            bar: score.bars().bar_at(tick) + 1,
        }),
    }
}

/// One tempo and metre, every time moved to the tick of its seconds.
fn keep_seconds(score: &Score) -> Score {
    let first = score.tempos.first();
    let micros = match first {
        Some(t) if t.tick > 0 => t.micros_per_quarter,
        _ => in_force(score, 0),
    };
    let mut new = single(score, micros);
    new.meters = vec![Meter::new(0, 4, 4)];
    let (old, clock) = (score.clock(), new.clock());
    let tick = |t: u32| clock.tick(old.seconds(f64::from(t))).round().max(0.0) as u32;
    for track in &mut new.tracks {
        let track = Arc::make_mut(track);
        for n in &mut track.notes {
            let (start, end) = (tick(n.start), tick(n.end()));
            n.start = start;
            // A note is not lost because it is played fast, and one of no length gets none.
            n.length = (end - start).max(n.length.min(1));
        }
        track.sort();
        for e in &mut track.events {
            e.tick = tick(e.tick);
        }
    }
    for k in &mut new.keys {
        k.tick = tick(k.tick);
    }
    for m in &mut new.metas {
        m.tick = tick(m.tick);
    }
    for end in &mut new.chunk_ends {
        *end = tick(*end);
    }
    new
}

#[cfg(test)]
mod tests {
    use super::super::testing::pieces;
    use super::*;
    use proptest::prelude::*;

    /// Four quarters: two at 120, two at 60 from the second bar of 2/4 on.
    fn slowing() -> Score {
        let mut score = Score::default();
        let t = score.add_track("a", 0, 0);
        for beat in 0..4 {
            score.add_note(t, beat * 480, 480, 60, 80);
        }
        score.meters = vec![Meter::new(0, 2, 4)];
        score.tempos = [(0, 500_000), (960, 1_000_000)]
            .map(|(tick, micros_per_quarter)| Tempo {
                tick,
                micros_per_quarter,
            })
            .to_vec();
        score
    }

    fn tempos(score: &Score) -> Vec<f64> {
        score.tempos.iter().map(Tempo::bpm).collect()
    }

    #[test]
    fn each_policy_does_what_it_says() {
        let score = slowing();
        let under = |p| apply(&score, p).unwrap();
        assert_eq!(under(TempoPolicy::Keep), score);
        let start = under(TempoPolicy::AtStart);
        assert_eq!(
            (tempos(&start), &start.tracks),
            (vec![120.0], &score.tracks)
        );
        // One second fast, two seconds slow.
        assert_eq!(tempos(&under(TempoPolicy::Median)), [60.0]);
        let strict = under(TempoPolicy::ReferenceStrict);
        assert_eq!(tempos(&strict), [120.0, 60.0]);
        assert_eq!(strict.meters, [Meter::new(0, 4, 4)]);
        let error = apply(&score, TempoPolicy::Refuse).unwrap_err();
        assert_eq!(error, TransformError::TempoChanges { changes: 1, bar: 2 });
        let compatible = under(TempoPolicy::ReferenceCompatible);
        let starts: Vec<u32> = compatible.notes().map(|(_, n)| n.start).collect();
        assert_eq!(starts, [0, 480, 960, 1920]);
        assert_eq!(compatible.meters, [Meter::new(0, 4, 4)]);
    }

    #[test]
    fn a_change_after_the_last_note_is_no_change() {
        let mut score = slowing();
        score.tempos[1].tick = 1920;
        assert!(apply(&score, TempoPolicy::Refuse).is_ok());
    }

    #[test]
    fn without_a_tempo_at_the_start_the_reference_takes_the_first() {
        let mut score = slowing();
        score.tempos.remove(0);
        let compatible = apply(&score, TempoPolicy::ReferenceCompatible).unwrap();
        assert_eq!(tempos(&compatible), [60.0]);
        // The first two beats sound at 120 and so become half beats at 60.
        let starts: Vec<u32> = compatible.notes().map(|(_, n)| n.start).collect();
        assert_eq!(starts, [0, 240, 480, 960]);
        score.tempos.clear();
        let compatible = apply(&score, TempoPolicy::ReferenceCompatible).unwrap();
        assert_eq!(tempos(&compatible), [120.0]);
    }

    proptest! {
        #[test]
        fn our_policies_keep_beats_and_the_references_seconds(score in pieces()) {
            for policy in [TempoPolicy::Keep, TempoPolicy::AtStart, TempoPolicy::Median] {
                let new = apply(&score, policy).unwrap();
                prop_assert_eq!(&new.tracks, &score.tracks);
                prop_assert_eq!(&new.meters, &score.meters);
            }
            let new = apply(&score, TempoPolicy::ReferenceCompatible).unwrap();
            let seconds = |s: &Score| {
                let clock = s.clock();
                let mut list: Vec<_> = s
                    .notes()
                    .map(|(_, n)| (n.id, clock.seconds(f64::from(n.start))))
                    .collect();
                list.sort_by_key(|x| x.0);
                list
            };
            // Half a tick of the slowest tempo drawn.
            for (a, b) in seconds(&new).iter().zip(seconds(&score)) {
                prop_assert!((a.1 - b.1).abs() < 0.5 * 1.5 / 48.0 + 1e-9, "{a:?} {b:?}");
            }
        }

        #[test]
        fn the_median_splits_the_time_in_halves(score in pieces()) {
            let middle = median(&score);
            let (clock, end) = (score.clock(), score.end());
            let total = clock.seconds(f64::from(end));
            let share = |keep: &dyn Fn(u32) -> bool| -> f64 {
                (0..end)
                    .filter(|t| keep(in_force(&score, *t)))
                    .map(|t| clock.seconds(f64::from(t + 1)) - clock.seconds(f64::from(t)))
                    .sum()
            };
            prop_assert!(share(&|m| m <= middle) >= total / 2.0 - 1e-6);
            prop_assert!(share(&|m| m >= middle) >= total / 2.0 - 1e-6);
        }
    }
}
