//! The training loop and what it needs: batches, schedule, averaged weights, checkpoints, the run folder.

pub mod average;
pub mod batch;
pub mod checkpoint;
pub mod config;
pub mod log;
pub mod picture;
pub mod recipe;
pub mod run;
pub mod schedule;
pub mod step;
pub mod tensorboard;
pub mod trainer;

pub use config::TrainConfig;
pub use step::Compute;
pub use trainer::{Progress, TrainError, Trainer};
