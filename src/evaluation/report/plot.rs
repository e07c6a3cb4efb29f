//! Plots as SVG, with axes, units and a title: nothing but shapes and text, so that any program can open them.

use super::distribution::Distribution;
use super::{escaped, number};
use crate::evaluation::comparison::{Comparison, Kind, Line};
use crate::evaluation::registry::{Direction, Metric};
use std::fmt::Write;

pub(super) const TEXT: &str = "#1d1f23";
pub(super) const FAINT: &str = "#8a8d92";
pub(super) const GRID: &str = "#dcdcd8";

/// The colour a kind of row is drawn in, readable on white and told apart in grey too.
pub(super) fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Model => "#2946ae",
        Kind::Floor => "#0f6f5c",
        Kind::Displaced => "#b5730f",
        Kind::Nonsense => "#ad3b44",
    }
}

pub(super) fn open(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\"><title>{}</title><rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escaped(title)
    )
}

pub(super) fn label(svg: &mut String, x: f64, y: f64, anchor: &str, fill: &str, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{fill}\">{}</text>",
        escaped(text)
    );
}

pub(super) fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64) {
    let _ = writeln!(
        svg,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>",
        from.0, from.1, to.0, to.1
    );
}

/// Round values from about `low` to about `high`, four to nine of them.
pub(super) fn ticks(low: f64, high: f64) -> Vec<f64> {
    let span = (high - low).max(1e-12);
    let rough = span / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|s| s * power)
        .into_iter()
        .rfind(|s| *s <= rough * 1.0001);
    let step = step.unwrap_or(power);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).take(20).map(|i| i as f64 * step).collect()
}

/// Rows of names with a dot and an interval each, along one axis.
fn dots(
    title: &str,
    axis: &str,
    rows: &[(&str, Kind, f64, f64, f64)],
    mark: Option<f64>,
) -> String {
    let (width, left, right, top, each) = (640.0, 250.0, 20.0, 34.0, 20.0);
    let height = top + each * rows.len() as f64 + 44.0;
    let mut svg = open(width, height, title);
    label(&mut svg, 8.0, 18.0, "start", TEXT, title);
    let ends = rows
        .iter()
        .flat_map(|r| [r.2, r.3, r.4])
        .chain(mark)
        .filter(|v| v.is_finite());
    let (mut low, mut high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    if !low.is_finite() || !high.is_finite() {
        (low, high) = (0.0, 1.0);
    }
    let room = ((high - low) * 0.06).max(1e-9 + high.abs() * 1e-6);
    (low, high) = (low - room, high + room);
    let x = |v: f64| left + (v - low) / (high - low) * (width - left - right);
    let bottom = top + each * rows.len() as f64;
    for t in ticks(low, high) {
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
    label(
        &mut svg,
        (left + width - right) / 2.0,
        bottom + 34.0,
        "middle",
        TEXT,
        axis,
    );
    if let Some(mark) = mark {
        line(&mut svg, (x(mark), top), (x(mark), bottom), FAINT, 2.0);
    }
    for (i, (name, kind, value, from, to)) in rows.iter().enumerate() {
        let y = top + each * (i as f64 + 0.5);
        let short: String = match name.chars().count() > 36 {
            true => name.chars().take(35).chain(['…']).collect(),
            false => (*name).to_string(),
        };
        label(&mut svg, left - 10.0, y + 4.0, "end", TEXT, &short);
        let c = colour(*kind);
        line(&mut svg, (x(*from), y), (x(*to), y), c, 2.0);
        // The title stands in a group: ImageMagick's own reader draws no shape that holds one.
        let _ = writeln!(
            svg,
            "<g><title>{} {} [{}, {}]</title><circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{c}\"/></g>",
            escaped(name),
            number(*value),
            number(*from),
            number(*to),
            x(*value)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// A metric of all rows with their intervals; where nearness counts, a line shows what the reference has.
pub fn figure(c: &Comparison, metric: &Metric) -> String {
    let rows: Vec<(&str, Kind, f64, f64, f64)> = c
        .rows
        .iter()
        .filter_map(|r: &Line| {
            let i = r.figures.get(metric.key)?.interval;
            Some((r.name.as_str(), r.kind, i.mean, i.low, i.high))
        })
        .collect();
    let better = match metric.direction {
        Direction::Lower => "less is better",
        Direction::Higher => "more is better",
        Direction::Match => "nearer to the line (the reference) is better",
    };
    let mark = match metric.direction {
        Direction::Match => c.targets.get(metric.key).copied(),
        _ => None,
    };
    let title = format!("{} ({})", metric.title, metric.key);
    dots(&title, &format!("{}; {better}", metric.unit), &rows, mark)
}

/// The distance of every row from real music.
pub fn standings(c: &Comparison) -> String {
    let kind = |name: &str| {
        c.rows
            .iter()
            .find(|r| r.name == name)
            .map_or(Kind::Model, |r| r.kind)
    };
    let rows: Vec<_> = c
        .standings
        .iter()
        .map(|s| {
            (
                s.row.as_str(),
                kind(&s.row),
                s.distance,
                s.distance,
                s.distance,
            )
        })
        .collect();
    dots(
        "Distance from real music",
        "0: as real music; 1: as far as the middle of the nonsense",
        &rows,
        Some(0.0),
    )
}

/// A histogram of some sets as outlines, the first as a filled ground.
pub fn picture_of_distribution(sets: &[(&str, &Distribution)]) -> String {
    let (width, left, right, top, bottom) = (640.0, 56.0, 16.0, 44.0, 206.0);
    let height = bottom + 62.0 + 15.0 * (sets.len().saturating_sub(1) / 2) as f64;
    let Some((_, first)) = sets.first() else {
        return String::new();
    };
    let mut svg = open(width, height, &first.name);
    label(&mut svg, 8.0, 16.0, "start", TEXT, &first.name);
    label(&mut svg, 8.0, 34.0, "start", FAINT, "share");
    let places = sets
        .iter()
        .map(|s| s.1.shares.len())
        .max()
        .unwrap_or(1)
        .max(2);
    // Empty ends are cut off, so that what there is has room.
    let some = |i: &usize| {
        sets.iter()
            .any(|s| s.1.shares.get(*i).is_some_and(|v| *v > 5e-4))
    };
    let from = (0..places).find(some).unwrap_or(0).saturating_sub(1);
    let to = ((0..places).rfind(some).unwrap_or(places - 1) + 1)
        .min(places - 1)
        .max(from + 1);
    let most = sets
        .iter()
        .flat_map(|s| s.1.shares.iter().copied())
        .fold(1e-9, f64::max);
    let cell = (width - left - right) / (to - from + 1) as f64;
    let x = |i: usize| left + (i - from) as f64 * cell;
    let y = |v: f64| bottom - v / (most * 1.05) * (bottom - top);
    for t in ticks(0.0, most) {
        line(&mut svg, (left, y(t)), (width - right, y(t)), GRID, 1.0);
        label(
            &mut svg,
            left - 6.0,
            y(t) + 4.0,
            "end",
            TEXT,
            &format!("{} %", number(100.0 * t)),
        );
    }
    let value = |i: usize| first.first + first.step * i as f64;
    // A place that stands for one value has it in its middle, one that stands for several begins with the first.
    let middle = if first.step > 1.0 { 0.0 } else { 0.5 };
    for t in ticks(value(from), value(to)) {
        let at = left + ((t - value(from)) / first.step + middle) * cell;
        line(&mut svg, (at, bottom), (at, bottom + 4.0), FAINT, 1.0);
        label(&mut svg, at, bottom + 16.0, "middle", TEXT, &number(t));
    }
    label(
        &mut svg,
        (left + width - right) / 2.0,
        bottom + 34.0,
        "middle",
        TEXT,
        &first.axis,
    );
    const COLOURS: [&str; 5] = ["#0f6f5c", "#2946ae", "#b53c80", "#b5730f", "#7158ca"];
    const DASHES: [&str; 5] = ["", "", "6 3", "2 3", "8 3 2 3"];
    for (k, (name, d)) in sets.iter().enumerate() {
        let c = COLOURS[k % COLOURS.len()];
        let share = |i: usize| y(d.shares.get(i).copied().unwrap_or(0.0));
        let points: Vec<String> = (from..=to)
            .map(|i| format!("{:.1},{2:.1} {:.1},{2:.1}", x(i), x(i) + cell, share(i)))
            .collect();
        let points = points.join(" ");
        if k == 0 {
            let _ = writeln!(
                svg,
                "<polygon points=\"{:.1},{bottom:.1} {points} {:.1},{bottom:.1}\" fill=\"{c}\" fill-opacity=\"0.18\"/>",
                x(from),
                x(to) + cell
            );
        }
        let dash = DASHES[k % DASHES.len()];
        let _ = writeln!(
            svg,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{c}\" stroke-width=\"1.6\" stroke-dasharray=\"{dash}\"/>"
        );
        let lx = left + (k % 2) as f64 * 290.0;
        let ly = bottom + 54.0 + (k / 2) as f64 * 15.0;
        line(&mut svg, (lx, ly - 4.0), (lx + 18.0, ly - 4.0), c, 2.0);
        let short: String = name.chars().take(40).collect();
        label(&mut svg, lx + 24.0, ly, "start", TEXT, &short);
    }
    svg.push_str("</svg>\n");
    svg
}

/// A self-similarity matrix: dark where two bars are alike.
pub fn self_similarity(title: &str, matrix: &[Vec<f64>]) -> String {
    let n = matrix.len().max(1);
    let cell = (256.0 / n as f64).clamp(2.0, 16.0);
    let (left, top) = (44.0, 30.0);
    let side = cell * n as f64;
    let mut svg = open(left + side + 16.0, top + side + 44.0, title);
    label(&mut svg, left, 16.0, "start", TEXT, title);
    for (i, row) in matrix.iter().enumerate() {
        // Neighbouring cells of one shade are one rectangle: a fraction of the size.
        let shade = |v: f64| (v.clamp(0.0, 1.0) * 8.0).round() as u32;
        let mut from = 0;
        while from < row.len() {
            let s = shade(row[from]);
            let run = row[from..].iter().take_while(|v| shade(**v) == s).count();
            if s > 0 {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{cell:.1}\" fill=\"#2946ae\" fill-opacity=\"{:.3}\"/>",
                    left + from as f64 * cell,
                    top + i as f64 * cell,
                    run as f64 * cell,
                    f64::from(s) / 8.0
                );
            }
            from += run;
        }
    }
    let _ = writeln!(
        svg,
        "<rect x=\"{left}\" y=\"{top}\" width=\"{side:.1}\" height=\"{side:.1}\" fill=\"none\" stroke=\"{FAINT}\"/>"
    );
    for t in ticks(0.0, n as f64 - 1.0)
        .into_iter()
        .filter(|t| t.fract() == 0.0)
    {
        let at = (t + 0.5) * cell;
        label(
            &mut svg,
            left + at,
            top + side + 15.0,
            "middle",
            TEXT,
            &number(t + 1.0),
        );
        label(
            &mut svg,
            left - 6.0,
            top + at + 4.0,
            "end",
            TEXT,
            &number(t + 1.0),
        );
    }
    label(
        &mut svg,
        left + side / 2.0,
        top + side + 34.0,
        "middle",
        TEXT,
        "bar",
    );
    label(&mut svg, left - 6.0, top - 6.0, "end", TEXT, "bar");
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts tags that are opened and closed; a crude reader that any broken shape trips.
    fn balanced(svg: &str) {
        let mut open = Vec::new();
        for tag in svg.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let name = tag
                .trim_start_matches('/')
                .split([' ', '/'])
                .next()
                .unwrap();
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name), "{tag}");
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty() && !svg.contains("NaN"), "{open:?}");
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(
            ticks(0.0, 1.0),
            [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]
        );
        assert_eq!(ticks(-3.0, 7.0), [-2.0, 0.0, 2.0, 4.0, 6.0]);
        assert!(ticks(5.0, 5.0).len() < 9);
    }

    #[test]
    fn plots_are_well_formed_and_name_their_axes() {
        let rows = [
            ("a <b>", Kind::Model, 0.5, 0.4, 0.6),
            ("c", Kind::Nonsense, 2.0, 2.0, 2.0),
        ];
        let svg = dots("A & B", "nats", &rows, Some(1.0));
        balanced(&svg);
        assert!(
            svg.contains(">nats</text>")
                && svg.contains("a &lt;b&gt;")
                && svg.contains("A &amp; B")
        );
        balanced(&dots("none", "nats", &[], None));
        let d = Distribution {
            name: "Pitch".into(),
            axis: "MIDI pitch".into(),
            about: "How many.".into(),
            first: 0.0,
            step: 1.0,
            shares: vec![0.0, 0.5, 0.5, 0.0],
        };
        let svg = picture_of_distribution(&[("training", &d), ("model", &d)]);
        balanced(&svg);
        assert!(svg.contains(">MIDI pitch</text>") && svg.contains(" %</text>"));
        balanced(&self_similarity("x", &[vec![1.0, 0.2], vec![0.2, 1.0]]));
        balanced(&self_similarity("x", &[]));
    }
}
