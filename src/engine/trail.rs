//! The way of a take: what stood on the roll after each of its steps, kept small, to be looked through afterwards.

use super::message::SnapshotNote;
use crate::model::fill::Draft;
use crate::score::TrackId;
use std::collections::HashMap;

/// Most notes that are told apart; a take that guesses more is kept up to there.
const MOST_NOTES: usize = 60_000;

/// A note as it stood at some step: track, start, length, pitch, velocity.
type Key = (TrackId, u32, u32, u8, u8);

/// Every step of a take. A note is kept once, however many steps it stands in; a step is a list of numbers of notes,
/// each with the share of it that was decided, in 255ths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail {
    notes: Vec<Key>,
    steps: Vec<Vec<(u16, u8)>>,
}

impl Trail {
    /// Number of steps, from the first that decided something to the last.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether no step was kept.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The notes after step `step`, counted from 1; none of a step there is not.
    pub fn at(&self, step: usize) -> Vec<SnapshotNote> {
        let entries = step.checked_sub(1).and_then(|i| self.steps.get(i));
        let note = |&(at, decided): &(u16, u8)| {
            let &(track, start, length, pitch, velocity) = self.notes.get(usize::from(at))?;
            Some(SnapshotNote {
                track,
                start,
                length,
                pitch,
                velocity,
                decided: f32::from(decided) / 255.0,
            })
        };
        entries.map_or_else(Vec::new, |e| e.iter().filter_map(note).collect())
    }

    /// Bytes it takes, about.
    pub fn bytes(&self) -> usize {
        let entries: usize = self.steps.iter().map(Vec::len).sum();
        self.notes.len() * size_of::<Key>() + entries * size_of::<(u16, u8)>()
    }
}

/// A trail being written.
#[derive(Default)]
pub(super) struct Recorder {
    trail: Trail,
    known: HashMap<Key, u16>,
}

impl Recorder {
    /// Adds the state after a step.
    pub fn step(&mut self, drafts: Vec<Draft>) {
        let mut entries = Vec::with_capacity(drafts.len());
        for d in drafts {
            let n = d.note;
            let key = (n.track, n.start, n.length, n.pitch, n.velocity);
            let next = self.trail.notes.len();
            let at = match self.known.get(&key) {
                Some(&at) => at,
                None if next >= MOST_NOTES => continue,
                None => {
                    self.trail.notes.push(key);
                    self.known.insert(key, next as u16);
                    next as u16
                }
            };
            entries.push((at, (d.decided.clamp(0.0, 1.0) * 255.0).round() as u8));
        }
        self.trail.steps.push(entries);
    }

    /// The whole of it.
    pub fn finish(self) -> Trail {
        self.trail
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::TakeNote;

    fn draft(pitch: u8, decided: f32) -> Draft {
        Draft {
            note: TakeNote {
                track: TrackId(1),
                start: 480,
                length: 240,
                pitch,
                velocity: 80,
                confidence: 0.5,
                replaces: None,
            },
            decided,
        }
    }

    #[test]
    fn every_step_comes_back_and_a_note_is_kept_once() {
        let mut recorder = Recorder::default();
        recorder.step(vec![draft(60, 0.0), draft(64, 0.2)]);
        recorder.step(vec![draft(60, 1.0)]);
        let trail = recorder.finish();
        assert_eq!((trail.len(), trail.notes.len()), (2, 2));
        let first = trail.at(1);
        assert_eq!((first[0].pitch, first[0].decided), (60, 0.0));
        assert!((first[1].decided - 0.2).abs() < 0.003);
        let second = trail.at(2);
        assert_eq!((second.len(), second[0].decided), (1, 1.0));
        assert!(trail.at(0).is_empty() && trail.at(3).is_empty());
        assert!(trail.bytes() < 100, "{}", trail.bytes());
    }
}
