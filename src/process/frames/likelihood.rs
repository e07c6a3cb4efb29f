//! How likely a model finds what sounded in a hole: the bound of an orderless NADE (Uria et al. 2014), unit by unit.
//!
//! A unit is what the sampler draws at once: a 16th of a voice, or a note whose rhythm stays. Units are decided in any
//! order, one at a time, span after span as at work. (`lacuna evaluate-chorale` judges whole frames instead, by the
//! protocol of Coconet.) A unit may become anything, but where a rhythm is given, which forbids silence or everything
//! else; what the model would have given to that is told.

use super::super::stages::stages as in_stages;
use super::super::told::{Told, cost, counted};
use super::sampler::{FrameDenoiser, asked, mean_logs, put, spans};
use crate::tokenizer::grid::frames::{CLASSES, Canvas, LOGITS, Place, UNKNOWN};
use rand::Rng;

/// Estimates the bound of the units of `canvas`, whose true classes are `truth`, from `stages` stages a span of at most
/// `most` frames. Units whose class is not legal are shown as they are and not asked. `None` if the denoiser failed,
/// which then gives another number of logits.
///
/// # Panics
/// When there are fewer places than frames, or fewer truths than units.
pub fn told(
    denoiser: &mut dyn FrameDenoiser,
    canvas: &Canvas,
    truth: &[u8],
    places: &[Place],
    most: usize,
    stages: usize,
    rng: &mut impl Rng,
) -> Option<Told> {
    let mut told = Told::default();
    let mut frames = canvas.frames.clone();
    for span in spans(canvas, most) {
        let (mut all, mut shown) = (Vec::new(), Vec::new());
        for (u, unit) in canvas.units.iter().enumerate() {
            if span.written.contains(&unit.steps.start) {
                let legal = unit.legal.allows(truth[u]);
                (if legal { &mut all } else { &mut shown }).push(u);
            }
        }
        for u in shown {
            put(&mut frames, &canvas.units[u], truth[u]);
        }
        let seen = span.seen.clone();
        let around = |voice: usize| {
            let known = frames[seen.clone()].iter().map(|f| f[voice]);
            counted(CLASSES, known.filter(|c| *c != UNKNOWN).map(usize::from))
        };
        let by_counting: Vec<Vec<f32>> = (0..LOGITS / CLASSES).map(around).collect();
        for &u in &all {
            let unit = &canvas.units[u];
            let legal = |class: usize| unit.legal.allows(class as u8);
            told.by_counting += cost(&by_counting[unit.voice], truth[u].into(), legal).nats;
        }
        told.values += all.len();
        // All but what is open is known: everything is filled in, and a stage hides its own again.
        for &u in &all {
            put(&mut frames, &canvas.units[u], truth[u]);
        }
        in_stages(all.len(), stages, rng, |open, weight| {
            let open: Vec<usize> = open.iter().map(|&at| all[at]).collect();
            let mut hidden = frames.clone();
            for &u in &open {
                put(&mut hidden, &canvas.units[u], UNKNOWN);
            }
            let (steps, row_of) = asked(canvas, &span, &open);
            let logits = denoiser.logits(
                &hidden[seen.clone()],
                &canvas.rhythm[seen.clone()],
                &places[seen.clone()],
                &steps,
            );
            if logits.len() != steps.len() * LOGITS {
                return None;
            }
            for u in open {
                let unit = &canvas.units[u];
                let logs = mean_logs(unit, &span, &logits, &row_of);
                let cost = cost(&logs, truth[u].into(), |c| unit.legal.allows(c as u8));
                told.nats += cost.nats * weight;
                told.outside += cost.outside * weight;
                told.narrowed |= cost.narrowed;
            }
            Some(())
        })?;
    }
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::super::super::generator;
    use super::*;
    use crate::tokenizer::grid::frames::{Frame, Legal, REST, Rhythm, Unit, VOICES};

    /// Knows nothing, and remembers how much was hidden.
    struct Even(Vec<usize>);

    impl FrameDenoiser for Even {
        fn logits(
            &mut self,
            frames: &[Frame],
            _: &[Rhythm],
            _: &[Place],
            asked: &[usize],
        ) -> Vec<f32> {
            let hidden = frames.iter().flatten().filter(|c| **c == UNKNOWN);
            self.0.push(hidden.count());
            vec![0.0; asked.len() * LOGITS]
        }
    }

    /// A piece on four pitches whose bass is free from step 4 on; two steps a unit where `notes`.
    fn canvas(steps: usize, notes: bool) -> Canvas {
        let mut frames = vec![[50, 40, 30, 20]; steps];
        frames[4..].iter_mut().for_each(|f| f[3] = UNKNOWN);
        let long = if notes { 2 } else { 1 };
        let unit = |start: usize| Unit {
            voice: 3,
            steps: start..start + long,
            legal: if notes {
                Legal::Pitches
            } else {
                Legal::Anything
            },
            struck: notes,
        };
        Canvas {
            frames,
            rhythm: vec![[None; VOICES]; steps],
            units: (4..steps).step_by(long).map(unit).collect(),
        }
    }

    fn asked_of(denoiser: &mut Even, canvas: &Canvas, truth: &[u8], most: usize) -> Told {
        let places = vec![Place::default(); canvas.frames.len()];
        let mut rng = generator(1, 0);
        told(denoiser, canvas, truth, &places, most, 6, &mut rng).unwrap()
    }

    #[test]
    fn who_knows_nothing_pays_the_logarithm_of_the_classes_whatever_the_windows() {
        let c = canvas(36, false);
        for most in [64, 8] {
            let mut even = Even(Vec::new());
            let t = asked_of(&mut even, &c, &[20; 32], most);
            assert_eq!((t.values, t.illegal()), (32, None));
            let nats = (CLASSES as f64).ln();
            assert!((t.per_value().unwrap() - nats).abs() < 1e-5, "{t:?}");
            assert!(even.0.iter().all(|&n| n > 0 && n <= most.min(32)));
        }
        // In one window: four basses known, all on the pitch of the hole.
        let t = asked_of(&mut Even(Vec::new()), &c, &[20; 32], 64);
        let counted = ((4.0 + CLASSES as f64 / 2.0) / 4.5).ln();
        assert!((t.by_counting_per_value().unwrap() - counted).abs() < 1e-5);
    }

    #[test]
    fn silence_where_a_note_is_struck_is_told_and_not_paid_for() {
        let c = canvas(8, true);
        // The second unit rests, which is no pitch: it is not asked.
        let t = asked_of(&mut Even(Vec::new()), &c, &[21, REST], 64);
        assert_eq!(t.values, 1);
        let classes = CLASSES as f64;
        assert!((t.per_value().unwrap() - (classes - 1.0).ln()).abs() < 1e-5);
        assert!((t.illegal().unwrap() - 1.0 / classes).abs() < 1e-6);
    }

    #[test]
    fn a_device_that_gives_nothing_has_no_figure() {
        struct Nothing;
        impl FrameDenoiser for Nothing {
            fn logits(&mut self, _: &[Frame], _: &[Rhythm], _: &[Place], _: &[usize]) -> Vec<f32> {
                Vec::new()
            }
        }
        let c = canvas(8, false);
        let places = vec![Place::default(); 8];
        let mut rng = generator(1, 0);
        let t = told(&mut Nothing, &c, &[20; 4], &places, 64, 2, &mut rng);
        assert_eq!(t, None);
    }
}
