//! The transformer of the reference line (its `schmu_tx*`, `octuple_ddpm` and `octuple_mask_ddpm`): one
//! embedding a field, joined to one vector a row, the [encoder](super::encoder), and one head a field.
//!
//! As published it ignores the diffusion time and lets real rows attend to padding. Both are options here,
//! mended by default; [`SchmuTxConfig::reference`] is the published form, with its exact parameter count.

use super::dropout::Pass;
use super::encoder::{Encoder, EncoderConfig};
use super::initial::Draw;
use super::token_batch::{NetworkError, TokenBatch};
use super::token_network::{TokenNetwork, check_sizes};
use burn::module::Module;
use burn::nn::{Embedding, Linear};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use rand::RngCore;
use serde::{Deserialize, Serialize};

/// Sizes of a [`SchmuTx`]; what is left out has the size of the paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SchmuTxConfig {
    /// Width of the residual stream, a multiple of `heads`.
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    /// Width of the feed-forward layers, as a multiple of `width`.
    pub feed_forward: usize,
    /// Rows of the longest window.
    pub length: usize,
    /// Share of values dropped in training: of embeddings, attention, and what each half of a block adds.
    pub dropout: f32,
    /// Whether it sees the diffusion time.
    pub time: bool,
    /// Whether rows of padding are hidden from the others.
    pub mask_padding: bool,
}

impl Default for SchmuTxConfig {
    fn default() -> SchmuTxConfig {
        SchmuTxConfig {
            width: 512,
            layers: 24,
            heads: 8,
            feed_forward: 4,
            length: 1024,
            dropout: 0.2,
            time: true,
            mask_padding: true,
        }
    }
}

impl SchmuTxConfig {
    /// The published form at the size of the paper.
    pub fn reference() -> SchmuTxConfig {
        SchmuTxConfig {
            time: false,
            mask_padding: false,
            ..SchmuTxConfig::default()
        }
    }

    fn encoder(&self) -> EncoderConfig {
        EncoderConfig {
            width: self.width,
            layers: self.layers,
            heads: self.heads,
            feed_forward: self.feed_forward,
            positions: self.length,
            dropout: self.dropout,
            time: self.time,
            mask_padding: self.mask_padding,
        }
    }

    /// Whether these sizes make a network.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check(&self, sizes: &[usize]) -> Result<(), NetworkError> {
        self.encoder().check()?;
        check_sizes(sizes)
    }

    /// Parameters of a network for fields of these sizes, counted without making it.
    pub fn parameters(&self, sizes: &[usize]) -> usize {
        let d = self.width;
        let fields: usize = sizes.iter().map(|k| (k + 1) * d + k * d).sum();
        fields + sizes.len() * d * d + d + self.encoder().parameters()
    }

    /// A network with fresh weights for fields of these sizes (the mask id of a field is its size).
    ///
    /// # Errors
    /// When the sizes make no network.
    pub fn build(
        &self,
        sizes: &[usize],
        rng: &mut dyn RngCore,
        device: &Device,
    ) -> Result<SchmuTx, NetworkError> {
        self.check(sizes)?;
        let d = self.width;
        let mut draw = Draw { rng, device };
        Ok(SchmuTx {
            embeddings: sizes.iter().map(|k| draw.embedding(k + 1, d)).collect(),
            join: draw.linear(sizes.len() * d, d, true),
            encoder: Encoder::new(&self.encoder(), &mut draw),
            heads: sizes.iter().map(|&k| draw.linear(d, k, false)).collect(),
            sizes: sizes.to_vec(),
        })
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct SchmuTx {
    embeddings: Vec<Embedding>,
    join: Linear,
    encoder: Encoder,
    heads: Vec<Linear>,
    #[module(skip)]
    sizes: Vec<usize>,
}

impl TokenNetwork for SchmuTx {
    fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    fn most_rows(&self) -> usize {
        self.encoder.positions()
    }

    fn forward(
        &self,
        batch: &TokenBatch,
        times: Option<&[f32]>,
        mut pass: Pass,
    ) -> Result<Vec<Tensor<3>>, NetworkError> {
        batch.check(&self.sizes, self.most_rows())?;
        let device = self.encoder.device();
        let fields = self
            .embeddings
            .iter()
            .enumerate()
            .map(|(f, table)| table.forward(batch.field(f, &device)))
            .collect();
        let x = relu(self.join.forward(Tensor::cat(fields, 2)));
        let x = self.encoder.forward(x, batch.lengths(), times, &mut pass)?;
        Ok(self.heads.iter().map(|h| h.forward(x.clone())).collect())
    }
}
