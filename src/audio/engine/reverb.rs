//! The one room all tracks sound in: a feedback delay network after Jot and Chaigne (1991), eight lines mixed by
//! a Householder reflection, damped by one low-pass a line, fed through allpass diffusers (Schroeder 1962).

const LINES: usize = 8;
/// Delays in milliseconds, spread so that no two share a short common period.
const DELAYS_MS: [f32; LINES] = [31.3, 37.7, 41.9, 47.3, 53.9, 61.1, 67.3, 73.7];
const DIFFUSERS_MS: [[f32; 3]; 2] = [[4.77, 3.59, 12.73], [4.93, 3.83, 11.57]];
const PREDELAY_MS: f32 = 14.0;
/// Seconds until the tail is 60 dB down.
const RT60: f32 = 1.7;
/// Corner of the damping low-pass in hertz.
const DAMPING_HZ: f32 = 4200.0;
/// Lows are kept out of the room: they only make it boom.
const LOW_CUT_HZ: f32 = 180.0;
/// Below this the tail counts as over, and the lines are cleared before they get denormal.
const SILENCE: f32 = 1e-7;

struct Line {
    data: Vec<f32>,
    at: usize,
}

impl Line {
    fn new(ms: f32, rate: f32) -> Self {
        Line {
            data: vec![0.0; ((ms * 0.001 * rate) as usize).max(1)],
            at: 0,
        }
    }

    fn read(&self) -> f32 {
        self.data[self.at]
    }

    fn write(&mut self, x: f32) {
        self.data[self.at] = x;
        self.at += 1;
        if self.at == self.data.len() {
            self.at = 0;
        }
    }
}

/// A stereo reverb. Makes no allocation after [`Reverb::new`].
pub struct Reverb {
    predelay: [Line; 2],
    diffusers: [[Line; 3]; 2],
    lines: [Line; LINES],
    feedback: [f32; LINES],
    damped: [f32; LINES],
    damping: f32,
    low_cut: f32,
    lows: [f32; 2],
    /// Frames since anything was heard.
    quiet: usize,
    /// Frames a sound may take from one end of the network to the other.
    longest: usize,
    asleep: bool,
}

impl Reverb {
    /// A reverb for `rate` frames a second.
    pub fn new(rate: u32) -> Self {
        let rate = rate as f32;
        let one_pole = |hz: f32| 1.0 - (-std::f32::consts::TAU * hz / rate).exp();
        Reverb {
            predelay: [
                Line::new(PREDELAY_MS, rate),
                Line::new(PREDELAY_MS * 1.07, rate),
            ],
            diffusers: DIFFUSERS_MS.map(|side| side.map(|ms| Line::new(ms, rate))),
            lines: DELAYS_MS.map(|ms| Line::new(ms, rate)),
            feedback: DELAYS_MS.map(|ms| 10f32.powf(-3.0 * ms * 0.001 / RT60)),
            damped: [0.0; LINES],
            damping: one_pole(DAMPING_HZ),
            low_cut: one_pole(LOW_CUT_HZ),
            lows: [0.0; 2],
            quiet: 0,
            longest: (rate * 0.2) as usize,
            asleep: true,
        }
    }

    /// Adds the room's answer to `send` (left, right) onto `out` (left, right), all of one length.
    pub fn process(&mut self, send: [&[f32]; 2], out: [&mut [f32]; 2]) {
        let fed = send.iter().any(|s| s.iter().any(|x| *x != 0.0));
        if self.asleep && !fed {
            return;
        }
        self.asleep = false;
        let mut energy = 0f32;
        let [left, right] = out;
        for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            let mut input = [0f32; 2];
            for side in 0..2 {
                let x = send[side].get(i).copied().unwrap_or(0.0);
                self.lows[side] += self.low_cut * (x - self.lows[side]);
                let mut x = {
                    let delayed = self.predelay[side].read();
                    self.predelay[side].write(x - self.lows[side]);
                    delayed
                };
                for d in &mut self.diffusers[side] {
                    let old = d.read();
                    let v = x + 0.62 * old;
                    d.write(v);
                    x = old - 0.62 * v;
                }
                input[side] = x;
            }
            let mut taps = [0f32; LINES];
            let mut sum = 0.0;
            for (k, tap) in taps.iter_mut().enumerate() {
                let x = self.lines[k].read() * self.feedback[k];
                self.damped[k] += self.damping * (x - self.damped[k]);
                *tap = self.damped[k];
                sum += *tap;
            }
            // Householder: every line hears all lines, no energy is made or lost.
            let mean = sum * (2.0 / LINES as f32);
            for (k, tap) in taps.iter().enumerate() {
                self.lines[k].write(tap - mean + input[k % 2]);
                energy = energy.max(tap.abs());
            }
            *l += 0.5 * (taps[0] - taps[2] + taps[4] - taps[6] + taps[1]);
            *r += 0.5 * (taps[1] - taps[3] + taps[5] - taps[7] + taps[0]);
        }
        self.quiet = if fed || energy > SILENCE {
            0
        } else {
            self.quiet + send[0].len()
        };
        if self.quiet > self.longest {
            self.clear();
        }
    }

    /// Ends the tail at once.
    pub fn clear(&mut self) {
        let lines = self
            .predelay
            .iter_mut()
            .chain(self.diffusers.iter_mut().flatten())
            .chain(self.lines.iter_mut());
        for line in lines {
            line.data.fill(0.0);
        }
        self.damped = [0.0; LINES];
        self.lows = [0.0; 2];
        self.asleep = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impulse_rings_about_as_long_as_asked_and_then_stops() {
        let rate = 48_000;
        let mut reverb = Reverb::new(rate);
        let mut energy = Vec::new();
        for block in 0..(rate as usize * 6 / 64) {
            let mut send = [0f32; 64];
            if block == 0 {
                send[0] = 1.0;
            }
            let (mut l, mut r) = ([0f32; 64], [0f32; 64]);
            reverb.process([&send, &send], [&mut l, &mut r]);
            energy.push(l.iter().chain(&r).map(|x| x * x).sum::<f32>());
        }
        let second = rate as usize / 64;
        let window = |from: usize| energy[from..from + second / 4].iter().sum::<f32>();
        let drop = 10.0 * (window(second / 4) / window(second * 5 / 4).max(1e-30)).log10();
        // 60 dB in 1.7 s is 35 dB a second; the highs fall faster.
        assert!((30.0..70.0).contains(&drop), "{drop} dB a second");
        assert!(
            reverb.asleep,
            "the tail must end before it becomes denormal"
        );
    }
}
