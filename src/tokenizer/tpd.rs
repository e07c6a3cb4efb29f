//! `tpd`: one track as three parallel columns (time since the note before, pitch, duration), each rounded
//! to a short list; midi-lm's smallest representation.

use super::registry::Form;
use super::structured::{RESOLUTION, lead, line};
use super::{Aspect, Field, TokenError, Tokenizer, Tokens, empty};
use crate::score::{Score, TrackId};

const ID: &str = "tpd";
const SHIFTS: [u32; 9] = [0, 6, 12, 24, 32, 48, 64, 96, 128];
const DURATIONS: [u32; 13] = [2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const BOS: i32 = 1;
const EOS: i32 = 2;
const PITCH: i32 = 3;
const VELOCITY: u8 = 64;
/// Most notes; a longer piece is cut.
const MOST_NOTES: usize = 1022;

/// Place of the nearest value, the smaller on a tie.
fn nearest(values: &[u32], value: u32) -> usize {
    (0..values.len())
        .min_by_key(|&i| values[i].abs_diff(value))
        .unwrap_or(0)
}

/// See the module.
pub struct Tpd {
    /// The reference takes each shift from where the note before really is, so that rounding adds up over the
    /// piece; corrected, from where a reader of the tokens stands.
    pub form: Form,
}

impl Tokenizer for Tpd {
    fn id(&self) -> &'static str {
        match self.form {
            Form::Corrected => ID,
            Form::ReferenceCompatible => "tpd-reference",
        }
    }

    fn form(&self) -> Form {
        self.form
    }

    fn about(&self) -> &'static str {
        "One track as columns of time shift, pitch and duration, each rounded to a short list"
    }

    fn fields(&self) -> Vec<Field> {
        [
            ("shift", SHIFTS.len() + 1),
            ("pitch", PITCH as usize + 128),
            ("duration", DURATIONS.len() + 1),
        ]
        .map(|(name, size)| Field { name, size })
        .into()
    }

    fn keeps(&self) -> &'static [Aspect] {
        &[Aspect::Polyphony]
    }

    fn reads(&self, score: &Score) -> Vec<TrackId> {
        lead(score).map(|t| t.id).into_iter().collect()
    }

    fn encode(&self, score: &Score) -> Result<Tokens, TokenError> {
        let mut tokens = Tokens::of(&[&[0, BOS, 0]]);
        let line = line(score, self.id())?;
        let mut notes: Vec<(u32, u8, usize)> = line
            .into_iter()
            .take(MOST_NOTES)
            .map(|(start, length, pitch, _)| (start, pitch, nearest(&DURATIONS, length)))
            .collect();
        if self.form == Form::Corrected {
            let mut now = 0;
            for (start, ..) in &mut notes {
                now += SHIFTS[nearest(&SHIFTS, start.saturating_sub(now))];
                *start = now;
            }
            // Rounding may have brought notes together that were apart.
            notes.sort_unstable();
        }
        let mut before = 0;
        for (start, pitch, length) in notes {
            let shift = nearest(&SHIFTS, start - before);
            before = start;
            tokens.push(&[
                shift as i32 + 1,
                PITCH + i32::from(pitch),
                length as i32 + 1,
            ]);
        }
        tokens.push(&[0, EOS, 0]);
        Ok(tokens)
    }

    fn decode(&self, tokens: &Tokens) -> Result<Score, TokenError> {
        let mut score = empty(ID, RESOLUTION as u16, 100.0);
        let track = score.add_track("Piano", 0, 0);
        let mut now = 0u32;
        for (row, ids) in tokens.rows().enumerate() {
            let bad = |why: &str| TokenError::Row {
                tokenizer: self.id(),
                row,
                why: why.into(),
            };
            let &[shift, pitch, length] = ids else {
                return Err(bad("it has not three fields"));
            };
            match pitch {
                BOS => continue,
                EOS => break,
                _ => {}
            }
            let within = |id: i32, size: usize| {
                usize::try_from(id)
                    .ok()
                    .filter(|&i| i < size)
                    .ok_or_else(|| bad("a field is empty or out of range"))
            };
            now = now.saturating_add(SHIFTS[within(shift - 1, SHIFTS.len())?]);
            let pitch = within(pitch - PITCH, 128)?;
            let length = DURATIONS[within(length - 1, DURATIONS.len())?];
            score.add_note(track, now, length, pitch as u8, VELOCITY);
        }
        Ok(score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORRECTED: Tpd = Tpd {
        form: Form::Corrected,
    };

    #[test]
    fn notes_are_rows_between_beginning_and_end() {
        let mut s = Score {
            ppq: 12,
            ..Score::default()
        };
        let t = s.add_track("Piano", 0, 0);
        s.add_note(t, 0, 12, 60, 90);
        s.add_note(t, 13, 3, 62, 90);
        let rows: [&[i32]; 4] = [&[0, 1, 0], &[1, 63, 4], &[3, 65, 1], &[0, 2, 0]];
        assert_eq!(CORRECTED.encode(&s), Ok(Tokens::of(&rows)));
        let sizes: Vec<usize> = CORRECTED.fields().iter().map(|f| f.size).collect();
        assert_eq!(sizes, [10, 131, 14]);
    }

    #[test]
    fn rounding_does_not_add_up() {
        let mut s = Score {
            ppq: 12,
            ..Score::default()
        };
        let t = s.add_track("Piano", 0, 0);
        // Every 9 steps: a shift of 6 or 12 each.
        for k in 0..100 {
            s.add_note(t, 9 * k, 8, 60 + (k % 5) as u8, 90);
        }
        let back = CORRECTED.decode(&CORRECTED.encode(&s).unwrap()).unwrap();
        for (a, b) in s.tracks[0].notes.iter().zip(&back.tracks[0].notes) {
            assert!(a.start.abs_diff(b.start) <= 3, "{} {}", a.start, b.start);
        }
    }

    #[test]
    fn rounding_adds_up_in_the_reference() {
        let mut s = Score {
            ppq: 12,
            ..Score::default()
        };
        let t = s.add_track("Piano", 0, 0);
        for k in 0..4 {
            s.add_note(t, 10 * k, 8, 60, 90);
        }
        let reference = Tpd {
            form: Form::ReferenceCompatible,
        };
        let starts = |t: &Tpd| -> Vec<u32> {
            let back = t.decode(&t.encode(&s).unwrap()).unwrap();
            back.tracks[0].notes.iter().map(|n| n.start).collect()
        };
        assert_eq!(starts(&reference), [0, 12, 24, 36]);
        assert_eq!(starts(&CORRECTED), [0, 12, 18, 30]);
    }
}
