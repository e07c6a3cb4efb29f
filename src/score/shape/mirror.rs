//! Mirrors: a passage backwards in time, or upside down in pitch.

use super::{Change, chosen, each, span};
use crate::score::{Note, NoteId, Score};
use std::collections::BTreeSet;

/// The chosen notes backwards: what ended last begins first. Together they take the same time as before.
pub fn reverse(score: &Score, selection: &BTreeSet<NoteId>) -> Change {
    let Some((first, last)) = span(score, selection) else {
        return Change::default();
    };
    each(score, selection, |n| Note {
        start: first + (last - n.end()),
        ..*n
    })
}

/// The chosen notes upside down: the lowest pitch becomes the highest. Together they keep to the same pitches from
/// lowest to highest.
pub fn invert(score: &Score, selection: &BTreeSet<NoteId>) -> Change {
    let low = chosen(score, selection).map(|(_, n)| n.pitch).min();
    let high = chosen(score, selection).map(|(_, n)| n.pitch).max();
    let (Some(low), Some(high)) = (low, high) else {
        return Change::default();
    };
    each(score, selection, |n| Note {
        pitch: low + (high - n.pitch),
        ..*n
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;

    fn notes() -> (Score, BTreeSet<NoteId>) {
        piece(&[(480, 240, 60, 80), (720, 480, 64, 70), (960, 720, 67, 60)])
    }

    #[test]
    fn backwards_in_the_same_time() {
        let (s, all) = notes();
        assert_eq!(
            after(&s, reverse(&s, &all)),
            [(480, 720, 67, 60), (960, 480, 64, 70), (1440, 240, 60, 80)]
        );
    }

    #[test]
    fn upside_down_between_the_same_pitches() {
        let (s, all) = notes();
        let pitches: Vec<u8> = after(&s, invert(&s, &all)).iter().map(|n| n.2).collect();
        assert_eq!(pitches, [67, 63, 60]);
    }

    #[test]
    fn twice_is_as_before() {
        for mirror in [reverse, invert] {
            let (s, all) = notes();
            let (once, _) = mirror(&s, &all).edit(&s, "Mirror").unwrap();
            let document = once.apply(&crate::score::Document::new(s.clone())).unwrap();
            let (twice, _) = mirror(&document.score, &all)
                .edit(&document.score, "Mirror")
                .unwrap();
            assert_eq!(*twice.apply(&document).unwrap().score, s);
        }
    }
}
