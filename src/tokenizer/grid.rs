//! `melody`, `trio` and `chorale`: one, three or four monophonic voices on a grid of 16ths, a symbol a
//! step and voice (Magenta's melody events; SCHmUBERT, Plasser et al. 2023; smdiff).

pub mod frames;
mod infill;

use super::registry::Form;
use super::{
    Aspect, Cut, Field, Lowered, Refusal, TokenError, Tokenizer, Tokens, Written, empty, voices,
};
use crate::score::{Mask, Note, Score, Track, TrackId};
use infill::{lift, lower};
use std::ops::RangeInclusive;

/// Steps a quarter, and steps a bar of the only metre there is here.
const RESOLUTION: u16 = 4;
const BAR: usize = 16;
const NO_EVENT: i32 = 0;
const NOTE_OFF: i32 = 1;
const LOWEST: u8 = 21;
const HIGHEST: u8 = 108;
/// Symbols a voice.
pub const SIZE: usize = 2 + (HIGHEST - LOWEST) as usize + 1;
const VELOCITY: u8 = 80;

/// See the module.
pub struct Grid {
    id: &'static str,
    about: &'static str,
    fields: &'static [&'static str],
    /// The reference loses a song with an empty voice; corrected, an empty voice is silent. (That the reference
    /// reads notes in seconds at one tempo is a matter of preparation.)
    form: Form,
}

impl Grid {
    /// One voice: the melody.
    pub const fn melody(form: Form) -> Grid {
        Grid {
            id: match form {
                Form::Corrected => "melody",
                Form::ReferenceCompatible => "melody-reference",
            },
            about: "One monophonic voice on a grid of 16ths",
            fields: &["melody"],
            form,
        }
    }

    /// Three voices: melody, bridge, piano.
    pub const fn trio(form: Form) -> Grid {
        Grid {
            id: match form {
                Form::Corrected => "trio",
                Form::ReferenceCompatible => "trio-reference",
            },
            about: "Three monophonic voices (melody, bridge, piano) on a grid of 16ths",
            fields: &["melody", "bridge", "piano"],
            form,
        }
    }

    /// Four voices: soprano, alto, tenor, bass.
    pub const fn chorale(form: Form) -> Grid {
        Grid {
            id: "chorale",
            about: "Four monophonic voices (soprano, alto, tenor, bass) on a grid of 16ths",
            fields: &["soprano", "alto", "tenor", "bass"],
            form,
        }
    }
}

/// A tick as a step, halves up.
fn step(tick: u32, ppq: u16) -> usize {
    let ppq = u64::from(ppq.max(1));
    ((u64::from(tick) * u64::from(RESOLUTION) * 2 + ppq) / (2 * ppq)) as usize
}

/// Notes of a monophonic line as (start, end, pitch): of notes that start together the highest, cut by the
/// next one.
fn line<'a>(notes: impl Iterator<Item = &'a Note>, ppq: u16) -> Vec<(usize, usize, u8)> {
    let mut notes: Vec<(usize, usize, u8)> = notes
        .filter(|n| (LOWEST..=HIGHEST).contains(&n.pitch))
        .map(|n| {
            let start = step(n.start, ppq);
            (start, step(n.end(), ppq).max(start + 1), n.pitch)
        })
        .collect();
    notes.sort_by_key(|&(start, end, pitch)| (start, std::cmp::Reverse(pitch), end));
    notes.dedup_by_key(|n| n.0);
    for i in 1..notes.len() {
        notes[i - 1].1 = notes[i - 1].1.min(notes[i].0);
    }
    notes
}

/// The symbols of the lines, `steps` of them each, side by side.
fn symbols(lines: &[Vec<(usize, usize, u8)>], steps: usize) -> Vec<i32> {
    let mut ids = vec![NO_EVENT; steps * lines.len()];
    for (voice, notes) in lines.iter().enumerate() {
        let mut set = |step: usize, id| {
            if step < steps {
                ids[step * lines.len() + voice] = id;
            }
        };
        for (i, &(start, end, pitch)) in notes.iter().enumerate() {
            set(start, i32::from(pitch - LOWEST) + 2);
            if notes.get(i + 1).is_none_or(|next| next.0 > end) {
                set(end, NOTE_OFF);
            }
        }
    }
    ids
}

impl Tokenizer for Grid {
    fn id(&self) -> &'static str {
        self.id
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn fields(&self) -> Vec<Field> {
        let field = |&name| Field { name, size: SIZE };
        self.fields.iter().map(field).collect()
    }

    fn keeps(&self) -> &'static [Aspect] {
        if self.fields.len() > 1 {
            &[Aspect::Tracks]
        } else {
            &[]
        }
    }

    fn form(&self) -> Form {
        self.form
    }

    fn cut(&self) -> Cut {
        match self.form {
            Form::Corrected => Cut::Bars,
            Form::ReferenceCompatible => Cut::ReferenceGrid,
        }
    }

    fn reads(&self, score: &Score) -> Vec<TrackId> {
        let compatible = self.form == Form::ReferenceCompatible;
        let voices = voices::find(score, self.fields, compatible);
        voices.into_iter().flatten().map(|t| t.id).collect()
    }

    fn pitches(&self) -> RangeInclusive<u8> {
        LOWEST..=HIGHEST
    }

    fn encode(&self, score: &Score) -> Result<Tokens, TokenError> {
        let compatible = self.form == Form::ReferenceCompatible;
        let voices = voices::find(score, self.fields, compatible);
        let lacks = |needs| TokenError::Lacks {
            tokenizer: self.id,
            needs,
        };
        let silent = |v: &Option<&Track>| v.is_none_or(|t| t.notes.is_empty());
        if compatible && voices.iter().any(silent) {
            return Err(lacks("notes in every voice"));
        }
        let lines: Vec<_> = voices
            .iter()
            .map(|v| v.map_or_else(Vec::new, |t| line(t.notes.iter(), score.ppq)))
            .collect();
        let end = lines.iter().flatten().map(|n| n.1).max();
        let end = end.ok_or_else(|| lacks("notes between A0 and C8"))?;
        let steps = end.div_ceil(BAR) * BAR;
        Ok(Tokens {
            fields: lines.len(),
            ids: symbols(&lines, steps),
        })
    }

    fn lower(&self, score: &Score, mask: &Mask) -> Result<Lowered, Refusal> {
        lower(self, score, mask)
    }

    fn lift(
        &self,
        score: &Score,
        mask: &Mask,
        lowered: &Lowered,
        filled: &Tokens,
    ) -> Result<Vec<Written>, TokenError> {
        lift(self, score, mask, lowered, filled)
    }

    fn decode(&self, tokens: &Tokens) -> Result<Score, TokenError> {
        let mut score = empty(self.id, RESOLUTION, 120.0);
        let tracks: Vec<_> = self
            .fields
            .iter()
            .enumerate()
            .map(|(i, name)| score.add_track(name.to_uppercase(), i as u8, 0))
            .collect();
        let mut sounding: Vec<Option<(u32, u8)>> = vec![None; tracks.len()];
        let mut end = |score: &mut Score, voice: usize, at: u32, next| {
            if let Some((start, pitch)) = std::mem::replace(&mut sounding[voice], next) {
                score.add_note(tracks[voice], start, at - start, pitch, VELOCITY);
            }
        };
        for (row, ids) in tokens.rows().enumerate() {
            if ids.len() != tracks.len() {
                return Err(TokenError::Row {
                    tokenizer: self.id,
                    row,
                    why: format!("it has {} voices, not {}", ids.len(), tracks.len()),
                });
            }
            for (voice, &id) in ids.iter().enumerate() {
                match id {
                    NO_EVENT => {}
                    NOTE_OFF => end(&mut score, voice, row as u32, None),
                    _ => {
                        let pitch = u8::try_from(id - 2)
                            .ok()
                            .filter(|p| (*p as usize) < SIZE - 2)
                            .ok_or_else(|| TokenError::Row {
                                tokenizer: self.id,
                                row,
                                why: format!("{id} is not a symbol of the grid"),
                            })?;
                        let note = Some((row as u32, pitch + LOWEST));
                        end(&mut score, voice, row as u32, note);
                    }
                }
            }
        }
        for voice in 0..tracks.len() {
            end(&mut score, voice, tokens.len() as u32, None);
        }
        Ok(score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(notes: &[(u32, u32, u8)]) -> Score {
        let mut s = Score {
            ppq: 4,
            ..Score::default()
        };
        let t = s.add_track("MELODY", 0, 0);
        for &(start, length, pitch) in notes {
            s.add_note(t, start, length, pitch, 90);
        }
        s
    }

    #[test]
    fn an_onset_cuts_and_a_gap_ends_with_a_note_off() {
        let s = piece(&[(0, 8, 60), (0, 2, 55), (4, 2, 62), (8, 4, 20)]);
        let ids = Grid::melody(Form::Corrected).encode(&s).unwrap().ids;
        let mut wanted = vec![0; 16];
        (wanted[0], wanted[4], wanted[6]) = (60 - 19, 62 - 19, 1);
        assert_eq!(ids, wanted);
        assert_eq!(SIZE, 90);
    }

    #[test]
    fn halves_round_up_and_nothing_is_shorter_than_a_step() {
        assert_eq!([59, 60, 179, 180].map(|t| step(t, 480)), [0, 1, 1, 2]);
        let mut s = piece(&[]);
        s.ppq = 480;
        let t = s.tracks[0].id;
        s.add_note(t, 10, 5, 60, 90);
        let back = Grid::melody(Form::Corrected);
        let back = back.decode(&back.encode(&s).unwrap()).unwrap();
        assert_eq!(
            (
                back.tracks[0].notes[0].start,
                back.tracks[0].notes[0].length
            ),
            (0, 1)
        );
    }

    #[test]
    fn an_empty_voice_is_silent_but_loses_the_song_in_the_reference() {
        let s = piece(&[(0, 4, 60)]);
        assert!(Grid::trio(Form::Corrected).encode(&s).is_ok());
        let e = Grid::trio(Form::ReferenceCompatible)
            .encode(&s)
            .unwrap_err();
        assert!(e.to_string().contains("every voice"), "{e}");
    }
}
