//! Holes of every shape a person can draw in a table of rows and fields, and states of their filling.
//!
//! The reference masks in one way and samples in another; its networks then meet states they were never trained
//! on. Here an example is drawn in the two moves of the sampler: a hole, then how far it has been filled.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
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
            whole: 0.2,
            bars: 0.25,
            bars_of_fields: 0.15,
            field: 0.12,
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
            _ => {
                let share = rng.random_range(0.05..0.6);
                (0..rows * fields).map(|_| rng.random_bool(share)).collect()
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

    /// Which elements of a hole `[rows, fields]` are not decided yet when the share `share` is not, 0..=1. At
    /// least one where the hole has any: an example with nothing to predict teaches nothing.
    pub fn hide(
        &self,
        hole: &[bool],
        fields: usize,
        share: f32,
        rng: &mut (impl Rng + ?Sized),
    ) -> Vec<bool> {
        let p = f64::from(share.clamp(0.0, 1.0));
        let mut hidden = match weighted(&[self.by_element, self.by_row, self.by_field], rng) {
            0 => hole.iter().map(|&h| h && rng.random_bool(p)).collect(),
            1 => {
                let mut hidden = hole.to_vec();
                for row in hidden.chunks_mut(fields.max(1)) {
                    if !rng.random_bool(p) {
                        row.fill(false);
                    }
                }
                hidden
            }
            _ => self.field_by_field(hole, fields, share, rng),
        };
        if !hidden.contains(&true) {
            let all: Vec<usize> = (0..hole.len()).filter(|&i| hole[i]).collect();
            if let Some(&one) = all.choose(rng) {
                hidden[one] = true;
            }
        }
        hidden
    }

    /// Fields before the present one are decided, those after it are not.
    fn field_by_field(
        &self,
        hole: &[bool],
        fields: usize,
        share: f32,
        rng: &mut (impl Rng + ?Sized),
    ) -> Vec<bool> {
        let mut open: Vec<usize> = (0..fields)
            .filter(|&f| hole.iter().skip(f).step_by(fields).any(|&h| h))
            .collect();
        open.shuffle(rng);
        let n = open.len() as f32;
        let mut p = vec![0.0; fields];
        for (place, &f) in open.iter().enumerate() {
            p[f] = f64::from((share * n - (n - 1.0 - place as f32)).clamp(0.0, 1.0));
        }
        hole.iter()
            .enumerate()
            .map(|(i, &h)| h && rng.random_bool(p[i % fields]))
            .collect()
    }
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
            let holes = Holes {
                by_element: (order == 0) as u8 as f32,
                by_row: (order == 1) as u8 as f32,
                by_field: (order == 2) as u8 as f32,
                ..Holes::default()
            };
            for share in [0.2, 0.5, 0.9] {
                let mut mean = 0.0;
                for _ in 0..300 {
                    let hidden = holes.hide(&hole, 4, share, &mut rng);
                    assert!(hidden.iter().zip(&hole).all(|(&hid, &h)| h || !hid));
                    mean += hidden.iter().filter(|&&h| h).count() as f32 / n / 300.0;
                }
                assert!((mean - share).abs() < 0.02, "{order}: {mean} for {share}");
            }
            let all = holes.hide(&hole, 4, 1.0, &mut rng);
            assert_eq!(all, hole, "at the last step nothing is decided");
            let one = holes.hide(&hole, 4, 0.0, &mut rng);
            assert_eq!(one.iter().filter(|&&h| h).count(), 1);
        }
    }

    #[test]
    fn a_table_without_rows_has_no_hole() {
        let mut rng = generator(3, 0);
        assert!(Holes::default().draw(&[], 4, &mut rng).is_empty());
        assert!(Holes::default().hide(&[], 4, 0.5, &mut rng).is_empty());
        assert_eq!(Holes::default().draw(&[3], 1, &mut rng), [true]);
    }
}
