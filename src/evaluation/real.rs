//! The metrics on real songs: copies planted in songs, songs that hold none. Floors are in `floors`.

use super::metrics::multiset_f1;
use super::nearest::{BARS, Nearest};
use super::sample::Sample;
use crate::dataset::testing::data_root;
use crate::dataset::transform::transpose::transpose;
use crate::dataset::{Source, Split, pop909::Pop909};
use crate::process::generator;
use crate::score::{Note, Score};
use rand::Rng;
use std::sync::Arc;

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
