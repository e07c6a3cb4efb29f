//! Chords: a root and a quality, read from labels and found in pieces.
//!
//! [`detect`] is our own; [`reference`] is the rule of REMI-z, kept because its data sets were made with it.

mod detect;
pub mod reference;

pub use detect::detect;

use super::theory::{PITCH_CLASSES, parse_pitch_class};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is built on the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Quality {
    Major,
    Minor,
    Diminished,
    Augmented,
    Sus4,
    Sus2,
    Major7,
    Minor7,
    Dominant7,
    Diminished7,
    HalfDiminished7,
    Major6,
    Minor6,
    MinorMajor7,
    /// A dominant seventh with the fourth for the third.
    Dominant7Sus4,
}

use Quality::*;

impl Quality {
    /// All of them. The first [`Quality::REFERENCE`] are those of REMI-z, in its order.
    pub const ALL: [Quality; 15] = [
        Major,
        Minor,
        Diminished,
        Augmented,
        Sus4,
        Sus2,
        Major7,
        Minor7,
        Dominant7,
        Diminished7,
        HalfDiminished7,
        Major6,
        Minor6,
        MinorMajor7,
        Dominant7Sus4,
    ];

    /// How many of [`Quality::ALL`] REMI-z knows.
    pub const REFERENCE: usize = 11;

    /// Semitones of the notes above the root, the root first.
    pub fn steps(self) -> &'static [u8] {
        match self {
            Major => &[0, 4, 7],
            Minor => &[0, 3, 7],
            Diminished => &[0, 3, 6],
            Augmented => &[0, 4, 8],
            Sus4 => &[0, 5, 7],
            Sus2 => &[0, 2, 7],
            Major7 => &[0, 4, 7, 11],
            Minor7 => &[0, 3, 7, 10],
            Dominant7 => &[0, 4, 7, 10],
            Diminished7 => &[0, 3, 6, 9],
            HalfDiminished7 => &[0, 3, 6, 10],
            Major6 => &[0, 4, 7, 9],
            Minor6 => &[0, 3, 7, 9],
            MinorMajor7 => &[0, 3, 7, 11],
            Dominant7Sus4 => &[0, 5, 7, 10],
        }
    }

    /// The name in chord labels (Harte et al. 2005, as POP909 writes them).
    pub fn label(self) -> &'static str {
        match self {
            Major => "maj",
            Minor => "min",
            Diminished => "dim",
            Augmented => "aug",
            Sus4 => "sus4",
            Sus2 => "sus2",
            Major7 => "maj7",
            Minor7 => "min7",
            Dominant7 => "7",
            Diminished7 => "dim7",
            HalfDiminished7 => "hdim7",
            Major6 => "maj6",
            Minor6 => "min6",
            MinorMajor7 => "minmaj7",
            Dominant7Sus4 => "sus4(b7)",
        }
    }

    /// Whether the chord is major or minor by its third, where it also has a fifth of seven semitones; `None` for the
    /// others. This is what "majmin" scores of chord recognition compare.
    pub fn is_major(self) -> Option<bool> {
        let has = |step| self.steps().contains(&step);
        match (has(4) && has(7), has(3) && has(7)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

/// A chord without its inversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Chord {
    /// Pitch class, 0..=11, C first.
    pub root: u8,
    pub quality: Quality,
}

impl Chord {
    /// A label such as `D:min7/b3`, whose bass is left out. `Some(None)` for `N`, no chord; `None` for any other text.
    pub fn parse(label: &str) -> Option<Option<Chord>> {
        let label = label.trim();
        if label == "N" {
            return Some(None);
        }
        let (root, quality) = label.split_once(':')?;
        let (root, rest) = parse_pitch_class(root)?;
        let quality = quality.split('/').next()?;
        let quality = Quality::ALL.into_iter().find(|q| q.label() == quality)?;
        rest.is_empty().then_some(Some(Chord { root, quality }))
    }

    /// Pitch classes of the chord, the root first.
    pub fn pitch_classes(self) -> impl Iterator<Item = u8> {
        self.quality
            .steps()
            .iter()
            .map(move |s| (self.root + s) % 12)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = PITCH_CLASSES[self.root as usize % 12];
        write!(f, "{root}:{}", self.quality.label())
    }
}

/// A chord, or none, over the half-open tick range `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChordSpan {
    pub start: u32,
    pub end: u32,
    pub chord: Option<Chord>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_back_and_others_refused() {
        for root in 0..12 {
            for quality in Quality::ALL {
                let chord = Chord { root, quality };
                assert_eq!(Chord::parse(&chord.to_string()), Some(Some(chord)));
            }
        }
        assert_eq!(
            Chord::parse("Bb:min7/b3").flatten().map(|c| c.to_string()),
            Some("A#:min7".into())
        );
        assert_eq!(Chord::parse("N"), Some(None));
        for other in ["", "C", "H:maj", "C:maj9", "Cx:maj", ":"] {
            assert_eq!(Chord::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_seventh_is_major_or_minor_by_its_triad() {
        assert_eq!(Dominant7.is_major(), Some(true));
        assert_eq!(MinorMajor7.is_major(), Some(false));
        for open in [Sus4, Augmented, HalfDiminished7, Dominant7Sus4] {
            assert_eq!(open.is_major(), None);
        }
    }
}
