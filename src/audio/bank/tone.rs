//! The three ways sounds are made here: modes that ring down, spectra that stand still, and one-shots.

use super::dsp::{Noise, inverse_fft};
use std::f64::consts::TAU;

/// A sound before it becomes a sample.
#[derive(Clone, Debug)]
pub struct Tone {
    pub data: Vec<f64>,
    /// Frames a second at which it has its pitch. Chosen so that the loop holds a whole number of periods.
    pub rate: f64,
    pub looped: Option<(usize, usize)>,
    /// How fast the synth's envelope must let it fall, in nepers a second (1 is 8.7 dB); 0 for sounds that stand.
    pub fall: f64,
}

/// One vibration of a string, bar or plate: a strong part that dies soon and a weak one that stays, as strings coupled
/// through a bridge have (Weinreich 1977).
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    pub hz: f64,
    pub level: f64,
    pub phase: f64,
    /// Fall of the strong part, nepers a second.
    pub fast: f64,
    /// Fall of the part that stays.
    pub slow: f64,
    /// Share of the part that stays, 0..=1.
    pub stays: f64,
    /// Hertz by which the strong part is out of tune with it.
    pub beat: f64,
}

/// How a ringing sound is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub rate: f64,
    /// The pitch in hertz.
    pub pitch: f64,
    /// Seconds of the onset's slope.
    pub onset: f64,
    /// Seconds until the loop.
    pub attack: f64,
    /// About how many seconds the loop lasts.
    pub cycle: f64,
    /// Fall of the whole after the loop has begun, nepers a second; see [`Tone::fall`].
    pub fall: f64,
}

/// Modes that ring down, in a sample short enough to ship: it holds the first second divided by the envelope the synth
/// will multiply it with, and then a loop in which all modes stand (so that with the envelope they all fall alike). The
/// modes' frequencies are moved to the nearest one that fits the loop, at most half a loop's worth of hertz.
pub fn ringing(modes: &[Mode], layout: Layout) -> Tone {
    let Layout { rate, pitch, .. } = layout;
    let periods = (layout.cycle * pitch).round().max(1.0);
    let cycle = (periods * rate / pitch).round().max(2.0);
    let exact = cycle * pitch / periods;
    let start = (layout.attack * rate) as usize;
    let length = start + cycle as usize;
    let mut data = vec![0.0; length];
    let grid = exact / cycle;
    for m in modes.iter().filter(|m| m.hz < rate * 0.46) {
        let hz = (m.hz / grid).round().max(1.0) * grid;
        let mut steady = Phasor::new(hz / exact, m.phase);
        let mut strong = Phasor::new((hz + m.beat) / exact, m.phase);
        let mut a = m.level * m.stays;
        let mut b = m.level * (1.0 - m.stays);
        let (fall_a, fall_b) = (
            (-(m.slow - layout.fall) / rate).exp(),
            (-(m.fast - layout.fall) / rate).exp(),
        );
        for (i, x) in data.iter_mut().enumerate() {
            *x += a * steady.next();
            if i < start {
                // The strong part must be gone when the loop begins.
                let left = 1.0 - i as f64 / start as f64;
                *x += b * strong.next() * (left * 4.0).min(1.0);
                a *= fall_a;
                b *= fall_b;
            }
        }
    }
    slope_in(&mut data, layout.onset * rate);
    Tone {
        data,
        rate: exact,
        looped: Some((start, length)),
        fall: layout.fall,
    }
}

struct Phasor {
    now: (f64, f64),
    turn: (f64, f64),
}

impl Phasor {
    /// `step` in turns a frame; begins at the sine of `phase`.
    fn new(step: f64, phase: f64) -> Self {
        let (s, c) = (TAU * step).sin_cos();
        let (y, x) = phase.sin_cos();
        Phasor {
            now: (x, y),
            turn: (c, s),
        }
    }

    fn next(&mut self) -> f64 {
        let (x, y) = self.now;
        let (c, s) = self.turn;
        self.now = (x * c - y * s, x * s + y * c);
        y
    }
}

/// A raised-cosine slope over the first frames.
pub fn slope_in(data: &mut [f64], frames: f64) {
    let n = (frames as usize).min(data.len());
    for (i, x) in data.iter_mut().take(n).enumerate() {
        *x *= 0.5 - 0.5 * (std::f64::consts::PI * i as f64 / n as f64).cos();
    }
}

/// A raised-cosine slope over the last frames.
pub fn slope_out(data: &mut [f64], frames: f64) {
    let n = (frames as usize).min(data.len());
    for (i, x) in data.iter_mut().rev().take(n).enumerate() {
        *x *= 0.5 - 0.5 * (std::f64::consts::PI * i as f64 / n as f64).cos();
    }
}

/// A sound that stands: a spectrum whose lines are smeared by `spread` cents, as many players or pipes smear them, with
/// random phases, over a loop of `length` frames that is seamless by construction (the method of Nasca's PADsynth).
/// `level(n, hz)` gives the amplitude of harmonic `n`; `floor(hz)` that of noise, per line of the loop.
pub fn standing(
    pitch: f64,
    rate: f64,
    length: usize,
    spread: f64,
    seed: u64,
    level: impl Fn(usize, f64) -> f64,
    floor: impl Fn(f64) -> f64,
) -> Tone {
    let base = (pitch * length as f64 / rate).round().max(1.0);
    let exact = length as f64 * pitch / base;
    let (mut re, mut im) = (vec![0.0; length], vec![0.0; length]);
    let mut noise = Noise::new(seed);
    let mut put = |bin: usize, amplitude: f64, noise: &mut Noise| {
        let (s, c) = (TAU * noise.unit()).sin_cos();
        re[bin] += amplitude * c;
        im[bin] += amplitude * s;
    };
    let top = (length as f64 * 0.46) as usize;
    let mut n = 1;
    while (n as f64 * base) < top as f64 {
        let centre = n as f64 * base;
        let amplitude = level(n, n as f64 * pitch);
        let width = centre * ((spread / 1200.0).exp2() - 1.0);
        if amplitude > 1e-7 {
            if width < 0.6 {
                put(centre as usize, amplitude, &mut noise);
            } else {
                let from = (centre - 2.5 * width).max(1.0) as usize;
                let to = ((centre + 2.5 * width) as usize).min(top);
                let bell = |bin: usize| (-0.5 * ((bin as f64 - centre) / width).powi(2)).exp();
                let power: f64 = (from..=to).map(|b| bell(b) * bell(b)).sum();
                for b in from..=to {
                    put(b, amplitude * bell(b) / power.sqrt(), &mut noise);
                }
            }
        }
        n += 1;
    }
    for bin in 1..top {
        let amplitude = floor(bin as f64 * exact / length as f64);
        if amplitude > 1e-9 {
            put(bin, amplitude, &mut noise);
        }
    }
    inverse_fft(&mut re, &mut im);
    Tone {
        data: re,
        rate: exact,
        looped: Some((0, length)),
        fall: 0.0,
    }
}

/// Filtered resonances over frequency: each (centre hertz, width hertz, decibels).
pub fn formants(hz: f64, list: &[(f64, f64, f64)]) -> f64 {
    let db: f64 = list
        .iter()
        .map(|(centre, width, db)| db / (1.0 + ((hz - centre) / width).powi(2)))
        .sum();
    super::dsp::gain(db)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seam(tone: &Tone) -> (f64, f64) {
        let (from, to) = tone.looped.unwrap();
        let inside = tone.data[from..to]
            .windows(2)
            .map(|w| (w[0] - w[1]).abs())
            .fold(0.0, f64::max);
        ((tone.data[to - 1] - tone.data[from]).abs(), inside)
    }

    #[test]
    fn loops_have_no_seam_and_the_pitch_asked_for() {
        let mode = |n: f64| Mode {
            hz: 110.3 * n * (1.0 + 0.001 * n * n),
            level: 1.0 / n,
            phase: 0.4 * n,
            fast: 3.0,
            slow: 1.0 + n * 0.1,
            stays: 0.4,
            beat: 0.4,
        };
        let modes: Vec<Mode> = (1..20).map(|n| mode(f64::from(n))).collect();
        let ring = ringing(
            &modes,
            Layout {
                rate: 24_000.0,
                pitch: 110.0,
                onset: 0.002,
                attack: 0.5,
                cycle: 0.3,
                fall: 1.0,
            },
        );
        let stand = standing(
            110.0,
            24_000.0,
            8192,
            6.0,
            1,
            |n, _| 1.0 / n as f64,
            |_| 0.0,
        );
        for tone in [ring, stand] {
            let (seam, inside) = seam(&tone);
            assert!(seam <= inside, "{seam} {inside}");
            let (from, to) = tone.looped.unwrap();
            let periods = (to - from) as f64 / tone.rate * 110.0;
            assert!((periods - periods.round()).abs() < 1e-6, "{periods}");
            assert!((tone.rate / 24_000.0 - 1.0).abs() < 0.02);
        }
    }
}
