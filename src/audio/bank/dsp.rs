//! Small tools of sound: noise, a Fourier transform, filters, loudness.

use std::f64::consts::TAU;

/// A noise source that is the same on every machine (xorshift64*, Vigna 2016).
pub struct Noise(u64);

impl Noise {
    /// A source; equal seeds give equal noise.
    pub fn new(seed: u64) -> Self {
        Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Uniform in 0..1.
    pub fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in -1..1.
    pub fn sample(&mut self) -> f64 {
        self.unit() * 2.0 - 1.0
    }
}

/// Frequency of a MIDI key in hertz.
pub fn hertz(key: f64) -> f64 {
    440.0 * ((key - 69.0) / 12.0).exp2()
}

/// Frequency as SoundFont's absolute cents.
pub fn filter_cents(hz: f64) -> i16 {
    (1200.0 * (hz / 8.176).log2())
        .round()
        .clamp(1500.0, 13_500.0) as i16
}

/// Seconds as SoundFont's timecents.
pub fn timecents(seconds: f64) -> i16 {
    (1200.0 * seconds.max(0.001).log2())
        .round()
        .clamp(-12_000.0, 8000.0) as i16
}

/// Amplitude of decibels.
pub fn gain(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

/// Real part of the inverse transform of `(re, im)`, in place, unscaled; the length is a power of two.
pub fn inverse_fft(re: &mut [f64], im: &mut [f64]) {
    let n = re.len();
    let mut j = 0;
    for i in 1..n {
        let mut bit = n >> 1;
        while j & bit != 0 {
            j ^= bit;
            bit >>= 1;
        }
        j |= bit;
        if i < j {
            re.swap(i, j);
            im.swap(i, j);
        }
    }
    let mut size = 2;
    while size <= n {
        let turn = TAU / size as f64;
        for k in 0..size / 2 {
            let (s, c) = (turn * k as f64).sin_cos();
            for a in (k..n).step_by(size) {
                let b = a + size / 2;
                let (x, y) = (re[b] * c - im[b] * s, re[b] * s + im[b] * c);
                (re[b], im[b]) = (re[a] - x, im[a] - y);
                re[a] += x;
                im[a] += y;
            }
        }
        size *= 2;
    }
}

/// A second-order filter section (the formulas of Bristow-Johnson's cookbook).
#[derive(Clone, Copy)]
pub struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    z: [f64; 2],
}

impl Biquad {
    fn new(b: [f64; 3], a: [f64; 3]) -> Self {
        Biquad {
            b: b.map(|x| x / a[0]),
            a: [a[1] / a[0], a[2] / a[0]],
            z: [0.0; 2],
        }
    }

    fn angle(hz: f64, rate: f64, q: f64) -> (f64, f64) {
        let w = TAU * (hz / rate).min(0.49);
        (w.cos(), w.sin() / (2.0 * q))
    }

    pub fn low_pass(hz: f64, rate: f64, q: f64) -> Self {
        let (c, al) = Self::angle(hz, rate, q);
        let b = (1.0 - c) / 2.0;
        Self::new([b, 1.0 - c, b], [1.0 + al, -2.0 * c, 1.0 - al])
    }

    pub fn high_pass(hz: f64, rate: f64, q: f64) -> Self {
        let (c, al) = Self::angle(hz, rate, q);
        let b = f64::midpoint(1.0, c);
        Self::new([b, -1.0 - c, b], [1.0 + al, -2.0 * c, 1.0 - al])
    }

    pub fn band_pass(hz: f64, rate: f64, q: f64) -> Self {
        let (c, al) = Self::angle(hz, rate, q);
        Self::new([al, 0.0, -al], [1.0 + al, -2.0 * c, 1.0 - al])
    }

    pub fn high_shelf(hz: f64, rate: f64, db: f64) -> Self {
        let a = 10f64.powf(db / 40.0);
        let (c, al) = Self::angle(hz, rate, std::f64::consts::FRAC_1_SQRT_2);
        let r = 2.0 * a.sqrt() * al;
        Self::new(
            [
                a * ((a + 1.0) + (a - 1.0) * c + r),
                -2.0 * a * ((a - 1.0) + (a + 1.0) * c),
                a * ((a + 1.0) + (a - 1.0) * c - r),
            ],
            [
                (a + 1.0) - (a - 1.0) * c + r,
                2.0 * ((a - 1.0) - (a + 1.0) * c),
                (a + 1.0) - (a - 1.0) * c - r,
            ],
        )
    }

    pub fn run(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.z[0];
        self.z[0] = self.b[1] * x - self.a[0] * y + self.z[1];
        self.z[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    /// Filters a whole sound.
    pub fn apply(mut self, data: &mut [f64]) {
        for x in data {
            *x = self.run(*x);
        }
    }
}

/// Loudness in decibels below full scale: mean square behind the weighting of ITU-R BS.1770, plus 10 dB of bass cut
/// below about 80 Hz, where small speakers say nothing.
pub fn loudness(data: &[f64], rate: f64) -> f64 {
    let mut filters = [
        Biquad::high_shelf(1680.0, rate, 4.0),
        Biquad::high_pass(45.0, rate, 0.6),
        Biquad::high_pass(60.0, rate, 0.6),
    ];
    let mut power = 0.0;
    for x in data {
        let y = filters.iter_mut().fold(*x, |x, f| f.run(x));
        power += y * y;
    }
    10.0 * (power / data.len().max(1) as f64).max(1e-12).log10()
}

/// Highest absolute value.
pub fn peak(data: &[f64]) -> f64 {
    data.iter().fold(0.0, |a, x| x.abs().max(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bin_transforms_to_one_cosine() {
        let (mut re, mut im) = (vec![0.0; 64], vec![0.0; 64]);
        re[3] = 1.0;
        inverse_fft(&mut re, &mut im);
        for (i, x) in re.iter().enumerate() {
            assert!((x - (TAU * 3.0 * i as f64 / 64.0).cos()).abs() < 1e-12);
        }
    }

    #[test]
    fn loudness_follows_level_and_pitch() {
        let tone = |hz: f64, a: f64| -> Vec<f64> {
            (0..48_000)
                .map(|i| a * (TAU * hz * i as f64 / 48_000.0).sin())
                .collect()
        };
        let at = |hz, a| loudness(&tone(hz, a), 48_000.0);
        assert!((at(1000.0, 0.1) - at(1000.0, 1.0) + 20.0).abs() < 0.01);
        assert!(at(40.0, 1.0) < at(400.0, 1.0) - 6.0);
        assert!(at(4000.0, 1.0) > at(400.0, 1.0) + 3.0);
    }
}
