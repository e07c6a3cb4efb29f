//! Echoes: what the places that an open row may repeat say about it.
//!
//! Most bars of a song are a variation of another bar of it, and a network of a few million parameters needs far more
//! songs than there are to learn by attention alone how to quote. Here a row with something to decide is shown the
//! quotations themselves: the notes of the same voice some fixed numbers of bars away, and, as one more quotation, the
//! mixture of all bars of the window, each weighed by how alike its surroundings are to the row's own. The network is
//! free to follow or not; how alike the surroundings are, it is told too.
//!
//! Everything is read from what is known when it is read: context, and what of the hole is decided already.

use super::rows::Rows;
use super::vocabulary::{Channel, MAX_STEPS, SIZES};
use std::ops::Range;

/// Bars from the row to the quoted bar.
const LAGS: [i32; 8] = [-8, -4, -2, -1, 1, 2, 4, 8];
/// Quotations: one a lag, and the mixture.
const SOURCES: usize = LAGS.len() + 1;

// Columns of a quotation.
/// A note of the row's rank is there; the bar has no note of that rank.
const THERE: usize = 0;
/// Onset, pitch, duration and velocity of the note of the row's rank.
const BY_RANK: usize = THERE + 2;
/// Once the row's onset is known: pitches that begin on it, or the last column if none does.
const BY_ONSET: usize = BY_RANK + SIZES[1] + SIZES[2] + SIZES[3] + SIZES[4];
/// Once onset and pitch are known: duration and velocity of the same note.
const BY_NOTE: usize = BY_ONSET + SIZES[2] + 1;
/// How alike the surroundings are, 0..=1: notes of the voice, onsets of the voice, notes of all voices.
const LIKENESS: usize = BY_NOTE + SIZES[3] + SIZES[4];
const OF_SOURCE: usize = LIKENESS + 3;
/// Columns of all quotations.
pub const WIDTH: usize = SOURCES * OF_SOURCE;

/// What a column of a quotation holds where it is set; many are set at once, and they should not drown the row's own.
const LEVEL: f32 = 0.5;
/// Bars that the surroundings reach to either side.
const REACH: i32 = 6;
/// By how much a bar's say in the likeness shrinks with every bar of distance.
const FADING: f32 = 0.7;
/// How sharply the mixture prefers what is alike.
const SHARPNESS: f32 = 6.0;
/// Bars of the mixture.
const MIXED: usize = 4;
/// Likeness taken for a bar of which nothing can be compared.
const UNKNOWN: f32 = 0.1;

/// A note as far as it is known.
#[derive(Clone, Copy)]
struct Known {
    onset: Option<u8>,
    pitch: Option<u8>,
    duration: Option<u8>,
    velocity: Option<u8>,
}

/// A bar of a voice.
#[derive(Default)]
struct Cell {
    notes: Vec<Known>,
    /// The number of notes is known.
    counted: bool,
    /// Every onset and pitch is known.
    whole: bool,
    /// Known (onset, pitch), sorted.
    points: Vec<(u8, u8)>,
    /// Known onsets, bit by bit.
    onsets: u64,
}

/// A window, ready to be quoted.
pub struct Echoes<'a> {
    rows: &'a Rows,
    bars: usize,
    voices: usize,
    cells: Vec<Cell>,
    /// Likeness `[bars, bars]` of the bars themselves: of every voice, then of all voices together; negative where
    /// nothing can be compared.
    notes: Vec<Vec<f32>>,
    rhythm: Vec<Vec<f32>>,
}

/// Likeness of the surroundings of two bars.
#[derive(Clone, Copy, Default)]
struct Likeness {
    voice: Option<f32>,
    rhythm: Option<f32>,
    all: Option<f32>,
}

impl Likeness {
    /// The voice counts as much as all together.
    fn blend(self) -> f32 {
        match (self.voice, self.all) {
            (Some(voice), Some(all)) => (voice + all) / 2.0,
            (voice, all) => voice.or(all).unwrap_or(UNKNOWN),
        }
    }
}

fn size(bits: u64) -> f32 {
    bits.count_ones() as f32
}

/// How alike two sets are: twice what they share over what they have (F1) where both are whole; where one is not,
/// the share of its elements that the other has. `None` where nothing can be compared.
fn alike(shared: f32, a: (f32, bool), b: (f32, bool)) -> Option<f32> {
    let of = match (a.1, b.1) {
        (true, true) => (a.0 + b.0) / 2.0,
        (false, true) => a.0,
        (true, false) => b.0,
        (false, false) => 0.0,
    };
    (of > 0.0).then(|| shared / of)
}

/// Elements two sorted lists share.
fn shared(a: &[(u8, u8)], b: &[(u8, u8)]) -> usize {
    let (mut i, mut j, mut n) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                n += 1;
                i += 1;
                j += 1;
            }
        }
    }
    n
}

impl<'a> Echoes<'a> {
    /// Reads a window of `voices` voices.
    pub fn new(rows: &'a Rows, voices: usize) -> Echoes<'a> {
        let bars = rows.steps.len();
        let mut cells: Vec<Cell> = (0..bars * voices)
            .map(|_| Cell {
                counted: true,
                whole: true,
                ..Cell::default()
            })
            .collect();
        for row in rows.rows.iter().filter(|r| !r.absent()) {
            let Some(cell) = cells.get_mut(row.bar as usize * voices + row.voice as usize) else {
                continue;
            };
            if row.known(Channel::Presence).is_none() {
                (cell.counted, cell.whole) = (false, false);
                continue;
            }
            let note = Known {
                onset: row.known(Channel::Onset),
                pitch: row.known(Channel::Pitch),
                duration: row.known(Channel::Duration),
                velocity: row.known(Channel::Velocity),
            };
            match (note.onset, note.pitch) {
                (Some(onset), Some(pitch)) => cell.points.push((onset, pitch)),
                _ => cell.whole = false,
            }
            cell.onsets |= note.onset.map_or(0, |o| 1 << o);
            cell.notes.push(note);
        }
        for cell in &mut cells {
            cell.points.sort_unstable();
            if cell.whole {
                // Context stands before the hole; as music they belong together.
                cell.notes.sort_by_key(|n| (n.onset, n.pitch));
            }
        }
        let mut echoes = Echoes {
            rows,
            bars,
            voices,
            cells,
            notes: vec![vec![-1.0; bars * bars]; voices + 1],
            rhythm: vec![vec![-1.0; bars * bars]; voices],
        };
        echoes.compare();
        echoes
    }

    fn cell(&self, bar: usize, voice: usize) -> &Cell {
        &self.cells[bar * self.voices + voice]
    }

    /// Fills the tables of likeness.
    fn compare(&mut self) {
        for a in 0..self.bars {
            for b in 0..a {
                let (mut sum, mut of) = (0.0, 0.0);
                for voice in 0..self.voices {
                    let (x, y) = (self.cell(a, voice), self.cell(b, voice));
                    let counts = (x.points.len() as f32, y.points.len() as f32);
                    let common = shared(&x.points, &y.points) as f32;
                    let notes = alike(common, (counts.0, x.whole), (counts.1, y.whole));
                    let rhythm = alike(
                        size(x.onsets & y.onsets),
                        (size(x.onsets), x.whole),
                        (size(y.onsets), y.whole),
                    );
                    if let Some(notes) = notes {
                        // A voice counts by its notes.
                        let weight = counts.0 + counts.1;
                        sum += notes * weight;
                        of += weight;
                    }
                    for at in [a * self.bars + b, b * self.bars + a] {
                        self.notes[voice][at] = notes.unwrap_or(-1.0);
                        self.rhythm[voice][at] = rhythm.unwrap_or(-1.0);
                    }
                }
                for at in [a * self.bars + b, b * self.bars + a] {
                    self.notes[self.voices][at] = if of > 0.0 { sum / of } else { -1.0 };
                }
            }
        }
    }

    /// Mean likeness around two bars by one table.
    fn around(&self, table: &[f32], bar: i32, other: i32) -> Option<f32> {
        let (mut sum, mut of) = (0.0, 0.0);
        let all = 0..self.bars as i32;
        for d in -REACH..=REACH {
            let (a, b) = (bar + d, other + d);
            if all.contains(&a) && all.contains(&b) {
                let likeness = table[a as usize * self.bars + b as usize];
                if likeness >= 0.0 {
                    let weight = FADING.powi(d.abs());
                    sum += likeness * weight;
                    of += weight;
                }
            }
        }
        (of > 0.0).then(|| sum / of)
    }

    fn likeness(&self, voice: usize, bar: i32, other: i32) -> Likeness {
        Likeness {
            voice: self.around(&self.notes[voice], bar, other),
            rhythm: self.around(&self.rhythm[voice], bar, other),
            all: self.around(&self.notes[self.voices], bar, other),
        }
    }

    /// Columns, counted from `first`, of all rows that have something to decide.
    pub fn write(&self, first: usize, mut set: impl FnMut(usize, usize, f32)) {
        let rows = &self.rows.rows;
        let mut next = 0;
        while next < rows.len() {
            let key = (rows[next].bar, rows[next].voice);
            let end = next
                + rows[next..]
                    .iter()
                    .take_while(|r| (r.bar, r.voice) == key)
                    .count();
            let voice = key.1 as usize;
            let here = next..end;
            next = end;
            if voice >= self.voices || !here.clone().any(|i| self.asks(i)) {
                continue;
            }
            self.of_cell(here, key.0 as i32, voice, first, &mut set);
        }
    }

    /// Whether a row has something to decide.
    fn asks(&self, row: usize) -> bool {
        let row = &self.rows.rows[row];
        !row.absent() && Channel::ALL.iter().any(|&c| row.known(c).is_none())
    }

    fn of_cell(
        &self,
        here: Range<usize>,
        bar: i32,
        voice: usize,
        first: usize,
        set: &mut impl FnMut(usize, usize, f32),
    ) {
        for (source, lag) in LAGS.iter().enumerate() {
            let other = bar + lag;
            if !(0..self.bars as i32).contains(&other) {
                continue;
            }
            let likeness = self.likeness(voice, bar, other);
            let first = first + source * OF_SOURCE;
            for i in here.clone().filter(|&i| self.asks(i)) {
                let told = [likeness.voice, likeness.rhythm, likeness.all];
                for (at, likeness) in told.into_iter().enumerate() {
                    if let Some(likeness) = likeness.filter(|&l| l > 0.0) {
                        set(i, first + LIKENESS + at, likeness);
                    }
                }
                self.quote(i, other as usize, voice, LEVEL, first, set);
            }
        }
        let mut mixture: Vec<(f32, usize)> = (0..self.bars)
            .filter(|&other| other as i32 != bar && self.cell(other, voice).whole)
            .map(|other| (self.likeness(voice, bar, other as i32).blend(), other))
            .collect();
        mixture.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        mixture.truncate(MIXED);
        let weight = |likeness: f32| (SHARPNESS * likeness).exp();
        let all: f32 = mixture.iter().map(|m| weight(m.0)).sum();
        let first = first + (SOURCES - 1) * OF_SOURCE;
        for i in here.filter(|&i| self.asks(i)) {
            if let Some(best) = mixture.first() {
                set(i, first + LIKENESS, best.0);
            }
            for &(likeness, other) in &mixture {
                self.quote(i, other, voice, weight(likeness) / all, first, set);
            }
        }
    }

    /// What bar `other` says to row `i`.
    fn quote(
        &self,
        i: usize,
        other: usize,
        voice: usize,
        level: f32,
        first: usize,
        set: &mut impl FnMut(usize, usize, f32),
    ) {
        let cell = self.cell(other, voice);
        if !cell.counted {
            return;
        }
        let row = &self.rows.rows[i];
        let read = |pitch: u8| self.rows.read_pitch(pitch) as usize;
        // Where the hole is a band of pitches or a stretch of time, only what lies in it is quoted.
        let legal = row.cell.and_then(|c| self.rows.legal.get(c));
        let inside = |note: &&Known| match (legal, note.onset, note.pitch) {
            (Some(legal), Some(onset), Some(pitch)) => legal
                .get(onset as usize)
                .is_some_and(|bits| bits >> pitch & 1 == 1),
            _ => true,
        };
        match cell.notes.iter().filter(inside).nth(row.slot as usize) {
            None => set(i, first + THERE + 1, level),
            Some(note) => {
                set(i, first + THERE, level);
                let values = [
                    note.onset.map(usize::from),
                    note.pitch.map(read),
                    note.duration.map(usize::from),
                    note.velocity.map(usize::from),
                ];
                let mut column = first + BY_RANK;
                for (value, size) in values.into_iter().zip(&SIZES[1..]) {
                    if let Some(value) = value {
                        set(i, column + value.min(size - 1), level);
                    }
                    column += size;
                }
            }
        }
        let Some(onset) = row.known(Channel::Onset) else {
            return;
        };
        let pitch = row.known(Channel::Pitch);
        let mut silent = cell.whole;
        for note in cell.notes.iter().filter(|n| n.onset == Some(onset)) {
            silent = false;
            if let Some(p) = note.pitch {
                set(i, first + BY_ONSET + read(p), level);
            }
            if pitch.is_some() && note.pitch == pitch {
                if let Some(d) = note.duration {
                    set(i, first + BY_NOTE + d as usize, level);
                }
                if let Some(v) = note.velocity {
                    set(i, first + BY_NOTE + SIZES[3] + v as usize, level);
                }
            }
        }
        if silent {
            set(i, first + BY_ONSET + SIZES[2], level);
        }
    }
}

const _: () = assert!(MAX_STEPS <= 64);

#[cfg(test)]
mod tests {
    use super::super::hole::Hole;
    use super::super::piece::Piece;
    use super::super::rows::masked;
    use super::*;
    use crate::score::Score;

    /// Eight bars of two notes; bars 0 to 3 come again in 4 to 7, every bar unlike its neighbours. Bar 6 is the hole.
    fn rows() -> Rows {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for bar in 0..8u32 {
            let (step, pitch) = ((bar % 4) * 2, 60 + (bar % 4) as u8 * 2);
            s.add_note(t, bar * 1920 + step * 120, 240, pitch, 80);
            s.add_note(t, bar * 1920 + (step + 8) * 120, 480, pitch + 1, 90);
        }
        let piece = Piece::of_score(&s, &s.bars(), 0, 8, &[]);
        let mut rows = Rows::layout(&piece, &Hole::bars(&piece, |bar, _| bar == 6), true);
        rows.mask_all();
        rows.shift = 0;
        rows
    }

    fn written(rows: &Rows) -> Vec<(usize, usize, f32)> {
        let mut all = Vec::new();
        Echoes::new(rows, 1).write(0, |row, column, value| all.push((row, column, value)));
        all
    }

    fn source(lag: i32) -> usize {
        LAGS.iter().position(|&l| l == lag).unwrap() * OF_SOURCE
    }

    fn value(all: &[(usize, usize, f32)], row: usize, column: usize) -> f32 {
        let here = all.iter().filter(|w| (w.0, w.1) == (row, column));
        here.map(|w| w.2).sum()
    }

    fn first_open(rows: &Rows) -> usize {
        rows.rows.iter().position(|r| r.in_hole()).unwrap()
    }

    #[test]
    fn the_same_rank_four_bars_earlier_is_quoted_and_its_bar_is_called_alike() {
        let rows = rows();
        let (all, open) = (written(&rows), first_open(&rows));
        let at = source(-4);
        for (rank, onset, pitch, duration) in [(0, 4, 64, 1), (1, 12, 65, 3)] {
            let row = open + rank;
            assert_eq!(value(&all, row, at + THERE), LEVEL);
            assert_eq!(value(&all, row, at + BY_RANK + onset), LEVEL);
            assert_eq!(value(&all, row, at + BY_RANK + SIZES[1] + pitch), LEVEL);
            let durations = at + BY_RANK + SIZES[1] + SIZES[2];
            assert_eq!(value(&all, row, durations + duration), LEVEL);
        }
        assert_eq!(
            value(&all, open + 2, at + THERE + 1),
            LEVEL,
            "no third note"
        );
        assert_eq!(value(&all, open, at + LIKENESS), 1.0);
        assert_eq!(value(&all, open, source(-1) + LIKENESS), 0.0);
        // The mixture leans to the bar whose surroundings are the same.
        let mixture = (SOURCES - 1) * OF_SOURCE + BY_RANK + SIZES[1];
        assert!(value(&all, open, mixture + 64) > 0.9);
    }

    #[test]
    fn only_rows_with_something_to_decide_are_written() {
        let rows = rows();
        let all = written(&rows);
        assert!(!all.is_empty());
        assert!(all.iter().all(|&(row, column, value)| {
            rows.rows[row].in_hole() && column < WIDTH && value != 0.0
        }));
    }

    #[test]
    fn what_begins_on_a_decided_onset_is_quoted_and_then_its_length() {
        let mut rows = rows();
        let row = first_open(&rows);
        rows.rows[row].value = [1, 12, masked(2), masked(3), masked(4)];
        let at = source(-4);
        let all = written(&rows);
        assert_eq!(value(&all, row, at + BY_ONSET + 65), LEVEL);
        // Lag -1 has nothing there.
        assert_eq!(value(&all, row, source(-1) + BY_ONSET + SIZES[2]), LEVEL);
        assert_eq!(value(&all, row, at + BY_NOTE + 3), 0.0);
        rows.rows[row].value[2] = 65;
        let all = written(&rows);
        assert_eq!(value(&all, row, at + BY_NOTE + 3), LEVEL);
        assert_eq!(value(&all, row, at + BY_NOTE + SIZES[3] + 11), LEVEL);
    }

    #[test]
    fn pitches_are_quoted_as_the_network_reads_them() {
        let mut rows = rows();
        rows.shift = -3;
        let row = first_open(&rows);
        let all = written(&rows);
        assert_eq!(
            value(&all, row, source(-4) + BY_RANK + SIZES[1] + 61),
            LEVEL
        );
    }

    #[test]
    fn hidden_notes_are_never_quoted() {
        // The same hole around other notes must show the same.
        let other = |pitch: u8| {
            let mut s = Score::default();
            let t = s.add_track("Melody", 0, 0);
            for bar in 0..8u32 {
                let hidden = bar == 5 || bar == 6;
                let pitch = if hidden { pitch } else { 60 + bar as u8 };
                s.add_note(t, bar * 1920, 480, pitch, 80);
            }
            let piece = Piece::of_score(&s, &s.bars(), 0, 8, &[]);
            let hole = Hole::bars(&piece, |bar, _| bar == 5 || bar == 6);
            let mut rows = Rows::layout(&piece, &hole, true);
            rows.mask_all();
            written(&rows)
        };
        assert_eq!(other(50), other(71));
    }
}
