//! The reverse process on rolls, by the exact posterior.
//!
//! Each step draws every free cell of the next lower level from its posterior, averaged over what the model thinks
//! it was; known cells are clean from the first look to the last. At level 0 nothing of the noise is left. Nothing
//! is cut at a threshold: as many onsets come out as the model's probabilities add up to, at any temperature. Held
//! cells follow an onset or a held cell of the same key.

use super::RollCanvas;
use super::chain::reverse;
use super::corrupt::RollProcess;
use super::loss::RollLoss;
use super::roll::{HELD, OFF, ONSET, Shape, draw_legal, planes_of};
use crate::score::SamplerSettings;
use rand::Rng;
use std::ops::ControlFlow;

/// Coldest temperature: below it the likeliest cells win, as many as there should be.
const COLDEST: f32 = 0.02;

/// Something that says what a noisy roll was: a network, or a fake in tests.
pub trait RollDenoiser {
    /// Logits of the cells of x0 being on, `[planes, rows, keys]`, from `x` of that shape; the reference's walk takes
    /// guesses of x0 instead. Cells that are not `free` `[rows, keys]` are clean in `x`. `level` is beta, 0..=1.
    fn predict(&mut self, x: &[bool], free: &[bool], shape: Shape, level: f32) -> Vec<f32>;
}

/// Where a walk stands after a step.
pub struct RollStep<'a> {
    /// Steps done, of how many.
    pub done: u32,
    pub of: u32,
    /// The roll as it would be if this look were the last, legal, `[rows, keys]`.
    pub guess: &'a [i32],
    /// The model's probability of each plane's cell being on, `[planes, rows, keys]`.
    pub probability: &'a [f32],
}

/// A finished walk.
#[derive(Clone, Debug, PartialEq)]
pub struct RollFilled {
    /// Legal, `[rows, keys]`; known cells as they were.
    pub ids: Vec<i32>,
    /// The probability the model gave what each cell became; 1 for known ones.
    pub confidence: Vec<f32>,
}

/// Fills the free cells. Below a change of 1 the walk begins with what was there, noisy to that level. `loss` is
/// what the model was trained with, whose weights are undone. `None` if `on_step` broke the walk off.
///
/// # Panics
/// When the denoiser gives another number of logits than the shape has.
pub fn sample(
    denoiser: &mut (impl RollDenoiser + ?Sized),
    canvas: &RollCanvas,
    process: &RollProcess,
    loss: &RollLoss,
    settings: &SamplerSettings,
    rng: &mut (impl Rng + ?Sized),
    mut on_step: impl FnMut(RollStep<'_>) -> ControlFlow<()>,
) -> Option<RollFilled> {
    let shape = canvas.shape;
    let cells = shape.cells();
    let truth = planes_of(&canvas.ids, shape.planes);
    let change = settings.change.clamp(0.0, 1.0);
    // The last draw and every guess before it toss the same coins, so that guesses settle instead of flickering.
    let toss: Vec<[f32; 2]> = (0..cells)
        .map(|_| [rng.random_range(0.0..1.0), rng.random_range(0.0..1.0)])
        .collect();
    let done_already = change <= 0.0 || !canvas.free.contains(&true);
    if done_already {
        return Some(RollFilled {
            ids: canvas.ids.clone(),
            confidence: vec![1.0; cells],
        });
    }
    let mut x = process.forward(&truth, change, rng);
    let known = |i: usize| !canvas.free[i % cells];
    (0..x.len())
        .filter(|&i| known(i))
        .for_each(|i| x[i] = truth[i]);
    let steps = settings.steps.max(1);
    let mut filled = None;
    for step in 0..steps {
        let level = |k: u32| change * (steps - k) as f32 / steps as f32;
        let (from, to) = (level(step), level(step + 1));
        let logits = denoiser.predict(&x, &canvas.free, shape, from);
        let view = View::new(logits, canvas, loss, settings.temperature);
        let ids = view.draw(canvas, &toss);
        let shown = RollStep {
            done: step + 1,
            of: steps,
            guess: &ids,
            probability: &view.as_seen,
        };
        if on_step(shown).is_break() {
            return None;
        }
        if step + 1 == steps {
            let confidence = view.confidence(canvas, &ids);
            filled = Some(RollFilled { ids, confidence });
            break;
        }
        for i in (0..x.len()).filter(|&i| !known(i)) {
            let ratio = process.ratio(i / cells);
            let p = reverse(x[i], view.drawn_from[i], from, to, ratio);
            x[i] = rng.random_range(0.0..1.0f32) < p;
        }
    }
    filled
}

/// What the model says at one look, `[planes, cells]`.
struct View {
    /// Its probabilities, calibrated.
    as_seen: Vec<f32>,
    /// The same at the composer's temperature.
    drawn_from: Vec<f32>,
}

impl View {
    fn new(mut logits: Vec<f32>, canvas: &RollCanvas, loss: &RollLoss, temperature: f32) -> View {
        let cells = canvas.shape.cells();
        for (i, l) in logits.iter_mut().enumerate() {
            *l += loss.calibration(i / cells);
        }
        let as_seen: Vec<f32> = logits.iter().map(|&l| sigmoid(l)).collect();
        let mut drawn_from = as_seen.clone();
        if temperature != 1.0 {
            let planes = logits.chunks(cells).zip(drawn_from.chunks_mut(cells));
            for (logits, p) in planes {
                let free = |i: &usize| canvas.free[*i];
                let of: Vec<usize> = (0..cells).filter(free).collect();
                let l: Vec<f32> = of.iter().map(|&i| logits[i]).collect();
                let sharp = sharpen(&l, temperature.max(COLDEST));
                of.into_iter().zip(sharp).for_each(|(i, q)| p[i] = q);
            }
        }
        View {
            as_seen,
            drawn_from,
        }
    }

    fn draw(&self, canvas: &RollCanvas, toss: &[[f32; 2]]) -> Vec<i32> {
        let cells = canvas.shape.cells();
        let mut ids = canvas.ids.clone();
        let p = &self.drawn_from;
        let held = |i: usize| p.get(cells + i).copied().unwrap_or(0.0);
        draw_legal(
            &mut ids,
            &canvas.free,
            canvas.shape.keys,
            |i| p[i],
            held,
            toss,
        );
        ids
    }

    fn confidence(&self, canvas: &RollCanvas, ids: &[i32]) -> Vec<f32> {
        let cells = canvas.shape.cells();
        let p =
            |plane: usize, i: usize| self.as_seen.get(plane * cells + i).copied().unwrap_or(0.0);
        let of_cell = |(i, &id): (usize, &i32)| match id {
            _ if !canvas.free[i] => 1.0,
            ONSET => p(0, i),
            HELD => p(1, i).min(1.0 - p(0, i)),
            OFF.. => (1.0 - p(0, i) - p(1, i)).clamp(0.0, 1.0),
            _ => 0.0,
        };
        ids.iter().enumerate().map(of_cell).collect()
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Probabilities of logits at a temperature, shifted so that as many cells are expected to be on as at 1.
fn sharpen(logits: &[f32], temperature: f32) -> Vec<f32> {
    let at = |shift: f32| {
        logits
            .iter()
            .map(move |&l| sigmoid((l + shift) / temperature))
    };
    let wanted: f32 = logits.iter().map(|&l| sigmoid(l)).sum();
    let (mut low, mut high) = (-60.0f32, 60.0f32);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if at(middle).sum::<f32>() < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    at((low + high) / 2.0).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::generator;
    use super::super::roll::is_legal;
    use super::*;
    use crate::process::Notation;
    use crate::tokenizer::lower::Cell;
    use proptest::prelude::*;
    use rand::Rng;

    const KEYS: usize = 6;

    fn process() -> RollProcess {
        RollProcess {
            steps: 100,
            ratios: vec![0.05, 0.2],
        }
    }

    fn plain() -> RollLoss {
        RollLoss { positive: vec![] }
    }

    fn on(_: RollStep<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Says anything, something else at every look.
    struct Noise(u64);

    impl RollDenoiser for Noise {
        fn predict(&mut self, x: &[bool], free: &[bool], shape: Shape, level: f32) -> Vec<f32> {
            assert_eq!((x.len(), free.len()), (shape.len(), shape.cells()));
            assert!(level > 0.0 && level <= 1.0);
            self.0 += 1;
            let mut rng = generator(self.0, 0);
            (0..shape.len())
                .map(|_| rng.random_range(-4.0..2.0))
                .collect()
        }
    }

    /// Knows the truth.
    struct Truth(Vec<bool>);

    impl RollDenoiser for Truth {
        fn predict(&mut self, _: &[bool], _: &[bool], _: Shape, _: f32) -> Vec<f32> {
            self.0
                .iter()
                .map(|&x| if x { 40.0 } else { -40.0 })
                .collect()
        }
    }

    /// A legal roll from dice, and holes in it.
    fn rolls() -> impl Strategy<Value = (Vec<i32>, Vec<Cell>)> {
        prop::collection::vec((0..3i32, any::<bool>()), KEYS..KEYS * 12).prop_map(|dice| {
            let n = dice.len() / KEYS * KEYS;
            let mut ids: Vec<i32> = dice[..n].iter().map(|d| d.0).collect();
            for i in 0..n {
                if ids[i] == HELD && (i < KEYS || ids[i - KEYS] == OFF) {
                    ids[i] = ONSET;
                }
            }
            let cell = |d: &(i32, bool)| if d.1 { Cell::Free(0..3) } else { Cell::Known };
            (ids, dice[..n].iter().map(cell).collect())
        })
    }

    proptest! {
        #[test]
        fn known_cells_stay_rolls_are_legal_and_a_seed_is_a_take(
            (ids, cells) in rolls(),
            steps in 1u32..8,
            temperature in 0.0f32..2.0,
            change in prop::sample::select(vec![0.0f32, 0.4, 1.0]),
            seed: u64,
        ) {
            let canvas = RollCanvas::new(&ids, &cells, KEYS, 2).unwrap();
            let settings = SamplerSettings { steps, temperature, change, ..SamplerSettings::default() };
            let run = || {
                let mut rng = generator(seed, 0);
                sample(&mut Noise(seed), &canvas, &process(), &plain(), &settings, &mut rng, |s| {
                    assert!(is_legal(s.guess, &cells, KEYS));
                    ControlFlow::Continue(())
                }).unwrap()
            };
            let filled = run();
            for i in 0..ids.len() {
                prop_assert!(cells[i] != Cell::Known || filled.ids[i] == ids[i]);
                prop_assert!((0.0..=1.0).contains(&filled.confidence[i]));
            }
            prop_assert!(is_legal(&filled.ids, &cells, KEYS), "{:?}", filled.ids);
            prop_assert_eq!(filled, run());
        }

        #[test]
        fn a_denoiser_that_knows_restores_the_roll_exactly(
            (ids, cells) in rolls(),
            steps in 1u32..6,
            temperature in prop::sample::select(vec![0.3f32, 1.0, 1.5]),
            seed: u64,
        ) {
            let mut hole = ids.clone();
            for (id, cell) in hole.iter_mut().zip(&cells) {
                if *cell != Cell::Known {
                    *id = OFF;
                }
            }
            let canvas = RollCanvas::new(&hole, &cells, KEYS, 2).unwrap();
            let settings = SamplerSettings { steps, temperature, ..SamplerSettings::default() };
            let mut truth = Truth(planes_of(&ids, 2));
            let mut rng = generator(seed, 0);
            let filled = sample(&mut truth, &canvas, &process(), &plain(), &settings, &mut rng, on);
            let filled = filled.unwrap();
            prop_assert_eq!(filled.ids, ids);
            prop_assert!(filled.confidence.iter().all(|&c| c > 0.999));
        }
    }

    /// Says that every cell begins a note with the same probability, by weights of its loss.
    struct Even {
        onset: f32,
        weight: f32,
    }

    impl RollDenoiser for Even {
        fn predict(&mut self, _: &[bool], _: &[bool], shape: Shape, _: f32) -> Vec<f32> {
            let odds = self.onset / (1.0 - self.onset) * self.weight;
            (0..shape.len())
                .map(|i| odds.ln() + (i % 3) as f32 * 0.5 - 0.5)
                .collect()
        }
    }

    #[test]
    fn as_many_onsets_come_as_are_expected_at_any_temperature_and_weight() {
        let cells = vec![Cell::Free(0..3); 4000];
        let canvas = RollCanvas::new(&vec![0; 4000], &cells, 88 - 8, 2).unwrap();
        let mut rng = generator(1, 0);
        for weight in [1.0f32, 4.0] {
            let loss = RollLoss {
                positive: vec![weight; 2],
            };
            for temperature in [0.1, 0.7, 1.0, 1.4] {
                let settings = SamplerSettings {
                    steps: 4,
                    temperature,
                    ..SamplerSettings::default()
                };
                let (mut expected, mut came) = (0.0, 0.0);
                for _ in 0..10 {
                    let mut even = Even {
                        onset: 0.04,
                        weight,
                    };
                    let filled = sample(
                        &mut even,
                        &canvas,
                        &process(),
                        &loss,
                        &settings,
                        &mut rng,
                        |s| {
                            if s.done == s.of {
                                expected += s.probability[..4000].iter().sum::<f32>();
                            }
                            ControlFlow::Continue(())
                        },
                    );
                    let ids = filled.unwrap().ids;
                    came += ids.iter().filter(|&&id| id == ONSET).count() as f32;
                }
                assert!(expected > 1200.0, "{expected}");
                let off = (came - expected).abs() / expected;
                assert!(off < 0.1, "{weight} {temperature}: {came} of {expected}");
            }
        }
    }

    #[test]
    fn a_chain_with_the_true_odds_keeps_its_density_through_all_steps() {
        /// Cells are on independently, one in ten; says by Bayes what a noisy cell was.
        struct Bayes;
        impl RollDenoiser for Bayes {
            fn predict(&mut self, x: &[bool], _: &[bool], _: Shape, level: f32) -> Vec<f32> {
                let p = |x: bool, x0: bool| {
                    let on = super::super::chain::marginal(x0, level, 0.05);
                    if x { on } else { 1.0 - on }
                };
                x.iter()
                    .map(|&x| (0.1 * p(x, true) / (0.9 * p(x, false))).max(1e-9).ln())
                    .collect()
            }
        }
        let cells = vec![Cell::Free(0..2); 20_000];
        let canvas = RollCanvas::new(&vec![0; 20_000], &cells, 80, 1).unwrap();
        assert_eq!(canvas.notation(), Notation::Frames);
        let process = RollProcess {
            steps: 100,
            ratios: vec![0.05],
        };
        for steps in [1, 5, 30] {
            let settings = SamplerSettings {
                steps,
                ..SamplerSettings::default()
            };
            let mut rng = generator(3, 0);
            let filled = sample(
                &mut Bayes,
                &canvas,
                &process,
                &plain(),
                &settings,
                &mut rng,
                on,
            )
            .unwrap();
            let share = filled.ids.iter().filter(|&&id| id == 1).count() as f32 / 20_000.0;
            assert!((share - 0.1).abs() < 0.007, "{steps}: {share}");
        }
    }

    #[test]
    fn a_little_change_keeps_most_of_what_was_there() {
        let ids: Vec<i32> = (0..KEYS * 200).map(|i| i32::from(i % 7 == 0)).collect();
        let cells = vec![Cell::Free(0..3); ids.len()];
        let canvas = RollCanvas::new(&ids, &cells, KEYS, 2).unwrap();
        /// Trusts what it sees.
        struct Eyes;
        impl RollDenoiser for Eyes {
            fn predict(&mut self, x: &[bool], _: &[bool], _: Shape, _: f32) -> Vec<f32> {
                x.iter().map(|&x| if x { 9.0 } else { -9.0 }).collect()
            }
        }
        let kept = |change: f32| {
            let settings = SamplerSettings {
                change,
                ..SamplerSettings::default()
            };
            let mut rng = generator(4, 0);
            let filled = sample(
                &mut Eyes,
                &canvas,
                &process(),
                &plain(),
                &settings,
                &mut rng,
                on,
            );
            let ids_after = filled.unwrap().ids;
            let same = ids
                .iter()
                .zip(&ids_after)
                .filter(|(a, b)| **a == 1 && a == b);
            same.count() as f32 / ids.iter().filter(|&&id| id == 1).count() as f32
        };
        assert_eq!(kept(0.0), 1.0);
        assert!(
            kept(0.2) > 0.7 && kept(1.0) < 0.2,
            "{} {}",
            kept(0.2),
            kept(1.0)
        );
    }

    #[test]
    fn a_walk_can_be_broken_off_and_bad_rolls_are_refused() {
        let cells = vec![Cell::Free(0..3); KEYS * 2];
        let ids = vec![0; KEYS * 2];
        let canvas = RollCanvas::new(&ids, &cells, KEYS, 2).unwrap();
        let settings = SamplerSettings::default();
        let mut rng = generator(5, 0);
        let broken = sample(
            &mut Noise(0),
            &canvas,
            &process(),
            &plain(),
            &settings,
            &mut rng,
            |s| {
                if s.done == 3 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        assert!(broken.is_none());
        assert!(RollCanvas::new(&ids[1..], &cells[1..], KEYS, 2).is_err());
        let e = RollCanvas::new(&[2; KEYS], &cells[..KEYS], KEYS, 1).unwrap_err();
        assert!(e.to_string().contains("id 2 at row 0, key 0"), "{e}");
    }
}
