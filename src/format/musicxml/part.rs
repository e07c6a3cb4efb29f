//! A track as a part: its staves, their clefs, and the voices on them.

use super::Told;
use super::grid::{Measure, Sounding, quantise};
use super::voices::{Chord, separate};
use crate::format::instruments::instrument_name;
use crate::score::{Score, Track};
use std::collections::BTreeSet;

/// Pitches from here on stand on the upper of two staves.
const MIDDLE_C: u8 = 60;

/// A clef: its sign, the line it stands on, octaves up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clef {
    pub sign: &'static str,
    pub line: u8,
    pub octaves: i8,
}

/// One staff.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Staff {
    pub clef: Clef,
    pub voices: Vec<Vec<Chord>>,
}

/// One part.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub name: String,
    pub instrument: &'static str,
    /// 1..=16.
    pub channel: u8,
    /// 1..=128.
    pub program: u8,
    /// The drums it plays, by key; `None` for a part of pitches.
    pub drums: Option<BTreeSet<u8>>,
    /// One, or two for a keyboard that plays on both sides of middle C.
    pub staves: Vec<Staff>,
}

impl Part {
    /// Last division at which something sounds.
    pub fn end(&self) -> u64 {
        let voices = self.staves.iter().flat_map(|s| &s.voices);
        voices
            .filter_map(|v| v.last().map(|c| c.end))
            .max()
            .unwrap_or(0)
    }
}

/// The parts of a piece, one a track.
pub(super) fn parts(score: &Score, measures: &[Measure], told: &mut Told) -> Vec<Part> {
    let tracks = score.tracks.iter();
    tracks.map(|t| part(t, score.ppq, measures, told)).collect()
}

fn part(track: &Track, ppq: u16, measures: &[Measure], told: &mut Told) -> Part {
    let notes = restruck(quantise(&track.notes, measures, ppq, told), told);
    let program = track.first_program().min(127);
    let mut staff = |clef: Clef, notes: &[Sounding]| Staff {
        clef,
        voices: separate(notes, told),
    };
    let drums = track
        .is_drums()
        .then(|| notes.iter().map(|n| n.pitch).collect());
    let (upper, lower): (Vec<Sounding>, Vec<Sounding>) =
        notes.iter().partition(|n| n.pitch >= MIDDLE_C);
    let staves = if drums.is_some() {
        vec![staff(PERCUSSION, &notes)]
    } else if has_two_staves(program, upper.len(), lower.len()) {
        vec![staff(TREBLE, &upper), staff(BASS, &lower)]
    } else {
        vec![staff(clef_of(program, &notes), &notes)]
    };
    Part {
        name: track.name.clone(),
        instrument: instrument_name(track.channel, program),
        channel: track.channel.min(15) + 1,
        program: program + 1,
        drums,
        staves,
    }
}

/// Ends a note where its pitch is struck anew, as on an instrument; of notes of one pitch that begin together the longest
/// stays, as loud as the loudest.
fn restruck(mut notes: Vec<Sounding>, told: &mut Told) -> Vec<Sounding> {
    notes.sort_unstable_by_key(|n| (n.pitch, n.start, n.end));
    let mut kept: Vec<Sounding> = Vec::with_capacity(notes.len());
    for note in notes {
        match kept.last_mut().filter(|last| last.pitch == note.pitch) {
            Some(last) if last.start == note.start => {
                told.doubled += 1;
                last.end = note.end;
                last.velocity = last.velocity.max(note.velocity);
                continue;
            }
            Some(last) if last.end > note.start => {
                told.restruck += 1;
                last.end = note.start;
            }
            _ => {}
        }
        kept.push(note);
    }
    kept.sort_unstable();
    kept
}

const TREBLE: Clef = Clef {
    sign: "G",
    line: 2,
    octaves: 0,
};
const BASS: Clef = Clef {
    sign: "F",
    line: 4,
    octaves: 0,
};
const ALTO: Clef = Clef {
    sign: "C",
    line: 3,
    octaves: 0,
};
const PERCUSSION: Clef = Clef {
    sign: "percussion",
    line: 2,
    octaves: 0,
};

/// Pianos, organs and the harp, if an eighth of their notes at least lies on either side of middle C.
fn has_two_staves(program: u8, upper: usize, lower: usize) -> bool {
    let keyboard = matches!(program, 0..=8 | 16..=21 | 46);
    let few = (upper + lower) / 8;
    keyboard && upper.min(lower) > few
}

/// The clef that puts most notes near the staff.
fn clef_of(program: u8, notes: &[Sounding]) -> Clef {
    const VIOLA: u8 = 41;
    if program == VIOLA {
        return ALTO;
    }
    let mut pitches: Vec<u8> = notes.iter().map(|n| n.pitch).collect();
    pitches.sort_unstable();
    match pitches.get(pitches.len() / 2) {
        Some(0..=35) => Clef {
            octaves: -1,
            ..BASS
        },
        Some(36..=56) => BASS,
        Some(88..) => Clef {
            octaves: 1,
            ..TREBLE
        },
        _ => TREBLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::musicxml::grid::measures;

    fn part_of(program: u8, channel: u8, pitches: &[u8]) -> Part {
        let mut score = Score::default();
        let t = score.add_track("x", channel, program);
        for (i, p) in pitches.iter().enumerate() {
            score.add_note(t, i as u32 * 480, 480, *p, 80);
        }
        parts(&score, &measures(&score), &mut Told::default()).remove(0)
    }

    #[test]
    fn the_clef_follows_the_register() {
        let clef = |program, pitches: &[u8]| part_of(program, 0, pitches).staves[0].clef;
        assert_eq!(clef(73, &[72, 74, 40]), TREBLE);
        assert_eq!(clef(32, &[40, 43, 45]), BASS);
        assert_eq!(clef(32, &[28, 31, 33]).octaves, -1);
        assert_eq!(clef(72, &[90, 94, 98]).octaves, 1);
        assert_eq!(clef(41, &[60, 62]), ALTO);
        assert_eq!(clef(73, &[]), TREBLE);
    }

    #[test]
    fn a_pitch_struck_anew_ends_what_sounded() {
        let note = |start, end, pitch, velocity| Sounding {
            start,
            end,
            pitch,
            velocity,
        };
        let mut told = Told::default();
        let notes = vec![
            note(0, 192, 60, 80),
            note(0, 96, 60, 90),
            note(96, 288, 60, 70),
            note(96, 192, 62, 70),
        ];
        let kept = [
            note(0, 96, 60, 90),
            note(96, 192, 62, 70),
            note(96, 288, 60, 70),
        ];
        assert_eq!(restruck(notes, &mut told), kept);
        assert_eq!((told.doubled, told.restruck), (1, 1));
    }

    #[test]
    fn a_piano_with_two_hands_has_two_staves_and_a_flute_never() {
        let both = [72, 48, 76, 52];
        assert_eq!(part_of(0, 0, &both).staves.len(), 2);
        assert_eq!(part_of(0, 0, &[72, 74, 76, 77]).staves.len(), 1);
        assert_eq!(part_of(73, 0, &both).staves.len(), 1);
        let drums = part_of(0, 9, &[36, 72, 36, 38]);
        assert_eq!(drums.staves.len(), 1);
        assert_eq!(drums.drums, Some([36, 38, 72].into()));
    }
}
