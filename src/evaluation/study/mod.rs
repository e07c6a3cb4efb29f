//! A study: models and folders of music are measured on songs nobody trained on, beside real music, trivial baselines
//! and nonsense. Command line and window ask for the same study and get the same figures.

mod folder;
mod heard;
mod holes;
mod songs;
mod whole;

use super::comparison::{Comparison, Kind};
use super::nearest::Found;
use super::registry::Metric;
use super::report::Distribution;
use super::set::Set;
use crate::dataset::{DatasetError, Split};
use crate::model::Model;
use crate::score::{Constraints, SamplerSettings, Score};
pub use heard::Hearing;
pub use songs::Songs;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// A hole in every song.
    Infill(Holes),
    /// Whole pieces.
    Uncond {
        /// Bars of a piece.
        bars: u32,
        /// Pieces of each model.
        samples: u32,
    },
}

/// Where the holes of an infilling task lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Holes {
    /// Bars of the window around a hole.
    pub window: u32,
    /// Bars of the holes within the window; several are filled each by itself.
    pub regions: Vec<Range<u32>>,
    /// Bar of the song at which the first window starts.
    pub first_bar: u32,
    /// Windows of a song start this many bars apart; 0 takes one a song.
    pub stride: u32,
    /// Takes of every hole; variety needs two or more.
    pub takes: u32,
    /// Stages of the estimate of how likely the originals are, for models that can say; 0 leaves it out.
    pub stages: usize,
}

impl Default for Holes {
    /// Bars 6 to 10 of a window of 16, from bar 14 of the song on.
    fn default() -> Self {
        Holes {
            window: 16,
            regions: std::iter::once(6..10).collect(),
            first_bar: 14,
            stride: 0,
            takes: 1,
            stages: 16,
        }
    }
}

/// What is asked.
#[derive(Clone)]
pub struct Request {
    pub task: Task,
    /// A row of the registry of data sets.
    pub dataset: String,
    /// The folder that holds it; `None` for its usual place.
    pub root: Option<PathBuf>,
    /// Validation or test.
    pub split: Split,
    /// Which song is in which split (`splits.ron` of a prepared data set), for data sets that do not say it themselves.
    pub splits: Option<PathBuf>,
    /// At most so many songs; 0 means all.
    pub songs: usize,
    /// Pieces of this folder are filled rather than songs of the data set.
    pub input: Option<PathBuf>,
    /// Rows that lie in folders, by name.
    pub folders: Vec<(String, PathBuf)>,
    /// The representation of tokens in folders; `None` for MIDI, or the one a prepared data set names.
    pub tokenizer: Option<String>,
    /// All pitched tracks of a song are put on one, for models that know no tracks.
    pub merge_tracks: bool,
    /// Real music and nonsense stand beside.
    pub floors: bool,
    pub metrics: Vec<&'static Metric>,
    /// Resamples behind an interval.
    pub rounds: usize,
    /// What baselines are drawn by.
    pub seed: u64,
    /// Who hears whole pieces for the metrics of latents, where these are wanted: it takes its time.
    pub hearing: Option<Hearing>,
}

/// A model that is judged, and how it draws.
pub struct Contestant<'a> {
    /// Its row.
    pub name: String,
    pub model: &'a dyn Model,
    pub settings: SamplerSettings,
    pub constraints: Constraints,
    /// Name of the device, for recipes.
    pub device: &'a str,
}

/// A piece of a row.
#[derive(Clone, Debug)]
pub struct Piece {
    pub name: String,
    /// What was written: the takes of one hole, in their windows; else one whole piece.
    pub takes: Vec<Arc<Score>>,
    /// The window as it was, where a hole was filled.
    pub original: Option<Arc<Score>>,
    /// Bars of the hole within the window.
    pub hole: Option<Range<u32>>,
    /// The stretch of a training song it comes nearest to, where that was looked for.
    pub nearest: Option<Found>,
}

impl Piece {
    /// The take that stands for the piece where only one is shown: the last.
    pub fn shown(&self) -> Option<&Arc<Score>> {
        self.takes.last()
    }
}

/// A row: its pieces, in the order of the figures of its line in the comparison.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub kind: Kind,
    pub pieces: Vec<Piece>,
    /// How its notes are spread.
    pub distributions: Vec<Distribution>,
    /// Milliseconds of a take, on average; rows of no model have none.
    pub millis: Option<f64>,
}

/// What a study came to.
#[derive(Default)]
pub struct Study {
    pub comparison: Comparison,
    /// By region, where there are several.
    pub regions: Vec<(Range<u32>, Comparison)>,
    /// In the order of the comparison.
    pub rows: Vec<Row>,
    /// How the notes of the music that is judged by are spread.
    pub reference: Vec<Distribution>,
    /// The songs that copies are looked for in; `None` without floors.
    pub training: Option<Arc<Set>>,
    /// The same songs to be heard, in the same order.
    pub songs: Vec<(String, Arc<Score>)>,
}

/// Why there is no study.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// Somebody stopped it.
    #[error("stopped")]
    Stopped,
    #[error("{0}")]
    Dataset(#[from] DatasetError),
    #[error("{0}")]
    Splits(#[from] crate::format::FormatError),
    /// A sentence that says what is wrong and what to do.
    #[error("{0}")]
    Cannot(String),
}

/// Where a study stands, for those who watch.
pub trait Watch: Sync {
    /// `done` of `of` `what` ("holes", "pieces", "rows") of `doing` ("pop fills") are there.
    fn at(&self, doing: &str, done: u64, of: u64, what: &'static str);

    /// A sentence worth keeping: a file left out, a model done.
    fn say(&self, sentence: &str);

    /// Set by whoever wants it to stop.
    fn stop(&self) -> &AtomicBool;
}

/// Whether somebody wants it to stop.
fn stopped(watch: &dyn Watch) -> bool {
    watch.stop().load(Ordering::Acquire)
}

/// What a row of filled holes is called: the model, with the settings that its figures hang on.
pub fn row_name(id: &str, settings: &SamplerSettings, constraints: &Constraints) -> String {
    let in_key = match constraints.in_key {
        0.0 => String::new(),
        nats => format!(", in key {nats}"),
    };
    format!(
        "{id} ({} steps, T {}, top-p {}{in_key})",
        settings.steps, settings.temperature, settings.top_p
    )
}

/// Conducts a study.
///
/// # Errors
/// When it was stopped, when there are no songs or too few, when a folder holds no music or a model cannot write.
pub fn conduct(
    request: &Request,
    contestants: &[Contestant<'_>],
    watch: &dyn Watch,
) -> Result<Study, StudyError> {
    match &request.task {
        Task::Infill(holes) => holes::run(request, holes, contestants, watch),
        &Task::Uncond { bars, samples } => {
            whole::run(request, bars.max(1), samples.max(1), contestants, watch)
        }
    }
}

/// The songs that a request has its holes in.
///
/// # Errors
/// When there is no such data set or folder, or somebody stopped it.
pub fn judged_songs(request: &Request, watch: &dyn Watch) -> Result<Songs, StudyError> {
    songs::judged(request, watch)
}

/// The songs a request's models may have been trained on.
///
/// # Errors
/// As [`judged_songs`].
pub fn training_songs(request: &Request, watch: &dyn Watch) -> Result<Songs, StudyError> {
    let source = songs::source(request)?;
    songs::of_split(request, &*source, Split::Train, 0, watch)
}
