//! The convolutional transformer of the reference line (its `schmu_conv*`): four rows become one token by a
//! convolution a field, the [encoder](super::encoder) sees a quarter of the rows, and a transposed
//! convolution a field takes them apart again.
//!
//! As published it ignores the diffusion time and lets real rows attend to padding. Both are options here,
//! mended by default; [`SchmuConvConfig::reference`] is the published form, with its exact parameter count.

use super::dropout::Pass;
use super::encoder::{Encoder, EncoderConfig};
use super::initial::Draw;
use super::token_batch::{NetworkError, TokenBatch, real_rows};
use super::token_network::{TokenNetwork, check_sizes};
use burn::module::{Module, Param};
use burn::nn::conv::{Conv1d, ConvTranspose1d};
use burn::nn::{Embedding, Linear};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use rand::RngCore;
use serde::{Deserialize, Serialize};

/// Rows of a token.
pub const GROUP: usize = 4;

/// Sizes of a [`SchmuConv`]; what is left out has the size of the paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SchmuConvConfig {
    /// Width of the residual stream, a multiple of `heads`.
    pub width: usize,
    /// Width of a field of one row, before and after the convolutions.
    pub field: usize,
    pub layers: usize,
    pub heads: usize,
    /// Width of the feed-forward layers, as a multiple of `width`.
    pub feed_forward: usize,
    /// Rows of the longest window, a multiple of [`GROUP`].
    pub length: usize,
    /// Share of values dropped in training: of tokens, attention, and what each half of a block adds.
    pub dropout: f32,
    /// Whether it sees the diffusion time.
    pub time: bool,
    /// Whether rows of padding are hidden from the others.
    pub mask_padding: bool,
}

impl Default for SchmuConvConfig {
    fn default() -> SchmuConvConfig {
        SchmuConvConfig {
            width: 512,
            field: 128,
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

impl SchmuConvConfig {
    /// The published form at the size of the paper.
    pub fn reference() -> SchmuConvConfig {
        SchmuConvConfig {
            time: false,
            mask_padding: false,
            ..SchmuConvConfig::default()
        }
    }

    fn encoder(&self) -> EncoderConfig {
        EncoderConfig {
            width: self.width,
            layers: self.layers,
            heads: self.heads,
            feed_forward: self.feed_forward,
            positions: self.length.div_ceil(GROUP),
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
        if self.field == 0 {
            return Err(NetworkError::Nothing { what: "a field" });
        }
        check_sizes(sizes)
    }

    /// Parameters of a network for fields of these sizes, counted without making it.
    pub fn parameters(&self, sizes: &[usize]) -> usize {
        let (d, f) = (self.width, self.field);
        let convolutions = 2 * d * f * GROUP + d + f;
        let fields: usize = sizes
            .iter()
            .map(|k| (k + 1) * f + k * f + convolutions)
            .sum();
        fields + GROUP * f + sizes.len() * d * d + d + self.encoder().parameters()
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
    ) -> Result<SchmuConv, NetworkError> {
        self.check(sizes)?;
        let (d, f) = (self.width, self.field);
        let mut draw = Draw { rng, device };
        Ok(SchmuConv {
            embeddings: sizes.iter().map(|k| draw.embedding(k + 1, f)).collect(),
            within: draw.zeros([GROUP, f]),
            down: sizes.iter().map(|_| draw.patches(f, d, GROUP)).collect(),
            join: draw.linear(sizes.len() * d, d, true),
            encoder: Encoder::new(&self.encoder(), &mut draw),
            up: sizes.iter().map(|_| draw.unpatches(d, f, GROUP)).collect(),
            heads: sizes.iter().map(|&k| draw.linear(f, k, false)).collect(),
            sizes: sizes.to_vec(),
        })
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct SchmuConv {
    embeddings: Vec<Embedding>,
    /// Position of a row within its token, the same for all fields.
    within: Param<Tensor<2>>,
    down: Vec<Conv1d>,
    join: Linear,
    encoder: Encoder,
    up: Vec<ConvTranspose1d>,
    heads: Vec<Linear>,
    #[module(skip)]
    sizes: Vec<usize>,
}

/// `layer` on `[windows, rows, field]`, giving `[windows, tokens, width]`: as its kernels do not overlap, one
/// matrix product, which the CPU backend computes several times faster than a convolution.
fn gather(layer: &Conv1d, x: Tensor<3>) -> Tensor<3> {
    let [windows, rows, field] = x.dims();
    let weight = layer.weight.val();
    let [width, _, kernel] = weight.dims();
    let weight = weight.permute([2, 1, 0]).reshape([kernel * field, width]);
    let x = x.reshape([windows, rows / kernel, kernel * field]);
    let y = x.matmul(weight.unsqueeze_dim(0));
    match &layer.bias {
        Some(bias) => y + bias.val().reshape([1, 1, width]),
        None => y,
    }
}

/// `layer` on `[windows, tokens, width]`, giving `[windows, rows, field]`; likewise one product.
fn spread(layer: &ConvTranspose1d, x: Tensor<3>) -> Tensor<3> {
    let [windows, tokens, _] = x.dims();
    let weight = layer.weight.val();
    let [width, field, kernel] = weight.dims();
    let weight = weight.permute([0, 2, 1]).reshape([width, kernel * field]);
    let y = x.matmul(weight.unsqueeze_dim(0));
    let y = y.reshape([windows, tokens * kernel, field]);
    match &layer.bias {
        Some(bias) => y + bias.val().reshape([1, 1, field]),
        None => y,
    }
}

impl TokenNetwork for SchmuConv {
    fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    fn most_rows(&self) -> usize {
        self.encoder.positions() * GROUP
    }

    fn forward(
        &self,
        batch: &TokenBatch,
        times: Option<&[f32]>,
        mut pass: Pass,
    ) -> Result<Vec<Tensor<3>>, NetworkError> {
        batch.check(&self.sizes, self.most_rows())?;
        let device = self.encoder.device();
        let asked = batch.rows();
        let batch = batch.filled(GROUP);
        let within = self
            .within
            .val()
            .repeat_dim(0, batch.rows() / GROUP)
            .unsqueeze_dim(0);
        let padded = batch.lengths().iter().any(|&l| l < batch.rows());
        // A token at the end of a window may hold rows of padding: they are silent.
        let real = (padded && self.encoder.masks_padding())
            .then(|| real_rows(batch.lengths(), batch.rows(), &device));
        let fields = self
            .embeddings
            .iter()
            .zip(&self.down)
            .enumerate()
            .map(|(f, (table, down))| {
                let x = table.forward(batch.field(f, &device)) + within.clone();
                let x = match &real {
                    Some(real) => x * real.clone(),
                    None => x,
                };
                relu(gather(down, x))
            })
            .collect();
        let x = relu(self.join.forward(Tensor::cat(fields, 2)));
        let tokens: Vec<usize> = batch.lengths().iter().map(|l| l.div_ceil(GROUP)).collect();
        let x = self.encoder.forward(x, &tokens, times, &mut pass)?;
        Ok(self
            .up
            .iter()
            .zip(&self.heads)
            .map(|(up, head)| {
                let rows = relu(spread(up, x.clone())).narrow(1, 0, asked);
                head.forward(rows)
            })
            .collect())
    }
}
