//! Where songs come from, and what becomes of them before a model sees them. A source turns a folder into songs, on
//! their beats where the set has any, each with the split it belongs to. Songs are split whole, before anything is cut into windows, so no song stands on two sides.

pub mod agreement;
pub mod annotation;
mod beat_finder;
pub mod beats;
pub mod cache;
pub mod csv;
pub mod domain;
pub mod duplicates;
pub mod eighth_notes;
pub mod encoder;
mod folder;
pub mod giantmidi;
mod journal;
pub mod jsb;
pub mod lakh;
pub mod maestro;
pub mod midi;
pub mod nes;
pub mod parallel;
pub mod played;
pub mod pop909;
pub mod prepare;
pub mod prepared;
pub mod quotes;
pub mod registry;
pub mod scales;
pub mod slices;
pub mod splits;
pub mod statistics;
pub mod symphony_net;
mod tables;
pub mod token_file;
pub mod transform;

pub use annotation::Annotation;
pub use domain::Domain;
pub use duplicates::Fingerprint;
pub use registry::{Entry, SOURCES, default_root, open};
pub use splits::Splits;
pub use statistics::Statistics;

use crate::format::FormatError;
use crate::score::Score;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Which side of the hold-out a song lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Split {
    Train,
    Validation,
    Test,
}

impl Split {
    /// All three, in the order reports name them.
    pub const ALL: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

    /// Lower-case name for tables and file names.
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
        }
    }
}

/// A song that can be loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SongRef {
    /// Unique and stable within its source.
    pub id: String,
    /// The file (or folder) it is read from.
    pub path: PathBuf,
    pub split: Split,
}

/// A loaded song, on a beat grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Song {
    pub id: String,
    pub split: Split,
    pub score: Score,
    /// Seconds of the source's own time at tick 0 of the score; `score.clock()` counts from there.
    pub offset: f64,
    /// Mean distance of an onset from the nearest 16th, in 16ths: 0 on the grid, 0.25 no relation to it. Songs in
    /// triplets lie near 0.2 and are better left out of a model that knows only 16ths.
    pub grid_error: f64,
    /// Whether the ticks follow the music's beats. False for performances and recordings, whose files count time at a
    /// tempo of their own: their bars mean nothing, so they suit rows of time (the `frame_roll` tokenizer), not of 16ths.
    pub on_beats: bool,
    /// Whether those beats were found in a performance rather than written in the file.
    pub found_beats: bool,
    pub keys: Vec<Annotation>,
    pub chords: Vec<Annotation>,
}

impl Song {
    /// A song without annotations, on the score's own ticks.
    pub fn plain(song: &SongRef, score: Score, on_beats: bool) -> Song {
        Song {
            id: song.id.clone(),
            split: song.split,
            offset: 0.0,
            grid_error: grid_error(&score, 4),
            on_beats,
            found_beats: false,
            score,
            keys: Vec::new(),
            chords: Vec::new(),
        }
    }
}

/// A set of songs, mostly in a folder. `load` may be called from several threads at once.
pub trait Source: Send + Sync {
    /// The name of the source in the registry.
    fn id(&self) -> &str;

    /// Every song there is, by id, without reading any.
    fn songs(&self) -> Result<Vec<SongRef>, DatasetError>;

    /// Reads one song. [`DatasetError::Refused`] means that this song is no use; the others may be.
    fn load(&self, song: &SongRef) -> Result<Song, DatasetError>;

    /// Whether the set says itself which songs are held out. Where it does not, the split of a [`SongRef`] is only
    /// provisional, and [`Splits`] keeps the one that holds.
    fn has_own_splits(&self) -> bool {
        true
    }

    /// Whether the names of tracks mean the same voice in every song, so that they can be counted by name.
    fn has_named_voices(&self) -> bool {
        true
    }

    /// Ids of songs that the published set has and this folder has not, where the set has a fixed list.
    ///
    /// # Errors
    /// As [`Source::songs`].
    fn missing(&self) -> Result<Vec<String>, DatasetError> {
        Ok(Vec::new())
    }

    /// Songs which the set itself knows to be versions of one work, by id; each group in order.
    fn versions(&self, _songs: &[SongRef]) -> Vec<Vec<String>> {
        Vec::new()
    }

    /// The songs of one split.
    fn songs_of(&self, split: Split) -> Result<Vec<SongRef>, DatasetError> {
        let mut songs = self.songs()?;
        songs.retain(|s| s.split == split);
        Ok(songs)
    }
}

/// Why a data set or one of its songs cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("there is no data set called '{id}'; the nearest is '{nearest}' (known: {known})")]
    Unknown {
        id: String,
        nearest: String,
        known: String,
    },
    #[error(
        "'{path}' does not hold the data set {source_id}: {missing} is missing; choose the folder that contains it"
    )]
    NotFound {
        source_id: String,
        path: PathBuf,
        missing: String,
    },
    #[error("cannot read '{path}': {error}; check that the file exists and may be read")]
    Read {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("'{path}', line {line}: {problem}; restore the file from the data set's archive")]
    Text {
        path: PathBuf,
        line: usize,
        problem: String,
    },
    #[error("'{path}': {problem}; restore the file from the data set's archive")]
    Content { path: PathBuf, problem: String },
    #[error("'{path}' cannot be read as tokens: {problem}")]
    Tokens { path: PathBuf, problem: String },
    #[error("'{path}': {error}")]
    Format { path: PathBuf, error: FormatError },
    #[error("song {id} is left out: {reason}")]
    Refused { id: String, reason: String },
}

/// Reads a text file.
pub(crate) fn read_text(path: &std::path::Path) -> Result<String, DatasetError> {
    std::fs::read_to_string(path).map_err(|error| DatasetError::Read {
        path: path.to_path_buf(),
        error,
    })
}

/// Mean distance of the score's onsets from the nearest of `per_quarter` grid lines a quarter, in grid steps; 0 for a
/// score without notes.
pub fn grid_error(score: &Score, per_quarter: u32) -> f64 {
    let step = f64::from(score.ppq.max(1)) / f64::from(per_quarter.max(1));
    let (sum, count) = score.notes().fold((0.0, 0usize), |(sum, count), (_, n)| {
        let x = f64::from(n.start) / step;
        (sum + (x - x.round()).abs(), count + 1)
    });
    if count == 0 { 0.0 } else { sum / count as f64 }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::path::PathBuf;

    /// The folder with the real data sets, or `None` (said loudly) where there is none.
    pub fn data_root() -> Option<PathBuf> {
        let root = super::default_root();
        if root.is_dir() {
            Some(root)
        } else {
            eprintln!(
                "SKIPPED: no data at '{}'; set LACUNA_DATA to run this test",
                root.display()
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_error_is_in_steps() {
        let mut score = Score::default();
        let t = score.add_track("a", 0, 0);
        score.add_note(t, 0, 10, 60, 80);
        score.add_note(t, 150, 10, 60, 80); // 30 ticks past a 16th of 120: a quarter of a step
        assert!((grid_error(&score, 4) - 0.125).abs() < 1e-12);
        assert_eq!(grid_error(&Score::default(), 4), 0.0);
    }
}
