//! How likely a model finds the notes that were in a hole: a bound on their negative log-likelihood, in nats.
//!
//! The sampler decides the number of notes of the cells one after the other, then the values of these notes one after
//! the other, in any order. The mean over all orders bounds the negative log-likelihood from above (Uria et al. 2014),
//! and a mean over random stages of random orders estimates it without bias: at a stage with k of n things open,
//! their cross-entropies added up count n / k times.

use super::sampler::Denoiser;
use crate::tokenizer::octuple::rows::masked;
use crate::tokenizer::octuple::vocabulary::{LOGITS, SIZES};
use crate::tokenizer::octuple::{CHANNELS, Channel, Hole, Piece, Rows};
use rand::Rng;
use rand::seq::SliceRandom;

/// Least probability that is believed of a number of notes.
const FLOOR: f32 = 1e-6;

/// A bound, estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bound {
    /// Nats of each channel over the whole hole; the first is that of the numbers of notes.
    pub nats: [f64; CHANNELS],
    /// Notes of the hole.
    pub notes: usize,
}

impl Bound {
    /// Nats a note, all channels added up; `None` of a hole without notes.
    pub fn per_note(&self) -> Option<f64> {
        (self.notes > 0).then(|| self.nats.iter().sum::<f64>() / self.notes as f64)
    }
}

/// Estimates the bound from `stages` stages of the values, spread evenly, and a quarter as many of the counts. Values
/// that are not legal where they are asked for (see [`Rows::legal_values`]) have no share of the probability, as in
/// the sampler. Notes beyond the most that a bar can be given are left out.
pub fn bound(
    denoiser: &mut impl Denoiser,
    piece: &Piece,
    hole: &Hole,
    stages: usize,
    rng: &mut impl Rng,
) -> Bound {
    let truth = Rows::layout(piece, hole, true);
    let mut result = Bound {
        notes: truth
            .rows
            .iter()
            .filter(|r| r.in_hole() && !r.absent())
            .count(),
        ..Bound::default()
    };
    counts(
        denoiser,
        piece,
        &truth,
        stages.div_ceil(4),
        rng,
        &mut result,
    );
    values(denoiser, piece, &truth, stages, rng, &mut result);
    result
}

/// A number in `1..=n` from the `stage`-th of `stages` equal parts.
fn open_at(stage: usize, stages: usize, n: usize, rng: &mut impl Rng) -> usize {
    let share = (stage as f64 + rng.random_range(0.0..1.0)) / stages as f64;
    ((share * n as f64).ceil() as usize).clamp(1, n)
}

/// While counts are open, nothing else of the hole is decided, as at work.
fn counts(
    denoiser: &mut impl Denoiser,
    piece: &Piece,
    truth: &Rows,
    stages: usize,
    rng: &mut impl Rng,
    to: &mut Bound,
) {
    let mut cells: Vec<usize> = (0..truth.legal.len()).collect();
    if cells.is_empty() {
        return;
    }
    for stage in 0..stages {
        cells.shuffle(rng);
        let open = &cells[..open_at(stage, stages, cells.len(), rng)];
        let is_open = |cell: Option<usize>| cell.is_some_and(|c| open.contains(&c));
        let mut rows = truth.clone();
        rows.rows.retain(|r| !r.absent() || is_open(r.cell));
        let there: Vec<bool> = rows.rows.iter().map(|r| !r.absent()).collect();
        for row in &mut rows.rows {
            for c in (0..CHANNELS).filter(|&c| row.free[c]) {
                if c > 0 || is_open(row.cell) {
                    row.value[c] = masked(c);
                }
            }
        }
        let logits = denoiser.logits(piece, &rows);
        let mut nats = 0.0;
        for &cell in open {
            nats += count_nats(&rows, &there, &logits, cell);
        }
        to.nats[0] += nats * cells.len() as f64 / open.len() as f64 / stages as f64;
    }
}

/// Nats of the number of notes of one cell: survival curve as in the sampler, at temperature 1.
fn count_nats(rows: &Rows, there: &[bool], logits: &[f32], cell: usize) -> f64 {
    let (mut survival, mut of_all) = (1.0f32, 1.0);
    for (i, row) in rows.rows.iter().enumerate() {
        if row.cell != Some(cell) {
            continue;
        }
        let at = i * LOGITS + Channel::Presence.offset();
        let present = 1.0 / (1.0 + (logits[at] - logits[at + 1]).exp());
        let next = survival.min(present);
        if there[i] {
            survival = next;
            of_all = next;
        } else {
            of_all = survival - next;
            break;
        }
    }
    f64::from(-of_all.max(FLOOR).ln())
}

fn values(
    denoiser: &mut impl Denoiser,
    piece: &Piece,
    truth: &Rows,
    stages: usize,
    rng: &mut impl Rng,
    to: &mut Bound,
) {
    let mut known = truth.clone();
    known.drop_absent();
    let mut all: Vec<(usize, Channel)> = Vec::new();
    for (i, row) in known.rows.iter().enumerate() {
        let free = Channel::ALL[1..].iter().filter(|&&c| row.free[c as usize]);
        all.extend(free.map(|&c| (i, c)));
    }
    if all.is_empty() {
        return;
    }
    for stage in 0..stages {
        all.shuffle(rng);
        let open = &all[..open_at(stage, stages, all.len(), rng)];
        let mut rows = known.clone();
        for &(i, channel) in open {
            rows.rows[i].value[channel as usize] = masked(channel as usize);
        }
        let logits = denoiser.logits(piece, &rows);
        let weight = all.len() as f64 / open.len() as f64 / stages as f64;
        for &(i, channel) in open {
            let c = channel as usize;
            let from = i * LOGITS + channel.offset();
            let truth = known.rows[i].value[c] as usize;
            let legal = rows.legal_values(i, channel);
            let logits = &logits[from..from + SIZES[c]];
            let shares = logits
                .iter()
                .enumerate()
                .filter(|&(v, _)| v == truth || legal.allows(v));
            let sum: f64 = shares
                .map(|(_, &x)| f64::from(x - logits[truth]).exp())
                .sum();
            to.nats[c] += sum.ln() * weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::generator;
    use super::*;
    use crate::score::Score;

    /// Every value as likely as every other; a note is there with one fixed chance less for every slot.
    struct Even(f32);

    impl Denoiser for Even {
        fn logits(&mut self, _: &Piece, rows: &Rows) -> Vec<f32> {
            let mut logits = vec![0.0; rows.rows.len() * LOGITS];
            for (row, logits) in rows.rows.iter().zip(logits.chunks_exact_mut(LOGITS)) {
                let survival = self.0.powi(i32::from(row.slot) + 1);
                logits[1] = (survival / (1.0 - survival)).ln();
            }
            logits
        }
    }

    fn piece(notes: u32) -> Piece {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for k in 0..notes {
            s.add_note(t, k * 480, 240, 60, 80);
        }
        Piece::of_score(&s, &s.bars(), 0, 2, &[])
    }

    #[test]
    fn counts_have_the_probability_the_sampler_draws_them_with() {
        // Four notes in the first bar, none in the second: p^4 (1 - p) and 1 - p.
        let p = piece(4);
        let hole = Hole::bars(&p, |_, _| true);
        let chance = 0.7f32;
        let b = bound(&mut Even(chance), &p, &hole, 4000, &mut generator(1, 0));
        let c = f64::from(chance);
        let expected = -(c.powi(4) * (1.0 - c)).ln() - (1.0 - c).ln();
        // Stages that ask for one bar of the two stand for both, so this is a mean.
        assert!(
            (b.nats[0] / expected - 1.0).abs() < 0.05,
            "{b:?} {expected}"
        );
        assert_eq!(b.notes, 4);
    }

    #[test]
    fn values_that_nothing_narrows_cost_the_logarithm_of_their_number() {
        // One note: whatever is open, its order and its pitch are free.
        let p = piece(1);
        let hole = Hole::bars(&p, |bar, _| bar == 0);
        let b = bound(&mut Even(0.5), &p, &hole, 400, &mut generator(2, 0));
        for (c, size) in [(1, 16.0), (2, 128.0), (3, 24.0), (4, 16.0f64)] {
            // The number of open values differs from stage to stage, so this is a mean.
            assert!((b.nats[c] / size.ln() - 1.0).abs() < 0.1, "{c}: {b:?}");
        }
        let sum: f64 = b.nats.iter().sum();
        assert!((b.per_note().unwrap() - sum).abs() < 1e-9);
    }

    #[test]
    fn an_attribute_alone_is_asked_without_counts() {
        let p = piece(3);
        let mut hole = Hole::empty(&p);
        for free in &mut hole.notes {
            *free = [false, false, true, false, false];
        }
        let b = bound(&mut Even(0.5), &p, &hole, 20, &mut generator(3, 0));
        let expected = 3.0 * 128f64.ln();
        assert!((b.nats[2] - expected).abs() < 1e-3, "{b:?} {expected}");
        assert_eq!(b.nats.iter().filter(|n| **n != 0.0).count(), 1);
    }
}
