//! Overlaps: no note of a pitch begins while another of that pitch still sounds.

use super::{Change, voices};
use crate::score::{Note, NoteId, Score};
use std::collections::BTreeSet;

/// Of the chosen notes of one track and pitch, each is cut short where the next begins. Of notes that begin
/// together only the longest stays (the oldest of equals): MIDI cannot tell them apart.
pub fn trim_overlaps(score: &Score, selection: &BTreeSet<NoteId>) -> Change {
    let mut change = Change::default();
    for voice in voices(score, selection) {
        let mut kept: Vec<Note> = Vec::new();
        for n in voice {
            match kept.last_mut() {
                Some(last) if last.start == n.start => {
                    let gone = if n.length > last.length {
                        std::mem::replace(last, n)
                    } else {
                        n
                    };
                    change.removed.insert(gone.id);
                }
                _ => kept.push(n),
            }
        }
        for i in 1..kept.len() {
            let next = kept[i].start;
            let n = &mut kept[i - 1];
            if n.end() > next {
                n.length = next - n.start;
            }
        }
        change.changed.extend(kept);
    }
    change
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;

    #[test]
    fn a_pitch_sounds_once_at_a_time() {
        let (s, all) = piece(&[
            (0, 500, 60, 80),
            (0, 800, 60, 70),
            (0, 800, 60, 60),
            (480, 480, 60, 80),
            (480, 999, 62, 80),
        ]);
        assert_eq!(
            after(&s, trim_overlaps(&s, &all)),
            [(0, 480, 60, 70), (480, 480, 60, 80), (480, 999, 62, 80)]
        );
    }

    #[test]
    fn notes_that_only_touch_stay() {
        let (s, all) = piece(&[(0, 480, 60, 80), (480, 480, 60, 80)]);
        assert!(trim_overlaps(&s, &all).edit(&s, "Trim").is_none());
    }
}
