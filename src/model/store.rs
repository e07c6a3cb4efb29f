//! Models on disk: `model.safetensors` (weights, half precision) and `card.ron` in a folder of their own.

use super::card::Card;
use super::{Model, family};
use crate::format::text;
use burn::store::{HalfPrecisionAdapter, ModuleSnapshot, SafetensorsStore};
use burn::tensor::Device;
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
    #[error(
        "\"{id}\" was trained for the tokenizer {has}, which no model of this Lacuna reads; there are: {known}"
    )]
    Tokenizer {
        id: String,
        has: String,
        known: String,
    },
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
    text::read(text).map_err(|why| ModelError::Card {
        path: path.to_path_buf(),
        why,
    })
}

/// Puts weights (safetensors) into the network that `build` makes.
///
/// # Errors
/// When the file is damaged or lacks values; `id` is for the message.
pub fn load_weights<M: ModuleSnapshot>(
    id: &str,
    weights: &[u8],
    build: impl FnOnce() -> M,
) -> Result<M, ModelError> {
    let fail = |why: String| ModelError::Weights { id: id.into(), why };
    // The reader of safetensors trusts the file in places; a broken one must not end the program.
    let load = || {
        let mut network = build();
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
    match result.missing.first() {
        Some(missing) => Err(fail(format!(
            "{} values are missing, first {missing:?}",
            result.missing.len()
        ))),
        None => Ok(network),
    }
}

/// Reads a model's folder.
///
/// # Errors
/// When a file cannot be read, or weights do not fit the card.
pub fn open(folder: &Path, device: &Device) -> Result<Box<dyn Model>, ModelError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|source| ModelError::Io { path, source })
    };
    let path = folder.join("card.ron");
    let card = parse_card(&String::from_utf8_lossy(&read("card.ron")?), &path)?;
    family::build(card, &read("model.safetensors")?, device)
}

/// A safetensors file with the keys of its header in order, so that the same weights make the same file (burn writes
/// them in any order); as it came where the header is not understood.
fn in_order(mut file: Vec<u8>) -> Vec<u8> {
    let Some(length) = file.first_chunk().map(|n| u64::from_le_bytes(*n) as usize) else {
        return file;
    };
    let header = file.get_mut(8..8 + length);
    let sorted = header.as_deref().and_then(|h| {
        let value: serde_json::Value = serde_json::from_slice(h).ok()?;
        let mut bytes = serde_json::to_vec(&value).ok()?;
        bytes.resize(bytes.len().max(h.len()), b' ');
        (bytes.len() == h.len()).then_some(bytes)
    });
    if let (Some(header), Some(sorted)) = (header, sorted) {
        header.copy_from_slice(&sorted);
    }
    file
}

/// Names of the tensors that differ between two safetensors files of the same network.
#[cfg(test)]
pub fn differing_tensors(a: &[u8], b: &[u8]) -> Option<Vec<String>> {
    let tensors = |file: &[u8]| {
        let length = u64::from_le_bytes(*file.first_chunk()?) as usize;
        let header: serde_json::Value = serde_json::from_slice(file.get(8..8 + length)?).ok()?;
        let data = file.get(8 + length..)?;
        let named = header
            .as_object()?
            .iter()
            .filter(|(name, _)| *name != "__metadata__");
        let all = named.map(|(name, tensor)| {
            let at = |i: usize| tensor["data_offsets"][i].as_u64().map(|n| n as usize);
            Some((name.clone(), data.get(at(0)?..at(1)?)?.to_vec()))
        });
        all.collect::<Option<Vec<_>>>()
    };
    let (a, b) = (tensors(a)?, tensors(b)?);
    let pairs = a.into_iter().zip(b).filter(|(a, b)| a != b);
    Some(pairs.map(|(a, _)| a.0).collect())
}

/// Writes a model's folder: weights in half precision, and the card.
///
/// # Errors
/// When the disk does not take it.
pub fn save(folder: &Path, card: &Card, network: &impl ModuleSnapshot) -> Result<(), ModelError> {
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
    let bytes = std::fs::read(&path).map_err(io(&path))?;
    std::fs::write(&path, in_order(bytes)).map_err(io(&path))?;
    let path = folder.join("card.ron");
    let text = text::write(card).map_err(|why| ModelError::Card {
        path: path.clone(),
        why,
    })?;
    std::fs::write(&path, text).map_err(io(&path))
}
