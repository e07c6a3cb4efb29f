//! Holes in the roll: cells of moments and keys, of any shape.

use super::super::lower::{
    Cell, Hole, Lowered, Refusal, Written, allowed, check, context, masked_end, usual_velocity,
};
use super::super::{TokenError, Tokenizer, Tokens};
use super::{Clock, HELD, KEYS, LOWEST, MOST_ROWS, OFF, ONSET, Roll, VELOCITY, key};
use crate::score::{Mask, Score, TakeNote, Track};
use std::sync::Arc;

/// The one track that is seen.
fn track(score: &Score) -> Result<&Arc<Track>, String> {
    let mut pitched = score.tracks.iter().filter(|t| !t.is_drums());
    match (pitched.next(), pitched.next()) {
        (Some(track), None) => Ok(track),
        (None, _) => Err("there is no pitched track to write on; add one".into()),
        (Some(_), Some(_)) => Err(
            "it sees all tracks as one and cannot say on which a note belongs; give it a piece with one \
             pitched track"
                .into(),
        ),
    }
}

pub(super) fn lower(roll: &Roll, score: &Score, mask: &Mask) -> Result<Lowered, Refusal> {
    let refuse = |why: String| Refusal {
        tokenizer: roll.id(),
        why,
    };
    if !mask.attributes.rewrites() {
        return Err(refuse(
            "a cell says pitch, onset and length at once; free every attribute".into(),
        ));
    }
    let track = track(score).map_err(refuse)?;
    let stray = mask.named_notes();
    let single = track.notes.iter().any(|n| {
        stray.contains(&n.id)
            && mask.selects(track.id, n)
            && !mask.covers(track.id, n.start, n.pitch)
    });
    if single {
        return Err(refuse(
            "single notes have no cells of their own; mask a rectangle of time and pitch".into(),
        ));
    }
    let until = score.end().max(masked_end(score, mask)).max(1);
    let rows = (0..MOST_ROWS)
        .find(|&row| roll.tick(score, row) >= until)
        .unwrap_or(MOST_ROWS);
    let kept = Track {
        notes: context(mask, track).copied().collect(),
        ..Track::clone(track)
    };
    let mut spans = roll.spans(score, &kept);
    let mut known = Vec::new();
    roll.keyboards(&mut spans, rows).write(rows, &mut known);
    let mut ids: Vec<i32> = known.into_iter().map(i32::from).collect();
    let mut held = vec![false; ids.len()];
    for (start, end, key) in spans {
        for row in start..end.min(rows) {
            held[row * KEYS + key] = true;
        }
    }
    let mut cells = vec![Cell::Known; ids.len()];
    let size = roll.fields().first().map_or(2, |f| f.size) as i32;
    let mut any = false;
    for row in 0..rows {
        let tick = roll.tick(score, row);
        for key in 0..KEYS {
            let cell = row * KEYS + key;
            if !held[cell] && mask.covers(track.id, tick, LOWEST + key as u8) {
                ids[cell] = OFF;
                cells[cell] = Cell::Free(OFF..size);
                any = true;
            }
        }
    }
    if !any {
        return Err(refuse(
            "nothing of what it can write (A0 to C8) is masked; mask a rectangle of time and pitch"
                .into(),
        ));
    }
    Ok(Lowered {
        tokens: Tokens { fields: KEYS, ids },
        hole: Hole::Cells(cells),
        notes: Vec::new(),
    })
}

pub(super) fn lift(
    roll: &Roll,
    score: &Score,
    mask: &Mask,
    lowered: &Lowered,
    filled: &Tokens,
) -> Result<Vec<Written>, TokenError> {
    check(roll.id(), lowered, filled)?;
    let Ok(track) = track(score) else {
        return Ok(Vec::new());
    };
    let velocity = usual_velocity(track).unwrap_or(VELOCITY);
    let rows = filled.len();
    let mut written = Vec::new();
    for key in 0..KEYS {
        let id = |row: usize| filled.ids[row * KEYS + key];
        let free = |row: usize| lowered.cells()[row * KEYS + key] != Cell::Known;
        let mut row = 0;
        while row < rows {
            // A note begins at an onset, or where the key comes down out of nothing. What begins in the
            // context stays as it is in the piece.
            let begins = match roll.clock {
                Clock::Beats => {
                    id(row) == ONSET || id(row) == HELD && (row == 0 || id(row - 1) == OFF)
                }
                Clock::Frames => id(row) == ONSET && (row == 0 || id(row - 1) == OFF),
            };
            if !begins {
                row += 1;
                continue;
            }
            let held = |r: &usize| match roll.clock {
                Clock::Beats => id(*r) == HELD,
                Clock::Frames => id(*r) == ONSET,
            };
            let mut end = (row + 1..rows).find(|r| !held(r)).unwrap_or(rows);
            if free(row) {
                // It may not grow into what the context holds.
                end = (row + 1..end).find(|&r| !free(r)).unwrap_or(end);
                let start = roll.tick(score, row);
                written.push(Written {
                    note: TakeNote {
                        track: track.id,
                        start,
                        length: (roll.tick(score, end).saturating_sub(start)).max(1),
                        pitch: LOWEST + key as u8,
                        velocity,
                        confidence: 1.0,
                        replaces: None,
                    },
                    at: Some(row * KEYS + key),
                });
            }
            row = end;
        }
    }
    written.sort_by_key(|w| (w.note.start, w.note.pitch));
    let end = roll.tick(score, rows);
    Ok(allowed(score, mask, written, |t, n| {
        t.id == track.id && key(n.pitch).is_some() && n.start < end
    }))
}

#[cfg(test)]
mod tests {
    use super::super::{FRAME_ROLL, ROLL};
    use super::*;
    use crate::score::{Rect, Region};

    #[test]
    fn a_band_of_pitches_is_a_band_of_cells() {
        let mut s = Score::default();
        let t = s.add_track("Piano", 0, 0);
        s.add_note(t, 0, 1920, 60, 90);
        s.add_note(t, 480, 240, 72, 90);
        let mask = Mask::of(Region::rect(
            Rect {
                start: 480,
                end: 960,
                low: 60,
                high: 72,
            },
            None,
        ));
        for roll in [ROLL, FRAME_ROLL] {
            let lowered = roll.lower(&s, &mask).unwrap();
            let free = |pitch: u8| {
                let column = pitch as usize - 21;
                let cells = lowered.cells().iter().skip(column).step_by(KEYS);
                cells.filter(|c| **c != Cell::Known).count()
            };
            // The note that begins before and sounds into the mask keeps its key.
            let steps = if roll.clock == Clock::Beats { 4 } else { 12 };
            assert_eq!(
                [free(59), free(60), free(61), free(72)],
                [0, 0, steps, steps]
            );
        }
    }
}
