//! `mmt`: the compound tokens of the Multitrack Music Transformer (Dong et al. 2023) as midi-lm writes
//! them: rows of (type, beat, position, pitch, duration, instrument) on a grid of twelfths of a quarter.

use super::codes::position;
use super::registry::Form;
use super::{Aspect, Field, TokenError, Tokenizer, Tokens, empty};
use crate::score::{Score, Track, TrackId};
use std::sync::LazyLock;

const ID: &str = "mmt";
/// Grid steps a quarter.
const RESOLUTION: u32 = 12;
/// Quarters that can be written.
const BEATS: u32 = 256;
/// Rows of the reference; a longer piece is cut and still ends.
const MOST_ROWS: usize = 1024;
const VELOCITY: u8 = 64;

const START: i32 = 0;
const INSTRUMENT: i32 = 1;
const NOTES: i32 = 2;
const NOTE: i32 = 3;
const END: i32 = 4;

/// Lengths in steps that can be written.
const DURATIONS: [u32; 32] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 18, 20, 21, 24, 30, 36, 40, 42, 48, 60, 72, 84,
    96, 120, 144, 168, 192, 384,
];

/// The program that stands for a program, or `None` for effects and percussion that are left out.
fn reduced(program: u8) -> Option<u8> {
    Some(match program {
        0..=3 => 0,
        4..=5 => 4,
        16..=18 | 20 => 16,
        26..=31 => 26,
        33..=35 => 33,
        36..=37 => 36,
        38..=39 => 38,
        110 => 40,
        44 | 45 | 48 | 49 => 49,
        50..=51 => 50,
        52..=54 => 52,
        56 | 59 => 56,
        62..=63 => 62,
        80..=87 => 80,
        88..=95 => 88,
        118..=119 => 118,
        76..=78 | 96..=103 | 112..=116 | 120.. => return None,
        other => other,
    })
}

/// The programs that are kept; their place in the list is the instrument's number.
static KEPT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut kept: Vec<u8> = (0..128).filter_map(reduced).collect();
    kept.sort_unstable();
    kept.dedup();
    kept
});

/// Place of the nearest known duration, the shorter on a tie.
fn duration(steps: u32) -> usize {
    let distance = |&(_, d): &(usize, &u32)| d.abs_diff(steps);
    DURATIONS
        .iter()
        .enumerate()
        .min_by_key(distance)
        .map_or(0, |(i, _)| i)
}

/// See the module.
pub struct Mmt {
    /// The reference writes a drum kit as the pitched instrument of its program; corrected, drums are left
    /// out.
    pub form: Form,
}

impl Mmt {
    /// The number of the instrument that a track is written as; `None` if it is left out.
    fn instrument(&self, track: &Track) -> Option<usize> {
        if track.is_drums() && self.form == Form::Corrected {
            return None;
        }
        let program = reduced(track.first_program())?;
        KEPT.iter().position(|&kept| kept == program)
    }
}

impl Tokenizer for Mmt {
    fn id(&self) -> &'static str {
        match self.form {
            Form::Corrected => ID,
            Form::ReferenceCompatible => "mmt-reference",
        }
    }

    fn form(&self) -> Form {
        self.form
    }

    fn about(&self) -> &'static str {
        "Many tracks as rows of type, beat, position, pitch, duration and instrument (Multitrack Music Transformer)"
    }

    fn fields(&self) -> Vec<Field> {
        [
            ("type", 5),
            ("beat", BEATS as usize + 1),
            ("position", RESOLUTION as usize + 1),
            ("pitch", 129),
            ("duration", DURATIONS.len() + 1),
            ("instrument", KEPT.len() + 1),
        ]
        .map(|(name, size)| Field { name, size })
        .into()
    }

    fn keeps(&self) -> &'static [Aspect] {
        &[Aspect::Tracks, Aspect::Polyphony, Aspect::Programs]
    }

    fn reads(&self, score: &Score) -> Vec<TrackId> {
        let tracks = score.tracks.iter();
        let read = tracks.filter(|t| self.instrument(t).is_some());
        read.map(|t| t.id).collect()
    }

    fn encode(&self, score: &Score) -> Result<Tokens, TokenError> {
        let mut notes: Vec<[i32; 6]> = Vec::new();
        for track in &score.tracks {
            let Some(place) = self.instrument(track) else {
                continue;
            };
            for n in &track.notes {
                let start = position(n.start, score.ppq, RESOLUTION);
                if start / RESOLUTION >= BEATS {
                    break;
                }
                let length = position(n.end(), score.ppq, RESOLUTION)
                    .saturating_sub(start)
                    .max(1);
                notes.push([
                    NOTE,
                    (start / RESOLUTION + 1) as i32,
                    (start % RESOLUTION + 1) as i32,
                    i32::from(n.pitch) + 1,
                    duration(length) as i32 + 1,
                    place as i32 + 1,
                ]);
            }
        }
        notes.sort_by_key(|&[_, beat, position, pitch, duration, instrument]| {
            (beat, position, instrument, pitch, duration)
        });
        let mut instruments: Vec<i32> = notes.iter().map(|n| n[5]).collect();
        instruments.sort_unstable();
        instruments.dedup();
        let mut tokens = Tokens::new(6);
        tokens.push(&[START, 0, 0, 0, 0, 0]);
        for i in instruments {
            tokens.push(&[INSTRUMENT, 0, 0, 0, 0, i]);
        }
        tokens.push(&[NOTES, 0, 0, 0, 0, 0]);
        for note in notes {
            if tokens.len() == MOST_ROWS - 1 {
                break;
            }
            tokens.push(&note);
        }
        tokens.push(&[END, 0, 0, 0, 0, 0]);
        Ok(tokens)
    }

    fn decode(&self, tokens: &Tokens) -> Result<Score, TokenError> {
        let mut score = empty("mmt", RESOLUTION as u16, 100.0);
        let mut tracks = vec![None; KEPT.len()];
        for (row, ids) in tokens.rows().enumerate() {
            let bad = |why: &str| TokenError::Row {
                tokenizer: ID,
                row,
                why: why.into(),
            };
            let &[kind, beat, position, pitch, length, instrument] = ids else {
                return Err(bad("it has not six fields"));
            };
            match kind {
                END => break,
                START | INSTRUMENT | NOTES => {}
                NOTE => {
                    let within = |id: i32, size: usize| {
                        usize::try_from(id - 1)
                            .ok()
                            .filter(|&i| i < size)
                            .ok_or_else(|| bad("a field of the note is empty or out of range"))
                    };
                    let start = within(beat, BEATS as usize)? * RESOLUTION as usize
                        + within(position, RESOLUTION as usize)?;
                    let place = within(instrument, KEPT.len())?;
                    let (pitch, length) = (within(pitch, 128)?, within(length, DURATIONS.len())?);
                    let track = *tracks[place].get_or_insert_with(|| {
                        let program = KEPT[place];
                        let channel = free_channel(score.tracks.len());
                        score.add_track(format!("Program {program}"), channel, program)
                    });
                    score.add_note(
                        track,
                        start as u32,
                        DURATIONS[length],
                        pitch as u8,
                        VELOCITY,
                    );
                }
                _ => return Err(bad("its type is not 0 to 4")),
            }
        }
        Ok(score)
    }
}

/// The n-th channel that is not the drums', around again after the fifteenth.
fn free_channel(n: usize) -> u8 {
    let channel = (n % 15) as u8;
    channel + u8::from(channel >= 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENIZER: Mmt = Mmt {
        form: Form::Corrected,
    };

    #[test]
    fn the_worked_example_is_the_reference_s() {
        let mut s = Score {
            ppq: 12,
            ..Score::default()
        };
        let t = s.add_track("Piano", 0, 0);
        for (time, pitch, length) in [(0, 60, 12), (0, 62, 8), (20, 64, 12), (30, 60, 4)] {
            s.add_note(t, time, length, pitch, 90);
        }
        let rows: [&[i32]; 8] = [
            &[0, 0, 0, 0, 0, 0],
            &[1, 0, 0, 0, 0, 1],
            &[2, 0, 0, 0, 0, 0],
            &[3, 1, 1, 61, 12, 1],
            &[3, 1, 1, 63, 8, 1],
            &[3, 2, 9, 65, 12, 1],
            &[3, 3, 7, 61, 4, 1],
            &[4, 0, 0, 0, 0, 0],
        ];
        assert_eq!(TOKENIZER.encode(&s), Ok(Tokens::of(&rows)));
    }

    #[test]
    fn sizes_are_the_reference_s() {
        let sizes: Vec<usize> = TOKENIZER.fields().iter().map(|f| f.size).collect();
        assert_eq!(sizes, [5, 257, 13, 129, 33, 65]);
    }

    #[test]
    fn drums_are_left_out_or_as_in_the_reference_become_a_piano() {
        let mut s = Score::default();
        let t = s.add_track("Drums", 9, 0);
        s.add_note(t, 0, 120, 36, 90);
        assert_eq!(TOKENIZER.encode(&s).unwrap().len(), 3);
        let compatible = Mmt {
            form: Form::ReferenceCompatible,
        };
        assert_eq!(compatible.encode(&s).unwrap().len(), 5);
    }

    #[test]
    fn a_long_piece_is_cut_and_still_ends() {
        let mut s = Score::default();
        let t = s.add_track("Piano", 0, 0);
        for k in 0..2000 {
            s.add_note(t, k * 40, 40, 60, 90);
        }
        let tokens = TOKENIZER.encode(&s).unwrap();
        assert_eq!(tokens.len(), 1024);
        assert_eq!(tokens.rows().last().unwrap()[0], END);
    }
}
