//! The drum kit: membranes that sink in pitch, plates of many modes, wires and hands of noise.

use super::build::{Builder, Shape, Stored};
use super::dsp::{Biquad, Noise, peak};
use super::sf2::{Zone, generator as g};
use super::tone::{Tone, slope_in, slope_out};
use std::f64::consts::TAU;

struct Hit {
    data: Vec<f64>,
    rate: f64,
}

impl Hit {
    fn new(seconds: f64, rate: f64) -> Self {
        Hit {
            data: vec![0.0; (seconds * rate) as usize],
            rate,
        }
    }

    /// A membrane: a sine from `high` to `low` hertz within `sink` seconds, ringing for `t60`.
    fn skin(mut self, level: f64, high: f64, low: f64, sink: f64, t60: f64) -> Self {
        let mut phase = 0.0;
        for (i, x) in self.data.iter_mut().enumerate() {
            let t = i as f64 / self.rate;
            let hz = low + (high - low) * (-t / sink).exp();
            *x += level * f64::sin(phase) * (-6.9 * t / t60).exp();
            phase += TAU * hz / self.rate;
        }
        self
    }

    /// Noise through filters, ringing for `t60`, beginning at `at` seconds.
    fn hiss(mut self, level: f64, at: f64, t60: f64, seed: u64, filters: &[Biquad]) -> Self {
        let mut filters = filters.to_vec();
        let mut noise = Noise::new(seed);
        let from = ((at * self.rate) as usize).min(self.data.len());
        for (i, x) in self.data[from..].iter_mut().enumerate() {
            let t = i as f64 / self.rate;
            let y = filters.iter_mut().fold(noise.sample(), |y, f| f.run(y));
            *x += level * y * (-6.9 * t / t60).exp();
        }
        self
    }

    /// A plate: `count` modes between two frequencies, higher ones dying sooner.
    fn plate(mut self, level: f64, low: f64, high: f64, count: usize, t60: f64, seed: u64) -> Self {
        let mut noise = Noise::new(seed);
        let n = count as f64;
        for k in 0..count {
            let part = (k as f64 + noise.unit()) / n;
            let hz = low * (high / low).powf(part);
            let t60 = t60 * (1.15 - 0.75 * part) * (0.6 + 0.8 * noise.unit());
            let (mut phase, step) = (TAU * noise.unit(), TAU * hz / self.rate);
            let fall = (-6.9 / (t60 * self.rate)).exp();
            let mut a = level * (0.5 + noise.unit()) / n.sqrt();
            for x in &mut self.data {
                *x += a * f64::sin(phase);
                phase += step;
                a *= fall;
            }
        }
        self
    }

    /// A short knock of stick on rim or wood.
    fn knock(self, level: f64, hz: f64, t60: f64) -> Self {
        self.skin(level, hz * 1.02, hz, 0.002, t60)
    }

    /// Rounds peaks off, as tape does.
    fn warm(mut self, drive: f64) -> Self {
        let top = peak(&self.data).max(1e-9);
        for x in &mut self.data {
            *x = (*x / top * drive).tanh();
        }
        self
    }

    fn filtered(mut self, filter: Biquad) -> Self {
        filter.apply(&mut self.data);
        self
    }

    fn done(mut self) -> Tone {
        slope_in(&mut self.data, 0.0004 * self.rate);
        let n = self.data.len() as f64;
        slope_out(&mut self.data, n * 0.25);
        Tone {
            data: self.data,
            rate: self.rate,
            looped: None,
            fall: 0.0,
        }
    }
}

fn hp(hz: f64, rate: f64) -> Biquad {
    Biquad::high_pass(hz, rate, 0.7)
}

fn bp(hz: f64, rate: f64, q: f64) -> Biquad {
    Biquad::band_pass(hz, rate, q)
}

fn lp(hz: f64, rate: f64) -> Biquad {
    Biquad::low_pass(hz, rate, 0.7)
}

fn kick(deep: bool) -> Tone {
    let r = 26_000.0;
    let (low, ring) = if deep { (46.0, 0.62) } else { (54.0, 0.42) };
    Hit::new(0.42, r)
        .skin(1.0, low * 5.2, low, 0.022, ring)
        .skin(0.22, 420.0, 160.0, 0.012, 0.09)
        .hiss(0.28, 0.0, 0.018, 1, &[bp(3200.0, r, 0.8)])
        .warm(1.5)
        .done()
}

fn snare(bright: bool) -> Tone {
    let r = 32_000.0;
    let (a, b) = if bright {
        (205.0, 342.0)
    } else {
        (182.0, 306.0)
    };
    Hit::new(0.34, r)
        .skin(0.75, a * 1.5, a, 0.012, 0.22)
        .skin(0.42, b * 1.3, b, 0.010, 0.15)
        .hiss(0.62, 0.0, 0.30, 2, &[hp(1400.0, r), lp(9500.0, r)])
        .hiss(0.35, 0.0, 0.11, 3, &[bp(1900.0, r, 0.9)])
        .warm(1.3)
        .done()
}

fn rim() -> Tone {
    let r = 32_000.0;
    Hit::new(0.1, r)
        .knock(0.8, 1690.0, 0.05)
        .knock(0.5, 512.0, 0.06)
        .hiss(0.4, 0.0, 0.02, 4, &[bp(3600.0, r, 1.0)])
        .done()
}

fn clap() -> Tone {
    let r = 30_000.0;
    let band = [bp(1150.0, r, 1.1), hp(500.0, r)];
    Hit::new(0.28, r)
        .hiss(0.8, 0.0, 0.018, 5, &band)
        .hiss(0.8, 0.011, 0.018, 6, &band)
        .hiss(0.9, 0.023, 0.02, 7, &band)
        .hiss(1.0, 0.033, 0.24, 8, &band)
        .done()
}

/// Hi-hats and cymbals share their metal and differ in how long it may ring.
fn hat(t60: f64, seconds: f64) -> Tone {
    let r = 34_000.0;
    Hit::new(seconds, r)
        .plate(1.0, 3600.0, 14_500.0, 34, t60, 9)
        .hiss(0.5, 0.0, t60 * 0.7, 10, &[hp(6500.0, r)])
        .hiss(0.3, 0.0, 0.012, 11, &[bp(4800.0, r, 0.8)])
        .filtered(hp(3200.0, r))
        .done()
}

fn crash() -> Tone {
    let r = 30_000.0;
    Hit::new(1.9, r)
        .plate(1.0, 420.0, 13_000.0, 80, 2.3, 12)
        .hiss(0.75, 0.0, 1.0, 13, &[hp(3800.0, r)])
        .hiss(0.35, 0.0, 0.12, 14, &[bp(2600.0, r, 0.6)])
        .filtered(hp(380.0, r))
        .done()
}

fn ride() -> Tone {
    let r = 28_000.0;
    Hit::new(1.2, r)
        .plate(0.8, 620.0, 11_500.0, 50, 1.6, 15)
        .hiss(0.16, 0.0, 0.5, 16, &[hp(5000.0, r)])
        .hiss(0.6, 0.0, 0.02, 17, &[bp(5200.0, r, 0.9)])
        .filtered(hp(500.0, r))
        .done()
}

fn ride_bell() -> Tone {
    let r = 26_000.0;
    Hit::new(0.9, r)
        .plate(0.5, 2200.0, 9000.0, 16, 0.8, 18)
        .knock(0.55, 1245.0, 0.9)
        .knock(0.4, 2110.0, 0.8)
        .knock(0.3, 3372.0, 0.6)
        .done()
}

fn tom() -> Tone {
    let r = 24_000.0;
    Hit::new(0.55, r)
        .skin(1.0, 185.0, 110.0, 0.045, 0.55)
        .skin(0.35, 290.0, 176.0, 0.03, 0.22)
        .hiss(0.22, 0.0, 0.05, 19, &[bp(1200.0, r, 0.7)])
        .warm(1.2)
        .done()
}

fn tambourine() -> Tone {
    let r = 34_000.0;
    Hit::new(0.3, r)
        .plate(0.9, 4200.0, 12_500.0, 18, 0.28, 20)
        .hiss(0.6, 0.0, 0.1, 21, &[hp(6000.0, r)])
        .hiss(0.45, 0.022, 0.2, 22, &[hp(7000.0, r)])
        .filtered(hp(3000.0, r))
        .done()
}

fn shaker() -> Tone {
    let r = 34_000.0;
    let mut hit = Hit::new(0.12, r).hiss(1.0, 0.0, 0.12, 23, &[bp(7200.0, r, 0.8), hp(3500.0, r)]);
    // Grains take a moment to reach the wall.
    slope_in(&mut hit.data, 0.016 * r);
    hit.done()
}

fn cowbell() -> Tone {
    let r = 26_000.0;
    Hit::new(0.32, r)
        .knock(0.7, 562.0, 0.26)
        .knock(0.7, 845.0, 0.3)
        .knock(0.25, 1690.0, 0.15)
        .knock(0.2, 2530.0, 0.1)
        .warm(1.6)
        .done()
}

fn conga() -> Tone {
    let r = 24_000.0;
    Hit::new(0.36, r)
        .skin(1.0, 250.0, 220.0, 0.02, 0.34)
        .skin(0.3, 480.0, 418.0, 0.02, 0.14)
        .hiss(0.3, 0.0, 0.022, 24, &[bp(1700.0, r, 0.8)])
        .done()
}

fn wood() -> Tone {
    let r = 28_000.0;
    Hit::new(0.14, r)
        .knock(1.0, 880.0, 0.09)
        .knock(0.45, 2230.0, 0.05)
        .hiss(0.25, 0.0, 0.01, 25, &[bp(3000.0, r, 0.8)])
        .done()
}

fn triangle() -> Tone {
    let r = 34_000.0;
    Hit::new(0.8, r)
        .knock(0.5, 4100.0, 0.9)
        .knock(0.6, 6230.0, 0.8)
        .knock(0.35, 9120.0, 0.6)
        .knock(0.25, 11_870.0, 0.4)
        .done()
}

struct Piece {
    /// General MIDI's key numbers and the semitones each is moved by.
    keys: &'static [(u8, i16)],
    level: f64,
    pan: f64,
    exclusive: i16,
}

fn piece(b: &mut Builder, zones: &mut Vec<Zone>, name: &str, tone: &Tone, p: &Piece) -> Stored {
    let sample = b.store(name, tone, 60);
    for (i, (key, tune)) in p.keys.iter().enumerate() {
        let mut more = vec![(g::SCALE_TUNING, 0)];
        if *tune != 0 {
            more.push((g::COARSE_TUNE, *tune));
        }
        if p.exclusive > 0 {
            more.push((g::EXCLUSIVE_CLASS, p.exclusive));
        }
        // A row of toms goes round the drummer.
        let spread = if p.keys.len() > 3 {
            0.5 - i as f64 / (p.keys.len() - 1) as f64
        } else {
            0.0
        };
        for (velocities, cutoff) in [((1, 64), Some(5200.0)), ((65, 127), None)] {
            zones.push(b.zone(
                sample,
                Shape {
                    keys: (*key, *key),
                    velocities,
                    level: p.level,
                    pan: (p.pan + spread * 0.7).clamp(-1.0, 1.0),
                    // One-shots: the length of the written note does not matter.
                    release: 4.0,
                    cutoff: cutoff.filter(|_| p.level > -5.0),
                    more: more.clone(),
                    ..Shape::default()
                },
            ));
        }
    }
    sample
}

/// The kit, on General MIDI's drum keys, and a cymbal that any key plays, for the reverse cymbal and the like.
pub fn kit(b: &mut Builder) -> (Vec<Zone>, Vec<Zone>) {
    let mut z = Vec::new();
    let zones = &mut z;
    let one = |keys, level, pan| Piece {
        keys,
        level,
        pan,
        exclusive: 0,
    };
    piece(b, zones, "kick", &kick(false), &one(&[(36, 0)], 1.0, 0.0));
    let low = piece(
        b,
        zones,
        "kick deep",
        &kick(true),
        &one(&[(35, 0)], 1.0, 0.0),
    );
    piece(
        b,
        zones,
        "snare",
        &snare(false),
        &one(&[(38, 0)], 0.0, 0.03),
    );
    piece(
        b,
        zones,
        "snare bright",
        &snare(true),
        &one(&[(40, 0)], 0.0, 0.03),
    );
    piece(
        b,
        zones,
        "rim",
        &rim(),
        &one(&[(37, 0), (31, 2)], -4.0, 0.05),
    );
    piece(
        b,
        zones,
        "clap",
        &clap(),
        &one(&[(39, 0), (28, -5)], -2.0, -0.1),
    );
    let hats = |keys, level| Piece {
        keys,
        level,
        pan: 0.25,
        exclusive: 1,
    };
    piece(
        b,
        zones,
        "hat closed",
        &hat(0.10, 0.14),
        &hats(&[(42, 0)], -5.0),
    );
    piece(
        b,
        zones,
        "hat pedal",
        &hat(0.07, 0.10),
        &hats(&[(44, -1)], -8.0),
    );
    piece(
        b,
        zones,
        "hat open",
        &hat(0.75, 0.7),
        &hats(&[(46, 0)], -6.0),
    );
    let toms = &[(50, 9), (48, 6), (47, 3), (45, 0), (43, -3), (41, -6)];
    piece(b, zones, "tom", &tom(), &one(toms, -1.0, 0.0));
    let crashes = &[(49, 0), (57, -2), (55, 7), (52, -4)];
    let crash = piece(b, zones, "crash", &crash(), &one(crashes, -5.5, -0.2));
    piece(
        b,
        zones,
        "ride",
        &ride(),
        &one(&[(51, 0), (59, -1)], -7.0, -0.3),
    );
    piece(
        b,
        zones,
        "ride bell",
        &ride_bell(),
        &one(&[(53, 0)], -7.0, -0.3),
    );
    piece(
        b,
        zones,
        "tambourine",
        &tambourine(),
        &one(&[(54, 0), (83, 2)], -7.0, 0.15),
    );
    let shakers = &[
        (70, 0),
        (69, -2),
        (82, 1),
        (73, -3),
        (74, -5),
        (29, 3),
        (30, 5),
    ];
    piece(b, zones, "shaker", &shaker(), &one(shakers, -8.0, 0.0));
    piece(
        b,
        zones,
        "cowbell",
        &cowbell(),
        &one(&[(56, 0), (67, 5), (68, 0), (34, 7)], -6.0, 0.0),
    );
    let hands = &[
        (60, 7),
        (61, 2),
        (62, 4),
        (63, 3),
        (64, -2),
        (65, 5),
        (66, 0),
        (78, 9),
        (79, 5),
        (58, -7),
    ];
    piece(b, zones, "conga", &conga(), &one(hands, -4.0, 0.0));
    let woods = &[
        (76, 2),
        (77, -2),
        (75, 12),
        (33, 7),
        (32, 5),
        (85, 9),
        (71, 15),
        (72, 12),
    ];
    piece(b, zones, "wood", &wood(), &one(woods, -6.0, 0.0));
    piece(
        b,
        zones,
        "triangle",
        &triangle(),
        &one(&[(81, 0), (80, 0), (84, 3)], -9.0, 0.3),
    );
    // Surdo, and the odd keys below the kit.
    for (key, tune) in [(86, 5), (87, 0), (27, 12)] {
        zones.push(b.zone(
            low,
            Shape {
                keys: (key, key),
                level: -1.0,
                release: 4.0,
                more: vec![(g::SCALE_TUNING, 0), (g::COARSE_TUNE, tune)],
                ..Shape::default()
            },
        ));
    }
    let cymbal = b.zone(
        crash,
        Shape {
            release: 2.0,
            level: -7.0,
            more: vec![(g::SCALE_TUNING, 25)],
            ..Shape::default()
        },
    );
    (z, vec![cymbal])
}

/// The tom as a pitched instrument: timpani, taiko, melodic toms.
pub fn pitched(b: &mut Builder) -> Vec<Zone> {
    let r = 22_000.0;
    let tone = Hit::new(1.3, r)
        .skin(1.0, 134.0, 130.8, 0.03, 1.6)
        .skin(0.5, 200.0, 196.0, 0.03, 1.0)
        .skin(0.25, 263.0, 261.0, 0.03, 0.8)
        .hiss(0.12, 0.0, 0.05, 30, &[lp(900.0, r)])
        .done();
    let sample = b.store("timpani", &tone, 48);
    vec![b.zone(
        sample,
        Shape {
            release: 2.5,
            level: -1.0,
            ..Shape::default()
        },
    )]
}
