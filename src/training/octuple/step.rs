//! The gradients of a batch: by our own arithmetic on a CPU, the windows dealt out to threads, or by burn on any
//! other device.

use super::OctupleConfig;
use crate::network::{Fused, Input, Transformer, Weights};
use crate::process::Example;
use crate::process::loss::{Asked, Counts, HostLoss, TensorLoss, loss};
use crate::tokenizer::octuple::CHANNELS;
use crate::tokenizer::octuple::features::{Features, features};
use crate::training::learner::{Compute, Losses};
use crate::training::shares::{by_size, side_by_side};
use crate::training::tally::Breakdown;
use burn::optim::GradientsParams;
use burn::tensor::Device;

/// The network's input for these examples.
pub fn input(examples: &[Example]) -> Input {
    let mut all: Vec<Features> = examples
        .iter()
        .map(|e| features(&e.piece, &e.rows))
        .collect();
    Input::stack(
        all.iter_mut()
            .map(|f| (std::mem::take(&mut f.columns), &f.bars[..], &f.slots[..])),
    )
}

fn means(sums: &[f32], counts: &Counts) -> Vec<f32> {
    (0..CHANNELS)
        .map(|c| sums.get(c).copied().unwrap_or(0.0) / counts.masked[c].max(1.0))
        .collect()
}

/// Where the losses of an example lie; `rows` gives the sum of each row's cross-entropies.
fn break_down(example: &Example, rows: impl Fn(usize) -> f32, to: &mut Breakdown) {
    for (i, (row, target)) in example.rows.rows.iter().zip(&example.target).enumerate() {
        let asked = target.iter().flatten().count();
        if asked > 0 {
            to.add(example.rate, row.bar as usize, rows(i), asked as f32);
        }
    }
}

/// What came out of some examples.
#[derive(Default)]
struct Part {
    total: f32,
    sums: [f32; CHANNELS],
    breakdown: Breakdown,
}

impl Part {
    fn host(&mut self, example: &Example, asked: &Asked, host: &HostLoss) {
        self.total += host.total;
        for (to, from) in self.sums.iter_mut().zip(host.sums) {
            *to += from;
        }
        let of = |row: usize| asked.rows.binary_search(&row).map_or(0.0, |i| host.rows[i]);
        break_down(example, of, &mut self.breakdown);
    }

    fn tensors(&mut self, examples: &[Example], loss: TensorLoss) {
        let values = |data: burn::tensor::TensorData| data.try_into_vec_as::<f32>();
        let [_, length] = loss.rows.dims();
        self.total += loss.total.into_scalar::<f32>();
        let sums = values(loss.sums.into_data()).unwrap_or_default();
        for (to, from) in self.sums.iter_mut().zip(sums) {
            *to += from;
        }
        let rows = values(loss.rows.into_data()).unwrap_or_default();
        for (example, rows) in examples.iter().zip(rows.chunks_exact(length.max(1))) {
            break_down(example, |row| rows[row], &mut self.breakdown);
        }
    }

    fn add(&mut self, other: &Part) {
        self.total += other.total;
        for (to, from) in self.sums.iter_mut().zip(other.sums) {
            *to += from;
        }
        self.breakdown.merge(&other.breakdown);
    }

    fn losses(self, counts: &Counts) -> Losses {
        Losses {
            total: self.total,
            parts: means(&self.sums, counts),
            gradient: 0.0,
            breakdown: self.breakdown,
            each: Vec::new(),
        }
    }
}

/// Gradients of a batch and its losses.
pub fn gradients(
    model: &Transformer,
    device: &Device,
    config: &OctupleConfig,
    examples: &[Example],
    compute: Compute,
) -> (GradientsParams, Losses) {
    let counts = Counts::of(examples);
    let (gradients, part) = match compute {
        Compute::Cpu { threads } => {
            let (gradients, part) = on_cpu(model, config, examples, &counts, threads);
            (gradients.into_gradients(model, device), part)
        }
        Compute::Tensors => {
            let logits = model.forward(&input(examples), true);
            let loss = loss(logits, examples, config.weighting, &counts);
            let gradients = GradientsParams::from_grads(loss.total.backward(), model);
            let mut part = Part::default();
            part.tensors(examples, loss);
            (gradients, part)
        }
    };
    (gradients, part.losses(&counts))
}

fn rows(example: &Example) -> usize {
    example.rows.rows.len()
}

fn on_cpu(
    model: &Transformer,
    config: &OctupleConfig,
    examples: &[Example],
    counts: &Counts,
    threads: usize,
) -> (Weights, Part) {
    let fused = Fused::of(model);
    let parts = side_by_side(&by_size(examples, threads, rows), |part| {
        let mut gradients = fused.zero_gradients();
        let mut sum = Part::default();
        for (_, example) in part {
            let asked = Asked::of(example, config.weighting, counts);
            let window = fused.window(&input(std::slice::from_ref(*example)), 0);
            let mut host = HostLoss::default();
            fused.backward(
                &window,
                &asked.rows,
                |logits| host = asked.loss(logits),
                &mut gradients,
            );
            sum.host(example, &asked, &host);
        }
        (gradients, sum)
    });
    let mut parts = parts.into_iter();
    let (mut gradients, mut sum) = parts
        .next()
        .unwrap_or_else(|| (fused.zero_gradients(), Part::default()));
    for (more, part) in parts {
        gradients.add(&more);
        sum.add(&part);
    }
    (gradients, sum)
}

/// Losses of examples without gradients.
pub fn evaluate(
    model: &Transformer,
    config: &OctupleConfig,
    examples: &[Example],
    compute: Compute,
) -> Losses {
    let counts = Counts::of(examples);
    let mut sum = Part::default();
    match compute {
        Compute::Cpu { threads } => {
            let fused = Fused::of(model);
            let parts = side_by_side(&by_size(examples, threads, rows), |part| {
                let mut sum = Part::default();
                for (_, example) in part {
                    let asked = Asked::of(example, config.weighting, &counts);
                    let window = fused.window(&input(std::slice::from_ref(*example)), 0);
                    let host = asked.loss(&mut fused.logits(&window, &asked.rows));
                    sum.host(example, &asked, &host);
                }
                sum
            });
            parts.iter().for_each(|part| sum.add(part));
        }
        Compute::Tensors => {
            for part in examples.chunks(8) {
                let logits = model.forward(&input(part), false);
                sum.tensors(part, loss(logits, part, config.weighting, &counts));
            }
        }
    }
    sum.losses(&counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Corruption, generator};
    use crate::tokenizer::octuple::Piece;
    use crate::tokenizer::octuple::features::WIDTH;
    use crate::tokenizer::octuple::vocabulary::LOGITS;
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::tensor::Tensor;

    #[test]
    fn both_ways_give_the_same_losses_and_gradients() {
        let mut score = crate::score::Score::default();
        for name in ["Melody", "Piano"] {
            let t = score.add_track(name, 0, 0);
            for k in 0..40u32 {
                score.add_note(t, k * 240, 240, 50 + (k * 7 % 20) as u8, 80);
            }
        }
        let piece = Piece::of_score(&score, &score.bars(), 0, 5, &[]);
        let mut rng = generator(1, 1);
        let examples: Vec<Example> = (0..5)
            .map(|_| Corruption::default().corrupt(piece.clone(), &mut rng))
            .collect();
        let plain = Device::flex();
        let device = plain.clone().autodiff();
        let config = super::super::tests::config();
        let model = Transformer::new(&config.network, WIDTH, LOGITS, &mut rng, &device);
        let run = |compute| gradients(&model, &plain, &config, &examples, compute);
        let (tensors, a) = run(Compute::Tensors);
        for threads in [1, 3] {
            let (cpu, b) = run(Compute::Cpu { threads });
            assert!((a.total - b.total).abs() < 1e-3 * a.total, "{a:?} {b:?}");
            let by_bar = |l: &Losses| -> Vec<f64> {
                let bars = l.breakdown.by_bar.iter();
                bars.map(|t| t.mean().unwrap_or(0.0)).collect()
            };
            assert!(by_bar(&a).len() > 1);
            for (x, y) in by_bar(&a).iter().zip(by_bar(&b)) {
                assert!((x - y).abs() < 1e-3, "{a:?} {b:?}");
            }
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
        let a = evaluate(&model, &config, &examples, Compute::Tensors);
        let b = evaluate(&model, &config, &examples, Compute::Cpu { threads: 2 });
        assert!((a.total - b.total).abs() < 1e-3 * a.total, "{a:?} {b:?}");
    }
}
