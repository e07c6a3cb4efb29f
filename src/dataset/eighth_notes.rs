//! Eight eighths of one pitch, one song for each of the pitches 60 to 71: what a model must learn before it learns
//! anything. The even pitches are for training and the odd ones for validation, six each, as the reference system has
//! it. There is no test split.

use super::scales::generated;
use super::{DatasetError, Song, SongRef, Source, Split};
use std::path::PathBuf;

const PITCHES: std::ops::RangeInclusive<u8> = 60..=71;
const EIGHTH: u32 = 240;

/// The twelve songs.
pub struct EighthNotes;

fn id(pitch: u8) -> String {
    format!("pitch-{pitch}")
}

impl Source for EighthNotes {
    fn id(&self) -> &str {
        "eighth-notes"
    }

    fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
        Ok(PITCHES
            .map(|pitch| SongRef {
                id: id(pitch),
                path: PathBuf::new(),
                split: if pitch % 2 == 0 {
                    Split::Train
                } else {
                    Split::Validation
                },
            })
            .collect())
    }

    fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
        let pitch = PITCHES.into_iter().find(|p| id(*p) == song.id);
        let pitch = pitch.ok_or_else(|| DatasetError::Refused {
            id: song.id.clone(),
            reason: "there is no such song".into(),
        })?;
        let mut score = generated(&song.id);
        let track = score.add_track("Eighths", 0, 0);
        for i in 0..8 {
            score.add_note(track, i * EIGHTH, EIGHTH, pitch, 80);
        }
        Ok(Song::plain(song, score, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_songs_of_one_bar_on_one_pitch() {
        let songs = EighthNotes.songs().unwrap();
        let train = songs.iter().filter(|s| s.split == Split::Train).count();
        assert_eq!((songs.len(), train), (12, 6));
        for (song, pitch) in songs.iter().zip(60..) {
            let score = EighthNotes.load(song).unwrap().score;
            assert_eq!((score.note_count(), score.end()), (8, 1920));
            assert!(score.notes().all(|(_, n)| n.pitch == pitch));
        }
        let gone = SongRef {
            id: "pitch-72".into(),
            ..songs[0].clone()
        };
        assert!(EighthNotes.load(&gone).is_err());
    }
}
