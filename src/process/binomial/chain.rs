//! One cell of the binomial process: what becomes of it, and what it was.
//!
//! At level `beta`, 0 (clean) to 1 (noise), a cell is on with probability x0 (1 - beta) + r beta. A Markov chain
//! with these marginals keeps a cell from level s to level t > s with probability
//! a = (1 - beta_t) / (1 - beta_s) and tosses a coin of ratio r otherwise; the posterior of the cell at s follows
//! from it by Bayes' rule.

/// The level of step t, 0..S: (t + 1) / S.
pub fn beta(t: u32, steps: u32) -> f32 {
    (t + 1) as f32 / steps.max(1) as f32
}

/// Probability that a cell that was `x0` is on at level `beta`.
pub fn marginal(x0: bool, beta: f32, ratio: f32) -> f32 {
    f32::from(x0) * (1.0 - beta) + ratio * beta
}

/// Probability of a cell being `to` at level `beta_t`, if it was `from` at level `beta_s` <= `beta_t`.
pub fn transition(from: bool, to: bool, beta_s: f32, beta_t: f32, ratio: f32) -> f32 {
    let kept = if beta_s < 1.0 {
        ((1.0 - beta_t) / (1.0 - beta_s)).clamp(0.0, 1.0)
    } else {
        1.0
    };
    let on = f32::from(from) * kept + (1.0 - kept) * ratio;
    if to { on } else { 1.0 - on }
}

/// Probability that a cell is on at level `beta_s`, if it is `xt` at level `beta_t` >= `beta_s` and was `x0`.
pub fn posterior(xt: bool, x0: bool, beta_t: f32, beta_s: f32, ratio: f32) -> f32 {
    let prior = marginal(x0, beta_s, ratio);
    let on = transition(true, xt, beta_s, beta_t, ratio) * prior;
    let off = transition(false, xt, beta_s, beta_t, ratio) * (1.0 - prior);
    // Nothing leads to an xt that cannot be (at a ratio of 0 or 1): then only x0 is known.
    if on + off > 0.0 {
        on / (on + off)
    } else {
        prior
    }
}

/// Probability that a cell is on at level `beta_s`, if it is `xt` at level `beta_t` and was on with probability
/// `p0`: the posterior averaged over what the cell may have been.
pub fn reverse(xt: bool, p0: f32, beta_t: f32, beta_s: f32, ratio: f32) -> f32 {
    let given = |x0| posterior(xt, x0, beta_t, beta_s, ratio);
    p0 * given(true) + (1.0 - p0) * given(false)
}

/// What a step back costs against the one that knows `x0`, in nats: the term of the variational bound of one cell.
/// At `beta_s` = 0 it is the cross-entropy of x0.
pub fn divergence(xt: bool, x0: bool, p0: f32, beta_t: f32, beta_s: f32, ratio: f32) -> f32 {
    let q = posterior(xt, x0, beta_t, beta_s, ratio);
    let p = reverse(xt, p0, beta_t, beta_s, ratio).clamp(1e-7, 1.0 - 1e-7);
    let part = |q: f32, p: f32| if q > 0.0 { q * (q / p).ln() } else { 0.0 };
    part(q, p) + part(1.0 - q, 1.0 - p)
}

#[cfg(test)]
mod tests {
    use super::*;

    const R: f32 = 0.03;
    const S: u32 = 5;

    /// Probability of every path x_0..x_{S-1} of the chain, stepwise from x0.
    fn paths(x0: bool) -> Vec<(Vec<bool>, f32)> {
        let mut all = vec![(vec![x0], 1.0f32)];
        for t in 0..S {
            let before = if t == 0 { 0.0 } else { beta(t - 1, S) };
            all = all
                .into_iter()
                .flat_map(|(path, p)| {
                    [false, true].map(|x| {
                        let from = *path.last().unwrap();
                        let q = transition(from, x, before, beta(t, S), R);
                        ([path.clone(), vec![x]].concat(), p * q)
                    })
                })
                .collect();
        }
        all
    }

    #[test]
    fn the_chain_has_the_references_marginals_at_every_step() {
        for x0 in [false, true] {
            for t in 0..S {
                let all = paths(x0);
                let on = all.iter().filter(|(path, _)| path[t as usize + 1]);
                let on: f32 = on.map(|(_, p)| p).sum();
                let wanted = f32::from(x0) * (1.0 - beta(t, S)) + R * beta(t, S);
                assert!((on - wanted).abs() < 1e-5, "{x0} {t}: {on} {wanted}");
            }
        }
        assert_eq!([beta(0, 100), beta(99, 100)], [0.01, 1.0]);
        assert!((marginal(true, 0.4, 0.03) - 0.612).abs() < 1e-6);
    }

    #[test]
    fn the_posterior_is_bayes_rule_over_all_paths_also_over_several_steps() {
        for x0 in [false, true] {
            let all = paths(x0);
            for t in 1..S as usize {
                for s in 0..t {
                    for xt in [false, true] {
                        let given: Vec<_> =
                            all.iter().filter(|(path, _)| path[t + 1] == xt).collect();
                        let sum: f32 = given.iter().map(|(_, p)| p).sum();
                        let on: f32 = given
                            .iter()
                            .filter(|(path, _)| path[s + 1])
                            .map(|(_, p)| p)
                            .sum();
                        let p = posterior(xt, x0, beta(t as u32, S), beta(s as u32, S), R);
                        assert!(
                            (p - on / sum).abs() < 1e-4,
                            "{x0} {xt} {t} {s}: {p} {}",
                            on / sum
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_posterior_by_hand() {
        // From .5 to .25: a = 2/3; prior of x0 = 1 at .25 is .75 + .25/4 = .8125 with r = 1/4.
        let (on, off) = ((2.0 / 3.0 + 1.0 / 12.0) * 0.8125, 1.0 / 12.0 * 0.1875);
        let p = posterior(true, true, 0.5, 0.25, 0.25);
        assert!((p - on / (on + off)).abs() < 1e-6);
        // The last step knows x0, whatever it sees.
        for xt in [false, true] {
            assert_eq!(posterior(xt, true, 0.01, 0.0, R), 1.0);
            assert_eq!(posterior(xt, false, 0.01, 0.0, R), 0.0);
            assert!((reverse(xt, 0.3, 0.01, 0.0, R) - 0.3).abs() < 1e-6);
        }
    }

    #[test]
    fn a_denoiser_that_knows_the_odds_keeps_the_marginals() {
        // Cells on in one of ten: p(x0 | xt) by Bayes, averaged over xt, gives the marginal at s.
        let (data, t, s) = (0.1f32, 0.7, 0.4);
        let at =
            |beta: f32| data * marginal(true, beta, R) + (1.0 - data) * marginal(false, beta, R);
        let mut on = 0.0;
        for xt in [false, true] {
            let seen = |x0| {
                let p = marginal(x0, t, R);
                if xt { p } else { 1.0 - p }
            };
            let p_xt = data * seen(true) + (1.0 - data) * seen(false);
            let p0 = data * seen(true) / p_xt;
            on += p_xt * reverse(xt, p0, t, s, R);
        }
        assert!((on - at(s)).abs() < 1e-6, "{on} {}", at(s));
    }

    #[test]
    fn the_bound_costs_nothing_where_x0_is_known_and_its_entropy_at_the_end() {
        assert!(divergence(true, true, 1.0, 0.5, 0.4, R).abs() < 1e-5);
        assert!(divergence(false, true, 0.2, 0.5, 0.4, R) > 0.0);
        let end = divergence(false, true, 0.2, 0.01, 0.0, R);
        assert!((end + 0.2f32.ln()).abs() < 1e-5, "{end}");
    }
}
