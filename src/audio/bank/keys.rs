//! Struck metal and wood, tines, and the organ.

use super::build::{Builder, Shape, roots, spans};
use super::dsp::{Noise, gain, hertz};
use super::sf2::{Zone, generator as g};
use super::tone::{Layout, Mode, Tone, ringing, standing};

/// An electric piano: a tine whose pickup adds harmonics the harder it is struck, and a short bell on top.
fn tine(key: u8, hard: bool) -> Tone {
    let k = f64::from(key);
    let pitch = hertz(k);
    let slow = 6.9 / (9.0 * (-(k - 40.0) * 0.018).exp());
    let harmonics: &[f64] = if hard {
        &[
            1.0, 0.52, 0.30, 0.20, 0.12, 0.075, 0.045, 0.028, 0.017, 0.010,
        ]
    } else {
        &[1.0, 0.16, 0.05, 0.022, 0.008]
    };
    let dull = (-(k - 60.0) * 0.018).exp().clamp(0.4, 1.6);
    let mut modes: Vec<Mode> = harmonics
        .iter()
        .enumerate()
        .map(|(i, level)| Mode {
            hz: pitch * (i + 1) as f64,
            level: level * if i > 0 { dull } else { 1.0 },
            phase: 0.3 * i as f64,
            fast: slow * (2.2 + 0.9 * i as f64),
            slow: slow * (1.0 + 0.35 * i as f64),
            stays: 0.55,
            beat: 0.0,
        })
        .collect();
    for (ratio, level, t60) in [(6.27, 0.20, 0.55), (17.55, 0.07, 0.18), (11.3, 0.04, 0.3)] {
        let level = level * if hard { 1.0 } else { 0.5 };
        modes.push(Mode {
            hz: pitch * ratio,
            level,
            phase: 1.0,
            fast: 6.9 / t60,
            slow: 6.9 / t60,
            stays: 0.0,
            beat: 0.0,
        });
    }
    ringing(
        &modes,
        Layout {
            rate: 24_000.0,
            pitch,
            onset: 0.0015,
            attack: 0.42,
            cycle: 0.06,
            fall: slow,
        },
    )
}

/// The electric piano's zones.
pub fn electric_piano(b: &mut Builder) -> Vec<Zone> {
    let roots = roots(30, 94, 8);
    let mut zones = Vec::new();
    for (root, keys) in roots.iter().zip(spans(&roots)) {
        let soft = b.store(&format!("tine {root} soft"), &tine(*root, false), *root);
        let hard = b.store(&format!("tine {root} hard"), &tine(*root, true), *root);
        let pitch = hertz(f64::from(*root));
        for (velocities, sample, cutoff) in [
            ((1, 62), soft, None),
            ((63, 98), hard, Some(pitch * 3.0 + 1100.0)),
            ((99, 127), hard, None),
        ] {
            zones.push(b.zone(
                sample,
                Shape {
                    keys,
                    velocities,
                    release: 0.35,
                    cutoff,
                    // A slow, shallow tremolo.
                    more: vec![
                        (g::MOD_LFO_TO_VOLUME, 12),
                        (g::MOD_LFO_RATE, -640),
                        (g::MOD_LFO_DELAY, -2400),
                    ],
                    ..Shape::default()
                },
            ));
        }
    }
    zones
}

struct Bar {
    /// (ratio to the pitch, level, seconds to -60 dB at key 60)
    modes: &'static [(f64, f64, f64)],
    /// How the ringing shortens upwards, nepers a semitone.
    shortens: f64,
    /// Noise of the mallet.
    knock: f64,
    attack: f64,
}

fn bar(key: u8, bar: &Bar) -> Tone {
    let k = f64::from(key);
    let pitch = hertz(k);
    let short = (-(k - 60.0) * bar.shortens).exp();
    let longest = bar.modes.iter().map(|m| m.2).fold(0.0, f64::max) * short;
    let modes: Vec<Mode> = bar
        .modes
        .iter()
        .enumerate()
        .map(|(i, (ratio, level, t60))| Mode {
            hz: pitch * ratio,
            level: *level,
            phase: 0.7 * i as f64,
            fast: 6.9 / (t60 * short) * 1.8,
            slow: 6.9 / (t60 * short),
            stays: if *t60 * short > longest * 0.6 {
                0.8
            } else {
                0.0
            },
            beat: 0.4,
        })
        .collect();
    let mut tone = ringing(
        &modes,
        Layout {
            rate: 28_000.0,
            pitch,
            onset: 0.001,
            attack: bar.attack,
            cycle: 0.12,
            fall: 6.9 / longest,
        },
    );
    let mut noise = Noise::new(u64::from(key) + 400);
    let rate = tone.rate;
    let mut felt = super::dsp::Biquad::low_pass(2600.0, rate, 0.7);
    for (i, x) in tone
        .data
        .iter_mut()
        .take((0.03 * rate) as usize)
        .enumerate()
    {
        let t = i as f64 / rate;
        *x += felt.run(noise.sample()) * bar.knock * (-t / 0.004).exp();
    }
    tone
}

fn bars(
    b: &mut Builder,
    name: &str,
    what: &Bar,
    keys: &[u8],
    release: f64,
    level: f64,
) -> Vec<Zone> {
    keys.iter()
        .zip(spans(keys))
        .map(|(root, keys)| {
            let sample = b.store(&format!("{name} {root}"), &bar(*root, what), *root);
            b.zone(
                sample,
                Shape {
                    keys,
                    level,
                    release,
                    ..Shape::default()
                },
            )
        })
        .collect()
}

/// A vibraphone.
pub fn vibraphone(b: &mut Builder) -> Vec<Zone> {
    let what = Bar {
        modes: &[(1.0, 1.0, 5.5), (3.98, 0.28, 1.1), (9.9, 0.07, 0.35)],
        shortens: 0.02,
        knock: 0.12,
        attack: 0.4,
    };
    bars(b, "vibes", &what, &roots(48, 96, 8), 0.9, -1.0)
}

/// A glockenspiel, also celesta, music box and anything that tinkles.
pub fn glockenspiel(b: &mut Builder) -> Vec<Zone> {
    let what = Bar {
        modes: &[
            (1.0, 1.0, 2.6),
            (2.756, 0.42, 1.1),
            (5.404, 0.18, 0.5),
            (8.93, 0.06, 0.2),
        ],
        shortens: 0.016,
        knock: 0.15,
        attack: 0.35,
    };
    bars(b, "glocken", &what, &roots(55, 105, 10), 1.4, -2.0)
}

/// Tubular bells.
pub fn bells(b: &mut Builder) -> Vec<Zone> {
    let what = Bar {
        modes: &[
            (0.5, 0.28, 6.0),
            (1.0, 1.0, 5.0),
            (1.19, 0.42, 3.2),
            (1.5, 0.38, 2.4),
            (2.0, 0.50, 2.2),
            (2.52, 0.22, 1.4),
            (2.66, 0.2, 1.3),
            (3.0, 0.16, 0.9),
            (4.07, 0.12, 0.6),
        ],
        shortens: 0.012,
        knock: 0.2,
        attack: 0.5,
    };
    bars(b, "bell", &what, &roots(48, 84, 12), 2.2, -2.0)
}

/// A marimba.
pub fn marimba(b: &mut Builder) -> Vec<Zone> {
    let what = Bar {
        modes: &[(1.0, 1.0, 1.5), (3.93, 0.32, 0.35), (9.3, 0.10, 0.12)],
        shortens: 0.028,
        knock: 0.3,
        attack: 0.3,
    };
    bars(b, "marimba", &what, &roots(40, 96, 8), 0.8, 0.0)
}

fn pipes(
    b: &mut Builder,
    name: &str,
    drawbars: &[(f64, f64)],
    spread: f64,
    length: usize,
    shape: &Shape,
) -> Vec<Zone> {
    let keys = roots(32, 92, 10);
    keys.iter()
        .zip(spans(&keys))
        .map(|(root, keys)| {
            // The sub-octave is the lowest line of the spectrum; drawbars count from it.
            let pitch = hertz(f64::from(*root)) / 2.0;
            let tone = standing(
                pitch,
                28_000.0,
                length,
                spread,
                u64::from(*root) + 900,
                |n, hz| {
                    let level: f64 = drawbars
                        .iter()
                        .filter(|d| (d.0 * 2.0 - n as f64).abs() < 0.01)
                        .map(|d| d.1)
                        .sum();
                    level * gain(-hz / 900.0)
                },
                |_| 0.0,
            );
            let sample = b.store(&format!("{name} {root}"), &tone, *root);
            b.zone(
                sample,
                Shape {
                    keys,
                    ..shape.clone()
                },
            )
        })
        .collect()
}

/// A drawbar organ with a little vibrato.
pub fn organ(b: &mut Builder) -> Vec<Zone> {
    let drawbars = [
        (0.5, 0.55),
        (1.0, 1.0),
        (1.5, 0.45),
        (2.0, 0.62),
        (3.0, 0.26),
        (4.0, 0.30),
        (6.0, 0.10),
        (8.0, 0.12),
    ];
    let shape = Shape {
        level: -3.0,
        attack: 0.006,
        release: 0.09,
        more: vec![
            (g::VIB_LFO_TO_PITCH, 5),
            (g::VIB_LFO_RATE, -370),
            (g::MOD_LFO_TO_VOLUME, 9),
            (g::MOD_LFO_RATE, -370),
        ],
        ..Shape::default()
    };
    pipes(b, "organ", &drawbars, 0.6, 8192, &shape)
}

/// Principal pipes of a church organ.
pub fn church_organ(b: &mut Builder) -> Vec<Zone> {
    let drawbars = [
        (0.5, 0.3),
        (1.0, 1.0),
        (2.0, 0.8),
        (3.0, 0.42),
        (4.0, 0.5),
        (5.0, 0.16),
        (6.0, 0.26),
        (8.0, 0.24),
        (12.0, 0.09),
        (16.0, 0.05),
    ];
    let shape = Shape {
        level: -3.0,
        attack: 0.05,
        release: 0.5,
        ..Shape::default()
    };
    pipes(b, "pipes", &drawbars, 1.6, 16_384, &shape)
}
