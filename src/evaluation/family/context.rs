//! How a fill sits among the bars around it, and what only someone with more than its notes can tell: copies,
//! variety of takes.

use crate::evaluation::hole::Hole;
use crate::evaluation::metrics::{self, GridNote};
use crate::evaluation::registry::{Direction, Measure, Metric};

const fn entry(
    key: &'static str,
    title: &'static str,
    unit: &'static str,
    direction: Direction,
    source: &'static str,
    about: &'static str,
    measure: Measure,
) -> Metric {
    Metric {
        key,
        title,
        unit,
        direction,
        family: "context",
        source,
        about,
        measure,
        slow: false,
    }
}

const LACUNA: &str = "Lacuna (docs/models.md)";
const POPMAG: &str = "PopMAG (Ren et al. 2020), SongMASS (Sheng et al. 2021)";

/// The entries.
pub const METRICS: &[Metric] = &[
    entry(
        "density_error",
        "Error in the number of notes",
        "share",
        Direction::Lower,
        LACUNA,
        "Difference in the number of notes over the original number, whichever way.",
        Measure::Hole(|h| Some(density(h).0)),
    ),
    entry(
        "density_bias",
        "Notes too many (or, below 0, too few)",
        "share",
        Direction::Match,
        LACUNA,
        "Difference in the number of notes over the original number.",
        Measure::Hole(|h| Some(density(h).1)),
    ),
    entry(
        "pitch_class_overlap",
        "Pitch classes in common with the context",
        "share",
        Direction::Match,
        LACUNA,
        "Common area of the pitch classes of the hole and of the bars around it.",
        Measure::Hole(|h| {
            let context: Vec<GridNote> = h.before.iter().chain(&h.after).copied().collect();
            metrics::pitch_class_overlap(&h.filled, &context)
        }),
    ),
    entry(
        "boundary_interval",
        "Steps over the edges of the hole",
        "semitones",
        Direction::Match,
        LACUNA,
        "Semitones between the top notes on both sides of an edge, over both edges and all tracks; right is what the originals have.",
        Measure::Hole(|h| metrics::boundary_interval(&h.filled, &h.before, &h.after)),
    ),
    entry(
        "pitch_distribution_similarity",
        "Pitches in common with the original",
        "share",
        Direction::Higher,
        POPMAG,
        "Common area of the pitches of each bar and track and of those they replace.",
        Measure::Hole(|h| distribution(h, |n| u32::from(n.pitch))),
    ),
    entry(
        "duration_distribution_similarity",
        "Note lengths in common with the original",
        "share",
        Direction::Higher,
        POPMAG,
        "Common area of the note lengths of each bar and track and of those they replace.",
        Measure::Hole(|h| distribution(h, |n| n.duration)),
    ),
    entry(
        "copied_bars",
        "Bars in a row out of a training song",
        "bars",
        Direction::Match,
        LACUNA,
        "Longest run of bars of the hole that stands in a training song in any key, all tracks together.",
        Measure::Brought,
    ),
    entry(
        "copied_bars_of_a_track",
        "Bars of one track in a row out of a training song",
        "bars",
        Direction::Match,
        LACUNA,
        "Longest run of bars of any one track of the hole that stands in a training song in any key.",
        Measure::Brought,
    ),
    entry(
        "variety",
        "Difference between takes",
        "share",
        Direction::Match,
        LACUNA,
        "One less the note F1 of two takes of one hole; beside it what stretches of one song have.",
        Measure::Brought,
    ),
];

fn density(hole: &Hole) -> (f64, f64) {
    metrics::density_error(hole.original.len(), hole.filled.len())
}

/// Mean common area of the shares of a value, over the bars and tracks in which both have notes.
fn distribution(hole: &Hole, value: impl Fn(&GridNote) -> u32) -> Option<f64> {
    let (old, new) = (hole.by_bar(&hole.original), hole.by_bar(&hole.filled));
    let mut areas = Vec::new();
    for (old, new) in old.iter().zip(&new) {
        for track in hole.tracks() {
            let of = |notes: &[GridNote]| -> Vec<u32> {
                notes
                    .iter()
                    .filter(|n| n.track == track)
                    .map(&value)
                    .collect()
            };
            let (a, b) = (of(old), of(new));
            if a.is_empty() || b.is_empty() {
                continue;
            }
            let mut values: Vec<u32> = a.clone();
            values.sort_unstable();
            values.dedup();
            let share = |list: &[u32], v: u32| {
                list.iter().filter(|x| **x == v).count() as f64 / list.len() as f64
            };
            areas.push(
                values
                    .iter()
                    .map(|v| share(&a, *v).min(share(&b, *v)))
                    .sum::<f64>(),
            );
        }
    }
    (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Protocol;
    use crate::evaluation::baselines::originals;
    use crate::evaluation::testing::score;

    #[test]
    fn shares_are_compared_bar_by_bar() {
        let notes: Vec<_> = (0..64).map(|i| (4 * i, 4, 60 + (i % 2) as u8)).collect();
        let score = score(&notes);
        let case = Protocol::default().case(&score, 0).unwrap();
        let mut written = originals(&score, &case.mask(&score));
        // In the first bar one of two Cs becomes a D: a quarter of its notes is lost; the other three bars are whole.
        written[0].pitch += 2;
        let hole = Hole::of("x", &score, &case, &written);
        let pitch = distribution(&hole, |n| u32::from(n.pitch)).unwrap();
        assert!((pitch - (0.75 + 3.0) / 4.0).abs() < 1e-12, "{pitch}");
        assert_eq!(distribution(&hole, |n| n.duration), Some(1.0));
    }
}
