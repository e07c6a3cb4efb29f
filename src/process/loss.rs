//! Losses of absorbing diffusion: cross-entropies of the masked values, weighed three ways.

use super::corruption::Example;
use crate::tokenizer::octuple::vocabulary::{LOGITS, SIZES};
use crate::tokenizer::octuple::{CHANNELS, Channel};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// How the cross-entropy of an example with masked share `u` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weighting {
    /// The variational bound: 1/u, in nats a free value.
    Elbo,
    /// The reference's re-weighted bound: (1 - u), which tames the noise of nearly clean examples.
    ReweightedElbo,
    /// Mean over the masked values of each channel, channels added up.
    #[default]
    MaskedMean,
}

/// Sums that a loss is normalised by, over a whole batch, so that a batch may be split among threads and
/// the parts still add up to the same loss.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Masked values with a target, by channel.
    pub masked: [f32; CHANNELS],
}

impl Counts {
    /// Counts of a batch.
    pub fn of(examples: &[Example]) -> Counts {
        let mut masked = [0.0; CHANNELS];
        for target in examples.iter().flat_map(|e| &e.target) {
            for (c, t) in target.iter().enumerate() {
                masked[c] += t.is_some() as u32 as f32;
            }
        }
        Counts { masked }
    }
}

/// Weight of one masked value of `channel` in an example masked at `rate`.
pub fn weight(weighting: Weighting, counts: &Counts, channel: usize, rate: f32) -> f32 {
    let all: f32 = counts.masked.iter().sum::<f32>().max(1.0);
    match weighting {
        Weighting::MaskedMean => 1.0 / counts.masked[channel].max(1.0),
        Weighting::ReweightedElbo => (1.0 - rate).max(0.02) * CHANNELS as f32 / all,
        Weighting::Elbo => 1.0 / rate.max(0.02) * CHANNELS as f32 / all,
    }
}

/// What [`loss`] gives.
pub struct TensorLoss {
    /// The loss, a single value.
    pub total: Tensor<1>,
    /// Sum of the cross-entropies of each channel, unweighted, nats: `[CHANNELS]`.
    pub sums: Tensor<1>,
    /// Sum of the cross-entropies of each row over its channels, unweighted, nats: `[batch, rows]`.
    pub rows: Tensor<2>,
}

/// Loss of `examples` under `logits` `[batch, rows, LOGITS]`.
///
/// `counts` are those of the whole batch of which these examples may be a part.
pub fn loss(
    logits: Tensor<3>,
    examples: &[Example],
    weighting: Weighting,
    counts: &Counts,
) -> TensorLoss {
    let device = logits.device();
    let [batch, rows, _] = logits.dims();
    let mut total: Option<Tensor<1>> = None;
    let mut sums = Vec::with_capacity(CHANNELS);
    let mut by_row = Tensor::<2>::zeros([batch, rows], &device);
    for channel in Channel::ALL {
        let c = channel as usize;
        let mut ids = vec![0i32; batch * rows];
        let mut weights = vec![0f32; batch * rows];
        let mut ones = vec![0f32; batch * rows];
        for (b, e) in examples.iter().enumerate() {
            let w = weight(weighting, counts, c, e.rate);
            for (r, t) in e.target.iter().enumerate() {
                if let Some(v) = t[c] {
                    // The network answers in the key it reads.
                    let v = match channel {
                        Channel::Pitch => e.rows.read_pitch(v),
                        _ => v,
                    };
                    ids[b * rows + r] = v as i32;
                    weights[b * rows + r] = w;
                    ones[b * rows + r] = 1.0;
                }
            }
        }
        let shape = [batch, rows, 1];
        let ids = Tensor::<3, Int>::from_data(TensorData::new(ids, shape), &device);
        let weights = Tensor::<3>::from_data(TensorData::new(weights, shape), &device);
        let ones = Tensor::<3>::from_data(TensorData::new(ones, shape), &device);
        let log = log_softmax(logits.clone().narrow(2, channel.offset(), SIZES[c]), 2);
        let nll = log.gather(2, ids).neg();
        let plain = nll.clone().detach() * ones;
        sums.push(plain.clone().sum());
        by_row = by_row + plain.squeeze_dim::<2>(2);
        let part = (nll * weights).sum();
        total = Some(match total {
            Some(t) => t + part,
            None => part,
        });
    }
    TensorLoss {
        total: total.unwrap_or_else(|| Tensor::zeros([1], &device)),
        sums: Tensor::cat(sums, 0),
        rows: by_row,
    }
}

/// The values of an example that are asked for, ready to be compared with logits on the host.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Rows with a target, in order.
    pub rows: Vec<usize>,
    targets: Vec<[Option<u8>; CHANNELS]>,
    weights: [f32; CHANNELS],
}

/// Losses of one example.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostLoss {
    pub total: f32,
    /// Sums of cross-entropies of each channel, unweighted, nats.
    pub sums: [f32; CHANNELS],
    /// Sums of cross-entropies of each asked row, unweighted, nats.
    pub rows: Vec<f32>,
}

impl Asked {
    /// What `example` asks for, weighed as a part of the batch that `counts` counted.
    pub fn of(example: &Example, weighting: Weighting, counts: &Counts) -> Asked {
        let mut asked = Asked {
            weights: std::array::from_fn(|c| weight(weighting, counts, c, example.rate)),
            ..Asked::default()
        };
        for (row, target) in example.target.iter().enumerate() {
            if target.iter().any(Option::is_some) {
                let mut target = *target;
                let pitch = &mut target[Channel::Pitch as usize];
                *pitch = pitch.map(|p| example.rows.read_pitch(p));
                asked.rows.push(row);
                asked.targets.push(target);
            }
        }
        asked
    }

    /// The same loss as [`loss`] of logits `[rows.len(), LOGITS]`, and its gradient where `logits` were.
    pub fn loss(&self, logits: &mut [f32]) -> HostLoss {
        let mut host = HostLoss::default();
        for (row, target) in logits.chunks_exact_mut(LOGITS).zip(&self.targets) {
            let mut of_row = 0.0;
            for channel in Channel::ALL {
                let c = channel as usize;
                let part = &mut row[channel.offset()..channel.offset() + SIZES[c]];
                let Some(v) = target[c] else {
                    part.fill(0.0);
                    continue;
                };
                let wanted = part[v as usize];
                let most = part.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let mut sum = 0.0;
                for x in part.iter_mut() {
                    *x = (*x - most).exp();
                    sum += *x;
                }
                let nll = sum.ln() + most - wanted;
                host.sums[c] += nll;
                of_row += nll;
                host.total += nll * self.weights[c];
                for x in part.iter_mut() {
                    *x *= self.weights[c] / sum;
                }
                part[v as usize] -= self.weights[c];
            }
            host.rows.push(of_row);
        }
        host
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;
    use crate::tokenizer::octuple::{Hole, Piece, Rows};
    use burn::tensor::Device;

    fn example() -> Example {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        s.add_note(t, 0, 480, 61, 80);
        let piece = Piece::of_score(&s, &s.bars(), 0, 1, &[]);
        let mut rows = Rows::layout(&piece, &Hole::bars(&piece, |_, _| true), true);
        rows.drop_absent();
        let v = rows.rows[0].value;
        let target = vec![[None, Some(v[1]), Some(v[2]), None, None]];
        Example {
            piece,
            rows,
            target,
            rate: 0.5,
        }
    }

    #[test]
    fn uniform_logits_cost_the_logarithm_of_the_sizes() {
        let e = [example()];
        let counts = Counts::of(&e);
        assert_eq!(counts.masked, [0.0, 1.0, 1.0, 0.0, 0.0]);
        let logits = Tensor::<3>::zeros([1, 1, LOGITS], &Device::flex());
        let value = |w| -> f32 { loss(logits.clone(), &e, w, &counts).total.into_scalar() };
        let nats = 32f32.ln() + 128f32.ln();
        assert!((value(Weighting::MaskedMean) - nats).abs() < 1e-4);
        // Half masked: the bound weighs by 1 / 0.5, the re-weighted one by 1 - 0.5; five channels over two values.
        assert!((value(Weighting::Elbo) - nats * 2.0 * 2.5).abs() < 1e-3);
        assert!((value(Weighting::ReweightedElbo) - nats * 0.5 * 2.5).abs() < 1e-3);
    }

    #[test]
    fn certainty_costs_nothing() {
        let e = [example()];
        let mut logits = vec![0f32; LOGITS];
        logits[Channel::Onset.offset()] = 50.0;
        logits[Channel::Pitch.offset() + 61] = 50.0;
        let logits =
            Tensor::<3>::from_data(TensorData::new(logits, [1, 1, LOGITS]), &Device::flex());
        let TensorLoss { total, sums, rows } =
            loss(logits, &e, Weighting::MaskedMean, &Counts::of(&e));
        assert!(rows.sum().into_scalar::<f32>().abs() < 1e-4);
        assert!(total.into_scalar::<f32>().abs() < 1e-4);
        assert!(
            sums.into_data()
                .try_into_vec_as::<f32>()
                .unwrap()
                .iter()
                .all(|s| s.abs() < 1e-4)
        );
    }
}
