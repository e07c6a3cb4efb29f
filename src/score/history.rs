//! Undo and redo: labelled states, sharing what did not change. The newest step on either side is kept whole; each one
//! behind it as what differs from its neighbour, so that ten thousand small steps of a big piece take little memory.

use super::packed::Packed;
use super::{Document, Edit, EditError};

#[derive(Clone, Debug)]
struct Step {
    label: String,
    /// Names the gesture it belongs to; edits of one gesture make one step.
    gesture: Option<u64>,
    /// The document on the far side of the step: before it in the past, after it in the future.
    beyond: Document,
}

/// Steps in one direction, the nearest at the end.
#[derive(Clone, Debug, Default)]
struct Steps {
    nearest: Option<Step>,
    /// Those farther away, each packed beside the next nearer one.
    farther: Vec<(String, Packed)>,
}

impl Steps {
    fn push(&mut self, step: Step) {
        if let Some(far) = self.nearest.take() {
            let packed = Packed::new(&far.beyond, &step.beyond);
            self.farther.push((far.label, packed));
        }
        self.nearest = Some(step);
    }

    fn pop(&mut self) -> Option<Step> {
        let step = self.nearest.take()?;
        self.nearest = self.farther.pop().map(|(label, packed)| Step {
            label,
            // A gesture ends with the step behind it.
            gesture: None,
            beyond: packed.unpack(&step.beyond),
        });
        Some(step)
    }

    /// Labels, the nearest last.
    fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        let far = self.farther.iter().map(|(label, _)| label.as_str());
        far.chain(self.nearest.iter().map(|s| s.label.as_str()))
    }
}

/// The document with its past and its undone future.
#[derive(Clone, Debug, Default)]
pub struct History {
    now: Document,
    past: Steps,
    future: Steps,
    /// Counts every change of the document, undo and redo included.
    revision: u64,
}

impl History {
    /// A history that begins here.
    pub fn new(document: Document) -> Self {
        History {
            now: document,
            ..History::default()
        }
    }

    /// The present state.
    pub fn document(&self) -> &Document {
        &self.now
    }

    /// Grows with every change; equal revisions mean equal documents.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Applies an edit as an undo step of its own.
    ///
    /// # Errors
    /// As [`Edit::apply`]; nothing changes then.
    pub fn apply(&mut self, edit: Edit) -> Result<(), EditError> {
        self.apply_in(None, edit)
    }

    /// Applies an edit as part of a gesture: all edits with the same number make one step.
    ///
    /// # Errors
    /// As [`Edit::apply`]; nothing changes then.
    pub fn apply_in(&mut self, gesture: Option<u64>, edit: Edit) -> Result<(), EditError> {
        let label = edit.label();
        let after = edit.apply(&self.now)?;
        self.revision += 1;
        self.future = Steps::default();
        let beyond = std::mem::replace(&mut self.now, after);
        match &mut self.past.nearest {
            Some(step) if gesture.is_some() && step.gesture == gesture => step.label = label,
            _ => self.past.push(Step {
                label,
                gesture,
                beyond,
            }),
        }
        Ok(())
    }

    /// Changes the document without an undo step: for what a person did not do, such as takes arriving.
    ///
    /// # Errors
    /// As [`Edit::apply`].
    pub fn apply_quietly(&mut self, edit: Edit) -> Result<(), EditError> {
        self.now = edit.apply(&self.now)?;
        self.revision += 1;
        Ok(())
    }

    /// Label of what undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        self.past.nearest.as_ref().map(|s| s.label.as_str())
    }

    /// Label of what redo would bring back.
    pub fn redo_label(&self) -> Option<&str> {
        self.future.nearest.as_ref().map(|s| s.label.as_str())
    }

    /// Takes the last step back; returns its label.
    pub fn undo(&mut self) -> Option<String> {
        let step = self.past.pop()?;
        let beyond = std::mem::replace(&mut self.now, step.beyond);
        self.future.push(Step {
            label: step.label.clone(),
            gesture: None,
            beyond,
        });
        self.revision += 1;
        Some(step.label)
    }

    /// Brings the last undone step back; returns its label.
    pub fn redo(&mut self) -> Option<String> {
        let step = self.future.pop()?;
        let beyond = std::mem::replace(&mut self.now, step.beyond);
        self.past.push(Step {
            label: step.label.clone(),
            gesture: None,
            beyond,
        });
        self.revision += 1;
        Some(step.label)
    }

    /// Labels of what was taken back, the next to be done again first.
    pub fn future_labels(&self) -> impl Iterator<Item = &str> {
        self.future.labels().rev()
    }

    /// Labels of the past, oldest first.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.past.labels()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Mask, Note, NoteId, Region, Score, TrackId};
    use proptest::prelude::*;

    fn piece() -> Document {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for i in 0..8 {
            s.add_note(t, i * 480, 480, 60 + i as u8, 80);
        }
        Document::new(s)
    }

    fn edit() -> impl Strategy<Value = Edit> {
        prop_oneof![
            (0u32..5000, 0u8..128).prop_map(|(start, pitch)| Edit::AddNotes {
                track: TrackId(1),
                notes: vec![Note {
                    id: NoteId(0),
                    start,
                    length: 10,
                    pitch,
                    velocity: 80,
                    release: None
                }],
            }),
            (2u32..12).prop_map(|i| Edit::RemoveNotes([NoteId(i)].into())),
            (0u32..4000).prop_map(|t| Edit::SetMask(Mask::of(Region::time(t, t + 480, None)))),
            (0u8..128).prop_map(|program| Edit::SetProgram {
                track: TrackId(1),
                program
            }),
            "[a-z]{1,5}".prop_map(Edit::SetTitle),
        ]
    }

    proptest! {
        #[test]
        fn undoing_everything_gives_the_first_document_and_redoing_the_last(
            edits in prop::collection::vec(edit(), 0..30)
        ) {
            let first = piece();
            let mut h = History::new(first.clone());
            for e in edits {
                h.apply(e).unwrap();
            }
            let last = h.document().clone();
            while h.undo().is_some() {}
            prop_assert_eq!(h.document(), &first);
            while h.redo().is_some() {}
            prop_assert_eq!(h.document(), &last);
        }
    }

    #[test]
    fn a_gesture_is_one_step() {
        let mut h = History::new(piece());
        for i in 1..5 {
            h.apply_in(Some(9), Edit::SetTitle(format!("t{i}")))
                .unwrap();
        }
        assert_eq!(h.labels().count(), 1);
        h.undo();
        assert_eq!(h.document().score.title, "Untitled");
    }

    #[test]
    fn a_failed_edit_changes_nothing() {
        let mut h = History::new(piece());
        assert!(h.apply(Edit::AcceptTake(0)).is_err());
        assert_eq!(h.revision(), 0);
        assert!(h.undo_label().is_none());
    }
}
