//! How sure a mean is: percentile bootstrap (Efron 1979) with a seed, so that a table can be printed twice.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// A mean with the interval that holds 95 % of the means of resampled data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
    /// Number of values.
    pub count: usize,
}

/// The mean of `values` and its 95 % interval from `rounds` resamples; `None` for no values.
pub fn mean_interval(values: &[f64], rounds: usize, seed: u64) -> Option<Interval> {
    if values.is_empty() {
        return None;
    }
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut means: Vec<f64> = (0..rounds)
        .map(|_| {
            let sum: f64 = (0..n).map(|_| values[rng.random_range(0..n)]).sum();
            sum / n as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let i = (q * means.len().saturating_sub(1) as f64).round() as usize;
        means.get(i).copied().unwrap_or(mean)
    };
    Some(Interval {
        mean,
        low: at(0.025),
        high: at(0.975),
        count: n,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_known_spread_is_two_standard_errors() {
        // 0 and 1 in turn: standard deviation .5, standard error .05.
        let values: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        let i = mean_interval(&values, 2000, 7).unwrap();
        assert_eq!((i.mean, i.count), (0.5, 100));
        assert!((i.low - 0.402).abs() < 0.02, "{i:?}");
        assert!((i.high - 0.598).abs() < 0.02, "{i:?}");
        assert_eq!(mean_interval(&values, 2000, 7).unwrap(), i);
    }

    #[test]
    fn degenerate_inputs_have_degenerate_answers() {
        assert_eq!(mean_interval(&[], 100, 0), None);
        let one = mean_interval(&[3.0], 100, 0).unwrap();
        assert_eq!((one.low, one.mean, one.high), (3.0, 3.0, 3.0));
        assert_eq!(mean_interval(&[1.0, 2.0], 0, 0).unwrap().low, 1.5);
    }
}
