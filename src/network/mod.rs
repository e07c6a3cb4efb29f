//! Blocks and whole networks. Knows nothing of diffusion or music: vectors in, logits out.

pub mod fused;
mod kernels;
pub mod transformer;
pub mod weights;

pub use fused::Fused;
pub use transformer::{Input, Transformer, TransformerConfig};
pub use weights::Weights;
