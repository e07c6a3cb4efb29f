//! Averaged weights (exponential moving average, kept on the host), which sample better than the last ones.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// How the average follows the weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AverageConfig {
    /// Share of the old average that stays, 0..1.
    pub decay: f32,
    /// Steps between updates (smdiff: .995 once every 10).
    pub every: u64,
    /// Whether the decay rises as `(1 + n) / (10 + n)` over the first updates, so that the fresh weights are
    /// forgotten soon (SEDD); otherwise it is the same from the first update on (smdiff).
    pub rising: bool,
}

impl Default for AverageConfig {
    fn default() -> AverageConfig {
        AverageConfig {
            decay: 0.999,
            every: 1,
            rising: true,
        }
    }
}

impl AverageConfig {
    /// The decay of the update after step `step` (from 1); `None` where none is due.
    pub fn decay_at(&self, step: u64) -> Option<f32> {
        let every = self.every.max(1);
        step.is_multiple_of(every).then(|| {
            let n = (step / every) as f32;
            if self.rising {
                self.decay.min((1.0 + n) / (10.0 + n))
            } else {
                self.decay
            }
        })
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if (0.0..1.0).contains(&self.decay) && self.every > 0 {
            return Ok(());
        }
        Err(format!(
            "trainer.average is (decay: {}, every: {}); the decay must lie in 0..1 and `every` be at least 1",
            self.decay, self.every
        ))
    }
}

/// Values of every parameter, in the order the module visits them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Average {
    values: Vec<Vec<f32>>,
}

struct Read<'a> {
    average: &'a mut Average,
    index: usize,
    decay: f32,
}

impl ModuleVisitor for Read<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Ok(now) = param.val().into_data().try_into_vec_as::<f32>() else {
            return;
        };
        match self.average.values.get_mut(self.index) {
            Some(old) => {
                for (o, n) in old.iter_mut().zip(now) {
                    *o += (1.0 - self.decay) * (n - *o);
                }
            }
            None => self.average.values.push(now),
        }
        self.index += 1;
    }
}

struct Write<'a> {
    average: &'a Average,
    index: usize,
}

impl ModuleMapper for Write<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let values = self.average.values.get(self.index).cloned();
        self.index += 1;
        param.map(|old| match values {
            Some(v) => Tensor::from_data(TensorData::new(v, old.dims()), &old.device()),
            None => old,
        })
    }
}

impl Average {
    /// Moves towards the module's weights: `old * decay + new * (1 - decay)`; the first call copies.
    pub fn update<M: Module>(&mut self, module: &M, decay: f32) {
        module.visit(&mut Read {
            average: self,
            index: 0,
            decay,
        });
    }

    /// The module with these weights in place of its own.
    pub fn put_into<M: Module>(&self, module: M) -> M {
        module.map(&mut Write {
            average: self,
            index: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::LinearConfig;
    use burn::tensor::Device;

    #[test]
    fn the_decay_is_due_and_rises_as_asked() {
        let sedd = AverageConfig {
            decay: 0.9999,
            every: 1,
            rising: true,
        };
        assert_eq!(sedd.decay_at(1), Some(2.0 / 11.0));
        assert_eq!(sedd.decay_at(1_000_000), Some(0.9999));
        let smdiff = AverageConfig {
            decay: 0.995,
            every: 10,
            rising: false,
        };
        assert_eq!(smdiff.decay_at(9), None);
        assert_eq!(smdiff.decay_at(10), Some(0.995));
    }

    #[test]
    fn it_starts_as_a_copy_and_moves_by_the_share() {
        let device = Device::flex();
        let a = LinearConfig::new(3, 2).init(&device);
        let b = LinearConfig::new(3, 2).init(&device);
        let values =
            |l: &burn::nn::Linear| l.weight.val().into_data().try_into_vec_as::<f32>().unwrap();
        let mut average = Average::default();
        average.update(&a, 0.9);
        assert_eq!(values(&average.put_into(b.clone())), values(&a));
        average.update(&b, 0.9);
        for ((x, a), b) in values(&average.put_into(a.clone()))
            .iter()
            .zip(values(&a))
            .zip(values(&b))
        {
            assert!((x - (0.9 * a + 0.1 * b)).abs() < 1e-6);
        }
    }
}
