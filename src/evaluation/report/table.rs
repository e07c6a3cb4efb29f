//! Tables: a line a metric, a column a row of the comparison, as the reference's own tables lie.

use super::number;
use crate::evaluation::comparison::{Comparison, Line};
use crate::evaluation::registry::{Direction, Metric, find};

/// The metrics of a comparison that are known here, in its order.
fn metrics(c: &Comparison) -> impl Iterator<Item = &'static Metric> + '_ {
    c.metrics.iter().filter_map(|k| find(k))
}

fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::Lower => "less",
        Direction::Higher => "more",
        Direction::Match => "near",
    }
}

fn greyed(c: &Comparison, key: &str) -> bool {
    c.verdicts.get(key).is_some_and(|v| v.greyed)
}

fn value(line: &Line, key: &str) -> String {
    line.figures
        .get(key)
        .map_or("-".into(), |f| number(f.interval.mean))
}

/// Plain text for a terminal: the standings, then the values; greyed metrics stand in brackets.
pub fn text(c: &Comparison) -> String {
    let mut text = format!("{}\n", c.title);
    for note in &c.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    if !c.standings.is_empty() {
        text.push_str("\nDistance from real music (0 none, 1 as far as nonsense):\n");
        for s in &c.standings {
            text.push_str(&format!("  {:>6}  {}\n", number(s.distance), s.row));
        }
    }
    let mut lines: Vec<Vec<String>> = vec![
        ["metric", "better"]
            .into_iter()
            .map(String::from)
            .chain((1..=c.rows.len()).map(|i| format!("({i})")))
            .collect(),
    ];
    for m in metrics(c) {
        let key = match greyed(c, m.key) {
            true => format!("[{}]", m.key),
            false => m.key.to_string(),
        };
        let head = [key, arrow(m.direction).to_string()];
        let values = c.rows.iter().map(|r| value(r, m.key));
        lines.push(head.into_iter().chain(values).collect());
    }
    text.push('\n');
    for (i, row) in c.rows.iter().enumerate() {
        text.push_str(&format!("  ({}) {}\n", i + 1, row.name));
    }
    text.push('\n');
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|l| l.get(column));
        cells.map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..c.rows.len() + 2).map(width).collect();
    for line in &lines {
        let cells = line
            .iter()
            .zip(&widths)
            .map(|(cell, w)| format!("{cell:<w$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    if c.verdicts.values().any(|v| v.greyed) {
        text.push_str("\n[in brackets]: nonsense scores as well as real music, so the figure says nothing by itself\n");
    }
    text
}

/// Markdown: standings, a table with intervals, and why metrics are greyed.
pub fn markdown(c: &Comparison) -> String {
    let safe = |t: &str| t.replace('|', "\\|");
    let mut text = format!("# {}\n\n", c.title);
    for note in &c.notes {
        text.push_str(&format!("- {note}\n"));
    }
    if !c.standings.is_empty() {
        text.push_str("\n## Distance from real music\n\n0 is within the reach of real music, 1 as far as the middle of the nonsense; over metrics that tell them apart, families alike.\n\n| row | distance |\n|---|---|\n");
        for s in &c.standings {
            text.push_str(&format!("| {} | {} |\n", safe(&s.row), number(s.distance)));
        }
    }
    text.push_str("\n## Figures\n\nMean and 95 % interval. *Greyed*: nonsense passes, see below.\n\n| metric | unit | better |");
    for row in &c.rows {
        text.push_str(&format!(" {} |", safe(&row.name)));
    }
    text.push_str(&format!("\n|{}\n", "---|".repeat(c.rows.len() + 3)));
    for m in metrics(c) {
        let key = match greyed(c, m.key) {
            true => format!("*{}* (greyed)", m.key),
            false => m.key.to_string(),
        };
        text.push_str(&format!("| {key} | {} | {} |", m.unit, arrow(m.direction)));
        for row in &c.rows {
            let cell = row.figures.get(m.key).map_or("-".into(), |f| {
                let i = &f.interval;
                format!("{} [{}, {}]", number(i.mean), number(i.low), number(i.high))
            });
            text.push_str(&format!(" {cell} |"));
        }
        text.push('\n');
    }
    let reasons: Vec<String> = metrics(c)
        .filter_map(|m| {
            let v = c.verdicts.get(m.key)?;
            (!v.reason.is_empty()).then(|| format!("- **{}**: {}\n", m.key, v.reason))
        })
        .collect();
    if !reasons.is_empty() {
        text.push_str("\n## What metrics cannot tell\n\n");
        reasons.iter().for_each(|r| text.push_str(r));
    }
    text
}

/// CSV: a line for each metric and row.
pub fn csv(c: &Comparison) -> String {
    let quoted = |t: &str| format!("\"{}\"", t.replace('"', "\"\""));
    let mut text =
        String::from("metric,family,unit,better,row,kind,value,low,high,count,greyed,reason\n");
    for m in metrics(c) {
        for row in &c.rows {
            let Some(f) = row.figures.get(m.key) else {
                continue;
            };
            let verdict = c.verdicts.get(m.key).cloned().unwrap_or_default();
            let cells = [
                quoted(m.key),
                quoted(m.family),
                quoted(m.unit),
                arrow(m.direction).to_string(),
                quoted(&row.name),
                format!("{:?}", row.kind).to_lowercase(),
                f.interval.mean.to_string(),
                f.interval.low.to_string(),
                f.interval.high.to_string(),
                f.interval.count.to_string(),
                verdict.greyed.to_string(),
                quoted(&verdict.reason),
            ];
            text.push_str(&cells.join(","));
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::bootstrap::Interval;
    use crate::evaluation::comparison::{Figure, Kind};
    use std::collections::BTreeMap;

    fn comparison() -> Comparison {
        let row = |name: &str, kind, values: [f64; 2]| {
            let figure = |v| Figure {
                interval: Interval {
                    mean: v,
                    low: v,
                    high: v,
                    count: 3,
                },
                pieces: Vec::new(),
            };
            let keys = ["pch_kl", "scale_consistency"].into_iter().zip(values);
            Line {
                name: name.into(),
                kind,
                pieces: Vec::new(),
                figures: keys.map(|(k, v)| (k.to_string(), figure(v))).collect(),
            }
        };
        let metrics = [find("pch_kl").unwrap(), find("scale_consistency").unwrap()];
        let rows = vec![
            row("a|b, \"c\"", Kind::Model, [0.1, 0.9]),
            row("test", Kind::Floor, [0.05, 0.95]),
            row("noise", Kind::Nonsense, [0.01, 0.3]),
        ];
        let targets = BTreeMap::from([("scale_consistency".to_string(), 0.95)]);
        Comparison::of("two metrics", &metrics, targets, rows)
    }

    #[test]
    fn greyed_metrics_are_marked_everywhere() {
        let c = comparison();
        assert!(text(&c).contains("[pch_kl]") && text(&c).contains("\nscale_consistency"));
        assert!(markdown(&c).contains("*pch_kl* (greyed)"));
        assert!(markdown(&c).contains("**pch_kl**: nonsense passes"));
        assert!(csv(&c).contains("\"pch_kl\",\"smdiff\",\"nats\",less,\"noise\",nonsense,0.01,"));
    }

    #[test]
    fn tables_have_as_many_cells_in_every_line() {
        let md = markdown(&comparison());
        let lines: Vec<&str> = md
            .lines()
            .skip_while(|l| !l.starts_with("| metric"))
            .collect();
        let cells = |l: &str| l.replace("\\|", "").matches('|').count();
        let table: Vec<usize> = lines
            .iter()
            .take_while(|l| l.starts_with('|'))
            .map(|l| cells(l))
            .collect();
        assert_eq!(table, [7; 4]);
        let csv = csv(&comparison());
        // Commas in quotes apart, every line has the eleven of the head.
        let commas = |l: &str| {
            l.split('"')
                .step_by(2)
                .map(|part| part.matches(',').count())
                .sum::<usize>()
        };
        assert!(csv.lines().all(|l| commas(l) == 11), "{csv}");
        assert_eq!(csv.lines().count(), 7);
    }
}
