//! Rules of four-voice writing counted on frames: ranges, crossing voices, parallel fifths and octaves, clashes.

use crate::tokenizer::grid::frames::{Frame, VOICES, pitch_of};

/// Lowest and highest MIDI pitch of soprano, alto, tenor and bass in the training songs of the JSB chorales: what these
/// voices were asked to sing.
pub const RANGES: [(u8, u8); VOICES] = [(60, 81), (52, 74), (46, 69), (36, 66)];

/// What was counted in one piece.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counterpoint {
    pub frames: usize,
    /// Frames in which another chord sounds than before.
    pub changes: usize,
    /// Pairs of voices that go from a fifth (or octave) to another in the same direction, at these changes. Fifths are
    /// perfect; octaves are unisons and double octaves too.
    pub fifths: usize,
    pub octaves: usize,
    /// Sounding cells, and those within [`RANGES`].
    pub cells: usize,
    pub in_range: usize,
    /// Frames in which all voices sound, and those of them where a voice is above its upper neighbour.
    pub full: usize,
    pub crossed: usize,
    /// Pairs of sounding voices, and those a semitone or a major seventh apart (in any octave).
    pub pairs: usize,
    pub clashes: usize,
}

/// Share, `None` of nothing.
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Counterpoint {
    /// Names of the figures, in the order of [`Counterpoint::values`].
    pub const NAMES: [&'static str; 6] = [
        "changes_per_bar",
        "fifths_per_100",
        "octaves_per_100",
        "in_range",
        "crossed",
        "clashes",
    ];

    /// Counts in a piece.
    pub fn of(frames: &[Frame]) -> Counterpoint {
        let mut c = Counterpoint::default();
        let mut before: Option<[Option<u8>; VOICES]> = None;
        for frame in frames {
            c.frames += 1;
            let now = frame.map(pitch_of);
            c.vertical(&now);
            if let Some(before) = before.filter(|b| *b != now) {
                c.changes += 1;
                c.motion(&before, &now);
            }
            before = Some(now);
        }
        c
    }

    fn vertical(&mut self, now: &[Option<u8>; VOICES]) {
        for (pitch, (low, high)) in now.iter().zip(RANGES) {
            if let Some(p) = pitch {
                self.cells += 1;
                self.in_range += usize::from((low..=high).contains(p));
            }
        }
        if now.iter().all(Option::is_some) {
            self.full += 1;
            self.crossed += usize::from(now.windows(2).any(|w| w[0] < w[1]));
        }
        for (i, a) in now.iter().enumerate() {
            for b in &now[i + 1..] {
                if let (Some(a), Some(b)) = (a, b) {
                    self.pairs += 1;
                    self.clashes += usize::from(matches!(a.abs_diff(*b) % 12, 1 | 11));
                }
            }
        }
    }

    fn motion(&mut self, before: &[Option<u8>; VOICES], now: &[Option<u8>; VOICES]) {
        for upper in 0..VOICES {
            for lower in upper + 1..VOICES {
                let (Some(a), Some(b)) = (before[upper], before[lower]) else {
                    continue;
                };
                let (Some(c), Some(d)) = (now[upper], now[lower]) else {
                    continue;
                };
                let same_way = (c > a && d > b) || (c < a && d < b);
                if !same_way {
                    continue;
                }
                match (a.abs_diff(b) % 12, c.abs_diff(d) % 12) {
                    (7, 7) => self.fifths += 1,
                    (0, 0) => self.octaves += 1,
                    _ => {}
                }
            }
        }
    }

    /// Adds what was counted in another piece.
    pub fn add(&mut self, other: &Counterpoint) {
        self.frames += other.frames;
        self.changes += other.changes;
        self.fifths += other.fifths;
        self.octaves += other.octaves;
        self.cells += other.cells;
        self.in_range += other.in_range;
        self.full += other.full;
        self.crossed += other.crossed;
        self.pairs += other.pairs;
        self.clashes += other.clashes;
    }

    /// Changes of chord a bar of sixteen 16ths (few of them make few parallels); parallel fifths and octaves of 100
    /// changes; shares of cells in range, of crossed frames, of clashing
    /// pairs.
    pub fn values(&self) -> [Option<f64>; 6] {
        let of_100 = |n| share(n, self.changes).map(|s| 100.0 * s);
        [
            share(16 * self.changes, self.frames),
            of_100(self.fifths),
            of_100(self.octaves),
            share(self.in_range, self.cells),
            share(self.crossed, self.full),
            share(self.clashes, self.pairs),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::grid::frames::{REST, class_of};

    fn frames(chords: &[[u8; VOICES]]) -> Vec<Frame> {
        let class = |p: u8| if p == 0 { REST } else { class_of(p).unwrap() };
        chords.iter().map(|c| c.map(class)).collect()
    }

    #[test]
    fn parallels_are_counted_pair_by_pair() {
        // Bass C-D, tenor G-A: fifths. Soprano C-D over the bass: octaves. The alto stays.
        let c = Counterpoint::of(&frames(&[
            [72, 64, 55, 48],
            [72, 64, 55, 48],
            [74, 64, 57, 50],
        ]));
        assert_eq!((c.changes, c.fifths, c.octaves), (1, 1, 1));
        let hundred = c.values();
        assert_eq!(hundred[..3], [Some(16.0 / 3.0), Some(100.0), Some(100.0)]);
    }

    #[test]
    fn contrary_motion_repeated_chords_and_rests_are_no_parallels() {
        // A fifth to a twelfth by contrary motion.
        let c = Counterpoint::of(&frames(&[[72, 64, 55, 48], [72, 64, 60, 41]]));
        assert_eq!((c.fifths, c.octaves), (0, 0));
        // The tenor rests in between.
        let c = Counterpoint::of(&frames(&[
            [72, 64, 55, 48],
            [72, 64, 0, 50],
            [72, 64, 57, 50],
        ]));
        assert_eq!((c.changes, c.fifths), (2, 0));
        // A diminished fifth to a perfect one.
        let c = Counterpoint::of(&frames(&[[72, 64, 53, 47], [72, 64, 55, 48]]));
        assert_eq!(c.fifths, 0);
    }

    #[test]
    fn ranges_crossings_and_clashes_are_shares() {
        let c = Counterpoint::of(&frames(&[[72, 64, 65, 30], [72, 71, 60, 48]]));
        assert_eq!((c.in_range, c.cells), (7, 8));
        assert_eq!((c.crossed, c.full), (1, 2));
        // Alto and tenor E and F, tenor F over F sharp; soprano C over B, alto B over C in tenor and bass.
        assert_eq!((c.clashes, c.pairs), (5, 12));
        assert_eq!(Counterpoint::of(&[]).values(), [None; 6]);
    }
}
