//! Fréchet distances of runs of bars: of n bars in a row, all such runs of the set as one Gaussian beside all of the
//! reference (PhraseLDM's PhraseFID and n-gram FID, systems.md 4.6; its root was taken of a matrix that is not
//! symmetric, ours is the proper one).
//!
//! The bars are described by our own [`embedding`] and not by a trained encoder, so the figures compare rows of one
//! table and nothing else. Runs of more numbers than 32 are first projected on 32 directions, drawn once and for all.

use crate::evaluation::embedding::{self, SIZE};
use crate::evaluation::matrix::{Gaussian, Sums, Symmetric, frechet};
use crate::evaluation::registry::{Direction, Measure, Metric, Sets, Statistic};
use crate::evaluation::set::Set;
use crate::process::generator;
use rand::Rng;

/// Dimensions a Gaussian has at most: with a hundred pieces of 64 bars there are points enough to know it.
const MOST: usize = 32;
/// What directions are drawn from.
const SEED: u64 = 0x6672_6563;

const fn entry(
    key: &'static str,
    title: &'static str,
    about: &'static str,
    measure: for<'a> fn(Sets<'a>) -> Option<Statistic<'a>>,
) -> Metric {
    Metric {
        key,
        title,
        unit: "squared distance",
        direction: Direction::Lower,
        family: "frechet",
        source: "Fréchet distance (Heusel et al. 2017; PhraseLDM's n-grams), on the in-house bar embedding",
        about,
        measure: Measure::Sets(measure),
        slow: false,
    }
}

/// The entries.
pub const METRICS: &[Metric] = &[
    entry(
        "bar_fd",
        "Bars, Fréchet distance",
        "How far the bars of the set, as a cloud of points, lie from those of the reference.",
        |s| runs(s, 1),
    ),
    entry(
        "bar_fd_2gram",
        "Pairs of bars, Fréchet distance",
        "As bar_fd, of two bars in a row: it hears whether neighbours belong together.",
        |s| runs(s, 2),
    ),
    entry(
        "bar_fd_4gram",
        "Four bars, Fréchet distance",
        "As bar_fd, of four bars in a row.",
        |s| runs(s, 4),
    ),
    entry(
        "bar_fd_8gram",
        "Eight bars, Fréchet distance",
        "As bar_fd, of eight bars in a row.",
        |s| runs(s, 8),
    ),
    entry(
        "bar_fd_16gram",
        "Sixteen bars, Fréchet distance",
        "As bar_fd, of sixteen bars in a row.",
        |s| runs(s, 16),
    ),
    entry(
        "bar_fd_32gram",
        "Thirty-two bars, Fréchet distance",
        "As bar_fd, of thirty-two bars in a row.",
        |s| runs(s, 32),
    ),
];

/// Directions of length one in the space of n bars, one after another; `None` where the numbers are few enough as they
/// are. The list has a line for each number of a run, with that number's part in every direction.
fn directions(bars: usize) -> Option<Vec<[f64; MOST]>> {
    let size = bars * SIZE;
    if size <= MOST {
        return None;
    }
    let mut rng = generator(SEED, bars as u64);
    let direction = |_| {
        let raw: Vec<f64> = (0..size)
            .map(|_| {
                // Sums of twelve are Gaussian enough for a direction.
                (0..12).map(|_| rng.random::<f64>() - 0.5).sum()
            })
            .collect();
        let norm = raw.iter().map(|x| x * x).sum::<f64>().sqrt();
        raw.into_iter().map(|x| x / norm).collect()
    };
    let all: Vec<Vec<f64>> = (0..MOST).map(direction).collect();
    let line = |i: usize| std::array::from_fn(|d| all[d][i]);
    Some((0..size).map(line).collect())
}

/// Dimensions of the Gaussians of n bars.
fn size(bars: usize) -> usize {
    (bars * SIZE).min(MOST)
}

/// The sums of each piece's runs.
fn sums(set: &Set, bars: usize) -> Vec<Sums> {
    let directions = directions(bars);
    let pieces = set.kept("bars", 0, |set| {
        set.iter().map(embedding::bars).collect::<Vec<_>>()
    });
    let of = |all: &Vec<[f64; SIZE]>| {
        let mut sums = Sums::new(size(bars));
        for run in all.windows(bars) {
            let point = run.concat();
            match &directions {
                None => sums.point(&point),
                Some(directions) => {
                    let mut along = [0.0; MOST];
                    for (line, x) in directions.iter().zip(&point) {
                        along.iter_mut().zip(line).for_each(|(a, d)| *a += d * x);
                    }
                    sums.point(&along);
                }
            }
        }
        sums
    };
    pieces.iter().map(of).collect()
}

/// The reference as a Gaussian, with the root of its covariance.
fn gaussian(set: &Set, bars: usize) -> Option<(Gaussian, Symmetric)> {
    let mut all = Sums::new(size(bars));
    sums(set, bars).iter().for_each(|s| all.add(s));
    let gaussian = all.gaussian()?;
    let root = gaussian.covariance.root();
    Some((gaussian, root))
}

fn runs<'a>(sets: Sets<'a>, bars: usize) -> Option<Statistic<'a>> {
    let reference = sets
        .reference
        .kept("runs of bars", bars, |set| gaussian(set, bars));
    reference.as_ref().as_ref()?;
    let judged = sums(sets.judged, bars);
    Some(Box::new(move |chosen: &[usize]| {
        let (reference, root) = reference.as_ref().as_ref()?;
        let mut set = Sums::new(size(bars));
        chosen
            .iter()
            .filter_map(|i| judged.get(*i))
            .for_each(|s| set.add(s));
        Some(frechet(reference, root, &set.gaussian()?).max(0.0))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::sample::Sample;
    use crate::evaluation::testing::piece;

    fn song(seed: u32, bars: u32, order: impl Fn(u32) -> u32) -> Sample {
        let bar = |b: u32| {
            let k = order(b);
            (0..4).map(move |i| {
                (
                    b * 16 + 4 * i,
                    4,
                    (50 + (k * k * seed + 5 * k + 3 * i * (k % 4)) % 30) as u8,
                )
            })
        };
        piece(&(0..bars).flat_map(bar).collect::<Vec<_>>())
    }

    #[test]
    fn a_set_lies_nowhere_but_on_itself() {
        let set = Set::of([song(1, 40, |b| b), song(3, 40, |b| b)]);
        let sets = Sets {
            judged: &set,
            reference: &set,
        };
        for bars in [1, 2, 8] {
            let d = runs(sets, bars).unwrap()(&[0, 1]).unwrap();
            assert!(d < 1e-9, "{bars} bars: {d}");
        }
        assert!(runs(sets, 41).is_none());
    }

    #[test]
    fn single_bars_do_not_hear_their_order_and_pairs_do() {
        let reference = Set::of([song(1, 64, |b| b / 4)]);
        let shuffled = Set::of([song(1, 64, |b| (b * 37 % 64) / 4)]);
        let sets = Sets {
            judged: &shuffled,
            reference: &reference,
        };
        let value = |bars| runs(sets, bars).unwrap()(&[0]).unwrap();
        assert!(value(1) < 1e-6, "{}", value(1));
        assert!(value(2) > 0.01, "{}", value(2));
    }
}
