//! Why a training stops with a sentence.

use std::path::PathBuf;

/// Why a run could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("{}: {source}. Check that the folder exists, is yours and has room", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} could not be written: {why}. Make room on the disk and give the same command again; what was saved before is still there", path.display())]
    Save { path: PathBuf, why: String },
    #[error("{} cannot be used as a checkpoint: {why}. Remove the run folder to start afresh", path.display())]
    Checkpoint { path: PathBuf, why: String },
    /// The lock, the log or a table of the run.
    #[error("the run in {} cannot go on: {why}", folder.display())]
    Record { folder: PathBuf, why: String },
    #[error("{}: {why}", path.display())]
    Config { path: PathBuf, why: String },
    #[error("the run in {} has no best weights yet: they are kept at a validation, the first after step {first}", folder.display())]
    Unvalidated { folder: PathBuf, first: u64 },
    #[error("{0}")]
    Data(String),
    #[error(
        "the loss became {loss} at step {step}: lower trainer.learning_rate, then resume from the last checkpoint"
    )]
    Diverged { step: u64, loss: f32 },
}
