//! A folder of MIDI files as a source: what several sets have in common.

use super::{DatasetError, Song, SongRef, Source, splits};
use crate::format::{FormatError, open_midi};
use crate::score::Score;
use std::path::{Path, PathBuf};

/// Folders of this name hold other versions of the song beside them (POP909), and are passed over.
const VERSIONS: &str = "versions";

/// A score of more bars is damaged rather than long: at a usual tempo it would last five hours.
const MOST_BARS: u32 = 10_000;

/// Every MIDI file below a folder.
pub struct MidiFolder {
    id: &'static str,
    root: PathBuf,
    on_beats: bool,
}

impl MidiFolder {
    /// The files below `root`, for the source called `id`. `on_beats` as in [`Song`]. Nothing is read yet.
    pub(super) fn new(id: &'static str, root: &Path, on_beats: bool) -> MidiFolder {
        MidiFolder {
            id,
            root: root.to_path_buf(),
            on_beats,
        }
    }
}

impl Source for MidiFolder {
    fn id(&self) -> &str {
        self.id
    }

    fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
        let songs = songs(&self.root)?;
        if songs.is_empty() {
            return Err(nothing(self.id, &self.root));
        }
        Ok(songs)
    }

    fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
        Ok(Song::plain(song, load(song)?, self.on_beats))
    }

    fn has_own_splits(&self) -> bool {
        false
    }

    fn has_named_voices(&self) -> bool {
        false
    }
}

/// That a folder holds no MIDI file.
pub(super) fn nothing(id: &str, root: &Path) -> DatasetError {
    DatasetError::NotFound {
        source_id: id.into(),
        path: root.to_path_buf(),
        missing: "a MIDI file (ending in .mid or .midi), in it or in a folder in it,".into(),
    }
}

/// The first of `names` that is a folder in `root`, else `root` itself: archives unpack into a folder of their own, and
/// a person may choose either.
pub(super) fn inner(root: &Path, names: &[&str]) -> PathBuf {
    let mut inside = names.iter().map(|name| root.join(name));
    inside
        .find(|p| p.is_dir())
        .unwrap_or_else(|| root.to_path_buf())
}

/// Every MIDI file below `root`, by id, with a provisional split. Ids are paths from `root`, parts joined by '/'.
///
/// Hidden files and folders are passed over, and so are folders called `versions` and links to folders, which could
/// lead round in a circle.
///
/// # Errors
/// A folder that cannot be read; a missing `root` is an empty list.
pub(super) fn songs(root: &Path) -> Result<Vec<SongRef>, DatasetError> {
    let mut songs = Vec::new();
    if root.is_dir() {
        walk(root, "", &mut songs)?;
    }
    songs.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(songs)
}

fn walk(folder: &Path, prefix: &str, songs: &mut Vec<SongRef>) -> Result<(), DatasetError> {
    let fail = |error| DatasetError::Read {
        path: folder.to_path_buf(),
        error,
    };
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name();
        // Names that are no text are written with escapes, so that they stay apart.
        let name = match name.to_str() {
            Some(name) => name.to_owned(),
            None => format!("{name:?}").trim_matches('"').to_owned(),
        };
        if name.starts_with('.') {
            continue;
        }
        let path = entry.path();
        let id = format!("{prefix}{name}");
        if entry.file_type().map_err(fail)?.is_dir() {
            if name != VERSIONS {
                walk(&path, &format!("{id}/"), songs)?;
            }
        } else if is_midi(&path) && path.is_file() {
            let split = splits::provisional(&id);
            songs.push(SongRef { id, path, split });
        }
    }
    Ok(())
}

fn is_midi(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("mid") || e.eq_ignore_ascii_case("midi"))
}

/// Reads the file of a song, on its own ticks.
///
/// # Errors
/// A file that cannot be read or is no MIDI file; `Refused` for one without notes or of senseless length.
pub(super) fn load(song: &SongRef) -> Result<Score, DatasetError> {
    let score = match open_midi(&song.path) {
        Ok(imported) => imported.score,
        Err(FormatError::At { path, source }) => {
            let error = *source;
            return Err(DatasetError::Format { path, error });
        }
        Err(error) => {
            let path = song.path.clone();
            return Err(DatasetError::Format { path, error });
        }
    };
    let refused = |reason: String| DatasetError::Refused {
        id: song.id.clone(),
        reason,
    };
    if score.note_count() == 0 {
        return Err(refused("it has no notes".into()));
    }
    let bars = score.bar_count();
    if bars > MOST_BARS {
        return Err(refused(format!(
            "by its ticks it is {bars} bars long, and more than {MOST_BARS} are a fault of the file"
        )));
    }
    Ok(score)
}

#[cfg(test)]
pub(super) mod testing {
    use crate::format::save_midi;
    use crate::score::Score;
    use std::path::Path;

    /// Writes a MIDI file with these (start, length, pitch) on one piano track, and the folders above it.
    pub fn write(path: &Path, notes: &[(u32, u32, u8)]) {
        let mut score = Score::default();
        let t = score.add_track("Piano", 0, 0);
        for &(start, length, pitch) in notes {
            score.add_note(t, start, length, pitch, 80);
        }
        write_score(path, &score);
    }

    /// Writes a score, and the folders above it.
    pub fn write_score(path: &Path, score: &Score) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        save_midi(path, score).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::testing::write;
    use super::*;

    fn ids(root: &Path) -> Vec<String> {
        songs(root).unwrap().into_iter().map(|s| s.id).collect()
    }

    #[test]
    fn midi_files_are_found_at_any_depth_under_paths_with_slashes() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "b.mid",
            "a/deep/er/x.MIDI",
            "a/y.Mid",
            "a/versions/old.mid",
            ".git/z.mid",
            "a/._y.mid",
        ] {
            write(&dir.path().join(name), &[(0, 480, 60)]);
        }
        std::fs::write(dir.path().join("notes.txt"), "x").unwrap();
        std::fs::create_dir(dir.path().join("folder.mid")).unwrap();
        assert_eq!(ids(dir.path()), ["a/deep/er/x.MIDI", "a/y.Mid", "b.mid"]);
        assert!(ids(&dir.path().join("none")).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_file_counts_and_one_to_a_folder_does_not() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("a.mid"), &[(0, 480, 60)]);
        let link = |to: &Path, name: &str| {
            std::os::unix::fs::symlink(to, dir.path().join(name)).unwrap();
        };
        link(&dir.path().join("a.mid"), "b.mid");
        link(dir.path(), "circle");
        assert_eq!(ids(dir.path()), ["a.mid", "b.mid"]);
    }

    #[test]
    fn a_file_that_is_no_use_says_why_and_names_its_path_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.mid");
        let load_it = || {
            let found = songs(dir.path()).unwrap();
            load(&found[0]).unwrap_err()
        };
        write(&path, &[]);
        assert!(load_it().to_string().contains("no notes"));
        write(&path, &[(0, 480, 60), (200_000_000, 480, 60)]);
        assert!(load_it().to_string().contains("bars long"));
        std::fs::write(&path, "hello").unwrap();
        let text = load_it().to_string();
        assert!(text.contains("not a MIDI file"), "{text}");
        assert_eq!(text.matches("x.mid").count(), 1, "{text}");
    }
}
