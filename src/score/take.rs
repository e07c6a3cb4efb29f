//! A take (one answer to one mask) and the recipe that makes it again.

use super::mask::Mask;
use super::note::NoteId;
use super::track::TrackId;
use serde::{Deserialize, Serialize};

/// A change of seed on the way of a take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    /// Steps that are gone as the recipe says so far, over all windows of the take.
    pub step: u32,
    /// What chance follows from there on.
    pub seed: u64,
}

/// How the sampler walks from all-masked to all-written. The composer's word stands first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SamplerSettings {
    /// *Effort*: reverse steps, 1..=1024.
    pub steps: u32,
    /// *Surprise*: softmax temperature, 0 (always the likeliest) ..= 2.
    pub temperature: f32,
    /// Nucleus sampling: only the likeliest values that hold this share of the probability, 0..=1.
    pub top_p: f32,
    /// Share of the decided values that each step may take back, least certain first (ReMDM-style), 0..=0.5.
    pub remask: f32,
    /// Reveal the most certain values first rather than random ones.
    pub by_confidence: bool,
    /// Walk as the reference line does: random cells by plain draws, none ever taken back; `by_confidence`,
    /// `temperature`, `top_p` and `remask` then have no say. Models over token rows know it, others go their own way.
    pub reference: bool,
    /// *Change*: 1 writes anew from nothing; below that, this share of the original's values is
    /// rewritten and the rest kept, 0..=1.
    pub change: f32,
    /// Which of the equally likely answers: same seed, same take.
    pub seed: u64,
    /// Where the way leaves that of the seed, in the order of their steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forks: Vec<Fork>,
}

impl Default for SamplerSettings {
    fn default() -> Self {
        SamplerSettings {
            steps: 12,
            temperature: 1.0,
            top_p: 1.0,
            remask: 0.0,
            by_confidence: true,
            reference: false,
            change: 1.0,
            seed: 0,
            forks: Vec::new(),
        }
    }
}

/// What the composer asks of the new notes, as strengths added to logits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraints {
    /// How many notes, against what the model would write: -1 (far fewer) ..= 1 (far more), 0 as it likes.
    pub density: f32,
    /// Keep new onsets on the onsets that were there (rhythm stays, notes are new).
    pub keep_rhythm: bool,
    /// Strength, in nats, that pulls towards pitch classes heard in the context; 0 is off.
    pub in_key: f32,
}

/// Everything needed to make a take again: same recipe, same piece, same device, same notes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Id of the model (its folder under `models/`).
    pub model: String,
    /// SHA-256 of the weights file, in hex.
    pub model_hash: String,
    pub mask: Mask,
    pub settings: SamplerSettings,
    pub constraints: Constraints,
    /// Which take of the request this was, from 0.
    pub take: u32,
    /// Name of the device it ran on.
    pub device: String,
}

/// One note a model wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeNote {
    pub track: TrackId,
    /// Ticks.
    pub start: u32,
    /// Ticks.
    pub length: u32,
    pub pitch: u8,
    pub velocity: u8,
    /// The model's probability of this note's values when it decided them (geometric mean), 0..=1.
    pub confidence: f32,
    /// The note it stands for, where the mask asked for new values of an existing note.
    pub replaces: Option<NoteId>,
}

/// One answer to one mask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Take {
    pub name: String,
    pub notes: Vec<TakeNote>,
    pub recipe: Recipe,
    /// Wall-clock milliseconds it took.
    pub millis: u32,
}
