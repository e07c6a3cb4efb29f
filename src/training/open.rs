//! From a recipe to a run: which learner a family of models has, and which data it reads.

use super::chorale::ChoraleLearner;
use super::config::{ModelConfig, Recipe};
use super::error::TrainError;
use super::fine_tune;
use super::learner::Compute;
use super::octuple::OctupleLearner;
use super::roll::RollLearner;
use super::tokens::TokenLearner;
use super::trainer::{Trainer, Training};
use crate::dataset::cache::Cache;
use crate::dataset::prepared::Reader;
use crate::model::card::TOKENIZER;
use crate::model::{Library, chorale};
use crate::network::{Transformer, TransformerConfig};
use crate::process::generator;
use crate::tokenizer::Tokenizer;
use crate::tokenizer::grid::frames;
use crate::tokenizer::octuple::features::WIDTH;
use crate::tokenizer::octuple::vocabulary::LOGITS;
use crate::tokenizer::roll::ROLL;
use burn::module::Module;
use burn::tensor::Device;
use std::path::Path;

/// Starts the run of a recipe in `folder`, or takes up the one that is there, on the prepared data set in
/// `dataset`. A run may start from a model of `library`.
///
/// # Errors
/// When the data cannot be read or do not fit the recipe, or the folder cannot be used.
pub fn open(
    recipe: Recipe,
    dataset: &Path,
    device: &Device,
    compute: Compute,
    folder: &Path,
    library: &Library,
) -> Result<Box<dyn Training>, TrainError> {
    match recipe.model.clone() {
        ModelConfig::Octuple(config) => {
            let mut cache =
                Cache::load(dataset, TOKENIZER).map_err(|e| TrainError::Data(e.to_string()))?;
            if config.start.is_some() {
                fine_tune::hold_out(&mut cache).map_err(TrainError::Data)?;
            }
            let learner =
                OctupleLearner::new(&recipe, &config, &cache, library).map_err(TrainError::Data)?;
            let trainer = Trainer::open(recipe, learner, device, compute, folder)?;
            Ok(Box::new(trainer))
        }
        ModelConfig::Roll(config) => {
            let learner = RollLearner::new(&recipe, &config, dataset).map_err(TrainError::Data)?;
            let trainer = Trainer::open(recipe, learner, device, compute, folder)?;
            Ok(Box::new(trainer))
        }
        ModelConfig::Chorale(config) => {
            let learner =
                ChoraleLearner::new(&recipe, &config, dataset).map_err(TrainError::Data)?;
            let trainer = Trainer::open(recipe, learner, device, compute, folder)?;
            Ok(Box::new(trainer))
        }
        ModelConfig::Tokens(config) => {
            let mut reader = Reader::open(dataset).map_err(|e| TrainError::Data(e.to_string()))?;
            let learner =
                TokenLearner::new(&recipe, &config, &mut reader).map_err(TrainError::Data)?;
            let trainer = Trainer::open(recipe, learner, device, compute, folder)?;
            Ok(Box::new(trainer))
        }
    }
}

/// Parameters of a recipe's network by the tokenizers it can be trained on. Which one it will be, the data set says.
///
/// # Errors
/// A sentence, when the recipe makes no network.
pub fn parameters(model: &ModelConfig) -> Result<Vec<(&'static str, usize)>, String> {
    let transformer = |config: &TransformerConfig, inputs, outputs| {
        let mut rng = generator(0, 0);
        Transformer::new(config, inputs, outputs, &mut rng, &Device::flex()).num_params()
    };
    match model {
        ModelConfig::Octuple(c) => Ok(vec![(TOKENIZER, transformer(&c.network, WIDTH, LOGITS))]),
        ModelConfig::Tokens(config) => config.parameters(),
        ModelConfig::Chorale(c) => Ok(vec![(
            chorale::tokenizer_id(),
            transformer(&c.network, frames::WIDTH, frames::LOGITS),
        )]),
        ModelConfig::Roll(c) => Ok(vec![(ROLL.id(), c.network.parameters())]),
    }
}
