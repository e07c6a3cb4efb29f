//! The chance a take is drawn by. A fork goes the way of another take up to a step and draws by another seed from there
//! on: it is written from its recipe like any take, so a fork of a fork is one more line in the recipe.

use crate::process::generator;
use crate::score::SamplerSettings;
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use std::cell::Cell;

/// A generator that changes its seed after the steps that the settings name.
pub(super) struct Chance<'a> {
    rng: ChaCha8Rng,
    settings: &'a SamplerSettings,
    take: u64,
    /// Steps done, as they are told.
    done: &'a Cell<u32>,
    /// Forks that were taken.
    taken: usize,
}

impl<'a> Chance<'a> {
    /// Of take number `take`; `done` is to be told the steps as they are done.
    pub fn new(settings: &'a SamplerSettings, take: u32, done: &'a Cell<u32>) -> Chance<'a> {
        Chance {
            rng: generator(settings.seed, u64::from(take)),
            settings,
            take: u64::from(take),
            done,
            taken: 0,
        }
    }

    fn now(&mut self) -> &mut ChaCha8Rng {
        while let Some(fork) = self.settings.forks.get(self.taken)
            && fork.step <= self.done.get()
        {
            self.rng = generator(fork.seed, self.take);
            self.taken += 1;
        }
        &mut self.rng
    }
}

impl RngCore for Chance<'_> {
    fn next_u32(&mut self) -> u32 {
        self.now().next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.now().next_u64()
    }

    fn fill_bytes(&mut self, to: &mut [u8]) {
        self.now().fill_bytes(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Fork;

    #[test]
    fn a_fork_draws_as_the_first_take_up_to_its_step_and_as_another_after_it() {
        let plain = SamplerSettings {
            seed: 3,
            ..SamplerSettings::default()
        };
        let forked = |forks: &[(u32, u64)]| SamplerSettings {
            forks: forks
                .iter()
                .map(|&(step, seed)| Fork { step, seed })
                .collect(),
            ..plain.clone()
        };
        let draws = |settings: &SamplerSettings| {
            let done = Cell::new(0);
            let mut chance = Chance::new(settings, 2, &done);
            let step = |step| {
                done.set(step);
                chance.next_u64()
            };
            (0..6).map(step).collect::<Vec<u64>>()
        };
        let (a, b, again) = (
            draws(&plain),
            draws(&forked(&[(4, 9)])),
            draws(&forked(&[(4, 9)])),
        );
        assert_eq!(a[..4], b[..4]);
        assert!(a[4] != b[4] && a[5] != b[5]);
        assert_eq!(b, again);
        let c = draws(&forked(&[(4, 9), (5, 11)]));
        assert_eq!(b[..5], c[..5]);
        assert_ne!(b[5], c[5]);
    }
}
