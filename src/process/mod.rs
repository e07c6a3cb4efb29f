//! How music is corrupted and restored. Knows nothing of files or windows.
//!
//! Four processes: absorbing diffusion on the free octuple ([`corruption`], [`loss`], [`sampler`]), absorbing
//! diffusion on rows of any token representation ([`tokens`]), absorbing diffusion on what four voices
//! sound ([`frames`]), and binomial diffusion on rolls ([`binomial`]).

pub mod binomial;
mod context;
pub mod corruption;
mod counting;
pub mod critic;
mod draw;
pub mod frames;
pub mod holes;
pub mod likelihood;
pub mod loss;
mod random;
pub mod sampler;
mod stages;
pub mod tally;
pub mod time;
pub mod tokens;
mod told;

pub use context::Notation;
pub use corruption::{Corruption, Example};
pub use holes::Holes;
pub use loss::Weighting;
pub use random::generator;
pub use tally::Tally;
pub use time::{Time, TimeSampler};
pub use told::Told;
