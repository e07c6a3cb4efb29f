//! Whether music quotes songs it was trained on: runs of bars that stand so in one of them, in any key.
//!
//! A bar's figure is where its notes begin and how far they lie above its lowest one; length and loudness do not
//! count. A quote is a run of consecutive bars with the figures of consecutive bars of one song, all moved by the same
//! interval. Empty bars are no figures and end a run.

use crate::tokenizer::octuple::{GridNote, Piece};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

/// What is looked at: all voices as one texture, or one voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    All,
    Voice(u8),
}

/// A bar as it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Figure {
    hash: u64,
    lowest: u8,
}

fn figure<'a>(notes: impl Iterator<Item = &'a GridNote>) -> Option<Figure> {
    let mut points: Vec<(u8, u8)> = notes.map(|n| (n.onset, n.pitch)).collect();
    let lowest = points.iter().map(|p| p.1).min()?;
    points.sort_unstable();
    points.dedup();
    let mut hasher = DefaultHasher::new();
    for (onset, pitch) in points {
        (onset, pitch - lowest).hash(&mut hasher);
    }
    Some(Figure {
        hash: hasher.finish(),
        lowest,
    })
}

/// The figures of a line, a bar each.
fn figures(piece: &Piece, line: Line) -> Vec<Option<Figure>> {
    let mut bars = vec![Vec::new(); piece.bars.len()];
    for n in &piece.notes {
        let heard = match line {
            Line::All => true,
            Line::Voice(v) => n.voice == v,
        };
        if let (true, Some(bar)) = (heard, bars.get_mut(n.bar as usize)) {
            bar.push(n);
        }
    }
    bars.into_iter().map(|b| figure(b.into_iter())).collect()
}

/// A run of bars that stands in a song.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    /// How many bars; 0 where nothing is quoted.
    pub bars: usize,
    /// First bar of the run in the piece.
    pub at: usize,
    /// The song, in the order they were given.
    pub song: usize,
    /// First bar of the run in the song.
    pub from: usize,
    /// Semitones the piece lies above the song.
    pub shift: i16,
}

/// The figures of songs, to be searched.
#[derive(Debug, Default)]
pub struct Quotes {
    /// Where a figure stands: song, number of the line, bar, lowest pitch.
    places: HashMap<u64, Vec<(u32, u8, u16, u8)>>,
}

impl Quotes {
    /// Figures of the songs: of the whole texture, or of every voice by itself.
    pub fn of<'a>(songs: impl IntoIterator<Item = &'a Piece>, by_voice: bool) -> Quotes {
        let mut quotes = Quotes::default();
        for (song, piece) in songs.into_iter().enumerate() {
            let lines: Vec<Line> = if by_voice {
                (0..piece.voices.len() as u8).map(Line::Voice).collect()
            } else {
                vec![Line::All]
            };
            for (number, line) in lines.into_iter().enumerate() {
                for (bar, figure) in figures(piece, line).into_iter().enumerate() {
                    if let Some(f) = figure {
                        let place = (song as u32, number as u8, bar as u16, f.lowest);
                        quotes.places.entry(f.hash).or_default().push(place);
                    }
                }
            }
        }
        quotes
    }

    /// The longest run of bars within `range` of a line of a piece that stands in one of the songs; the first of
    /// equally long ones.
    pub fn longest(&self, piece: &Piece, line: Line, range: Range<usize>) -> Quote {
        let mut best = Quote::default();
        // Runs that end at the bar before, by where they stand and their shift.
        let mut running: HashMap<(u32, u8, u16, i16), usize> = HashMap::new();
        let figures = figures(piece, line);
        for (bar, figure) in figures.into_iter().enumerate().take(range.end) {
            if bar < range.start {
                continue;
            }
            let mut next = HashMap::new();
            if let Some(f) = figure {
                for &(song, number, at, lowest) in self.places.get(&f.hash).into_iter().flatten() {
                    let shift = i16::from(f.lowest) - i16::from(lowest);
                    let before = at
                        .checked_sub(1)
                        .and_then(|at| running.get(&(song, number, at, shift)));
                    let bars = before.copied().unwrap_or(0) + 1;
                    next.insert((song, number, at, shift), bars);
                    if bars > best.bars {
                        best = Quote {
                            bars,
                            at: bar + 1 - bars,
                            song: song as usize,
                            from: at as usize + 1 - bars,
                            shift,
                        };
                    }
                }
            }
            running = next;
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;

    /// Sixteen bars of eighths, different in every bar and for every seed.
    fn song(seed: u32) -> Piece {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for k in 0..128u32 {
            let pitch = 50 + (k * k * (seed + 3) + k * (2 * seed + 5)) % 31;
            s.add_note(t, k * 240, 240, pitch as u8, 80);
        }
        Piece::of_score(&s, &s.bars(), 0, 16, &[])
    }

    #[test]
    fn a_planted_quote_is_found_with_its_song_bar_and_key() {
        let songs = [song(1), song(2), song(3)];
        let mut piece = song(9);
        let quoted = songs[1].transposed(2).unwrap();
        for (from, to) in (4..9).zip(7..12u16) {
            piece.notes.retain(|n| n.bar != to);
            let bar = quoted.notes.iter().filter(|n| n.bar == from);
            piece.notes.extend(bar.map(|n| GridNote { bar: to, ..*n }));
        }
        piece.sort();
        for (by_voice, line) in [(false, Line::All), (true, Line::Voice(0))] {
            let quotes = Quotes::of(&songs, by_voice);
            let found = quotes.longest(&piece, line, 0..16);
            let expected = Quote {
                bars: 5,
                at: 7,
                song: 1,
                from: 4,
                shift: 2,
            };
            assert_eq!(found, expected);
            assert_eq!(quotes.longest(&piece, line, 0..9).bars, 2);
            assert_eq!(quotes.longest(&song(77), line, 0..16).bars, 0);
        }
    }

    #[test]
    fn bars_that_are_moved_apart_or_by_other_intervals_are_no_run() {
        let songs = [song(1)];
        let quotes = Quotes::of(&songs, false);
        let mut piece = songs[0].clone();
        for n in piece.notes.iter_mut().filter(|n| n.bar % 2 == 1) {
            n.pitch += 1;
        }
        assert_eq!(quotes.longest(&piece, Line::All, 0..16).bars, 1);
        let mut piece = songs[0].clone();
        piece.notes.retain(|n| n.bar != 8);
        assert_eq!(quotes.longest(&piece, Line::All, 0..16).bars, 8);
    }
}
