//! Edits a menu or a key asks for, as pure functions of score and selection.

use super::Snap;
use super::snap::Grid;
use crate::score::key::scale_tonic;
use crate::score::shape::copies;
use crate::score::theory::in_major;
use crate::score::{Bars, Edit, Note, NoteId, Score, TrackId};
use std::collections::BTreeSet;

fn chosen<'a>(
    score: &'a Score,
    selection: &'a BTreeSet<NoteId>,
) -> impl Iterator<Item = (TrackId, &'a Note)> {
    score.notes().filter(|(_, n)| selection.contains(&n.id))
}

/// Moves notes by ticks and semitones. As a group: the distance is cut short so that none leaves the piece
/// or MIDI's range and the shape stays.
pub fn nudge(score: &Score, selection: &BTreeSet<NoteId>, ticks: i64, semitones: i32) -> Edit {
    let notes: Vec<Note> = chosen(score, selection).map(|(_, n)| *n).collect();
    Edit::ChangeNotes(moved(&notes, ticks, semitones))
}

/// Notes moved as a group, held within the piece and MIDI's range.
pub fn moved(notes: &[Note], ticks: i64, semitones: i32) -> Vec<Note> {
    let first = notes.iter().map(|n| n.start).min().unwrap_or(0) as i64;
    let last = notes.iter().map(Note::end).max().unwrap_or(0) as i64;
    let low = notes.iter().map(|n| n.pitch).min().unwrap_or(0) as i32;
    let high = notes.iter().map(|n| n.pitch).max().unwrap_or(127) as i32;
    let ticks = ticks.clamp(-first, (u32::MAX as i64 - last).max(-first));
    let semitones = semitones.clamp(-low, (127 - high).max(-low));
    notes
        .iter()
        .map(|n| Note {
            start: (n.start as i64 + ticks) as u32,
            pitch: (n.pitch as i32 + semitones).clamp(0, 127) as u8,
            ..*n
        })
        .collect()
}

/// Moves notes by steps of the grid (measured where the first of them stands) and semitones.
pub fn nudge_by_grid(
    score: &Score,
    bars: &Bars,
    snap: Snap,
    selection: &BTreeSet<NoteId>,
    steps: i32,
    semitones: i32,
) -> Edit {
    let first = chosen(score, selection)
        .map(|(_, n)| n.start)
        .min()
        .unwrap_or(0);
    let grid = Grid {
        snap,
        bars,
        ppq: score.ppq,
    };
    // Leftwards, the step before the note counts: at a change of meter it may be another one.
    let at = if steps < 0 {
        first.saturating_sub(1)
    } else {
        first
    };
    nudge(
        score,
        selection,
        steps as i64 * grid.step(at) as i64,
        semitones,
    )
}

/// Moves notes up or down by steps of the scale that most of the piece's notes lie in. Notes outside the
/// scale go to its next note in that direction.
pub fn nudge_in_key(score: &Score, selection: &BTreeSet<NoteId>, steps: i32) -> Edit {
    let tonic = scale_tonic(score);
    let step = |from: u8| -> Option<u8> {
        let mut p = from as i32;
        for _ in 0..steps.unsigned_abs() {
            p += steps.signum();
            while (0..128).contains(&p) && !in_major(p as u8, tonic) {
                p += steps.signum();
            }
        }
        u8::try_from(p).ok().filter(|p| *p < 128)
    };
    let notes: Option<Vec<Note>> = chosen(score, selection)
        .map(|(_, n)| step(n.pitch).map(|pitch| Note { pitch, ..*n }))
        .collect();
    // If one note has nowhere to go, none goes.
    Edit::ChangeNotes(notes.unwrap_or_default())
}

/// Makes notes longer or shorter by ticks; none gets shorter than `least` ticks (or than it was).
pub fn resize(score: &Score, selection: &BTreeSet<NoteId>, ticks: i64, least: u32) -> Edit {
    let notes = chosen(score, selection).map(|(_, n)| resized(n, ticks, least));
    Edit::ChangeNotes(notes.collect())
}

/// A note with its end moved.
pub fn resized(n: &Note, ticks: i64, least: u32) -> Note {
    let least = least.min(n.length).max(1) as i64;
    let most = (u32::MAX - n.start) as i64;
    let length = (n.length as i64 + ticks).clamp(least, most.max(least)) as u32;
    Note { length, ..*n }
}

/// Makes notes longer or shorter by steps of the grid.
pub fn resize_by_grid(
    score: &Score,
    bars: &Bars,
    snap: Snap,
    selection: &BTreeSet<NoteId>,
    steps: i32,
) -> Edit {
    let end = chosen(score, selection)
        .map(|(_, n)| n.end())
        .max()
        .unwrap_or(0);
    let step = Grid {
        snap,
        bars,
        ppq: score.ppq,
    }
    .step(end.saturating_sub(1));
    resize(score, selection, steps as i64 * step as i64, step)
}

/// Puts onsets on the grid, and ends too if asked for.
pub fn quantise(
    score: &Score,
    bars: &Bars,
    snap: Snap,
    selection: &BTreeSet<NoteId>,
    ends: bool,
) -> Edit {
    let grid = Grid {
        snap,
        bars,
        ppq: score.ppq,
    };
    let notes = chosen(score, selection).map(|(_, n)| {
        let start = grid.round(n.start as f64);
        let length = if ends {
            let end = grid.round(n.end() as f64);
            if end > start {
                end - start
            } else {
                grid.step(start)
            }
        } else {
            n.length
        };
        Note {
            start,
            length,
            ..*n
        }
    });
    Edit::ChangeNotes(notes.collect())
}

/// Makes notes louder or softer.
pub fn louder(score: &Score, selection: &BTreeSet<NoteId>, by: i32) -> Edit {
    let notes = chosen(score, selection).map(|(_, n)| Note {
        velocity: (n.velocity as i32 + by).clamp(1, 127) as u8,
        ..*n
    });
    Edit::ChangeNotes(notes.collect())
}

/// Repeats the selected notes right after themselves, whole beats later. One edit a track, in the order of
/// the tracks, and the ids the new notes will have if the edits are applied in that order.
pub fn duplicate(
    score: &Score,
    bars: &Bars,
    selection: &BTreeSet<NoteId>,
) -> (Vec<Edit>, BTreeSet<NoteId>) {
    let notes: Vec<(TrackId, Note)> = chosen(score, selection).map(|(t, n)| (t, *n)).collect();
    let start = notes.iter().map(|(_, n)| n.start).min().unwrap_or(0);
    let end = notes.iter().map(|(_, n)| n.end()).max().unwrap_or(0);
    let beats = Grid {
        snap: Snap::Beat,
        bars,
        ppq: score.ppq,
    };
    let by = beats.ceil(end as f64) - beats.floor(start as f64).min(beats.ceil(end as f64));
    let later = notes.into_iter().map(|(t, n)| {
        (
            t,
            Note {
                start: n.start.saturating_add(by),
                ..n
            },
        )
    });
    copies(score, later)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Document;

    fn piece() -> (Score, BTreeSet<NoteId>) {
        let mut s = Score::default();
        let a = s.add_track("A", 0, 0);
        let b = s.add_track("B", 1, 0);
        for (i, p) in [60, 62, 64, 65, 67].into_iter().enumerate() {
            s.add_note(a, i as u32 * 480, 480, p, 80);
        }
        s.add_note(b, 100, 240, 126, 80);
        let all = s.notes().map(|(_, n)| n.id).collect();
        (s, all)
    }

    fn changed(edit: Edit) -> Vec<Note> {
        match edit {
            Edit::ChangeNotes(n) => n,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_group_stops_together_at_the_border() {
        let (s, all) = piece();
        let n = changed(nudge(&s, &all, -500, 5));
        assert_eq!(
            n.iter().map(|n| n.start).min(),
            Some(0),
            "the first note already stands at the start"
        );
        assert_eq!(n[1].start, 480);
        assert_eq!((n[0].pitch, n[5].pitch), (61, 127));
    }

    #[test]
    fn notes_keep_a_length() {
        let (s, all) = piece();
        let n = changed(resize(&s, &all, -10_000, 120));
        assert!(n.iter().all(|n| n.length == 120));
        let bars = s.bars();
        let n = changed(resize_by_grid(&s, &bars, Snap::Division(4), &all, 1));
        assert_eq!(n[0].length, 600);
    }

    #[test]
    fn a_step_in_the_key_skips_the_black_keys_of_c_major() {
        let (s, all) = piece();
        let c_to_g: BTreeSet<NoteId> = all.iter().copied().take(5).collect();
        let n = changed(nudge_in_key(&s, &c_to_g, 1));
        assert_eq!(
            n.iter().map(|n| n.pitch).collect::<Vec<_>>(),
            [62, 64, 65, 67, 69]
        );
        assert!(
            changed(nudge_in_key(&s, &all, 2)).is_empty(),
            "126 has nowhere to go"
        );
    }

    #[test]
    fn copies_get_the_ids_they_were_promised() {
        let (s, all) = piece();
        let bars = s.bars();
        let (edits, ids) = duplicate(&s, &bars, &all);
        let mut doc = Document::new(s.clone());
        for e in edits {
            doc = e.apply(&doc).unwrap();
        }
        assert_eq!(doc.score.note_count(), 12);
        let new: Vec<u32> = doc
            .score
            .notes()
            .filter(|(_, n)| ids.contains(&n.id))
            .map(|(_, n)| n.start)
            .collect();
        assert_eq!(new, [2400, 2880, 3360, 3840, 4320, 2500]);
    }

    #[test]
    fn quantising_lands_on_the_grid_and_keeps_every_note_sounding() {
        let (s, all) = piece();
        let bars = s.bars();
        let n = changed(quantise(&s, &bars, Snap::Division(1), &all, true));
        assert_eq!((n[5].start, n[5].length), (0, 480));
    }
}
