//! The rule against parallel fifths and octaves, as far as a draw can know of them.
//!
//! A small model that decides cells one by one makes many more of them than Bach: that two voices go the same way from
//! one fifth to the next follows from four cells, of which the draw decides one. So a class that would make them, beside
//! what is decided already, is held back.

use crate::tokenizer::grid::frames::{CLASSES, Frame, Unit, VOICES, pitch_of};

/// Nats by which such a class loses.
const NATS: f32 = 8.0;
/// How many 16ths away the nearest decided frame of two voices may be. What lies between is not decided yet, and mostly
/// will be what stands at one of its ends.
const FAR: usize = 8;

/// Whether two voices go the same way from a perfect fifth to another, or from an octave (or unison) to another.
pub fn parallel(before: (u8, u8), after: (u8, u8)) -> bool {
    let same_way =
        (after.0 > before.0 && after.1 > before.1) || (after.0 < before.0 && after.1 < before.1);
    let interval = |pair: (u8, u8)| pair.0.abs_diff(pair.1) % 12;
    same_way && interval(before) == interval(after) && matches!(interval(before), 0 | 7)
}

/// Pitches of two voices in the nearest frame in which both are known, of those given.
fn nearest(
    frames: &[Frame],
    steps: impl Iterator<Item = usize>,
    voices: (usize, usize),
) -> Option<(u8, u8)> {
    steps.take(FAR).find_map(|step| {
        let frame = frames.get(step)?;
        Some((pitch_of(frame[voices.0])?, pitch_of(frame[voices.1])?))
    })
}

/// Takes from the log-probability of every class that would make parallels, if the unit were drawn so.
pub fn hold_back(frames: &[Frame], unit: &Unit, add: &mut [f32; CLASSES]) {
    let (voice, first, end) = (unit.voice, unit.steps.start, unit.steps.end);
    for other in (0..VOICES).filter(|&v| v != voice) {
        let pair = (voice, other);
        // (what stood, whether it stood before, what the other voice sounds beside it)
        let sides = [
            (nearest(frames, (0..first).rev(), pair), true, first),
            (nearest(frames, end..frames.len(), pair), false, end - 1),
        ];
        for (stood, before, beside) in sides {
            let sounds = frames.get(beside).and_then(|f| pitch_of(f[other]));
            let (Some(stood), Some(sounds)) = (stood, sounds) else {
                continue;
            };
            for (class, add) in add.iter_mut().enumerate() {
                let Some(pitch) = pitch_of(class as u8) else {
                    continue;
                };
                let drawn = (pitch, sounds);
                let bad = if before {
                    parallel(stood, drawn)
                } else {
                    parallel(drawn, stood)
                };
                if bad {
                    *add -= NATS;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::grid::frames::{Legal, UNKNOWN, class_of};

    #[test]
    fn fifths_and_octaves_in_the_same_direction_are_parallel() {
        assert!(parallel((67, 60), (69, 62)) && parallel((60, 67), (57, 64)));
        assert!(parallel((72, 60), (74, 62)) && parallel((60, 60), (62, 62)));
        assert!(parallel((79, 60), (81, 62)), "a twelfth is a fifth");
        // Contrary motion, one voice standing still, other intervals, a diminished fifth.
        assert!(!parallel((67, 60), (64, 69)));
        assert!(!parallel((67, 60), (67, 60)));
        assert!(!parallel((64, 60), (66, 62)) && !parallel((66, 60), (67, 60)));
    }

    #[test]
    fn a_class_that_makes_parallels_with_either_side_is_held_back() {
        let class = |p| class_of(p).unwrap();
        let mut frames = vec![[UNKNOWN; VOICES]; 12];
        // Soprano G over bass C; two 16ths on the bass has D, and later E under B.
        frames[2] = [class(67), UNKNOWN, UNKNOWN, class(60)];
        for frame in &mut frames[4..6] {
            frame[3] = class(62);
        }
        frames[8] = [class(71), UNKNOWN, UNKNOWN, class(64)];
        let unit = Unit {
            voice: 0,
            steps: 5..6,
            legal: Legal::Anything,
            struck: false,
        };
        let mut add = [0.0; CLASSES];
        hold_back(&frames, &unit, &mut add);
        // A over D is a fifth after a fifth, and before one.
        assert_eq!(add[class(69) as usize], -2.0 * NATS);
        assert_eq!(add[class(67) as usize], 0.0);
        // A in three octaves more after the one fifth, and G under the bass in three before the other.
        assert_eq!(add.iter().filter(|a| **a < 0.0).count(), 7);
    }
}
