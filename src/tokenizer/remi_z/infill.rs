//! Holes in REMI-z: phrases, that is, what one instrument plays in one bar.

use super::super::codes;
use super::super::lower::{Hole, Lowered, Refusal, Written, allowed, check, usual_velocity};
use super::super::registry::Form;
use super::super::{TokenError, Tokenizer, Tokens};
use super::{DRUMS, RESOLUTION, RemiZ, VELOCITY, id, word};
use crate::score::{Mask, Score, TakeNote, Track};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

fn program(track: &Track) -> u32 {
    if track.is_drums() {
        DRUMS
    } else {
        track.first_program().into()
    }
}

/// The bars of each instrument that are masked whole.
fn masked(z: &RemiZ, score: &Score, mask: &Mask) -> Result<BTreeMap<u32, BTreeSet<u32>>, String> {
    if !mask.attributes.rewrites() {
        return Err("its phrases are written as a whole; free every attribute".into());
    }
    let bars = z
        .bars(score)
        .ok_or("a metre of the piece is counted in notes shorter than 64ths")?;
    let count = bars.count_until(score.end());
    let mut parts: BTreeMap<u32, Vec<&Track>> = BTreeMap::new();
    for track in &score.tracks {
        parts.entry(program(track)).or_default().push(track);
    }
    let mut found: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (program, tracks) in parts {
        // A part that is not written cannot be rewritten.
        if program == DRUMS && z.form == Form::ReferenceCompatible {
            continue;
        }
        for bar in 0..count {
            let (from, to) = (bars.start(bar), bars.end(bar));
            let state = |t: &&Track| {
                let strips = mask.strips(t.id, from, to);
                let whole = strips.len() == 1
                    && (strips[0].start, strips[0].end) == (from, to)
                    && strips[0].pitches == [(0, 127)];
                let inside = &t.notes[t.starting_in(from, to)];
                // A note that rounding writes into another bar than its own belongs to two.
                let astray = inside
                    .last()
                    .is_some_and(|n| onset(n.start - from, score) >= onset(to - from, score));
                let touched = !strips.is_empty() || inside.iter().any(|n| mask.selects(t.id, n));
                let spared = inside.iter().any(|n| !mask.selects(t.id, n));
                (touched, whole && !spared, astray)
            };
            let states: Vec<_> = tracks.iter().map(state).collect();
            if !states.iter().any(|s| s.0) {
                continue;
            }
            if !states.iter().all(|s| s.1) {
                return Err(format!(
                    "it is written in whole bars of an instrument, and bar {} is masked in part; mask whole bars, \
                     all pitches, of every track with the same instrument",
                    bar + 1
                ));
            }
            if states.iter().any(|s| s.2) {
                return Err(format!(
                    "a note at the end of bar {} lies so close to the bar line that it would be written into the \
                     next; quantise it first",
                    bar + 1
                ));
            }
            found.entry(bar).or_default().insert(program);
        }
    }
    Ok(found)
}

fn onset(ticks: u32, score: &Score) -> u32 {
    super::position(ticks, score.ppq, RESOLUTION)
}

pub(super) fn lower(z: &RemiZ, score: &Score, mask: &Mask) -> Result<Lowered, Refusal> {
    let refuse = |why: String| Refusal {
        tokenizer: z.id(),
        why,
    };
    let masked = masked(z, score, mask).map_err(refuse)?;
    let text = z.encode(score).map_err(|e| refuse(e.to_string()))?;
    // The phrases of the text, bar by bar; an instrument that is silent gets an empty one at the end.
    let mut tokens = Tokens::new(1);
    let mut spans: Vec<Range<usize>> = Vec::new();
    let none = BTreeSet::new();
    let (mut bar, mut open) = (0u32, false);
    let mut left: BTreeSet<u32> = masked.get(&0).cloned().unwrap_or_default();
    for &word_id in &text.ids {
        match word(word_id) {
            Some(('i', program)) => {
                close(&mut spans, &tokens, open);
                tokens.push(&[word_id]);
                open = masked.get(&bar).unwrap_or(&none).contains(&program);
                left.remove(&program);
                if open {
                    spans.push(tokens.len()..tokens.len());
                }
            }
            Some(('b', _)) => {
                close(&mut spans, &tokens, open);
                open = false;
                for &program in &left {
                    tokens.push(&[id('i', program)]);
                    spans.push(tokens.len()..tokens.len());
                }
                tokens.push(&[word_id]);
                bar += 1;
                left = masked.get(&bar).cloned().unwrap_or_default();
            }
            _ => tokens.push(&[word_id]),
        }
    }
    if spans.is_empty() {
        return Err(refuse(
            "nothing of what it can write is masked; mask whole bars of an instrument within the piece".into(),
        ));
    }
    Ok(Lowered {
        tokens,
        hole: Hole::Spans(spans),
        notes: Vec::new(),
    })
}

fn close(spans: &mut [Range<usize>], tokens: &Tokens, open: bool) {
    if let (true, Some(span)) = (open, spans.last_mut()) {
        span.end = tokens.len();
    }
}

pub(super) fn lift(
    z: &RemiZ,
    score: &Score,
    mask: &Mask,
    lowered: &Lowered,
    filled: &Tokens,
) -> Result<Vec<Written>, TokenError> {
    check(z.id(), lowered, filled)?;
    let bad = |row: usize, why: &str| TokenError::Row {
        tokenizer: z.id(),
        row,
        why: why.into(),
    };
    let masked = masked(z, score, mask).map_err(|why| bad(0, &why))?;
    let bars = z
        .bars(score)
        .ok_or_else(|| bad(0, "the piece has a metre that cannot be written"))?;
    let (mut bar, mut part, mut at) = (0u32, 0u32, 0u32);
    let mut written = Vec::new();
    let mut words = filled.ids.iter().map(|&id| word(id)).enumerate().peekable();
    while let Some((row, w)) = words.next() {
        match w {
            Some(('b', _)) => (bar, part, at) = (bar + 1, 0, 0),
            Some(('i', program)) => (part, at) = (program, 0),
            Some(('o', onset)) => at = onset,
            Some(('p', pitch)) => {
                let Some((_, Some(('d', length)))) = words.next() else {
                    return Err(bad(row, "a pitch must be followed by a duration"));
                };
                let said = words.next_if(|(_, w)| matches!(w, Some(('v', _))));
                let track = score.tracks.iter().find(|t| program(t) == part);
                let Some(track) =
                    track.filter(|_| masked.get(&bar).is_some_and(|m| m.contains(&part)))
                else {
                    continue;
                };
                let start = bars.start(bar) + ticks(at, score);
                let velocity = match said {
                    Some((_, Some((_, v)))) => (v * 4 + 2) as u8,
                    _ => usual_velocity(track).unwrap_or(VELOCITY),
                };
                written.push(Written {
                    note: TakeNote {
                        track: track.id,
                        start,
                        length: ticks(length.max(1), score).max(1),
                        pitch: (pitch % 128) as u8,
                        velocity,
                        confidence: 1.0,
                        replaces: None,
                    },
                    at: Some(row),
                });
            }
            Some(_) => {}
            None => return Err(bad(row, "the id is no word of music")),
        }
    }
    Ok(allowed(score, mask, written, |track, n| {
        let bar = masked.get(&bars.bar_at(n.start));
        bar.is_some_and(|m| m.contains(&program(track)))
    }))
}

/// Ticks of so many positions.
fn ticks(positions: u32, score: &Score) -> u32 {
    codes::tick(positions, score.ppq, RESOLUTION)
}
