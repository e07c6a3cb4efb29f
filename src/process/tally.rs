//! Cross-entropies added up by how far the diffusion is, by field and by bar, for a panel to show.

use serde::{Deserialize, Serialize};

/// Parts the time of the diffusion is divided into.
pub const TIME_BINS: usize = 10;

/// A sum and how many values are in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    pub sum: f64,
    pub count: u64,
}

impl Bin {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    /// Mean, if there is anything in it.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

/// What the predicted values cost, in nats a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// By share of what is corrupted, 0..=0.1 first.
    pub by_time: [Bin; TIME_BINS],
    /// By field of the rows, or by plane of a roll.
    pub by_field: Vec<Bin>,
    /// By bar, counted from the first of the window.
    pub by_bar: Vec<Bin>,
}

impl Tally {
    /// Which part of the time a share of corruption, 0..=1, falls into.
    pub fn time_bin(share: f32) -> usize {
        // The upper end belongs to a part: with T = 1024 steps the parts then hold as many steps as can be.
        ((share * TIME_BINS as f32).ceil() as usize).clamp(1, TIME_BINS) - 1
    }

    /// Counts one predicted value.
    pub fn add(&mut self, share: f32, field: usize, bar: usize, nats: f32) {
        let nats = f64::from(nats);
        self.by_time[Self::time_bin(share)].add(nats);
        at(&mut self.by_field, field).add(nats);
        at(&mut self.by_bar, bar).add(nats);
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: &Tally) {
        let add = |to: &mut Bin, from: &Bin| {
            to.sum += from.sum;
            to.count += from.count;
        };
        for (to, from) in self.by_time.iter_mut().zip(&other.by_time) {
            add(to, from);
        }
        for (i, from) in other.by_field.iter().enumerate() {
            add(at(&mut self.by_field, i), from);
        }
        for (i, from) in other.by_bar.iter().enumerate() {
            add(at(&mut self.by_bar, i), from);
        }
    }

    /// Mean over everything, nats a value.
    pub fn mean(&self) -> Option<f64> {
        let mut all = Bin::default();
        for bin in &self.by_time {
            all.sum += bin.sum;
            all.count += bin.count;
        }
        all.mean()
    }
}

fn at(bins: &mut Vec<Bin>, i: usize) -> &mut Bin {
    if bins.len() <= i {
        bins.resize(i + 1, Bin::default());
    }
    &mut bins[i]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_ends_the_first_part_and_one_ends_the_last() {
        let bins = [0.0, 0.05, 0.1, 0.101, 0.5, 0.51, 1.0].map(Tally::time_bin);
        assert_eq!(bins, [0, 0, 0, 1, 4, 5, 9]);
        // 1024 steps: no part holds more than one step more than another.
        let mut n = [0; TIME_BINS];
        (1..=1024).for_each(|t| n[Tally::time_bin(t as f32 / 1024.0)] += 1);
        assert!(n.iter().all(|n| (102..=103).contains(n)), "{n:?}");
    }

    #[test]
    fn tallies_made_apart_add_up() {
        let (mut a, mut b, mut both) = Default::default();
        let parts: [&mut Tally; 2] = [&mut a, &mut b];
        for (k, part) in parts.into_iter().enumerate() {
            for i in 0..5 {
                let (share, field, bar, nats) = (0.1 * i as f32, i % 2, k * 3 + i, i as f32);
                part.add(share, field, bar, nats);
                Tally::add(&mut both, share, field, bar, nats);
            }
        }
        a.merge(&b);
        assert_eq!(a, both);
        assert_eq!(a.mean(), Some(2.0));
        assert_eq!(a.by_field[1].mean(), Some(2.0));
        assert_eq!(a.by_bar.len(), 8);
    }
}
