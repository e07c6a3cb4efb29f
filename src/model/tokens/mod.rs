//! Models over the rows of a registered tokenizer: the networks of the first reference line by absorbing
//! diffusion. A mask is lowered by the tokenizer, the free ids are drawn window by window, and what the tokenizer
//! lifts from them is the take.

mod denoiser;
mod job;
mod likelihood;
#[cfg(test)]
mod tests;
mod windows;

use super::Model;
use super::card::{Card, NetworkConfig, TokenNetworkCard};
use super::fill::{Draft, FillError, FillStep, Filling};
use super::forks::Chance;
use super::likelihood::Likelihood;
use super::store::{ModelError, hash, load_weights};
use crate::network::{TokenNet, TokenNetConfig, TokenNetwork};
use crate::process::Notation;
use crate::process::tokens::{Canvas, Schema, TokenStep, sample, sample_reference};
use crate::score::theory::pitch_class_counts;
use crate::score::{Mask, Score, Take, TakeNote};
use crate::tokenizer::lower::Cell;
use crate::tokenizer::octuple::decode;
use crate::tokenizer::{Tokenizer, registry};
use burn::module::Module;
use burn::tensor::Device;
use denoiser::Denoiser;
use job::Job;
use rand::SeedableRng;
use std::cell::{Cell as Counter, RefCell};
use std::ops::{ControlFlow, Range};
use std::time::Instant;
use windows::Sight;
pub use windows::bars;

/// Largest network that is built; anything above is no model of ours.
const MOST_PARAMETERS: usize = 400_000_000;
/// No size in a card is larger.
const MOST_SIZE: usize = 1 << 16;

/// A network over token rows, ready to sample.
pub struct TokenModel {
    card: Card,
    /// The same as on the card.
    about: TokenNetworkCard,
    hash: String,
    network: TokenNet,
    tokenizer: &'static dyn Tokenizer,
    schema: Schema,
    on_cpu: bool,
}

/// Whether a network of this configuration can be built.
fn sane(config: &TokenNetConfig, codebooks: &[usize]) -> bool {
    let sizes = match config {
        TokenNetConfig::SchmuTx(c) => [c.width, c.layers, c.feed_forward, c.length, 1],
        TokenNetConfig::SchmuConv(c) => [c.width, c.layers, c.feed_forward, c.length, c.field],
    };
    // Products of such numbers fit into 64 bits, so that the parameters can be counted.
    sizes.iter().chain(codebooks).all(|s| *s < MOST_SIZE)
        && codebooks.len() < 256
        && sizes[1] * sizes[2] < MOST_SIZE
        && config.check(codebooks).is_ok()
        && config.parameters(codebooks) < MOST_PARAMETERS
}

impl TokenModel {
    /// Puts weights (safetensors) into the network the card describes.
    ///
    /// # Errors
    /// When tokenizer, shape or file do not fit the card.
    pub fn from_bytes(
        card: Card,
        weights: &[u8],
        device: &Device,
    ) -> Result<TokenModel, ModelError> {
        let fail = |why: &str| ModelError::Weights {
            id: card.id.clone(),
            why: why.into(),
        };
        let NetworkConfig::Tokens(about) = &card.network else {
            return Err(fail("the network it describes does not read its tokenizer"));
        };
        if !sane(&about.network, &about.codebooks) {
            return Err(fail("the network it describes cannot be built"));
        }
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
        let fresh = about.network.build(&about.codebooks, &mut rng, device);
        let fresh = fresh.map_err(|e| fail(&e.to_string()))?;
        let network = load_weights(&card.id, weights, || fresh)?;
        let id = card.id.clone();
        TokenModel::new(card, hash(weights), network, device)
            .map_err(|why| ModelError::Weights { id, why })
    }

    /// A model of a network that is on `device`.
    ///
    /// # Errors
    /// A clause, when card, tokenizer and network do not belong together.
    pub fn new(
        card: Card,
        hash: String,
        network: TokenNet,
        device: &Device,
    ) -> Result<TokenModel, String> {
        let NetworkConfig::Tokens(about) = card.network.clone() else {
            return Err("the network on the card is no network over token rows".into());
        };
        let tokenizer = registry::find(&card.tokenizer)?;
        let fields = tokenizer.fields().len();
        if fields != about.codebooks.len() || network.sizes() != about.codebooks {
            return Err(format!(
                "{} has {fields} fields, the card {} codebooks and the network {}",
                tokenizer.id(),
                about.codebooks.len(),
                network.fields()
            ));
        }
        Ok(TokenModel {
            schema: Schema::of(tokenizer).with_sizes(&about.codebooks),
            card,
            about,
            hash,
            network,
            tokenizer,
            on_cpu: *device == Device::flex(),
        })
    }

    fn sight(&self) -> Sight {
        Sight {
            bars: self.card.window_bars.max(1),
            rows: self.network.most_rows(),
        }
    }

    /// The mask with what is to be kept taken out of it, as the representation can.
    fn mask(&self, filling: &Filling<'_>) -> Mask {
        let mut mask = filling.mask.clone();
        if filling.constraints.keep_rhythm {
            mask.attributes.onset = false;
            if self.schema.notation == Notation::Grid {
                // A symbol says onset and end of a note at once.
                mask.attributes.duration = false;
                mask.attributes.velocity = false;
            }
        }
        mask
    }

    fn job(&self, filling: &Filling<'_>) -> Result<Job, FillError> {
        if filling.mask.is_empty() {
            return Err(FillError::Empty);
        }
        let (mask, sight) = (self.mask(filling), self.sight());
        let (tokenizer, schema) = (self.tokenizer, &self.schema);
        let density = filling.constraints.density.clamp(-1.0, 1.0);
        if filling.score.note_count() == 0 {
            let rows = self.about.rows_a_bar * density.exp2();
            return job::blank(tokenizer, schema, filling.score, &mask, sight, rows);
        }
        if schema.bar.is_some() && density != 0.0 {
            return Err(FillError::Refused(format!(
                "{} rewrites the notes there are, one for one, so there can be neither more nor fewer: set Density \
                 to 0",
                tokenizer.id()
            )));
        }
        job::masked(tokenizer, schema, filling.score.clone(), mask, sight)
    }

    /// What the composer's wishes add to the logits of a row.
    fn pull(&self, filling: &Filling<'_>) -> Vec<f32> {
        let around = filling.score.tracks.iter().filter(|t| !t.is_drums());
        let around = around.flat_map(|t| {
            let context = t.notes.iter().filter(|n| !filling.mask.selects(t.id, n));
            context.map(|n| n.pitch)
        });
        let heard = pitch_class_counts(around);
        let fields = self.tokenizer.fields();
        let pitch = fields.iter().position(|f| f.name == "pitch");
        denoiser::pull(&self.schema, pitch, filling.constraints, &heard)
    }

    /// The free cells that a note is made of: those of its row where rows are notes, else its own symbol.
    fn cells_of<'a>(&self, job: &'a Job, at: usize) -> impl Iterator<Item = usize> + 'a {
        let fields = self.schema.fields().max(1);
        let cells = match self.schema.notation {
            Notation::Rows => at / fields * fields..(at / fields + 1) * fields,
            _ => at..at + 1,
        };
        cells.filter(|&c| job.cells.get(c).is_some_and(|c| *c != Cell::Known))
    }

    /// Ids and cells of a window as the network sees them: bars counted from its first, and nothing free but what
    /// it writes.
    fn part(&self, job: &Job, window: &windows::RowWindow, ids: &[i32]) -> (Vec<i32>, Vec<Cell>) {
        let fields = self.schema.fields();
        let seen = window.seen.start * fields..window.seen.end * fields;
        let mut part = ids[seen.clone()].to_vec();
        self.move_bars(&mut part, -window.first_bar);
        let mut cells = job.cells[seen].to_vec();
        for (row, cells) in cells.chunks_exact_mut(fields).enumerate() {
            if !window.written.contains(&(window.seen.start + row)) {
                cells.fill(Cell::Known);
            }
        }
        (part, cells)
    }

    fn move_bars(&self, rows: &mut [i32], by: i32) {
        if let Some(bar) = self.schema.bar {
            for row in rows.chunks_exact_mut(self.schema.fields()) {
                row[bar] += by;
            }
        }
    }

    /// `ids` with the rows `seen` replaced by a window's.
    fn whole(&self, ids: &[i32], seen: &Range<usize>, first_bar: i32, part: &[i32]) -> Vec<i32> {
        let fields = self.schema.fields();
        let mut part = part.to_vec();
        self.move_bars(&mut part, first_bar);
        let mut ids = ids.to_vec();
        ids[seen.start * fields..seen.end * fields].copy_from_slice(&part);
        ids
    }
}

/// Ends every note that is not what it was before the next one of its key begins: see [`decode::trim_overlaps`].
fn trim(score: &Score, mask: &Mask, notes: &mut [TakeNote]) {
    let stays = |n: &TakeNote| {
        let old = n.replaces.and_then(|id| score.track(n.track)?.note(id));
        old.is_some_and(|old| (old.start, old.length, old.pitch) == (n.start, n.length, n.pitch))
    };
    let mut ended: Vec<TakeNote> = notes.to_vec();
    for n in &mut ended {
        n.replaces = n.replaces.filter(|_| stays(n));
    }
    decode::trim_overlaps(score, mask, &mut ended);
    for (note, ended) in notes.iter_mut().zip(ended) {
        note.length = ended.length;
    }
}

impl Model for TokenModel {
    fn card(&self) -> &Card {
        &self.card
    }

    fn hash(&self) -> &str {
        &self.hash
    }

    fn parameters(&self) -> usize {
        self.network.num_params()
    }

    fn takes_at_a_time(&self) -> usize {
        if self.on_cpu {
            std::thread::available_parallelism().map_or(1, |n| n.get())
        } else {
            1
        }
    }

    fn take(
        &self,
        filling: &Filling<'_>,
        index: u32,
        on_step: &mut dyn FnMut(FillStep<'_>) -> ControlFlow<()>,
    ) -> Result<Take, FillError> {
        let started = Instant::now();
        let job = self.job(filling)?;
        let pull = self.pull(filling);
        let failed = RefCell::new(None);
        let mut denoiser = Denoiser {
            network: &self.network,
            schema: &self.schema,
            clock: self.about.clock,
            pull: &pull,
            failed: &failed,
        };
        let settings = filling.settings;
        let gone = Counter::new(0);
        let mut rng = Chance::new(settings, index, &gone);
        let mut ids = job.ids.clone();
        let mut confidence = vec![1.0f32; ids.len()];
        let fields = self.schema.fields();
        let count = job.windows.len() as u32;
        for (i, window) in job.windows.iter().enumerate() {
            let (part, cells) = self.part(&job, window, &ids);
            let canvas = Canvas::new(&self.schema, &part, &cells)
                .map_err(|e| FillError::Refused(e.to_string()))?;
            let from = window.seen.start * fields;
            let report = |step: TokenStep<'_>| {
                if failed.borrow().is_some() {
                    return ControlFlow::Break(());
                }
                let draft = || {
                    let guess = self.whole(&ids, &window.seen, window.first_bar, step.guess);
                    let open = |cell: usize| {
                        let here = cell.checked_sub(from).and_then(|c| step.ids.get(c));
                        here.is_some_and(|id| *id == self.schema.mask(cell % fields))
                    };
                    let notes = (job.read)(&guess).unwrap_or_default();
                    let reached =
                        |at: &Option<usize>| at.is_none_or(|at| at < window.written.end * fields);
                    let notes = notes.into_iter().filter(|(_, at)| reached(at));
                    let draft = notes.map(|(note, at)| {
                        let cells: Vec<usize> = match at {
                            Some(at) => self.cells_of(&job, at).collect(),
                            None => Vec::new(),
                        };
                        let done = cells.iter().filter(|c| !open(**c)).count();
                        Draft {
                            note,
                            decided: match cells.len() {
                                0 => 1.0,
                                n => done as f32 / n as f32,
                            },
                        }
                    });
                    draft.collect()
                };
                gone.set(i as u32 * step.of + step.done);
                on_step(FillStep {
                    done: i as u32 * step.of + step.done,
                    of: count * step.of,
                    draft: &draft,
                })
            };
            let filled = if settings.reference {
                sample_reference(&mut denoiser, &canvas, settings.steps, &mut rng, report)
            } else {
                sample(&mut denoiser, &canvas, settings, &mut rng, report)
            };
            if let Some(why) = failed.borrow_mut().take() {
                return Err(FillError::Refused(why));
            }
            let filled = filled.ok_or(FillError::Cancelled)?;
            ids = self.whole(&ids, &window.seen, window.first_bar, &filled.ids);
            for (k, cell) in cells.iter().enumerate() {
                if *cell != Cell::Known {
                    confidence[from + k] = filled.confidence[k];
                }
            }
        }
        let notes = (job.read)(&ids)?.into_iter().map(|(note, at)| {
            let cells = at.into_iter().flat_map(|at| self.cells_of(&job, at));
            let logs: Vec<f32> = cells.map(|c| confidence[c].max(1e-9).ln()).collect();
            let mean = logs.iter().sum::<f32>() / logs.len().max(1) as f32;
            TakeNote {
                confidence: mean.exp(),
                ..note
            }
        });
        let mut notes: Vec<TakeNote> = notes.collect();
        trim(filling.score, filling.mask, &mut notes);
        Ok(filling.finished(self, index, filling.mask.clone(), notes, started))
    }
    fn likelihood(&self, score: &Score, mask: &Mask, stages: usize, seed: u64) -> Likelihood {
        likelihood::likelihood(self, score, mask, stages, seed).unwrap_or_default()
    }
}
