//! The metrics on real songs: the floors of the reference, copies planted in songs, songs that hold none.

use super::metrics::multiset_f1;
use super::nearest::{BARS, Nearest};
use super::registry::{Measure, Sets, find};
use super::sample::Sample;
use super::set::Set;
use crate::dataset::slices::Slicing;
use crate::dataset::testing::data_root;
use crate::dataset::transform::transpose::transpose;
use crate::dataset::{Source, Split, pop909::Pop909};
use crate::process::generator;
use crate::score::{Note, Score};
use crate::tokenizer::{Tokens, registry};
use rand::Rng;
use rand::seq::SliceRandom;
use std::sync::Arc;

/// smdiff's blocks of a song: windows of 64 bars every 32, cut after 1024 rows, each a piece of its own.
fn blocks(id: &str, score: &Score) -> Vec<Sample> {
    let Ok(tokenizer) = registry::find("trio_octuple-reference") else {
        return Vec::new();
    };
    let slicing = Slicing {
        bars: 64,
        stride: 32,
        per_song: 5,
    };
    let Ok(slices) = slicing.slices(tokenizer, score) else {
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

/// The floors of systems.md 1.8: what a hundred real blocks score against the training songs of the reference's split.
/// A third of the training songs stands for all, so the ranges are a little wider than the printed ones.
#[test]
fn the_floors_lie_where_the_reference_sheet_puts_them() {
    let Some(root) = data_root() else { return };
    let source = Pop909::reference(&root.join("pop909"));
    let load = |split, every: usize| -> Vec<Sample> {
        let songs = source.songs_of(split).unwrap();
        let some = songs.iter().step_by(every);
        some.filter_map(|s| Some(blocks(&s.id, &source.load(s).ok()?.score)))
            .flatten()
            .collect()
    };
    let mut training = load(Split::Train, 3);
    training.shuffle(&mut generator(1, 0));
    let own = Set::of(training.split_off(training.len() - 100));
    let mut test = load(Split::Test, 1);
    test.truncate(100);
    let (training, test) = (Set::of(training), Set::of(test));
    let value = |key: &str, judged: &Set| {
        let reference = &training;
        let all: Vec<usize> = (0..judged.len()).collect();
        match find(key).unwrap().measure {
            Measure::Sets(f) => f(Sets { judged, reference }).unwrap()(&all).unwrap(),
            Measure::Piece(f) => {
                let values: Vec<f64> = judged.iter().filter_map(f).collect();
                values.iter().sum::<f64>() / values.len() as f64
            }
            _ => unreachable!(),
        }
    };
    // Key; printed range for training blocks, then for test blocks.
    let floors = [
        ("pch_kl", 0.001..0.013, 0.004..0.012),
        ("duration_kl", 0.002..0.008, 0.010..0.040),
    ];
    for (key, train, unseen) in floors {
        let (a, b) = (value(key, &own), value(key, &test));
        println!("{key}: training {a:.4} (printed {train:?}), test {b:.4} (printed {unseen:?})");
        assert!(
            train.contains(&a),
            "{key}: {a} of training is not in {train:?}"
        );
        assert!(
            unseen.contains(&b),
            "{key}: {b} of test is not in {unseen:?}"
        );
    }
    let loud = value("velocity_kl", &own);
    assert!(
        (0.003..0.012).contains(&loud),
        "velocity_kl: {loud} of training"
    );
    // Which blocks are drawn decides the loudness of test songs (.4 or 2.8), so what is left is told, not held.
    for key in [
        "velocity_kl",
        "note_density_kl",
        "self_similarity",
        "pitch_range_mean",
        "sample_diversity",
    ] {
        println!(
            "{key}: training {:.4}, test {:.4}",
            value(key, &own),
            value(key, &test)
        );
    }
}

/// `score` with eight bars of `from`, starting at its bar `bar`, put at bar `at`; notes are changed as `edit` says.
fn planted(
    score: &Score,
    at: u32,
    from: &Score,
    bar: u32,
    mut edit: impl FnMut(&mut Note),
) -> Score {
    let (lines, theirs) = (score.bars(), from.bars());
    let room = lines.start(at)..lines.start(at + 8);
    let mut new = score.clone();
    for (i, track) in new.tracks.iter_mut().enumerate() {
        let track = Arc::make_mut(track);
        track.notes.retain(|n| !room.contains(&n.start));
        let Some(other) = from.tracks.get(i) else {
            continue;
        };
        for n in &other.notes[other.starting_in(theirs.start(bar), theirs.start(bar + 8))] {
            let scale = |t: u32| (u64::from(t) * u64::from(score.ppq) / u64::from(from.ppq)) as u32;
            let mut n = Note {
                start: room.start + scale(n.start - theirs.start(bar)),
                length: scale(n.length).max(1),
                ..*n
            };
            edit(&mut n);
            track.notes.push(n);
        }
        track.sort();
    }
    new
}

/// Whether the notes of four bars from tick `b` on stand as well four bars from about tick `a` on, but for one in ten. A
/// repeat may begin within the bar, and add a voice.
fn alike(song: &Score, a: u32, b: u32) -> bool {
    let beat = u32::from(song.ppq);
    let stretch = |first: u32| -> Vec<(u32, u8)> {
        let all = song.tracks.iter().flat_map(|t| &t.notes);
        all.filter(|n| (first..first + 16 * beat).contains(&n.start))
            .map(|n| ((n.start - first) * 4 / beat, n.pitch))
            .collect()
    };
    let own = stretch(b);
    (0..8).any(|beats| {
        let other = stretch((a + beats * beat).saturating_sub(2 * beat));
        let all = (other.len() + own.len()) as f64;
        !own.is_empty() && multiset_f1(other, own.clone()) * all / 2.0 > 0.9 * own.len() as f64
    })
}

#[test]
fn planted_copies_are_found_in_real_songs_and_unseen_songs_raise_no_alarm() {
    let Some(root) = data_root() else { return };
    let source = Pop909::new(&root.join("pop909"));
    let load = |split, every: usize| -> Vec<(String, Score)> {
        let songs = source.songs_of(split).unwrap();
        let some = songs.iter().step_by(every);
        some.filter_map(|s| Some((s.id.clone(), source.load(s).ok()?.score)))
            .collect()
    };
    let training = load(Split::Train, 1);
    let samples: Vec<Sample> = training
        .iter()
        .map(|(id, s)| Sample::of(id.clone(), s))
        .collect();
    let index = Nearest::of(&samples);
    let mut unseen = load(Split::Test, 1);
    unseen.extend(load(Split::Validation, 1));
    unseen.truncate(100);
    let mut alarms = Vec::new();
    let mut shares: Vec<f64> = Vec::new();
    for (id, score) in &unseen {
        if let Some(found) = index.find(&Sample::of(id.clone(), score)) {
            shares.push(found.share);
            if found.is_copy() {
                alarms.push((id.clone(), found));
            }
        }
    }
    shares.sort_by(f64::total_cmp);
    let at = |q: f64| shares[(q * (shares.len() - 1) as f64) as usize];
    println!(
        "{} unseen songs, {} alarms; shares: median {:.2}, 95 % {:.2}, most {:.2}",
        unseen.len(),
        alarms.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
    assert!(unseen.len() == 100 && alarms.len() <= 2, "{alarms:?}");

    let mut rng = generator(3, 0);
    let (mut found, mut all) = (0, 0);
    // A song that holds a copy of its own (017 is 018 under another number) is no place to plant one.
    let clean = |id: &String| alarms.iter().all(|(a, _)| a != id);
    let hosts = unseen
        .iter()
        .filter(|(id, s)| s.bar_count() > 40 && clean(id));
    for (id, score) in hosts.take(12) {
        let (song, (name, from)) = {
            let at = rng.random_range(0..training.len());
            (at, &training[at])
        };
        if from.bar_count() < 40 {
            continue;
        }
        let bar = rng.random_range(8..from.bar_count() - 16);
        let ppq = u32::from(score.ppq);
        let higher = transpose(from, 4).unwrap_or_else(|| from.clone());
        let mut edits = generator(4, song as u64);
        let kinds: [(&str, Score); 4] = [
            ("exact", planted(score, 16, from, bar, |_| ())),
            ("transposed", planted(score, 16, &higher, bar, |_| ())),
            (
                "a beat late",
                planted(score, 16, from, bar, |n| n.start += ppq),
            ),
            (
                "edited",
                planted(score, 16, from, bar, |n| {
                    if edits.random::<f64>() < 0.1 {
                        n.pitch = edits.random_range(40..90);
                    }
                }),
            ),
        ];
        for (kind, piece) in kinds {
            all += 1;
            let Some(f) = index.find(&Sample::of(id.clone(), &piece)) else {
                println!("{kind} of {name} in {id}: not found");
                continue;
            };
            // The tick of the song that lies at the found bar of the piece. A song that repeats itself holds it more
            // than once.
            let (here, there) = (piece.bars(), from.bars());
            let away = here.start(f.at).saturating_sub(here.start(16));
            let expected = there.start(bar) + away * u32::from(from.ppq) / ppq;
            let right = alike(from, there.start(f.from), expected);
            let inside = (16 - BARS as u32..=24).contains(&f.at);
            let same = f.name == *name && right;
            if f.is_copy() && inside && same {
                found += 1;
            } else {
                println!("{kind} of {name} bar {bar} in {id}: {f:?}");
            }
        }
    }
    println!("{found} of {all} planted copies found");
    assert!(all >= 24 && found == all, "{found} of {all}");
}
