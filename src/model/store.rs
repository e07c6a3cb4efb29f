//! Models on disk: `model.safetensors` (weights, half precision) and `card.ron` in a folder of their own.

use super::card::{Card, TOKENIZER};
use crate::network::{Fused, Input, Transformer};
use crate::tokenizer::octuple::features::WIDTH;
use crate::tokenizer::octuple::vocabulary::LOGITS;
use burn::store::{HalfPrecisionAdapter, ModuleSnapshot, SafetensorsStore};
use burn::tensor::Device;
use rand::SeedableRng;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("there is no model \"{id}\"; there are: {known}")]
    Unknown { id: String, known: String },
    #[error("{}: {source}. Check that the file is there and readable", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is not a model card Lacuna can read: {why}", path.display())]
    Card { path: PathBuf, why: String },
    #[error("the weights of \"{id}\" do not fit its card: {why}. Copy the model's folder again")]
    Weights { id: String, why: String },
    #[error("\"{id}\" was trained for the tokenizer {has}; this Lacuna speaks {TOKENIZER}")]
    Tokenizer { id: String, has: String },
}

/// A model ready to sample.
pub struct Model {
    pub card: Card,
    /// SHA-256 of the weights file, hex.
    pub hash: String,
    pub network: Transformer,
    /// The same weights for our own arithmetic, where the device is a CPU.
    fused: Option<Fused>,
}

/// SHA-256 in hex.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Parses a card.
///
/// # Errors
/// When it is not RON of a [`Card`]; `path` is only for the message.
pub fn parse_card(text: &str, path: &Path) -> Result<Card, ModelError> {
    ron::from_str(text).map_err(|e| ModelError::Card {
        path: path.to_path_buf(),
        why: e.to_string(),
    })
}

/// Largest weights file that is read; anything above is no model of ours.
const MOST_PARAMETERS: usize = 200_000_000;

impl Model {
    /// Puts weights (safetensors) into the network the card describes.
    ///
    /// # Errors
    /// When tokenizer, shape or file do not fit the card.
    pub fn from_bytes(card: Card, weights: &[u8], device: &Device) -> Result<Model, ModelError> {
        if card.tokenizer != TOKENIZER {
            return Err(ModelError::Tokenizer {
                id: card.id,
                has: card.tokenizer,
            });
        }
        let fail = |why: String| ModelError::Weights {
            id: card.id.clone(),
            why,
        };
        let c = &card.network;
        let sane = c.width > 0
            && c.heads > 0
            && c.layers > 0
            && c.feed_forward > 0
            && c.width.is_multiple_of(c.heads * 2)
            && c.layers
                .saturating_mul(c.width)
                .saturating_mul(c.width)
                .saturating_mul(c.feed_forward.max(4))
                < MOST_PARAMETERS;
        if !sane {
            return Err(fail("the network it describes cannot be built".into()));
        }
        // The reader of safetensors trusts the file in places; a broken one must not end the program.
        let load = || {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
            let mut network = Transformer::new(&card.network, WIDTH, LOGITS, &mut rng, device);
            let mut store = SafetensorsStore::from_bytes(Some(weights.to_vec()))
                .with_from_adapter(HalfPrecisionAdapter::new());
            network
                .load_from(&mut store)
                .map_err(|e| e.to_string())
                .map(|result| (network, result))
        };
        let (network, result) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(load))
            .unwrap_or_else(|_| Err("the file is damaged".into()))
            .map_err(fail)?;
        if let Some(missing) = result.missing.first() {
            return Err(fail(format!(
                "{} values are missing, first {missing:?}",
                result.missing.len()
            )));
        }
        Ok(Model::new(card, hash(weights), network, device))
    }

    /// A model of a network that is on `device`.
    pub fn new(card: Card, hash: String, network: Transformer, device: &Device) -> Model {
        Model {
            card,
            hash,
            fused: (*device == Device::flex()).then(|| Fused::of(&network)),
            network,
        }
    }

    /// Logits `[rows, LOGITS]` of one window; empty if the device failed.
    pub fn logits(&self, input: &Input) -> Vec<f32> {
        match &self.fused {
            Some(fused) => {
                let asked: Vec<usize> = (0..input.rows).collect();
                fused.logits(&fused.window(input, 0), &asked)
            }
            None => self
                .network
                .forward(input, false)
                .into_data()
                .try_into_vec_as::<f32>()
                .unwrap_or_default(),
        }
    }

    /// How many takes are best written at a time: one a core on a CPU, where a take keeps one core busy.
    pub fn takes_at_a_time(&self) -> usize {
        match self.fused {
            Some(_) => std::thread::available_parallelism().map_or(1, |n| n.get()),
            None => 1,
        }
    }

    /// Reads a model's folder.
    ///
    /// # Errors
    /// As [`Model::from_bytes`], and when a file cannot be read.
    pub fn open(folder: &Path, device: &Device) -> Result<Model, ModelError> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|source| ModelError::Io { path, source })
        };
        let path = folder.join("card.ron");
        let card = parse_card(&String::from_utf8_lossy(&read("card.ron")?), &path)?;
        Model::from_bytes(card, &read("model.safetensors")?, device)
    }
}

/// Writes a model's folder: weights in half precision, and the card.
///
/// # Errors
/// When the disk does not take it.
pub fn save(folder: &Path, card: &Card, network: &Transformer) -> Result<(), ModelError> {
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| ModelError::Io { path, source }
    };
    std::fs::create_dir_all(folder).map_err(io(folder))?;
    let path = folder.join("model.safetensors");
    let mut store = SafetensorsStore::from_file(&path)
        .with_to_adapter(HalfPrecisionAdapter::new())
        .metadata("lacuna", card.id.as_str())
        .overwrite(true);
    network
        .save_into(&mut store)
        .map_err(|e| ModelError::Weights {
            id: card.id.clone(),
            why: e.to_string(),
        })?;
    let path = folder.join("card.ron");
    let text =
        ron::ser::to_string_pretty(card, ron::ser::PrettyConfig::default()).map_err(|e| {
            ModelError::Card {
                path: path.clone(),
                why: e.to_string(),
            }
        })?;
    std::fs::write(&path, text).map_err(io(&path))
}
