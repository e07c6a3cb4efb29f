//! The token form of a window: one row a note or spare place, in a fixed order, with what is known and
//! what is to be predicted.

use super::hole::Hole;
use super::piece::Piece;
use super::vocabulary::{CHANNELS, Channel, LOGITS, SIZES};
use crate::score::theory::{home_tonic, pitch_class_counts};

/// Fewest known notes from which a key is read.
const NOTES_FOR_A_KEY: usize = 8;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Bar in the window.
    pub bar: u16,
    /// Index into the piece's voices.
    pub voice: u8,
    /// Rank among the rows of the same bar, voice and kind (context or hole).
    pub slot: u8,
    /// A value per channel; the channel's size means *masked*.
    pub value: [u8; CHANNELS],
    /// Which channels are to be predicted.
    pub free: [bool; CHANNELS],
    /// Index of the piece's note this row shows, if any.
    pub note: Option<usize>,
    /// Index into the hole's cells, for rows that may turn out absent.
    pub cell: Option<usize>,
}

impl Row {
    /// Whether anything of the row is to be predicted.
    pub fn in_hole(&self) -> bool {
        self.free.contains(&true)
    }

    /// The value of a channel if it is known.
    pub fn known(&self, channel: Channel) -> Option<u8> {
        let v = self.value[channel as usize];
        ((v as usize) < channel.size()).then_some(v)
    }

    /// Whether the row is decided to be absent.
    pub fn absent(&self) -> bool {
        self.value[0] == 0
    }
}

/// The id that means *masked* in a channel.
pub const fn masked(channel: usize) -> u8 {
    SIZES[channel] as u8
}

/// Semitones, -6..=5, that bring what is known of the pitches home to C major or A minor; 0 where too
/// little is known.
fn shift_to_c(piece: &Piece, hole: &Hole) -> i8 {
    let known: Vec<u8> = piece
        .notes
        .iter()
        .zip(&hole.notes)
        .filter(|(_, free)| !free[Channel::Pitch as usize])
        .map(|(n, _)| n.pitch)
        .collect();
    if known.len() < NOTES_FOR_A_KEY {
        return 0;
    }
    let tonic = home_tonic(&pitch_class_counts(known)) as i8;
    if tonic <= 6 { -tonic } else { 12 - tonic }
}

/// The rows of a window and the legal values of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub rows: Vec<Row>,
    /// For each cell of the hole: legal pitches per step, as in [`super::HoleCell::legal`].
    pub legal: Vec<Vec<u128>>,
    /// Steps of each bar of the window.
    pub steps: Vec<u8>,
    /// Semitones by which the network reads every pitch higher than it is, so that all pieces come to it
    /// in C major or A minor. Values here are the piece's own.
    pub shift: i8,
}

impl Rows {
    /// Lays a window out with its true values in place: context rows first in every bar of a voice, then
    /// the hole's notes in order of onset and pitch, then spare absent rows up to [`Hole::slots`].
    ///
    /// With `exact`, a bar that holds more notes than it has slots loses the last of them, so that the
    /// number of rows never tells the number of notes (training); otherwise it gets more slots.
    pub fn layout(piece: &Piece, hole: &Hole, exact: bool) -> Rows {
        let voices = piece.voices.len();
        let slots: Vec<usize> = (0..voices as u8).map(|v| hole.slots(piece, v)).collect();
        let mut cell_of = vec![None; piece.bars.len() * voices];
        for (i, c) in hole.cells.iter().enumerate() {
            cell_of[c.bar as usize * voices + c.voice as usize] = Some(i);
        }
        let mut rows = Rows {
            rows: Vec::with_capacity(piece.notes.len() + hole.cells.len() * 8),
            legal: hole.cells.iter().map(|c| c.legal.clone()).collect(),
            steps: piece.bars.iter().map(|b| b.steps).collect(),
            shift: shift_to_c(piece, hole),
        };
        let mut next = 0;
        for bar in 0..piece.bars.len() as u16 {
            for voice in 0..voices as u8 {
                let first = next;
                while piece
                    .notes
                    .get(next)
                    .is_some_and(|n| (n.bar, n.voice) == (bar, voice))
                {
                    next += 1;
                }
                let here = first..next;
                let cell = cell_of[bar as usize * voices + voice as usize];
                let of_note = |i: usize, slot: usize, cell: Option<usize>| {
                    let n = &piece.notes[i];
                    Row {
                        bar,
                        voice,
                        slot: slot.min(u8::MAX as usize) as u8,
                        value: [1, n.onset, n.pitch, n.duration, n.velocity],
                        free: hole.notes[i],
                        note: Some(i),
                        cell,
                    }
                };
                let fixed = here
                    .clone()
                    .filter(|&i| !hole.notes[i][0] || cell.is_none());
                rows.rows
                    .extend(fixed.enumerate().map(|(slot, i)| of_note(i, slot, None)));
                let Some(cell) = cell else { continue };
                let free: Vec<usize> = here.filter(|&i| hole.notes[i][0]).collect();
                let places = if exact {
                    slots[voice as usize]
                } else {
                    slots[voice as usize].max(free.len())
                };
                for slot in 0..places {
                    rows.rows.push(match free.get(slot) {
                        Some(&i) => of_note(i, slot, Some(cell)),
                        None => Row {
                            bar,
                            voice,
                            slot: slot as u8,
                            value: [0, masked(1), masked(2), masked(3), masked(4)],
                            free: [true; CHANNELS],
                            note: None,
                            cell: Some(cell),
                        },
                    });
                }
            }
        }
        rows
    }

    /// A pitch of the piece as the network reads it.
    pub fn read_pitch(&self, pitch: u8) -> u8 {
        (pitch as i16 + self.shift as i16).clamp(0, 127) as u8
    }

    /// Moves the pitch columns of `logits` `[rows, LOGITS]` from the pitches the network reads to those of
    /// the piece. Pitches that the network cannot read get a logit no draw will choose.
    pub fn unshift_logits(&self, logits: &mut [f32]) {
        if self.shift == 0 {
            return;
        }
        let from = Channel::Pitch.offset();
        for row in logits.chunks_exact_mut(LOGITS) {
            let read: [f32; 128] = std::array::from_fn(|p| row[from + p]);
            for (p, logit) in row[from..from + 128].iter_mut().enumerate() {
                *logit = usize::try_from(p as i16 + self.shift as i16)
                    .ok()
                    .and_then(|p| read.get(p).copied())
                    .unwrap_or(-40.0);
            }
        }
    }

    /// Masks every free value.
    pub fn mask_all(&mut self) {
        for r in &mut self.rows {
            for c in 0..CHANNELS {
                if r.free[c] {
                    r.value[c] = masked(c);
                }
            }
        }
    }

    /// Drops the rows decided to be absent.
    pub fn drop_absent(&mut self) {
        self.rows.retain(|r| !r.absent());
    }

    /// Number of free values still masked, presence not counted.
    pub fn undecided(&self) -> usize {
        self.rows
            .iter()
            .filter(|r| !r.absent())
            .map(|r| {
                (1..CHANNELS)
                    .filter(|&c| r.free[c] && r.value[c] == masked(c))
                    .count()
            })
            .sum()
    }

    /// Which values of `channel` row `index` may take, given what is decided around it: inside the hole,
    /// in the order of the slots, and no pitch twice on one onset of a voice. Never empty unless the row's
    /// place in the hole is contradictory; then every value inside the hole is returned.
    pub fn legal_values(&self, index: usize, channel: Channel) -> Legal {
        let row = &self.rows[index];
        match channel {
            Channel::Presence | Channel::Duration | Channel::Velocity => {
                Legal((1u128 << channel.size()) - 1)
            }
            Channel::Onset => {
                let inside = self.onsets(row);
                let ordered = self.ordered_onsets(index, inside);
                Legal(if ordered != 0 { ordered } else { inside })
            }
            Channel::Pitch => {
                let inside = self.pitches(row);
                let ordered = self.ordered_pitches(index, inside);
                Legal(if ordered != 0 { ordered } else { inside })
            }
        }
    }

    fn onsets(&self, row: &Row) -> u128 {
        let steps = self.steps[row.bar as usize] as usize;
        let Some(cell) = row.cell else {
            return (1u128 << steps) - 1;
        };
        let pitch = row.known(Channel::Pitch).map_or(u128::MAX, |p| 1u128 << p);
        let mut bits = 0;
        for (step, legal) in self.legal[cell].iter().enumerate().take(steps) {
            if legal & pitch != 0 {
                bits |= 1u128 << step;
            }
        }
        bits
    }

    fn pitches(&self, row: &Row) -> u128 {
        let Some(cell) = row.cell else {
            return u128::MAX;
        };
        match row.known(Channel::Onset) {
            Some(o) => self.legal[cell].get(o as usize).copied().unwrap_or(0),
            None => self.legal[cell].iter().fold(0, |a, b| a | b),
        }
    }

    /// Rows of the same cell before and after `index`, nearest first.
    fn siblings(&self, index: usize) -> (impl Iterator<Item = &Row>, impl Iterator<Item = &Row>) {
        let cell = self.rows[index].cell;
        let same = move |r: &&Row| r.cell == cell;
        (
            self.rows[..index]
                .iter()
                .rev()
                .take_while(same)
                .filter(|r| !r.absent()),
            self.rows[index + 1..]
                .iter()
                .take_while(same)
                .filter(|r| !r.absent()),
        )
    }

    fn ordered_onsets(&self, index: usize, mut bits: u128) -> u128 {
        if self.rows[index].cell.is_none() {
            return bits;
        }
        let (mut before, mut after) = self.siblings(index);
        if let Some(low) = before.find_map(|r| r.known(Channel::Onset)) {
            bits &= u128::MAX << low;
        }
        if let Some(high) = after.find_map(|r| r.known(Channel::Onset)) {
            bits &= (2u128 << high) - 1;
        }
        bits
    }

    fn ordered_pitches(&self, index: usize, mut bits: u128) -> u128 {
        let row = &self.rows[index];
        let Some(onset) = row.known(Channel::Onset) else {
            return bits;
        };
        for (i, other) in self.rows.iter().enumerate() {
            if i == index
                || (other.bar, other.voice) != (row.bar, row.voice)
                || other.known(Channel::Onset) != Some(onset)
            {
                continue;
            }
            let Some(p) = other.known(Channel::Pitch) else {
                continue;
            };
            if row.cell.is_some() && other.cell == row.cell {
                // Notes of a cell are ordered by pitch within an onset.
                bits &= if i < index {
                    u128::MAX.checked_shl(p as u32 + 1).unwrap_or(0)
                } else {
                    (1u128 << p) - 1
                };
            } else {
                bits &= !(1u128 << p);
            }
        }
        bits
    }
}

/// A set of legal values, bit v for value v.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Legal(pub u128);

impl Legal {
    /// Whether `value` is in the set.
    pub fn allows(self, value: usize) -> bool {
        value < 128 && self.0 >> value & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::super::piece::{BarInfo, GridNote, Role, VoiceInfo};
    use super::*;
    use crate::score::{NoteId, TrackId};

    fn piece(notes: &[(u16, u8, u8)]) -> Piece {
        Piece {
            bars: vec![
                BarInfo {
                    steps: 16,
                    tempo: 17
                };
                3
            ],
            voices: vec![VoiceInfo {
                track: TrackId(1),
                role: Role::Melody,
            }],
            notes: notes
                .iter()
                .enumerate()
                .map(|(i, &(bar, onset, pitch))| GridNote {
                    bar,
                    voice: 0,
                    onset,
                    pitch,
                    duration: 3,
                    velocity: 10,
                    id: NoteId(i as u32),
                })
                .collect(),
        }
    }

    #[test]
    fn the_number_of_rows_says_nothing_about_the_hole() {
        let full = piece(&[(0, 0, 60), (1, 0, 60), (1, 4, 62), (1, 8, 64), (2, 0, 60)]);
        let bare = piece(&[(0, 0, 60), (2, 0, 60)]);
        let rows = |p: &Piece| {
            Rows::layout(p, &Hole::bars(p, |bar, _| bar == 1), true)
                .rows
                .len()
        };
        assert_eq!(rows(&full), rows(&bare));
    }

    #[test]
    fn the_key_is_read_from_the_context_alone_and_logits_come_back_in_it() {
        // D major around the hole, C major in it.
        let d_major = [62, 64, 66, 67, 69, 71, 73, 74];
        let mut notes: Vec<_> = (0..8).map(|i| (0, i, d_major[i as usize])).collect();
        notes.extend((0..16).map(|i| (1, i, 60 + i % 2 * 5)));
        let p = piece(&notes);
        let rows = Rows::layout(&p, &Hole::bars(&p, |bar, _| bar == 1), true);
        assert_eq!(rows.shift, -2);
        assert_eq!(rows.read_pitch(62), 60);
        let mut logits = vec![0.0; LOGITS];
        logits[Channel::Pitch.offset() + 60] = 5.0;
        rows.unshift_logits(&mut logits);
        let pitches = &logits[Channel::Pitch.offset()..][..128];
        assert_eq!(pitches.iter().position(|&l| l == 5.0), Some(62));
        assert_eq!(pitches[0], -40.0, "-2 cannot be read");
        // Nothing known: nothing moved.
        let all = Rows::layout(&p, &Hole::bars(&p, |_, _| true), true);
        assert_eq!(all.shift, 0);
    }

    #[test]
    fn spare_rows_follow_the_notes_and_masking_hides_both() {
        let p = piece(&[(0, 0, 60), (1, 0, 60), (1, 4, 62), (2, 0, 60)]);
        let mut rows = Rows::layout(&p, &Hole::bars(&p, |bar, _| bar == 1), true);
        let hole: Vec<bool> = rows
            .rows
            .iter()
            .filter(|r| r.bar == 1)
            .map(|r| !r.absent())
            .collect();
        assert!(hole[0] && hole[1] && !hole[2]);
        rows.mask_all();
        assert!(
            rows.rows
                .iter()
                .filter(|r| r.bar == 1)
                .all(|r| r.value == [2, 32, 128, 24, 16])
        );
        assert!(
            rows.rows
                .iter()
                .filter(|r| r.bar != 1)
                .all(|r| r.value[2] == 60)
        );
    }

    #[test]
    fn legal_values_keep_order_and_forbid_doubles() {
        let p = piece(&[(1, 4, 60), (1, 4, 64), (1, 8, 62)]);
        let mut rows = Rows::layout(&p, &Hole::bars(&p, |bar, _| bar == 1), true);
        rows.drop_absent();
        rows.rows[1].value = [1, 32, 128, 24, 16];
        let onset = rows.legal_values(1, Channel::Onset);
        assert!(onset.allows(4) && onset.allows(8) && !onset.allows(3) && !onset.allows(9));
        rows.rows[1].value[1] = 4;
        let pitch = rows.legal_values(1, Channel::Pitch);
        assert!(!pitch.allows(60) && !pitch.allows(59) && pitch.allows(61));
    }
}
