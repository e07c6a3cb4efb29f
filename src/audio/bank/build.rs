//! Puts tones into a SoundFont: samples at full level, zones that bring all of them to one loudness.

use super::dsp::{filter_cents, loudness, peak, timecents};
use super::sf2::{Sample, SoundFile, Zone, generator as g};
use super::tone::Tone;

/// Loudness every note of velocity 127 is brought to, in decibels as [`loudness`] counts them. Low enough that the
/// thinnest sample (a click of a claves) reaches it without exceeding full scale.
pub const TARGET: f64 = -20.5;
/// Seconds over which a note's loudness is measured: about a beat.
const WINDOW: f64 = 0.4;
/// rustysynth, as Polyphone does, takes only 40 % of an attenuation.
const ATTENUATION_SHARE: f64 = 0.4;

/// A sample in the making font, with what zones need to know of it.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    index: usize,
    loudness: f64,
    fall: f64,
}

/// The font in the making.
#[derive(Default)]
pub struct Builder {
    pub file: SoundFile,
}

/// Envelope and range of a zone. Times in seconds.
#[derive(Clone, Debug)]
pub struct Shape {
    pub keys: (u8, u8),
    pub velocities: (u8, u8),
    /// Decibels above [`TARGET`].
    pub level: f64,
    /// -1 (left) ..= 1.
    pub pan: f64,
    pub attack: f64,
    pub release: f64,
    /// Low-pass in hertz, if any.
    pub cutoff: Option<f64>,
    /// Anything else.
    pub more: Vec<(u16, i16)>,
}

impl Default for Shape {
    fn default() -> Self {
        Shape {
            keys: (0, 127),
            velocities: (0, 127),
            level: 0.0,
            pan: 0.0,
            attack: 0.0,
            release: 0.2,
            cutoff: None,
            more: Vec::new(),
        }
    }
}

impl Builder {
    /// Stores a tone that has its pitch at key `root`.
    pub fn store(&mut self, name: &str, tone: &Tone, root: u8) -> Stored {
        let scale = 0.97 / peak(&tone.data).max(1e-9);
        let heard = heard(tone, WINDOW, scale);
        let index = self.file.add_sample(Sample {
            name: name.into(),
            data: tone
                .data
                .iter()
                .map(|x| (x * scale * 32_767.0).round() as i16)
                .collect(),
            rate: tone.rate.round() as u32,
            root,
            looped: tone.looped.map(|(a, b)| (a as u32, b as u32)),
        });
        Stored {
            index,
            loudness: loudness(&heard, tone.rate),
            fall: tone.fall,
        }
    }

    /// A zone that plays a stored sample.
    pub fn zone(&self, sample: Stored, shape: Shape) -> Zone {
        let over = sample.loudness - TARGET - shape.level;
        let mut generators = shape.more;
        let mut put = |kind: u16, amount: i16| generators.push((kind, amount));
        if over > 0.0 {
            put(
                g::ATTENUATION,
                (over * 10.0 / ATTENUATION_SHARE).round().min(1440.0) as i16,
            );
        }
        if shape.pan != 0.0 {
            put(g::PAN, (shape.pan * 500.0).round() as i16);
        }
        if let Some(hz) = shape.cutoff {
            put(g::FILTER_CUTOFF, filter_cents(hz));
        }
        if shape.attack > 0.0 {
            put(g::VOL_ENV_ATTACK, timecents(shape.attack));
        }
        put(g::VOL_ENV_RELEASE, timecents(shape.release));
        if sample.fall > 0.0 {
            // The synth's envelope falls by 9.226 nepers in its decay time.
            put(g::VOL_ENV_DECAY, timecents(9.226 / sample.fall));
            put(g::VOL_ENV_SUSTAIN, 1000);
        }
        Zone {
            sample: sample.index,
            keys: shape.keys,
            velocities: shape.velocities,
            generators,
        }
    }
}

/// What the synth makes of a tone in its first seconds: looped, and under its envelope.
fn heard(tone: &Tone, seconds: f64, scale: f64) -> Vec<f64> {
    let n = (seconds * tone.rate) as usize;
    let mut at = 0;
    (0..n)
        .map(|i| {
            let x = tone.data.get(at).copied().unwrap_or(0.0);
            at += 1;
            if let Some((from, to)) = tone.looped
                && at >= to
            {
                at = from;
            }
            x * scale * (-tone.fall * i as f64 / tone.rate).exp()
        })
        .collect()
}

/// Key ranges around roots: each key goes to the nearest root, the outermost reach to the ends.
pub fn spans(roots: &[u8]) -> Vec<(u8, u8)> {
    (0..roots.len())
        .map(|i| {
            let from = match i.checked_sub(1) {
                Some(p) => (roots[p] + roots[i]) / 2 + 1,
                None => 0,
            };
            let to = roots.get(i + 1).map_or(127, |n| (roots[i] + n) / 2);
            (from, to)
        })
        .collect()
}

/// Roots from `from` to at most `to`.
pub fn roots(from: u8, to: u8, step: usize) -> Vec<u8> {
    (from..=to).step_by(step).collect()
}
