//! The training loop and what it needs: batches, schedule, averaged weights, checkpoints, the run folder.

pub mod adamw;
pub mod average;
pub mod batch;
pub mod checkpoint;
pub mod config;
pub mod log;
pub mod schedule;
pub mod speed;
pub mod step;
pub mod trainer;

pub use config::TrainConfig;
pub use step::Compute;
pub use trainer::{Progress, TrainError, Trainer};
