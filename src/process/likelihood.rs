//! How likely a model finds the notes that were in a hole: a bound on their negative log-likelihood, in nats.
//!
//! The sampler decides the number of notes of the cells one after the other, then the values of these notes one after
//! the other, in any order. The mean over all orders bounds the negative log-likelihood from above, and some
//! [`stages`] of random orders estimate it without bias.

use super::counting::Counting;
use super::sampler::Denoiser;
use super::stages::stages as in_stages;
use super::told::{Told, cost};
use crate::tokenizer::octuple::rows::masked;
use crate::tokenizer::octuple::vocabulary::{LOGITS, SIZES};
use crate::tokenizer::octuple::{CHANNELS, Channel, Hole, Piece, Rows};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Least probability that is believed of a number of notes.
const FLOOR: f32 = 1e-6;

/// A bound, estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bound {
    /// Nats of each channel over the whole hole; the first is that of the numbers of notes.
    pub nats: [f64; CHANNELS],
    /// Notes of the hole.
    pub notes: usize,
    /// Numbers of notes that are drawn: one a bar and voice of the hole.
    pub numbers: usize,
    /// Values of notes that are drawn.
    pub values: usize,
    /// Sum over the values of the probability of what is not legal there. Of a number of notes nothing is illegal.
    pub outside: f64,
    /// Whether anything is.
    pub narrowed: bool,
}

impl Bound {
    /// Nats of everything.
    pub fn total(&self) -> f64 {
        self.nats.iter().sum()
    }

    /// Nats a note, all channels added up; `None` of a hole without notes.
    pub fn per_note(&self) -> Option<f64> {
        (self.notes > 0).then(|| self.total() / self.notes as f64)
    }
}

/// [`bound`], as it is told of every model: a value is a number of notes or a value of a note, and beside it stands what
/// counting the notes around the hole, voice by voice, makes of the same stages. `None` if the denoiser failed.
pub fn told(
    denoiser: &mut impl Denoiser,
    piece: &Piece,
    hole: &Hole,
    stages: usize,
    rng: &mut ChaCha8Rng,
) -> Option<(Bound, Told)> {
    let mut counting = Counting::of(piece, hole);
    let by_counting = bound(&mut counting, piece, hole, stages, &mut rng.clone())?;
    let bound = bound(denoiser, piece, hole, stages, rng)?;
    let told = Told {
        nats: bound.total(),
        by_counting: by_counting.total(),
        values: bound.numbers + bound.values,
        outside: bound.outside,
        narrowed: bound.narrowed,
    };
    Some((bound, told))
}

/// Estimates the bound from `stages` stages of the values, spread evenly, and a quarter as many of the counts. Values
/// that are not legal where they are asked for (see [`Rows::legal_values`]: outside the bar or the mask, out of the
/// order of the slots, a pitch that sounds on that onset already) have no share of the probability, as in the sampler;
/// how much they would have had is told beside it. Notes beyond the most that a bar can be given are left out. `None`
/// if the denoiser failed, which then gives another number of logits.
pub fn bound(
    denoiser: &mut impl Denoiser,
    piece: &Piece,
    hole: &Hole,
    stages: usize,
    rng: &mut impl Rng,
) -> Option<Bound> {
    let truth = Rows::layout(piece, hole, true);
    let there = |r: &&crate::tokenizer::octuple::rows::Row| r.in_hole() && !r.absent();
    let mut result = Bound {
        notes: truth.rows.iter().filter(there).count(),
        numbers: truth.legal.len(),
        ..Bound::default()
    };
    let few = stages.div_ceil(4);
    counts(denoiser, piece, &truth, few, rng, &mut result)?;
    values(denoiser, piece, &truth, stages, rng, &mut result)?;
    Some(result)
}

/// Logits of rows, all of them.
fn ask(denoiser: &mut impl Denoiser, piece: &Piece, rows: &Rows) -> Option<Vec<f32>> {
    let logits = denoiser.logits(piece, rows);
    (logits.len() == rows.rows.len() * LOGITS).then_some(logits)
}

/// While counts are open, nothing else of the hole is decided, as at work.
fn counts(
    denoiser: &mut impl Denoiser,
    piece: &Piece,
    truth: &Rows,
    stages: usize,
    rng: &mut impl Rng,
    to: &mut Bound,
) -> Option<()> {
    in_stages(truth.legal.len(), stages, rng, |open, weight| {
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
        let logits = ask(denoiser, piece, &rows)?;
        let nats = open.iter().map(|&c| count_nats(&rows, &there, &logits, c));
        to.nats[0] += nats.sum::<f64>() * weight;
        Some(())
    })
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
) -> Option<()> {
    let mut known = truth.clone();
    known.drop_absent();
    let mut all: Vec<(usize, Channel)> = Vec::new();
    for (i, row) in known.rows.iter().enumerate() {
        let free = Channel::ALL[1..].iter().filter(|&&c| row.free[c as usize]);
        all.extend(free.map(|&c| (i, c)));
    }
    to.values = all.len();
    in_stages(all.len(), stages, rng, |open, weight| {
        let mut rows = known.clone();
        for &(i, channel) in open.iter().map(|&at| &all[at]) {
            rows.rows[i].value[channel as usize] = masked(channel as usize);
        }
        let logits = ask(denoiser, piece, &rows)?;
        for &(i, channel) in open.iter().map(|&at| &all[at]) {
            let c = channel as usize;
            let from = i * LOGITS + channel.offset();
            let truth = known.rows[i].value[c] as usize;
            let legal = rows.legal_values(i, channel);
            let cost = cost(&logits[from..from + SIZES[c]], truth, |v| legal.allows(v));
            to.nats[c] += cost.nats * weight;
            to.outside += cost.outside * weight;
            to.narrowed |= cost.narrowed;
        }
        Some(())
    })
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
        let b = bound(&mut Even(chance), &p, &hole, 4000, &mut generator(1, 0)).unwrap();
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
        let b = bound(&mut Even(0.5), &p, &hole, 400, &mut generator(2, 0)).unwrap();
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
        let b = bound(&mut Even(0.5), &p, &hole, 20, &mut generator(3, 0)).unwrap();
        let expected = 3.0 * 128f64.ln();
        assert!((b.nats[2] - expected).abs() < 1e-3, "{b:?} {expected}");
        assert_eq!(b.nats.iter().filter(|n| **n != 0.0).count(), 1);
    }

    #[test]
    fn onsets_beyond_the_bar_are_told_and_not_paid_for() {
        // Half of the 32 onsets lie beyond a bar of 4/4.
        let p = piece(3);
        let mut hole = Hole::empty(&p);
        for free in &mut hole.notes {
            *free = [false, true, false, false, false];
        }
        let mut rng = generator(4, 0);
        let (b, t) = told(&mut Even(0.5), &p, &hole, 20, &mut rng).unwrap();
        assert!((t.per_value().unwrap() - 16f64.ln()).abs() < 1e-6, "{t:?}");
        assert!((t.illegal().unwrap() - 0.5).abs() < 1e-9);
        assert_eq!((t.values, b.numbers, b.notes), (3, 0, 3));
        // Nothing of the onsets is known: counting knows no more.
        assert!((t.by_counting_per_value().unwrap() - 16f64.ln()).abs() < 1e-6);
    }
}
