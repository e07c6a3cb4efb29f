//! Blocks and whole networks. Knows nothing of diffusion or music: vectors in, logits out.

pub mod transformer;

pub use transformer::{Input, Transformer, TransformerConfig};
