//! How alike bars are in harmony and in rhythm (MuseMorphose, Wu and Yang 2021): in a hole, each bar and the bar it
//! replaces; in a piece, each bar and the next, which tells real music from bars in any order.

use crate::evaluation::hole::Hole;
use crate::evaluation::registry::{Direction, Measure, Metric};
use crate::evaluation::sample::Sample;
use crate::evaluation::statistics::cosine;

const fn entry(
    key: &'static str,
    title: &'static str,
    direction: Direction,
    about: &'static str,
    measure: Measure,
) -> Metric {
    Metric {
        key,
        title,
        unit: "cosine",
        direction,
        family: "neighbours",
        source: "MuseMorphose (Wu and Yang 2021)",
        about,
        measure,
        slow: false,
    }
}

/// The entries.
pub const METRICS: &[Metric] = &[
    entry(
        "chroma_similarity",
        "Likeness in pitch classes",
        Direction::Higher,
        "How alike the pitch classes of each new bar and of the bar it replaces are.",
        Measure::Hole(|h| replaced(h, 12, |pitch, _| usize::from(pitch % 12))),
    ),
    entry(
        "groove_similarity",
        "Likeness in rhythm",
        Direction::Higher,
        "How alike the onsets of each new bar and of the bar it replaces are, 16th by 16th.",
        Measure::Hole(|h| replaced(h, GROOVE, |_, step| step)),
    ),
    entry(
        "chroma_similarity_next",
        "Likeness of a bar and the next in pitch classes",
        Direction::Match,
        "How alike the pitch classes of a bar and of the next one are: chord changes.",
        Measure::Piece(|p| next(p, 1, 12, |pitch, _| usize::from(pitch % 12))),
    ),
    entry(
        "groove_similarity_next",
        "Likeness of a bar and the next in rhythm",
        Direction::Match,
        "How alike the onsets of a bar and of the next one are, 16th by 16th.",
        Measure::Piece(|p| next(p, 1, GROOVE, |_, step| step)),
    ),
    entry(
        "chroma_similarity_four",
        "Likeness of a bar and the one four bars on in pitch classes",
        Direction::Match,
        "How alike the pitch classes of a bar and of the bar four later are: phrases that come back.",
        Measure::Piece(|p| next(p, 4, 12, |pitch, _| usize::from(pitch % 12))),
    ),
];

/// 16ths of the longest bar told apart.
const GROOVE: usize = 32;

fn replaced(hole: &Hole, size: usize, bin: impl Fn(u8, usize) -> usize) -> Option<f64> {
    let vectors = |notes: &[_]| -> Vec<Vec<f64>> {
        let bars = hole.by_bar(notes).into_iter().zip(&hole.bar_steps);
        bars.map(|(bar, start)| {
            let mut v = vec![0.0; size];
            for n in bar.iter().filter(|n| n.pitched || size == GROOVE) {
                let at = bin(n.pitch, (n.onset - start).max(0) as usize);
                v[at.min(size - 1)] += 1.0;
            }
            v
        })
        .collect()
    };
    mean_cosine(vectors(&hole.original).iter().zip(&vectors(&hole.filled)))
}

fn next(
    piece: &Sample,
    apart: usize,
    size: usize,
    bin: impl Fn(u8, usize) -> usize,
) -> Option<f64> {
    let bars: Vec<Vec<f64>> = piece
        .by_bar()
        .into_iter()
        .map(|bar| {
            let mut v = vec![0.0; size];
            for n in bar.iter().filter(|n| !n.drum || size == GROOVE) {
                let at = bin(n.pitch, ((n.position + 2) / 4) as usize);
                v[at.min(size - 1)] += 1.0;
            }
            v
        })
        .collect();
    mean_cosine(bars.iter().zip(bars.get(apart..)?))
}

/// Mean cosine over the pairs in which either has notes.
fn mean_cosine<'a>(pairs: impl Iterator<Item = (&'a Vec<f64>, &'a Vec<f64>)>) -> Option<f64> {
    let some = |v: &[f64]| v.iter().any(|x| *x != 0.0);
    let alike: Vec<f64> = pairs
        .filter(|(a, b)| some(a) || some(b))
        .map(|(a, b)| cosine(a, b))
        .collect();
    (!alike.is_empty()).then(|| alike.iter().sum::<f64>() / alike.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::piece;

    #[test]
    fn bars_are_alike_in_what_they_share() {
        // C and E; then C and G on the same beats; then nothing; then C alone.
        let p = piece(&[
            (0, 4, 60),
            (8, 4, 64),
            (16, 4, 72),
            (24, 4, 67),
            (48, 4, 60),
        ]);
        let chroma = next(&p, 1, 12, |pitch, _| usize::from(pitch % 12)).unwrap();
        assert!((chroma - (0.5 + 0.0 + 0.0) / 3.0).abs() < 1e-12, "{chroma}");
        let groove = next(&p, 1, GROOVE, |_, step| step).unwrap();
        assert!((groove - 1.0 / 3.0).abs() < 1e-12, "{groove}");
        assert_eq!(next(&p, 9, 12, |pitch, _| usize::from(pitch % 12)), None);
    }
}
