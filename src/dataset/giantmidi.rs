//! GiantMIDI-Piano (Kong and others 2020): 10,855 piano recordings written down by machine, one file each, in a folder
//! called `midis`. The folder `surname_checked_midis` beside it holds the more certain part of the same files, so only
//! one of the two is read: `midis`, unless only the other is there.
//!
//! Times are those of the recording at a made-up tempo, so there are no beats. The archive names no split.

use super::folder::{MidiFolder, inner};
use std::path::Path;

/// The recordings in `root`. Nothing is read yet.
pub fn source(root: &Path) -> MidiFolder {
    let folder = inner(root, &["midis", "surname_checked_midis"]);
    MidiFolder::new("giantmidi", &folder, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Source;
    use crate::dataset::folder::testing::write;

    #[test]
    fn a_recording_in_both_folders_comes_once() {
        let dir = tempfile::tempdir().unwrap();
        let name = "Satie, Erik, Gymnopedie No. 1, abc.mid";
        for folder in ["midis", "surname_checked_midis"] {
            write(&dir.path().join(folder).join(name), &[(0, 100, 60)]);
        }
        let source = source(dir.path());
        let songs = source.songs().unwrap();
        assert_eq!(songs.len(), 1);
        assert_eq!(songs[0].id, name);
        assert!(!source.load(&songs[0]).unwrap().on_beats);
    }
}
