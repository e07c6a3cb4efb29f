//! Which pitches have a row. Folded, the roll leaves out rows that hold nothing, so that more of the rest is seen.
//!
//! Heights are pitches, as everywhere in the roll; a folded row has no height on the screen. The map between the two
//! is monotone, so that boxes, lassos and masks over hidden rows stay what they are.

use super::RollInput;
use super::cells::{ALL, range};
use super::scene::{Look, look};
use serde::{Deserialize, Serialize};

/// Rows that are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Fold {
    /// None.
    #[default]
    Off,
    /// Those without a note of a visible track.
    Used,
    /// Those outside the key, unless they hold a note.
    Key,
}

/// The pitches that have a row, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    bits: u128,
    /// Rows below each pitch, and below the end.
    below: [u8; 129],
    /// Pitches by row; the rest is 127.
    pitches: [u8; 128],
}

impl Default for Rows {
    fn default() -> Self {
        Rows::of(ALL)
    }
}

impl Rows {
    /// Rows for these pitches, one bit each. None at all would be nothing to look at: then all have one.
    pub fn of(bits: u128) -> Rows {
        let bits = if bits == 0 { ALL } else { bits };
        let mut rows = Rows {
            bits,
            below: [0; 129],
            pitches: [127; 128],
        };
        let mut count = 0u8;
        for pitch in 0..128usize {
            rows.below[pitch] = count;
            if bits >> pitch & 1 == 1 {
                rows.pitches[usize::from(count)] = pitch as u8;
                count += 1;
            }
        }
        rows.below[128] = count;
        rows
    }

    /// How many there are, 1..=128.
    pub fn count(&self) -> f64 {
        f64::from(self.below[128])
    }

    /// Whether a pitch has a row.
    pub fn has(&self, pitch: u8) -> bool {
        self.bits >> (pitch & 127) & 1 == 1
    }

    /// The pitches with a row, one bit each.
    pub fn bits(&self) -> u128 {
        self.bits
    }

    /// Rows under a height.
    pub fn row(&self, height: f64) -> f64 {
        if height <= 0.0 {
            return height;
        }
        if height >= 128.0 {
            return self.count() + (height - 128.0);
        }
        let pitch = height.floor() as usize & 127;
        let within = match self.has(pitch as u8) {
            true => height - height.floor(),
            false => 0.0,
        };
        f64::from(self.below[pitch]) + within
    }

    /// Height at so many rows from below.
    pub fn height(&self, row: f64) -> f64 {
        if row < 0.0 {
            return row;
        }
        if row >= self.count() {
            return 128.0 + (row - self.count());
        }
        f64::from(self.pitches[row.floor() as usize & 127]) + (row - row.floor())
    }

    /// The next pitch with a row above (or below) one, if there is any.
    pub fn next(&self, pitch: u8, up: bool) -> Option<u8> {
        match up {
            true => (pitch.saturating_add(1)..128).find(|p| self.has(*p)),
            false => (0..pitch).rev().find(|p| self.has(*p)),
        }
    }
}

/// Pitch classes of the major scale on a tonic, one bit each, C first.
pub fn scale(tonic: u8) -> u16 {
    [0, 2, 4, 5, 7, 9, 11]
        .iter()
        .fold(0, |bits, step| bits | 1 << ((tonic + step) % 12))
}

/// The rows a fold leaves. Rows with a note of a visible track always stay.
pub fn folded(fold: Fold, input: &RollInput) -> Rows {
    if fold == Fold::Off {
        return Rows::default();
    }
    let mut bits = 0u128;
    for score in [input.score, input.original] {
        let seen = |t: &&std::sync::Arc<crate::score::Track>| look(input, t.id) >= Look::Dim;
        for track in score.tracks.iter().filter(seen) {
            bits |= track
                .notes
                .iter()
                .fold(0, |b, n| b | 1u128 << (n.pitch & 127));
        }
    }
    let written = input.snapshot.map(|s| s.notes.as_slice()).unwrap_or(&[]);
    bits |= written.iter().fold(0, |b, n| b | 1u128 << (n.pitch & 127));
    if fold == Fold::Key {
        let classes = scale(input.rows.major_tonic);
        let of_key = |p: &u8| classes >> (p % 12) & 1 == 1;
        bits |= (0..128u8).filter(of_key).fold(0, |b, p| b | range(p, p));
    }
    Rows::of(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_rows_have_no_height() {
        let rows = Rows::of(1 << 60 | 1 << 64 | 1 << 67);
        assert_eq!(rows.count(), 3.0);
        assert_eq!(
            [60.0, 60.5, 61.0, 64.0, 65.0, 67.5, 68.0].map(|h| rows.row(h)),
            [0.0, 0.5, 1.0, 1.0, 2.0, 2.5, 3.0]
        );
        assert_eq!(
            [0.5, 1.0, 2.25].map(|r| rows.height(r)),
            [60.5, 64.0, 67.25]
        );
        assert_eq!(
            (
                rows.next(60, true),
                rows.next(60, false),
                rows.next(127, true)
            ),
            (Some(64), None, None)
        );
        assert_eq!(Rows::of(0).count(), 128.0);
    }

    #[test]
    fn c_major_is_the_white_keys() {
        let white = (0..12u8).filter(|p| !super::super::grid::is_black(*p));
        assert_eq!(scale(0), white.fold(0, |b, p| b | 1 << p));
        assert_eq!(scale(7).count_ones(), 7);
    }

    proptest! {
        #[test]
        fn rows_and_heights_agree_and_keep_their_order(bits: u128, row in 0.0f64..128.0, a in 0.0f64..128.0, b in 0.0f64..128.0) {
            let rows = Rows::of(bits);
            let row = row.min(rows.count() - 0.01);
            prop_assert!((rows.row(rows.height(row)) - row).abs() < 1e-9);
            prop_assert!((a <= b) <= (rows.row(a) <= rows.row(b)));
        }

        #[test]
        fn without_a_fold_a_row_is_a_pitch(height in -10.0f64..140.0) {
            let rows = Rows::default();
            prop_assert!((rows.row(height) - height).abs() < 1e-9);
            prop_assert!((rows.height(height) - height).abs() < 1e-9);
        }
    }
}
