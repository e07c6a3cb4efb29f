//! The training loop over any learner, and what it needs: optimiser, schedule, averaged weights, checkpoints, the
//! run folder. A family of models is a [`Learner`] in a folder of its own.

pub mod adamw;
mod as_model;
pub mod average;
pub mod checkpoint;
pub mod chorale;
pub mod config;
pub mod error;
pub mod fine_tune;
pub mod gradient;
pub mod learner;
pub mod octuple;
mod open;
pub mod optimiser;
mod pace;
pub mod picture;
pub mod recipe;
pub mod recorder;
pub mod roll;
pub mod run;
pub mod samples;
pub mod schedule;
mod shares;
pub mod speed;
pub mod tally;
pub mod tensorboard;
pub mod tokens;
pub mod trainer;

pub use as_model::RunWeights;
pub use config::{ModelConfig, Recipe, TrainerConfig};
pub use error::TrainError;
pub use learner::{Compute, Learner, Losses, Probe};
pub use open::{open, parameters};
pub use trainer::{Progress, Trainer, Training, Validation, Which, has_best};
