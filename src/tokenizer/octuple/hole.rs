//! What of a piece on the grid is to be written: the token form of a mask.

use super::piece::{Piece, Role};
use super::vocabulary::CHANNELS;

/// Fewest and most rows a bar of a voice gets to be written in.
pub const SLOTS: (usize, usize) = (6, 26);

/// A bar of a voice in which notes may appear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoleCell {
    pub bar: u16,
    pub voice: u8,
    /// For each step of the bar, the pitches (bit p) a new note may have there; 0 where none may start.
    pub legal: Vec<u128>,
}

/// What is to be written of a piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hole {
    /// For each note of the piece, which channels are free. All false: context. Presence free: the note
    /// may vanish, and belongs to the cell of its bar and voice.
    pub notes: Vec<[bool; CHANNELS]>,
    pub cells: Vec<HoleCell>,
}

impl Hole {
    /// A hole with nothing free yet.
    pub fn empty(piece: &Piece) -> Hole {
        Hole {
            notes: vec![[false; CHANNELS]; piece.notes.len()],
            cells: Vec::new(),
        }
    }

    /// Frees whole bars of whole voices.
    pub fn bars(piece: &Piece, free: impl Fn(u16, u8) -> bool) -> Hole {
        let mut hole = Hole::empty(piece);
        for (n, freedom) in piece.notes.iter().zip(&mut hole.notes) {
            *freedom = [free(n.bar, n.voice); CHANNELS];
        }
        for (bar, info) in piece.bars.iter().enumerate() {
            for voice in 0..piece.voices.len() as u8 {
                if free(bar as u16, voice) {
                    let legal = vec![u128::MAX; info.steps as usize];
                    hole.cells.push(HoleCell {
                        bar: bar as u16,
                        voice,
                        legal,
                    });
                }
            }
        }
        hole
    }

    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.notes.iter().all(|f| !f.contains(&true))
    }

    /// Rows each cell of `voice` gets. Follows from the context alone, so that the number of rows says
    /// nothing about the notes that were there: some more than the fullest known bar of the voice.
    pub fn slots(&self, piece: &Piece, voice: u8) -> usize {
        let mut known = vec![0usize; piece.bars.len()];
        let mut any = false;
        for (n, free) in piece.notes.iter().zip(&self.notes) {
            if n.voice == voice && !free[0] {
                known[n.bar as usize] += 1;
                any = true;
            }
        }
        let usual = match piece.voices[voice as usize].role {
            Role::Melody => 10,
            Role::Bridge => 10,
            Role::Accompaniment => 20,
        };
        let fullest = known.into_iter().max().unwrap_or(0);
        (if any { fullest + 4 } else { usual }).clamp(SLOTS.0, SLOTS.1)
    }
}
