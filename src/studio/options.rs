//! The small panes that ask how before a command acts, and what they were last set to.

use super::selecting::SelectBy;
use super::state::{Overlay, State};
use crate::score::shape::{CHORDS, Direction, Humanise, Quantise};
use serde::{Deserialize, Serialize};

/// A small pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Quantise,
    Humanise,
    Strum,
    Ramp,
    Chord,
    Select,
}

/// What the panes are set to; remembered with the settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    pub quantise: Quantise,
    pub humanise: Humanise,
    /// What the next humanising is drawn from.
    pub seed: u64,
    /// Milliseconds between two strings, and which is first.
    pub strum: (f32, Direction),
    /// Velocities of the first and the last note of a ramp.
    pub ramp: (u8, u8),
    /// The chord that is stamped, by its place in [`crate::score::shape::CHORDS`].
    pub chord: usize,
    pub select: SelectBy,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            quantise: Quantise::default(),
            humanise: Humanise::default(),
            seed: 1,
            strum: (20.0, Direction::Up),
            ramp: (40, 110),
            chord: 0,
            select: SelectBy::default(),
        }
    }
}

impl Options {
    /// Values of a file edited by hand, brought back into their ranges.
    pub fn sane(mut self) -> Self {
        fn real(v: f32, low: f32, high: f32, otherwise: f32) -> f32 {
            if v.is_finite() {
                v.clamp(low, high)
            } else {
                otherwise
            }
        }
        let q = &mut self.quantise;
        q.division = q.division.clamp(1, 64);
        q.swing = real(q.swing, 50.0, 75.0, 50.0);
        q.strength = real(q.strength, 0.0, 1.0, 1.0);
        let h = &mut self.humanise;
        h.millis = real(h.millis, 0.0, 60.0, 12.0);
        h.velocity = h.velocity.min(40);
        self.strum.0 = real(self.strum.0, 1.0, 150.0, 20.0);
        let (a, b) = self.ramp;
        self.ramp = (a.clamp(1, 127), b.clamp(1, 127));
        self.chord = self.chord.min(CHORDS.len() - 1);
        let s = &mut self.select;
        (s.every, s.first) = (s.every.clamp(1, 16), s.first.clamp(1, 16));
        self
    }
}

/// Opens a pane.
pub fn open(state: &mut State, pane: Pane) {
    if pane == Pane::Ramp {
        // It begins as the notes are.
        let notes = state.selected_notes();
        let first = notes.iter().min_by_key(|(_, n)| n.start);
        let last = notes.iter().max_by_key(|(_, n)| n.start);
        if let (Some((_, a)), Some((_, b))) = (first, last) {
            state.options.ramp = (a.velocity, b.velocity);
        }
    }
    state.overlay = Some(Overlay::Options(pane));
}
