//! The families of models: which representation and network go together, and how such a model is built. A new
//! family is a file of its own and a line here.

use super::card::{Card, TOKENIZER};
use super::octuple::OctupleModel;
use super::{Model, ModelError};
use burn::tensor::Device;

/// Makes a model of a card and its weights.
type Build = fn(Card, &[u8], &Device) -> Result<Box<dyn Model>, ModelError>;

/// One family.
struct Family {
    /// The tokenizers its models are trained for.
    tokenizers: fn() -> Vec<String>,
    build: Build,
}

static FAMILIES: &[Family] = &[Family {
    tokenizers: || vec![TOKENIZER.into()],
    build: |card, weights, device| {
        let model = OctupleModel::from_bytes(card, weights, device)?;
        Ok(Box::new(model))
    },
}];

fn of(card: &Card) -> Result<&'static Family, ModelError> {
    let reads = |f: &&Family| (f.tokenizers)().contains(&card.tokenizer);
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
