//! How sure a share is: the score interval of Wilson (1927), which keeps its promise for few trials and for shares near
//! none or all, where resamples of the data say too little.

use super::bootstrap::Interval;

/// The 97.5th percentile of the standard normal distribution: 95 % lie within it on both sides.
const Z: f64 = 1.959_963_984_540_054;

/// The share of `successes` among `trials` and its 95 % interval; a tie may count as half a success. `None` of no
/// trials.
pub fn wilson(successes: f64, trials: usize) -> Option<Interval> {
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let share = (successes / n).clamp(0.0, 1.0);
    let z = Z * Z / n;
    let middle = (share + z / 2.0) / (1.0 + z);
    let reach = Z * (share * (1.0 - share) / n + z / (4.0 * n)).sqrt() / (1.0 + z);
    Some(Interval {
        mean: share,
        low: (middle - reach).max(0.0).min(share),
        high: (middle + reach).min(1.0).max(share),
        count: trials,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_the_published_one() {
        // Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        let cases = [
            (81.0, 263, 0.2553, 0.3662),
            (15.0, 148, 0.0624, 0.1605),
            (0.0, 20, 0.0, 0.1611),
            (1.0, 29, 0.0061, 0.1718),
        ];
        for (successes, trials, low, high) in cases {
            let i = wilson(successes, trials).unwrap();
            assert!((i.low - low).abs() < 5e-5, "{i:?}");
            assert!((i.high - high).abs() < 5e-5, "{i:?}");
            assert_eq!((i.mean, i.count), (successes / trials as f64, trials));
        }
        assert_eq!(wilson(0.0, 0), None);
    }

    #[test]
    fn half_a_success_is_half_a_success() {
        let i = wilson(10.0, 20).unwrap();
        assert!((i.low + i.high - 1.0).abs() < 1e-12 && i.low > 0.29 && i.high < 0.71);
        assert_eq!(wilson(4.5, 9).unwrap().mean, 0.5);
    }
}
