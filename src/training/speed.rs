//! How fast this machine trains: whole steps as [`super::Trainer`] makes them, on made-up rows.

use super::optimiser::Optimiser;
use super::shares::side_by_side;
use crate::network::fused::Window;
use crate::network::{Fused, Input, Transformer, TransformerConfig, Weights, sparse};
use crate::process::generator;
use burn::module::Module;
use burn::tensor::Device;
use rand::Rng;
use std::time::Instant;

/// Ids a row can hold, the last of which says *masked*.
const SYMBOLS: usize = 130;

/// What is measured: a denoiser of one id a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    /// Rows of a window.
    pub rows: usize,
    /// Windows of a step.
    pub batch: usize,
}

impl Default for Sizes {
    /// 4.8 million parameters and a batch of eight windows of 256 rows.
    fn default() -> Sizes {
        Sizes {
            width: 256,
            layers: 6,
            heads: 8,
            rows: 256,
            batch: 8,
        }
    }
}

/// Milliseconds of every step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timings {
    pub parameters: usize,
    /// Whole steps: forward, backward, clipping by the whole norm, AdamW, weights in and out.
    pub train: Vec<f64>,
    /// Evaluations: the logits of all rows.
    pub forward: Vec<f64>,
}

/// One window: what the network sees, and what it shall say where the id is masked.
struct Example {
    window: Window,
    masked: Vec<usize>,
    ids: Vec<usize>,
}

fn examples(sizes: &Sizes, fused: &Fused) -> Vec<Example> {
    let mut rng = generator(0, 1);
    let place = |by: fn(usize) -> usize| -> Vec<f32> {
        (0..sizes.rows).map(|row| by(row) as f32).collect()
    };
    let (bars, slots) = (place(|row| row / 16), place(|row| row % 16));
    (0..sizes.batch)
        .map(|_| {
            let ids: Vec<usize> = (0..sizes.rows)
                .map(|_| rng.random_range(0..SYMBOLS - 1))
                .collect();
            let masked: Vec<usize> = (0..sizes.rows).filter(|_| rng.random_bool(0.5)).collect();
            let mut given = ids.clone();
            for &row in &masked {
                given[row] = SYMBOLS - 1;
            }
            let mut hot = vec![0.0; sizes.rows * SYMBOLS];
            for (row, id) in given.into_iter().enumerate() {
                hot[row * SYMBOLS + id] = 1.0;
            }
            let input = Input::stack([(sparse(&hot, SYMBOLS), &bars[..], &slots[..])]);
            Example {
                window: fused.window(&input, 0),
                masked,
                ids,
            }
        })
        .collect()
}

/// Cross-entropy of the masked rows, times `weight`; `logits` become its gradient.
fn loss(logits: &mut [f32], example: &Example, weight: f32) -> f32 {
    let mut total = 0.0;
    for (row, &at) in logits.chunks_exact_mut(SYMBOLS).zip(&example.masked) {
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|x| (x - most).exp()).sum();
        let wanted = example.ids[at];
        total += (sum.ln() + most - row[wanted]) * weight;
        for x in row.iter_mut() {
            *x = (*x - most).exp() / sum * weight;
        }
        row[wanted] -= weight;
    }
    total
}

fn timed(warm_up: usize, steps: usize, mut step: impl FnMut()) -> Vec<f64> {
    (0..warm_up + steps)
        .map(|_| {
            let started = Instant::now();
            step();
            started.elapsed().as_secs_f64() * 1000.0
        })
        .skip(warm_up)
        .collect()
}

/// Times `steps` steps and as many evaluations on the CPU after `warm_up` of each that are not counted.
pub fn measure(
    sizes: &Sizes,
    threads: usize,
    warm_up: usize,
    steps: usize,
    forward_only: bool,
) -> Timings {
    let config = TransformerConfig {
        width: sizes.width,
        layers: sizes.layers,
        heads: sizes.heads,
        feed_forward: 4,
    };
    let device = Device::flex();
    let mut rng = generator(0, 0);
    let learning = device.clone().autodiff();
    let mut model = Transformer::new(&config, SYMBOLS, SYMBOLS, &mut rng, &learning);
    let mut optimiser = Optimiser::default().init(&model);
    let examples = examples(sizes, &Fused::of(&model));
    let weight = 1.0
        / examples
            .iter()
            .map(|e| e.masked.len())
            .sum::<usize>()
            .max(1) as f32;
    let share = examples.len().div_ceil(threads.max(1)).max(1);
    let shares: Vec<&[Example]> = examples.chunks(share).collect();
    let mut train = Vec::new();
    if !forward_only {
        train = timed(warm_up, steps, || {
            let fused = Fused::of(&model);
            let parts = side_by_side(&shares, |part| {
                let mut gradients = fused.zero_gradients();
                let mut total = 0.0;
                for e in *part {
                    let told = |logits: &mut [f32]| total += loss(logits, e, weight);
                    fused.backward(&e.window, &e.masked, told, &mut gradients);
                }
                (gradients, total)
            });
            let sum = parts
                .into_iter()
                .reduce(|(mut to, a), (from, b): (Weights, f32)| {
                    to.add(&from);
                    (to, a + b)
                });
            let Some((gradients, total)) = sum else {
                return;
            };
            std::hint::black_box(total);
            let mut gradients = gradients.into_gradients(&model, &device);
            super::gradient::clip(&model, &mut gradients, Some(1.0));
            model = optimiser.step(1e-4, model.clone(), gradients);
            super::gradient::sweep(&device);
        });
    }
    let fused = Fused::of(&model);
    let all: Vec<usize> = (0..sizes.rows).collect();
    let forward = timed(warm_up, steps, || {
        std::hint::black_box(side_by_side(&shares, |part| {
            part.iter()
                .map(|e| fused.logits(&e.window, &all))
                .collect::<Vec<_>>()
        }));
    });
    Timings {
        parameters: model.num_params(),
        train,
        forward,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sizes_are_measured_and_the_loss_falls_by_its_gradient() {
        let sizes = Sizes {
            width: 16,
            layers: 1,
            heads: 2,
            rows: 8,
            batch: 3,
        };
        let t = measure(&sizes, 2, 1, 2, false);
        assert_eq!((t.train.len(), t.forward.len()), (2, 2));
        assert_eq!(measure(&sizes, 2, 0, 1, true).train.len(), 0);

        let e = Example {
            window: Window::default(),
            masked: vec![0],
            ids: vec![4],
        };
        let mut logits: Vec<f32> = (0..SYMBOLS).map(|i| (i as f32).sin()).collect();
        let before = logits.clone();
        let here = loss(&mut logits, &e, 1.0);
        let moved: Vec<f32> = before
            .iter()
            .zip(&logits)
            .map(|(x, g)| x - 0.01 * g)
            .collect();
        let squares: f32 = logits.iter().map(|g| g * g).sum();
        let there = loss(&mut moved.clone(), &e, 1.0);
        assert!((here - there - 0.01 * squares).abs() < 1e-4);
    }
}
