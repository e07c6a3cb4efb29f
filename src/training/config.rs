//! What a training run is made of. The file a run was started from is kept with it.

use crate::network::TransformerConfig;
use crate::process::{Corruption, Weighting};
use serde::{Deserialize, Serialize};

/// A whole training recipe, as written in `configs/*.ron`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
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
    pub network: TransformerConfig,
    #[serde(default)]
    pub corruption: Corruption,
    pub weighting: Weighting,
    /// Windows a step.
    pub batch: usize,
    /// Steps of the whole run; the learning rate falls to a hundredth at the last.
    pub steps: u64,
    /// Steps over which the learning rate rises.
    pub warm_up: u64,
    /// Highest learning rate.
    pub learning_rate: f64,
    pub weight_decay: f32,
    /// Largest norm of the whole gradient.
    pub clip: f32,
    /// Decay of the averaged weights, a step.
    pub average: f32,
    /// Fewest and most bars of a window.
    pub bars: (usize, usize),
    /// Lowest and highest transposition in semitones.
    pub transpose: (i8, i8),
    /// Share of windows from which one voice is left out, so that pieces with fewer are known too.
    pub drop_voice: f32,
    pub seed: u64,
    /// Steps between validations, each on the same windows and the same masks.
    pub validate_every: u64,
    /// Windows of the validation set.
    pub validation_windows: usize,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
}
