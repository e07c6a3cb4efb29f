//! What is to be drawn: ids with their holes, cut into windows, and how filled ids become notes. Either a mask on
//! a piece, in the tokenizer's own words, or a piece without notes.

use super::super::fill::FillError;
use super::windows::{RowWindow, Sight, row_windows};
use crate::process::tokens::Schema;
use crate::score::mask::Gesture;
use crate::score::{Mask, Score, TakeNote, TrackId};
use crate::tokenizer::lower::Cell;
use crate::tokenizer::{Tokenizer, Tokens};
use std::collections::HashSet;

/// Bars after which a mask on an empty piece ends.
const MOST_BARS: u32 = 256;

/// Notes and, of each, the id that says its pitch.
pub type Read = Vec<(TakeNote, Option<usize>)>;

/// Reads the notes of filled ids.
type Reader = Box<dyn Fn(&[i32]) -> Result<Read, FillError>>;

/// See the module.
pub struct Job {
    /// `[rows, fields]`.
    pub ids: Vec<i32>,
    pub cells: Vec<Cell>,
    pub windows: Vec<RowWindow>,
    /// Notes of filled ids.
    pub read: Reader,
}

fn refused(e: impl std::fmt::Display) -> FillError {
    FillError::Refused(e.to_string())
}

/// The masked part of a piece.
///
/// # Errors
/// Why the tokenizer cannot rewrite that.
pub fn masked(
    tokenizer: &'static dyn Tokenizer,
    schema: &Schema,
    score: Score,
    mask: Mask,
    sight: Sight,
) -> Result<Job, FillError> {
    if let Some(bar) = schema.bar {
        let most = tokenizer.fields().get(bar).map_or(0, |f| f.size) as u32;
        let bars = score.bars();
        let reads = tokenizer.reads(&score);
        let beyond = score.notes().any(|(track, n)| {
            reads.contains(&track) && mask.selects(track, n) && bars.bar_at(n.start) >= most
        });
        if beyond {
            return Err(refused(format!(
                "{} counts {most} bars, and later ones are masked: unmask them",
                tokenizer.id()
            )));
        }
    }
    let lowered = tokenizer.lower(&score, &mask).map_err(refused)?;
    let (ids, cells) = (lowered.tokens.ids.clone(), lowered.cells().to_vec());
    let windows = row_windows(schema, &ids, &cells, sight).ok_or_else(|| {
        refused(format!(
            "one of the masked bars has more notes than the {} this model sees at once: unmask it",
            sight.rows
        ))
    })?;
    let fields = lowered.tokens.fields;
    let read = move |ids: &[i32]| {
        let filled = Tokens {
            fields,
            ids: ids.to_vec(),
        };
        let written = tokenizer.lift(&score, &mask, &lowered, &filled);
        let written = written.map_err(refused)?;
        Ok(written.into_iter().map(|w| (w.note, w.at)).collect())
    };
    Ok(Job {
        ids,
        cells,
        windows,
        read: Box::new(read),
    })
}

/// Where a mask ends, in ticks, on a piece without notes.
fn end(score: &Score, mask: &Mask) -> u32 {
    let ends = mask.gestures.iter().map(|g| match g {
        Gesture::Add(r) => r.rects.iter().map(|r| r.end).max().unwrap_or(0),
        Gesture::Invert { end } => *end,
        Gesture::Subtract(_) => 0,
    });
    let most = score.bars().start(MOST_BARS);
    ends.max().unwrap_or(0).min(most)
}

/// The piece with a note on every masked track that the tokenizer then reads, so that it finds its voices, and the
/// first and the last masked tick.
fn seeded(tokenizer: &dyn Tokenizer, score: &Score, mask: &Mask) -> Option<(Score, u32, u32)> {
    let end = end(score, mask);
    let seed = |wanted: &dyn Fn(TrackId) -> bool| {
        let mut seeded = score.clone();
        let (mut first, mut last) = (u32::MAX, 0);
        for track in score
            .tracks
            .iter()
            .filter(|t| !t.is_drums() && wanted(t.id))
        {
            let strips = mask.strips(track.id, 0, end);
            let (Some(strip), Some(later)) = (strips.first(), strips.last()) else {
                continue;
            };
            let (low, high) = strip.pitches.first().copied().unwrap_or((60, 60));
            seeded.add_note(track.id, strip.start, 1, 60u8.clamp(low, high), 80);
            first = first.min(strip.start);
            last = last.max(later.end);
        }
        (seeded, first, last)
    };
    // A note on a track it does not read would stay.
    let reads = tokenizer.reads(&seed(&|_| true).0);
    let (seeded, first, last) = seed(&|track| reads.contains(&track));
    (first < last).then_some((seeded, first, last))
}

/// A piece without notes, in the mask.
///
/// Where rows are steps, these are rows with everything free. Where rows are notes, `rows_a_bar` says how many;
/// all their values are drawn, but the metre and the tempo, which are the piece's.
///
/// # Errors
/// When nothing is masked on a pitched track, or more than a window.
pub fn blank(
    tokenizer: &'static dyn Tokenizer,
    schema: &Schema,
    score: &Score,
    mask: &Mask,
    sight: Sight,
    rows_a_bar: f32,
) -> Result<Job, FillError> {
    if !mask.attributes.rewrites() {
        return Err(refused(
            "the piece has no notes of which a part could be kept: free pitch, onset, duration and velocity",
        ));
    }
    let (seeds, first, last) = seeded(tokenizer, score, mask).ok_or(FillError::Empty)?;
    if schema.bar.is_none() {
        return masked(tokenizer, schema, seeds, mask.clone(), sight);
    }
    if score.meters.len() > 1 {
        return Err(refused(
            "from nothing this model writes in one metre: take the changes of metre out",
        ));
    }
    let bars = score.bars();
    let first = bars.bar_at(first);
    let count = bars.bar_at(last.saturating_sub(1)) + 1 - first;
    if count > sight.bars {
        return Err(refused(format!(
            "from nothing this model writes {} bars at once: mask fewer",
            sight.bars
        )));
    }
    let seeds_rows = tokenizer.encode(&seeds).map_err(refused)?;
    let row = seeds_rows.rows().next().ok_or(FillError::Empty)?;
    let field = |name: &str| tokenizer.fields().iter().position(|f| f.name == name);
    let program = field("program");
    // One seed a voice, so voices and the tracks that are read stand in the same order.
    let mut voices: Vec<i32> = seeds_rows
        .rows()
        .map(|row| program.map_or(0, |f| row[f]))
        .collect();
    voices.sort_unstable();
    voices.dedup();
    let tracks: Vec<(i32, TrackId)> = voices.into_iter().zip(tokenizer.reads(&seeds)).collect();
    let parts = tokenizer
        .decode(&Tokens::new(schema.fields()))
        .map_err(refused)?
        .ppq;
    let positions = (bars.length(first) * u32::from(parts)).div_ceil(u32::from(score.ppq).max(1));
    let rows = ((rows_a_bar * count as f32).round() as usize).clamp(1, sight.rows.max(1));
    let cell = |(f, named): (usize, &crate::tokenizer::Field)| {
        let size = named.size.min(schema.sizes[f]) as i32;
        match named.name {
            "bar" => Cell::Free(0..(count as i32).min(size)),
            "position" => Cell::Free(0..(positions as i32).clamp(1, size)),
            "program" => {
                let low = tracks.first().map_or(0, |t| t.0);
                Cell::Free(low..tracks.last().map_or(0, |t| t.0).max(low) + 1)
            }
            "pitch" => Cell::Free(0..size.min(128)),
            "time signature" | "tempo" => Cell::Known,
            _ => Cell::Free(0..size),
        }
    };
    let fields = tokenizer.fields();
    let cells: Vec<Cell> = fields.iter().enumerate().map(cell).collect();
    let pitch = field("pitch").unwrap_or(0);
    let (ppq, mask, width) = (score.ppq, mask.clone(), schema.fields());
    let from = bars.start(first);
    let ids = row.repeat(rows);
    let read = move |ids: &[i32]| {
        let mut notes: Read = Vec::new();
        let mut taken = HashSet::new();
        for (r, row) in ids.chunks_exact(width).enumerate() {
            let alone = tokenizer.decode(&Tokens::of(&[row])).map_err(refused)?;
            let Some((_, note)) = alone.notes().next() else {
                continue;
            };
            let voice = program.map_or(0, |f| row[f]);
            let Some(&(_, track)) = tracks.iter().find(|t| t.0 == voice) else {
                continue;
            };
            let ticks = |t: u32| {
                let (t, parts) = (u64::from(t) * u64::from(ppq), u64::from(parts).max(1));
                ((2 * t + parts) / (2 * parts)) as u32
            };
            let start = from + ticks(note.start);
            let inside = mask.covers(track, start, note.pitch);
            if inside && taken.insert((track, start, note.pitch)) {
                let note = TakeNote {
                    track,
                    start,
                    length: ticks(note.length).max(1),
                    pitch: note.pitch,
                    velocity: note.velocity,
                    confidence: 1.0,
                    replaces: None,
                };
                notes.push((note, Some(r * width + pitch)));
            }
        }
        Ok(notes)
    };
    Ok(Job {
        ids,
        cells: std::iter::repeat_n(cells, rows).flatten().collect(),
        windows: vec![RowWindow {
            seen: 0..rows,
            written: 0..rows,
            first_bar: 0,
        }],
        read: Box::new(read),
    })
}
