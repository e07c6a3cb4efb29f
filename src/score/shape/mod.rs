//! What can be done to a choice of notes: pure functions of score and selection, one operation a file.
//!
//! Each answers with a [`Change`], which becomes one edit and so one step of undo. No operation touches a note
//! that was not chosen, and none makes a note that a score may not hold.

mod humanise;
mod into_key;
mod join;
mod legato;
mod mirror;
mod overlap;
mod quantise;
mod split;
mod stamp;
mod stretch;
mod strum;
mod velocity;

pub use humanise::{Humanise, humanise};
pub use into_key::into_key;
pub use join::{glue, join};
pub use legato::legato;
pub use mirror::{invert, reverse};
pub use overlap::trim_overlaps;
pub use quantise::{Quantise, quantise};
pub use split::{MOST_PARTS, chop, cut, split_at};
pub use stamp::{CHORDS, ChordKind, stamp};
pub use stretch::{stretch, stretched};
pub use strum::{Direction, strum};
pub use velocity::{between, flatten, ramp};

use super::{Edit, Note, NoteId, Score, TrackId};
use std::collections::{BTreeSet, HashMap};

/// What an operation comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Notes by id with their new values.
    pub changed: Vec<Note>,
    pub removed: BTreeSet<NoteId>,
    /// New notes and their tracks. The id of each names the note it is a part or a copy of; an id of no note
    /// means that it is new altogether.
    pub added: Vec<(TrackId, Note)>,
}

impl Change {
    /// As one edit of this score, called `verb` and the number of notes, with the ids the new notes will have.
    /// `None` if nothing would be otherwise than it is.
    pub fn edit(mut self, score: &Score, verb: &str) -> Option<(Edit, BTreeSet<NoteId>)> {
        let touched: BTreeSet<NoteId> = self.changed.iter().map(|n| n.id).collect();
        let was: HashMap<NoteId, Note> = score
            .notes()
            .filter(|(_, n)| touched.contains(&n.id))
            .map(|(_, n)| (n.id, *n))
            .collect();
        for n in &mut self.changed {
            *n = fit(*n);
        }
        self.changed
            .retain(|n| was.get(&n.id).is_some_and(|w| w != n));
        let added = self.added.into_iter().map(|(t, n)| (t, fit(n)));
        let (more, new) = copies(score, added);
        let count = match self.changed.len() + self.removed.len() {
            0 => new.len(),
            n => n,
        };
        let mut edits = Vec::new();
        if !self.changed.is_empty() {
            edits.push(Edit::ChangeNotes(self.changed));
        }
        if !self.removed.is_empty() {
            edits.push(Edit::RemoveNotes(self.removed));
        }
        edits.extend(more);
        if edits.is_empty() {
            return None;
        }
        let s = if count == 1 { "" } else { "s" };
        let label = format!("{verb} {count} note{s}");
        Some((Edit::Together { label, edits }, new))
    }
}

/// Edits that add these notes, one a track, in the order of the tracks, and the ids they will have if `score` is
/// the document's. A note whose id is a note's is by the same hand as that one.
pub fn copies(
    score: &Score,
    notes: impl IntoIterator<Item = (TrackId, Note)>,
) -> (Vec<Edit>, BTreeSet<NoteId>) {
    let notes: Vec<(TrackId, Note)> = notes.into_iter().collect();
    let mut edits = Vec::new();
    let mut ids = BTreeSet::new();
    let mut like = Vec::new();
    let mut next = score.next_id;
    for t in &score.tracks {
        let mut own = Vec::new();
        for (_, n) in notes.iter().filter(|(id, _)| *id == t.id) {
            let id = NoteId(next);
            next = next.saturating_add(1);
            if score.origin(n.id).is_some() {
                like.push((id, n.id));
            }
            ids.insert(id);
            own.push(Note { id, ..*n });
        }
        if !own.is_empty() {
            edits.push(Edit::AddNotes {
                track: t.id,
                notes: own,
            });
        }
    }
    if !like.is_empty() {
        edits.push(Edit::Inherit(like));
    }
    (edits, ids)
}

/// A note that ends where ticks end, if it would end beyond.
fn fit(n: Note) -> Note {
    Note {
        length: n.length.min(u32::MAX - n.start),
        pitch: n.pitch.min(127),
        velocity: n.velocity.clamp(1, 127),
        ..n
    }
}

/// The chosen notes with their tracks, by track and in time order.
fn chosen<'a>(
    score: &'a Score,
    selection: &'a BTreeSet<NoteId>,
) -> impl Iterator<Item = (TrackId, &'a Note)> {
    score.notes().filter(|(_, n)| selection.contains(&n.id))
}

/// A change of the values of the chosen notes, one by one.
fn each(score: &Score, selection: &BTreeSet<NoteId>, new: impl FnMut(&Note) -> Note) -> Change {
    let mut new = new;
    Change {
        changed: chosen(score, selection).map(|(_, n)| new(n)).collect(),
        ..Change::default()
    }
}

/// First onset and last end of the chosen notes, in ticks; `None` if there are none.
fn span(score: &Score, selection: &BTreeSet<NoteId>) -> Option<(u32, u32)> {
    let first = chosen(score, selection).map(|(_, n)| n.start).min()?;
    let last = chosen(score, selection).map(|(_, n)| n.end()).max()?;
    Some((first, last))
}

/// The chosen notes of each track and pitch, in time order.
fn voices(score: &Score, selection: &BTreeSet<NoteId>) -> Vec<Vec<Note>> {
    let mut voices: std::collections::BTreeMap<(TrackId, u8), Vec<Note>> = Default::default();
    for (t, n) in chosen(score, selection) {
        voices.entry((t, n.pitch)).or_default().push(*n);
    }
    voices.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Document;

    /// A score of these notes (start, length, pitch, velocity) on one track, and all their ids.
    pub fn piece(notes: &[(u32, u32, u8, u8)]) -> (Score, BTreeSet<NoteId>) {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        for &(start, length, pitch, velocity) in notes {
            s.add_note(t, start, length, pitch, velocity);
        }
        let all = s.notes().map(|(_, n)| n.id).collect();
        (s, all)
    }

    /// The notes after a change, in order.
    pub fn after(score: &Score, change: Change) -> Vec<(u32, u32, u8, u8)> {
        let document = Document::new(score.clone());
        let document = match change.edit(score, "Test") {
            Some((edit, new)) => {
                let after = edit.apply(&document).unwrap();
                let ids: BTreeSet<NoteId> = after.score.notes().map(|(_, n)| n.id).collect();
                assert!(new.is_subset(&ids), "the ids that were promised");
                after
            }
            None => document,
        };
        let notes = document.score.notes();
        notes
            .map(|(_, n)| (n.start, n.length, n.pitch, n.velocity))
            .collect()
    }

    #[test]
    fn what_changes_nothing_is_no_edit() {
        let (s, all) = piece(&[(0, 10, 60, 80)]);
        assert!(each(&s, &all, |n| *n).edit(&s, "Nothing").is_none());
        assert!(Change::default().edit(&s, "Nothing").is_none());
    }

    #[test]
    fn an_edit_says_how_many_notes_it_is_about() {
        let (s, all) = piece(&[(0, 10, 60, 80), (10, 10, 62, 80)]);
        let louder = each(&s, &all, |n| Note { velocity: 90, ..*n });
        let (edit, new) = louder.edit(&s, "Shout").unwrap();
        assert_eq!((edit.label().as_str(), new.len()), ("Shout 2 notes", 0));
        assert!(edit.changes_notes());
    }

    #[test]
    fn nothing_leaves_what_a_note_may_be() {
        let (s, all) = piece(&[(100, 10, 60, 80)]);
        let wild = each(&s, &all, |n| Note {
            length: u32::MAX,
            pitch: 200,
            velocity: 0,
            ..*n
        });
        assert_eq!(after(&s, wild), [(100, u32::MAX - 100, 127, 1)]);
    }

    #[test]
    fn copies_get_the_ids_they_were_promised() {
        let (mut s, _) = piece(&[(0, 10, 60, 80), (10, 10, 62, 80)]);
        let b = s.add_track("B", 1, 0);
        s.add_note(b, 5, 10, 40, 80);
        let later = s.notes().map(|(t, n)| {
            (
                t,
                Note {
                    start: n.start + 100,
                    ..*n
                },
            )
        });
        let (edits, ids) = copies(&s, later);
        let mut doc = Document::new(s.clone());
        for e in edits {
            doc = e.apply(&doc).unwrap();
        }
        let new = doc.score.notes().filter(|(_, n)| ids.contains(&n.id));
        let starts: Vec<u32> = new.map(|(_, n)| n.start).collect();
        assert_eq!(starts, [100, 110, 105]);
    }
}
