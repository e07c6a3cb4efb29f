//! How much of what was written into a hole stands in a training song, in any key.

use super::protocol::Case;
use crate::dataset::quotes::{Line, Quotes};
use crate::score::{Score, TakeNote};
use crate::tokenizer::octuple::Piece;

/// The training songs, to be searched for what was written.
pub struct Copies {
    texture: Quotes,
    lines: Quotes,
}

/// The longest run of bars of a hole that stands in a training song.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Of all tracks together.
    pub texture: usize,
    /// Of any one track.
    pub line: usize,
}

impl Copies {
    /// Reads the songs.
    pub fn of<'a>(songs: impl IntoIterator<Item = &'a Score>) -> Copies {
        let whole = |s: &Score| Piece::of_score(s, &s.bars(), 0, s.bar_count(), &[]);
        let pieces: Vec<Piece> = songs.into_iter().map(whole).collect();
        Copies {
            texture: Quotes::of(&pieces, false),
            lines: Quotes::of(&pieces, true),
        }
    }

    /// What of `written` into the hole of `score` is copied.
    pub fn in_hole(&self, score: &Score, case: &Case, written: &[TakeNote]) -> Copied {
        let filled = score.with_notes(&case.mask(score), written);
        let bars = filled.bars();
        let piece = Piece::of_score(&filled, &bars, case.hole.start, case.hole.end, &[]);
        let all = 0..piece.bars.len();
        let line = |v| self.lines.longest(&piece, Line::Voice(v), all.clone()).bars;
        Copied {
            texture: self.texture.longest(&piece, Line::All, all.clone()).bars,
            line: (0..piece.voices.len() as u8).map(line).max().unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Protocol;
    use crate::evaluation::baselines::originals;

    fn song(seed: u32) -> Score {
        let mut s = Score::default();
        for (name, low) in [("Melody", 60), ("Piano", 40)] {
            let t = s.add_track(name, 0, 0);
            for k in 0..160u32 {
                let pitch = low + (k * k * (seed + 3) + k * (2 * seed + low)) % 19;
                s.add_note(t, k * 240, 240, pitch as u8, 80);
            }
        }
        s
    }

    #[test]
    fn a_fill_out_of_a_training_song_is_found_and_another_is_not() {
        let training = [song(1), song(2)];
        let copies = Copies::of(&training);
        let piece = song(9);
        let case = Protocol::default().case(&piece, 0).unwrap();
        let own = originals(&piece, &case.mask(&piece));
        assert_eq!(copies.in_hole(&piece, &case, &own), Copied::default());
        // The same bars of a training song, a third higher; then its melody alone.
        let mut stolen = originals(&training[1], &case.mask(&training[1]));
        stolen.iter_mut().for_each(|n| n.pitch += 4);
        let both = copies.in_hole(&piece, &case, &stolen);
        assert_eq!((both.texture, both.line), (4, 4));
        let piano = piece.tracks[1].id;
        stolen.retain(|n| n.track != piano);
        stolen.extend(own.into_iter().filter(|n| n.track == piano));
        let one = copies.in_hole(&piece, &case, &stolen);
        assert_eq!((one.texture, one.line), (0, 4));
    }
}
