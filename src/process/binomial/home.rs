//! Every roll read in C major or A minor: the keys turned by the semitones that bring home what is known of it, so
//! that a network need not learn each figure twelve times. Keys that leave one end come in at the other, where hardly
//! anybody plays, so that nothing is lost and turning back is exact.

use super::corrupt::RollExample;
use crate::score::theory::{home_tonic, pitch_class_counts};

/// MIDI pitch of the lowest key, A0.
const LOWEST: usize = 21;
/// Fewer known onsets say too little of the key.
const NOTES_FOR_A_KEY: usize = 8;

/// Semitones, -6..=5, that bring these onsets (cells of a roll of `keys` keys) home to C major or A minor; `None`
/// where they are too few to say.
pub fn shift_to_c(onsets: impl IntoIterator<Item = usize>, keys: usize) -> Option<i8> {
    let pitch = |cell: usize| ((LOWEST + cell % keys.max(1)) % 12) as u8;
    let counts = pitch_class_counts(onsets.into_iter().map(pitch));
    if (counts.iter().sum::<u32>() as usize) < NOTES_FOR_A_KEY {
        return None;
    }
    let tonic = home_tonic(&counts) as i8;
    Some(if tonic <= 6 { -tonic } else { 12 - tonic })
}

/// Cells `[.., keys]` with every key moved up by `by` semitones, round the ends.
pub fn turned<T: Copy>(cells: &[T], keys: usize, by: i8) -> Vec<T> {
    let keys = keys.max(1);
    let mut out = cells.to_vec();
    for row in out.chunks_exact_mut(keys) {
        row.rotate_right((i64::from(by).rem_euclid(keys as i64)) as usize);
    }
    out
}

impl RollExample {
    /// Semitones that bring it home by what is known of it, as at work; by the truth where nothing is known.
    pub fn shift_to_c(&self) -> i8 {
        let keys = self.shape.keys;
        let onsets = || (0..self.shape.cells()).filter(|&i| self.x0[i]);
        shift_to_c(onsets().filter(|&i| !self.free[i]), keys)
            .or_else(|| shift_to_c(onsets(), keys))
            .unwrap_or(0)
    }

    /// The same with all keys moved.
    pub fn turned(self, by: i8) -> RollExample {
        let keys = self.shape.keys;
        RollExample {
            x0: turned(&self.x0, keys, by),
            xt: turned(&self.xt, keys, by),
            free: turned(&self.free, keys, by),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Time, generator};
    use super::super::roll::Shape;
    use super::*;
    use rand::Rng;

    const KEYS: usize = 88;

    /// Cells of a scale of eight notes on a tonic above middle C.
    fn scale(tonic: usize) -> Vec<usize> {
        let steps = [0, 2, 4, 5, 7, 9, 11, 12].into_iter().enumerate();
        steps
            .map(|(row, step)| row * KEYS + 60 - LOWEST + tonic + step)
            .collect()
    }

    #[test]
    fn a_scale_comes_home_the_short_way_and_few_notes_stay() {
        let shifts: Vec<_> = (0..12).map(|t| shift_to_c(scale(t), KEYS)).collect();
        let wanted = [0, -1, -2, -3, -4, -5, -6, 5, 4, 3, 2, 1].map(Some);
        assert_eq!(shifts, wanted);
        assert_eq!(shift_to_c(scale(2).into_iter().take(7), KEYS), None);
    }

    #[test]
    fn turning_there_and_back_changes_nothing() {
        let mut rng = generator(3, 0);
        let cells: Vec<u8> = (0..3 * KEYS).map(|_| rng.random_range(0..9)).collect();
        for by in -6..=5 {
            let there = turned(&cells, KEYS, by);
            assert_eq!(there[KEYS + 40], cells[KEYS + (40 - by as i64) as usize]);
            assert_eq!(turned(&there, KEYS, -by), cells);
        }
    }

    #[test]
    fn what_is_known_says_the_key_and_only_where_nothing_is_the_truth_does() {
        let shape = Shape {
            planes: 2,
            rows: 16,
            keys: KEYS,
        };
        // D major is known, E major is not.
        let mut x0 = vec![false; shape.len()];
        scale(2).into_iter().for_each(|i| x0[i] = true);
        scale(4).into_iter().for_each(|i| x0[i + 8 * KEYS] = true);
        let mut example = RollExample {
            shape,
            xt: x0.clone(),
            x0,
            free: (0..shape.cells()).map(|i| i >= 8 * KEYS).collect(),
            time: Time::uniform(1, 10),
        };
        assert_eq!(example.shift_to_c(), -2);
        example.free.reverse();
        assert_eq!(example.shift_to_c(), -4);
        let home = example.clone().turned(-4);
        assert_eq!(home.shift_to_c(), 0);
        assert_eq!(home.turned(4), example);
        example.free.fill(true);
        assert!([-4, -2, 3].contains(&example.shift_to_c()));
    }
}
