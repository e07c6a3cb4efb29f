//! From ticks to the grid notes are written on: measures, and where in them a note begins and ends.

use super::Told;
use crate::score::{Meter, Note, Score};
use std::collections::BTreeMap;

/// Divisions a quarter note in the file: 128th notes and triplets of 16ths are whole numbers of them.
pub(super) const QUARTER: u64 = 96;

/// The shortest straight step of the file, a 128th note.
pub(super) const SHORTEST: u64 = QUARTER / 32;

/// Steps a quarter may be divided into, the plainest first: 16ths, triplets of eighths, triplets of 16ths, 32nds.
const STEPS: [u64; 4] = [4, 3, 6, 8];

/// What a step costs where no grid fits, in quarters of mean error: a player's wavering is no reason for 32nds.
const PRICES: [f64; 4] = [0.0, 0.01, 0.03, 0.03];

/// Onsets this near to a grid line, in quarters, lie on it.
const EXACT: f64 = 1.0 / 96.0;

/// One bar, in ticks as the score has it and in divisions as the file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measure {
    /// First tick.
    pub tick: u32,
    /// First division, counted from the start of the piece.
    pub start: u64,
    /// Length in divisions, a multiple of [`SHORTEST`].
    pub length: u64,
    pub meter: Meter,
}

impl Measure {
    /// Division at which the next measure starts.
    pub fn end(&self) -> u64 {
        self.start + self.length
    }
}

/// A note on the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sounding {
    /// Divisions from the start of the piece.
    pub start: u64,
    pub end: u64,
    pub pitch: u8,
    pub velocity: u8,
}

/// The measures of a piece and one more, which a rounded note may reach.
pub(super) fn measures(score: &Score) -> Vec<Measure> {
    let bars = score.bars();
    let ppq = u64::from(score.ppq.max(1));
    let mut start = 0;
    (0..=score.bar_count())
        .map(|bar| {
            let ticks = u64::from(bars.length(bar));
            // A bar that a change of metre cuts short may end anywhere.
            let steps = (ticks * QUARTER / SHORTEST + ppq / 2) / ppq;
            let measure = Measure {
                tick: bars.start(bar),
                start,
                length: steps.max(1) * SHORTEST,
                meter: bars.meter(bar),
            };
            start = measure.end();
            measure
        })
        .collect()
}

/// Where a tick lies: measure, quarter of the measure, ticks into that quarter.
fn locate(measures: &[Measure], ppq: u64, tick: u32) -> (usize, u64, u64) {
    let m = measures.partition_point(|m| m.tick <= tick).max(1) - 1;
    let offset = u64::from(tick - measures.get(m).map_or(0, |m| m.tick.min(tick)));
    (m, offset / ppq, offset % ppq)
}

/// Distance to the nearest line of a grid of so many steps, in quarters.
fn error(ticks: u64, steps: u64, ppq: u64) -> f64 {
    let at = ticks * steps % ppq;
    at.min(ppq - at) as f64 / (steps * ppq) as f64
}

/// Steps for a quarter with these onsets. Triplets need a whole quarter.
fn steps(onsets: &[u64], whole: bool, ppq: u64) -> u64 {
    let of = |list: &[u64], steps: u64| -> (f64, f64) {
        list.iter()
            .map(|t| error(*t, steps, ppq))
            .fold((0.0, 0.0), |(sum, worst), e| (sum + e, e.max(worst)))
    };
    let able = |steps: u64| whole || !steps.is_multiple_of(3);
    let exact = STEPS
        .into_iter()
        .find(|s| able(*s) && of(onsets, *s).1 <= EXACT);
    let nearest = || {
        STEPS
            .into_iter()
            .zip(PRICES)
            .filter(|(s, _)| able(*s))
            .map(|(s, price)| (s, price + of(onsets, s).0 / onsets.len().max(1) as f64))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(4, |(s, _)| s)
    };
    exact.unwrap_or_else(nearest)
}

/// Puts the notes of a track on the grid. The grid of each quarter follows from the notes that begin in it.
pub(super) fn quantise(
    notes: &[Note],
    measures: &[Measure],
    ppq: u16,
    told: &mut Told,
) -> Vec<Sounding> {
    let ppq = u64::from(ppq.max(1));
    let mut onsets: BTreeMap<(usize, u64), Vec<u64>> = BTreeMap::new();
    for note in notes {
        let (m, quarter, rest) = locate(measures, ppq, note.start);
        onsets.entry((m, quarter)).or_default().push(rest);
    }
    let length = |m: usize| measures.get(m).map_or(QUARTER, |m| m.length);
    let grids: BTreeMap<(usize, u64), u64> = onsets
        .into_iter()
        .map(|((m, quarter), list)| {
            let whole = (quarter + 1) * QUARTER <= length(m);
            ((m, quarter), steps(&list, whole, ppq))
        })
        .collect();
    let grid = |m: usize, quarter: u64| grids.get(&(m, quarter)).copied().unwrap_or(4);
    let snap = |tick: u32| -> u64 {
        let (m, quarter, rest) = locate(measures, ppq, tick);
        let steps = grid(m, quarter);
        let line = (2 * rest * steps + ppq) / (2 * ppq);
        let start = measures.get(m).map_or(0, |m| m.start);
        start + (quarter * QUARTER + line * (QUARTER / steps)).min(length(m))
    };
    notes
        .iter()
        .map(|note| {
            let start = snap(note.start);
            let m = measures.partition_point(|m| m.start <= start).max(1) - 1;
            let (first, last) = measures
                .get(m)
                .map_or((0, u64::MAX), |m| (m.start, m.end()));
            let shortest = QUARTER / grid(m, (start - first.min(start)) / QUARTER);
            let end = snap(note.end());
            let end = if end > start {
                end
            } else {
                (start + shortest).min(last)
            };
            let exact = |tick: u32, at: u64| {
                let (m, quarter, rest) = locate(measures, ppq, tick);
                let from = measures.get(m).map_or(0, |m| m.start);
                (quarter * ppq + rest) * QUARTER == at.saturating_sub(from) * ppq
            };
            told.moved += u64::from(!exact(note.start, start));
            told.rounded += u64::from(!exact(note.end(), end));
            Sounding {
                start,
                end,
                pitch: note.pitch.min(127),
                velocity: note.velocity,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_grid(score: &Score) -> (Vec<(u64, u64)>, Told) {
        let mut told = Told::default();
        let measures = measures(score);
        let notes = quantise(&score.tracks[0].notes, &measures, score.ppq, &mut told);
        (notes.iter().map(|n| (n.start, n.end)).collect(), told)
    }

    fn piece(notes: &[(u32, u32)]) -> Score {
        let mut score = Score::default();
        let t = score.add_track("a", 0, 0);
        for (i, (start, length)) in notes.iter().enumerate() {
            score.add_note(t, *start, *length, 60 + i as u8, 80);
        }
        score
    }

    #[test]
    fn sixteenths_triplets_and_thirty_seconds_stay_where_they_are() {
        let notes = [
            (0, 120),
            (120, 120),
            (480, 160),
            (640, 160),
            (800, 160),
            (960, 60),
            (1020, 60),
        ];
        let (on, told) = on_grid(&piece(&notes));
        let expected: Vec<(u64, u64)> = notes
            .iter()
            .map(|(s, l)| (u64::from(*s) / 5, u64::from(s + l) / 5))
            .collect();
        assert_eq!(on, expected);
        assert_eq!(told, Told::default());
    }

    #[test]
    fn a_player_who_wavers_is_written_in_sixteenths_and_that_is_said() {
        let (on, told) = on_grid(&piece(&[(13, 230), (255, 200), (470, 0)]));
        assert_eq!(on, [(0, 48), (48, 96), (96, 120)]);
        assert_eq!((told.moved, told.rounded), (3, 3));
    }

    #[test]
    fn a_bar_cut_short_anywhere_ends_on_a_line() {
        let mut score = piece(&[(0, 480), (1000, 480)]);
        score.meters.push(Meter::new(0, 4, 4));
        score.meters.push(Meter::new(1000, 3, 4));
        let m = measures(&score);
        assert_eq!(m[0].length, 201);
        assert_eq!((m[1].start, m[1].length), (201, 288));
        assert_eq!(on_grid(&score).0, [(0, 96), (201, 297)]);
    }
}
