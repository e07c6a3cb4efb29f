//! The grand piano: stiff strings, a hammer, a soundboard, dampers.

use super::build::{Builder, Shape, roots, spans};
use super::dsp::{Biquad, Noise, hertz};
use super::sf2::Zone;
use super::tone::{Layout, Mode, Tone, ringing};
use std::f64::consts::PI;

/// How hard the hammer is; soft felt rounds the string's bend and with it the spectrum.
#[derive(Clone, Copy)]
struct Hammer {
    /// Hertz at which the spectrum has fallen by 1 neper, in the middle of the keyboard.
    brightness: f64,
    knock: f64,
    seed: u64,
}

const SOFT: Hammer = Hammer {
    brightness: 1150.0,
    knock: 0.010,
    seed: 11,
};
const HARD: Hammer = Hammer {
    brightness: 2900.0,
    knock: 0.022,
    seed: 12,
};

/// Stiffness of the strings of a key: bass strings are wound and fairly limp, the top ones almost rods.
fn stiffness(key: f64) -> f64 {
    2.1e-4 * (0.055 * (key - 45.0).max(0.0)).exp() + 1.2e-4 * (0.06 * (40.0 - key).max(0.0)).exp()
}

/// Fall of the lowest partial's lasting part, nepers a second: 15 s to -60 dB in the bass, about one at the top.
fn fall(key: f64) -> f64 {
    let t60 = 15.0 * (-(key - 21.0) * 0.030).exp();
    6.9 / t60.max(0.9)
}

fn note(key: u8, hammer: Hammer) -> Tone {
    let k = f64::from(key);
    let pitch = hertz(k);
    let rate: f64 = if key < 50 { 22_000.0 } else { 28_000.0 };
    let b = stiffness(k);
    let stretch = |n: f64| n * (1.0 + b * n * n).sqrt() / (1.0 + b).sqrt();
    let slow = fall(k);
    // Bass hammers are heavy and dull, but their strings have many partials in reach.
    let bright = hammer.brightness * (pitch / 261.6).powf(0.42).clamp(0.45, 2.6);
    let mut noise = Noise::new(u64::from(key) * 31 + hammer.seed);
    let mut modes = Vec::new();
    let mut n = 1.0;
    while pitch * stretch(n) < (rate * 0.45).min(9500.0) && n < 70.0 {
        let hz = pitch * stretch(n);
        // Struck at a ninth of the string; the comb is never as deep as theory says.
        let comb = 0.25 + 0.75 * (PI * n / 9.0).sin().abs();
        let board = (hz / 95.0).powi(2) / (1.0 + (hz / 95.0).powi(2));
        let uneven = 1.0 + 0.25 * noise.sample();
        let level = comb * board * uneven * n.powf(-0.55) * (-hz / bright).exp();
        let damping = 1.0 + (hz / 1500.0).powf(1.2) * 0.9 + 0.10 * (n - 1.0);
        modes.push(Mode {
            hz,
            level,
            phase: PI
                * (0.25 * noise.sample()
                    + if (n as u32).is_multiple_of(2) {
                        1.0
                    } else {
                        0.0
                    }),
            fast: slow * damping * (3.4 + 0.8 * noise.sample()),
            slow: slow * damping,
            stays: 0.34 + 0.1 * noise.sample(),
            beat: 0.25 + 0.5 * noise.unit() + hz * 0.0002,
        });
        n += 1.0;
    }
    let treble = ((k - 60.0) / 48.0).clamp(0.0, 1.0);
    let mut tone = ringing(
        &modes,
        Layout {
            rate,
            pitch,
            onset: 0.0022 - 0.0014 * treble,
            attack: 1.1 - 0.65 * treble,
            cycle: 0.5 - 0.15 * treble,
            fall: slow,
        },
    );
    add_knock(&mut tone, k, hammer, &mut noise);
    tone
}

/// Hammer on string, key on bed, and the soundboard's answer: a few milliseconds of dull noise.
fn add_knock(tone: &mut Tone, key: f64, hammer: Hammer, noise: &mut Noise) {
    let rate = tone.rate;
    let loudest = super::dsp::peak(&tone.data);
    let high = (500.0 + 38.0 * (key - 21.0)).min(3600.0);
    let mut felt = Biquad::band_pass(high, rate, 0.7);
    let mut board = [(92.0, 0.9), (140.0, 0.7), (215.0, 0.6), (330.0, 0.4)]
        .map(|(hz, level)| (Biquad::band_pass(hz, rate, 6.0), level));
    let length = (0.16 * rate) as usize;
    for (i, x) in tone.data.iter_mut().take(length).enumerate() {
        let t = i as f64 / rate;
        let hit = noise.sample() * (-t / 0.006).exp();
        let mut y = 1.6 * felt.run(hit);
        for (filter, level) in &mut board {
            y += *level * 6.0 * filter.run(hit);
        }
        let fade = 1.0 - i as f64 / length as f64;
        *x += y * loudest * hammer.knock * 2.2 * fade;
    }
}

/// The piano's zones: two recordings a third of an octave, four velocities by low-pass.
pub fn zones(b: &mut Builder) -> Vec<Zone> {
    let roots = roots(24, 102, 6);
    let mut zones = Vec::new();
    for (root, keys) in roots.iter().zip(spans(&roots)) {
        let soft = b.store(&format!("piano {root} soft"), &note(*root, SOFT), *root);
        let hard = b.store(&format!("piano {root} hard"), &note(*root, HARD), *root);
        let k = f64::from(*root);
        let pitch = hertz(k);
        // The top two octaves have no dampers.
        let release = if *root > 88 { 1.6 } else { 0.75 - 0.004 * k };
        // The synth's loudness goes as the square of the velocity, steeper than a piano's: soft notes are lifted a little.
        for (velocities, sample, level, cutoff) in [
            ((1, 36), soft, 2.0, Some(pitch * 3.0 + 900.0)),
            ((37, 66), soft, 1.0, None),
            ((67, 95), hard, 0.0, Some(pitch * 4.0 + 2400.0)),
            ((96, 127), hard, 0.0, None),
        ] {
            zones.push(b.zone(
                sample,
                Shape {
                    keys,
                    velocities,
                    level,
                    pan: ((k - 62.0) / 110.0).clamp(-0.3, 0.3),
                    release,
                    cutoff,
                    ..Shape::default()
                },
            ));
        }
    }
    zones
}
