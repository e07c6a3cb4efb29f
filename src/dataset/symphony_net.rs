//! SymphonyNet (Liu and others 2022): about 46,000 orchestral MIDI files, in folders `classical` and `contemporary` of
//! one called `SymphonyNet_Dataset`. The archive names no split.

use super::folder::{MidiFolder, inner};
use std::path::Path;

/// The pieces in `root`. Nothing is read yet.
pub fn source(root: &Path) -> MidiFolder {
    let folder = inner(root, &["SymphonyNet_Dataset"]);
    MidiFolder::new("symphony-net", &folder, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Source;
    use crate::dataset::folder::testing::write;

    #[test]
    fn ids_are_the_same_whichever_folder_is_chosen() {
        let dir = tempfile::tempdir().unwrap();
        let inside = dir.path().join("SymphonyNet_Dataset");
        write(&inside.join("classical/a.mid"), &[(0, 480, 60)]);
        write(&inside.join("contemporary/a.mid"), &[(0, 480, 60)]);
        let outer = source(dir.path()).songs().unwrap();
        assert_eq!(outer, source(&inside).songs().unwrap());
        assert_eq!(outer[1].id, "contemporary/a.mid");
    }
}
