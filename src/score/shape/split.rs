//! Cutting notes in parts.

use super::{Change, chosen};
use crate::score::{Note, NoteId, Score};
use std::collections::{BTreeMap, BTreeSet};

/// Most parts a note is chopped in: a grid of ticks on a long note would be millions.
pub const MOST_PARTS: usize = 1024;

/// Cuts notes at these ticks; those that do not lie inside their note count for nothing. The first part is the note
/// there was, the others are new ones by the same hand.
pub fn cut(score: &Score, cuts: &BTreeMap<NoteId, Vec<u32>>) -> Change {
    let mut change = Change::default();
    for (track, n) in score.notes() {
        let Some(at) = cuts.get(&n.id) else { continue };
        let inside: BTreeSet<u32> = at
            .iter()
            .copied()
            .filter(|t| n.start < *t && *t < n.end())
            .collect();
        let starts: Vec<u32> = [n.start].into_iter().chain(inside).collect();
        if starts.len() < 2 {
            continue;
        }
        for (i, &start) in starts.iter().enumerate() {
            let end = starts.get(i + 1).copied().unwrap_or(n.end());
            let part = Note {
                start,
                length: end - start,
                ..*n
            };
            if i == 0 {
                change.changed.push(part);
            } else {
                change.added.push((track, part));
            }
        }
    }
    change
}

/// Cuts the chosen notes that sound at a tick in two there.
pub fn split_at(score: &Score, selection: &BTreeSet<NoteId>, tick: u32) -> Change {
    let cuts = chosen(score, selection).map(|(_, n)| (n.id, vec![tick]));
    cut(score, &cuts.collect())
}

/// Cuts the chosen notes at every line of a grid, at most in [`MOST_PARTS`] each. `next` gives the first line after
/// a tick.
pub fn chop(score: &Score, selection: &BTreeSet<NoteId>, next: &dyn Fn(u32) -> u32) -> Change {
    let lines = |n: &Note| {
        let mut lines = Vec::new();
        let mut at = next(n.start);
        while at < n.end() && lines.len() + 1 < MOST_PARTS {
            lines.push(at);
            let then = next(at);
            if then <= at {
                break;
            }
            at = then;
        }
        lines
    };
    let cuts = chosen(score, selection).map(|(_, n)| (n.id, lines(n)));
    cut(score, &cuts.collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;

    #[test]
    fn a_note_that_sounds_there_becomes_two() {
        let (s, all) = piece(&[(0, 480, 60, 80), (100, 200, 62, 70), (200, 480, 64, 60)]);
        assert_eq!(
            after(&s, split_at(&s, &all, 200)),
            [
                (0, 200, 60, 80),
                (100, 100, 62, 70),
                (200, 280, 60, 80),
                (200, 100, 62, 70),
                (200, 480, 64, 60)
            ],
            "one that begins there stays whole"
        );
        assert!(split_at(&s, &all, 9999).edit(&s, "Split").is_none());
    }

    #[test]
    fn a_note_is_chopped_on_the_grid() {
        let (s, all) = piece(&[(100, 300, 60, 80)]);
        let next = |t: u32| (t / 120 + 1) * 120;
        assert_eq!(
            after(&s, chop(&s, &all, &next)),
            [
                (100, 20, 60, 80),
                (120, 120, 60, 80),
                (240, 120, 60, 80),
                (360, 40, 60, 80)
            ]
        );
    }

    #[test]
    fn a_very_long_note_on_a_very_fine_grid_is_chopped_so_far_and_no_further() {
        let (s, all) = piece(&[(0, 1_000_000, 60, 80)]);
        let parts = after(&s, chop(&s, &all, &|t| t + 1));
        assert_eq!(parts.len(), MOST_PARTS);
        assert_eq!(parts.iter().map(|p| p.1).sum::<u32>(), 1_000_000);
        assert_eq!(
            after(&s, chop(&s, &all, &|t| t)),
            [(0, 1_000_000, 60, 80)],
            "a grid that does not go on ends it"
        );
    }
}
