//! Turning a data set into a prepared one (see [`super::prepared`]): songs are read and encoded side by side
//! and written in order, so the files are the same whatever the number of workers, and after any number of
//! stops and kills.

use super::duplicates::{self, Fingerprint};
use super::encoder::{Encoded, Encoder};
use super::journal::{Head, Journal, Line};
use super::parallel::in_order;
use super::prepared::{Entry, INDEX, Index, Plan};
use super::splits::{self, Shares, Splits};
use super::tables::{BARS, TOKENS, Tables, table};
use super::{DatasetError, SongRef, Source, Split};
use crate::format::{FormatError, file, npy};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Songs between two flushes of the journal; what a kill can cost.
const FLUSH: usize = 32;
const JOURNAL: &str = "journal.part";

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Songs looked at, those of an earlier sitting included.
    pub done: usize,
    pub of: usize,
    pub left_out: usize,
    /// Songs that an earlier sitting had done.
    pub resumed: usize,
}

/// Why a preparation ended early.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    #[error(transparent)]
    Source(#[from] DatasetError),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error(
        "cannot write '{path}': {error}; what is done so far is kept: make room or choose another folder, and run it again"
    )]
    Write { path: PathBuf, error: io::Error },
    #[error("stopped; what is done so far is kept, run it again to go on")]
    Stopped,
}

/// Prepares the songs of a source into a folder, with so many workers (at least one). `on` hears of every song and
/// breaks off by returning false.
///
/// A song that cannot be read or encoded is left out, with its reason. Splits come from the source; where it
/// has none, from `splits.ron` in the folder, new songs by a hash of their id, near-duplicates together.
///
/// # Errors
/// When the source cannot be listed, the folder not written, or `on` broke off.
pub fn prepare(
    source: &dyn Source,
    encoder: &Encoder,
    plan: &Plan,
    folder: &Path,
    workers: usize,
    on: &mut dyn FnMut(Progress) -> bool,
) -> Result<Index, PrepareError> {
    let mut songs = source.songs()?;
    if plan.limit > 0 {
        songs.truncate(plan.limit);
    }
    let write_error = |path: &Path| {
        let path = path.to_path_buf();
        move |error| PrepareError::Write { path, error }
    };
    fs::create_dir_all(folder).map_err(write_error(folder))?;
    let head = Head {
        plan: plan.clone(),
        songs: hash(&songs),
    };
    let mut tables = Tables::open(folder, encoder.width(), encoder.columns().len())
        .map_err(write_error(folder))?;
    let (mut journal, mut lines) =
        Journal::open(&folder.join(JOURNAL), &head, |lines| tables.holds(lines))
            .map_err(write_error(&folder.join(JOURNAL)))?;
    tables.rewind(&lines).map_err(write_error(folder))?;

    let mut progress = Progress {
        done: lines.len(),
        of: songs.len(),
        resumed: lines.len(),
        left_out: lines
            .iter()
            .filter(|l| matches!(l, Line::LeftOut { .. }))
            .count(),
    };
    let mut going = on(progress);
    let mut failed = None;
    let rest = &songs[lines.len().min(songs.len())..];
    let spare: Mutex<Vec<Vec<u8>>> = Mutex::default();
    let spare = || spare.lock().unwrap_or_else(|e| e.into_inner());
    if going {
        in_order(
            rest,
            workers,
            |song| {
                let buffer = spare().pop().unwrap_or_default();
                line_of(source, encoder, plan, song, buffer)
            },
            |(line, encoded)| {
                let written = tables
                    .add(&encoded)
                    .and_then(|()| journal.add(&line))
                    .and_then(|()| match (progress.done + 1) % FLUSH {
                        0 => tables.flush().and_then(|()| journal.flush()),
                        _ => Ok(()),
                    });
                if let Err(e) = written {
                    failed = Some(e);
                    return false;
                }
                progress.done += 1;
                progress.left_out += usize::from(matches!(line, Line::LeftOut { .. }));
                lines.push(line);
                spare().push(encoded.tokens);
                going = on(progress);
                going
            },
        );
    }
    let flushed = tables.flush().and_then(|()| journal.flush());
    if let Some(error) = failed.or(flushed.err()) {
        return Err(write_error(folder)(error));
    }
    if !going {
        return Err(PrepareError::Stopped);
    }
    drop(journal);
    let index = finish(source, encoder, plan, &songs, lines, tables, folder)?;
    let _ = fs::remove_file(folder.join(JOURNAL));
    Ok(index)
}

/// Reads and encodes one song. A panic in a reader is a bug of ours, but no reason to lose a night's work.
fn line_of(
    source: &dyn Source,
    encoder: &Encoder,
    plan: &Plan,
    song: &SongRef,
    buffer: Vec<u8>,
) -> (Line, Encoded) {
    let made = catch_unwind(AssertUnwindSafe(|| {
        let loaded = source.load(song).map_err(|e| match e {
            DatasetError::Refused { reason, .. } => reason,
            other => other.to_string(),
        })?;
        let encoded = encoder.encode(&loaded, plan, buffer)?;
        let told = (loaded.grid_error, loaded.on_beats, loaded.found_beats);
        Ok((told, Fingerprint::of(&loaded.score), encoded))
    }))
    .unwrap_or_else(|_| Err("reading it failed inside Lacuna; please report this song".to_owned()));
    match made {
        Ok(((grid_error, on_beats, found_beats), fingerprint, encoded)) => {
            let entry = Entry {
                id: song.id.clone(),
                split: song.split,
                // As exact as JSON and RON both give it back.
                grid_error: (grid_error * 1e6).round() / 1e6,
                on_beats,
                found_beats,
                voices: encoded.voices.clone(),
                bars: (encoded.bars.len() / 2) as u32,
                items: encoded.items.clone(),
            };
            let line = Line::Kept { entry, fingerprint };
            (line, encoded)
        }
        Err(reason) => {
            let id = song.id.clone();
            (Line::LeftOut { id, reason }, Encoded::default())
        }
    }
}

/// What the songs are, so that a journal is not continued over others.
fn hash(songs: &[SongRef]) -> String {
    let mut sha = Sha256::new();
    let mut times: HashMap<&Path, String> = HashMap::new();
    for song in songs {
        let time = times.entry(&song.path).or_insert_with(|| {
            let about = fs::metadata(&song.path).ok();
            format!("{:?}", about.map(|a| (a.len(), a.modified().ok())))
        });
        sha.update(format!("{}\0{:?}\0{time}\n", song.id, song.split));
    }
    let digest = sha.finalize();
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// Settles splits, leaves out what must be, and gives the files their headers and names.
fn finish(
    source: &dyn Source,
    encoder: &Encoder,
    plan: &Plan,
    songs: &[SongRef],
    lines: Vec<Line>,
    mut tables: Tables,
    folder: &Path,
) -> Result<Index, PrepareError> {
    let mut index = Index::new(plan.clone(), encoder.columns());
    let prints: Vec<(String, Fingerprint)> = lines
        .iter()
        .filter_map(|l| match l {
            Line::Kept {
                entry, fingerprint, ..
            } => Some((entry.id.clone(), fingerprint.clone()?)),
            Line::LeftOut { .. } => None,
        })
        .collect();
    let mut groups = duplicates::groups(&prints);
    groups.extend(source.versions(songs));
    let path = folder.join(splits::FILE);
    let old = match path.exists() {
        true => Splits::load(&path)?,
        false => Splits::new(source.id(), 0, Shares::default())?,
    };
    let official = source.has_own_splits();
    let settled: Vec<(String, Option<Split>)> = songs
        .iter()
        .map(|s| (s.id.clone(), official.then_some(s.split)))
        .collect();
    let splits = old.settle(&settled, &groups);
    let leaking: HashMap<String, String> = splits
        .left_out()
        .into_iter()
        .map(|l| (l.id, l.reason))
        .collect();

    // What stays of each table, as ranges of rows.
    let (mut token_rows, mut bar_rows) = (Vec::new(), Vec::new());
    let (mut token, mut bar) = (0u64, 0u64);
    for line in lines {
        let (t, b) = line.rows();
        match line {
            Line::LeftOut { id, reason } => index.left_out.push((id, reason)),
            Line::Kept { mut entry, .. } => {
                entry.split = splits.split_of(&entry.id).unwrap_or(entry.split);
                let refused = leaking.get(&entry.id).cloned();
                match refused.or_else(|| encoder.refuses(&entry)) {
                    Some(reason) => index.left_out.push((entry.id, reason)),
                    None => {
                        index.songs.push(entry);
                        token_rows.push((token, token + t));
                        bar_rows.push((bar, bar + b));
                    }
                }
            }
        }
        (token, bar) = (token + t, bar + b);
    }
    index.duplicates = splits.groups.clone();
    splits.save(&path)?;

    let write_error = |name: &'static str| {
        let path = folder.join(name);
        move |error| PrepareError::Write { path, error }
    };
    let (width, columns) = (tables.width, tables.columns);
    // From here until the end the folder is no data set: an old index does not fit new tables.
    let _ = fs::remove_file(folder.join(INDEX));
    let raw = tables.tokens.get_mut();
    table(
        folder,
        TOKENS,
        "tokens.npy",
        raw,
        &token_rows,
        columns,
        width,
    )
    .map_err(write_error("tokens.npy"))?;
    if index.songs.iter().any(|s| s.bars > 0) {
        let raw = tables.bars.get_mut();
        table(folder, BARS, "bars.npy", raw, &bar_rows, 2, npy::Width::U8)
            .map_err(write_error("bars.npy"))?;
    } else {
        let _ = fs::remove_file(folder.join(BARS));
    }
    let (mut offsets, mut items, mut row) = (vec![0i64], Vec::new(), 0i64);
    for (song, entry) in index.songs.iter().enumerate() {
        for item in &entry.items {
            row += i64::from(item.rows);
            offsets.push(row);
            items.extend([song as i32, entry.split as i32, item.bar as i32]);
        }
    }
    file::write_atomic(&folder.join("offsets.npy"), &npy::write_list(&offsets))?;
    file::write_atomic(
        &folder.join("items.npy"),
        &npy::write(&items, 3, npy::Width::I32),
    )?;
    // The index makes it a data set, so it comes last.
    index.save(folder)?;
    Ok(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::slices::Slicing;
    use crate::dataset::transform::tempo::TempoPolicy;
    use crate::dataset::{Song, grid_error};
    use crate::score::Score;
    use std::collections::BTreeMap;
    use std::fs::OpenOptions;
    use std::io::Write;

    /// Songs made up from their number; every seventh cannot be read, and one makes its reader panic.
    struct Made {
        songs: usize,
        own_splits: bool,
    }

    impl Source for Made {
        fn id(&self) -> &str {
            "made"
        }

        fn has_own_splits(&self) -> bool {
            self.own_splits
        }

        fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
            let song = |i: usize| SongRef {
                id: format!("{i:04}"),
                path: PathBuf::new(),
                split: Split::ALL[i % 3],
            };
            Ok((0..self.songs).map(song).collect())
        }

        fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
            let i: u32 = song.id.parse().unwrap();
            assert_ne!(i, 10, "a bug in the reader");
            if i % 7 == 3 {
                return Err(DatasetError::Refused {
                    id: song.id.clone(),
                    reason: format!("number {i} is broken"),
                });
            }
            let mut score = Score::default();
            let t = score.add_track("Melody", 0, 0);
            // Song 20 is song 5 again, which lies on another side, and song 40 is off the grid.
            let seed = if i == 20 { 5 } else { i };
            for k in 0..64u32 {
                let pitch = 40 + ((k * k * (seed + 3) + k * seed) % 37) as u8;
                let off = if i == 40 { 50 } else { 0 };
                score.add_note(t, k * 240 + off, 120 * (1 + k % (2 + seed % 5)), pitch, 80);
            }
            Ok(Song {
                id: song.id.clone(),
                split: song.split,
                offset: 0.0,
                grid_error: grid_error(&score, 4),
                on_beats: true,
                found_beats: false,
                score,
                keys: vec![],
                chords: vec![],
            })
        }
    }

    fn plan(tokenizer: &str) -> (Encoder, Plan) {
        let slicing = Slicing {
            bars: 4,
            stride: 2,
            per_song: 0,
        };
        let encoder = Encoder::find(tokenizer, slicing).ok().unwrap();
        let plan = Plan {
            source: "made".into(),
            tokenizer: encoder.id().into(),
            slicing,
            tempo: TempoPolicy::Keep,
            key: None,
            limit: 0,
        };
        (encoder, plan)
    }

    /// Every file of a folder with its bytes.
    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let list = fs::read_dir(folder).unwrap().flatten();
        list.map(|f| {
            let name = f.file_name().to_string_lossy().into_owned();
            (name, fs::read(f.path()).unwrap())
        })
        .collect()
    }

    #[test]
    fn the_files_are_the_same_for_any_workers_and_any_stops() {
        let source = Made {
            songs: 150,
            own_splits: true,
        };
        for tokenizer in ["octuple", "melody", "trio_octuple"] {
            let (encoder, plan) = plan(tokenizer);
            let mut wanted = None;
            for (workers, stops) in [(1, vec![]), (2, vec![]), (3, vec![0, 1, 40, 41, 120])] {
                let folder = tempfile::tempdir().unwrap();
                for stop in stops {
                    let end = prepare(&source, &encoder, &plan, folder.path(), workers, &mut |p| {
                        p.done < stop
                    });
                    assert!(matches!(end, Err(PrepareError::Stopped)));
                    assert!(!folder.path().join(INDEX).exists());
                    // A kill between two writes leaves rows the journal does not know of.
                    let mut part = OpenOptions::new()
                        .append(true)
                        .open(folder.path().join(TOKENS))
                        .unwrap();
                    part.write_all(&[9; 13]).unwrap();
                }
                let mut resumed = 0;
                prepare(&source, &encoder, &plan, folder.path(), workers, &mut |p| {
                    resumed = p.resumed;
                    true
                })
                .unwrap();
                let made = files(folder.path());
                assert!(
                    !made.keys().any(|n| n.ends_with(".part")),
                    "{:?}",
                    made.keys()
                );
                match &wanted {
                    None => wanted = Some(made),
                    Some(w) => {
                        assert!(workers < 3 || resumed >= 120);
                        assert!(*w == made, "{tokenizer} with {workers} workers");
                    }
                }
            }
        }
    }

    #[test]
    fn every_song_is_an_item_or_has_a_reason() {
        let source = Made {
            songs: 50,
            own_splits: true,
        };
        let (encoder, plan) = plan("octuple");
        let folder = tempfile::tempdir().unwrap();
        let index = prepare(&source, &encoder, &plan, folder.path(), 2, &mut |_| true).unwrap();
        assert_eq!(index.songs.len() + index.left_out.len(), 50);
        let reason = |id: &str| {
            let found = index.left_out.iter().find(|l| l.0 == id);
            found.map(|l| l.1.as_str()).unwrap_or_default()
        };
        assert!(reason("0003").contains("number 3 is broken"));
        assert!(reason("0010").contains("inside Lacuna"));
        // 5 and 20 are both official test songs (i % 3 == 2), so neither leaks.
        assert_eq!(index.duplicates, [["0005".to_owned(), "0020".to_owned()]]);
        // The offsets and items that NumPy users see say the same as the index.
        let read = |name: &str| match npy::read(&files(folder.path())[name], name) {
            Ok(npy::Npy::Array(a)) => a.values,
            other => panic!("{other:?}"),
        };
        let offsets = read("offsets.npy");
        assert_eq!(offsets.len(), index.items() + 1);
        assert_eq!(*offsets.last().unwrap() as u64, index.rows());
        let songs: Vec<i32> = read("items.npy").chunks(3).map(|r| r[1]).collect();
        let splits: Vec<i32> = index.songs.iter().map(|s| s.split as i32).collect();
        assert_eq!(songs, splits);
    }

    #[test]
    fn a_folder_source_keeps_near_duplicates_on_one_side_and_its_splits_in_a_file() {
        let (encoder, plan) = plan("melody");
        let folder = tempfile::tempdir().unwrap();
        let run = |songs| {
            let source = Made {
                songs,
                own_splits: false,
            };
            prepare(&source, &encoder, &plan, folder.path(), 2, &mut |_| true).unwrap()
        };
        let side = |index: &Index, id: &str| {
            let found = index.songs.iter().find(|s| s.id == id);
            found.map(|s| s.split)
        };
        let first = run(30);
        assert_eq!(side(&first, "0005"), side(&first, "0020"));
        let more = run(120);
        for song in &first.songs {
            assert_eq!(side(&more, &song.id), Some(song.split), "{}", song.id);
        }
        let splits = Split::ALL.map(|s| more.songs_of(s).count());
        assert!(splits.iter().all(|n| *n > 0), "{splits:?}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (encoder, plan) = plan("melody");
        let source = Made {
            songs: 1,
            own_splits: true,
        };
        let e = prepare(&source, &encoder, &plan, file.path(), 1, &mut |_| true).unwrap_err();
        assert!(e.to_string().contains("cannot write"), "{e}");
    }
}
