//! What the model says of the notes it was to replace: how likely it finds them, and how much it would give to what may
//! not stand there. The notes alone do not tell it, so whoever fills a hole brings it ([`brought`]).

use crate::evaluation::registry::{Direction, Family, Measure, Metric};
use crate::model::Likelihood;

const LIKELIHOOD: Family = Family {
    name: "likelihood",
    source: "evidence bound of the model's own diffusion (Austin et al. 2021; docs/evaluation.md)",
};
const ILLEGAL: Family = Family {
    name: "likelihood",
    source: "midi-lm's illegal probabilities, of holes",
};

/// The entries.
pub const METRICS: &[Metric] = &[
    LIKELIHOOD.entry(
        "nats_per_note",
        "Surprise a note",
        "nats",
        Direction::Lower,
        "Bound on how unlikely the original notes of the hole are to the model.",
        Measure::Brought,
    ),
    LIKELIHOOD.entry(
        "elbo_per_token",
        "Surprise a value",
        "nats",
        Direction::Lower,
        "Bound on how unlikely what stood in the hole is to the model, for each value it draws; only models that write \
         music in the same values can be compared.",
        Measure::Brought,
    ),
    LIKELIHOOD.entry(
        "elbo_per_token_counting",
        "Surprise a value, by counting alone",
        "nats",
        Direction::Lower,
        "The same values judged by how often each stands around the hole: a model that is no better has learnt no music.",
        Measure::Brought,
    ),
    ILLEGAL.entry(
        "illegal_mass",
        "Probability of what may not stand there",
        "share",
        Direction::Lower,
        "How often a value drawn from the model would be one that is impossible in its place, if no rule stopped it.",
        Measure::Brought,
    ),
];

/// What a model says of a hole, by key.
pub fn brought(of: &Likelihood) -> impl Iterator<Item = (&'static str, f64)> + use<> {
    let figures = [
        ("nats_per_note", of.nats_per_note),
        ("elbo_per_token", of.nats_per_token),
        ("elbo_per_token_counting", of.counting_nats_per_token),
        ("illegal_mass", of.illegal_mass),
    ];
    figures
        .into_iter()
        .filter_map(|(key, figure)| Some((key, figure?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_told_has_an_entry() {
        let all = Likelihood {
            nats_per_note: Some(1.0),
            nats_per_token: Some(2.0),
            counting_nats_per_token: Some(3.0),
            illegal_mass: Some(0.5),
        };
        let keys: Vec<&str> = brought(&all).map(|b| b.0).collect();
        assert_eq!(keys, METRICS.iter().map(|m| m.key).collect::<Vec<_>>());
        assert_eq!(brought(&Likelihood::default()).count(), 0);
    }
}
