//! The chord rule of REMI-z (Sonata165): two chords a bar, each from the set of pitch classes that begin in its half.
//!
//! It knows neither lengths nor weights, so a passing note counts like a root, and a half in which nothing begins has no
//! chord even while one sounds.

use super::{Chord, ChordSpan, Quality};
use crate::score::Score;
use crate::score::key::pitched;
use std::collections::BTreeMap;

/// Where a bar is split, in twelfths of a quarter: the half of a bar of 4/4, and the same place in any other bar.
const SPLIT: u32 = 24;

/// The chords by the reference's rule, two spans a bar up to the last bar in which a note begins. A bar no longer than two
/// quarters has one span.
pub fn detect(score: &Score) -> Vec<ChordSpan> {
    let bars = score.bars();
    let quarter = u32::from(score.ppq.max(1));
    let mut halves: BTreeMap<(u32, bool), Vec<u8>> = BTreeMap::new();
    for n in pitched(score) {
        let bar = bars.bar_at(n.start);
        let onset = f64::from(n.start - bars.start(bar)) * 12.0 / f64::from(quarter);
        let second = onset.round_ties_even() as u32 >= SPLIT;
        halves.entry((bar, second)).or_default().push(n.pitch);
    }
    let count = halves.keys().next_back().map_or(0, |(bar, _)| bar + 1);
    let mut spans = Vec::with_capacity(2 * count as usize);
    for bar in 0..count {
        let (start, end) = (bars.start(bar), bars.end(bar));
        let middle = (start + 2 * quarter).min(end);
        for (from, to, second) in [(start, middle, false), (middle, end, true)] {
            if from < to {
                let pitches = halves.get(&(bar, second)).map_or(&[][..], |p| p);
                spans.push(ChordSpan {
                    start: from,
                    end: to,
                    chord: of(pitches),
                });
            }
        }
    }
    spans
}

/// The chord of a handful of pitches: the first quality, in the reference's order, with the most pitch classes in common
/// on the lowest pitch; where that leaves a pitch class over, any other root and quality with more in common, qualities
/// before roots. `None` for fewer than two pitch classes.
pub fn of(pitches: &[u8]) -> Option<Chord> {
    let mut present = [false; 12];
    for p in pitches {
        present[*p as usize % 12] = true;
    }
    let classes = present.iter().filter(|p| **p).count();
    let lowest = pitches.iter().min()? % 12;
    if classes < 2 {
        return None;
    }
    let common = |chord: Chord| {
        let in_common = chord.pitch_classes().filter(|c| present[*c as usize]);
        in_common.count()
    };
    let on_lowest = [lowest].to_vec();
    let elsewhere: Vec<u8> = (0..12).filter(|r| *r != lowest).collect();
    let (mut best, mut most) = (None, 0);
    for roots in [on_lowest, elsewhere] {
        if most == classes {
            break;
        }
        for quality in &Quality::ALL[..Quality::REFERENCE] {
            for &root in &roots {
                let chord = Chord {
                    root,
                    quality: *quality,
                };
                if common(chord) > most {
                    (best, most) = (Some(chord), common(chord));
                }
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(pitches: &[u8]) -> Option<String> {
        of(pitches).map(|c| c.to_string())
    }

    #[test]
    fn the_lowest_note_is_favoured_as_root() {
        assert_eq!(label(&[48, 52, 55]).as_deref(), Some("C:maj"));
        assert_eq!(label(&[53, 60, 64, 69]).as_deref(), Some("F:maj7"));
        // The same notes on A and on C.
        assert_eq!(label(&[57, 60, 64, 67]).as_deref(), Some("A:min7"));
        // C E G A: no quality on C holds all four, A minor seventh does.
        assert_eq!(label(&[48, 52, 55, 57]).as_deref(), Some("A:min7"));
        // A bare fifth is major, the first quality.
        assert_eq!(label(&[48, 55]).as_deref(), Some("C:maj"));
        assert_eq!(label(&[48, 60]), None);
        assert_eq!(label(&[]), None);
    }

    #[test]
    fn halves_are_split_by_onsets() {
        let mut score = Score::default();
        let t = score.add_track("a", 0, 0);
        for p in [60, 64, 67] {
            score.add_note(t, 0, 1920, p, 80);
        }
        for p in [57, 60, 64] {
            // Almost late enough: position 23.5 rounds to 24.
            score.add_note(t, 1920 + 940, 100, p, 80);
        }
        let chords: Vec<Option<String>> = detect(&score)
            .iter()
            .map(|s| s.chord.map(|c| c.to_string()))
            .collect();
        let (c, a) = (Some("C:maj".to_string()), Some("A:min".to_string()));
        // Nothing begins in the second half of the first bar, though C still sounds.
        assert_eq!(chords, [c, None, None, a]);
    }
}
