//! What a roll is trained on.
//!
//! The reference's L1 on rolls of three cells in a hundred is least for silence: below one half every cell is best
//! guessed off. Cross-entropy is least at the true odds. A positive weight w above 1 lets the rare cells speak
//! louder, and makes the odds w times too high, which is undone before anything is drawn
//! ([`RollLoss::calibration`]): silence gains nothing, and the number of notes stays the music's.

use super::corrupt::RollExample;
use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// Binary cross-entropy of the free cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RollLoss {
    /// Weight of a cell that is on, by plane; what is missing counts 1.
    pub positive: Vec<f32>,
}

impl Default for RollLoss {
    fn default() -> Self {
        RollLoss {
            positive: vec![4.0, 2.0],
        }
    }
}

/// Losses of one example.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RollHostLoss {
    /// Weighted mean over the free cells of all planes, times the scale; what the gradient is of.
    pub total: f32,
    /// Cross-entropy of each free cell at the odds without the weight, nats, `[planes, rows, keys]`; 0 elsewhere.
    pub nll: Vec<f32>,
}

/// ln(1 + e^x).
fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

impl RollLoss {
    fn weight(&self, plane: usize) -> f32 {
        self.positive.get(plane).copied().unwrap_or(1.0).max(1e-3)
    }

    /// What is to be added to a logit of a plane to have true odds: -ln w.
    pub fn calibration(&self, plane: usize) -> f32 {
        -self.weight(plane).ln()
    }

    /// The loss under logits `[planes, rows, keys]`, which are replaced by its gradient. `scale` is 1/B for a mean
    /// over a batch of B.
    pub fn loss(&self, example: &RollExample, logits: &mut [f32], scale: f32) -> RollHostLoss {
        let cells = example.shape.cells();
        let unit = scale / example.asked().max(1) as f32;
        let mut host = RollHostLoss {
            total: 0.0,
            nll: vec![0.0; logits.len()],
        };
        for (i, x) in logits.iter_mut().enumerate() {
            if !example.free[i % cells] {
                *x = 0.0;
                continue;
            }
            let (plane, on) = (i / cells, example.x0[i]);
            let p = 1.0 / (1.0 + (-*x).exp());
            let true_odds = *x + self.calibration(plane);
            host.nll[i] = softplus(if on { -true_odds } else { true_odds });
            if on {
                let w = self.weight(plane) * unit;
                host.total += w * softplus(-*x);
                *x = w * (p - 1.0);
            } else {
                host.total += unit * softplus(*x);
                *x = unit * p;
            }
        }
        host
    }

    /// The same loss of a batch, its mean, from logits `[batch, planes, rows, keys]`.
    pub fn tensor(&self, logits: Tensor<4>, examples: &[RollExample]) -> Tensor<1> {
        let shape = logits.dims();
        let device = logits.device();
        let size: usize = shape[1..].iter().product();
        let (mut on, mut off) = (vec![0f32; shape[0] * size], vec![0f32; shape[0] * size]);
        for (b, e) in examples.iter().enumerate() {
            let cells = e.shape.cells();
            let unit = 1.0 / (e.asked().max(1) * examples.len()) as f32;
            for i in (0..size).filter(|i| e.free[i % cells]) {
                match e.x0[i] {
                    true => on[b * size + i] = unit * self.weight(i / cells),
                    false => off[b * size + i] = unit,
                }
            }
        }
        let on_device = |v: Vec<f32>| Tensor::<4>::from_data(TensorData::new(v, shape), &device);
        let on = log_sigmoid(logits.clone()) * on_device(on);
        let off = log_sigmoid(logits.neg()) * on_device(off);
        (on + off).sum().neg()
    }
}

/// The reference's loss, mean |prediction - x0|, from predictions `[planes, rows, keys]`, which are replaced by its
/// gradient times `scale`.
pub fn l1(example: &RollExample, predictions: &mut [f32], scale: f32) -> f32 {
    let unit = scale / predictions.len().max(1) as f32;
    let mut total = 0.0;
    for (p, &x) in predictions.iter_mut().zip(&example.x0) {
        let off = *p - f32::from(x);
        total += unit * off.abs();
        // At the corner the slope is 0, as it is in PyTorch.
        *p = if off == 0.0 { 0.0 } else { unit * off.signum() };
    }
    total
}

/// The same of a batch `[batch, planes, rows, keys]`.
pub fn l1_tensor(predictions: Tensor<4>, examples: &[RollExample]) -> Tensor<1> {
    let device = predictions.device();
    let shape = predictions.dims();
    let truth: Vec<f32> = examples
        .iter()
        .flat_map(|e| &e.x0)
        .map(|&x| f32::from(x))
        .collect();
    let truth = Tensor::<4>::from_data(TensorData::new(truth, shape), &device);
    (predictions - truth).abs().mean()
}

#[cfg(test)]
mod tests {
    use super::super::super::{Time, generator};
    use super::super::roll::Shape;
    use super::*;
    use burn::tensor::Device;
    use rand::Rng;

    fn example(seed: u64) -> RollExample {
        let mut rng = generator(seed, 0);
        let shape = Shape {
            planes: 2,
            rows: 3,
            keys: 4,
        };
        let x0: Vec<bool> = (0..24).map(|_| rng.random_bool(0.3)).collect();
        RollExample {
            xt: x0.clone(),
            x0,
            free: (0..12).map(|i| i % 5 != 0).collect(),
            shape,
            time: Time::uniform(3, 10),
        }
    }

    fn logits(n: usize) -> Vec<f32> {
        let mut rng = generator(9, 0);
        (0..n).map(|_| rng.random_range(-3.0..3.0)).collect()
    }

    #[test]
    fn losses_by_hand() {
        let e = RollExample {
            shape: Shape {
                planes: 1,
                rows: 1,
                keys: 3,
            },
            x0: vec![true, false, true],
            xt: vec![false; 3],
            free: vec![true, true, false],
            time: Time::uniform(1, 10),
        };
        let loss = RollLoss {
            positive: vec![3.0],
        };
        let mut l = [2f32.ln(), 0.0, 7.0];
        let host = loss.loss(&e, &mut l, 1.0);
        // p = 2/3 and 1/2: (3 ln 1.5 + ln 2) / 2.
        assert!((host.total - (3.0 * 1.5f32.ln() + 2f32.ln()) / 2.0).abs() < 1e-6);
        assert!((l[0] + 3.0 / 3.0 / 2.0).abs() < 1e-6 && (l[1] - 0.25).abs() < 1e-6 && l[2] == 0.0);
        // At true odds: 2 to 1 becomes 2 to 3, one to one becomes one to three.
        assert!((host.nll[0] - 2.5f32.ln()).abs() < 1e-6);
        assert!((host.nll[1] - (4.0f32 / 3.0).ln()).abs() < 1e-6);
        let mut p = [0.25, 0.5, 1.0];
        assert!((l1(&e, &mut p, 1.0) - 1.25 / 3.0).abs() < 1e-6);
        let third = 1.0 / 3.0;
        assert_eq!(p, [-third, third, 0.0]);
    }

    #[test]
    fn host_and_tensors_agree_on_loss_and_gradient() {
        let examples = [example(1), example(2)];
        let all = logits(48);
        let loss = RollLoss::default();
        let device = Device::flex().autodiff();
        for reference in [false, true] {
            let data = TensorData::new(all.clone(), [2, 2, 3, 4]);
            let tensor = Tensor::<4>::from_data(data, &device).require_grad();
            let total = match reference {
                true => l1_tensor(tensor.clone(), &examples),
                false => loss.tensor(tensor.clone(), &examples),
            };
            let gradient = tensor.grad(&total.backward()).unwrap();
            let gradient = gradient.into_data().try_into_vec_as::<f32>().unwrap();
            let mut host = 0.0;
            for (b, e) in examples.iter().enumerate() {
                let mut own = all[b * 24..(b + 1) * 24].to_vec();
                host += match reference {
                    true => l1(e, &mut own, 0.5),
                    false => loss.loss(e, &mut own, 0.5).total,
                };
                for (a, t) in own.iter().zip(&gradient[b * 24..]) {
                    assert!((a - t).abs() < 1e-6, "{a} {t}");
                }
            }
            let total: f32 = total.into_scalar();
            assert!((host - total).abs() < 1e-5, "{host} {total}");
        }
    }

    #[test]
    fn silence_is_best_for_l1_and_the_true_odds_for_ours() {
        // Three cells in a hundred are on; one guess for all.
        let x0: Vec<bool> = (0..100).map(|i| i < 3).collect();
        let e = RollExample {
            shape: Shape {
                planes: 1,
                rows: 10,
                keys: 10,
            },
            xt: x0.clone(),
            x0,
            free: vec![true; 100],
            time: Time::uniform(1, 10),
        };
        let guesses: Vec<f32> = (0..50).map(|k| k as f32 / 50.0).collect();
        let least = |cost: &dyn Fn(f32) -> f32| {
            let best = guesses
                .iter()
                .min_by(|a, b| cost(**a).total_cmp(&cost(**b)));
            *best.unwrap()
        };
        assert_eq!(least(&|p| l1(&e, &mut [p; 100], 1.0)), 0.0);
        for w in [1.0, 5.0] {
            let loss = RollLoss { positive: vec![w] };
            // A network that says p after calibration has said p's odds times w.
            let cost = |p: f32| {
                let p = p.max(1e-4);
                let logit = (p / (1.0 - p)).ln() - loss.calibration(0);
                loss.loss(&e, &mut [logit; 100], 1.0).total
            };
            assert!((least(&cost) - 0.03).abs() < 0.015, "{w}: {}", least(&cost));
        }
    }
}
