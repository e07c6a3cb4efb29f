//! The card of a model: what it is, what it was trained on, what it cost and how it scores.

use crate::network::{RollUnetConfig, TokenNetConfig, TransformerConfig};
use crate::process::binomial::{RollLoss, RollProcess};
use serde::{Deserialize, Serialize};

/// `card.ron` beside the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub id: String,
    /// What a composer reads in the list.
    pub name: String,
    /// One or two sentences: what it was trained on and what it is good for.
    pub summary: String,
    /// Tokenizer the weights were trained with; a model refuses any other.
    pub tokenizer: String,
    pub network: NetworkConfig,
    pub parameters: usize,
    /// Most bars given to the network at once.
    pub window_bars: u32,
    pub training: Training,
    /// Scores on songs it never saw, as `lacuna evaluate` printed them; empty until then.
    #[serde(default)]
    pub scores: Vec<String>,
}

/// Which network, of what size. The tokenizer on the card decides which family reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NetworkConfig {
    Transformer(TransformerConfig),
    /// A network over the rows of a registered tokenizer.
    Tokens(TokenNetworkCard),
    /// A network on piano rolls.
    Roll(RollNetworkCard),
}

/// What a model over token rows must know of its training to be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenNetworkCard {
    /// The name of the reference line, a row of [`super::published`].
    pub model: String,
    pub network: TokenNetConfig,
    /// Codebook size of each field; the mask id of a field is its size.
    pub codebooks: Vec<usize>,
    /// The masking strategy it was trained with.
    pub strategy: String,
    pub clock: Clock,
    /// Mean rows a bar of the training data: how many notes are written where nothing says it.
    pub rows_a_bar: f32,
}

/// What the diffusion time that a network saw in training was a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clock {
    /// Of everything in the window.
    Window,
    /// Of the hole alone.
    Hole,
}

/// What a model on piano rolls must know of its training to be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RollNetworkCard {
    pub network: RollUnetConfig,
    /// How often the noise is on, by plane.
    pub process: RollProcess,
    /// Whose weights of what is on are undone before anything is drawn.
    pub loss: RollLoss,
}

/// How the weights came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Data set, its size and its split.
    pub data: String,
    /// Licence of the data.
    pub licence: String,
    /// Where the recipe can be read: a file in `configs/`, or the one beside the card and the run it is from.
    pub config: String,
    pub steps: u64,
    pub windows: u64,
    /// Wall-clock hours of training.
    pub hours: f64,
    /// What it ran on.
    pub device: String,
    /// Validation loss of the averaged weights, by its parts, in nats: of the free octuple presence, onset, pitch,
    /// duration, velocity.
    pub validation: Vec<f32>,
}

/// The tokenizer of the models that fill.
pub const TOKENIZER: &str = crate::tokenizer::octuple::vocabulary::ID;
