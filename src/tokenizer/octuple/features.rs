//! Rows as the network reads them: a few columns a row that are not zero, and two coordinates (bar, slot) for
//! rotary positions, which make "the same place four bars earlier" a relation the attention can see.

use super::echo::{self, Echoes};
use super::piece::{MAX_VOICES, Piece};
use super::rows::Rows;
use super::vocabulary::{CHANNELS, Channel, MAX_STEPS, SIZES};

/// Number of slots told apart; higher ones share the last.
const SLOT_CLASSES: usize = 32;
const TEMPO_CLASSES: usize = 25;

/// Start of each block of columns: values (each channel with its mask id), then what follows from them,
/// then context.
const VALUES: usize = 0;
const PITCH_CLASS: usize = VALUES + SIZES[0] + SIZES[1] + SIZES[2] + SIZES[3] + SIZES[4] + CHANNELS;
const BEAT: usize = PITCH_CLASS + 12;
const ROLE: usize = BEAT + 4;
const VOICE: usize = ROLE + 3;
const SLOT: usize = VOICE + MAX_VOICES;
const HOLE: usize = SLOT + SLOT_CLASSES;
const STEPS: usize = HOLE + 2;
const TEMPO: usize = STEPS + MAX_STEPS;
const ECHO: usize = TEMPO + TEMPO_CLASSES;
/// Columns of a row.
pub const WIDTH: usize = ECHO + echo::WIDTH;

/// The sparse matrix `[rows, WIDTH]` and the positions of one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// For each row, the columns that are not zero with their values. A column may stand more than once: its
    /// values add up.
    pub columns: Vec<Vec<(u32, f32)>>,
    /// Bar of each row.
    pub bars: Vec<f32>,
    /// Slot of each row.
    pub slots: Vec<f32>,
}

/// What the network reads of these rows.
pub fn features(piece: &Piece, rows: &Rows) -> Features {
    let mut columns = vec![Vec::with_capacity(CHANNELS + 8); rows.rows.len()];
    for (row, columns) in rows.rows.iter().zip(&mut columns) {
        let mut set = |column: usize| columns.push((column as u32, 1.0));
        let mut block = VALUES;
        let pitch = row.known(Channel::Pitch).map(|p| rows.read_pitch(p));
        for (c, &size) in SIZES.iter().enumerate() {
            let value = match pitch {
                Some(p) if c == Channel::Pitch as usize => p,
                _ => row.value[c],
            };
            set(block + (value as usize).min(size));
            block += size + 1;
        }
        if let Some(p) = pitch {
            set(PITCH_CLASS + p as usize % 12);
        }
        if let Some(o) = row.known(Channel::Onset) {
            set(BEAT + o as usize % 4);
        }
        let info = piece.bars[row.bar as usize];
        set(ROLE + piece.voices[row.voice as usize].role as usize);
        set(VOICE + (row.voice as usize).min(MAX_VOICES - 1));
        set(SLOT + (row.slot as usize).min(SLOT_CLASSES - 1));
        set(HOLE + row.in_hole() as usize);
        set(STEPS + (info.steps as usize).clamp(1, MAX_STEPS) - 1);
        set(TEMPO + (info.tempo as usize).min(TEMPO_CLASSES - 1));
    }
    Echoes::new(rows, piece.voices.len()).write(ECHO, |row, column, value| {
        columns[row].push((column as u32, value));
    });
    Features {
        columns,
        bars: rows.rows.iter().map(|r| r.bar as f32).collect(),
        slots: rows.rows.iter().map(|r| r.slot as f32).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::hole::Hole;
    use super::*;
    use crate::score::Score;

    #[test]
    fn a_masked_row_shows_nothing_of_its_values() {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        let look = |pitch: u8| {
            let mut s = s.clone();
            s.add_note(t, 240, 480, pitch, 80);
            let piece = Piece::of_score(&s, &s.bars(), 0, 1, &[]);
            let mut rows = Rows::layout(&piece, &Hole::bars(&piece, |_, _| true), true);
            rows.mask_all();
            features(&piece, &rows)
        };
        assert_eq!(look(60), look(71));
    }

    #[test]
    fn a_known_row_shows_every_value_once() {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        s.add_note(t, 240, 480, 61, 80);
        let piece = Piece::of_score(&s, &s.bars(), 0, 1, &[]);
        let rows = Rows::layout(&piece, &Hole::empty(&piece), true);
        let f = features(&piece, &rows);
        let on: Vec<usize> = f.columns[0].iter().map(|&(c, _)| c as usize).collect();
        // Five values, pitch class, beat, role, voice, slot, hole flag, bar length, tempo.
        assert_eq!(on.len(), CHANNELS + 8);
        assert!(on.contains(&(PITCH_CLASS + 1)) && on.contains(&(BEAT + 2)));
    }
}
