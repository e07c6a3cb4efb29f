//! Lacuna: composing with discrete diffusion. `ARCHITECTURE.md` says how the rooms lie.

pub mod dataset;
pub mod engine;
pub mod format;
pub mod evaluation;
pub mod score;
#[cfg(feature = "studio")]
pub mod studio;
