//! Tables of figures: a row for each model, baseline and floor, a column for each figure.

use super::bootstrap::{Interval, mean_interval};
use super::metrics::HoleMetrics;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Resamples behind every interval of a table.
pub const ROUNDS: usize = 1000;

/// One line of a table: a name and its figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    /// By name of the figure; missing where it cannot be taken.
    pub metrics: BTreeMap<String, Interval>,
}

impl Row {
    /// A row that averages the holes it is given. The seed of the intervals is fixed.
    pub fn of(name: impl Into<String>, holes: &[HoleMetrics]) -> Row {
        let mut metrics = BTreeMap::new();
        for (i, figure) in HoleMetrics::NAMES.iter().enumerate() {
            let values: Vec<f64> = holes.iter().filter_map(|h| h.values()[i]).collect();
            if let Some(interval) = mean_interval(&values, ROUNDS, i as u64) {
                metrics.insert((*figure).to_string(), interval);
            }
        }
        Row {
            name: name.into(),
            metrics,
        }
    }
}

/// Rows under a title.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What was measured on what, in words.
    pub title: String,
    pub rows: Vec<Row>,
}

impl Table {
    /// The figures that any row has: those of a hole in their order, then others by name.
    fn columns(&self) -> Vec<String> {
        let has = |name: &str| self.rows.iter().any(|r| r.metrics.contains_key(name));
        let known = HoleMetrics::NAMES.iter().filter(|n| has(n));
        let mut columns: Vec<String> = known.map(|n| (*n).to_string()).collect();
        let others: std::collections::BTreeSet<&String> = self
            .rows
            .iter()
            .flat_map(|r| r.metrics.keys())
            .filter(|k| !HoleMetrics::NAMES.contains(&k.as_str()))
            .collect();
        columns.extend(others.into_iter().cloned());
        columns
    }

    /// Head and body as text cells, the name first.
    fn cells(&self, separator: &str) -> Vec<Vec<String>> {
        let columns = self.columns();
        let mut lines = vec![
            std::iter::once(String::new())
                .chain(columns.iter().map(|c| c.replace('_', " ")))
                .collect(),
        ];
        for row in &self.rows {
            let figures = columns.iter().map(|c| {
                row.metrics.get(c).map_or("-".into(), |i| {
                    format!("{:.3}{separator}[{:.3}, {:.3}]", i.mean, i.low, i.high)
                })
            });
            lines.push(std::iter::once(row.name.clone()).chain(figures).collect());
        }
        lines
    }

    /// Aligned plain text for a terminal.
    pub fn to_text(&self) -> String {
        let cells = self.cells(" ");
        let width = |column: usize| {
            let lengths = cells.iter().filter_map(|l| l.get(column));
            lengths.map(|c| c.chars().count()).max().unwrap_or(0)
        };
        let mut text = format!("{}\n", self.title);
        for line in &cells {
            let padded = line
                .iter()
                .enumerate()
                .map(|(i, cell)| format!("{cell:<w$}", w = width(i)));
            let joined = padded.collect::<Vec<_>>().join("  ");
            text.push_str(joined.trim_end());
            text.push('\n');
        }
        text
    }

    /// A Markdown table under its title.
    pub fn to_markdown(&self) -> String {
        let cells = self.cells(" ");
        let mut text = format!("**{}**\n\n", self.title);
        for (i, line) in cells.iter().enumerate() {
            let safe: Vec<String> = line.iter().map(|c| c.replace('|', "\\|")).collect();
            text.push_str(&format!("| {} |\n", safe.join(" | ")));
            if i == 0 {
                text.push_str(&format!("|{}\n", "---|".repeat(line.len())));
            }
        }
        text
    }

    /// JSON for other programs.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let hole = |f1, key| HoleMetrics {
            note_f1: f1,
            out_of_key: key,
            ..HoleMetrics::default()
        };
        Table {
            title: "two holes".into(),
            rows: vec![
                Row::of("originals", &[hole(1.0, None), hole(1.0, Some(0.0))]),
                Row::of("a|b", &[hole(0.25, None), hole(0.75, None)]),
            ],
        }
    }

    #[test]
    fn a_figure_that_cannot_be_taken_is_a_dash() {
        let t = table();
        assert_eq!(t.rows[0].metrics["out_of_key"].count, 1);
        assert_eq!(t.rows[1].metrics["note_f1"].mean, 0.5);
        let text = t.to_text();
        let line = text.lines().find(|l| l.starts_with("a|b")).unwrap();
        assert!(line.contains("0.500 [0.250, 0.750]"), "{line}");
        assert!(line.contains("  -  "), "{line}");
    }

    #[test]
    fn markdown_has_as_many_cells_in_every_line() {
        let text = table().to_markdown();
        let counts: Vec<usize> = text
            .lines()
            .skip(2)
            .map(|l| l.replace("\\|", "").matches('|').count())
            .collect();
        assert_eq!(counts.len(), 4);
        assert!(counts.iter().all(|c| *c == counts[0]), "{text}");
        assert!(text.contains("a\\|b"));
    }

    #[test]
    fn json_comes_back() {
        let t = table();
        let back: Table = serde_json::from_str(&t.to_json().unwrap()).unwrap();
        assert_eq!(back.rows[1].name, t.rows[1].name);
    }
}
