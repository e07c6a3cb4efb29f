//! What a masked element costs: the losses of the reference as weights on cross-entropies in nats.

use super::Example;
use serde::{Deserialize, Serialize};
use std::f32::consts::LN_2;

/// How the cross-entropies of an example become its loss. CE is their sum over masked elements in nats, N the
/// number of elements that could have been masked, T the number of steps, p the probability of the step drawn.
///
/// N is all elements in the reference's strategies and those of the hole in ours. Where steps are drawn by
/// importance, all but the reference's own form divide by T p, so that their means stay what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// (1 - t/(T+1)) CE / (N ln 2), bits an element. At t = T a little weight is left, without which an empty
    /// window would never be learnt.
    #[default]
    ReweightedElbo,
    /// (1 - t/T) CE / (N ln 2), bits an element: as smdiff first had it.
    ReweightedElboReference,
    /// CE / (t p N ln 2): the variational bound, bits an element; times the chance of an example where only such
    /// are drawn that ask for something, so that its mean is the bound there too.
    Elbo,
    /// CE / number of masked elements, nats.
    Mlm,
}

impl Objective {
    /// Whether losses are in bits; otherwise in nats.
    pub fn in_bits(self) -> bool {
        self != Objective::Mlm
    }

    /// What each nat of a masked element of this example adds to its loss.
    pub fn factor(self, example: &Example) -> f32 {
        let n = example.free.max(1) as f32;
        let (t, of) = (example.time.t as f32, example.time.of as f32);
        let importance = example.time.importance();
        match self {
            Objective::ReweightedElbo => (1.0 - t / (of + 1.0)) / (n * LN_2) * importance,
            Objective::ReweightedElboReference => (1.0 - t / of) / (n * LN_2),
            Objective::Elbo => example.chance / (t * example.time.probability * n * LN_2),
            Objective::Mlm => importance / example.count().max(1) as f32,
        }
    }
}

/// Weight of every element `[rows, fields]`, 0 where nothing is asked: the loss of the example is the sum of
/// weight times nats, times `scale` (1/B for a mean over a batch of B). `fields` multiplies the cross-entropies of
/// each field; what is missing counts 1.
pub fn weights(objective: Objective, example: &Example, fields: &[f32], scale: f32) -> Vec<f32> {
    let factor = objective.factor(example) * scale;
    let of_field = |i: usize| {
        fields
            .get(i % example.fields.max(1))
            .copied()
            .unwrap_or(1.0)
    };
    let element = |(i, &masked): (usize, &bool)| if masked { factor * of_field(i) } else { 0.0 };
    example.masked.iter().enumerate().map(element).collect()
}

/// The variational bound of an example in bits an element, from the sum of its cross-entropies in nats. Its mean
/// over t is an upper bound of the negative log-likelihood of what could have been masked.
pub fn bound(example: &Example, nats: f32) -> f32 {
    Objective::Elbo.factor(example) * nats
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::Time;
    use super::*;

    /// Four rows of two fields, the last row padding; three elements masked at 16 of 64 steps.
    pub fn example() -> Example {
        let x0 = vec![0, 1, 2, 3, 1, 0, 0, 0];
        let masked = [false, true, true, true, false, false, false, false].to_vec();
        let mask = |i: usize| if i.is_multiple_of(2) { 3 } else { 5 };
        let xt = (0..8)
            .map(|i| if masked[i] { mask(i) } else { x0[i] })
            .collect();
        Example {
            rows: 4,
            fields: 2,
            real: 3,
            x0,
            xt,
            masked,
            bars: vec![0, 0, 1],
            free: 6,
            chance: 1.0,
            time: Time::uniform(16, 64),
        }
    }

    #[test]
    fn losses_are_the_formulas() {
        let e = example();
        let near = |objective: Objective, wanted: f32| {
            let f = objective.factor(&e);
            assert!(
                (f - wanted).abs() < 1e-6 * wanted.max(1.0),
                "{objective:?}: {f}"
            );
        };
        // N = 6; 1 - 16/65 and 1 - 16/64; T/t = 4; three are masked.
        near(Objective::ReweightedElbo, (49.0 / 65.0) / (6.0 * LN_2));
        near(Objective::ReweightedElboReference, 0.75 / (6.0 * LN_2));
        near(Objective::Elbo, 4.0 / (6.0 * LN_2));
        near(Objective::Mlm, 1.0 / 3.0);
        assert!((bound(&e, 3.0 * 2f32.ln()) - 2.0).abs() < 1e-6);
        assert!(!Objective::Mlm.in_bits() && Objective::Elbo.in_bits());
    }

    #[test]
    fn a_hole_of_one_element_is_bounded_by_its_own_cross_entropy() {
        use crate::process::tokens::{Schema, Window, strategy};
        let schema = Schema::of(crate::tokenizer::registry::find("melody").unwrap());
        let window = Window::new(&schema, &[0], 1).unwrap();
        let holes = strategy::find("holes").unwrap();
        let mut rng = crate::process::generator(1, 0);
        let mean: f32 = (1..=64)
            .map(|t| holes.corrupt(&schema, &window, Time::uniform(t, 64), &mut rng))
            .map(|e| bound(&e, 3.0 * LN_2) / 64.0)
            .sum();
        assert!((mean - 3.0).abs() < 1e-4, "{mean}");
    }

    #[test]
    fn at_the_last_step_only_the_mended_form_keeps_weight() {
        let mut e = example();
        e.time = Time::uniform(64, 64);
        assert_eq!(Objective::ReweightedElboReference.factor(&e), 0.0);
        assert!(Objective::ReweightedElbo.factor(&e) > 0.0);
    }

    #[test]
    fn steps_drawn_twice_as_often_count_half() {
        let e = example();
        let mut often = e.clone();
        often.time.probability *= 2.0;
        for o in [Objective::ReweightedElbo, Objective::Elbo, Objective::Mlm] {
            assert!((o.factor(&often) * 2.0 - o.factor(&e)).abs() < 1e-6);
        }
        let o = Objective::ReweightedElboReference;
        assert_eq!(o.factor(&often), o.factor(&e));
    }

    #[test]
    fn weights_stand_where_something_is_asked_field_by_field() {
        let e = example();
        let w = weights(Objective::Mlm, &e, &[3.0], 0.5);
        let sixth = 1.0 / 6.0;
        assert_eq!(w, [0.0, sixth, 3.0 * sixth, sixth, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn names_are_the_references() {
        let o: Objective = ron::from_str("reweighted_elbo").unwrap();
        assert_eq!(o, Objective::default());
        assert_eq!(ron::to_string(&Objective::Mlm).unwrap(), "mlm");
    }
}
