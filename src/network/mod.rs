//! Blocks and whole networks. Knows nothing of diffusion or music: vectors in, logits out.

pub mod dropout;
mod encoder;
mod exchange;
pub mod fused;
pub mod fused_unet;
mod hidden;
mod initial;
mod kernels;
mod last_block;
mod plane;
pub mod roll_unet;
pub mod schmu_conv;
pub mod schmu_tx;
mod time;
pub mod token_batch;
pub mod token_network;
pub mod transformer;
mod unet_weights;
pub mod weights;
mod workspace;

pub use dropout::Pass;
pub use fused::Fused;
pub use fused_unet::FusedUnet;
pub use roll_unet::{RollUnet, RollUnetConfig};
pub use schmu_conv::{SchmuConv, SchmuConvConfig};
pub use schmu_tx::{SchmuTx, SchmuTxConfig};
pub use token_batch::{NetworkError, TokenBatch};
pub use token_network::{TokenNet, TokenNetConfig, TokenNetwork};
pub use transformer::{Input, SparseRow, Transformer, TransformerConfig, sparse};
pub use unet_weights::UnetGradients;
pub use weights::Weights;
