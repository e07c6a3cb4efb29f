//! What a network sees of the diffusion time: waves of the time, as positions in Vaswani et al. 2017, and two
//! linear layers (Ho et al. 2020).

use super::initial::Draw;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::activation::silu;
use burn::tensor::{Device, Tensor, TensorData};

/// Times between 0 and 1 are stretched by this before the waves see them, so that the shortest wave tells
/// neighbours of a thousand steps apart.
const STRETCH: f64 = 1000.0;

/// Time to a vector.
#[derive(Module, Debug)]
pub(super) struct TimeEmbedding {
    pub first: Linear,
    pub second: Linear,
    pub waves: usize,
}

impl TimeEmbedding {
    /// `width` outputs from as many waves (one less where it is odd).
    pub fn new(width: usize, draw: &mut Draw) -> TimeEmbedding {
        let waves = width / 2 * 2;
        TimeEmbedding {
            first: draw.linear(waves, width, true),
            second: draw.linear(width, width, true),
            waves,
        }
    }

    /// Parameters of an embedding of this width.
    pub fn parameters(width: usize) -> usize {
        (width / 2 * 2) * width + width + width * width + width
    }

    /// `[batch, width]` for shares of the whole diffusion between 0 (clean) and 1.
    pub fn forward(&self, times: &[f32], device: &Device) -> Tensor<2> {
        let data = TensorData::new(waves(times, self.waves), [times.len(), self.waves]);
        let x = Tensor::from_data(data, device);
        self.second.forward(silu(self.first.forward(x)))
    }
}

/// For each time, `count / 2` sines and then as many cosines, wavelengths from 2 pi to 20000 pi.
pub(super) fn waves(times: &[f32], count: usize) -> Vec<f32> {
    let half = count / 2;
    let angle = |t: f32, i: usize| t as f64 * STRETCH * 1e4f64.powf(-(i as f64) / half as f64);
    times
        .iter()
        .flat_map(|&t| {
            let sines = (0..half).map(move |i| angle(t, i).sin() as f32);
            sines.chain((0..half).map(move |i| angle(t, i).cos() as f32))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_are_sines_and_cosines_of_the_stretched_time() {
        let w = waves(&[0.0, 0.5], 4);
        assert_eq!(w[..4], [0.0, 0.0, 1.0, 1.0]);
        for (got, want) in w[4..].iter().zip([
            500f64.sin(),
            5f64.sin(), // 500 / 10000^(1/2)
            500f64.cos(),
            5f64.cos(),
        ]) {
            assert!((*got as f64 - want).abs() < 1e-6);
        }
    }
}
