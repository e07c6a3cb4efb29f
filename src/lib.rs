//! Lacuna: composing with discrete diffusion. `ARCHITECTURE.md` says how the rooms lie.

pub mod audio;
pub mod cli;
pub mod dataset;
pub mod device;
pub mod engine;
pub mod evaluation;
pub mod format;
pub mod model;
pub mod network;
pub mod process;
pub mod score;
#[cfg(feature = "studio")]
pub mod studio;
pub mod tokenizer;
pub mod training;
