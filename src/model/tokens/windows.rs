//! Which rows of a lowered piece a network sees at once, and which of them it writes.

use super::super::windows::{Window, windows};
use crate::process::tokens::Schema;
use crate::tokenizer::lower::Cell;
use std::ops::Range;

/// A window of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowWindow {
    pub seen: Range<usize>,
    /// Rows whose free cells are drawn, within `seen`.
    pub written: Range<usize>,
    /// The bar that is bar 0 to the network.
    pub first_bar: i32,
}

/// What a network can see at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    pub bars: u32,
    pub rows: usize,
}

/// The bar of each row.
pub fn bars(schema: &Schema, ids: &[i32]) -> Vec<u32> {
    let fields = schema.fields().max(1);
    let rows = ids.chunks_exact(fields).enumerate();
    rows.map(|(row, ids)| match schema.bar.and_then(|f| ids.get(f)) {
        Some(&bar) => u32::try_from(bar).unwrap_or(0),
        None => (row / schema.rows_a_bar.max(1)) as u32,
    })
    .collect()
}

/// Cuts rows in the order of their bars into windows, as much written at once as can be seen with what is around
/// it. `None` where the notes of one bar alone are too many.
pub fn row_windows(
    schema: &Schema,
    ids: &[i32],
    cells: &[Cell],
    sight: Sight,
) -> Option<Vec<RowWindow>> {
    let of_row = bars(schema, ids);
    let rows = |bars: &Range<u32>| {
        let from = of_row.partition_point(|b| *b < bars.start);
        from..of_row.partition_point(|b| *b < bars.end)
    };
    let mut masked: Vec<u32> = cells
        .chunks_exact(schema.fields().max(1))
        .zip(&of_row)
        .filter(|(cells, _)| cells.iter().any(|c| *c != Cell::Known))
        .map(|(_, bar)| *bar)
        .collect();
    masked.dedup();
    let end = of_row.last().map_or(0, |b| b + 1);
    // Half a window of context, unless the whole piece is no more than a window. (Grids have a bar more, for what is
    // written to end in.)
    let mut span = if end <= sight.bars + 1 {
        sight.bars.max(1)
    } else {
        (sight.bars / 2).max(1)
    };
    loop {
        let fitted: Option<Vec<RowWindow>> = windows(&masked, end, sight.bars.max(1), span)
            .into_iter()
            .map(|w| fit(w, &rows, sight.rows))
            .collect();
        if fitted.is_some() || span == 1 {
            return fitted;
        }
        span /= 2;
    }
}

/// Leaves out context, bar by bar, until the rows can be seen.
fn fit(w: Window, rows: &impl Fn(&Range<u32>) -> Range<usize>, most: usize) -> Option<RowWindow> {
    let mut seen = w.seen;
    while rows(&seen).len() > most {
        if seen == w.written {
            return None;
        }
        seen =
            (seen.start + 1).min(w.written.start)..(seen.end.saturating_sub(1)).max(w.written.end);
    }
    Some(RowWindow {
        first_bar: seen.start as i32,
        seen: rows(&seen),
        written: rows(&w.written),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::registry::find;

    const SIGHT: Sight = Sight { bars: 8, rows: 64 };

    /// `per_bar` notes in each of `bars` bars, those of bars `free` to be written.
    fn notes(bars: i32, per_bar: usize, free: Range<i32>) -> (Vec<i32>, Vec<Cell>) {
        let (mut ids, mut cells) = (Vec::new(), Vec::new());
        for bar in 0..bars {
            for _ in 0..per_bar {
                ids.extend([bar, 0, 0, 60, 8, 20, 9, 35]);
                let cell = if free.contains(&bar) {
                    Cell::Free(0..9)
                } else {
                    Cell::Known
                };
                cells.extend(std::iter::repeat_n(cell, 8));
            }
        }
        (ids, cells)
    }

    #[test]
    fn every_free_row_is_written_once_and_seen_with_no_row_written_later() {
        let schema = Schema::of(find("trio_octuple").unwrap());
        for (bars, per_bar, free) in [(8, 3, 0..8), (40, 3, 3..31), (40, 20, 3..31), (9, 9, 2..3)] {
            let (ids, cells) = notes(bars, per_bar, free.clone());
            let all = row_windows(&schema, &ids, &cells, SIGHT).unwrap();
            let wanted = free.start as usize * per_bar..free.end as usize * per_bar;
            let mut at = wanted.start;
            for w in &all {
                assert_eq!(w.written.start, at, "{all:?}");
                assert!(w.seen.len() <= SIGHT.rows && w.seen.start <= w.written.start);
                assert!(w.written.end <= w.seen.end);
                assert!(w.seen.end <= w.written.end || w.written.end == wanted.end);
                assert_eq!(w.first_bar as usize, w.seen.start / per_bar);
                at = w.written.end;
            }
            assert_eq!(at, wanted.end);
        }
    }

    #[test]
    fn a_piece_that_can_be_seen_whole_is_written_at_once() {
        let schema = Schema::of(find("trio").unwrap());
        // A ninth bar, in which nothing is free.
        let mut cells = vec![Cell::Free(0..90); 8 * 16 * 3];
        cells.resize(9 * 16 * 3, Cell::Known);
        let sight = Sight { bars: 8, rows: 128 };
        let all = row_windows(&schema, &vec![0; cells.len()], &cells, sight).unwrap();
        let whole = RowWindow {
            seen: 0..128,
            written: 0..128,
            first_bar: 0,
        };
        assert_eq!(all, [whole]);
    }

    #[test]
    fn a_bar_with_too_many_notes_has_no_window() {
        let schema = Schema::of(find("trio_octuple").unwrap());
        let (ids, cells) = notes(3, 65, 1..2);
        assert_eq!(row_windows(&schema, &ids, &cells, SIGHT), None);
    }
}
