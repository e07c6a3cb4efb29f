//! Rows and elements, wherever they lie.

use super::view::{Chosen, View};
use rand::RngCore;
use rand::seq::index;

/// Each row with probability t/T.
pub(super) fn random(view: &View, rng: &mut dyn RngCore) -> Chosen {
    let rows: Vec<bool> = (0..view.rows).map(|_| view.coin(rng)).collect();
    Chosen::of(view.fill(|row, _| rows[row]))
}

/// Each element with probability t/T.
pub(super) fn elements(view: &View, rng: &mut dyn RngCore) -> Chosen {
    Chosen::of(view.fill(|_, _| view.coin(rng)))
}

/// Exactly round(t L/T) rows, at least one.
pub(super) fn fixed(view: &View, rng: &mut dyn RngCore) -> Chosen {
    // Halves to even in both forms: the exact number is what this strategy is about.
    let wanted = (view.time.share() * view.rows as f32).round_ties_even() as usize;
    let mut rows = vec![false; view.rows];
    for row in index::sample(rng, view.rows, wanted.max(1).min(view.rows)) {
        rows[row] = true;
    }
    Chosen::of(view.fill(|row, _| rows[row]))
}
