//! How loud written notes are: a roll does not say.

use crate::score::{NoteId, Score};
use std::collections::HashSet;

/// Notes whose middle velocity a new note takes.
const NEAR: usize = 8;

/// Velocities of the notes that stay, in order of time.
pub(super) struct Velocities(Vec<(u32, u8)>);

impl Velocities {
    /// Of the notes `kept` of `view`, or where there are none of the whole piece.
    pub fn of(view: &Score, score: &Score, kept: &HashSet<NoteId>) -> Velocities {
        let of = |score: &Score| {
            let tracks = score.tracks.iter().filter(|t| !t.is_drums());
            let notes = tracks
                .flat_map(|t| &t.notes)
                .filter(|n| kept.contains(&n.id));
            let mut all: Vec<(u32, u8)> = notes.map(|n| (n.start, n.velocity)).collect();
            all.sort_unstable();
            all
        };
        let own = of(view);
        Velocities(if own.is_empty() { of(score) } else { own })
    }

    /// The middle velocity of the notes that stay nearest to a tick; `None` where none stays.
    pub fn at(&self, tick: u32) -> Option<u8> {
        let place = self.0.partition_point(|n| n.0 < tick);
        let (mut low, mut high) = (place, place);
        while high - low < NEAR.min(self.0.len()) {
            let gap = |i: usize| self.0.get(i).map_or(u32::MAX, |n| n.0.abs_diff(tick));
            if low > 0 && gap(low - 1) <= gap(high) {
                low -= 1;
            } else {
                high += 1;
            }
        }
        let mut near: Vec<u8> = self.0.get(low..high)?.iter().map(|n| n.1).collect();
        near.sort_unstable();
        near.get(near.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_notes_are_as_loud_as_those_around_them() {
        let mut s = Score::default();
        let t = s.add_track("Piano", 0, 0);
        for k in 0..20u32 {
            s.add_note(t, k * 100, 90, 60, 40);
            s.add_note(t, 10_000 + k * 100, 90, 60, 100);
        }
        let all: HashSet<NoteId> = s.notes().map(|(_, n)| n.id).collect();
        let v = Velocities::of(&s, &s, &all);
        assert_eq!(
            [v.at(0), v.at(3000), v.at(9000), v.at(u32::MAX)],
            [40, 40, 100, 100].map(Some)
        );
        assert_eq!(Velocities::of(&s, &s, &HashSet::new()).at(5), None);
        // Where the track itself has nothing, the others speak.
        let nothing = Score::default();
        assert_eq!(Velocities::of(&nothing, &s, &all).at(0), Some(40));
    }
}
