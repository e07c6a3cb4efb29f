//! The unconditional figures of smdiff (systems.md 1.7) on octuples: how the notes of a set are spread, beside those of
//! the training songs.
//!
//! Two forms of the reference are kept under `-reference`: the published one leaves pitch 0 out, and the seed commit
//! counted duration codes to 31 only. Its guide values ("self-similarity above .9 is poor") are guesses: real music has
//! .964.

use crate::evaluation::registry::{Direction, Family, Measure, Metric, Sets, Statistic};
use crate::evaluation::sample::Sample;
use crate::evaluation::statistics::{cosine, count, distance, kl, pooled};

/// Rows of a window of `self_similarity`.
const WINDOW: usize = 64;
/// Duration codes that count in `sample_diversity`.
const CODES: usize = 32;

const OF: Family = Family {
    name: "smdiff",
    source: "smdiff (Octuple_MDLM), octuple form",
};

/// The entries.
pub const METRICS: &[Metric] = &[
    OF.entry(
        "pch_kl",
        "Pitch classes, distance",
        "nats",
        Direction::Lower,
        "How far the shares of the twelve pitch classes lie from those of the reference.",
        Measure::Sets(|s| histograms(s, "pch", |p| pitch_classes(p, 0))),
    ),
    OF.entry(
        "pch_kl-reference",
        "Pitch classes, distance (pitch 0 left out)",
        "nats",
        Direction::Lower,
        "As pch_kl; the published form skips pitch 0.",
        Measure::Sets(|s| histograms(s, "pch-reference", |p| pitch_classes(p, 1))),
    ),
    OF.entry(
        "duration_kl",
        "Note lengths, distance",
        "nats",
        Direction::Lower,
        "How far the shares of note lengths lie from those of the reference.",
        Measure::Sets(|s| histograms(s, "duration", |p| durations(p, 128))),
    ),
    OF.entry(
        "duration_kl-reference",
        "Note lengths, distance (short notes only)",
        "nats",
        Direction::Lower,
        "As duration_kl; the seed commit counted the 32 shortest lengths only.",
        Measure::Sets(|s| histograms(s, "duration-reference", |p| durations(p, 32))),
    ),
    OF.entry(
        "velocity_kl",
        "Loudness, distance",
        "nats",
        Direction::Lower,
        "How far the shares of loudness steps lie from those of the reference.",
        Measure::Sets(|s| histograms(s, "velocity", velocities)),
    ),
    OF.entry(
        "note_density_kl",
        "Notes a bar, distance",
        "nats",
        Direction::Lower,
        "How far the numbers of notes in a bar lie from those of the reference.",
        Measure::Sets(|s| histograms(s, "note_density", densities)),
    ),
    OF.entry(
        "self_similarity",
        "Likeness of neighbouring stretches of 64 notes",
        "cosine",
        Direction::Match,
        "How alike the pitches and lengths of one stretch of 64 notes and the next are; nearly all music scores .96.",
        Measure::Piece(self_similarity),
    ),
    OF.entry(
        "pitch_range_mean",
        "Pitch range",
        "semitones",
        Direction::Match,
        "Semitones between the lowest and the highest note of a piece.",
        Measure::Piece(range),
    ),
    OF.entry(
        "sample_diversity",
        "Difference between pieces",
        "notes",
        Direction::Match,
        "How far the note counts of two pieces of the set lie apart on average; it grows with their length.",
        Measure::Sets(diversity),
    ),
    OF.entry(
        "valid_samples_pct",
        "Legal pieces",
        "%",
        Direction::Higher,
        "Share of pieces that have notes and whose tokens are all legal.",
        Measure::Piece(|p| Some(if p.valid { 100.0 } else { 0.0 })),
    ),
];

/// KL of the reference's pooled histogram from that of the judged. `name` is what the reference keeps its own by.
pub(super) fn histograms<'a>(
    sets: Sets<'a>,
    name: &'static str,
    of: impl Fn(&Sample) -> Vec<f64>,
) -> Option<Statistic<'a>> {
    let judged: Vec<Vec<f64>> = sets.judged.iter().map(&of).collect();
    let reference = sets.reference.kept(name, 0, |set| {
        let mut all: Vec<f64> = Vec::new();
        for piece in set.iter() {
            let h = of(piece);
            all.resize(all.len().max(h.len()), 0.0);
            all.iter_mut().zip(h).for_each(|(a, b)| *a += b);
        }
        all
    });
    let empty = |h: &[f64]| h.iter().sum::<f64>() == 0.0;
    if empty(&reference) {
        return None;
    }
    Some(Box::new(move |chosen: &[usize]| {
        let set = pooled(&judged, chosen);
        (!empty(&set)).then(|| kl(&reference, &set))
    }))
}

fn pitch_classes(piece: &Sample, lowest: u8) -> Vec<f64> {
    let mut h = vec![0.0; 12];
    for n in piece.pitched().filter(|n| n.pitch >= lowest) {
        h[usize::from(n.pitch % 12)] += 1.0;
    }
    h
}

fn durations(piece: &Sample, codes: u8) -> Vec<f64> {
    let mut h = vec![0.0; usize::from(codes)];
    for n in piece.notes.iter().filter(|n| n.duration_code < codes) {
        h[usize::from(n.duration_code)] += 1.0;
    }
    h
}

fn velocities(piece: &Sample) -> Vec<f64> {
    let mut h = vec![0.0; 128];
    for n in &piece.notes {
        h[usize::from(n.velocity / 4)] += 1.0;
    }
    h
}

/// How many bars have how many notes; bars without are not counted.
fn densities(piece: &Sample) -> Vec<f64> {
    let mut h = Vec::new();
    for bar in piece.by_bar().iter().filter(|b| !b.is_empty()) {
        count(&mut h, bar.len());
    }
    h
}

/// Rows are cut in windows of 64, each described by its pitches and its duration codes side by side; the mean cosine of
/// neighbours, 0 of fewer than two windows.
fn self_similarity(piece: &Sample) -> Option<f64> {
    let windows: Vec<Vec<f64>> = piece
        .notes
        .chunks_exact(WINDOW)
        .map(|w| {
            let pitches = w.iter().map(|n| f64::from(n.pitch));
            let codes = w.iter().map(|n| f64::from(n.duration_code));
            pitches.chain(codes).collect()
        })
        .collect();
    if windows.len() < 2 {
        return Some(0.0);
    }
    let sum: f64 = windows.windows(2).map(|w| cosine(&w[0], &w[1])).sum();
    Some(sum / (windows.len() - 1) as f64)
}

/// Semitones from the lowest to the highest note.
pub(super) fn range(piece: &Sample) -> Option<f64> {
    let low = piece.pitched().map(|n| n.pitch).min()?;
    let high = piece.pitched().map(|n| n.pitch).max()?;
    Some(f64::from(high - low))
}

/// The mean distance of all pairs of feature vectors.
pub(super) fn spread<'a>(features: Vec<Vec<f64>>) -> Option<Statistic<'a>> {
    if features.len() < 2 {
        return None;
    }
    let n = features.len();
    let mut apart = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..i {
            let d = distance(&features[i], &features[j]);
            (apart[i * n + j], apart[j * n + i]) = (d, d);
        }
    }
    Some(Box::new(move |chosen: &[usize]| {
        let (mut sum, mut pairs) = (0.0, 0usize);
        for (at, i) in chosen.iter().enumerate() {
            // A piece drawn twice by a resample is no pair: nothing says how two such pieces would differ.
            for j in chosen[..at].iter().filter(|j| *j != i) {
                sum += apart[i * n + j];
                pairs += 1;
            }
        }
        (pairs > 0).then(|| sum / pairs as f64)
    }))
}

fn diversity<'a>(sets: Sets<'a>) -> Option<Statistic<'a>> {
    let features = sets.judged.iter().map(|p| {
        let mut h = pitch_classes(p, 0);
        h.extend(durations(p, CODES as u8));
        h
    });
    spread(features.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::set::Set;
    use crate::evaluation::testing::piece;

    #[test]
    fn the_histograms_count_what_they_say() {
        // (start in 16ths, length in 16ths, pitch)
        let p = piece(&[(0, 4, 60), (0, 4, 72), (4, 2, 61), (40, 4, 0)]);
        assert_eq!(pitch_classes(&p, 0)[..2], [3.0, 1.0]);
        assert_eq!(pitch_classes(&p, 1)[..2], [2.0, 1.0]);
        // A quarter has code 16, an eighth 8.
        assert_eq!((durations(&p, 128)[16], durations(&p, 128)[8]), (3.0, 1.0));
        assert_eq!(durations(&p, 16).iter().sum::<f64>(), 1.0);
        // One bar of three notes, an empty one that is not counted, one of one.
        assert_eq!(densities(&p), [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(range(&p), Some(72.0));
    }

    #[test]
    fn a_set_lies_at_no_distance_from_itself() {
        let set = Set::of([piece(&[(0, 4, 60), (4, 2, 64)]), piece(&[(0, 1, 67)])]);
        let sets = Sets {
            judged: &set,
            reference: &set,
        };
        for metric in METRICS {
            if let Measure::Sets(f) = metric.measure
                && metric.direction == Direction::Lower
            {
                let value = f(sets).unwrap()(&[0, 1]).unwrap();
                assert!(value.abs() < 1e-9, "{} {value}", metric.key);
            }
        }
    }

    #[test]
    fn the_divergence_is_of_the_reference_from_the_judged() {
        // Reference counts 3, 1 of two classes; judged 1, 1, 1, 1 of four.
        let notes = |pitches: &[u8]| -> Vec<(u32, u32, u8)> {
            pitches.iter().zip(0..).map(|(p, i)| (i, 1, *p)).collect()
        };
        let reference = Set::of([piece(&notes(&[60, 60, 60, 61]))]);
        let judged = Set::of([piece(&notes(&[60, 61, 62, 63]))]);
        let sets = Sets {
            judged: &judged,
            reference: &reference,
        };
        let value = histograms(sets, "pch", |p| pitch_classes(p, 0)).unwrap()(&[0]).unwrap();
        assert!((value - 0.823959).abs() < 1e-6, "{value}");
    }

    #[test]
    fn neighbours_that_are_the_same_have_cosine_one() {
        let notes: Vec<(u32, u32, u8)> = (0..192).map(|i| (i, 1, 60)).collect();
        assert!((self_similarity(&piece(&notes)).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(self_similarity(&piece(&notes[..100])), Some(0.0));
    }

    #[test]
    fn diversity_is_the_distance_of_counts() {
        // Counts differ by 3 in one class and 4 in one length.
        let a = piece(&[(0, 1, 60)]);
        let b = piece(&[(0, 1, 60), (1, 2, 60), (3, 2, 60), (5, 2, 60)]);
        let set = Set::of([a, b]);
        let sets = Sets {
            judged: &set,
            reference: &set,
        };
        let value = diversity(sets).unwrap()(&[0, 1]).unwrap();
        assert!((value - 18f64.sqrt()).abs() < 1e-12, "{value}");
        assert_eq!(diversity(sets).unwrap()(&[1, 1]), None);
    }
}
