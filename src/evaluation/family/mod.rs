//! The metrics, a file a family. To add one, add an entry to the family's `METRICS`; to add a family, add a file and a
//! line in `registry`.

pub mod context;
pub mod frechet;
pub mod harmony;
pub mod latent;
pub mod likelihood;
pub mod memory;
pub mod mgeval;
pub mod muspy;
pub mod neighbours;
pub mod notes;
pub mod schmubert;
pub mod smdiff;
pub mod smdiff_grid;
pub mod smdiff_infill;
pub mod structure;

use super::registry::Statistic;

/// The mean of what the chosen pieces have, as a statistic.
fn mean_of<'a>(values: Vec<Option<f64>>) -> Option<Statistic<'a>> {
    values.iter().any(Option::is_some).then(|| {
        let statistic: Statistic<'a> = Box::new(move |chosen: &[usize]| {
            let some = chosen.iter().filter_map(|i| *values.get(*i)?);
            let (sum, count) = some.fold((0.0, 0usize), |(s, n), x| (s + x, n + 1));
            (count > 0).then(|| sum / count as f64)
        });
        statistic
    })
}
