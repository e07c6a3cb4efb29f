//! Rolls as binary planes and as ids: off 0, onset 1, held 2.

use crate::tokenizer::lower::Cell;

pub(super) const OFF: i32 = 0;
pub(super) const ONSET: i32 = 1;
pub(super) const HELD: i32 = 2;

/// Size of a roll in planes: one (on) or two (onset, held).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub planes: usize,
    pub rows: usize,
    pub keys: usize,
}

impl Shape {
    /// Cells of a plane.
    pub fn cells(&self) -> usize {
        self.rows * self.keys
    }

    /// Cells of all planes.
    pub fn len(&self) -> usize {
        self.planes * self.cells()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Planes `[planes, cells]` of ids. With one plane a cell is on where it begins or is held.
pub fn planes_of(ids: &[i32], planes: usize) -> Vec<bool> {
    match planes {
        1 => ids.iter().map(|&id| id != OFF).collect(),
        _ => {
            let onsets = ids.iter().map(|&id| id == ONSET);
            onsets.chain(ids.iter().map(|&id| id == HELD)).collect()
        }
    }
}

/// Ids of planes; where both are on the onset counts.
pub fn ids_of(planes: &[bool], cells: usize) -> Vec<i32> {
    let held = |i: usize| planes.get(cells + i).copied().unwrap_or(false);
    (0..cells)
        .map(|i| match (planes[i], held(i)) {
            (true, _) => ONSET,
            (false, true) => HELD,
            (false, false) => OFF,
        })
        .collect()
}

/// Share of cells that are on in each plane of some rolls: what the noise tosses its coins with.
pub fn ratios<'a>(rolls: impl IntoIterator<Item = &'a [i32]>, planes: usize) -> Vec<f32> {
    let mut on = vec![0u64; planes.max(1)];
    let mut all = 0u64;
    for ids in rolls {
        all += ids.len() as u64;
        let cells = planes_of(ids, planes);
        for (plane, cells) in on.iter_mut().zip(cells.chunks(ids.len().max(1))) {
            *plane += cells.iter().filter(|&&c| c).count() as u64;
        }
    }
    on.into_iter()
        .map(|n| (n as f64 / all.max(1) as f64) as f32)
        .collect()
}

/// Whether every held cell follows an onset or a held cell of the same key, known cells and the first row left out
/// (what comes before a window is not seen).
pub fn is_legal(ids: &[i32], cells: &[Cell], keys: usize) -> bool {
    (0..ids.len()).all(|i| {
        let free = cells.get(i).is_some_and(|c| *c != Cell::Known);
        let follows = i >= keys && ids[i - keys] != OFF;
        !free && i < keys || ids[i] != HELD || follows
    })
}

/// Draws the free cells of a roll so that it is legal: `onset` and `held` are the probabilities of cell i, `toss` its
/// two random numbers in 0..1. Onsets come as often as their probabilities add up to. Held cells need something to be held, also known ones that follow a free cell.
pub(super) fn draw_legal(
    ids: &mut [i32],
    free: &[bool],
    keys: usize,
    onset: impl Fn(usize) -> f32,
    held: impl Fn(usize) -> f32,
    toss: &[[f32; 2]],
) {
    for i in 0..ids.len() {
        if !free[i] {
            continue;
        }
        let follows = i >= keys && ids[i - keys] != OFF;
        let next = i + keys;
        let must = next < ids.len() && !free[next] && ids[next] == HELD;
        let (o, h) = (onset(i), if follows { held(i) } else { 0.0 });
        // Where something must sound, the two share what there is.
        let o = match must {
            true if o + h > 0.0 => o / (o + h),
            true => f32::from(!follows),
            false => o,
        };
        ids[i] = if toss[i][0] < o {
            ONSET
        } else if must || toss[i][1] * (1.0 - o).max(1e-6) < h {
            HELD
        } else {
            OFF
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_and_ids_are_the_same_roll() {
        let ids = [0, 1, 2, 2, 0, 1];
        let planes = planes_of(&ids, 2);
        assert_eq!(planes.len(), 12);
        assert_eq!(ids_of(&planes, 6), ids);
        assert_eq!(ids_of(&planes_of(&ids, 1), 6), [0, 1, 1, 1, 0, 1]);
        let r = ratios([&ids[..], &[0, 0, 0, 0]], 2);
        assert_eq!(r, [0.2, 0.2]);
        assert_eq!(ratios([&ids[..]], 1), [4.0 / 6.0]);
    }

    #[test]
    fn what_nothing_holds_is_not_held() {
        let cells = vec![Cell::Free(0..3); 4];
        assert!(is_legal(&[0, 1, 2, 2], &cells, 1));
        assert!(!is_legal(&[0, 2, 0, 0], &cells, 1));
        assert!(!is_legal(&[2, 2, 0, 0], &cells, 1));
        let mut known_first = cells.clone();
        known_first[0] = Cell::Known;
        assert!(is_legal(&[2, 2, 0, 0], &known_first, 1));
        // All would be held: only what follows something is. Before a known held cell something begins.
        let mut ids = vec![0, 0, 0, 2];
        let free = [true, true, true, false];
        draw_legal(&mut ids, &free, 1, |_| 0.0, |_| 1.0, &[[0.5; 2]; 4]);
        assert_eq!(ids, [0, 0, 1, 2]);
        let mut ids = vec![1, 0, 0, 0];
        let free = [false, true, true, true];
        draw_legal(
            &mut ids,
            &free,
            1,
            |i| (i == 3) as u8 as f32,
            |_| 1.0,
            &[[0.5; 2]; 4],
        );
        assert_eq!(ids, [1, 2, 2, 1]);
    }
}
