//! How the values of a set's notes are spread: what the histograms behind the divergences look like.

use crate::evaluation::sample::{Sample, SampleNote};
use serde::{Deserialize, Serialize};

/// One histogram of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// What is counted, in words.
    pub name: String,
    /// What the places along the axis are.
    pub axis: String,
    /// Value at the first place, and from one to the next.
    pub first: f64,
    pub step: f64,
    /// Shares, summing to one.
    pub shares: Vec<f64>,
}

/// What is counted: name, axis, first value, step, number of places, and the place of a note (or none).
type Kind = (
    &'static str,
    &'static str,
    f64,
    f64,
    usize,
    fn(&Sample, &SampleNote) -> Option<usize>,
);

const KINDS: [Kind; 4] = [
    (
        "Pitch",
        "MIDI pitch (60 is middle C)",
        0.0,
        1.0,
        128,
        |_, n| (!n.drum).then_some(usize::from(n.pitch)),
    ),
    ("Note length", "16ths", 1.0, 1.0, 32, |_, n| {
        Some((n.steps.max(1) as usize - 1).min(31))
    }),
    ("Loudness", "MIDI velocity", 0.0, 4.0, 32, |_, n| {
        Some(usize::from(n.velocity / 4))
    }),
    (
        "Place in the bar",
        "16ths from the bar line",
        0.0,
        1.0,
        24,
        |_, n| Some((n.position / 4).min(23) as usize),
    ),
];

/// The histograms of a set: pitch, length, loudness, place in the bar, notes a bar, melodic intervals.
pub fn distributions(pieces: &[Sample]) -> Vec<Distribution> {
    let mut all: Vec<Distribution> = KINDS
        .iter()
        .map(|(name, axis, first, step, places, place)| {
            let mut counts = vec![0.0; *places];
            for piece in pieces {
                for at in piece.notes.iter().filter_map(|n| place(piece, n)) {
                    if let Some(count) = counts.get_mut(at) {
                        *count += 1.0;
                    }
                }
            }
            made(name, axis, *first, *step, counts)
        })
        .collect();
    let mut density = vec![0.0; 64];
    let mut intervals = vec![0.0; 49];
    for piece in pieces {
        for bar in piece.by_bar() {
            density[bar.len().min(63)] += 1.0;
        }
        for w in piece.skyline().windows(2) {
            let up = i32::from(w[1].pitch) - i32::from(w[0].pitch);
            intervals[(up.clamp(-24, 24) + 24) as usize] += 1.0;
        }
    }
    all.push(made("Notes a bar", "notes", 0.0, 1.0, density));
    all.push(made(
        "Steps of the top line",
        "semitones up (+) or down (-)",
        -24.0,
        1.0,
        intervals,
    ));
    all
}

fn made(name: &str, axis: &str, first: f64, step: f64, counts: Vec<f64>) -> Distribution {
    let sum: f64 = counts.iter().sum();
    Distribution {
        name: name.into(),
        axis: axis.into(),
        first,
        step,
        shares: counts
            .into_iter()
            .map(|c| if sum > 0.0 { c / sum } else { 0.0 })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::piece;

    #[test]
    fn shares_sum_to_one_and_lie_where_their_axis_says() {
        let p = piece(&[(0, 4, 60), (4, 4, 64), (18, 2, 62)]);
        let all = distributions(&[p]);
        for d in &all {
            assert!(
                (d.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12,
                "{}",
                d.name
            );
        }
        let at = |name: &str, value: f64| {
            let d = all.iter().find(|d| d.name == name).unwrap();
            d.shares[((value - d.first) / d.step) as usize]
        };
        assert!((at("Note length", 4.0) - 2.0 / 3.0).abs() < 1e-12);
        assert!((at("Place in the bar", 2.0) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(
            (at("Notes a bar", 2.0), at("Steps of the top line", -2.0)),
            (0.5, 0.5)
        );
    }
}
