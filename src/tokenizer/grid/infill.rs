//! Holes in the grid: cells of 16ths and voices.

use super::super::codes;
use super::super::lower::{
    Cell, Hole, Lowered, Refusal, Written, allowed, check, context, masked_end, usual_velocity,
};
use super::super::{TokenError, Tokenizer, Tokens, voices};
use super::{
    BAR, Grid, HIGHEST, LOWEST, NO_EVENT, NOTE_OFF, RESOLUTION, SIZE, VELOCITY, line, step, symbols,
};
use crate::score::{Mask, Note, Score, TakeNote, Track, TrackId};

/// Tick of a step.
fn tick(step: usize, ppq: u16) -> u32 {
    codes::tick(step as u32, ppq, RESOLUTION.into())
}

/// The track of each voice. One without notes is a voice that is still to be written.
pub(super) fn tracks<'a>(grid: &Grid, score: &'a Score) -> Vec<Option<&'a Track>> {
    voices::with_empty(score, grid.fields)
}

/// The note that sounds alone at its step among the masked ones: the only one whose pitch can be rewritten.
fn masked_line<'a>(mask: &Mask, track: &'a Track, ppq: u16) -> Vec<(usize, &'a Note)> {
    let mut notes: Vec<(usize, &Note)> = track
        .notes
        .iter()
        .filter(|n| mask.selects(track.id, n) && (LOWEST..=HIGHEST).contains(&n.pitch))
        .map(|n| (step(n.start, ppq), n))
        .collect();
    notes.sort_by_key(|(step, n)| (*step, std::cmp::Reverse(n.pitch)));
    notes.dedup_by_key(|n| n.0);
    notes
}

pub(super) fn lower(grid: &Grid, score: &Score, mask: &Mask) -> Result<Lowered, Refusal> {
    let refuse = |why: &str| Refusal {
        tokenizer: grid.id(),
        why: why.into(),
    };
    let a = mask.attributes;
    let pitch_only = a.pitch && !a.onset && !a.duration && !a.velocity;
    if !a.rewrites() && !pitch_only {
        return Err(refuse(
            "a symbol says onset and pitch at once, and velocity is not written; free everything, or pitch alone",
        ));
    }
    let tracks = tracks(grid, score);
    let ppq = score.ppq;
    let end = score.end().max(1);
    let until = end.max(masked_end(score, mask));
    let steps = (step(until, ppq) + 1).div_ceil(BAR) * BAR;
    let lines: Vec<_> = tracks
        .iter()
        .map(|v| v.map_or_else(Vec::new, |t| line(context(mask, t), ppq)))
        .collect();
    let mut ids = symbols(&lines, steps);
    let width = lines.len();
    let mut cells = vec![Cell::Known; ids.len()];
    let mut any = false;
    for (voice, track) in tracks.iter().enumerate() {
        let Some(track) = track else { continue };
        // Steps in the middle of a note that stays belong to it.
        let mut held = vec![false; steps];
        for &(start, end, _) in &lines[voice] {
            held[start.min(steps)..end.min(steps)].fill(true);
        }
        let named = mask.named_notes();
        let mut free = vec![false; steps];
        if pitch_only {
            for (at, note) in masked_line(mask, track, ppq) {
                if at < steps && !held[at] {
                    free[at] = true;
                    ids[at * width + voice] = i32::from(note.pitch - LOWEST) + 2;
                    // The pitches it may take are those masked where it begins.
                    let open =
                        |p: &u8| named.contains(&note.id) || mask.covers(track.id, note.start, *p);
                    if !(LOWEST..=HIGHEST).all(|p| open(&p)) {
                        return Err(refuse(
                            "one symbol holds any pitch, so a band of pitches cannot be kept to; mask all pitches",
                        ));
                    }
                    cells[at * width + voice] = Cell::Free(2..SIZE as i32);
                }
            }
            // What lies between is decided by the rhythm that stays.
            for (at, note) in masked_line(mask, track, ppq) {
                let end = step(note.end(), ppq).max(at + 1);
                if end < steps && !held[end] && ids[end * width + voice] == NO_EVENT {
                    ids[end * width + voice] = NOTE_OFF;
                }
            }
        } else {
            for (at, free) in free.iter_mut().enumerate() {
                let tick = tick(at, ppq);
                let open = (LOWEST..=HIGHEST)
                    .filter(|&p| mask.covers(track.id, tick, p))
                    .count();
                if open > 0 && open < SIZE - 2 {
                    return Err(refuse(
                        "one symbol holds any pitch, so a band of pitches cannot be kept to; mask all pitches",
                    ));
                }
                *free = open > 0 && !held[at];
            }
            let single = track.notes.iter().any(|n| {
                named.contains(&n.id)
                    && mask.selects(track.id, n)
                    && !mask.covers(track.id, n.start, n.pitch)
            });
            if single {
                return Err(refuse(
                    "single notes have no cells of their own; mask a stretch of time, or free the pitch alone",
                ));
            }
            for at in 0..steps {
                let cell = at * width + voice;
                if free[at] {
                    ids[cell] = NO_EVENT;
                    cells[cell] = Cell::Free(0..SIZE as i32);
                } else if at > 0 && free[at - 1] && ids[cell] == NO_EVENT && !held[at] {
                    // Where the context is silent, what is written ends with the hole.
                    ids[cell] = NOTE_OFF;
                }
            }
        }
        any |= free.contains(&true);
    }
    if !any {
        return Err(refuse(
            "nothing of what it can write is masked; mask notes or a stretch of one of its voices",
        ));
    }
    Ok(Lowered {
        tokens: Tokens { fields: width, ids },
        hole: Hole::Cells(cells),
        notes: Vec::new(),
    })
}

pub(super) fn lift(
    grid: &Grid,
    score: &Score,
    mask: &Mask,
    lowered: &Lowered,
    filled: &Tokens,
) -> Result<Vec<Written>, TokenError> {
    check(grid.id(), lowered, filled)?;
    let ppq = score.ppq;
    let width = filled.fields;
    let mut written = Vec::new();
    for (voice, track) in tracks(grid, score).iter().enumerate() {
        let Some(track) = track else { continue };
        let symbol = |at: usize| filled.ids.get(at * width + voice).copied();
        let old: std::collections::HashMap<usize, &Note> =
            masked_line(mask, track, ppq).into_iter().collect();
        let velocity = usual_velocity(track).unwrap_or(VELOCITY);
        for at in 0..filled.len() {
            let cell = at * width + voice;
            if lowered.cells()[cell] == Cell::Known {
                continue;
            }
            let Some(pitch) = symbol(at).filter(|&id| id > NOTE_OFF) else {
                continue;
            };
            let pitch = (pitch - 2) as u8 + LOWEST;
            let replaced = old.get(&at).filter(|_| !mask.attributes.rewrites());
            let note = match replaced {
                // Only the pitch was asked for: everything else is the old note's, to the tick.
                Some(n) => TakeNote {
                    track: track.id,
                    start: n.start,
                    length: n.length,
                    pitch,
                    velocity: n.velocity,
                    confidence: 1.0,
                    replaces: Some(n.id),
                },
                None => {
                    let end = (at + 1..filled.len())
                        .find(|&s| symbol(s) != Some(NO_EVENT))
                        .unwrap_or(filled.len());
                    let start = tick(at, ppq);
                    TakeNote {
                        track: track.id,
                        start,
                        length: (tick(end, ppq) - start).max(1),
                        pitch,
                        velocity,
                        confidence: 1.0,
                        replaces: None,
                    }
                }
            };
            written.push(Written {
                note,
                at: Some(cell),
            });
        }
    }
    let seen: Vec<TrackId> = tracks(grid, score).iter().flatten().map(|t| t.id).collect();
    let rows = filled.len();
    Ok(allowed(score, mask, written, |track, n| {
        seen.contains(&track.id)
            && (LOWEST..=HIGHEST).contains(&n.pitch)
            && step(n.start, ppq) < rows
    }))
}
