//! [`Weights`] out of burn's module, and back as its gradients.

use super::transformer::Transformer;
use super::weights::Weights;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

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
}
