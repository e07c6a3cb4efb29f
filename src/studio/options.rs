//! The small panes that ask how before a command acts, and what they were last set to.

use super::selecting::SelectBy;
use super::state::{Overlay, State};
use crate::score::shape::{Direction, Humanise, Quantise};

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

/// What the panes are set to, for as long as the window is open.
#[derive(Clone, Debug)]
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
