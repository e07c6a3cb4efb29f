//! Counts songs. What is kept grows with the number of different values, not of notes; two numbers a song are the only
//! lists. So a set of any size can be counted, in parts and at once, and the parts added up.

use super::histogram::Histogram;
use super::summary::{Counts, Summary};
use super::{Statistics, TrackStatistics};
use crate::dataset::{DatasetError, Song, Source};
use crate::format::instruments::instrument_name;
use crate::score::theory::{PITCH_CLASSES, home_tonic, pitch_class_counts};
use crate::score::{Score, Track};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
struct TrackCounts {
    per_bar: Counts,
    pitch: Counts,
    velocity: Counts,
    durations: Counts,
    chord: Counts,
}

/// Counts songs one at a time.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    source: String,
    by_instrument: bool,
    songs: usize,
    refused: Vec<String>,
    bars_per_song: Counts,
    songs_by_meter: BTreeMap<String, usize>,
    bars_by_meter: BTreeMap<String, usize>,
    /// Songs by the major scale that fits best, 0..=11.
    keys: Counts,
    tempo: Vec<f64>,
    grid_error: Vec<f64>,
    density: Counts,
    /// 16ths by the number of notes that sound, drums apart.
    polyphony: Counts,
    /// Pitches of all notes but drums.
    pitch: Counts,
    tracks: BTreeMap<String, TrackCounts>,
}

fn add(counts: &mut Counts, value: u32, times: usize) {
    *counts.entry(value).or_default() += times;
}

fn merge<K: Ord>(into: &mut BTreeMap<K, usize>, from: BTreeMap<K, usize>) {
    for (value, times) in from {
        *into.entry(value).or_default() += times;
    }
}

/// The tonic (0..=11) of a song's major scale, or of the relative one of its minor scale; `None` for drums alone.
fn key_of(score: &Score) -> Option<u8> {
    let pitched = score.tracks.iter().filter(|t| !t.is_drums());
    let counts = pitch_class_counts(pitched.flat_map(|t| t.notes.iter().map(|n| n.pitch)));
    counts.iter().any(|n| *n > 0).then(|| home_tonic(&counts))
}

/// How a key is called that `key_of` found.
fn key_name(tonic: u8) -> String {
    let class = |t: u8| PITCH_CLASSES[usize::from(t % 12)];
    format!("{} major or {} minor", class(tonic), class(tonic + 9))
}

impl Counter {
    /// A counter for the data set of that name, with tracks told apart by name.
    pub fn new(source: &str) -> Counter {
        Counter {
            source: source.into(),
            ..Counter::default()
        }
    }

    /// A counter fit for a source: where the names of tracks are free text, instruments are counted instead, of which
    /// there are 129.
    pub fn of(source: &dyn Source) -> Counter {
        Counter {
            by_instrument: !source.has_named_voices(),
            ..Counter::new(source.id())
        }
    }

    /// Notes that a song could not be used.
    pub fn refuse(&mut self, error: &DatasetError) {
        self.refused.push(error.to_string());
    }

    /// Counts a song.
    pub fn add(&mut self, song: &Song) {
        let score = &song.score;
        let (bars, count) = (score.bars(), score.bar_count());
        self.songs += 1;
        add(&mut self.bars_per_song, count, 1);
        self.grid_error.push(song.grid_error);
        if let Some(tonic) = key_of(score) {
            add(&mut self.keys, u32::from(tonic), 1);
        }
        let mut meters: BTreeMap<String, usize> = BTreeMap::new();
        let mut tempos = Vec::new();
        for bar in 0..count {
            let m = bars.meter(bar);
            let name = format!("{}/{}", m.numerator, m.denominator);
            tempos.push(score.bpm_at(bars.start(bar)));
            *self.bars_by_meter.entry(name.clone()).or_default() += 1;
            if bar > 0 {
                *meters.entry(name).or_default() += 1;
            }
        }
        self.tempo.push(Summary::of(tempos).q50);
        let name = match meters.len() {
            1 => meters.into_keys().next().unwrap_or_default(),
            _ => "mixed".into(),
        };
        *self.songs_by_meter.entry(name).or_default() += 1;

        let mut whole = vec![0u32; count as usize];
        for track in &score.tracks {
            let per_bar = self.track(score, track, count);
            whole.iter_mut().zip(per_bar).for_each(|(a, b)| *a += b);
        }
        whole.into_iter().for_each(|n| add(&mut self.density, n, 1));
        self.sounding(score);
    }

    /// Counts a track; gives its notes by bar.
    fn track(&mut self, score: &Score, track: &Track, bars: u32) -> Vec<u32> {
        let name = match self.by_instrument {
            true => instrument_name(track.channel, track.first_program()).to_owned(),
            false => track.name.clone(),
        };
        let values = self.tracks.entry(name).or_default();
        let (lines, step) = (score.bars(), f64::from(score.ppq.max(1)) / 4.0);
        let mut per_bar = vec![0; bars as usize];
        let mut onsets: BTreeMap<i64, u32> = BTreeMap::new();
        for n in &track.notes {
            if let Some(x) = per_bar.get_mut(lines.bar_at(n.start) as usize) {
                *x += 1;
            }
            add(&mut values.pitch, u32::from(n.pitch), 1);
            add(&mut values.velocity, u32::from(n.velocity), 1);
            let steps = (f64::from(n.length) / step).round().max(1.0) as u32;
            add(&mut values.durations, steps, 1);
            let onset = (f64::from(n.start) / step).round() as i64;
            *onsets.entry(onset).or_default() += 1;
            if !track.is_drums() {
                add(&mut self.pitch, u32::from(n.pitch), 1);
            }
        }
        per_bar.iter().for_each(|n| add(&mut values.per_bar, *n, 1));
        onsets
            .into_values()
            .for_each(|n| add(&mut values.chord, n, 1));
        per_bar
    }

    /// Counts how many notes sound together, 16th by 16th, where any does.
    fn sounding(&mut self, score: &Score) {
        let step = f64::from(score.ppq.max(1)) / 4.0;
        let at = |tick: u32| (f64::from(tick) / step).round() as u64;
        let mut changes: Vec<(u64, i64)> = Vec::new();
        let pitched = score.tracks.iter().filter(|t| !t.is_drums());
        for n in pitched.flat_map(|t| &t.notes) {
            let start = at(n.start);
            changes.push((start, 1));
            changes.push((at(n.end()).max(start + 1), -1));
        }
        changes.sort_unstable();
        let (mut now, mut since) = (0i64, 0u64);
        for (step, change) in changes {
            if now > 0 && step > since {
                add(&mut self.polyphony, now as u32, (step - since) as usize);
            }
            now += change;
            since = step;
        }
    }

    /// Adds what another counter of the same source has counted. The order of parts makes no difference.
    pub fn merge(&mut self, other: Counter) {
        self.songs += other.songs;
        self.refused.extend(other.refused);
        merge(&mut self.bars_per_song, other.bars_per_song);
        merge(&mut self.songs_by_meter, other.songs_by_meter);
        merge(&mut self.bars_by_meter, other.bars_by_meter);
        merge(&mut self.keys, other.keys);
        self.tempo.extend(other.tempo);
        self.grid_error.extend(other.grid_error);
        merge(&mut self.density, other.density);
        merge(&mut self.polyphony, other.polyphony);
        merge(&mut self.pitch, other.pitch);
        for (name, counts) in other.tracks {
            let into = self.tracks.entry(name).or_default();
            merge(&mut into.per_bar, counts.per_bar);
            merge(&mut into.pitch, counts.pitch);
            merge(&mut into.velocity, counts.velocity);
            merge(&mut into.durations, counts.durations);
            merge(&mut into.chord, counts.chord);
        }
    }

    /// What was counted.
    pub fn finish(mut self) -> Statistics {
        self.refused.sort();
        let (mut velocity, mut durations) = (Counts::new(), Counts::new());
        for t in self.tracks.values() {
            merge(&mut velocity, t.velocity.clone());
            merge(&mut durations, t.durations.clone());
        }
        let keys = self.keys.iter();
        Statistics {
            histograms: self.histograms(&velocity, &durations),
            songs: self.songs,
            bars: self.density.values().sum(),
            notes: velocity.values().sum(),
            bars_per_song: Summary::of_counts(&self.bars_per_song),
            keys: keys.map(|(t, n)| (key_name(*t as u8), *n)).collect(),
            pitch: Summary::of_counts(&self.pitch),
            velocity: Summary::of_counts(&velocity),
            duration: Summary::of_counts(&durations),
            density: Summary::of_counts(&self.density),
            polyphony: Summary::of_counts(&self.polyphony),
            tempo: Summary::of(self.tempo),
            grid_error: Summary::of(self.grid_error),
            tracks: self.tracks.into_iter().map(finish_track).collect(),
            source: self.source,
            refused: self.refused,
            songs_by_meter: self.songs_by_meter,
            bars_by_meter: self.bars_by_meter,
        }
    }

    fn histograms(&self, velocity: &Counts, durations: &Counts) -> Vec<Histogram> {
        let mut classes = [0; 12];
        for (pitch, count) in &self.pitch {
            classes[(pitch % 12) as usize] += count;
        }
        let class_names = || PITCH_CLASSES.iter().map(|c| (*c).to_owned());
        let keys = (0..12).map(|t| self.keys.get(&t).copied().unwrap_or(0));
        let mut tempo = Counts::new();
        for t in &self.tempo {
            add(&mut tempo, t.round().clamp(0.0, 1000.0) as u32, 1);
        }
        let numbers =
            |about, counts: &Counts, width, most| Histogram::of_counts(about, counts, width, most);
        vec![
            numbers(
                ("pitch", "MIDI pitch, drums apart", "notes"),
                &self.pitch,
                1,
                127,
            ),
            Histogram::of_names(
                ("pitch-classes", "pitch class, drums apart", "notes"),
                class_names().zip(classes),
            ),
            numbers(("duration", "length in 16ths", "notes"), durations, 1, 64),
            numbers(("velocity", "velocity", "notes"), velocity, 4, 127),
            numbers(("density", "notes in a bar", "bars"), &self.density, 1, 64),
            numbers(
                ("polyphony", "notes sounding together, drums apart", "16ths"),
                &self.polyphony,
                1,
                24,
            ),
            Histogram::of_names(
                ("keys", "tonic of the major scale that fits best", "songs"),
                class_names().zip(keys),
            ),
            Histogram::of_names(
                ("metres", "metre", "bars"),
                self.bars_by_meter.iter().map(|(m, n)| (m.clone(), *n)),
            ),
            numbers(("tempo", "quarters a minute", "songs"), &tempo, 10, 300),
            numbers(
                ("bars", "bars in a song", "songs"),
                &self.bars_per_song,
                10,
                500,
            ),
        ]
    }
}

fn finish_track((name, counts): (String, TrackCounts)) -> (String, TrackStatistics) {
    let bars: usize = counts.per_bar.values().sum();
    let empty = counts.per_bar.get(&0).copied().unwrap_or(0);
    let row = TrackStatistics {
        notes: counts.pitch.values().sum(),
        empty_bars: empty as f64 / bars.max(1) as f64,
        notes_per_bar: Summary::of_counts(&counts.per_bar),
        pitch: Summary::of_counts(&counts.pitch),
        velocity: Summary::of_counts(&counts.velocity),
        chord: Summary::of_counts(&counts.chord),
        durations: counts.durations,
    };
    (name, row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{SongRef, Split};
    use crate::score::{Meter, Tempo};
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn song(notes: &[(u32, u32, u8)], channel: u8) -> Song {
        let mut score = Score::default();
        let t = score.add_track("A", channel, 0);
        for &(start, length, pitch) in notes {
            score.add_note(t, start, length, pitch, 80);
        }
        let r = SongRef {
            id: "1".into(),
            path: PathBuf::new(),
            split: Split::Train,
        };
        Song::plain(&r, score, true)
    }

    fn counted(song: &Song) -> Statistics {
        let mut counter = Counter::new("x");
        counter.add(song);
        counter.finish()
    }

    fn bars_of<'a>(s: &'a Statistics, name: &str) -> &'a Histogram {
        s.histograms.iter().find(|h| h.name == name).unwrap()
    }

    #[test]
    fn bars_without_notes_count_as_empty() {
        let s = counted(&song(&[(0, 480, 60), (0, 480, 64), (1920 * 3, 120, 72)], 0));
        let a = &s.tracks["A"];
        assert_eq!((s.bars, s.notes, a.empty_bars), (4, 3, 0.5));
        assert_eq!((a.notes_per_bar.max, a.chord.max), (2.0, 2.0));
        assert_eq!(a.durations, BTreeMap::from([(4, 2), (1, 1)]));
        assert_eq!(s.songs_by_meter, BTreeMap::from([("4/4".to_string(), 1)]));
        assert_eq!(bars_of(&s, "density").counts, [2, 1, 1]);
        assert_eq!(bars_of(&s, "pitch-classes").counts[..5], [2, 0, 0, 0, 1]);
    }

    #[test]
    fn polyphony_is_counted_where_something_sounds() {
        // A half note, a quarter on its second beat, a 16th much later.
        let s = counted(&song(&[(0, 960, 60), (480, 480, 64), (9600, 120, 60)], 0));
        let h = bars_of(&s, "polyphony");
        assert_eq!(h.labels, ["1", "2"]);
        assert_eq!(h.counts, [5, 4]);
        assert!((s.polyphony.mean - 13.0 / 9.0).abs() < 1e-12);
    }

    #[test]
    fn drums_have_velocities_and_lengths_but_no_pitch_or_key() {
        let s = counted(&song(&[(0, 480, 36), (480, 480, 42)], 9));
        assert_eq!((s.notes, s.pitch.count, s.velocity.count), (2, 0, 2));
        assert!(s.keys.is_empty());
    }

    #[test]
    fn the_key_is_that_of_the_scale_and_metre_and_tempo_are_the_song_s() {
        let scale = [62, 64, 66, 67, 69, 71, 73, 74];
        let notes: Vec<_> = (0..).zip(scale).map(|(i, p)| (i * 480, 480, p)).collect();
        let mut song = song(&notes, 0);
        song.score.meters = vec![Meter::new(0, 3, 4)];
        song.score.tempos = vec![Tempo {
            tick: 0,
            micros_per_quarter: 600_000,
        }];
        let s = counted(&song);
        assert_eq!(
            s.keys,
            BTreeMap::from([("D major or B minor".to_string(), 1)])
        );
        assert_eq!(s.bars_by_meter, BTreeMap::from([("3/4".to_string(), 3)]));
        assert_eq!(bars_of(&s, "tempo").labels, ["100"]);
    }

    #[test]
    fn free_names_are_replaced_by_instruments() {
        let source = crate::dataset::midi::source(std::path::Path::new("."));
        let mut counter = Counter::of(&source);
        counter.add(&song(&[(0, 480, 36)], 9));
        let names: Vec<String> = counter.finish().tracks.into_keys().collect();
        assert_eq!(names, [instrument_name(9, 0)]);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(
            songs in prop::collection::vec(
                (prop::collection::vec((0u32..8000, 0u32..2000, 0u8..128), 0..20), 0u8..16, 100_000u32..900_000),
                0..8),
            cut in 0usize..8,
        ) {
            let songs: Vec<Song> = songs.iter().map(|(notes, channel, tempo)| {
                let mut s = song(notes, *channel);
                s.score.tempos = vec![Tempo { tick: 0, micros_per_quarter: *tempo }];
                s
            }).collect();
            let count = |part: &[Song]| {
                let mut c = Counter::new("x");
                for s in part {
                    c.add(s);
                    let reason = format!("{:?}", s.score.tempos);
                    c.refuse(&DatasetError::Refused { id: "x".into(), reason });
                }
                c
            };
            let (a, b) = songs.split_at(cut.min(songs.len()));
            let mut parts = count(b);
            parts.merge(count(a));
            prop_assert_eq!(parts.finish(), count(&songs).finish());
        }
    }
}
