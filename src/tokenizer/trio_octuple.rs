//! `melody_octuple` and `trio_octuple`: rows of (bar, position, program, pitch, duration, velocity, time
//! signature, tempo), as MusicBERT (Zeng et al. 2021) writes them and smdiff trains on them. The program
//! column holds the voice: 0 melody, 1 bridge, 2 piano.

mod infill;

use super::codes::{
    self, DURATIONS, TEMPOS, TIME_SIGNATURES, duration, duration_of, position, tempo_of,
    time_signature, time_signature_of,
};
use super::registry::Form;
use super::{
    Aspect, Cut, Field, Lowered, Refusal, TokenError, Tokenizer, Tokens, Written, empty, voices,
};
use crate::score::{Bars, Mask, Meter, NoteId, Score, Tempo, Track, TrackId};
use std::collections::BTreeMap;

/// Positions a quarter.
const RESOLUTION: u32 = 16;
/// Bars that can be written.
const BARS: usize = 256;
/// Positions of the longest bar, twice a whole note.
const POSITIONS: usize = 128;
const VELOCITIES: usize = 32;

/// See the module.
pub struct TrioOctuple {
    id: &'static str,
    about: &'static str,
    voices: &'static [&'static str],
    /// The reference turns every metre into 4/4, keeps one tempo, writes the shortest notes with length 0,
    /// and loses a song with an empty voice; corrected, metre and tempo are the piece's own, no note has
    /// length 0, and an empty voice has no rows.
    form: Form,
}

impl TrioOctuple {
    /// One voice: the melody.
    pub const fn melody(form: Form) -> TrioOctuple {
        TrioOctuple {
            id: match form {
                Form::Corrected => "melody_octuple",
                Form::ReferenceCompatible => "melody_octuple-reference",
            },
            about: "The melody as rows of eight values a note (MusicBERT's octuple)",
            voices: &["melody"],
            form,
        }
    }

    /// Three voices: melody, bridge, piano.
    pub const fn trio(form: Form) -> TrioOctuple {
        TrioOctuple {
            id: match form {
                Form::Corrected => "trio_octuple",
                Form::ReferenceCompatible => "trio_octuple-reference",
            },
            about: "Melody, bridge and piano as rows of eight values a note (MusicBERT's octuple)",
            voices: &["melody", "bridge", "piano"],
            form,
        }
    }

    fn compatible(&self) -> bool {
        self.form == Form::ReferenceCompatible
    }

    /// Metres in the reduced form that the code table can write, and the bars they make.
    fn bars(&self, score: &Score) -> Result<Bars, TokenError> {
        if self.compatible() {
            return Ok(Bars::new(&[], score.ppq));
        }
        let meters: Option<Vec<Meter>> = score
            .meters
            .iter()
            .map(|m| {
                let code = time_signature(m.numerator.into(), m.denominator.into())?;
                let (n, d) = time_signature_of(code);
                Some(Meter::new(m.tick, n, d))
            })
            .collect();
        let meters = meters.ok_or(TokenError::Lacks {
            tokenizer: self.id,
            needs: "metres counted in notes down to the 64th",
        })?;
        Ok(Bars::new(&meters, score.ppq))
    }

    /// A row a note, sorted, each with its note.
    fn rows(
        &self,
        score: &Score,
        found: &[Option<&Track>],
    ) -> Result<Vec<([i32; 8], NoteId)>, TokenError> {
        let bars = self.bars(score)?;
        let ppq = score.ppq;
        let mut rows: Vec<([i32; 8], NoteId)> = Vec::new();
        for (voice, track) in found.iter().enumerate() {
            for n in track.iter().flat_map(|t| &t.notes) {
                let mut bar = bars.bar_at(n.start);
                let mut at = position(n.start - bars.start(bar), ppq, RESOLUTION);
                if at >= position(bars.length(bar), ppq, RESOLUTION).max(1) {
                    (bar, at) = (bar + 1, 0);
                }
                if bar as usize >= BARS {
                    break;
                }
                let meter = bars.meter(bar);
                let length = position(n.end(), ppq, RESOLUTION)
                    .saturating_sub(position(n.start, ppq, RESOLUTION));
                let length = if self.compatible() {
                    length
                } else {
                    length.max(1)
                };
                let signature = time_signature(meter.numerator.into(), meter.denominator.into());
                let row = [
                    bar as i32,
                    at as i32,
                    voice as i32,
                    n.pitch.into(),
                    duration(length).into(),
                    (n.velocity / 4).into(),
                    signature.unwrap_or(9).into(),
                    self.tempo(score, n.start).into(),
                ];
                rows.push((row, n.id));
            }
        }
        rows.sort_unstable();
        Ok(rows)
    }

    /// The tempo code in force at a tick; in the reference the piece's first everywhere.
    fn tempo(&self, score: &Score, tick: u32) -> u8 {
        let first = || {
            let at_zero = score.tempos.iter().rfind(|t| t.tick == 0);
            at_zero.or(score.tempos.first()).map_or(120.0, Tempo::bpm)
        };
        codes::tempo(if self.compatible() {
            first()
        } else {
            score.bpm_at(tick)
        })
    }
}

impl Tokenizer for TrioOctuple {
    fn id(&self) -> &'static str {
        self.id
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn fields(&self) -> Vec<Field> {
        [
            ("bar", BARS),
            ("position", POSITIONS),
            ("program", 129),
            ("pitch", 256),
            ("duration", DURATIONS),
            ("velocity", VELOCITIES),
            ("time signature", TIME_SIGNATURES),
            ("tempo", TEMPOS),
        ]
        .map(|(name, size)| Field { name, size })
        .into()
    }

    fn keeps(&self) -> &'static [Aspect] {
        match self.form {
            Form::Corrected => &[
                Aspect::Tracks,
                Aspect::Polyphony,
                Aspect::Velocity,
                Aspect::Tempo,
                Aspect::Metre,
            ],
            Form::ReferenceCompatible => &[Aspect::Tracks, Aspect::Polyphony, Aspect::Velocity],
        }
    }

    fn form(&self) -> Form {
        self.form
    }

    fn cut(&self) -> Cut {
        match self.form {
            Form::Corrected => Cut::Bars,
            Form::ReferenceCompatible => Cut::ReferenceOctuple,
        }
    }

    fn reads(&self, score: &Score) -> Vec<TrackId> {
        let voices = voices::find(score, self.voices, self.compatible());
        voices.into_iter().flatten().map(|t| t.id).collect()
    }

    fn encode(&self, score: &Score) -> Result<Tokens, TokenError> {
        let found = voices::find(score, self.voices, self.compatible());
        if self.compatible() && found.iter().any(|v| v.is_none_or(|t| t.notes.is_empty())) {
            return Err(TokenError::Lacks {
                tokenizer: self.id,
                needs: "notes in every voice",
            });
        }
        let mut tokens = Tokens::new(8);
        let rows = self.rows(score, &found)?;
        rows.iter().for_each(|(row, _)| tokens.push(row));
        Ok(tokens)
    }

    fn lower(&self, score: &Score, mask: &Mask) -> Result<Lowered, Refusal> {
        infill::lower(self, score, mask)
    }

    fn lift(
        &self,
        score: &Score,
        mask: &Mask,
        lowered: &Lowered,
        filled: &Tokens,
    ) -> Result<Vec<Written>, TokenError> {
        infill::lift(self, score, mask, lowered, filled)
    }

    fn decode(&self, tokens: &Tokens) -> Result<Score, TokenError> {
        let mut rows: Vec<[i32; 8]> = Vec::with_capacity(tokens.len());
        for (row, ids) in tokens.rows().enumerate() {
            let bad = |why: String| TokenError::Row {
                tokenizer: self.id,
                row,
                why,
            };
            let ids: [i32; 8] = ids
                .try_into()
                .map_err(|_| bad("it has not eight fields".into()))?;
            // A row of zeros is how the reference pads.
            if ids == [0; 8] && self.compatible() {
                continue;
            }
            for (&id, field) in ids.iter().zip(self.fields()) {
                if usize::try_from(id).map_or(true, |id| id >= field.size) {
                    return Err(bad(format!("{id} is no {}", field.name)));
                }
            }
            rows.push(ids);
        }
        // The most frequent signature of each bar; a bar without rows is like the one before.
        let mut votes: BTreeMap<i32, BTreeMap<i32, usize>> = BTreeMap::new();
        for r in &rows {
            *votes.entry(r[0]).or_default().entry(r[6]).or_default() += 1;
        }
        let ppq = RESOLUTION as u16;
        let mut score = empty(self.id, ppq, 120.0);
        // Bars before the first row are like it.
        let first = votes.values().next();
        let most = |v: &BTreeMap<i32, usize>| {
            let (&code, _) = v.iter().max_by_key(|&(code, n)| (n, -code))?;
            Some(code as u8)
        };
        let mut signature = first.and_then(most).unwrap_or(9);
        let mut tick = 0u32;
        let mut starts = Vec::new();
        for bar in 0..=votes.keys().last().copied().unwrap_or(0) {
            let new = votes.get(&bar).and_then(most).unwrap_or(signature);
            let (n, d) = time_signature_of(new);
            if bar == 0 || new != signature {
                score.meters.push(Meter::new(tick, n, d));
                signature = new;
            }
            starts.push(tick);
            tick += Meter::new(0, n, d).bar_ticks(ppq);
        }
        let mut tempos: BTreeMap<u32, (i32, i32)> = BTreeMap::new();
        let tracks: Vec<_> = self
            .voices
            .iter()
            .enumerate()
            .map(|(i, name)| score.add_track(name.to_uppercase(), i as u8, 0))
            .collect();
        for r in &rows {
            let start = starts[r[0] as usize] + r[1] as u32;
            let track = tracks[r[2] as usize % tracks.len()];
            let length = duration_of(r[4] as u8).max(1);
            let velocity = (r[5] as u8 * 4 + 2).clamp(1, 127);
            score.add_note(track, start, length, (r[3] % 128) as u8, velocity);
            let (sum, n) = tempos.entry(start).or_default();
            (*sum, *n) = (*sum + r[7], *n + 1);
        }
        let mut before = 35;
        for (tick, (sum, n)) in tempos {
            let code = (f64::from(sum) / f64::from(n)).round() as u8;
            if code != before || tick == 0 {
                score.tempos.retain(|t| t.tick != tick);
                score.tempos.push(Tempo {
                    tick,
                    micros_per_quarter: (60e6 / tempo_of(code)).round() as u32,
                });
                before = code;
            }
        }
        Ok(score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece() -> Score {
        let mut s = Score::default();
        s.tempos.push(Tempo {
            tick: 0,
            micros_per_quarter: 500_000,
        });
        s.meters.push(Meter::new(0, 3, 4));
        for (i, name) in ["MELODY", "BRIDGE", "PIANO"].iter().enumerate() {
            let t = s.add_track(*name, i as u8, 0);
            s.add_note(t, 1440 + 240, 480, 60 + i as u8, 81);
        }
        s
    }

    #[test]
    fn columns_stand_in_the_reference_s_order() {
        let tokens = TrioOctuple::trio(Form::Corrected).encode(&piece()).unwrap();
        let row = |voice: i32| [1, 8, voice, 60 + voice, 16, 20, 8, 35];
        assert_eq!(tokens.ids, [row(0), row(1), row(2)].concat());
        // All metres are 4/4 in the reference: the note lies in the first bar.
        let tokens = TrioOctuple::melody(Form::ReferenceCompatible);
        let tokens = tokens.encode(&piece()).unwrap();
        assert_eq!(tokens.ids, [0, 56, 0, 60, 16, 20, 9, 35]);
    }

    #[test]
    fn metre_tempo_and_notes_come_back() {
        let t = TrioOctuple::trio(Form::Corrected);
        let back = t.decode(&t.encode(&piece()).unwrap()).unwrap();
        assert_eq!(
            (back.meters[0].numerator, back.meters[0].denominator),
            (3, 4)
        );
        let n = back.tracks[1].notes[0];
        assert_eq!((n.length, n.pitch, n.velocity), (16, 61, 82));
        assert_eq!(codes::tempo(back.bpm_at(n.start)), 35);
    }

    #[test]
    fn a_row_outside_the_vocabulary_is_refused_by_name() {
        let t = TrioOctuple::melody(Form::Corrected);
        let e = t
            .decode(&Tokens::of(&[&[0, 0, 0, 60, 1, 1, 254, 35]]))
            .unwrap_err();
        assert!(e.to_string().contains("254 is no time signature"), "{e}");
    }
}
