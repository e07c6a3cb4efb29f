//! The figures of a run as the plots take them: from its table, or step by step while it trains.

use crate::training::tally::{Breakdown, Tally};
use crate::training::{Losses, Progress};

/// Longer curves are thinned: no window is so wide.
const MOST_POINTS: usize = 4096;
/// Share of what was gathered that stays when a step is told: about the last thirty tellings count.
const MEMORY: f64 = 0.97;

/// Curves over steps; all in nats but the learning rate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// Training loss.
    pub loss: Vec<(u64, f64)>,
    /// Validation loss of the weights as they are.
    pub validation: Vec<(u64, f64)>,
    /// Validation loss of the averaged weights: what a run is judged by.
    pub average: Vec<(u64, f64)>,
    pub rate: Vec<(u64, f64)>,
    /// Norm of the whole gradient before clipping.
    pub gradient: Vec<(u64, f64)>,
}

impl Curves {
    fn all(&mut self) -> [&mut Vec<(u64, f64)>; 5] {
        [
            &mut self.loss,
            &mut self.validation,
            &mut self.average,
            &mut self.rate,
            &mut self.gradient,
        ]
    }

    /// Puts what was before, up to and with step `last`, in front.
    pub fn put_before(&mut self, mut earlier: Curves, last: u64) {
        for (own, before) in self.all().into_iter().zip(earlier.all()) {
            before.truncate(before.partition_point(|p| p.0 <= last));
            before.append(own);
            std::mem::swap(own, before);
        }
    }
}

/// A loss twice: over the last steps, and at the last validation. Nats; `None` where nothing was asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Channel {
    pub name: String,
    pub train: Option<f64>,
    pub validation: Option<f64>,
}

impl Channel {
    /// Nothing known yet.
    pub fn new(name: &str) -> Channel {
        Channel {
            name: name.to_owned(),
            ..Channel::default()
        }
    }
}

/// Everything that is plotted of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    pub curves: Curves,
    /// By part of the loss.
    pub channels: Vec<Channel>,
    /// Over the last steps; only of a run that trains here.
    pub train: Breakdown,
    /// Of the averaged weights at the last validation.
    pub validation: Breakdown,
}

impl Figures {
    /// Takes a step in.
    pub fn add(&mut self, p: &Progress, parts: &[String]) {
        let c = &mut self.curves;
        push(&mut c.loss, p.step, f64::from(p.losses.total));
        push(&mut c.rate, p.step, p.learning_rate);
        push(&mut c.gradient, p.step, f64::from(p.losses.gradient));
        fade(&mut self.train);
        self.train.merge(&p.losses.breakdown);
        if self.channels.len() != parts.len() {
            self.channels = parts.iter().map(|name| Channel::new(name)).collect();
        }
        let known = |l: &Losses| -> Vec<f64> { l.parts.iter().map(|&v| f64::from(v)).collect() };
        for (channel, new) in self.channels.iter_mut().zip(known(&p.losses)) {
            // 0 says that nothing was asked of it in this batch.
            if new > 0.0 {
                let old = channel.train.unwrap_or(new);
                channel.train = Some(old * MEMORY + new * (1.0 - MEMORY));
            }
        }
        if let Some(v) = &p.validation {
            let c = &mut self.curves;
            c.validation.push((p.step, f64::from(v.weights.total)));
            c.average.push((p.step, f64::from(v.average.total)));
            self.validation = v.average.breakdown.clone();
            for (channel, new) in self.channels.iter_mut().zip(known(&v.average)) {
                channel.validation = Some(new).filter(|v| *v > 0.0);
            }
        }
    }
}

/// Adds a point; a curve that grew too long is thinned to half by means of two.
fn push(curve: &mut Vec<(u64, f64)>, step: u64, value: f64) {
    curve.push((step, value));
    if curve.len() > MOST_POINTS {
        *curve = curve
            .chunks(2)
            .map(|two| {
                let sum: f64 = two.iter().map(|p| p.1).sum();
                let last = two.last().map_or(step, |p| p.0);
                (last, sum / two.len() as f64)
            })
            .collect();
    }
}

fn fade(b: &mut Breakdown) {
    let less = |t: &mut Tally| {
        t.sum *= MEMORY;
        t.count *= MEMORY;
    };
    b.by_time.iter_mut().for_each(less);
    b.by_bar.iter_mut().for_each(less);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::Validation;

    fn progress(step: u64, loss: f32, validation: Option<f32>) -> Progress {
        let losses = |total: f32| {
            let mut breakdown = Breakdown::default();
            breakdown.add(0.15, 2, total, 1.0);
            Losses {
                total,
                parts: vec![total, 0.0],
                gradient: 1.0,
                breakdown,
                each: Vec::new(),
            }
        };
        Progress {
            step,
            steps: 10_000,
            losses: losses(loss),
            validation: validation.map(|v| Validation {
                weights: losses(v + 1.0),
                average: losses(v),
            }),
            best: false,
            learning_rate: 1e-3,
            throughput: 1.0,
            seconds: 1.0,
            seconds_left: 1.0,
            finished: false,
        }
    }

    #[test]
    fn steps_become_curves_bars_and_channels() {
        let mut f = Figures::default();
        let parts = ["pitch".to_owned(), "velocity".to_owned()];
        f.add(&progress(1, 4.0, None), &parts);
        f.add(&progress(2, 4.0, Some(3.0)), &parts);
        assert_eq!(f.curves.loss, [(1, 4.0), (2, 4.0)]);
        assert_eq!(f.curves.average, [(2, 3.0)]);
        assert_eq!(f.curves.validation, [(2, 4.0)]);
        assert_eq!(f.channels[0].train, Some(4.0));
        assert_eq!(f.channels[0].validation, Some(3.0));
        assert_eq!(f.channels[1], Channel::new("velocity"));
        assert_eq!(f.train.by_time[1].mean(), Some(4.0));
        assert_eq!(f.validation.by_bar[2].mean(), Some(3.0));
    }

    #[test]
    fn a_long_run_keeps_its_shape_in_bounded_room() {
        let mut f = Figures::default();
        for step in 1..=20_000 {
            f.add(&progress(step, step as f32, None), &[]);
        }
        let loss = &f.curves.loss;
        assert!(loss.len() <= MOST_POINTS && loss.len() > MOST_POINTS / 4);
        assert!(loss.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        assert_eq!(loss.last().unwrap().0, 20_000);
    }

    #[test]
    fn what_was_before_a_resume_stands_in_front() {
        let mut curves = Curves {
            loss: vec![(31, 1.0)],
            ..Curves::default()
        };
        let earlier = Curves {
            loss: vec![(10, 3.0), (30, 2.0), (40, 9.0)],
            rate: vec![(10, 1e-3)],
            ..Curves::default()
        };
        curves.put_before(earlier, 30);
        assert_eq!(curves.loss, [(10, 3.0), (30, 2.0), (31, 1.0)]);
        assert_eq!(curves.rate, [(10, 1e-3)]);
    }
}
