//! Sounds that stand as long as the key is down: strings, voices, pads, winds, synths.

use super::build::{Builder, Shape, Stored, roots, spans};
use super::dsp::{gain, hertz};
use super::sf2::{Zone, generator as g};
use super::tone::{Tone, formants, standing};

/// Stereo from one sample: two voices that start half a loop apart, panned and a little out of tune with each other.
fn wide(
    b: &Builder,
    sample: Stored,
    length: usize,
    width: f64,
    cents: i16,
    shape: &Shape,
) -> [Zone; 2] {
    let mut left = shape.clone();
    left.pan = -width;
    // Two voices that know nothing of each other are 3 dB louder than one.
    left.level -= 3.0;
    let mut right = left.clone();
    right.pan = width;
    left.more.push((g::FINE_TUNE, -cents));
    right.more.push((g::FINE_TUNE, cents));
    right
        .more
        .push((g::START_OFFSET, (length / 2).min(32_767) as i16));
    [b.zone(sample, left), b.zone(sample, right)]
}

fn vibrato(cents: i16, hz: f64, delay: f64) -> Vec<(u16, i16)> {
    vec![
        (g::VIB_LFO_TO_PITCH, cents),
        (
            g::VIB_LFO_RATE,
            (1200.0 * (hz / 8.176f64).log2()).round() as i16,
        ),
        (g::VIB_LFO_DELAY, super::dsp::timecents(delay)),
    ]
}

/// Where a body or a mouth lets sound through: (centre hertz, width, decibels).
type Formants = &'static [(f64, f64, f64)];

const STRING_BODY: Formants = &[
    (290.0, 90.0, 3.0),
    (480.0, 140.0, 3.0),
    (1000.0, 350.0, 2.0),
    (2500.0, 900.0, 7.0),
];

/// A string section.
pub fn strings(b: &mut Builder) -> Vec<Zone> {
    let keys = roots(34, 88, 9);
    let length = 65_536;
    let mut zones = Vec::new();
    for (root, keys) in keys.iter().zip(spans(&keys)) {
        let pitch = hertz(f64::from(*root));
        let tone = standing(
            pitch,
            28_000.0,
            length,
            9.0,
            u64::from(*root) + 100,
            |n, hz| (n as f64).powf(-0.85) * formants(hz, STRING_BODY) * gain(-hz / 420.0),
            |hz| 2.2e-4 * formants(hz, STRING_BODY) * gain(-hz / 500.0),
        );
        let sample = b.store(&format!("strings {root}"), &tone, *root);
        for (velocities, cutoff) in [((1, 70), Some(pitch * 3.0 + 1800.0)), ((71, 127), None)] {
            zones.extend(wide(
                b,
                sample,
                length,
                0.55,
                3,
                &Shape {
                    keys,
                    velocities,
                    level: -3.5,
                    attack: 0.11,
                    release: 0.55,
                    cutoff,
                    ..Shape::default()
                },
            ));
        }
    }
    zones
}

/// A choir on "ah".
pub fn choir(b: &mut Builder) -> Vec<Zone> {
    const AH: Formants = &[
        (680.0, 130.0, 15.0),
        (1130.0, 150.0, 12.0),
        (2750.0, 250.0, 10.0),
        (3500.0, 350.0, 7.0),
    ];
    let keys = roots(41, 81, 8);
    let length = 32_768;
    let mut zones = Vec::new();
    for (root, keys) in keys.iter().zip(spans(&keys)) {
        let pitch = hertz(f64::from(*root));
        let tone = standing(
            pitch,
            24_000.0,
            length,
            16.0,
            u64::from(*root) + 200,
            |n, hz| (n as f64).powf(-1.35) * formants(hz, AH) * gain(-hz / 700.0),
            |hz| 1.2e-4 * formants(hz, AH) * gain(-hz / 900.0),
        );
        let sample = b.store(&format!("choir {root}"), &tone, *root);
        zones.extend(wide(
            b,
            sample,
            length,
            0.5,
            4,
            &Shape {
                keys,
                level: -3.5,
                attack: 0.14,
                release: 0.6,
                more: vibrato(7, 5.1, 0.35),
                ..Shape::default()
            },
        ));
    }
    zones
}

/// A warm synthesizer pad.
pub fn pad(b: &mut Builder) -> Vec<Zone> {
    let keys = roots(36, 84, 12);
    let length = 16_384;
    let mut zones = Vec::new();
    for (root, keys) in keys.iter().zip(spans(&keys)) {
        let pitch = hertz(f64::from(*root));
        let tone = standing(
            pitch,
            24_000.0,
            length,
            7.0,
            u64::from(*root) + 300,
            |n, hz| {
                let even = if n % 2 == 0 { 0.7 } else { 1.0 };
                even * (n as f64).powf(-1.0) * gain(-(hz - pitch) / 260.0)
            },
            |_| 0.0,
        );
        let sample = b.store(&format!("pad {root}"), &tone, *root);
        zones.extend(wide(
            b,
            sample,
            length,
            0.7,
            6,
            &Shape {
                keys,
                level: -4.5,
                attack: 0.30,
                release: 1.1,
                ..Shape::default()
            },
        ));
    }
    zones
}

/// One sample a root, one zone a sample, as most solo instruments here are made.
struct Solo {
    name: &'static str,
    keys: Vec<u8>,
    rate: f64,
    length: usize,
    spread: f64,
    seed: u64,
    shape: Shape,
}

fn solo(
    b: &mut Builder,
    s: &Solo,
    level: impl Fn(f64, usize, f64) -> f64,
    floor: impl Fn(f64, f64) -> f64,
) -> Vec<Zone> {
    let mut zones = Vec::new();
    for (root, keys) in s.keys.iter().zip(spans(&s.keys)) {
        let pitch = hertz(f64::from(*root));
        let tone: Tone = standing(
            pitch,
            s.rate,
            s.length,
            s.spread,
            s.seed + u64::from(*root),
            |n, hz| level(pitch, n, hz),
            |hz| floor(pitch, hz),
        );
        let sample = b.store(&format!("{} {root}", s.name), &tone, *root);
        zones.push(b.zone(
            sample,
            Shape {
                keys,
                ..s.shape.clone()
            },
        ));
    }
    zones
}

/// A bowed string alone.
pub fn bowed(b: &mut Builder) -> Vec<Zone> {
    let s = Solo {
        name: "bowed",
        keys: roots(36, 92, 8),
        rate: 26_000.0,
        length: 8192,
        spread: 2.2,
        seed: 400,
        shape: Shape {
            level: -3.0,
            attack: 0.07,
            release: 0.22,
            more: vibrato(13, 5.6, 0.28),
            ..Shape::default()
        },
    };
    solo(
        b,
        &s,
        |_, n, hz| (n as f64).powf(-0.85) * formants(hz, STRING_BODY) * gain(-hz / 480.0),
        |_, hz| 3.0e-4 * formants(hz, STRING_BODY) * gain(-hz / 600.0),
    )
}

/// Brass: the louder, the brighter, and brighter while it swells.
pub fn brass(b: &mut Builder) -> Vec<Zone> {
    let mut s = Solo {
        name: "brass",
        keys: roots(34, 90, 8),
        rate: 26_000.0,
        length: 8192,
        spread: 2.5,
        seed: 500,
        shape: Shape {
            level: -3.0,
            attack: 0.035,
            release: 0.18,
            cutoff: Some(2600.0),
            more: vibrato(6, 5.2, 0.5),
            ..Shape::default()
        },
    };
    s.shape.more.extend([
        (g::MOD_ENV_TO_FILTER, 1500),
        (g::MOD_ENV_ATTACK, super::dsp::timecents(0.07)),
        (g::MOD_ENV_DECAY, super::dsp::timecents(0.5)),
        (g::MOD_ENV_SUSTAIN, 450),
    ]);
    let zones = solo(
        b,
        &s,
        |_, n, hz| {
            let lip = 1.0 / (1.0 + (hz / 1500.0).powi(4)).sqrt();
            (n as f64).powf(-0.35)
                * lip
                * formants(hz, &[(620.0, 300.0, 3.0), (1250.0, 450.0, 4.0)])
        },
        |_, hz| 1.0e-4 * gain(-hz / 500.0),
    );
    by_velocity(
        zones,
        &[((1, 60), -1300), ((61, 95), -500), ((96, 127), 400)],
    )
}

/// Splits every zone by velocity, moving its low-pass by so many cents.
fn by_velocity(zones: Vec<Zone>, splits: &[((u8, u8), i16)]) -> Vec<Zone> {
    let mut out = Vec::new();
    for zone in zones {
        for (velocities, cents) in splits {
            let mut z = zone.clone();
            z.velocities = *velocities;
            for generator in &mut z.generators {
                if generator.0 == g::FILTER_CUTOFF {
                    generator.1 = (generator.1 + cents).clamp(1500, 13_500);
                }
            }
            out.push(z);
        }
    }
    out
}

/// A flute with its breath.
pub fn flute(b: &mut Builder) -> Vec<Zone> {
    let s = Solo {
        name: "flute",
        keys: roots(57, 97, 8),
        rate: 26_000.0,
        length: 16_384,
        spread: 1.6,
        seed: 600,
        shape: Shape {
            level: -3.0,
            attack: 0.055,
            release: 0.2,
            more: {
                let mut more = vibrato(7, 5.0, 0.35);
                more.extend([(g::MOD_LFO_TO_VOLUME, 14), (g::MOD_LFO_RATE, -850)]);
                more.push((g::MOD_LFO_DELAY, super::dsp::timecents(0.4)));
                more
            },
            ..Shape::default()
        },
    };
    solo(
        b,
        &s,
        |pitch, n, hz| {
            let low = ((hertz(76.0) - pitch) / 400.0).clamp(0.0, 1.0);
            let harmonics = [
                1.0,
                0.26 + 0.4 * low,
                0.13 + 0.15 * low,
                0.045,
                0.025,
                0.012,
                0.006,
            ];
            harmonics.get(n - 1).copied().unwrap_or(0.0) * gain(-hz / 2500.0)
        },
        |pitch, hz| {
            8e-4 * (formants(hz, &[(pitch, 90.0, 14.0), (pitch * 2.0, 200.0, 8.0)]) * 0.12 + 0.05)
                * gain(-hz / 500.0)
        },
    )
}

/// A clarinet: odd harmonics in its low register.
pub fn clarinet(b: &mut Builder) -> Vec<Zone> {
    let s = Solo {
        name: "clarinet",
        keys: roots(46, 94, 8),
        rate: 26_000.0,
        length: 8192,
        spread: 1.0,
        seed: 700,
        shape: Shape {
            level: -3.0,
            attack: 0.04,
            release: 0.14,
            more: vibrato(3, 4.8, 0.5),
            ..Shape::default()
        },
    };
    solo(
        b,
        &s,
        |_, n, hz| {
            let odd = if n % 2 == 1 {
                1.0
            } else {
                (hz / 2600.0).clamp(0.06, 0.8)
            };
            odd * (n as f64).powf(-0.8) * gain(-hz / 330.0) * formants(hz, &[(1500.0, 500.0, 4.0)])
        },
        |_, hz| 1.2e-4 * gain(-hz / 500.0),
    )
}

/// A double reed or saxophone; programs darken it to taste.
pub fn reed(b: &mut Builder) -> Vec<Zone> {
    let s = Solo {
        name: "reed",
        keys: roots(36, 92, 8),
        rate: 26_000.0,
        length: 8192,
        spread: 1.4,
        seed: 800,
        shape: Shape {
            level: -3.0,
            attack: 0.035,
            release: 0.13,
            more: vibrato(8, 5.3, 0.35),
            ..Shape::default()
        },
    };
    const BORE: Formants = &[
        (520.0, 200.0, 3.0),
        (1150.0, 300.0, 7.0),
        (2900.0, 600.0, 4.0),
    ];
    solo(
        b,
        &s,
        |_, n, hz| (n as f64).powf(-0.75) * formants(hz, BORE) * gain(-hz / 420.0),
        |_, hz| 1.6e-4 * formants(hz, BORE) * gain(-hz / 600.0),
    )
}

/// An accordion or harmonica: two reeds that beat.
pub fn free_reed(b: &mut Builder) -> Vec<Zone> {
    let s = Solo {
        name: "free reed",
        keys: roots(40, 88, 12),
        rate: 26_000.0,
        length: 8192,
        spread: 3.2,
        seed: 850,
        shape: Shape {
            level: -3.5,
            attack: 0.03,
            release: 0.1,
            ..Shape::default()
        },
    };
    solo(
        b,
        &s,
        |_, n, hz| (n as f64).powf(-0.6) * gain(-hz / 330.0) * formants(hz, &[(900.0, 400.0, 3.0)]),
        |_, _| 0.0,
    )
}

/// A sawtooth lead: two detuned voices under a low-pass.
pub fn saw(b: &mut Builder) -> Vec<Zone> {
    let keys = roots(30, 96, 6);
    let mut zones = Vec::new();
    for (root, keys) in keys.iter().zip(spans(&keys)) {
        let pitch = hertz(f64::from(*root));
        let tone = standing(
            pitch,
            30_000.0,
            2048,
            0.0,
            u64::from(*root) + 1000,
            |n, hz| 1.0 / n as f64 * gain(-hz / 1400.0),
            |_| 0.0,
        );
        let sample = b.store(&format!("saw {root}"), &tone, *root);
        zones.extend(wide(
            b,
            sample,
            1024,
            0.35,
            6,
            &Shape {
                keys,
                level: -4.0,
                attack: 0.008,
                release: 0.15,
                cutoff: Some(4200.0 + pitch * 2.0),
                ..Shape::default()
            },
        ));
    }
    zones
}

/// A square lead.
pub fn square(b: &mut Builder) -> Vec<Zone> {
    let s = Solo {
        name: "square",
        keys: roots(30, 96, 6),
        rate: 30_000.0,
        length: 2048,
        spread: 0.0,
        seed: 1100,
        shape: Shape {
            level: -4.0,
            attack: 0.008,
            release: 0.15,
            cutoff: Some(5200.0),
            more: vibrato(4, 5.5, 0.4),
            ..Shape::default()
        },
    };
    solo(
        b,
        &s,
        |_, n, hz| {
            if n % 2 == 1 {
                1.0 / n as f64 * gain(-hz / 1400.0)
            } else {
                0.0
            }
        },
        |_, _| 0.0,
    )
}

/// A synthesizer bass: the saw an octave range lower, plucked by its filter.
pub fn synth_bass(b: &mut Builder) -> Vec<Zone> {
    let s = Solo {
        name: "synbass",
        keys: roots(26, 68, 7),
        rate: 22_000.0,
        length: 4096,
        spread: 0.8,
        seed: 1200,
        shape: Shape {
            level: 0.0,
            attack: 0.004,
            release: 0.12,
            cutoff: Some(420.0),
            more: vec![
                (g::FILTER_Q, 40),
                (g::MOD_ENV_TO_FILTER, 3000),
                (g::MOD_ENV_DECAY, super::dsp::timecents(0.45)),
                (g::MOD_ENV_SUSTAIN, 850),
                (g::MOD_ENV_RELEASE, super::dsp::timecents(0.2)),
            ],
            ..Shape::default()
        },
    };
    let zones = solo(b, &s, |_, n, _| 1.0 / n as f64, |_, _| 0.0);
    by_velocity(zones, &[((1, 70), -500), ((71, 127), 300)])
}

/// An overdriven guitar: what a tube does to two strings' worth of harmonics.
pub fn overdrive(b: &mut Builder) -> Vec<Zone> {
    let s = Solo {
        name: "drive",
        keys: roots(38, 86, 8),
        rate: 24_000.0,
        length: 8192,
        spread: 1.2,
        seed: 1300,
        shape: Shape {
            level: -4.0,
            attack: 0.006,
            release: 0.16,
            cutoff: Some(4200.0),
            more: vibrato(4, 5.0, 0.6),
            ..Shape::default()
        },
    };
    solo(
        b,
        &s,
        |_, n, hz| {
            let speaker = 1.0 / (1.0 + (hz / 3600.0).powi(6)).sqrt();
            (n as f64).powf(-0.62)
                * speaker
                * formants(hz, &[(450.0, 250.0, 3.0), (1900.0, 900.0, 3.0)])
        },
        |_, hz| 2.0e-4 * gain(-hz / 500.0),
    )
}

/// Wind, waves, applause: noise that stands.
pub fn noise(b: &mut Builder) -> Vec<Zone> {
    let tone = standing(
        220.0,
        26_000.0,
        32_768,
        0.0,
        1400,
        |_, _| 0.0,
        |hz| (1.0 + hz / 500.0).powf(-0.7),
    );
    let sample = b.store("noise", &tone, 60);
    wide(
        b,
        sample,
        32_768,
        0.8,
        0,
        &Shape {
            level: -8.0,
            attack: 0.25,
            release: 0.6,
            more: vec![(g::SCALE_TUNING, 50)],
            ..Shape::default()
        },
    )
    .to_vec()
}
