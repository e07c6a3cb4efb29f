//! The strategies of smdiff's most developed state: bars, (bar, field) units, and blocks of bars.

use super::view::{Chosen, View};
use rand::seq::{SliceRandom, index};
use rand::{Rng, RngCore};
use std::collections::HashSet;

/// Bars of a block.
const BLOCK: usize = 16;
/// The bar the reference gives its padding.
const PADDING: i64 = -1;

/// The bars there are, in order.
fn occupied(bars: &[i64]) -> Vec<i64> {
    let mut all = bars.to_vec();
    all.sort_unstable();
    all.dedup();
    all
}

pub(super) fn bar_all(view: &View, rng: &mut dyn RngCore) -> Chosen {
    let of_row = view.bars(PADDING);
    let all = occupied(&of_row);
    let k = view.quota(all.len(), rng);
    let picks: HashSet<i64> = index::sample(rng, all.len(), k)
        .iter()
        .map(|i| all[i])
        .collect();
    Chosen::of(view.fill(|row, _| picks.contains(&of_row[row])))
}

pub(super) fn bar_attribute(view: &View, rng: &mut dyn RngCore) -> Chosen {
    let of_row = view.bars(PADDING);
    let all = occupied(&of_row);
    let units = all.len() * view.fields;
    let k = view.quota(units, rng);
    let picks: HashSet<(i64, usize)> = index::sample(rng, units, k)
        .iter()
        .map(|u| (all[u / view.fields], u % view.fields))
        .collect();
    Chosen::of(view.fill(|row, f| picks.contains(&(of_row[row], f))))
}

pub(super) fn sync_bar(view: &View, rng: &mut dyn RngCore) -> Chosen {
    let blocks: Vec<usize> = view.schema.bar.into_iter().collect();
    sync(view, &blocks, rng)
}

pub(super) fn sync_bar_position(view: &View, rng: &mut dyn RngCore) -> Chosen {
    let blocks: Vec<usize> = view
        .schema
        .bar
        .into_iter()
        .chain(view.schema.position)
        .collect();
    sync(view, &blocks, rng)
}

/// Fields of `blocks` by blocks of bars, each drawn by itself, all others by (bar, field) units.
fn sync(view: &View, blocks: &[usize], rng: &mut dyn RngCore) -> Chosen {
    let of_row = view.bars(PADDING);
    let (Some(&first), Some(&last)) = (of_row.iter().min(), of_row.iter().max()) else {
        return Chosen::nothing(view);
    };
    let table = Table::new(view, &of_row, first, last);
    let n = table.bars;
    let mut masked: HashSet<(usize, usize)> = HashSet::new();
    for &field in blocks {
        let quota = view.drawn_quota(n, rng);
        for (from, length) in pieces(n, quota, rng) {
            let cells = table.run(from, length);
            masked.extend(cells.map(|cell| (cell, field)));
        }
    }
    let others: Vec<usize> = (0..view.fields).filter(|f| !blocks.contains(f)).collect();
    let units = n * others.len();
    let k = view.drawn_quota(units, rng);
    for u in index::sample(rng, units, k) {
        masked.insert((table.one(u / others.len()), others[u % others.len()]));
    }
    let cell: Vec<usize> = of_row.iter().map(|&bar| table.cell(bar)).collect();
    Chosen::of(view.fill(|row, f| masked.contains(&(cell[row], f))))
}

/// Runs of bars that hold `quota` of `n`: blocks in any order, the last one in part.
fn pieces(n: usize, quota: usize, rng: &mut dyn RngCore) -> Vec<(usize, usize)> {
    let mut blocks: Vec<usize> = (0..n.div_ceil(BLOCK)).collect();
    blocks.shuffle(rng);
    let mut needed = quota;
    let mut pieces = Vec::new();
    for block in blocks {
        if needed == 0 {
            break;
        }
        let from = block * BLOCK;
        let length = (from + BLOCK).min(n) - from;
        let take = length.min(needed);
        let shift = if take < length {
            rng.random_range(0..=length - take)
        } else {
            0
        };
        pieces.push((from + shift, take));
        needed -= take;
    }
    pieces
}

/// Bars as cells of a table.
struct Table {
    /// Bars that are counted.
    bars: usize,
    /// The bar of each cell, where only occupied bars have one.
    occupied: Option<Vec<i64>>,
    first: i64,
    /// Cells there are.
    cells: usize,
}

impl Table {
    /// Corrected, the bars that have rows. In the reference all from the lowest to the highest, which its padding
    /// makes begin at -1 and which it finds in a table that counts from 0: negative places count from its end.
    fn new(view: &View, of_row: &[i64], first: i64, last: i64) -> Table {
        if view.is_corrected() {
            let occupied = occupied(of_row);
            return Table {
                bars: occupied.len(),
                cells: occupied.len(),
                occupied: Some(occupied),
                first,
            };
        }
        Table {
            bars: (last - first + 1) as usize,
            occupied: None,
            first,
            cells: (last + 1).max(1) as usize,
        }
    }

    fn wrapped(&self, place: i64) -> usize {
        let n = self.cells as i64;
        if place < 0 {
            (place + n).max(0) as usize
        } else {
            place as usize
        }
    }

    /// The cell of a bar.
    fn cell(&self, bar: i64) -> usize {
        match &self.occupied {
            Some(all) => all.binary_search(&bar).unwrap_or(0),
            None => self.wrapped(bar),
        }
    }

    /// The cell of the nth counted bar.
    fn one(&self, n: usize) -> usize {
        match &self.occupied {
            Some(_) => n,
            None => self.wrapped(self.first + n as i64),
        }
    }

    /// Cells of a run of counted bars. In the reference a run that begins before the table is a slice from its
    /// end, and mostly empty.
    fn run(&self, from: usize, length: usize) -> std::ops::Range<usize> {
        match &self.occupied {
            Some(_) => from..from + length,
            None => {
                let start = self.first + from as i64;
                let end = (start + length as i64).max(0) as usize;
                self.wrapped(start)..end.min(self.cells)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::generator;
    use super::*;

    #[test]
    fn pieces_hold_the_quota_in_whole_blocks_but_one() {
        let mut rng = generator(1, 0);
        for quota in 0..=40 {
            for _ in 0..20 {
                let p = pieces(40, quota, &mut rng);
                assert_eq!(p.iter().map(|p| p.1).sum::<usize>(), quota);
                let partial = p
                    .iter()
                    .filter(|(from, n)| from % BLOCK != 0 || *n != BLOCK && from + n != 40);
                assert!(partial.count() <= 1, "{p:?}");
                let bars: HashSet<usize> = p.iter().flat_map(|&(a, n)| a..a + n).collect();
                assert_eq!(bars.len(), quota, "no bar twice: {p:?}");
            }
        }
    }
}
