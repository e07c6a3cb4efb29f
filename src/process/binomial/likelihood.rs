//! How likely a model finds the cells that stood in a hole of a roll: the variational bound of the binomial process
//! (Sohl-Dickstein et al. 2015), its steps drawn at random.
//!
//! Each step back costs the divergence of what the model draws from what it would draw if it knew the roll; at the top
//! nothing of the roll is left, so the bound is the sum over the steps. The planes of a cell count together. Nothing is
//! told of illegal values: all cells are drawn side by side, and whether a held cell has something to hold is only
//! known when the one before it has been drawn.

use super::super::told::{Told, cost, counted};
use super::corrupt::{RollExample, RollProcess};
use super::loss::RollLoss;
use super::roll::planes_of;
use super::sampler::RollDenoiser;
use super::{RollCanvas, ids_of};
use crate::process::Time;
use rand::Rng;

/// Estimates the bound of the free cells of `canvas`, which hold the truth, from `stages` of the steps, spread evenly.
/// `loss` is what the model was trained with, whose weights are undone. Counting counts each key by itself. `None` if
/// the denoiser failed, which then gives another number of logits.
pub fn told(
    denoiser: &mut (impl RollDenoiser + ?Sized),
    canvas: &RollCanvas,
    process: &RollProcess,
    loss: &RollLoss,
    stages: usize,
    rng: &mut impl Rng,
) -> Option<Told> {
    let shape = canvas.shape;
    let cells = shape.cells();
    let x0 = planes_of(&canvas.ids, shape.planes);
    let values = canvas.free.iter().filter(|f| **f).count();
    let mut told = Told {
        values,
        by_counting: by_counting(canvas),
        ..Told::default()
    };
    for stage in 0..stages {
        if values == 0 {
            break;
        }
        let share = (stage as f64 + rng.random_range(0.0..1.0)) / stages as f64;
        let step = (share * f64::from(process.steps)).ceil() as u32;
        let time = Time::uniform(step.clamp(1, process.steps.max(1)), process.steps.max(1));
        let mut xt = process.forward(&x0, time.share(), rng);
        for (i, x) in xt.iter_mut().enumerate() {
            if !canvas.free[i % cells] {
                *x = x0[i];
            }
        }
        let logits = denoiser.predict(&xt, &canvas.free, shape, time.share());
        if logits.len() != shape.len() {
            return None;
        }
        let odds = logits.iter().enumerate();
        let odds = odds.map(|(i, l)| l + loss.calibration(i / cells));
        let p0: Vec<f32> = odds.map(|l| 1.0 / (1.0 + (-l).exp())).collect();
        let example = RollExample {
            shape,
            x0: x0.clone(),
            xt,
            free: canvas.free.clone(),
            time,
        };
        // The bound is a mean over cells and planes.
        let nats = f64::from(example.bound(process, &p0)) * example.asked() as f64;
        told.nats += nats / stages as f64;
    }
    Some(told)
}

/// Nats of the free cells by how often each key is off, struck and held where it is known.
fn by_counting(canvas: &RollCanvas) -> f64 {
    let keys = canvas.shape.keys;
    let ids = ids_of(
        &planes_of(&canvas.ids, canvas.shape.planes),
        canvas.shape.cells(),
    );
    let mut nats = 0.0;
    for key in 0..keys {
        let column = || (key..ids.len()).step_by(keys);
        let known = column().filter(|&i| !canvas.free[i]);
        let logits = counted(canvas.shape.planes + 1, known.map(|i| ids[i] as usize));
        for i in column().filter(|&i| canvas.free[i]) {
            nats += cost(&logits, ids[i] as usize, |_| true).nats;
        }
    }
    nats
}

#[cfg(test)]
mod tests {
    use super::super::super::generator;
    use super::super::chain::marginal;
    use super::super::roll::Shape;
    use super::*;
    use crate::tokenizer::lower::Cell;

    /// Cells are on by themselves, one in five; says by Bayes what a noisy cell was.
    struct Bayes;

    impl RollDenoiser for Bayes {
        fn predict(&mut self, x: &[bool], _: &[bool], _: Shape, level: f32) -> Vec<f32> {
            let seen = |x: bool, x0: bool| {
                let on = marginal(x0, level, 0.1);
                if x { on } else { 1.0 - on }
            };
            let odds = |&x: &bool| 0.2 * seen(x, true) / (0.8 * seen(x, false));
            x.iter().map(|x| odds(x).ln()).collect()
        }
    }

    fn process(steps: u32) -> RollProcess {
        RollProcess {
            steps,
            ratios: vec![0.1],
        }
    }

    fn plain() -> RollLoss {
        RollLoss { positive: vec![] }
    }

    #[test]
    fn in_one_step_the_bound_is_the_cross_entropy_of_what_is_free() {
        // Two of three cells are free; noise says nothing, so the odds are those of the prior.
        let cells = [Cell::Free(0..2), Cell::Known, Cell::Free(0..2)];
        let canvas = RollCanvas::new(&[1, 1, 0], &cells, 3, 1).unwrap();
        let mut rng = generator(1, 0);
        let t = told(&mut Bayes, &canvas, &process(1), &plain(), 3, &mut rng).unwrap();
        let exact = -(0.2f64.ln() + 0.8f64.ln());
        assert!((t.nats - exact).abs() < 1e-5, "{t:?}");
        assert_eq!((t.values, t.illegal()), (2, None));
        // Nothing of the free keys is known: even odds.
        assert!((t.by_counting - 2.0 * 2f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn of_cells_by_themselves_the_bound_is_near_the_entropy() {
        let ids: Vec<i32> = (0..2000).map(|i| i32::from(i % 5 == 0)).collect();
        let cells = vec![Cell::Free(0..2); ids.len()];
        let canvas = RollCanvas::new(&ids, &cells, 40, 1).unwrap();
        let mut rng = generator(2, 0);
        let t = told(&mut Bayes, &canvas, &process(20), &plain(), 600, &mut rng).unwrap();
        let entropy = -(0.2f64 * 0.2f64.ln() + 0.8 * 0.8f64.ln());
        let nats = t.per_value().unwrap();
        // What is noisy is drawn anew in every stage, so this is a mean.
        assert!(
            nats > 0.97 * entropy && nats < 1.05 * entropy,
            "{nats} {entropy}"
        );
    }

    #[test]
    fn a_device_that_gives_nothing_has_no_figure() {
        struct Nothing;
        impl RollDenoiser for Nothing {
            fn predict(&mut self, _: &[bool], _: &[bool], _: Shape, _: f32) -> Vec<f32> {
                Vec::new()
            }
        }
        let canvas = RollCanvas::new(&[1], &[Cell::Free(0..2)], 1, 1).unwrap();
        let mut rng = generator(1, 0);
        let t = told(&mut Nothing, &canvas, &process(4), &plain(), 2, &mut rng);
        assert_eq!(t, None);
    }
}
