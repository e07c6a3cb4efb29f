//! What the data pane knows: which data set lies where, what was read of it, and the song in hand. Nothing
//! is read here on the window's thread; tasks read, and hand back what they found.

mod read;

pub use read::{cancel, choose_folder, choose_song, look, prepare, usual_cache};

use super::arrangement::DockPane;
use super::research;
use super::state::State;
use crate::dataset::encoder::FREE_OCTUPLE;
use crate::dataset::{SOURCES, SongRef, Source, Split, Statistics};
use crate::score::{Document, Score};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The data pane, open or not.
pub struct Data {
    pub open: bool,
    /// Id of the data set, a row of the registry.
    pub set: &'static str,
    /// Folder as typed; empty for the usual one.
    pub folder: String,
    /// The representation it is prepared in.
    pub tokenizer: &'static str,
    /// Folder the prepared data set goes to, as typed; empty for the usual one.
    pub cache: String,
    /// What is under way, if anything.
    pub busy: Option<Busy>,
    pub found: Option<Found>,
    /// Why the last thing asked for did not work, as a sentence.
    pub trouble: Option<String>,
    /// Text that ids of shown songs hold.
    pub filter: String,
    /// The split that is shown; `None` for all.
    pub split: Option<Split>,
    pub song: Option<Chosen>,
    /// The song in hand is what the transport plays.
    pub listening: bool,
    /// Counts what was asked, so that a late answer is known for one.
    asked: u64,
}

/// Work on a task's thread.
pub struct Busy {
    /// What is done: "Reading", "Preparing".
    pub doing: &'static str,
    cancelled: Arc<AtomicBool>,
}

/// What was read of a data set.
pub struct Found {
    /// Id of the data set and where it was read.
    pub set: &'static str,
    pub folder: Option<PathBuf>,
    source: Arc<dyn Source>,
    pub songs: Vec<Row>,
    pub statistics: Statistics,
    /// Songs that were read before one stopped it; all of them otherwise.
    pub read: usize,
}

/// A song in the list.
#[derive(Clone, Debug)]
pub struct Row {
    pub song: SongRef,
    /// What was counted of it; `None` where it was left out or not read.
    pub size: Option<Size>,
    /// Why it is left out, as a sentence.
    pub refused: Option<String>,
}

/// How large a song is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub bars: u32,
    pub notes: usize,
    /// Quarters a minute at the start.
    pub bpm: f64,
}

/// The song in hand.
pub struct Chosen {
    pub id: String,
    /// `None` while it is being read.
    pub score: Option<Result<Arc<Score>, String>>,
}

impl Default for Data {
    fn default() -> Self {
        Data {
            open: false,
            set: SOURCES.first().map_or("", |e| e.id),
            folder: String::new(),
            tokenizer: FREE_OCTUPLE,
            cache: String::new(),
            busy: None,
            found: None,
            trouble: None,
            filter: String::new(),
            split: None,
            song: None,
            listening: false,
            asked: 0,
        }
    }
}

impl Data {
    /// The score of the song in hand, once it is read.
    pub fn score(&self) -> Option<&Arc<Score>> {
        self.song.as_ref()?.score.as_ref()?.as_ref().ok()
    }

    /// The songs that filter and split let through.
    pub fn shown(&self) -> Vec<&Row> {
        let filter = self.filter.trim().to_lowercase();
        let rows = self.found.iter().flat_map(|f| &f.songs);
        rows.filter(|r| self.split.is_none_or(|s| r.song.split == s))
            .filter(|r| filter.is_empty() || r.song.id.to_lowercase().contains(&filter))
            .collect()
    }
}

/// Plays the song in hand from its beginning, or stops.
pub fn listen(state: &mut State) {
    research::listen(state, DockPane::Data);
}

/// The transport belongs to the piece again.
pub fn stop_listening(state: &mut State) {
    research::stop_listening(state, DockPane::Data);
}

/// Puts the song in hand on the desk as a piece without a file.
pub fn open_song(state: &mut State) {
    stop_listening(state);
    if let Some(score) = state.data.score().cloned() {
        state.show_document(Document::new((*score).clone()), None);
        super::autosave::forget(state);
        state.roll.fit(&score);
    }
}
