//! A filled hole beside the original, with every clock a metric counts on.

use super::baselines::originals;
use super::metrics::GridNote;
use super::protocol::Case;
use super::sample::Sample;
use crate::dataset::transform::crop::crop;
use crate::score::{Mask, Score, TakeNote};
use std::collections::BTreeMap;
use std::ops::Range;

/// What was written into one hole, and what stood there.
#[derive(Clone, Debug)]
pub struct Hole {
    /// What a person knows it by.
    pub name: String,
    /// The notes that were in the hole, on its grid of 16ths.
    pub original: Vec<GridNote>,
    /// The notes written into it.
    pub filled: Vec<GridNote>,
    /// The notes of the window before the hole.
    pub before: Vec<GridNote>,
    /// The notes of the window after the hole.
    pub after: Vec<GridNote>,
    /// First 16th of each bar of the hole, and of the bar after it, counted from its start.
    pub bar_steps: Vec<i64>,
    /// The window as it was.
    pub window: Score,
    /// The window as it is now.
    pub new_window: Score,
    /// [`Hole::window`] as metrics see it.
    pub piece: Sample,
    /// [`Hole::new_window`] as metrics see it.
    pub new_piece: Sample,
    /// Bars of the hole within the window.
    pub bars: Range<u32>,
    /// Figures that the notes alone do not tell, by key.
    pub brought: BTreeMap<&'static str, f64>,
}

impl Hole {
    /// A hole of `score` with what was written into it.
    pub fn of(name: impl Into<String>, score: &Score, case: &Case, written: &[TakeNote]) -> Hole {
        Hole::under(name, score, case, &case.mask(score), written)
    }

    /// As [`Hole::of`], where only what `mask` covers of the hole's bars was to be written: what it leaves alone is
    /// neither original nor filled.
    pub fn under(
        name: impl Into<String>,
        score: &Score,
        case: &Case,
        mask: &Mask,
        written: &[TakeNote],
    ) -> Hole {
        let name = name.into();
        let (before, after) = case.context(score);
        let new = score.with_notes(mask, written);
        let (window, new_window) = (
            crop(score, case.window.clone()),
            crop(&new, case.window.clone()),
        );
        let bars = case.hole.start - case.window.start..case.hole.end - case.window.start;
        let piece = Sample::of(name.clone(), &window);
        let ppq = i64::from(piece.ppq.max(1));
        let tick = |bar: u32| i64::from(window.bars().start(bar));
        let origin = tick(bars.start);
        Hole {
            original: case.written(score, &originals(score, mask)),
            filled: case.written(score, written),
            before,
            after,
            bar_steps: (bars.start..=bars.end)
                .map(|b| (8 * (tick(b) - origin) + ppq).div_euclid(2 * ppq))
                .collect(),
            new_piece: Sample::of(name.clone(), &new_window),
            piece,
            window,
            new_window,
            bars,
            brought: BTreeMap::new(),
            name,
        }
    }

    /// Steps of the hole.
    pub fn steps(&self) -> usize {
        self.bar_steps.last().copied().unwrap_or(0).max(0) as usize
    }

    /// The bar of the hole a step lies in.
    pub fn bar_of(&self, step: i64) -> usize {
        let bar = self.bar_steps.partition_point(|s| *s <= step);
        let last = self.bar_steps.len().saturating_sub(2);
        bar.saturating_sub(1).min(last)
    }

    /// Notes of a list by bar of the hole.
    pub fn by_bar(&self, notes: &[GridNote]) -> Vec<Vec<GridNote>> {
        let mut bars = vec![Vec::new(); self.bar_steps.len().saturating_sub(1)];
        for n in notes {
            if let Some(bar) = bars.get_mut(self.bar_of(n.onset)) {
                bar.push(*n);
            }
        }
        bars
    }

    /// Tracks that have notes in the hole, before or now.
    pub fn tracks(&self) -> Vec<u32> {
        let mut tracks: Vec<u32> = self
            .original
            .iter()
            .chain(&self.filled)
            .map(|n| n.track)
            .collect();
        tracks.sort_unstable();
        tracks.dedup();
        tracks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Protocol;
    use crate::evaluation::baselines::previous_bars;
    use crate::evaluation::testing::score;

    #[test]
    fn a_hole_knows_its_bars_and_what_is_new_in_them() {
        let notes: Vec<_> = (0..20).map(|b| (b * 16, 4, 40 + b as u8)).collect();
        let score = score(&notes);
        let case = Protocol::default().case(&score, 2).unwrap();
        let written = previous_bars(&score, &case.mask(&score), case.hole.clone());
        let hole = Hole::of("x", &score, &case, &written);
        assert_eq!(hole.bar_steps, [0, 16, 32, 48, 64]);
        assert_eq!((hole.steps(), hole.bars.clone()), (64, 6..10));
        let pitches =
            |bars: Vec<Vec<GridNote>>| -> Vec<u8> { bars.iter().map(|b| b[0].pitch).collect() };
        assert_eq!(pitches(hole.by_bar(&hole.original)), [48, 49, 50, 51]);
        assert_eq!(pitches(hole.by_bar(&hole.filled)), [44, 45, 46, 47]);
        assert_eq!(hole.piece.notes.len(), hole.new_piece.notes.len());
        assert_eq!(hole.bar_of(63), 3);
        assert_eq!(hole.tracks(), [0]);
    }
}
