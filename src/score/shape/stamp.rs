//! Chord stamps: a chord on a note, of the piece's key or of a fixed shape.

use super::Change;
use crate::score::chord::Quality;
use crate::score::theory::in_major;
use crate::score::{Note, TrackId};

/// What is built on a root.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChordKind {
    /// These notes of the key above the root: 2 and 4 are its third and fifth.
    InKey(&'static [u8]),
    /// These semitones above the root, whatever the key.
    Fixed(&'static [u8]),
    /// The notes of a quality, whatever the key.
    Quality(Quality),
}

/// The chords there are, by name.
pub static CHORDS: [(&str, ChordKind); 22] = [
    ("Triad of the key", ChordKind::InKey(&[2, 4])),
    ("Seventh of the key", ChordKind::InKey(&[2, 4, 6])),
    ("Ninth of the key", ChordKind::InKey(&[2, 4, 6, 8])),
    ("Sixth of the key", ChordKind::InKey(&[2, 4, 5])),
    ("Third of the key", ChordKind::InKey(&[2])),
    ("Octave", ChordKind::Fixed(&[0, 12])),
    ("Fifth", ChordKind::Fixed(&[0, 7])),
    ("Major", ChordKind::Quality(Quality::Major)),
    ("Minor", ChordKind::Quality(Quality::Minor)),
    ("Diminished", ChordKind::Quality(Quality::Diminished)),
    ("Augmented", ChordKind::Quality(Quality::Augmented)),
    ("Suspended fourth", ChordKind::Quality(Quality::Sus4)),
    ("Suspended second", ChordKind::Quality(Quality::Sus2)),
    ("Major seventh", ChordKind::Quality(Quality::Major7)),
    ("Minor seventh", ChordKind::Quality(Quality::Minor7)),
    ("Dominant seventh", ChordKind::Quality(Quality::Dominant7)),
    (
        "Diminished seventh",
        ChordKind::Quality(Quality::Diminished7),
    ),
    (
        "Half-diminished seventh",
        ChordKind::Quality(Quality::HalfDiminished7),
    ),
    ("Major sixth", ChordKind::Quality(Quality::Major6)),
    ("Minor sixth", ChordKind::Quality(Quality::Minor6)),
    (
        "Minor, major seventh",
        ChordKind::Quality(Quality::MinorMajor7),
    ),
    (
        "Suspended dominant seventh",
        ChordKind::Quality(Quality::Dominant7Sus4),
    ),
];

impl ChordKind {
    /// The pitches of the chord on a root, ascending, the root first; what lies above MIDI's range is left out.
    /// `tonic` (0..=11) is that of the major scale the key's notes are. A root outside the key stays, and has the
    /// key's notes above it.
    pub fn pitches(self, root: u8, tonic: u8) -> Vec<u8> {
        let fixed = |steps: &[u8]| steps.iter().map(|s| root.checked_add(*s)).collect();
        let all: Vec<Option<u8>> = match self {
            ChordKind::Fixed(steps) => fixed(steps),
            ChordKind::Quality(q) => fixed(q.steps()),
            ChordKind::InKey(steps) => {
                let scale: Vec<u8> = (root.saturating_add(1)..128)
                    .filter(|p| in_major(*p, tonic))
                    .collect();
                let above = steps
                    .iter()
                    .map(|s| scale.get((*s as usize).checked_sub(1)?).copied());
                [Some(root)].into_iter().chain(above).collect()
            }
        };
        all.into_iter().flatten().filter(|p| *p < 128).collect()
    }
}

/// A chord of new notes like `root`, whose id is left aside, on a track.
pub fn stamp(track: TrackId, root: &Note, chord: ChordKind, tonic: u8) -> Change {
    let note = |pitch| Note {
        // Nobody's part or copy.
        id: crate::score::NoteId(0),
        pitch,
        ..*root
    };
    Change {
        added: chord
            .pitches(root.pitch, tonic)
            .into_iter()
            .map(|p| (track, note(p)))
            .collect(),
        ..Change::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, piece};
    use super::*;
    use crate::score::NoteId;

    const C: u8 = 0;

    fn named(name: &str) -> ChordKind {
        CHORDS.iter().find(|(n, _)| *n == name).unwrap().1
    }

    #[test]
    fn chords_of_the_key_are_major_or_minor_as_the_key_has_them() {
        let triad = named("Triad of the key");
        assert_eq!(triad.pitches(60, C), [60, 64, 67]);
        assert_eq!(triad.pitches(62, C), [62, 65, 69]);
        assert_eq!(triad.pitches(71, C), [71, 74, 77]);
        assert_eq!(triad.pitches(62, 2), [62, 66, 69], "D major");
        assert_eq!(named("Seventh of the key").pitches(67, C), [67, 71, 74, 77]);
        assert_eq!(
            named("Ninth of the key").pitches(60, C),
            [60, 64, 67, 71, 74]
        );
        assert_eq!(
            triad.pitches(61, C),
            [61, 64, 67],
            "a root outside the key stays"
        );
    }

    #[test]
    fn fixed_chords_are_the_same_everywhere() {
        assert_eq!(named("Dominant seventh").pitches(60, C), [60, 64, 67, 70]);
        assert_eq!(named("Fifth").pitches(61, C), [61, 68]);
        assert_eq!(
            named("Octave").pitches(120, C),
            [120],
            "nothing above the last key"
        );
        assert_eq!(named("Triad of the key").pitches(127, C), [127]);
    }

    #[test]
    fn the_names_are_all_different() {
        let names: std::collections::BTreeSet<&str> = CHORDS.iter().map(|c| c.0).collect();
        assert_eq!(names.len(), CHORDS.len());
    }

    #[test]
    fn a_stamp_writes_one_note_a_pitch() {
        let (s, _) = piece(&[]);
        let root = Note {
            id: NoteId(77),
            start: 960,
            length: 480,
            pitch: 62,
            velocity: 96,
            release: Some(64),
        };
        let change = stamp(s.tracks[0].id, &root, named("Triad of the key"), C);
        assert_eq!(
            after(&s, change),
            [(960, 480, 62, 96), (960, 480, 65, 96), (960, 480, 69, 96)]
        );
    }
}
