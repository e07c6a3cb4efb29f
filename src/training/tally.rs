//! Where in a batch the loss lies: by how much was hidden, and by bar.

use serde::{Deserialize, Serialize};

/// Bins of the diffusion's time, from nearly clean to fully masked.
pub const TIMES: usize = 10;

/// A sum of losses and of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Nats.
    pub sum: f64,
    /// Predicted values.
    pub count: f64,
}

impl Tally {
    /// Adds `count` values that cost `sum` nats together.
    pub fn add(&mut self, sum: f32, count: f32) {
        self.sum += f64::from(sum);
        self.count += f64::from(count);
    }

    /// Nats a value; `None` where there was none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    fn merge(&mut self, other: &Tally) {
        self.sum += other.sum;
        self.count += other.count;
    }
}

/// The unweighted loss of a batch by two of its dimensions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// By share of the free values that was hidden: bin `i` is `i / TIMES ..= (i + 1) / TIMES`.
    pub by_time: [Tally; TIMES],
    /// By bar of the window.
    pub by_bar: Vec<Tally>,
}

impl Breakdown {
    /// Adds `count` values of bar `bar` in an example of which the share `time` (0..=1) was hidden.
    pub fn add(&mut self, time: f32, bar: usize, sum: f32, count: f32) {
        let bin = ((time.clamp(0.0, 1.0) * TIMES as f32) as usize).min(TIMES - 1);
        self.by_time[bin].add(sum, count);
        if self.by_bar.len() <= bar {
            self.by_bar.resize(bar + 1, Tally::default());
        }
        self.by_bar[bar].add(sum, count);
    }

    /// Adds another breakdown.
    pub fn merge(&mut self, other: &Breakdown) {
        for (to, from) in self.by_time.iter_mut().zip(&other.by_time) {
            to.merge(from);
        }
        if self.by_bar.len() < other.by_bar.len() {
            self.by_bar.resize(other.by_bar.len(), Tally::default());
        }
        for (to, from) in self.by_bar.iter_mut().zip(&other.by_bar) {
            to.merge(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_fall_into_their_bins_and_add_up() {
        let mut a = Breakdown::default();
        a.add(0.0, 0, 2.0, 1.0);
        a.add(1.0, 3, 4.0, 2.0);
        let mut b = Breakdown::default();
        b.add(0.99, 3, 8.0, 4.0);
        a.merge(&b);
        assert_eq!(a.by_time[0].mean(), Some(2.0));
        assert_eq!(a.by_time[TIMES - 1].mean(), Some(2.0));
        assert_eq!(a.by_bar.len(), 4);
        assert_eq!(a.by_bar[3].count, 6.0);
        assert_eq!(a.by_bar[1].mean(), None);
    }
}
