//! Keeps the sum of all tracks below full scale without distorting it.

use super::BLOCK;

/// Loudest sample that leaves the engine, just under full scale.
pub const CEILING: f32 = 0.97;
/// How much of the reduction is given back a block (about 120 ms for 6 dB at 48 kHz).
const RELEASE: f32 = 0.006;

/// A limiter that looks one block ahead: the gain slides to what the next block needs before it comes, so no
/// sample is ever clipped and no step is ever heard. Costs one block of delay.
pub struct Limiter {
    waiting: [[f32; BLOCK]; 2],
    /// Gain the waiting block allows.
    need: f32,
    /// Gain at the end of the block handed out last.
    gain: f32,
}

impl Default for Limiter {
    fn default() -> Self {
        Limiter {
            waiting: [[0.0; BLOCK]; 2],
            need: 1.0,
            gain: 1.0,
        }
    }
}

impl Limiter {
    /// Takes a block in and puts the block before it, limited, in its place.
    pub fn process(&mut self, block: &mut [[f32; BLOCK]; 2]) {
        let mut peak = 0f32;
        for x in block.iter_mut().flatten() {
            // A broken SoundFont must not poison the gain for good.
            if !x.is_finite() {
                *x = 0.0;
            }
            peak = peak.max(x.abs());
        }
        let need = if peak > CEILING { CEILING / peak } else { 1.0 };
        let target = (self.gain + RELEASE).min(self.need).min(need);
        let step = (target - self.gain) / BLOCK as f32;
        for (side, waiting) in block.iter_mut().zip(&mut self.waiting) {
            let mut gain = self.gain;
            for (x, w) in side.iter_mut().zip(waiting.iter_mut()) {
                gain += step;
                std::mem::swap(x, w);
                *x = (*x * gain).clamp(-CEILING, CEILING);
            }
        }
        self.gain = target;
        self.need = need;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_is_held_below_the_ceiling_without_a_step_and_quiet_is_untouched() {
        let mut limiter = Limiter::default();
        let mut phase = 0f32;
        let mut last = 0f32;
        let mut out = Vec::new();
        for b in 0..400 {
            let loud = if (100..200).contains(&b) { 3.0 } else { 0.3 };
            let mut block = [[0f32; BLOCK]; 2];
            let [left, right] = &mut block;
            for (l, r) in left.iter_mut().zip(right.iter_mut()) {
                phase += 0.01;
                *l = phase.sin() * loud;
                *r = -*l;
            }
            limiter.process(&mut block);
            out.extend(block[0]);
        }
        assert!(out.iter().all(|x| x.abs() <= CEILING));
        // The input itself jumps where it changes its level, by at most the difference of the levels.
        let jump = out
            .iter()
            .map(|x| (x - std::mem::replace(&mut last, *x)).abs())
            .fold(0.0, f32::max);
        assert!(jump < 1.0, "{jump}");
        let tail = &out[out.len() - 2000..];
        let peak = tail.iter().fold(0f32, |a, b| a.max(b.abs()));
        assert!((peak - 0.3).abs() < 1e-3, "{peak}");
    }
}
