//! Bars and sections in another order (PhraseLDM's bar and section permutations).

use super::arrange::arrange;
use super::{TransformError, bar_count};
use crate::score::Score;
use rand::Rng;
use rand::seq::SliceRandom;
use std::ops::Range;

/// The bars in random order, every order as likely as any other. Notes go with the bar of their onset; metre and tempo
/// go with the bars.
pub fn bars(score: &Score, rng: &mut impl Rng) -> Score {
    let mut order: Vec<Range<u32>> = (0..bar_count(score)).map(|b| b..b + 1).collect();
    order.shuffle(rng);
    arrange(score, &order)
}

/// The sections (stretches of bars) in random order. Bars that belong to no section keep their place between them.
///
/// # Errors
/// When a section is empty, begins before the one before it ends, or ends after the piece.
pub fn sections(
    score: &Score,
    sections: &[Range<u32>],
    rng: &mut impl Rng,
) -> Result<Score, TransformError> {
    let bars = bar_count(score);
    let mut at = 0;
    for (i, s) in sections.iter().enumerate() {
        if s.start < at || s.start >= s.end || s.end > bars {
            return Err(TransformError::Section {
                section: i + 1,
                from: s.start.saturating_add(1),
                to: s.end,
                bars,
            });
        }
        at = s.end;
    }
    let mut drawn = sections.to_vec();
    drawn.shuffle(rng);
    let mut order = Vec::with_capacity(2 * sections.len() + 1);
    at = 0;
    for (place, section) in sections.iter().zip(drawn) {
        order.push(at..place.start);
        order.push(section);
        at = place.end;
    }
    order.push(at..bars);
    Ok(arrange(score, &order))
}

#[cfg(test)]
mod tests {
    use super::super::generator;
    use super::super::testing::{pieces, sounds};
    use super::*;
    use crate::score::Meter;
    use proptest::prelude::*;

    /// Six bars of alternately 4/4 and 3/4, the pitch of each note telling its bar.
    fn counted() -> Score {
        let mut score = Score {
            ppq: 24,
            ..Score::default()
        };
        let t = score.add_track("a", 0, 0);
        let mut tick = 0;
        for bar in 0..6 {
            let beats = 4 - bar % 2;
            score.meters.push(Meter::new(tick, beats as u8, 4));
            score.add_note(t, tick + 24, 24, 60 + bar as u8, 80);
            tick += 24 * beats;
        }
        score
    }

    /// The pitches, bar by bar.
    fn order(score: &Score) -> Vec<u8> {
        score.notes().map(|(_, n)| n.pitch - 60).collect()
    }

    #[test]
    fn metres_go_with_their_bars() {
        let new = bars(&counted(), &mut generator(3, 0));
        assert_ne!(
            order(&new),
            [0, 1, 2, 3, 4, 5],
            "a seed that moves something"
        );
        let lines = new.bars();
        for (i, (_, n)) in new.notes().enumerate() {
            let bar = lines.bar_at(n.start);
            assert_eq!(bar as usize, i);
            assert_eq!(lines.meter(bar).numerator, 4 - n.pitch % 2);
            assert_eq!(n.start, lines.start(bar) + 24);
        }
    }

    #[test]
    fn bars_outside_sections_keep_their_place() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..20 {
            let new = sections(&counted(), &[1..3, 4..5], &mut generator(seed, 0)).unwrap();
            seen.insert(order(&new));
        }
        let expected = [vec![0, 1, 2, 3, 4, 5], vec![0, 4, 3, 1, 2, 5]];
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn sections_that_overlap_or_overrun_are_named() {
        for (list, section) in [
            (vec![0..2, 1..3], 2),
            (Vec::from_iter([(0, 7)].map(|(a, b)| a..b)), 1),
            (vec![0..1, 2..2], 2),
        ] {
            let error = sections(&counted(), &list, &mut generator(0, 0)).unwrap_err();
            assert!(
                error.to_string().contains(&format!("section {section} ")),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_bar_comes_once(score in pieces(), seed: u64) {
            let new = bars(&score, &mut generator(seed, 0));
            prop_assert_eq!(sounds(&new), sounds(&score));
            let lengths = |s: &Score| {
                let (lines, count) = (s.bars(), bar_count(&score));
                let mut list: Vec<u32> = (0..count).map(|b| lines.length(b)).collect();
                list.sort_unstable();
                list
            };
            prop_assert_eq!(lengths(&new), lengths(&score));
        }
    }
}
