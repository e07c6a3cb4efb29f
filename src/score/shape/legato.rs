//! Legato: every note lasts until the next one begins.

use super::{Change, chosen};
use crate::score::{Note, NoteId, Score, TrackId};
use std::collections::{BTreeMap, BTreeSet};

/// Each chosen note is drawn out, or cut short, to where the next chosen onset of its track is. Notes that begin
/// together end together; the last ones keep their length.
pub fn legato(score: &Score, selection: &BTreeSet<NoteId>) -> Change {
    let mut onsets: BTreeMap<TrackId, BTreeSet<u32>> = BTreeMap::new();
    for (t, n) in chosen(score, selection) {
        onsets.entry(t).or_default().insert(n.start);
    }
    let next = |t: TrackId, n: &Note| {
        let later = (n.start.checked_add(1)?)..;
        onsets.get(&t)?.range(later).next().copied()
    };
    let changed = chosen(score, selection)
        .filter_map(|(t, n)| {
            let length = next(t, n)? - n.start;
            Some(Note { length, ..*n })
        })
        .collect();
    Change {
        changed,
        ..Change::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;

    #[test]
    fn gaps_are_closed_and_overlaps_cut() {
        let (s, all) = piece(&[
            (0, 100, 60, 80),
            (0, 900, 64, 80),
            (480, 100, 62, 80),
            (960, 70, 65, 80),
        ]);
        assert_eq!(
            after(&s, legato(&s, &all)),
            [
                (0, 480, 60, 80),
                (0, 480, 64, 80),
                (480, 480, 62, 80),
                (960, 70, 65, 80)
            ]
        );
    }

    #[test]
    fn tracks_do_not_hear_each_other() {
        let (mut s, _) = piece(&[(0, 100, 60, 80), (960, 100, 60, 80)]);
        let b = s.add_track("B", 1, 0);
        s.add_note(b, 480, 10, 40, 80);
        let all = s.notes().map(|(_, n)| n.id).collect();
        let change = legato(&s, &all);
        let lengths: Vec<u32> = change.changed.iter().map(|n| n.length).collect();
        assert_eq!(lengths, [960], "only the first note has one after it");
    }
}
