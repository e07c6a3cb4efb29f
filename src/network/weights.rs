//! Weights and gradients of a [`super::Transformer`] as plain memory.

use super::kernels::add_scaled;

/// All weights of a [`super::Transformer`] (or all gradients) as plain memory, tensor by tensor in the order in
/// which burn visits them, matrices row-major `[inputs, outputs]`.
#[derive(Clone, Debug, Default)]
pub struct Weights(pub(super) Vec<Vec<f32>>);

/// Places of a block's tensors, counted from the block's first.
pub(super) mod place {
    pub const NORM1: usize = 0;
    pub const QKV: usize = 2;
    pub const OUT: usize = 3;
    pub const NORM2: usize = 4;
    pub const UP: usize = 6;
    pub const UP_BIAS: usize = 7;
    pub const DOWN: usize = 8;
    pub const DOWN_BIAS: usize = 9;
    /// Tensors of a block.
    pub const ALL: usize = 10;
}

/// The tensor before the blocks: the embedding.
pub(super) const EMBED: usize = 0;

impl Weights {
    pub(super) fn zeros_like(&self) -> Weights {
        let zeros = |t: &Vec<f32>| {
            // Written, not only asked for: memory that is zero by promise is mapped at the first reading and
            // again at the first writing, which stops all threads.
            let mut zeros = vec![0.0; t.len()];
            std::hint::black_box(&mut zeros).fill(0.0);
            zeros
        };
        Weights(self.0.iter().map(zeros).collect())
    }

    /// Adds another set of the same shapes.
    pub fn add(&mut self, other: &Weights) {
        for (to, from) in self.0.iter_mut().zip(&other.0) {
            add_scaled(from, 1.0, to);
        }
    }

    pub(super) fn blocks(&self) -> usize {
        (self.0.len() - 5) / place::ALL
    }

    pub(super) fn block(&self, block: usize, place: usize) -> &[f32] {
        &self.0[1 + block * place::ALL + place]
    }

    /// The tensors behind the blocks: gain and shift of the last norm, head and its bias.
    pub(super) fn tail(&self, place: usize) -> &[f32] {
        &self.0[self.0.len() - 4 + place]
    }

    pub(super) fn block_mut(&mut self, block: usize, place: usize) -> &mut [f32] {
        &mut self.0[1 + block * place::ALL + place]
    }

    pub(super) fn tail_mut(&mut self, place: usize) -> &mut [f32] {
        let first = self.0.len() - 4;
        &mut self.0[first + place]
    }

    /// A tensor and the one after it: gain and shift of a norm.
    pub(super) fn pair_mut(&mut self, first: usize) -> (&mut [f32], &mut [f32]) {
        let (a, b) = self.0.split_at_mut(first + 1);
        (&mut a[first], &mut b[0])
    }
}
