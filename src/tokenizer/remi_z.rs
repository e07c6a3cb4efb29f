//! `remi_z`, `remi_z_plain` and its reference form: bars of text, each complete in itself (REMI-z, Ou et al. 2025): metre and
//! tempo, then instrument by instrument the onsets of the bar, their pitches and durations.
//!
//! A word is a letter and a number, `p-60`; its id is the one of PhraseVAE's vocabulary of a thousand.

mod infill;

use super::codes::{
    TEMPOS, TIME_SIGNATURES, position, tempo, tempo_of, time_signature, time_signature_of,
};
use super::registry::Form;
use super::{Aspect, Field, Lowered, Refusal, TokenError, Tokenizer, Tokens, Written, empty};
use crate::score::{Bars, Mask, Meter, Score, Tempo, TrackId};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Positions a quarter.
const RESOLUTION: u32 = 12;
const VOCABULARY: usize = 1000;
/// Positions of a bar, and lengths, that can be written.
const POSITIONS: usize = 128;
const DRUMS: u32 = 128;
/// Velocity where none is written.
const VELOCITY: u8 = 96;
/// Bars that are written at most: beyond it a file is damaged rather than long.
const MOST_BARS: u32 = 10_000;

/// Kinds of words: letter, first id, how many.
const KINDS: [(char, usize, usize); 8] = [
    ('b', 23, 1),
    ('o', 24, POSITIONS),
    ('i', 152, 129),
    ('p', 281, 256),
    ('d', 537, POSITIONS),
    ('v', 665, 32),
    ('s', 697, TIME_SIGNATURES),
    ('t', 951, TEMPOS),
];

fn id(kind: char, value: u32) -> i32 {
    let (_, first, _) = KINDS
        .iter()
        .find(|k| k.0 == kind)
        .copied()
        .unwrap_or(KINDS[0]);
    (first + value as usize) as i32
}

/// Letter and number of an id that is a word of music. The end of a bar is `('b', 1)`.
fn word(id: i32) -> Option<(char, u32)> {
    let id = usize::try_from(id).ok()?;
    KINDS.iter().find_map(|&(letter, first, count)| {
        let value = id.checked_sub(first).filter(|v| *v < count)? as u32;
        Some((letter, if letter == 'b' { 1 } else { value }))
    })
}

/// The words of the tokens, spaces between.
pub fn to_text(tokens: &Tokens) -> String {
    let words = tokens.ids.iter().filter_map(|&id| word(id));
    let words: Vec<String> = words
        .map(|(letter, value)| format!("{letter}-{value}"))
        .collect();
    words.join(" ")
}

/// Tokens of a text.
///
/// # Errors
/// The first word that is none, with its place.
pub fn from_text(text: &str) -> Result<Tokens, TokenError> {
    let mut tokens = Tokens::new(1);
    for (row, w) in text.split_whitespace().enumerate() {
        let bad = || TokenError::Row {
            tokenizer: "remi_z",
            row,
            why: format!("\"{w}\" is no word"),
        };
        let (letter, value) = w.split_once('-').ok_or_else(bad)?;
        let value: u32 = value.parse().map_err(|_| bad())?;
        let kind = KINDS
            .iter()
            .find(|k| letter.chars().eq([k.0]))
            .ok_or_else(bad)?;
        let value = if kind.0 == 'b' {
            value.checked_sub(1).ok_or_else(bad)?
        } else {
            value
        };
        if value as usize >= kind.2 {
            return Err(bad());
        }
        tokens.push(&[id(kind.0, value)]);
    }
    Ok(tokens)
}

/// See the module.
pub struct RemiZ {
    /// Whether metre, tempo and velocity are written; the reference leaves them out unless asked.
    plain: bool,
    form: Form,
}

/// With metre, tempo and velocity.
pub const REMI_Z: RemiZ = RemiZ {
    plain: false,
    form: Form::Corrected,
};
/// Notes alone.
pub const REMI_Z_PLAIN: RemiZ = RemiZ {
    plain: true,
    form: Form::Corrected,
};
/// As the reference writes it by default: notes alone, drums left out.
pub const REMI_Z_REFERENCE: RemiZ = RemiZ {
    plain: true,
    form: Form::ReferenceCompatible,
};

impl RemiZ {
    /// Bars as the text counts them: 4/4 where no metre is written. `None` for a metre that cannot be.
    fn bars(&self, score: &Score) -> Option<Bars> {
        let meters: Option<Vec<Meter>> = score
            .meters
            .iter()
            .filter(|_| !self.plain)
            .map(|m| {
                let code = time_signature(m.numerator.into(), m.denominator.into())?;
                let (n, d) = time_signature_of(code);
                Some(Meter::new(m.tick, n, d))
            })
            .collect();
        Some(Bars::new(&meters?, score.ppq))
    }
}

/// A note of a bar: onset, then pitch, length and velocity downwards.
type Entry = (u32, Reverse<u32>, Reverse<u32>, Reverse<u32>);

impl Tokenizer for RemiZ {
    fn id(&self) -> &'static str {
        match (self.form, self.plain) {
            (Form::ReferenceCompatible, _) => "remi_z_plain-reference",
            (Form::Corrected, true) => "remi_z_plain",
            (Form::Corrected, false) => "remi_z",
        }
    }

    fn about(&self) -> &'static str {
        if self.plain {
            "Bars of text: instrument, onset, pitch, duration (REMI-z)"
        } else {
            "Bars of text: metre, tempo, instrument, onset, pitch, duration, velocity (REMI-z)"
        }
    }

    fn form(&self) -> Form {
        self.form
    }

    fn fields(&self) -> Vec<Field> {
        vec![Field {
            name: "word",
            size: VOCABULARY,
        }]
    }

    fn keeps(&self) -> &'static [Aspect] {
        const ALL: [Aspect; 6] = [
            Aspect::Polyphony,
            Aspect::Programs,
            Aspect::Drums,
            Aspect::Velocity,
            Aspect::Tempo,
            Aspect::Metre,
        ];
        match (self.form, self.plain) {
            (Form::ReferenceCompatible, _) => &ALL[..2],
            (Form::Corrected, true) => &ALL[..3],
            (Form::Corrected, false) => &ALL,
        }
    }

    fn encode(&self, score: &Score) -> Result<Tokens, TokenError> {
        let lacks = |needs| TokenError::Lacks {
            tokenizer: self.id(),
            needs,
        };
        let bars = self
            .bars(score)
            .ok_or_else(|| lacks("metres counted in notes down to the 64th"))?;
        let at = |tick| position(tick, score.ppq, RESOLUTION);
        let mut cells: BTreeMap<u32, BTreeMap<u32, Vec<Entry>>> = BTreeMap::new();
        for track in &score.tracks {
            let drums = track.is_drums();
            if drums && self.form == Form::ReferenceCompatible {
                continue;
            }
            let program = if drums {
                DRUMS
            } else {
                track.first_program().into()
            };
            for n in &track.notes {
                let mut bar = bars.bar_at(n.start);
                let mut onset = at(n.start - bars.start(bar));
                if onset >= at(bars.length(bar)).max(1) {
                    (bar, onset) = (bar + 1, 0);
                }
                if onset as usize >= POSITIONS {
                    return Err(lacks("bars of at most ten quarters"));
                }
                if bar >= MOST_BARS {
                    return Err(lacks("a place among the first ten thousand bars"));
                }
                let length = at(n.end())
                    .saturating_sub(at(n.start))
                    .clamp(1, POSITIONS as u32 - 1);
                let pitch = u32::from(n.pitch) + if drums { DRUMS } else { 0 };
                let entry = (
                    onset,
                    Reverse(pitch),
                    Reverse(length),
                    Reverse(u32::from(n.velocity / 4)),
                );
                cells
                    .entry(bar)
                    .or_default()
                    .entry(program)
                    .or_default()
                    .push(entry);
            }
        }
        let mut tokens = Tokens::new(1);
        let mut put = |kind, value| tokens.push(&[id(kind, value)]);
        for bar in 0..cells.keys().last().map_or(0, |b| b + 1) {
            if !self.plain {
                let m = bars.meter(bar);
                let code = time_signature(m.numerator.into(), m.denominator.into()).unwrap_or(9);
                put('s', code.into());
                put('t', tempo(score.bpm_at(bars.start(bar))).into());
            }
            let mut tracks: Vec<(u32, Vec<Entry>)> =
                cells.remove(&bar).into_iter().flatten().collect();
            // Highest first; drums last.
            tracks.sort_by(|a, b| {
                let height = |(program, notes): &(u32, Vec<Entry>)| {
                    let sum: u32 = notes.iter().map(|n| n.1.0).sum();
                    if *program == DRUMS {
                        -1.0
                    } else {
                        f64::from(sum) / notes.len() as f64
                    }
                };
                height(b).total_cmp(&height(a)).then(a.0.cmp(&b.0))
            });
            for (program, mut notes) in tracks {
                notes.sort_unstable();
                put('i', program);
                let mut before = None;
                for (onset, Reverse(pitch), Reverse(length), Reverse(velocity)) in notes {
                    if before != Some(onset) {
                        put('o', onset);
                        before = Some(onset);
                    }
                    put('p', pitch);
                    put('d', length);
                    if !self.plain {
                        put('v', velocity);
                    }
                }
            }
            put('b', 0);
        }
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
        let ppq = RESOLUTION as u16;
        let mut score = empty(self.id(), ppq, 120.0);
        let mut tracks: BTreeMap<u32, TrackId> = BTreeMap::new();
        let (mut start, mut meter) = (0u32, Meter::new(0, 4, 4));
        let (mut program, mut onset) = (0, 0);
        let mut words = tokens.ids.iter().map(|&id| word(id)).enumerate().peekable();
        while let Some((row, w)) = words.next() {
            let bad = |why: &str| TokenError::Row {
                tokenizer: self.id(),
                row,
                why: why.into(),
            };
            match w.ok_or_else(|| bad("the id is no word of music"))? {
                ('s', code) => {
                    let (n, d) = time_signature_of(code as u8);
                    if (n, d) != (meter.numerator, meter.denominator) {
                        meter = Meter::new(start, n, d);
                        score.meters.retain(|m| m.tick != start);
                        score.meters.push(meter);
                    }
                }
                ('t', code) => {
                    let now = Tempo {
                        tick: start,
                        micros_per_quarter: (60e6 / tempo_of(code as u8)).round() as u32,
                    };
                    score.tempos.retain(|t| t.tick != start);
                    if score.tempos.last().map(|t| t.micros_per_quarter)
                        != Some(now.micros_per_quarter)
                    {
                        score.tempos.push(now);
                    }
                }
                ('i', value) => program = value,
                ('o', value) => onset = value,
                ('p', pitch) => {
                    let Some((_, Some(('d', length)))) = words.next() else {
                        return Err(bad("a pitch must be followed by a duration"));
                    };
                    let velocity = match words.peek() {
                        Some(&(_, Some(('v', v)))) => {
                            words.next();
                            (v * 4 + 2) as u8
                        }
                        _ => VELOCITY,
                    };
                    let track = *tracks.entry(program).or_insert_with(|| {
                        let (channel, name) = match program {
                            DRUMS => (9, "Drums".to_owned()),
                            p => ((p % 9) as u8, format!("Program {p}")),
                        };
                        score.add_track(name, channel, (program % 128) as u8)
                    });
                    let pitch = (pitch % 128) as u8;
                    score.add_note(
                        track,
                        start.saturating_add(onset),
                        length.max(1),
                        pitch,
                        velocity,
                    );
                }
                ('b', _) => {
                    start = start.saturating_add(meter.bar_ticks(ppq));
                    (program, onset) = (0, 0);
                }
                (letter, _) => return Err(bad(&format!("\"{letter}\" has no place here"))),
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
        let bass = s.add_track("Bass", 0, 32);
        let flute = s.add_track("Flute", 1, 73);
        let drums = s.add_track("Drums", 9, 0);
        s.add_note(bass, 0, 960, 40, 80);
        s.add_note(flute, 480, 480, 72, 90);
        s.add_note(flute, 480, 480, 76, 90);
        s.add_note(drums, 0, 40, 36, 100);
        s.add_note(flute, 1920, 240, 74, 90);
        s
    }

    #[test]
    fn a_bar_reads_as_in_the_reference() {
        let tokens = REMI_Z_PLAIN.encode(&piece()).unwrap();
        assert_eq!(
            to_text(&tokens),
            "i-73 o-12 p-76 d-12 p-72 d-12 i-32 o-0 p-40 d-24 i-128 o-0 p-164 d-1 b-1 i-73 o-0 p-74 d-6 b-1"
        );
        let tokens = REMI_Z_REFERENCE.encode(&piece()).unwrap();
        assert_eq!(
            to_text(&tokens),
            "i-73 o-12 p-76 d-12 p-72 d-12 i-32 o-0 p-40 d-24 b-1 i-73 o-0 p-74 d-6 b-1"
        );
        let text = to_text(&REMI_Z.encode(&piece()).unwrap());
        assert!(
            text.starts_with("s-9 t-35 i-73 o-12 p-76 d-12 v-22 "),
            "{text}"
        );
    }

    #[test]
    fn ids_lie_where_the_reference_puts_them() {
        let firsts = ['b', 'o', 'i', 'p', 'd', 'v', 's', 't'].map(|k| id(k, 0));
        assert_eq!(firsts, [23, 24, 152, 281, 537, 665, 697, 951]);
        assert_eq!(id('t', 48), 999);
        assert_eq!(word(22), None);
        assert_eq!(word(1000), None);
        assert_eq!(word(23), Some(('b', 1)));
    }

    #[test]
    fn text_comes_back_and_a_word_that_is_none_is_named() {
        let tokens = REMI_Z.encode(&piece()).unwrap();
        assert_eq!(from_text(&to_text(&tokens)), Ok(tokens));
        for bad in ["p-256", "x-1", "p60", "b-0", "p-"] {
            let e = from_text(&format!("o-0 {bad}")).unwrap_err();
            assert!(e.to_string().contains(bad), "{e}");
        }
    }

    #[test]
    fn metre_and_tempo_come_back_by_the_bar() {
        let mut s = piece();
        s.meters = vec![Meter::new(0, 3, 4), Meter::new(1440, 6, 8)];
        s.tempos.push(Tempo {
            tick: 1440,
            micros_per_quarter: 750_000,
        });
        let back = REMI_Z.decode(&REMI_Z.encode(&s).unwrap()).unwrap();
        let meters: Vec<_> = back.meters.iter().map(|m| (m.tick, m.numerator)).collect();
        assert_eq!(meters, [(0, 3), (36, 6)]);
        assert_eq!(tempo(back.bpm_at(40)), tempo(80.0));
        assert_eq!(back.note_count(), s.note_count());
    }
}
