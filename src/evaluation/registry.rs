//! The metrics by name. Each is an entry that says what it is called where it was published, what it needs, which way is
//! better and where its formula comes from; a family of them is a file in `family/`. Tables, reports and panes are made
//! from the entries, so a new metric is one entry and its function.

use super::family;
use super::hole::Hole;
use super::sample::Sample;
use super::set::Set;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Less is better: distances and errors.
    Lower,
    /// More is better: shares of agreement.
    Higher,
    /// Neither: what counts is how near it lies to the same figure of the reference music.
    Match,
}

/// A figure of the chosen pieces of a set, each as often as it is chosen. Made once for a set, asked again for every
/// resample. `None` where the choice has no such figure.
pub type Statistic<'a> = Box<dyn Fn(&[usize]) -> Option<f64> + Send + 'a>;

/// Two sets of pieces: what is judged, and what it is judged by.
#[derive(Clone, Copy)]
pub struct Sets<'a> {
    pub judged: &'a Set,
    pub reference: &'a Set,
}

/// What a metric is taken of.
#[derive(Clone, Copy)]
pub enum Measure {
    /// Of one piece; a set has the mean of its pieces.
    Piece(fn(&Sample) -> Option<f64>),
    /// Of one piece beside all pieces of the reference; a set has the mean of its pieces.
    Beside(fn(Sets<'_>) -> Vec<Option<f64>>),
    /// Of a set beside the reference.
    Sets(for<'a> fn(Sets<'a>) -> Option<Statistic<'a>>),
    /// Of a filled hole beside what stood in it; a set has the mean of its holes.
    Hole(fn(&Hole) -> Option<f64>),
    /// Of all filled holes together.
    Holes(for<'a> fn(&'a [Hole]) -> Option<Statistic<'a>>),
    /// Of a hole, by someone who has what the notes alone do not tell: the model, the other takes, the training songs.
    Brought,
}

/// An entry.
#[derive(Clone, Copy)]
pub struct Metric {
    /// The key of the published system. Ends in `-reference` where a defect of it is kept.
    pub key: &'static str,
    /// A name for people, without abbreviations.
    pub title: &'static str,
    /// What the figure counts: "nats", "semitones", "share".
    pub unit: &'static str,
    pub direction: Direction,
    /// Metrics of one family count as one in a summary, however many they are.
    pub family: &'static str,
    /// The paper or system the formula follows.
    pub source: &'static str,
    /// One sentence that a reader outside the field understands.
    pub about: &'static str,
    pub measure: Measure,
    /// Takes long on many pieces, so it is left out of the rows of nonsense.
    pub slow: bool,
}

/// What the metrics of a published system share.
pub struct Family {
    /// See [`Metric::family`].
    pub name: &'static str,
    /// See [`Metric::source`].
    pub source: &'static str,
}

impl Family {
    /// A metric of this family that is quick.
    pub const fn entry(
        &self,
        key: &'static str,
        title: &'static str,
        unit: &'static str,
        direction: Direction,
        about: &'static str,
        measure: Measure,
    ) -> Metric {
        Metric {
            key,
            title,
            unit,
            direction,
            family: self.name,
            source: self.source,
            about,
            measure,
            slow: false,
        }
    }
}

/// What the two forms of a key are told apart by.
const COMPATIBLE: &str = "-reference";

impl Metric {
    /// Whether a defect of the published form is kept.
    pub fn is_reference_compatible(&self) -> bool {
        self.key.ends_with(COMPATIBLE)
    }

    /// Whether it is taken of filled holes (and not of whole pieces).
    pub fn is_of_holes(&self) -> bool {
        matches!(
            self.measure,
            Measure::Hole(_) | Measure::Holes(_) | Measure::Brought
        )
    }
}

/// The families in the order they are shown.
const FAMILIES: &[&[Metric]] = &[
    family::smdiff::METRICS,
    family::smdiff_grid::METRICS,
    family::schmubert::METRICS,
    family::muspy::METRICS,
    family::harmony::METRICS,
    family::neighbours::METRICS,
    family::structure::METRICS,
    family::frechet::METRICS,
    family::latent::METRICS,
    family::mgeval::METRICS,
    family::memory::METRICS,
    family::notes::METRICS,
    family::smdiff_infill::METRICS,
    family::context::METRICS,
    family::likelihood::METRICS,
];

/// Every metric, family by family.
pub fn all() -> impl Iterator<Item = &'static Metric> {
    FAMILIES.iter().flat_map(|f| f.iter())
}

/// The metric of that key.
pub fn find(key: &str) -> Option<&'static Metric> {
    all().find(|m| m.key == key)
}

/// The metrics that `words` name: keys, families, or parts of keys that end in `*`. Nothing named means all but the
/// reference-compatible ones.
///
/// # Errors
/// The word that names nothing, with the families there are.
pub fn chosen(words: &[String]) -> Result<Vec<&'static Metric>, String> {
    if words.is_empty() {
        return Ok(all().filter(|m| !m.is_reference_compatible()).collect());
    }
    let named = |word: &str, m: &Metric| match word.strip_suffix('*') {
        Some(start) => m.key.starts_with(start),
        None => m.key == word || (m.family == word && !m.is_reference_compatible()),
    };
    for word in words {
        if word != "all" && !all().any(|m| named(word, m)) {
            let mut families: Vec<&str> = all().map(|m| m.family).collect();
            families.dedup();
            return Err(format!(
                "there is no metric \"{word}\"; name keys, the start of keys with a *, all, or families: {}",
                families.join(", ")
            ));
        }
    }
    let wanted = |m: &&Metric| words.iter().any(|w| w == "all" || named(w, m));
    Ok(all().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_entry_says_what_it_is() {
        let mut keys = BTreeSet::new();
        for m in all() {
            assert!(keys.insert(m.key), "{} stands twice", m.key);
            for text in [m.title, m.unit, m.source, m.about, m.family] {
                assert!(!text.trim().is_empty(), "{}", m.key);
            }
            assert!(m.about.ends_with('.'), "{}: a sentence", m.key);
            let plain = m.key.strip_suffix(COMPATIBLE);
            assert!(plain.is_none_or(|p| find(p).is_some()), "{}", m.key);
        }
    }

    #[test]
    fn metrics_are_chosen_by_key_start_or_family() {
        let keys = |words: &[&str]| -> Vec<&str> {
            let words: Vec<String> = words.iter().map(|w| (*w).to_string()).collect();
            chosen(&words).unwrap().iter().map(|m| m.key).collect()
        };
        assert_eq!(keys(&["pch_kl"]), ["pch_kl"]);
        assert_eq!(keys(&["muspy"]).len(), 14);
        assert!(keys(&["pch*"]).contains(&"pch_kl-reference"));
        assert!(keys(&[]).iter().all(|k| !k.ends_with(COMPATIBLE)));
        assert_eq!(keys(&["all"]).len(), all().count());
        let error = chosen(&["nothing".into()]).err().unwrap();
        assert!(error.contains("nothing") && error.contains("muspy"));
    }

    /// The keys other programs look for.
    #[test]
    fn the_keys_of_the_reference_are_there() {
        for key in [
            "pch_kl",
            "duration_kl",
            "velocity_kl",
            "note_density_kl",
            "self_similarity",
            "pitch_range_mean",
            "sample_diversity",
            "valid_samples_pct",
            "duration_mean",
            "pitch_accuracy",
            "duration_accuracy",
            "token_accuracy",
            "bar_accuracy",
            "position_accuracy",
            "structure_accuracy",
            "infilled_pch_kl",
            "infilled_count_error",
            "boundary_pitch_smoothness",
            "boundary_rhythm_smoothness",
            "boundary_matches_pct",
            "correct_was_zero_pct",
            "nonzero_token_accuracy",
            "infilled_duration_total_error",
            "consistency_pitch",
            "consistency_duration",
            "variance_pitch",
            "variance_duration",
            "srs",
            "bright_ratio",
            "mem_rate",
            "top2_ratio",
            "new_sample_rate",
            "f1_op",
            "f1_opd",
            "f1_iopd",
        ] {
            assert!(find(key).is_some(), "{key}");
        }
    }
}
