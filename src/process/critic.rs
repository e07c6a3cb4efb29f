//! How odd a model finds the notes that are there: each value hidden and asked for, the rest left to be seen.
//!
//! The figure is the pseudo-log-likelihood of Besag (1975), as Salazar et al. (2020) take it of masked language models:
//! a value costs `-ln p(value | everything else)` nats, and a note what its onset, pitch, duration and velocity cost
//! together. A pass for every value would take four passes a note, so notes are hidden in disjoint groups, drawn anew
//! for every round: in pass `k` of `G` one group hides its onsets, another its pitches, a third its durations, a fourth
//! its velocities. A round thus costs `G` passes whatever the number of notes, and of every pass one note in `G` has
//! its pitch hidden. Rounds are averaged.

use super::sampler::Denoiser;
use crate::tokenizer::octuple::rows::masked;
use crate::tokenizer::octuple::vocabulary::{LOGITS, SIZES};
use crate::tokenizer::octuple::{CHANNELS, Channel, GridNote, Hole, Piece, Rows};
use rand::Rng;
use rand::seq::SliceRandom;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Values of a note that are judged: all channels but presence.
pub const VALUES: usize = CHANNELS - 1;

/// Which notes are hidden together in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// Each note for itself: what sounds with it says what it should be.
    Note,
    /// All notes of a voice that begin together, so that a chord does not vouch for its own notes.
    Onset,
}

/// How thoroughly notes are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Groups of a round, at least 4: passes it costs.
    pub groups: usize,
    /// One round each.
    pub rounds: Vec<Together>,
}

impl Default for Plan {
    /// Chosen on validation songs: `docs/models.md`.
    fn default() -> Self {
        Plan {
            groups: 8,
            rounds: vec![Together::Note, Together::Onset],
        }
    }
}

impl Plan {
    /// Passes of the network a window costs.
    pub fn passes(&self) -> usize {
        self.groups.max(VALUES) * self.rounds.len()
    }
}

/// What was answered about one value, mean over the rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Answer {
    /// `-ln p` of the value that is there.
    pub nats: f32,
    /// `-ln p` of the likeliest value.
    pub least: f32,
    /// Entropy of the answer, in nats: what a value was expected to cost.
    pub entropy: f32,
}

/// A note and what was answered about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Index into the piece's notes.
    pub note: usize,
    /// Onset, pitch, duration, velocity.
    pub answers: [Answer; VALUES],
    /// Probability of every pitch in its place, mean over the rounds.
    pub pitches: Vec<f32>,
}

impl Judged {
    /// Nats of all values together.
    pub fn nats(&self) -> f32 {
        self.answers.iter().map(|a| a.nats).sum()
    }
}

/// Judges the notes of `piece` that `asked` names; the others are context. `on_pass` is called before every pass of the
/// network; `None` if it broke off.
pub fn judge(
    denoiser: &mut impl Denoiser,
    piece: &Piece,
    asked: impl Fn(&GridNote) -> bool,
    plan: &Plan,
    rng: &mut impl Rng,
    mut on_pass: impl FnMut() -> ControlFlow<()>,
) -> Option<Vec<Judged>> {
    let mut judged: Vec<Judged> = Vec::new();
    let mut place = vec![None; piece.notes.len()];
    for (note, _) in piece.notes.iter().enumerate().filter(|(_, n)| asked(n)) {
        place[note] = Some(judged.len());
        judged.push(Judged {
            note,
            answers: [Answer::default(); VALUES],
            pitches: vec![0.0; Channel::Pitch.size()],
        });
    }
    let groups = plan.groups.max(VALUES);
    let share = 1.0 / plan.rounds.len().max(1) as f32;
    for &together in &plan.rounds {
        let group = grouped(piece, &judged, together, groups, rng);
        for pass in 0..groups {
            let mut hole = Hole::empty(piece);
            let mut hidden: Vec<(usize, Channel)> = Vec::new();
            for (j, g) in judged.iter().zip(&group) {
                for (value, &channel) in Channel::ALL[1..].iter().enumerate() {
                    // Values of a note are hidden in different passes.
                    if (g + value * groups / VALUES) % groups == pass {
                        hole.notes[j.note][channel as usize] = true;
                        hidden.push((j.note, channel));
                    }
                }
            }
            if hidden.is_empty() {
                continue;
            }
            if on_pass().is_break() {
                return None;
            }
            // Without cells every row is a note, in the order of the notes.
            let mut rows = Rows::layout(piece, &hole, false);
            rows.mask_all();
            let logits = denoiser.logits(piece, &rows);
            for (note, channel) in hidden {
                let Some(judged) = place[note].and_then(|p| judged.get_mut(p)) else {
                    continue;
                };
                let truth = value_of(&piece.notes[note], channel);
                let p = answer(&rows, &logits, note, channel, truth);
                let to = &mut judged.answers[channel as usize - 1];
                let nats = |p: f32| -p.max(f32::MIN_POSITIVE).ln();
                to.nats += share * nats(p[truth]);
                to.least += share * nats(p.iter().copied().fold(0.0, f32::max));
                to.entropy += share * p.iter().map(|&p| p * nats(p)).sum::<f32>();
                if channel == Channel::Pitch {
                    for (to, p) in judged.pitches.iter_mut().zip(&p) {
                        *to += share * p;
                    }
                }
            }
        }
    }
    Some(judged)
}

/// The group of every judged note.
fn grouped(
    piece: &Piece,
    judged: &[Judged],
    together: Together,
    groups: usize,
    rng: &mut impl Rng,
) -> Vec<usize> {
    let mut unit_of = HashMap::new();
    let units: Vec<usize> = judged
        .iter()
        .map(|j| {
            let n = &piece.notes[j.note];
            let key = match together {
                Together::Note => (n.bar, n.voice, n.onset, Some(j.note)),
                Together::Onset => (n.bar, n.voice, n.onset, None),
            };
            let next = unit_of.len();
            *unit_of.entry(key).or_insert(next)
        })
        .collect();
    // Dealt out in random order: every eighth note of a piece stands on the same beat of every bar.
    let mut dealt: Vec<usize> = (0..unit_of.len()).map(|i| i % groups).collect();
    dealt.shuffle(rng);
    units.into_iter().map(|unit| dealt[unit]).collect()
}

fn value_of(note: &GridNote, channel: Channel) -> usize {
    usize::from(match channel {
        Channel::Presence => 1,
        Channel::Onset => note.onset,
        Channel::Pitch => note.pitch,
        Channel::Duration => note.duration,
        Channel::Velocity => note.velocity,
    })
}

/// Probabilities of the values of a channel of a row: of those that are legal there, and of the true one.
fn answer(rows: &Rows, logits: &[f32], row: usize, channel: Channel, truth: usize) -> Vec<f32> {
    let c = channel as usize;
    debug_assert_eq!(rows.rows[row].value[c], masked(c));
    let from = row * LOGITS + channel.offset();
    let legal = rows.legal_values(row, channel);
    let mut p: Vec<f32> = logits
        .get(from..from + SIZES[c])
        .map_or_else(|| vec![0.0; SIZES[c]], <[f32]>::to_vec);
    for (v, logit) in p.iter_mut().enumerate() {
        if v != truth && !legal.allows(v) {
            *logit = f32::NEG_INFINITY;
        }
    }
    super::draw::softmax(&mut p, 1.0);
    p
}

#[cfg(test)]
mod tests {
    use super::super::generator;
    use super::*;
    use crate::score::Score;

    /// Remembers what it was asked and answers with a fixed liking for one pitch.
    struct Likes {
        pitch: usize,
        hidden: Vec<Vec<(usize, usize)>>,
    }

    impl Denoiser for Likes {
        fn logits(&mut self, _: &Piece, rows: &Rows) -> Vec<f32> {
            let open = |r: &crate::tokenizer::octuple::rows::Row| {
                (0..CHANNELS)
                    .filter(|&c| r.value[c] == masked(c))
                    .collect::<Vec<_>>()
            };
            let all = rows.rows.iter().enumerate();
            self.hidden.push(
                all.flat_map(|(i, r)| open(r).into_iter().map(move |c| (i, c)))
                    .collect(),
            );
            let mut logits = vec![0.0; rows.rows.len() * LOGITS];
            for row in logits.chunks_exact_mut(LOGITS) {
                row[Channel::Pitch.offset() + self.pitch] = 5.0;
            }
            logits
        }
    }

    /// Two bars of a two-part chord on every beat; the last chord has one note of its own.
    fn piece() -> Piece {
        let mut s = Score::default();
        let t = s.add_track("Piano", 0, 0);
        for k in 0..8u32 {
            s.add_note(t, k * 480, 480, 60, 80);
            s.add_note(t, k * 480, 480, if k == 7 { 66 } else { 64 }, 80);
        }
        Piece::of_score(&s, &s.bars(), 0, 2, &[])
    }

    fn run(plan: &Plan, of: &mut Likes, piece: &Piece) -> Vec<Judged> {
        let go_on = || ControlFlow::Continue(());
        judge(of, piece, |_| true, plan, &mut generator(3, 0), go_on).unwrap()
    }

    #[test]
    fn a_round_asks_every_value_once_and_one_of_a_note_at_a_time() {
        let plan = Plan {
            groups: 5,
            rounds: vec![Together::Note],
        };
        let mut likes = Likes {
            pitch: 64,
            hidden: Vec::new(),
        };
        let p = piece();
        assert_eq!(run(&plan, &mut likes, &p).len(), 16);
        assert_eq!(likes.hidden.len(), plan.passes());
        let mut all: Vec<(usize, usize)> = likes.hidden.concat();
        all.sort_unstable();
        let expected: Vec<_> = (0..16).flat_map(|i| (1..5).map(move |c| (i, c))).collect();
        assert_eq!(all, expected);
        for pass in &likes.hidden {
            let mut rows: Vec<usize> = pass.iter().map(|h| h.0).collect();
            rows.dedup();
            assert_eq!(rows.len(), pass.len(), "{pass:?}");
        }
    }

    #[test]
    fn chords_are_hidden_whole_where_that_is_asked() {
        let plan = Plan {
            groups: 4,
            rounds: vec![Together::Onset],
        };
        let mut likes = Likes {
            pitch: 64,
            hidden: Vec::new(),
        };
        run(&plan, &mut likes, &piece());
        for pass in &likes.hidden {
            for &(row, channel) in pass {
                assert!(pass.contains(&(row ^ 1, channel)), "{pass:?}");
            }
        }
    }

    #[test]
    fn nats_and_entropy_are_those_of_the_answer() {
        // The other note of the chord is no legal pitch: 126 values at weight 1, one at e^5.
        let plan = Plan {
            groups: 16,
            rounds: vec![Together::Note; 2],
        };
        let mut likes = Likes {
            pitch: 64,
            hidden: Vec::new(),
        };
        let judged = run(&plan, &mut likes, &piece());
        let sum = 126.0 + 5f64.exp();
        let (liked, other) = (sum.ln() - 5.0, sum.ln());
        let close = |a: f32, b: f64| (f64::from(a) - b).abs() < 1e-4;
        let entropy = 5f64.exp() / sum * liked + 126.0 / sum * other;
        for (i, j) in judged.iter().enumerate().filter(|(i, _)| i % 2 == 1) {
            let pitch = j.answers[1];
            let truth = if i == 15 { other } else { liked };
            assert!(close(pitch.nats, truth), "{i}: {pitch:?} {truth}");
            assert!(close(pitch.least, liked) && close(pitch.entropy, entropy));
            assert!(close(j.pitches[64], (5f64).exp() / sum) && j.pitches[60] == 0.0);
            assert!(close(j.answers[2].nats, 24f64.ln()));
            assert!(close(j.answers[3].nats, 16f64.ln()));
        }
    }

    #[test]
    fn what_is_not_asked_is_never_hidden_and_a_break_gives_nothing() {
        let mut likes = Likes {
            pitch: 64,
            hidden: Vec::new(),
        };
        let (p, plan) = (piece(), Plan::default());
        let mut rng = generator(1, 0);
        let second = |n: &GridNote| n.bar == 1;
        let go_on = || ControlFlow::Continue(());
        let judged = judge(&mut likes, &p, second, &plan, &mut rng, go_on).unwrap();
        assert!(judged.iter().all(|j| j.note >= 8));
        assert!(likes.hidden.concat().iter().all(|h| h.0 >= 8));
        let stop = || ControlFlow::Break(());
        assert_eq!(judge(&mut likes, &p, |_| true, &plan, &mut rng, stop), None);
    }
}
