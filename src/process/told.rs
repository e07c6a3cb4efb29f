//! What a model says of the values that stood in a hole: what they cost, and how much it would have given to values
//! that may not stand there.

/// What a model says of the values of a hole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// Nats of all values together: a bound on their negative log-likelihood.
    pub nats: f64,
    /// The same of what only counts the values around the hole (see [`counted`]).
    pub by_counting: f64,
    /// Number of values: what the sampler draws one by one.
    pub values: usize,
    /// Sum over the values of the probability given to what may not stand there, before it is struck out.
    pub outside: f64,
    /// Whether anything was forbidden anywhere.
    pub narrowed: bool,
}

impl Told {
    /// Nats a value; `None` of no values.
    pub fn per_value(&self) -> Option<f64> {
        self.of_value(self.nats)
    }

    /// Nats a value by counting; `None` of no values.
    pub fn by_counting_per_value(&self) -> Option<f64> {
        self.of_value(self.by_counting)
    }

    /// Mean probability, 0..=1, given to values that may not stand where they would. `None` where everything may stand
    /// everywhere, so that there is nothing to tell.
    pub fn illegal(&self) -> Option<f64> {
        self.of_value(self.outside).filter(|_| self.narrowed)
    }

    fn of_value(&self, sum: f64) -> Option<f64> {
        (self.values > 0).then(|| sum / self.values as f64)
    }

    /// Adds another part of the same hole.
    pub fn add(&mut self, other: &Told) {
        self.nats += other.nats;
        self.by_counting += other.by_counting;
        self.values += other.values;
        self.outside += other.outside;
        self.narrowed |= other.narrowed;
    }
}

/// What one value costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cost {
    /// -ln of its probability among what is legal, as the sampler draws.
    pub nats: f64,
    /// Probability of everything else.
    pub outside: f64,
    /// Whether there is anything else.
    pub narrowed: bool,
}

/// The cost of `truth` under logits of which only `legal` ones may be drawn. The truth itself always counts as legal.
pub(super) fn cost(logits: &[f32], truth: usize, legal: impl Fn(usize) -> bool) -> Cost {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut inside, mut outside, mut narrowed) = (0.0, 0.0, false);
    for (v, &logit) in logits.iter().enumerate() {
        let share = f64::from(logit - most).exp();
        if v == truth || legal(v) {
            inside += share;
        } else {
            outside += share;
            narrowed = true;
        }
    }
    let wanted = logits.get(truth).map_or(f64::NAN, |&l| f64::from(l - most));
    Cost {
        nats: inside.ln() - wanted,
        outside: outside / (inside + outside),
        narrowed,
    }
}

/// Logits of what only counts: ln(n + 1/2) of each value that stands n times around the hole (Krichevsky and Trofimov
/// 1981). The baseline of every likelihood: who does no better has learnt no music.
pub(super) fn counted(size: usize, around: impl IntoIterator<Item = usize>) -> Vec<f32> {
    let mut counts = vec![0.5f32; size];
    for value in around {
        if let Some(count) = counts.get_mut(value) {
            *count += 1.0;
        }
    }
    counts.into_iter().map(f32::ln).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_those_among_the_legal_and_what_is_outside_is_told() {
        // Four values of which the last may not stand there and has a quarter.
        let quarters = [0.0; 4];
        let c = cost(&quarters, 1, |v| v < 3);
        assert!((c.nats - 3f64.ln()).abs() < 1e-12 && (c.outside - 0.25).abs() < 1e-12);
        assert!(c.narrowed);
        let all = cost(&quarters, 1, |_| true);
        assert!((all.nats - 4f64.ln()).abs() < 1e-12);
        assert_eq!((all.outside, all.narrowed), (0.0, false));
        // Large logits do not overflow, and a truth that is not legal is counted all the same.
        let c = cost(&[900.0, 900.0, -900.0], 0, |v| v == 1);
        assert!((c.nats - 2f64.ln()).abs() < 1e-9 && c.outside < 1e-9);
    }

    #[test]
    fn counting_gives_every_value_half_a_count_more() {
        let logits = counted(3, [0, 0, 2, 9]);
        let c = cost(&logits, 0, |_| true);
        assert!((c.nats - (4.5f64 / 2.5).ln()).abs() < 1e-6, "{c:?}");
    }

    #[test]
    fn parts_add_up_and_nothing_forbidden_says_nothing() {
        let part = |narrowed| Told {
            nats: 3.0,
            by_counting: 6.0,
            values: 2,
            outside: 0.5,
            narrowed,
        };
        let mut sum = part(false);
        assert_eq!(sum.illegal(), None);
        sum.add(&part(true));
        assert_eq!((sum.per_value(), sum.illegal()), (Some(1.5), Some(0.25)));
        assert_eq!(sum.by_counting_per_value(), Some(3.0));
        assert_eq!(Told::default().per_value(), None);
    }
}
