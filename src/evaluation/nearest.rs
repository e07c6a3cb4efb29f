//! Which stretch of which song a piece is nearest to, in any key and wherever it begins.
//!
//! Six notes in a row of a line, as five intervals and five distances in time, are looked up among those of the songs;
//! each that is found says where the piece would lie in the song, and in which key. The places most agree on are then
//! tried note by note: in four bars, what share of the piece's notes stands there in the song? Melodies and figures of
//! accompaniment alone are much alike in popular music, so what counts is the notes of all tracks together.

use super::sample::{Sample, SampleNote};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Notes of a figure that is looked up.
const NOTES: usize = 6;
/// Clock of comparisons: parts of a quarter. A 16th has twelve.
const CLOCK: u32 = 48;
const SIXTEENTH: i64 = 12;
/// Places of one figure that are followed; a figure that stands everywhere tells nothing.
const MOST: usize = 400;
/// Places tried note by note.
const TRIED: usize = 12;
/// Bars of the stretch that is judged, and the fewest notes in it.
pub const BARS: usize = 4;
const FEWEST: usize = 16;
/// Share of the notes of a stretch from which it counts as copied. Half the notes of a stretch are found by chance where
/// two songs share chords and figure; docs/evaluation.md has the distribution on unseen songs.
pub const COPIED: f64 = 0.75;

/// A note of a song: when, and its pitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    time: i64,
    pitch: u8,
}

/// A song of the index.
#[derive(Debug)]
struct Song {
    name: String,
    points: Vec<Point>,
    /// First clock of each bar.
    bars: Vec<i64>,
}

/// A figure, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    figure: u64,
    song: u32,
    first: Point,
}

/// The songs, to be searched.
#[derive(Debug, Default)]
pub struct Nearest {
    songs: Vec<Song>,
    places: Vec<Place>,
}

/// The stretch of a song a piece comes nearest to.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The song, in the order of the index.
    pub song: usize,
    /// Its name.
    pub name: String,
    /// First bar of the stretch in the piece, from 0.
    pub at: u32,
    /// The bar of the song that lies there.
    pub from: u32,
    /// Semitones the piece lies above the song.
    pub shift: i32,
    /// Share of the notes of the stretch that stand in the song, 0..=1.
    pub share: f64,
    /// Bars around the stretch, in a row, of which it is true that they are copied.
    pub bars: u32,
}

impl Found {
    /// Whether the stretch counts as copied.
    pub fn is_copy(&self) -> bool {
        self.share >= COPIED
    }

    /// The same in words; bars as people count them, from 1.
    pub fn sentence(&self) -> String {
        let shift = match self.shift {
            0 => String::new(),
            s => format!(", moved by {s:+} semitones"),
        };
        format!(
            "{:.0} % of the notes of bars {} to {} stand in song {} from bar {}{shift}{}",
            100.0 * self.share,
            self.at + 1,
            self.at + BARS as u32,
            self.name,
            self.from + 1,
            if self.is_copy() {
                "; it counts as a copy"
            } else {
                ""
            }
        )
    }
}

fn clock(tick: u32, ppq: u32) -> i64 {
    let ppq = u64::from(ppq.max(1));
    ((u64::from(tick) * u64::from(CLOCK) * 2 + ppq) / (2 * ppq)) as i64
}

/// The highest note of each onset, notes within half a 16th of the first counting as one onset, wherever the grid lies.
fn top<'a>(notes: impl Iterator<Item = &'a SampleNote>, ppq: u32) -> Vec<Point> {
    let mut points: Vec<Point> = notes
        .map(|n| Point {
            time: clock(n.start, ppq),
            pitch: n.pitch,
        })
        .collect();
    points.sort_unstable();
    let mut line: Vec<Point> = Vec::new();
    let mut onset = i64::MIN;
    for p in points {
        match line.last_mut() {
            Some(last) if p.time - onset < SIXTEENTH / 2 => last.pitch = last.pitch.max(p.pitch),
            _ => {
                onset = p.time;
                line.push(p);
            }
        }
    }
    line
}

/// The figures of a piece: of the top line of all tracks, and of each track.
fn figures(piece: &Sample) -> Vec<(u64, Point)> {
    let mut lines = vec![top(piece.pitched(), piece.ppq)];
    let tracks = piece
        .by_track()
        .into_iter()
        .filter(|t| t.iter().all(|n| !n.drum));
    lines.extend(tracks.map(|t| top(t.iter(), piece.ppq)));
    let mut figures = Vec::new();
    for line in lines {
        for run in line.windows(NOTES) {
            // One pitch, or an octave to and fro, is no figure to know a song by.
            let mut pitches: Vec<u8> = run.iter().map(|p| p.pitch % 12).collect();
            pitches.sort_unstable();
            pitches.dedup();
            if pitches.len() < 3 {
                continue;
            }
            let mut hasher = DefaultHasher::new();
            for w in run.windows(2) {
                let steps = (w[1].time - w[0].time + SIXTEENTH / 2).div_euclid(SIXTEENTH);
                (i16::from(w[1].pitch) - i16::from(w[0].pitch), steps).hash(&mut hasher);
            }
            figures.push((hasher.finish(), run[0]));
        }
    }
    figures
}

impl Nearest {
    /// Reads the songs.
    pub fn of(pieces: &[Sample]) -> Nearest {
        let mut index = Nearest::default();
        for (song, piece) in pieces.iter().enumerate() {
            let mut points: Vec<Point> = piece
                .pitched()
                .map(|n| Point {
                    time: clock(n.start, piece.ppq),
                    pitch: n.pitch,
                })
                .collect();
            points.sort_unstable();
            index.songs.push(Song {
                name: piece.name.clone(),
                points,
                bars: piece
                    .bar_starts
                    .iter()
                    .map(|t| clock(*t, piece.ppq))
                    .collect(),
            });
            let places = figures(piece).into_iter().map(|(figure, first)| Place {
                figure,
                song: song as u32,
                first,
            });
            index.places.extend(places);
        }
        index.places.sort_unstable();
        index
    }

    /// Where a figure stands.
    fn places(&self, figure: u64) -> &[Place] {
        let from = self.places.partition_point(|p| p.figure < figure);
        let rest = &self.places[from..];
        &rest[..rest.partition_point(|p| p.figure == figure)]
    }

    /// Share of the figures of a piece that stand in any song, in any key; `None` of a piece without figures.
    pub fn overlap(&self, piece: &Sample) -> Option<f64> {
        let figures = figures(piece);
        let known = figures
            .iter()
            .filter(|(f, _)| !self.places(*f).is_empty())
            .count();
        (!figures.is_empty()).then(|| known as f64 / figures.len() as f64)
    }

    /// The stretch of a song that holds the largest share of the notes of some four bars of the piece; the longer run of
    /// copied bars where shares are equal. `None` where no figure of the piece stands in two agreeing places.
    pub fn find(&self, piece: &Sample) -> Option<Found> {
        let mut votes: HashMap<(u32, i32, i64), (usize, i64)> = HashMap::new();
        for (figure, point) in figures(piece) {
            let places = self.places(figure);
            if places.len() > MOST {
                continue;
            }
            for place in places {
                let shift = i32::from(point.pitch) - i32::from(place.first.pitch);
                let apart = point.time - place.first.time;
                let key = (
                    place.song,
                    shift,
                    (apart + SIXTEENTH / 2).div_euclid(SIXTEENTH),
                );
                let vote = votes.entry(key).or_insert((0, apart));
                vote.0 += 1;
            }
        }
        let mut ranked: Vec<_> = votes.into_iter().filter(|(_, v)| v.0 > 1).collect();
        // Ties are broken by place, so that the answer does not hang on the order of a hash map.
        ranked.sort_unstable_by_key(|(key, v)| (std::cmp::Reverse(v.0), *key));
        let tried = ranked.into_iter().take(TRIED);
        let found = tried.filter_map(|((song, shift, _), (_, apart))| {
            self.judge(piece, song as usize, shift, apart)
        });
        found.reduce(
            |a, b| match b.share.total_cmp(&a.share).then(b.bars.cmp(&a.bars)) {
                std::cmp::Ordering::Greater => b,
                _ => a,
            },
        )
    }

    /// The best stretch of the piece when it lies `apart` later and `shift` higher than the song.
    fn judge(&self, piece: &Sample, song: usize, shift: i32, apart: i64) -> Option<Found> {
        let there = self.songs.get(song)?;
        let stands = |n: &SampleNote| {
            let time = clock(n.start, piece.ppq) - apart;
            let from = there
                .points
                .partition_point(|p| p.time <= time - SIXTEENTH / 2);
            let mut near = there.points[from..]
                .iter()
                .take_while(|p| p.time < time + SIXTEENTH / 2);
            near.any(|p| i32::from(p.pitch) == i32::from(n.pitch) - shift)
        };
        let bars: Vec<(usize, usize)> = piece
            .by_bar()
            .into_iter()
            .map(|bar| {
                let pitched = bar.iter().filter(|n| !n.drum);
                let (mut known, mut all) = (0, 0);
                for n in pitched {
                    all += 1;
                    known += usize::from(stands(n));
                }
                (known, all)
            })
            .collect();
        let share = |stretch: &[(usize, usize)]| {
            let (known, all) = stretch.iter().fold((0, 0), |(k, a), b| (k + b.0, a + b.1));
            (all >= FEWEST).then(|| known as f64 / all as f64)
        };
        // A piece shorter than a stretch is one.
        let width = BARS.min(bars.len()).max(1);
        let (at, best) = bars
            .windows(width)
            .enumerate()
            .filter_map(|(at, w)| Some((at, share(w)?)))
            .reduce(|a, b| if b.1 > a.1 { b } else { a })?;
        let copied = |b: &(usize, usize)| b.1 > 0 && b.0 as f64 >= COPIED * b.1 as f64;
        let before = bars[..at].iter().rev().take_while(|b| copied(b)).count();
        let after = bars[at..].iter().take_while(|b| copied(b)).count();
        let start = clock(*piece.bar_starts.get(at)?, piece.ppq) - apart;
        let from = there
            .bars
            .partition_point(|b| *b <= start + SIXTEENTH / 2)
            .saturating_sub(1);
        Some(Found {
            song,
            name: there.name.clone(),
            at: at as u32,
            from: from as u32,
            shift,
            share: best,
            bars: (before + after) as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::tracks;
    use crate::process::generator;
    use crate::score::Score;
    use rand::Rng;

    /// A made-up song of 24 bars, a melody in quarters and 8ths over broken chords.
    fn song(seed: u64) -> Score {
        let mut rng = generator(seed, 0);
        let (mut melody, mut piano) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < 24 * 16 {
            let length = [2, 4][rng.random_range(0..2)];
            melody.push((at, length, rng.random_range(60..80)));
            at += length;
        }
        for half in 0..48 {
            let root = rng.random_range(36..50);
            for (i, step) in [0, 7, 12, 16].into_iter().enumerate() {
                piano.push((8 * half + 2 * i as u32, 2, root + step));
            }
        }
        tracks(&[&melody, &piano])
    }

    fn sample(score: &Score) -> Sample {
        Sample::of("piece", score)
    }

    /// Bars `from` and the seven after it of a song, put at bar `at` of another, moved and edited.
    fn planted(from: u32, at: u32, up: u8, late: u32, edited: f64) -> Sample {
        let (own, other) = (song(99), song(7));
        let mut rng = generator(5, 5);
        let mut result = Score::default();
        for (old, new) in own.tracks.iter().zip(&other.tracks) {
            let t = result.add_track("t", 0, 0);
            let range = at * 1920..(at + 8) * 1920;
            for n in old.notes.iter().filter(|n| !range.contains(&n.start)) {
                result.add_note(t, n.start, n.length, n.pitch, 80);
            }
            for n in &new.notes[new.starting_in(from * 1920, (from + 8) * 1920)] {
                let pitch = match rng.random::<f64>() < edited {
                    true => rng.random_range(40..80),
                    false => n.pitch + up,
                };
                let start = n.start - from * 1920 + at * 1920 + late;
                result.add_note(t, start, n.length, pitch, 80);
            }
        }
        sample(&result)
    }

    #[test]
    fn planted_copies_are_found_with_their_song_bar_and_key() {
        let songs: Vec<Sample> = (0..20).map(|s| sample(&song(s))).collect();
        let index = Nearest::of(&songs);
        let cases = [
            ("exact", planted(4, 8, 0, 0, 0.0), 0),
            ("transposed", planted(4, 8, 5, 0, 0.0), 5),
            ("half a bar late", planted(4, 8, 0, 960, 0.0), 0),
            ("off the grid", planted(4, 8, 3, 37, 0.0), 3),
            ("edited", planted(4, 8, 0, 0, 0.1), 0),
        ];
        for (name, piece, shift) in cases {
            let found = index.find(&piece).unwrap();
            assert!(found.is_copy(), "{name}: {found:?}");
            assert_eq!((found.song, found.shift), (7, shift), "{name}: {found:?}");
            // The bar of the piece and the bar of the song belong together, give or take what it is late by.
            let bar = i64::from(found.from) + 8 - 4 - i64::from(found.at);
            assert!((-1..=1).contains(&bar), "{name}: {found:?}");
            assert!((7..=13).contains(&found.at), "{name}: {found:?}");
        }
    }

    #[test]
    fn a_song_of_its_own_is_no_copy() {
        let songs: Vec<Sample> = (0..20).map(|s| sample(&song(s))).collect();
        let index = Nearest::of(&songs);
        for seed in 100..120 {
            let found = index.find(&sample(&song(seed)));
            assert!(found.as_ref().is_none_or(|f| !f.is_copy()), "{found:?}");
        }
        let own = index.overlap(&sample(&song(3))).unwrap();
        let other = index.overlap(&sample(&song(200))).unwrap();
        assert!(own == 1.0 && other < 0.5, "{own} {other}");
    }
}
