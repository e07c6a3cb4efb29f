//! Codes that several representations share: time signatures, tempos and durations of the octuple line
//! (MusicBERT, Zeng et al. 2021; smdiff; REMI-z uses the first two as they are).

/// Time signatures that can be written: for each denominator the numerators up to twice itself.
pub const TIME_SIGNATURES: usize = 254;
/// Tempos that can be written.
pub const TEMPOS: usize = 49;
/// Durations that can be written.
pub const DURATIONS: usize = 128;

/// Code of a time signature, or `None` for one that cannot be written even after it was reduced as the
/// reference does: halved while the denominator is above 64, divided while the numerator is more than
/// twice the denominator.
pub fn time_signature(numerator: u32, denominator: u32) -> Option<u8> {
    let (mut n, mut d) = (numerator, denominator);
    if n == 0 {
        return None;
    }
    while d > 64 && d.is_multiple_of(2) && n.is_multiple_of(2) {
        (n, d) = (n / 2, d / 2);
    }
    while n > 2 * d {
        let divisor = (2..=n).find(|f| n.is_multiple_of(*f))?;
        n /= divisor;
    }
    let before: u32 = (0..7)
        .map(|e| 1u32 << e)
        .take_while(|&e| e < d)
        .map(|e| 2 * e)
        .sum();
    let known = d.is_power_of_two() && d <= 64;
    known.then(|| (before + n - 1) as u8)
}

/// Numerator and denominator of a code, 4/4 beyond the table.
pub fn time_signature_of(code: u8) -> (u8, u16) {
    let mut rest = u32::from(code);
    for e in 0..7 {
        let d = 1u32 << e;
        if rest < 2 * d {
            return ((rest + 1) as u8, d as u16);
        }
        rest -= 2 * d;
    }
    (4, 4)
}

/// Code of a tempo in quarters a minute, 0..=48, a twelfth of a doubling apart from 16 bpm on.
pub fn tempo(bpm: f64) -> u8 {
    (12.0 * (bpm.clamp(16.0, 256.0) / 16.0).log2()).round() as u8
}

/// Quarters a minute of a tempo code.
pub fn tempo_of(code: u8) -> f64 {
    16.0 * 2f64.powf(f64::from(code.min(48)) / 12.0)
}

/// Code of a duration in sixteenths of a quarter: sixteen codes of one step, then sixteen of two, and so
/// on; a length between two codes gets the lower one.
pub fn duration(positions: u32) -> u8 {
    let octave = (positions / 16 + 1).ilog2();
    if octave > 7 {
        return 127;
    }
    let within = (positions - duration_of(octave as u8 * 16)) >> octave;
    octave as u8 * 16 + within.min(15) as u8
}

/// Sixteenths of a quarter of a duration code.
pub fn duration_of(code: u8) -> u32 {
    let (octave, within) = (u32::from(code.min(127)) / 16, u32::from(code.min(127)) % 16);
    16 * ((1 << octave) - 1) + (within << octave)
}

/// A tick as a number of parts of a quarter, halves to the even neighbour as Python rounds.
pub fn position(tick: u32, ppq: u16, parts: u32) -> u32 {
    (f64::from(tick) * f64::from(parts) / f64::from(ppq.max(1))).round_ties_even() as u32
}

/// The tick nearest to so many parts of a quarter, halves up: where a row or position begins in a piece.
pub fn tick(parts: u32, ppq: u16, a_quarter: u32) -> u32 {
    let (ticks, a_quarter) = (
        u64::from(parts) * u64::from(ppq),
        u64::from(a_quarter.max(1)),
    );
    ((2 * ticks + a_quarter) / (2 * a_quarter)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_the_golden_ones() {
        let golden = [
            (0, 0),
            (1, 1),
            (15, 15),
            (16, 16),
            (17, 16),
            (18, 17),
            (32, 24),
            (47, 31),
            (48, 32),
            (51, 32),
            (52, 33),
            (64, 36),
            (100, 45),
            (128, 50),
            (256, 65),
            (512, 80),
            (1024, 96),
            (4079, 127),
            (4080, 127),
            (1 << 30, 127),
        ];
        for (length, code) in golden {
            assert_eq!(duration(length), code, "{length}");
        }
        let decoded = [17u8, 31, 32, 33, 48, 64, 80, 96, 112, 127].map(duration_of);
        assert_eq!(decoded, [18, 46, 48, 52, 112, 240, 496, 1008, 2032, 3952]);
        for code in 0..128 {
            assert_eq!(duration(duration_of(code)), code);
        }
    }

    #[test]
    fn time_signatures_are_the_golden_ones() {
        let golden = [
            ((1, 1), 0),
            ((2, 1), 1),
            ((2, 2), 3),
            ((1, 4), 6),
            ((2, 4), 7),
            ((3, 4), 8),
            ((4, 4), 9),
            ((5, 4), 10),
            ((6, 4), 11),
            ((7, 4), 12),
            ((8, 4), 13),
            ((3, 8), 16),
            ((6, 8), 19),
            ((9, 8), 22),
            ((12, 8), 25),
            ((16, 8), 29),
            ((128, 64), 253),
        ];
        for ((n, d), code) in golden {
            assert_eq!(time_signature(n, d), Some(code), "{n}/{d}");
            assert_eq!(time_signature_of(code), (n as u8, d as u16));
        }
        assert_eq!(time_signature(8, 128), time_signature(4, 64));
        assert_eq!(time_signature(12, 4), time_signature(6, 4));
        assert_eq!(time_signature(3, 5), None);
        assert_eq!(time_signature(0, 4), None);
    }

    #[test]
    fn tempos_are_the_golden_ones() {
        let golden = [
            (16.0, 0),
            (60.0, 23),
            (80.0, 28),
            (90.0, 30),
            (100.0, 32),
            (120.0, 35),
            (128.0, 36),
            (140.0, 38),
            (180.0, 42),
            (256.0, 48),
            (1000.0, 48),
        ];
        for (bpm, code) in golden {
            assert_eq!(tempo(bpm), code, "{bpm}");
        }
        assert!((tempo_of(36) - 128.0).abs() < 1e-9);
    }

    #[test]
    fn a_tick_is_the_nearest_to_its_part() {
        assert_eq!([0, 1, 2, 3, 4].map(|p| tick(p, 6, 4)), [0, 2, 3, 5, 6]);
        assert_eq!(tick(u32::MAX, 4, 4), u32::MAX);
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!([1, 3, 5].map(|t| position(t, 2, 1)), [0, 2, 2]);
        assert_eq!(position(480, 480, 16), 16);
    }
}
