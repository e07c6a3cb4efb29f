//! The reverse process: from a hole with nothing in it to notes.
//!
//! First the number of notes of every bar is drawn, then the values of these notes are decided, the
//! surest first, each within what is legal beside what is already decided; values decided too early may
//! be taken back (remasking, Wang et al. 2025, in the form that takes back the least certain).

use super::draw::{argmax, gumbel, nucleus, softmax};
use crate::score::theory::{home_tonic, in_major, pitch_class_counts};
use crate::score::{Constraints, SamplerSettings};
use crate::tokenizer::octuple::rows::masked;
use crate::tokenizer::octuple::vocabulary::{LOGITS, SIZES};
use crate::tokenizer::octuple::{CHANNELS, Channel, Hole, Piece, Rows};
use rand::Rng;
use rand::seq::SliceRandom;
use std::ops::ControlFlow;

/// Something that gives logits `[rows, LOGITS]`, row-major, for a window: a network, or a fake in tests.
pub trait Denoiser {
    /// Logits of every row; masked rows ask, known rows inform, and what is answered for those may be anything.
    fn logits(&mut self, piece: &Piece, rows: &Rows) -> Vec<f32>;
}

/// How temperature and nucleus differ from what the composer set. Values are drawn a little warmer, so that takes differ
/// from each other about as stretches of real songs do, and without the rarest, which are wrong more often than new
/// (chosen on validation songs: `docs/models.md`).
const VALUE_TEMPERATURE: f32 = 1.1;
const NUCLEUS: f32 = 0.985;
/// The number of notes is drawn colder, because its errors add up over a hole.
const PRESENCE_TEMPERATURE: f32 = 0.66;
/// Nats that a density of 1 adds to the presence of every spare row.
const DENSITY_NATS: f32 = 2.5;

/// Where the walk stands after a step.
pub struct Step<'a> {
    /// Steps done, of how many.
    pub done: u32,
    pub of: u32,
    pub rows: &'a Rows,
    /// The likeliest value of every masked one, by row and channel.
    pub guess: &'a [[u8; CHANNELS]],
}

/// A finished walk.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// The rows, nothing masked, absent ones dropped.
    pub rows: Rows,
    /// For each row, the geometric mean of the probabilities the model gave the values it decided; 1 for
    /// context.
    pub confidence: Vec<f32>,
}

/// Fills a hole. Returns `None` if `on_step` broke the walk off.
pub fn sample(
    denoiser: &mut impl Denoiser,
    piece: &Piece,
    hole: &Hole,
    settings: &SamplerSettings,
    constraints: &Constraints,
    rng: &mut impl Rng,
    mut on_step: impl FnMut(Step<'_>) -> ControlFlow<()>,
) -> Option<Sampled> {
    let afresh = settings.change >= 1.0;
    let mut rows = Rows::layout(piece, hole, afresh);
    if !afresh {
        // A variation keeps this share of the old notes to the tick and rewrites the rest.
        for row in rows
            .rows
            .iter_mut()
            .filter(|r| r.note.is_some() && r.in_hole())
        {
            if rng.random_bool((1.0 - settings.change).clamp(0.0, 1.0) as f64) {
                row.free = [false; CHANNELS];
            }
        }
    }
    rows.mask_all();
    let steps = settings.steps.max(1);
    let mut open: Vec<usize> = (0..rows.legal.len()).collect();
    let count_steps = if open.is_empty() {
        0
    } else {
        (steps / 6).max(1).min(open.len() as u32)
    };
    let value_steps = steps.saturating_sub(count_steps).max(1);
    let of = count_steps + value_steps;
    open.shuffle(rng);
    let mut walk = Walk {
        likelihood: Likelihood {
            settings,
            constraints,
            context: context_pitch_classes(&rows),
        },
        confidence: vec![[1.0; CHANNELS]; rows.rows.len()],
    };
    let mut done = 0;
    for step in 0..count_steps {
        let logits = denoiser.logits(piece, &rows);
        let left = (count_steps - step) as usize;
        for cell in open.split_off(open.len() - open.len().div_ceil(left)) {
            walk.draw_count(&mut rows, &logits, cell, rng);
        }
        done += 1;
        let guess = walk.guesses(&rows, &logits);
        walk.drop_absent(&mut rows, &guess, |rows, guess| {
            on_step(Step {
                done,
                of,
                rows,
                guess,
            })
        })?;
    }
    let total = rows.undecided();
    for step in 0..value_steps {
        if rows.undecided() == 0 {
            break;
        }
        let logits = denoiser.logits(piece, &rows);
        let target = if settings.change <= 0.0 {
            0
        } else {
            total * (value_steps - step - 1) as usize / value_steps as usize
        };
        let progress = step as f32 / value_steps as f32;
        walk.decide(&mut rows, &logits, target, progress, rng);
        if step + 1 < value_steps {
            walk.take_back(&mut rows);
        }
        done += 1;
        let guess = walk.guesses(&rows, &logits);
        if on_step(Step {
            done,
            of,
            rows: &rows,
            guess: &guess,
        })
        .is_break()
        {
            return None;
        }
    }
    let confidence = walk.confidence_of(&rows);
    Some(Sampled { rows, confidence })
}

/// The pitch classes of the context's key.
fn context_pitch_classes(rows: &Rows) -> [bool; 12] {
    let known = rows
        .rows
        .iter()
        .filter(|r| !r.in_hole())
        .filter_map(|r| r.known(Channel::Pitch));
    let counts = pitch_class_counts(known);
    let tonic = home_tonic(&counts);
    std::array::from_fn(|p| counts.iter().any(|&n| n > 0) && in_major(p as u8, tonic))
}

struct Likelihood<'a> {
    settings: &'a SamplerSettings,
    constraints: &'a Constraints,
    context: [bool; 12],
}

impl Likelihood<'_> {
    /// Probabilities of the legal values of a channel as the model sees them, constraints added.
    fn of(&self, rows: &Rows, logits: &[f32], row: usize, channel: Channel) -> Vec<f32> {
        let from = row * LOGITS + channel.offset();
        let legal = rows.legal_values(row, channel);
        let mut p: Vec<f32> = logits[from..from + SIZES[channel as usize]]
            .iter()
            .enumerate()
            .map(|(v, &logit)| {
                let pull = if channel == Channel::Pitch && self.context[v % 12] {
                    self.constraints.in_key
                } else {
                    0.0
                };
                if legal.allows(v) {
                    logit + pull
                } else {
                    f32::NEG_INFINITY
                }
            })
            .collect();
        softmax(&mut p, 1.0);
        p
    }

    /// A draw from `p` at the composer's temperature within the nucleus.
    fn draw(&self, p: &[f32], rng: &mut impl Rng) -> usize {
        let temperature = self.settings.temperature * VALUE_TEMPERATURE;
        nucleus(p, temperature, self.settings.top_p * NUCLEUS, rng)
    }
}

struct Walk<'a> {
    likelihood: Likelihood<'a>,
    /// Probability of each decided value when it was decided.
    confidence: Vec<[f32; CHANNELS]>,
}

impl Walk<'_> {
    /// Decides how many notes a cell has. Its rows are in order, notes before absences, so the chance that
    /// row k is present is the chance of more than k notes: one uniform number draws the count.
    fn draw_count(&mut self, rows: &mut Rows, logits: &[f32], cell: usize, rng: &mut impl Rng) {
        let u = rng.random_range(0.0..1.0f32);
        let bias = self.likelihood.constraints.density.clamp(-1.0, 1.0) * DENSITY_NATS;
        let temperature = (self.likelihood.settings.temperature * PRESENCE_TEMPERATURE).max(0.01);
        let mut survival = 1.0f32;
        for (i, row) in rows.rows.iter_mut().enumerate() {
            if row.cell != Some(cell) || row.known(Channel::Presence).is_some() {
                continue;
            }
            let at = i * LOGITS + Channel::Presence.offset();
            let present = 1.0 / (1.0 + (-(logits[at + 1] - logits[at] + bias) / temperature).exp());
            survival = survival.min(present);
            let here = u < survival;
            row.value[0] = here as u8;
            self.confidence[i][0] = if here { survival } else { 1.0 - survival };
        }
    }

    /// Shows the state to `show`, then drops the rows decided to be absent, with what is kept about them.
    fn drop_absent(
        &mut self,
        rows: &mut Rows,
        guess: &[[u8; CHANNELS]],
        show: impl FnOnce(&Rows, &[[u8; CHANNELS]]) -> ControlFlow<()>,
    ) -> Option<()> {
        if show(rows, guess).is_break() {
            return None;
        }
        let mut keep = rows.rows.iter().map(|r| !r.absent());
        self.confidence.retain(|_| keep.next().unwrap_or(true));
        rows.drop_absent();
        Some(())
    }

    /// Decides masked values until only `target` are left, the surest first.
    fn decide(
        &mut self,
        rows: &mut Rows,
        logits: &[f32],
        target: usize,
        progress: f32,
        rng: &mut impl Rng,
    ) {
        let mut open: Vec<(f32, usize, Channel)> = Vec::new();
        for (i, row) in rows.rows.iter().enumerate() {
            for channel in &Channel::ALL[1..] {
                let c = *channel as usize;
                if !row.free[c] || row.value[c] != masked(c) {
                    continue;
                }
                // Noise on the order, less and less of it, keeps the walk from always starting alike.
                let noise = gumbel(rng);
                let sureness = if self.likelihood.settings.by_confidence {
                    let p = self.likelihood.of(rows, logits, i, *channel);
                    p.iter().copied().fold(1e-9, f32::max).ln() + noise * (1.0 - progress)
                } else {
                    noise
                };
                open.push((sureness, i, *channel));
            }
        }
        open.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then(a.1.cmp(&b.1))
                .then((a.2 as u8).cmp(&(b.2 as u8)))
        });
        let many = open.len().saturating_sub(target);
        for &(_, i, channel) in &open[..many] {
            // What was decided a moment ago narrows what is legal now.
            let p = self.likelihood.of(rows, logits, i, channel);
            let v = self.likelihood.draw(&p, rng);
            rows.rows[i].value[channel as usize] = v as u8;
            self.confidence[i][channel as usize] = p[v];
        }
    }

    /// Masks the least certain of the decided values again, as many as the settings' share.
    fn take_back(&mut self, rows: &mut Rows) {
        let share = self.likelihood.settings.remask.clamp(0.0, 0.5);
        if share <= 0.0 {
            return;
        }
        let mut decided: Vec<(f32, usize, usize)> = Vec::new();
        for (i, row) in rows.rows.iter().enumerate() {
            for c in 1..CHANNELS {
                if row.free[c] && row.value[c] != masked(c) {
                    decided.push((self.confidence[i][c], i, c));
                }
            }
        }
        decided.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let many = (decided.len() as f32 * share) as usize;
        for &(_, i, c) in &decided[..many] {
            rows.rows[i].value[c] = masked(c);
        }
    }

    fn guesses(&self, rows: &Rows, logits: &[f32]) -> Vec<[u8; CHANNELS]> {
        let mut all = Vec::with_capacity(rows.rows.len());
        for (i, row) in rows.rows.iter().enumerate() {
            let mut guess = row.value;
            for channel in Channel::ALL {
                let c = channel as usize;
                if row.value[c] == masked(c) {
                    let from = i * LOGITS + channel.offset();
                    guess[c] = argmax(&logits[from..from + SIZES[c]]) as u8;
                }
            }
            all.push(guess);
        }
        all
    }

    fn confidence_of(&self, rows: &Rows) -> Vec<f32> {
        rows.rows
            .iter()
            .zip(&self.confidence)
            .map(|(row, p)| {
                let decided: Vec<f32> = (1..CHANNELS)
                    .filter(|&c| row.free[c])
                    .map(|c| p[c].max(1e-6).ln())
                    .collect();
                if decided.is_empty() {
                    1.0
                } else {
                    (decided.iter().sum::<f32>() / decided.len() as f32).exp()
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Knows exactly what it wants: three notes a bar, and noise on everything else.
    struct Noise(u64);

    impl Denoiser for Noise {
        fn logits(&mut self, _: &Piece, rows: &Rows) -> Vec<f32> {
            self.0 += 1;
            let mut rng = ChaCha8Rng::seed_from_u64(self.0);
            let mut l: Vec<f32> = (0..rows.rows.len() * LOGITS)
                .map(|_| rng.random_range(-2.0..2.0))
                .collect();
            for (i, row) in rows.rows.iter().enumerate() {
                l[i * LOGITS] = 0.0;
                l[i * LOGITS + 1] = if row.slot < 3 { 20.0 } else { -20.0 };
            }
            l
        }
    }

    fn piece() -> Piece {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for k in 0..32u32 {
            s.add_note(t, k * 240, 240, 50 + (k % 20) as u8, 80);
        }
        Piece::of_score(&s, &s.bars(), 0, 4, &[])
    }

    fn run(settings: &SamplerSettings, constraints: &Constraints, seed: u64) -> Sampled {
        let p = piece();
        let hole = Hole::bars(&p, |b, _| b == 1 || b == 2);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        sample(
            &mut Noise(0),
            &p,
            &hole,
            settings,
            constraints,
            &mut rng,
            |_| ControlFlow::Continue(()),
        )
        .unwrap()
    }

    #[test]
    fn everything_is_decided_in_order_and_the_context_stays() {
        for seed in 0..20 {
            let settings = SamplerSettings {
                remask: 0.2,
                ..SamplerSettings::default()
            };
            let s = run(&settings, &Constraints::default(), seed);
            assert_eq!(s.rows.undecided(), 0);
            let hole: Vec<_> = s.rows.rows.iter().filter(|r| r.cell.is_some()).collect();
            assert_eq!(hole.len(), 6, "three notes in each of two bars");
            let keys: Vec<_> = hole
                .iter()
                .map(|r| (r.cell, r.value[1], r.value[2]))
                .collect();
            for (i, key) in keys.iter().enumerate() {
                assert!(!keys[..i].contains(key), "no note twice: {keys:?}");
            }
            for pair in keys.windows(2) {
                assert!(
                    (pair[0].0, pair[0].1) <= (pair[1].0, pair[1].1),
                    "onsets in order: {keys:?}"
                );
            }
            let p = piece();
            for r in s.rows.rows.iter().filter(|r| r.cell.is_none()) {
                let n = &p.notes[r.note.unwrap()];
                assert_eq!(r.value, [1, n.onset, n.pitch, n.duration, n.velocity]);
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_notes_and_another_seed_others() {
        let (s, c) = (SamplerSettings::default(), Constraints::default());
        assert_eq!(run(&s, &c, 3).rows, run(&s, &c, 3).rows);
        assert_ne!(run(&s, &c, 3).rows, run(&s, &c, 4).rows);
    }

    #[test]
    fn no_change_keeps_every_note() {
        let s = run(
            &SamplerSettings {
                change: 0.0,
                ..SamplerSettings::default()
            },
            &Constraints::default(),
            1,
        );
        assert_eq!(
            s.rows
                .rows
                .iter()
                .filter(|r| r.cell.is_some() && r.note.is_some())
                .count(),
            16
        );
    }

    #[test]
    fn a_broken_walk_gives_nothing() {
        let p = piece();
        let hole = Hole::bars(&p, |b, _| b == 1);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let r = sample(
            &mut Noise(0),
            &p,
            &hole,
            &SamplerSettings::default(),
            &Constraints::default(),
            &mut rng,
            |s| {
                if s.done == 2 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        assert!(r.is_none());
    }
}
