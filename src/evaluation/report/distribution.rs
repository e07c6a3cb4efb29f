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
    /// What is shown, in a sentence.
    #[serde(default)]
    pub about: String,
    /// Value at the first place, and from one to the next.
    pub first: f64,
    pub step: f64,
    /// Shares, summing to one.
    pub shares: Vec<f64>,
}

/// What is counted.
struct Kind {
    name: &'static str,
    axis: &'static str,
    about: &'static str,
    first: f64,
    step: f64,
    places: usize,
    /// The place of a note, or none.
    place: fn(&SampleNote) -> Option<usize>,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "Pitch",
        axis: "MIDI pitch (60 is middle C)",
        about: "How many of a hundred notes have each pitch.",
        first: 0.0,
        step: 1.0,
        places: 128,
        place: |n| (!n.drum).then_some(usize::from(n.pitch)),
    },
    Kind {
        name: "Note length",
        axis: "16th notes",
        about: "How many of a hundred notes are so long; the last place holds all that are longer.",
        first: 1.0,
        step: 1.0,
        places: 32,
        place: |n| Some((n.steps.max(1) as usize - 1).min(31)),
    },
    // Steps of eight: models write fewer loudnesses than MIDI has, and finer steps would show combs.
    Kind {
        name: "Loudness",
        axis: "MIDI velocity (1 very soft, 127 very loud)",
        about: "How many of a hundred notes are so loud, in steps of eight.",
        first: 0.0,
        step: 8.0,
        places: 16,
        place: |n| Some(usize::from(n.velocity / 8)),
    },
    Kind {
        name: "Place in the bar",
        axis: "16ths from the bar line",
        about: "How many of a hundred notes begin on each 16th of the bar.",
        first: 0.0,
        step: 1.0,
        places: 24,
        place: |n| Some((n.position / 4).min(23) as usize),
    },
];

/// The histograms of a set: pitch, length, loudness, place in the bar, notes a bar, melodic intervals.
pub fn distributions(pieces: &[Sample]) -> Vec<Distribution> {
    let mut all: Vec<Distribution> = KINDS
        .iter()
        .map(|kind| {
            let mut counts = vec![0.0; kind.places];
            for piece in pieces {
                for at in piece.notes.iter().filter_map(kind.place) {
                    if let Some(count) = counts.get_mut(at) {
                        *count += 1.0;
                    }
                }
            }
            made(
                kind.name,
                kind.axis,
                kind.about,
                (kind.first, kind.step),
                counts,
            )
        })
        .collect();
    let mut density = vec![0.0; 64];
    let mut intervals = vec![0.0; 49];
    for piece in pieces {
        let bars = piece.by_bar();
        // Behind the last onset notes only ring out.
        let some = bars
            .iter()
            .rposition(|b| !b.is_empty())
            .map_or(0, |b| b + 1);
        for bar in bars.iter().take(some) {
            density[bar.len().min(63)] += 1.0;
        }
        for w in piece.skyline().windows(2) {
            let up = i32::from(w[1].pitch) - i32::from(w[0].pitch);
            intervals[(up.clamp(-24, 24) + 24) as usize] += 1.0;
        }
    }
    all.push(made(
        "Notes a bar",
        "notes",
        "How many of a hundred bars have so many notes, all tracks together.",
        (0.0, 1.0),
        density,
    ));
    all.push(made(
        "Steps of the top line",
        "semitones up (+) or down (-)",
        "How many of a hundred steps from one note of the top line to the next are so wide.",
        (-24.0, 1.0),
        intervals,
    ));
    all
}

/// A distribution from counts; `places` are the value of the first place and the step to the next.
fn made(name: &str, axis: &str, about: &str, places: (f64, f64), counts: Vec<f64>) -> Distribution {
    let sum: f64 = counts.iter().sum();
    Distribution {
        name: name.into(),
        axis: axis.into(),
        about: about.into(),
        first: places.0,
        step: places.1,
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
