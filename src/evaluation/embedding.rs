//! A bar as a short list of numbers: the in-house embedding behind the Fréchet distances and the self-similarity matrix.
//!
//! It is no trained network and claims no ear: sixteen numbers a bar that anyone can recompute. Where a published system
//! has latents of its own encoder (PhraseLDM), figures on this embedding carry names of their own and are not to be
//! compared with its figures.

use super::sample::{Sample, SampleNote};
use crate::score::theory::{best_major_tonic, pitch_class_counts};

/// Numbers of a bar: seven on the steps of the scale, four on the beats, five on register, length and density.
pub const SIZE: usize = 16;

/// The bars of a piece, empty ones as zeros. Pitch classes are counted from the tonic of the piece's scale, so that the
/// key does not matter:
/// - 0..=6 shares of the seven scale degrees, 1 less their sum being what lies outside;
/// - 7..=10 shares of onsets in each quarter of the bar;
/// - 11 mean pitch over 24 semitones from 60; 12 deviation of the pitch over 12; 13 mean logarithm (base 2) of the
///   length in quarters, over 2; 14 logarithm (base 2) of the number of notes, over 4; 15 share of onsets between 8ths.
pub fn bars(piece: &Sample) -> Vec<[f64; SIZE]> {
    const DEGREES: [usize; 12] = [0, 7, 1, 7, 2, 3, 7, 4, 7, 5, 7, 6];
    let tonic = best_major_tonic(&pitch_class_counts(piece.pitched().map(|n| n.pitch)));
    let lengths = piece.bar_starts.windows(2).map(|w| (w[1] - w[0]).max(1));
    let bar = |(notes, length): (&[SampleNote], u32)| {
        let mut v = [0.0; SIZE];
        let notes: Vec<&SampleNote> = notes.iter().filter(|n| !n.drum).collect();
        if notes.is_empty() {
            return v;
        }
        let share = 1.0 / notes.len() as f64;
        let positions = (16 * length).div_ceil(piece.ppq.max(1)).max(1);
        let mut pitch = (0.0, 0.0);
        for n in &notes {
            let degree = DEGREES[usize::from((n.pitch + 12 - tonic) % 12)];
            if degree < 7 {
                v[degree] += share;
            }
            v[7 + ((4 * n.position / positions) as usize).min(3)] += share;
            let p = f64::from(n.pitch);
            pitch = (pitch.0 + p * share, pitch.1 + p * p * share);
            let quarters = f64::from((n.end - n.start).max(1)) / f64::from(piece.ppq.max(1));
            v[13] += share * quarters.log2() / 2.0;
            v[15] += share * f64::from(u8::from(n.position % 8 > 1 && n.position % 8 < 7));
        }
        v[11] = (pitch.0 - 60.0) / 24.0;
        v[12] = (pitch.1 - pitch.0 * pitch.0).max(0.0).sqrt() / 12.0;
        v[14] = (notes.len() as f64).log2() / 4.0;
        v
    };
    piece.by_bar().into_iter().zip(lengths).map(bar).collect()
}

/// The self-similarity matrix of a piece, row by row: the cosine of its bars after the mean bar of the piece is taken
/// away, so that what all bars share counts for nothing. Empty bars are alike and like no other.
pub fn self_similarity(piece: &Sample) -> Vec<Vec<f64>> {
    let bars = bars(piece);
    let sounding: Vec<&[f64; SIZE]> = bars
        .iter()
        .filter(|b| b.iter().any(|x| *x != 0.0))
        .collect();
    let mut mean = [0.0; SIZE];
    for b in &sounding {
        mean.iter_mut()
            .zip(*b)
            .for_each(|(m, x)| *m += x / sounding.len() as f64);
    }
    let centred: Vec<Option<Vec<f64>>> = bars
        .iter()
        .map(|b| {
            let some = b.iter().any(|x| *x != 0.0);
            some.then(|| b.iter().zip(mean).map(|(x, m)| x - m).collect())
        })
        .collect();
    let alike = |a: usize, b: usize| match (&centred[a], &centred[b]) {
        // Bars that are the mean itself have no direction; equal ones are alike all the same.
        (Some(_), Some(_)) if bars[a] == bars[b] => 1.0,
        (Some(x), Some(y)) => super::statistics::cosine(x, y),
        (None, None) => 1.0,
        _ => 0.0,
    };
    (0..bars.len())
        .map(|a| (0..bars.len()).map(|b| alike(a, b)).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::piece;

    #[test]
    fn the_key_does_not_matter_and_the_rhythm_does() {
        let notes = |up: u8, late: u32| -> Vec<(u32, u32, u8)> {
            let scale = [60, 62, 64, 65, 67, 69, 71, 72];
            scale
                .iter()
                .zip(0..)
                .map(|(p, i)| (2 * i + late, 2, p + up))
                .collect()
        };
        let (a, b) = (bars(&piece(&notes(0, 0))), bars(&piece(&notes(5, 0))));
        for (i, (x, y)) in a[0].iter().zip(&b[0]).enumerate().filter(|(i, _)| *i != 11) {
            assert!((x - y).abs() < 1e-9, "{i}: {x} {y}");
        }
        assert!((b[0][11] - a[0][11] - 5.0 / 24.0).abs() < 1e-9);
        // The tonic stands twice among eight notes.
        assert!((a[0][0] - 0.25).abs() < 1e-12);
        assert_eq!(&a[0][7..11], &[0.25; 4]);
        assert_eq!(
            (a[0][15], bars(&piece(&notes(0, 1)))[0][15]),
            (0.0, 7.0 / 7.0)
        );
    }

    #[test]
    fn equal_bars_are_alike_and_empty_ones_only_to_each_other() {
        let p = piece(&[(0, 4, 60), (16, 4, 60), (64, 4, 67), (72, 4, 71)]);
        let m = self_similarity(&p);
        assert_eq!((m[0][1], m[2][3], m[0][2]), (1.0, 1.0, 0.0));
        assert!(m[0][4] < 0.5 && (m[0][4] - m[4][0]).abs() < 1e-12);
    }
}
