//! Dropout (Srivastava et al. 2014) whose masks are drawn on the host from a generator that the caller owns.
//!
//! burn's own dropout draws from the backend's generator, which is one a process and cannot be put back to
//! where it was, so a resumed run would go another way. Here a step's generator follows from the run's seed
//! and the step, and with it every mask, on every device.

use burn::tensor::{Tensor, TensorData};
use rand::RngCore;

/// What a forward pass is for.
pub enum Pass<'a> {
    /// Nothing is dropped.
    Evaluate,
    /// Values are dropped, by draws from this generator. Two passes from generators in the same state drop
    /// the same values of batches of the same shape.
    Train(&'a mut dyn RngCore),
}

/// Steps into which the unit interval is cut by a draw of two bytes.
const STEPS: f32 = 65536.0;

impl Pass<'_> {
    /// Whether values may be dropped at this rate, so that attention has to be spelled out.
    pub(super) fn drops(&self, rate: f32) -> bool {
        matches!(self, Pass::Train(_)) && threshold(rate) > 0
    }

    /// Drops values with probability `rate` and scales the rest so that the mean stays.
    pub(super) fn drop<const D: usize>(&mut self, x: Tensor<D>, rate: f32) -> Tensor<D> {
        let Pass::Train(rng) = self else { return x };
        let below = threshold(rate);
        if below == 0 {
            return x;
        }
        // The rate that two bytes really give, so that the mean is exact.
        let scale = 1.0 / (1.0 - below as f32 / STEPS);
        let dims = x.dims();
        let mut bytes = vec![0; 2 * dims.iter().product::<usize>()];
        rng.fill_bytes(&mut bytes);
        let mask: Vec<f32> = bytes
            .chunks_exact(2)
            .map(|b| (u16::from_le_bytes([b[0], b[1]]) >= below) as u32 as f32 * scale)
            .collect();
        let mask = Tensor::from_data(TensorData::new(mask, dims), &x.device());
        x * mask
    }
}

fn threshold(rate: f32) -> u16 {
    // The cast takes care of what lies outside; one is left to survive.
    (rate * STEPS).round() as u16
}

#[cfg(test)]
mod tests {
    use super::super::{SchmuTx, SchmuTxConfig, TokenBatch, TokenNetwork};
    use super::*;
    use burn::module::Module;
    use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, OptimizerRecord};
    use burn::store::ModuleRecord;
    use burn::tensor::Device;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn dropped(rate: f32, seed: u64) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let ones = Tensor::<2>::ones([200, 100], &Device::flex());
        Pass::Train(&mut rng)
            .drop(ones, rate)
            .into_data()
            .try_into_vec_as::<f32>()
            .unwrap()
    }

    #[test]
    fn the_asked_share_is_dropped_and_the_mean_kept() {
        let x = dropped(0.2, 1);
        let n = x.len() as f32;
        let zeros = x.iter().filter(|v| **v == 0.0).count() as f32;
        // Five standard deviations of a binomial.
        assert!((zeros / n - 0.2).abs() < 5.0 * (0.16 / n).sqrt());
        assert!(x.iter().all(|&v| v == 0.0 || (v - 1.25).abs() < 1e-3));
        assert!(dropped(0.0, 1).iter().all(|v| *v == 1.0));
    }

    #[test]
    fn masks_follow_from_the_generator() {
        assert_eq!(dropped(0.3, 7), dropped(0.3, 7));
        assert_ne!(dropped(0.3, 7), dropped(0.3, 8));
    }

    #[test]
    fn evaluation_drops_nothing() {
        let ones = Tensor::<1>::ones([64], &Device::flex());
        let out = Pass::Evaluate.drop(ones, 0.9).into_data();
        assert_eq!(out.try_into_vec_as::<f32>().unwrap(), vec![1.0; 64]);
    }

    /// One step of training whose masks follow from the step.
    fn step(net: SchmuTx, adam: &mut ModuleOptimizer, step: u64) -> (SchmuTx, f32) {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        rng.set_stream(step);
        let batch = TokenBatch::stack([&[0, 1, 2, 3, 1, 0][..]], 1).unwrap();
        let logits = net.forward(&batch, Some(&[0.5]), Pass::Train(&mut rng));
        let loss = logits.unwrap().remove(0).powf_scalar(2.0).mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        (adam.step(1e-2, net, gradients), loss.into_scalar())
    }

    #[test]
    fn a_run_with_dropout_taken_up_again_goes_on_to_the_bit() {
        let device = Device::flex().autodiff();
        let config = SchmuTxConfig {
            width: 16,
            layers: 2,
            heads: 2,
            length: 8,
            ..SchmuTxConfig::default()
        };
        let fresh = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            config.build(&[3], &mut rng, &device).unwrap()
        };
        let mut adam = AdamConfig::new().init();
        let mut net = fresh(1);
        for s in 0..3 {
            net = step(net, &mut adam, s).0;
        }
        let folder = tempfile::tempdir().unwrap();
        let (model, optimiser) = (folder.path().join("m.bpk"), folder.path().join("o.bpk"));
        net.clone().into_record().save(&model).unwrap();
        adam.to_record().save(&optimiser).unwrap();
        let mut on = Vec::new();
        for s in 3..8 {
            let (next, loss) = step(net, &mut adam, s);
            net = next;
            on.push(loss);
        }
        let mut net = fresh(2)
            .try_load_record(ModuleRecord::load(&model).unwrap())
            .unwrap();
        let mut adam = AdamConfig::new()
            .init()
            .load_record(OptimizerRecord::load(&optimiser).unwrap());
        let mut again = Vec::new();
        for s in 3..8 {
            let (next, loss) = step(net, &mut adam, s);
            net = next;
            again.push(loss);
        }
        assert_eq!(on, again);
        // The masks matter: another stream gives another loss.
        assert_ne!(step(net.clone(), &mut adam, 8).1, step(net, &mut adam, 9).1);
    }
}
