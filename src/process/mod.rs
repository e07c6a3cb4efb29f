//! How music is corrupted and restored. Knows nothing of files or windows.

pub mod corruption;
pub mod frames;
pub mod loss;
mod random;
pub mod sampler;

pub use corruption::{Corruption, Example};
pub use loss::Weighting;
pub use random::generator;
