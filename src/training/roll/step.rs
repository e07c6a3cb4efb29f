//! The gradients of a batch of rolls: by our own arithmetic on a CPU, the windows dealt out to threads, or by burn on
//! any other device.

use crate::model::roll::input::input;
use crate::network::{FusedUnet, RollUnet, UnetGradients};
use crate::process::binomial::{RollExample, RollLoss, l1, l1_tensor};
use crate::training::learner::{Compute, Losses};
use crate::training::shares::{in_turn, side_by_side};
use crate::training::tally::Breakdown;
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

/// Rows of a bar of 4/4.
const BAR: usize = 16;

/// What is minimised.
#[derive(Clone, Copy)]
pub enum Judge<'a> {
    /// Cross-entropy of the free cells.
    Ours(&'a RollLoss),
    /// The reference's mean distance of all cells.
    Reference,
}

impl Judge<'_> {
    fn reference(self) -> bool {
        matches!(self, Judge::Reference)
    }

    /// The loss under logits, which are replaced by its gradient, and what each cell costs: nats, of the reference
    /// its distance.
    fn host(self, example: &RollExample, logits: &mut [f32], scale: f32) -> (f32, Vec<f32>) {
        match self {
            Judge::Ours(loss) => {
                let host = loss.loss(example, logits, scale);
                (host.total, host.nll)
            }
            Judge::Reference => {
                let off = logits.iter().zip(&example.x0);
                let cost = off.map(|(p, &x)| (p - f32::from(x)).abs()).collect();
                (l1(example, logits, scale), cost)
            }
        }
    }

    fn tensor(self, logits: Tensor<4>, examples: &[RollExample]) -> Tensor<1> {
        match self {
            Judge::Ours(loss) => loss.tensor(logits, examples),
            Judge::Reference => l1_tensor(logits, examples),
        }
    }
}

/// What came out of some examples.
#[derive(Default)]
struct Part {
    total: f32,
    /// Costs and how many, by plane.
    sums: [f64; 2],
    counts: [f64; 2],
    breakdown: Breakdown,
}

impl Part {
    fn count(&mut self, example: &RollExample, total: f32, cost: &[f32]) {
        self.total += total;
        let (cells, keys) = (example.shape.cells(), example.shape.keys);
        let mut bars = vec![(0.0f32, 0.0f32); example.shape.rows.div_ceil(BAR)];
        for (i, &cost) in cost.iter().enumerate() {
            if example.free[i % cells] {
                self.sums[(i / cells).min(1)] += f64::from(cost);
                self.counts[(i / cells).min(1)] += 1.0;
                let bar = &mut bars[i % cells / keys / BAR];
                *bar = (bar.0 + cost, bar.1 + 1.0);
            }
        }
        for (bar, (sum, count)) in bars.into_iter().enumerate().filter(|b| b.1.1 > 0.0) {
            self.breakdown.add(example.time.share(), bar, sum, count);
        }
    }

    fn add(&mut self, other: &Part) {
        self.total += other.total;
        for plane in 0..2 {
            self.sums[plane] += other.sums[plane];
            self.counts[plane] += other.counts[plane];
        }
        self.breakdown.merge(&other.breakdown);
    }

    fn losses(self, planes: usize) -> Losses {
        Losses {
            each: Vec::new(),
            total: self.total,
            parts: (0..planes)
                .map(|p| (self.sums[p] / self.counts[p].max(1.0)) as f32)
                .collect(),
            gradient: 0.0,
            breakdown: self.breakdown,
        }
    }
}

fn window(judge: Judge<'_>, e: &RollExample) -> Vec<f32> {
    input(judge.reference(), &e.xt, &e.free, e.shape)
}

/// Planes of these examples, 1 or 2.
fn planes(examples: &[RollExample]) -> usize {
    examples.first().map_or(1, |e| e.shape.planes.clamp(1, 2))
}

/// Logits of examples of one length by burn; `None` where the network cannot read them.
fn logits(network: &RollUnet, judge: Judge<'_>, examples: &[RollExample]) -> Option<Tensor<4>> {
    let first = examples.first()?;
    let inputs = network.inputs();
    let dims = [examples.len(), inputs, first.shape.rows, first.shape.keys];
    let values: Vec<f32> = examples.iter().flat_map(|e| window(judge, e)).collect();
    let times: Vec<f32> = examples.iter().map(|e| e.time.share()).collect();
    let device = network.devices().into_iter().next()?;
    let x = Tensor::<4>::from_data(TensorData::new(values, dims), &device);
    network.forward(x, Some(&times)).ok()
}

/// Gradients of a batch and its losses.
pub fn gradients(
    network: &RollUnet,
    device: &Device,
    judge: Judge<'_>,
    examples: &[RollExample],
    compute: Compute,
) -> (GradientsParams, Losses) {
    let planes = planes(examples);
    let scale = 1.0 / examples.len().max(1) as f32;
    match compute {
        Compute::Cpu { threads } => {
            let fused = FusedUnet::of(network);
            let mut parts = side_by_side(&in_turn(examples, threads), |part| {
                let mut gradients = fused.zero_gradients();
                let mut sum = Part::default();
                for e in part {
                    let mut cost = (0.0, Vec::new());
                    fused.backward(
                        &window(judge, e),
                        e.shape.rows,
                        e.time.share(),
                        |logits| cost = judge.host(e, logits, scale),
                        &mut gradients,
                    );
                    sum.count(e, cost.0, &cost.1);
                }
                (gradients, sum)
            })
            .into_iter();
            let (mut gradients, mut sum): (UnetGradients, Part) = parts
                .next()
                .unwrap_or_else(|| (fused.zero_gradients(), Part::default()));
            for (more, part) in parts {
                gradients.add(&more);
                sum.add(&part);
            }
            (
                gradients.into_gradients(network, device),
                sum.losses(planes),
            )
        }
        Compute::Tensors => {
            let mut sum = Part::default();
            let Some(logits) = logits(network, judge, examples) else {
                return (GradientsParams::new(), sum.losses(planes));
            };
            let loss = judge.tensor(logits.clone(), examples);
            let gradients = GradientsParams::from_grads(loss.backward(), network);
            sum.tensors(judge, logits, examples, scale);
            (gradients, sum.losses(planes))
        }
    }
}

impl Part {
    fn tensors(
        &mut self,
        judge: Judge<'_>,
        logits: Tensor<4>,
        examples: &[RollExample],
        scale: f32,
    ) {
        let values = logits.into_data().try_into_vec_as::<f32>();
        let mut values = values.unwrap_or_default();
        for e in examples {
            let rest = values.split_off(e.shape.len().min(values.len()));
            let (total, cost) = judge.host(e, &mut values, scale);
            self.count(e, total, &cost);
            values = rest;
        }
    }
}

/// Losses of examples without gradients.
pub fn evaluate(
    network: &RollUnet,
    judge: Judge<'_>,
    examples: &[RollExample],
    compute: Compute,
) -> Losses {
    let scale = 1.0 / examples.len().max(1) as f32;
    let mut sum = Part::default();
    match compute {
        Compute::Cpu { threads } => {
            let fused = FusedUnet::of(network);
            let parts = side_by_side(&in_turn(examples, threads), |part| {
                let mut sum = Part::default();
                for e in part {
                    let time = e.time.share();
                    let mut logits = fused.logits(&window(judge, e), e.shape.rows, time);
                    let (total, cost) = judge.host(e, &mut logits, scale);
                    sum.count(e, total, &cost);
                }
                sum
            });
            parts.iter().for_each(|part| sum.add(part));
        }
        Compute::Tensors => {
            for e in examples.chunks(1) {
                if let Some(logits) = logits(network, judge, e) {
                    sum.tensors(judge, logits, e, scale);
                }
            }
        }
    }
    sum.losses(planes(examples))
}
