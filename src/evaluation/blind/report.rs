//! What a listening test says, made from its log alone. Shares have Wilson's interval, ratings a bootstrap over the holes
//! heard (several ratings of one hole count as one). What the intervals cannot tell apart is said not to be.

use super::{Answer, Design, Record, Role, Side};
use crate::evaluation::bootstrap::{Interval, mean_interval};
use crate::evaluation::report::number;
use crate::evaluation::wilson::wilson;
use std::collections::BTreeMap;

/// Resamples behind the interval of a rating.
const ROUNDS: usize = 2000;
/// Below so many trials not even full agreement is a difference: a coin falls five times on one side in 6 of 100 tries.
pub const FEWEST: usize = 6;

/// A system among all.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub system: String,
    /// Share of its trials in which it was preferred (no preference counts half), or its mean rating.
    pub figure: Interval,
    /// Trials it was heard in.
    pub trials: usize,
}

/// Two systems beside each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    pub one: String,
    pub other: String,
    /// Share of trials in which `one` was preferred (even is .5), or by how much it was rated higher in the same holes
    /// (even is 0).
    pub figure: Interval,
    /// Trials for `one`, for `other`, for neither; of ratings, holes in which either was rated higher, or none.
    pub counts: [usize; 3],
    /// The interval leaves out an even result, and there are trials enough to say so.
    pub apart: bool,
}

/// The result of a test, or of the part of it that is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub design: Design,
    /// Trials that count.
    pub counted: usize,
    /// The best first.
    pub standings: Vec<Standing>,
    pub pairs: Vec<Pair>,
    /// Share of repeated trials that were answered the same (of ratings: within one point).
    pub consistency: Option<Interval>,
    /// Share of the trials with a known answer that were answered so.
    pub caught: Option<Interval>,
    /// Share of A among the trials that count and were decided: far from .5, it was a side that was preferred.
    pub side_a: Option<Interval>,
    /// Median seconds to an answer.
    pub seconds: f64,
}

impl Report {
    /// Of a log; `None` of an empty one.
    pub fn of(records: &[Record]) -> Option<Report> {
        let design = records.first()?.design;
        let counted: Vec<&Record> = records.iter().filter(|r| r.role == Role::Counted).collect();
        let (mut standings, pairs) = match design {
            Design::Pairs => preferences(&counted),
            Design::Rating => ratings(&counted),
        };
        standings.sort_by(|a, b| {
            let order = b.figure.mean.total_cmp(&a.figure.mean);
            order.then_with(|| a.system.cmp(&b.system))
        });
        let decided: Vec<Side> = counted.iter().filter_map(|r| side(r)).collect();
        let on_a = decided.iter().filter(|s| **s == Side::A).count();
        Some(Report {
            design,
            counted: counted.len(),
            standings,
            pairs,
            consistency: share(records.iter().filter_map(|r| consistent(r, records))),
            caught: share(records.iter().filter_map(|r| caught(r, &counted))),
            side_a: wilson(on_a as f64, decided.len()),
            seconds: median(records) / 1000.0,
        })
    }

    /// The result in plain sentences, a reader of which needs no table.
    pub fn sentences(&self) -> Vec<String> {
        let mut list: Vec<String> = self.pairs.iter().map(|p| self.sentence(p)).collect();
        if self.pairs.len() > 1 {
            list.push(format!(
                "Each of these {} comparisons is taken by itself at 95 %: with so many, one in twenty looks like a difference by chance.",
                self.pairs.len()
            ));
        }
        if let Some(i) = &self.consistency {
            list.push(format!(
                "{} of {} repeated trials were answered the same{}{}.",
                whole(i),
                i.count,
                if self.design == Design::Rating {
                    ", within one point"
                } else {
                    ", with the sides swapped"
                },
                if i.mean < 0.5 {
                    ": answers that change so much say little"
                } else {
                    ""
                }
            ));
        }
        if let Some(i) = &self.caught {
            list.push(match i.mean < 1.0 {
                true => format!(
                    "Nonsense was found out in {} of {} trials made to check the listener: read all of this with doubt.",
                    whole(i),
                    i.count
                ),
                false => format!(
                    "Nonsense was found out in all {} trials made to check the listener.",
                    i.count
                ),
            });
        }
        if let Some(i) = self.side_a.filter(|i| i.low > 0.5 || i.high < 0.5) {
            list.push(format!(
                "One side was preferred: A in {} % of the trials, whatever was heard there.",
                percent(i.mean)
            ));
        }
        list
    }

    fn sentence(&self, p: &Pair) -> String {
        let (one, other) = match p.figure.mean < self.even() {
            true => (&p.other, &p.one),
            false => (&p.one, &p.other),
        };
        if p.figure.count < FEWEST {
            return format!(
                "Between \"{}\" and \"{}\" nothing can be said: {} are too few, it takes {FEWEST} at least.",
                p.one,
                p.other,
                self.count(p.figure.count)
            );
        }
        let figure = self.figure(p, p.figure.mean < self.even());
        match p.apart {
            true => format!(
                "\"{one}\" was {} \"{other}\": {figure}.",
                match self.design {
                    Design::Pairs => "preferred to",
                    Design::Rating => "rated higher than",
                }
            ),
            false => format!(
                "No difference is shown between \"{}\" and \"{}\": {figure}, which holds an even result.",
                p.one, p.other
            ),
        }
    }

    fn count(&self, n: usize) -> String {
        let what = match (self.design, n) {
            (Design::Pairs, 1) => "trial",
            (Design::Pairs, _) => "trials",
            (Design::Rating, 1) => "hole",
            (Design::Rating, _) => "holes",
        };
        format!("{n} {what}")
    }

    /// What is no difference.
    pub fn even(&self) -> f64 {
        match self.design {
            Design::Pairs => 0.5,
            Design::Rating => 0.0,
        }
    }

    /// The figure of a pair with its interval, seen from the better of the two where `turned`.
    fn figure(&self, p: &Pair, turned: bool) -> String {
        let i = &p.figure;
        let [mean, low, high] = match (self.design, turned && p.apart) {
            (_, false) => [i.mean, i.low, i.high],
            (Design::Pairs, true) => [1.0 - i.mean, 1.0 - i.high, 1.0 - i.low],
            (Design::Rating, true) => [-i.mean, -i.high, -i.low],
        };
        match self.design {
            Design::Pairs => format!(
                "{} % [{}, {}] of {}",
                percent(mean),
                percent(low),
                percent(high),
                self.count(i.count)
            ),
            Design::Rating => format!(
                "by {} points [{}, {}] over {}",
                number(mean),
                number(low),
                number(high),
                self.count(i.count)
            ),
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

/// Successes behind a share of whole trials.
fn whole(i: &Interval) -> usize {
    (i.mean * i.count as f64).round() as usize
}

fn share(answers: impl Iterator<Item = bool>) -> Option<Interval> {
    let answers: Vec<bool> = answers.collect();
    let yes = answers.iter().filter(|a| **a).count();
    wilson(yes as f64, answers.len())
}

fn side(r: &Record) -> Option<Side> {
    match r.answer {
        Answer::Prefers(side) => Some(side),
        _ => None,
    }
}

fn rating(r: &Record) -> Option<f64> {
    match r.answer {
        Answer::Rates(points) => Some(f64::from(points)),
        _ => None,
    }
}

/// Whether a repeat was answered as the first time; `None` where it is none.
fn consistent(r: &Record, all: &[Record]) -> Option<bool> {
    let Role::Repeat { of } = r.role else {
        return None;
    };
    let first = all.iter().find(|f| f.trial == of + 1)?;
    match (rating(r), rating(first)) {
        (Some(a), Some(b)) => Some((a - b).abs() <= 1.0),
        (None, None) => Some(r.preferred() == first.preferred()),
        _ => None,
    }
}

/// Whether nonsense was found out; `None` where there was none to be. A rating of it must lie below the mean of all that
/// counts.
fn caught(r: &Record, counted: &[&Record]) -> Option<bool> {
    match r.role {
        Role::Catch { real: Some(real) } => Some(side(r) == Some(real)),
        Role::Catch { real: None } => {
            let others: Vec<f64> = counted.iter().filter_map(|c| rating(c)).collect();
            let mean = others.iter().sum::<f64>() / others.len() as f64;
            (!others.is_empty()).then_some(rating(r)? < mean)
        }
        _ => None,
    }
}

/// Middle of the milliseconds.
fn median(records: &[Record]) -> f64 {
    let mut all: Vec<u64> = records.iter().map(|r| r.millis).collect();
    all.sort_unstable();
    let at = |i: usize| all.get(i).copied().unwrap_or(0) as f64;
    match all.len() {
        0 => 0.0,
        n => (at((n - 1) / 2) + at(n / 2)) / 2.0,
    }
}

fn preferences(counted: &[&Record]) -> (Vec<Standing>, Vec<Pair>) {
    let mut of_system: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    let mut of_pair: BTreeMap<(&str, &str), [usize; 3]> = BTreeMap::new();
    for r in counted {
        let [a, b] = r.systems.as_slice() else {
            continue;
        };
        let (one, other) = (a.min(b).as_str(), a.max(b).as_str());
        let counts = of_pair.entry((one, other)).or_default();
        let chosen = match r.preferred() {
            Some(p) if p == one => 0,
            Some(_) => 1,
            None => 2,
        };
        counts[chosen] += 1;
        for (system, own) in [(one, 0), (other, 1)] {
            let entry = of_system.entry(system).or_default();
            entry.1 += 1;
            entry.0 += match chosen {
                2 => 0.5,
                c if c == own => 1.0,
                _ => 0.0,
            };
        }
    }
    let standings = of_system
        .into_iter()
        .filter_map(|(system, (wins, trials))| {
            Some(Standing {
                system: system.to_string(),
                figure: wilson(wins, trials)?,
                trials,
            })
        });
    let pairs = of_pair.into_iter().filter_map(|((one, other), counts)| {
        let trials: usize = counts.iter().sum();
        let figure = wilson(counts[0] as f64 + counts[2] as f64 / 2.0, trials)?;
        let apart = trials >= FEWEST && !(figure.low..=figure.high).contains(&0.5);
        Some(Pair {
            one: one.to_string(),
            other: other.to_string(),
            figure,
            counts,
            apart,
        })
    });
    (standings.collect(), pairs.collect())
}

fn ratings(counted: &[&Record]) -> (Vec<Standing>, Vec<Pair>) {
    let mut of_system: BTreeMap<&str, BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
    for r in counted {
        if let (Some(system), Some(points)) = (r.systems.first(), rating(r)) {
            let holes = of_system.entry(system).or_default();
            holes.entry(&r.hole).or_default().push(points);
        }
    }
    let seed = counted.first().map_or(0, |r| r.seed);
    let mean = |list: &Vec<f64>| list.iter().sum::<f64>() / list.len().max(1) as f64;
    let standings = of_system.iter().filter_map(|(system, holes)| {
        let means: Vec<f64> = holes.values().map(mean).collect();
        Some(Standing {
            system: (*system).to_string(),
            figure: mean_interval(&means, ROUNDS, seed)?,
            trials: holes.values().map(Vec::len).sum(),
        })
    });
    let standings: Vec<Standing> = standings.collect();
    let mut pairs = Vec::new();
    for (i, (one, a)) in of_system.iter().enumerate() {
        for (other, b) in of_system.iter().skip(i + 1) {
            let both = a.iter().filter_map(|(hole, x)| Some((x, b.get(hole)?)));
            let differences: Vec<f64> = both.map(|(x, y)| mean(x) - mean(y)).collect();
            let Some(figure) = mean_interval(&differences, ROUNDS, seed) else {
                continue;
            };
            let count = |of: &dyn Fn(f64) -> bool| differences.iter().filter(|d| of(**d)).count();
            let apart = differences.len() >= FEWEST && !(figure.low..=figure.high).contains(&0.0);
            pairs.push(Pair {
                one: (*one).to_string(),
                other: (*other).to_string(),
                figure,
                counts: [
                    count(&|d| d > 0.0),
                    count(&|d| d < 0.0),
                    count(&|d| d == 0.0),
                ],
                apart,
            });
        }
    }
    (standings, pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(trial: usize, role: Role, systems: &[&str], answer: Answer) -> Record {
        Record {
            trial,
            role,
            design: match answer {
                Answer::Rates(_) => Design::Rating,
                _ => Design::Pairs,
            },
            hole: format!("hole {trial}"),
            systems: systems.iter().map(|s| (*s).to_string()).collect(),
            answer,
            millis: 1000 * trial as u64,
            heard: vec![1; systems.len()],
            seed: 3,
        }
    }

    fn prefers(trial: usize, side: Side) -> Record {
        record(trial, Role::Counted, &["x", "y"], Answer::Prefers(side))
    }

    #[test]
    fn preferences_are_counted_by_system_and_ties_by_half() {
        // x wins 14, y 4, neither 2; sides in turn.
        let mut log: Vec<Record> = (1..=18).map(|i| prefers(i, Side::A)).collect();
        log[14..]
            .iter_mut()
            .for_each(|r| r.answer = Answer::Prefers(Side::B));
        log.extend((19..=20).map(|i| record(i, Role::Counted, &["y", "x"], Answer::Neither)));
        // The second half as heard from the other side: the systems matter, not the sides.
        for r in log.iter_mut().step_by(2) {
            r.systems.reverse();
            if let Answer::Prefers(side) = r.answer {
                r.answer = Answer::Prefers(side.other());
            }
        }
        let report = Report::of(&log).unwrap();
        let pair = &report.pairs[0];
        assert_eq!((pair.counts, pair.figure.mean), ([14, 4, 2], 0.75));
        assert!(pair.apart && report.side_a.unwrap().low < 0.5);
        assert_eq!(report.standings[0].system, "x");
        assert_eq!(report.standings[1].figure.mean, 0.25);
        assert!(
            report.sentences()[0].starts_with("\"x\" was preferred to \"y\": 75 % [53, 89]"),
            "{:?}",
            report.sentences()
        );
    }

    #[test]
    fn an_even_result_is_said_to_be_none() {
        let log: Vec<Record> = (1..=20)
            .map(|i| prefers(i, if i % 2 == 0 { Side::A } else { Side::B }))
            .collect();
        let report = Report::of(&log).unwrap();
        assert!(!report.pairs[0].apart);
        assert!(report.sentences()[0].starts_with("No difference is shown between"));
        // All of four for one side: too few, whatever the interval.
        let few: Vec<Record> = (1..=4).map(|i| prefers(i, Side::A)).collect();
        let report = Report::of(&few).unwrap();
        assert!(!report.pairs[0].apart && report.sentences()[0].contains("nothing can be said"));
        assert_eq!(Report::of(&[]), None);
    }

    #[test]
    fn ratings_are_compared_hole_by_hole() {
        // y is rated one point higher in each of eight holes, which differ by more among themselves.
        let mut log = Vec::new();
        for hole in 0..8u8 {
            for (system, points) in [("x", 1 + hole % 4), ("y", 2 + hole % 4)] {
                let at = log.len() + 1;
                let mut r = record(at, Role::Counted, &[system], Answer::Rates(points));
                r.hole = format!("hole {hole}");
                log.push(r);
            }
        }
        let report = Report::of(&log).unwrap();
        assert_eq!(report.standings[0].system, "y");
        assert_eq!(report.standings[0].figure.mean, 3.5);
        let pair = &report.pairs[0];
        assert_eq!((pair.figure.mean, pair.counts), (-1.0, [0, 8, 0]));
        assert!(pair.apart);
        assert!(
            report.sentences()[0]
                .starts_with("\"y\" was rated higher than \"x\": by 1 points [1, 1] over 8 holes")
        );
    }

    #[test]
    fn repeats_and_catches_judge_the_listener_and_do_not_count() {
        let repeat = Role::Repeat { of: 0 };
        let catch = |side| Role::Catch { real: Some(side) };
        let mut log = vec![
            prefers(1, Side::A),
            // The same system on the other side, then the same side and so the other system.
            record(2, repeat, &["y", "x"], Answer::Prefers(Side::B)),
            record(3, repeat, &["y", "x"], Answer::Prefers(Side::A)),
            record(4, catch(Side::A), &["o", "n"], Answer::Prefers(Side::A)),
            record(5, catch(Side::B), &["n", "o"], Answer::Neither),
        ];
        let report = Report::of(&log).unwrap();
        assert_eq!((report.counted, report.pairs.len()), (1, 1));
        let of = |i: Option<Interval>| i.map(|i| (i.mean, i.count));
        assert_eq!(of(report.consistency), Some((0.5, 2)));
        assert_eq!(of(report.caught), Some((0.5, 2)));
        assert_eq!(report.seconds, 3.0);
        assert!(report.sentences().iter().any(|s| s.contains("doubt")));
        log.truncate(1);
        assert_eq!(Report::of(&log).unwrap().caught, None);
        let rates = |trial, role, points| record(trial, role, &["x"], Answer::Rates(points));
        let log = [
            rates(1, Role::Counted, 4),
            rates(2, repeat, 3),
            rates(3, Role::Catch { real: None }, 2),
        ];
        let report = Report::of(&log).unwrap();
        assert_eq!(of(report.consistency), Some((1.0, 1)));
        assert_eq!(of(report.caught), Some((1.0, 1)));
    }
}
