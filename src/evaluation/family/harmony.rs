//! Key and chords: the share of notes outside the key (FGG, Zhu et al. 2024) and the share of chords found again
//! (GETMusic, Lv et al. 2023).

use crate::evaluation::hole::Hole;
use crate::evaluation::metrics;
use crate::evaluation::registry::{Direction, Measure, Metric};
use crate::evaluation::sample::Sample;
use crate::score::chord::{Chord, ChordSpan, detect};
use crate::score::theory::{best_major_tonic, in_major, pitch_class_counts};

const FAMILY: &str = "harmony";

/// The entries.
pub const METRICS: &[Metric] = &[
    Metric {
        key: "out_of_scale",
        title: "Notes outside the key of the piece",
        unit: "share",
        direction: Direction::Match,
        family: FAMILY,
        source: "FGG (Zhu et al. 2024), the key being the major scale that holds most notes",
        about: "Share of notes outside the one major scale that fits the piece best; real songs have a few.",
        measure: Measure::Piece(out_of_scale),
        slow: false,
    },
    Metric {
        key: "out_of_key",
        title: "Notes outside the key of the context",
        unit: "share",
        direction: Direction::Match,
        family: FAMILY,
        source: "FGG (Zhu et al. 2024)",
        about: "Share of the new notes outside the major scale that fits the bars around the hole best.",
        measure: Measure::Hole(|h| {
            let context: Vec<_> = h.before.iter().chain(&h.after).copied().collect();
            metrics::out_of_key_share(&h.filled, &context)
        }),
        slow: false,
    },
    Metric {
        key: "chord_accuracy",
        title: "Chords found again",
        unit: "share",
        direction: Direction::Higher,
        family: FAMILY,
        source: "GETMusic (Lv et al. 2023), with our own chord detector, by beats",
        about: "Share of the beats of the hole whose chord, root and kind, is that of the original.",
        measure: Measure::Hole(chord_accuracy),
        slow: false,
    },
];

fn out_of_scale(piece: &Sample) -> Option<f64> {
    let counts = pitch_class_counts(piece.pitched().map(|n| n.pitch));
    let all: u32 = counts.iter().sum();
    let tonic = best_major_tonic(&counts);
    let inside: u32 = (0u8..12)
        .zip(counts)
        .filter(|(c, _)| in_major(*c, tonic))
        .map(|(_, n)| n)
        .sum();
    (all > 0).then(|| 1.0 - f64::from(inside) / f64::from(all))
}

fn chord_accuracy(hole: &Hole) -> Option<f64> {
    let (old, new) = (detect(&hole.window), detect(&hole.new_window));
    let lines = hole.window.bars();
    let (start, end) = (lines.start(hole.bars.start), lines.start(hole.bars.end));
    let beat = u32::from(hole.window.ppq.max(1));
    let at = |spans: &[ChordSpan], tick: u32| -> Option<Chord> {
        spans
            .iter()
            .find(|s| (s.start..s.end).contains(&tick))?
            .chord
    };
    let (mut same, mut all) = (0usize, 0usize);
    for tick in (start..end).step_by(beat as usize) {
        // Where the original sounds no chord there is none to find.
        if let Some(chord) = at(&old, tick) {
            all += 1;
            same += usize::from(at(&new, tick) == Some(chord));
        }
    }
    (all > 0).then(|| same as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Protocol;
    use crate::evaluation::baselines::originals;
    use crate::evaluation::testing::{piece, score};

    #[test]
    fn a_chromatic_note_in_ten_is_a_tenth_outside() {
        let scale = [60, 62, 64, 65, 67, 69, 71, 72, 74, 73];
        let notes: Vec<_> = scale.iter().zip(0..).map(|(p, i)| (i, 1, *p)).collect();
        assert!((out_of_scale(&piece(&notes)).unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(out_of_scale(&piece(&[])), None);
    }

    #[test]
    fn chords_are_found_again_where_they_are_the_same() {
        // C major in even bars, G major in odd ones, in root position and whole notes.
        let triad = |bar: u32| {
            let root = if bar.is_multiple_of(2) { 48 } else { 43 };
            [0, 4, 7].map(|step| (bar * 16, 16, root + step))
        };
        let notes: Vec<_> = (0..16).flat_map(triad).collect();
        let score = score(&notes);
        let case = Protocol::default().case(&score, 0).unwrap();
        let mut written = originals(&score, &case.mask(&score));
        let accuracy = |written: &[_]| chord_accuracy(&Hole::of("x", &score, &case, written));
        assert_eq!(accuracy(&written), Some(1.0));
        // The first two bars of the four become D flat major.
        for n in written.iter_mut().filter(|n| n.start < 8 * 1920) {
            n.pitch = if n.start < 7 * 1920 {
                n.pitch + 1
            } else {
                n.pitch + 6
            };
        }
        assert_eq!(accuracy(&written), Some(0.5));
    }
}
