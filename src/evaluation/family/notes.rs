//! Notes found again: F1 over notes, by what is asked of a match. PhraseVAE's forms count positions of a twelfth of a
//! quarter; the others are those of `docs/models.md`.

use crate::evaluation::hole::Hole;
use crate::evaluation::metrics::{self, GridNote, multiset_f1};
use crate::evaluation::registry::{Direction, Measure, Metric};
use crate::evaluation::sample::{Sample, SampleNote};

const fn entry(
    key: &'static str,
    title: &'static str,
    source: &'static str,
    about: &'static str,
    measure: fn(&Hole) -> Option<f64>,
) -> Metric {
    Metric {
        key,
        title,
        unit: "F1",
        direction: Direction::Higher,
        family: "notes",
        source,
        about,
        measure: Measure::Hole(measure),
        slow: false,
    }
}

const LACUNA: &str = "note F1 as in transcription (Raffel et al. 2014), on 16ths";
const PHRASE: &str = "PhraseVAE (systems.md 4.3), on twelfths of a quarter";

/// The entries.
pub const METRICS: &[Metric] = &[
    entry(
        "note_f1",
        "Notes found again",
        LACUNA,
        "Notes that stand at the same place, pitch and track as in the original, as F1.",
        |h| on(h, metrics::note_f1),
    ),
    entry(
        "onset_f1",
        "Onsets found again",
        LACUNA,
        "Notes that begin where notes of the original begin, whatever their pitch and track, as F1.",
        |h| on(h, metrics::onset_f1),
    ),
    entry(
        "onset_f1_in_track",
        "Onsets found again, track by track",
        LACUNA,
        "As onset_f1, in the same track.",
        |h| on(h, metrics::onset_f1_in_track),
    ),
    entry(
        "note_f1_with_duration",
        "Notes found again with their length",
        LACUNA,
        "As note_f1, the length being the same as well.",
        |h| on(h, metrics::note_f1_with_duration),
    ),
    entry(
        "f1_op",
        "Onset and pitch found again",
        PHRASE,
        "Notes with the same onset and pitch, as F1.",
        |h| reconstruction(h, |n, ppq| (twelfths(n.start, ppq), n.pitch)),
    ),
    entry(
        "f1_opd",
        "Onset, pitch and length found again",
        PHRASE,
        "Notes with the same onset, pitch and length, as F1.",
        |h| {
            reconstruction(h, |n, ppq| {
                (twelfths(n.start, ppq), n.pitch, length(n, ppq))
            })
        },
    ),
    entry(
        "f1_iopd",
        "Instrument, onset, pitch and length found again",
        PHRASE,
        "Notes with the same instrument (track), onset, pitch and length, as F1.",
        |h| {
            reconstruction(h, |n, ppq| {
                (n.track, twelfths(n.start, ppq), n.pitch, length(n, ppq))
            })
        },
    ),
];

fn on(hole: &Hole, f: fn(&[GridNote], &[GridNote]) -> f64) -> Option<f64> {
    Some(f(&hole.original, &hole.filled))
}

/// A tick as twelfths of a quarter, halves up.
fn twelfths(tick: u32, ppq: u32) -> u32 {
    (24 * u64::from(tick) + u64::from(ppq)).div_euclid(2 * u64::from(ppq.max(1))) as u32
}

fn length(n: &SampleNote, ppq: u32) -> u32 {
    twelfths(n.end, ppq)
        .saturating_sub(twelfths(n.start, ppq))
        .max(1)
}

/// F1 of what `key` sees of the notes of two pieces: what a representation or an encoder gives back of a piece.
pub fn f1<K: Ord + std::hash::Hash>(
    old: &Sample,
    new: &Sample,
    within: impl Fn(&SampleNote) -> bool,
    key: impl Fn(&SampleNote, u32) -> K,
) -> f64 {
    let keys = |p: &Sample| -> Vec<K> {
        p.notes
            .iter()
            .filter(|n| within(n))
            .map(|n| key(n, p.ppq))
            .collect()
    };
    multiset_f1(keys(old), keys(new))
}

fn reconstruction<K: Ord + std::hash::Hash>(
    hole: &Hole,
    key: impl Fn(&SampleNote, u32) -> K,
) -> Option<f64> {
    let within = |n: &SampleNote| hole.bars.contains(&n.bar);
    Some(f1(&hole.piece, &hole.new_piece, within, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{piece, tracks};

    #[test]
    fn each_form_asks_for_more() {
        let old = Sample::of("a", &tracks(&[&[(0, 4, 60), (4, 4, 62)], &[(0, 8, 48)]]));
        let new = Sample::of("b", &tracks(&[&[(0, 4, 60), (4, 2, 62), (0, 8, 48)], &[]]));
        let all = |_: &SampleNote| true;
        assert_eq!(
            f1(&old, &new, all, |n, q| (twelfths(n.start, q), n.pitch)),
            1.0
        );
        let opd = f1(&old, &new, all, |n, q| {
            (twelfths(n.start, q), n.pitch, length(n, q))
        });
        assert!((opd - 2.0 / 3.0).abs() < 1e-12);
        let iopd = f1(&old, &new, all, |n, q| {
            (n.track, n.start, n.pitch, length(n, q))
        });
        assert!((iopd - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(f1(&piece(&[]), &piece(&[]), all, |n, _| n.pitch), 1.0);
    }

    #[test]
    fn twelfths_hold_triplets_and_round_the_rest() {
        assert_eq!(
            [0, 160, 320, 480, 19, 20].map(|t| twelfths(t, 480)),
            [0, 4, 8, 12, 0, 1]
        );
    }
}
