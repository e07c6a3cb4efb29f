//! What the tests of this room share.

use super::font::Font;
use crate::score::{Score, Tempo};

/// A few kilobytes of SoundFont.
pub fn small_font_bytes() -> Vec<u8> {
    super::bank::small().to_bytes()
}

/// The same, loaded.
pub fn small_font() -> Font {
    Font::from_bytes(&small_font_bytes(), "small").unwrap()
}

/// Four bars: a melody with a tempo change under it, chords, drums.
pub fn demo() -> Score {
    let mut score = Score::default();
    score.tempos.push(Tempo {
        tick: 0,
        micros_per_quarter: 400_000,
    });
    score.tempos.push(Tempo {
        tick: 3 * 480,
        micros_per_quarter: 333_333,
    });
    let melody = score.add_track("melody", 0, 0);
    let chords = score.add_track("chords", 1, 48);
    let drums = score.add_track("drums", 9, 0);
    for i in 0..16u32 {
        let pitch = [72, 74, 76, 79][i as usize % 4];
        score.add_note(melody, i * 480, 400, pitch, 90);
        score.add_note(drums, i * 480, 120, if i % 2 == 0 { 36 } else { 38 }, 100);
    }
    for bar in 0..4 {
        for pitch in [48, 55, 64] {
            score.add_note(chords, bar * 1920, 1900, pitch, 70);
        }
    }
    score
}
