//! The U-Net of binomial diffusion on piano rolls, `[windows, channels, steps, pitches]`: convolutions over
//! steps and pitches, halving and doubling the steps only.
//!
//! As published (MusicDiffGen) its layers for the diffusion time are never joined to anything, it has one
//! channel in and out, and it cannot know which cells are given. [`RollUnetConfig::reference`] is that form,
//! with its exact parameter count. The mended form, the default, adds the time at every level, reads and
//! writes as many channels as asked (say onset and sustain, the given cells and their mask), passes what it
//! reads by every pair of convolutions (He et al. 2016), and lets all pitches meet at the lowest level.

use super::initial::Draw;
use super::time::TimeEmbedding;
use super::token_batch::NetworkError;
use burn::module::Module;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use rand::RngCore;
use serde::{Deserialize, Serialize};

/// Sizes of a [`RollUnet`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RollUnetConfig {
    /// Channels of the highest level.
    pub base: usize,
    /// Channels of each level, as multiples of `base`; the steps are halved once a level.
    pub multipliers: Vec<usize>,
    /// Channels read.
    pub inputs: usize,
    /// Channels of logits written.
    pub outputs: usize,
    /// Pitches of the rolls.
    pub pitches: usize,
    /// Width of what is seen of the time. The published form has as many, unseen.
    pub time: usize,
    /// The published form, defects and all.
    pub reference: bool,
}

impl Default for RollUnetConfig {
    fn default() -> RollUnetConfig {
        RollUnetConfig {
            base: 48,
            multipliers: vec![1, 2, 4, 4],
            inputs: 5,
            outputs: 2,
            pitches: 88,
            time: 128,
            reference: false,
        }
    }
}

impl RollUnetConfig {
    /// The published form at its size.
    pub fn reference() -> RollUnetConfig {
        RollUnetConfig {
            inputs: 1,
            outputs: 1,
            reference: true,
            ..RollUnetConfig::default()
        }
    }

    fn widths(&self) -> Vec<usize> {
        self.multipliers.iter().map(|m| m * self.base).collect()
    }

    /// Channels (in, between, out) of each block: down, lowest, up.
    fn blocks(&self) -> (Vec<[usize; 3]>, [usize; 3], Vec<[usize; 3]>) {
        let widths = self.widths();
        let low = widths.last().copied().unwrap_or(self.inputs);
        let mut from = self.inputs;
        let mut down = Vec::new();
        for &w in &widths {
            down.push([from, w, w]);
            from = w;
        }
        let up = (0..widths.len())
            .rev()
            .map(|i| {
                let w = widths[i];
                // What comes from below has this level's width: the block there has seen to it.
                [2 * w, w, widths[i.saturating_sub(1)]]
            })
            .collect();
        (down, [low; 3], up)
    }

    /// Parameters of the network, counted without making it.
    pub fn parameters(&self) -> usize {
        let (down, low, up) = self.blocks();
        let block = |&[from, between, to]: &[usize; 3]| {
            let convolutions = 9 * (from * between + between * to) + between + to;
            let mended = if self.reference {
                0
            } else {
                let pass_by = if from == to { 0 } else { from * to + to };
                self.time * between + between + pass_by
            };
            convolutions + mended
        };
        let blocks: usize = down.iter().chain([&low]).chain(&up).map(block).sum();
        let last = self.base_width() * self.outputs + self.outputs;
        let rest = if self.reference {
            2 * self.time + self.time * self.time + self.time
        } else {
            TimeEmbedding::parameters(self.time) + self.pitches * self.pitches + self.pitches
        };
        blocks + last + rest
    }

    /// Channels before the last layer.
    fn base_width(&self) -> usize {
        self.widths().first().copied().unwrap_or(self.inputs)
    }

    /// A network with fresh weights drawn from `rng`.
    ///
    /// # Errors
    /// When the sizes make no network.
    pub fn build(&self, rng: &mut dyn RngCore, device: &Device) -> Result<RollUnet, NetworkError> {
        let least = self.multipliers.iter().copied().min().unwrap_or(0);
        for (what, size) in [
            ("a base", self.base),
            ("a multiplier", least),
            ("inputs", self.inputs),
            ("outputs", self.outputs),
            ("pitches", self.pitches),
            ("a time of at least 2 and a half", self.time / 2),
        ] {
            if size == 0 {
                return Err(NetworkError::Nothing { what });
            }
        }
        let (down, low, up) = self.blocks();
        let mut draw = Draw { rng, device };
        let make = |b: &[usize; 3], draw: &mut Draw| Block::new(*b, self, draw);
        Ok(RollUnet {
            down: down.iter().map(|b| make(b, &mut draw)).collect(),
            low: make(&low, &mut draw),
            up: up.iter().map(|b| make(b, &mut draw)).collect(),
            last: draw.convolution(self.base_width(), self.outputs, 1),
            unseen: self.reference.then(|| Unseen {
                first: draw.linear(1, self.time, true),
                second: draw.linear(self.time, self.time, true),
            }),
            time: (!self.reference).then(|| TimeEmbedding::new(self.time, &mut draw)),
            mix: (!self.reference).then(|| draw.linear(self.pitches, self.pitches, true)),
            inputs: self.inputs,
        })
    }
}

/// Two convolutions; in the mended form the time is added between them and what was read behind them.
#[derive(Module, Debug)]
pub(super) struct Block {
    pub(super) first: Conv2d,
    pub(super) second: Conv2d,
    pub(super) time: Option<Linear>,
    /// Brings what was read to the width of what is written, where they differ.
    pub(super) pass_by: Option<Conv2d>,
}

impl Block {
    fn new([from, between, to]: [usize; 3], config: &RollUnetConfig, draw: &mut Draw) -> Block {
        let mended = !config.reference;
        Block {
            first: draw.convolution(from, between, 3),
            second: draw.convolution(between, to, 3),
            time: mended.then(|| draw.linear(config.time, between, true)),
            pass_by: (mended && from != to).then(|| draw.convolution(from, to, 1)),
        }
    }

    /// `time` is `[windows, width]`, of the mended form alone.
    fn forward(&self, x: Tensor<4>, time: Option<&Tensor<2>>) -> Tensor<4> {
        let mut h = self.first.forward(x.clone());
        let (Some(layer), Some(time)) = (&self.time, time) else {
            return relu(self.second.forward(relu(h)));
        };
        let t = layer.forward(time.clone());
        let [windows, channels] = t.dims();
        h = h + t.reshape([windows, channels, 1, 1]);
        let read = match &self.pass_by {
            Some(layer) => layer.forward(x),
            None => x,
        };
        relu(self.second.forward(relu(h)) + read)
    }
}

/// The published form's layers for the time, which nothing reads; kept for its size and its files.
#[derive(Module, Debug)]
struct Unseen {
    first: Linear,
    second: Linear,
}

/// The network.
#[derive(Module, Debug)]
pub struct RollUnet {
    pub(super) down: Vec<Block>,
    pub(super) low: Block,
    pub(super) up: Vec<Block>,
    pub(super) last: Conv2d,
    unseen: Option<Unseen>,
    pub(super) time: Option<TimeEmbedding>,
    pub(super) mix: Option<Linear>,
    pub(super) inputs: usize,
}

/// Mean of every two steps.
fn halve(x: Tensor<4>) -> Tensor<4> {
    let [windows, channels, steps, pitches] = x.dims();
    x.reshape([windows, channels, steps / 2, 2, pitches])
        .mean_dim(3)
        .reshape([windows, channels, steps / 2, pitches])
}

/// Every step twice.
fn double(x: Tensor<4>) -> Tensor<4> {
    let [windows, channels, steps, pitches] = x.dims();
    x.reshape([windows, channels, steps, 1, pitches])
        .repeat_dim(3, 2)
        .reshape([windows, channels, steps * 2, pitches])
}

impl RollUnet {
    /// Channels it reads.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// `[windows, inputs, steps, pitches]` to logits `[windows, outputs, steps, pitches]`. `times` is the
    /// share of the whole diffusion at which each window stands, 0 (clean) to 1; the published form ignores
    /// it. Steps that cannot be halved often enough are filled up with zeros inside.
    ///
    /// # Errors
    /// When channels or pitches are not the network's, or times are missing.
    pub fn forward(&self, x: Tensor<4>, times: Option<&[f32]>) -> Result<Tensor<4>, NetworkError> {
        let [windows, inputs, steps, pitches] = x.dims();
        if inputs != self.inputs {
            return Err(NetworkError::Channels {
                found: inputs,
                wanted: self.inputs,
            });
        }
        if let Some(mix) = &self.mix
            && mix.weight.dims()[0] != pitches
        {
            return Err(NetworkError::Pitches {
                found: pitches,
                wanted: mix.weight.dims()[0],
            });
        }
        let device = x.device();
        let time = match &self.time {
            Some(embedding) => {
                let times = times.unwrap_or_default();
                if times.len() != windows {
                    return Err(NetworkError::Times {
                        found: times.len(),
                        windows,
                    });
                }
                Some(relu(embedding.forward(times, &device)))
            }
            None => None,
        };
        let time = time.as_ref();
        let whole = steps.next_multiple_of(1 << self.down.len());
        let mut x = match whole - steps {
            0 => x,
            missing => {
                let silence = Tensor::zeros([windows, inputs, missing, pitches], &device);
                Tensor::cat(vec![x, silence], 2)
            }
        };
        let mut passed = Vec::with_capacity(self.down.len());
        for block in &self.down {
            x = block.forward(x, time);
            passed.push(x.clone());
            x = halve(x);
        }
        x = self.low.forward(x, time);
        if let Some(mix) = &self.mix {
            x = x.clone() + mix.forward(x);
        }
        for (block, beside) in self.up.iter().zip(passed.into_iter().rev()) {
            x = block.forward(Tensor::cat(vec![double(x), beside], 1), time);
        }
        Ok(self.last.forward(x).narrow(2, 0, steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn small(reference: bool) -> RollUnetConfig {
        let config = if reference {
            RollUnetConfig::reference()
        } else {
            RollUnetConfig::default()
        };
        RollUnetConfig {
            base: 4,
            multipliers: vec![1, 2, 2],
            pitches: 12,
            time: 8,
            ..config
        }
    }

    fn built(config: &RollUnetConfig) -> RollUnet {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        config.build(&mut rng, &Device::flex()).unwrap()
    }

    fn roll(config: &RollUnetConfig, windows: usize, steps: usize) -> Tensor<4> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let dims = [windows, config.inputs, steps, config.pitches];
        let values: Vec<f32> = (0..dims.iter().product())
            .map(|_| rng.random_range(0..2) as f32)
            .collect();
        Tensor::from_data(TensorData::new(values, dims), &Device::flex())
    }

    fn values(x: Tensor<4>) -> Vec<f32> {
        x.into_data().try_into_vec_as::<f32>().unwrap()
    }

    fn apart(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).fold(0.0, |m, (x, y)| m.max((x - y).abs()))
    }

    #[test]
    fn the_published_form_has_the_published_count() {
        let config = RollUnetConfig::reference();
        assert_eq!(config.parameters(), 4_083_857);
        assert_eq!(built(&config).num_params(), 4_083_857);
    }

    #[test]
    fn counting_agrees_with_what_is_built() {
        for config in [small(true), small(false)] {
            assert_eq!(built(&config).num_params(), config.parameters());
        }
    }

    #[test]
    fn the_time_is_seen_where_it_should_be_and_not_by_the_published_form() {
        for reference in [true, false] {
            let config = small(reference);
            let net = built(&config);
            let x = roll(&config, 1, 16);
            let at = |t: f32| values(net.forward(x.clone(), Some(&[t])).unwrap());
            assert_eq!(apart(&at(0.1), &at(0.9)) < 1e-7, reference);
        }
    }

    #[test]
    fn any_number_of_steps_is_answered() {
        for config in [small(true), small(false)] {
            let net = built(&config);
            for steps in [1, 8, 13] {
                let out = net
                    .forward(roll(&config, 2, steps), Some(&[0.5, 0.5]))
                    .unwrap();
                assert_eq!(out.dims(), [2, config.outputs, steps, 12]);
            }
        }
    }

    #[test]
    fn filling_up_is_the_same_as_silence() {
        let config = small(false);
        let net = built(&config);
        let x = roll(&config, 1, 13);
        let silence = Tensor::zeros([1, config.inputs, 3, 12], &Device::flex());
        let filled = Tensor::cat(vec![x.clone(), silence], 2);
        let a = values(net.forward(x, Some(&[0.5])).unwrap());
        let b = net.forward(filled, Some(&[0.5])).unwrap().narrow(2, 0, 13);
        assert!(apart(&a, &values(b)) < 1e-6);
    }

    #[test]
    fn in_the_mended_form_the_lowest_pitch_hears_the_highest() {
        // More pitches than the convolutions reach across.
        let config = RollUnetConfig {
            multipliers: vec![1],
            pitches: 64,
            ..small(false)
        };
        let net = built(&config);
        let x = roll(&config, 1, 8);
        let other = x.clone().slice_assign(
            [0..1, 0..1, 0..8, 63..64],
            Tensor::full([1, 1, 8, 1], 3.0, &Device::flex()),
        );
        let answer = |x| values(net.forward(x, Some(&[0.5])).unwrap().narrow(3, 0, 1));
        assert!(apart(&answer(x), &answer(other)) > 1e-7);
    }

    #[test]
    fn what_it_cannot_read_is_named() {
        let config = small(false);
        let net = built(&config);
        let x = roll(&config, 2, 8);
        assert_eq!(
            net.forward(x.clone(), Some(&[0.5])).err(),
            Some(NetworkError::Times {
                found: 1,
                windows: 2
            })
        );
        assert_eq!(
            net.forward(x.clone().narrow(1, 0, 3), None).err(),
            Some(NetworkError::Channels {
                found: 3,
                wanted: 5
            })
        );
        assert_eq!(
            net.forward(x.narrow(3, 0, 11), None).err(),
            Some(NetworkError::Pitches {
                found: 11,
                wanted: 12
            })
        );
        let none = RollUnetConfig {
            multipliers: vec![],
            ..small(false)
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        assert!(none.build(&mut rng, &Device::flex()).is_err());
    }
}
