//! The families of models: which representation and network go together, and how such a model is built. A new
//! family is a file of its own and a line here.

use super::card::{Card, NetworkConfig, TOKENIZER};
use super::chorale::{self, ChoraleModel};
use super::octuple::OctupleModel;
use super::roll::{self, RollModel};
use super::tokens::TokenModel;
use super::{Model, ModelError, published};
use burn::tensor::Device;

/// Makes a model of a card and its weights.
type Build = fn(Card, &[u8], &Device) -> Result<Box<dyn Model>, ModelError>;

/// One family.
struct Family {
    /// The tokenizers its models are trained for.
    tokenizers: fn() -> Vec<String>,
    /// Whether that is its kind of network: one tokenizer may serve several families.
    network: fn(&NetworkConfig) -> bool,
    build: Build,
}

static FAMILIES: &[Family] = &[
    Family {
        tokenizers: || vec![TOKENIZER.into()],
        network: |n| matches!(n, NetworkConfig::Transformer(_)),
        build: |card, weights, device| {
            let model = OctupleModel::from_bytes(card, weights, device)?;
            Ok(Box::new(model))
        },
    },
    // Absorbing diffusion on rows of ids. Rolls are no such rows: theirs is a family of its own.
    Family {
        tokenizers: published::tokenizers,
        network: |n| matches!(n, NetworkConfig::Tokens(_)),
        build: |card, weights, device| {
            let model = TokenModel::from_bytes(card, weights, device)?;
            Ok(Box::new(model))
        },
    },
    Family {
        tokenizers: || vec![chorale::tokenizer_id().into()],
        network: |n| matches!(n, NetworkConfig::Transformer(_)),
        build: |card, weights, device| {
            let model = ChoraleModel::from_bytes(card, weights, device)?;
            Ok(Box::new(model))
        },
    },
    Family {
        tokenizers: roll::tokenizers,
        network: |n| matches!(n, NetworkConfig::Roll(_)),
        build: |card, weights, device| {
            let model = RollModel::from_bytes(card, weights, device)?;
            Ok(Box::new(model))
        },
    },
];

fn of(card: &Card) -> Result<&'static Family, ModelError> {
    let reads =
        |f: &&Family| (f.network)(&card.network) && (f.tokenizers)().contains(&card.tokenizer);
    FAMILIES.iter().find(reads).ok_or_else(|| {
        let known: Vec<String> = FAMILIES.iter().flat_map(|f| (f.tokenizers)()).collect();
        ModelError::Tokenizer {
            id: card.id.clone(),
            has: card.tokenizer.clone(),
            known: known.join(", "),
        }
    })
}

/// Refuses a card of no family.
///
/// # Errors
/// The tokenizers there are models for.
pub fn check(card: &Card) -> Result<(), ModelError> {
    of(card).map(|_| ())
}

/// The model of a card with weights (safetensors).
///
/// # Errors
/// When no family reads its tokenizer, or the weights do not fit the card.
pub fn build(card: Card, weights: &[u8], device: &Device) -> Result<Box<dyn Model>, ModelError> {
    (of(&card)?.build)(card, weights, device)
}
