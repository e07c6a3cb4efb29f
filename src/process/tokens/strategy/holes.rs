//! Holes of every shape, filled to any degree.

use super::view::{Chosen, View};
use rand::RngCore;

/// Draws before a hole that closes again is given up for the whole window: one in notes that stay has no cells.
const TRIES: usize = 8;

pub(super) fn rule(view: &View, rng: &mut dyn RngCore) -> Chosen {
    let bars: Vec<usize> = view.bars(0).into_iter().map(|b| b as usize).collect();
    let notation = view.schema.notation;
    let mut chosen = (vec![true; view.rows * view.fields], None);
    for _ in 0..TRIES {
        let mut hole = view.holes.draw(&bars, view.fields, rng);
        let mut x0 = view.ids().to_vec();
        notation.settle(&mut x0, &mut hole, view.fields);
        if hole.contains(&true) {
            chosen = (hole, Some(x0));
            break;
        }
    }
    let (hole, x0) = chosen;
    let hidden = view.holes.hide(&hole, view.fields, view.time.share(), rng);
    Chosen {
        masked: hidden.masked,
        free: hole.iter().filter(|&&h| h).count(),
        chance: hidden.chance,
        x0,
    }
}
