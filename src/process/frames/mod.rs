//! Absorbing diffusion on frames of four voices, an orderless NADE (Uria et al. 2014) as Coconet is one (Huang et al.
//! 2017, arXiv 1903.07227): any set of cells is hidden, the rest is read, the hidden ones are predicted.

mod corruption;
pub mod likelihood;
pub mod loss;
mod parallels;
pub mod sampler;

pub use corruption::{Corruption, Example};
