//! The unconditional figures of smdiff on its grid (systems.md 1.7): each track a monophonic line of 16ths.

use super::smdiff::{histograms, spread};
use crate::evaluation::registry::{Direction, Family, Measure, Metric, Sets, Statistic};
use crate::evaluation::sample::Sample;
use crate::evaluation::statistics::{cosine, count};

/// Steps of a bar of the grid, which knows 4/4 only.
const BAR: u32 = 16;
/// Steps of a window of `grid_self_similarity`.
const WINDOW: u32 = 64;

const OF: Family = Family {
    name: "smdiff grid",
    source: "smdiff (Octuple_MDLM), grid form",
};

/// The entries. Keys that the octuple form has as well begin with `grid_` here.
pub const METRICS: &[Metric] = &[
    OF.entry(
        "grid_pch_kl",
        "Pitch classes of the lines, distance",
        "nats",
        Direction::Lower,
        "How far the pitch classes of the tracks, one note at a time, lie from those of the reference.",
        Measure::Sets(|s| histograms(s, "grid pch", classes)),
    ),
    OF.entry(
        "grid_duration_kl",
        "Note lengths of the lines, distance",
        "nats",
        Direction::Lower,
        "How far the lengths in 16ths, from one event to the next, lie from those of the reference.",
        Measure::Sets(|s| histograms(s, "grid duration", durations)),
    ),
    OF.entry(
        "grid_note_density_kl",
        "Onsets a bar of the lines, distance",
        "nats",
        Direction::Lower,
        "How far the numbers of onsets in a bar, all tracks together, lie from those of the reference.",
        Measure::Sets(|s| histograms(s, "grid note_density", densities)),
    ),
    OF.entry(
        "grid_self_similarity",
        "Likeness of neighbouring stretches of four bars",
        "cosine",
        Direction::Match,
        "How alike the pitch classes of four bars and of the next four are.",
        Measure::Piece(self_similarity),
    ),
    OF.entry(
        "grid_sample_diversity",
        "Difference between pieces in pitch classes",
        "distance",
        Direction::Match,
        "How far the pitch-class profiles of two pieces of the set lie apart on average.",
        Measure::Sets(diversity),
    ),
    OF.entry(
        "duration_mean",
        "Note length",
        "16ths",
        Direction::Match,
        "Mean length of the notes of the lines.",
        Measure::Piece(duration_mean),
    ),
];

fn notes(piece: &Sample) -> Vec<(u32, u32, u8)> {
    piece.lines().concat()
}

fn classes(piece: &Sample) -> Vec<f64> {
    let mut h = vec![0.0; 12];
    for (_, _, pitch) in notes(piece) {
        h[usize::from(pitch % 12)] += 1.0;
    }
    h
}

/// A symbol and the zeros after it: an onset lasts to the next event, which is its own end or the next onset.
fn durations(piece: &Sample) -> Vec<f64> {
    let mut h = Vec::new();
    for (_, steps, _) in notes(piece).into_iter().filter(|n| n.1 < 128) {
        count(&mut h, steps as usize);
    }
    h
}

/// How many bars of 16 steps have how many onsets, empty bars as well.
fn densities(piece: &Sample) -> Vec<f64> {
    let notes = notes(piece);
    let steps = notes.iter().map(|n| n.0 + n.1).max().unwrap_or(0);
    let bars = steps.div_ceil(BAR).max(piece.bars) as usize;
    let mut onsets = vec![0usize; bars];
    for (step, _, _) in notes {
        onsets[(step / BAR) as usize] += 1;
    }
    let mut h = Vec::new();
    onsets.into_iter().for_each(|n| count(&mut h, n));
    h
}

/// Mean cosine of the pitch-class histograms of neighbouring windows of 64 steps; two empty ones are alike (1), one
/// empty one is not (0).
fn self_similarity(piece: &Sample) -> Option<f64> {
    let mut windows: Vec<Vec<f64>> = Vec::new();
    for (step, _, pitch) in notes(piece) {
        let at = (step / WINDOW) as usize;
        windows.resize(windows.len().max(at + 1), vec![0.0; 12]);
        windows[at][usize::from(pitch % 12)] += 1.0;
    }
    if windows.len() < 2 {
        return None;
    }
    let empty = |w: &[f64]| w.iter().all(|x| *x == 0.0);
    let alike = windows
        .windows(2)
        .map(|w| match (empty(&w[0]), empty(&w[1])) {
            (true, true) => 1.0,
            _ => cosine(&w[0], &w[1]),
        });
    Some(alike.sum::<f64>() / (windows.len() - 1) as f64)
}

fn diversity<'a>(sets: Sets<'a>) -> Option<Statistic<'a>> {
    let unit = |p: &Sample| {
        let h = classes(p);
        let norm = h.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-10);
        h.into_iter().map(|x| x / norm).collect()
    };
    spread(sets.judged.iter().map(unit).collect())
}

fn duration_mean(piece: &Sample) -> Option<f64> {
    let notes = notes(piece);
    let sum: u32 = notes.iter().map(|n| n.1).sum();
    (!notes.is_empty()).then(|| f64::from(sum) / notes.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::piece;

    #[test]
    fn a_line_is_counted_as_its_symbols() {
        // The chord's top note counts; it is cut by the next onset.
        let p = piece(&[(0, 8, 60), (0, 8, 64), (4, 4, 62), (40, 2, 60)]);
        assert_eq!(durations(&p), [0.0, 0.0, 1.0, 0.0, 2.0]);
        // Bars of 2, 0 and 1 onsets.
        assert_eq!(densities(&p), [1.0, 1.0, 1.0]);
        assert_eq!(duration_mean(&p), Some(10.0 / 3.0));
        assert_eq!(
            (classes(&p)[0], classes(&p)[2], classes(&p)[4]),
            (1.0, 1.0, 1.0)
        );
    }

    #[test]
    fn empty_windows_are_like_each_other_only() {
        let p = piece(&[(0, 1, 60), (200, 1, 60)]);
        // Windows 0 and 3 sound, 1 and 2 do not: 0, 1, 0.
        assert!((self_similarity(&p).unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(self_similarity(&piece(&[(0, 1, 60)])), None);
    }
}
