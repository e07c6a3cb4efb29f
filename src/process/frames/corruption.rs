//! Which cells of a chorale are hidden. As at work: first a hole (voices by a stretch of time), then how far the
//! sampler has come inside it.

use crate::tokenizer::grid::frames::{Frame, Place, Rhythm, UNKNOWN, VOICES};
use rand::Rng;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How often each shape of hole is drawn. The first two are shares of all examples, what is left of them hides any
/// voices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Corruption {
    /// All voices.
    pub all_voices: f32,
    /// Alto, tenor and bass: the soprano is harmonised.
    pub under_soprano: f32,
    /// Share of holes that last the whole window; others last so many bars of 4/4 at most.
    pub whole_window: f32,
    pub longest: usize,
    /// Share of examples in which nothing of the hole is decided yet.
    pub untouched: f32,
    /// Share of the others in which the hole is decided frame by frame, and note by note; what is left is decided
    /// cell by cell.
    pub by_frame: f32,
    pub by_note: f32,
    /// Share of examples that are told where in the hole notes are struck.
    pub rhythm: f32,
}

impl Default for Corruption {
    fn default() -> Self {
        Corruption {
            all_voices: 0.4,
            under_soprano: 0.3,
            whole_window: 0.6,
            longest: 8,
            untouched: 0.15,
            by_frame: 0.3,
            by_note: 0.25,
            rhythm: 0.08,
        }
    }
}

/// A window of a chorale and what of it is hidden.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The truth.
    pub frames: Vec<Frame>,
    pub hidden: Vec<[bool; VOICES]>,
    /// The rhythm of the hidden cells, where it is told.
    pub rhythm: Vec<Rhythm>,
    pub places: Vec<Place>,
    /// Share of the hole that is hidden, 0..=1: the time of the diffusion.
    pub rate: f32,
}

impl Example {
    /// What the network reads.
    pub fn seen(&self) -> Vec<Frame> {
        let mut seen = self.frames.clone();
        for (frame, hidden) in seen.iter_mut().zip(&self.hidden) {
            for (class, _) in frame.iter_mut().zip(hidden).filter(|(_, h)| **h) {
                *class = UNKNOWN;
            }
        }
        seen
    }

    /// Number of hidden cells.
    pub fn count(&self) -> usize {
        self.hidden.iter().flatten().filter(|h| **h).count()
    }
}

/// Whether a note (or a rest) begins at a step: what sounded before was another.
fn begins(frames: &[Frame], step: usize, voice: usize) -> bool {
    step == 0 || frames[step][voice] != frames[step - 1][voice]
}

impl Corruption {
    fn voices(&self, rng: &mut impl Rng) -> [bool; VOICES] {
        let x = rng.random_range(0.0..1.0f32);
        if x < self.all_voices {
            return [true; VOICES];
        }
        if x < self.all_voices + self.under_soprano {
            return [false, true, true, true];
        }
        let set = rng.random_range(1..(1u8 << VOICES));
        std::array::from_fn(|v| set >> v & 1 == 1)
    }

    fn stretch(&self, steps: usize, rng: &mut impl Rng) -> Range<usize> {
        if steps < 2 || rng.random_range(0.0..1.0f32) < self.whole_window {
            return 0..steps;
        }
        // Quarters, so that holes begin and end as they do at work.
        let quarters = steps.div_ceil(4);
        let long = rng.random_range(1..=(self.longest.max(1) * 4).min(quarters));
        let first = rng.random_range(0..=quarters - long);
        first * 4..((first + long) * 4).min(steps)
    }

    /// Hides a part of a window. At least one cell is hidden if the window is not empty.
    pub fn corrupt(&self, frames: Vec<Frame>, places: Vec<Place>, rng: &mut impl Rng) -> Example {
        let steps = frames.len();
        let mut hidden = vec![[false; VOICES]; steps];
        let mut told = vec![[None; VOICES]; steps];
        let (voices, time) = (self.voices(rng), self.stretch(steps, rng));
        let rate = if rng.random_range(0.0..1.0f32) < self.untouched {
            1.0
        } else {
            rng.random_range(0.0..1.0f32)
        };
        let kind = rng.random_range(0.0..1.0f32);
        let (by_frame, by_note) = (
            kind < self.by_frame,
            kind >= self.by_frame && kind < self.by_frame + self.by_note,
        );
        // Of a frame that is being decided, some voices may already be known.
        let partly = if by_frame && rng.random_bool(0.5) {
            rng.random_range(0.0..1.0f32)
        } else {
            0.0
        };
        let mut hide = [false; VOICES];
        for step in time.clone() {
            let frame = rng.random_range(0.0..1.0f32) < rate;
            for voice in (0..VOICES).filter(|&v| voices[v]) {
                let new = step == time.start || begins(&frames, step, voice);
                let x = rng.random_range(0.0..1.0f32);
                hide[voice] = match (by_frame, by_note) {
                    (true, _) => frame && x >= partly,
                    (_, true) if !new => hide[voice],
                    _ => x < rate,
                };
                hidden[step][voice] = hide[voice];
            }
        }
        if !hidden.iter().flatten().any(|h| *h) && !time.is_empty() {
            let step = rng.random_range(time.clone());
            let first = voices.iter().position(|v| *v).unwrap_or(0);
            hidden[step][first] = true;
        }
        if rng.random_range(0.0..1.0f32) < self.rhythm {
            for step in 0..steps {
                for voice in (0..VOICES).filter(|&v| hidden[step][v]) {
                    told[step][voice] = Some(begins(&frames, step, voice));
                }
            }
        }
        let whole = voices.iter().filter(|v| **v).count() * time.len();
        let mut example = Example {
            frames,
            hidden,
            rhythm: told,
            places,
            rate: 0.0,
        };
        example.rate = example.count() as f32 / whole.max(1) as f32;
        example
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::generator;

    fn window(steps: usize) -> (Vec<Frame>, Vec<Place>) {
        let frames = (0..steps).map(|s| [40, 33, 30, (s / 4) as u8]).collect();
        (frames, vec![Place::default(); steps])
    }

    #[test]
    fn something_is_hidden_and_only_what_is_hidden_is_unknown() {
        let mut rng = generator(5, 5);
        for steps in [1, 3, 16, 70] {
            for _ in 0..200 {
                let (frames, places) = window(steps);
                let e = Corruption::default().corrupt(frames, places, &mut rng);
                assert!(e.count() > 0 && e.rate > 0.0 && e.rate <= 1.0);
                for (step, seen) in e.seen().iter().enumerate() {
                    for (voice, &class) in seen.iter().enumerate() {
                        let hidden = e.hidden[step][voice];
                        assert_eq!(class == UNKNOWN, hidden);
                        assert!(hidden || class == e.frames[step][voice]);
                        assert!(hidden || e.rhythm[step][voice].is_none());
                    }
                }
            }
        }
    }

    #[test]
    fn under_the_soprano_the_soprano_stays() {
        let mut rng = generator(1, 2);
        let corruption = Corruption {
            all_voices: 0.0,
            under_soprano: 1.0,
            whole_window: 1.0,
            untouched: 1.0,
            by_frame: 0.0,
            ..Corruption::default()
        };
        let (frames, places) = window(20);
        let e = corruption.corrupt(frames, places, &mut rng);
        assert!(e.hidden.iter().all(|h| *h == [false, true, true, true]));
    }

    #[test]
    fn note_by_note_a_note_is_hidden_whole() {
        let mut rng = generator(1, 3);
        let corruption = Corruption {
            whole_window: 1.0,
            untouched: 0.0,
            by_frame: 0.0,
            by_note: 1.0,
            ..Corruption::default()
        };
        for _ in 0..50 {
            let (frames, places) = window(32);
            let e = corruption.corrupt(frames, places, &mut rng);
            if e.count() > 1 {
                for quarter in e.hidden.chunks_exact(4) {
                    assert!(quarter.iter().all(|h| h[3] == quarter[0][3]));
                }
            }
        }
    }
}
