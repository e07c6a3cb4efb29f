//! What differs between two states of a piece, note by note.

use super::{Note, NoteId, Score, TrackId};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The notes that came, went and changed on the way from one score to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Notes of the later score that the earlier one has not.
    pub added: BTreeMap<NoteId, (TrackId, Note)>,
    /// Notes of the earlier score that the later one has not.
    pub removed: Vec<(TrackId, Note)>,
    /// Notes of the later score that were otherwise, and how they were.
    pub changed: BTreeMap<NoteId, (TrackId, Note)>,
}

impl Difference {
    /// The way from `before` to `now`. A note is known by its id; one that was cut and put back where it was, and so
    /// has another id, counts as the same.
    pub fn between(before: &Score, now: &Score) -> Difference {
        let mut were: HashMap<NoteId, (TrackId, Note)> =
            before.notes().map(|(t, n)| (n.id, (t, *n))).collect();
        let mut difference = Difference::default();
        let mut new: Vec<(TrackId, Note)> = Vec::new();
        for (track, n) in now.notes() {
            match were.remove(&n.id) {
                Some((t, was)) if t == track && was == *n => {}
                Some(was) => {
                    difference.changed.insert(n.id, was);
                }
                None => new.push((track, *n)),
            }
        }
        let sounds = |t: TrackId, n: &Note| (t, n.start, n.length, n.pitch, n.velocity);
        let mut gone: HashMap<_, Vec<Note>> = HashMap::new();
        for (t, n) in were.into_values() {
            gone.entry(sounds(t, &n)).or_default().push(n);
        }
        for (t, n) in new {
            let same = gone.get_mut(&sounds(t, &n)).and_then(Vec::pop);
            if same.is_none() {
                difference.added.insert(n.id, (t, n));
            }
        }
        let left = gone.into_iter().flat_map(|(key, notes)| {
            let track = key.0;
            notes.into_iter().map(move |n| (track, n))
        });
        difference.removed = left.collect();
        difference.removed.sort_by_key(|(t, n)| (*t, n.order()));
        difference
    }

    /// Whether no note differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// "3 added, 1 removed, 2 changed".
    pub fn words(&self) -> String {
        if self.is_empty() {
            return "no note differs".into();
        }
        let counts = [
            (self.added.len(), "added"),
            (self.removed.len(), "removed"),
            (self.changed.len(), "changed"),
        ];
        let some = counts.iter().filter(|c| c.0 > 0);
        let words: Vec<String> = some.map(|(n, word)| format!("{n} {word}")).collect();
        words.join(", ")
    }
}

/// Lengths of what two lists have in common at their beginnings and, not overlapping it, at their ends.
pub(super) fn in_common<T: PartialEq>(a: &[T], b: &[T]) -> (usize, usize) {
    let front = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let back = a.iter().rev().zip(b.iter().rev());
    let most = a.len().min(b.len()) - front;
    let back = back.take(most).take_while(|(a, b)| a == b).count();
    (front, back)
}

/// The notes of `now` that `before` has not just so, and the other way round. Tracks that both share, and what is the
/// same at both ends of a track, are passed over, so that a small change of a big piece is found quickly.
pub fn notes(before: &Score, now: &Score) -> (Vec<Note>, Vec<Note>) {
    let (mut old, mut new): (Vec<Note>, Vec<Note>) = (Vec::new(), Vec::new());
    let middle = |notes: &[Note], (front, back): (usize, usize)| {
        notes.get(front..notes.len() - back).unwrap_or(&[]).to_vec()
    };
    for track in &now.tracks {
        match before.tracks.iter().find(|t| t.id == track.id) {
            Some(was) if Arc::ptr_eq(was, track) => {}
            Some(was) => {
                let common = in_common(&was.notes, &track.notes);
                old.extend(middle(&was.notes, common));
                new.extend(middle(&track.notes, common));
            }
            None => new.extend(&track.notes),
        }
    }
    let gone = before.tracks.iter().filter(|t| now.track(t.id).is_none());
    old.extend(gone.flat_map(|t| &t.notes));
    let unlike = |list: &[Note], others: &[Note]| {
        let known: HashSet<Note> = others.iter().copied().collect();
        let some = list.iter().filter(|n| !known.contains(n));
        some.copied().collect()
    };
    (unlike(&new, &old), unlike(&old, &new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Document, Edit};

    #[test]
    fn what_came_went_and_changed_is_told_apart() {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        let ids: Vec<NoteId> = (0..4)
            .map(|i| s.add_note(t, i * 480, 480, 60, 80))
            .collect();
        let first = Document::new(s);
        let note = |i: usize| *first.score.tracks[0].notes.get(i).unwrap();
        let louder = Note {
            velocity: 90,
            ..note(1)
        };
        let edits = vec![
            Edit::ChangeNotes(vec![louder]),
            Edit::RemoveNotes([ids[2], ids[3]].into()),
            // The third comes back under another id; one is new.
            Edit::AddNotes {
                track: t,
                notes: vec![
                    note(2),
                    Note {
                        pitch: 70,
                        ..note(3)
                    },
                ],
            },
        ];
        let label = String::new();
        let now = Edit::Together { label, edits }.apply(&first).unwrap();
        let d = Difference::between(&first.score, &now.score);
        assert_eq!(d.words(), "1 added, 1 removed, 1 changed");
        assert_eq!(d.removed, [(t, note(3))]);
        assert_eq!(d.changed, [(ids[1], (t, note(1)))].into());
        assert!(Difference::between(&now.score, &now.score).is_empty());
    }
}
