//! Repetition over bars, after PhraseLDM (systems.md 4.6): the self-similarity matrix of the bars, and what of it is
//! bright. The bars are described by our own [`embedding`], not by PhraseVAE's latents.

use crate::evaluation::embedding;
use crate::evaluation::registry::{Direction, Measure, Metric};

const SOURCE: &str = "PhraseLDM (rule), on the in-house bar embedding";
/// Similarity above which a cell is bright.
const BRIGHT: f64 = 0.5;
/// Bars of the shortest repetition.
const RUN: usize = 4;

/// The entries.
pub const METRICS: &[Metric] = &[
    Metric {
        key: "srs",
        title: "Bars in repeated stretches",
        unit: "bars a bar",
        direction: Direction::Match,
        family: "structure",
        source: SOURCE,
        about: "Bars that lie in stretches of four and more which come back later, over the bars of the piece.",
        measure: Measure::Piece(|p| srs(&embedding::self_similarity(p))),
        slow: false,
    },
    Metric {
        key: "bright_ratio",
        title: "Bars that are alike",
        unit: "pairs a bar",
        direction: Direction::Match,
        family: "structure",
        source: SOURCE,
        about: "Pairs of different bars that are alike, over the bars of the piece.",
        measure: Measure::Piece(|p| bright_ratio(&embedding::self_similarity(p))),
        slow: false,
    },
];

/// On every diagonal above the main one, the lengths of runs of at least four bright cells, counted only where the next
/// diagonal is dark over the same rows (else one held bar would repeat at every distance); over the bars.
fn srs(matrix: &[Vec<f64>]) -> Option<f64> {
    let n = matrix.len();
    let bright = |row: usize, apart: usize| {
        let cell = matrix.get(row).and_then(|r| r.get(row + apart));
        cell.is_some_and(|x| *x > BRIGHT)
    };
    let mut sum = 0usize;
    for apart in 1..n {
        let mut row = 0;
        while row + apart < n {
            let length = (row..n - apart).take_while(|r| bright(*r, apart)).count();
            let dark = |r: usize| !bright(r, apart + 1);
            if length >= RUN && (row..row + length).all(dark) {
                sum += length;
            }
            row += length.max(1);
        }
    }
    (n > 0).then(|| sum as f64 / n as f64)
}

/// Bright cells above the main diagonal over the bars.
fn bright_ratio(matrix: &[Vec<f64>]) -> Option<f64> {
    let n = matrix.len();
    let above = matrix
        .iter()
        .enumerate()
        .flat_map(|(i, row)| row.iter().skip(i + 1));
    let bright = above.filter(|x| **x > BRIGHT).count();
    (n > 0).then(|| bright as f64 / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A matrix of bars named by letters: bright where they are the same.
    fn matrix(bars: &str) -> Vec<Vec<f64>> {
        let row = |a: char| {
            bars.chars()
                .map(move |b| if a == b { 1.0 } else { 0.0 })
                .collect()
        };
        bars.chars().map(row).collect()
    }

    #[test]
    fn a_section_that_comes_back_counts_once() {
        // ABCD twice: one run of four on the fourth diagonal, the next being dark.
        assert_eq!(srs(&matrix("abcdabcd")), Some(0.5));
        assert_eq!(bright_ratio(&matrix("abcdabcd")), Some(0.5));
        // Three bars are too few, and bars in disorder are no run.
        assert_eq!(srs(&matrix("abcabc")), Some(0.0));
        assert_eq!(srs(&matrix("abcddcba")), Some(0.0));
    }

    #[test]
    fn one_bar_held_is_no_repetition_of_stretches() {
        // Every diagonal is bright beside a bright one, but for the last, which is too short.
        assert_eq!(srs(&matrix("aaaaaaaa")), Some(0.0));
        assert_eq!(bright_ratio(&matrix("aaaa")), Some(1.5));
    }
}
