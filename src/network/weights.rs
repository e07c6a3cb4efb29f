//! Weights and gradients of a [`Transformer`] as plain memory: out of burn's module, and back as its
//! gradients.

use super::kernels::add_scaled;
use super::transformer::Transformer;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

/// All weights of a [`Transformer`] (or all gradients) as plain memory, tensor by tensor in the order in
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

struct Read(Vec<Vec<f32>>);

impl ModuleVisitor for Read {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = param.val().into_data().try_into_vec_as::<f32>();
        self.0.push(values.unwrap_or_default());
    }
}

struct Write<'a> {
    values: std::vec::IntoIter<Vec<f32>>,
    device: &'a Device,
    to: GradientsParams,
}

impl ModuleVisitor for Write<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(values) = self.values.next() {
            let data = TensorData::new(values, param.dims());
            let gradient = Tensor::<D>::from_data(data, self.device);
            self.to.register::<D>(param.id, gradient);
        }
    }
}

impl Weights {
    /// Copies the weights out of `network`.
    pub(super) fn of(network: &Transformer) -> Weights {
        let mut read = Read(Vec::new());
        network.visit(&mut read);
        Weights(read.0)
    }

    pub(super) fn zeros_like(&self) -> Weights {
        Weights(self.0.iter().map(|t| vec![0.0; t.len()]).collect())
    }

    /// Adds another set of the same shapes.
    pub fn add(&mut self, other: &Weights) {
        for (to, from) in self.0.iter_mut().zip(&other.0) {
            add_scaled(from, 1.0, to);
        }
    }

    /// These values as burn's gradients of `network`, on `device` (a plain one).
    pub fn into_gradients(self, network: &Transformer, device: &Device) -> GradientsParams {
        let mut write = Write {
            values: self.0.into_iter(),
            device,
            to: GradientsParams::new(),
        };
        network.visit(&mut write);
        write.to
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
