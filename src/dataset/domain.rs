//! What a model knows: figures of its training songs, and how far a piece lies from them.
//!
//! Everything is measured on the grid of 16ths, as the models see it, one value a song. A piece that lies
//! within the middle nine tenths of the training songs is at home; how far it lies outside is said in
//! widths of that middle, so that the parts can be compared.

mod distance;
mod fix;
mod measure;

pub use distance::{Gauge, Reading, Verdict};
pub use fix::Fix;
pub use measure::Measure;

use super::Split;
use super::cache::Cache;
use crate::tokenizer::octuple::Piece;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file beside a model's card.
pub const FILE: &str = "domain.ron";

/// The middle of one measure over the training songs: quantiles by nearest rank.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub q05: f64,
    pub q50: f64,
    pub q95: f64,
}

/// Figures of the songs a model was trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    /// Number of training songs.
    pub songs: usize,
    /// The middle of each measure; what was not known of the songs is left out.
    pub spreads: BTreeMap<Measure, Spread>,
    /// Share of all bars by their length in 16ths, 0..=1.
    pub bars: BTreeMap<u8, f64>,
}

impl Domain {
    /// The figures of training songs: each a piece on the grid and the mean distance of its onsets from
    /// the 16ths, where that is known.
    pub fn of<'a>(songs: impl IntoIterator<Item = (&'a Piece, Option<f64>)>) -> Domain {
        let mut values: BTreeMap<Measure, Vec<f64>> = BTreeMap::new();
        let mut bars: BTreeMap<u8, usize> = BTreeMap::new();
        let mut count = 0;
        for (piece, grid) in songs {
            count += 1;
            for (measure, value) in measure::of(piece, grid) {
                values.entry(measure).or_default().push(value);
            }
            for bar in &piece.bars {
                *bars.entry(bar.steps).or_default() += 1;
            }
        }
        let all = bars.values().sum::<usize>().max(1) as f64;
        Domain {
            songs: count,
            spreads: values
                .into_iter()
                .map(|(measure, values)| (measure, Spread::of(values)))
                .collect(),
            bars: bars
                .into_iter()
                .map(|(steps, n)| (steps, rounded(n as f64 / all)))
                .collect(),
        }
    }

    /// The figures of the training songs of a cache. Validation and test songs are not looked at.
    pub fn of_cache(cache: &Cache) -> Domain {
        let train = cache.songs.iter().filter(|s| s.split == Split::Train);
        Domain::of(train.map(|s| (&s.piece, Some(s.grid_error))))
    }

    /// As the text of [`FILE`].
    pub fn to_ron(&self) -> String {
        ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default()).unwrap_or_default()
    }

    /// Reads the text of [`FILE`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Domain, String> {
        let domain: Domain = ron::from_str(text).map_err(|e| e.to_string())?;
        for (measure, s) in &domain.spreads {
            let rising = s.q05 <= s.q50 && s.q50 <= s.q95;
            if !(rising && s.q05.is_finite() && s.q95.is_finite()) {
                return Err(format!("the quantiles of {measure} do not rise"));
            }
        }
        if domain.bars.values().any(|s| !(0.0..=1.0).contains(s)) {
            return Err("a share of bars lies outside 0 to 1".into());
        }
        Ok(domain)
    }
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        let rank = |q: f64| {
            let i = (q * values.len() as f64).ceil() as usize;
            rounded(values.get(i.max(1) - 1).copied().unwrap_or(0.0))
        };
        Spread {
            q05: rank(0.05),
            q50: rank(0.5),
            q95: rank(0.95),
        }
    }
}

/// Four places are more than anybody reads.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests;
