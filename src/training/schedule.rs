//! The learning rate over a run: a linear rise, then one of the schedules of the reference trainers.

use serde::{Deserialize, Serialize};

/// How the learning rate goes on after its rise. Factors are of the highest rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Schedule {
    /// It stays (smdiff, SEDD).
    Constant,
    /// Half a cosine down to `floor` at the last step (smdiff HEAD: 0).
    Cosine { floor: f64 },
    /// Half a cosine down to `floor` over `first` steps, then again from the top, each time `multiply` times as
    /// long (SGDR, Loshchilov and Hutter 2017; midi-lm: 2000, 2).
    WarmRestarts {
        first: u64,
        multiply: u32,
        floor: f64,
    },
    /// Times `factor` whenever the validation loss has not fallen for `patience` validations, down to `floor`
    /// (midi-lm: 10, 0.1).
    Plateau {
        patience: u32,
        factor: f64,
        floor: f64,
    },
}

/// What [`Schedule::Plateau`] remembers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// Factor in force.
    factor: f64,
    best: Option<f32>,
    /// Validations since the best.
    waited: u32,
}

impl Default for Plateau {
    fn default() -> Plateau {
        Plateau {
            factor: 1.0,
            best: None,
            waited: 0,
        }
    }
}

impl Plateau {
    /// Hears of a validation.
    pub fn observe(&mut self, schedule: &Schedule, loss: f32) {
        let Schedule::Plateau {
            patience,
            factor,
            floor,
        } = *schedule
        else {
            return;
        };
        if self.best.is_none_or(|b| loss < b) {
            self.best = Some(loss);
            self.waited = 0;
            return;
        }
        self.waited += 1;
        if self.waited > patience {
            self.factor = (self.factor * factor).max(floor);
            self.waited = 0;
        }
    }
}

/// Half a cosine from 1 at `along` 0 down to `floor` at 1.
fn cosine(along: f64, floor: f64) -> f64 {
    floor + (1.0 - floor) * 0.5 * (1.0 + (std::f64::consts::PI * along.min(1.0)).cos())
}

impl Schedule {
    /// Learning rate of step `step` (from 0) of `steps`, rising over the first `warm_up` to `highest`.
    pub fn rate(
        &self,
        highest: f64,
        step: u64,
        warm_up: u64,
        steps: u64,
        plateau: &Plateau,
    ) -> f64 {
        if step < warm_up {
            return highest * (step + 1) as f64 / warm_up as f64;
        }
        let since = step - warm_up;
        let factor = match *self {
            Schedule::Constant => 1.0,
            Schedule::Cosine { floor } => {
                let all = steps.saturating_sub(warm_up).max(1);
                cosine(since as f64 / all as f64, floor)
            }
            Schedule::WarmRestarts {
                first,
                multiply,
                floor,
            } => {
                let (mut begun, mut length) = (0u64, first.max(1));
                while since - begun >= length {
                    begun += length;
                    length = length.saturating_mul(u64::from(multiply.max(1)));
                }
                cosine((since - begun) as f64 / length as f64, floor)
            }
            Schedule::Plateau { .. } => plateau.factor,
        };
        highest * factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(s: Schedule, step: u64) -> f64 {
        s.rate(1.0, step, 10, 100, &Plateau::default())
    }

    #[test]
    fn the_cosine_rises_to_the_top_and_falls_to_its_floor() {
        let s = Schedule::Cosine { floor: 0.01 };
        for (step, expected) in [
            (0, 0.1),
            (9, 1.0),
            (10, 1.0),
            (55, 0.505),
            (100, 0.01),
            (900, 0.01),
        ] {
            assert!((rate(s, step) - expected).abs() < 1e-9, "{step}");
        }
        assert_eq!(rate(Schedule::Constant, 90), 1.0);
    }

    #[test]
    fn restarts_begin_at_the_top_and_last_longer_each_time() {
        let s = Schedule::WarmRestarts {
            first: 20,
            multiply: 2,
            floor: 0.0,
        };
        for (step, expected) in [(10, 1.0), (20, 0.5), (30, 1.0), (50, 0.5), (70, 1.0)] {
            assert!((rate(s, step) - expected).abs() < 1e-9, "{step}");
        }
    }

    #[test]
    fn a_plateau_lowers_the_rate_after_patience() {
        let s = Schedule::Plateau {
            patience: 1,
            factor: 0.1,
            floor: 0.05,
        };
        let mut p = Plateau::default();
        for (loss, expected) in [
            (2.0, 1.0),
            (3.0, 1.0),
            (3.0, 0.1),
            (1.0, 0.1),
            (1.0, 0.1),
            (1.0, 0.05),
        ] {
            p.observe(&s, loss);
            assert_eq!(s.rate(1.0, 50, 10, 100, &p), expected);
        }
    }
}
