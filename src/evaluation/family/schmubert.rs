//! SCHmUBERT's framewise consistency and variance (Plasser, Peter and Widmer 2023, after Mittal et al. 2021).
//!
//! Frames of four bars, two apart. The pitches of a frame, and the lengths in 16ths, are each taken for a Gaussian; the
//! figure of a piece is the mean overlap of the Gaussians of neighbouring frames. A set is as consistent as its mean
//! overlap is near the reference's, and the same of the variance. The authors themselves showed a generator of nonsense
//! that scores near 1, so this is never shown without one ([`crate::evaluation::controls`]).

use crate::evaluation::registry::{Direction, Family, Measure, Metric, Sets, Statistic};
use crate::evaluation::sample::{Sample, SampleNote};
use crate::evaluation::set::Set;
use crate::evaluation::statistics::{gaussian_overlap, moments};

/// Bars of a frame, and from one to the next.
const WIDTH: usize = 4;
const HOP: usize = 2;
/// What keeps a deviation above nothing, and the Gaussian of an empty frame.
const LEAST: f64 = 1e-6;
const EMPTY: (f64, f64) = (1.0, LEAST);

const OF: Family = Family {
    name: "schmubert",
    source: "SCHmUBERT (Plasser et al. 2023), after Mittal et al. 2021",
};

/// The entries.
pub const METRICS: &[Metric] = &[
    OF.entry(
        "overlap_pitch",
        "Overlap of neighbouring frames in pitch",
        "share",
        Direction::Match,
        "How much the pitches of four bars and of the next frame have in common, as bell curves.",
        Measure::Piece(|p| overlap(p, |n| f64::from(n.pitch))),
    ),
    OF.entry(
        "overlap_duration",
        "Overlap of neighbouring frames in note length",
        "share",
        Direction::Match,
        "How much the note lengths of four bars and of the next frame have in common, as bell curves.",
        Measure::Piece(|p| overlap(p, |n| f64::from(n.steps))),
    ),
    OF.entry(
        "consistency_pitch",
        "Framewise consistency in pitch",
        "share",
        Direction::Higher,
        "Nearness of the mean overlap in pitch to that of the reference; 1 is the same.",
        Measure::Sets(|s| beside(s, "overlap_pitch", |n| f64::from(n.pitch), |m| m.0)),
    ),
    OF.entry(
        "consistency_duration",
        "Framewise consistency in note length",
        "share",
        Direction::Higher,
        "Nearness of the mean overlap in note length to that of the reference; 1 is the same.",
        Measure::Sets(|s| beside(s, "overlap_duration", |n| f64::from(n.steps), |m| m.0)),
    ),
    OF.entry(
        "variance_pitch",
        "Framewise variance in pitch",
        "share",
        Direction::Higher,
        "Nearness of the variance of the overlap in pitch, piece to piece, to that of the reference; 1 is the same.",
        Measure::Sets(|s| beside(s, "overlap_pitch", |n| f64::from(n.pitch), |m| m.1)),
    ),
    OF.entry(
        "variance_duration",
        "Framewise variance in note length",
        "share",
        Direction::Higher,
        "Nearness of the variance of the overlap in note length, piece to piece, to that of the reference; 1 is the same.",
        Measure::Sets(|s| beside(s, "overlap_duration", |n| f64::from(n.steps), |m| m.1)),
    ),
];

/// Mean overlap of the Gaussians of neighbouring frames; `None` of a piece with fewer than two frames.
pub fn overlap(piece: &Sample, of: impl Fn(&SampleNote) -> f64) -> Option<f64> {
    let bars = piece.by_bar();
    let frames: Vec<(f64, f64)> = (0..)
        .map(|i| i * HOP)
        .take_while(|start| start + WIDTH <= bars.len())
        .map(|start| {
            let notes = bars[start..start + WIDTH].iter().flat_map(|b| b.iter());
            let values: Vec<f64> = notes.map(&of).collect();
            moments(&values).map_or(EMPTY, |(mean, variance)| (mean, variance.sqrt() + LEAST))
        })
        .collect();
    if frames.len() < 2 {
        return None;
    }
    let sum: f64 = frames
        .windows(2)
        .map(|f| gaussian_overlap(f[0], f[1]))
        .sum();
    Some(sum / (frames.len() - 1) as f64)
}

/// clip(1 - |reference - judged| / reference, 0, 1) of a moment of the pieces' overlaps, which are kept by `name`.
fn beside<'a>(
    sets: Sets<'a>,
    name: &'static str,
    of: impl Fn(&SampleNote) -> f64 + Copy,
    moment: impl Fn((f64, f64)) -> f64 + Send + 'a,
) -> Option<Statistic<'a>> {
    let overlaps = |set: &Set| -> Vec<Option<f64>> { set.iter().map(|p| overlap(p, of)).collect() };
    let reference = sets.reference.kept(name, 0, overlaps);
    let reference: Vec<f64> = reference.iter().flatten().copied().collect();
    let wanted = moment(moments(&reference)?);
    if wanted <= 0.0 {
        return None;
    }
    let judged = sets.judged.kept(name, 0, overlaps);
    Some(Box::new(move |chosen: &[usize]| {
        let some: Vec<f64> = chosen.iter().filter_map(|i| *judged.get(*i)?).collect();
        let got = moment(moments(&some)?);
        Some((1.0 - (wanted - got).abs() / wanted).clamp(0.0, 1.0))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::piece;

    /// `bars` bars of four quarters, whose pitches `of` gives by bar and beat.
    fn bars(bars: u32, of: impl Fn(u32, u32) -> u8) -> Sample {
        let each = (0..bars).flat_map(|b| (0..4).map(move |beat| (b, beat)));
        let notes: Vec<_> = each
            .map(|(b, beat)| (b * 16 + beat * 4, 4, of(b, beat)))
            .collect();
        piece(&notes)
    }

    #[test]
    fn frames_of_the_same_notes_overlap_fully_and_far_ones_not() {
        let pitch = |n: &SampleNote| f64::from(n.pitch);
        let same = bars(8, |_, beat| 60 + beat as u8);
        assert!((overlap(&same, pitch).unwrap() - 1.0).abs() < 1e-12);
        // Three frames: low, half low and half high, high.
        let apart = bars(8, |bar, beat| if bar < 4 { 20 } else { 100 } + beat as u8);
        let deviation = (1600.0f64 + 1.25).sqrt();
        let half = gaussian_overlap((21.5, 1.25f64.sqrt() + LEAST), (61.5, deviation + LEAST));
        assert!((overlap(&apart, pitch).unwrap() - half).abs() < 1e-9);
        assert_eq!(overlap(&bars(5, |_, _| 60), pitch), None);
    }

    #[test]
    fn a_set_is_wholly_consistent_with_itself_and_less_with_another() {
        let songs = (0..4).map(|k| bars(12, |bar, beat| (50 + (bar * (k + 1)) % 11 + beat) as u8));
        let set = Set::of(songs);
        let other = Set::of([bars(12, |bar, beat| (30 + 7 * bar + beat) as u8)]);
        for metric in &METRICS[2..] {
            let Measure::Sets(f) = metric.measure else {
                panic!("{} is of sets", metric.key)
            };
            let own = f(Sets {
                judged: &set,
                reference: &set,
            });
            // All lengths are alike, so their variance cannot be compared.
            if let Some(own) = own {
                assert!(
                    (own(&[0, 1, 2, 3]).unwrap() - 1.0).abs() < 1e-9,
                    "{}",
                    metric.key
                );
            } else {
                assert_eq!(metric.key, "variance_duration");
            }
        }
        let sets = Sets {
            judged: &other,
            reference: &set,
        };
        let pitch = |n: &SampleNote| f64::from(n.pitch);
        assert!(beside(sets, "overlap_pitch", pitch, |m| m.0).unwrap()(&[0]).unwrap() < 0.9);
    }
}
