//! A piece in another key. Drums are never transposed: their pitches name instruments.

use crate::score::{ChannelEventKind, KeySignature, Score, Track};
use rand::Rng;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The shifts, in semitones, that keep every pitched note within 0..=127; 0 is always among them. Everything is for a
/// piece without pitched notes.
pub fn room(score: &Score) -> RangeInclusive<i32> {
    let pitched = score.tracks.iter().filter(|t| !t.is_drums());
    let pitches = pitched.flat_map(|t| t.notes.iter().map(|n| i32::from(n.pitch)));
    let (low, high) = pitches.fold((127, 0), |(low, high), p| (low.min(p), high.max(p)));
    if low > high {
        -127..=127
    } else {
        -low..=127 - high
    }
}

/// The piece `semitones` higher, with its key signatures; `None` where a note would leave 0..=127.
pub fn transpose(score: &Score, semitones: i32) -> Option<Score> {
    if !room(score).contains(&semitones) {
        return None;
    }
    let mut new = score.clone();
    for track in new.tracks.iter_mut().filter(|t| !t.is_drums()) {
        shift_track(Arc::make_mut(track), semitones);
    }
    for key in &mut new.keys {
        *key = shift_signature(*key, semitones);
    }
    Some(new)
}

/// A shift drawn uniformly from those of `range` that keep every note within 0..=127; the piece as it is where there is
/// none.
pub fn random(score: &Score, range: RangeInclusive<i32>, rng: &mut impl Rng) -> Score {
    let room = room(score);
    let (low, high) = (
        *range.start().max(room.start()),
        *range.end().min(room.end()),
    );
    if low > high {
        return score.clone();
    }
    transpose(score, rng.random_range(low..=high)).unwrap_or_else(|| score.clone())
}

/// Moves the notes of a track, and the pressure on their keys; a pitch below 0 goes up an octave, one above 127 down.
pub(super) fn shift_track(track: &mut Track, semitones: i32) {
    let moved = |pitch: u8| -> u8 {
        let mut p = i32::from(pitch) + semitones;
        if p < 0 {
            p += 12;
        } else if p > 127 {
            p -= 12;
        }
        p.clamp(0, 127) as u8
    };
    for note in &mut track.notes {
        note.pitch = moved(note.pitch);
    }
    for event in &mut track.events {
        if let ChannelEventKind::KeyPressure { key, .. } = &mut event.kind {
            *key = moved(*key);
        }
    }
    track.sort();
}

/// A key signature so many semitones higher, with the fewest accidentals: six flats rather than six sharps, and seven
/// of either only where nothing moves.
pub(super) fn shift_signature(key: KeySignature, semitones: i32) -> KeySignature {
    if semitones % 12 == 0 {
        return key;
    }
    let sharps = (i32::from(key.sharps) + 7 * semitones + 6).rem_euclid(12) - 6;
    KeySignature {
        sharps: sharps as i8,
        ..key
    }
}

#[cfg(test)]
mod tests {
    use super::super::generator;
    use super::super::testing::pieces;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_note_at_the_edge_leaves_no_room_but_drums_do_not_count() {
        let mut score = Score::default();
        let (t, drums) = (score.add_track("a", 0, 0), score.add_track("d", 9, 0));
        score.add_note(t, 0, 100, 120, 80);
        score.add_note(drums, 0, 100, 127, 80);
        assert_eq!(room(&score), -120..=7);
        assert!(transpose(&score, 8).is_none());
        let up = transpose(&score, 7).unwrap();
        let pitches: Vec<u8> = up.notes().map(|(_, n)| n.pitch).collect();
        assert_eq!(pitches, [127, 127]);
    }

    #[test]
    fn signatures_move_round_the_circle_of_fifths() {
        let key = |sharps| KeySignature {
            tick: 0,
            sharps,
            minor: false,
        };
        for (from, semitones, to) in [(0, 2, 2), (0, 5, -1), (3, 3, 0), (0, 6, -6), (7, 12, 7)] {
            assert_eq!(shift_signature(key(from), semitones).sharps, to);
        }
    }

    proptest! {
        #[test]
        fn transposing_back_gives_the_piece(score in pieces(), semitones in -20i32..=20) {
            let moved = transpose(&score, semitones);
            prop_assert_eq!(moved.is_some(), room(&score).contains(&semitones));
            if let Some(moved) = moved {
                let back = transpose(&moved, -semitones);
                prop_assert_eq!(&back.as_ref().unwrap().tracks, &score.tracks);
                let twelve = |s: &Score| -> Vec<i32> {
                    s.keys.iter().map(|k| i32::from(k.sharps).rem_euclid(12)).collect()
                };
                prop_assert_eq!(twelve(&back.unwrap()), twelve(&score));
            }
        }

        #[test]
        fn a_random_shift_lies_in_the_range_and_moves_all_alike(score in pieces(), seed: u64) {
            let new = random(&score, -5..=5, &mut generator(seed, 0));
            let shift = |channel: u8| -> Vec<i32> {
                let of = |s: &Score| -> Vec<(u32, i32)> {
                    let tracks = s.tracks.iter().filter(|t| t.channel == channel);
                    let mut list: Vec<_> = tracks
                        .flat_map(|t| t.notes.iter().map(|n| (n.id.0, i32::from(n.pitch))))
                        .collect();
                    list.sort_unstable();
                    list
                };
                of(&new).iter().zip(of(&score)).map(|(a, b)| a.1 - b.1).collect()
            };
            prop_assert!(shift(9).iter().all(|s| *s == 0));
            let mut pitched = shift(0);
            pitched.extend(shift(1));
            prop_assert!(pitched.windows(2).all(|w| w[0] == w[1]));
            prop_assert!(pitched.iter().all(|s| (-5..=5).contains(s)));
        }
    }
}
