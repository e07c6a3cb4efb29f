//! The blocks of the reference line: a pre-norm, bidirectional transformer with a learned table of positions,
//! exact GELU and dropout in four places (SCHmUBERT, Plasser et al. 2023, after Bond-Taylor et al. 2021).

use super::dropout::Pass;
use super::initial::Draw;
use super::time::TimeEmbedding;
use super::token_batch::{NetworkError, padding_bias};
use burn::module::{Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::activation::{gelu, softmax};
use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Device, Tensor};

/// Sizes of an [`Encoder`].
#[derive(Clone, Copy, Debug)]
pub(super) struct EncoderConfig {
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    pub feed_forward: usize,
    /// Rows of the table of positions.
    pub positions: usize,
    pub dropout: f32,
    pub time: bool,
    pub mask_padding: bool,
}

impl EncoderConfig {
    /// Whether these sizes make a network.
    pub fn check(&self) -> Result<(), NetworkError> {
        for (what, size) in [
            ("a width", self.width),
            ("heads", self.heads),
            ("a feed_forward", self.feed_forward),
            ("a length", self.positions),
        ] {
            if size == 0 {
                return Err(NetworkError::Nothing { what });
            }
        }
        if !self.width.is_multiple_of(self.heads) {
            return Err(NetworkError::Heads {
                width: self.width,
                heads: self.heads,
            });
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(NetworkError::Dropout { rate: self.dropout });
        }
        Ok(())
    }

    /// Parameters of the encoder, counted without making it.
    pub fn parameters(&self) -> usize {
        let (d, wide) = (self.width, self.width * self.feed_forward);
        let linear = |inputs, outputs| inputs * outputs + outputs;
        let block = 4 * d + linear(d, 3 * d) + linear(d, d) + linear(d, wide) + linear(wide, d);
        let time = if self.time {
            TimeEmbedding::parameters(d)
        } else {
            0
        };
        d + self.positions * d + self.layers * block + 2 * d + time
    }
}

#[derive(Module, Debug)]
struct Block {
    norm1: LayerNorm,
    qkv: Linear,
    out: Linear,
    norm2: LayerNorm,
    up: Linear,
    down: Linear,
    heads: usize,
    dropout: f32,
}

impl Block {
    fn new(config: &EncoderConfig, draw: &mut Draw) -> Block {
        let d = config.width;
        let wide = config.feed_forward * d;
        Block {
            norm1: LayerNormConfig::new(d).init(draw.device),
            qkv: draw.linear(d, 3 * d, true),
            out: draw.linear(d, d, true),
            norm2: LayerNormConfig::new(d).init(draw.device),
            up: draw.linear(d, wide, true),
            down: draw.linear(wide, d, true),
            heads: config.heads,
            dropout: config.dropout,
        }
    }

    fn forward(&self, x: Tensor<3>, padding: Option<&Tensor<4>>, pass: &mut Pass) -> Tensor<3> {
        let [b, l, d] = x.dims();
        let head = d / self.heads;
        let qkv = self.qkv.forward(self.norm1.forward(x.clone()));
        let part = |i: usize| {
            qkv.clone()
                .narrow(2, i * d, d)
                .reshape([b, l, self.heads, head])
                .swap_dims(1, 2)
        };
        let (q, k, v) = (part(0), part(1), part(2));
        // burn's own attention knows no dropout, and no padding that holds for all heads at once.
        let mixed = if padding.is_none() && !pass.drops(self.dropout) {
            attention(q, k, v, None, None, AttentionModuleOptions::default())
        } else {
            let mut scores = q.matmul(k.swap_dims(2, 3)) * (1.0 / (head as f32).sqrt());
            if let Some(bias) = padding {
                scores = scores + bias.clone();
            }
            pass.drop(softmax(scores, 3), self.dropout).matmul(v)
        };
        let mixed = self.out.forward(mixed.swap_dims(1, 2).reshape([b, l, d]));
        let x = x + pass.drop(mixed, self.dropout);
        let wide = gelu(self.up.forward(self.norm2.forward(x.clone())));
        x + pass.drop(self.down.forward(wide), self.dropout)
    }
}

/// Positions, blocks and the last norm: `[windows, rows, width]` to the same.
#[derive(Module, Debug)]
pub(super) struct Encoder {
    /// A parameter of the reference that nothing reads, kept so that sizes and files agree with it.
    start: Param<Tensor<1>>,
    position: Param<Tensor<2>>,
    time: Option<TimeEmbedding>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    dropout: f32,
    mask_padding: bool,
}

impl Encoder {
    pub fn new(config: &EncoderConfig, draw: &mut Draw) -> Encoder {
        let d = config.width;
        Encoder {
            start: draw.zeros([d]),
            position: draw.zeros([config.positions, d]),
            time: config.time.then(|| TimeEmbedding::new(d, draw)),
            blocks: (0..config.layers)
                .map(|_| Block::new(config, draw))
                .collect(),
            norm: LayerNormConfig::new(d).init(draw.device),
            dropout: config.dropout,
            mask_padding: config.mask_padding,
        }
    }

    /// The device its weights are on.
    pub fn device(&self) -> Device {
        self.position.val().device()
    }

    /// Rows that have a position.
    pub fn positions(&self) -> usize {
        self.position.dims()[0]
    }

    /// Whether rows of padding are kept from the others.
    pub fn masks_padding(&self) -> bool {
        self.mask_padding
    }

    /// # Errors
    /// When the encoder sees the time and `times` does not hold one a window.
    pub fn forward(
        &self,
        x: Tensor<3>,
        lengths: &[usize],
        times: Option<&[f32]>,
        pass: &mut Pass,
    ) -> Result<Tensor<3>, NetworkError> {
        let [windows, rows, _] = x.dims();
        let device = x.device();
        let mut x = x + self.position.val().narrow(0, 0, rows).unsqueeze_dim(0);
        if let Some(time) = &self.time {
            let times = times.unwrap_or_default();
            if times.len() != windows {
                return Err(NetworkError::Times {
                    found: times.len(),
                    windows,
                });
            }
            x = x + time.forward(times, &device).unsqueeze_dim(1);
        }
        let padding = if self.mask_padding {
            padding_bias(lengths, rows, &device)
        } else {
            None
        };
        let mut x = pass.drop(x, self.dropout);
        for block in &self.blocks {
            x = block.forward(x, padding.as_ref(), pass);
        }
        Ok(self.norm.forward(x))
    }
}
