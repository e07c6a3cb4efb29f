//! The model of the free octuple: the mask cut into windows of bars, each lowered, sampled and decoded, one
//! after the other.

mod critic;
mod latents;

use super::Model;
use super::card::{Card, NetworkConfig};
use super::critic::{CriticError, NoteSurprise, Passage, windows as judged_windows};
use super::fill::{Draft, FillError, FillStep, Filling};
use super::forks::Chance;
use super::likelihood::Likelihood;
use super::store::{ModelError, load_weights};
use super::windows::{BEYOND, SPAN, Window, masked_bars, windows, within};
use crate::network::{Fused, Input, Transformer, TransformerConfig};
use crate::process::critic::Plan;
use crate::process::generator;
use crate::process::likelihood::told;
use crate::process::sampler::{Denoiser, Sampled, Step, sample};
use crate::score::{Bars, Mask, NoteId, Score, Take, TakeNote, TrackId};
use crate::tokenizer::octuple::features::{WIDTH, features};
use crate::tokenizer::octuple::rows::{Row, masked};
use crate::tokenizer::octuple::vocabulary::LOGITS;
use crate::tokenizer::octuple::{CHANNELS, Hole, Piece, Rows, decode, lower};
use burn::tensor::Device;
use rand::SeedableRng;
use std::cell::Cell;
use std::collections::HashSet;
use std::ops::{ControlFlow, Range};
use std::time::Instant;

/// Most rows of a window; context bars are left out until it fits.
const MOST_ROWS: usize = 900;
/// Largest network that is built; anything above is no model of ours.
const MOST_PARAMETERS: usize = 200_000_000;

/// A transformer over the rows of the free octuple, ready to sample.
pub struct OctupleModel {
    card: Card,
    hash: String,
    network: Transformer,
    /// The same weights for our own arithmetic, where the device is a CPU.
    fused: Option<Fused>,
}

/// Whether a network of this configuration can be built.
pub(super) fn sane(c: &TransformerConfig) -> bool {
    c.width > 0
        && c.heads > 0
        && c.layers > 0
        && c.feed_forward > 0
        && c.width.is_multiple_of(c.heads * 2)
        && c.layers
            .saturating_mul(c.width)
            .saturating_mul(c.width)
            .saturating_mul(c.feed_forward.max(4))
            < MOST_PARAMETERS
}

impl OctupleModel {
    /// Puts weights (safetensors) into the network the card describes.
    ///
    /// # Errors
    /// When shape or file do not fit the card.
    pub fn from_bytes(
        card: Card,
        weights: &[u8],
        device: &Device,
    ) -> Result<OctupleModel, ModelError> {
        let config = match &card.network {
            NetworkConfig::Transformer(config) if sane(config) => config,
            _ => {
                return Err(ModelError::Weights {
                    id: card.id,
                    why: "the network it describes cannot be built".into(),
                });
            }
        };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
        let build = || Transformer::new(config, WIDTH, LOGITS, &mut rng, device);
        let network = load_weights(&card.id, weights, build)?;
        let hash = super::store::hash(weights);
        Ok(OctupleModel::new(card, hash, network, device))
    }

    /// A model of a network that is on `device`.
    pub fn new(card: Card, hash: String, network: Transformer, device: &Device) -> OctupleModel {
        OctupleModel {
            card,
            hash,
            fused: (*device == Device::flex()).then(|| Fused::of(&network)),
            network,
        }
    }

    /// Logits `[rows, LOGITS]` of one window; those of rows that are not in `asked` may be anything. Empty if the
    /// device failed.
    fn logits(&self, input: &Input, asked: &[usize]) -> Vec<f32> {
        match &self.fused {
            Some(fused) => {
                let answers = fused.logits(&fused.window(input, 0), asked);
                let mut logits = vec![0.0; input.rows * LOGITS];
                for (&row, answer) in asked.iter().zip(answers.chunks_exact(LOGITS)) {
                    logits[row * LOGITS..(row + 1) * LOGITS].copy_from_slice(answer);
                }
                logits
            }
            None => self
                .network
                .forward(input, false)
                .into_data()
                .try_into_vec_as::<f32>()
                .unwrap_or_default(),
        }
    }
}

impl OctupleModel {
    /// What the rows of one window hold after so many layers, `[rows, width]`. Empty if the device failed.
    fn hidden(&self, input: &Input, layers: usize) -> Vec<f32> {
        match &self.fused {
            Some(fused) => fused.hidden(&fused.window(input, 0), layers),
            None => {
                let hidden = self.network.hidden(input, layers).into_data();
                hidden.try_into_vec_as::<f32>().unwrap_or_default()
            }
        }
    }
}

struct Network<'a>(&'a OctupleModel);

impl Denoiser for Network<'_> {
    fn logits(&mut self, piece: &Piece, rows: &Rows) -> Vec<f32> {
        let f = features(piece, rows);
        let input = Input::stack([(f.columns, &f.bars[..], &f.slots[..])]);
        let open = |row: &Row| (0..CHANNELS).any(|c| row.value[c] == masked(c));
        let asked: Vec<usize> = (0..rows.rows.len())
            .filter(|&i| open(&rows.rows[i]))
            .collect();
        let mut logits = self.0.logits(&input, &asked);
        rows.unshift_logits(&mut logits);
        logits
    }
}

/// Tracks that the mask touches.
fn masked_tracks(score: &Score, bars: &Bars, mask: &Mask) -> Vec<TrackId> {
    let beyond = bars.start(score.bar_count() + BEYOND);
    let touched = score.tracks.iter().filter(|t| {
        t.notes.iter().any(|n| mask.selects(t.id, n)) || !mask.strips(t.id, 0, beyond).is_empty()
    });
    touched.map(|t| t.id).collect()
}

/// The window on the grid and its hole, with the first bar seen: context is left out until it has no more rows than
/// the network takes.
fn lowered(
    score: &Score,
    bars: &Bars,
    window: Window,
    mask: &Mask,
    needed: &[TrackId],
) -> (u32, Piece, Hole) {
    let Window { mut seen, written } = window;
    loop {
        let piece = Piece::of_score(score, bars, seen.start, seen.end, needed);
        let hole = lower::lower(score, bars, &piece, seen.start, written.clone(), mask);
        let rows = Rows::layout(&piece, &hole, false).rows.len();
        if rows <= MOST_ROWS || seen == written {
            return (seen.start, piece, hole);
        }
        seen = (seen.start + 1).min(written.start)..(seen.end - 1).max(written.end);
    }
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

impl Model for OctupleModel {
    fn card(&self) -> &Card {
        &self.card
    }

    fn hash(&self) -> &str {
        &self.hash
    }

    fn parameters(&self) -> usize {
        burn::module::Module::num_params(&self.network)
    }

    fn takes_at_a_time(&self) -> usize {
        match self.fused {
            Some(_) => std::thread::available_parallelism().map_or(1, |n| n.get()),
            None => 1,
        }
    }

    fn take(
        &self,
        filling: &Filling<'_>,
        index: u32,
        on_step: &mut dyn FnMut(FillStep<'_>) -> ControlFlow<()>,
    ) -> Result<Take, FillError> {
        let started = Instant::now();
        let bars = filling.score.bars();
        let mut mask = filling.mask.clone();
        if filling.constraints.keep_rhythm {
            mask.attributes.onset = false;
        }
        let masked_bars = masked_bars(filling.score, &bars, &mask)?;
        let end = filling.score.bar_count();
        let windows = windows(&masked_bars, end, self.card.window_bars, SPAN);
        let needed = masked_tracks(filling.score, &bars, &mask);
        let gone = Cell::new(0);
        let mut rng = Chance::new(filling.settings, index, &gone);
        let mut current = filling.score.clone();
        let mut notes: Vec<TakeNote> = Vec::new();
        let count = windows.len() as u32;
        let spans: Vec<Range<u32>> = windows.iter().map(|w| w.written.clone()).collect();
        for (i, window) in windows.into_iter().enumerate() {
            let part = within(&mask, &bars, &window.written);
            let (first, piece, hole) = lowered(&current, &bars, window, &part, &needed);
            let before = &notes;
            let done_before = i as u32;
            let of_score = &current;
            let sampled = sample(
                &mut Network(self),
                &piece,
                &hole,
                filling.settings,
                filling.constraints,
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
                    gone.set(done_before * step.of + step.done);
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
            let step = filling.finished(self, index, part, written, started);
            current = current.with_take(&step.recipe.mask, &step);
            notes.extend(step.notes);
        }
        // Masked notes in bars that no window writes (drums alone) come back as they were.
        let seen_to: HashSet<NoteId> = filling
            .score
            .notes()
            .filter(|(_, n)| spans.iter().any(|s| s.contains(&bars.bar_at(n.start))))
            .map(|(_, n)| n.id)
            .collect();
        notes.extend(decode::untouched(filling.score, &mask, &seen_to));
        Ok(filling.finished(self, index, filling.mask.clone(), notes, started))
    }

    /// Of the first window alone where the mask is cut into several: later ones would see what the first has lost.
    fn likelihood(&self, score: &Score, mask: &Mask, stages: usize, seed: u64) -> Likelihood {
        let told = || {
            let bars = score.bars();
            let masked_bars = masked_bars(score, &bars, mask).ok()?;
            let end = score.bar_count();
            let window = windows(&masked_bars, end, self.card.window_bars, SPAN)
                .into_iter()
                .next()?;
            let part = within(mask, &bars, &window.written);
            let needed = masked_tracks(score, &bars, mask);
            let (_, piece, hole) = lowered(score, &bars, window, &part, &needed);
            let mut rng = generator(seed, 0);
            let (bound, told) = told(&mut Network(self), &piece, &hole, stages, &mut rng)?;
            Some(Likelihood {
                nats_per_note: bound.per_note(),
                ..Likelihood::from(told)
            })
        };
        told().unwrap_or_default()
    }

    fn latents(
        &self,
        score: &Score,
        layer: Option<usize>,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Vec<Vec<f32>>> {
        latents::latents(self, score, layer, go_on)
    }

    fn passages(&self, score: &Score) -> Result<Vec<Passage>, CriticError> {
        let bars = score.bars();
        let windows = judged_windows(score.bar_count(), self.card.window_bars);
        Ok(windows
            .iter()
            .map(|w| critic::passage(score, &bars, w))
            .collect())
    }

    fn judge(
        &self,
        score: &Score,
        bars: &Range<u32>,
        plan: &Plan,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Vec<NoteSurprise>, CriticError> {
        let windows = judged_windows(score.bar_count(), self.card.window_bars);
        let window = windows.iter().find(|w| w.written == *bars);
        let window = window.ok_or(FillError::Empty)?;
        critic::window(self, score, &score.bars(), window, plan, go_on)
    }
}
