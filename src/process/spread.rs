//! Takes that spread out: each by itself is a fair draw, and together they cover more of what the model thinks
//! likely than draws that know nothing of each other.
//!
//! Where every take draws the same value (the number of notes of a bar, the pitch of its second note), the takes
//! use one uniform number, moved on by the golden ratio from take to take. For one take that is a uniform number like
//! any other, so nothing changes in how it sounds; any number of takes in a row divides 0..1 about evenly, as the
//! lattice of arithmetic sampling does for a number known beforehand (Vilnis and others 2023).

use std::collections::HashMap;

/// The golden ratio less one: its multiples lie most evenly on a circle (Kronecker's sequence).
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// The uniform numbers of one take of a request.
pub struct Spread {
    seed: u64,
    turn: f64,
    /// How often each place has drawn: what is taken back and drawn again must get another number.
    times: HashMap<u64, u64>,
}

impl Spread {
    /// Of take number `take` of the request with that seed.
    pub fn new(seed: u64, take: u32) -> Spread {
        Spread {
            seed,
            turn: f64::from(take) * GOLDEN,
            times: HashMap::new(),
        }
    }

    /// A number of 0..1 for a place, the same place in every take; another each time it is asked.
    pub fn uniform(&mut self, place: u64) -> f32 {
        let times = self.times.entry(place).or_default();
        let shared = mix(mix(self.seed ^ mix(place)) ^ *times);
        *times += 1;
        let shared = (shared >> 11) as f64 / (1u64 << 53) as f64;
        // Rounding may make 1 of what is just below it.
        ((shared + self.turn).fract() as f32).min(1.0 - f32::EPSILON / 2.0)
    }
}

/// SplitMix64's finaliser (Steele and others 2014): every bit of the result hangs on every bit of `x`.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_take_by_itself_draws_evenly_and_its_places_know_nothing_of_each_other() {
        for take in [0, 1, 7] {
            let mut spread = Spread::new(5, take);
            let (mut mean, mut product, n) = (0.0, 0.0, 20_000u32);
            let mut before = 0.5;
            for place in 0..u64::from(n) {
                let u = f64::from(spread.uniform(place));
                assert!((0.0..1.0).contains(&u));
                mean += u / f64::from(n);
                product += (u - 0.5) * (before - 0.5) / f64::from(n);
                before = u;
            }
            // Of n fair draws: deviations .002 and .0006.
            assert!((mean - 0.5).abs() < 0.008, "{mean}");
            assert!(product.abs() < 0.0025, "{product}");
        }
    }

    #[test]
    fn takes_divide_the_circle_and_a_place_asked_again_draws_anew() {
        for place in 0..50 {
            let mut draws: Vec<f32> = (0..8).map(|t| Spread::new(9, t).uniform(place)).collect();
            draws.sort_by(f32::total_cmp);
            let around = [draws[0] + 1.0 - draws[7]];
            let widest = draws.windows(2).map(|w| w[1] - w[0]).chain(around);
            // Independent draws would leave a gap of a third.
            assert!(widest.fold(0.0, f32::max) < 0.25, "{draws:?}");
        }
        let mut spread = Spread::new(9, 3);
        assert_ne!(spread.uniform(4), spread.uniform(4));
        assert_ne!(Spread::new(9, 3).uniform(4), Spread::new(10, 3).uniform(4));
    }
}
