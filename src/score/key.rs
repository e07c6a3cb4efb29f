//! Keys: a tonic and a mode, read from labels and found in pieces.
//!
//! [`detect`] is our own; [`reference`] is the rule of REMI-z, kept because its data sets were made with it.

mod detect;
pub mod reference;

pub use detect::{Section, detect, sections};

use super::theory::{PITCH_CLASSES, best_major_tonic, parse_pitch_class, pitch_class_counts};
use super::{KeySignature, Score};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Major or minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mode {
    Major,
    Minor,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Pitch class, 0..=11, C first.
    pub tonic: u8,
    pub mode: Mode,
}

impl Key {
    /// A major key.
    pub fn major(tonic: u8) -> Key {
        Key {
            tonic: tonic % 12,
            mode: Mode::Major,
        }
    }

    /// A minor key.
    pub fn minor(tonic: u8) -> Key {
        Key {
            tonic: tonic % 12,
            mode: Mode::Minor,
        }
    }

    /// All 24, major keys first, each by tonic.
    pub fn all() -> impl Iterator<Item = Key> {
        (0..12).map(Key::major).chain((0..12).map(Key::minor))
    }

    /// A label such as `Gb:maj` or `A:min`, as POP909 and MIREX write them; `None` for any other text.
    pub fn parse(label: &str) -> Option<Key> {
        let (tonic, mode) = label.trim().split_once(':')?;
        let (tonic, rest) = parse_pitch_class(tonic)?;
        match (rest, mode) {
            ("", "maj") => Some(Key::major(tonic)),
            ("", "min") => Some(Key::minor(tonic)),
            _ => None,
        }
    }

    /// The key of the other mode with the same notes: A minor for C major.
    pub fn relative(self) -> Key {
        match self.mode {
            Mode::Major => Key::minor(self.tonic + 9),
            Mode::Minor => Key::major(self.tonic + 3),
        }
    }

    /// The other mode on the same tonic.
    pub fn parallel(self) -> Key {
        let mode = match self.mode {
            Mode::Major => Mode::Minor,
            Mode::Minor => Mode::Major,
        };
        Key { mode, ..self }
    }

    /// The key so many semitones higher.
    pub fn transposed(self, semitones: i32) -> Key {
        Key {
            tonic: (i32::from(self.tonic) + semitones).rem_euclid(12) as u8,
            ..self
        }
    }

    /// The tonic of the major key with the same notes, 0..=11.
    pub fn major_tonic(self) -> u8 {
        match self.mode {
            Mode::Major => self.tonic,
            Mode::Minor => self.relative().tonic,
        }
    }

    /// The shortest way to C major or A minor in semitones, -6..=5.
    pub fn shift_to_c(self) -> i32 {
        (6 - i32::from(self.major_tonic())).rem_euclid(12) - 6
    }

    /// The key signature with the fewest accidentals, six flats rather than six sharps.
    pub fn signature(self, tick: u32) -> KeySignature {
        KeySignature {
            tick,
            sharps: ((7 * i32::from(self.major_tonic()) + 6).rem_euclid(12) - 6) as i8,
            minor: self.mode == Mode::Minor,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            Mode::Major => "major",
            Mode::Minor => "minor",
        };
        write!(f, "{} {mode}", PITCH_CLASSES[self.tonic as usize % 12])
    }
}

/// Tonic (0..=11) of the major scale of the key that was chosen, else of the one that most of the piece's pitched
/// notes lie in: what the commands that speak of "the key" mean. Unlike [`detect`] it asks for no chords, and a minor
/// key answers with its relative major.
pub fn scale_tonic(score: &Score) -> u8 {
    if let Some(key) = score.key {
        return key.major_tonic() % 12;
    }
    best_major_tonic(&pitch_class_counts(pitched(score).map(|n| n.pitch)))
}

/// Notes of all tracks that are not drums.
pub(super) fn pitched(score: &Score) -> impl Iterator<Item = &super::Note> {
    let tracks = score.tracks.iter().filter(|t| !t.is_drums());
    tracks.flat_map(|t| t.notes.iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_or_refused() {
        assert_eq!(Key::parse("Gb:maj"), Some(Key::major(6)));
        assert_eq!(Key::parse("A:min"), Some(Key::minor(9)));
        for other in ["", "A", "H:maj", "A:dor", "Abb:maj!", ":min"] {
            assert_eq!(Key::parse(other), None, "{other}");
        }
    }

    #[test]
    fn relatives_share_their_signature() {
        for key in Key::all() {
            assert_eq!(key.relative().relative(), key);
            let (a, b) = (key.signature(0), key.relative().signature(0));
            assert_eq!((a.sharps, a.minor), (b.sharps, !b.minor));
        }
        assert_eq!(Key::minor(0).signature(0).sharps, -3);
        assert_eq!(Key::major(4).signature(0).sharps, 4);
    }

    #[test]
    fn the_shift_leads_home_the_short_way() {
        for key in Key::all() {
            let shift = key.shift_to_c();
            assert!((-6..=5).contains(&shift));
            assert_eq!(key.transposed(shift).major_tonic(), 0);
        }
    }
}
