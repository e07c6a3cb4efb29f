//! Holes of every shape, filled to any degree.

use super::view::{Chosen, View};
use rand::RngCore;

/// Draws before a hole that closes again is given up for the whole window: one in notes that stay has no cells.
const TRIES: usize = 8;

pub(super) fn rule(view: &View, rng: &mut dyn RngCore) -> Chosen {
    let bars: Vec<usize> = view.bars(0).into_iter().map(|b| b as usize).collect();
    let notation = view.schema.notation;
    for _ in 0..TRIES {
        let mut hole = view.holes.draw(&bars, view.fields, rng);
        let mut x0 = view.ids().to_vec();
        notation.settle(&mut x0, &mut hole, view.fields);
        let free = hole.iter().filter(|&&h| h).count();
        if free > 0 {
            return Chosen {
                masked: view.holes.hide(&hole, view.fields, view.time.share(), rng),
                free,
                x0: Some(x0),
            };
        }
    }
    let hole = vec![true; view.rows * view.fields];
    Chosen::of(view.holes.hide(&hole, view.fields, view.time.share(), rng))
}
