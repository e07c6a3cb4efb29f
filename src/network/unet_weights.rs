//! Weights and gradients of a [`RollUnet`] as plain memory: convolutions packed as the matrices that
//! [`super::fused_unet`] multiplies by, and gradients back in burn's layout.

use super::kernels::add_scaled;
use super::roll_unet::RollUnet;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

/// Weights of a network, and for convolutions of three by three the matrices that lead a gradient back.
pub(super) struct UnetWeights {
    pub all: Vec<Vec<f32>>,
    pub back: Vec<Vec<f32>>,
}

impl UnetWeights {
    /// Copies the weights out of `network`.
    pub fn of(network: &RollUnet) -> UnetWeights {
        let mut read = UnetWeights {
            all: Vec::new(),
            back: Vec::new(),
        };
        network.visit(&mut read);
        read
    }
}

impl ModuleVisitor for UnetWeights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let dims = param.dims();
        let values = param.val().into_data().try_into_vec_as::<f32>();
        let values = values.unwrap_or_default();
        let mut back = Vec::new();
        if let &[outs, ins, steps, pitches] = &dims[..]
            && steps == 3
        {
            back = vec![0.0; values.len()];
            let mut burns = 0;
            for o in 0..outs {
                for i in 0..ins {
                    for s in 0..steps {
                        for p in 0..pitches {
                            let turned = [i, o, 2 - s, 2 - p];
                            back[place([ins, outs, 3, 3], turned)] = values[burns];
                            burns += 1;
                        }
                    }
                }
            }
        }
        self.all.push(packed(values, &dims));
        self.back.push(back);
    }
}

/// Gradients of all weights, to be added to.
#[derive(Clone, Debug, Default)]
pub struct UnetGradients(pub(super) Vec<Vec<f32>>);

impl UnetGradients {
    /// Adds another set of the same network.
    pub fn add(&mut self, other: &UnetGradients) {
        for (to, from) in self.0.iter_mut().zip(&other.0) {
            add_scaled(from, 1.0, to);
        }
    }

    /// These values as burn's gradients of `network`, on `device` (a plain one).
    pub fn into_gradients(self, network: &RollUnet, device: &Device) -> GradientsParams {
        struct Write<'a> {
            values: std::vec::IntoIter<Vec<f32>>,
            device: &'a Device,
            to: GradientsParams,
        }
        impl ModuleVisitor for Write<'_> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                if let Some(values) = self.values.next() {
                    let dims = param.dims();
                    let data = TensorData::new(unpacked(&values, &dims), dims);
                    let gradient = Tensor::<D>::from_data(data, self.device);
                    self.to.register::<D>(param.id, gradient);
                }
            }
        }
        let mut write = Write {
            values: self.0.into_iter(),
            device,
            to: GradientsParams::new(),
        };
        network.visit(&mut write);
        write.to
    }
}

/// Where element (out, in, step, pitch) of a convolution stands once packed as a matrix a step, from
/// (pitch, in) to out.
fn place([outs, ins, _, pitches]: [usize; 4], [o, i, s, p]: [usize; 4]) -> usize {
    ((s * pitches + p) * ins + i) * outs + o
}

/// Calls `each` with the place of every element of a convolution in burn's layout and in ours.
fn places(dims: [usize; 4], mut each: impl FnMut(usize, usize)) {
    let mut burns = 0;
    for o in 0..dims[0] {
        for i in 0..dims[1] {
            for s in 0..dims[2] {
                for p in 0..dims[3] {
                    each(burns, place(dims, [o, i, s, p]));
                    burns += 1;
                }
            }
        }
    }
}

fn unpacked(values: &[f32], dims: &[usize]) -> Vec<f32> {
    let &[a, b, c, d] = dims else {
        return values.to_vec();
    };
    let mut out = vec![0.0; values.len()];
    places([a, b, c, d], |burns, ours| out[burns] = values[ours]);
    out
}

fn packed(values: Vec<f32>, dims: &[usize]) -> Vec<f32> {
    let &[a, b, c, d] = dims else {
        return values;
    };
    let mut out = vec![0.0; values.len()];
    places([a, b, c, d], |burns, ours| out[ours] = values[burns]);
    out
}
