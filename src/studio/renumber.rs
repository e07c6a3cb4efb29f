//! Keeping a take numbers its notes first; a gesture that began before counts its own new notes from there.

use crate::score::{Edit, Note, NoteId};

/// How a gesture's own notes are numbered, if not as it may have thought.
#[derive(Clone, Copy, Debug)]
pub struct Renumber {
    pub(super) gesture: u64,
    /// Ids from here on are the gesture's own notes.
    pub(super) from: u32,
    pub(super) by: u32,
}

impl Renumber {
    /// The id a note of the gesture really got.
    pub fn id(&self, id: NoteId) -> NoteId {
        if id.0 >= self.from {
            NoteId(id.0.saturating_add(self.by))
        } else {
            id
        }
    }

    /// The edit with the ids its notes really got.
    pub(super) fn edit(&self, edit: Edit) -> Edit {
        match edit {
            Edit::ChangeNotes(notes) => Edit::ChangeNotes(
                notes
                    .into_iter()
                    .map(|n| Note {
                        id: self.id(n.id),
                        ..n
                    })
                    .collect(),
            ),
            Edit::RemoveNotes(ids) => {
                Edit::RemoveNotes(ids.into_iter().map(|id| self.id(id)).collect())
            }
            Edit::Inherit(pairs) => {
                let pairs = pairs.into_iter();
                Edit::Inherit(pairs.map(|(a, b)| (self.id(a), self.id(b))).collect())
            }
            Edit::Together { label, edits } => Edit::Together {
                label,
                edits: edits.into_iter().map(|e| self.edit(e)).collect(),
            },
            other => other,
        }
    }
}
