//! From a recipe to a run: which learner a family of models has, and which data it reads.

use super::config::{ModelConfig, Recipe};
use super::learner::Compute;
use super::octuple::OctupleLearner;
use super::roll::RollLearner;
use super::trainer::{TrainError, Trainer, Training};
use crate::dataset::cache::Cache;
use crate::model::card::TOKENIZER;
use burn::tensor::Device;
use std::path::Path;

/// Starts the run of a recipe in `folder`, or takes up the one that is there, on the prepared data set in
/// `dataset`.
///
/// # Errors
/// When the data cannot be read or do not fit the recipe, or the folder cannot be used.
pub fn open(
    recipe: Recipe,
    dataset: &Path,
    device: &Device,
    compute: Compute,
    folder: &Path,
) -> Result<Box<dyn Training>, TrainError> {
    match recipe.model.clone() {
        ModelConfig::Octuple(config) => {
            let cache =
                Cache::load(dataset, TOKENIZER).map_err(|e| TrainError::Data(e.to_string()))?;
            let learner =
                OctupleLearner::new(&recipe, &config, &cache).map_err(TrainError::Data)?;
            let trainer = Trainer::open(recipe, learner, device, compute, folder)?;
            Ok(Box::new(trainer))
        }
        ModelConfig::Roll(config) => {
            let learner = RollLearner::new(&recipe, &config, dataset).map_err(TrainError::Data)?;
            let trainer = Trainer::open(recipe, learner, device, compute, folder)?;
            Ok(Box::new(trainer))
        }
    }
}
