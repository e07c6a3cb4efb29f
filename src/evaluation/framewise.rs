//! The framewise negative log-likelihood of chorales, as Coconet is measured (Huang et al. 2017, arXiv 1903.07227,
//! and the released evaluator): a frame is what the four voices sound in one 16th, and the unit that is judged.
//!
//! The frames of a song are put in an order, at random or as they sound. A frame is predicted from all frames before it
//! in the order, its voices one after another in an order drawn for each frame. Its negative log-likelihood is the sum
//! over its voices of -ln p(voice | known). By the chain rule the sum over all frames of a song is the likelihood of the
//! song under that order, for the network gives for every known set a distribution over what a voice may sound, and
//! "known" holds nothing but pitches already accounted for.
//!
//! Within a frame there are two ways. By the chain rule the voices already judged are known as they are. The released
//! evaluator shows instead the model's own likeliest values for them, so that a frame is one prediction; this is a
//! distribution over frames too (a product of one factor a voice), and the harder test. Over several orders it averages
//! probabilities, not their logarithms. Both are told.

use crate::process::frames::sampler::FrameDenoiser;
use crate::tokenizer::grid::frames::{CLASSES, Frame, LOGITS, Place, Rhythm, UNKNOWN, VOICES};
use rand::Rng;
use rand::seq::SliceRandom;

/// How the likelihood is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framewise {
    /// Most 16ths shown at once, around the frame that is judged.
    pub window: usize,
    /// One frame in so many is judged, from a random first one on; 1 judges all.
    pub every: usize,
    /// Orders averaged over.
    pub orders: usize,
    /// Frames as they sound rather than in random order.
    pub chronological: bool,
}

/// Nats of one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameScore {
    /// By the chain rule, mean over the orders of the negative logarithms: the bound.
    pub chain: f64,
    /// By the chain rule, the negative logarithm of the mean probability.
    pub chain_ensemble: f64,
    /// Seeing its own likeliest voices, mean over the orders.
    pub own: f64,
    /// The same, the negative logarithm of the mean probability: the released evaluator's figure.
    pub own_ensemble: f64,
}

/// -ln of the mean of e^-x.
fn ensemble(nll: &[f64]) -> f64 {
    let least = nll.iter().copied().fold(f64::INFINITY, f64::min);
    let sum: f64 = nll.iter().map(|x| (least - x).exp()).sum();
    least - (sum / nll.len().max(1) as f64).ln()
}

/// Negative log-probability of `class`, and the likeliest class, from the logits of a voice.
fn judge(logits: &[f32], class: u8) -> (f64, u8) {
    let mut best = 0;
    for (i, x) in logits.iter().enumerate() {
        if *x > logits[best] {
            best = i;
        }
    }
    let most = f64::from(logits[best]);
    let sum: f64 = logits.iter().map(|x| (f64::from(*x) - most).exp()).sum();
    let wanted = f64::from(logits[class as usize]);
    (sum.ln() + most - wanted, best as u8)
}

impl Framewise {
    /// The scores of the judged frames of a song, by the number of the frame.
    ///
    /// # Panics
    /// When frames and places have different lengths.
    pub fn score(
        &self,
        denoiser: &mut dyn FrameDenoiser,
        frames: &[Frame],
        places: &[Place],
        rng: &mut impl Rng,
    ) -> Vec<(usize, FrameScore)> {
        assert_eq!(frames.len(), places.len());
        let every = self.every.max(1);
        let first = rng.random_range(0..every);
        let judged: Vec<usize> = (first..frames.len()).step_by(every).collect();
        let mut nll = vec![(Vec::new(), Vec::new()); judged.len()];
        for _ in 0..self.orders.max(1) {
            let mut rank: Vec<usize> = (0..frames.len()).collect();
            if !self.chronological {
                rank.shuffle(rng);
            }
            for (i, &at) in judged.iter().enumerate() {
                let mut voices: Vec<usize> = (0..VOICES).collect();
                voices.shuffle(rng);
                let known = |step: usize| rank[step] < rank[at];
                let (chain, own) = self.frame(denoiser, frames, places, at, known, &voices);
                nll[i].0.push(chain);
                nll[i].1.push(own);
            }
        }
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len().max(1) as f64;
        judged
            .into_iter()
            .zip(nll)
            .map(|(at, (chain, own))| {
                let score = FrameScore {
                    chain: mean(&chain),
                    chain_ensemble: ensemble(&chain),
                    own: mean(&own),
                    own_ensemble: ensemble(&own),
                };
                (at, score)
            })
            .collect()
    }

    /// Nats of one frame under one order, by the chain rule and seeing its own.
    fn frame(
        &self,
        denoiser: &mut dyn FrameDenoiser,
        frames: &[Frame],
        places: &[Place],
        at: usize,
        known: impl Fn(usize) -> bool,
        voices: &[usize],
    ) -> (f64, f64) {
        let most = self.window.max(1);
        let end = (at.saturating_sub(most / 2) + most).min(frames.len());
        let start = end.saturating_sub(most);
        let mut seen: Vec<Frame> = (start..end)
            .map(|s| {
                if known(s) {
                    frames[s]
                } else {
                    [UNKNOWN; VOICES]
                }
            })
            .collect();
        let places = &places[start..end];
        let rhythm: Vec<Rhythm> = vec![[None; VOICES]; seen.len()];
        let here = at - start;
        let (mut chain, mut own) = (0.0, 0.0);
        // What it saw of its own, as long as that is the truth too, costs no second evaluation.
        let mut likeliest = seen[here];
        for &voice in voices {
            let truth = frames[at][voice];
            let mut ask = |frame: Frame| {
                seen[here] = frame;
                let mut logits = denoiser.logits(&seen, &rhythm, places, &[here]);
                logits.resize(LOGITS, 0.0);
                judge(&logits[voice * CLASSES..(voice + 1) * CLASSES], truth)
            };
            let mut told = [UNKNOWN; VOICES];
            for &v in voices.iter().take_while(|v| **v != voice) {
                told[v] = frames[at][v];
            }
            let (nats, best) = ask(told);
            chain += nats;
            let (nats, best) = if likeliest == told {
                (nats, best)
            } else {
                ask(likeliest)
            };
            own += nats;
            likeliest[voice] = best;
        }
        (chain, own)
    }
}

/// A baseline that knows no harmony: a voice goes on with what it sounds in the nearest known frame, as often as it did
/// so in the training songs at that distance; else any class, as often as in the training songs.
#[derive(Clone, Debug)]
pub struct Holding {
    /// Smoothed shares of each class, by voice.
    classes: Vec<[f32; CLASSES]>,
    /// Chance that a voice sounds the same so many frames away, by distance; the last is for all farther.
    same: Vec<f32>,
}

/// Distances told apart.
const FARTHEST: usize = 64;

impl Holding {
    /// Counts in training songs.
    pub fn of<'a>(songs: impl IntoIterator<Item = &'a [Frame]>) -> Holding {
        let mut counts = vec![[0.1f32; CLASSES]; VOICES];
        let mut same = vec![(1.0f32, 2.0f32); FARTHEST + 1];
        for song in songs {
            for (at, frame) in song.iter().enumerate() {
                for (voice, &class) in frame.iter().enumerate() {
                    if let Some(count) = counts[voice].get_mut(class as usize) {
                        *count += 1.0;
                    }
                    for (distance, same) in same.iter_mut().enumerate().skip(1) {
                        if let Some(other) = song.get(at + distance) {
                            same.0 += f32::from(u8::from(other[voice] == class));
                            same.1 += 1.0;
                        }
                    }
                }
            }
        }
        for counts in &mut counts {
            let all: f32 = counts.iter().sum();
            counts.iter_mut().for_each(|c| *c /= all);
        }
        Holding {
            classes: counts,
            same: same.into_iter().map(|(n, all)| n / all).collect(),
        }
    }
}

impl FrameDenoiser for Holding {
    fn logits(&mut self, frames: &[Frame], _: &[Rhythm], _: &[Place], asked: &[usize]) -> Vec<f32> {
        let mut logits = Vec::with_capacity(asked.len() * LOGITS);
        for &at in asked {
            for voice in 0..VOICES {
                let nearest = (1..frames.len()).find_map(|distance| {
                    [at.checked_sub(distance), Some(at + distance)]
                        .into_iter()
                        .flatten()
                        .find_map(|s| frames.get(s).map(|f| f[voice]).filter(|c| *c != UNKNOWN))
                        .map(|class| (distance, class))
                });
                let shares = &self.classes[voice];
                match nearest {
                    Some((distance, held)) => {
                        let same = self.same[distance.min(FARTHEST)];
                        let other = (1.0 - shares[held as usize]).max(1e-6);
                        logits.extend(shares.iter().enumerate().map(|(class, share)| {
                            if class == held as usize {
                                same.ln()
                            } else {
                                ((1.0 - same) * share / other).ln()
                            }
                        }));
                    }
                    None => logits.extend(shares.iter().map(|s| s.ln())),
                }
            }
        }
        logits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::generator;

    /// A joint distribution over two steps of four voices of classes 0 and 1, and its exact conditionals.
    struct Exact;

    /// Unnormalised: neighbours like to agree, voice by voice and step by step, and voice 0 likes class 1.
    fn weight(frames: &[Frame]) -> f64 {
        let mut w = 1.0;
        for frame in frames {
            w *= if frame[0] == 1 { 2.0 } else { 1.0 };
            for v in 1..VOICES {
                w *= if frame[v] == frame[v - 1] { 3.0 } else { 1.0 };
            }
        }
        for (a, b) in frames[0].iter().zip(&frames[1]) {
            w *= if a == b { 4.0 } else { 1.0 };
        }
        w
    }

    fn all() -> impl Iterator<Item = [Frame; 2]> {
        (0..256u32).map(|bits| {
            [0, 1].map(|s| std::array::from_fn(|v| (bits >> (s * VOICES + v) & 1) as u8))
        })
    }

    fn agrees(a: &[Frame], known: &[Frame]) -> bool {
        let cells = a.iter().flatten().zip(known.iter().flatten());
        cells.into_iter().all(|(a, k)| *k == UNKNOWN || a == k)
    }

    impl FrameDenoiser for Exact {
        fn logits(
            &mut self,
            frames: &[Frame],
            _: &[Rhythm],
            _: &[Place],
            asked: &[usize],
        ) -> Vec<f32> {
            let mut logits = vec![-1e9f32; asked.len() * LOGITS];
            for (row, &step) in logits.chunks_exact_mut(LOGITS).zip(asked) {
                for voice in 0..VOICES {
                    for class in 0..2u8 {
                        let p: f64 = all()
                            .filter(|f| agrees(f, frames) && f[step][voice] == class)
                            .map(|f| weight(&f))
                            .sum();
                        row[voice * CLASSES + class as usize] = p.ln() as f32;
                    }
                }
            }
            logits
        }
    }

    fn protocol(orders: usize, chronological: bool) -> Framewise {
        Framewise {
            window: 8,
            every: 1,
            orders,
            chronological,
        }
    }

    #[test]
    fn by_the_chain_rule_frames_add_up_to_the_likelihood_of_the_song_in_every_order() {
        let total: f64 = all().map(|f| weight(&f)).sum();
        let places = [Place::default(); 2];
        let mut probability = 0.0;
        for song in all().step_by(17) {
            let truth = -(weight(&song) / total).ln();
            for seed in 0..4 {
                let mut rng = generator(seed, 0);
                let scores = protocol(1, seed == 0).score(&mut Exact, &song, &places, &mut rng);
                let sum: f64 = scores.iter().map(|(_, s)| s.chain).sum();
                assert!((sum - truth).abs() < 1e-4, "{sum} {truth}");
            }
        }
        // Seeing its own values is a distribution over frames all the same: it adds up to one.
        for first in 0..16u8 {
            let frame: Frame = std::array::from_fn(|v| first >> v & 1);
            let song = [frame, [0; VOICES]];
            let mut rng = generator(9, 0);
            let scores = protocol(1, true).score(&mut Exact, &song, &places, &mut rng);
            probability += (-scores[0].1.own).exp();
        }
        assert!((probability - 1.0).abs() < 1e-4, "{probability}");
    }

    #[test]
    fn orders_are_averaged_in_probability() {
        assert!((ensemble(&[0.0, 0.0]) - 0.0).abs() < 1e-12);
        // (1 + 1/4) / 2.
        let two = ensemble(&[0.0, 4f64.ln()]);
        assert!((two + 0.625f64.ln()).abs() < 1e-12);
        assert!(ensemble(&[800.0, 801.0]).is_finite());
    }

    #[test]
    fn holding_believes_the_nearest_known_frame() {
        let song: Vec<Frame> = (0..64).map(|s| [40 + s / 8, 30, 20, 10]).collect();
        let mut holding = Holding::of([&song[..]]);
        let mut frames = vec![[UNKNOWN; VOICES]; 9];
        frames[2] = [45, 30, 20, 10];
        let logits = holding.logits(&frames, &[], &[], &[3]);
        for part in logits.chunks_exact(CLASSES) {
            let sum: f32 = part.iter().map(|x| x.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-3, "{sum}");
        }
        let (nats, best) = judge(&logits[..CLASSES], 45);
        assert!(best == 45 && nats < 0.3, "{nats}");
        let far = judge(&holding.logits(&frames, &[], &[], &[8])[..CLASSES], 45).0;
        assert!(far > nats);
    }
}
