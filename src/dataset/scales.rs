//! Scales: the smallest set from which something can be learned. The twelve major and the twelve natural minor scales
//! from every tonic between middle C (60) and the B above (71): one octave up and down again in eighths, the last note a
//! quarter, which fills two bars of 4/4.
//!
//! Twenty are for training and four for validation, as in the reference system, which says nothing of how its own were
//! made or divided. There is no test split.

use super::{DatasetError, Song, SongRef, Source, Split};
use crate::score::theory::{MAJOR, PITCH_CLASSES};
use crate::score::{Score, Tempo};
use std::path::PathBuf;

/// Semitones of the natural minor scale above its tonic.
const MINOR: [u8; 7] = [0, 2, 3, 5, 7, 8, 10];
/// Scales kept for validation: two of each mode, a tritone apart.
const HELD_OUT: [(u8, bool); 4] = [(2, false), (8, false), (5, true), (11, true)];

const LOWEST: u8 = 60;
const EIGHTH: u32 = 240;
const VELOCITY: u8 = 80;

/// The 24 scales.
pub struct Scales;

/// Every scale: tonic 0..=11, whether it is minor, its id.
fn all() -> impl Iterator<Item = (u8, bool, String)> {
    [false, true].into_iter().flat_map(|minor| {
        (0..12).map(move |tonic| {
            let mode = if minor { "minor" } else { "major" };
            let name = PITCH_CLASSES[usize::from(tonic)].to_lowercase();
            (
                tonic,
                minor,
                format!("{}-{mode}", name.replace('#', "-sharp")),
            )
        })
    })
}

impl Source for Scales {
    fn id(&self) -> &str {
        "scales"
    }

    fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
        let mut songs: Vec<SongRef> = all()
            .map(|(tonic, minor, id)| SongRef {
                id,
                path: PathBuf::new(),
                split: if HELD_OUT.contains(&(tonic, minor)) {
                    Split::Validation
                } else {
                    Split::Train
                },
            })
            .collect();
        songs.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(songs)
    }

    fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
        let found = all().find(|(_, _, id)| *id == song.id);
        let (tonic, minor, id) = found.ok_or_else(|| DatasetError::Refused {
            id: song.id.clone(),
            reason: "there is no such scale".into(),
        })?;
        let steps = if minor { MINOR } else { MAJOR };
        let mut score = generated(&id);
        let track = score.add_track("Scale", 0, 0);
        let up = steps.iter().copied().chain([12]);
        let down = steps.iter().rev().copied();
        for (i, step) in (0..).zip(up.chain(down)) {
            let length = if i == 14 { 2 * EIGHTH } else { EIGHTH };
            score.add_note(track, i * EIGHTH, length, LOWEST + tonic + step, VELOCITY);
        }
        Ok(Song::plain(song, score, true))
    }
}

/// An empty piece at 120 a minute.
pub(super) fn generated(title: &str) -> Score {
    Score {
        title: title.into(),
        tempos: vec![Tempo {
            tick: 0,
            micros_per_quarter: 500_000,
        }],
        ..Score::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_four_scales_two_bars_each() {
        let songs = Scales.songs().unwrap();
        let count = |s| songs.iter().filter(|r| r.split == s).count();
        assert_eq!(
            [Split::Train, Split::Validation, Split::Test].map(count),
            [20, 4, 0]
        );
        let mut seen = std::collections::BTreeSet::new();
        for song in &songs {
            let score = Scales.load(song).unwrap().score;
            let pitches: Vec<u8> = score.notes().map(|(_, n)| n.pitch).collect();
            assert_eq!((pitches.len(), score.end()), (15, 3840), "{}", song.id);
            assert!(seen.insert(pitches), "{} is there twice", song.id);
        }
    }

    #[test]
    fn a_minor_is_the_natural_one() {
        let songs = Scales.songs().unwrap();
        let song = songs.iter().find(|s| s.id == "a-minor").unwrap();
        let score = Scales.load(song).unwrap().score;
        let pitches: Vec<u8> = score.notes().map(|(_, n)| n.pitch).collect();
        assert_eq!(
            pitches,
            [69, 71, 72, 74, 76, 77, 79, 81, 79, 77, 76, 74, 72, 71, 69]
        );
    }
}
