//! Parts of a piece as pieces of their own: some tracks, or some notes from their first bar on.

use crate::score::{
    ChannelEvent, ChannelEventKind, KeySignature, MetaKind, Meter, NoteId, Score, Tempo, Track,
    TrackId,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Meta type of a chunk's name, which goes with the track it names.
const TRACK_NAME: u8 = 0x03;

/// The piece with these tracks alone, each in a chunk of its own. Tempos, metres, keys, markers and texts of the whole
/// piece (those of the first chunk) stay, and so do those of the chunks whose tracks do.
pub fn tracks(score: &Score, chosen: &BTreeSet<TrackId>) -> Score {
    let mut part = score.clone();
    part.tracks.retain(|t| chosen.contains(&t.id));
    let kept: Vec<u16> = part.tracks.iter().map(|t| t.chunk).collect();
    part.metas.retain(|m| {
        (m.chunk == 0 || kept.contains(&m.chunk))
            && !matches!(m.kind, MetaKind::Other(TRACK_NAME, _))
    });
    for meta in &mut part.metas {
        meta.chunk = kept
            .iter()
            .position(|c| *c == meta.chunk)
            .filter(|_| meta.chunk > 0)
            .map_or(0, |i| number(i + 1));
    }
    for (i, track) in part.tracks.iter_mut().enumerate() {
        Arc::make_mut(track).chunk = number(i + 1);
    }
    part.chunks.clear();
    part.chunk_ends.clear();
    part
}

fn number(i: usize) -> u16 {
    u16::try_from(i).unwrap_or(u16::MAX)
}

/// The named notes alone, with the bar of the first one as bar 1. Tempo, metre, key, instrument and controllers are those
/// in force there; what changes them later stays where it was, up to the end of the last note's bar. `None` if
/// none of the notes is in the piece.
pub fn notes(score: &Score, chosen: &BTreeSet<NoteId>) -> Option<Score> {
    let named = || score.notes().filter(|(_, n)| chosen.contains(&n.id));
    let bars = score.bars();
    let first = named().map(|(_, n)| n.start).min()?;
    let last = named().map(|(_, n)| n.end()).max()?;
    let from = bars.start(bars.bar_at(first));
    let to = bars.end(bars.bar_at(last.saturating_sub(1).max(first)));
    let on: BTreeSet<TrackId> = named().map(|(t, _)| t).collect();
    let mut part = tracks(score, &on);
    part.tempos = since(
        &part.tempos,
        from,
        to,
        |t| t.tick,
        |t, tick| Tempo { tick, ..*t },
    );
    part.meters = since(
        &part.meters,
        from,
        to,
        |m| m.tick,
        |m, tick| Meter { tick, ..*m },
    );
    part.keys = since(
        &part.keys,
        from,
        to,
        |k| k.tick,
        |k, tick| KeySignature { tick, ..*k },
    );
    part.metas.retain(|m| (from..to).contains(&m.tick));
    for meta in &mut part.metas {
        meta.tick -= from;
    }
    for track in &mut part.tracks {
        let track = Arc::make_mut(track);
        track.notes.retain(|n| chosen.contains(&n.id));
        for note in &mut track.notes {
            note.start -= from;
        }
        track.events = events_since(track, from, to);
    }
    Some(part)
}

/// The entries of a map within `[from, to)` counted from `from`, with what is in force at `from` at its head.
fn since<T>(
    list: &[T],
    from: u32,
    to: u32,
    tick: impl Fn(&T) -> u32,
    at: impl Fn(&T, u32) -> T,
) -> Vec<T> {
    let begun = list.iter().rfind(|t| tick(t) <= from);
    let later = list.iter().filter(|t| (from + 1..to).contains(&tick(t)));
    begun
        .map(|t| at(t, 0))
        .into_iter()
        .chain(later.map(|t| at(t, tick(t) - from)))
        .collect()
}

/// The channel events of a track within `[from, to)`, and before them what those before `from` left set: of each
/// controller, bend and program the last. Parameter numbers and data entries count by their order, so all of them stay.
fn events_since(track: &Track, from: u32, to: u32) -> Vec<ChannelEvent> {
    use ChannelEventKind as K;
    let before = track.events.partition_point(|e| e.tick < from);
    let (before, rest) = track.events.split_at(before);
    let parameter = |c: u8| matches!(c, 6 | 38 | 96..=101);
    let same = |a: K, b: K| match (a, b) {
        (K::Controller { controller: a, .. }, K::Controller { controller: b, .. }) => a == b,
        (K::KeyPressure { key: a, .. }, K::KeyPressure { key: b, .. }) => a == b,
        _ => std::mem::discriminant(&a) == std::mem::discriminant(&b),
    };
    let mut set: Vec<ChannelEvent> = Vec::new();
    for e in before {
        let ordered = matches!(e.kind, K::Controller { controller, .. } if parameter(controller));
        if !ordered {
            set.retain(|s| !same(s.kind, e.kind));
        }
        set.push(ChannelEvent { tick: 0, ..*e });
    }
    let rest = rest.iter().take_while(|e| e.tick < to);
    set.extend(rest.map(|e| ChannelEvent {
        tick: e.tick - from,
        ..*e
    }));
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{export, import};

    /// Two tracks of eight quarters under 3/4, faster in bar 2, with a pedal and an instrument of its own.
    fn piece() -> (Score, TrackId, TrackId) {
        let mut s = Score::default();
        s.meters.push(Meter::new(0, 3, 4));
        for (tick, micros_per_quarter) in [(0, 600_000), (1440, 400_000), (2880, 300_000)] {
            s.tempos.push(Tempo {
                tick,
                micros_per_quarter,
            });
        }
        let a = s.add_track("A", 0, 0);
        let b = s.add_track("B", 1, 48);
        for i in 0..8 {
            s.add_note(a, i * 480, 480, 60 + i as u8, 80);
            s.add_note(b, i * 480, 480, 40 + i as u8, 80);
        }
        let controller = |tick, controller, value| ChannelEvent {
            tick,
            kind: ChannelEventKind::Controller { controller, value },
        };
        s.track_mut(b).unwrap().events = vec![
            controller(0, 7, 90),
            controller(480, 7, 70),
            controller(960, 64, 127),
            controller(1920, 64, 0),
            controller(3800, 7, 1),
        ];
        (s, a, b)
    }

    #[test]
    fn chosen_tracks_come_back_alone_with_name_and_instrument() {
        let (s, _, b) = piece();
        let part = tracks(&s, &[b].into());
        let back = import(&export(&part).unwrap(), "x").unwrap().score;
        assert_eq!(back.tracks.len(), 1);
        let track = &back.tracks[0];
        assert_eq!((track.name.as_str(), track.channel), ("B", 1));
        assert_eq!(track.first_program(), 48);
        let times = |t: &Track| {
            t.notes
                .iter()
                .map(|n| (n.start, n.length, n.pitch))
                .collect()
        };
        let (now, before): (Vec<_>, Vec<_>) = (times(track), times(s.track(b).unwrap()));
        assert_eq!(now, before);
        assert_eq!((back.tempos, back.meters), (s.tempos, s.meters));
    }

    #[test]
    fn a_track_of_an_imported_file_keeps_its_chunks_texts() {
        let (s, _, b) = piece();
        let mut s = import(&export(&s).unwrap(), "x").unwrap().score;
        let chunk = s.tracks[1].chunk;
        for (chunk, text) in [(chunk, "kept"), (s.tracks[0].chunk, "gone"), (0, "all")] {
            s.metas.push(crate::score::MetaEvent {
                tick: 0,
                chunk,
                kind: MetaKind::Lyric(text.into()),
            });
        }
        let _ = b;
        let part = tracks(&s, &[s.tracks[1].id].into());
        let back = import(&export(&part).unwrap(), "x").unwrap().score;
        let texts: Vec<&MetaKind> = back.metas.iter().map(|m| &m.kind).collect();
        assert!(texts.contains(&&MetaKind::Lyric("kept".into())));
        assert!(texts.contains(&&MetaKind::Lyric("all".into())));
        assert!(!texts.contains(&&MetaKind::Lyric("gone".into())));
    }

    #[test]
    fn a_selection_begins_at_its_first_bar_as_it_sounded_there() {
        let (s, _, b) = piece();
        // The notes of bar 2 but its first.
        let chosen: BTreeSet<NoteId> = s.track(b).unwrap().notes[4..6]
            .iter()
            .map(|n| n.id)
            .collect();
        let part = notes(&s, &chosen).unwrap();
        assert_eq!(part.tracks.len(), 1);
        let track = &part.tracks[0];
        let starts: Vec<(u32, u8)> = track.notes.iter().map(|n| (n.start, n.pitch)).collect();
        assert_eq!(starts, [(480, 44), (960, 45)]);
        assert_eq!(part.meters, s.meters);
        let tempos: Vec<(u32, u32)> = part
            .tempos
            .iter()
            .map(|t| (t.tick, t.micros_per_quarter))
            .collect();
        assert_eq!(tempos, [(0, 400_000)]);
        let events: Vec<(u32, ChannelEventKind)> =
            track.events.iter().map(|e| (e.tick, e.kind)).collect();
        let set = |controller, value| ChannelEventKind::Controller { controller, value };
        assert_eq!(
            events,
            [(0, set(7, 70)), (0, set(64, 127)), (480, set(64, 0))]
        );
        // And as a file it is the same piece.
        let back = import(&export(&part).unwrap(), "x").unwrap();
        assert!(back.report.is_empty());
        assert_eq!(back.score.note_count(), 2);
    }

    #[test]
    fn no_notes_are_no_piece() {
        let (s, _, _) = piece();
        assert_eq!(notes(&s, &BTreeSet::new()), None);
        assert_eq!(notes(&s, &[NoteId(9999)].into()), None);
    }
}
