//! The mean over all orders in which things can be decided one after the other, estimated without bias.
//!
//! Absorbing diffusion hides everything and reveals it piece by piece. Its bound on the negative log-likelihood, the
//! cross-entropies of what is hidden weighed with 1/t and averaged over the time t, where each thing is hidden with
//! probability t (Austin et al. 2021), is the mean over all orders of the chain rule (Uria et al. 2014; Hoogeboom et
//! al. 2022): a state with k of n things open has the weight 1 / (k (n over k)) either way. So a stage draws k evenly
//! from 1 to n, opens k things at random, and counts their cross-entropies n / k times.

use rand::Rng;
use rand::seq::SliceRandom;

/// A number in `1..=n` from the `stage`-th of `stages` equal parts.
fn open_at(stage: usize, stages: usize, n: usize, rng: &mut (impl Rng + ?Sized)) -> usize {
    let share = (stage as f64 + rng.random_range(0.0..1.0)) / stages as f64;
    ((share * n as f64).ceil() as usize).clamp(1, n)
}

/// Asks for `stages` stages of `n` things, spread evenly over how many are open: `ask` gets the open ones and the weight
/// each counts with, so that a thing's weights add up to 1 on average. `None` if `ask` broke off. Of nothing, or in no
/// stages, it is not asked.
pub(super) fn stages(
    n: usize,
    stages: usize,
    rng: &mut (impl Rng + ?Sized),
    mut ask: impl FnMut(&[usize], f64) -> Option<()>,
) -> Option<()> {
    if n == 0 {
        return Some(());
    }
    let mut all: Vec<usize> = (0..n).collect();
    for stage in 0..stages {
        all.shuffle(rng);
        let open = &all[..open_at(stage, stages, n, rng)];
        ask(open, n as f64 / open.len() as f64 / stages as f64)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::generator;
    use super::*;

    /// Any cost of a thing given which are open with it; not one of a distribution.
    fn cost(thing: usize, open: u32) -> f64 {
        1.0 + ((thing as u32 * 7 + open * 3) % 11) as f64
    }

    /// Sum of the costs of all things open, weighed by a weight of their number, over all sets of three things.
    fn over_all_sets(weight: impl Fn(u32) -> f64) -> f64 {
        let sets = 1u32..8;
        let of_set = |s: u32| {
            let open = (0..3).filter(|i| s >> i & 1 == 1);
            open.map(|i| cost(i, s)).sum::<f64>() * weight(s.count_ones())
        };
        sets.map(of_set).sum()
    }

    #[test]
    fn the_weights_are_those_of_one_over_t_averaged_over_t() {
        // Simpson's rule is exact for these polynomials of t: t^(k - 1) (1 - t)^(3 - k).
        let p = |t: f64, k: u32| t.powi(k as i32 - 1) * (1.0 - t).powi(3 - k as i32);
        let by_time = over_all_sets(|k| (p(0.0, k) + 4.0 * p(0.5, k) + p(1.0, k)) / 6.0);
        let choose = [0.0, 3.0, 3.0, 1.0];
        let by_order = over_all_sets(|k| 1.0 / (f64::from(k) * choose[k as usize]));
        assert!((by_time - by_order).abs() < 1e-12, "{by_time} {by_order}");
        // And the estimate comes to the same.
        let mut mean = 0.0;
        let asked = stages(3, 60_000, &mut generator(1, 0), |open, weight| {
            let set = open.iter().map(|i| 1 << i).sum();
            mean += weight * open.iter().map(|&i| cost(i, set)).sum::<f64>();
            Some(())
        });
        assert!(
            asked.is_some() && (mean / by_order - 1.0).abs() < 0.01,
            "{mean} {by_order}"
        );
    }

    #[test]
    fn what_costs_the_same_in_every_state_is_counted_exactly_once() {
        let mut sum = 0.0;
        stages(5, 7, &mut generator(2, 0), |open, weight| {
            sum += weight * open.len() as f64;
            Some(())
        });
        assert!((sum - 5.0).abs() < 1e-12);
        assert!(stages(0, 3, &mut generator(2, 0), |_, _| None).is_some());
        assert!(stages(2, 3, &mut generator(2, 0), |_, _| None).is_none());
    }
}
