//! A distribution in a few numbers.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How often each value occurs: what is kept of sets too large for lists.
pub type Counts = BTreeMap<u32, usize>;

/// A distribution in a few numbers. Quantiles are values that occur (nearest rank).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub count: usize,
    pub mean: f64,
    pub min: f64,
    pub q05: f64,
    pub q50: f64,
    pub q90: f64,
    pub q95: f64,
    pub q99: f64,
    pub max: f64,
}

impl Summary {
    /// The summary of some values, whatever their order; all zeros for none.
    pub fn of(mut values: Vec<f64>) -> Summary {
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        Summary::ranked(values.len(), mean, |i| {
            values.get(i).copied().unwrap_or(0.0)
        })
    }

    /// The summary of counted values; all zeros for none.
    pub fn of_counts(counts: &Counts) -> Summary {
        let count: usize = counts.values().sum();
        let sum: f64 = counts.iter().map(|(v, n)| f64::from(*v) * *n as f64).sum();
        // The rank up to which each value goes.
        let mut running = 0;
        let upto: Vec<(usize, u32)> = counts
            .iter()
            .map(|(v, n)| {
                running += n;
                (running, *v)
            })
            .collect();
        Summary::ranked(count, sum / count.max(1) as f64, |i| {
            let at = upto.partition_point(|(end, _)| *end <= i);
            upto.get(at).map_or(0.0, |(_, v)| f64::from(*v))
        })
    }

    /// The summary of `count` values of which `at` gives the i-th smallest.
    fn ranked(count: usize, mean: f64, at: impl Fn(usize) -> f64) -> Summary {
        let rank = |q: f64| at(((q * count as f64).ceil() as usize).max(1) - 1);
        Summary {
            count,
            mean,
            min: rank(0.0),
            q05: rank(0.05),
            q50: rank(0.5),
            q90: rank(0.9),
            q95: rank(0.95),
            q99: rank(0.99),
            max: rank(1.0),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "mean {:.3}  min {:.3}  5% {:.3}  50% {:.3}  90% {:.3}  95% {:.3}  99% {:.3}  max {:.3}",
            self.mean, self.min, self.q05, self.q50, self.q90, self.q95, self.q99, self.max
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        let s = Summary::of((1..=100).map(f64::from).collect());
        assert_eq!(
            (s.min, s.q50, s.q95, s.max, s.mean),
            (1.0, 50.0, 95.0, 100.0, 50.5)
        );
        assert_eq!(Summary::of(vec![]).max, 0.0);
        assert_eq!(Summary::of_counts(&Counts::new()), Summary::default());
    }

    proptest! {
        #[test]
        fn counts_say_what_the_list_says(values in prop::collection::vec(0u32..50, 0..200)) {
            let mut counts = Counts::new();
            for v in &values {
                *counts.entry(*v).or_default() += 1;
            }
            let list = values.into_iter().map(f64::from).collect();
            prop_assert_eq!(Summary::of_counts(&counts), Summary::of(list));
        }
    }
}
