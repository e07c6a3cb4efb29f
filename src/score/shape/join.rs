//! Joining notes of a pitch to one.

use super::{Change, voices};
use crate::score::{Note, NoteId, Score};
use std::collections::BTreeSet;

/// On each track, the chosen notes of a pitch become one, from the first onset to the last end. It is as loud as the
/// first was.
pub fn join(score: &Score, selection: &BTreeSet<NoteId>) -> Change {
    joined(score, selection, u32::MAX)
}

/// As [`join`], but only neighbours that overlap, touch, or are at most `gap` ticks apart.
pub fn glue(score: &Score, selection: &BTreeSet<NoteId>, gap: u32) -> Change {
    joined(score, selection, gap)
}

fn joined(score: &Score, selection: &BTreeSet<NoteId>, gap: u32) -> Change {
    let mut change = Change::default();
    for voice in voices(score, selection) {
        let mut open: Option<Note> = None;
        for n in voice {
            match &mut open {
                Some(one) if n.start <= one.end().saturating_add(gap) => {
                    if n.end() >= one.end() {
                        one.length = n.end() - one.start;
                        one.release = n.release;
                    }
                    change.removed.insert(n.id);
                }
                _ => change.changed.extend(open.replace(n)),
            }
        }
        change.changed.extend(open);
    }
    change
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;

    fn notes() -> (Score, BTreeSet<NoteId>) {
        piece(&[
            (0, 480, 60, 80),
            (480, 200, 60, 70),
            (100, 10, 60, 60),
            (700, 100, 60, 50),
            (960, 480, 60, 40),
            (0, 480, 62, 30),
        ])
    }

    #[test]
    fn a_pitch_becomes_one_note() {
        let (s, all) = notes();
        assert_eq!(
            after(&s, join(&s, &all)),
            [(0, 1440, 60, 80), (0, 480, 62, 30)]
        );
    }

    #[test]
    fn glue_holds_neighbours_only() {
        let (s, all) = notes();
        assert_eq!(
            after(&s, glue(&s, &all, 0)),
            [
                (0, 680, 60, 80),
                (0, 480, 62, 30),
                (700, 100, 60, 50),
                (960, 480, 60, 40)
            ]
        );
        assert_eq!(
            after(&s, glue(&s, &all, 30)),
            [(0, 800, 60, 80), (0, 480, 62, 30), (960, 480, 60, 40)]
        );
    }
}
