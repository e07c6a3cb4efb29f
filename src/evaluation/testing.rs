//! Pieces for the tests of metrics.

use super::sample::Sample;
use crate::score::Score;

/// A score of one track in 4/4 from (start, length, pitch), times in 16ths.
pub fn score(notes: &[(u32, u32, u8)]) -> Score {
    tracks(&[notes])
}

/// A score of several tracks.
pub fn tracks(list: &[&[(u32, u32, u8)]]) -> Score {
    let mut s = Score::default();
    for notes in list {
        let t = s.add_track("t", 0, 0);
        for &(start, length, pitch) in *notes {
            s.add_note(t, start * 120, length * 120, pitch, 80);
        }
    }
    s
}

/// [`score`] as a sample.
pub fn piece(notes: &[(u32, u32, u8)]) -> Sample {
    Sample::of("piece", &score(notes))
}
