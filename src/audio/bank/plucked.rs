//! Plucked strings: guitars, basses, the harpsichord.

use super::build::{Builder, Shape, roots, spans};
use super::dsp::{Biquad, Noise, hertz, peak};
use super::sf2::Zone;
use super::tone::{Layout, Mode, Tone, formants, ringing};
use std::f64::consts::PI;

/// What makes one plucked string sound unlike another.
#[derive(Clone, Copy)]
struct Pluck {
    rate: f64,
    /// Where it is plucked, as a part of the string.
    at: f64,
    /// Spectrum's slope: amplitudes go as n to this power.
    slope: f64,
    /// Hertz at which finger, plectrum or quill round the spectrum off.
    bright: f64,
    stiff: f64,
    /// Seconds to -60 dB of key 45 and how fast that shortens upwards, nepers a semitone.
    rings: f64,
    shortens: f64,
    /// Extra fall of high partials.
    damping: f64,
    /// Noise of finger or plectrum.
    scratch: f64,
    /// The body: (centre hertz, width, decibels).
    body: &'static [(f64, f64, f64)],
    attack: f64,
    seed: u64,
}

const GUITAR_BODY: &[(f64, f64, f64)] =
    &[(102.0, 28.0, 5.0), (204.0, 50.0, 4.0), (420.0, 130.0, 2.0)];

const NYLON: Pluck = Pluck {
    rate: 24_000.0,
    at: 0.23,
    slope: -1.25,
    bright: 2300.0,
    stiff: 4e-5,
    rings: 4.2,
    shortens: 0.022,
    damping: 1.5,
    scratch: 0.012,
    body: GUITAR_BODY,
    attack: 0.62,
    seed: 21,
};
const STEEL: Pluck = Pluck {
    rate: 26_000.0,
    at: 0.14,
    slope: -0.78,
    bright: 4400.0,
    stiff: 9e-5,
    rings: 7.5,
    shortens: 0.022,
    damping: 0.9,
    scratch: 0.02,
    body: GUITAR_BODY,
    attack: 0.66,
    seed: 22,
};
const BASS: Pluck = Pluck {
    rate: 16_000.0,
    at: 0.26,
    slope: -0.75,
    bright: 1300.0,
    stiff: 1.2e-4,
    rings: 6.0,
    shortens: 0.02,
    damping: 1.3,
    scratch: 0.010,
    body: &[(40.0, 35.0, -7.0), (700.0, 300.0, 2.0)],
    attack: 0.6,
    seed: 23,
};
const QUILL: Pluck = Pluck {
    rate: 28_000.0,
    at: 0.12,
    slope: -0.45,
    bright: 4600.0,
    stiff: 4e-5,
    rings: 5.5,
    shortens: 0.02,
    damping: 0.7,
    scratch: 0.03,
    body: &[(180.0, 60.0, 2.0), (1100.0, 500.0, 3.0)],
    attack: 0.42,
    seed: 24,
};

fn note(key: u8, p: Pluck) -> Tone {
    let k = f64::from(key);
    let pitch = hertz(k);
    let slow = 6.9 / (p.rings * (-(k - 45.0) * p.shortens).exp());
    let mut noise = Noise::new(u64::from(key) * 17 + p.seed);
    let mut modes = Vec::new();
    let mut n = 1.0f64;
    loop {
        let hz = pitch * n * (1.0 + p.stiff * n * n).sqrt();
        if hz > (p.rate * 0.45).min(9000.0) || n > 60.0 {
            break;
        }
        let comb = 0.12 + (PI * n * p.at).sin().abs();
        let level = comb
            * n.powf(p.slope)
            * (-hz / p.bright).exp()
            * formants(hz, p.body)
            * (1.0 + 0.2 * noise.sample());
        let damping = 1.0 + p.damping * ((hz / 1000.0).powf(1.1) + 0.06 * (n - 1.0));
        modes.push(Mode {
            hz,
            level,
            phase: PI * 0.35 * noise.sample(),
            fast: slow * damping * 2.6,
            slow: slow * damping,
            stays: 0.5 + 0.15 * noise.sample(),
            beat: 0.2 + 0.6 * noise.unit(),
        });
        n += 1.0;
    }
    let mut tone = ringing(
        &modes,
        Layout {
            rate: p.rate,
            pitch,
            onset: 0.0016,
            attack: (p.attack * (1.0 - (k - 45.0) * 0.006)).max(0.35),
            cycle: 0.3,
            fall: slow,
        },
    );
    let loudest = peak(&tone.data);
    let mut nail = Biquad::band_pass((pitch * 5.0).clamp(700.0, 4200.0), tone.rate, 0.8);
    let length = (0.05 * tone.rate) as usize;
    let rate = tone.rate;
    for (i, x) in tone.data.iter_mut().take(length).enumerate() {
        let fade = 1.0 - i as f64 / length as f64;
        let hit = noise.sample() * (-(i as f64) / rate / 0.008).exp();
        *x += nail.run(hit) * loudest * p.scratch * 4.0 * fade;
    }
    tone
}

struct Family {
    name: &'static str,
    pluck: Pluck,
    lowest: u8,
    highest: u8,
    level: f64,
    release: f64,
    /// Low-pass under velocities 50 and 90, in multiples of the pitch plus hertz.
    soft: (f64, f64),
}

fn family(b: &mut Builder, f: &Family) -> Vec<Zone> {
    let roots = roots(f.lowest, f.highest, 6);
    let mut zones = Vec::new();
    for (root, keys) in roots.iter().zip(spans(&roots)) {
        let sample = b.store(&format!("{} {root}", f.name), &note(*root, f.pluck), *root);
        let pitch = hertz(f64::from(*root));
        let cutoff = |scale: f64| Some((pitch * f.soft.0 + f.soft.1) * scale);
        for (velocities, cutoff) in [
            ((1, 50), cutoff(1.0)),
            ((51, 92), cutoff(2.1)),
            ((93, 127), None),
        ] {
            zones.push(b.zone(
                sample,
                Shape {
                    keys,
                    velocities,
                    level: f.level,
                    release: f.release,
                    cutoff,
                    ..Shape::default()
                },
            ));
        }
    }
    zones
}

/// A classical guitar.
pub fn nylon(b: &mut Builder) -> Vec<Zone> {
    let f = Family {
        name: "nylon",
        pluck: NYLON,
        lowest: 40,
        highest: 88,
        level: 0.0,
        release: 0.35,
        soft: (3.0, 700.0),
    };
    family(b, &f)
}

/// A steel-string guitar.
pub fn steel(b: &mut Builder) -> Vec<Zone> {
    let f = Family {
        name: "steel",
        pluck: STEEL,
        lowest: 40,
        highest: 88,
        level: 0.0,
        release: 0.35,
        soft: (4.0, 1100.0),
    };
    family(b, &f)
}

/// An electric bass played with the fingers.
pub fn bass(b: &mut Builder) -> Vec<Zone> {
    let f = Family {
        name: "bass",
        pluck: BASS,
        lowest: 26,
        highest: 62,
        level: 1.0,
        release: 0.25,
        soft: (4.0, 350.0),
    };
    family(b, &f)
}

/// A harpsichord: the same at every velocity, as the quill has it.
pub fn harpsichord(b: &mut Builder) -> Vec<Zone> {
    let roots = roots(36, 84, 12);
    let mut zones = Vec::new();
    for (root, keys) in roots.iter().zip(spans(&roots)) {
        let sample = b.store(&format!("quill {root}"), &note(*root, QUILL), *root);
        zones.push(b.zone(
            sample,
            Shape {
                keys,
                level: -1.0,
                release: 0.3,
                ..Shape::default()
            },
        ));
    }
    zones
}
