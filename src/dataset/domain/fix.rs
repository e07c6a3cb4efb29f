//! What would bring a piece nearer to the training songs, each as one exact edit.

use super::distance::{Gauge, measured};
use super::measure::bar_starts;
use super::{Domain, Measure};
use crate::score::{Document, Edit, Meter, Note, Score};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// A fix is offered if it takes away this share of all distance, at least.
const WORTH: f64 = 0.25;
/// Below this distance nothing needs a fix.
const NEEDED: f64 = 0.15;
/// Farthest transposition that is offered, in semitones.
const FARTHEST: i8 = 48;

/// A change that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Moves every pitched note by semitones.
    Transpose(i8),
    /// Moves every onset to the nearest 16th.
    Quantise,
    /// The same music counted in half as many quarters, each twice as long.
    HalveBeats,
    /// The same music counted in twice as many quarters, each half as long.
    DoubleBeats,
    /// New bar lines: a first bar of `pickup` 16ths (none if 0), then bars of `steps` 16ths.
    Rebar { pickup: u8, steps: u8 },
}

impl Fix {
    /// What its button says.
    pub fn label(&self) -> String {
        match self {
            Fix::Transpose(n) if n % 12 == 0 => {
                let octaves = n.unsigned_abs() / 12;
                let word = if octaves == 1 { "octave" } else { "octaves" };
                format!("{octaves} {word} {}", if *n > 0 { "up" } else { "down" })
            }
            Fix::Transpose(n) => {
                let word = if n.abs() == 1 {
                    "semitone"
                } else {
                    "semitones"
                };
                format!("{} {word} {}", n.abs(), if *n > 0 { "up" } else { "down" })
            }
            Fix::Quantise => "Onsets to 16ths".into(),
            Fix::HalveBeats => "Half as many beats".into(),
            Fix::DoubleBeats => "Twice as many beats".into(),
            Fix::Rebar { pickup: 0, steps } => {
                let (n, d) = in_note_values(*steps);
                format!("Bars of {n}/{d}")
            }
            Fix::Rebar { pickup, steps } => {
                let ((n, d), (m, e)) = (in_note_values(*pickup), in_note_values(*steps));
                format!("Bars of {m}/{e} after {n}/{d}")
            }
        }
    }

    /// What it does, for its tooltip.
    pub fn about(&self) -> &'static str {
        match self {
            Fix::Transpose(_) => "Moves every pitched note of the piece",
            Fix::Quantise => "Moves every note of the piece to the nearest 16th; lengths stay",
            Fix::HalveBeats => {
                "Sounds the same; the tempo is halved and every note counts half as many beats"
            }
            Fix::DoubleBeats => {
                "Sounds the same; the tempo is doubled and every note counts twice as many beats"
            }
            Fix::Rebar { .. } => "Moves the bar lines; no note is moved",
        }
    }

    /// The edit of the whole piece, one undo step; `None` where it cannot be done exactly.
    pub fn edit(&self, score: &Score) -> Option<Edit> {
        let label = match self {
            Fix::Transpose(n) => format!("Transpose by {n:+}"),
            Fix::Quantise => "Quantise to 16ths".into(),
            other => other.label(),
        };
        let edits = match *self {
            Fix::Transpose(n) => vec![Edit::ChangeNotes(transposed(score, n)?)],
            Fix::Quantise => vec![Edit::ChangeNotes(quantised(score))],
            Fix::HalveBeats => vec![Edit::RecountBeats { halve: true }],
            Fix::DoubleBeats => vec![Edit::RecountBeats { halve: false }],
            Fix::Rebar { pickup, steps } => {
                let meter = |tick, steps| {
                    let (n, d) = in_note_values(steps);
                    Edit::SetMeter(Meter::new(tick, n, d))
                };
                let first = u32::from(score.ppq) * u32::from(pickup) / 4;
                if score.meters.len() > 1
                    || !(u32::from(score.ppq) * u32::from(pickup)).is_multiple_of(4)
                {
                    return None;
                }
                match pickup {
                    0 => vec![meter(0, steps)],
                    _ => vec![meter(0, pickup), meter(first, steps)],
                }
            }
        };
        Some(Edit::Together { label, edits })
    }
}

/// So many 16ths as a meter: the coarsest note value that counts them.
fn in_note_values(steps: u8) -> (u8, u16) {
    match steps {
        s if s.is_multiple_of(4) => (s / 4, 4),
        s if s.is_multiple_of(2) => (s / 2, 8),
        s => (s, 16),
    }
}

fn transposed(score: &Score, by: i8) -> Option<Vec<Note>> {
    let pitched = score.tracks.iter().filter(|t| !t.is_drums());
    pitched
        .flat_map(|t| &t.notes)
        .map(|n| {
            let pitch = u8::try_from(i16::from(n.pitch) + i16::from(by)).ok();
            Some(Note {
                pitch: pitch.filter(|p| *p < 128)?,
                ..*n
            })
        })
        .collect()
}

fn quantised(score: &Score) -> Vec<Note> {
    let step = f64::from(score.ppq.max(1)) / 4.0;
    let to_grid = |n: &Note| Note {
        start: ((f64::from(n.start) / step).round() * step).round() as u32,
        ..*n
    };
    let moved = score.notes().map(|(_, n)| (n.start, to_grid(n)));
    moved
        .filter(|(start, n)| *start != n.start)
        .map(|(_, n)| n)
        .collect()
}

/// The fixes that help, the one that helps most first.
pub(super) fn helpful(domain: &Domain, score: &Score, bars: Range<u32>, gauge: &Gauge) -> Vec<Fix> {
    let off = |which: &dyn Fn(Measure) -> bool| {
        let readings = gauge.readings.iter().filter(|r| which(r.measure));
        readings.map(|r| r.distance).fold(0.0, f64::max) > NEEDED
    };
    let mut candidates = Vec::new();
    if off(&Measure::is_pitch) {
        candidates.extend(best_transposition(domain, gauge).map(Fix::Transpose));
    }
    if off(&|m| m == Measure::Grid) {
        candidates.push(Fix::Quantise);
    }
    if off(&|m| m == Measure::Tempo) {
        candidates.extend([Fix::HalveBeats, Fix::DoubleBeats]);
    }
    if off(&|m| matches!(m, Measure::Downbeats | Measure::Metre)) {
        candidates.extend(better_bars(domain, score, &bars));
    }
    let whole = bars == (0..score.bar_count());
    let document = Document {
        score: Arc::new(score.clone()),
        ..Document::default()
    };
    let mut helpful: Vec<(f64, Fix)> = candidates
        .into_iter()
        .filter_map(|fix| {
            let after = fix.edit(score)?.apply(&document).ok()?.score;
            // Bars may be other bars afterwards; the music in them is the same.
            let ticks = (
                score.bars().start(bars.start),
                score.bars().start(bars.end).saturating_sub(1),
            );
            let region = match whole {
                true => 0..after.bar_count(),
                false => after.bars().bar_at(ticks.0)..after.bars().bar_at(ticks.1) + 1,
            };
            let gain = gauge.sum() - domain.readings(&after, region)?.sum();
            (gain > WORTH * gauge.sum()).then_some((gain, fix))
        })
        .collect();
    helpful.sort_by(|a, b| b.0.total_cmp(&a.0));
    helpful.into_iter().map(|(_, fix)| fix).collect()
}

/// The smallest transposition that brings the range home; octaves, which leave the key alone, before
/// others. Where none does, the one that comes nearest.
fn best_transposition(domain: &Domain, gauge: &Gauge) -> Option<i8> {
    let mut all: Vec<i8> = (-FARTHEST..=FARTHEST).filter(|n| *n != 0).collect();
    all.sort_by_key(|n| (n % 12 != 0, n.abs()));
    let distance = |n: &i8| domain.range_distance(gauge, *n);
    let home = all.iter().find(|n| distance(n) < NEEDED);
    home.or(all
        .iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b))))
        .copied()
}

/// Bar lines on which more bars begin with a note: the usual lengths with every pickup.
fn better_bars(domain: &Domain, score: &Score, bars: &Range<u32>) -> Option<Fix> {
    let (piece, _) = measured(score, bars.clone())?;
    if bars.start != 0 {
        return None;
    }
    let starts = bar_starts(&piece);
    let onsets: BTreeSet<usize> = piece
        .notes
        .iter()
        .map(|n| starts[usize::from(n.bar)] + usize::from(n.onset))
        .collect();
    let share = |pickup: usize, steps: usize| {
        let (mut met, mut filled) = (0, 0);
        let last = onsets.last().copied().unwrap_or(0);
        for start in (pickup..=last).step_by(steps) {
            met += usize::from(onsets.contains(&start));
            filled += usize::from(onsets.range(start..start + steps).next().is_some());
        }
        f64::from(met as u32) / f64::from(filled.max(1) as u32)
    };
    let mut best: Option<(f64, Fix)> = None;
    for steps in domain.usual_bars() {
        for pickup in 0..steps {
            let s = share(pickup.into(), usize::from(steps.max(1)));
            if best.is_none_or(|(most, _)| s > most + 0.02) {
                best = Some((s, Fix::Rebar { pickup, steps }));
            }
        }
    }
    best.map(|(_, fix)| fix)
}
