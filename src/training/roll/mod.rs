//! Training on piano rolls by binomial diffusion: the studio's own form, which sees the time and what is known, or the
//! reference's.

mod rolls;
mod step;
#[cfg(test)]
mod tests;

use super::config::{Recipe, TrainerConfig};
use super::learner::{Compute, Learner, Losses, Probe, fill_probe};
use crate::dataset::domain;
use crate::model::card::{Card, NetworkConfig, RollNetworkCard};
use crate::model::roll::{KEYS, RollModel, check};
use crate::model::store;
use crate::network::{RollUnet, RollUnetConfig};
use crate::process::binomial::{RollExample, RollLoss, RollProcess};
use crate::process::{Holes, Time, generator};
use crate::score::{Mask, Region, Take};
use crate::tokenizer::{Tokenizer, Tokens};
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rolls::{Rolls, Window};
use serde::{Deserialize, Serialize};
use std::path::Path;
use step::Judge;

/// What belongs to the models of piano rolls in a recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RollConfig {
    pub network: RollUnetConfig,
    /// Steps of the diffusion.
    pub steps: u32,
    /// How often the noise of each plane is on; empty takes the shares of the training songs.
    pub ratios: Vec<f32>,
    pub loss: RollLoss,
    pub holes: Holes,
    /// Rows of a window; shorter stretches are filled up with known silence.
    pub rows: usize,
    /// Share of windows that are read in any key instead of C, so that a key read wrongly does no harm.
    pub any_key: f32,
}

impl Default for RollConfig {
    /// Windows of sixteen bars of 4/4.
    fn default() -> Self {
        RollConfig {
            network: RollUnetConfig::default(),
            steps: 100,
            ratios: Vec::new(),
            loss: RollLoss::default(),
            holes: Holes::default(),
            rows: 256,
            any_key: 0.125,
        }
    }
}

/// Rows of a bar of 4/4.
const BAR: usize = 16;
/// Longest window: beyond it a mistake is likelier than music.
const MOST_ROWS: usize = 1 << 12;
/// Probes of a run.
const PROBES: usize = 3;

/// See the module.
pub struct RollLearner {
    recipe: Recipe,
    config: RollConfig,
    process: RollProcess,
    rolls: Rolls,
}

impl RollLearner {
    /// A learner on the training and validation songs of a data set prepared for `roll` or `frame_roll`.
    ///
    /// # Errors
    /// A sentence, when the data set cannot be read, is none of rolls, has no songs, or does not fit the recipe.
    pub fn new(
        recipe: &Recipe,
        config: &RollConfig,
        dataset: &Path,
    ) -> Result<RollLearner, String> {
        if !(1..=MOST_ROWS).contains(&config.rows) {
            return Err(format!(
                "model.rows is {}; a window has 1 to {MOST_ROWS} rows",
                config.rows
            ));
        }
        RollLearner::with(recipe, config, Rolls::load(dataset, config.rows)?)
    }

    /// A learner on songs that are read.
    fn with(recipe: &Recipe, config: &RollConfig, rolls: Rolls) -> Result<RollLearner, String> {
        let planes = config.network.outputs;
        let process = RollProcess {
            steps: config.steps,
            ratios: match config.ratios.is_empty() {
                true => rolls.ratios(planes),
                false => config.ratios.clone(),
            },
        };
        let learner = RollLearner {
            recipe: recipe.clone(),
            config: config.clone(),
            process,
            rolls,
        };
        let about = learner.about();
        check(&about, learner.rolls.tokenizer).map_err(|why| format!("model.network: {why}"))?;
        Ok(learner)
    }

    fn trainer(&self) -> &TrainerConfig {
        &self.recipe.trainer
    }

    fn about(&self) -> RollNetworkCard {
        RollNetworkCard {
            network: self.config.network.clone(),
            process: self.process.clone(),
            loss: self.config.loss.clone(),
        }
    }

    fn judge(&self) -> Judge<'_> {
        match self.config.network.reference {
            true => Judge::Reference,
            false => Judge::Ours(&self.config.loss),
        }
    }

    /// An example of a window at a time drawn uniformly.
    fn example(&self, window: &Window, augment: bool, rng: &mut ChaCha8Rng) -> RollExample {
        let (process, rows) = (&self.process, self.config.rows);
        let steps = process.steps.max(1);
        let time = Time::uniform(rng.random_range(1..=steps), steps);
        let mut ids = window.ids();
        if self.config.network.reference {
            ids.resize(rows * KEYS, 0);
            return process.reference_example(&ids, KEYS, time, rng);
        }
        let example = process.example(&ids, KEYS, rows, &self.config.holes, time, rng);
        let mut shift = example.shift_to_c();
        if augment && rng.random_range(0.0..1.0f32) < self.config.any_key {
            shift += rng.random_range(-6..=5i8);
        }
        example.turned(shift)
    }
}

/// One of some windows, each as often.
fn any<'a>(windows: &[&'a Window], rng: &mut ChaCha8Rng) -> Option<&'a Window> {
    match windows.len() {
        0 => None,
        n => Some(windows[rng.random_range(0..n)]),
    }
}

impl Learner for RollLearner {
    type Network = RollUnet;
    type Example = RollExample;

    fn parts(&self) -> Vec<String> {
        let names: &[&str] = match self.process.planes() {
            1 => &["on"],
            _ => &["onset", "held"],
        };
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    fn network(&self, rng: &mut ChaCha8Rng, device: &Device) -> RollUnet {
        self.config
            .network
            .build(rng, device)
            .expect("its sizes were checked when the learner was made")
    }

    fn batch(&self, batch: u64) -> Vec<RollExample> {
        let mut rng = generator(self.trainer().seed, batch);
        let windows: Vec<&Window> = self.rolls.train.iter().collect();
        (0..self.trainer().batch)
            .filter_map(|_| any(&windows, &mut rng).map(|w| self.example(w, true, &mut rng)))
            .collect()
    }

    fn validation(&self) -> Vec<RollExample> {
        let mut rng = generator(self.trainer().seed, u64::MAX);
        let songs = self.rolls.validation.iter();
        let windows: Vec<&Window> = songs.flat_map(|s| &s.windows).collect();
        (0..self.trainer().validation_windows)
            .filter_map(|_| any(&windows, &mut rng).map(|w| self.example(w, false, &mut rng)))
            .collect()
    }

    fn gradients(
        &self,
        network: &RollUnet,
        device: &Device,
        examples: &[RollExample],
        _batch: u64,
        compute: Compute,
    ) -> (GradientsParams, Losses) {
        step::gradients(network, device, self.judge(), examples, compute)
    }

    fn losses(&self, network: &RollUnet, examples: &[RollExample], compute: Compute) -> Losses {
        step::evaluate(network, self.judge(), examples, compute)
    }

    fn probes(&self) -> Vec<Probe> {
        // The middle quarter of a window, bars 6 to 10 of 16.
        let bars = self.config.rows / BAR;
        let (first, end) = (bars * 3 / 8, (bars * 5).div_ceil(8));
        let fewest = end * BAR;
        let songs = self.rolls.validation.iter();
        songs
            .filter_map(|song| {
                let window = song.windows.get(song.windows.len() / 2)?;
                let tokens = Tokens {
                    fields: KEYS,
                    ids: window.ids(),
                };
                let score = self.rolls.tokenizer.decode(&tokens).ok()?;
                let bars = score.bars();
                let hole = bars.start(first as u32)..bars.start(end as u32);
                (window.rows >= fewest).then(|| Probe {
                    name: song.id.clone(),
                    mask: Mask::of(Region::time(hole.start, hole.end, None)),
                    score,
                })
            })
            .take(PROBES)
            .collect()
    }

    fn fill(
        &self,
        network: &RollUnet,
        device: &Device,
        probe: &Probe,
        seed: u64,
    ) -> Result<Take, String> {
        let card = self.card(network);
        let model = RollModel::new(card, String::new(), network.clone(), device)?;
        fill_probe(&model, probe, seed)
    }

    fn card(&self, network: &RollUnet) -> Card {
        self.recipe.card(
            self.rolls.tokenizer.id(),
            NetworkConfig::Roll(self.about()),
            network.num_params(),
            (self.config.rows / BAR).max(1) as u32,
            format!(
                    "{}: {} training songs, {} windows of {} rows; test and validation songs never seen",
                    self.rolls.source,
                    self.rolls.songs,
                    self.rolls.train.len(),
                    self.config.rows
                ),
        )
    }

    fn export(&self, folder: &Path, card: &Card, network: &RollUnet) -> Result<(), String> {
        store::save(folder, card, network).map_err(|e| e.to_string())?;
        let path = folder.join(domain::FILE);
        crate::format::file::write_atomic(&path, self.rolls.domain.to_ron().as_bytes())
            .map_err(|e| e.to_string())
    }
}
