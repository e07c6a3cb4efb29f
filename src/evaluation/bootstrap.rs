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

/// Any figure of a set of `count` pieces and its 95 % interval: `statistic` is asked for the pieces as they are and for
/// `rounds` resamples of them. Drawing with repeats makes distances larger than they are, so the interval is moved by as
/// much as the mean of the resamples lies off; a figure that cannot be negative keeps an interval that is not.
pub fn statistic_interval(
    statistic: &dyn Fn(&[usize]) -> Option<f64>,
    count: usize,
    rounds: usize,
    seed: u64,
) -> Option<Interval> {
    let whole: Vec<usize> = (0..count).collect();
    let value = statistic(&whole).filter(|v| v.is_finite())?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = whole;
    let mut values: Vec<f64> = (0..if count > 1 { rounds } else { 0 })
        .filter_map(|_| {
            drawn
                .iter_mut()
                .for_each(|d| *d = rng.random_range(0..count));
            statistic(&drawn).filter(|v| v.is_finite())
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let off = match values.is_empty() {
        true => 0.0,
        false => values.iter().sum::<f64>() / values.len() as f64 - value,
    };
    let least = match values.first() {
        Some(v) if *v >= 0.0 && value >= 0.0 => 0.0,
        _ => f64::NEG_INFINITY,
    };
    let at = |q: f64| {
        let i = (q * values.len().saturating_sub(1) as f64).round() as usize;
        values.get(i).map_or(value, |v| (v - off).max(least))
    };
    Some(Interval {
        mean: value,
        low: at(0.025).min(value),
        high: at(0.975).max(value),
        count,
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
    fn a_statistic_that_grows_with_repeats_is_put_back_in_place() {
        // The number of different pieces: always 50, and about 32 in a resample.
        let different = |chosen: &[usize]| {
            let set: std::collections::BTreeSet<_> = chosen.iter().collect();
            Some(set.len() as f64)
        };
        let i = statistic_interval(&different, 50, 500, 1).unwrap();
        assert_eq!(i.mean, 50.0);
        assert!(
            (44.0..50.0).contains(&i.low) && (50.0..56.0).contains(&i.high),
            "{i:?}"
        );
        assert_eq!(statistic_interval(&|_| None, 50, 10, 1), None);
        assert_eq!(statistic_interval(&|_| Some(f64::NAN), 50, 10, 1), None);
    }

    #[test]
    fn degenerate_inputs_have_degenerate_answers() {
        assert_eq!(mean_interval(&[], 100, 0), None);
        let one = mean_interval(&[3.0], 100, 0).unwrap();
        assert_eq!((one.low, one.mean, one.high), (3.0, 3.0, 3.0));
        assert_eq!(mean_interval(&[1.0, 2.0], 0, 0).unwrap().low, 1.5);
    }
}
