//! AdamW (Loshchilov and Hutter 2019) in one pass over plain memory where a tensor is on the CPU.
//!
//! burn's makes a tensor of every operation, a dozen of them the size of the network. State and record are
//! burn's own, so either goes on from the other's checkpoint, and on any other device burn's is what runs.

use burn::optim::{
    AdamW as Burns, AdamWConfig, AdamWState, AdaptiveMomentumState, LearningRate, Optimizer,
};
use burn::tensor::{Device, Tensor, TensorData};

/// AdamW with burn's parameters and state.
#[derive(Clone)]
pub struct AdamW {
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    weight_decay: f32,
    elsewhere: Burns,
}

impl AdamW {
    /// The optimiser for [`burn::optim::ModuleOptimizer::from`].
    pub fn new(beta_1: f32, beta_2: f32, epsilon: f32, weight_decay: f32) -> AdamW {
        AdamW {
            beta_1,
            beta_2,
            epsilon,
            weight_decay,
            elsewhere: AdamWConfig::new()
                .with_beta_1(beta_1)
                .with_beta_2(beta_2)
                .with_epsilon(epsilon)
                .with_weight_decay(weight_decay)
                .build(),
        }
    }

    /// Step number `time`, from 1, of weights `w` along gradient `g`; `m` and `v` are the moments.
    fn pass(&self, rate: f64, time: i32, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
        let (keep_1, keep_2) = (self.beta_1, self.beta_2);
        let decay = (1.0 - rate * f64::from(self.weight_decay)) as f32;
        let whole_1 = 1.0 / (1.0 - keep_1.powi(time));
        let whole_2 = 1.0 / (1.0 - keep_2.powi(time));
        let (rate, epsilon) = (rate as f32, self.epsilon);
        for (((w, &g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
            *m = *m * keep_1 + g * (1.0 - keep_1);
            *v = *v * keep_2 + g * g * (1.0 - keep_2);
            let direction = *m * whole_1 / ((*v * whole_2).sqrt() + epsilon);
            *w = *w * decay - rate * direction;
        }
    }
}

/// A tensor as memory: its own where nobody else holds it, else a copy.
fn memory<const D: usize>(tensor: Tensor<D>) -> Option<Vec<f32>> {
    tensor.into_data().try_into_vec_as::<f32>().ok()
}

impl Optimizer for AdamW {
    type State<const D: usize> = AdamWState<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<AdamWState<D>>,
    ) -> (Tensor<D>, Option<AdamWState<D>>) {
        let device = tensor.device();
        if device != Device::flex() {
            return self.elsewhere.step(rate, tensor, gradient, state);
        }
        let dims = tensor.dims();
        let count = dims.iter().product();
        let (time, m, v) = match state {
            Some(AdamWState { momentum: s }) => (s.time, memory(s.moment_1), memory(s.moment_2)),
            None => (0, Some(vec![0.0; count]), Some(vec![0.0; count])),
        };
        let (Some(mut w), Some(g), Some(mut m), Some(mut v)) =
            (memory(tensor), memory(gradient), m, v)
        else {
            unreachable!("a tensor on the CPU can be read");
        };
        let time = time + 1;
        self.pass(rate, time as i32, &mut w, &g, &mut m, &mut v);
        let back = |values| Tensor::from_data(TensorData::new(values, dims), &device);
        let momentum = AdaptiveMomentumState::new(time, back(m), back(v));
        (back(w), Some(AdamWState { momentum }))
    }

    fn to_device<const D: usize>(state: AdamWState<D>, device: &Device) -> AdamWState<D> {
        Burns::to_device(state, device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::optim::ModuleOptimizer;

    #[test]
    fn ours_and_burns_go_the_same_way_and_on_from_each_other() {
        let device = Device::flex();
        let start: Vec<f32> = (0..37).map(|i| (i as f32 * 0.7).sin()).collect();
        let tensor = || Tensor::<1>::from_data(TensorData::new(start.clone(), [37]), &device);
        let gradient = |step: i32| (tensor() * (1.0 + step as f32) - 0.3).sin();
        let ours = AdamW::new(0.9, 0.98, 1e-5, 0.05);
        let run = |is_ours: [bool; 6]| {
            let (mut x, mut state) = (tensor(), None);
            for (i, by_us) in is_ours.into_iter().enumerate() {
                let g = gradient(i as i32);
                (x, state) = match by_us {
                    true => ours.step(0.01, x, g, state),
                    false => ours.elsewhere.step(0.01, x, g, state),
                };
            }
            memory(x).unwrap()
        };
        let theirs = run([false; 6]);
        for is_ours in [[true; 6], [true, true, false, false, true, false]] {
            for (a, b) in run(is_ours).iter().zip(&theirs) {
                assert!((a - b).abs() < 2e-6, "{a} {b}");
            }
        }
        // Weights that moved: equal ones above mean something.
        assert!(theirs.iter().zip(&start).all(|(a, b)| (a - b).abs() > 1e-3));
    }

    #[test]
    fn a_module_keeps_its_moments_in_burns_record() {
        let device = Device::flex().autodiff();
        let layer = burn::nn::LinearConfig::new(3, 2).init(&device);
        let gradients =
            burn::optim::GradientsParams::from_grads(layer.weight.val().sum().backward(), &layer);
        let mut optimiser = ModuleOptimizer::from(AdamW::new(0.9, 0.98, 1e-5, 0.05));
        optimiser.step(0.1, layer, gradients);
        let record = format!("{:?}", optimiser.to_record());
        assert!(record.contains("num_tensors: 2,"), "{record}");
    }
}
