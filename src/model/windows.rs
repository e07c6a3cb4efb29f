//! Which bars a model sees and which of them it writes.

use super::fill::FillError;
use crate::score::{Bars, Mask, Region, Score};
use crate::tokenizer::octuple::vocabulary::MAX_STEPS;
use std::ops::Range;

/// Most bars written at once by the free octuple.
pub(super) const SPAN: u32 = 8;
/// How far beyond the last note a mask may ask for music, in bars.
pub(super) const BEYOND: u32 = 32;

/// The bars that `mask` touches on pitched tracks, in order.
pub(super) fn masked_bars(score: &Score, bars: &Bars, mask: &Mask) -> Result<Vec<u32>, FillError> {
    let last = score.bar_count() + BEYOND;
    // Nothing is masked beyond the last rectangle, so bars after it need no look.
    let edge = mask
        .gestures
        .iter()
        .filter_map(|g| match g {
            crate::score::mask::Gesture::Add(r) => r.rects.iter().map(|r| r.end).max(),
            crate::score::mask::Gesture::Invert { end } => Some(*end),
            crate::score::mask::Gesture::Subtract(_) => None,
        })
        .max()
        .unwrap_or(0);
    let last = last.min(bars.count_until(edge.max(score.end())));
    let mut found = vec![false; last as usize];
    let mut drums = false;
    for track in &score.tracks {
        let mut mark = |bar: u32| {
            if track.is_drums() {
                drums = true;
            } else if let Some(f) = found.get_mut(bar as usize) {
                *f = true;
            }
        };
        for n in track.notes.iter().filter(|n| mask.selects(track.id, n)) {
            mark(bars.bar_at(n.start));
        }
        if mask.attributes.rewrites() {
            for bar in 0..last {
                if !mask
                    .strips(track.id, bars.start(bar), bars.end(bar))
                    .is_empty()
                {
                    mark(bar);
                }
            }
        }
    }
    let list: Vec<u32> = (0..last).filter(|&b| found[b as usize]).collect();
    if list.is_empty() {
        return Err(if drums {
            FillError::OnlyDrums
        } else {
            FillError::Empty
        });
    }
    let longest = score.ppq as u32 * MAX_STEPS as u32 / 4;
    match list.iter().find(|&&b| bars.length(b) > longest) {
        Some(&b) => Err(FillError::BarTooLong { bar: b + 1 }),
        None => Ok(list),
    }
}

/// A window: the bars the network sees and those of them it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub seen: Range<u32>,
    pub written: Range<u32>,
}

/// Cuts masked bars into windows of at most `most` bars, of which at most `span` are written. Each sees context on both sides, but never a
/// masked bar that a later window will write: its notes are about to go.
pub(super) fn windows(masked: &[u32], end: u32, most: u32, span: u32) -> Vec<Window> {
    let mut all = Vec::new();
    let mut i = 0;
    while i < masked.len() {
        let first = masked[i];
        while i < masked.len() && masked[i] - first < span.max(1) {
            i += 1;
        }
        let last = masked[i - 1] + 1;
        let room = most.saturating_sub(last - first);
        let next = masked.get(i).copied().unwrap_or(u32::MAX);
        let right = (last + room / 2).min(next).min(end.max(last));
        let left = first.saturating_sub(room - (right - last));
        // What the left edge could not use goes to the right.
        let right = (left + (last - first) + room)
            .min(next)
            .min(end.max(last))
            .max(right);
        all.push(Window {
            seen: left..right,
            written: first..last,
        });
    }
    all
}

/// The mask within a range of bars only.
pub(super) fn within(mask: &Mask, bars: &Bars, range: &Range<u32>) -> Mask {
    let mut m = mask.clone();
    m.subtract(Region::time(0, bars.start(range.start), None));
    m.subtract(Region::time(bars.start(range.end), u32::MAX, None));
    m
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_see_both_sides_and_no_bar_that_is_about_to_go() {
        let w = windows(&[20, 21, 22, 23], 64, 16, SPAN);
        assert_eq!(
            w,
            [Window {
                seen: 14..30,
                written: 20..24
            }]
        );
        let w = windows(&[0, 1], 64, 16, SPAN);
        assert_eq!(
            w,
            [Window {
                seen: 0..16,
                written: 0..2
            }]
        );
        let w = windows(&(10..30).collect::<Vec<_>>(), 64, 16, SPAN);
        assert_eq!(
            w[0],
            Window {
                seen: 2..18,
                written: 10..18
            }
        );
        assert_eq!(w[2].written, 26..30);
        assert!(w.iter().all(|w| w.seen.end - w.seen.start <= 16));
        let w = windows(&[63], 64, 16, SPAN);
        assert_eq!(w[0].seen, 48..64);
    }
}
