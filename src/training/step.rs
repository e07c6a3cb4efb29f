//! One optimiser step: the batch split among threads, gradients added up, clipped by their whole norm.

use super::config::TrainConfig;
use crate::network::{Input, Transformer};
use crate::process::Example;
use crate::process::loss::{Counts, loss};
use crate::tokenizer::octuple::CHANNELS;
use crate::tokenizer::octuple::features::{self, features};
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};

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

/// Gradients of a batch, clipped, and its losses. `threads` parts run side by side.
pub fn gradients(
    model: &Transformer,
    device: &Device,
    config: &TrainConfig,
    mut examples: Vec<Example>,
    threads: usize,
) -> (GradientsParams, Losses) {
    let counts = Counts::of(&examples);
    // Windows of like length go together: less padding. Dealt out in turn, the parts weigh the same.
    examples.sort_by_key(|e| e.rows.rows.len());
    let threads = threads.clamp(1, examples.len().max(1));
    let mut parts: Vec<Vec<Example>> = vec![Vec::new(); threads];
    for (i, e) in examples.into_iter().enumerate() {
        parts[i % threads].push(e);
    }
    let run = |part: &[Example], model: Transformer| {
        let (total, sums) = loss(
            model.forward(&input(part), true),
            part,
            config.weighting,
            &counts,
        );
        let gradients = GradientsParams::from_grads(total.backward(), &model);
        let total: f32 = total.into_scalar();
        let sums = sums
            .into_data()
            .try_into_vec_as::<f32>()
            .unwrap_or_default();
        (gradients, total, sums)
    };
    let results: Vec<(GradientsParams, f32, Vec<f32>)> = std::thread::scope(|scope| {
        let handles: Vec<_> = parts
            .iter()
            .map(|part| {
                // A plain clone would share its autodiff leaves with the others and wait for them.
                let model = model.clone().fork(device);
                let run = &run;
                scope.spawn(move || run(part, model))
            })
            .collect();
        handles
            .into_iter()
            .map(|h| {
                h.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut accumulator = GradientsAccumulator::new();
    let mut losses = Losses::default();
    let mut sums = [0.0; CHANNELS];
    for (gradients, total, part) in results {
        accumulator.accumulate(model, gradients);
        losses.total += total;
        for (s, p) in sums.iter_mut().zip(part) {
            *s += p;
        }
    }
    losses.channels = means(&sums, &counts);
    let mut gradients = accumulator.grads();
    losses.gradient = clip(model, &mut gradients, config.clip);
    (gradients, losses)
}

/// Losses of examples without gradients, in batches of `batch`.
pub fn evaluate(
    model: &Transformer,
    config: &TrainConfig,
    examples: &[Example],
    batch: usize,
) -> Losses {
    let counts = Counts::of(examples);
    let mut losses = Losses::default();
    let mut sums = [0.0; CHANNELS];
    for part in examples.chunks(batch.max(1)) {
        let (total, part) = loss(
            model.forward(&input(part), false),
            part,
            config.weighting,
            &counts,
        );
        losses.total += total.into_scalar::<f32>();
        for (s, p) in sums.iter_mut().zip(
            part.into_data()
                .try_into_vec_as::<f32>()
                .unwrap_or_default(),
        ) {
            *s += p;
        }
    }
    losses.channels = means(&sums, &counts);
    losses
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
