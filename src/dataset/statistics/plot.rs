//! A histogram as a picture: an SVG of bars with two axes. The background is left clear and every colour is a middle
//! one, so that it reads on light paper and on a dark screen.

use super::Histogram;
use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 46.0;
/// Contrast of 4.5 and more against white and against black.
const INK: &str = "#767676";
const BAR: &str = "#4a82bd";
/// Most labels below and most lines across that stay readable.
const MOST_LABELS: usize = 20;
const MOST_LINES: usize = 5;

/// The picture, 640 by 260 units; `source` names the data set in the title.
pub fn svg(histogram: &Histogram, source: &str) -> String {
    let Histogram {
        name,
        unit,
        counted,
        labels,
        counts,
    } = histogram;
    let title = escape(&format!("{source}: {}", name.replace('-', " ")));
    let step = line_step(counts.iter().copied().max().unwrap_or(0));
    let top = step * MOST_LINES.min(counts.iter().max().unwrap_or(&0).div_ceil(step).max(1));
    let (inner, tall) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let y = |count: usize| TOP + tall * (1.0 - count as f64 / top as f64);
    let each = inner / counts.len().max(1) as f64;
    let floor = HEIGHT - BOTTOM;
    let mut s = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"11\" fill=\"{INK}\" stroke=\"none\">\n<title>{title}</title>\n\
         <text x=\"{LEFT}\" y=\"18\" font-size=\"14\">{title}</text>\n"
    );
    let mut put = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(s, "{line}");
    };
    for count in (0..=top).step_by(step) {
        put(format_args!(
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{2:.1}\" y2=\"{2:.1}\" stroke=\"{INK}\" stroke-opacity=\"{1}\"/>",
            WIDTH - RIGHT,
            if count == 0 { "1" } else { "0.25" },
            y(count),
        ));
        put(format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{count}</text>",
            LEFT - 6.0,
            y(count) + 4.0
        ));
    }
    let every = label_step(labels.len());
    for (i, (label, count)) in labels.iter().zip(counts).enumerate() {
        let x = LEFT + each * i as f64;
        if *count > 0 {
            put(format_args!(
                "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"{BAR}\"><title>{}: {count}</title></rect>",
                x + each * 0.08,
                y(*count),
                each * 0.84,
                floor - y(*count),
                escape(label)
            ));
        }
        // The last label may say '+'; one too near to it gives way.
        let last = i + 1 == labels.len();
        if last || (i % every == 0 && labels.len() - i > every) {
            put(format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                x + each / 2.0,
                floor + 15.0,
                escape(label)
            ));
        }
    }
    put(format_args!(
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
        LEFT + inner / 2.0,
        HEIGHT - 10.0,
        escape(unit)
    ));
    put(format_args!(
        "<text transform=\"translate(14 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        TOP + tall / 2.0,
        escape(counted)
    ));
    put(format_args!("</svg>"));
    s
}

/// The distance of the lines across: 1, 2 or 5 times a power of ten, so that [`MOST_LINES`] reach the greatest count.
fn line_step(greatest: usize) -> usize {
    let mut power = 1usize;
    loop {
        for step in [1, 2, 5].map(|n| power.saturating_mul(n)) {
            if step.saturating_mul(MOST_LINES) >= greatest {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Every how many bars there is a label.
fn label_step(bars: usize) -> usize {
    [1, 2, 4, 5, 10, 12, 20, 50]
        .into_iter()
        .find(|n| bars.div_ceil(*n) <= MOST_LABELS)
        .unwrap_or(bars / MOST_LABELS + 1)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(counts: &[usize]) -> Histogram {
        let bars = counts.iter().enumerate();
        Histogram::of_names(
            ("a-b", "x < y", "songs"),
            bars.map(|(i, n)| (i.to_string(), *n)),
        )
    }

    /// Heights of the bars, in order.
    fn heights(svg: &str) -> Vec<f64> {
        let bars = svg.lines().filter(|l| l.starts_with("<rect"));
        bars.map(|l| {
            let rest = l.split(" height=\"").nth(1).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        })
        .collect()
    }

    #[test]
    fn bars_are_as_tall_as_their_counts() {
        let svg = svg(&histogram(&[10, 0, 40, 20]), "pop & co");
        let h = heights(&svg);
        assert_eq!(h.len(), 3, "nothing is drawn for nothing");
        assert!((h[1] / h[0] - 4.0).abs() < 0.01 && (h[2] / h[0] - 2.0).abs() < 0.01);
        assert!(h[1] <= HEIGHT - TOP - BOTTOM);
        assert!(svg.contains("pop &amp; co: a b") && svg.contains("x &lt; y"));
        assert!(svg.contains(">40</text>"), "the axis reaches the tallest");
    }

    #[test]
    fn any_number_of_bars_stays_readable_and_inside() {
        for bars in [0, 1, 12, 21, 128, 5000] {
            let svg = svg(&histogram(&vec![3; bars]), "x");
            let labels = svg.matches("text-anchor=\"middle\"").count();
            assert!(labels <= MOST_LABELS + 3, "{labels} labels for {bars} bars");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{bars}");
            assert!(svg.ends_with("</svg>\n"));
        }
    }

    #[test]
    fn lines_are_round_numbers_that_reach_the_top() {
        assert_eq!(
            [0, 5, 6, 23, 90, 1001, usize::MAX].map(line_step)[..6],
            [1, 1, 2, 5, 20, 500]
        );
    }
}
