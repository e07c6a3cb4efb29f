//! Songs brought to C major or A minor, as a whole: what REMI-z does to POP909 before PhraseVAE sees it.

use super::TransformError;
use super::transpose::{room, shift_signature, shift_track, transpose};
use crate::score::key::{self, Key};
use crate::score::{Note, Score};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which key is believed, and what happens at the edges of the pitch range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// Our own detector, the shortest way, an octave off where only that fits.
    #[default]
    Corrected,
    /// REMI-z's rule (see [`key::reference`]). In a piece too wide to fit, single notes below 0 go up an octave.
    ReferenceCompatible,
}

/// A song in C major or A minor, if the detected key is right.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalised {
    pub score: Score,
    /// The key it was found to be in.
    pub key: Key,
    /// How far it was moved.
    pub semitones: i32,
}

/// The song in C major or A minor. Drums stay; key signatures move with the notes.
///
/// # Errors
/// [`TransformError::NoKey`] for a song without pitched notes, and under [`Rule::Corrected`]
/// [`TransformError::NoRoom`] for one too wide to be moved.
pub fn to_c(score: &Score, rule: Rule) -> Result<Normalised, TransformError> {
    match rule {
        Rule::Corrected => {
            let key = key::detect(score).ok_or(TransformError::NoKey)?;
            let short = key.shift_to_c();
            let room = room(score);
            let mut ways = [short, short + 12, short - 12];
            ways.sort_by_key(|s| s.abs());
            let semitones = ways
                .into_iter()
                .find(|s| room.contains(s))
                .ok_or(TransformError::NoRoom { semitones: short })?;
            let score = transpose(score, semitones).ok_or(TransformError::NoRoom { semitones })?;
            Ok(Normalised {
                score,
                key,
                semitones,
            })
        }
        Rule::ReferenceCompatible => {
            let key = key::reference::detect(score).ok_or(TransformError::NoKey)?;
            let tracks = score.tracks.iter().filter(|t| !t.is_drums());
            let notes: Vec<&Note> = tracks.flat_map(|t| &t.notes).collect();
            let lowest = notes.iter().map(|n| n.pitch).min().unwrap_or(0);
            let highest = notes.iter().map(|n| n.pitch).max().unwrap_or(127);
            let semitones = key::reference::shift(key, lowest, highest);
            let mut score = score.clone();
            for track in score.tracks.iter_mut().filter(|t| !t.is_drums()) {
                shift_track(Arc::make_mut(track), semitones);
            }
            for k in &mut score.keys {
                *k = shift_signature(*k, semitones);
            }
            Ok(Normalised {
                score,
                key,
                semitones,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::theory::MAJOR;

    /// The major scale on a pitch, up and down to the tonic, over long tonic triads.
    fn scale(tonic: u8) -> Score {
        let mut score = Score::default();
        let t = score.add_track("a", 0, 0);
        let drums = score.add_track("drums", 9, 0);
        for (i, step) in MAJOR.iter().chain(&[12, 7, 4, 0]).enumerate() {
            score.add_note(t, 480 * i as u32, 480, tonic + step, 64);
            score.add_note(drums, 480 * i as u32, 240, 35, 64);
        }
        for bar in 0..3 {
            for step in [0, 4, 7] {
                score.add_note(t, 1920 * bar, 1920, tonic - 12 + step, 64);
            }
        }
        score
    }

    fn lowest(score: &Score) -> u8 {
        score.tracks[0].notes.iter().map(|n| n.pitch).min().unwrap()
    }

    #[test]
    fn every_major_scale_lands_on_c_under_both_rules() {
        for rule in [Rule::Corrected, Rule::ReferenceCompatible] {
            for tonic in 60..72 {
                let new = to_c(&scale(tonic), rule).unwrap();
                assert_eq!(new.key, Key::major(tonic), "{rule:?}");
                assert_eq!(lowest(&new.score) % 12, 0, "{rule:?} {tonic}");
                assert!(new.semitones.abs() <= 6);
                assert_eq!(new.score.tracks[1], scale(tonic).tracks[1]);
            }
        }
    }

    #[test]
    fn at_the_edge_the_song_goes_the_other_way() {
        // G major that ends on G9, the highest pitch: C above does not exist.
        for rule in [Rule::Corrected, Rule::ReferenceCompatible] {
            let new = to_c(&scale(127 - 12), rule).unwrap();
            assert_eq!(new.semitones, -7, "{rule:?}");
        }
    }

    #[test]
    fn a_song_of_every_pitch_is_refused_or_folded() {
        let mut score = scale(62);
        let t = score.tracks[0].id;
        score.add_note(t, 0, 10, 0, 64);
        score.add_note(t, 0, 10, 127, 64);
        let error = to_c(&score, Rule::Corrected).unwrap_err();
        assert_eq!(error, TransformError::NoRoom { semitones: -2 });
        let folded = to_c(&score, Rule::ReferenceCompatible).unwrap();
        assert_eq!((folded.semitones, lowest(&folded.score)), (-2, 10));
        assert_eq!(
            to_c(&Score::default(), Rule::Corrected),
            Err(TransformError::NoKey)
        );
    }
}
