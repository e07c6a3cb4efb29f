//! mgeval (Yang and Lerch 2020): for each of nine features, the distances within a set and the distances between two
//! sets are each made a smooth density; their divergence and common area tell whether one set could be part of the other.
//!
//! mgeval takes the divergence of two densities on two different axes (each over its own range), which is kept under
//! `-reference`; corrected, both stand on the axis that holds all distances. Times are in quarters, not in seconds.

use crate::evaluation::registry::{Direction, Measure, Metric, Sets, Statistic};
use crate::evaluation::sample::{Sample, SampleNote};
use crate::evaluation::statistics::{density, distance};

/// Places a density is taken at, as in mgeval.
const PLACES: usize = 1000;
/// Bins that distances are put in for resampled sets.
const BINS: usize = 256;
/// Pieces of a reference that are compared with; distances are of pairs.
const MOST: usize = 100;
/// A note follows another that begins within a tenth of a quarter of its end (0.05 s at 120 in pretty_midi).
const NEXT: u32 = 10;

type Feature = fn(&Sample) -> Vec<f64>;

/// The nine features.
const FEATURES: [Feature; 9] = [
    |p| vec![pitches(p)],
    pitch_class_histogram,
    pitch_class_transitions,
    |p| vec![super::smdiff::range(p).unwrap_or(0.0)],
    |p| vec![average_interval(p)],
    |p| vec![p.notes.len() as f64],
    |p| vec![average_onset_interval(p)],
    note_length_histogram,
    note_length_transitions,
];

macro_rules! feature {
    ($at:literal, $name:literal, $title:literal) => {
        [
            entry(
                concat!("mgeval_", $name, "_kl"),
                concat!($title, ": divergence of distances"),
                "nats",
                Direction::Lower,
                "How far the differences within the set are spread otherwise than those to the reference.",
                |s| compare(s, $at, Figure::Kl),
            ),
            entry(
                concat!("mgeval_", $name, "_kl-reference"),
                concat!($title, ": divergence of distances (as mgeval takes it)"),
                "nats",
                Direction::Lower,
                "As the corrected form; mgeval compares the two densities at different places.",
                |s| compare(s, $at, Figure::KlReference),
            ),
            entry(
                concat!("mgeval_", $name, "_oa"),
                concat!($title, ": common area of distances"),
                "share",
                Direction::Higher,
                "Area that the spread of differences within the set and of those to the reference have in common.",
                |s| compare(s, $at, Figure::Overlap),
            ),
            entry(
                concat!("mgeval_", $name, "_intra"),
                concat!($title, ": distance within the set"),
                "distance",
                Direction::Match,
                "Mean difference of two pieces of the set.",
                |s| compare(s, $at, Figure::Intra),
            ),
            entry(
                concat!("mgeval_", $name, "_inter"),
                concat!($title, ": distance to the reference"),
                "distance",
                Direction::Match,
                "Mean difference of a piece of the set and one of the reference.",
                |s| compare(s, $at, Figure::Inter),
            ),
        ]
    };
}

const fn entry(
    key: &'static str,
    title: &'static str,
    unit: &'static str,
    direction: Direction,
    about: &'static str,
    measure: for<'a> fn(Sets<'a>) -> Option<Statistic<'a>>,
) -> Metric {
    Metric {
        key,
        title,
        unit,
        direction,
        family: "mgeval",
        source: "mgeval (Yang and Lerch 2020)",
        about,
        measure: Measure::Sets(measure),
        slow: false,
    }
}

/// The entries: five figures of each feature.
pub const METRICS: &[Metric] = &{
    let table = [
        feature!(0, "pitch_count", "Pitches used"),
        feature!(1, "pch", "Pitch-class histogram"),
        feature!(2, "pctm", "Pitch-class transitions"),
        feature!(3, "pitch_range", "Pitch range"),
        feature!(4, "avg_interval", "Mean melodic interval"),
        feature!(5, "note_count", "Number of notes"),
        feature!(6, "avg_ioi", "Mean time between onsets"),
        feature!(7, "nlh", "Note-length histogram"),
        feature!(8, "nltm", "Note-length transitions"),
    ];
    let mut flat = [table[0][0]; 45];
    let mut i = 0;
    while i < 45 {
        flat[i] = table[i / 5][i % 5];
        i += 1;
    }
    flat
};

fn pitches(piece: &Sample) -> f64 {
    let mut seen = [false; 128];
    piece
        .pitched()
        .for_each(|n| seen[usize::from(n.pitch & 127)] = true);
    seen.iter().filter(|s| **s).count() as f64
}

/// Shares of the pitch classes by how long they sound.
fn pitch_class_histogram(piece: &Sample) -> Vec<f64> {
    let mut h = vec![0.0; 12];
    for n in piece.pitched() {
        h[usize::from(n.pitch % 12)] += f64::from(n.end - n.start);
    }
    let sum: f64 = h.iter().sum();
    h.into_iter()
        .map(|x| if sum > 0.0 { x / sum } else { 0.0 })
        .collect()
}

/// How often a note of one class is followed by one of another, counted in each track (rows: from; columns: to).
fn pitch_class_transitions(piece: &Sample) -> Vec<f64> {
    let mut m = vec![0.0; 144];
    for track in piece
        .by_track()
        .iter()
        .filter(|t| t.iter().all(|n| !n.drum))
    {
        for n in track {
            let near = piece.ppq / NEXT;
            let from = track.partition_point(|o| o.start + near <= n.end);
            for o in track[from..].iter().take_while(|o| o.start < n.end + near) {
                m[usize::from(n.pitch % 12) * 12 + usize::from(o.pitch % 12)] += 1.0;
            }
        }
    }
    m
}

/// Neighbours in each track, pitched ones only.
fn neighbours(piece: &Sample) -> Vec<(SampleNote, SampleNote)> {
    let tracks = piece
        .by_track()
        .into_iter()
        .filter(|t| t.iter().all(|n| !n.drum));
    tracks
        .flat_map(|t| t.windows(2).map(|w| (w[0], w[1])).collect::<Vec<_>>())
        .collect()
}

fn average_interval(piece: &Sample) -> f64 {
    let pairs = neighbours(piece);
    let sum: f64 = pairs
        .iter()
        .map(|(a, b)| f64::from(a.pitch.abs_diff(b.pitch)))
        .sum();
    sum / pairs.len().max(1) as f64
}

/// Quarters from one onset to the next, all tracks together, onsets that coincide counted as 0 apart.
fn average_onset_interval(piece: &Sample) -> f64 {
    let first = piece.notes.iter().map(|n| n.start).min().unwrap_or(0);
    let last = piece.notes.iter().map(|n| n.start).max().unwrap_or(0);
    let steps = piece.notes.len().saturating_sub(1).max(1);
    f64::from(last - first) / f64::from(piece.ppq.max(1)) / steps as f64
}

/// Which of twelve written lengths is nearest: whole to 16th, dotted half to dotted 16th, triplets of half, quarter, 8th.
fn written(n: &SampleNote, ppq: u32) -> usize {
    const LENGTHS: [i64; 12] = [96, 48, 24, 12, 6, 72, 36, 18, 9, 32, 16, 8];
    let length = i64::from(n.end - n.start) * 24;
    let apart = |l: &i64| (length - l * i64::from(ppq)).abs();
    let nearest = (0..12).min_by_key(|i| apart(&LENGTHS[*i]));
    nearest.unwrap_or(0)
}

fn note_length_histogram(piece: &Sample) -> Vec<f64> {
    let mut h = vec![0.0; 12];
    piece
        .notes
        .iter()
        .for_each(|n| h[written(n, piece.ppq)] += 1.0);
    let sum: f64 = h.iter().sum::<f64>().max(1.0);
    h.into_iter().map(|x| x / sum).collect()
}

fn note_length_transitions(piece: &Sample) -> Vec<f64> {
    let mut m = vec![0.0; 144];
    for track in piece.by_track() {
        for w in track.windows(2) {
            m[written(&w[0], piece.ppq) * 12 + written(&w[1], piece.ppq)] += 1.0;
        }
    }
    m
}

/// What is taken of two spreads of distances.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::evaluation) enum Figure {
    Kl,
    KlReference,
    Overlap,
    Intra,
    Inter,
}

/// Distances by pairs of pieces.
struct Pairs {
    judged: usize,
    others: usize,
    intra: Vec<f64>,
    inter: Vec<f64>,
}

/// Distances and their weights.
type Points = Vec<(f64, f64)>;

impl Pairs {
    /// Every pair as a weighted point: pieces chosen more than once count as often, a piece is no pair with itself.
    fn points(&self, weight: &[f64]) -> (Points, Points) {
        let n = self.judged;
        let within = (0..n)
            .flat_map(|i| (0..n).filter(move |j| *j != i).map(move |j| (i, j)))
            .map(|(i, j)| (self.intra[i * n + j], weight[i] * weight[j]))
            .collect();
        let m = self.others;
        let between = (0..n)
            .flat_map(|i| (0..m).map(move |j| (i, j)))
            .map(|(i, j)| (self.inter[i * m + j], weight[i]))
            .collect();
        (within, between)
    }
}

/// The points as few: bins with their weights at their centres.
fn binned(points: &[(f64, f64)], low: f64, high: f64) -> Vec<(f64, f64)> {
    let width = (high - low).max(1e-12) / (BINS - 1) as f64;
    let mut bins = vec![0.0; BINS];
    for (x, w) in points {
        bins[(((x - low) / width).round().max(0.0) as usize).min(BINS - 1)] += w;
    }
    let centre = |(i, w): (usize, f64)| (low + i as f64 * width, w);
    bins.into_iter()
        .enumerate()
        .map(centre)
        .filter(|p| p.1 > 0.0)
        .collect()
}

fn span(points: &[(f64, f64)]) -> (f64, f64) {
    let of = |f: fn(f64, f64) -> f64, from: f64| points.iter().map(|p| p.0).fold(from, f);
    (of(f64::min, f64::INFINITY), of(f64::max, f64::NEG_INFINITY))
}

/// SciPy's `entropy(p, q)`: both made to sum to one, nats. Where a density of the second vanishes there is no figure.
fn entropy(p: &[f64], q: &[f64]) -> Option<f64> {
    let (sp, sq): (f64, f64) = (p.iter().sum(), q.iter().sum());
    let terms = p.iter().zip(q).map(|(p, q)| {
        let (p, q) = (p / sp, q / sq);
        if p > 0.0 { p * (p / q).ln() } else { 0.0 }
    });
    let sum: f64 = terms.sum();
    sum.is_finite().then_some(sum)
}

/// A figure of weighted distances, within the set and between the sets; exactly, or of bins for resamples.
pub(in crate::evaluation) fn figure(
    within: &[(f64, f64)],
    between: &[(f64, f64)],
    exact: bool,
    what: Figure,
) -> Option<f64> {
    let mean = |points: &[(f64, f64)]| {
        let (sum, weight) = points
            .iter()
            .fold((0.0, 0.0), |(s, w), p| (s + p.0 * p.1, w + p.1));
        (weight > 0.0).then(|| sum / weight)
    };
    let (a, b) = (span(within), span(between));
    let (low, high) = (a.0.min(b.0), a.1.max(b.1));
    let few = |points: &[(f64, f64)]| match exact {
        true => points.to_vec(),
        false => binned(points, low, high),
    };
    match what {
        Figure::Intra => mean(within),
        Figure::Inter => mean(between),
        Figure::KlReference => {
            let p = density(&few(within), a.0, a.1, PLACES)?;
            entropy(&p, &density(&few(between), b.0, b.1, PLACES)?)
        }
        Figure::Kl => {
            // A floor keeps far tails, where a density is nothing but rounding, from deciding.
            let floor = |d: Vec<f64>| -> Vec<f64> {
                let most = d.iter().copied().fold(0.0, f64::max);
                d.into_iter().map(|x| x + 1e-10 * most).collect()
            };
            let p = density(&few(within), low, high, PLACES)?;
            entropy(
                &floor(p),
                &floor(density(&few(between), low, high, PLACES)?),
            )
        }
        Figure::Overlap => {
            let places = if exact { 4 * PLACES + 1 } else { PLACES };
            let p = density(&few(within), low, high, places)?;
            let q = density(&few(between), low, high, places)?;
            let least: Vec<f64> = p.iter().zip(&q).map(|(p, q)| p.min(*q)).collect();
            let ends = (least.first()? + least.last()?) / 2.0;
            let sum = least.iter().sum::<f64>() - ends;
            Some(sum * (high - low) / (places - 1) as f64)
        }
    }
}

/// A figure of the feature at that place of [`FEATURES`].
fn compare<'a>(sets: Sets<'a>, at: usize, what: Figure) -> Option<Statistic<'a>> {
    let others = sets.reference.kept("mgeval others", at, |set| {
        let every = set.len().div_ceil(MOST).max(1);
        let some = set.iter().step_by(every);
        some.map(FEATURES[at]).collect::<Vec<Vec<f64>>>()
    });
    let (n, m) = (sets.judged.len(), others.len());
    if n < 2 || m == 0 {
        return None;
    }
    // The five figures of a feature are of the same distances; a set is compared with one reference only.
    let pairs = sets.judged.kept("mgeval pairs", at, |set| {
        let judged: Vec<Vec<f64>> = set.iter().map(FEATURES[at]).collect();
        let apart = |to: &[Vec<f64>]| -> Vec<f64> {
            judged
                .iter()
                .flat_map(|a| to.iter().map(move |b| distance(a, b)))
                .collect()
        };
        Pairs {
            judged: n,
            others: m,
            intra: apart(&judged),
            inter: apart(&others),
        }
    });
    Some(Box::new(move |chosen: &[usize]| {
        let mut weight = vec![0.0; n];
        chosen
            .iter()
            .filter(|i| **i < n)
            .for_each(|i| weight[*i] += 1.0);
        let whole = weight.iter().all(|w| *w == 1.0);
        let (mut within, mut between) = pairs.points(&weight);
        within.retain(|p| p.1 > 0.0);
        between.retain(|p| p.1 > 0.0);
        figure(&within, &between, whole, what)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::set::Set;
    use crate::evaluation::testing::piece;

    #[test]
    fn the_features_of_a_few_notes() {
        // C for a half, D for a quarter right after, E a quarter later for an 8th.
        let p = piece(&[(0, 8, 60), (8, 4, 62), (16, 2, 64)]);
        assert_eq!(pitches(&p), 3.0);
        let h = pitch_class_histogram(&p);
        assert!((h[0] - 8.0 / 14.0).abs() < 1e-12 && (h[4] - 2.0 / 14.0).abs() < 1e-12);
        let t = pitch_class_transitions(&p);
        assert_eq!((t[2], t.iter().sum::<f64>()), (1.0, 1.0));
        assert_eq!(average_interval(&p), 2.0);
        assert_eq!(average_onset_interval(&p), 2.0);
        let l = note_length_histogram(&p);
        assert!([1, 2, 3].iter().all(|i| (l[*i] - 1.0 / 3.0).abs() < 1e-12));
        let t = note_length_transitions(&p);
        assert_eq!((t[12 + 2], t[2 * 12 + 3]), (1.0, 1.0));
    }

    #[test]
    fn a_set_is_spread_as_its_distances_to_itself() {
        let song = |k: u32| {
            let notes = (0..20 + 3 * k).map(|i| (i, 1, (50 + (i * (k + 2)) % 20) as u8));
            piece(&notes.collect::<Vec<_>>())
        };
        let songs = Set::of((0..12).map(song));
        let half = Set::of(songs.iter().step_by(2).cloned());
        let all: Vec<usize> = (0..12).collect();
        let of = |judged: &Set, reference: &Set, what| {
            let n = all.len();
            let sets = Sets { judged, reference };
            compare(sets, 5, what).unwrap()(&all[..n.min(judged.len())]).unwrap()
        };
        assert!(of(&songs, &half, Figure::Overlap) > 0.8);
        assert!(of(&songs, &half, Figure::Kl) < 0.1);
        // One, two and four notes, where the songs have twenty and more.
        let few = |n: u32| piece(&(0..n).map(|i| (i, 1, 60)).collect::<Vec<_>>());
        let far = Set::of([1, 2, 4].map(few));
        assert!(of(&far, &songs, Figure::Overlap) < 0.2);
        assert_eq!(of(&far, &songs, Figure::Intra), 2.0);
    }

    #[test]
    fn a_set_of_equals_has_no_density() {
        let set = Set::of([piece(&[(0, 1, 60)]), piece(&[(0, 1, 60)])]);
        let sets = Sets {
            judged: &set,
            reference: &set,
        };
        assert_eq!(compare(sets, 0, Figure::Kl).unwrap()(&[0, 1]), None);
        assert_eq!(compare(sets, 0, Figure::Intra).unwrap()(&[0, 1]), Some(0.0));
    }
}
