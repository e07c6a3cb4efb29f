//! What a run leaves in its folder for people and for other programs: `log.txt`, `metrics.csv`, `breakdown.ron`, `notes.txt`, a lock that
//! says whether it is running; and reading it all back, also while it is written.
//!
//! Wherever a run is taken up again, `next_step` is the first step that will be written: what stands there of this step
//! and later ones was trained after the last checkpoint and is no longer true.

mod breakdown;
mod list;
mod lock;
mod log;
mod metrics;
mod series;

pub use breakdown::{breakdown, write_breakdown};
pub use list::{RunState, RunSummary, Validation, differences, list, write_notes};
pub use lock::{RunLock, mark_finished};
pub use log::RunLog;
pub use metrics::Metrics;
pub use series::{Follower, Series};

use std::io;
use std::path::{Path, PathBuf};

/// The merged configuration a run was started with.
pub const CONFIG: &str = "config.ron";
/// What happened, for people.
pub const LOG: &str = "log.txt";
/// Figures by step.
pub const METRICS: &str = "metrics.csv";
/// What a person wrote about the run.
pub const NOTES: &str = "notes.txt";
/// TensorBoard's events: a folder, so that `tensorboard --logdir runs` shows each run.
pub const EVENTS: &str = "events";

/// Why a run's folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("'{}': {source}. Check that the folder exists, is yours and has room", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Format(#[from] crate::format::FormatError),
    #[error(
        "the run in '{}' is being trained already{by}; stop it there, or train in another folder",
        folder.display()
    )]
    Running { folder: PathBuf, by: String },
    #[error("a row of {given} values does not fit the {columns} columns of '{}'", path.display())]
    Columns {
        path: PathBuf,
        given: usize,
        columns: usize,
    },
}

/// Puts the path to an error.
fn at(path: &Path) -> impl Fn(io::Error) -> RunError + '_ {
    move |source| RunError::Io {
        path: path.to_path_buf(),
        source,
    }
}
