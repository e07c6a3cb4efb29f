//! What a data set holds, counted.

use super::Song;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A distribution in a few numbers. Quantiles are values that occur (nearest rank).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub count: usize,
    pub mean: f64,
    pub min: f64,
    pub q05: f64,
    pub q50: f64,
    pub q90: f64,
    pub q95: f64,
    pub q99: f64,
    pub max: f64,
}

impl Summary {
    /// The summary of some values; all zeros for none.
    pub fn of(mut values: Vec<f64>) -> Summary {
        values.sort_by(f64::total_cmp);
        let rank = |q: f64| {
            let i = (q * values.len() as f64).ceil() as usize;
            values.get(i.max(1) - 1).copied().unwrap_or(0.0)
        };
        Summary {
            count: values.len(),
            mean: values.iter().sum::<f64>() / values.len().max(1) as f64,
            min: rank(0.0),
            q05: rank(0.05),
            q50: rank(0.5),
            q90: rank(0.9),
            q95: rank(0.95),
            q99: rank(0.99),
            max: rank(1.0),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "mean {:.3}  min {:.3}  5% {:.3}  50% {:.3}  90% {:.3}  95% {:.3}  99% {:.3}  max {:.3}",
            self.mean, self.min, self.q05, self.q50, self.q90, self.q95, self.q99, self.max
        )
    }
}

/// What is counted for tracks of one name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrackStatistics {
    pub notes: usize,
    /// Notes that start in a bar, over all bars of all songs, empty ones too.
    pub notes_per_bar: Summary,
    /// Share of bars in which no note starts.
    pub empty_bars: f64,
    pub pitch: Summary,
    pub velocity: Summary,
    /// Notes by length in 16ths, rounded, at least 1.
    pub durations: BTreeMap<u32, usize>,
    /// Largest number of notes on one onset (by 16ths), over the onsets there are.
    pub chord: Summary,
}

/// What a data set holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    pub source: String,
    pub songs: usize,
    /// Songs left out, with the reason.
    pub refused: Vec<String>,
    pub bars: usize,
    pub notes: usize,
    pub bars_per_song: Summary,
    /// Songs of which every bar but the pickup is in this meter, by meter; "mixed" for the others.
    pub songs_by_meter: BTreeMap<String, usize>,
    /// Bars by meter.
    pub bars_by_meter: BTreeMap<String, usize>,
    /// Quarters a minute, one value a song (its middle tempo by bars).
    pub tempo: Summary,
    /// Distance of an onset from the nearest 16th in 16ths, one mean a song.
    pub grid_error: Summary,
    pub tracks: BTreeMap<String, TrackStatistics>,
}

#[derive(Default)]
struct TrackValues {
    per_bar: Vec<f64>,
    pitch: Vec<f64>,
    velocity: Vec<f64>,
    durations: BTreeMap<u32, usize>,
    chord: Vec<f64>,
}

/// Counts songs one at a time.
#[derive(Default)]
pub struct Counter {
    statistics: Statistics,
    bars_per_song: Vec<f64>,
    tempo: Vec<f64>,
    grid_error: Vec<f64>,
    tracks: BTreeMap<String, TrackValues>,
}

impl Counter {
    /// A counter for the data set of that name.
    pub fn new(source: &str) -> Counter {
        Counter {
            statistics: Statistics {
                source: source.into(),
                ..Statistics::default()
            },
            ..Counter::default()
        }
    }

    /// Notes that a song could not be used.
    pub fn refuse(&mut self, error: &super::DatasetError) {
        self.statistics.refused.push(error.to_string());
    }

    /// Counts a song.
    pub fn add(&mut self, song: &Song) {
        let (score, s) = (&song.score, &mut self.statistics);
        let (bars, count) = (score.bars(), score.bar_count());
        s.songs += 1;
        s.bars += count as usize;
        s.notes += score.note_count();
        self.bars_per_song.push(f64::from(count));
        self.grid_error.push(song.grid_error);
        let mut meters = BTreeMap::new();
        let mut tempos = Vec::new();
        for bar in 0..count {
            let m = bars.meter(bar);
            let name = format!("{}/{}", m.numerator, m.denominator);
            tempos.push(score.bpm_at(bars.start(bar)));
            *s.bars_by_meter.entry(name.clone()).or_default() += 1;
            if bar > 0 {
                *meters.entry(name).or_insert(0usize) += 1;
            }
        }
        self.tempo.push(Summary::of(tempos).q50);
        let name = match meters.len() {
            1 => meters.keys().next().cloned().unwrap_or_default(),
            _ => "mixed".into(),
        };
        *s.songs_by_meter.entry(name).or_default() += 1;

        let step = f64::from(score.ppq.max(1)) / 4.0;
        for track in &score.tracks {
            let values = self.tracks.entry(track.name.clone()).or_default();
            let mut per_bar = vec![0.0; count as usize];
            let mut onsets: BTreeMap<i64, f64> = BTreeMap::new();
            for n in &track.notes {
                if let Some(x) = per_bar.get_mut(bars.bar_at(n.start) as usize) {
                    *x += 1.0;
                }
                values.pitch.push(f64::from(n.pitch));
                values.velocity.push(f64::from(n.velocity));
                let steps = (f64::from(n.length) / step).round().max(1.0) as u32;
                *values.durations.entry(steps).or_default() += 1;
                let onset = (f64::from(n.start) / step).round() as i64;
                *onsets.entry(onset).or_default() += 1.0;
            }
            values.per_bar.extend(per_bar);
            values.chord.extend(onsets.into_values());
        }
    }

    /// What was counted.
    pub fn finish(self) -> Statistics {
        let mut s = self.statistics;
        s.bars_per_song = Summary::of(self.bars_per_song);
        s.tempo = Summary::of(self.tempo);
        s.grid_error = Summary::of(self.grid_error);
        s.tracks = self
            .tracks
            .into_iter()
            .map(|(name, v)| {
                let empty = v.per_bar.iter().filter(|n| **n == 0.0).count();
                let row = TrackStatistics {
                    notes: v.pitch.len(),
                    empty_bars: empty as f64 / v.per_bar.len().max(1) as f64,
                    notes_per_bar: Summary::of(v.per_bar),
                    pitch: Summary::of(v.pitch),
                    velocity: Summary::of(v.velocity),
                    durations: v.durations,
                    chord: Summary::of(v.chord),
                };
                (name, row)
            })
            .collect();
        s
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} songs, {} bars, {} notes; {} songs left out",
            self.source,
            self.songs,
            self.bars,
            self.notes,
            self.refused.len()
        )?;
        for reason in &self.refused {
            writeln!(f, "  {reason}")?;
        }
        writeln!(f, "bars a song        {}", self.bars_per_song)?;
        writeln!(f, "tempo (bpm)        {}", self.tempo)?;
        writeln!(f, "grid error (16ths) {}", self.grid_error)?;
        writeln!(f, "songs by meter     {:?}", self.songs_by_meter)?;
        writeln!(f, "bars by meter      {:?}", self.bars_by_meter)?;
        for (name, t) in &self.tracks {
            writeln!(f, "track {name}: {} notes", t.notes)?;
            writeln!(f, "  notes a bar      {}", t.notes_per_bar)?;
            writeln!(f, "  empty bars       {:.1} %", 100.0 * t.empty_bars)?;
            writeln!(f, "  notes an onset   {}", t.chord)?;
            writeln!(f, "  pitch            {}", t.pitch)?;
            writeln!(f, "  velocity         {}", t.velocity)?;
            write!(f, "  length (16ths: % of notes, running %)")?;
            let mut running = 0;
            for (steps, count) in t.durations.iter().take(24) {
                running += count;
                let share = |n: usize| 100.0 * n as f64 / t.notes.max(1) as f64;
                write!(f, "  {steps}: {:.1} {:.1}", share(*count), share(running))?;
            }
            let longest = t.durations.keys().last().copied().unwrap_or(0);
            writeln!(f, "  longest {longest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;
    use crate::score::Score;

    #[test]
    fn quantiles_are_values_that_occur() {
        let s = Summary::of((1..=100).map(f64::from).collect());
        assert_eq!(
            (s.min, s.q50, s.q95, s.max, s.mean),
            (1.0, 50.0, 95.0, 100.0, 50.5)
        );
        assert_eq!(Summary::of(vec![]).max, 0.0);
    }

    #[test]
    fn bars_without_notes_count_as_empty() {
        let mut score = Score::default();
        let t = score.add_track("A", 0, 0);
        score.add_note(t, 0, 480, 60, 80);
        score.add_note(t, 0, 480, 64, 80);
        score.add_note(t, 1920 * 3, 120, 72, 100);
        let mut counter = Counter::new("x");
        counter.add(&Song {
            id: "1".into(),
            split: Split::Train,
            score,
            offset: 0.0,
            grid_error: 0.0,
            keys: vec![],
            chords: vec![],
        });
        let s = counter.finish();
        let a = &s.tracks["A"];
        assert_eq!((s.bars, s.notes, a.empty_bars), (4, 3, 0.5));
        assert_eq!((a.notes_per_bar.max, a.chord.max), (2.0, 2.0));
        assert_eq!(a.durations, BTreeMap::from([(4, 2), (1, 1)]));
        assert_eq!(s.songs_by_meter, BTreeMap::from([("4/4".to_string(), 1)]));
    }
}
