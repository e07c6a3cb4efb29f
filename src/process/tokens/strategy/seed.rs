//! The strategies of smdiff's first published state: a region of bars and attributes.

use super::view::{Chosen, View};
use rand::seq::{IndexedRandom, index};
use rand::{Rng, RngCore};

pub(super) fn one_bar_all(view: &View, rng: &mut dyn RngCore) -> Chosen {
    region(view, Some(1), false, rng)
}

pub(super) fn two_bars_all(view: &View, rng: &mut dyn RngCore) -> Chosen {
    region(view, Some(2), false, rng)
}

pub(super) fn one_bar_attribute(view: &View, rng: &mut dyn RngCore) -> Chosen {
    region(view, Some(1), true, rng)
}

pub(super) fn two_bars_attribute(view: &View, rng: &mut dyn RngCore) -> Chosen {
    region(view, Some(2), true, rng)
}

pub(super) fn attribute(view: &View, rng: &mut dyn RngCore) -> Chosen {
    region(view, None, true, rng)
}

/// So many bars (or all), all attributes or one of them.
fn region(view: &View, bars: Option<usize>, one: bool, rng: &mut dyn RngCore) -> Chosen {
    // The reference pads with zeros here, so its padding is in the first bar.
    let of_row = view.bars(0);
    let chosen: Vec<i64> = match bars {
        None => of_row.clone(),
        Some(n) if view.is_corrected() => {
            let mut all = of_row.clone();
            all.sort_unstable();
            all.dedup();
            let picks = index::sample(rng, all.len(), n.min(all.len()));
            picks.into_iter().map(|i| all[i]).collect()
        }
        // A bar with many notes is picked more often, and two may be the same.
        Some(n) => (0..n).filter_map(|_| of_row.choose(rng).copied()).collect(),
    };
    let mut fields = view.schema.attributes.clone();
    if one && let Some(&field) = fields.choose(rng) {
        fields = vec![field];
    }
    let inside = |row: usize, field: usize| {
        (bars.is_none() || chosen.contains(&of_row[row])) && fields.contains(&field)
    };
    if view.is_corrected() {
        let candidate = view.fill(inside);
        let free = candidate.iter().filter(|&&c| c).count();
        let masked = candidate.into_iter().map(|c| c && view.coin(rng)).collect();
        return Chosen {
            masked,
            free,
            chance: 1.0,
            x0: None,
        };
    }
    let all = rng.random_bool(f64::from(view.time.share().clamp(0.0, 1.0)));
    Chosen::of(view.fill(|row, field| all && inside(row, field)))
}
