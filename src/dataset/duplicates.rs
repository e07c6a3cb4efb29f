//! Songs that are nearly the same: copies in another key, at another speed, on other tracks, or cut a little.
//!
//! A [`Fingerprint`] is a MinHash signature (Broder 1997) of short figures of the highest and the lowest voice: five
//! intervals and whether each note comes sooner, as soon or later than the one before. Neither key nor speed, tracks nor
//! loudness enter it. The share of equal numbers in two signatures estimates the share of figures two songs have in
//! common. [`groups`] finds the pairs worth comparing by banding (locality-sensitive hashing, Indyk and Motwani 1998), so
//! its time grows little faster than the number of songs.
//!
//! Both outer voices count because one alone finds tunes, not songs: by the highest voice alone 37 groups of JSB chorales
//! are one hymn harmonised several times, with the sopranos equal and the basses of nothing in common. Those are
//! different pieces here, and so is another arrangement of a song's melody.

use crate::score::{Note, Score};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers of a fingerprint: the estimate is off by 0.044 at most two times in three.
const SIZE: usize = 128;
/// Numbers of a band: songs are compared that agree in a whole band. Of pairs at 0.5, 87 % do; at 0.6, 99 %; at 0.1, 0.3 %.
const ROWS: usize = 4;
/// Intervals of a figure.
const INTERVALS: usize = 5;
/// A song of fewer figures, in both voices together, has too little to be told by (scales, exercises, empty files).
const FEWEST: usize = 32;
/// Songs of one bucket that a song is compared with, so that a thousand copies of one file cost no million comparisons.
/// Copies stay together all the same: each is compared with the ones before it.
const NEIGHBOURS: usize = 24;
/// Similarity from which songs count as the same.
pub const SAME: f64 = 0.5;

/// What a song's outer voices are recognised by; 512 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u32>", into = "Vec<u32>")]
pub struct Fingerprint(Box<[u32; SIZE]>);

impl TryFrom<Vec<u32>> for Fingerprint {
    type Error = String;

    fn try_from(values: Vec<u32>) -> Result<Fingerprint, String> {
        let found = values.len();
        values
            .into_boxed_slice()
            .try_into()
            .map(Fingerprint)
            .map_err(|_| format!("a fingerprint has {SIZE} numbers, not {found}"))
    }
}

impl From<Fingerprint> for Vec<u32> {
    fn from(f: Fingerprint) -> Vec<u32> {
        f.0.to_vec()
    }
}

impl Fingerprint {
    /// The fingerprint of a piece; `None` where there is too little melody to tell it by.
    pub fn of(score: &Score) -> Option<Fingerprint> {
        let mut figures = figures(&outer_voice(score, true), 1);
        figures.extend(self::figures(&outer_voice(score, false), 2));
        if figures.len() < FEWEST {
            return None;
        }
        // Figures are mixed already; multiply and shift (Dietzfelbinger and others 1997) suffices, fast.
        let lines: [(u64, u64); SIZE] =
            std::array::from_fn(|i| (mix(2 * i as u64) | 1, mix(2 * i as u64 + 1)));
        let mut least = Box::new([u32::MAX; SIZE]);
        for figure in figures {
            for (least, (factor, summand)) in least.iter_mut().zip(&lines) {
                let hash = figure.wrapping_mul(*factor).wrapping_add(*summand);
                *least = (*least).min((hash >> 32) as u32);
            }
        }
        Some(Fingerprint(least))
    }

    /// Estimated share of figures in common, 0..=1.
    pub fn similarity(&self, other: &Fingerprint) -> f64 {
        let equal = self.0.iter().zip(other.0.iter()).filter(|(a, b)| a == b);
        equal.count() as f64 / SIZE as f64
    }
}

/// The highest (or lowest) note of each onset, unless a higher (lower) one still sounds: (tick, pitch). Drums apart.
fn outer_voice(score: &Score, highest: bool) -> Vec<(u32, u8)> {
    // Notes of one chord are played within a 64th of each other, more or less.
    let together = u32::from(score.ppq) / 16;
    let height = |n: &Note| match highest {
        true => i16::from(n.pitch),
        false => -i16::from(n.pitch),
    };
    let pitched = score.tracks.iter().filter(|t| !t.is_drums());
    let mut notes: Vec<&Note> = pitched.flat_map(|t| &t.notes).collect();
    notes.sort_by_key(|n| (n.start, Reverse(height(n)), Reverse(n.length)));
    let mut voice: Vec<&Note> = Vec::new();
    for n in notes {
        match voice.last_mut() {
            Some(last) if n.start - last.start <= together => {
                if height(n) > height(last) {
                    *last = n;
                }
            }
            Some(last)
                if height(n) < height(last) && n.start.saturating_add(together) < last.end() => {}
            _ => voice.push(n),
        }
    }
    voice.iter().map(|n| (n.start, n.pitch)).collect()
}

/// The different figures of a voice, as hashes; `kind` tells voices apart. Figures on one pitch alone say nothing and are
/// left out.
fn figures(voice: &[(u32, u8)], kind: u64) -> BTreeSet<u64> {
    voice
        .windows(INTERVALS + 1)
        .filter(|w| w.iter().any(|n| n.1 != w[0].1))
        .map(|w| {
            let intervals = w.windows(2).map(|p| i64::from(p[1].1) - i64::from(p[0].1));
            let paces = w.windows(3).map(|p| pace(p[1].0 - p[0].0, p[2].0 - p[1].0));
            intervals
                .chain(paces)
                .fold(kind, |hash, x| mix(hash ^ (x as u64)))
        })
        .collect()
}

/// Whether the second distance is shorter (-1), as long (0) or longer (1): half-way between equal and dotted.
fn pace(first: u32, second: u32) -> i64 {
    let (a, b) = (f64::from(first), f64::from(second));
    i64::from(b > a * 1.22) - i64::from(a > b * 1.22)
}

/// SplitMix64's finaliser (Steele and others 2014): every bit of the result hangs on every bit of `x`.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Songs that are nearly the same ([`SAME`] and more, or linked by such songs), two or more a group: each group sorted,
/// the groups in order of their first songs.
pub fn groups(songs: &[(String, Fingerprint)]) -> Vec<Vec<String>> {
    let mut sets = Sets((0..songs.len()).collect());
    for band in 0..SIZE / ROWS {
        let key = |f: &Fingerprint| {
            let numbers = &f.0[band * ROWS..][..ROWS];
            numbers.iter().fold(0, |hash, x| mix(hash ^ u64::from(*x)))
        };
        let keys = songs.iter().enumerate().map(|(i, (_, f))| (key(f), i));
        let mut keys: Vec<(u64, usize)> = keys.collect();
        keys.sort_unstable();
        for bucket in keys.chunk_by(|a, b| a.0 == b.0) {
            for (at, &(_, i)) in bucket.iter().enumerate() {
                for &(_, j) in &bucket[at.saturating_sub(NEIGHBOURS)..at] {
                    if sets.root(i) != sets.root(j) && songs[i].1.similarity(&songs[j].1) >= SAME {
                        sets.unite(i, j);
                    }
                }
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (i, (id, _)) in songs.iter().enumerate() {
        groups.entry(sets.root(i)).or_default().push(id.clone());
    }
    let mut groups: Vec<Vec<String>> = groups.into_values().filter(|g| g.len() > 1).collect();
    groups.iter_mut().for_each(|g| g.sort());
    groups.sort();
    groups
}

/// Disjoint sets of indices: each points towards the root of its set.
struct Sets(Vec<usize>);

impl Sets {
    fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    fn unite(&mut self, i: usize, j: usize) {
        let (a, b) = (self.root(i), self.root(j));
        // The smaller root stays, so that the order of unions leaves no trace.
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Source, jsb::Jsb, pop909::Pop909, scales::Scales, testing::data_root};
    use crate::score::TrackId;
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// A melody of its own in eighths and quarters, over held chords.
    fn piece(seed: u64, notes: usize) -> Score {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut score = Score::default();
        let (melody, chords) = (score.add_track("M", 0, 0), score.add_track("C", 1, 0));
        let (mut tick, mut pitch) = (0, 72i32);
        for i in 0..notes {
            let length = [240, 240, 480, 720][rng.random_range(0..4)];
            pitch = (pitch + rng.random_range(-4..=4)).clamp(64, 84);
            score.add_note(melody, tick, length, pitch as u8, 80);
            if i % 4 == 0 {
                for p in [48, 52, 55] {
                    score.add_note(chords, tick, 480, p, 60);
                }
            }
            tick += length;
        }
        score
    }

    fn of(score: &Score) -> Fingerprint {
        Fingerprint::of(score).unwrap()
    }

    /// The same notes changed one by one.
    fn changed(score: &Score, change: impl Fn(&mut Note)) -> Score {
        let mut new = Score::default();
        for t in &score.tracks {
            let id = new.add_track(t.name.clone(), t.channel, t.program);
            for n in &t.notes {
                let mut n = *n;
                change(&mut n);
                new.add_note(id, n.start, n.length, n.pitch, n.velocity);
            }
        }
        new
    }

    /// The notes of `score` from tick `from` to `to`, on the track that `place` names of two.
    fn rebuilt(score: &Score, from: u32, to: u32, place: impl Fn(&Note) -> usize) -> Score {
        let mut new = Score::default();
        let tracks: [TrackId; 2] = [new.add_track("a", 3, 5), new.add_track("b", 4, 9)];
        for (_, n) in score.notes().filter(|(_, n)| (from..to).contains(&n.start)) {
            new.add_note(tracks[place(n)], n.start - from, n.length, n.pitch, 50);
        }
        new
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn key_speed_and_tracks_make_no_difference(
            seed in 0u64..1000, up in -12i32..12, double in any::<bool>(),
        ) {
            let one = piece(seed, 200);
            let moved = changed(&one, |n| {
                n.pitch = (i32::from(n.pitch) + up) as u8;
                if double {
                    n.start *= 2;
                    n.length *= 2;
                }
            });
            prop_assert_eq!(of(&one), of(&moved));
            let mixed = rebuilt(&one, 0, u32::MAX, |n| usize::from(n.pitch % 3 == 0));
            prop_assert_eq!(of(&one), of(&mixed));
        }

        #[test]
        fn a_copy_that_lacks_a_little_is_found_and_another_piece_is_not(seed in 0u64..1000) {
            let one = piece(seed, 200);
            let end = one.end();
            let cut = rebuilt(&one, end / 12, end / 12 * 10, |_| 0);
            let other = piece(seed + 5000, 200);
            let list = [("cut", &cut), ("one", &one), ("other", &other)];
            let songs: Vec<_> = list.iter().map(|(id, s)| ((*id).to_owned(), of(s))).collect();
            prop_assert_eq!(groups(&songs), vec![vec!["cut".to_owned(), "one".to_owned()]]);
        }
    }

    #[test]
    fn too_little_melody_has_no_fingerprint() {
        assert!(Fingerprint::of(&Score::default()).is_none());
        for song in Scales.songs().unwrap() {
            let score = Scales.load(&song).unwrap().score;
            assert!(Fingerprint::of(&score).is_none(), "{}", song.id);
        }
        let mut drone = Score::default();
        let t = drone.add_track("x", 0, 0);
        for i in 0..500 {
            drone.add_note(t, i * 240, 240, 60, 80);
        }
        assert!(Fingerprint::of(&drone).is_none());
    }

    #[test]
    fn a_fingerprint_comes_back_and_one_of_another_size_is_refused() {
        let one = of(&piece(1, 100));
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&text).unwrap(), one);
        let e = serde_json::from_str::<Fingerprint>("[1,2]").unwrap_err();
        assert!(e.to_string().contains("128 numbers, not 2"), "{e}");
    }

    #[test]
    fn many_songs_and_many_copies_are_grouped_without_comparing_all() {
        // 10,000 songs that share nothing, and a thousand copies of one: all pairs would be 60 million comparisons.
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut draw = || Fingerprint(Box::new(std::array::from_fn(|_| rng.random())));
        let mut songs: Vec<_> = (0..10_000).map(|i| (format!("{i:05}"), draw())).collect();
        let copy = songs[77].1.clone();
        songs.extend((0..1000).map(|i| (format!("copy{i:04}"), copy.clone())));
        let found = groups(&songs);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].len(), found[0][0].as_str()), (1001, "00077"));
        songs.reverse();
        assert_eq!(groups(&songs), found);
    }

    /// Fingerprints of all songs that can be loaded.
    fn all(source: &dyn Source) -> Vec<(String, Fingerprint)> {
        let songs = source.songs().unwrap();
        let loaded = songs.iter().filter_map(|s| source.load(s).ok());
        loaded
            .filter_map(|s| Some((s.id, Fingerprint::of(&s.score)?)))
            .collect()
    }

    fn named(groups: &[&[&str]]) -> Vec<Vec<String>> {
        let names = |g: &&[&str]| g.iter().map(|id| (*id).to_owned()).collect();
        groups.iter().map(names).collect()
    }

    #[test]
    fn pop909_holds_one_song_twice() {
        let Some(root) = data_root() else { return };
        let songs = all(&Pop909::new(&root.join("pop909")));
        assert!(songs.len() > 800, "{} songs", songs.len());
        // 94 % of their figures agree; the next pair has 6 % in common.
        assert_eq!(groups(&songs), named(&[&["017", "018"]]));
    }

    #[test]
    fn four_jsb_chorales_stand_twice_and_other_harmonies_are_other_pieces() {
        let Some(root) = data_root() else { return };
        let songs = all(&Jsb::new(&root.join("jsb")));
        assert_eq!(
            groups(&songs),
            named(&[
                &["train-056", "train-222"],
                &["train-079", "train-102"],
                &["train-142", "valid-058"],
                &["train-224", "valid-074"],
            ])
        );
    }
}
