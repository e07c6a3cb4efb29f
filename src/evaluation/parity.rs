//! The metrics beside the Python originals: `scripts/parity/metrics.py` writes what is compared here.

use super::family::mgeval::{Figure, figure};
use super::matrix::{Gaussian, Sums, frechet};
use super::registry::{Measure, find};
use super::sample::Sample;
use super::statistics::gaussian_overlap;
use crate::score::Score;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How near a figure must come.
const NEAR: f64 = 1e-6;

#[derive(Deserialize)]
struct Golden {
    pieces: Vec<Piece>,
    mgeval: Mgeval,
    frechet: Clouds,
    overlap: Vec<[f64; 5]>,
}

#[derive(Deserialize)]
struct Piece {
    tracks: Vec<Track>,
    muspy: BTreeMap<String, Option<f64>>,
}

#[derive(Deserialize)]
struct Track {
    drum: bool,
    /// Time, pitch, duration, velocity; 480 ticks a quarter.
    notes: Vec<[u32; 4]>,
}

#[derive(Deserialize)]
struct Mgeval {
    within: Vec<f64>,
    between: Vec<f64>,
    #[serde(rename = "kl-reference")]
    kl: f64,
    oa: f64,
}

#[derive(Deserialize)]
struct Clouds {
    a: Vec<Vec<f64>>,
    b: Vec<Vec<f64>>,
    value: f64,
}

fn golden() -> Golden {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/metrics.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn muspys_own_values() {
    for (i, piece) in golden().pieces.iter().enumerate() {
        let mut score = Score::default();
        for track in &piece.tracks {
            let t = score.add_track("t", if track.drum { 9 } else { 0 }, 0);
            for [time, pitch, duration, velocity] in &track.notes {
                score.add_note(t, *time, *duration, *pitch as u8, *velocity as u8);
            }
        }
        let sample = Sample::of("golden", &score);
        for (key, wanted) in &piece.muspy {
            let Some(Measure::Piece(f)) = find(key).map(|m| m.measure) else {
                panic!("{key} is a metric of pieces");
            };
            match (f(&sample), wanted) {
                (Some(got), Some(wanted)) => {
                    assert!(
                        (got - wanted).abs() < NEAR,
                        "piece {i}, {key}: {got} is not {wanted}"
                    );
                }
                (got, wanted) => assert_eq!(got, *wanted, "piece {i}, {key}"),
            }
        }
    }
}

#[test]
fn mgevals_densities() {
    let g = golden().mgeval;
    let points = |list: &[f64]| -> Vec<(f64, f64)> { list.iter().map(|x| (*x, 1.0)).collect() };
    let (within, between) = (points(&g.within), points(&g.between));
    for (what, wanted) in [(Figure::KlReference, g.kl), (Figure::Overlap, g.oa)] {
        let got = figure(&within, &between, true, what).unwrap();
        assert!((got - wanted).abs() < NEAR, "{got} is not {wanted}");
        // What resamples are made of is near enough to make an interval of.
        let binned = figure(&within, &between, false, what).unwrap();
        assert!(
            (binned - wanted).abs() < 0.01 * wanted.abs() + 0.005,
            "{binned} {wanted}"
        );
    }
}

#[test]
fn scipys_matrix_root() {
    let g = golden().frechet;
    let cloud = |points: &[Vec<f64>]| -> Gaussian {
        let mut sums = Sums::new(4);
        points.iter().for_each(|p| sums.point(p));
        sums.gaussian().unwrap()
    };
    let (a, b) = (cloud(&g.a), cloud(&g.b));
    let got = frechet(&a, &a.covariance.root(), &b);
    assert!((got - g.value).abs() < NEAR, "{got} is not {}", g.value);
    let back = frechet(&b, &b.covariance.root(), &a);
    assert!((got - back).abs() < NEAR, "{got} {back}");
}

#[test]
fn the_standard_librarys_overlap_of_gaussians() {
    for [m1, s1, m2, s2, wanted] in golden().overlap {
        let got = gaussian_overlap((m1, s1), (m2, s2));
        assert!((got - wanted).abs() < NEAR, "{got} is not {wanted}");
    }
}
