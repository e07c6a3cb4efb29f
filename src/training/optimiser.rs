//! The optimisers of the reference trainers, and Muon.

use super::adamw::AdamW;
use burn::module::{Module, ModuleVisitor, Param, ParamGroup};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, AdjustLrFn, ModuleOptimizer, MuonConfig, SgdConfig};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Which optimiser, with what.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Optimiser {
    /// Adam (Kingma and Ba 2015); smdiff's with .9, .999, 1e-8.
    Adam {
        beta_1: f32,
        beta_2: f32,
        epsilon: f32,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    AdamW {
        beta_1: f32,
        beta_2: f32,
        epsilon: f32,
        weight_decay: f32,
    },
    /// Stochastic gradient descent; midi-lm's with momentum .9 and decay 1e-3.
    Sgd { momentum: f32, weight_decay: f32 },
    /// Muon (Jordan et al. 2024) for the matrices between the first and the last layer, scaled to the size of AdamW's
    /// steps (Liu et al. 2025), so that the same learning rate serves; AdamW with these betas for all else.
    Muon {
        momentum: f32,
        beta_1: f32,
        beta_2: f32,
        weight_decay: f32,
    },
}

impl Default for Optimiser {
    fn default() -> Optimiser {
        Optimiser::AdamW {
            beta_1: 0.9,
            beta_2: 0.98,
            epsilon: 1e-5,
            weight_decay: 0.05,
        }
    }
}

fn momentum(momentum: f32, nesterov: bool) -> MomentumConfig {
    MomentumConfig {
        momentum: f64::from(momentum),
        dampening: 0.0,
        nesterov,
    }
}

impl Optimiser {
    /// The optimiser for a module, without state yet.
    pub fn init(&self, module: &impl Module) -> ModuleOptimizer {
        match *self {
            Optimiser::Adam {
                beta_1,
                beta_2,
                epsilon,
            } => AdamConfig::new()
                .with_beta_1(beta_1)
                .with_beta_2(beta_2)
                .with_epsilon(epsilon)
                .init(),
            Optimiser::AdamW {
                beta_1,
                beta_2,
                epsilon,
                weight_decay,
            } => ModuleOptimizer::from(AdamW::new(beta_1, beta_2, epsilon, weight_decay)),
            Optimiser::Sgd {
                momentum: m,
                weight_decay,
            } => SgdConfig::new()
                .with_momentum((m > 0.0).then(|| momentum(m, false)))
                .with_weight_decay(
                    (weight_decay > 0.0).then(|| WeightDecayConfig::new(weight_decay)),
                )
                .init(),
            Optimiser::Muon {
                momentum: m,
                beta_1,
                beta_2,
                weight_decay,
            } => {
                let muon = MuonConfig::new()
                    .with_momentum(momentum(m, true))
                    .with_weight_decay(Some(WeightDecayConfig::new(weight_decay)))
                    .with_adjust_lr_fn(AdjustLrFn::MatchRmsAdamW)
                    .build();
                let rest = Optimiser::AdamW {
                    beta_1,
                    beta_2,
                    epsilon: 1e-8,
                    weight_decay,
                };
                rest.init(module).with_group(
                    ParamGroup::from_paths(hidden_matrices(module)),
                    muon,
                    None,
                )
            }
        }
    }
}

/// Paths of the matrices inside lists of blocks: neither embeddings nor output heads, gains nor biases.
fn hidden_matrices(module: &impl Module) -> Vec<String> {
    #[derive(Default)]
    struct Find {
        path: Vec<String>,
        found: Vec<String>,
    }
    impl ModuleVisitor for Find {
        fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
            let in_list = self.path.iter().any(|name| name.parse::<usize>().is_ok());
            if D == 2 && in_list {
                self.found.push(self.path.join("."));
            }
        }

        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
    }
    let mut find = Find::default();
    module.visit(&mut find);
    find.found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Transformer, TransformerConfig};
    use burn::optim::GradientsParams;
    use burn::tensor::Device;

    fn network() -> Transformer {
        let config = TransformerConfig {
            width: 8,
            layers: 2,
            heads: 2,
            feed_forward: 2,
        };
        let mut rng = crate::process::generator(1, 1);
        Transformer::new(&config, 3, 4, &mut rng, &Device::flex().autodiff())
    }

    #[test]
    fn muon_takes_the_matrices_of_the_blocks_alone() {
        let paths = hidden_matrices(&network());
        assert_eq!(paths.len(), 8, "{paths:?}");
        assert!(paths.iter().all(|p| p.starts_with("blocks.")), "{paths:?}");
    }

    /// One step along a gradient of ones, by each optimiser's formula.
    #[test]
    fn first_steps_follow_the_formulas() {
        let step = |o: Optimiser| {
            let layer = burn::nn::LinearConfig::new(1, 1)
                .with_bias(false)
                .init(&Device::flex().autodiff());
            let before = layer.weight.val().into_scalar::<f32>();
            let gradients =
                GradientsParams::from_grads(layer.weight.val().sum().backward(), &layer);
            let after = o.init(&layer).step(0.1, layer, gradients);
            (before, after.weight.val().into_scalar::<f32>())
        };
        let (a, b) = step(Optimiser::Adam {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
        });
        assert!((b - (a - 0.1)).abs() < 1e-5, "{a} {b}");
        let (a, b) = step(Optimiser::AdamW {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.5,
        });
        assert!((b - (a - 0.1 * 0.5 * a - 0.1)).abs() < 1e-5, "{a} {b}");
        let (a, b) = step(Optimiser::Sgd {
            momentum: 0.9,
            weight_decay: 0.0,
        });
        assert!((b - (a - 0.1)).abs() < 1e-6, "{a} {b}");
    }

    #[test]
    fn muon_moves_every_matrix_and_the_rest_by_adamw() {
        let network = network();
        let loss = {
            struct Sum(Option<burn::tensor::Tensor<1>>);
            impl ModuleVisitor for Sum {
                fn visit_float<const D: usize>(&mut self, p: &Param<Tensor<D>>) {
                    let s = p.val().sin().sum();
                    self.0 = Some(match self.0.take() {
                        Some(t) => t + s,
                        None => s,
                    });
                }
            }
            let mut sum = Sum(None);
            network.visit(&mut sum);
            sum.0.unwrap()
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let before = network.clone();
        let after = Optimiser::Muon {
            momentum: 0.95,
            beta_1: 0.9,
            beta_2: 0.98,
            weight_decay: 0.0,
        }
        .init(&network)
        .step(0.01, network, gradients);
        struct Values(Vec<Vec<f32>>);
        impl ModuleVisitor for Values {
            fn visit_float<const D: usize>(&mut self, p: &Param<Tensor<D>>) {
                self.0
                    .push(p.val().into_data().try_into_vec_as::<f32>().unwrap());
            }
        }
        let (mut a, mut b) = (Values(vec![]), Values(vec![]));
        before.visit(&mut a);
        after.visit(&mut b);
        assert!(
            a.0.iter()
                .zip(&b.0)
                .all(|(a, b)| a != b && b.iter().all(|v| v.is_finite()))
        );
    }
}
