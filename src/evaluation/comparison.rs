//! Rows side by side: models, real music, controls, each with every metric and its interval; which metrics can tell
//! nonsense from music; and how far each row lies from real music, by those that can.

use super::bootstrap::{Interval, statistic_interval};
use super::hole::Hole;
use super::registry::{Direction, Measure, Metric, Sets, find};
use super::set::Set;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a row is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// What is judged.
    Model,
    /// Real music, or what comes near it: the figure nonsense must not reach.
    Floor,
    /// Music made nonsense by its order or place alone.
    Displaced,
    /// Notes that are no music, some of them made to score well.
    Nonsense,
}

/// A figure with its interval, and what each piece has of it where it is a figure of pieces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Value, interval, number of pieces.
    #[serde(flatten)]
    pub interval: Interval,
    /// By piece; empty for figures of whole sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Option<f64>>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub name: String,
    pub kind: Kind,
    /// Names of its pieces, in the order of [`Figure::pieces`].
    #[serde(default)]
    pub pieces: Vec<String>,
    /// By key of the metric.
    pub figures: BTreeMap<String, Figure>,
}

/// Whether a metric tells music from nonsense.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Nonsense scores as well as real music, so that the metric says nothing by itself.
    pub greyed: bool,
    /// Rows it cannot tell from real music.
    pub blind_to: Vec<String>,
    /// The same in a sentence; empty where it tells them all.
    pub reason: String,
}

/// How far a row lies from real music.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    pub row: String,
    /// 0 for rows within the reach of real music in every metric that counts, 1 for the middle of the nonsense.
    pub distance: f64,
    /// Families of metrics that count.
    pub families: usize,
}

/// All there is to show of an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What was judged, in words.
    pub title: String,
    /// Keys of the metrics, in the order they are shown.
    pub metrics: Vec<String>,
    /// What the reference music has of the metrics whose direction is [`Direction::Match`].
    pub targets: BTreeMap<String, f64>,
    pub rows: Vec<Line>,
    /// By key; metrics that no nonsense was measured with have none.
    pub verdicts: BTreeMap<String, Verdict>,
    /// Nearest to real music first.
    pub standings: Vec<Standing>,
    /// What a reader must know: songs missing, pieces left out.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Measures every metric of a row.
pub struct Measuring<'a> {
    pub metrics: &'a [&'static Metric],
    /// Resamples behind an interval.
    pub rounds: usize,
    /// Set to break off; what was measured by then is returned.
    pub stop: &'a AtomicBool,
    /// Metrics that take long are left out.
    pub quick: bool,
}

/// Resamples of figures that a whole set is compared for; each costs a comparison.
const SET_ROUNDS: usize = 100;

impl Measuring<'_> {
    /// Of whole pieces, beside a reference where there is one.
    pub fn pieces(
        &self,
        name: impl Into<String>,
        kind: Kind,
        judged: &Set,
        reference: Option<&Set>,
    ) -> Line {
        let figure = |metric: &Metric, seed: u64| -> Option<Figure> {
            let sets = reference.map(|reference| Sets { judged, reference });
            match metric.measure {
                Measure::Piece(f) => self.of_pieces(judged.iter().map(f).collect(), seed),
                Measure::Beside(f) => self.of_pieces(f(sets?), seed),
                Measure::Sets(f) => {
                    let mut figure = self.of_set(&*f(sets?)?, judged.len(), seed)?;
                    // Moved intervals may end beyond what a share can be.
                    if metric.unit == "share" {
                        figure.interval.high = figure.interval.high.min(1.0);
                    }
                    Some(figure)
                }
                _ => None,
            }
        };
        Line {
            name: name.into(),
            kind,
            pieces: judged.iter().map(|p| p.name.clone()).collect(),
            figures: self.each(&figure),
        }
    }

    /// Of filled holes, the takes of one hole (of one name) side by side.
    pub fn holes(&self, name: impl Into<String>, kind: Kind, holes: &[Hole]) -> Line {
        let mut names: Vec<String> = holes.iter().map(|h| h.name.clone()).collect();
        names.dedup();
        // Takes of one hole are averaged first: they are no holes of their own.
        let by_hole = |of: &dyn Fn(&Hole) -> Option<f64>| -> Vec<Option<f64>> {
            let takes = holes.chunk_by(|a, b| a.name == b.name);
            takes
                .map(|takes| {
                    let some: Vec<f64> = takes.iter().filter_map(of).collect();
                    (!some.is_empty()).then(|| some.iter().sum::<f64>() / some.len() as f64)
                })
                .collect()
        };
        let figure = |metric: &Metric, seed: u64| -> Option<Figure> {
            match metric.measure {
                Measure::Hole(f) => self.of_pieces(by_hole(&f), seed),
                Measure::Brought => {
                    self.of_pieces(by_hole(&|h| h.brought.get(metric.key).copied()), seed)
                }
                Measure::Holes(f) => self.of_set(&*f(holes)?, holes.len(), seed),
                _ => None,
            }
        };
        Line {
            name: name.into(),
            kind,
            pieces: names,
            figures: self.each(&figure),
        }
    }

    fn of_pieces(&self, pieces: Vec<Option<f64>>, seed: u64) -> Option<Figure> {
        let pieces: Vec<Option<f64>> = pieces
            .into_iter()
            .map(|p| p.filter(|x| x.is_finite()))
            .collect();
        let values: Vec<f64> = pieces.iter().flatten().copied().collect();
        let interval = super::mean_interval(&values, self.rounds, seed)?;
        Some(Figure { interval, pieces })
    }

    fn of_set(
        &self,
        statistic: &dyn Fn(&[usize]) -> Option<f64>,
        count: usize,
        seed: u64,
    ) -> Option<Figure> {
        let rounds = self.rounds.min(SET_ROUNDS);
        let interval = statistic_interval(statistic, count, rounds, seed)?;
        Some(Figure {
            interval,
            pieces: Vec::new(),
        })
    }

    /// The metrics dealt out to the cores.
    fn each(
        &self,
        figure: &(dyn Fn(&Metric, u64) -> Option<Figure> + Sync),
    ) -> BTreeMap<String, Figure> {
        let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        let work = || {
            while !self.stop.load(Ordering::Acquire) {
                let at = next.fetch_add(1, Ordering::AcqRel);
                let Some(metric) = self.metrics.get(at) else {
                    return;
                };
                if self.quick && metric.slow {
                    continue;
                }
                if let Some(figure) = figure(metric, at as u64) {
                    let mut done = done
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                    done.insert(metric.key.to_string(), figure);
                }
            }
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..cores.min(self.metrics.len()) {
                scope.spawn(work);
            }
        });
        done.into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// How bad a value is: less is better, whatever the direction.
fn badness(direction: Direction, target: Option<f64>, value: f64) -> Option<f64> {
    match direction {
        Direction::Lower => Some(value),
        Direction::Higher => Some(-value),
        Direction::Match => Some((value - target?).abs()),
    }
}

/// The largest badness within an interval.
fn worst(direction: Direction, target: Option<f64>, i: &Interval) -> Option<f64> {
    let ends = [i.low, i.mean, i.high].map(|v| badness(direction, target, v));
    ends.into_iter().flatten().reduce(f64::max)
}

impl Comparison {
    /// Puts rows side by side. `targets` are the reference music's own values.
    pub fn of(
        title: impl Into<String>,
        metrics: &[&'static Metric],
        targets: BTreeMap<String, f64>,
        rows: Vec<Line>,
    ) -> Comparison {
        let measured = |m: &&&'static Metric| rows.iter().any(|r| r.figures.contains_key(m.key));
        let metrics: Vec<&'static Metric> = metrics.iter().filter(measured).copied().collect();
        let mut comparison = Comparison {
            title: title.into(),
            metrics: metrics.iter().map(|m| m.key.to_string()).collect(),
            targets,
            rows,
            ..Comparison::default()
        };
        for m in &metrics {
            if let Some(verdict) = comparison.judge(m) {
                comparison.verdicts.insert(m.key.to_string(), verdict);
            }
        }
        comparison.standings = comparison.rank(&metrics);
        comparison
    }

    /// Several runs as one: everything of the first, and of the others what they judge. Rows are named after their runs
    /// where two would have one name. `None` of no run.
    pub fn merged(runs: Vec<(String, Comparison)>) -> Option<Comparison> {
        let mut runs = runs.into_iter();
        let (first_name, mut all) = runs.next()?;
        let mut metrics = std::mem::take(&mut all.metrics);
        for row in all.rows.iter_mut().filter(|r| r.kind == Kind::Model) {
            row.name = format!("{first_name}: {}", row.name);
        }
        for (name, run) in runs {
            metrics.extend(
                run.metrics
                    .into_iter()
                    .filter(|k| !metrics.contains(k))
                    .collect::<Vec<_>>(),
            );
            for mut row in run.rows.into_iter().filter(|r| r.kind == Kind::Model) {
                row.name = format!("{name}: {}", row.name);
                all.rows.push(row);
            }
            if run.targets != all.targets {
                all.notes.push(format!(
                    "{name} was measured against other music than {first_name}, so its distances are not comparable"
                ));
            }
        }
        let known: Vec<&'static Metric> = metrics.iter().filter_map(|k| find(k)).collect();
        let mut merged = Comparison::of(all.title, &known, all.targets, all.rows);
        merged.notes = all.notes;
        Some(merged)
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Line> {
        self.rows.iter().filter(move |r| r.kind == kind)
    }

    /// What real music reaches at its worst, within its intervals.
    fn reach(&self, m: &Metric) -> Option<f64> {
        let target = self.targets.get(m.key).copied();
        let floors = self
            .of_kind(Kind::Floor)
            .filter_map(|r| r.figures.get(m.key));
        floors
            .filter_map(|f| worst(m.direction, target, &f.interval))
            .reduce(f64::max)
    }

    /// How bad a row is in a metric: less is better, whatever its direction.
    pub(super) fn value(&self, m: &Metric, row: &Line) -> Option<f64> {
        let target = self.targets.get(m.key).copied();
        badness(m.direction, target, row.figures.get(m.key)?.interval.mean)
    }

    /// Which rows of nonsense a metric cannot tell from music; `None` where none was measured.
    fn judge(&self, m: &Metric) -> Option<Verdict> {
        let reach = self.reach(m)?;
        let controls = self
            .of_kind(Kind::Nonsense)
            .chain(self.of_kind(Kind::Displaced));
        let (mut blind, mut greyed, mut any) = (Vec::new(), None, false);
        for row in controls {
            let Some(bad) = self.value(m, row) else {
                continue;
            };
            any = true;
            if bad <= reach {
                blind.push(row.name.clone());
                if row.kind == Kind::Nonsense && greyed.is_none() {
                    greyed = row
                        .figures
                        .get(m.key)
                        .map(|f| (row.name.clone(), f.interval));
                }
            }
        }
        if !any {
            return None;
        }
        let floor = self
            .of_kind(Kind::Floor)
            .filter_map(|r| Some((r, r.figures.get(m.key)?)));
        let floor = floor.max_by(|a, b| {
            let bad = |r: &Line| self.value(m, r).unwrap_or(f64::NEG_INFINITY);
            bad(a.0).total_cmp(&bad(b.0))
        });
        let reason = match (&greyed, floor) {
            (Some((name, i)), Some((real, f))) => format!(
                "nonsense passes: \"{name}\" scores {:.4}, and \"{}\" {:.4} [{:.4}, {:.4}]",
                i.mean, real.name, f.interval.mean, f.interval.low, f.interval.high
            ),
            _ if blind.is_empty() => String::new(),
            _ => format!("cannot tell from music: {}", blind.join(", ")),
        };
        Some(Verdict {
            greyed: greyed.is_some(),
            blind_to: blind,
            reason,
        })
    }

    /// Distance from real music, over the metrics that are not greyed: how far beyond the reach of real music a row
    /// lies, in the distance of the middle nonsense; metrics of one family are averaged first, and no metric counts for
    /// more than twice that distance.
    fn rank(&self, metrics: &[&'static Metric]) -> Vec<Standing> {
        let mut standings: Vec<Standing> = self
            .rows
            .iter()
            .filter_map(|row| {
                let mut families: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
                for m in metrics {
                    let Some(score) = self.beyond(m, row) else {
                        continue;
                    };
                    let family = families.entry(m.family).or_default();
                    *family = (family.0 + score, family.1 + 1);
                }
                let means = families.values().map(|(sum, n)| sum / *n as f64);
                let count = families.len();
                (count > 0).then(|| Standing {
                    row: row.name.clone(),
                    distance: means.sum::<f64>() / count as f64,
                    families: count,
                })
            })
            .collect();
        standings.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        standings
    }

    fn beyond(&self, m: &Metric, row: &Line) -> Option<f64> {
        if m.is_reference_compatible() || self.verdicts.get(m.key)?.greyed {
            return None;
        }
        let reach = self.reach(m)?;
        let nonsense = self
            .of_kind(Kind::Nonsense)
            .filter_map(|r| self.value(m, r));
        let mut apart: Vec<f64> = nonsense.map(|b| b - reach).filter(|b| *b > 0.0).collect();
        apart.sort_by(f64::total_cmp);
        let middle = *apart.get(apart.len() / 2)?;
        Some(((self.value(m, row)? - reach).max(0.0) / middle).min(2.0))
    }

    /// The metric behind a key of this comparison.
    pub fn metric(&self, key: &str) -> Option<&'static Metric> {
        find(key)
    }

    /// The file other programs read: the keys of the reference, each with its value, for every row; what else there is
    /// stands under `lacuna`.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which no value here should cause.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut root = serde_json::Map::new();
        for row in &self.rows {
            let mut values = serde_json::Map::new();
            for key in &self.metrics {
                if let Some(f) = row.figures.get(key) {
                    values.insert(key.clone(), serde_json::json!(f.interval.mean));
                    // The reference's own spread of figures of pieces, under its own names.
                    if let (true, Some(deviation)) = (!f.pieces.is_empty(), deviation(&f.pieces)) {
                        let stem = key.strip_suffix("_mean").unwrap_or(key);
                        values.insert(format!("{stem}_std"), serde_json::json!(deviation));
                    }
                }
            }
            root.insert(row.name.clone(), values.into());
        }
        root.insert("lacuna".into(), serde_json::to_value(self)?);
        serde_json::to_string_pretty(&root)
    }
}

/// Population deviation of what pieces have.
fn deviation(pieces: &[Option<f64>]) -> Option<f64> {
    let values: Vec<f64> = pieces.iter().flatten().copied().collect();
    Some(super::statistics::moments(&values)?.1.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, kind: Kind, figures: &[(&str, f64)]) -> Line {
        let figure = |v: f64| Figure {
            interval: Interval {
                mean: v,
                low: v - 0.01,
                high: v + 0.01,
                count: 10,
            },
            pieces: Vec::new(),
        };
        Line {
            name: name.into(),
            kind,
            pieces: Vec::new(),
            figures: figures
                .iter()
                .map(|(k, v)| ((*k).to_string(), figure(*v)))
                .collect(),
        }
    }

    fn comparison() -> Comparison {
        let metrics: Vec<_> = ["pch_kl", "consistency_pitch", "srs", "note_density_kl"]
            .iter()
            .map(|k| find(k).unwrap())
            .collect();
        let row = |name, kind, v: [f64; 4]| {
            let keys = ["pch_kl", "consistency_pitch", "srs", "note_density_kl"];
            line(name, kind, &keys.into_iter().zip(v).collect::<Vec<_>>())
        };
        let rows = vec![
            row("model", Kind::Model, [0.02, 0.97, 0.9, 0.05]),
            row("test", Kind::Floor, [0.01, 0.99, 1.0, 0.03]),
            row("shuffled", Kind::Displaced, [0.01, 0.98, 0.2, 0.03]),
            row("adversary", Kind::Nonsense, [0.3, 0.995, 0.1, 0.13]),
        ];
        Comparison::of("x", &metrics, BTreeMap::from([("srs".into(), 1.0)]), rows)
    }

    #[test]
    fn a_metric_that_nonsense_passes_is_greyed_with_the_reason() {
        let c = comparison();
        let v = &c.verdicts["consistency_pitch"];
        assert!(
            v.greyed && v.reason.contains("adversary") && v.reason.contains("0.99"),
            "{v:?}"
        );
        assert_eq!(v.blind_to, ["adversary", "shuffled"]);
        let v = &c.verdicts["pch_kl"];
        assert!(!v.greyed && v.reason.contains("shuffled"), "{v:?}");
        assert_eq!(c.verdicts["srs"], Verdict::default());
    }

    #[test]
    fn the_summary_counts_what_tells_music_from_nonsense() {
        let c = comparison();
        let of = |name: &str| c.standings.iter().find(|s| s.row == name).unwrap().clone();
        assert_eq!((of("test").distance, of("test").families), (0.0, 2));
        // srs: .9 from 1 within .01 reach: .09 beyond of .89; the two divergences: 0 and .01 of .09 beyond their reach.
        let smdiff = (0.0 + 0.01 / 0.09) / 2.0;
        assert!((of("model").distance - (0.09 / 0.89 + smdiff) / 2.0).abs() < 1e-9);
        assert!(of("shuffled").distance > of("model").distance);
        assert_eq!(of("adversary").distance, 1.0);
        assert_eq!(c.standings[0].row, "test");
    }

    #[test]
    fn runs_side_by_side_keep_one_set_of_controls() {
        let (a, mut b) = (comparison(), comparison());
        b.targets.insert("srs".into(), 0.5);
        let merged = Comparison::merged(vec![("a".into(), a), ("b".into(), b)]).unwrap();
        let names: Vec<&str> = merged.rows.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(
            names,
            ["a: model", "test", "shuffled", "adversary", "b: model"]
        );
        assert_eq!(merged.notes.len(), 1);
        assert!(Comparison::merged(Vec::new()).is_none());
    }

    #[test]
    fn json_has_the_keys_of_the_reference_and_comes_back() {
        let c = comparison();
        let json: serde_json::Value = serde_json::from_str(&c.to_json().unwrap()).unwrap();
        assert_eq!(json["model"]["pch_kl"], 0.02);
        let back: Comparison = serde_json::from_value(json["lacuna"].clone()).unwrap();
        assert_eq!((&back.verdicts, &back.metrics), (&c.verdicts, &c.metrics));
        for (a, b) in back.rows.iter().zip(&c.rows) {
            assert_eq!((&a.name, a.kind), (&b.name, b.kind));
            let values = a.figures.values().zip(b.figures.values());
            // The last digit of a number may be lost on the way.
            assert!(
                values
                    .into_iter()
                    .all(|(x, y)| (x.interval.mean - y.interval.mean).abs() < 1e-12)
            );
        }
    }
}
