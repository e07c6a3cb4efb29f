//! NES-MDB (Donahue and others 2018): the music of 397 games for the Nintendo Entertainment System, as MIDI in folders
//! `train`, `valid` and `test`.
//!
//! Each file has the four voices of the console as tracks: `p1`, `p2` (pulse waves), `tr` (triangle) and `no` (noise).
//! Here they are always four, in this order, empty where a file has none. What the files say is read so:
//! - Time is counted in samples (22,050 ticks a quarter at 120 a minute are 44,100 a second). It has nothing to do with
//!   beats, so `on_beats` is false. A meter of 1/1 marks the end of the recording, and is dropped.
//! - Loudness is the console's, 1 to 15; it becomes a velocity of 8 to 127. The triangle has none and gets 100.
//! - The "pitches" of the noise, 1 to 16, are its colour from a rumble to a hiss. They become a bass drum (1 to 5), a
//!   snare (6 to 11) and a closed hi-hat (12 to 16), on the drum channel. The order within a colour is lost.

use super::folder::{self, inner};
use super::{DatasetError, Song, SongRef, Source, Split};
use crate::score::{Note, NoteId, Score};
use std::path::{Path, PathBuf};

/// The voices, in the order of the score's tracks.
pub const VOICES: [&str; 4] = ["p1", "p2", "tr", "no"];

/// Channel and General MIDI program of each voice: two leads, a bass, drums.
const SOUNDS: [(u8, u8); 4] = [(0, 80), (1, 81), (2, 38), (9, 0)];

/// The games' music in a folder.
pub struct Nes {
    root: PathBuf,
}

impl Nes {
    /// The music in `root`, the folder with `train`, `valid` and `test` or the one above it. Nothing is read yet.
    pub fn new(root: &Path) -> Nes {
        Nes {
            root: inner(root, &["nesmdb_midi"]),
        }
    }
}

fn folder_of(split: Split) -> &'static str {
    match split {
        Split::Train => "train",
        Split::Validation => "valid",
        Split::Test => "test",
    }
}

impl Source for Nes {
    fn id(&self) -> &str {
        "nes"
    }

    fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
        let mut songs = Vec::new();
        for split in Split::ALL {
            let name = folder_of(split);
            let found = folder::songs(&self.root.join(name))?;
            if found.is_empty() {
                return Err(DatasetError::NotFound {
                    source_id: self.id().into(),
                    path: self.root.clone(),
                    missing: format!("the folder '{name}' with MIDI files"),
                });
            }
            songs.extend(found.into_iter().map(|s| SongRef {
                id: format!("{name}/{}", s.id),
                split,
                ..s
            }));
        }
        songs.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(songs)
    }

    fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
        let score = voices(&folder::load(song)?, &song.id);
        if score.note_count() == 0 {
            return Err(DatasetError::Refused {
                id: song.id.clone(),
                reason: format!("none of its tracks is called {}", VOICES.join(", ")),
            });
        }
        Ok(Song::plain(song, score, false))
    }
}

/// The four voices of a file.
fn voices(file: &Score, id: &str) -> Score {
    let mut score = Score {
        title: format!("NES {id}"),
        ppq: file.ppq,
        tempos: file.tempos.clone(),
        ..Score::default()
    };
    score.chunks.push(String::new());
    for (name, (channel, program)) in VOICES.iter().zip(SOUNDS) {
        let track = score.add_track(*name, channel, program);
        score.chunks.push((*name).into());
        let same = |t: &str| t.trim().eq_ignore_ascii_case(name);
        let mut notes: Vec<Note> = file
            .tracks
            .iter()
            .filter(|t| same(&t.name))
            .flat_map(|t| t.notes.iter().copied())
            .collect();
        for n in &mut notes {
            match *name {
                "tr" => n.velocity = 100,
                _ => n.velocity = (u16::from(n.velocity.min(15)) * 127 / 15) as u8,
            }
            if *name == "no" {
                n.pitch = drum(n.pitch);
            }
        }
        notes.sort_by_key(|n| (n.start, n.pitch, n.length));
        for n in &mut notes {
            n.id = NoteId(score.fresh());
        }
        if let Some(t) = score.track_mut(track) {
            t.notes = notes;
        }
    }
    score
}

/// The General MIDI drum for a colour of noise.
fn drum(colour: u8) -> u8 {
    match colour {
        0..=5 => 36,
        6..=11 => 38,
        _ => 42,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::folder::testing::{write, write_score};
    use crate::score::Meter;

    fn file() -> Score {
        let mut score = Score {
            ppq: 22_050,
            ..Score::default()
        };
        // The order of the tracks is the file's own; the triangle is missing.
        let noise = score.add_track("no", 9, 0);
        for (i, colour) in [1, 8, 16].into_iter().enumerate() {
            score.add_note(noise, i as u32 * 735, 735, colour, 15);
        }
        let pulse = score.add_track("p1", 0, 80);
        score.add_note(pulse, 0, 4410, 72, 3);
        score.meters.push(Meter::new(44_100, 1, 1));
        score
    }

    #[test]
    fn four_voices_come_in_order_and_noise_becomes_drums() {
        let dir = tempfile::tempdir().unwrap();
        for split in ["train", "valid", "test"] {
            write_score(&dir.path().join(split).join("322_00_Boss.mid"), &file());
        }
        let source = Nes::new(dir.path());
        let songs = source.songs().unwrap();
        let found: Vec<_> = songs.iter().map(|s| (s.id.as_str(), s.split)).collect();
        assert_eq!(
            found,
            [
                ("test/322_00_Boss.mid", Split::Test),
                ("train/322_00_Boss.mid", Split::Train),
                ("valid/322_00_Boss.mid", Split::Validation)
            ]
        );
        let song = source.load(&songs[1]).unwrap();
        assert!(!song.on_beats && song.score.meters.is_empty());
        let names: Vec<&str> = song.score.tracks.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, VOICES);
        let noise = &song.score.tracks[3];
        let pitches: Vec<u8> = noise.notes.iter().map(|n| n.pitch).collect();
        assert_eq!((noise.is_drums(), pitches), (true, vec![36, 38, 42]));
        assert_eq!(noise.notes[0].velocity, 127);
        assert_eq!(song.score.tracks[0].notes[0].velocity, 25);
        assert!(song.score.tracks[2].notes.is_empty());
        // A sample is still a sample.
        assert!((song.score.clock().seconds(44_100.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_missing_folder_and_a_file_of_other_voices_are_named() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("train/a.mid"), &[(0, 100, 60)]);
        write(&dir.path().join("test/a.mid"), &[(0, 100, 60)]);
        let source = Nes::new(dir.path());
        let error = source.songs().unwrap_err().to_string();
        assert!(error.contains("'valid'"), "{error}");
        write(&dir.path().join("valid/a.mid"), &[(0, 100, 60)]);
        let songs = source.songs().unwrap();
        let error = source.load(&songs[0]).unwrap_err().to_string();
        assert!(error.contains("p1, p2, tr, no"), "{error}");
    }
}
