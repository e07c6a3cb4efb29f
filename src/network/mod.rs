//! Blocks and whole networks. Knows nothing of diffusion or music: vectors in, logits out.

mod exchange;
pub mod fused;
mod kernels;
pub mod transformer;
pub mod weights;
mod workspace;

pub use fused::Fused;
pub use transformer::{Input, Transformer, TransformerConfig};
pub use weights::Weights;
