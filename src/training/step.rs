//! The gradients of a batch, clipped by their whole norm: by our own arithmetic on a CPU, the windows dealt
//! out to threads, or by burn on any other device.

use super::config::TrainConfig;
use crate::network::{Fused, Input, Transformer, Weights};
use crate::process::Example;
use crate::process::loss::{Asked, Counts, HostLoss, loss};
use crate::tokenizer::octuple::CHANNELS;
use crate::tokenizer::octuple::features::{self, features};
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};

/// What computes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compute {
    /// [`Fused`], windows dealt out to so many threads. The sums of gradients, and so the run to the last
    /// bit, depend on the number of threads.
    Cpu { threads: usize },
    /// burn, on the device the model is on.
    Tensors,
}

/// What a step cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// The loss that is minimised.
    pub total: f32,
    /// Mean cross-entropy of each channel in nats; 0 where nothing was masked.
    pub channels: [f32; CHANNELS],
    /// Norm of the whole gradient before clipping; 0 for a validation.
    pub gradient: f32,
}

/// The network's input for these examples.
pub fn input(examples: &[Example]) -> Input {
    let all: Vec<features::Features> = examples
        .iter()
        .map(|e| features(&e.piece, &e.rows))
        .collect();
    Input::stack(
        all.iter().map(|f| (&f.hot[..], &f.bars[..], &f.slots[..])),
        features::WIDTH,
    )
}

fn means(sums: &[f32], counts: &Counts) -> [f32; CHANNELS] {
    std::array::from_fn(|c| sums.get(c).copied().unwrap_or(0.0) / counts.masked[c].max(1.0))
}

/// Gradients of a batch, clipped, and its losses.
pub fn gradients(
    model: &Transformer,
    device: &Device,
    config: &TrainConfig,
    examples: &[Example],
    compute: Compute,
) -> (GradientsParams, Losses) {
    let counts = Counts::of(examples);
    let (mut gradients, mut losses) = match compute {
        Compute::Cpu { threads } => {
            let (gradients, losses) = on_cpu(model, config, examples, &counts, threads);
            (gradients.into_gradients(model, device), losses)
        }
        Compute::Tensors => {
            let (total, sums) = loss(
                model.forward(&input(examples), true),
                examples,
                config.weighting,
                &counts,
            );
            let gradients = GradientsParams::from_grads(total.backward(), model);
            let sums = sums.into_data().try_into_vec_as::<f32>();
            let losses = Losses {
                total: total.into_scalar(),
                channels: means(&sums.unwrap_or_default(), &counts),
                gradient: 0.0,
            };
            (gradients, losses)
        }
    };
    losses.gradient = clip(model, &mut gradients, config.clip);
    (gradients, losses)
}

/// Examples dealt out to threads by size, so that all have about the same to do.
fn deal(examples: &[Example], threads: usize) -> Vec<Vec<&Example>> {
    let mut sorted: Vec<&Example> = examples.iter().collect();
    sorted.sort_by_key(|e| std::cmp::Reverse(e.rows.rows.len()));
    let threads = threads.clamp(1, examples.len().max(1));
    let mut parts = vec![Vec::new(); threads];
    let mut load = vec![0; threads];
    for e in sorted {
        let least = (0..threads).min_by_key(|&t| load[t]).unwrap_or(0);
        load[least] += e.rows.rows.len();
        parts[least].push(e);
    }
    parts
}

/// Runs `work` on every part, each on a thread of its own, and returns what came out in order.
fn side_by_side<T: Send>(
    parts: &[Vec<&Example>],
    work: impl Fn(&[&Example]) -> T + Sync,
) -> Vec<T> {
    std::thread::scope(|scope| {
        let handles: Vec<_> = parts
            .iter()
            .map(|part| scope.spawn(|| work(part)))
            .collect();
        handles
            .into_iter()
            .map(|h| {
                h.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}

fn on_cpu(
    model: &Transformer,
    config: &TrainConfig,
    examples: &[Example],
    counts: &Counts,
    threads: usize,
) -> (Weights, Losses) {
    let fused = Fused::of(model);
    let parts = side_by_side(&deal(examples, threads), |part| {
        let mut gradients = fused.zero_gradients();
        let mut sum = HostLoss::default();
        for example in part {
            let asked = Asked::of(example, config.weighting, counts);
            let window = fused.window(&input(std::slice::from_ref(*example)), 0);
            let mut host = HostLoss::default();
            fused.backward(
                &window,
                &asked.rows,
                |logits| host = asked.loss(logits),
                &mut gradients,
            );
            add(&mut sum, &host);
        }
        (gradients, sum)
    });
    let mut parts = parts.into_iter();
    let (mut gradients, mut sum) = parts
        .next()
        .unwrap_or_else(|| (fused.zero_gradients(), HostLoss::default()));
    for (more, host) in parts {
        gradients.add(&more);
        add(&mut sum, &host);
    }
    let losses = Losses {
        total: sum.total,
        channels: means(&sum.sums, counts),
        gradient: 0.0,
    };
    (gradients, losses)
}

fn add(to: &mut HostLoss, from: &HostLoss) {
    to.total += from.total;
    for (t, f) in to.sums.iter_mut().zip(from.sums) {
        *t += f;
    }
}

/// Losses of examples without gradients.
pub fn evaluate(
    model: &Transformer,
    config: &TrainConfig,
    examples: &[Example],
    compute: Compute,
) -> Losses {
    let counts = Counts::of(examples);
    let mut sum = HostLoss::default();
    match compute {
        Compute::Cpu { threads } => {
            let fused = Fused::of(model);
            let parts = side_by_side(&deal(examples, threads), |part| {
                let mut sum = HostLoss::default();
                for example in part {
                    let asked = Asked::of(example, config.weighting, &counts);
                    let window = fused.window(&input(std::slice::from_ref(*example)), 0);
                    add(
                        &mut sum,
                        &asked.loss(&mut fused.logits(&window, &asked.rows)),
                    );
                }
                sum
            });
            parts.iter().for_each(|part| add(&mut sum, part));
        }
        Compute::Tensors => {
            for part in examples.chunks(8) {
                let (total, sums) = loss(
                    model.forward(&input(part), false),
                    part,
                    config.weighting,
                    &counts,
                );
                let sums = sums
                    .into_data()
                    .try_into_vec_as::<f32>()
                    .unwrap_or_default();
                let mut host = HostLoss {
                    total: total.into_scalar(),
                    ..HostLoss::default()
                };
                for (s, p) in host.sums.iter_mut().zip(sums) {
                    *s = p;
                }
                add(&mut sum, &host);
            }
        }
    }
    Losses {
        total: sum.total,
        channels: means(&sum.sums, &counts),
        gradient: 0.0,
    }
}

struct Norm<'a> {
    gradients: &'a GradientsParams,
    squares: f32,
}

impl ModuleVisitor for Norm<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(g) = self.gradients.get::<D>(param.id) {
            self.squares += (g.clone() * g).sum().into_scalar::<f32>();
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

/// Shrinks the gradient, all parameters together, to a norm of at most `most`; returns what it was.
/// (burn's own clipping looks at each tensor alone, which bends the direction.)
fn clip(model: &Transformer, gradients: &mut GradientsParams, most: f32) -> f32 {
    let mut norm = Norm {
        gradients,
        squares: 0.0,
    };
    model.visit(&mut norm);
    let norm = norm.squares.sqrt();
    if norm > most && norm.is_finite() {
        model.visit(&mut Scale {
            gradients,
            by: most / norm,
        });
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Corruption, generator};
    use crate::tokenizer::octuple::Piece;
    use crate::tokenizer::octuple::vocabulary::LOGITS;

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
        let config: TrainConfig = ron::from_str(super::super::trainer::TEST_CONFIG).unwrap();
        let model = Transformer::new(&config.network, features::WIDTH, LOGITS, &mut rng, &device);
        let run = |compute| gradients(&model, &plain, &config, &examples, compute);
        let (tensors, a) = run(Compute::Tensors);
        for threads in [1, 3] {
            let (cpu, b) = run(Compute::Cpu { threads });
            assert!((a.total - b.total).abs() < 1e-3 * a.total, "{a:?} {b:?}");
            assert!(
                (a.gradient - b.gradient).abs() < 1e-3 * a.gradient,
                "{a:?} {b:?}"
            );
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
