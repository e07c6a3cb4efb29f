//! Quality against time: a point a contender with its interval, what stands beside as lines, the front as steps.

use super::plot::{FAINT, GRID, TEXT, label, line, open, ticks};
use super::{escaped, number};
use crate::evaluation::arena::Arena;
use crate::evaluation::comparison::Kind;
use crate::evaluation::registry::{Direction, Metric};
use std::fmt::Write;

/// A contender in the plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its place among the cells.
    pub cell: usize,
    /// Median milliseconds of a take, at least a hundredth, so that there is a logarithm.
    pub millis: f64,
    /// Value, lower and upper end of its interval.
    pub value: [f64; 3],
    /// Nobody is both quicker and better.
    pub on_front: bool,
}

/// A row that takes no time: a line across.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    pub name: String,
    pub kind: Kind,
    pub value: f64,
}

impl Arena {
    /// The cells that have a metric.
    pub fn points(&self, metric: &Metric) -> Vec<Point> {
        let front = self.front(metric).unwrap_or_default();
        let cells = self.cells.iter().enumerate();
        cells
            .filter_map(|(cell, c)| {
                let i = c.line.figures.get(metric.key)?.interval;
                Some(Point {
                    cell,
                    millis: c.millis.mean.max(0.01),
                    value: [i.mean, i.low, i.high],
                    on_front: front.contains(&cell),
                })
            })
            .collect()
    }

    /// The rows beside them that have it.
    pub fn levels(&self, metric: &Metric) -> Vec<Level> {
        let rows = self.comparison.rows.iter().skip(self.cells.len());
        rows.filter_map(|r| {
            Some(Level {
                name: r.name.clone(),
                kind: r.kind,
                value: r.figures.get(metric.key)?.interval.mean,
            })
        })
        .collect()
    }
}

/// The colours and dashes models are told apart by.
const COLOURS: [&str; 6] = [
    "#2946ae", "#b53c80", "#7158ca", "#1b7f9c", "#8a5a16", "#41464f",
];

/// Round milliseconds along a logarithmic axis.
fn decades(low: f64, high: f64) -> Vec<f64> {
    let first = low.max(1e-3).log10().floor() as i32;
    let last = high.max(1e-3).log10().ceil() as i32;
    let all = (first..=last).flat_map(|p| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(p)));
    all.filter(|v| (low..=high).contains(v)).collect()
}

/// The plot of a metric as SVG. Of a greyed metric no front is drawn, and the caption says why.
pub fn tradeoff(arena: &Arena, metric: &Metric) -> String {
    let (points, levels) = (arena.points(metric), arena.levels(metric));
    let (width, left, right, top, bottom) = (760.0, 64.0, 24.0, 40.0, 340.0);
    let mut models: Vec<&str> = Vec::new();
    for p in &points {
        let model = arena.cells[p.cell].contender.model.as_str();
        if !models.contains(&model) {
            models.push(model);
        }
    }
    let height = bottom + 66.0 + 16.0 * models.len() as f64;
    let title = format!("{} against time ({})", metric.title, metric.key);
    let mut svg = open(width, height, &title);
    label(&mut svg, 8.0, 18.0, "start", TEXT, &title);
    let better = match metric.direction {
        Direction::Lower => "less is better",
        Direction::Higher => "more is better",
        Direction::Match => "nearer to the originals is better",
    };
    let caption = format!("{}; {better}", metric.unit);
    label(&mut svg, 8.0, 34.0, "start", FAINT, &caption);
    let ends = |all: &mut dyn Iterator<Item = f64>, empty: (f64, f64)| {
        let some = all.filter(|v| v.is_finite());
        let found = some.fold(None, |m: Option<(f64, f64)>, v| {
            Some(m.map_or((v, v), |(l, h)| (l.min(v), h.max(v))))
        });
        found.unwrap_or(empty)
    };
    let values = points.iter().flat_map(|p| p.value);
    let mut values = values.chain(levels.iter().map(|l| l.value));
    let (low, high) = ends(&mut values, (0.0, 1.0));
    let room = ((high - low) * 0.08).max(1e-9 + high.abs() * 1e-6);
    let (low, high) = (low - room, high + room);
    let (fast, slow) = ends(&mut points.iter().map(|p| p.millis), (1.0, 1000.0));
    let (fast, slow) = (fast / 1.6, slow * 1.6);
    let x = |ms: f64| {
        let share = (ms / fast).ln() / (slow / fast).ln();
        left + share * (width - left - right)
    };
    let y = |v: f64| bottom - (v - low) / (high - low) * (bottom - top);
    for t in ticks(low, high) {
        line(&mut svg, (left, y(t)), (width - right, y(t)), GRID, 1.0);
        label(&mut svg, left - 6.0, y(t) + 4.0, "end", TEXT, &number(t));
    }
    for t in decades(fast, slow) {
        line(&mut svg, (x(t), top), (x(t), bottom), GRID, 1.0);
        label(&mut svg, x(t), bottom + 16.0, "middle", TEXT, &number(t));
    }
    line(
        &mut svg,
        (left, bottom),
        (width - right, bottom),
        FAINT,
        1.0,
    );
    let middle = (left + width - right) / 2.0;
    let axis = "milliseconds a take (median, logarithmic axis)";
    label(&mut svg, middle, bottom + 34.0, "middle", TEXT, axis);
    for l in &levels {
        let colour = super::plot::colour(l.kind);
        let at = y(l.value);
        let _ = writeln!(
            svg,
            "<line x1=\"{left}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\" stroke=\"{colour}\" stroke-width=\"1.2\" stroke-dasharray=\"5 4\"/>",
            width - right
        );
        label(
            &mut svg,
            width - right - 4.0,
            at - 4.0,
            "end",
            colour,
            &l.name,
        );
    }
    let mut front: Vec<&Point> = points.iter().filter(|p| p.on_front).collect();
    front.sort_by(|a, b| a.millis.total_cmp(&b.millis));
    for pair in front.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let corner = (x(b.millis), y(a.value[0]));
        line(&mut svg, (x(a.millis), y(a.value[0])), corner, FAINT, 1.4);
        line(&mut svg, corner, (x(b.millis), y(b.value[0])), FAINT, 1.4);
    }
    for p in &points {
        let cell = &arena.cells[p.cell];
        let model = models.iter().position(|m| *m == cell.contender.model);
        let colour = COLOURS[model.unwrap_or(0) % COLOURS.len()];
        let (cx, [value, from, to]) = (x(p.millis), p.value);
        line(&mut svg, (cx, y(from)), (cx, y(to)), colour, 1.4);
        let fill = if p.on_front { colour } else { "#ffffff" };
        let _ = writeln!(
            svg,
            "<circle cx=\"{cx:.1}\" cy=\"{:.1}\" r=\"4.5\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.6\"><title>{}: {} [{}, {}] in {} ms</title></circle>",
            y(value),
            escaped(&cell.line.name),
            number(value),
            number(from),
            number(to),
            number(p.millis)
        );
    }
    for (i, model) in models.iter().enumerate() {
        let at = bottom + 54.0 + 16.0 * i as f64;
        let colour = COLOURS[i % COLOURS.len()];
        let _ = writeln!(
            svg,
            "<circle cx=\"{}\" cy=\"{:.1}\" r=\"4.5\" fill=\"{colour}\"/>",
            left + 6.0,
            at - 4.0
        );
        label(&mut svg, left + 18.0, at, "start", TEXT, model);
    }
    let said = match arena.front(metric) {
        Err(e) => e.to_string(),
        Ok(_) => "filled: nobody is both quicker and better; dashed: what takes no time".into(),
    };
    label(&mut svg, left, height - 6.0, "start", FAINT, &said);
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_of_time_has_round_numbers() {
        assert_eq!(decades(3.0, 120.0), [5.0, 10.0, 20.0, 50.0, 100.0]);
        assert!(decades(0.0, 0.0).is_empty());
    }

    #[test]
    fn an_empty_arena_is_a_plot_without_points() {
        let metric = crate::evaluation::registry::find("pitch_accuracy").unwrap();
        let svg = tradeoff(&Arena::default(), metric);
        assert!(svg.contains("milliseconds") && !svg.contains("NaN"));
    }
}
