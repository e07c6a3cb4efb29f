//! One take: the mask cut into windows of bars, each lowered, sampled and decoded, one after the other.

use super::store::Model;
use crate::network::Input;
use crate::process::generator;
use crate::process::sampler::{Denoiser, Sampled, Step, sample};
use crate::score::{
    Bars, Constraints, Mask, NoteId, Recipe, Region, SamplerSettings, Score, Take, TakeNote,
    TrackId,
};
use crate::tokenizer::octuple::features::{self, features};
use crate::tokenizer::octuple::rows::{Row, masked};
use crate::tokenizer::octuple::vocabulary::MAX_STEPS;
use crate::tokenizer::octuple::{CHANNELS, Piece, Rows, decode, lower};
use std::collections::{BTreeMap, HashSet};
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Most bars written at once.
const SPAN: u32 = 8;
/// Most rows of a window; context bars are left out until it fits.
const MOST_ROWS: usize = 900;
/// How far beyond the last note a mask may ask for music, in bars.
const BEYOND: u32 = 32;

/// Why nothing was written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    #[error(
        "Nothing is masked. Drag over some bars in the ruler, or select notes and mask them, then press Generate."
    )]
    Empty,
    #[error("Only drums are masked, and this model writes pitched tracks. Mask another track.")]
    OnlyDrums,
    #[error(
        "Bar {bar} is longer than eight quarter notes, more than this model can write. Unmask it, or give the piece a shorter meter there."
    )]
    BarTooLong { bar: u32 },
    #[error("cancelled")]
    Cancelled,
}

/// A note of a take that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub note: TakeNote,
    /// Share of its values that is decided, 0..=1.
    pub decided: f32,
}

/// Where a take stands.
pub struct FillStep<'a> {
    /// Steps done, of how many, over all windows of the take.
    pub done: u32,
    pub of: u32,
    draft: &'a dyn Fn() -> Vec<Draft>,
}

impl FillStep<'_> {
    /// The notes as they are now, finished windows included. Costs a decoding; ask only when it is shown.
    pub fn draft(&self) -> Vec<Draft> {
        (self.draft)()
    }
}

/// Where a take stands among those of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub index: u32,
    /// Whether it is the first of those still being written.
    pub first: bool,
    /// Steps done of how many, over all takes.
    pub done: u32,
    pub of: u32,
}

/// The bars that `mask` touches on pitched tracks, in order.
fn masked_bars(score: &Score, bars: &Bars, mask: &Mask) -> Result<Vec<u32>, FillError> {
    let last = score.bar_count() + BEYOND;
    // Nothing is masked beyond the last rectangle, so bars after it need no look.
    let edge = mask
        .gestures
        .iter()
        .filter_map(|g| match g {
            crate::score::mask::Gesture::Add(r) => r.rects.iter().map(|r| r.end).max(),
            crate::score::mask::Gesture::Invert { end } => Some(*end),
            crate::score::mask::Gesture::Subtract(_) => None,
        })
        .max()
        .unwrap_or(0);
    let last = last.min(bars.count_until(edge.max(score.end())));
    let mut found = vec![false; last as usize];
    let mut drums = false;
    for track in &score.tracks {
        let mut mark = |bar: u32| {
            if track.is_drums() {
                drums = true;
            } else if let Some(f) = found.get_mut(bar as usize) {
                *f = true;
            }
        };
        for n in track.notes.iter().filter(|n| mask.selects(track.id, n)) {
            mark(bars.bar_at(n.start));
        }
        if mask.attributes.rewrites() {
            for bar in 0..last {
                if !mask
                    .strips(track.id, bars.start(bar), bars.end(bar))
                    .is_empty()
                {
                    mark(bar);
                }
            }
        }
    }
    let list: Vec<u32> = (0..last).filter(|&b| found[b as usize]).collect();
    if list.is_empty() {
        return Err(if drums {
            FillError::OnlyDrums
        } else {
            FillError::Empty
        });
    }
    let longest = score.ppq as u32 * MAX_STEPS as u32 / 4;
    match list.iter().find(|&&b| bars.length(b) > longest) {
        Some(&b) => Err(FillError::BarTooLong { bar: b + 1 }),
        None => Ok(list),
    }
}

/// A window: the bars the network sees and those of them it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Window {
    seen: Range<u32>,
    written: Range<u32>,
}

/// Cuts masked bars into windows of at most `most` bars. Each sees context on both sides, but never a
/// masked bar that a later window will write: its notes are about to go.
fn windows(masked: &[u32], end: u32, most: u32) -> Vec<Window> {
    let mut all = Vec::new();
    let mut i = 0;
    while i < masked.len() {
        let first = masked[i];
        while i < masked.len() && masked[i] < first + SPAN {
            i += 1;
        }
        let last = masked[i - 1] + 1;
        let room = most.saturating_sub(last - first);
        let next = masked.get(i).copied().unwrap_or(u32::MAX);
        let right = (last + room / 2).min(next).min(end.max(last));
        let left = first.saturating_sub(room - (right - last));
        // What the left edge could not use goes to the right.
        let right = (left + (last - first) + room)
            .min(next)
            .min(end.max(last))
            .max(right);
        all.push(Window {
            seen: left..right,
            written: first..last,
        });
    }
    all
}

struct Network<'a>(&'a Model);

impl Denoiser for Network<'_> {
    fn logits(&mut self, piece: &Piece, rows: &Rows) -> Vec<f32> {
        let f = features(piece, rows);
        let input = Input::stack([(&f.hot[..], &f.bars[..], &f.slots[..])], features::WIDTH);
        let mut logits = self.0.logits(&input);
        rows.unshift_logits(&mut logits);
        logits
    }
}

/// The mask within a range of bars only.
fn within(mask: &Mask, bars: &Bars, range: &Range<u32>) -> Mask {
    let mut m = mask.clone();
    m.subtract(Region::time(0, bars.start(range.start), None));
    m.subtract(Region::time(bars.start(range.end), u32::MAX, None));
    m
}

fn decided(row: &Row) -> f32 {
    let free = row.free.iter().filter(|f| **f).count();
    let known = (0..CHANNELS)
        .filter(|&c| row.free[c] && row.value[c] != masked(c))
        .count();
    if free == 0 {
        1.0
    } else {
        known as f32 / free as f32
    }
}

/// Everything a take is made from.
pub struct Filling<'a> {
    pub score: &'a Score,
    pub mask: &'a Mask,
    pub settings: &'a SamplerSettings,
    pub constraints: &'a Constraints,
    /// Name of the device, for the recipe.
    pub device: &'a str,
}

impl Filling<'_> {
    /// Writes take number `index` (from 0). The same inputs give the same notes on the same device.
    ///
    /// # Errors
    /// When there is nothing this model could write, or `on_step` broke off.
    pub fn take(
        &self,
        model: &Model,
        index: u32,
        mut on_step: impl FnMut(FillStep<'_>) -> ControlFlow<()>,
    ) -> Result<Take, FillError> {
        let started = Instant::now();
        let bars = self.score.bars();
        let mut mask = self.mask.clone();
        if self.constraints.keep_rhythm {
            mask.attributes.onset = false;
        }
        let masked_bars = masked_bars(self.score, &bars, &mask)?;
        let end = self.score.bar_count();
        let windows = windows(&masked_bars, end, model.card.window_bars);
        let needed: Vec<TrackId> = self
            .score
            .tracks
            .iter()
            .filter(|t| {
                t.notes.iter().any(|n| mask.selects(t.id, n))
                    || !mask.strips(t.id, 0, bars.start(end + BEYOND)).is_empty()
            })
            .map(|t| t.id)
            .collect();
        let mut rng = generator(self.settings.seed, index as u64);
        let mut current = self.score.clone();
        let mut notes: Vec<TakeNote> = Vec::new();
        let count = windows.len() as u32;
        let spans: Vec<Range<u32>> = windows.iter().map(|w| w.written.clone()).collect();
        for (i, window) in windows.into_iter().enumerate() {
            let part = within(&mask, &bars, &window.written);
            let mut seen = window.seen.clone();
            let (piece, hole) = loop {
                let piece = Piece::of_score(&current, &bars, seen.start, seen.end, &needed);
                let hole = lower::lower(
                    &current,
                    &bars,
                    &piece,
                    seen.start,
                    window.written.clone(),
                    &part,
                );
                let rows = Rows::layout(&piece, &hole, false).rows.len();
                if rows <= MOST_ROWS || seen == window.written {
                    break (piece, hole);
                }
                seen = (seen.start + 1).min(window.written.start)
                    ..(seen.end - 1).max(window.written.end);
            };
            let first = seen.start;
            let before = &notes;
            let done_before = i as u32;
            let of_score = &current;
            let sampled = sample(
                &mut Network(model),
                &piece,
                &hole,
                self.settings,
                self.constraints,
                &mut rng,
                |step: Step<'_>| {
                    let draft = || {
                        let guess = |i: usize, c: crate::tokenizer::octuple::Channel| {
                            step.guess[i][c as usize]
                        };
                        let mut shown = step.rows.clone();
                        for (row, guess) in shown.rows.iter_mut().zip(step.guess) {
                            row.value[0] = guess[0];
                        }
                        let shares: Vec<f32> = step
                            .rows
                            .rows
                            .iter()
                            .zip(step.guess)
                            .filter(|(r, g)| (r.in_hole() || r.cell.is_some()) && g[0] != 0)
                            .map(|(r, _)| decided(r))
                            .collect();
                        let notes =
                            decode::decode(of_score, &bars, &piece, &shown, first, |_| 0.0, guess);
                        let mut all: Vec<Draft> = before
                            .iter()
                            .map(|n| Draft {
                                note: n.clone(),
                                decided: 1.0,
                            })
                            .collect();
                        all.extend(
                            notes
                                .into_iter()
                                .zip(shares)
                                .map(|(note, decided)| Draft { note, decided }),
                        );
                        all
                    };
                    on_step(FillStep {
                        done: done_before * step.of + step.done,
                        of: count * step.of,
                        draft: &draft,
                    })
                },
            )
            .ok_or(FillError::Cancelled)?;
            let Sampled { rows, confidence } = sampled;
            let mut written = decode::decode(
                &current,
                &bars,
                &piece,
                &rows,
                first,
                |i| confidence[i],
                |_, _| 0,
            );
            // Notes that may vanish are the rows' business; any other masked note must come back.
            let mut freed: HashSet<NoteId> = written.iter().filter_map(|n| n.replaces).collect();
            let may_vanish = piece.notes.iter().zip(&hole.notes).filter(|(_, f)| f[0]);
            freed.extend(may_vanish.map(|(n, _)| n.id));
            written.extend(decode::untouched(&current, &part, &freed));
            decode::trim_overlaps(&current, &part, &mut written);
            let step = self.finished(model, index, part, written, started);
            current = current.with_take(&step.recipe.mask, &step);
            notes.extend(step.notes);
        }
        // Masked notes in bars that no window writes (drums alone) come back as they were.
        let seen_to: HashSet<NoteId> = self
            .score
            .notes()
            .filter(|(_, n)| spans.iter().any(|s| s.contains(&bars.bar_at(n.start))))
            .map(|(_, n)| n.id)
            .collect();
        notes.extend(decode::untouched(self.score, &mask, &seen_to));
        Ok(self.finished(model, index, self.mask.clone(), notes, started))
    }

    /// Writes takes `indices`, on a CPU as many at a time as there are cores.
    ///
    /// `on_step` hears of every step of every take, on whatever thread it happens; `on_take` gets the
    /// finished takes in order. A take does not depend on which others are written with it.
    ///
    /// # Errors
    /// As [`Filling::take`]; takes that were finished before have been delivered.
    pub fn takes(
        &self,
        model: &Model,
        indices: &[u32],
        on_step: impl Fn(Place, FillStep<'_>) -> ControlFlow<()> + Sync,
        on_take: impl FnMut(Take) + Send,
    ) -> Result<(), FillError> {
        struct Done<F> {
            /// Finished takes whose turn has not come.
            waiting: BTreeMap<usize, Take>,
            on_take: F,
            failed: Option<FillError>,
        }
        let done = Mutex::new(Done {
            waiting: BTreeMap::new(),
            on_take,
            failed: None,
        });
        // Next to begin, first that is not delivered, steps done over all takes.
        let (begin, deliver, steps) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicU32::new(0));
        let work = || {
            loop {
                let place = begin.fetch_add(1, Ordering::AcqRel);
                let Some(&index) = indices.get(place) else {
                    return;
                };
                let result = self.take(model, index, |step| {
                    let place = Place {
                        index,
                        first: place == deliver.load(Ordering::Acquire),
                        done: steps.fetch_add(1, Ordering::AcqRel) + 1,
                        of: step.of * indices.len() as u32,
                    };
                    on_step(place, step)
                });
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                match result {
                    Ok(take) => {
                        done.waiting.insert(place, take);
                        while let Some(take) = done.waiting.remove(&deliver.load(Ordering::Acquire))
                        {
                            (done.on_take)(take);
                            deliver.fetch_add(1, Ordering::AcqRel);
                        }
                    }
                    Err(e) => {
                        done.failed.get_or_insert(e);
                        begin.store(indices.len(), Ordering::Release);
                    }
                }
            }
        };
        let threads = model.takes_at_a_time().min(indices.len());
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.failed.map_or(Ok(()), Err)
    }

    fn finished(
        &self,
        model: &Model,
        index: u32,
        mask: Mask,
        notes: Vec<TakeNote>,
        started: Instant,
    ) -> Take {
        Take {
            name: format!("Take {}", index + 1),
            notes,
            recipe: Recipe {
                model: model.card.id.clone(),
                model_hash: model.hash.clone(),
                mask,
                settings: self.settings.clone(),
                constraints: self.constraints.clone(),
                take: index,
                device: self.device.into(),
            },
            millis: started.elapsed().as_millis().min(u32::MAX as u128) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_see_both_sides_and_no_bar_that_is_about_to_go() {
        let w = windows(&[20, 21, 22, 23], 64, 16);
        assert_eq!(
            w,
            [Window {
                seen: 14..30,
                written: 20..24
            }]
        );
        let w = windows(&[0, 1], 64, 16);
        assert_eq!(
            w,
            [Window {
                seen: 0..16,
                written: 0..2
            }]
        );
        let w = windows(&(10..30).collect::<Vec<_>>(), 64, 16);
        assert_eq!(
            w[0],
            Window {
                seen: 2..18,
                written: 10..18
            }
        );
        assert_eq!(w[2].written, 26..30);
        assert!(w.iter().all(|w| w.seen.end - w.seen.start <= 16));
        let w = windows(&[63], 64, 16);
        assert_eq!(w[0].seen, 48..64);
    }
}
