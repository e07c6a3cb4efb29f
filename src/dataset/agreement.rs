//! How far detected keys and chords agree with what a data set says of its songs.
//!
//! Shares are of time in seconds, over stretches that are annotated with a label that can be read. The chord figures
//! follow the usual ones of chord recognition (MIREX): `majmin` counts only stretches whose label is no chord or has a
//! major or minor triad.

use super::{Annotation, Song};
use crate::score::Score;
use crate::score::chord::{Chord, ChordSpan};
use crate::score::key::{Key, Section};
use std::collections::BTreeMap;
use std::fmt;

/// A share of time, summed over songs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    pub right: f64,
    pub total: f64,
}

impl Share {
    fn add(&mut self, seconds: f64, right: bool) {
        self.total += seconds;
        if right {
            self.right += seconds;
        }
    }

    /// 0..=1; 0 where nothing was counted.
    pub fn value(self) -> f64 {
        if self.total > 0.0 {
            self.right / self.total
        } else {
            0.0
        }
    }
}

/// Agreement on keys. The five relations exclude each other and together make up all the time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KeyAgreement {
    /// Tonic and mode.
    pub exact: Share,
    /// The key of the other mode with the same notes, such as A minor for C major.
    pub relative: Share,
    /// The other mode on the same tonic.
    pub parallel: Share,
    /// The same mode a fifth higher or lower.
    pub fifth: Share,
    pub other: Share,
}

impl KeyAgreement {
    /// Counts a song; stretches without a detected key count as other.
    pub fn add(&mut self, song: &Song, found: &[Section]) {
        let stretches = found.iter().map(|s| (s.start, s.end, Some(s.key)));
        let found: Vec<_> = stretches.collect();
        for (seconds, truth, key) in overlaps(&song.score, &song.keys, Key::parse, &found) {
            let key = key.flatten();
            let is = |other: Key| key == Some(other);
            let relations = [
                is(truth),
                is(truth.relative()),
                is(truth.parallel()),
                is(truth.transposed(7)) || is(truth.transposed(-7)),
            ];
            let other = !relations.contains(&true);
            self.exact.add(seconds, relations[0]);
            self.relative.add(seconds, relations[1]);
            self.parallel.add(seconds, relations[2]);
            self.fifth.add(seconds, relations[3]);
            self.other.add(seconds, other);
        }
    }
}

impl fmt::Display for KeyAgreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |s: Share| 100.0 * s.value();
        write!(
            f,
            "exact {:5.1}  relative {:5.1}  parallel {:5.1}  fifth {:5.1}  other {:5.1}",
            percent(self.exact),
            percent(self.relative),
            percent(self.parallel),
            percent(self.fifth),
            percent(self.other)
        )
    }
}

/// Agreement on chords. No chord agrees with no chord.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChordAgreement {
    pub root: Share,
    /// Root and major or minor.
    pub majmin: Share,
    /// Root and quality; inversions are not compared.
    pub exact: Share,
    /// Seconds of each label.
    labels: BTreeMap<Option<Chord>, f64>,
}

impl ChordAgreement {
    /// Counts a song; stretches without a span count as no chord.
    pub fn add(&mut self, song: &Song, found: &[ChordSpan]) {
        let found: Vec<_> = found.iter().map(|s| (s.start, s.end, s.chord)).collect();
        for (seconds, truth, chord) in overlaps(&song.score, &song.chords, Chord::parse, &found) {
            let chord = chord.flatten();
            let root = truth.map(|c| c.root) == chord.map(|c| c.root);
            self.root.add(seconds, root);
            let kind = |c: Option<Chord>| c.map(|c| c.quality.is_major());
            if kind(truth) != Some(None) {
                self.majmin.add(seconds, root && kind(truth) == kind(chord));
            }
            self.exact.add(seconds, truth == chord);
            *self.labels.entry(truth).or_default() += seconds;
        }
    }

    /// The commonest label and its share of the time.
    pub fn commonest(&self) -> (Option<Chord>, f64) {
        let most = self.labels.iter().max_by(|a, b| a.1.total_cmp(b.1));
        most.map_or((None, 0.0), |(c, s)| (*c, s / self.exact.total))
    }
}

impl fmt::Display for ChordAgreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "root {:5.1}  majmin {:5.1}  exact {:5.1}",
            100.0 * self.root.value(),
            100.0 * self.majmin.value(),
            100.0 * self.exact.value()
        )
    }
}

/// Every stretch on which label and finding stay the same: its seconds, the label read, the finding (`None` where there
/// is none). `found` is sorted and does not overlap. Labels that cannot be read are left out.
fn overlaps<T: Copy, F: Copy>(
    score: &Score,
    labels: &[Annotation],
    read: impl Fn(&str) -> Option<T>,
    found: &[(u32, u32, F)],
) -> Vec<(f64, T, Option<F>)> {
    let clock = score.clock();
    let seconds =
        |from: u32, to: u32| clock.seconds(f64::from(to)) - clock.seconds(f64::from(from));
    let mut list = Vec::new();
    for label in labels {
        let Some(truth) = read(&label.text) else {
            continue;
        };
        let mut at = label.start;
        for &(start, end, finding) in found.iter().filter(|f| f.1 > label.start) {
            let (from, to) = (start.max(at), end.min(label.end));
            if from >= to {
                continue;
            }
            if at < from {
                list.push((seconds(at, from), truth, None));
            }
            list.push((seconds(from, to), truth, Some(finding)));
            at = to;
        }
        if at < label.end {
            list.push((seconds(at, label.end), truth, None));
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::pop909::Pop909;
    use crate::dataset::testing::data_root;
    use crate::dataset::{Source, Split};
    use crate::score::{chord, key};

    /// One song of ten bars of a second and a half (4/4 at 160) with these labels, bar numbers for ticks.
    fn song(keys: &[(u32, u32, &str)], chords: &[(u32, u32, &str)]) -> Song {
        let annotations = |list: &[(u32, u32, &str)]| {
            let one = |&(start, end, text): &(u32, u32, &str)| Annotation {
                start: start * 1920,
                end: end * 1920,
                text: text.into(),
            };
            list.iter().map(one).collect()
        };
        Song {
            id: "1".into(),
            split: Split::Test,
            score: Score::default(),
            offset: 0.0,
            on_beats: true,
            found_beats: false,
            grid_error: 0.0,
            keys: annotations(keys),
            chords: annotations(chords),
        }
    }

    #[test]
    fn shares_are_of_annotated_time() {
        let song = song(
            &[(0, 8, "C:maj"), (8, 10, "?")],
            &[(0, 2, "C:maj7/3"), (2, 4, "N"), (4, 8, "D:sus4")],
        );
        let mut keys = KeyAgreement::default();
        let section = |start: u32, end: u32, key| Section {
            start: start * 1920,
            end: end * 1920,
            key,
        };
        let found = [
            section(0, 2, Key::major(0)),
            section(2, 4, Key::minor(9)),
            section(4, 5, Key::major(7)),
            section(5, 6, Key::minor(0)),
            section(6, 7, Key::major(2)),
        ];
        keys.add(&song, &found);
        let shares = [
            keys.exact,
            keys.relative,
            keys.fifth,
            keys.parallel,
            keys.other,
        ];
        assert_eq!(shares.map(Share::value), [0.25, 0.25, 0.125, 0.125, 0.25]);

        let mut chords = ChordAgreement::default();
        let span = |start: u32, end: u32, label| ChordSpan {
            start: start * 1920,
            end: end * 1920,
            chord: Chord::parse(label).unwrap(),
        };
        // Right up to its seventh; silent only for half of the rest; then root alone, wrong, and nothing found.
        let found = [
            span(0, 2, "C:maj"),
            span(3, 5, "D:maj"),
            span(5, 6, "G:maj"),
        ];
        chords.add(&song, &found);
        assert_eq!(chords.root.value(), (2.0 + 1.0 + 1.0) / 8.0);
        assert_eq!(chords.majmin.value(), 3.0 / 4.0);
        assert_eq!(chords.exact.value(), 1.0 / 8.0);
        assert_eq!(chords.commonest().1, 0.5);
    }

    /// Agreement on the songs chosen: the reference's key, ours, ours by sections; the reference's chords, ours.
    fn measure(choose: impl Fn(&str) -> bool) -> Option<([KeyAgreement; 3], [ChordAgreement; 2])> {
        let source = Pop909::new(&data_root()?.join("pop909"));
        let (mut keys, mut chords) = (
            <[KeyAgreement; 3]>::default(),
            <[ChordAgreement; 2]>::default(),
        );
        for song in source.songs().unwrap() {
            let Some(song) = choose(&song.id).then(|| source.load(&song).ok()).flatten() else {
                continue;
            };
            let whole = |key: Option<Key>| -> Vec<Section> {
                let section = |key| Section {
                    start: 0,
                    end: u32::MAX,
                    key,
                };
                key.map(section).into_iter().collect()
            };
            keys[0].add(&song, &whole(key::reference::detect(&song.score)));
            keys[1].add(&song, &whole(key::detect(&song.score)));
            keys[2].add(&song, &key::sections(&song.score));
            chords[0].add(&song, &chord::reference::detect(&song.score));
            chords[1].add(&song, &chord::detect(&song.score));
        }
        Some((keys, chords))
    }

    #[test]
    fn our_detectors_agree_more_with_the_test_songs_than_the_references() {
        let Some((keys, chords)) = measure(|id| id.ends_with('7')) else {
            return;
        };
        report("test songs", &keys, &chords);
        assert!(keys[1].exact.value() > keys[0].exact.value() + 0.02);
        assert!(keys[2].exact.value() > keys[1].exact.value());
        assert!(chords[1].root.value() > chords[0].root.value() + 0.1);
        assert!(chords[1].majmin.value() > chords[0].majmin.value() + 0.1);
        assert!(chords[1].exact.value() > chords[0].exact.value() + 0.2);
    }

    /// `cargo test --lib agreement -- --include-ignored --nocapture` prints what `docs/harmony.md` says.
    #[test]
    #[ignore = "reads every song; prints figures"]
    fn agreement_on_all_songs() {
        let Some((keys, chords)) = measure(|_| true) else {
            return;
        };
        report("all songs", &keys, &chords);
        assert!(keys[1].exact.value() > keys[0].exact.value());
        assert!(chords[1].exact.value() > chords[0].exact.value());
    }

    fn report(songs: &str, keys: &[KeyAgreement; 3], chords: &[ChordAgreement; 2]) {
        println!("percent of the annotated time of POP909, {songs}");
        for (name, k) in ["reference", "ours", "ours, by sections"].iter().zip(keys) {
            println!("  key, {name:17}  {k}");
        }
        for (name, c) in ["reference", "ours"].iter().zip(chords) {
            println!("  chords, {name:14}  {c}");
        }
        let (label, share) = chords[0].commonest();
        let label = label.map_or("N".into(), |c| c.to_string());
        println!("  always {label}: exact {:.1}", 100.0 * share);
    }
}
