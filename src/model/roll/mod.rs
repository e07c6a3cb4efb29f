//! The model of piano rolls: cells of 16ths and keys, filled by binomial diffusion. A mask of any shape is lowered to
//! cells, the windows of bars are filled one after the other, and the notes of the filled roll are the take.
//!
//! A card whose network is the published form is sampled as the reference does, by its own number of steps.

pub mod input;
mod job;
mod likelihood;
#[cfg(test)]
mod tests;
mod velocity;

use super::Model;
use super::card::{Card, NetworkConfig, RollNetworkCard};
use super::fill::{Draft, FillError, FillStep, Filling};
use super::forks::Chance;
use super::likelihood::Likelihood;
use super::store::{ModelError, hash, load_weights};
use super::windows::{SPAN, masked_bars, windows};
use crate::network::{FusedUnet, RollUnet, RollUnetConfig};
use crate::process::binomial::home::{shift_to_c, turned};
use crate::process::binomial::{
    Known, RollCanvas, RollDenoiser, RollFilled, RollStep, Shape, ids_of, planes_of, sample,
    sample_reference,
};
use crate::score::{Constraints, Mask, Score, Take, TakeNote};
use crate::tokenizer::Tokenizer;
use crate::tokenizer::lower::Cell;
use crate::tokenizer::roll::{FRAME_ROLL, ROLL, Roll};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use input::{channels, input};
use job::Job;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cell::Cell as Counter;
use std::ops::ControlFlow;
use std::time::Instant;

/// Keys of a roll.
pub const KEYS: usize = 88;
/// MIDI pitch of the lowest.
const LOWEST: usize = 21;
/// Largest network that is built; anything above is no model of ours.
const MOST_PARAMETERS: usize = 200_000_000;
/// No size on a card is larger.
const MOST_SIZE: usize = 1 << 12;
/// Nats that forbid an onset.
const NEVER: f32 = 40.0;

/// The tokenizers of rolls.
pub fn tokenizers() -> Vec<String> {
    [&ROLL, &FRAME_ROLL].map(|r| r.id().to_owned()).to_vec()
}

/// The roll of a tokenizer's name.
pub fn tokenizer(id: &str) -> Option<&'static Roll> {
    [&ROLL, &FRAME_ROLL].into_iter().find(|r| r.id() == id)
}

/// Whether network, process and tokenizer fit together.
///
/// # Errors
/// A clause that names what does not.
pub fn check(about: &RollNetworkCard, tokenizer: &Roll) -> Result<(), String> {
    let (network, planes) = (&about.network, about.process.planes());
    about.process.check().map_err(|e| e.to_string())?;
    let states = tokenizer.fields().first().map_or(0, |f| f.size);
    if planes >= states {
        return Err(format!(
            "{} has no {planes} planes; give the process one ratio",
            tokenizer.id()
        ));
    }
    let (inputs, reference) = (channels(network, planes), network.reference);
    if reference && planes != 1 {
        return Err("the published form has one plane; give the process one ratio".into());
    }
    if (network.inputs, network.outputs, network.pitches) != (inputs, planes, KEYS) {
        return Err(format!(
            "a network for {planes} planes of {KEYS} keys reads {inputs} channels and writes {planes}; this one reads \
             {}, writes {} and has {} pitches",
            network.inputs, network.outputs, network.pitches
        ));
    }
    let sizes = [network.base, network.time];
    let small = sizes.iter().chain(&network.multipliers);
    if !small.clone().all(|s| (1..MOST_SIZE).contains(s))
        || !(1..=8).contains(&network.multipliers.len())
        || network.time < 2
        || network
            .multipliers
            .iter()
            .any(|m| m * network.base > MOST_SIZE)
        || network.parameters() > MOST_PARAMETERS
    {
        return Err("the network it describes cannot be built".into());
    }
    Ok(())
}

/// A U-Net on rolls, ready to sample.
pub struct RollModel {
    card: Card,
    /// The same as on the card.
    about: RollNetworkCard,
    hash: String,
    network: RollUnet,
    /// The same weights for our own arithmetic, where the device is a CPU.
    fused: Option<FusedUnet>,
    tokenizer: &'static Roll,
}

impl RollModel {
    /// Puts weights (safetensors) into the network the card describes.
    ///
    /// # Errors
    /// When tokenizer, shape or file do not fit the card.
    pub fn from_bytes(
        card: Card,
        weights: &[u8],
        device: &Device,
    ) -> Result<RollModel, ModelError> {
        let id = card.id.clone();
        let fail = |why: String| ModelError::Weights {
            id: id.clone(),
            why,
        };
        let (about, _) = parts(&card).map_err(fail)?;
        let config: RollUnetConfig = about.network.clone();
        let fresh = config.build(&mut ChaCha8Rng::seed_from_u64(0), device);
        let fresh = fresh.map_err(|e| fail(e.to_string()))?;
        let network = load_weights(&id, weights, || fresh)?;
        RollModel::new(card, hash(weights), network, device).map_err(fail)
    }

    /// A model of a network that is on `device` and that the card describes.
    ///
    /// # Errors
    /// A clause, when the parts of the card do not fit together.
    pub fn new(
        card: Card,
        hash: String,
        network: RollUnet,
        device: &Device,
    ) -> Result<RollModel, String> {
        let (about, tokenizer) = parts(&card)?;
        Ok(RollModel {
            fused: (*device == Device::flex()).then(|| FusedUnet::of(&network)),
            card,
            about,
            hash,
            network,
            tokenizer,
        })
    }

    fn planes(&self) -> usize {
        self.about.process.planes()
    }

    /// What the network says of a window `[channels, rows, KEYS]`; `None` if the device failed.
    fn logits(&self, window: Vec<f32>, rows: usize, level: f32) -> Option<Vec<f32>> {
        if let Some(fused) = &self.fused {
            return Some(fused.logits(&window, rows, level));
        }
        let device = self.network.devices().into_iter().next()?;
        let dims = [1, self.about.network.inputs, rows, KEYS];
        let window = Tensor::<4>::from_data(TensorData::new(window, dims), &device);
        let logits = self.network.forward(window, Some(&[level])).ok()?;
        logits.into_data().try_into_vec_as::<f32>().ok()
    }

    /// Fills the hole of one window.
    fn fill(
        &self,
        filling: &Filling<'_>,
        asks: Asks,
        (ids, hole): (&[i32], &[Cell]),
        rng: &mut impl Rng,
        mut on_step: impl FnMut(u32, u32, &[i32]) -> ControlFlow<()>,
    ) -> Result<RollFilled, FillError> {
        let planes = self.planes();
        let canvas = RollCanvas::new(ids, hole, KEYS, planes)
            .map_err(|e| FillError::Refused(e.to_string()))?;
        let mut view = Seen {
            model: self,
            asks,
            failed: false,
        };
        let process = &self.about.process;
        if self.about.network.reference {
            let shape = Shape {
                planes,
                rows: ids.len() / KEYS,
                keys: KEYS,
            };
            let free: Vec<bool> = hole.iter().map(|c| *c != Cell::Known).collect();
            let known = Known {
                x0: &planes_of(ids, planes),
                free: &free,
            };
            let (steps, ratio) = (process.steps, process.ratio(0));
            let step = |done: u32, x: &[bool]| on_step(done, steps, &ids_of(x, shape.cells()));
            let x = sample_reference(&mut view, shape, Some(&known), steps, ratio, rng, step);
            return x
                .map(|x| RollFilled {
                    ids: ids_of(&x, shape.cells()),
                    confidence: vec![1.0; shape.cells()],
                })
                .ok_or(FillError::Cancelled);
        }
        let step = |s: RollStep<'_>| on_step(s.done, s.of, s.guess);
        let loss = &self.about.loss;
        sample(
            &mut view,
            &canvas,
            process,
            loss,
            filling.settings,
            rng,
            step,
        )
        .ok_or(FillError::Cancelled)
    }
}

/// What a card says of a roll model, checked.
fn parts(card: &Card) -> Result<(RollNetworkCard, &'static Roll), String> {
    let NetworkConfig::Roll(about) = &card.network else {
        return Err("the network it describes does not read rolls".into());
    };
    let tokenizer = tokenizer(&card.tokenizer)
        .ok_or_else(|| format!("{} is no tokenizer of rolls", card.tokenizer))?;
    check(about, tokenizer)?;
    Ok((about.clone(), tokenizer))
}

/// What is added to the logits of a window.
struct Asks {
    /// Semitones by which the network reads all keys higher.
    shift: i8,
    /// Added to the onsets of each key.
    keys: Vec<f32>,
    /// Rows in which notes may begin; all where it is empty.
    rows: Vec<bool>,
}

impl Asks {
    /// Of a window whose first row is `first`.
    fn of(
        constraints: &Constraints,
        in_c: bool,
        ids: &[i32],
        hole: &[Cell],
        job: &Job<'_>,
        first: usize,
    ) -> Asks {
        let onsets = || {
            let cells = ids.iter().zip(hole).enumerate();
            cells.filter(|(_, (id, cell))| **id == 1 && **cell == Cell::Known)
        };
        let shift = in_c.then(|| shift_to_c(onsets().map(|(i, _)| i), KEYS));
        let mut heard = [false; 12];
        onsets().for_each(|(i, _)| heard[(LOWEST + i % KEYS) % 12] = true);
        // Twice as many notes are odds twice as high: the chain back is that of the tilted music.
        let density = constraints.density.clamp(-1.0, 1.0) * std::f32::consts::LN_2;
        let pull = |key: usize| match heard[(LOWEST + key) % 12] {
            false if heard.contains(&true) => density - constraints.in_key,
            _ => density,
        };
        let rows = (first..first + ids.len() / KEYS).map(|row| job.onset_rows.contains(&row));
        Asks {
            shift: shift.flatten().unwrap_or(0),
            keys: (0..KEYS).map(pull).collect(),
            rows: match constraints.keep_rhythm {
                true => rows.collect(),
                false => Vec::new(),
            },
        }
    }
}

struct Seen<'a> {
    model: &'a RollModel,
    asks: Asks,
    /// Whether the device ever gave nothing back.
    failed: bool,
}

impl RollDenoiser for Seen<'_> {
    fn predict(&mut self, x: &[bool], free: &[bool], shape: Shape, level: f32) -> Vec<f32> {
        let by = self.asks.shift;
        let (x, free) = (turned(x, KEYS, by), turned(free, KEYS, by));
        let reference = self.model.about.network.reference;
        let window = input(reference, &x, &free, shape);
        // Nothing but silence can be made of a device that failed.
        let failed = || vec![-NEVER; shape.len()];
        let logits = self.model.logits(window, shape.rows, level);
        self.failed |= logits.is_none();
        let mut logits = turned(&logits.unwrap_or_else(failed), KEYS, -by);
        if !reference {
            for (i, onset) in logits.iter_mut().take(shape.cells()).enumerate() {
                *onset += self.asks.keys[i % KEYS];
                if self.asks.rows.get(i / KEYS) == Some(&false) {
                    *onset -= NEVER;
                }
            }
        }
        logits
    }
}

impl Model for RollModel {
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
        let score = filling.score;
        let bars = score.bars();
        let masked = masked_bars(score, &bars, filling.mask)?;
        let job = Job::of(filling, self.tokenizer, self.planes())?;
        let windows = windows(&masked, score.bar_count(), self.card.window_bars, SPAN);
        let gone = Counter::new(0);
        let mut rng = Chance::new(filling.settings, index, &gone);
        let mut ids = job.ids.clone();
        let mut confidence = vec![1.0; ids.len()];
        let count = windows.len() as u32;
        let in_c = !self.about.network.reference;
        for (i, window) in (0..).zip(&windows) {
            let (seen, written) = (
                job.rows(score, &bars, &window.seen),
                job.rows(score, &bars, &window.written),
            );
            let (part, hole) = job.window(&ids, &seen, &written);
            let asks = Asks::of(filling.constraints, in_c, &part, &hole, &job, seen.start);
            let before = &ids;
            let filled = self.fill(
                filling,
                asks,
                (&part, &hole),
                &mut rng,
                |done, of, guess| {
                    let draft = || {
                        let mut now = before.clone();
                        job.put(guess, &hole, &seen, &mut now);
                        // Bars that no window has written yet hold what was there.
                        let here = |n: &TakeNote| bars.bar_at(n.start) < window.written.end;
                        let notes = job.notes(&now).unwrap_or_default().into_iter();
                        let decided = |at: Option<usize>| match at {
                            Some(at) if at / KEYS >= written.start => done as f32 / of as f32,
                            _ => 1.0,
                        };
                        notes
                            .filter(|(n, _)| here(n))
                            .map(|(note, at)| Draft {
                                note,
                                decided: decided(at),
                            })
                            .collect()
                    };
                    gone.set(i * of + done);
                    on_step(FillStep {
                        done: i * of + done,
                        of: count * of,
                        draft: &draft,
                    })
                },
            )?;
            job.put(&filled.ids, &hole, &seen, &mut ids);
            job.put(&filled.confidence, &hole, &seen, &mut confidence);
        }
        let notes = job.notes(&ids)?.into_iter().map(|(mut note, at)| {
            if let Some(&sure) = at.and_then(|at| confidence.get(at)) {
                note.confidence = sure;
            }
            note
        });
        let notes = notes.collect();
        Ok(filling.finished(self, index, filling.mask.clone(), notes, started))
    }
    fn likelihood(&self, score: &Score, mask: &Mask, stages: usize, seed: u64) -> Likelihood {
        likelihood::likelihood(self, score, mask, stages, seed).unwrap_or_default()
    }
}
