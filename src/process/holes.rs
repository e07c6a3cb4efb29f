//! Holes of every shape a person can draw in a table of rows and fields, and states of their filling.
//!
//! The reference masks in one way and samples in another; its networks then meet states they were never trained
//! on. Here an example is drawn in the two moves of the sampler: a hole, then how far it has been filled.

use rand::Rng;
use rand::seq::{SliceRandom, index};
use serde::{Deserialize, Serialize};

/// How often each shape of hole and each order of filling is drawn (weights, any scale). A field is a voice of a
/// grid, an attribute of an octuple, a key of a roll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Holes {
    /// Everything.
    pub whole: f32,
    /// A run of bars, all fields.
    pub bars: f32,
    /// A run of bars, some fields.
    pub bars_of_fields: f32,
    /// One field from the first row to the last.
    pub field: f32,
    /// Some fields, any number but all, from the first row to the last: a line is given and the others are asked.
    pub fields: f32,
    /// Neighbouring fields over a run of bars: a band of pitches in a roll.
    pub band: f32,
    /// A stretch of rows that begins and ends anywhere, some fields.
    pub stretch: f32,
    /// Single rows.
    pub rows: f32,
    /// Single elements.
    pub elements: f32,
    /// Longest run of bars.
    pub longest: usize,
    /// Inside the hole elements are decided in any order.
    pub by_element: f32,
    /// Inside the hole whole rows are decided.
    pub by_row: f32,
    /// Inside the hole one field is decided after the other.
    pub by_field: f32,
}

impl Default for Holes {
    fn default() -> Self {
        Holes {
            whole: 0.16,
            bars: 0.25,
            bars_of_fields: 0.15,
            field: 0.06,
            fields: 0.1,
            band: 0.05,
            stretch: 0.1,
            rows: 0.05,
            elements: 0.08,
            longest: 16,
            by_element: 0.7,
            by_row: 0.15,
            by_field: 0.15,
        }
    }
}

impl Holes {
    /// Draws a hole `[rows, fields]` in rows whose bars are `bars`. Never empty where there is a row and a field.
    pub fn draw(&self, bars: &[usize], fields: usize, rng: &mut (impl Rng + ?Sized)) -> Vec<bool> {
        let rows = bars.len();
        if rows == 0 || fields == 0 {
            return Vec::new();
        }
        let shapes = [
            self.whole,
            self.bars,
            self.bars_of_fields,
            self.field,
            self.band,
            self.stretch,
            self.rows,
            self.elements,
            self.fields,
        ];
        let run = self.run(bars, rng);
        let some: Vec<bool> = {
            let must = rng.random_range(0..fields);
            (0..fields)
                .map(|f| f == must || rng.random_bool(0.4))
                .collect()
        };
        let inside = |row: usize| run.contains(&bars[row]);
        let mut hole = match weighted(&shapes, rng) {
            0 => vec![true; rows * fields],
            1 => fill(rows, fields, |r, _| inside(r)),
            2 => fill(rows, fields, |r, f| inside(r) && some[f]),
            3 => {
                let one = rng.random_range(0..fields);
                fill(rows, fields, |_, f| f == one)
            }
            4 => {
                let width = rng.random_range(1..=fields.div_ceil(3));
                let from = rng.random_range(0..=fields - width);
                let band = from..from + width;
                fill(rows, fields, |r, f| inside(r) && band.contains(&f))
            }
            5 => {
                let length = rng.random_range(1..=rows);
                let from = rng.random_range(0..=rows - length);
                let stretch = from..from + length;
                fill(rows, fields, |r, f| stretch.contains(&r) && some[f])
            }
            6 => {
                let share = rng.random_range(0.05..0.6);
                let chosen: Vec<bool> = (0..rows).map(|_| rng.random_bool(share)).collect();
                fill(rows, fields, |r, _| chosen[r])
            }
            7 => {
                let share = rng.random_range(0.05..0.6);
                (0..rows * fields).map(|_| rng.random_bool(share)).collect()
            }
            _ => {
                let many = rng.random_range(1..fields.max(2));
                let mut chosen = vec![false; fields];
                for f in index::sample(rng, fields, many) {
                    chosen[f] = true;
                }
                fill(rows, fields, |_, f| chosen[f])
            }
        };
        if !hole.contains(&true) {
            let one = rng.random_range(0..hole.len());
            hole[one] = true;
        }
        hole
    }

    /// A run of the bars there are.
    fn run(
        &self,
        bars: &[usize],
        rng: &mut (impl Rng + ?Sized),
    ) -> std::ops::RangeInclusive<usize> {
        let mut there = bars.to_vec();
        there.sort_unstable();
        there.dedup();
        let most = self
            .longest
            .clamp(1, there.len().max(2) - 1)
            .min(there.len());
        let length = rng.random_range(1..=most);
        let from = rng.random_range(0..=there.len() - length);
        there[from]..=there[from + length - 1]
    }

    /// Which elements of a hole `[rows, fields]` are not decided yet when the share `share` is not, 0..=1, given
    /// that there is one: an example with nothing to predict teaches nothing.
    pub fn hide(
        &self,
        hole: &[bool],
        fields: usize,
        share: f32,
        rng: &mut (impl Rng + ?Sized),
    ) -> Hidden {
        let fields = fields.max(1);
        let p = f64::from(share.clamp(0.0, 1.0));
        let all = || (0..hole.len()).filter(|&i| hole[i]);
        // What is decided together, and with which probability it is not decided yet.
        let units: Vec<(Vec<usize>, f64)> =
            match weighted(&[self.by_element, self.by_row, self.by_field], rng) {
                0 => all().map(|i| (vec![i], p)).collect(),
                1 => hole
                    .chunks(fields)
                    .enumerate()
                    .map(|(row, cells)| {
                        let inside = (0..cells.len()).filter(|&f| cells[f]);
                        (inside.map(|f| row * fields + f).collect(), p)
                    })
                    .filter(|(cells, _): &(Vec<usize>, f64)| !cells.is_empty())
                    .collect(),
                _ => {
                    let p = field_by_field(hole, fields, p, rng);
                    all().map(|i| (vec![i], p[i % fields])).collect()
                }
            };
        // Probability that all units from the nth on are decided.
        let mut none = vec![1.0; units.len() + 1];
        for n in (0..units.len()).rev() {
            none[n] = none[n + 1] * (1.0 - units[n].1);
        }
        let mut masked = vec![false; hole.len()];
        let mut any = false;
        for (n, (cells, p)) in units.iter().enumerate() {
            let p = if any {
                *p
            } else {
                (p / (1.0 - none[n]).max(1e-12)).min(1.0)
            };
            // Rounding must not lose the last chance, nor a share of 0 all of them.
            let last = !any && n + 1 == units.len();
            if last || rng.random_bool(p) {
                any = true;
                cells.iter().for_each(|&i| masked[i] = true);
            }
        }
        Hidden {
            masked,
            chance: (1.0 - none[0]) as f32,
        }
    }
}

/// A state of filling.
#[derive(Clone, Debug, PartialEq)]
pub struct Hidden {
    /// What is not decided yet, `[rows, fields]`.
    pub masked: Vec<bool>,
    /// Probability that anything would not be decided yet, had that not been asked for: a sum over the masked
    /// elements times this has the mean it would have had.
    pub chance: f32,
}

/// Probability of each field not to be decided yet: fields before the present one are decided, those after it are
/// not.
fn field_by_field(
    hole: &[bool],
    fields: usize,
    share: f64,
    rng: &mut (impl Rng + ?Sized),
) -> Vec<f64> {
    let mut open: Vec<usize> = (0..fields)
        .filter(|&f| hole.iter().skip(f).step_by(fields).any(|&h| h))
        .collect();
    open.shuffle(rng);
    let n = open.len() as f64;
    let mut p = vec![0.0; fields];
    for (place, &f) in open.iter().enumerate() {
        p[f] = (share * n - (n - 1.0 - place as f64)).clamp(0.0, 1.0);
    }
    p
}

fn fill(rows: usize, fields: usize, inside: impl Fn(usize, usize) -> bool) -> Vec<bool> {
    (0..rows * fields)
        .map(|i| inside(i / fields, i % fields))
        .collect()
}

/// An index, as often as its weight says.
pub(super) fn weighted(weights: &[f32], rng: &mut (impl Rng + ?Sized)) -> usize {
    let mut x = rng.random_range(0.0..1.0f32) * weights.iter().map(|w| w.max(0.0)).sum::<f32>();
    for (i, w) in weights.iter().enumerate() {
        x -= w.max(0.0);
        if x < 0.0 {
            return i;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::super::generator;
    use super::*;

    /// Only the shape that `set` turns on.
    fn only(set: impl Fn(&mut Holes)) -> Holes {
        let mut none = Holes {
            whole: 0.0,
            bars: 0.0,
            bars_of_fields: 0.0,
            field: 0.0,
            fields: 0.0,
            band: 0.0,
            stretch: 0.0,
            rows: 0.0,
            elements: 0.0,
            ..Holes::default()
        };
        set(&mut none);
        none
    }

    #[test]
    fn every_shape_is_what_its_name_says() {
        let bars: Vec<usize> = (0..48).map(|r| r / 8).collect();
        let fields = 5;
        let mut rng = generator(1, 0);
        let row_sets = |hole: &[bool]| -> Vec<Vec<bool>> {
            hole.chunks(fields).map(<[bool]>::to_vec).collect()
        };
        for _ in 0..100 {
            let whole = only(|h| h.whole = 1.0).draw(&bars, fields, &mut rng);
            assert!(whole.iter().all(|&h| h));
            let of_bars = only(|h| h.bars = 1.0).draw(&bars, fields, &mut rng);
            for (row, set) in row_sets(&of_bars).iter().enumerate() {
                assert!(set.iter().all(|&h| h == set[0]));
                assert_eq!(set[0], of_bars[bars[row] * 8 * fields], "whole bars");
            }
            let field = only(|h| h.field = 1.0).draw(&bars, fields, &mut rng);
            assert_eq!(field.iter().filter(|&&h| h).count(), bars.len());
            let lines = only(|h| h.fields = 1.0).draw(&bars, fields, &mut rng);
            let of_row: Vec<bool> = lines[..fields].to_vec();
            assert!(of_row.contains(&true) && of_row.contains(&false));
            assert!(lines.chunks(fields).all(|row| row == of_row));
            let band = only(|h| h.band = 1.0).draw(&bars, fields, &mut rng);
            for set in row_sets(&band).iter().filter(|s| s.contains(&true)) {
                let first = set.iter().position(|&h| h).unwrap();
                let n = set.iter().filter(|&&h| h).count();
                assert!(set[first..first + n].iter().all(|&h| h), "neighbours");
            }
            let stretch = only(|h| h.stretch = 1.0).draw(&bars, fields, &mut rng);
            let rows: Vec<bool> = stretch.chunks(fields).map(|s| s.contains(&true)).collect();
            let first = rows.iter().position(|&h| h).unwrap();
            let n = rows.iter().filter(|&&h| h).count();
            assert!(rows[first..first + n].iter().all(|&h| h), "one stretch");
        }
    }

    #[test]
    fn the_hidden_share_is_the_time_in_every_order_and_never_outside() {
        let hole: Vec<bool> = (0..400).map(|i| i % 4 != 1 && i > 100).collect();
        let n = hole.iter().filter(|&&h| h).count() as f32;
        let mut rng = generator(2, 0);
        for order in 0..3 {
            let is = |k: i32| f32::from(u8::from(order == k));
            let holes = only_order(is(0), is(1), is(2));
            for share in [0.2, 0.5, 0.9] {
                let mut mean = 0.0;
                for _ in 0..300 {
                    let hidden = holes.hide(&hole, 4, share, &mut rng).masked;
                    assert!(hidden.iter().zip(&hole).all(|(&hid, &h)| h || !hid));
                    mean += hidden.iter().filter(|&&h| h).count() as f32 / n / 300.0;
                }
                assert!((mean - share).abs() < 0.02, "{order}: {mean} for {share}");
            }
            let all = holes.hide(&hole, 4, 1.0, &mut rng);
            assert_eq!(all.masked, hole, "at the last step nothing is decided");
            assert_eq!(all.chance, 1.0);
        }
    }

    #[test]
    fn something_is_always_hidden_and_its_mean_can_be_mended() {
        // Three elements in two rows.
        let hole = [true, true, false, true];
        let mut rng = generator(4, 0);
        for (holes, chance) in [
            (only_order(1.0, 0.0, 0.0), 1.0 - 0.9f32.powi(3)),
            (only_order(0.0, 1.0, 0.0), 1.0 - 0.9f32.powi(2)),
        ] {
            let mut each = [0f32; 4];
            for _ in 0..20_000 {
                let hidden = holes.hide(&hole, 2, 0.1, &mut rng);
                assert!(hidden.masked.contains(&true) && !hidden.masked[2]);
                assert!((hidden.chance - chance).abs() < 1e-6);
                for (sum, &m) in each.iter_mut().zip(&hidden.masked) {
                    *sum += f32::from(m) * hidden.chance / 20_000.0;
                }
            }
            // Every element as often as every other.
            for i in [0, 1, 3] {
                assert!((each[i] - 0.1).abs() < 0.006, "{each:?}");
            }
        }
        for order in 0..3 {
            let is = |k: i32| f32::from(u8::from(order == k));
            let hidden = only_order(is(0), is(1), is(2)).hide(&hole, 2, 0.0, &mut rng);
            assert!(hidden.masked.contains(&true));
            assert_eq!(hidden.chance, 0.0);
        }
    }

    fn only_order(by_element: f32, by_row: f32, by_field: f32) -> Holes {
        Holes {
            by_element,
            by_row,
            by_field,
            ..Holes::default()
        }
    }

    #[test]
    fn a_table_without_rows_has_no_hole() {
        let mut rng = generator(3, 0);
        assert!(Holes::default().draw(&[], 4, &mut rng).is_empty());
        assert!(
            Holes::default()
                .hide(&[], 4, 0.5, &mut rng)
                .masked
                .is_empty()
        );
        assert_eq!(Holes::default().draw(&[3], 1, &mut rng), [true]);
    }
}
