//! Holes in the octuples: values of the rows of the notes that are masked.

use super::super::codes::{self, DURATIONS, duration, duration_of, position};
use super::super::lower::{Cell, Hole, Lowered, Refusal, Written, allowed, check};
use super::super::{TokenError, Tokenizer, Tokens, voices};
use super::{RESOLUTION, TrioOctuple, VELOCITIES};
use crate::score::{Mask, Note, NoteId, Score, TakeNote, Track};
use std::collections::HashMap;
use std::ops::Range;

fn tracks<'a>(t: &TrioOctuple, score: &'a Score) -> Vec<Option<&'a Track>> {
    voices::find(score, t.voices, t.compatible())
}

/// Positions of the bar and pitches a masked note may move to: the rectangle of the mask it lies in, as far as
/// its bar goes. A note that was pointed at by itself may go anywhere in its bar, as the window lets it.
fn room(
    score: &Score,
    mask: &Mask,
    track: &Track,
    note: &Note,
    bar: (u32, u32),
) -> (Range<i32>, Range<i32>) {
    let at = |tick: u32| position(tick.saturating_sub(bar.0), score.ppq, RESOLUTION) as i32;
    if !mask.covers(track.id, note.start, note.pitch) {
        return (0..at(bar.1).max(1), 0..128);
    }
    let strips = mask.strips(track.id, bar.0, bar.1);
    let strip = strips
        .iter()
        .find(|s| (s.start..s.end).contains(&note.start));
    let Some(strip) = strip else {
        return (at(note.start)..at(note.start) + 1, 0..128);
    };
    let band = strip
        .pitches
        .iter()
        .find(|(low, high)| (*low..=*high).contains(&note.pitch))
        .copied()
        .unwrap_or((note.pitch, note.pitch));
    // The first position whose tick is in the strip, and the first after it.
    let inside = |p: &i32| {
        let tick = bar.0 + tick(*p, score.ppq);
        (strip.start..strip.end).contains(&tick)
    };
    let all = 0..at(bar.1).max(1);
    let first = all.clone().find(inside);
    let last = all.rev().find(inside);
    let positions = match (first, last) {
        (Some(a), Some(b)) => a..b + 1,
        // A strip narrower than a position: the note stays where it is.
        _ => at(note.start)..at(note.start) + 1,
    };
    (positions, i32::from(band.0)..i32::from(band.1) + 1)
}

/// Ticks of so many positions.
fn tick(positions: i32, ppq: u16) -> u32 {
    codes::tick(positions.max(0) as u32, ppq, RESOLUTION)
}

pub(super) fn lower(t: &TrioOctuple, score: &Score, mask: &Mask) -> Result<Lowered, Refusal> {
    let refuse = |why: String| Refusal {
        tokenizer: t.id(),
        why,
    };
    let tracks = tracks(t, score);
    let (bars, rows) = t
        .bars(score)
        .and_then(|bars| Ok((bars, t.rows(score, &tracks)?)))
        .map_err(|e| refuse(e.to_string()))?;
    let notes: HashMap<NoteId, (&Track, &Note)> = tracks
        .iter()
        .flatten()
        .flat_map(|t| t.notes.iter().map(move |n| (n.id, (*t, n))))
        .collect();
    let a = mask.attributes;
    let mut tokens = Tokens::new(8);
    let (mut cells, mut ids) = (Vec::with_capacity(rows.len() * 8), Vec::new());
    let mut any = false;
    for (row, id) in &rows {
        tokens.push(row);
        ids.push(*id);
        let mut free: [Cell; 8] = std::array::from_fn(|_| Cell::Known);
        if let Some(&(track, note)) = notes.get(id).filter(|(t, n)| mask.selects(t.id, n)) {
            let bar = row[0] as u32;
            // Rounding may have put the note into the bar after its own: there it has no room to move.
            let (positions, pitches) = if bars.bar_at(note.start) == bar {
                room(score, mask, track, note, (bars.start(bar), bars.end(bar)))
            } else {
                (row[1]..row[1] + 1, row[3]..row[3] + 1)
            };
            let wanted = [
                (1, a.onset, positions),
                (3, a.pitch, pitches),
                (4, a.duration, 0..DURATIONS as i32),
                (5, a.velocity, 0..VELOCITIES as i32),
            ];
            for (column, asked, legal) in wanted {
                if asked {
                    free[column] = Cell::Free(legal);
                }
            }
            any |= free.iter().any(|c| *c != Cell::Known);
        }
        cells.extend(free);
    }
    if !any {
        return Err(refuse(
            "there are no notes of its voices in the mask, and it rewrites the notes there are; use octuple to \
             write into silence"
                .into(),
        ));
    }
    Ok(Lowered {
        tokens,
        hole: Hole::Cells(cells),
        notes: ids,
    })
}

pub(super) fn lift(
    t: &TrioOctuple,
    score: &Score,
    mask: &Mask,
    lowered: &Lowered,
    filled: &Tokens,
) -> Result<Vec<Written>, TokenError> {
    check(t.id(), lowered, filled)?;
    let bars = t.bars(score)?;
    let notes: HashMap<NoteId, (&Track, &Note)> = tracks(t, score)
        .into_iter()
        .flatten()
        .flat_map(|t| t.notes.iter().map(move |n| (n.id, (t, n))))
        .collect();
    let mut written = Vec::new();
    for (i, (row, id)) in filled.rows().zip(&lowered.notes).enumerate() {
        let cells = &lowered.cells()[i * 8..i * 8 + 8];
        let Some(&(track, old)) = notes
            .get(id)
            .filter(|_| cells.iter().any(|c| *c != Cell::Known))
        else {
            continue;
        };
        let was = &lowered.tokens.ids[i * 8..i * 8 + 8];
        // A value that stays what it was keeps the note's own, to the tick.
        let new = |column: usize| cells[column] != Cell::Known && row[column] != was[column];
        let start = match new(1) {
            true => bars.start(row[0] as u32) + tick(row[1], score.ppq),
            false => old.start,
        };
        let length = match new(4)
            && row[4] != i32::from(duration(position(old.length, score.ppq, RESOLUTION)))
        {
            true => tick(duration_of(row[4] as u8) as i32, score.ppq).max(1),
            false => old.length,
        };
        written.push(Written {
            note: TakeNote {
                track: track.id,
                start,
                length,
                pitch: (row[3] % 128) as u8,
                velocity: match new(5) {
                    true => (row[5] * 4 + 2) as u8,
                    false => old.velocity,
                },
                confidence: 1.0,
                replaces: Some(old.id),
            },
            at: Some(i * 8 + 3),
        });
    }
    Ok(allowed(score, mask, written, |_, n| {
        lowered.notes.contains(&n.id)
    }))
}
