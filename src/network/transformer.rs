//! A pre-norm, bidirectional transformer encoder over many-hot rows with two-dimensional rotary positions
//! (RoPE, Su et al. 2021, one share of every head a coordinate).
//!
//! Squared ReLU in the feed-forward layers: on burn's CPU backend every transcendental function is a
//! scalar call, and this one costs a fiftieth of tanh-GELU.

use burn::module::{Initializer, Module, ModuleMapper, Param};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{relu, softmax};
use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use serde::{Deserialize, Serialize};

/// Sizes of a [`Transformer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformerConfig {
    /// Width of the residual stream, a multiple of `heads`.
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    /// Width of the feed-forward layers, as a multiple of `width`.
    pub feed_forward: usize,
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
}

/// The network: `[batch, rows, inputs]` to `[batch, rows, outputs]`.
#[derive(Module, Debug)]
pub struct Transformer {
    embed: Linear,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
    width: usize,
    heads: usize,
}

/// A row's columns that are not zero, with their values. Where a column stands twice, its values add up.
pub type SparseRow = Vec<(u32, f32)>;

/// A batch for the network, still on the host: windows padded to the longest.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// `[batch, rows]` rows of the many-hot input; rows of padding are empty.
    pub features: Vec<SparseRow>,
    /// `[batch, rows]` first coordinate (bar).
    pub first: Vec<f32>,
    /// `[batch, rows]` second coordinate (slot).
    pub second: Vec<f32>,
    /// Rows of each window that are real; the rest is padding, which nothing attends to.
    pub lengths: Vec<usize>,
    /// Rows of the longest window.
    pub rows: usize,
}

/// Rows `[rows, inputs]` of a dense matrix as sparse ones.
pub fn sparse(dense: &[f32], inputs: usize) -> Vec<SparseRow> {
    let not_zero = |row: &[f32]| {
        let all = row.iter().enumerate();
        all.filter(|(_, v)| **v != 0.0)
            .map(|(c, &v)| (c as u32, v))
            .collect()
    };
    dense.chunks_exact(inputs.max(1)).map(not_zero).collect()
}

impl Input {
    /// Stacks windows given as (features, first, second).
    pub fn stack<'a>(
        windows: impl IntoIterator<Item = (Vec<SparseRow>, &'a [f32], &'a [f32])>,
    ) -> Input {
        let windows: Vec<_> = windows.into_iter().collect();
        let rows = windows.iter().map(|w| w.1.len()).max().unwrap_or(0).max(1);
        let mut input = Input {
            rows,
            ..Input::default()
        };
        for (features, first, second) in windows {
            let pad = rows - first.len();
            input.features.extend(features);
            input
                .features
                .extend(std::iter::repeat_n(SparseRow::new(), pad));
            for (to, from) in [(&mut input.first, first), (&mut input.second, second)] {
                to.extend_from_slice(from);
                to.extend(std::iter::repeat_n(0.0, pad));
            }
            input.lengths.push(first.len());
        }
        input
    }

    /// The features as a dense matrix `[batch, rows, inputs]`.
    fn dense(&self, inputs: usize) -> Vec<f32> {
        let mut dense = vec![0.0; self.features.len() * inputs];
        for (row, columns) in dense.chunks_exact_mut(inputs.max(1)).zip(&self.features) {
            for &(column, value) in columns {
                row[column as usize] += value;
            }
        }
        dense
    }

    fn padded(&self) -> bool {
        self.lengths.iter().any(|&l| l < self.rows)
    }
}

/// Sine and cosine for the rotary positions, `[batch, 1, rows, head / 2]`.
struct Rotation {
    cos: Tensor<4>,
    sin: Tensor<4>,
}

/// Cosines and sines, each `[rows, half]`, by which the pairs of a head turn at the given coordinates.
///
/// Half of the pairs turn with the first coordinate, a quarter with the second, and a quarter stand still,
/// so that content can be compared wherever it stands.
pub(super) fn angles(first: &[f32], second: &[f32], half: usize) -> (Vec<f32>, Vec<f32>) {
    let (by_first, by_second) = (half / 2, half / 4);
    // Wavelengths from 2 pi up to about 200 bars (or slots).
    let wave = |i: usize, n: usize| 32f32.powf(-(i as f32) / n.max(1) as f32);
    let waves: Vec<f32> = (0..half)
        .map(|pair| {
            if pair < by_first {
                wave(pair, by_first)
            } else {
                wave(pair - by_first, by_second)
            }
        })
        .collect();
    let mut cos = Vec::with_capacity(first.len() * half);
    let mut sin = Vec::with_capacity(first.len() * half);
    for (&first, &second) in first.iter().zip(second) {
        for (pair, wave) in waves.iter().enumerate() {
            let angle = if pair < by_first {
                first * wave
            } else if pair < by_first + by_second {
                second * wave
            } else {
                0.0
            };
            let (s, c) = angle.sin_cos();
            sin.push(s);
            cos.push(c);
        }
    }
    (cos, sin)
}

impl Rotation {
    fn new(input: &Input, half: usize, device: &Device) -> Rotation {
        let (cos, sin) = angles(&input.first, &input.second, half);
        let shape = [input.lengths.len(), 1, input.rows, half];
        Rotation {
            cos: Tensor::from_data(TensorData::new(cos, shape), device),
            sin: Tensor::from_data(TensorData::new(sin, shape), device),
        }
    }

    fn turn(&self, x: Tensor<4>) -> Tensor<4> {
        let half = x.dims()[3] / 2;
        let a = x.clone().narrow(3, 0, half);
        let b = x.narrow(3, half, half);
        Tensor::cat(
            vec![
                a.clone() * self.cos.clone() - b.clone() * self.sin.clone(),
                a * self.sin.clone() + b * self.cos.clone(),
            ],
            3,
        )
    }
}

impl Block {
    fn new(config: &TransformerConfig, device: &Device) -> Block {
        let d = config.width;
        let wide = config.feed_forward * d;
        Block {
            norm1: LayerNormConfig::new(d).init(device),
            qkv: linear(d, 3 * d, false, device),
            out: linear(d, d, false, device),
            norm2: LayerNormConfig::new(d).init(device),
            up: linear(d, wide, true, device),
            down: linear(wide, d, true, device),
            heads: config.heads,
        }
    }

    fn forward(
        &self,
        x: Tensor<3>,
        rotation: &Rotation,
        padding: Option<&Tensor<4>>,
        fused: bool,
    ) -> Tensor<3> {
        let [b, l, d] = x.dims();
        let head = d / self.heads;
        let qkv = self.qkv.forward(self.norm1.forward(x.clone()));
        let part = |i: usize| {
            qkv.clone()
                .narrow(2, i * d, d)
                .reshape([b, l, self.heads, head])
                .swap_dims(1, 2)
        };
        let (q, k, v) = (rotation.turn(part(0)), rotation.turn(part(1)), part(2));
        let mixed = match padding {
            None if fused => attention(q, k, v, None, None, AttentionModuleOptions::default()),
            _ => {
                let scores = q.matmul(k.swap_dims(2, 3)) * (1.0 / (head as f32).sqrt());
                let scores = match padding {
                    Some(bias) => scores + bias.clone(),
                    None => scores,
                };
                softmax(scores, 3).matmul(v)
            }
        };
        let x = x + self.out.forward(mixed.swap_dims(1, 2).reshape([b, l, d]));
        let r = relu(self.up.forward(self.norm2.forward(x.clone())));
        x + self.down.forward(r.clone() * r)
    }
}

/// A linear layer of zeros, to be filled by [`Draw`].
fn linear(inputs: usize, outputs: usize, bias: bool, device: &Device) -> Linear {
    LinearConfig::new(inputs, outputs)
        .with_bias(bias)
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// Draws every matrix from our own generator. burn's is one a process, shared by whatever else runs.
struct Draw<'a, R: Rng> {
    rng: &'a mut R,
    scale: f32,
}

impl<R: Rng> ModuleMapper for Draw<'_, R> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if D != 2 {
            return param;
        }
        param.map(|old| {
            let dims = old.dims();
            let most = self.scale / (dims[0] as f32).sqrt();
            let values: Vec<f32> = (0..dims.iter().product())
                .map(|_| self.rng.random_range(-most..most))
                .collect();
            let new = Tensor::from_data(TensorData::new(values, dims), &old.device());
            if old.is_require_grad() {
                new.require_grad()
            } else {
                new
            }
        })
    }
}

impl Transformer {
    /// A network with fresh weights drawn from `rng`: uniform within one over the root of the inputs, as
    /// PyTorch's default, biases zero.
    pub fn new(
        config: &TransformerConfig,
        inputs: usize,
        outputs: usize,
        rng: &mut impl Rng,
        device: &Device,
    ) -> Transformer {
        let d = config.width;
        // About a dozen inputs of a row are one and the rest zero: scaled so that together they start with
        // unit variance.
        let many_hot = (inputs as f32 / 4.0).sqrt();
        Transformer {
            embed: linear(inputs, d, false, device).map(&mut Draw {
                rng,
                scale: many_hot,
            }),
            blocks: (0..config.layers)
                .map(|_| Block::new(config, device).map(&mut Draw { rng, scale: 1.0 }))
                .collect(),
            norm: LayerNormConfig::new(d).init(device),
            head: linear(d, outputs, true, device).map(&mut Draw { rng, scale: 1.0 }),
            width: d,
            heads: config.heads,
        }
    }

    /// Width of the residual stream.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Attention heads of a block.
    pub fn heads(&self) -> usize {
        self.heads
    }

    /// Blocks.
    pub fn layers(&self) -> usize {
        self.blocks.len()
    }

    /// Logits `[batch, rows, outputs]`. `training` keeps to operations that have a backward pass.
    pub fn forward(&self, input: &Input, training: bool) -> Tensor<3> {
        let x = self.stream(input, self.blocks.len(), training);
        self.head.forward(self.norm.forward(x))
    }

    /// The residual stream `[batch, rows, width]` after the first `layers` blocks, as [`Fused::hidden`](super::Fused::hidden).
    pub fn hidden(&self, input: &Input, layers: usize) -> Tensor<3> {
        self.stream(input, layers, false)
    }

    fn stream(&self, input: &Input, layers: usize, training: bool) -> Tensor<3> {
        let device = self.embed.weight.device();
        let batch = input.lengths.len();
        let inputs = self.embed.weight.dims()[0];
        let x = Tensor::<3>::from_data(
            TensorData::new(input.dense(inputs), [batch, input.rows, inputs]),
            &device,
        );
        let rotation = Rotation::new(input, self.width / self.heads / 2, &device);
        let padding = input.padded().then(|| {
            let mut bias = vec![0f32; batch * input.rows];
            for (row, &length) in bias.chunks_exact_mut(input.rows).zip(&input.lengths) {
                row[length..].fill(-1e9);
            }
            Tensor::<4>::from_data(TensorData::new(bias, [batch, 1, 1, input.rows]), &device)
        });
        let mut x = self.embed.forward(x);
        for block in self.blocks.iter().take(layers) {
            x = block.forward(x, &rotation, padding.as_ref(), !training);
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn small() -> (Transformer, Device) {
        let device = Device::flex();
        let config = TransformerConfig {
            width: 32,
            layers: 2,
            heads: 2,
            feed_forward: 2,
        };
        (
            Transformer::new(
                &config,
                5,
                7,
                &mut rand_chacha::ChaCha8Rng::seed_from_u64(1),
                &device,
            ),
            device,
        )
    }

    fn window(rows: usize, seed: f32) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let f = (0..rows * 5)
            .map(|i| ((i as f32 + seed) * 0.7).sin())
            .collect();
        (f, (0..rows).map(|i| i as f32).collect(), vec![0.0; rows])
    }

    fn close(a: &[f32], b: &[f32]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-4)
    }

    fn logits(
        net: &Transformer,
        windows: &[(Vec<f32>, Vec<f32>, Vec<f32>)],
        training: bool,
    ) -> Vec<f32> {
        let input = Input::stack(
            windows
                .iter()
                .map(|(f, a, b)| (sparse(f, 5), &a[..], &b[..])),
        );
        net.forward(&input, training)
            .into_data()
            .try_into_vec_as::<f32>()
            .unwrap()
    }

    #[test]
    fn padding_changes_nothing() {
        let (net, _) = small();
        let (short, long) = (window(4, 0.0), window(9, 3.0));
        let alone = logits(&net, std::slice::from_ref(&short), false);
        let padded = logits(&net, &[short, long], false);
        assert!(close(&alone, &padded[..alone.len()]));
    }

    #[test]
    fn the_fused_path_agrees_with_the_training_path() {
        let (net, _) = small();
        let w = [window(6, 1.0)];
        assert!(close(&logits(&net, &w, false), &logits(&net, &w, true)));
    }

    #[test]
    fn positions_are_relative() {
        let (net, _) = small();
        let (f, first, second) = window(5, 2.0);
        let moved: Vec<f32> = first.iter().map(|x| x + 3.0).collect();
        let spread: Vec<f32> = first.iter().map(|x| x * 2.0).collect();
        let here = logits(&net, &[(f.clone(), first, second.clone())], false);
        assert!(close(
            &here,
            &logits(&net, &[(f.clone(), moved, second.clone())], false)
        ));
        assert!(!close(&here, &logits(&net, &[(f, spread, second)], false)));
    }
}
