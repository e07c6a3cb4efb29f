//! First weights from our own generator, distributed as PyTorch's defaults, so that a run follows from its
//! seed alone. burn's generator is one a process, shared by whatever else runs.

use burn::module::Param;
use burn::nn::conv::{Conv1d, Conv1dConfig, Conv2d, Conv2dConfig};
use burn::nn::conv::{ConvTranspose1d, ConvTranspose1dConfig};
use burn::nn::{Embedding, EmbeddingConfig, Initializer, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngCore};
use std::f32::consts::TAU;

/// Makes layers and draws their weights, in the order in which it is asked.
pub(super) struct Draw<'a> {
    pub rng: &'a mut dyn RngCore,
    pub device: &'a Device,
}

impl Draw<'_> {
    fn param<const D: usize>(&self, values: Vec<f32>, dims: [usize; D]) -> Param<Tensor<D>> {
        Param::from_data(TensorData::new(values, dims), self.device)
    }

    /// Uniform within one over the root of the inputs of one output.
    fn uniform<const D: usize>(&mut self, dims: [usize; D], fan_in: usize) -> Param<Tensor<D>> {
        let most = 1.0 / (fan_in.max(1) as f32).sqrt();
        let values = (0..dims.iter().product())
            .map(|_| self.rng.random_range(-most..most))
            .collect();
        self.param(values, dims)
    }

    /// Standard normal, by Box and Muller.
    pub fn normal<const D: usize>(&mut self, dims: [usize; D]) -> Param<Tensor<D>> {
        let values = (0..dims.iter().product())
            .map(|_| {
                // Both are below one, so the logarithm is that of a positive number.
                let (u, v): (f32, f32) = (self.rng.random(), self.rng.random());
                (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos()
            })
            .collect();
        self.param(values, dims)
    }

    /// A parameter of zeros, such as a table of positions.
    pub fn zeros<const D: usize>(&mut self, dims: [usize; D]) -> Param<Tensor<D>> {
        self.param(vec![0.0; dims.iter().product()], dims)
    }

    pub fn linear(&mut self, inputs: usize, outputs: usize, bias: bool) -> Linear {
        let mut layer = LinearConfig::new(inputs, outputs)
            .with_bias(bias)
            .with_initializer(Initializer::Zeros)
            .init(self.device);
        layer.weight = self.uniform([inputs, outputs], inputs);
        layer.bias = bias.then(|| self.uniform([outputs], inputs));
        layer
    }

    pub fn embedding(&mut self, ids: usize, width: usize) -> Embedding {
        let mut table = EmbeddingConfig::new(ids, width)
            .with_initializer(Initializer::Zeros)
            .init(self.device);
        table.weight = self.normal([ids, width]);
        table
    }

    /// A convolution that moves by its whole kernel.
    pub fn patches(&mut self, inputs: usize, outputs: usize, kernel: usize) -> Conv1d {
        let mut layer = Conv1dConfig::new(inputs, outputs, kernel)
            .with_stride(kernel)
            .with_initializer(Initializer::Zeros)
            .init(self.device);
        layer.weight = self.uniform([outputs, inputs, kernel], inputs * kernel);
        layer.bias = Some(self.uniform([outputs], inputs * kernel));
        layer
    }

    /// The way back from [`Draw::patches`]. PyTorch takes the second dimension of the weights for their
    /// inputs here too, which makes it the outputs.
    pub fn unpatches(&mut self, inputs: usize, outputs: usize, kernel: usize) -> ConvTranspose1d {
        let mut layer = ConvTranspose1dConfig::new([inputs, outputs], kernel)
            .with_stride(kernel)
            .with_initializer(Initializer::Zeros)
            .init(self.device);
        layer.weight = self.uniform([inputs, outputs, kernel], outputs * kernel);
        layer.bias = Some(self.uniform([outputs], outputs * kernel));
        layer
    }

    /// A square convolution that keeps the size of what it sees; `kernel` is odd.
    pub fn convolution(&mut self, inputs: usize, outputs: usize, kernel: usize) -> Conv2d {
        let fan_in = inputs * kernel * kernel;
        let side = kernel / 2;
        let mut layer = Conv2dConfig::new([inputs, outputs], [kernel, kernel])
            .with_padding(PaddingConfig2d::Explicit(side, side, side, side))
            .with_initializer(Initializer::Zeros)
            .init(self.device);
        layer.weight = self.uniform([outputs, inputs, kernel, kernel], fan_in);
        layer.bias = Some(self.uniform([outputs], fan_in));
        layer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn values<const D: usize>(param: &Param<Tensor<D>>) -> Vec<f32> {
        param.val().into_data().try_into_vec_as::<f32>().unwrap()
    }

    #[test]
    fn weights_have_the_spread_of_pytorch_and_follow_from_the_seed() {
        let device = Device::flex();
        let layers = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut draw = Draw {
                rng: &mut rng,
                device: &device,
            };
            let linear = draw.linear(100, 60, true);
            let table = draw.embedding(80, 50);
            let up = draw.unpatches(30, 25, 4);
            (linear, table, up)
        };
        let (linear, table, up) = layers(1);
        let most = |v: &[f32]| v.iter().fold(0f32, |m, x| m.max(x.abs()));
        for (v, bound) in [
            (values(&linear.weight), 0.1),
            (values(linear.bias.as_ref().unwrap()), 0.1),
            (values(&up.weight), 0.1),
        ] {
            assert!(
                (0.9 * bound..=bound).contains(&most(&v)),
                "{} {bound}",
                most(&v)
            );
        }
        let v = values(&table.weight);
        let n = v.len() as f32;
        let mean = v.iter().sum::<f32>() / n;
        let variance = v.iter().map(|x| x * x).sum::<f32>() / n;
        assert!(
            mean.abs() < 0.06 && (variance - 1.0).abs() < 0.1,
            "{mean} {variance}"
        );
        assert_eq!(values(&layers(1).1.weight), v);
        assert_ne!(values(&layers(2).1.weight), v);
    }
}
