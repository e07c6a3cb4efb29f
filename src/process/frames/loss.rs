//! The loss of hidden cells: the mean cross-entropy of each example, examples alike. In expectation over how much is
//! hidden this is the order-agnostic bound on the log-likelihood (Uria et al. 2014).

use super::Example;
use crate::tokenizer::grid::frames::{CLASSES, LOGITS, VOICES};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};

/// Examples with fewer hidden cells than this weigh less, or single cells would drown the batch in noise.
const FEWEST: usize = 16;

/// Weight of one hidden cell of an example in a batch of `examples`.
fn weight(hidden: usize, examples: usize) -> f32 {
    1.0 / (hidden.max(FEWEST) * examples.max(1)) as f32
}

/// The hidden cells of an example, ready to be compared with logits on the host.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    example: &'a Example,
    /// Steps with a hidden cell, in order.
    pub steps: Vec<usize>,
    weight: f32,
}

/// Losses of one example.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostLoss {
    /// What is minimised.
    pub total: f32,
    /// Sum of the cross-entropies of each voice, nats, and how many they are.
    pub sums: [f32; VOICES],
    pub counts: [f32; VOICES],
    /// Sum of the cross-entropies of each asked step, and of how many cells.
    pub steps: Vec<(f32, f32)>,
}

impl HostLoss {
    fn add(&mut self, voice: usize, nll: f32, weight: f32) {
        self.sums[voice] += nll;
        self.counts[voice] += 1.0;
        self.total += nll * weight;
        if let Some((sum, count)) = self.steps.last_mut() {
            *sum += nll;
            *count += 1.0;
        }
    }
}

impl<'a> Asked<'a> {
    /// What `example` asks for as one of a batch of `examples`.
    pub fn of(example: &'a Example, examples: usize) -> Asked<'a> {
        let any = |h: &[bool; VOICES]| h.contains(&true);
        let steps = example.hidden.iter().enumerate();
        Asked {
            steps: steps.filter(|(_, h)| any(h)).map(|(i, _)| i).collect(),
            weight: weight(example.count(), examples),
            example,
        }
    }

    /// The loss of logits `[steps.len(), LOGITS]`, and its gradient where they were.
    pub fn loss(&self, logits: &mut [f32]) -> HostLoss {
        let mut host = HostLoss::default();
        for (row, &step) in logits.chunks_exact_mut(LOGITS).zip(&self.steps) {
            host.steps.push((0.0, 0.0));
            for (voice, part) in row.chunks_exact_mut(CLASSES).enumerate() {
                if !self.example.hidden[step][voice] {
                    part.fill(0.0);
                    continue;
                }
                let truth = self.example.frames[step][voice] as usize;
                let wanted = part[truth];
                let most = part.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let mut sum = 0.0;
                for x in part.iter_mut() {
                    *x = (*x - most).exp();
                    sum += *x;
                }
                host.add(voice, sum.ln() + most - wanted, self.weight);
                for x in part.iter_mut() {
                    *x *= self.weight / sum;
                }
                part[truth] -= self.weight;
            }
        }
        host
    }
}

/// The same loss of logits `[batch, rows, LOGITS]` on any device, as one number to go back from, and the losses of each
/// example. `all` is the number of examples of the whole batch, of which these may be a part.
pub fn tensor_loss(
    logits: Tensor<3>,
    examples: &[Example],
    all: usize,
) -> (Tensor<1>, Vec<HostLoss>) {
    let device = logits.device();
    let [batch, rows, _] = logits.dims();
    let cells = batch * rows * VOICES;
    let (mut ids, mut weights) = (vec![0i32; cells], vec![0f32; cells]);
    for (b, e) in examples.iter().enumerate() {
        let w = weight(e.count(), all);
        for (step, hidden) in e.hidden.iter().enumerate() {
            for voice in (0..VOICES).filter(|&v| hidden[v]) {
                let at = (b * rows + step) * VOICES + voice;
                ids[at] = e.frames[step][voice].into();
                weights[at] = w;
            }
        }
    }
    let shape = [batch * rows, VOICES, 1];
    let ids = Tensor::<3, Int>::from_data(TensorData::new(ids, shape), &device);
    let weights = Tensor::<3>::from_data(TensorData::new(weights, shape), &device);
    let log = log_softmax(logits.reshape([batch * rows, VOICES, CLASSES]), 2);
    let nll = log.gather(2, ids).neg();
    let total = (nll.clone() * weights).sum();
    let nll = nll
        .detach()
        .into_data()
        .try_into_vec_as::<f32>()
        .unwrap_or_default();
    let losses = examples.iter().enumerate().map(|(b, e)| {
        let mut host = HostLoss::default();
        for (step, hidden) in e.hidden.iter().enumerate() {
            if !hidden.contains(&true) {
                continue;
            }
            host.steps.push((0.0, 0.0));
            for voice in (0..VOICES).filter(|&v| hidden[v]) {
                let at = (b * rows + step) * VOICES + voice;
                let nll = nll.get(at).copied().unwrap_or(f32::NAN);
                host.add(voice, nll, weight(e.count(), all));
            }
        }
        host
    });
    (total, losses.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::grid::frames::Place;
    use burn::tensor::Device;

    fn example() -> Example {
        let mut hidden = vec![[false; VOICES]; 20];
        for (step, hidden) in hidden.iter_mut().enumerate() {
            hidden[1] = step % 2 == 0;
            hidden[3] = true;
        }
        hidden[5] = [false; VOICES];
        Example {
            frames: (0..20).map(|s| [40, 35, s as u8, 88]).collect(),
            rhythm: vec![[None; VOICES]; 20],
            places: vec![Place::default(); 20],
            hidden,
            rate: 0.5,
        }
    }

    #[test]
    fn knowing_nothing_costs_the_logarithm_of_the_classes() {
        let e = example();
        let asked = Asked::of(&e, 2);
        assert_eq!((asked.steps.len(), e.count()), (19, 29));
        let host = asked.loss(&mut vec![0.0; 19 * LOGITS]);
        let nats = (CLASSES as f32).ln();
        assert!((host.total - nats / 2.0).abs() < 1e-4, "{host:?}");
        assert_eq!(host.counts, [0.0, 10.0, 0.0, 19.0]);
        assert!((host.sums[1] - 10.0 * nats).abs() < 1e-3);
    }

    #[test]
    fn both_ways_give_the_same_loss_and_gradient() {
        let e = example();
        let device = Device::flex().autodiff();
        let values: Vec<f32> = (0..20 * LOGITS).map(|i| (i as f32 * 0.37).sin()).collect();
        let logits =
            Tensor::<3>::from_data(TensorData::new(values.clone(), [1, 20, LOGITS]), &device)
                .require_grad();
        let (total, theirs) = tensor_loss(logits.clone(), std::slice::from_ref(&e), 1);
        let gradient = logits.grad(&total.backward()).unwrap();
        let gradient = gradient.into_data().try_into_vec_as::<f32>().unwrap();
        let asked = Asked::of(&e, 1);
        let mut rows: Vec<f32> = asked
            .steps
            .iter()
            .flat_map(|s| values[s * LOGITS..(s + 1) * LOGITS].to_vec())
            .collect();
        let ours = asked.loss(&mut rows);
        assert!((ours.total - theirs[0].total).abs() < 1e-4);
        assert_eq!(ours.counts, theirs[0].counts);
        assert_eq!(ours.steps.len(), theirs[0].steps.len());
        for (row, step) in rows.chunks_exact(LOGITS).zip(&asked.steps) {
            for (a, b) in row.iter().zip(&gradient[step * LOGITS..]) {
                assert!((a - b).abs() < 1e-6);
            }
        }
    }
}
