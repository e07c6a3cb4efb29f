//! A voice of a measure cut into written values: at bar lines and tuplets, and where no single value is that long.

use super::grid::{Measure, QUARTER};
use super::voices::Chord;

/// Names of the written values with their lengths in divisions, longest first.
const VALUES: [(&str, u64); 8] = [
    ("whole", 384),
    ("half", 192),
    ("quarter", 96),
    ("eighth", 48),
    ("16th", 24),
    ("32nd", 12),
    ("64th", 6),
    ("128th", 3),
];

/// Boundaries on this grid can be written without a tuplet.
const STRAIGHT: u64 = 12;

/// A sixth of a quarter: the step inside a tuplet, in which three eighths are played in the time of two.
const SIXTH: u64 = QUARTER / 6;

/// The values of a tuplet by their number of sixths, longest first.
const IN_TUPLET: [(u64, &str, u8); 4] = [
    (4, "quarter", 0),
    (3, "eighth", 1),
    (2, "eighth", 0),
    (1, "16th", 0),
];

/// Where in its tuplet a piece stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tuplet {
    pub begins: bool,
    pub ends: bool,
}

/// One written note, chord or rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece<'a> {
    /// Divisions that it sounds.
    pub duration: u64,
    pub value: &'static str,
    pub dots: u8,
    pub tuplet: Option<Tuplet>,
    /// `None` is a rest.
    pub chord: Option<&'a Chord>,
    /// It goes on with what sounded before.
    pub tied_from: bool,
    /// It goes on after it.
    pub tied_to: bool,
}

/// The stretch of a measure that one chord or silence takes, in divisions from the start of the measure.
#[derive(Clone, Copy)]
struct Stretch<'a> {
    from: u64,
    to: u64,
    chord: Option<&'a Chord>,
}

/// The chords of a voice that sound in a measure.
pub(super) fn within<'a>(voice: &'a [Chord], measure: &Measure) -> &'a [Chord] {
    let first = voice.partition_point(|c| c.end <= measure.start);
    let last = voice.partition_point(|c| c.start < measure.end());
    voice.get(first..last.max(first)).unwrap_or_default()
}

/// The pieces of a voice that fill a measure, rests among them. Their durations add up to the measure's.
pub(super) fn pieces<'a>(voice: &'a [Chord], measure: &Measure) -> Vec<Piece<'a>> {
    let mut stretches = Vec::new();
    let mut at = 0;
    for chord in within(voice, measure) {
        let from = chord.start.saturating_sub(measure.start);
        let to = (chord.end - measure.start).min(measure.length);
        if from > at {
            stretches.push(Stretch {
                from: at,
                to: from,
                chord: None,
            });
        }
        stretches.push(Stretch {
            from,
            to,
            chord: Some(chord),
        });
        at = to;
    }
    if at < measure.length {
        stretches.push(Stretch {
            from: at,
            to: measure.length,
            chord: None,
        });
    }
    let tuplets: Vec<u64> = stretches
        .iter()
        .skip(1)
        .map(|s| s.from)
        .filter(|b| !b.is_multiple_of(STRAIGHT))
        .map(|b| b / QUARTER)
        .collect();
    let meter = measure.meter;
    let compound =
        meter.denominator >= 8 && meter.numerator > 3 && meter.numerator.is_multiple_of(3);
    let mut out = Vec::new();
    for stretch in stretches {
        let mut from = stretch.from;
        while from < stretch.to {
            let quarter = from / QUARTER;
            if tuplets.contains(&quarter) {
                let to = stretch.to.min((quarter + 1) * QUARTER);
                in_tuplet(
                    Stretch {
                        from,
                        to,
                        ..stretch
                    },
                    measure,
                    &mut out,
                );
                from = to;
                continue;
            }
            // As far as the next tuplet.
            let next = tuplets.iter().copied().find(|t| *t > quarter);
            let to = next.map_or(stretch.to, |t| stretch.to.min(t * QUARTER));
            straight(
                Stretch {
                    from,
                    to,
                    ..stretch
                },
                compound,
                measure,
                &mut out,
            );
            from = to;
        }
    }
    out
}

fn piece<'a>(
    chord: Option<&'a Chord>,
    from: u64,
    duration: u64,
    (value, dots): (&'static str, u8),
    measure: &Measure,
) -> Piece<'a> {
    let start = measure.start + from;
    Piece {
        duration,
        value,
        dots,
        tuplet: None,
        chord,
        tied_from: chord.is_some_and(|c| c.start < start),
        tied_to: chord.is_some_and(|c| c.end > start + duration),
    }
}

fn in_tuplet<'a>(part: Stretch<'a>, measure: &Measure, out: &mut Vec<Piece<'a>>) {
    let mut from = part.from;
    while from < part.to {
        let left = (part.to - from) / SIXTH;
        // Rests are not dotted.
        let value = IN_TUPLET
            .iter()
            .find(|(n, _, dots)| *n <= left && (*dots == 0 || part.chord.is_some()));
        let Some((n, name, dots)) = value else { return };
        let to = from + n * SIXTH;
        let mut new = piece(part.chord, from, to - from, (name, *dots), measure);
        new.tuplet = Some(Tuplet {
            begins: from.is_multiple_of(QUARTER),
            ends: to.is_multiple_of(QUARTER),
        });
        out.push(new);
        from = to;
    }
}

/// The longest value each time that is easy to read where it stands: notes on multiples of half their value, rests on
/// multiples of theirs, so that the beats stay visible.
fn straight<'a>(part: Stretch<'a>, compound: bool, measure: &Measure, out: &mut Vec<Piece<'a>>) {
    let mut from = part.from;
    while from < part.to {
        let left = part.to - from;
        let fits = |length: u64, dots: u8| {
            let total = if dots > 0 { length * 3 / 2 } else { length };
            let stands = match (part.chord, dots) {
                (Some(_), _) => from.is_multiple_of((length / 2).max(3)),
                (None, 0) => from.is_multiple_of(length),
                (None, _) => compound && length == QUARTER && from.is_multiple_of(total),
            };
            let divides = dots == 0 || length.is_multiple_of(2);
            (total <= left && stands && divides).then_some(total)
        };
        let found = VALUES.iter().find_map(|(name, length)| {
            [1, 0]
                .into_iter()
                .find_map(|dots| fits(*length, dots).map(|total| (*name, dots, total)))
        });
        let Some((name, dots, total)) = found else {
            return;
        };
        out.push(piece(part.chord, from, total, (name, dots), measure));
        from += total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Meter;

    fn measure(numerator: u8, denominator: u16) -> Measure {
        Measure {
            tick: 0,
            start: 0,
            length: 384 * u64::from(numerator) / u64::from(denominator),
            meter: Meter::new(0, numerator, denominator),
        }
    }

    fn chord(start: u64, end: u64) -> Chord {
        Chord {
            start,
            end,
            notes: vec![(60, 80)],
        }
    }

    /// `q.` is a dotted quarter, `-` before it a rest, `~` after it a tie, `(`...`)` a tuplet.
    fn written(voice: &[Chord], measure: &Measure) -> String {
        let list = pieces(voice, measure);
        assert_eq!(list.iter().map(|p| p.duration).sum::<u64>(), measure.length);
        let words = list.iter().map(|p| {
            let rest = if p.chord.is_none() { "-" } else { "" };
            let dots = ".".repeat(p.dots.into());
            let tie = if p.tied_to { "~" } else { "" };
            let open = p.tuplet.is_some_and(|t| t.begins);
            let close = p.tuplet.is_some_and(|t| t.ends);
            let (open, close) = (if open { "(" } else { "" }, if close { ")" } else { "" });
            format!("{open}{rest}{}{dots}{tie}{close}", p.value)
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn values_are_those_one_would_write() {
        let four = measure(4, 4);
        assert_eq!(written(&[chord(0, 384)], &four), "whole");
        assert_eq!(written(&[chord(0, 288)], &four), "half. -quarter");
        let syncopation = [chord(0, 48), chord(48, 144), chord(144, 192)];
        assert_eq!(written(&syncopation, &four), "eighth quarter eighth -half");
        let late = [chord(24, 216)];
        assert_eq!(
            written(&late, &four),
            "-16th eighth.~ quarter~ 16th -16th -eighth -quarter"
        );
        assert_eq!(written(&[chord(0, 480)], &measure(5, 4)), "whole~ quarter");
    }

    #[test]
    fn compound_metres_rest_by_their_beat() {
        let six = measure(6, 8);
        assert_eq!(written(&[chord(0, 144)], &six), "quarter. -quarter.");
        assert_eq!(written(&[chord(0, 288)], &six), "half.");
    }

    #[test]
    fn tuplets_are_whole_and_long_notes_are_tied_into_them() {
        let four = measure(4, 4);
        let triplet = [chord(96, 128), chord(128, 160), chord(160, 192)];
        assert_eq!(
            written(&triplet, &four),
            "-quarter (eighth eighth eighth) -half"
        );
        let long = [chord(0, 160), chord(160, 384)];
        assert_eq!(written(&long, &four), "quarter~ (quarter eighth~) half");
        let sixths = [chord(0, 16), chord(16, 96)];
        assert_eq!(
            written(&sixths, &four),
            "(16th quarter~ 16th) -quarter -half"
        );
    }

    #[test]
    fn bars_are_cut_where_notes_cross_them() {
        let second = Measure {
            start: 384,
            ..measure(4, 4)
        };
        let voice = [chord(288, 480)];
        assert_eq!(written(&voice, &measure(4, 4)), "-half -quarter quarter~");
        assert_eq!(written(&voice, &second), "quarter -quarter -half");
    }
}
