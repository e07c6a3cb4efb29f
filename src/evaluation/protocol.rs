//! Which hole in which window is filled, and what is compared.

use super::metrics::{GridNote, HoleMetrics, measure};
use crate::score::{Mask, Region, Score, TakeNote};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A window of bars with a hole over all tracks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocol {
    /// Bars of the window.
    pub window: u32,
    /// Bars of the hole within the window, `start..end`.
    pub hole: Range<u32>,
}

impl Default for Protocol {
    /// Bars 6 to 10 of a window of 16.
    fn default() -> Self {
        Protocol {
            window: 16,
            hole: 6..10,
        }
    }
}

impl Protocol {
    /// The case whose window starts at bar `start` of the score; `None` where the window does not fit or the hole is
    /// empty of notes in the original.
    pub fn case(&self, score: &Score, start: u32) -> Option<Case> {
        let end = start.checked_add(self.window)?;
        let inside = self.hole.start < self.hole.end && self.hole.end <= self.window;
        if !inside || end > score.bar_count() {
            return None;
        }
        let case = Case {
            window: start..end,
            hole: start + self.hole.start..start + self.hole.end,
        };
        (!case.original(score).is_empty()).then_some(case)
    }

    /// Cases of a score whose windows start every `stride` bars from bar `first`.
    pub fn cases(&self, score: &Score, first: u32, stride: u32) -> Vec<Case> {
        let last = score.bar_count().saturating_sub(self.window);
        (first..=last)
            .step_by(stride.max(1) as usize)
            .filter_map(|start| self.case(score, start))
            .collect()
    }
}

/// One window and its hole, in bars of a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub window: Range<u32>,
    pub hole: Range<u32>,
}

impl Case {
    fn ticks(score: &Score, bars: &Range<u32>) -> Range<u32> {
        let b = score.bars();
        b.start(bars.start)..b.start(bars.end)
    }

    /// The mask: every pitch of every track in the hole.
    pub fn mask(&self, score: &Score) -> Mask {
        let hole = Self::ticks(score, &self.hole);
        Mask::of(Region::time(hole.start, hole.end, None))
    }

    /// Notes that start in the tick range, on the grid of the hole.
    fn notes_in(&self, score: &Score, ticks: Range<u32>) -> Vec<GridNote> {
        let origin = Self::ticks(score, &self.hole).start;
        let mut list = Vec::new();
        for (i, track) in score.tracks.iter().enumerate() {
            for n in &track.notes[track.starting_in(ticks.start, ticks.end)] {
                list.push(GridNote {
                    track: i as u32,
                    onset: steps(score.ppq, i64::from(n.start) - i64::from(origin)),
                    pitch: n.pitch,
                    duration: steps(score.ppq, i64::from(n.length)).max(1) as u32,
                    pitched: !track.is_drums(),
                });
            }
        }
        list
    }

    /// The notes that were in the hole.
    pub fn original(&self, score: &Score) -> Vec<GridNote> {
        self.notes_in(score, Self::ticks(score, &self.hole))
    }

    /// The notes of the window before and after the hole.
    pub fn context(&self, score: &Score) -> (Vec<GridNote>, Vec<GridNote>) {
        let (hole, window) = (
            Self::ticks(score, &self.hole),
            Self::ticks(score, &self.window),
        );
        (
            self.notes_in(score, window.start..hole.start),
            self.notes_in(score, hole.end..window.end),
        )
    }

    /// What was written into the hole of `score`, on its grid. Notes on unknown tracks or outside the hole are left
    /// out.
    pub fn written(&self, score: &Score, written: &[TakeNote]) -> Vec<GridNote> {
        let hole = Self::ticks(score, &self.hole);
        written
            .iter()
            .filter(|n| hole.contains(&n.start))
            .filter_map(|n| {
                let track = score.tracks.iter().position(|t| t.id == n.track)?;
                Some(GridNote {
                    track: track as u32,
                    onset: steps(score.ppq, i64::from(n.start - hole.start)),
                    pitch: n.pitch,
                    duration: steps(score.ppq, i64::from(n.length)).max(1) as u32,
                    pitched: !score.tracks[track].is_drums(),
                })
            })
            .collect()
    }

    /// Measures what was written into the hole of `score`, as [`Case::written`] reads it.
    pub fn measure(&self, score: &Score, written: &[TakeNote]) -> HoleMetrics {
        let (before, after) = self.context(score);
        measure(
            &self.original(score),
            &self.written(score, written),
            &before,
            &after,
        )
    }
}

/// Ticks in 16ths, rounded (halves up).
fn steps(ppq: u16, ticks: i64) -> i64 {
    let ppq = i64::from(ppq.max(1));
    (8 * ticks + ppq).div_euclid(2 * ppq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::baselines::originals;

    /// One note at the start of each of 20 bars, slightly late, rising by a semitone.
    fn scale() -> Score {
        let mut score = Score::default();
        let t = score.add_track("A", 0, 0);
        for bar in 0..20 {
            score.add_note(t, bar * 1920 + 20, 470, 40 + bar as u8, 80);
        }
        score
    }

    #[test]
    fn ticks_round_to_the_nearest_16th() {
        assert_eq!(
            [-61, -60, -59, 0, 59, 60, 179, 180].map(|t| steps(480, t)),
            [-1, 0, 0, 0, 0, 1, 1, 2]
        );
        assert_eq!(steps(96, 24), 1);
    }

    #[test]
    fn the_default_hole_is_bars_6_to_10_of_16() {
        let score = scale();
        let case = Protocol::default().case(&score, 2).unwrap();
        let pitches: Vec<u8> = case.original(&score).iter().map(|n| n.pitch).collect();
        assert_eq!(pitches, [48, 49, 50, 51]);
        let (before, after) = case.context(&score);
        assert_eq!((before.len(), after.len()), (6, 6));
        assert_eq!((before[5].onset, after[0].onset), (-16, 64));
        assert!(Protocol::default().case(&score, 5).is_none());
        assert_eq!(Protocol::default().cases(&score, 0, 2).len(), 3);
    }

    #[test]
    fn the_mask_is_what_is_compared() {
        let score = scale();
        let case = Protocol::default().case(&score, 0).unwrap();
        let written = originals(&score, &case.mask(&score));
        assert_eq!(written.len(), 4);
        assert_eq!(case.measure(&score, &written).note_f1_with_duration, 1.0);
        assert_eq!(case.measure(&score, &[]).note_f1, 0.0);
    }
}
