//! Training on four-voice chorales: frames of what sounds, any of them hidden.

mod songs;
mod step;

use super::config::{Recipe, TrainerConfig};
use super::learner::{Compute, Learner, Losses, Probe, fill_probe};
use crate::dataset::jsb;
use crate::dataset::{Domain, domain};
use crate::model::card::{Card, NetworkConfig};
use crate::model::chorale::{ChoraleModel, tokenizer_id};
use crate::model::store;
use crate::network::{Transformer, TransformerConfig};
use crate::process::frames::{Corruption, Example};
use crate::process::generator;
use crate::score::{Mask, Region, Take};
use crate::tokenizer::grid::frames::{LOGITS, VOICES, WIDTH};
use crate::tokenizer::octuple::Piece;
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
pub use songs::Song;
use songs::Songs;
use std::path::Path;

/// What belongs to the chorale model in a recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoraleConfig {
    pub network: TransformerConfig,
    #[serde(default)]
    pub corruption: Corruption,
    /// Bars of 4/4 of a window; shorter songs are taken whole.
    pub bars: usize,
    /// Whether songs are moved to any key in which every voice stays in the range it has in the training songs.
    #[serde(default)]
    pub transpose: bool,
}

/// 16ths a bar.
const BAR: usize = 16;
/// Windows begin on quarters.
const BEAT: usize = 4;
/// Probes of a run, and how many bars of them are harmonised.
const PROBES: usize = 3;
const PROBE_BARS: u32 = 8;

/// See the module.
pub struct ChoraleLearner {
    recipe: Recipe,
    config: ChoraleConfig,
    songs: Songs,
}

impl ChoraleLearner {
    /// A learner on the training and validation songs of a data set prepared for the tokenizer `chorale`.
    ///
    /// # Errors
    /// A sentence, when the data set cannot be read, is none of four voices, or has no songs.
    pub fn new(
        recipe: &Recipe,
        config: &ChoraleConfig,
        dataset: &Path,
    ) -> Result<ChoraleLearner, String> {
        Ok(ChoraleLearner {
            recipe: recipe.clone(),
            config: config.clone(),
            songs: Songs::load(dataset)?,
        })
    }

    fn trainer(&self) -> &TrainerConfig {
        &self.recipe.trainer
    }

    /// A window of a song drawn by its length.
    fn draw(&self, songs: &[Song], augment: bool, rng: &mut ChaCha8Rng) -> Option<Example> {
        let most = self.config.bars.max(1) * BAR;
        let starts = |s: &Song| s.frames.len().saturating_sub(most) / BEAT + 1;
        let all: usize = songs.iter().map(starts).sum();
        if all == 0 {
            return None;
        }
        let mut at = rng.random_range(0..all);
        let song = songs.iter().find(|s| {
            let n = starts(s);
            let here = at < n;
            if !here {
                at -= n;
            }
            here
        })?;
        let from = at * BEAT;
        let window = from..(from + most).min(song.frames.len());
        let mut frames = song.frames[window.clone()].to_vec();
        if augment && self.config.transpose {
            frames = self.songs.transposed(&song.frames, frames, rng);
        }
        let places = song.places[window].to_vec();
        Some(self.config.corruption.corrupt(frames, places, rng))
    }
}

impl Learner for ChoraleLearner {
    type Network = Transformer;
    type Example = Example;

    fn parts(&self) -> Vec<String> {
        jsb::VOICES.map(str::to_lowercase).to_vec()
    }

    fn network(&self, rng: &mut ChaCha8Rng, device: &Device) -> Transformer {
        Transformer::new(&self.config.network, WIDTH, LOGITS, rng, device)
    }

    fn batch(&self, batch: u64) -> Vec<Example> {
        let mut rng = generator(self.trainer().seed, batch);
        (0..self.trainer().batch)
            .filter_map(|_| self.draw(&self.songs.train, true, &mut rng))
            .collect()
    }

    fn validation(&self) -> Vec<Example> {
        let mut rng = generator(self.trainer().seed, u64::MAX);
        (0..self.trainer().validation_windows)
            .filter_map(|_| self.draw(&self.songs.validation, false, &mut rng))
            .collect()
    }

    fn gradients(
        &self,
        network: &Transformer,
        device: &Device,
        examples: &[Example],
        _batch: u64,
        compute: Compute,
    ) -> (GradientsParams, Losses) {
        step::gradients(network, device, examples, compute)
    }

    fn losses(&self, network: &Transformer, examples: &[Example], compute: Compute) -> Losses {
        step::evaluate(network, examples, compute)
    }

    fn probes(&self) -> Vec<Probe> {
        self.songs
            .validation
            .iter()
            .take(PROBES)
            .filter_map(|song| {
                let score = song.score().ok()?;
                let lower = score.tracks.iter().skip(1).map(|t| t.id).collect();
                let end = score.bars().start(PROBE_BARS);
                Some(Probe {
                    name: song.id.clone(),
                    mask: Mask::of(Region::time(0, end, Some(lower))),
                    score,
                })
            })
            .collect()
    }

    fn fill(
        &self,
        network: &Transformer,
        device: &Device,
        probe: &Probe,
        seed: u64,
    ) -> Result<Take, String> {
        let card = self.card(network);
        let model = ChoraleModel::new(card, String::new(), network.clone(), device);
        fill_probe(&model, probe, seed)
    }

    fn card(&self, network: &Transformer) -> Card {
        let steps: usize = self.songs.train.iter().map(|s| s.frames.len()).sum();
        self.recipe.card(
            tokenizer_id(),
            NetworkConfig::Transformer(self.config.network.clone()),
            network.num_params(),
            self.config.bars as u32,
            format!(
                    "{}: {} training songs, {steps} 16ths of {VOICES} voices; test and validation songs never seen",
                    self.songs.source,
                    self.songs.train.len()
                ),
        )
    }

    fn export(&self, folder: &Path, card: &Card, network: &Transformer) -> Result<(), String> {
        store::save(folder, card, network).map_err(|e| e.to_string())?;
        let scores = self.songs.train.iter().filter_map(|s| s.score().ok());
        let pieces: Vec<Piece> = scores
            .map(|s| Piece::of_score(&s, &s.bars(), 0, s.bar_count(), &[]))
            .collect();
        // Chorales on the grid lie on it.
        let domain = Domain::of(pieces.iter().map(|p| (p, Some(0.0))));
        let path = folder.join(domain::FILE);
        crate::format::file::write_atomic(&path, domain.to_ron().as_bytes())
            .map_err(|e| e.to_string())
    }
}
