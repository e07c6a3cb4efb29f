//! What a data set holds, counted: as text, as JSON, and as plots.

mod counter;
mod histogram;
pub mod plot;
mod summary;

pub use counter::Counter;
pub use histogram::Histogram;
pub use summary::{Counts, Summary};

use crate::format::{FormatError, file};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Reasons, and rows of tracks, that the text shows; JSON has all.
const SHOWN: usize = 40;

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
    pub durations: Counts,
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
    /// Songs by the major scale that fits best; a minor song counts with its relative major.
    pub keys: BTreeMap<String, usize>,
    /// Pitches of all notes but drums.
    pub pitch: Summary,
    pub velocity: Summary,
    /// Lengths of notes in 16ths, rounded, at least 1.
    pub duration: Summary,
    /// Notes that start in a bar.
    pub density: Summary,
    /// Notes that sound together, 16th by 16th, where any does; drums apart.
    pub polyphony: Summary,
    /// By name, or by instrument where names are free text.
    pub tracks: BTreeMap<String, TrackStatistics>,
    /// What plots and panels draw.
    pub histograms: Vec<Histogram>,
}

impl Statistics {
    /// Everything as JSON, for other programs.
    ///
    /// # Errors
    /// When a value cannot be written.
    pub fn json(&self) -> Result<String, FormatError> {
        serde_json::to_string_pretty(self).map_err(|e| FormatError::Content {
            what: format!("statistics of {}", self.source),
            problem: format!("they cannot be written as JSON ({e})"),
        })
    }

    /// Writes `statistics.txt`, `statistics.json` and one `NAME.svg` a histogram into a folder that is there; gives the
    /// files.
    ///
    /// # Errors
    /// When the disk does not take one.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, FormatError> {
        let mut files = vec![
            ("statistics.txt".to_owned(), self.to_string()),
            ("statistics.json".to_owned(), self.json()?),
        ];
        let plots = self.histograms.iter();
        files.extend(plots.map(|h| (format!("{}.svg", h.name), plot::svg(h, &self.source))));
        let mut paths = Vec::new();
        for (name, text) in files {
            let path = folder.join(name);
            file::write_atomic(&path, text.as_bytes())?;
            paths.push(path);
        }
        Ok(paths)
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
        for reason in self.refused.iter().take(SHOWN) {
            writeln!(f, "  {reason}")?;
        }
        more(f, self.refused.len())?;
        writeln!(f, "bars a song        {}", self.bars_per_song)?;
        writeln!(f, "tempo (bpm)        {}", self.tempo)?;
        writeln!(f, "grid error (16ths) {}", self.grid_error)?;
        writeln!(f, "songs by meter     {:?}", self.songs_by_meter)?;
        writeln!(f, "bars by meter      {:?}", self.bars_by_meter)?;
        writeln!(f, "songs by key       {:?}", self.keys)?;
        writeln!(f, "pitch              {}", self.pitch)?;
        writeln!(f, "velocity           {}", self.velocity)?;
        writeln!(f, "length (16ths)     {}", self.duration)?;
        writeln!(f, "notes a bar        {}", self.density)?;
        writeln!(f, "notes together     {}", self.polyphony)?;
        for (name, t) in self.tracks.iter().take(SHOWN) {
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
        more(f, self.tracks.len())
    }
}

/// Says how many rows of a list are not shown.
fn more(f: &mut fmt::Formatter<'_>, all: usize) -> fmt::Result {
    match all.checked_sub(SHOWN) {
        Some(rest) if rest > 0 => writeln!(f, "  and {rest} more"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::scales::Scales;
    use crate::dataset::{DatasetError, Source};

    fn scales() -> Statistics {
        let mut counter = Counter::of(&Scales);
        for song in Scales.songs().unwrap() {
            counter.add(&Scales.load(&song).unwrap());
        }
        counter.finish()
    }

    #[test]
    fn files_hold_text_json_and_a_plot_of_each_histogram() {
        let (dir, s) = (tempfile::tempdir().unwrap(), scales());
        let files = s.write(dir.path()).unwrap();
        assert_eq!(files.len(), 2 + s.histograms.len());
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        let back: Statistics = serde_json::from_str(&read("statistics.json")).unwrap();
        assert_eq!(back, s);
        let text = read("statistics.txt");
        assert!(
            text.contains("scales: 24 songs, 48 bars, 360 notes"),
            "{text}"
        );
        assert!(read("polyphony.svg").contains("notes sounding together"));
        assert!(s.write(&dir.path().join("none")).is_err());
    }

    #[test]
    fn every_key_of_the_scales_is_heard_twice() {
        let s = scales();
        assert_eq!(s.keys.len(), 12, "{:?}", s.keys);
        assert!(s.keys.values().all(|n| *n == 2), "{:?}", s.keys);
    }

    #[test]
    fn a_long_list_of_reasons_is_cut_in_the_text() {
        let mut counter = Counter::new("x");
        for i in 0..SHOWN + 7 {
            let (id, reason) = (format!("{i:03}"), "why".into());
            counter.refuse(&DatasetError::Refused { id, reason });
        }
        let s = counter.finish();
        assert_eq!(s.refused.len(), SHOWN + 7);
        assert!(s.to_string().contains("and 7 more"));
    }
}
