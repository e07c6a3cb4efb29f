//! The floors of the reference sheet (systems.md 1.8) from the songs that are there: what a hundred real blocks of training
//! songs, and of songs nobody trained on, score by the rules a model is scored by.
//!
//! The sheet does not say which hundred. The first ones are not it: POP909 goes by volumes, and those of one volume are
//! alike in loudness. Drawn at random they score what the sheet prints, and the draw itself moves a figure by a factor of
//! two and more. So what is held is where many draws lie.

use super::registry::{Measure, Sets, find};
use super::sample::Sample;
use super::set::Set;
use crate::dataset::slices::Slicing;
use crate::dataset::testing::data_root;
use crate::dataset::transform::tempo::{TempoPolicy, apply};
use crate::dataset::{Source, Split, pop909::Pop909};
use crate::process::generator;
use crate::score::Score;
use crate::tokenizer::{Tokens, registry};
use rand::seq::index::sample;
use std::ops::Range;

/// Blocks of a draw, and draws.
const BLOCKS: usize = 100;
const DRAWS: usize = 200;

/// A song as smdiff cuts it for the tokenizer, notes at their seconds under one tempo: at most five windows of 64 bars, each
/// a piece of its own.
fn blocks(tokenizer: &str, id: &str, score: &Score) -> Vec<Sample> {
    let Ok(tokenizer) = registry::find(tokenizer) else {
        return Vec::new();
    };
    let slicing = Slicing {
        bars: 64,
        stride: 32,
        per_song: 5,
    };
    let Ok(score) = apply(score, TempoPolicy::ReferenceCompatible) else {
        return Vec::new();
    };
    let Ok(slices) = slicing.slices(tokenizer, &score) else {
        return Vec::new();
    };
    let (mut at, mut samples) = (0, Vec::new());
    for item in &slices.items {
        let ids = item.rows as usize * slices.tokens.fields;
        let tokens = Tokens {
            fields: slices.tokens.fields,
            ids: slices.tokens.ids[at..at + ids].to_vec(),
        };
        at += ids;
        if let Ok(score) = tokenizer.decode(&tokens) {
            samples.push(Sample::of(id, &score));
        }
    }
    samples
}

/// Training and test blocks of all songs that are there.
fn sets(tokenizer: &str) -> Option<[Set; 2]> {
    let source = Pop909::reference(&data_root()?.join("pop909"));
    println!("missing: {}", source.missing().unwrap().join(" "));
    let load = |split| {
        let songs = source.songs_of(split).unwrap().into_iter();
        let blocks = songs.filter_map(|s| {
            let song = source.load(&s).ok()?;
            Some(blocks(tokenizer, &s.id, &song.score))
        });
        Set::of(blocks.flatten())
    };
    Some([load(Split::Train), load(Split::Test)])
}

/// A figure of each draw, in order of size.
fn draws(key: &str, judged: &Set, reference: &Set) -> Vec<f64> {
    let Measure::Sets(f) = find(key).unwrap().measure else {
        panic!("{key} is of sets");
    };
    let statistic = f(Sets { judged, reference }).unwrap();
    let mut rng = generator(18, 0);
    let mut draw = || sample(&mut rng, judged.len(), BLOCKS).into_vec();
    let mut values: Vec<f64> = (0..DRAWS).map(|_| statistic(&draw()).unwrap()).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The mean of a figure of single pieces.
fn mean(key: &str, set: &Set) -> f64 {
    let Measure::Piece(f) = find(key).unwrap().measure else {
        panic!("{key} is of pieces");
    };
    let values: Vec<f64> = set.iter().filter_map(f).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// A key, and the ranges printed for training and for test blocks.
type Floor = (&'static str, Range<f64>, Range<f64>);

/// Every printed range holds a fair share of the draws, and reaches into the middle half of them.
fn hold(floors: &[Floor], [training, test]: &[Set; 2]) {
    for (key, train, unseen) in floors {
        for (name, judged, printed) in [("training", training, train), ("test", test, unseen)] {
            let values = draws(key, judged, training);
            let at = |q: f64| values[(q * (DRAWS - 1) as f64).round() as usize];
            let inside = values.iter().filter(|v| printed.contains(*v)).count();
            let share = inside as f64 / DRAWS as f64;
            println!(
                "{key} of {name}: printed {printed:?}, draws {:.4} (5 %) {:.4} {:.4} {:.4} {:.4} (95 %), {share:.2} of them within",
                at(0.05),
                at(0.25),
                at(0.5),
                at(0.75),
                at(0.95)
            );
            assert!(share >= 0.15, "{key} of {name}: {share}");
            assert!(
                at(0.25) < printed.end && printed.start < at(0.75),
                "{key} of {name}: half of the draws lie in {} to {}, printed is {printed:?}",
                at(0.25),
                at(0.75)
            );
        }
    }
}

#[test]
fn octuple_blocks_of_real_songs_score_what_the_reference_sheet_prints() {
    let Some(sets) = sets("trio_octuple-reference") else {
        return;
    };
    // 2,652 and 154 blocks of all 909 songs; 60 songs are missing.
    let [training, test] = &sets;
    println!("{} and {} blocks", training.len(), test.len());
    hold(
        &[
            ("pch_kl", 0.001..0.013, 0.004..0.007),
            ("duration_kl", 0.002..0.005, 0.021..0.032),
            ("velocity_kl", 0.004..0.008, 0.39..0.49),
            ("note_density_kl", 0.026..0.034, 0.11..0.17),
            ("sample_diversity", 385.0..394.0, 365.0..375.0),
        ],
        &sets,
    );
    for (key, train, unseen, near) in [
        ("self_similarity", 0.964, 0.964, 0.002),
        ("pitch_range_mean", 50.0, 49.4, 0.5),
    ] {
        let (a, b) = (mean(key, training), mean(key, test));
        println!("{key}: training {a:.4} (printed {train}), test {b:.4} (printed {unseen})");
        assert!(
            (a - train).abs() < near && (b - unseen).abs() < near,
            "{key}: {a} {b}"
        );
    }
}

#[test]
fn grid_windows_of_real_songs_score_what_the_reference_sheet_prints() {
    let Some(sets) = sets("trio-reference") else {
        return;
    };
    let [training, test] = &sets;
    println!("{} and {} windows", training.len(), test.len());
    hold(
        &[
            ("grid_pch_kl", 0.002..0.010, 0.007..0.029),
            ("grid_duration_kl", 0.0015..0.0025, 0.0065..0.010),
            ("grid_note_density_kl", 0.014..0.020, 0.045..0.052),
            ("grid_sample_diversity", 0.93..0.95, 0.87..0.91),
        ],
        &sets,
    );
    let (a, b) = (
        mean("grid_self_similarity", training),
        mean("grid_self_similarity", test),
    );
    println!("grid_self_similarity: training {a:.4} (printed .879), test {b:.4} (printed .873)");
    assert!(
        (a - 0.879).abs() < 0.005 && (b - 0.873).abs() < 0.005,
        "{a} {b}"
    );
}
