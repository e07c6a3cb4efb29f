//! The Lakh MIDI dataset (Raffel 2016), in any of its layouts: `lmd_full/H/md5.mid` (H is the first hex digit),
//! `lmd_matched` and `lmd_aligned` as `A/B/C/TRACK/md5.mid` (one folder a recording, with every file that matched it), or
//! `clean_midi/artist/title.mid`. No layout names a split.
//!
//! In the matched layouts the files of one folder are arrangements of one song, and one file may lie in several folders:
//! [`Source::versions`] says so. Where several layouts lie side by side the first of them is read, because they hold
//! the same files.

use super::folder::{self, inner};
use super::{DatasetError, Song, SongRef, Source};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const LAYOUTS: [&str; 4] = ["lmd_full", "lmd_matched", "lmd_aligned", "clean_midi"];

/// The files of one layout.
pub struct Lakh {
    root: PathBuf,
}

impl Lakh {
    /// The files in `root`, a layout's own folder or the one that holds it. Nothing is read yet.
    pub fn new(root: &Path) -> Lakh {
        Lakh {
            root: inner(root, &LAYOUTS),
        }
    }
}

impl Source for Lakh {
    fn id(&self) -> &str {
        "lakh"
    }

    fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
        let songs = folder::songs(&self.root)?;
        if songs.is_empty() {
            return Err(folder::nothing(self.id(), &self.root));
        }
        Ok(songs)
    }

    fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
        Ok(Song::plain(song, folder::load(song)?, true))
    }

    fn has_own_splits(&self) -> bool {
        false
    }

    fn has_named_voices(&self) -> bool {
        false
    }

    /// Files of one recording's folder, and files of one name that is a checksum.
    fn versions(&self, songs: &[SongRef]) -> Vec<Vec<String>> {
        let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for song in songs {
            let (folder, file) = song.id.rsplit_once('/').unwrap_or(("", &song.id));
            let recording = folder.rsplit('/').next().unwrap_or(folder);
            let sum = file.split('.').next().unwrap_or(file);
            if recording.len() == 18 && recording.starts_with("TR") {
                groups.entry(recording).or_default().push(song.id.clone());
            }
            if sum.len() == 32 && sum.bytes().all(|b| b.is_ascii_hexdigit()) {
                groups.entry(sum).or_default().push(song.id.clone());
            }
        }
        let mut groups: Vec<Vec<String>> = groups.into_values().filter(|g| g.len() > 1).collect();
        groups.iter_mut().for_each(|g| g.sort());
        groups.sort();
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::folder::testing::write;

    #[test]
    fn every_layout_is_read_from_its_own_folder_or_the_one_above() {
        let sum = "0".repeat(32);
        for path in [
            format!("lmd_full/0/{sum}.mid"),
            format!("lmd_matched/A/A/A/TRAAAGR128F425B14B/{sum}.mid"),
            "clean_midi/ABBA/Waterloo.1.mid".to_owned(),
        ] {
            let dir = tempfile::tempdir().unwrap();
            write(&dir.path().join(&path), &[(0, 480, 60)]);
            let (layout, id) = path.split_once('/').unwrap();
            for root in [dir.path().to_path_buf(), dir.path().join(layout)] {
                let source = Lakh::new(&root);
                let songs = source.songs().unwrap();
                assert_eq!(songs[0].id, id);
                source.load(&songs[0]).unwrap();
            }
        }
    }

    #[test]
    fn files_of_one_recording_and_one_file_twice_are_versions() {
        let dir = tempfile::tempdir().unwrap();
        let sums: Vec<String> = ["a", "b", "c"].iter().map(|d| d.repeat(32)).collect();
        let place = |recording: &str, i: usize| format!("A/A/A/{recording}/{}.mid", sums[i]);
        let (one, two) = ("TRAAAGR128F425B14B", "TRAAAZF12903CCCF6B");
        let ids = [
            place(one, 0),
            place(one, 1),
            place(two, 1),
            place("other", 2),
        ];
        for id in &ids {
            write(&dir.path().join("lmd_matched").join(id), &[(0, 480, 60)]);
        }
        let source = Lakh::new(dir.path());
        let groups = source.versions(&source.songs().unwrap());
        let expected = vec![
            vec![ids[0].clone(), ids[1].clone()],
            vec![ids[1].clone(), ids[2].clone()],
        ];
        assert_eq!(groups, expected);
    }
}
