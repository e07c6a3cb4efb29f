//! Averaged weights (exponential moving average, kept on the host), which sample better than the last ones.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

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
