//! The click.

/// A short sine with a fast decay; the first beat of a bar is higher.
pub struct Metronome {
    rate: f32,
    phase: f32,
    step: f32,
    level: f32,
    fall: f32,
}

impl Metronome {
    /// A silent metronome.
    pub fn new(rate: u32) -> Self {
        let rate = rate as f32;
        Metronome {
            rate,
            phase: 0.0,
            step: 0.0,
            level: 0.0,
            // 60 dB down after 60 ms.
            fall: 10f32.powf(-3.0 / (0.06 * rate)),
        }
    }

    /// Starts a click.
    pub fn click(&mut self, accent: bool) {
        let hz = if accent { 1760.0 } else { 1174.66 };
        self.phase = 0.0;
        self.step = std::f32::consts::TAU * hz / self.rate;
        self.level = if accent { 0.34 } else { 0.24 };
    }

    /// Adds the click onto both sides.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.level < 1e-4 {
            return;
        }
        for (l, r) in left.iter_mut().zip(right) {
            let x = self.phase.sin() * self.level;
            self.phase += self.step;
            self.level *= self.fall;
            *l += x;
            *r += x;
        }
        self.phase %= std::f32::consts::TAU;
    }
}
