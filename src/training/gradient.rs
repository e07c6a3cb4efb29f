//! The gradient as a whole: its norm over all parameters, scaling, sums; and what burn keeps to take gradients by.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};

struct Norm<'a> {
    gradients: &'a GradientsParams,
    squares: f64,
}

impl ModuleVisitor for Norm<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(g) = self.gradients.get::<D>(param.id) {
            self.squares += f64::from((g.clone() * g).sum().into_scalar::<f32>());
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    by: f32,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(g) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, g * self.by);
        }
    }
}

struct Sum<'a> {
    to: &'a mut GradientsParams,
    from: &'a mut GradientsParams,
}

impl ModuleVisitor for Sum<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let sum = match (
            self.to.remove::<D>(param.id),
            self.from.remove::<D>(param.id),
        ) {
            (Some(a), Some(b)) => a + b,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return,
        };
        self.to.register(param.id, sum);
    }
}

/// Lets go of what burn keeps of weights that are no more.
///
/// It enters every tensor that may learn, a kilobyte each, and looks for those that nobody holds any longer after a backward
/// pass of its own. Where gradients are our own arithmetic's there is none, and every step's weights would stay entered: half
/// a gigabyte over a night. This is the smallest backward pass there is.
pub fn sweep(device: &Device) {
    let leaf = Tensor::<1>::zeros([1], &device.clone().autodiff()).require_grad();
    drop(leaf.backward());
}

/// Drops the gradients of parameters that `learns` (given the parameter's path) says no to: an optimiser leaves them
/// as they are.
pub fn keep(module: &impl Module, gradients: &mut GradientsParams, learns: impl Fn(&str) -> bool) {
    struct Drop<'a, F> {
        gradients: &'a mut GradientsParams,
        learns: F,
        path: Vec<String>,
    }
    impl<F: Fn(&str) -> bool> ModuleVisitor for Drop<'_, F> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if !(self.learns)(&self.path.join(".")) {
                self.gradients.remove::<D>(param.id);
            }
        }

        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
    }
    module.visit(&mut Drop {
        gradients,
        learns,
        path: Vec::new(),
    });
}

/// Euclidean norm over all parameters of `module`.
pub fn norm(module: &impl Module, gradients: &GradientsParams) -> f32 {
    let mut norm = Norm {
        gradients,
        squares: 0.0,
    };
    module.visit(&mut norm);
    norm.squares.sqrt() as f32
}

/// Multiplies the whole gradient.
pub fn scale(module: &impl Module, gradients: &mut GradientsParams, by: f32) {
    module.visit(&mut Scale { gradients, by });
}

/// Adds `from` to `to`.
pub fn add(module: &impl Module, to: &mut GradientsParams, mut from: GradientsParams) {
    module.visit(&mut Sum {
        to,
        from: &mut from,
    });
}

/// Shrinks the gradient, all parameters together, to a norm of at most `most`; returns what it was.
/// (burn's own clipping looks at each tensor alone, which bends the direction.)
pub fn clip(module: &impl Module, gradients: &mut GradientsParams, most: Option<f32>) -> f32 {
    let norm = norm(module, gradients);
    if let Some(most) = most
        && norm > most
        && norm.is_finite()
    {
        scale(module, gradients, most / norm);
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::Device;

    fn gradients(layer: &Linear, by: f32) -> GradientsParams {
        let loss = layer.weight.val().sum() * (3.0 * by)
            + layer.bias.as_ref().unwrap().val().sum() * (4.0 * by);
        GradientsParams::from_grads(loss.backward(), layer)
    }

    #[test]
    fn the_norm_is_taken_over_all_parameters_and_clipping_keeps_the_direction() {
        let device = Device::flex().autodiff();
        let layer = LinearConfig::new(1, 1).init(&device);
        let mut g = gradients(&layer, 1.0);
        assert!((norm(&layer, &g) - 5.0).abs() < 1e-6);
        assert_eq!(clip(&layer, &mut g, Some(10.0)), 5.0);
        assert!((norm(&layer, &g) - 5.0).abs() < 1e-6);
        assert_eq!(clip(&layer, &mut g, Some(1.0)), 5.0);
        let weight = g.get::<2>(layer.weight.id).unwrap().into_scalar::<f32>();
        assert!((weight - 0.6).abs() < 1e-6);
        let mut sum = gradients(&layer, 1.0);
        add(&layer, &mut sum, gradients(&layer, 2.0));
        assert!((norm(&layer, &sum) - 15.0).abs() < 1e-5);
        keep(&layer, &mut sum, |path| path == "bias");
        assert!((norm(&layer, &sum) - 12.0).abs() < 1e-5);
    }
}
