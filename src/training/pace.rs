//! How fast a run goes.

/// Smoothed throughput.
#[derive(Default)]
pub(super) struct Pace {
    windows: f64,
    steps: f64,
    seconds: f64,
}

impl Pace {
    pub fn add(&mut self, windows: usize, seconds: f64) {
        self.windows = self.windows * 0.95 + windows as f64;
        self.steps = self.steps * 0.95 + 1.0;
        self.seconds = self.seconds * 0.95 + seconds;
    }

    pub fn windows_a_second(&self) -> f64 {
        self.windows / self.seconds.max(1e-9)
    }

    pub fn seconds_a_step(&self) -> f64 {
        self.seconds / self.steps.max(1e-9)
    }
}
