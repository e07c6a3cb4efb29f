//! Back from rows to notes of the score, exact wherever nothing was free.

use super::piece::{Piece, step_tick, step_ticks};
use super::rows::Rows;
use super::vocabulary::{Channel, DURATIONS, velocity_of};
use crate::score::{Bars, Mask, Note, NoteId, Score, TakeNote, TrackId};
use std::collections::{HashMap, HashSet};

/// The notes of every row of the hole that is decided to be present. `first` is the score's number of the
/// window's first bar; `confidence(i)` is the model's confidence in row `i`, 0..=1.
///
/// Values still masked take what `guess(i, channel)` says, so that an unfinished take can be shown.
pub fn decode(
    score: &Score,
    bars: &Bars,
    piece: &Piece,
    rows: &Rows,
    first: u32,
    confidence: impl Fn(usize) -> f32,
    guess: impl Fn(usize, Channel) -> u8,
) -> Vec<TakeNote> {
    let sources: HashMap<NoteId, &Note> = score.notes().map(|(_, n)| (n.id, n)).collect();
    let step = step_ticks(score.ppq);
    let mut notes = Vec::new();
    for (i, row) in rows.rows.iter().enumerate() {
        // A kept note of a rewritten bar has nothing free any more but still belongs to the take.
        if !(row.in_hole() || row.cell.is_some()) || row.absent() {
            continue;
        }
        let value = |c: Channel| row.known(c).unwrap_or_else(|| guess(i, c));
        let source = row
            .note
            .and_then(|n| piece.notes.get(n))
            .and_then(|n| sources.get(&n.id))
            .copied()
            .filter(|_| !row.free[0] || row.cell.is_none());
        let kept = |c: Channel| source.filter(|_| !row.free[c as usize]);
        let track = piece.voices[row.voice as usize].track;
        let bar = first + row.bar as u32;
        let length =
            (DURATIONS[(value(Channel::Duration) as usize).min(DURATIONS.len() - 1)] as f64 * step)
                .round();
        notes.push(TakeNote {
            track,
            start: kept(Channel::Onset).map_or_else(
                || step_tick(bars, bar, value(Channel::Onset), score.ppq),
                |n| n.start,
            ),
            length: kept(Channel::Duration).map_or((length as u32).max(1), |n| n.length),
            pitch: kept(Channel::Pitch).map_or_else(|| value(Channel::Pitch).min(127), |n| n.pitch),
            velocity: kept(Channel::Velocity)
                .map_or_else(|| velocity_of(value(Channel::Velocity)), |n| n.velocity),
            confidence: confidence(i),
            replaces: source.map(|n| n.id),
        });
    }
    notes
}

/// Ends every new note before the next note of its pitch on its track begins: two notes on one key at a
/// time cannot be told apart in a MIDI file, and the later one may be context.
pub fn trim_overlaps(score: &Score, mask: &Mask, notes: &mut [TakeNote]) {
    let mut starts: HashMap<(TrackId, u8), Vec<u32>> = HashMap::new();
    for (track, n) in score.notes().filter(|&(t, n)| !mask.selects(t, n)) {
        starts.entry((track, n.pitch)).or_default().push(n.start);
    }
    for n in notes.iter() {
        starts.entry((n.track, n.pitch)).or_default().push(n.start);
    }
    for list in starts.values_mut() {
        list.sort_unstable();
    }
    for n in notes.iter_mut().filter(|n| n.replaces.is_none()) {
        if let Some(list) = starts.get(&(n.track, n.pitch)) {
            let next = list.partition_point(|&s| s <= n.start);
            if let Some(&next) = list.get(next) {
                n.length = n.length.min(next - n.start).max(1);
            }
        }
    }
}

/// Masked notes that no row could rewrite (drums, voices out of sight, notes between the grid's bars):
/// they come back as they were, because accepting a take removes every masked note first.
pub fn untouched(score: &Score, mask: &Mask, rewritten: &HashSet<NoteId>) -> Vec<TakeNote> {
    score
        .notes()
        .filter(|&(track, n)| mask.selects(track, n) && !rewritten.contains(&n.id))
        .map(|(track, n)| TakeNote {
            track,
            start: n.start,
            length: n.length,
            pitch: n.pitch,
            velocity: n.velocity,
            confidence: 1.0,
            replaces: Some(n.id),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::lower::lower;
    use super::*;
    use crate::score::{Attributes, Region};

    #[test]
    fn what_is_not_free_comes_back_to_the_tick() {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        let id = s.add_note(t, 1923, 333, 61, 77);
        let bars = s.bars();
        let piece = Piece::of_score(&s, &bars, 0, 3, &[]);
        let mut mask = Mask::of(Region::time(1920, 3840, None));
        mask.attributes = Attributes {
            pitch: true,
            onset: false,
            duration: false,
            velocity: false,
        };
        let hole = lower(&s, &bars, &piece, 0, 0..3, &mask);
        let mut rows = Rows::layout(&piece, &hole, false);
        rows.rows[0].value[Channel::Pitch as usize] = 70;
        let notes = decode(&s, &bars, &piece, &rows, 0, |_| 1.0, |_, _| 0);
        assert_eq!(notes.len(), 1);
        let n = &notes[0];
        assert_eq!(
            (n.start, n.length, n.pitch, n.velocity, n.replaces),
            (1923, 333, 70, 77, Some(id))
        );
    }

    #[test]
    fn a_new_note_ends_before_the_next_on_its_key() {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        s.add_note(t, 1920, 480, 60, 80);
        let mask = Mask::of(Region::time(0, 1920, None));
        let mut notes = vec![TakeNote {
            track: t,
            start: 1800,
            length: 960,
            pitch: 60,
            velocity: 80,
            confidence: 1.0,
            replaces: None,
        }];
        trim_overlaps(&s, &mask, &mut notes);
        assert_eq!(notes[0].length, 120);
    }
}
