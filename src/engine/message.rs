//! What goes to the engine and what comes back.

use super::trail::Trail;
use super::training::{Made, TrainingFact};
use crate::dataset::Domain;
use crate::model::critic::NoteSurprise;
use crate::score::{Constraints, Mask, Recipe, SamplerSettings, Score, Take, TrackId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Names a job for as long as the engine lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// "Write this anew, so many times." The window and the command line build the same value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FillRequest {
    pub score: Arc<Score>,
    pub mask: Mask,
    /// Id of the model, a folder name under `models/`.
    pub model: String,
    pub settings: SamplerSettings,
    pub constraints: Constraints,
    /// Number of the first take: others than 0 write single takes again, to fork them.
    #[serde(default)]
    pub first: u32,
    /// How many takes, 1..=16. Take `i` is drawn with a seed derived from `settings.seed` and `i`.
    pub takes: u32,
}

/// A model the engine can use.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    pub id: String,
    /// What a composer reads in the list.
    pub name: String,
    /// One or two sentences from the card: what it was trained on, what it is good for.
    pub summary: String,
    /// Number of parameters.
    pub parameters: usize,
    /// Name of its representation, as on its card.
    pub tokenizer: String,
    /// Figures of its training songs, where it has them.
    pub domain: Option<Arc<Domain>>,
}

/// The device that computes, and why that one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Short name for the status bar, such as "CPU" or the adapter's name.
    pub name: String,
    /// One sentence: why this device and why not the others.
    pub reason: String,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Takes finished before the cancel have been delivered.
    Cancelled,
    /// A sentence for a person: what, where, what now.
    Failed(String),
}

/// A small fact from the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The models are known (again) and this device computes.
    Ready {
        models: Vec<ModelInfo>,
        device: DeviceInfo,
    },
    /// The models were looked for again.
    Models(Vec<ModelInfo>),
    /// A run became a model, or a sentence why not.
    Exported {
        job: JobId,
        made: Result<Made, String>,
    },
    /// The job left the queue.
    Started {
        job: JobId,
    },
    /// `done` of `of` reverse steps, over all takes; seconds left as far as one can tell.
    Progress {
        job: JobId,
        done: u32,
        of: u32,
        seconds_left: f32,
    },
    /// A take is finished; they come in order of their index.
    Take {
        job: JobId,
        take: Box<Take>,
    },
    Finished {
        job: JobId,
        outcome: Outcome,
    },
    /// The steps of the take that was delivered last, and of which recipe it is.
    Trail {
        job: JobId,
        recipe: Box<Recipe>,
        trail: Arc<Trail>,
    },
    /// Some notes of a piece were judged; `left` of `of` passages are still to come.
    Judged {
        job: JobId,
        notes: Vec<NoteSurprise>,
        left: u32,
        of: u32,
    },
    /// A piece is not judged; a sentence why.
    NotJudged {
        job: JobId,
        why: String,
    },
    /// Of a training; the others are of fills.
    Training {
        job: JobId,
        fact: TrainingFact,
    },
}

/// A note of an unfinished take.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotNote {
    pub track: TrackId,
    /// Ticks.
    pub start: u32,
    /// Ticks.
    pub length: u32,
    pub pitch: u8,
    pub velocity: u8,
    /// Share of the note's values already decided, 0..=1. Undecided values show the likeliest guess.
    pub decided: f32,
}

/// The newest state of what is being written. Only the latest is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub job: JobId,
    /// Index of the take being written.
    pub take: u32,
    pub notes: Vec<SnapshotNote>,
}
