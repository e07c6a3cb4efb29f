//! What is learnt: the part of a training that knows data, network and loss. [`super::Trainer`] knows the rest.

use super::tally::Breakdown;
use crate::model::fill::Filling;
use crate::model::{Card, Model};
use crate::score::{Constraints, Mask, SamplerSettings, Score, Take};
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;
use std::path::Path;

/// What computes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compute {
    /// On a CPU, examples dealt out to so many threads. The sums of gradients, and so the run to the last
    /// bit, depend on the number of threads.
    Cpu { threads: usize },
    /// burn, on the device the model is on.
    Tensors,
}

/// What a batch cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Losses {
    /// The loss that is minimised.
    pub total: f32,
    /// What it is made of, in the order of [`Learner::parts`]; 0 where nothing was asked.
    pub parts: Vec<f32>,
    /// Norm of the whole gradient before clipping; 0 for a validation.
    pub gradient: f32,
    pub breakdown: Breakdown,
    /// Nats of each example, in their order; empty where nobody asks. For sampling times by their importance.
    pub each: Vec<f32>,
}

impl Losses {
    /// Mean of equally large parts of a batch.
    pub fn mean(all: &[Losses]) -> Losses {
        let share = 1.0 / all.len().max(1) as f32;
        let mut mean = Losses::default();
        for one in all {
            mean.total += one.total * share;
            mean.gradient += one.gradient * share;
            mean.parts
                .resize(one.parts.len().max(mean.parts.len()), 0.0);
            for (to, from) in mean.parts.iter_mut().zip(&one.parts) {
                *to += from * share;
            }
            mean.breakdown.merge(&one.breakdown);
        }
        mean
    }
}

/// A piece of a held-out song with a mask that is filled again and again, to hear a training progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    pub name: String,
    pub score: Score,
    pub mask: Mask,
}

/// A probe filled by a model with the usual settings.
///
/// # Errors
/// A sentence for a person.
pub fn fill_probe(model: &dyn Model, probe: &Probe, seed: u64) -> Result<Take, String> {
    let settings = SamplerSettings {
        seed,
        ..SamplerSettings::default()
    };
    let filling = Filling {
        score: &probe.score,
        mask: &probe.mask,
        settings: &settings,
        constraints: &Constraints::default(),
        device: "",
    };
    filling
        .take(model, 0, |_| ControlFlow::Continue(()))
        .map_err(|e| e.to_string())
}

/// How much of a fill stands so in a training song, beside what was there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quoted {
    /// Longest run of bars of the hole, in any voice, that stands so in a training song, in any key.
    pub fill: usize,
    /// The same of the original: real music quotes too.
    pub original: usize,
    /// Bars of the hole.
    pub bars: usize,
}

/// Data, network and loss of one family of models.
///
/// A batch follows from the seed and its number alone, so a resumed run sees exactly what an unbroken one
/// would have seen. Randomness that a forward pass needs (dropout) follows from the number of the batch too.
pub trait Learner: Send {
    type Network: Module + Clone + Send;
    type Example: Send + Sync;

    /// Names of what the loss is made of, such as the channels.
    fn parts(&self) -> Vec<String>;

    /// A network with fresh weights.
    fn network(&self, rng: &mut ChaCha8Rng, device: &Device) -> Self::Network;

    /// The examples of batch number `batch`, counted over the whole run.
    fn batch(&self, batch: u64) -> Vec<Self::Example>;

    /// The fixed validation set: no augmentation, every mask and time the same at every validation, so that
    /// the best checkpoint is the best on something.
    fn validation(&self) -> Vec<Self::Example>;

    /// Gradients of the batch's loss on `device` (the plain one), unclipped, and its losses.
    fn gradients(
        &self,
        network: &Self::Network,
        device: &Device,
        examples: &[Self::Example],
        batch: u64,
        compute: Compute,
    ) -> (GradientsParams, Losses);

    /// Losses without gradients, nothing dropped out.
    fn losses(
        &self,
        network: &Self::Network,
        examples: &[Self::Example],
        compute: Compute,
    ) -> Losses;

    /// Hears what a batch cost; for sampling times by their importance.
    fn observe(&mut self, _examples: &[Self::Example], _losses: &Losses) {}

    /// What [`Learner::observe`] has gathered, to be kept with a checkpoint; empty where there is nothing.
    fn memory(&self) -> String {
        String::new()
    }

    /// Takes up what [`Learner::memory`] gave.
    ///
    /// # Errors
    /// A clause, when it is not from this learner.
    fn recall(&mut self, _memory: &str) -> Result<(), String> {
        Ok(())
    }

    /// Pieces to be filled while training; none where the model does not fill.
    fn probes(&self) -> Vec<Probe>;

    /// Fills a probe with a network as it stands.
    ///
    /// # Errors
    /// A sentence for a person.
    fn fill(
        &self,
        network: &Self::Network,
        device: &Device,
        probe: &Probe,
        seed: u64,
    ) -> Result<Take, String>;

    /// How much of a fill is quoted from the training songs; `None` where that is not looked for.
    fn quoted(&self, _probe: &Probe, _take: &Take) -> Option<Quoted> {
        None
    }

    /// What is known for the card before training: everything but steps, hours, scores and validation.
    fn card(&self, network: &Self::Network) -> Card;

    /// Writes a model's folder.
    ///
    /// # Errors
    /// A sentence, when the disk does not take it.
    fn export(&self, folder: &Path, card: &Card, network: &Self::Network) -> Result<(), String>;
}
