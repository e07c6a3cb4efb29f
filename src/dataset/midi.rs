//! Any folder of MIDI files. Their ticks are taken for beats, as a sequencer writes them; a file that was played in
//! freely shows by its `grid_error`.

use super::folder::MidiFolder;
use std::path::Path;

/// The MIDI files below `root`. Nothing is read yet.
pub fn source(root: &Path) -> MidiFolder {
    MidiFolder::new("midi", root, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::folder::testing::write;
    use crate::dataset::{Source, Split};

    #[test]
    fn songs_keep_their_ticks_and_their_provisional_split() {
        let dir = tempfile::tempdir().unwrap();
        for i in 0..40 {
            let path = dir.path().join(format!("{i}.mid"));
            write(&path, &[(30, 480, 60), (480, 480, 62)]);
        }
        let source = source(dir.path());
        assert!(!source.has_own_splits());
        let songs = source.songs().unwrap();
        assert_eq!(songs.len(), 40);
        let song = source.load(&songs[7]).unwrap();
        assert_eq!((&song.id, song.split), (&songs[7].id, songs[7].split));
        assert_eq!(song.score.tracks[0].notes[0].start, 30);
        assert_eq!((song.grid_error, song.on_beats), (0.125, true));
        // The split hangs on the name alone.
        std::fs::remove_file(&songs[0].path).unwrap();
        assert_eq!(source.songs().unwrap(), songs[1..]);
        assert!(songs.iter().any(|s| s.split != Split::Train));
    }

    #[test]
    fn a_folder_without_midi_says_what_it_lacks() {
        let dir = tempfile::tempdir().unwrap();
        let error = source(dir.path()).songs().unwrap_err().to_string();
        assert!(
            error.contains(".mid") && error.contains("choose"),
            "{error}"
        );
    }
}
