//! POP909: `POP909/NNN/NNN.mid` with hand-corrected annotations beside it.
//!
//! The tempo and metre written in the files are not those of the music: by their own ticks onsets lie anywhere between
//! 16ths. So every time goes through seconds onto the annotated beats. What the annotation says, checked on all 849 songs:
//! - `beat_midi.txt` has seconds, a flag on the first beat of each simple bar (two or three beats) and a flag on the
//!   first beat of each compound bar (four beats in 821 songs, six in 28). The compound flag is the bar line of the 4/4
//!   songs; the songs in six are read as 3/4, since their beats are quarters (mostly 75 to 130 a minute, with as many
//!   eighths between them as in 4/4 songs).
//! - Five songs in six have some odd bar: a 2/4, or a bar line missing or misplaced (see [`BeatGrid::new`]).
//! - `chord_midi.txt` shares the file's clock; `key_audio.txt` the recording's, which differs by some hundredths of a
//!   second, so key changes are approximate.
//!
//! There are two ways to take the set. The usual one puts every song on its beats and holds songs out by their last
//! digit. [`Pop909::reference`] does as the reference system does, so that its figures can be compared: songs 860 to 909
//! are tests, and the files are taken on their own ticks. That system slices the training songs first and then keeps
//! 5 % of the slices for validation, so that parts of one song stand on both sides. No split of songs can say that; here
//! they are all for training, and whoever wants the same figures keeps the first 5 % of the slices.

use super::beats::{self, BeatGrid, PPQ};
use super::read_text;
use super::{Annotation, DatasetError, Song, SongRef, Source, Split, annotation, grid_error};
use crate::format::smf;
use crate::score::{Note, NoteId, Score};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The three voices, in the order of the score's tracks.
pub const TRACKS: [&str; 3] = ["MELODY", "BRIDGE", "PIANO"];

/// Share of notes that may lie more than a bar after the last annotated beat.
const BEYOND: f64 = 0.02;

/// Mean distance from a grid, in its steps, above which the beats have nothing to do with the notes (chance is 0.25).
const MISFIT: f64 = 0.15;

/// Number of songs the set was published with; they are called 001 to 909.
const PUBLISHED: u32 = 909;

/// The first test song of the reference system.
const REFERENCE_TEST: &str = "860";

/// The songs in a folder.
pub struct Pop909 {
    root: PathBuf,
    reference: bool,
}

impl Pop909 {
    /// The songs under `root`, the folder that holds `POP909`. Nothing is read yet.
    pub fn new(root: &Path) -> Pop909 {
        Pop909 {
            root: root.to_path_buf(),
            reference: false,
        }
    }

    /// The songs under `root` as the reference system takes them: unaligned, tests from song 860 on, no validation.
    pub fn reference(root: &Path) -> Pop909 {
        Pop909 {
            reference: true,
            ..Pop909::new(root)
        }
    }

    /// The file as it is, on its own ticks.
    pub fn load_unaligned(&self, song: &SongRef) -> Result<Score, DatasetError> {
        let bytes = std::fs::read(&song.path).map_err(|error| DatasetError::Read {
            path: song.path.clone(),
            error,
        })?;
        let imported = smf::import(&bytes, &song.id).map_err(|error| DatasetError::Format {
            path: song.path.clone(),
            error,
        })?;
        Ok(imported.score)
    }
}

/// Ids ending in 7 are tests, those ending in 3 validation; in the reference, tests are those from 860 on.
fn split(id: &str, reference: bool) -> Split {
    if reference {
        return if id >= REFERENCE_TEST {
            Split::Test
        } else {
            Split::Train
        };
    }
    match id.as_bytes().last() {
        Some(b'7') => Split::Test,
        Some(b'3') => Split::Validation,
        _ => Split::Train,
    }
}

impl Source for Pop909 {
    fn id(&self) -> &str {
        if self.reference {
            "pop909-reference"
        } else {
            "pop909"
        }
    }

    fn missing(&self) -> Result<Vec<String>, DatasetError> {
        let there: BTreeSet<String> = self.songs()?.into_iter().map(|s| s.id).collect();
        let published = (1..=PUBLISHED).map(|n| format!("{n:03}"));
        Ok(published.filter(|id| !there.contains(id)).collect())
    }

    fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
        let folder = self.root.join("POP909");
        let missing = || DatasetError::NotFound {
            source_id: self.id().into(),
            path: self.root.clone(),
            missing: "the folder POP909 with a folder for each song".into(),
        };
        let entries = std::fs::read_dir(&folder).map_err(|_| missing())?;
        let mut songs: Vec<SongRef> = entries
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .filter(|id| id.bytes().all(|b| b.is_ascii_digit()))
            .map(|id| SongRef {
                path: folder.join(&id).join(format!("{id}.mid")),
                split: split(&id, self.reference),
                id,
            })
            .filter(|s| s.path.is_file())
            .collect();
        if songs.is_empty() {
            return Err(missing());
        }
        songs.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(songs)
    }

    fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
        let refused = |reason: String| DatasetError::Refused {
            id: song.id.clone(),
            reason,
        };
        let file = self.load_unaligned(song)?;
        if self.reference {
            return Ok(Song::plain(song, file, false));
        }
        let folder = song.path.parent().unwrap_or(Path::new("."));
        let path = folder.join("beat_midi.txt");
        let list = beats::parse(&read_text(&path)?, &path)?;
        let clock = file.clock();
        let first = file.notes().map(|(_, n)| n.start).min();
        let first = first.ok_or_else(|| refused("it has no notes".into()))?;
        let grid = BeatGrid::new(&list, clock.seconds(f64::from(first)))
            .map_err(|e| refused(format!("in beat_midi.txt {e}")))?;

        let limit = grid.last() + f64::from(grid.usual_bar()) * grid.last_beat_seconds();
        let beyond = file
            .notes()
            .filter(|(_, n)| clock.seconds(f64::from(n.start)) > limit)
            .count();
        if beyond as f64 > BEYOND * file.note_count() as f64 {
            return Err(refused(format!(
                "{beyond} of {} notes sound after the last annotated beat",
                file.note_count()
            )));
        }

        let score = align(&file, &song.id, &grid);
        let fits = [4, 3, 6].map(|n| grid_error(&score, n));
        if fits.iter().all(|e| *e > MISFIT) {
            return Err(refused(format!(
                "its beats do not fit its notes: onsets lie {:.2} steps from the nearest 16th and {:.2} from the \
                 nearest triplet, where chance is 0.25",
                fits[0], fits[1]
            )));
        }
        let read = |name: &str| -> Result<Vec<Annotation>, DatasetError> {
            let path = folder.join(name);
            if path.is_file() {
                annotation::parse(&read_text(&path)?, &path, |s| grid.tick(s))
            } else {
                Ok(Vec::new())
            }
        };
        Ok(Song {
            id: song.id.clone(),
            split: song.split,
            offset: grid.offset(),
            grid_error: fits[0],
            on_beats: true,
            found_beats: false,
            keys: read("key_audio.txt")?,
            chords: read("chord_midi.txt")?,
            score,
        })
    }
}

/// The score on the beats of `grid`: the three voices, in order, empty where the file has none. Onsets and ends keep
/// their exact place between beats.
fn align(file: &Score, id: &str, grid: &BeatGrid) -> Score {
    let clock = file.clock();
    let tick = |t: u32| grid.tick(clock.seconds(f64::from(t)));
    let mut score = Score {
        title: format!("POP909 {id}"),
        ppq: PPQ,
        tempos: grid.tempos(),
        meters: grid.meters(),
        ..Score::default()
    };
    score.chunks.push(String::new());
    for (i, name) in TRACKS.iter().enumerate() {
        let parts: Vec<_> = file
            .tracks
            .iter()
            .filter(|t| t.name.trim().eq_ignore_ascii_case(name))
            .collect();
        let channel = parts.first().map_or(i as u8, |t| t.channel);
        let program = parts.first().map_or(0, |t| t.first_program());
        let track = score.add_track(*name, channel, program);
        score.chunks.push((*name).into());
        let mut notes: Vec<Note> = parts.iter().flat_map(|t| t.notes.iter()).copied().collect();
        for n in &mut notes {
            let (start, end) = (tick(n.start), tick(n.end()));
            n.start = start;
            n.length = end.saturating_sub(start).max(1);
        }
        notes.sort_by_key(|n| (n.start, n.pitch, n.length));
        let mut events: Vec<_> = parts
            .iter()
            .flat_map(|t| t.events.iter())
            .copied()
            .collect();
        for e in &mut events {
            e.tick = tick(e.tick);
        }
        events.sort_by_key(|e| e.tick);
        for n in &mut notes {
            n.id = NoteId(score.fresh());
        }
        if let Some(t) = score.tracks.iter_mut().find(|t| t.id == track) {
            let t = Arc::make_mut(t);
            t.notes = notes;
            t.events = events;
        }
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::statistics::{Counter, Summary};
    use crate::dataset::testing::data_root;

    #[test]
    fn songs_are_split_by_their_last_digit() {
        assert_eq!(
            ["001", "117", "553"].map(|id| split(id, false)),
            [Split::Train, Split::Test, Split::Validation]
        );
        assert_eq!(
            ["117", "859", "860", "909"].map(|id| split(id, true)),
            [Split::Train, Split::Train, Split::Test, Split::Test]
        );
    }

    #[test]
    fn a_folder_without_songs_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Pop909::new(folder.path()).songs().unwrap_err();
        assert!(
            error.to_string().contains("POP909 with a folder"),
            "{error}"
        );
    }

    #[test]
    fn the_reference_takes_the_files_as_they_are_and_says_what_is_not_there() {
        let Some(root) = data_root() else { return };
        let source = Pop909::reference(&root.join("pop909"));
        let songs = source.songs().unwrap();
        let missing = source.missing().unwrap();
        println!("missing: {}", missing.join(" "));
        assert_eq!(songs.len() + missing.len(), 909);
        let tests = source.songs_of(Split::Test).unwrap();
        assert!(tests.iter().all(|s| s.id.as_str() >= "860"));
        let song = source.load(&tests[0]).unwrap();
        assert!(!song.on_beats);
        assert_eq!(song.score, source.load_unaligned(&tests[0]).unwrap());
    }

    /// One pass over all songs, since reading them is the slow part.
    #[test]
    fn the_real_songs_lie_on_their_beats() {
        let Some(root) = data_root() else { return };
        let source = Pop909::new(&root.join("pop909"));
        let songs = source.songs().unwrap();
        let mut counter = Counter::new("pop909");
        let (mut aligned, mut own) = (Vec::new(), Vec::new());
        for r in &songs {
            let file = source.load_unaligned(r).unwrap();
            let song = match source.load(r) {
                Ok(song) => song,
                Err(e @ DatasetError::Refused { .. }) => {
                    counter.refuse(&e);
                    continue;
                }
                Err(e) => panic!("{e}"),
            };
            counter.add(&song);
            aligned.push(song.grid_error);
            own.push(grid_error(&file, 4));

            let names: Vec<&str> = song.score.tracks.iter().map(|t| t.name.as_str()).collect();
            assert_eq!(names, TRACKS, "{}", r.id);
            assert_eq!(song.score.note_count(), file.note_count(), "{}", r.id);
            // The clock gives the file's seconds back, to the tick and the drift allowed.
            let (old, new) = (file.clock(), song.score.clock());
            for (before, after) in file.tracks.iter().zip(&song.score.tracks) {
                let mut seconds: Vec<f64> = before
                    .notes
                    .iter()
                    .map(|n| old.seconds(f64::from(n.start)))
                    .collect();
                seconds.sort_by(f64::total_cmp);
                for (s, n) in seconds.iter().zip(&after.notes) {
                    let back = new.seconds(f64::from(n.start)) + song.offset;
                    let early = n.start == 0 && *s < song.offset;
                    assert!(
                        early || (back - s).abs() < 0.01,
                        "{}: {s} became {back}",
                        r.id
                    );
                }
            }
        }
        let statistics = counter.finish();
        println!("{statistics}");
        let (aligned, own) = (Summary::of(aligned).q50, Summary::of(own).q50);
        println!(
            "median distance from the nearest 16th: on beats {aligned:.4}, by the file {own:.4}"
        );
        assert!(aligned < 0.03, "{aligned}");
        assert!(own > 0.2, "{own}");
        assert!(statistics.refused.len() < 20, "{:?}", statistics.refused);
    }
}
