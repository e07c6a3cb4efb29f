//! What the rows of a transformer hold between its layers.

use super::fused::{Fused, Window};
use super::workspace::{self, Kept};

impl Fused {
    /// The residual stream `[rows, width]` after the first `layers` blocks; 0 is the embedding, more than there are is
    /// all of them.
    pub fn hidden(&self, window: &Window, layers: usize) -> Vec<f32> {
        let mut memory = workspace::lend();
        let w = &mut *memory;
        self.embed(window, &mut w.x);
        w.blocks.resize_with(w.blocks.len().max(1), Kept::default);
        for block in 0..layers.min(self.weights.blocks()) {
            self.forward(block, window, &mut w.x, &mut w.blocks[0], false);
        }
        w.x.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::transformer::{Input, Transformer, TransformerConfig};
    use super::super::{Fused, sparse};
    use burn::tensor::Device;
    use rand::SeedableRng;

    #[test]
    fn both_ways_hold_the_same_after_every_layer() {
        let config = TransformerConfig {
            width: 32,
            layers: 2,
            heads: 2,
            feed_forward: 2,
        };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let network = Transformer::new(&config, 5, 7, &mut rng, &Device::flex());
        let fused = Fused::of(&network);
        let dense: Vec<f32> = (0..45).map(|i| (i as f32 * 0.7).sin()).collect();
        let bars: Vec<f32> = (0..9).map(|i| i as f32).collect();
        let input = Input::stack([(sparse(&dense, 5), &bars[..], &[0.0; 9][..])]);
        let mut before = Vec::new();
        for layers in 0..=2 {
            let ours = fused.hidden(&fused.window(&input, 0), layers);
            let theirs = network.hidden(&input, layers).into_data();
            let theirs = theirs.try_into_vec_as::<f32>().unwrap();
            assert_eq!(ours.len(), 9 * 32);
            assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-4));
            assert_ne!(ours, before, "a layer changes something");
            before = ours;
        }
        assert_eq!(fused.hidden(&fused.window(&input, 0), 9), before);
    }
}
