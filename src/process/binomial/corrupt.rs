//! Examples of the binomial process.

use super::super::context::Notation;
use super::super::{Holes, Tally, Time};
use super::chain::{divergence, marginal};
use super::roll::{Shape, planes_of};
use rand::Rng;
use serde::{Deserialize, Serialize};

/// Draws before a hole that closes again is given up for the whole roll.
const TRIES: usize = 8;
/// Rows of a bar.
const BAR: usize = 16;

/// The process as a model's card and a training's configuration name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RollProcess {
    /// S: steps of training.
    pub steps: u32,
    /// How often the noise of each plane is on, 0..=1: the share of the data that is.
    pub ratios: Vec<f32>,
}

impl Default for RollProcess {
    /// The reference's: 100 steps, one plane, 3 in 100.
    fn default() -> Self {
        RollProcess {
            steps: 100,
            ratios: vec![0.03],
        }
    }
}

/// A process that cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "a process of {steps} steps with noise of {ratios:?} cannot be run; it needs a step at least and one or two ratios \
     between 0 and 1, such as the share of cells that are on in the data"
)]
pub struct RollProcessError {
    pub steps: u32,
    pub ratios: Vec<f32>,
}

/// A noisy roll and what was there.
#[derive(Clone, Debug, PartialEq)]
pub struct RollExample {
    pub shape: Shape,
    /// The truth, `[planes, rows, keys]`, off in padding.
    pub x0: Vec<bool>,
    /// What the network sees. Known cells are clean.
    pub xt: Vec<bool>,
    /// Cells that are asked for, `[rows, keys]`; the network is told the others are known.
    pub free: Vec<bool>,
    /// The level is the share t/T: beta of the reference's step t - 1.
    pub time: Time,
}

impl RollExample {
    /// Cells and planes that are asked for: the N of the losses.
    pub fn asked(&self) -> usize {
        self.free.iter().filter(|&&f| f).count() * self.shape.planes
    }

    /// The variational bound in nats a cell and plane, from the model's calibrated probabilities of x0 `[planes,
    /// rows, keys]`. Its mean over t bounds the negative log-likelihood of the free cells.
    pub fn bound(&self, process: &RollProcess, p0: &[f32]) -> f32 {
        let cells = self.shape.cells();
        let (now, next) = (
            self.time.share(),
            (self.time.t - 1) as f32 / self.time.of as f32,
        );
        let cost = |i: usize| {
            let ratio = process.ratio(i / cells);
            divergence(self.xt[i], self.x0[i], p0[i], now, next, ratio)
        };
        let free = (0..self.x0.len()).filter(|i| self.free[i % cells]);
        free.map(cost).sum::<f32>() / (self.time.probability * self.asked().max(1) as f32)
    }

    /// Adds what the free cells cost, `nll` in nats `[planes, rows, keys]`, to a tally: planes are its fields.
    pub fn count(&self, tally: &mut Tally, nll: &[f32]) {
        let cells = self.shape.cells();
        for (i, &nll) in nll.iter().enumerate().filter(|(i, _)| self.free[i % cells]) {
            let row = i % cells / self.shape.keys;
            tally.add(self.time.share(), i / cells, row / BAR, nll);
        }
    }
}

/// Item i of the reference's data: its segment and its step t, 0..S.
pub fn reference_item(i: usize, steps: u32) -> (usize, u32) {
    let steps = steps.max(1) as usize;
    (i / steps, (i % steps) as u32)
}

impl RollProcess {
    /// Planes of a roll: as many as there are ratios.
    pub fn planes(&self) -> usize {
        self.ratios.len().clamp(1, 2)
    }

    /// How often the noise of a plane is on, 0..=1.
    pub fn ratio(&self, plane: usize) -> f32 {
        self.ratios
            .get(plane)
            .copied()
            .unwrap_or(0.0)
            .clamp(0.0, 1.0)
    }

    /// Whether the process can be run.
    ///
    /// # Errors
    /// What is wrong with its numbers.
    pub fn check(&self) -> Result<(), RollProcessError> {
        let fair = |r: &f32| *r > 0.0 && *r < 1.0;
        if self.steps > 0 && (1..=2).contains(&self.ratios.len()) && self.ratios.iter().all(fair) {
            return Ok(());
        }
        Err(RollProcessError {
            steps: self.steps,
            ratios: self.ratios.clone(),
        })
    }

    /// Noise at a level: each cell of `x0` `[planes, cells]` alone. In the place of x0 the result is x_t.
    pub fn forward(&self, x0: &[bool], level: f32, rng: &mut (impl Rng + ?Sized)) -> Vec<bool> {
        let cells = (x0.len() / self.planes().max(1)).max(1);
        let on = |(i, &x): (usize, &bool)| {
            let p = marginal(x, level, self.ratio(i / cells));
            rng.random_range(0.0..1.0f32) < p
        };
        x0.iter().enumerate().map(on).collect()
    }

    /// An example as the reference makes it: one plane, every cell noisy and asked for. `ids` `[rows, keys]`.
    pub fn reference_example(
        &self,
        ids: &[i32],
        keys: usize,
        time: Time,
        rng: &mut (impl Rng + ?Sized),
    ) -> RollExample {
        let shape = Shape {
            planes: self.planes(),
            rows: ids.len() / keys.max(1),
            keys,
        };
        let x0 = planes_of(ids, shape.planes);
        RollExample {
            xt: self.forward(&x0, time.share(), rng),
            free: vec![true; shape.cells()],
            x0,
            shape,
            time,
        }
    }

    /// An example with a hole: cells outside it are known and clean, as they are at work. `ids` `[real rows, keys]`
    /// are padded to `rows`; padding is known silence.
    pub fn example(
        &self,
        ids: &[i32],
        keys: usize,
        rows: usize,
        holes: &Holes,
        time: Time,
        rng: &mut (impl Rng + ?Sized),
    ) -> RollExample {
        let real = (ids.len() / keys.max(1)).min(rows);
        let ids = &ids[..real * keys];
        let bars: Vec<usize> = (0..real).map(|r| r / BAR).collect();
        let notation = match self.planes() {
            1 => Notation::Frames,
            _ => Notation::Roll,
        };
        let mut context = ids.to_vec();
        let mut free = vec![true; ids.len()];
        for _ in 0..TRIES {
            let mut hole = holes.draw(&bars, keys, rng);
            let mut around = ids.to_vec();
            notation.settle(&mut around, &mut hole, keys);
            if hole.contains(&true) {
                (context, free) = (around, hole);
                break;
            }
        }
        let shape = Shape {
            planes: self.planes(),
            rows,
            keys,
        };
        context.resize(shape.cells(), 0);
        free.resize(shape.cells(), false);
        let x0 = planes_of(&context, shape.planes);
        let mut xt = self.forward(&x0, time.share(), rng);
        for (i, x) in xt.iter_mut().enumerate() {
            if !free[i % shape.cells()] {
                *x = x0[i];
            }
        }
        RollExample {
            shape,
            x0,
            xt,
            free,
            time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::generator;
    use super::super::roll::{HELD, OFF, ids_of};
    use super::*;

    fn two() -> RollProcess {
        RollProcess {
            steps: 100,
            ratios: vec![0.05, 0.2],
        }
    }

    /// Notes of four rows, one after another, on every third key.
    fn roll(rows: usize, keys: usize) -> Vec<i32> {
        let id = |i: usize| match (i % keys % 3, i / keys % 4) {
            (0, 0) => 1,
            (0, _) => 2,
            _ => 0,
        };
        (0..rows * keys).map(id).collect()
    }

    #[test]
    fn noise_is_as_frequent_as_the_formula_says() {
        let p = RollProcess::default();
        let ids: Vec<i32> = (0..20_000).map(|i| i32::from(i < 10_000)).collect();
        let mut rng = generator(1, 0);
        let e = p.reference_example(&ids, 88, Time::uniform(40, 100), &mut rng);
        let share = |r: std::ops::Range<usize>| e.xt[r].iter().filter(|&&x| x).count() as f32 / 1e4;
        // .6 + .03 * .4 and .03 * .4.
        assert!((share(0..10_000) - 0.612).abs() < 0.015);
        assert!((share(10_000..20_000) - 0.012).abs() < 0.005);
        assert_eq!(e.asked(), e.shape.len());
        assert_eq!(
            [reference_item(99, 100), reference_item(100, 100)],
            [(0, 99), (1, 0)]
        );
    }

    #[test]
    fn a_process_without_noise_is_refused() {
        assert!(two().check().is_ok() && RollProcess::default().check().is_ok());
        for ratios in [vec![], vec![0.0], vec![0.1, 1.0], vec![0.1; 3]] {
            let e = RollProcess { steps: 100, ratios }.check().unwrap_err();
            assert!(e.to_string().contains("between 0 and 1"), "{e}");
        }
    }

    #[test]
    fn known_cells_are_clean_and_holes_have_no_loose_ends() {
        let ids = roll(64, 12);
        let mut rng = generator(2, 0);
        let mut asked = 0;
        for k in 0..200 {
            let time = Time::uniform(k % 100 + 1, 100);
            let e = two().example(&ids, 12, 80, &Holes::default(), time, &mut rng);
            let cells = e.shape.cells();
            assert_eq!((cells, e.xt.len()), (960, 1920));
            assert!(e.asked() > 0);
            asked += e.asked();
            for i in 0..e.xt.len() {
                assert!(e.free[i % cells] || e.xt[i] == e.x0[i]);
                assert!(
                    i % cells < 64 * 12 || !e.free[i % cells] && !e.x0[i],
                    "padding"
                );
            }
            let x0 = ids_of(&e.x0, cells);
            for i in 12..cells {
                // What is held goes on from the cell before, and is known where that is.
                if x0[i] == HELD {
                    assert_ne!(x0[i - 12], OFF);
                    assert!(!e.free[i] || e.free[i - 12]);
                }
            }
        }
        assert!(asked > 0);
    }

    #[test]
    fn in_one_step_the_bound_is_the_cross_entropy_and_in_many_it_is_near() {
        let p = RollProcess {
            steps: 1,
            ratios: vec![0.2],
        };
        let ids = [1, 0, 0, 0];
        let mut rng = generator(4, 0);
        let e = p.reference_example(&ids, 2, Time::uniform(1, 1), &mut rng);
        let wanted = -(0.4f32.ln() + 3.0 * 0.6f32.ln()) / 4.0;
        assert!((e.bound(&p, &[0.4; 4]) - wanted).abs() < 1e-5);
        // Cells on in one of five, a model that knows just that and reads x_t by Bayes: no bound is below the
        // entropy, and this one is it.
        let entropy = -(0.2f32 * 0.2f32.ln() + 0.8 * 0.8f32.ln());
        let ids: Vec<i32> = (0..4000).map(|i| i32::from(i % 5 == 0)).collect();
        let mut mean = 0.0;
        for t in 1..=20 {
            let time = Time::uniform(t, 20);
            let e = p.reference_example(&ids, 80, time, &mut rng);
            let level = time.share();
            let seen = |x: bool, x0: bool| {
                let on = marginal(x0, level, 0.2);
                if x { on } else { 1.0 - on }
            };
            let odds =
                |&x: &bool| 0.2 * seen(x, true) / (0.2 * seen(x, true) + 0.8 * seen(x, false));
            let p0: Vec<f32> = e.xt.iter().map(odds).collect();
            mean += e.bound(&p, &p0) / 20.0;
        }
        assert!((mean - entropy).abs() < 0.03, "{mean} {entropy}");
    }

    #[test]
    fn a_tally_counts_free_cells_by_plane_and_bar() {
        let mut rng = generator(3, 0);
        let time = Time::uniform(5, 100);
        let e = two().example(&roll(32, 6), 6, 32, &Holes::default(), time, &mut rng);
        let mut tally = Tally::default();
        e.count(&mut tally, &vec![0.5; e.shape.len()]);
        let n: u64 = tally.by_field.iter().map(|b| b.count).sum();
        assert_eq!((n as usize, tally.by_field.len()), (e.asked(), 2));
        assert_eq!(tally.mean(), Some(0.5));
    }
}
