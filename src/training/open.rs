//! From a recipe to a run: which learner a family of models has, and which data it reads.

use super::config::{ModelConfig, Recipe};
use super::fine_tune;
use super::learner::Compute;
use super::octuple::OctupleLearner;
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
            let mut cache =
                Cache::load(dataset, TOKENIZER).map_err(|e| TrainError::Data(e.to_string()))?;
            if config.start.is_some() {
                fine_tune::hold_out(&mut cache).map_err(TrainError::Data)?;
            }
            let learner =
                OctupleLearner::new(&recipe, &config, &cache).map_err(TrainError::Data)?;
            let trainer = Trainer::open(recipe, learner, device, compute, folder)?;
            Ok(Box::new(trainer))
        }
    }
}
