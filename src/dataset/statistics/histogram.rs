//! A series of bars that a plot or a panel can draw.

use super::summary::Counts;
use serde::{Deserialize, Serialize};

/// How often something occurs, bar by bar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// What it shows, fit for a file name: lower case, words joined by '-'.
    pub name: String,
    /// What the labels count, for the axis below.
    pub unit: String,
    /// What the bars count, for the axis at the side: notes, songs, ...
    pub counted: String,
    /// One a bar. A bar of a range is labelled with its lower end, one of all that lies beyond with a '+'.
    pub labels: Vec<String>,
    /// One a bar.
    pub counts: Vec<usize>,
}

impl Histogram {
    /// Bars of `width` values from the least to the greatest that occurs, empty ones too. All from `most` on share the
    /// last bar. `width` is at least 1.
    pub fn of_counts(
        (name, unit, counted): (&str, &str, &str),
        counts: &Counts,
        width: u32,
        most: u32,
    ) -> Histogram {
        let width = width.max(1);
        let bar = |value: u32| value.min(most) / width;
        let ends = counts.keys().next().zip(counts.keys().next_back());
        let (low, high) = ends.map_or((0, 0), |(a, b)| (bar(*a), bar(*b) + 1));
        let mut bars = vec![0; (high - low) as usize];
        for (value, count) in counts {
            if let Some(x) = bars.get_mut((bar(*value) - low) as usize) {
                *x += count;
            }
        }
        let beyond = counts.keys().next_back().is_some_and(|v| *v > most);
        let label = |i: u32| match i {
            i if beyond && i == most / width => format!("{}+", i * width),
            i => (i * width).to_string(),
        };
        Histogram {
            name: name.into(),
            unit: unit.into(),
            counted: counted.into(),
            labels: (low..high).map(label).collect(),
            counts: bars,
        }
    }

    /// Bars with names of their own, in the order given.
    pub fn of_names(
        (name, unit, counted): (&str, &str, &str),
        bars: impl IntoIterator<Item = (String, usize)>,
    ) -> Histogram {
        let (labels, counts) = bars.into_iter().unzip();
        Histogram {
            name: name.into(),
            unit: unit.into(),
            counted: counted.into(),
            labels,
            counts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_shown_and_what_lies_beyond_is_one_bar() {
        let counts = Counts::from([(3, 1), (5, 2), (8, 4), (90, 8)]);
        let h = Histogram::of_counts(("a", "b", "c"), &counts, 1, 7);
        assert_eq!(h.labels, ["3", "4", "5", "6", "7+"]);
        assert_eq!(h.counts, [1, 0, 2, 0, 12]);
        let h = Histogram::of_counts(("a", "b", "c"), &counts, 4, 100);
        assert_eq!((h.labels.len(), h.counts[0], h.counts[1]), (23, 1, 2));
        assert_eq!((h.labels[0].as_str(), h.labels[22].as_str()), ("0", "88"));
        let none = Histogram::of_counts(("a", "b", "c"), &Counts::new(), 1, 7);
        assert!(none.counts.is_empty() && none.labels.is_empty());
    }
}
