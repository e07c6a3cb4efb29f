//! What is asked of the engine about a training, and what it tells.

use crate::training::fine_tune::Remark;
use crate::training::{Progress, Recipe};
use std::path::PathBuf;

/// "Train this." The command line and the window say the same: recipe, data, folder.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainRequest {
    pub recipe: Recipe,
    /// Folder of the prepared data set.
    pub dataset: PathBuf,
    /// The run folder.
    pub folder: PathBuf,
    /// A new run is meant: a folder that holds one is refused. Otherwise the run there goes on.
    pub fresh: bool,
    /// Threads that share a batch on a CPU.
    pub threads: usize,
    /// A fine-tune: it is watched for copying, ends after its minutes, and becomes a model.
    pub tune: Option<Tune>,
}

/// What a fine-tune is asked beside its recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tune {
    /// Most minutes of this sitting.
    pub minutes: f64,
}

/// A model that was made of a run and can be used from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub id: String,
    pub name: String,
    /// Steps its weights had.
    pub steps: u64,
    /// How it is judged, a clause or two; empty where that is not asked.
    pub words: String,
    /// Whether these words are a warning: it copies, or it is no better than what it began from.
    pub doubtful: bool,
}

/// Where a training stands between being asked for and its end.
///
/// ```text
/// Queued ──► Running ⇄ Paused ──► Stopped
///    ▲          │  │
///    └─ resume ─┘  └──► Finished | Failed
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It waits for the one that runs, or its data are being read.
    Queued,
    Running,
    /// Saved, in memory, and waiting to be resumed.
    Paused,
    /// Saved and closed before its last step; the folder can be taken up again.
    Stopped,
    /// All its steps are done, or nothing got better any more.
    Finished,
    /// A sentence for a person: what, where, what now. What was saved before is still there.
    Failed(String),
}

impl RunState {
    /// Whether the engine is done with it.
    pub fn ended(&self) -> bool {
        matches!(
            self,
            RunState::Stopped | RunState::Finished | RunState::Failed(_)
        )
    }
}

/// What is known of a run once it is open.
#[derive(Clone, Debug, PartialEq)]
pub struct RunInfo {
    /// Names of what the loss is made of.
    pub parts: Vec<String>,
    /// Number of parameters.
    pub parameters: usize,
    /// Steps done before.
    pub step: u64,
}

/// A small fact about a training.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingFact {
    State(RunState),
    /// Told once, before the first step.
    Opened(RunInfo),
    /// After a step. Some steps are told together: of those the last, with the breakdown of all.
    Progress {
        progress: Box<Progress>,
        /// Bytes this process has in use, where the system tells.
        memory: Option<u64>,
    },
    /// Of a fine-tune: what the held-out pieces say, before the first step and after each validation.
    Remark(Remark),
    /// Samples were written after a step.
    Samples {
        step: u64,
    },
    /// Something went wrong that does not end the training: a sentence.
    Trouble(String),
}
