//! The reverse process on token rows: free cells of a hole get ids, known ones never change.
//!
//! [`sample`] decides the surest cells first, each within what is legal, at the composer's temperature and
//! nucleus, and may take the least certain back; [`sample_reference`] is the reference's walk, which reveals a
//! random cell at a time and never looks back.

use super::super::draw::{argmax, gumbel, nucleus, softmax};
use super::Canvas;
use crate::score::SamplerSettings;
use crate::tokenizer::lower::Cell;
use rand::Rng;
use std::ops::ControlFlow;

/// Something that gives logits for rows: a network, or a fake in tests.
pub trait TokenDenoiser {
    /// Logits `[rows, all fields]`, row-major, of `ids` `[rows, fields]` in which the mask ids ask. `time` is the
    /// share of the free cells that is still masked, 0..=1.
    fn logits(&mut self, ids: &[i32], rows: usize, time: f32) -> Vec<f32>;
}

/// Where a walk stands after a step.
pub struct TokenStep<'a> {
    /// Steps done, of how many.
    pub done: u32,
    pub of: u32,
    /// What is decided; mask ids where nothing is.
    pub ids: &'a [i32],
    /// The same with the likeliest legal id in place of every mask id.
    pub guess: &'a [i32],
}

/// A finished walk.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// `[rows, fields]`, nothing masked.
    pub ids: Vec<i32>,
    /// The probability the model gave each id among the legal ones when it decided it; 1 for known ones.
    pub confidence: Vec<f32>,
}

/// Fills the free cells, the surest first. Below a change of 1 that share of the rows with free cells is written
/// anew; the others keep their ids where these are legal. `None` if `on_step` broke the walk off.
///
/// # Panics
/// When the denoiser gives another number of logits than it says.
pub fn sample(
    denoiser: &mut (impl TokenDenoiser + ?Sized),
    canvas: &Canvas<'_>,
    settings: &SamplerSettings,
    rng: &mut (impl Rng + ?Sized),
    mut on_step: impl FnMut(TokenStep<'_>) -> ControlFlow<()>,
) -> Option<Filled> {
    let mut walk = Walk::new(canvas, settings.change, rng);
    let steps = settings.steps.max(1);
    let total = walk.open.len();
    for step in 0..steps {
        if walk.undecided() == 0 {
            break;
        }
        let shown = walk.look(denoiser);
        let progress = step as f32 / steps as f32;
        let keep = total * (steps - step - 1) as usize / steps as usize;
        let mut order: Vec<(f32, usize)> = Vec::new();
        for (k, p) in shown.iter().enumerate().filter(|(_, p)| !p.is_empty()) {
            // Noise on the order, less and less of it, keeps the walk from always starting alike.
            let noise = gumbel(rng);
            let sureness = if settings.by_confidence {
                p.iter().copied().fold(1e-9, f32::max).ln() + noise * (1.0 - progress)
            } else {
                noise
            };
            order.push((sureness, k));
        }
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let many = order.len().saturating_sub(keep);
        for &(_, k) in &order[..many] {
            let v = nucleus(&shown[k], settings.temperature, settings.top_p, rng);
            walk.decide(k, v, shown[k][v]);
        }
        if step + 1 < steps {
            walk.take_back(settings.remask);
        }
        walk.report(step + 1, steps, &shown, &mut on_step)?;
    }
    Some(walk.filled())
}

/// The reference's walk: `steps` steps or as many as there are free cells, if fewer; at the step t counted down to
/// 1 each masked cell is decided with probability 1/t, by a plain draw. `None` if `on_step` broke it off.
///
/// The reference knows no legal ids: give it the whole codebooks as ranges to have it to the letter.
///
/// # Panics
/// When the denoiser gives another number of logits than it says.
pub fn sample_reference(
    denoiser: &mut (impl TokenDenoiser + ?Sized),
    canvas: &Canvas<'_>,
    steps: u32,
    rng: &mut (impl Rng + ?Sized),
    mut on_step: impl FnMut(TokenStep<'_>) -> ControlFlow<()>,
) -> Option<Filled> {
    let mut walk = Walk::new(canvas, 1.0, rng);
    let steps = steps.min(walk.open.len() as u32);
    for t in (1..=steps).rev() {
        let shown = walk.look(denoiser);
        for (k, p) in shown.iter().enumerate().filter(|(_, p)| !p.is_empty()) {
            if rng.random_range(0.0..1.0f32) < 1.0 / t as f32 {
                let v = nucleus(p, 1.0, 1.0, rng);
                walk.decide(k, v, p[v]);
            }
        }
        walk.report(steps - t + 1, steps, &shown, &mut on_step)?;
    }
    Some(walk.filled())
}

struct Walk<'a> {
    canvas: &'a Canvas<'a>,
    offsets: Vec<usize>,
    ids: Vec<i32>,
    /// Cells to be decided, by place; they are spoken of by their number here.
    open: Vec<usize>,
    decided: Vec<bool>,
    /// The id each open cell was last given.
    last: Vec<i32>,
    confidence: Vec<f32>,
}

impl<'a> Walk<'a> {
    fn new(canvas: &'a Canvas<'a>, change: f32, rng: &mut (impl Rng + ?Sized)) -> Walk<'a> {
        let fields = canvas.fields();
        let mut ids = canvas.ids.to_vec();
        let mut open = Vec::new();
        for (row, cells) in canvas.cells.chunks(fields).enumerate() {
            let free = |f: &usize| cells[*f] != Cell::Known;
            if !(0..fields).any(|f| free(&f)) {
                continue;
            }
            let keep = change < 1.0 && rng.random_bool(f64::from(1.0 - change.max(0.0)));
            for field in (0..fields).filter(free) {
                let cell = row * fields + field;
                let stays =
                    usize::try_from(ids[cell]).is_ok_and(|id| canvas.range(cell).contains(&id));
                if !(keep && stays) {
                    ids[cell] = canvas.schema.mask(field);
                    open.push(cell);
                }
            }
        }
        Walk {
            canvas,
            offsets: canvas.schema.offsets(),
            confidence: vec![1.0; ids.len()],
            decided: vec![false; open.len()],
            last: vec![0; open.len()],
            ids,
            open,
        }
    }

    fn undecided(&self) -> usize {
        self.decided.iter().filter(|d| !**d).count()
    }

    /// Probabilities of the legal ids of every open cell, empty where it is decided.
    fn look(&self, denoiser: &mut (impl TokenDenoiser + ?Sized)) -> Vec<Vec<f32>> {
        let fields = self.canvas.fields();
        let width = self.canvas.schema.logits();
        let time = self.undecided() as f32 / self.open.len().max(1) as f32;
        let logits = denoiser.logits(&self.ids, self.canvas.rows(), time);
        let of_cell = |(&cell, &decided): (&usize, &bool)| {
            if decided {
                return Vec::new();
            }
            let from = cell / fields * width + self.offsets[cell % fields];
            let legal = self.canvas.range(cell);
            let mut p = logits[from + legal.start..from + legal.end].to_vec();
            softmax(&mut p, 1.0);
            p
        };
        self.open.iter().zip(&self.decided).map(of_cell).collect()
    }

    /// Gives an open cell the vth of its legal ids.
    fn decide(&mut self, k: usize, v: usize, confidence: f32) {
        let cell = self.open[k];
        self.ids[cell] = (self.canvas.range(cell).start + v) as i32;
        self.last[k] = self.ids[cell];
        self.confidence[cell] = confidence;
        self.decided[k] = true;
    }

    /// Masks the least certain of what was decided again, as many as the share says, 0..=0.5.
    fn take_back(&mut self, share: f32) {
        let mut decided: Vec<usize> = (0..self.open.len()).filter(|&k| self.decided[k]).collect();
        let many = (decided.len() as f32 * share.clamp(0.0, 0.5)) as usize;
        if many == 0 {
            return;
        }
        let sure = |k: &usize| self.confidence[self.open[*k]];
        decided.sort_by(|a, b| sure(a).total_cmp(&sure(b)).then(a.cmp(b)));
        for k in decided.into_iter().take(many) {
            let cell = self.open[k];
            self.ids[cell] = self.canvas.schema.mask(cell % self.canvas.fields());
            self.decided[k] = false;
        }
    }

    fn report(
        &self,
        done: u32,
        of: u32,
        shown: &[Vec<f32>],
        on_step: &mut impl FnMut(TokenStep<'_>) -> ControlFlow<()>,
    ) -> Option<()> {
        let mut guess = self.ids.clone();
        for (k, &cell) in self
            .open
            .iter()
            .enumerate()
            .filter(|(k, _)| !self.decided[*k])
        {
            // What was taken back without another look is still the best guess.
            guess[cell] = match shown[k].is_empty() {
                true => self.last[k],
                false => (self.canvas.range(cell).start + argmax(&shown[k])) as i32,
            };
        }
        let step = TokenStep {
            done,
            of,
            ids: &self.ids,
            guess: &guess,
        };
        on_step(step).is_continue().then_some(())
    }

    fn filled(self) -> Filled {
        Filled {
            ids: self.ids,
            confidence: self.confidence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::context::Notation;
    use super::super::super::generator;
    use super::super::Schema;
    use super::*;
    use proptest::prelude::*;
    use rand::Rng;

    fn schema() -> Schema {
        Schema {
            sizes: vec![4, 7, 3],
            attributes: vec![0, 1, 2],
            bar: None,
            position: None,
            rows_a_bar: 4,
            notation: Notation::Rows,
        }
    }

    /// Says something else at every look, and remembers what it was shown.
    struct Noise {
        looks: u64,
        times: Vec<f32>,
    }

    impl TokenDenoiser for Noise {
        fn logits(&mut self, ids: &[i32], rows: usize, time: f32) -> Vec<f32> {
            assert_eq!(ids.len(), rows * 3);
            self.looks += 1;
            self.times.push(time);
            let mut rng = generator(self.looks, 0);
            (0..rows * 14)
                .map(|_| rng.random_range(-3.0..3.0))
                .collect()
        }
    }

    fn noise() -> Noise {
        Noise {
            looks: 0,
            times: Vec::new(),
        }
    }

    fn on(_: TokenStep<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn canvas_parts() -> impl Strategy<Value = (Vec<i32>, Vec<Cell>)> {
        let cell = (any::<bool>(), 0..7i32, 0..7i32, 0..7i32);
        prop::collection::vec(cell, 3..60).prop_map(|cells| {
            let n = cells.len() / 3 * 3;
            let size = |i: usize| [4, 7, 3][i % 3];
            let ids = cells[..n]
                .iter()
                .enumerate()
                .map(|(i, c)| c.1 % size(i))
                .collect();
            let cells = cells[..n].iter().enumerate().map(|(i, c)| {
                let (from, more) = (c.2 % size(i), c.3);
                let to = from + 1 + more % (size(i) - from);
                if c.0 {
                    Cell::Known
                } else {
                    Cell::Free(from..to)
                }
            });
            (ids, cells.collect())
        })
    }

    proptest! {
        #[test]
        fn known_cells_stay_drawn_ids_are_legal_and_a_seed_is_a_take(
            (ids, cells) in canvas_parts(),
            steps in 1u32..9,
            temperature in 0.0f32..2.0,
            top_p in 0.05f32..1.0,
            remask in 0.0f32..0.5,
            by_confidence: bool,
            change in prop::sample::select(vec![0.0f32, 0.5, 1.0]),
            seed: u64,
        ) {
            let schema = schema();
            let canvas = Canvas::new(&schema, &ids, &cells).unwrap();
            let settings = SamplerSettings {
                steps, temperature, top_p, remask, by_confidence, reference: false, change, seed,
                forks: Vec::new(),
            };
            let run = || sample(&mut noise(), &canvas, &settings, &mut generator(seed, 0), on).unwrap();
            let plain = |s| {
                sample_reference(&mut noise(), &canvas, steps, &mut generator(s, 0), on).unwrap()
            };
            for filled in [run(), plain(seed)] {
                for (i, cell) in cells.iter().enumerate() {
                    match cell {
                        Cell::Known => prop_assert_eq!(filled.ids[i], ids[i]),
                        Cell::Free(legal) => prop_assert!(legal.contains(&filled.ids[i])),
                    }
                    prop_assert!(filled.confidence[i] > 0.0 && filled.confidence[i] <= 1.0);
                    prop_assert!(*cell != Cell::Known || filled.confidence[i] == 1.0);
                }
            }
            prop_assert_eq!(run(), run());
            prop_assert_eq!(plain(seed), plain(seed));
        }
    }

    /// Sixteen rows, everything free.
    fn empty() -> (Vec<i32>, Vec<Cell>) {
        let cells = (0..48).map(|i| Cell::Free(0..[4, 7, 3][i % 3])).collect();
        (vec![0; 48], cells)
    }

    #[test]
    fn the_walk_takes_its_steps_shows_its_state_and_can_be_broken_off() {
        let (schema, (ids, cells)) = (schema(), empty());
        let canvas = Canvas::new(&schema, &ids, &cells).unwrap();
        let settings = SamplerSettings {
            steps: 6,
            ..SamplerSettings::default()
        };
        let (mut d, mut masked) = (noise(), Vec::new());
        let filled = sample(&mut d, &canvas, &settings, &mut generator(1, 0), |s| {
            assert_eq!(s.of, 6);
            masked.push(
                s.ids
                    .iter()
                    .zip([4, 7, 3].iter().cycle())
                    .filter(|(a, b)| a == b)
                    .count(),
            );
            assert!(
                s.guess
                    .iter()
                    .zip([4, 7, 3].iter().cycle())
                    .all(|(a, b)| a < b)
            );
            ControlFlow::Continue(())
        });
        assert!(filled.is_some());
        assert_eq!(masked, [40, 32, 24, 16, 8, 0]);
        assert_eq!(d.times.first(), Some(&1.0));
        assert!((d.times[5] - 8.0 / 48.0).abs() < 1e-6);
        let broken = sample(
            &mut noise(),
            &canvas,
            &settings,
            &mut generator(1, 0),
            |s| {
                if s.done == 2 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        assert!(broken.is_none());
    }

    #[test]
    fn the_surest_cell_is_decided_first_and_the_least_sure_taken_back() {
        /// Sure of row 3, field 0; unsure of everything else.
        struct Sure;
        impl TokenDenoiser for Sure {
            fn logits(&mut self, _: &[i32], rows: usize, _: f32) -> Vec<f32> {
                let mut l = vec![0.0; rows * 14];
                l[3 * 14 + 2] = 60.0;
                l
            }
        }
        let (schema, (ids, cells)) = (schema(), empty());
        let canvas = Canvas::new(&schema, &ids, &cells).unwrap();
        let settings = SamplerSettings {
            steps: 48,
            // Near the last step noise has little to say.
            temperature: 0.0,
            remask: 0.5,
            ..SamplerSettings::default()
        };
        let mut ever_lost = false;
        let mut seen = false;
        let filled = sample(&mut Sure, &canvas, &settings, &mut generator(1, 0), |s| {
            seen |= s.ids[9] == 2;
            ever_lost |= seen && s.ids[9] != 2;
            ControlFlow::Continue(())
        });
        let filled = filled.unwrap();
        assert_eq!(filled.ids[9], 2);
        assert!(
            filled.confidence[9] > 0.999 && !ever_lost,
            "what is sure is never taken back"
        );
        let masked = filled
            .ids
            .iter()
            .zip([4, 7, 3].iter().cycle())
            .filter(|(a, b)| a == b);
        assert_eq!(
            masked.count(),
            0,
            "what is taken back is decided in the end"
        );
    }

    #[test]
    fn the_reference_reveals_one_in_t_and_takes_no_more_steps_than_cells() {
        let (schema, (ids, cells)) = (schema(), empty());
        let canvas = Canvas::new(&schema, &ids, &cells).unwrap();
        let mut left = Vec::new();
        let mut rng = generator(1, 0);
        for _ in 0..200 {
            sample_reference(&mut noise(), &canvas, 4, &mut rng, |s| {
                if s.done == 2 {
                    let masked = s
                        .ids
                        .iter()
                        .zip([4, 7, 3].iter().cycle())
                        .filter(|(a, b)| a == b);
                    left.push(masked.count() as f32);
                }
                ControlFlow::Continue(())
            });
        }
        // After steps 4 and 3 of 4: 3/4 * 2/3 of the 48 cells.
        let mean = left.iter().sum::<f32>() / left.len() as f32;
        assert!((mean - 24.0).abs() < 1.0, "{mean}");
        let mut d = noise();
        let few: Vec<Cell> = (0..48)
            .map(|i| if i < 2 { Cell::Free(0..3) } else { Cell::Known })
            .collect();
        let canvas = Canvas::new(&schema, &ids, &few).unwrap();
        sample_reference(&mut d, &canvas, 1024, &mut rng, on).unwrap();
        assert_eq!(d.looks, 2);
    }

    #[test]
    fn no_change_keeps_legal_ids() {
        let schema = schema();
        let ids = vec![1, 5, 2];
        let cells = [Cell::Free(0..4), Cell::Free(0..3), Cell::Known];
        let canvas = Canvas::new(&schema, &ids, &cells).unwrap();
        let settings = SamplerSettings {
            change: 0.0,
            ..SamplerSettings::default()
        };
        let filled = sample(&mut noise(), &canvas, &settings, &mut generator(1, 0), on).unwrap();
        assert_eq!((filled.ids[0], filled.ids[2]), (1, 2));
        assert!(
            filled.ids[1] < 3,
            "what is not legal any more is drawn anew"
        );
    }

    #[test]
    fn what_the_model_cannot_know_is_refused_with_its_place() {
        let schema = schema();
        let e = Canvas::new(
            &schema,
            &[1, 9, 2],
            &[Cell::Known, Cell::Known, Cell::Known],
        );
        assert!(
            e.unwrap_err()
                .to_string()
                .contains("id 9 at row 0, field 1")
        );
        let e = Canvas::new(
            &schema,
            &[1, 0, 2],
            &[Cell::Known, Cell::Free(2..9), Cell::Known],
        );
        assert!(e.unwrap_err().to_string().contains("2..9"));
        assert!(Canvas::new(&schema, &[1, 0], &[Cell::Known, Cell::Known]).is_err());
    }
}
