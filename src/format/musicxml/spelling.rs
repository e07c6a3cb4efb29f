//! How a pitch is called in a key.

/// A pitch as notation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelled {
    pub step: char,
    /// Semitones up or down.
    pub alter: i32,
    /// Middle C begins octave 4.
    pub octave: i32,
}

impl Spelled {
    /// The MIDI pitch it names.
    #[cfg(test)]
    pub fn pitch(self) -> i32 {
        let step = "CDEFGAB".find(self.step).unwrap();
        12 * (self.octave + 1) + [0, 2, 4, 5, 7, 9, 11][step] + self.alter
    }
}

/// Names a MIDI pitch under a signature of so many sharps (flats are negative). Of the names on the line of fifths those
/// are taken that lie from three fifths below the major tonic to eight above: in C from E flat to G sharp.
pub(super) fn spell(pitch: u8, sharps: i8) -> Spelled {
    let class = i32::from(pitch) % 12;
    let lowest = i32::from(sharps.clamp(-7, 7)) - 3;
    // Place on the line of fifths: C is 0, G is 1, F is -1.
    let fifth = class * 7;
    let place = lowest + (fifth - lowest).rem_euclid(12);
    let letter = (place + 1).rem_euclid(7);
    let alter = (place + 1).div_euclid(7);
    let (step, natural) = match letter {
        0 => ('F', 5),
        1 => ('C', 0),
        2 => ('G', 7),
        3 => ('D', 2),
        4 => ('A', 9),
        5 => ('E', 4),
        _ => ('B', 11),
    };
    Spelled {
        step,
        alter,
        octave: (i32::from(pitch) - alter - natural).div_euclid(12) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(pitch: u8, sharps: i8) -> String {
        let s = spell(pitch, sharps);
        let sign = match s.alter {
            2 => "##",
            1 => "#",
            0 => "",
            -1 => "b",
            _ => "bb",
        };
        format!("{}{sign}{}", s.step, s.octave)
    }

    #[test]
    fn the_key_decides_the_name() {
        assert_eq!(name(66, 0), "F#4");
        assert_eq!(name(63, 0), "Eb4");
        assert_eq!(name(68, 0), "G#4");
        assert_eq!(name(68, -3), "Ab4");
        assert_eq!(name(71, -6), "Cb5");
        assert_eq!(name(60, 7), "B#3");
        assert_eq!(name(65, 6), "E#4");
    }

    #[test]
    fn every_name_means_its_pitch() {
        for sharps in -7..=7 {
            for pitch in 0..=127 {
                assert_eq!(spell(pitch, sharps).pitch(), i32::from(pitch));
            }
        }
    }
}
