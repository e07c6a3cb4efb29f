//! The tasks of the data pane.

use super::{Busy, Chosen, Found, Row, Size};
use crate::dataset::encoder::Encoder;
use crate::dataset::prepare::{self, PrepareError};
use crate::dataset::prepared;
use crate::dataset::slices::Slicing;
use crate::dataset::statistics::Counter;
use crate::dataset::{self, DatasetError, SongRef, Source, Split, parallel};
use crate::studio::state::State;
use crate::studio::tasks::{After, Progress};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A folder as typed; `None` for the usual one.
fn typed(text: &str) -> Option<PathBuf> {
    let text = text.trim();
    (!text.is_empty()).then(|| PathBuf::from(text))
}

/// A sentence of an error.
fn sentence(e: impl std::fmt::Display) -> String {
    let text = e.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn begin(state: &mut State, doing: &'static str) -> (u64, Arc<AtomicBool>) {
    let cancelled = Arc::new(AtomicBool::new(false));
    state.data.asked += 1;
    state.data.trouble = None;
    state.data.busy = Some(Busy {
        doing,
        cancelled: cancelled.clone(),
    });
    (state.data.asked, cancelled)
}

/// Stops what is under way; what was read so far stays.
pub fn cancel(state: &State) {
    if let Some(busy) = &state.data.busy {
        busy.cancelled.store(true, Relaxed);
    }
}

/// Reads the data set that is chosen.
pub fn look(state: &mut State) {
    if state.data.busy.is_some() {
        return;
    }
    let (asked, cancelled) = begin(state, "Reading");
    let (set, folder) = (state.data.set, typed(&state.data.folder));
    state
        .tasks
        .spawn_long("Reading the data set", move |progress| {
            let found = read(set, folder, |share| {
                progress_of(progress, &cancelled, share)
            });
            after(asked, move |state| match found {
                Ok(found) => {
                    super::stop_listening(state);
                    state.data.song = None;
                    state.data.found = Some(found);
                }
                Err(e) => state.data.trouble = Some(sentence(e)),
            })
        });
}

/// Tells how far it is; answers whether to go on. Either cross stops it: the pane's and the status bar's.
fn progress_of(progress: &Progress, cancelled: &AtomicBool, share: f32) -> bool {
    progress.report(share) && !cancelled.load(Relaxed)
}

/// Hands a result back, if nothing else was asked meanwhile.
fn after(asked: u64, then: impl FnOnce(&mut State) + Send + 'static) -> After {
    Box::new(move |state: &mut State| {
        if state.data.asked == asked {
            state.data.busy = None;
            then(state);
        }
    })
}

fn read(
    set: &'static str,
    folder: Option<PathBuf>,
    on_song: impl Fn(f32) -> bool,
) -> Result<Found, DatasetError> {
    let source: Arc<dyn Source> = dataset::open(set, folder.as_deref())?.into();
    let songs = source.songs()?;
    let mut counter = Counter::of(source.as_ref());
    let mut rows: Vec<Row> = Vec::with_capacity(songs.len());
    let all = songs.len();
    let look = |song: &SongRef| {
        let mut own = Counter::of(source.as_ref());
        let row = match source.load(song) {
            Ok(loaded) => {
                own.add(&loaded);
                let size = Size {
                    bars: loaded.score.bar_count(),
                    notes: loaded.score.note_count(),
                    bpm: loaded.score.bpm_at(0),
                };
                row(song.clone(), Some(size), None)
            }
            Err(e) => {
                own.refuse(&e);
                row(song.clone(), None, Some(sentence(e)))
            }
        };
        (row, own)
    };
    parallel::in_order(&songs, parallel::workers(), look, |(row, own)| {
        counter.merge(own);
        rows.push(row);
        on_song(rows.len() as f32 / all as f32)
    });
    let read = rows.len();
    // What was not read is listed all the same.
    rows.extend(
        songs
            .into_iter()
            .skip(read)
            .map(|song| row(song, None, None)),
    );
    Ok(Found {
        set,
        folder,
        source,
        songs: rows,
        statistics: counter.finish(),
        read,
    })
}

fn row(song: SongRef, size: Option<Size>, refused: Option<String>) -> Row {
    Row {
        song,
        size,
        refused,
    }
}

/// Takes a song in hand and reads it.
pub fn choose_song(state: &mut State, song: SongRef) {
    super::stop_listening(state);
    let Some(found) = &state.data.found else {
        return;
    };
    let source = found.source.clone();
    state.data.song = Some(Chosen {
        id: song.id.clone(),
        score: None,
    });
    state.tasks.spawn("", move || {
        let loaded = source
            .load(&song)
            .map(|s| Arc::new(s.score))
            .map_err(sentence);
        let after: After = Box::new(move |state: &mut State| {
            let chosen = state.data.song.as_mut().filter(|c| c.id == song.id);
            if let Some(chosen) = chosen {
                chosen.score = Some(loaded);
            }
        });
        after
    });
}

/// Where a prepared data set goes when no folder is typed, as on the command line.
pub fn usual_cache(set: &str, tokenizer: &str) -> PathBuf {
    prepared::root().join(prepared::name(set, tokenizer))
}

/// Makes the prepared data set that training reads.
pub fn prepare(state: &mut State) {
    if state.data.busy.is_some() {
        return;
    }
    let (asked, cancelled) = begin(state, "Preparing");
    let (set, folder) = (state.data.set, typed(&state.data.folder));
    let tokenizer = state.data.tokenizer;
    let target = typed(&state.data.cache).unwrap_or_else(|| usual_cache(set, tokenizer));
    state
        .tasks
        .spawn_long("Preparing the data set", move |progress| {
            let made = make_cache(set, folder, tokenizer, &target, |share| {
                progress_of(progress, &cancelled, share)
            });
            after(asked, move |state| match made {
                Ok(line) => state.toasts.success(&line),
                Err(PrepareError::Stopped) => state
                    .toasts
                    .info("Stopped. Prepare goes on from there, here or on the command line."),
                Err(why) => state.data.trouble = Some(sentence(why)),
            })
        });
}

/// Bars of an item, and from one to the next, as on the command line.
const ITEMS: Slicing = Slicing {
    bars: 64,
    stride: 32,
    per_song: 0,
};

/// Builds and writes the prepared data set.
fn make_cache(
    set: &'static str,
    folder: Option<PathBuf>,
    tokenizer: &'static str,
    target: &std::path::Path,
    on_song: impl Fn(f32) -> bool,
) -> Result<String, PrepareError> {
    let source = dataset::open(set, folder.as_deref())?;
    // The list offers only what is registered.
    let encoder = Encoder::find(tokenizer, ITEMS).unwrap_or(Encoder::FreeOctuple);
    let plan = encoder.plan(source.id());
    let workers = parallel::workers();
    let index = prepare::prepare(
        source.as_ref(),
        &encoder,
        &plan,
        target,
        workers,
        &mut |p| on_song(p.done as f32 / p.of.max(1) as f32),
    )?;
    let counts: Vec<String> = Split::ALL
        .iter()
        .map(|&s| format!("{} {}", index.songs_of(s).count(), s.name()))
        .collect();
    Ok(format!(
        "{} songs prepared ({}), {} left out; they are in {}.",
        index.songs.len(),
        counts.join(", "),
        index.left_out.len(),
        target.display()
    ))
}

/// Asks for the folder in the system's dialog.
pub fn choose_folder(state: &mut State) {
    let from = typed(&state.data.folder).unwrap_or_else(dataset::default_root);
    state.tasks.spawn("", move || {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("The folder of the data set")
            .set_directory(&from);
        let picked = pollster::block_on(dialog.pick_folder());
        let after: After = Box::new(move |state: &mut State| {
            if let Some(handle) = picked {
                state.data.folder = handle.path().display().to_string();
                look(state);
            }
        });
        after
    });
}
