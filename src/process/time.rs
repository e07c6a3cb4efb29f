//! Which step of the diffusion an example is drawn at: uniformly, or the more often the more it still costs
//! (importance sampling, Nichol and Dhariwal 2021, as the reference keeps it).

use rand::Rng;
use serde::{Deserialize, Serialize};

/// Share of the past that a running mean keeps with each new value.
const KEPT: f32 = 0.9;
/// Added to the weight of every step, so that none is never drawn.
const FLOOR: f32 = 1e-4;

/// A step of the diffusion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Time {
    /// 1 (nearly clean) ..= `of` (nothing left).
    pub t: u32,
    /// Number of steps, T.
    pub of: u32,
    /// With which probability this step was drawn among all.
    pub probability: f32,
}

impl Time {
    /// A step that was drawn uniformly.
    pub fn uniform(t: u32, of: u32) -> Time {
        let of = of.max(1);
        Time {
            t: t.clamp(1, of),
            of,
            probability: 1.0 / of as f32,
        }
    }

    /// t/T: the share that is corrupted, 0 < share <= 1.
    pub fn share(&self) -> f32 {
        self.t as f32 / self.of as f32
    }

    /// What a loss is multiplied by so that drawing some steps more often than others changes its noise, not its
    /// mean: 1 for a uniform draw.
    pub fn importance(&self) -> f32 {
        1.0 / (self.of as f32 * self.probability)
    }
}

/// How often every step must have been seen before steps are drawn by importance.
const ENOUGH: u32 = 11;

/// What is remembered of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    seen: u32,
    /// Running mean of the loss.
    loss: f32,
    /// Running mean of the squared bound.
    square: f32,
}

/// Draws steps and remembers what they cost. Its serialised state is all there is: a resumed run goes on as if
/// it had not stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeSampler {
    /// Whether steps are drawn by importance once enough is known.
    importance: bool,
    /// By step, t = 1 first.
    steps: Vec<Memory>,
}

impl TimeSampler {
    /// A sampler of `steps` steps (1024 in the reference at 64 bars) that knows nothing yet.
    pub fn new(steps: u32, importance: bool) -> TimeSampler {
        TimeSampler {
            importance,
            steps: vec![Memory::default(); steps.max(1) as usize],
        }
    }

    /// T.
    pub fn steps(&self) -> u32 {
        self.steps.len() as u32
    }

    /// Whether the next draw is by importance: it was asked for, and every step has been seen more than ten
    /// times. (The reference waits for its step 0 too, which it never draws, so it never begins.)
    pub fn informed(&self) -> bool {
        self.importance && self.steps.iter().all(|m| m.seen >= ENOUGH)
    }

    /// Probability of every step, t = 1 first: proportional to sqrt(E) + 1e-4, E the running mean of the squared
    /// bound.
    pub fn probabilities(&self) -> Vec<f32> {
        let informed = self.informed();
        let of_step = |m: &Memory| match informed {
            true => (m.square + 1e-10).sqrt() + FLOOR,
            false => 1.0,
        };
        let weight: Vec<f32> = self.steps.iter().map(of_step).collect();
        let all: f32 = weight.iter().sum();
        weight.into_iter().map(|w| w / all).collect()
    }

    /// Draws a step.
    pub fn draw(&self, rng: &mut (impl Rng + ?Sized)) -> Time {
        let of = self.steps().max(1);
        if !self.informed() {
            return Time::uniform(rng.random_range(1..=of), of);
        }
        let mut x = rng.random_range(0.0..1.0f32);
        let mut drawn = Time::uniform(of, of);
        for (i, p) in self.probabilities().into_iter().enumerate() {
            drawn.t = i as u32 + 1;
            drawn.probability = p;
            x -= p;
            if x < 0.0 {
                break;
            }
        }
        drawn
    }

    /// Remembers what an example at step `t` cost: its loss, and its bound in bits an element
    /// ([`super::tokens::bound`]). Steps that are none, and costs that are no numbers, are passed over.
    pub fn record(&mut self, t: u32, loss: f32, bound: f32) {
        let step = (t as usize)
            .checked_sub(1)
            .and_then(|i| self.steps.get_mut(i));
        let Some(m) = step.filter(|_| loss.is_finite() && bound.is_finite()) else {
            return;
        };
        m.seen = m.seen.saturating_add(1);
        m.loss = KEPT * m.loss + (1.0 - KEPT) * loss;
        m.square = KEPT * m.square + (1.0 - KEPT) * bound * bound;
    }

    /// Running mean of the loss at every step, t = 1 first.
    pub fn losses(&self) -> Vec<f32> {
        self.steps.iter().map(|m| m.loss).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::generator;
    use super::*;

    #[test]
    fn the_running_means_are_the_references() {
        let mut s = TimeSampler::new(2, true);
        s.record(1, 2.0, 3.0);
        s.record(1, 1.0, 2.0);
        // 0.9 * (0.1 * 9) + 0.1 * 4, from zero as the reference starts.
        assert!((s.steps[0].square - 1.21).abs() < 1e-6);
        assert!((s.losses()[0] - (0.9 * 0.2 + 0.1)).abs() < 1e-6);
        s.record(0, 1.0, 1.0);
        s.record(3, 1.0, 1.0);
        s.record(2, f32::NAN, 1.0);
        assert_eq!([s.steps[0].seen, s.steps[1].seen], [2, 0]);
    }

    #[test]
    fn dear_steps_are_drawn_more_often_once_all_are_known() {
        let mut s = TimeSampler::new(4, true);
        for t in 1..=4 {
            for _ in 0..10 {
                s.record(t, 1.0, t as f32);
            }
        }
        assert!(!s.informed());
        assert_eq!(s.probabilities(), [0.25; 4]);
        (1..=4).for_each(|t| s.record(t, 1.0, t as f32));
        let p = s.probabilities();
        assert!((p[3] / p[0] - 4.0).abs() < 1e-3, "{p:?}");
        let mut rng = generator(1, 0);
        let (mut seen, mut mean) = ([0f32; 4], 0.0);
        for _ in 0..20_000 {
            let time = s.draw(&mut rng);
            seen[time.t as usize - 1] += 1.0 / 20_000.0;
            // Any function of t keeps its mean: here t itself, 2.5.
            mean += time.t as f32 * time.importance() / 20_000.0;
        }
        assert!(seen.iter().zip(&p).all(|(a, b)| (a - b).abs() < 0.015));
        assert!((mean - 2.5).abs() < 0.05, "{mean}");
    }

    #[test]
    fn a_saved_sampler_goes_on_to_the_bit() {
        let mut s = TimeSampler::new(3, true);
        for k in 0..60u32 {
            s.record(k % 3 + 1, k as f32 / 7.0, k as f32 / 3.0);
        }
        let text = ron::to_string(&s).unwrap();
        let back: TimeSampler = ron::from_str(&text).unwrap();
        assert_eq!(back, s);
        let draws = |s: &TimeSampler| -> Vec<Time> {
            let mut rng = generator(5, 0);
            (0..50).map(|_| s.draw(&mut rng)).collect()
        };
        assert_eq!(draws(&back), draws(&s));
    }
}
