//! `structured`: one track as a flat line of ids, four a note (pitch, velocity, duration, time since the
//! note before), on a grid of twelfths of a quarter; midi-lm's form of the MidiTok encoding of that name.

use super::codes::position;
use super::{Aspect, Field, TokenError, Tokenizer, Tokens, empty};
use crate::score::{Note, Score, Track, TrackId};

const ID: &str = "structured";
/// Grid steps a quarter.
pub(super) const RESOLUTION: u32 = 12;
const BOS: i32 = 1;
const EOS: i32 = 2;
const PITCH: i32 = 3;
const VELOCITY: i32 = PITCH + 128;
const DURATION: i32 = VELOCITY + VELOCITIES as i32;
const SHIFT: i32 = DURATION + LONGEST as i32;
const VELOCITIES: usize = 32;
/// Longest duration and time shift in steps.
const LONGEST: u32 = 256;
const SIZE: usize = SHIFT as usize + LONGEST as usize + 1;

/// The velocities that can be written: 32 from 1 to 127, evenly spaced, fractions cut off.
fn velocity_of(index: usize) -> u8 {
    (1.0 + 126.0 * index as f64 / (VELOCITIES - 1) as f64) as u8
}

/// The nearest of them, the softer on a tie.
fn velocity(value: u8) -> usize {
    (0..VELOCITIES)
        .min_by_key(|&i| velocity_of(i).abs_diff(value))
        .unwrap_or(0)
}

/// The track with most notes, the one that is written. Drums are no pitched line and are not looked at.
pub(super) fn lead(score: &Score) -> Option<&Track> {
    score
        .tracks
        .iter()
        .map(AsRef::as_ref)
        .filter(|t| !t.is_drums() && !t.notes.is_empty())
        .max_by_key(|t| t.notes.len())
}

/// Notes of [`lead`], in order, as (start, length, pitch, velocity) in steps.
pub(super) fn line(
    score: &Score,
    tokenizer: &'static str,
) -> Result<Vec<(u32, u32, u8, u8)>, TokenError> {
    let track = lead(score).ok_or(TokenError::Lacks {
        tokenizer,
        needs: "a pitched track with notes",
    })?;
    let steps = |n: &Note| {
        let start = position(n.start, score.ppq, RESOLUTION);
        let end = position(n.end(), score.ppq, RESOLUTION);
        (start, end.saturating_sub(start).max(1), n.pitch, n.velocity)
    };
    let mut notes: Vec<_> = track.notes.iter().map(steps).collect();
    notes.sort_by_key(|&(start, length, pitch, loud)| {
        (start, pitch, length.min(LONGEST), velocity(loud))
    });
    Ok(notes)
}

/// See the module.
pub struct Structured;

impl Tokenizer for Structured {
    fn id(&self) -> &'static str {
        ID
    }

    fn about(&self) -> &'static str {
        "One track as a line of pitch, velocity, duration and time shift, note after note"
    }

    fn fields(&self) -> Vec<Field> {
        vec![Field {
            name: "token",
            size: SIZE,
        }]
    }

    fn keeps(&self) -> &'static [Aspect] {
        &[Aspect::Polyphony, Aspect::Velocity]
    }

    fn reads(&self, score: &Score) -> Vec<TrackId> {
        lead(score).map(|t| t.id).into_iter().collect()
    }

    fn encode(&self, score: &Score) -> Result<Tokens, TokenError> {
        let mut tokens = Tokens::of(&[&[BOS]]);
        // Where a reader of these tokens stands: a shift beyond the longest would otherwise move only the
        // notes before it.
        let mut now = 0;
        for (start, length, pitch, loud) in line(score, ID)? {
            let shift = start.saturating_sub(now).min(LONGEST);
            now = if shift == LONGEST { now + shift } else { start };
            tokens.push(&[PITCH + i32::from(pitch)]);
            tokens.push(&[VELOCITY + velocity(loud) as i32]);
            tokens.push(&[DURATION + length.min(LONGEST) as i32 - 1]);
            tokens.push(&[SHIFT + shift as i32]);
        }
        tokens.push(&[EOS]);
        Ok(tokens)
    }

    fn decode(&self, tokens: &Tokens) -> Result<Score, TokenError> {
        let mut score = empty(ID, RESOLUTION as u16, 100.0);
        let track = score.add_track("Piano", 0, 0);
        let ids: Vec<i32> = tokens
            .ids
            .iter()
            .copied()
            .skip_while(|&id| id == BOS)
            .take_while(|&id| id != EOS)
            .filter(|&id| id != 0)
            .collect();
        let mut now = 0u32;
        for (note, ids) in ids.chunks(4).enumerate() {
            let bad = |why: &str| TokenError::Row {
                tokenizer: ID,
                row: 1 + 4 * note,
                why: why.into(),
            };
            let &[pitch, loud, length, shift] = ids else {
                return Err(bad("the last note has not four ids"));
            };
            let within = |id: i32, from: i32, size: u32| {
                u32::try_from(id - from)
                    .ok()
                    .filter(|&i| i < size)
                    .ok_or_else(|| {
                        bad("pitch, velocity, duration and time shift must follow each other")
                    })
            };
            let pitch = within(pitch, PITCH, 128)?;
            let loud = within(loud, VELOCITY, VELOCITIES as u32)?;
            let length = within(length, DURATION, LONGEST)? + 1;
            now = now.saturating_add(within(shift, SHIFT, LONGEST + 1)?);
            score.add_note(track, now, length, pitch as u8, velocity_of(loud as usize));
        }
        Ok(score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lie_where_the_reference_puts_them() {
        assert_eq!(
            (PITCH, VELOCITY, DURATION, SHIFT, SIZE),
            (3, 131, 163, 419, 676)
        );
        let mut s = Score {
            ppq: 12,
            ..Score::default()
        };
        let t = s.add_track("Piano", 0, 0);
        s.add_note(t, 6, 12, 60, 127);
        s.add_note(t, 18, 300, 62, 1);
        let ids = Structured.encode(&s).unwrap().ids;
        assert_eq!(ids, [1, 63, 162, 174, 425, 65, 131, 418, 431, 2]);
    }

    #[test]
    fn the_velocities_are_evenly_spaced_and_cut() {
        assert_eq!([0, 1, 2, 31].map(velocity_of), [1, 5, 9, 127]);
        assert_eq!([1, 3, 4, 127].map(velocity), [0, 0, 1, 31]);
    }

    #[test]
    fn a_piece_without_pitched_notes_is_refused() {
        let e = Structured.encode(&Score::default()).unwrap_err();
        assert!(e.to_string().contains("a pitched track"), "{e}");
    }
}
