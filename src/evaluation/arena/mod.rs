//! The arena: the same holes filled by every model with every way to draw, so that quality can be set against the time it
//! takes. Real music and nonsense stand beside, as in every comparison, and a metric that cannot tell them apart cannot
//! choose who is best.

mod floors;
mod plan;
mod run;
mod spot;
mod table;

use super::bootstrap::Interval;
use super::comparison::{Comparison, Kind, Line};
use super::registry::Metric;
use crate::score::{Score, Take};
use std::ops::Range;
use std::sync::Arc;

pub use plan::{Contender, ORDERS, Order, Plan};
pub use run::{Setup, run};
pub use spot::Spot;
pub use table::{csv, markdown, text};

/// One take of a contender.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Name of the hole.
    pub hole: String,
    pub take: Take,
    /// The window with the take in it.
    pub window: Arc<Score>,
    /// Bars of the hole within the window.
    pub bars: Range<u32>,
}

/// What a contender came to.
#[derive(Clone, Debug)]
pub struct Cell {
    pub contender: Contender,
    /// Median milliseconds of a take, with the interval of the median.
    pub millis: Interval,
    /// Hole by hole, the takes of one together.
    pub takes: Vec<Heard>,
    /// Its metrics; the name is the contender's.
    pub line: Line,
}

/// A row beside the contenders: real music, or nonsense.
#[derive(Clone, Debug)]
pub struct Beside {
    pub name: String,
    pub kind: Kind,
    /// Name of the hole, the window with what the row has in it, bars of the hole within the window.
    pub pieces: Vec<(String, Arc<Score>, Range<u32>)>,
}

/// Who was measured so far, and what stands beside.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    /// The cells first, in their order, then the floors.
    pub comparison: Comparison,
    pub cells: Vec<Arc<Cell>>,
    /// What is heard of the rows beside them, in the order of the comparison.
    pub beside: Vec<Beside>,
    /// Contenders that could not write, and why, as a sentence.
    pub refused: Vec<(String, String)>,
    /// Takes written side by side while the clock ran.
    pub side_by_side: usize,
    /// It was stopped before all had their turn.
    pub stopped: bool,
}

/// Why there is no arena, or no front.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArenaError {
    #[error("Name at least one {0}.")]
    Nothing(&'static str),
    #[error("There is no hole to fill: mask some bars that have notes, or choose longer songs.")]
    NoHole,
    #[error("\"{key}\" cannot choose the best: {reason}")]
    Greyed { key: String, reason: String },
}

impl Arena {
    /// The cells that no other beats both in `metric` and in time, quickest first: their places.
    ///
    /// # Errors
    /// When the metric cannot tell nonsense from music, so that being best in it means nothing.
    pub fn front(&self, metric: &Metric) -> Result<Vec<usize>, ArenaError> {
        if let Some(v) = self
            .comparison
            .verdicts
            .get(metric.key)
            .filter(|v| v.greyed)
        {
            return Err(ArenaError::Greyed {
                key: metric.key.into(),
                reason: v.reason.clone(),
            });
        }
        let cost = |cell: &Cell| {
            let bad = self.comparison.value(metric, &cell.line)?;
            Some((cell.millis.mean, bad))
        };
        let costs: Vec<Option<(f64, f64)>> = self.cells.iter().map(|c| cost(c)).collect();
        let beaten = |(ms, bad): (f64, f64)| {
            costs.iter().flatten().any(|&(other_ms, other_bad)| {
                (other_ms <= ms && other_bad < bad) || (other_ms < ms && other_bad <= bad)
            })
        };
        let mut front: Vec<(f64, usize)> = costs
            .iter()
            .enumerate()
            .filter_map(|(i, cost)| Some((i, (*cost)?)))
            .filter(|(_, cost)| !beaten(*cost))
            .map(|(i, cost)| (cost.0, i))
            .collect();
        front.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Ok(front.into_iter().map(|(_, i)| i).collect())
    }

    /// The first metric that can choose the best, in the order of the comparison.
    pub fn first_choice(&self) -> Option<&'static Metric> {
        let mut metrics = self.choices();
        metrics.next()
    }

    /// The metrics that can choose the best: taken of every cell, and of them those that tell nonsense from music.
    pub fn choices(&self) -> impl Iterator<Item = &'static Metric> + '_ {
        let known = self.comparison.metrics.iter();
        known
            .filter_map(|k| super::registry::find(k))
            .filter(|m| {
                self.comparison
                    .verdicts
                    .get(m.key)
                    .is_some_and(|v| !v.greyed)
            })
            .filter(|m| {
                self.cells
                    .iter()
                    .any(|c| c.line.figures.contains_key(m.key))
            })
    }

    /// Name of the row nearest to real music, and how far it is, of a cell.
    pub fn distance(&self, cell: &Cell) -> Option<f64> {
        let mut standings = self.comparison.standings.iter();
        Some(standings.find(|s| s.row == cell.line.name)?.distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::comparison::Figure;
    use crate::evaluation::registry::find;
    use std::collections::BTreeMap;

    fn interval(mean: f64) -> Interval {
        Interval {
            mean,
            low: mean,
            high: mean,
            count: 4,
        }
    }

    fn line(name: &str, kind: Kind, value: f64) -> Line {
        let figure = Figure {
            interval: interval(value),
            pieces: Vec::new(),
        };
        Line {
            name: name.into(),
            kind,
            pieces: Vec::new(),
            figures: BTreeMap::from([("pitch_accuracy".to_string(), figure)]),
        }
    }

    fn arena(cells: &[(f64, f64)], nonsense: f64) -> Arena {
        let contender = Plan::new(vec!["m".into()]).contenders().remove(0);
        let cells: Vec<Arc<Cell>> = cells
            .iter()
            .enumerate()
            .map(|(i, (ms, value))| {
                Arc::new(Cell {
                    contender: contender.clone(),
                    millis: interval(*ms),
                    takes: Vec::new(),
                    line: line(&format!("c{i}"), Kind::Model, *value),
                })
            })
            .collect();
        let mut lines: Vec<Line> = cells.iter().map(|c| c.line.clone()).collect();
        lines.push(line("originals", Kind::Floor, 0.9));
        lines.push(line("noise", Kind::Nonsense, nonsense));
        let metric = find("pitch_accuracy").unwrap();
        Arena {
            comparison: Comparison::of("t", &[metric], BTreeMap::new(), lines),
            cells,
            ..Arena::default()
        }
    }

    #[test]
    fn the_front_holds_whom_nobody_beats_in_both() {
        // More is better: c1 costs more for less than c0, c3 is as good as c2 and slower.
        let arena = arena(
            &[
                (10.0, 0.5),
                (20.0, 0.4),
                (30.0, 0.7),
                (40.0, 0.7),
                (5.0, 0.1),
            ],
            0.0,
        );
        let metric = find("pitch_accuracy").unwrap();
        assert_eq!(arena.front(metric), Ok(vec![4, 0, 2]));
        assert_eq!(arena.first_choice().map(|m| m.key), Some("pitch_accuracy"));
    }

    #[test]
    fn a_greyed_metric_chooses_nobody() {
        let arena = arena(&[(10.0, 0.5)], 0.95);
        let metric = find("pitch_accuracy").unwrap();
        let error = arena.front(metric).unwrap_err();
        assert!(error.to_string().contains("noise"), "{error}");
        assert!(arena.first_choice().is_none());
    }
}
