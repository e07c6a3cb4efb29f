//! The gradients of a batch of chorales: by our own arithmetic on a CPU, the windows dealt out to threads, or by burn
//! on any other device.

use crate::network::{Fused, Input, Transformer, Weights, sparse};
use crate::process::frames::Example;
use crate::process::frames::loss::{Asked, HostLoss, tensor_loss};
use crate::tokenizer::grid::frames::{VOICES, WIDTH, features};
use crate::training::learner::{Compute, Losses};
use crate::training::shares::{in_turn, side_by_side};
use crate::training::tally::Breakdown;
use burn::optim::GradientsParams;
use burn::tensor::Device;

/// The network's input for these examples.
fn input(examples: &[Example]) -> Input {
    let all: Vec<_> = examples
        .iter()
        .map(|e| features(&e.seen(), &e.rhythm, &e.places))
        .collect();
    Input::stack(
        all.iter()
            .map(|f| (sparse(&f.hot, WIDTH), &f.steps[..], &f.bars[..])),
    )
}

/// What came out of some examples.
#[derive(Default)]
struct Part {
    total: f32,
    sums: [f32; VOICES],
    counts: [f32; VOICES],
    breakdown: Breakdown,
}

impl Part {
    fn host(&mut self, example: &Example, host: &HostLoss) {
        self.total += host.total;
        for voice in 0..VOICES {
            self.sums[voice] += host.sums[voice];
            self.counts[voice] += host.counts[voice];
        }
        let first = example.places.first().map_or(0, |p| p.bar);
        let asked = example.hidden.iter().zip(&example.places);
        let bars = asked.filter(|(h, _)| h.contains(&true)).map(|(_, p)| p.bar);
        for (bar, &(sum, count)) in bars.zip(&host.steps) {
            let bar = bar.saturating_sub(first) as usize;
            self.breakdown.add(example.rate, bar, sum, count);
        }
    }

    fn add(&mut self, other: &Part) {
        self.total += other.total;
        for voice in 0..VOICES {
            self.sums[voice] += other.sums[voice];
            self.counts[voice] += other.counts[voice];
        }
        self.breakdown.merge(&other.breakdown);
    }

    fn losses(self) -> Losses {
        Losses {
            each: Vec::new(),
            total: self.total,
            parts: (0..VOICES)
                .map(|v| self.sums[v] / self.counts[v].max(1.0))
                .collect(),
            gradient: 0.0,
            breakdown: self.breakdown,
        }
    }
}

/// Gradients of a batch and its losses.
pub fn gradients(
    model: &Transformer,
    device: &Device,
    examples: &[Example],
    compute: Compute,
) -> (GradientsParams, Losses) {
    match compute {
        Compute::Cpu { threads } => {
            let fused = Fused::of(model);
            let parts = side_by_side(&in_turn(examples, threads), |part| {
                let mut gradients = fused.zero_gradients();
                let mut sum = Part::default();
                for example in part {
                    let asked = Asked::of(example, examples.len());
                    let window = fused.window(&input(std::slice::from_ref(*example)), 0);
                    let mut host = HostLoss::default();
                    fused.backward(
                        &window,
                        &asked.steps,
                        |logits| host = asked.loss(logits),
                        &mut gradients,
                    );
                    sum.host(example, &host);
                }
                (gradients, sum)
            });
            let nothing = || -> (Weights, Part) { (fused.zero_gradients(), Part::default()) };
            let mut parts = parts.into_iter();
            let (mut gradients, mut sum) = parts.next().unwrap_or_else(nothing);
            for (more, part) in parts {
                gradients.add(&more);
                sum.add(&part);
            }
            (gradients.into_gradients(model, device), sum.losses())
        }
        Compute::Tensors => {
            let logits = model.forward(&input(examples), true);
            let (total, hosts) = tensor_loss(logits, examples, examples.len());
            let gradients = GradientsParams::from_grads(total.backward(), model);
            let mut sum = Part::default();
            for (example, host) in examples.iter().zip(&hosts) {
                sum.host(example, host);
            }
            (gradients, sum.losses())
        }
    }
}

/// Losses of examples without gradients.
pub fn evaluate(model: &Transformer, examples: &[Example], compute: Compute) -> Losses {
    let mut sum = Part::default();
    match compute {
        Compute::Cpu { threads } => {
            let fused = Fused::of(model);
            let parts = side_by_side(&in_turn(examples, threads), |part| {
                let mut sum = Part::default();
                for example in part {
                    let asked = Asked::of(example, examples.len());
                    let window = fused.window(&input(std::slice::from_ref(*example)), 0);
                    let host = asked.loss(&mut fused.logits(&window, &asked.steps));
                    sum.host(example, &host);
                }
                sum
            });
            parts.iter().for_each(|part| sum.add(part));
        }
        Compute::Tensors => {
            for part in examples.chunks(8) {
                let logits = model.forward(&input(part), false);
                let (_, hosts) = tensor_loss(logits, part, examples.len());
                for (example, host) in part.iter().zip(&hosts) {
                    sum.host(example, host);
                }
            }
        }
    }
    sum.losses()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::TransformerConfig;
    use crate::process::frames::Corruption;
    use crate::process::generator;
    use crate::tokenizer::grid::frames::{LOGITS, Place};
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::tensor::Tensor;

    #[test]
    fn both_ways_give_the_same_losses_and_gradients() {
        let mut rng = generator(1, 1);
        let examples: Vec<Example> = [20usize, 12, 20, 7]
            .iter()
            .map(|&steps| {
                let frames = (0..steps)
                    .map(|s| [50, 40, 30 + (s / 4) as u8, 20])
                    .collect();
                let place = |s: usize| Place {
                    bar: (s / 16) as u32,
                    slot: (s % 16) as u32,
                    ..Place::default()
                };
                let places = (0..steps).map(place).collect();
                Corruption::default().corrupt(frames, places, &mut rng)
            })
            .collect();
        let config = TransformerConfig {
            width: 32,
            layers: 1,
            heads: 2,
            feed_forward: 2,
        };
        let plain = Device::flex();
        let device = plain.clone().autodiff();
        let model = Transformer::new(&config, WIDTH, LOGITS, &mut rng, &device);
        let run = |compute| gradients(&model, &plain, &examples, compute);
        let (tensors, a) = run(Compute::Tensors);
        for threads in [1, 3] {
            let (cpu, b) = run(Compute::Cpu { threads });
            assert!((a.total - b.total).abs() < 1e-3 * a.total, "{a:?} {b:?}");
            assert_eq!(a.breakdown.by_bar.len(), b.breakdown.by_bar.len());
            struct Compare<'a>(&'a GradientsParams, &'a GradientsParams, f32);
            impl ModuleVisitor for Compare<'_> {
                fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                    let values = |g: &GradientsParams| {
                        let g = g.get::<D>(param.id).unwrap();
                        g.into_data().try_into_vec_as::<f32>().unwrap()
                    };
                    for (x, y) in values(self.0).into_iter().zip(values(self.1)) {
                        self.2 = self.2.max((x - y).abs());
                    }
                }
            }
            let mut compare = Compare(&tensors, &cpu, 0.0);
            model.visit(&mut compare);
            assert!(compare.2 < 1e-4, "{}", compare.2);
        }
        let model = model.valid();
        let a = evaluate(&model, &examples, Compute::Tensors);
        let b = evaluate(&model, &examples, Compute::Cpu { threads: 2 });
        assert!((a.total - b.total).abs() < 1e-3 * a.total, "{a:?} {b:?}");
    }
}
