//! The tracks of another piece, brought to the grid of this one.

use super::report::Report;
use crate::score::{ChannelEvent, Score, Track};

/// The tracks of `other` with their times in ticks of `into`, and what is lost on the way. Tempo and metre are those of
/// `into`: a quarter stays a quarter. Where the ticks of a quarter do not divide, times are rounded to the nearest tick,
/// and that is told.
pub fn tracks_in(into: &Score, other: &Score) -> (Vec<Track>, Report) {
    let (to, from) = (u64::from(into.ppq.max(1)), u64::from(other.ppq.max(1)));
    let exact = |tick: u32| (u64::from(tick) * to).is_multiple_of(from);
    let convert = |tick: u32| -> u32 {
        let ticks = (u64::from(tick) * to * 2 + from) / (2 * from);
        u32::try_from(ticks).unwrap_or(u32::MAX)
    };
    let mut rounded = 0;
    let tracks = other
        .tracks
        .iter()
        .map(|track| {
            let mut track = Track::clone(track);
            for note in &mut track.notes {
                rounded += u64::from(!(exact(note.start) && exact(note.end())));
                let end = convert(note.end());
                // Rounding must not swallow a note that had a length.
                let shortest = u32::from(note.length > 0);
                note.start = convert(note.start);
                note.length = end.saturating_sub(note.start).max(shortest);
            }
            for event in &mut track.events {
                *event = ChannelEvent {
                    tick: convert(event.tick),
                    ..*event
                };
            }
            track.sort();
            track
        })
        .collect();
    let mut report = Report::default();
    report.count(
        rounded,
        &format!(
            "{{}} note{{s}} fell between the ticks of this piece ({to} a quarter, the file has {from}) and moved to the nearest one."
        ),
    );
    let tempos = |s: &Score| {
        s.tempos
            .iter()
            .map(|t| (t.tick, t.micros_per_quarter))
            .collect()
    };
    if !same_map(tempos(into), into.ppq, tempos(other), other.ppq, 500_000) {
        report
            .sentences
            .push("The file has other tempos; those of this piece stay.".into());
    }
    let meters = |s: &Score| {
        let meters = s.meters.iter();
        meters
            .map(|m| (m.tick, (m.numerator, m.denominator)))
            .collect()
    };
    if !same_map(meters(into), into.ppq, meters(other), other.ppq, (4, 4)) {
        report
            .sentences
            .push("The file has other metres; those of this piece stay.".into());
    }
    let texts = other.metas.iter().filter(|m| {
        use crate::score::MetaKind as K;
        matches!(m.kind, K::Lyric(_) | K::Marker(_) | K::CuePoint(_))
    });
    report.count(
        texts.count() as u64,
        "{} lyric{s}, markers or cues of the file stay behind.",
    );
    (tracks, report)
}

/// Whether two maps say the same at the same quarters; before its first entry a map means `standard`.
fn same_map<T: PartialEq + Copy>(
    a: Vec<(u32, T)>,
    a_ppq: u16,
    b: Vec<(u32, T)>,
    b_ppq: u16,
    standard: T,
) -> bool {
    // In units that divide both: a quarter has `a_ppq * b_ppq` of them.
    let common = |list: Vec<(u32, T)>, other: u16| -> Vec<(u64, T)> {
        let first = list.first().is_none_or(|e| e.0 > 0);
        let mut all: Vec<(u64, T)> = first.then_some((0, standard)).into_iter().collect();
        all.extend(
            list.into_iter()
                .map(|(tick, v)| (u64::from(tick) * u64::from(other.max(1)), v)),
        );
        all.dedup_by(|next, last| next.1 == last.1);
        all
    };
    common(a, b_ppq) == common(b, a_ppq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Meter, Tempo};
    use proptest::prelude::*;

    fn piece(ppq: u16, notes: &[(u32, u32)]) -> Score {
        let mut s = Score {
            ppq,
            ..Score::default()
        };
        let t = s.add_track("a", 3, 7);
        for (start, length) in notes {
            s.add_note(t, *start, *length, 60, 80);
        }
        s
    }

    #[test]
    fn ticks_that_divide_are_converted_exactly_and_nothing_is_told() {
        let (tracks, report) = tracks_in(&piece(480, &[]), &piece(96, &[(96, 24), (193, 1)]));
        let times: Vec<(u32, u32)> = tracks[0]
            .notes
            .iter()
            .map(|n| (n.start, n.length))
            .collect();
        assert_eq!(times, [(480, 120), (965, 5)]);
        assert_eq!((tracks[0].channel, tracks[0].program), (3, 7));
        assert!(report.is_empty(), "{report}");
    }

    #[test]
    fn what_is_rounded_is_told() {
        let (tracks, report) = tracks_in(&piece(96, &[]), &piece(480, &[(7, 1), (480, 240)]));
        let times: Vec<(u32, u32)> = tracks[0]
            .notes
            .iter()
            .map(|n| (n.start, n.length))
            .collect();
        assert_eq!(times, [(1, 1), (96, 48)]);
        let text = report.to_string();
        assert!(text.starts_with("1 note fell between"), "{text}");
    }

    #[test]
    fn another_tempo_and_another_metre_stay_behind_and_that_is_told() {
        let mut other = piece(480, &[(0, 480)]);
        other.tempos.push(Tempo {
            tick: 0,
            micros_per_quarter: 400_000,
        });
        other.meters.push(Meter::new(0, 3, 4));
        let (_, report) = tracks_in(&piece(480, &[]), &other);
        assert_eq!(report.sentences.len(), 2, "{report}");
        // 4/4 said aloud is the 4/4 that is meant in silence, at whatever ticks a quarter.
        let mut plain = piece(96, &[]);
        plain.meters.push(Meter::new(0, 4, 4));
        assert!(tracks_in(&piece(480, &[]), &plain).1.is_empty());
    }

    proptest! {
        #[test]
        fn no_time_moves_by_more_than_half_a_tick(
            from in 1u16..2000, to in 1u16..2000, start in 0u32..100_000, length in 1u32..9000,
        ) {
            let (tracks, _) = tracks_in(&piece(to, &[]), &piece(from, &[(start, length)]));
            let n = tracks[0].notes[0];
            let asked = f64::from(start) * f64::from(to) / f64::from(from);
            prop_assert!((f64::from(n.start) - asked).abs() <= 0.5);
            prop_assert!(n.length > 0);
        }
    }
}
