//! The forward process of absorbing diffusion (Austin et al. 2021), on holes of every shape a person can
//! draw.
//!
//! The reference trains one corruption and samples with another, so the states it meets while sampling
//! are strange to it. Here an example is drawn in two moves that mirror the sampler: first a hole (bars,
//! tracks, pitch bands, stretches of time, single notes, attributes), then how far the sampler has come
//! inside it (which bars know their number of notes, and which values of these notes are decided).

use super::holes::weighted;
use crate::tokenizer::octuple::rows::masked;
use crate::tokenizer::octuple::{CHANNELS, Hole, HoleCell, Piece, Rows};
use rand::Rng;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};

/// How often each shape of hole is drawn (weights, any scale), and how often the number of notes is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Corruption {
    /// A run of bars, all voices.
    pub bars: f32,
    /// A run of bars, some voices.
    pub bars_of_voices: f32,
    /// One voice from the first bar to the last.
    pub voice: f32,
    /// Everything.
    pub whole: f32,
    /// A band of pitches over a run of bars.
    pub pitch_band: f32,
    /// A stretch of time that begins and ends anywhere.
    pub stretch: f32,
    /// Single notes, which may change but not vanish.
    pub notes: f32,
    /// Some attributes of all notes of a run of bars.
    pub attributes: f32,
    /// Longest run of bars.
    pub longest: usize,
    /// Share of examples in which bars do not yet know their number of notes.
    pub open_counts: f32,
    /// Share of examples read in any key, up to an octave off: at work the key may be read wrongly, and
    /// registers differ.
    pub any_key: f32,
}

impl Default for Corruption {
    fn default() -> Self {
        Corruption {
            bars: 0.45,
            bars_of_voices: 0.2,
            voice: 0.08,
            whole: 0.04,
            pitch_band: 0.06,
            stretch: 0.06,
            notes: 0.05,
            attributes: 0.06,
            longest: 8,
            open_counts: 0.35,
            any_key: 0.12,
        }
    }
}

/// A corrupted window and what was there.
#[derive(Clone, Debug)]
pub struct Example {
    pub piece: Piece,
    /// The rows as the network sees them.
    pub rows: Rows,
    /// For each row and channel, the true value where it is to be predicted.
    pub target: Vec<[Option<u8>; CHANNELS]>,
    /// Share of the free values that is masked, 0..=1: the time of the diffusion.
    pub rate: f32,
}

impl Corruption {
    /// Draws a hole in a piece. Never empty for a piece with a bar and a voice.
    pub fn draw_hole(&self, piece: &Piece, rng: &mut impl Rng) -> Hole {
        let bars = piece.bars.len().max(1);
        let shapes = [
            self.bars,
            self.bars_of_voices,
            self.voice,
            self.whole,
            self.pitch_band,
            self.stretch,
            self.notes,
            self.attributes,
        ];
        let length = rng.random_range(1..=self.longest.clamp(1, bars.max(2) - 1));
        let first = rng.random_range(0..=bars.saturating_sub(length));
        let run = first as u16..(first + length) as u16;
        let voices = piece.voices.len().max(1);
        let some: Vec<bool> = {
            let must = rng.random_range(0..voices);
            (0..voices)
                .map(|v| v == must || rng.random_bool(0.35))
                .collect()
        };
        let anything = |_: u16, _: u8, _: usize, _: u8| true;
        match weighted(&shapes, rng) {
            0 => in_cells(piece, |b, _| run.contains(&b), anything),
            1 => in_cells(piece, |b, v| run.contains(&b) && some[v as usize], anything),
            2 => {
                let voice = rng.random_range(0..voices) as u8;
                in_cells(piece, |_, v| v == voice, anything)
            }
            3 => in_cells(piece, |_, _| true, anything),
            4 => {
                let middle = piece.notes.choose(rng).map_or(60, |n| n.pitch);
                let half = rng.random_range(1..=9u8);
                let band = middle.saturating_sub(half)..=middle.saturating_add(half).min(127);
                in_cells(
                    piece,
                    |b, v| run.contains(&b) && some[v as usize],
                    |_, _, _, p| band.contains(&p),
                )
            }
            5 => {
                let all: usize = piece.bars.iter().map(|b| b.steps as usize).sum();
                let length = rng.random_range(2..=(16 * self.longest).clamp(2, all.max(2)));
                let from = rng.random_range(0..=all.saturating_sub(length));
                let starts: Vec<usize> = piece
                    .bars
                    .iter()
                    .scan(0, |at, b| {
                        let here = *at;
                        *at += b.steps as usize;
                        Some(here)
                    })
                    .collect();
                let inside = move |b: u16, step: usize| {
                    (from..from + length).contains(&(starts[b as usize] + step))
                };
                in_cells(
                    piece,
                    |_, v| some[v as usize],
                    move |b, _, step, _| inside(b, step),
                )
            }
            6 => {
                let share = rng.random_range(0.05..0.6);
                let mut hole = Hole::empty(piece);
                for free in &mut hole.notes {
                    if rng.random_bool(share) {
                        *free = [false, true, true, true, true];
                    }
                }
                hole
            }
            _ => {
                let pattern = rng.random_range(1..16u8);
                let mut hole = Hole::empty(piece);
                for (n, free) in piece.notes.iter().zip(&mut hole.notes) {
                    if run.contains(&n.bar) && some[n.voice as usize] {
                        *free = std::array::from_fn(|c| c > 0 && pattern >> (c - 1) & 1 == 1);
                    }
                }
                hole
            }
        }
    }

    /// Draws a hole and a state of its filling.
    pub fn corrupt(&self, piece: Piece, rng: &mut impl Rng) -> Example {
        let hole = self.draw_hole(&piece, rng);
        let mut rows = Rows::layout(&piece, &hole, true);
        if rng.random_bool(self.any_key.clamp(0.0, 1.0) as f64) {
            rows.shift = rng.random_range(-12..=12);
        }
        let open = !hole.cells.is_empty() && rng.random_bool(self.open_counts as f64);
        let mut hidden = vec![false; hole.cells.len()];
        if open {
            let rate = rng.random_range(0.0..1.0f64);
            for h in &mut hidden {
                *h = rng.random_bool(rate);
            }
            if let Some(one) = (0..hidden.len()).collect::<Vec<_>>().choose(rng) {
                hidden[*one] = true;
            }
        }
        rows.rows
            .retain(|r| !r.absent() || r.cell.is_some_and(|c| hidden[c]));
        // While counts are open the sampler has usually decided nothing else yet.
        let rate = if open && rng.random_bool(0.7) {
            1.0
        } else {
            rng.random_range(0.0..1.0f32)
        };
        let pattern = Pattern::draw(rng);
        let mut target = Vec::with_capacity(rows.rows.len());
        let (mut masked_values, mut free_values) = (0u32, 0u32);
        for row in &mut rows.rows {
            let mut wanted = [None; CHANNELS];
            let hide_row = row.cell.is_some_and(|c| hidden[c]);
            if hide_row && row.free[0] {
                wanted[0] = Some(row.value[0]);
                row.value[0] = masked(0);
            }
            let whole_row = rng.random_bool(rate as f64);
            for (c, wanted) in wanted.iter_mut().enumerate().skip(1) {
                if !row.free[c] || row.value[c] == masked(c) {
                    continue;
                }
                free_values += 1;
                let hide = hide_row
                    || match pattern {
                        Pattern::Elements => rng.random_bool(rate as f64),
                        Pattern::Rows => whole_row,
                        Pattern::Channels(order) => {
                            // Channels before the present one are decided, those after it are not.
                            let place = order.iter().position(|&o| o == c).unwrap_or(0) as f32;
                            rng.random_bool(((rate * 4.0) - (3.0 - place)).clamp(0.0, 1.0) as f64)
                        }
                    };
                if hide {
                    masked_values += 1;
                    *wanted = Some(row.value[c]);
                    row.value[c] = masked(c);
                }
            }
            target.push(wanted);
        }
        let rate = masked_values as f32 / free_values.max(1) as f32;
        Example {
            piece,
            rows,
            target,
            rate,
        }
    }
}

/// Which of the free values go together.
enum Pattern {
    Elements,
    Rows,
    /// One channel after the other, in this order.
    Channels([usize; 4]),
}

impl Pattern {
    fn draw(rng: &mut impl Rng) -> Pattern {
        match rng.random_range(0..10) {
            0..=5 => Pattern::Elements,
            6..=7 => Pattern::Rows,
            _ => {
                use rand::seq::SliceRandom;
                let mut order = [1, 2, 3, 4];
                order.shuffle(rng);
                Pattern::Channels(order)
            }
        }
    }
}

/// A hole in the bars and voices of `cell`, restricted to the points (bar, voice, step, pitch) of `point`.
fn in_cells(
    piece: &Piece,
    cell: impl Fn(u16, u8) -> bool,
    point: impl Fn(u16, u8, usize, u8) -> bool,
) -> Hole {
    let mut hole = Hole::empty(piece);
    for (n, free) in piece.notes.iter().zip(&mut hole.notes) {
        *free =
            [cell(n.bar, n.voice) && point(n.bar, n.voice, n.onset as usize, n.pitch); CHANNELS];
    }
    for (bar, info) in piece.bars.iter().enumerate() {
        let bar = bar as u16;
        for voice in 0..piece.voices.len() as u8 {
            if !cell(bar, voice) {
                continue;
            }
            let legal: Vec<u128> = (0..info.steps as usize)
                .map(|step| {
                    (0..128u8)
                        .filter(|&p| point(bar, voice, step, p))
                        .fold(0u128, |bits, p| bits | 1 << p)
                })
                .collect();
            if legal.iter().any(|&l| l != 0) {
                hole.cells.push(HoleCell { bar, voice, legal });
            }
        }
    }
    hole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn piece() -> Piece {
        let mut s = Score::default();
        for (i, name) in ["Melody", "Bridge", "Piano"].iter().enumerate() {
            let t = s.add_track(*name, i as u8, 0);
            for k in 0..60u32 {
                s.add_note(t, k * 240, 240, 50 + (k % 20) as u8 + 5 * i as u8, 80);
            }
        }
        Piece::of_score(&s, &s.bars(), 0, 8, &[])
    }

    #[test]
    fn targets_are_exactly_the_values_hidden() {
        let piece = piece();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut seen = [0; CHANNELS];
        for _ in 0..300 {
            let e = Corruption::default().corrupt(piece.clone(), &mut rng);
            assert_eq!(e.rows.rows.len(), e.target.len());
            for (row, target) in e.rows.rows.iter().zip(&e.target) {
                for c in 0..CHANNELS {
                    if let Some(true_value) = target[c] {
                        seen[c] += 1;
                        assert!(row.free[c] && row.value[c] == masked(c));
                        assert!((true_value as usize) < masked(c) as usize);
                        if c > 0 {
                            let n = &piece.notes[row.note.unwrap()];
                            assert_eq!(
                                true_value,
                                [1, n.onset, n.pitch, n.duration, n.velocity][c]
                            );
                        }
                    } else if row.value[c] == masked(c) {
                        assert!(
                            row.note.is_none(),
                            "only spare rows have masked values without a target"
                        );
                    }
                }
            }
        }
        assert!(seen.iter().all(|&n| n > 1000), "{seen:?}");
    }

    #[test]
    fn true_values_are_always_legal() {
        let piece = piece();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..200 {
            let hole = Corruption::default().draw_hole(&piece, &mut rng);
            assert!(!hole.is_empty());
            for (n, free) in piece.notes.iter().zip(&hole.notes).filter(|(_, f)| f[0]) {
                let cell = hole
                    .cells
                    .iter()
                    .find(|c| (c.bar, c.voice) == (n.bar, n.voice));
                let cell = cell.unwrap_or_else(|| panic!("{free:?} without a cell"));
                assert!(cell.legal[n.onset as usize] >> n.pitch & 1 == 1);
            }
        }
    }
}
