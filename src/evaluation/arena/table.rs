//! An arena as tables: a line a contender, what stands beside it below.

use super::{Arena, Cell};
use crate::evaluation::bootstrap::Interval;
use crate::evaluation::comparison::Line;
use crate::evaluation::registry::Metric;
use crate::evaluation::report::{self, number};

const STAR: &str = "*";

fn figure(line: &Line, key: &str) -> Option<Interval> {
    line.figures.get(key).map(|f| f.interval)
}

fn with_interval(i: Option<Interval>) -> String {
    i.map_or("-".into(), |i| {
        format!("{} [{}, {}]", number(i.mean), number(i.low), number(i.high))
    })
}

/// The rows below the cells.
fn beside(arena: &Arena) -> impl Iterator<Item = &Line> {
    arena.comparison.rows.iter().skip(arena.cells.len())
}

fn front(arena: &Arena, metric: Option<&Metric>) -> Vec<usize> {
    metric.and_then(|m| arena.front(m).ok()).unwrap_or_default()
}

/// What was done to the clock, for a reader.
fn clock(arena: &Arena) -> String {
    format!(
        "Milliseconds are the median of a take on the wall clock, {} written side by side; the first of each model is not counted.",
        arena.side_by_side.max(1)
    )
}

/// A table for a terminal, with `metric` beside the milliseconds; a star marks whom nobody beats in both.
pub fn text(arena: &Arena, metric: Option<&Metric>) -> String {
    let key = metric.map_or("", |m| m.key);
    let front = front(arena, metric);
    let mut lines = vec![["", "contender", "ms a take", "distance", key].map(String::from)];
    for (i, cell) in arena.cells.iter().enumerate() {
        lines.push([
            if front.contains(&i) { STAR } else { "" }.to_string(),
            cell.line.name.clone(),
            with_interval(Some(cell.millis)),
            distance(arena, &cell.line.name),
            with_interval(figure(&cell.line, key)),
        ]);
    }
    for line in beside(arena) {
        lines.push([
            String::new(),
            line.name.clone(),
            "-".into(),
            distance(arena, &line.name),
            with_interval(figure(line, key)),
        ]);
    }
    let widths: Vec<usize> = (0..5)
        .map(|c| {
            lines
                .iter()
                .map(|l| l[c].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = format!("{}\n", arena.comparison.title);
    for note in &arena.comparison.notes {
        text += &format!("note: {note}\n");
    }
    text += &format!("{}\n\n", clock(arena));
    for line in &lines {
        let cells = line
            .iter()
            .zip(&widths)
            .map(|(cell, w)| format!("{cell:<w$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    match metric {
        Some(m) => text += &format!("\n{STAR} nobody is both quicker and better in {}\n", m.key),
        None => {
            text += "\nno metric tells nonsense from music here, so nobody can be called best\n"
        }
    }
    text
}

fn distance(arena: &Arena, row: &str) -> String {
    let mut standings = arena.comparison.standings.iter();
    let found = standings.find(|s| s.row == row);
    found.map_or("-".into(), |s| number(s.distance))
}

/// Markdown: who is on the front of `metric`, then every metric of everyone.
pub fn markdown(arena: &Arena, metric: Option<&Metric>) -> String {
    let safe = |t: &str| t.replace('|', "\\|");
    let front = front(arena, metric);
    let mut text = format!(
        "# Arena: {}\n\n{}\n\n",
        arena.comparison.title,
        clock(arena)
    );
    if arena.stopped {
        text += "It was stopped before all had their turn.\n\n";
    }
    let (title, unit) = metric.map_or(("-", "-"), |m| (m.title, m.unit));
    text += &format!(
        "| contender | milliseconds a take | distance from real music | {title} ({unit}) | front |\n|---|---|---|---|---|\n"
    );
    for (i, cell) in arena.cells.iter().enumerate() {
        let value = metric.and_then(|m| figure(&cell.line, m.key));
        text += &format!(
            "| {} | {} | {} | {} | {} |\n",
            safe(&cell.line.name),
            with_interval(Some(cell.millis)),
            distance(arena, &cell.line.name),
            with_interval(value),
            if front.contains(&i) { "yes" } else { "" }
        );
    }
    for line in beside(arena) {
        let value = metric.and_then(|m| figure(line, m.key));
        text += &format!(
            "| *{}* | - | {} | {} | |\n",
            safe(&line.name),
            distance(arena, &line.name),
            with_interval(value)
        );
    }
    text += "\n";
    text += &report::markdown(&arena.comparison).replacen("# ", "## ", 1);
    text
}

const HEAD: &str = "row,model,order,steps,temperature,top_p,ms_median,ms_low,ms_high,takes,metric,unit,value,low,high,count,greyed,front";

/// CSV: a line for each metric of each contender, and of each row beside them.
pub fn csv(arena: &Arena) -> String {
    let quoted = |t: &str| format!("\"{}\"", t.replace('"', "\"\""));
    let mut text = format!("{HEAD}\n");
    let metrics = arena.comparison.metrics.iter();
    for m in metrics.filter_map(|k| arena.comparison.metric(k)) {
        let front = front(arena, Some(m));
        let greyed = arena
            .comparison
            .verdicts
            .get(m.key)
            .is_some_and(|v| v.greyed);
        for (i, line) in arena.comparison.rows.iter().enumerate() {
            let Some(value) = figure(line, m.key) else {
                continue;
            };
            let cell: Option<&Cell> = arena.cells.get(i).map(|c| &**c);
            let who = cell.map_or(",,,,,,,,".to_string(), |c| {
                let (s, ms) = (&c.contender.settings, &c.millis);
                format!(
                    "{},{},{},{},{},{},{},{},{}",
                    quoted(&c.contender.model),
                    c.contender.order.word(),
                    s.steps,
                    s.temperature,
                    s.top_p,
                    ms.mean,
                    ms.low,
                    ms.high,
                    c.takes.len()
                )
            });
            text += &format!(
                "{},{who},{},{},{},{},{},{},{greyed},{}\n",
                quoted(&line.name),
                quoted(m.key),
                quoted(m.unit),
                value.mean,
                value.low,
                value.high,
                value.count,
                front.contains(&i)
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{Plan, Setup, Spot, run};
    use super::*;
    use crate::evaluation::protocol::Protocol;
    use crate::evaluation::registry;
    use crate::evaluation::report::tradeoff;
    use crate::evaluation::study::Watch;
    use crate::evaluation::testing::score;
    use crate::model::testing::Echo;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    struct Nobody(AtomicBool);

    impl Watch for Nobody {
        fn at(&self, _: &str, _: u64, _: u64, _: &'static str) {}
        fn say(&self, _: &str) {}
        fn stop(&self) -> &AtomicBool {
            &self.0
        }
    }

    fn arena() -> Arena {
        let notes: Vec<_> = (0..64)
            .map(|i| (i * 4, 4, 50 + ((i * i + 3 * i) % 19) as u8))
            .collect();
        let piece = Arc::new(score(&notes));
        let case = Protocol::default().case(&piece, 0).unwrap();
        let spots = [Spot::of_case("a", piece, case)];
        let echo = Echo::default();
        let setup = Setup {
            title: "one song".into(),
            spots: &spots,
            metrics: &registry::chosen(&["smdiff infill".into(), "variety".into()]).unwrap(),
            models: &[("echo", &echo)],
            device: "none",
            copies: None,
            rounds: 10,
            notes: vec!["a note".into()],
        };
        let plan = Plan {
            steps: vec![2, 4],
            ..Plan::new(vec!["echo".into()])
        };
        run(&plan, &setup, &Nobody(AtomicBool::new(false)), &mut |_| {}).unwrap()
    }

    #[test]
    fn tables_have_a_line_a_row_and_as_many_cells_in_each() {
        let arena = arena();
        let commas = |l: &str| {
            let outside = l.split('"').step_by(2);
            outside.map(|p| p.matches(',').count()).sum::<usize>()
        };
        let csv = csv(&arena);
        assert!(csv.lines().all(|l| commas(l) == 17), "{csv}");
        assert!(csv.contains("\"echo, sure, 2 steps, T 1\",\"echo\",sure,2,1,1,"));
        let metric = arena.first_choice();
        assert!(metric.is_some());
        let md = markdown(&arena, metric);
        let table = md.lines().skip_while(|l| !l.starts_with("| contender"));
        let table: Vec<&str> = table.take_while(|l| l.starts_with('|')).collect();
        assert_eq!(table.len(), 2 + 2 + 4);
        assert!(table.iter().all(|l| l.matches('|').count() == 6), "{md}");
        let text = text(&arena, metric);
        assert!(text.contains("note: a note") && text.contains("originals"));
        assert!(text.contains(STAR));
    }

    #[test]
    fn the_plot_names_axes_units_and_floors() {
        let arena = arena();
        let metric = arena.first_choice().unwrap();
        let svg = tradeoff(&arena, metric);
        for words in [
            "milliseconds a take",
            metric.title,
            metric.unit,
            ">originals</text>",
            "echo, sure, 2 steps",
        ] {
            assert!(svg.contains(words), "{words}: {svg}");
        }
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
    }
}
