//! Cross-entropies of the masked elements and their gradient: on the host, row by row in place, and on tensors.

use super::{Example, Schema, monotonicity};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};
use std::ops::Range;

/// What an example asks, ready to be compared with logits on the host.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Rows with a masked element, in order: logits of no others are needed.
    pub rows: Vec<usize>,
    sizes: Vec<usize>,
    /// Rows of the whole example.
    of: usize,
    /// Truth of every field of those rows, `None` where it is known.
    targets: Vec<Option<usize>>,
    weights: Vec<f32>,
    /// Places for the monotonicity loss, what a squared difference of one counts, and where the logits of bar and
    /// position stand.
    places: Vec<Option<f32>>,
    monotonicity: f32,
    order: Option<[Range<usize>; 2]>,
}

/// Losses of one example.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostLoss {
    /// Everything, weighted; what the gradient is of.
    pub total: f32,
    /// The part of it that is the monotonicity loss.
    pub monotonicity: f32,
    /// Unweighted cross-entropy of each element in nats, `[rows, fields]` of the example, 0 where nothing is asked.
    pub nll: Vec<f32>,
}

impl Asked {
    /// What `example` asks, each element weighed as [`super::weights`] says. `monotonicity` is what one row's
    /// squared distance counts ([`monotonicity::WEIGHT`] over the rows of the batch), 0 for none.
    pub fn of(schema: &Schema, example: &Example, weights: &[f32], monotonicity: f32) -> Asked {
        let fields = example.fields;
        let offsets = schema.offsets();
        let logits_of = |f: usize| offsets[f]..offsets[f] + schema.sizes[f];
        let mut asked = Asked {
            order: schema
                .bar
                .zip(schema.position)
                .map(|(b, p)| [b, p].map(logits_of)),
            sizes: schema.sizes.clone(),
            of: example.rows,
            monotonicity,
            ..Asked::default()
        };
        let places = monotonicity::truth(schema, example);
        for (row, place) in places.into_iter().enumerate().take(example.real) {
            let at = row * fields..(row + 1) * fields;
            if !example.masked[at.clone()].contains(&true) {
                continue;
            }
            asked.rows.push(row);
            asked.places.push(place);
            for i in at {
                let target = example.masked[i].then_some(example.x0[i] as usize);
                asked.targets.push(target);
                asked.weights.push(weights[i]);
            }
        }
        asked
    }

    /// The loss under logits `[self.rows, all fields]`, which are replaced by its gradient.
    pub fn loss(&self, logits: &mut [f32]) -> HostLoss {
        let fields = self.sizes.len();
        let mut host = HostLoss {
            nll: vec![0.0; self.of * fields],
            ..HostLoss::default()
        };
        let width: usize = self.sizes.iter().sum();
        for (k, row) in logits
            .chunks_exact_mut(width.max(1))
            .enumerate()
            .take(self.rows.len())
        {
            let pull = self.pull(k, row);
            let mut from = 0;
            for (f, &size) in self.sizes.iter().enumerate() {
                let part = &mut row[from..from + size];
                from += size;
                let i = k * fields + f;
                let Some(target) = self.targets[i] else {
                    part.fill(0.0);
                    continue;
                };
                let nll = cross_entropy(part, target, self.weights[i]);
                host.nll[self.rows[k] * fields + f] = nll;
                host.total += nll * self.weights[i];
            }
            if let Some((loss, gradients)) = pull {
                host.monotonicity += loss;
                host.total += loss;
                for (at, gradient) in gradients {
                    row[at].iter_mut().zip(gradient).for_each(|(x, g)| *x += g);
                }
            }
        }
        host
    }

    /// The monotonicity loss of a row and its gradient in bar and position, where it counts.
    fn pull(&self, k: usize, row: &[f32]) -> Option<Pull> {
        let place = self.places[k].filter(|_| self.monotonicity != 0.0)?;
        let [bars, positions] = self.order.clone()?;
        let (mut bar, mut position) = (row[bars.clone()].to_vec(), row[positions.clone()].to_vec());
        let loss = monotonicity::row_loss(&mut bar, &mut position, place, self.monotonicity);
        Some((loss, [(bars, bar), (positions, position)]))
    }
}

/// A loss and its gradient by where it belongs.
type Pull = (f32, [(Range<usize>, Vec<f32>); 2]);

/// Cross-entropy in nats of one element, whose logits are replaced by `weight` times its gradient.
fn cross_entropy(logits: &mut [f32], target: usize, weight: f32) -> f32 {
    let wanted = logits[target];
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for x in logits.iter_mut() {
        *x = (*x - most).exp();
        sum += *x;
    }
    for x in logits.iter_mut() {
        *x *= weight / sum;
    }
    logits[target] -= weight;
    sum.ln() + most - wanted
}

/// Losses of a batch on tensors.
pub struct TensorLoss {
    /// Weighted sum, to go backward from; without the monotonicity loss ([`monotonicity::tensor_loss`]).
    pub total: Tensor<1>,
    /// Unweighted cross-entropies in nats, detached, `[batch, rows, fields]`, 0 where nothing is asked.
    pub nll: Tensor<3>,
}

/// The same loss from logits `[batch, rows, all fields]`, each example weighed by its `weights` `[rows, fields]`.
pub fn tensor_loss(
    logits: Tensor<3>,
    schema: &Schema,
    examples: &[Example],
    weights: &[Vec<f32>],
) -> TensorLoss {
    let device = logits.device();
    let [batch, rows, _] = logits.dims();
    let fields = schema.fields();
    let mut ids = vec![0i32; batch * rows * fields];
    let mut weighed = vec![0f32; ids.len()];
    let mut asked = vec![0f32; ids.len()];
    for (b, (e, w)) in examples.iter().zip(weights).enumerate() {
        let at = b * rows * fields;
        for i in (0..e.masked.len()).filter(|&i| e.masked[i]) {
            ids[at + i] = e.x0[i];
            weighed[at + i] = w[i];
            asked[at + i] = 1.0;
        }
    }
    let shape = [batch, rows, fields];
    let ids = Tensor::<3, Int>::from_data(TensorData::new(ids, shape), &device);
    let on_device = |v: Vec<f32>| Tensor::<3>::from_data(TensorData::new(v, shape), &device);
    let size = schema.sizes.first().copied().unwrap_or(0);
    let nll = if schema.sizes.iter().all(|&s| s == size) {
        // One softmax for all fields: rolls have 88 of them.
        let log = log_softmax(logits.reshape([batch * rows, fields, size]), 2);
        let ids = ids.reshape([batch * rows, fields, 1]);
        log.gather(2, ids).neg().reshape(shape)
    } else {
        let offsets = schema.offsets();
        let of_field = |f: usize| {
            let part = logits.clone().narrow(2, offsets[f], schema.sizes[f]);
            log_softmax(part, 2)
                .gather(2, ids.clone().narrow(2, f, 1))
                .neg()
        };
        Tensor::cat((0..fields).map(of_field).collect(), 2)
    };
    TensorLoss {
        total: (nll.clone() * on_device(weighed)).sum(),
        nll: nll.detach() * on_device(asked),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::context::Notation;
    use super::super::super::{Tally, generator};
    use super::super::objective::tests::example;
    use super::super::{Objective, weights};
    use super::*;
    use burn::tensor::Device;
    use rand::Rng;

    fn schema(sizes: &[usize]) -> Schema {
        Schema {
            sizes: sizes.to_vec(),
            attributes: vec![0, 1],
            bar: Some(0),
            position: Some(1),
            rows_a_bar: 2,
            notation: Notation::Rows,
        }
    }

    fn logits(n: usize) -> Vec<f32> {
        let mut rng = generator(1, 0);
        (0..n).map(|_| rng.random_range(-2.0..2.0)).collect()
    }

    /// Logits of the rows an example asks for.
    fn of_rows(all: &[f32], asked: &Asked, width: usize) -> Vec<f32> {
        let rows = asked.rows.iter();
        rows.flat_map(|r| &all[r * width..(r + 1) * width])
            .copied()
            .collect()
    }

    #[test]
    fn uniform_logits_cost_the_logarithm_of_the_sizes() {
        let (e, schema) = (example(), schema(&[3, 5]));
        let w = weights(Objective::Mlm, &e, &[], 1.0);
        let asked = Asked::of(&schema, &e, &w, 0.0);
        assert_eq!(asked.rows, [0, 1]);
        let host = asked.loss(&mut [0.0; 16]);
        let (three, five) = (3f32.ln(), 5f32.ln());
        assert!((host.total - (three + 2.0 * five) / 3.0).abs() < 1e-5);
        let near = |a: f32, b: f32| (a - b).abs() < 1e-5;
        assert!(near(host.nll[1], five) && near(host.nll[2], three) && host.nll[0] == 0.0);
    }

    #[test]
    fn host_and_tensors_agree_on_loss_and_gradient() {
        // Fields of different and of equal sizes go different ways on tensors.
        for sizes in [[3, 5], [5, 5]] {
            let schema = schema(&sizes);
            let width: usize = sizes.iter().sum();
            let examples = [example(), {
                let mut e = example();
                e.masked = vec![true, false, false, false, true, true, false, false];
                e
            }];
            let ws: Vec<Vec<f32>> = examples
                .iter()
                .map(|e| weights(Objective::ReweightedElbo, e, &[2.0, 0.5], 0.5))
                .collect();
            let all = logits(2 * 4 * width);
            let device = Device::flex().autodiff();
            let data = TensorData::new(all.clone(), [2, 4, width]);
            let tensor = Tensor::<3>::from_data(data, &device).require_grad();
            let loss = tensor_loss(tensor.clone(), &schema, &examples, &ws);
            let n: usize = examples
                .iter()
                .map(|e| monotonicity::rows(&schema, e))
                .sum();
            assert_eq!(n, 3);
            let order = monotonicity::tensor_loss(tensor.clone(), &schema, &examples);
            let total = loss.total.clone() + order.clone();
            let gradient = tensor.grad(&total.backward()).unwrap();
            let gradient = gradient.into_data().try_into_vec_as::<f32>().unwrap();
            let nll = loss.nll.into_data().try_into_vec_as::<f32>().unwrap();
            let (mut host_total, mut host_order) = (0.0, 0.0);
            for (b, (e, w)) in examples.iter().zip(&ws).enumerate() {
                let asked = Asked::of(&schema, e, w, monotonicity::WEIGHT / n as f32);
                let mut own = of_rows(&all[b * 4 * width..], &asked, width);
                let host = asked.loss(&mut own);
                host_total += host.total;
                host_order += host.monotonicity;
                for (a, t) in host.nll.iter().zip(&nll[b * 8..]) {
                    assert!((a - t).abs() < 1e-5);
                }
                let mut full = vec![0.0; 4 * width];
                for (k, &r) in asked.rows.iter().enumerate() {
                    let part = &own[k * width..(k + 1) * width];
                    full[r * width..(r + 1) * width].copy_from_slice(part);
                }
                for (a, t) in full.iter().zip(&gradient[b * 4 * width..]) {
                    assert!((a - t).abs() < 1e-4 * t.abs().max(1.0), "{a} {t}");
                }
            }
            let tensor_order: f32 = order.into_scalar();
            let tensor_total: f32 = loss.total.into_scalar::<f32>() + tensor_order;
            assert!((host_total - tensor_total).abs() < 1e-4 * tensor_total);
            assert!((host_order - tensor_order).abs() < 1e-4 * tensor_order);
            assert!(host_order > 0.0);
        }
    }

    #[test]
    fn a_tally_counts_every_masked_element_in_its_places() {
        let e = example();
        let mut tally = Tally::default();
        super::super::count(&mut tally, &e, &[9.0, 1.0, 2.0, 4.0, 9.0, 9.0, 9.0, 9.0]);
        assert_eq!((tally.by_time[2].count, tally.by_time[2].sum), (3, 7.0));
        assert_eq!(tally.by_field[0].mean(), Some(2.0));
        assert_eq!(tally.by_field[1].mean(), Some(2.5));
        assert_eq!((tally.by_bar.len(), tally.by_bar[0].count), (1, 3));
    }
}
