//! MusicDiffGen's walk back, kept as it is.

use super::chain::beta;
use super::roll::Shape;
use super::sampler::RollDenoiser;
use rand::Rng;
use std::ops::ControlFlow;

/// Cells that are known while the reference samples: it claims prompts and harmonisation, and this is how they are
/// meant.
pub struct Known<'a> {
    /// The roll, `[planes, rows, keys]`.
    pub x0: &'a [bool],
    /// Cells to be drawn, `[rows, keys]`.
    pub free: &'a [bool],
}

/// Draws a roll `[planes, rows, keys]`. x_T is noise of ratio `ratio`; for t = S - 1 down to 0 the network's guess
/// is cut at one half, and of the cells where it differs from x_T the share beta_t goes back to x_T. It always
/// compares with the first noise, and at t = 0 a hundredth part of it remains.
///
/// `on_step` sees each x and can break the walk off, which gives `None`. The denoiser gives guesses of x0, not
/// logits.
///
/// # Panics
/// When the denoiser gives another number of values than the shape has.
pub fn sample_reference(
    denoiser: &mut (impl RollDenoiser + ?Sized),
    shape: Shape,
    known: Option<&Known<'_>>,
    steps: u32,
    ratio: f32,
    rng: &mut (impl Rng + ?Sized),
    mut on_step: impl FnMut(u32, &[bool]) -> ControlFlow<()>,
) -> Option<Vec<bool>> {
    let cells = shape.cells();
    let free: Vec<bool> = known.map_or_else(|| vec![true; cells], |k| k.free.to_vec());
    let write = |x: &mut [bool]| {
        if let Some(k) = known {
            for (i, x) in x.iter_mut().enumerate().filter(|(i, _)| !k.free[i % cells]) {
                *x = k.x0[i];
            }
        }
    };
    let noise: Vec<bool> = (0..shape.len())
        .map(|_| rng.random_range(0.0..1.0f32) < ratio)
        .collect();
    let mut x = noise.clone();
    write(&mut x);
    for t in (0..steps).rev() {
        let level = beta(t, steps);
        let values = denoiser.predict(&x, &free, shape, level);
        let mut guess: Vec<bool> = values[..shape.len()].iter().map(|&v| v >= 0.5).collect();
        write(&mut guess);
        for ((x, &guess), &noise) in x.iter_mut().zip(&guess).zip(&noise) {
            let back = noise != guess && rng.random_range(0.0..1.0f32) < level;
            *x = if back { noise } else { guess };
        }
        write(&mut x);
        if on_step(steps - t, &x).is_break() {
            return None;
        }
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::super::super::generator;
    use super::*;

    const SHAPE: Shape = Shape {
        planes: 1,
        rows: 50,
        keys: 88,
    };

    /// Knows the truth.
    struct Truth(Vec<bool>);

    impl RollDenoiser for Truth {
        fn predict(&mut self, _: &[bool], _: &[bool], _: Shape, _: f32) -> Vec<f32> {
            // Exactly one half counts as on.
            self.0.iter().map(|&x| if x { 0.5 } else { 0.49 }).collect()
        }
    }

    #[test]
    fn a_hundredth_of_the_first_noise_remains_even_where_the_truth_is_known() {
        let truth: Vec<bool> = (0..SHAPE.len()).map(|i| i % 2 == 0).collect();
        let mut rng = generator(1, 0);
        let mut first = None;
        let mut wrong_at_first = 0;
        let mut wrong = 0;
        for _ in 0..20 {
            let x = sample_reference(
                &mut Truth(truth.clone()),
                SHAPE,
                None,
                100,
                0.3,
                &mut rng,
                |done, x| {
                    let off = x.iter().zip(&truth).filter(|(a, b)| a != b).count();
                    if done == 1 {
                        // At t = S - 1 every differing cell goes back: this is the first noise.
                        wrong_at_first += off;
                        first = Some(x.to_vec());
                    }
                    ControlFlow::Continue(())
                },
            );
            let (x, first) = (x.unwrap(), first.take().unwrap());
            wrong += x.iter().zip(&truth).filter(|(a, b)| a != b).count();
            for ((x, t), n) in x.iter().zip(&truth).zip(&first) {
                assert!(x == t || x == n, "what is wrong comes from the first noise");
            }
        }
        let share = wrong as f32 / wrong_at_first as f32;
        assert!((share - 0.01).abs() < 0.003, "{share}");
    }

    #[test]
    fn known_cells_are_written_back() {
        let truth: Vec<bool> = (0..SHAPE.len()).map(|i| i % 3 == 0).collect();
        let silence = vec![false; SHAPE.len()];
        let free: Vec<bool> = (0..SHAPE.len()).map(|i| i % 5 == 0).collect();
        let known = Known {
            x0: &truth,
            free: &free,
        };
        let mut rng = generator(2, 0);
        let kept = |x: &[bool]| (0..x.len()).all(|i| free[i] || x[i] == truth[i]);
        let x = sample_reference(
            &mut Truth(silence),
            SHAPE,
            Some(&known),
            10,
            0.03,
            &mut rng,
            |_, x| {
                assert!(kept(x));
                ControlFlow::Continue(())
            },
        );
        assert!(kept(&x.unwrap()));
        let broken = sample_reference(
            &mut Truth(truth.clone()),
            SHAPE,
            None,
            10,
            0.03,
            &mut rng,
            |_, _| ControlFlow::Break(()),
        );
        assert!(broken.is_none());
    }
}
