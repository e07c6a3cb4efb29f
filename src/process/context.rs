//! What stands around a hole at work, so that training shows the same.
//!
//! A tokenizer that lowers a mask keeps notes that begin outside it, to their ends, and removes those that begin
//! inside it, with their tails. A hole that is merely cut out of a window would leave both otherwise: it would
//! ask for the middle of a note that stays, and betray by a tail what was there.

const NO_EVENT: i32 = 0;
const NOTE_OFF: i32 = 1;
const OFF: i32 = 0;
const ONSET: i32 = 1;
const HELD: i32 = 2;

/// How a note is written in a table of rows and fields, as far as a hole must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// A row is a note: holes have no edges.
    Rows,
    /// Symbols of the grid: 0 goes on, 1 ends, others begin a note.
    Grid,
    /// Keys that are off (0), begin (1) or are held (2).
    Roll,
    /// Keys that are off (0) or on (1).
    Frames,
}

/// A note in one field: its rows, the end excluded, and whether it begins in the hole.
struct Span {
    start: usize,
    end: usize,
    removed: bool,
}

impl Notation {
    /// Leaves a hole and what is around it in `ids` `[rows, fields]` as a tokenizer's `lower` does: cells of notes
    /// that begin outside are no longer in the hole, tails of notes that begin inside are gone. Free ids keep the
    /// truth, as far as what is known leaves room for it.
    pub fn settle(self, ids: &mut [i32], hole: &mut [bool], fields: usize) {
        if self == Notation::Rows || fields == 0 {
            return;
        }
        for field in 0..fields.min(ids.len()) {
            let mut column: Vec<i32> = ids.iter().skip(field).step_by(fields).copied().collect();
            let mut free: Vec<bool> = hole.iter().skip(field).step_by(fields).copied().collect();
            let spans = self.spans(&column, &free);
            for s in spans.iter().filter(|s| !s.removed) {
                free[s.start..s.end].fill(false);
            }
            self.write_context(&mut column, &free, &spans);
            for (row, (id, open)) in column.into_iter().zip(free).enumerate() {
                ids[row * fields + field] = id;
                hole[row * fields + field] = open;
            }
        }
    }

    fn spans(self, column: &[i32], free: &[bool]) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let mut sounding = false;
        for (row, &id) in column.iter().enumerate() {
            let (begins, goes_on) = match self {
                Notation::Rows => (false, false),
                Notation::Grid => (id > NOTE_OFF, sounding && id == NO_EVENT),
                // Held at the very start: a note that began before the window, and stays.
                Notation::Roll => (id == ONSET || id == HELD && !sounding, id == HELD),
                Notation::Frames => (id == ONSET && !sounding, id == ONSET),
            };
            if begins {
                spans.push(Span {
                    start: row,
                    end: row + 1,
                    removed: free.get(row).copied().unwrap_or(false),
                });
            } else if goes_on && let Some(last) = spans.last_mut() {
                last.end = row + 1;
            }
            sounding = begins || goes_on;
        }
        spans
    }

    fn write_context(self, column: &mut [i32], free: &[bool], spans: &[Span]) {
        let rows = column.len();
        let mut held = vec![false; rows];
        for s in spans {
            if s.removed {
                // What lies behind the first cell that is known goes with it, free or not: a note has no gaps.
                let mut cut = false;
                for row in s.start..s.end {
                    cut |= !free[row];
                    if cut {
                        column[row] = OFF;
                    }
                }
                // Then its end is nowhere.
                let ends = self == Notation::Grid && s.end < rows && column[s.end] == NOTE_OFF;
                if ends && (cut || !free[s.end]) {
                    column[s.end] = NO_EVENT;
                }
            } else {
                held[s.start..s.end].fill(true);
            }
        }
        if self != Notation::Grid {
            return;
        }
        for row in 1..rows {
            // Where the context is silent, what is written ends with the hole.
            if free[row - 1] && !free[row] && !held[row] && column[row] == NO_EVENT {
                column[row] = NOTE_OFF;
            }
        }
        // A kept note that ran to the onset of a removed one now ends there by itself.
        for s in spans.iter().filter(|s| !s.removed) {
            if s.end < rows && !free[s.end] && column[s.end] == NO_EVENT {
                column[s.end] = NOTE_OFF;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Mask, Region, Score};
    use crate::tokenizer::lower::Cell;
    use crate::tokenizer::registry::find;
    use proptest::prelude::*;

    #[test]
    fn a_note_from_before_stays_and_a_tail_goes() {
        // A note over rows 1..4, one over 4..8 that begins in the hole of rows 2..6, one at 9.
        let mut roll = vec![0, 1, 2, 2, 1, 2, 2, 2, 0, 1];
        let mut hole: Vec<bool> = (0..10).map(|r| (2..6).contains(&r)).collect();
        Notation::Roll.settle(&mut roll, &mut hole, 1);
        assert_eq!(roll, [0, 1, 2, 2, 1, 2, 0, 0, 0, 1]);
        let open: Vec<usize> = (0..10).filter(|&r| hole[r]).collect();
        assert_eq!(open, [4, 5]);
        let mut grid = vec![0, 40, 0, 0, 42, 0, 0, 0, 1, 44];
        let mut hole: Vec<bool> = (0..10).map(|r| (2..6).contains(&r)).collect();
        Notation::Grid.settle(&mut grid, &mut hole, 1);
        assert_eq!(grid, [0, 40, 0, 0, 42, 0, 1, 0, 0, 44]);
    }

    proptest! {
        /// The context of a hole in training is the context of the same hole at work.
        #[test]
        fn the_context_is_what_lower_makes(
            notes in prop::collection::vec((0u32..60, 1u32..12, 50u8..60), 1..20),
            from in 0u32..50,
            length in 1u32..20,
        ) {
            let mut score = Score { ppq: 4, ..Score::default() };
            let track = score.add_track("Melody", 0, 0);
            let mut notes = notes;
            notes.sort_unstable();
            // One voice, and a last note that gives every hole something after it.
            notes.dedup_by_key(|n| n.0);
            for i in 0..notes.len() {
                let next = notes.get(i + 1).map_or(63, |n| n.0);
                let (start, length, pitch) = notes[i];
                score.add_note(track, start, length.min(next - start).max(1), pitch, 90);
            }
            let mask = Mask::of(Region::time(from, from + length, None));
            for (id, notation) in [("melody", Notation::Grid), ("roll", Notation::Roll)] {
                let tokenizer = find(id).unwrap();
                let Ok(lowered) = tokenizer.lower(&score, &mask) else { continue };
                let mut ids = tokenizer.encode(&score).unwrap().ids;
                let fields = lowered.tokens.fields;
                let rows = ids.len().min(lowered.tokens.ids.len()) / fields;
                ids.truncate(rows * fields);
                let mut hole: Vec<bool> = (0..rows * fields)
                    .map(|i| (from..from + length).contains(&((i / fields) as u32)))
                    .collect();
                notation.settle(&mut ids, &mut hole, fields);
                for i in 0..rows * fields {
                    let known = lowered.cells()[i] == Cell::Known;
                    prop_assert_eq!(known, !hole[i], "{} at row {}", id, i / fields);
                    if known {
                        prop_assert_eq!(ids[i], lowered.tokens.ids[i], "{} at row {}", id, i / fields);
                    }
                }
            }
        }
    }
}
