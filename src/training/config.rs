//! What a training run is made of. The recipe a run was started from is kept with it.

use super::average::AverageConfig;
use super::chorale::ChoraleConfig;
use super::octuple::OctupleConfig;
use super::optimiser::Optimiser;
use super::roll::RollConfig;
use super::schedule::Schedule;
use super::tokens::TokenConfig;
use crate::format::text;
use crate::model::card::{Card, NetworkConfig, Training};
use serde::{Deserialize, Serialize};

/// A whole training recipe, as written in `configs/*.ron`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Id of the model this trains.
    pub id: String,
    /// What a composer will read in the list of models.
    #[serde(default)]
    pub name: String,
    /// One or two sentences for the card.
    #[serde(default)]
    pub summary: String,
    /// Licence of the data it is trained on.
    #[serde(default)]
    pub data_licence: String,
    /// Presets it builds on, names below `configs/`; everything here goes before what they say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<String>,
    /// Name of the prepared data set, a folder in `cache/`.
    pub dataset: String,
    pub model: ModelConfig,
    #[serde(default)]
    pub trainer: TrainerConfig,
}

/// Which family of models, and what belongs to that family: tokenizer, network, process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ModelConfig {
    /// The studio's free octuple.
    Octuple(OctupleConfig),
    /// A model of the first reference line over the rows of a registered tokenizer; which one, the data set says.
    Tokens(TokenConfig),
    /// Four voices as what sounds in each 16th.
    Chorale(ChoraleConfig),
    /// Cells of a piano roll, by binomial diffusion.
    Roll(RollConfig),
}

/// What does not depend on the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainerConfig {
    /// Windows a batch.
    pub batch: usize,
    /// Batches a step; their gradients are averaged.
    pub accumulate: usize,
    /// Steps of the whole run.
    pub steps: u64,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Steps over which the learning rate rises.
    pub warm_up: u64,
    pub schedule: Schedule,
    pub optimiser: Optimiser,
    /// Largest norm of the whole gradient; `None` never clips.
    pub clip: Option<f32>,
    pub average: AverageConfig,
    /// All randomness of the run follows from it.
    pub seed: u64,
    /// Steps between validations, each on the same windows, masks and times.
    pub validate_every: u64,
    /// Windows of the validation set.
    pub validation_windows: usize,
    /// Validations without a new best after which the run ends; `None` goes on to the last step.
    pub early_stopping: Option<u32>,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
    /// How many of the newest checkpoints are kept, at least 1.
    pub keep_last: usize,
    /// Checkpoints at multiples of this are kept for good; 0 keeps none.
    pub keep_every: u64,
    /// Steps between samples of the probes, which are also taken at a new best and at the end; 0 takes none.
    pub sample_every: u64,
    /// Recompute instead of remember in the backward pass: about a third less memory, a seventh more time.
    /// Only where burn computes.
    pub gradient_checkpointing: bool,
}

impl Default for TrainerConfig {
    fn default() -> TrainerConfig {
        TrainerConfig {
            batch: 16,
            accumulate: 1,
            steps: 4000,
            learning_rate: 1e-3,
            warm_up: 200,
            schedule: Schedule::Cosine { floor: 0.01 },
            optimiser: Optimiser::default(),
            clip: Some(1.0),
            average: AverageConfig::default(),
            seed: 67,
            validate_every: 250,
            validation_windows: 96,
            early_stopping: None,
            checkpoint_every: 100,
            keep_last: 2,
            keep_every: 0,
            sample_every: 500,
            gradient_checkpointing: false,
        }
    }
}

impl TrainerConfig {
    /// Refuses numbers with which no run can be made.
    ///
    /// # Errors
    /// A clause that names the key, its value and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        let least = [
            ("batch", self.batch as u64),
            ("accumulate", self.accumulate as u64),
            ("steps", self.steps),
            ("validate_every", self.validate_every),
            ("validation_windows", self.validation_windows as u64),
            ("checkpoint_every", self.checkpoint_every),
            ("keep_last", self.keep_last as u64),
        ];
        if let Some((name, _)) = least.iter().find(|(_, value)| *value == 0) {
            return Err(format!("trainer.{name} is 0; it must be at least 1"));
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return Err(format!(
                "trainer.learning_rate is {}; it must be above 0",
                self.learning_rate
            ));
        }
        self.average.check()
    }
}

impl Recipe {
    /// The card of a model of this recipe before it is trained; an export says how it was.
    pub fn card(
        &self,
        tokenizer: &str,
        network: NetworkConfig,
        parameters: usize,
        window_bars: u32,
        data: String,
    ) -> Card {
        Card {
            id: self.id.clone(),
            name: self.name.clone(),
            summary: self.summary.clone(),
            tokenizer: tokenizer.into(),
            network,
            parameters,
            window_bars,
            training: Training {
                data,
                licence: self.data_licence.clone(),
                config: String::new(),
                steps: 0,
                windows: 0,
                hours: 0.0,
                device: String::new(),
                validation: Vec::new(),
            },
            scores: Vec::new(),
        }
    }

    /// Reads a recipe.
    ///
    /// # Errors
    /// A clause with line and column.
    pub fn parse(text: &str) -> Result<Recipe, String> {
        let recipe: Recipe = text::read(text)?;
        recipe.trainer.check()?;
        Ok(recipe)
    }

    /// The recipe as [`Recipe::parse`] reads it.
    ///
    /// # Errors
    /// A clause; none is known to happen.
    pub fn to_text(&self) -> Result<String, String> {
        text::write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_make_no_run_are_refused_by_name() {
        let mut config = TrainerConfig {
            batch: 0,
            ..TrainerConfig::default()
        };
        assert!(config.check().unwrap_err().contains("trainer.batch"));
        config.batch = 1;
        assert_eq!(config.check(), Ok(()));
        config.learning_rate = f64::NAN;
        assert!(config.check().unwrap_err().contains("learning_rate"));
    }
}
