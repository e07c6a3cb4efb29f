//! Quantising: onsets and lengths drawn to a grid, as far as one likes.

use super::{Change, each};
use crate::score::{Bars, Note, NoteId, Score};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is drawn to which grid, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quantise {
    /// Lines a quarter note: 4 are sixteenths, 3 triplets of eighths. At least 1.
    pub division: u32,
    /// Where every second line stands in its pair, in percent: 50 is straight, 66 as triplets swing, at most 75.
    pub swing: f32,
    /// Share of the way that notes go, 0..=1.
    pub strength: f32,
    pub onsets: bool,
    /// Lengths become whole steps of the grid, at least one.
    pub lengths: bool,
}

impl Default for Quantise {
    fn default() -> Self {
        Quantise {
            division: 4,
            swing: 50.0,
            strength: 1.0,
            onsets: true,
            lengths: false,
        }
    }
}

impl Quantise {
    /// Ticks between two straight lines.
    fn step(&self, ppq: u16) -> f64 {
        (ppq.max(1) as f64 / self.division.max(1) as f64).max(1.0)
    }

    /// The line nearest to a tick, the earlier of two. Lines begin anew with every bar.
    pub fn line(&self, bars: &Bars, ppq: u16, tick: u32) -> u32 {
        let bar = bars.bar_at(tick);
        let (start, end) = (bars.start(bar), bars.end(bar));
        let step = self.step(ppq);
        let late = (self.swing.clamp(50.0, 75.0) as f64 - 50.0) / 50.0 * step;
        let at = |k: u64| {
            let swung = if k % 2 == 1 { late } else { 0.0 };
            let line = (k as f64 * step + swung).round() as u32;
            start.saturating_add(line).min(end)
        };
        let k = ((tick - start) as f64 / step) as u64;
        // A swung line may be a step away; the bar's end is a line as well.
        let near = [k.saturating_sub(1), k, k + 1].map(at);
        let lines = near.into_iter().chain([end]);
        lines.min_by_key(|l| (l.abs_diff(tick), *l)).unwrap_or(tick)
    }

    fn length(&self, ppq: u16, length: u32) -> f64 {
        let step = self.step(ppq);
        (length as f64 / step).round().max(1.0) * step
    }
}

/// Draws the chosen notes to the grid. A note that is moved keeps its length, and one that is drawn out its onset,
/// unless both are asked for.
pub fn quantise(
    score: &Score,
    bars: &Bars,
    selection: &BTreeSet<NoteId>,
    how: &Quantise,
) -> Change {
    let ppq = score.ppq;
    let strength = how.strength.clamp(0.0, 1.0) as f64;
    let toward = |from: u32, to: f64| {
        let at = from as f64 + (to - from as f64) * strength;
        at.round().clamp(0.0, u32::MAX as f64) as u32
    };
    each(score, selection, |n| Note {
        start: if how.onsets {
            toward(n.start, how.line(bars, ppq, n.start) as f64)
        } else {
            n.start
        },
        length: if how.lengths {
            toward(n.length, how.length(ppq, n.length))
        } else {
            n.length
        },
        ..*n
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;
    use crate::score::Meter;
    use proptest::prelude::*;

    fn starts(how: Quantise, at: &[u32]) -> Vec<u32> {
        let notes: Vec<_> = at.iter().map(|s| (*s, 100, 60, 80)).collect();
        let (s, all) = piece(&notes);
        let change = quantise(&s, &s.bars(), &all, &how);
        after(&s, change).iter().map(|n| n.0).collect()
    }

    #[test]
    fn onsets_go_to_the_nearest_line_all_the_way_or_a_part_of_it() {
        let how = Quantise::default();
        let at = [10, 61, 110, 250, 1900];
        assert_eq!(starts(how, &at), [0, 120, 120, 240, 1920]);
        let half = Quantise {
            strength: 0.5,
            ..how
        };
        assert_eq!(starts(half, &at), [5, 91, 115, 245, 1910]);
        let not = Quantise {
            strength: 0.0,
            ..how
        };
        assert_eq!(starts(not, &at), at);
    }

    #[test]
    fn triplets_and_swing_are_grids_too() {
        let triplets = Quantise {
            division: 3,
            ..Quantise::default()
        };
        assert_eq!(starts(triplets, &[150, 300, 500]), [160, 320, 480]);
        // Eighths that swing as triplets do: the second stands two thirds into the quarter.
        let swung = Quantise {
            division: 2,
            swing: 200.0 / 3.0,
            ..Quantise::default()
        };
        assert_eq!(starts(swung, &[150, 240, 330, 460]), [0, 320, 320, 480]);
    }

    #[test]
    fn lengths_become_whole_steps_and_onsets_stay() {
        let (s, all) = piece(&[(10, 20, 60, 80), (500, 200, 62, 80), (900, 0, 64, 80)]);
        let how = Quantise {
            onsets: false,
            lengths: true,
            ..Quantise::default()
        };
        let change = quantise(&s, &s.bars(), &all, &how);
        assert_eq!(
            after(&s, change),
            [(10, 120, 60, 80), (500, 240, 62, 80), (900, 120, 64, 80)]
        );
    }

    #[test]
    fn lines_begin_anew_with_every_bar() {
        // 7/16 at 480: a bar is 840 ticks, so quarters do not fill it.
        let bars = Bars::new(&[Meter::new(0, 7, 16)], 480);
        let how = Quantise {
            division: 1,
            ..Quantise::default()
        };
        assert_eq!(how.line(&bars, 480, 700), 840);
        assert_eq!(how.line(&bars, 480, 600), 480);
    }

    proptest! {
        #[test]
        fn a_quantised_onset_stays_where_it_is(
            tick in 0u32..20_000, division in 1u32..13, swing in 50f32..75.0, n in 1u8..13, d in 0u32..5,
        ) {
            let bars = Bars::new(&[Meter::new(0, n, 1 << d)], 96);
            let how = Quantise { division, swing, ..Quantise::default() };
            let line = how.line(&bars, 96, tick);
            prop_assert_eq!(how.line(&bars, 96, line), line);
        }
    }
}
