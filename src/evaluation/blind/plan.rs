//! Which trials a test has, in which order and on which sides. All of it follows from the rows and a seed.

use super::{BlindError, Design, Part, Role, Row, Side, Stimulus};
use crate::process::generator;
use crate::score::Score;
use rand::Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

/// The generator's stream for order and sides, so that no other use of the seed meets it.
const STREAM: u64 = 0xB11D;

/// How a test is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub design: Design,
    /// Trials that count, at most: every pair of systems (every system, of ratings) gets as many, and none is heard in
    /// the same hole twice.
    pub trials: usize,
    /// Of those in the first half, at most as many come once more.
    pub repeats: usize,
    /// Trials whose answer is known, where there are originals and nonsense.
    pub catches: usize,
    pub seed: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            design: Design::Pairs,
            trials: 24,
            repeats: 4,
            catches: 2,
            seed: 0,
        }
    }
}

/// One question. What it holds is not for the listener's eyes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    pub role: Role,
    pub hole: String,
    /// Rows whose sounds are A and, of a pair, B.
    pub rows: Vec<usize>,
}

/// A test: rows, and questions about them in the order they are asked.
#[derive(Clone, Serialize, Deserialize)]
pub struct Test {
    pub(super) rows: Vec<Row>,
    pub(super) plan: Plan,
    pub(super) trials: Vec<Trial>,
}

impl Row {
    pub(super) fn of_hole(&self, hole: &str) -> Option<&Stimulus> {
        self.stimuli.iter().find(|s| s.hole == hole)
    }
}

/// Whether two pieces sound the same.
fn alike(a: &Score, b: &Score) -> bool {
    let notes = |s: &Score| -> Vec<(usize, u32, u32, u8, u8)> {
        let tracks = s.tracks.iter().enumerate();
        let mut notes: Vec<_> = tracks
            .flat_map(|(i, t)| {
                t.notes
                    .iter()
                    .map(move |n| (i, n.start, n.length, n.pitch, n.velocity))
            })
            .collect();
        notes.sort_unstable();
        notes
    };
    notes(a) == notes(b)
}

impl Test {
    /// Makes the trials.
    ///
    /// # Errors
    /// When there are too few rows, or two of them have no hole in common.
    pub fn of(rows: Vec<Row>, plan: Plan) -> Result<Test, BlindError> {
        let mut rng = generator(plan.seed, STREAM);
        let judged: Vec<usize> = (0..rows.len())
            .filter(|i| rows[*i].part != Part::Nonsense && !rows[*i].stimuli.is_empty())
            .collect();
        if judged.len() < plan.design.sounds() {
            return Err(BlindError::TooFew);
        }
        let mut trials = match plan.design {
            Design::Pairs => pairs(&rows, &judged, plan.trials, &mut rng)?,
            Design::Rating => ratings(&rows, &judged, plan.trials, &mut rng),
        };
        trials.extend(catches(&rows, &plan, &mut rng));
        trials.shuffle(&mut rng);
        repeat(&mut trials, plan.repeats, &mut rng);
        Ok(Test { rows, plan, trials })
    }

    /// How it was made.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Number of questions.
    pub fn len(&self) -> usize {
        self.trials.len()
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.trials.is_empty()
    }

    /// The questions, systems and all: for whoever checks the test, not for whoever takes it.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Name of a row's system.
    pub(super) fn system(&self, row: usize) -> &str {
        self.rows.get(row).map_or("", |r| &r.system)
    }
}

/// Every two systems equally often, each time in another hole; either of them is A in half of the trials.
fn pairs(
    rows: &[Row],
    judged: &[usize],
    most: usize,
    rng: &mut impl Rng,
) -> Result<Vec<Trial>, BlindError> {
    let mut shared: Vec<(usize, usize, Vec<String>)> = Vec::new();
    for (at, &i) in judged.iter().enumerate() {
        for &j in &judged[at + 1..] {
            let (one, other) = (&rows[i], &rows[j]);
            let both = one.stimuli.iter().filter_map(|a| {
                let b = other.of_hole(&a.hole)?;
                (!alike(&a.score, &b.score)).then(|| a.hole.clone())
            });
            let mut both: Vec<String> = both.collect();
            if both.is_empty() {
                let (one, other) = (one.system.clone(), other.system.clone());
                return Err(BlindError::NothingInCommon(one, other));
            }
            both.shuffle(rng);
            shared.push((i, j, both));
        }
    }
    let fewest = shared.iter().map(|s| s.2.len()).min().unwrap_or(0);
    let each = (most / shared.len().max(1)).clamp(1, fewest.max(1));
    let mut trials = Vec::new();
    for (i, j, holes) in shared {
        for (hole, swapped) in holes.into_iter().zip(sides(each, rng)) {
            let rows = if swapped { vec![j, i] } else { vec![i, j] };
            trials.push(Trial {
                role: Role::Counted,
                hole,
                rows,
            });
        }
    }
    Ok(trials)
}

/// As many times yes as no, in random order; chance decides who has the odd one.
fn sides(count: usize, rng: &mut impl Rng) -> Vec<bool> {
    let odd = rng.random_range(0..2usize);
    let mut sides: Vec<bool> = (0..count).map(|i| (i + odd) % 2 == 0).collect();
    sides.shuffle(rng);
    sides
}

/// Every system equally often, in the same holes where they have them.
fn ratings(rows: &[Row], judged: &[usize], most: usize, rng: &mut impl Rng) -> Vec<Trial> {
    let mut holes: Vec<&str> = Vec::new();
    for row in judged {
        for s in &rows[*row].stimuli {
            if !holes.contains(&s.hole.as_str()) {
                holes.push(&s.hole);
            }
        }
    }
    holes.shuffle(rng);
    let has = |row: usize, hole: &str| rows[row].of_hole(hole).is_some();
    // Holes that all systems fill come first, so that they are heard in the same music.
    holes.sort_by_key(|hole| !judged.iter().all(|row| has(*row, hole)));
    let fewest = judged.iter().map(|row| rows[*row].stimuli.len()).min();
    let each = (most / judged.len().max(1)).clamp(1, fewest.unwrap_or(1).max(1));
    let mut trials = Vec::new();
    for &row in judged {
        let own = holes.iter().filter(|hole| has(row, hole)).take(each);
        trials.extend(own.map(|hole| Trial {
            role: Role::Counted,
            hole: (*hole).to_string(),
            rows: vec![row],
        }));
    }
    trials
}

/// Nonsense, beside the original of the same hole in a pair.
fn catches(rows: &[Row], plan: &Plan, rng: &mut impl Rng) -> Vec<Trial> {
    let of = |part: Part| (0..rows.len()).filter(move |i| rows[*i].part == part);
    let Some(original) = of(Part::Original).next() else {
        return Vec::new();
    };
    let mut known: Vec<(usize, String)> = Vec::new();
    for row in of(Part::Nonsense) {
        for s in &rows[row].stimuli {
            let real = rows[original].of_hole(&s.hole);
            if real.is_some_and(|real| !alike(&real.score, &s.score)) {
                known.push((row, s.hole.clone()));
            }
        }
    }
    known.shuffle(rng);
    known.truncate(plan.catches);
    let sides = sides(known.len(), rng);
    let trials = known.into_iter().zip(sides).map(|((row, hole), swapped)| {
        let (rows, real) = match (plan.design, swapped) {
            (Design::Rating, _) => (vec![row], None),
            (Design::Pairs, false) => (vec![original, row], Some(Side::A)),
            (Design::Pairs, true) => (vec![row, original], Some(Side::B)),
        };
        Trial {
            role: Role::Catch { real },
            hole,
            rows,
        }
    });
    trials.collect()
}

/// Puts trials of the first half (or as much of them as holds so many that count) once more after it, sides swapped.
fn repeat(trials: &mut Vec<Trial>, count: usize, rng: &mut impl Rng) {
    let counted = |i: &usize| trials[*i].role == Role::Counted;
    let enough = |to: &usize| (0..*to).filter(counted).count() >= count;
    let least = trials.len().div_ceil(2);
    let half = (least..trials.len()).find(enough).unwrap_or(trials.len());
    let mut again: Vec<usize> = (0..half).filter(counted).collect();
    again.shuffle(rng);
    again.truncate(count);
    for of in again {
        let mut trial = trials[of].clone();
        trial.role = Role::Repeat { of };
        trial.rows.reverse();
        let place = rng.random_range(half..=trials.len());
        trials.insert(place, trial);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::rows;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn test(design: Design, systems: usize, holes: usize, trials: usize, seed: u64) -> Test {
        let plan = Plan {
            design,
            trials,
            repeats: 3,
            catches: 2,
            seed,
        };
        Test::of(rows(systems, holes), plan).unwrap()
    }

    proptest! {
        #[test]
        fn pairs_and_sides_are_balanced(systems in 2usize..5, holes in 1usize..12, trials in 1usize..60, seed: u64) {
            let test = test(Design::Pairs, systems, holes, trials, seed);
            let mut times: BTreeMap<(usize, usize), Vec<(&str, bool)>> = BTreeMap::new();
            for t in test.trials().iter().filter(|t| t.role == Role::Counted) {
                let (a, b) = (t.rows[0], t.rows[1]);
                times.entry((a.min(b), a.max(b))).or_default().push((&t.hole, a < b));
            }
            prop_assert_eq!(times.len(), systems * (systems - 1) / 2);
            let each = times.values().next().map_or(0, Vec::len);
            for list in times.values() {
                prop_assert_eq!(list.len(), each);
                let first = list.iter().filter(|(_, a)| *a).count();
                prop_assert!(first.abs_diff(list.len() - first) <= 1, "sides");
                let mut heard: Vec<&str> = list.iter().map(|(hole, _)| *hole).collect();
                heard.sort_unstable();
                heard.dedup();
                prop_assert_eq!(heard.len(), list.len(), "no hole twice");
            }
        }

        #[test]
        fn ratings_are_of_every_system_in_the_same_holes(systems in 1usize..5, holes in 1usize..12, trials in 1usize..60, seed: u64) {
            let test = test(Design::Rating, systems, holes, trials, seed);
            let mut heard: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
            for t in test.trials().iter().filter(|t| t.role == Role::Counted) {
                heard.entry(t.rows[0]).or_default().push(&t.hole);
            }
            prop_assert_eq!(heard.len(), systems);
            heard.values_mut().for_each(|h| h.sort_unstable());
            let first = heard.values().next().cloned();
            prop_assert!(heard.values().all(|h| Some(h) == first.as_ref()));
        }

        #[test]
        fn repeats_come_later_with_their_sides_swapped(design in prop_oneof![Just(Design::Pairs), Just(Design::Rating)], seed: u64) {
            let test = test(design, 3, 8, 24, seed);
            let again = test.trials().iter().enumerate();
            let again: Vec<_> = again.filter_map(|(i, t)| match t.role {
                Role::Repeat { of } => Some((i, t, of)),
                _ => None,
            }).collect();
            prop_assert_eq!(again.len(), 3);
            for (i, trial, of) in again {
                let first = &test.trials()[of];
                prop_assert!(of < i && first.role == Role::Counted && first.hole == trial.hole);
                prop_assert!(first.rows.iter().rev().eq(&trial.rows));
            }
        }

        #[test]
        fn catches_hold_nonsense_and_know_where_it_is(seed: u64) {
            let test = test(Design::Pairs, 2, 8, 8, seed);
            let mut caught = 0;
            for t in test.trials() {
                let nonsense = |row: &usize| test.rows[*row].part == Part::Nonsense;
                match t.role {
                    Role::Catch { real: Some(real) } => {
                        caught += 1;
                        prop_assert_eq!(test.rows[t.rows[real.at()]].part, Part::Original);
                        prop_assert!(nonsense(&t.rows[real.other().at()]));
                    }
                    _ => prop_assert!(!t.rows.iter().any(nonsense)),
                }
            }
            prop_assert_eq!(caught, 2);
        }
    }

    #[test]
    fn the_same_seed_asks_the_same_and_another_does_not() {
        let trials = |seed| test(Design::Pairs, 3, 8, 24, seed).trials;
        assert_eq!(trials(5), trials(5));
        assert_ne!(trials(5), trials(6));
    }

    #[test]
    fn systems_that_sound_the_same_are_no_pair() {
        let mut list = rows(2, 3);
        list[1].stimuli = list[0].stimuli.clone();
        let error = Test::of(list, Plan::default()).err();
        assert!(
            matches!(error, Some(BlindError::NothingInCommon(..))),
            "{error:?}"
        );
        let one = rows(1, 3);
        assert_eq!(
            Test::of(one, Plan::default()).err(),
            Some(BlindError::TooFew)
        );
    }
}
