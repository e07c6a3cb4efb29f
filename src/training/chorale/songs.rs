//! Chorales in memory: frames, and where each stands in its bar.

use crate::dataset::Split;
use crate::dataset::jsb;
use crate::dataset::prepared::Reader;
use crate::model::chorale::tokenizer_id;
use crate::score::Score;
use crate::tokenizer::grid::frames::{
    CLASSES, Frame, Place, REST, VOICES, pitch_of, places, sounding, transposed,
};
use rand::Rng;
use std::path::Path;

/// One chorale.
#[derive(Clone, Debug, PartialEq)]
pub struct Song {
    pub id: String,
    pub frames: Vec<Frame>,
    pub places: Vec<Place>,
}

/// Frames as the lists of pitches of the chorales' file; -1 is a rest.
fn pitches(frames: &[Frame]) -> Vec<Vec<i32>> {
    let pitch = |class: &u8| pitch_of(*class).map_or(-1, i32::from);
    frames
        .iter()
        .map(|f| f.iter().map(pitch).collect())
        .collect()
}

impl Song {
    /// A chorale of frames. Bar lines are heard as [`jsb::to_score`] hears them: the tokens have none.
    ///
    /// # Errors
    /// A clause; none is known to happen with frames of the grid.
    pub fn of(id: &str, frames: Vec<Frame>) -> Result<Song, String> {
        let score = jsb::to_score(&pitches(&frames), id)?;
        let places = places(&score.bars(), score.ppq, frames.len(), score.end());
        Ok(Song {
            id: id.into(),
            frames,
            places,
        })
    }

    /// The chorale as a score of four tracks.
    ///
    /// # Errors
    /// As [`Song::of`].
    pub fn score(&self) -> Result<Score, String> {
        jsb::to_score(&pitches(&self.frames), &self.id)
    }
}

/// The chorales a run learns from and is validated on.
pub struct Songs {
    /// Id of the source.
    pub source: String,
    pub train: Vec<Song>,
    pub validation: Vec<Song>,
    /// Lowest and highest class of each voice in the training songs.
    ranges: [(u8, u8); VOICES],
}

/// Lowest and highest pitch class number of each voice; `None` for one that is silent.
fn ranges<'a>(frames: impl Iterator<Item = &'a Frame>) -> [Option<(u8, u8)>; VOICES] {
    let mut ranges = [None; VOICES];
    for frame in frames {
        for (range, &class) in ranges.iter_mut().zip(frame).filter(|(_, c)| **c < REST) {
            let (low, high) = range.unwrap_or((class, class));
            *range = Some((low.min(class), high.max(class)));
        }
    }
    ranges
}

impl Songs {
    /// Reads a data set prepared for the tokenizer `chorale`.
    ///
    /// # Errors
    /// A sentence, when it cannot be read, was made for another tokenizer, or has no training or validation songs.
    pub fn load(dataset: &Path) -> Result<Songs, String> {
        let mut reader = Reader::open(dataset).map_err(|e| e.to_string())?;
        let plan = reader.index.plan.clone();
        if plan.tokenizer != tokenizer_id() {
            return Err(format!(
                "{} was prepared for the tokenizer {}, not {}; run `lacuna prepare --dataset-id {} --tokenizer-id {} --bars 0`",
                dataset.display(),
                plan.tokenizer,
                tokenizer_id(),
                plan.source,
                tokenizer_id(),
            ));
        }
        let mut songs: Vec<(Split, Song)> = Vec::new();
        for i in 0..reader.len() {
            let item = reader.item(i).map_err(|e| e.to_string())?;
            let Some((entry, _, tokens)) = item else {
                break;
            };
            let song = Song::of(&entry.id, sounding(&tokens))?;
            songs.push((entry.split, song));
        }
        Songs::new(plan.source, songs)
    }

    /// Songs with their splits; test songs are left out.
    ///
    /// # Errors
    /// A sentence, when there are no training or no validation songs.
    pub fn new(source: String, songs: Vec<(Split, Song)>) -> Result<Songs, String> {
        let of = |split: Split| -> Vec<Song> {
            let some = songs
                .iter()
                .filter(|(s, song)| *s == split && !song.frames.is_empty());
            some.map(|(_, song)| song.clone()).collect()
        };
        let (train, validation) = (of(Split::Train), of(Split::Validation));
        if train.is_empty() || validation.is_empty() {
            return Err(format!(
                "{source} has {} training and {} validation songs of four voices; both are needed",
                train.len(),
                validation.len()
            ));
        }
        let found = ranges(train.iter().flat_map(|s| &s.frames));
        Ok(Songs {
            source,
            train,
            validation,
            ranges: found.map(|r| r.unwrap_or((0, CLASSES as u8 - 2))),
        })
    }

    /// A window of a song in a key drawn from all in which the whole song stays within the voices' ranges.
    pub fn transposed(&self, song: &[Frame], window: Vec<Frame>, rng: &mut impl Rng) -> Vec<Frame> {
        let (mut down, mut up) = (i16::MAX, i16::MAX);
        for (own, &(low, high)) in ranges(song.iter()).iter().zip(&self.ranges) {
            if let Some((lowest, highest)) = *own {
                down = down.min(i16::from(lowest) - i16::from(low));
                up = up.min(i16::from(high) - i16::from(highest));
            }
        }
        let limit = |room: i16| room.clamp(0, 12) as i8;
        let by = rng.random_range(-limit(down)..=limit(up));
        let moved: Option<Vec<Frame>> = window.iter().map(|f| transposed(*f, by)).collect();
        moved.unwrap_or(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::generator;

    fn song(id: &str, low: u8) -> Song {
        let frames = (0..32).map(|s| [low + 30, low + 20, low + 10, low + s / 16]);
        Song::of(id, frames.collect()).unwrap()
    }

    #[test]
    fn keys_are_those_in_which_every_voice_stays_in_range() {
        let all = vec![
            (Split::Train, song("a", 20)),
            (Split::Train, song("b", 23)),
            (Split::Validation, song("c", 20)),
        ];
        let songs = Songs::new("test".into(), all).unwrap();
        let frames = &songs.train[0].frames;
        let mut rng = generator(1, 1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let moved = songs.transposed(frames, frames.clone(), &mut rng);
            assert_eq!(moved[0][0] - moved[0][3], 30);
            seen.insert(moved[0][3]);
        }
        assert_eq!(seen, (20..=23).collect());
    }

    #[test]
    fn a_song_comes_back_as_its_score_with_its_bar_lines() {
        let song = song("a", 20);
        let score = song.score().unwrap();
        assert_eq!(score.note_count(), 5);
        assert_eq!(song.places[17].slot, 1);
        assert_eq!(song.places[17].bar, 1);
        assert!(song.places[0].opening && !song.places[0].closing);
    }

    #[test]
    fn without_validation_songs_there_is_no_run() {
        let error = Songs::new("x".into(), vec![(Split::Train, song("a", 20))]).err();
        assert!(error.unwrap().contains("0 validation"));
    }
}
