//! The fourteen metrics of MusPy (Dong et al. 2020), on the ticks of the piece.
//!
//! Four of MusPy's do not do what they say, and their published form is kept under `-reference`: its polyphony rate
//! counts steps with more than two pitches where two are meant; its rates of empty beats and measures, and its groove
//! consistency, count one beat or measure too many wherever the music ends on a line, a note that ends on a line fills
//! what begins there, and the music lasts to the last controller: a pedal lifted a bar after the last note makes a bar of
//! empty beats. Its measures are four quarters whatever the metre; ours are the piece's own bars.

use crate::evaluation::registry::{Direction, Measure, Metric};
use crate::evaluation::sample::{Sample, SampleNote};

const fn entry(
    key: &'static str,
    title: &'static str,
    unit: &'static str,
    about: &'static str,
    measure: fn(&Sample) -> Option<f64>,
) -> Metric {
    Metric {
        key,
        title,
        unit,
        direction: Direction::Match,
        family: "muspy",
        source: "MusPy 0.5 (Dong et al. 2020)",
        about,
        measure: Measure::Piece(measure),
        slow: false,
    }
}

/// The entries.
pub const METRICS: &[Metric] = &[
    entry(
        "n_pitches_used",
        "Pitches used",
        "pitches",
        "How many different pitches occur.",
        |p| Some(used(p, |pitch| pitch)),
    ),
    entry(
        "n_pitch_classes_used",
        "Pitch classes used",
        "classes",
        "How many of the twelve notes of an octave occur.",
        |p| Some(used(p, |pitch| pitch % 12)),
    ),
    entry(
        "pitch_range",
        "Pitch range",
        "semitones",
        "Semitones between the lowest and the highest note.",
        super::smdiff::range,
    ),
    entry(
        "empty_beat_rate",
        "Empty beats",
        "share",
        "Share of beats in which nothing sounds.",
        |p| empty_rate(p, &lines(end(p), p.ppq)),
    ),
    entry(
        "empty_beat_rate-reference",
        "Empty beats (as MusPy counts)",
        "share",
        "As empty_beat_rate; MusPy counts beats to the last controller and one more, and the beat after a note that ends on a line as filled.",
        |p| empty_rate_reference(p, p.ppq),
    ),
    entry(
        "empty_measure_rate",
        "Empty bars",
        "share",
        "Share of bars in which nothing sounds.",
        |p| empty_rate(p, &p.bar_starts),
    ),
    entry(
        "empty_measure_rate-reference",
        "Empty bars (as MusPy counts)",
        "share",
        "As empty_measure_rate; MusPy counts measures to the last controller and one more, all of four quarters.",
        |p| empty_rate_reference(p, 4 * p.ppq),
    ),
    entry(
        "polyphony",
        "Pitches at a time",
        "pitches",
        "Mean number of pitches that sound together, where anything sounds.",
        |p| {
            let sounding = sounding(p);
            let any: u64 = sounding.iter().filter(|s| s.0 > 0).map(|s| s.1).sum();
            let all: u64 = sounding.iter().map(|s| s.0 * s.1).sum();
            (any > 0).then(|| all as f64 / any as f64)
        },
    ),
    entry(
        "polyphony_rate",
        "Time with two pitches and more",
        "share",
        "Share of the time in which at least two pitches sound together.",
        |p| time_share(p, 2, end(p)),
    ),
    entry(
        "polyphony_rate-reference",
        "Time with three pitches and more",
        "share",
        "As polyphony_rate; MusPy says two pitches and counts three, and the time to the last controller.",
        |p| time_share(p, 3, end_reference(p)),
    ),
    entry(
        "pitch_in_scale_rate",
        "Notes in C major",
        "share",
        "Share of notes in the scale of C major; it tells something of music that was brought into that key.",
        |p| in_scale(p, 0, &MAJOR),
    ),
    entry(
        "scale_consistency",
        "Notes in one scale",
        "share",
        "Share of notes in the major or minor scale that holds most of them.",
        |p| {
            let scales = [&MAJOR, &MINOR].into_iter();
            let rates = scales.flat_map(|s| (0..12).map(move |root| (s, root)));
            rates
                .filter_map(|(s, root)| in_scale(p, root, s))
                .reduce(f64::max)
        },
    ),
    entry(
        "drum_in_pattern_rate",
        "Drums on the 16ths",
        "share",
        "Share of drum notes that lie on a quarter of a beat.",
        |p| drums_on(p, 4),
    ),
    entry(
        "drum_pattern_consistency",
        "Drums in a pattern",
        "share",
        "Share of drum notes on quarters of a beat or on thirds, whichever holds more.",
        |p| drums_on(p, 4).map(|duple| duple.max(drums_on(p, 3).unwrap_or(0.0))),
    ),
    entry(
        "pitch_entropy",
        "Surprise of pitches",
        "bits",
        "Entropy of the shares of pitches: 0 where one pitch is all, more where many are used alike.",
        |p| entropy(p.pitched().map(|n| n.pitch)),
    ),
    entry(
        "pitch_class_entropy",
        "Surprise of pitch classes",
        "bits",
        "Entropy of the shares of pitch classes: 0 where one is all, 3.58 where all twelve are alike.",
        |p| entropy(p.pitched().map(|n| n.pitch % 12)),
    ),
    entry(
        "groove_consistency",
        "Likeness of the rhythm of neighbouring bars",
        "share",
        "Share of the ticks of a bar on which it and the next agree whether a note begins.",
        |p| {
            let bars = p.bars as usize;
            let onsets = |n: &SampleNote| {
                Some((n.bar as usize, n.start - p.bar_starts.get(n.bar as usize)?))
            };
            let ticks = p.bar_starts.windows(2).map(|w| w[1] - w[0]).max()?;
            groove(p.notes.iter().filter_map(onsets), bars, ticks)
        },
    ),
    entry(
        "groove_consistency-reference",
        "Likeness of the rhythm of neighbouring measures (as MusPy counts)",
        "share",
        "As groove_consistency; MusPy counts measures to the last controller and one more, all of four quarters.",
        |p| {
            let measure = 4 * p.ppq;
            let onsets = p
                .notes
                .iter()
                .map(|n| ((n.start / measure) as usize, n.start % measure));
            groove(onsets, (end_reference(p) / measure + 1) as usize, measure)
        },
    ),
];

const MAJOR: [bool; 12] = scale(&[0, 2, 4, 5, 7, 9, 11]);
const MINOR: [bool; 12] = scale(&[0, 2, 3, 5, 7, 8, 10]);

const fn scale(degrees: &[usize]) -> [bool; 12] {
    let mut scale = [false; 12];
    let mut i = 0;
    while i < degrees.len() {
        scale[degrees[i]] = true;
        i += 1;
    }
    scale
}

fn used(piece: &Sample, class: impl Fn(u8) -> u8) -> f64 {
    let mut seen = [false; 128];
    piece
        .pitched()
        .for_each(|n| seen[usize::from(class(n.pitch) & 127)] = true);
    seen.iter().filter(|s| **s).count() as f64
}

fn end(piece: &Sample) -> u32 {
    piece.notes.iter().map(|n| n.end).max().unwrap_or(0)
}

/// Where MusPy takes the music to end: controllers count as notes do.
fn end_reference(piece: &Sample) -> u32 {
    end(piece).max(piece.last_controller)
}

/// Lines every `step` ticks from 0 to the first at or after `end`.
fn lines(end: u32, step: u32) -> Vec<u32> {
    (0..=end.div_ceil(step.max(1)))
        .map(|i| i.saturating_mul(step))
        .collect()
}

/// Share of the stretches between lines in which no note sounds.
fn empty_rate(piece: &Sample, lines: &[u32]) -> Option<f64> {
    let stretches = lines.len().checked_sub(1).filter(|n| *n > 0)?;
    let mut filled = vec![false; stretches];
    for n in &piece.notes {
        let first = lines.partition_point(|l| *l <= n.start).saturating_sub(1);
        let last = lines.partition_point(|l| *l < n.end).max(first + 1);
        let last = last.min(stretches);
        filled
            .get_mut(first..last)
            .into_iter()
            .flatten()
            .for_each(|f| *f = true);
    }
    let full = filled.iter().filter(|f| **f).count();
    Some(1.0 - full as f64 / stretches as f64)
}

fn empty_rate_reference(piece: &Sample, stretch: u32) -> Option<f64> {
    let length = end_reference(piece);
    if length < 1 {
        return None;
    }
    let mut filled = vec![false; (length / stretch + 1) as usize];
    for n in &piece.notes {
        let range = (n.start / stretch) as usize..=(n.end / stretch) as usize;
        filled
            .get_mut(range)
            .into_iter()
            .flatten()
            .for_each(|f| *f = true);
    }
    let full = filled.iter().filter(|f| **f).count();
    Some(1.0 - full as f64 / filled.len() as f64)
}

/// Stretches of time, in order from tick 0 to the end of the last note: how many different pitches sound, for how many
/// ticks.
fn sounding(piece: &Sample) -> Vec<(u64, u64)> {
    let mut notes: Vec<(u8, u32, u32)> = piece
        .pitched()
        .filter(|n| n.end > n.start)
        .map(|n| (n.pitch, n.start, n.end))
        .collect();
    notes.sort_unstable();
    // Notes of one pitch that touch or overlap are one.
    let mut edges: Vec<(u32, i64)> = Vec::with_capacity(2 * notes.len() + 1);
    let mut open: Option<(u8, u32, u32)> = None;
    for n in notes {
        match &mut open {
            Some(o) if o.0 == n.0 && n.1 <= o.2 => o.2 = o.2.max(n.2),
            _ => {
                edges.extend(open.map(|o| [(o.1, 1), (o.2, -1)]).into_iter().flatten());
                open = Some(n);
            }
        }
    }
    edges.extend(open.map(|o| [(o.1, 1), (o.2, -1)]).into_iter().flatten());
    edges.push((end(piece), 0));
    edges.sort_unstable();
    let (mut at, mut count, mut stretches) = (0, 0i64, Vec::new());
    for (tick, change) in edges {
        if tick > at {
            stretches.push((count.max(0) as u64, u64::from(tick - at)));
            at = tick;
        }
        count += change;
    }
    stretches
}

/// Share of the time up to `end` in which at least `least` pitches sound.
fn time_share(piece: &Sample, least: u64, end: u32) -> Option<f64> {
    let sounding = sounding(piece);
    let some: u64 = sounding.iter().filter(|s| s.0 >= least).map(|s| s.1).sum();
    (end > 0).then(|| some as f64 / f64::from(end))
}

fn in_scale(piece: &Sample, root: u8, scale: &[bool; 12]) -> Option<f64> {
    let (mut inside, mut all) = (0usize, 0usize);
    for n in piece.pitched() {
        all += 1;
        inside += usize::from(scale[usize::from((n.pitch + 12 - root) % 12)]);
    }
    (all > 0).then(|| inside as f64 / all as f64)
}

/// Share of drum notes on the lines that cut a beat in `parts`.
fn drums_on(piece: &Sample, parts: u32) -> Option<f64> {
    let (mut on, mut all) = (0usize, 0usize);
    for n in piece.notes.iter().filter(|n| n.drum) {
        all += 1;
        let at = n.start % piece.ppq;
        on += usize::from(
            at == 0 || (piece.ppq.is_multiple_of(parts) && at.is_multiple_of(piece.ppq / parts)),
        );
    }
    (all > 0).then(|| on as f64 / all as f64)
}

fn entropy(values: impl Iterator<Item = u8>) -> Option<f64> {
    let mut counts = [0u64; 256];
    values.for_each(|v| counts[usize::from(v)] += 1);
    let all: u64 = counts.iter().sum();
    let bits = counts.iter().filter(|c| **c > 0).map(|c| {
        let p = *c as f64 / all as f64;
        -p * p.log2()
    });
    (all > 0).then(|| bits.sum())
}

/// 1 less the share of ticks on which neighbouring measures differ in whether a note begins.
fn groove(onsets: impl Iterator<Item = (usize, u32)>, measures: usize, ticks: u32) -> Option<f64> {
    if measures < 2 || ticks == 0 {
        return None;
    }
    let mut patterns = vec![Vec::new(); measures];
    for (measure, at) in onsets {
        if let Some(pattern) = patterns.get_mut(measure) {
            pattern.push(at);
        }
    }
    for pattern in &mut patterns {
        pattern.sort_unstable();
        pattern.dedup();
    }
    let differing = patterns.windows(2).map(|w| {
        let common = w[0]
            .iter()
            .filter(|at| w[1].binary_search(at).is_ok())
            .count();
        w[0].len() + w[1].len() - 2 * common
    });
    let differing: usize = differing.sum();
    Some(1.0 - differing as f64 / (f64::from(ticks) * (measures - 1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::piece;

    fn value(key: &str, piece: &Sample) -> Option<f64> {
        let metric = METRICS.iter().find(|m| m.key == key).unwrap();
        match metric.measure {
            Measure::Piece(f) => f(piece),
            _ => None,
        }
    }

    #[test]
    fn a_note_that_ends_on_a_line_fills_no_more() {
        // A quarter on the first beat, another on the fourth: the music ends on the bar line.
        let p = piece(&[(0, 4, 60), (12, 4, 61)]);
        assert_eq!(value("empty_beat_rate", &p), Some(0.5));
        // MusPy: five beats, of which 0, 1, 3 and 4 count as filled.
        assert!((value("empty_beat_rate-reference", &p).unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(value("empty_measure_rate", &p), Some(0.0));
    }

    #[test]
    fn a_pedal_lifted_after_the_music_is_no_music() {
        use crate::evaluation::testing::score;
        use crate::score::{ChannelEvent, ChannelEventKind};
        let mut s = score(&[(0, 4, 60), (0, 4, 64), (0, 4, 67), (4, 4, 61)]);
        std::sync::Arc::make_mut(&mut s.tracks[0])
            .events
            .push(ChannelEvent {
                tick: 3 * 480,
                kind: ChannelEventKind::Controller {
                    controller: 64,
                    value: 0,
                },
            });
        let p = Sample::of("pedal", &s);
        assert_eq!(value("empty_beat_rate", &p), Some(0.0));
        // MusPy: beats 0 to 3, of which the last is empty (the note that ends where beat 2 begins fills it).
        assert_eq!(value("empty_beat_rate-reference", &p), Some(0.25));
        // Three pitches sound for a beat of two; for MusPy of three.
        assert_eq!(value("polyphony_rate", &p), Some(0.5));
        assert!((value("polyphony_rate-reference", &p).unwrap() - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn polyphony_counts_pitches_not_notes() {
        // Two notes of one pitch overlap; a third pitch joins for half the time.
        let p = piece(&[(0, 4, 60), (2, 6, 60), (0, 4, 64), (4, 4, 67), (6, 2, 70)]);
        assert_eq!(value("polyphony_rate", &p), Some(1.0));
        assert_eq!(value("polyphony_rate-reference", &p), Some(0.25));
        assert_eq!(value("polyphony", &p), Some(2.25));
    }

    #[test]
    fn scales_and_entropies_of_a_handful_of_notes() {
        let p = piece(&[(0, 4, 60), (4, 4, 62), (8, 4, 64), (12, 4, 66)]);
        assert_eq!(value("pitch_in_scale_rate", &p), Some(0.75));
        // D major has C sharp, but no C: three of four too; G major holds all four.
        assert_eq!(value("scale_consistency", &p), Some(1.0));
        assert_eq!(value("pitch_entropy", &p), Some(2.0));
        assert_eq!(value("n_pitches_used", &p), Some(4.0));
        assert_eq!(value("drum_in_pattern_rate", &p), None);
    }

    #[test]
    fn groove_is_agreement_on_where_notes_begin() {
        let p = piece(&[(0, 2, 60), (16, 2, 60), (24, 2, 60)]);
        // One tick of 1920 differs.
        assert!((value("groove_consistency", &p).unwrap() - (1.0 - 1.0 / 1920.0)).abs() < 1e-12);
        assert_eq!(value("groove_consistency", &piece(&[(0, 2, 60)])), None);
    }
}
