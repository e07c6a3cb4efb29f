//! What sounds in four voices, 16th by 16th: the form in which the chorale network reads and answers.
//!
//! The symbols of the grid say what happens (a note begins, a note ends, nothing); a frame says what sounds.
//! Frames are what Coconet (Huang et al. 2017, arXiv 1903.07227) predicts and is measured on, and unlike "nothing
//! happens" a known cell means the same whatever is still hidden before it. What a frame cannot say, whether an equal
//! pitch is struck again, follows from the symbols of the context and, in the hole, from the rhythm that stays.

use super::super::codes;
use super::super::lower::{Cell, Lowered};
use super::super::{Tokens, registry};
use super::infill;
use super::{Grid, HIGHEST, LOWEST, NO_EVENT, NOTE_OFF, RESOLUTION, line, symbols};
use crate::score::{Bars, Score};
use std::ops::Range;

/// Soprano, alto, tenor, bass.
pub const VOICES: usize = 4;
/// The class of silence; below it stand the pitches, from A0 up.
pub const REST: u8 = HIGHEST - LOWEST + 1;
/// What the network reads where it knows nothing; never predicted.
pub const UNKNOWN: u8 = REST + 1;
/// Classes a voice can be predicted as.
pub const CLASSES: usize = REST as usize + 1;
/// Columns of the network's output: the classes of each voice, one voice after another.
pub const LOGITS: usize = VOICES * CLASSES;
/// Silence in the context from this many 16ths on is shown as unknown: chorales have no such rests, and what is
/// silent there is a voice that is not written yet.
const LONG_REST: usize = 8;
/// Steps of a bar told apart; later ones of a longer bar begin anew.
const SLOTS: usize = 16;

/// What the four voices sound in one 16th.
pub type Frame = [u8; VOICES];

const VALUES: usize = 0;
const PITCH_CLASS: usize = VALUES + VOICES * (CLASSES + 1);
const RHYTHM: usize = PITCH_CLASS + VOICES * 12;
const SLOT: usize = RHYTHM + VOICES * 2;
const EDGE: usize = SLOT + SLOTS;
/// Columns of the many-hot vector of a 16th.
pub const WIDTH: usize = EDGE + 2;

/// The class of a MIDI pitch, if the grid can write it.
pub fn class_of(pitch: u8) -> Option<u8> {
    (LOWEST..=HIGHEST).contains(&pitch).then(|| pitch - LOWEST)
}

/// The MIDI pitch of a class; `None` for silence and the unknown.
pub fn pitch_of(class: u8) -> Option<u8> {
    (class < REST).then(|| class + LOWEST)
}

/// A frame moved by semitones; `None` where a voice would leave the grid.
pub fn transposed(frame: Frame, semitones: i8) -> Option<Frame> {
    let mut moved = frame;
    for class in &mut moved {
        if *class < REST {
            *class = class.checked_add_signed(semitones).filter(|c| *c < REST)?;
        }
    }
    Some(moved)
}

/// The frames of a piece's symbols, silence at its end cut off.
pub fn sounding(tokens: &Tokens) -> Vec<Frame> {
    let mut now = [REST; VOICES];
    let mut frames: Vec<Frame> = tokens
        .rows()
        .map(|row| {
            for (class, &id) in now.iter_mut().zip(row) {
                match id {
                    NO_EVENT => {}
                    NOTE_OFF => *class = REST,
                    id => *class = (id - 2).clamp(0, REST as i32 - 1) as u8,
                }
            }
            now
        })
        .collect();
    while frames.last() == Some(&[REST; VOICES]) {
        frames.pop();
    }
    frames
}

/// Where a 16th stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub bar: u32,
    /// 16ths since the bar line.
    pub slot: u32,
    /// Within the first, or the last, sixteen 16ths of the piece.
    pub opening: bool,
    pub closing: bool,
}

/// Places of the first `steps` 16ths of a score that ends (or whose mask ends) at tick `end`.
pub fn places(bars: &Bars, ppq: u16, steps: usize, end: u32) -> Vec<Place> {
    let last = super::step(end, ppq);
    (0..steps)
        .map(|step| {
            let tick = codes::tick(step as u32, ppq, RESOLUTION.into());
            let bar = bars.bar_at(tick);
            Place {
                bar,
                slot: super::step(tick.saturating_sub(bars.start(bar)), ppq) as u32,
                opening: step < SLOTS,
                closing: step + SLOTS >= last,
            }
        })
        .collect()
}

/// Whether a pitch is struck or held at a step and voice, where that is given though the pitch may not be.
pub type Rhythm = [Option<bool>; VOICES];

/// The network's input for one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Row-major `[steps, WIDTH]`, zeros and ones.
    pub hot: Vec<f32>,
    /// 16ths since the window's first.
    pub steps: Vec<f32>,
    /// Bars since the window's first.
    pub bars: Vec<f32>,
}

/// What the network reads of these frames, a row a 16th.
///
/// # Panics
/// When the slices have different lengths.
pub fn features(frames: &[Frame], rhythm: &[Rhythm], places: &[Place]) -> Features {
    assert!(frames.len() == rhythm.len() && frames.len() == places.len());
    let mut hot = vec![0.0; frames.len() * WIDTH];
    let first = places.first().map_or(0, |p| p.bar);
    for (i, hot) in hot.chunks_exact_mut(WIDTH).enumerate() {
        let mut set = |column: usize| hot[column] = 1.0;
        for voice in 0..VOICES {
            let class = frames[i][voice].min(UNKNOWN);
            set(VALUES + voice * (CLASSES + 1) + class as usize);
            if let Some(pitch) = pitch_of(class) {
                set(PITCH_CLASS + voice * 12 + pitch as usize % 12);
            }
            if let Some(struck) = rhythm[i][voice] {
                set(RHYTHM + voice * 2 + usize::from(struck));
            }
        }
        set(SLOT + places[i].slot as usize % SLOTS);
        for (column, on) in [places[i].opening, places[i].closing]
            .into_iter()
            .enumerate()
        {
            if on {
                set(EDGE + column);
            }
        }
    }
    Features {
        hot,
        steps: (0..frames.len()).map(|s| s as f32).collect(),
        bars: places
            .iter()
            .map(|p| p.bar.saturating_sub(first) as f32)
            .collect(),
    }
}

/// What a unit may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legal {
    Anything,
    Pitches,
    Silence,
}

impl Legal {
    /// Whether a class may be drawn.
    pub fn allows(self, class: u8) -> bool {
        match self {
            Legal::Anything => class <= REST,
            Legal::Pitches => class < REST,
            Legal::Silence => class == REST,
        }
    }
}

/// What is drawn at once: one 16th of a voice, or all of a note whose rhythm stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub voice: usize,
    pub steps: Range<usize>,
    pub legal: Legal,
    /// Whether it begins a note of its own, even on the pitch that sounded before it.
    pub struck: bool,
}

/// A piece as frames with a hole in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Canvas {
    /// What is known; [`UNKNOWN`] in the hole, and where the context says nothing.
    pub frames: Vec<Frame>,
    pub rhythm: Vec<Rhythm>,
    /// The hole. Units do not overlap.
    pub units: Vec<Unit>,
}

/// The tokenizer these frames stand behind.
pub fn tokenizer() -> &'static Grid {
    static CHORALE: Grid = Grid::chorale(registry::Form::Corrected);
    &CHORALE
}

/// Which voices have a track in a score; a mask can reach no other.
pub fn present(score: &Score) -> [bool; VOICES] {
    let mut present = [false; VOICES];
    for (present, track) in present.iter_mut().zip(infill::tracks(tokenizer(), score)) {
        *present = track.is_some();
    }
    present
}

/// The symbols of a score before anything is written anew, `steps` rows of them.
pub fn original(score: &Score, steps: usize) -> Tokens {
    let lines: Vec<_> = infill::tracks(tokenizer(), score)
        .iter()
        .map(|v| v.map_or_else(Vec::new, |t| line(t.notes.iter(), score.ppq)))
        .collect();
    Tokens {
        fields: lines.len(),
        ids: symbols(&lines, steps),
    }
}

/// What a score sounds, silence at its end cut off.
pub fn of_score(score: &Score) -> Vec<Frame> {
    let steps = super::step(score.end(), score.ppq);
    sounding(&original(score, steps))
}

impl Canvas {
    /// The hole that [`lower`](super::super::Tokenizer::lower) made, as frames. Of voices that are not `present` nothing is known.
    pub fn of(lowered: &Lowered, present: [bool; VOICES]) -> Canvas {
        let steps = lowered.tokens.len();
        let mut canvas = Canvas {
            frames: vec![[UNKNOWN; VOICES]; steps],
            rhythm: vec![[None; VOICES]; steps],
            units: Vec::new(),
        };
        for voice in (0..VOICES).filter(|&v| present[v]) {
            canvas.read_voice(lowered, voice);
            canvas.forget_long_rests(lowered, voice);
        }
        canvas
    }

    fn read_voice(&mut self, lowered: &Lowered, voice: usize) {
        let (cells, fields) = (lowered.cells(), lowered.tokens.fields);
        // What sounds, and the unit whose value will go on sounding.
        let mut now = REST;
        let mut tied: Option<usize> = None;
        for step in 0..self.frames.len() {
            let at = step * fields + voice;
            match (cells.get(at), lowered.tokens.ids[at]) {
                (Some(Cell::Free(legal)), _) => {
                    let pitch_only = legal.start > NOTE_OFF;
                    tied = pitch_only.then_some(self.units.len());
                    now = UNKNOWN;
                    self.rhythm[step][voice] = pitch_only.then_some(true);
                    self.units.push(Unit {
                        voice,
                        steps: step..step + 1,
                        legal: if pitch_only {
                            Legal::Pitches
                        } else {
                            Legal::Anything
                        },
                        struck: pitch_only,
                    });
                }
                (_, NO_EVENT) => {
                    if let Some(unit) = tied {
                        self.units[unit].steps.end = step + 1;
                        self.rhythm[step][voice] = Some(false);
                    }
                }
                (_, NOTE_OFF) => (now, tied) = (REST, None),
                (_, id) => (now, tied) = ((id - 2).clamp(0, REST as i32 - 1) as u8, None),
            }
            self.frames[step][voice] = now;
        }
    }

    /// Silence that follows a hole (where a masked note has lost its end) or lasts.
    fn forget_long_rests(&mut self, lowered: &Lowered, voice: usize) {
        let free = |step: usize| {
            let cell = lowered.cells().get(step * lowered.tokens.fields + voice);
            matches!(cell, Some(Cell::Free(_)))
        };
        let mut step = 0;
        while step < self.frames.len() {
            let from = step;
            while step < self.frames.len() && self.frames[step][voice] == REST {
                step += 1;
            }
            if step - from >= LONG_REST || (step > from && from > 0 && free(from - 1)) {
                for frame in &mut self.frames[from..step] {
                    frame[voice] = UNKNOWN;
                }
            }
            step = step.max(from + 1);
        }
    }

    /// The symbols of what was drawn, one class a unit, and for each note that begins the unit it begins in.
    pub fn symbols(&self, lowered: &Lowered, drawn: &[u8]) -> Tokens {
        let mut tokens = lowered.tokens.clone();
        let fields = tokens.fields;
        // What the unit before sounds, by the step after it.
        let mut before = vec![[UNKNOWN; VOICES]; self.frames.len() + 1];
        for (unit, &class) in self.units.iter().zip(drawn) {
            before[unit.steps.end][unit.voice] = class;
        }
        for (unit, &class) in self.units.iter().zip(drawn) {
            let held = before[unit.steps.start][unit.voice];
            let id = match pitch_of(class) {
                Some(_) if held == class && !unit.struck => NO_EVENT,
                Some(_) => i32::from(class) + 2,
                None if held == REST => NO_EVENT,
                None => NOTE_OFF,
            };
            tokens.ids[unit.steps.start * fields + unit.voice] = id;
        }
        tokens
    }

    /// Makes of the hole one unit for each note that was there: their rhythm stays, and silence stays silence.
    pub fn keep_rhythm(&mut self, original: &Tokens) {
        let frames = sounding(original);
        let mut kept: Vec<Unit> = Vec::new();
        for unit in self.units.drain(..) {
            let (voice, step) = (unit.voice, unit.steps.start);
            let silent = frames.get(step).is_none_or(|f| f[voice] == REST);
            let legal = if silent {
                Legal::Silence
            } else {
                Legal::Pitches
            };
            let id = original.ids.get(step * original.fields + voice);
            let begins = id.is_some_and(|&id| id > NOTE_OFF);
            match kept.last_mut() {
                Some(last)
                    if !begins
                        && last.voice == voice
                        && last.steps.end == step
                        && last.legal == legal =>
                {
                    last.steps.end = unit.steps.end;
                }
                _ => kept.push(Unit {
                    legal,
                    struck: !silent,
                    ..unit
                }),
            }
        }
        for unit in &kept {
            for step in unit.steps.clone() {
                self.rhythm[step][unit.voice] = Some(step == unit.steps.start);
            }
        }
        self.units = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Attributes, Mask, Region};
    use crate::tokenizer::Tokenizer;
    use proptest::prelude::*;

    /// Four voices, one note a quarter, the soprano on the same pitch twice.
    fn chorale() -> Score {
        let mut s = Score::default();
        for (name, pitches) in [
            ("Soprano", [72u8, 72, 74, 76]),
            ("Alto", [64, 65, 65, 67]),
            ("Tenor", [55, 57, 59, 60]),
            ("Bass", [48, 53, 55, 48]),
        ] {
            let t = s.add_track(name, 0, 0);
            for (i, p) in pitches.into_iter().enumerate() {
                s.add_note(t, i as u32 * 480, 480, p, 80);
            }
        }
        s
    }

    fn time(score: &Score, from: u32, to: u32, voices: &[usize]) -> Mask {
        let ids = voices.iter().map(|&v| score.tracks[v].id).collect();
        Mask::of(Region::time(from * 480, to * 480, Some(ids)))
    }

    fn canvas(score: &Score, mask: &Mask) -> (Lowered, Canvas) {
        let lowered = tokenizer().lower(score, mask).unwrap();
        let canvas = Canvas::of(&lowered, present(score));
        (lowered, canvas)
    }

    #[test]
    fn frames_say_what_sounds() {
        let frames = of_score(&chorale());
        assert_eq!(frames.len(), 16);
        assert_eq!(frames[0].map(pitch_of), [72, 64, 55, 48].map(Some));
        assert_eq!(frames[5].map(pitch_of), [72, 65, 57, 53].map(Some));
        assert_eq!(frames[15].map(pitch_of), [76, 67, 60, 48].map(Some));
        assert_eq!(
            transposed(frames[0], 2).unwrap().map(pitch_of),
            [74, 66, 57, 50].map(Some)
        );
        assert_eq!(transposed(frames[0], 80), None);
    }

    #[test]
    fn the_hole_is_unknown_and_so_is_the_silence_after_it() {
        let s = chorale();
        let (_, c) = canvas(&s, &time(&s, 1, 2, &[1]));
        assert_eq!(c.units.len(), 4);
        assert_eq!(c.frames[3][1], class_of(64).unwrap());
        assert!(
            c.frames[4..8]
                .iter()
                .all(|f| f[1] == UNKNOWN && f[0] == class_of(72).unwrap())
        );
        // The second alto note begins in the third quarter and stays.
        assert_eq!(c.frames[8][1], class_of(65).unwrap());
        // A note held out of the hole loses its end: nothing is known until the next begins.
        let mut s = Score::default();
        let t = s.add_track("Alto", 0, 0);
        s.add_note(t, 0, 960, 60, 80);
        s.add_note(t, 1440, 480, 62, 80);
        let (_, c) = canvas(&s, &time(&s, 0, 1, &[0]));
        assert!(c.frames[..12].iter().all(|f| f[1] == UNKNOWN));
        assert_eq!(c.frames[12][1], class_of(62).unwrap());
    }

    #[test]
    fn a_voice_without_a_track_is_unknown_and_cannot_be_written() {
        let mut s = Score::default();
        let t = s.add_track("Soprano", 0, 0);
        s.add_note(t, 0, 1920, 72, 80);
        s.add_track("Tenor", 1, 0);
        assert_eq!(present(&s), [true, false, true, false]);
        let (_, c) = canvas(&s, &Mask::of(Region::time(0, 1920, None)));
        assert!(c.units.iter().all(|u| u.voice == 0 || u.voice == 2));
        assert!(c.frames.iter().all(|f| f[1] == UNKNOWN && f[3] == UNKNOWN));
    }

    #[test]
    fn pitches_alone_are_one_unit_a_note_with_its_rhythm() {
        let s = chorale();
        let mut mask = time(&s, 0, 4, &[3]);
        mask.attributes = Attributes {
            onset: false,
            duration: false,
            velocity: false,
            ..Attributes::ALL
        };
        let (lowered, c) = canvas(&s, &mask);
        let steps: Vec<Range<usize>> = c.units.iter().map(|u| u.steps.clone()).collect();
        assert_eq!(steps, [0..4, 4..8, 8..12, 12..16]);
        assert!(
            c.units
                .iter()
                .all(|u| u.struck && u.legal == Legal::Pitches)
        );
        assert_eq!((c.rhythm[4][3], c.rhythm[5][3]), (Some(true), Some(false)));
        let same = class_of(50).unwrap();
        let filled = c.symbols(&lowered, &[same; 4]);
        assert!(lowered.admits(&filled));
        let notes = tokenizer().lift(&s, &mask, &lowered, &filled).unwrap();
        assert_eq!(notes.len(), 4);
        assert!(
            notes
                .iter()
                .all(|w| w.note.pitch == 50 && w.note.length == 480)
        );
    }

    #[test]
    fn the_old_rhythm_can_be_kept() {
        let s = chorale();
        let (lowered, mut c) = canvas(&s, &time(&s, 0, 4, &[0]));
        c.keep_rhythm(&original(&s, lowered.tokens.len()));
        let steps: Vec<Range<usize>> = c.units.iter().map(|u| u.steps.clone()).collect();
        assert_eq!(steps, [0..4, 4..8, 8..12, 12..16]);
        let filled = c.symbols(&lowered, &[40; 4]);
        assert_eq!(
            filled
                .ids
                .iter()
                .step_by(4)
                .filter(|id| **id > NOTE_OFF)
                .count(),
            4
        );
    }

    #[test]
    fn places_count_from_the_bar_lines() {
        let mut s = chorale();
        s.meters = vec![
            crate::score::Meter::new(0, 1, 4),
            crate::score::Meter::new(480, 4, 4),
        ];
        let p = places(&s.bars(), s.ppq, 20, s.end());
        assert_eq!((p[3].bar, p[3].slot), (0, 3));
        assert_eq!((p[4].bar, p[4].slot), (1, 0));
        assert_eq!((p[19].bar, p[19].slot), (1, 15));
    }

    proptest! {
        /// What is drawn is what sounds, in the hole; nothing else changes.
        #[test]
        fn what_is_drawn_sounds(
            from in 0u32..4,
            length in 1u32..4,
            voices in 1u8..16,
            draws in prop::collection::vec(25u8..=REST, 64),
        ) {
            let s = chorale();
            let some: Vec<usize> = (0..4).filter(|v| voices >> v & 1 == 1).collect();
            let mask = time(&s, from, from + length, &some);
            let lowered = tokenizer().lower(&s, &mask);
            prop_assume!(lowered.is_ok());
            let lowered = lowered.unwrap();
            let c = Canvas::of(&lowered, present(&s));
            let drawn = &draws[..c.units.len().min(64)];
            prop_assume!(drawn.len() == c.units.len());
            let filled = c.symbols(&lowered, drawn);
            prop_assert!(lowered.admits(&filled));
            let mut sounds = sounding(&filled);
            sounds.resize(filled.len(), [REST; VOICES]);
            for (unit, &class) in c.units.iter().zip(drawn) {
                prop_assert_eq!(sounds[unit.steps.start][unit.voice], class);
            }
            let before = of_score(&s);
            let free = |step: usize, v: usize| {
                c.units.iter().any(|u| u.voice == v && u.steps.contains(&step))
            };
            for (step, frame) in before.iter().enumerate() {
                for v in (0..VOICES).filter(|&v| !free(step, v)) {
                    prop_assert_eq!(sounds[step][v], frame[v]);
                }
            }
        }
    }
}
