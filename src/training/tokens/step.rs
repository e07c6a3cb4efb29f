//! Losses and gradients of token windows by burn: on a CPU dealt out to threads, window by window, on any other
//! device the batch at once.

use super::config::{Resolved, TokenConfig};
use crate::network::{Pass, TokenBatch, TokenNet, TokenNetwork};
use crate::process::generator;
use crate::process::tokens::{Example, bound, monotonicity, tensor_loss, weights};
use crate::training::gradient;
use crate::training::learner::{Compute, Losses};
use crate::training::shares::{by_size, side_by_side};
use crate::training::tally::Breakdown;
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

/// First of the streams that dropout is drawn from; as many to a batch as it may have windows.
const DROPOUT: u64 = 1 << 62;
const MOST_WINDOWS: u64 = 1 << 16;

/// What a step needs to know.
pub struct Setting<'a> {
    pub config: &'a TokenConfig,
    pub resolved: &'a Resolved,
    pub seed: u64,
    /// Windows the mean is taken over.
    pub windows: usize,
    /// Rows the monotonicity loss is taken over.
    pub ordered: usize,
}

impl<'a> Setting<'a> {
    pub fn new(
        config: &'a TokenConfig,
        resolved: &'a Resolved,
        seed: u64,
        examples: &[Example],
    ) -> Setting<'a> {
        let ordered = examples
            .iter()
            .map(|e| monotonicity::rows(&resolved.schema, e));
        Setting {
            config,
            resolved,
            seed,
            windows: examples.len(),
            ordered: ordered.sum(),
        }
    }

    /// The generator of the dropout in one window of a batch.
    fn dropout(&self, batch: u64, window: usize) -> ChaCha8Rng {
        let stream = DROPOUT
            .wrapping_add(batch.wrapping_mul(MOST_WINDOWS))
            .wrapping_add(window as u64);
        generator(self.seed, stream)
    }

    /// The loss of some of the windows, its part by the monotonicity, and the cross-entropy of every element.
    fn forward(
        &self,
        network: &TokenNet,
        examples: &[Example],
        pass: Pass<'_>,
    ) -> (Tensor<1>, f32, Vec<Vec<f32>>) {
        let schema = &self.resolved.schema;
        let ids: Vec<Vec<u32>> = examples
            .iter()
            .map(|e| e.xt.iter().map(|&id| id as u32).collect())
            .collect();
        let batch = TokenBatch::stack(ids.iter().map(|w| &w[..]), schema.fields());
        let times: Vec<f32> = examples.iter().map(|e| e.time.share()).collect();
        let logits = batch.and_then(|batch| network.forward(&batch, Some(&times), pass));
        // Windows are cut to what the network reads, and were checked against its codebooks.
        let logits = logits.unwrap_or_else(|e| panic!("a window that was checked is refused: {e}"));
        let logits = Tensor::cat(logits, 2);
        let scale = 1.0 / self.windows.max(1) as f32;
        let of = |e| weights(self.config.objective, e, &self.config.field_weights, scale);
        let weights: Vec<Vec<f32>> = examples.iter().map(of).collect();
        let loss = tensor_loss(logits.clone(), schema, examples, &weights);
        let [_, rows, fields] = loss.nll.dims();
        let (mut total, mut order) = (loss.total, 0.0);
        if self.config.monotonicity {
            // It is a mean over the rows of these windows; the batch's is wanted.
            let here: usize = examples.iter().map(|e| monotonicity::rows(schema, e)).sum();
            let share = here as f32 / self.ordered.max(1) as f32;
            let pull = monotonicity::tensor_loss(logits, schema, examples) * share;
            order = pull.clone().into_scalar::<f32>();
            total = total + pull;
        }
        let nll = loss.nll.into_data().try_into_vec_as::<f32>();
        let nll = nll.unwrap_or_default();
        let per = nll.chunks_exact((rows * fields).max(1));
        (total, order, per.map(<[f32]>::to_vec).collect())
    }
}

/// What came out of some windows.
#[derive(Default)]
struct Part {
    total: f32,
    order: f32,
    /// By place in the batch: nats, and bits an element.
    each: Vec<(usize, f32, f32)>,
    /// Nats and how many, by field.
    fields: Vec<(f32, f32)>,
    breakdown: Breakdown,
}

impl Part {
    fn of(place: usize, example: &Example, nll: &[f32]) -> Part {
        let mut part = Part {
            fields: vec![(0.0, 0.0); example.fields],
            ..Part::default()
        };
        let mut all = 0.0;
        for row in 0..example.real {
            let (mut sum, mut count) = (0.0, 0.0);
            for field in 0..example.fields {
                let i = row * example.fields + field;
                if example.masked[i] {
                    let nats = nll.get(i).copied().unwrap_or(0.0);
                    part.fields[field].0 += nats;
                    part.fields[field].1 += 1.0;
                    sum += nats;
                    count += 1.0;
                }
            }
            if count > 0.0 {
                let bar = example.bars.get(row).copied().unwrap_or(0);
                part.breakdown.add(example.time.share(), bar, sum, count);
                all += sum;
            }
        }
        part.each.push((place, all, bound(example, all)));
        part
    }

    fn add(&mut self, other: Part) {
        self.total += other.total;
        self.order += other.order;
        self.each.extend(other.each);
        let fields = self.fields.len().max(other.fields.len());
        self.fields.resize(fields, (0.0, 0.0));
        for (to, from) in self.fields.iter_mut().zip(&other.fields) {
            *to = (to.0 + from.0, to.1 + from.1);
        }
        self.breakdown.merge(&other.breakdown);
    }

    /// Parts: the mean of each field, the bound, and the monotonicity loss where there is one.
    fn losses(mut self, setting: &Setting<'_>) -> Losses {
        self.each.sort_unstable_by_key(|e| e.0);
        let mean = |(sum, count): &(f32, f32)| sum / count.max(1.0);
        let mut parts: Vec<f32> = self.fields.iter().map(mean).collect();
        parts.resize(setting.resolved.schema.fields(), 0.0);
        let bits: f32 = self.each.iter().map(|e| e.2).sum();
        parts.push(bits / self.each.len().max(1) as f32);
        if setting.config.monotonicity {
            parts.push(self.order);
        }
        Losses {
            total: self.total,
            parts,
            gradient: 0.0,
            breakdown: self.breakdown,
            each: self.each.into_iter().map(|e| e.1).collect(),
        }
    }
}

/// Gradients of batch number `batch` and its losses.
pub fn gradients(
    network: &TokenNet,
    device: &Device,
    setting: &Setting<'_>,
    examples: &[Example],
    batch: u64,
    compute: Compute,
) -> (GradientsParams, Losses) {
    let backward = |network: &TokenNet, places: &[usize], examples: &[Example]| {
        let first = places.first().copied().unwrap_or(0);
        let mut rng = setting.dropout(batch, first);
        let (total, order, nll) = setting.forward(network, examples, Pass::Train(&mut rng));
        let mut part = Part::default();
        for ((place, e), nll) in places.iter().zip(examples).zip(&nll) {
            part.add(Part::of(*place, e, nll));
        }
        part.total = total.clone().into_scalar::<f32>();
        part.order = order;
        let gradients = GradientsParams::from_grads(total.backward(), network);
        (gradients, part)
    };
    let mut sum = Part::default();
    let gradients = match compute {
        Compute::Tensors => {
            let places: Vec<usize> = (0..examples.len()).collect();
            let (gradients, part) = backward(network, &places, examples);
            sum.add(part);
            gradients
        }
        Compute::Cpu { threads } => {
            let learning = network.devices().into_iter().next();
            let learning = learning.unwrap_or_else(|| device.clone().autodiff());
            // Graphs that share a leaf would wait for each other, so every thread has leaves of its own. One window
            // at a time: nothing is gained by larger batches here, and dropout does not depend on the threads.
            let parts = side_by_side(&by_size(examples, threads, |e| e.rows), |part| {
                let network = network.clone().fork(&learning);
                let mut gradients: Option<GradientsParams> = None;
                let mut sum = Part::default();
                for (place, example) in part {
                    let one = std::slice::from_ref(*example);
                    let (more, part) = backward(&network, &[*place], one);
                    sum.add(part);
                    match &mut gradients {
                        None => gradients = Some(more),
                        Some(all) => gradient::add(&network, all, more),
                    }
                }
                (gradients.unwrap_or_default(), sum)
            });
            let mut all: Option<GradientsParams> = None;
            for (more, part) in parts {
                sum.add(part);
                match &mut all {
                    None => all = Some(more),
                    Some(all) => gradient::add(network, all, more),
                }
            }
            all.unwrap_or_default()
        }
    };
    (gradients, sum.losses(setting))
}

/// Losses without gradients, nothing dropped out.
pub fn evaluate(
    network: &TokenNet,
    setting: &Setting<'_>,
    examples: &[Example],
    compute: Compute,
) -> Losses {
    let forward = |places: &[usize], examples: &[Example]| {
        let (total, order, nll) = setting.forward(network, examples, Pass::Evaluate);
        let mut part = Part::default();
        for ((place, e), nll) in places.iter().zip(examples).zip(&nll) {
            part.add(Part::of(*place, e, nll));
        }
        part.total = total.into_scalar::<f32>();
        part.order = order;
        part
    };
    let mut sum = Part::default();
    match compute {
        Compute::Tensors => {
            for (i, examples) in examples.chunks(8).enumerate() {
                let places: Vec<usize> = (i * 8..i * 8 + examples.len()).collect();
                sum.add(forward(&places, examples));
            }
        }
        Compute::Cpu { threads } => {
            let parts = side_by_side(&by_size(examples, threads, |e| e.rows), |part| {
                let mut sum = Part::default();
                for (place, example) in part {
                    sum.add(forward(&[*place], std::slice::from_ref(*example)));
                }
                sum
            });
            parts.into_iter().for_each(|part| sum.add(part));
        }
    }
    sum.losses(setting)
}
