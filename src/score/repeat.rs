//! A stretch of time once more behind itself, with all that begins in it.

use super::edit::EditError;
use super::timeline::{self, same_wheel};
use super::{ChannelEvent, Mask, MetaEvent, MetaKind, Note, NoteId, Score};
use std::sync::Arc;

/// Of the states in force over time, those the copy of `[from, to)` needs at its new place: the one in force at
/// `from`, unless it still is at the end, and every one that began within.
fn copied<T: Clone + PartialEq>(
    states: &[T],
    (from, to): (u32, u32),
    tick: impl Fn(&T) -> u32,
    at: impl Fn(&T, u32) -> T,
) -> Vec<T> {
    let first = states.iter().rposition(|s| tick(s) <= from);
    let last = states.iter().rposition(|s| tick(s) < to);
    let mut copies = Vec::new();
    if let Some(state) = first.filter(|_| first != last).and_then(|i| states.get(i)) {
        copies.push(at(state, to));
    }
    let within = states.iter().filter(|s| tick(s) > from && tick(s) < to);
    copies.extend(within.map(|s| at(s, to + (tick(s) - from))));
    copies
}

fn put<T>(states: &mut Vec<T>, new: Vec<T>, tick: impl Fn(&T) -> u32) {
    for state in new {
        let at = states.partition_point(|s| tick(s) <= tick(&state));
        states.insert(at, state);
    }
}

/// Controllers and the like for the copy, and what was in force at the beginning where it changed until the end.
fn events(all: &[ChannelEvent], (from, to): (u32, u32)) -> Vec<ChannelEvent> {
    let mut new: Vec<ChannelEvent> = Vec::new();
    let before = all.partition_point(|e| e.tick < from);
    let end = all.partition_point(|e| e.tick < to);
    let (earlier, within) = (all.get(..before), all.get(before..end));
    let (earlier, within) = (earlier.unwrap_or(&[]), within.unwrap_or(&[]));
    for (i, e) in earlier.iter().enumerate() {
        let later = earlier.get(i + 1..).unwrap_or(&[]);
        let in_force = !later.iter().any(|l| same_wheel(l, e));
        let turned = within.iter().any(|w| same_wheel(w, e));
        let set_at_once = within.iter().any(|w| same_wheel(w, e) && w.tick == from);
        if in_force && turned && !set_at_once {
            new.push(ChannelEvent { tick: to, ..*e });
        }
    }
    new.extend(within.iter().map(|e| ChannelEvent {
        tick: to + (e.tick - from),
        ..*e
    }));
    new
}

/// Puts `[from, to)` once more behind itself: notes, channel events, tempo, metre, key, markers and words. What lies
/// behind goes on later, in the state it was in. The mask is not copied.
///
/// # Errors
/// When ticks or ids cannot count that far; nothing changes then.
pub(super) fn repeat(
    score: &mut Score,
    mask: &mut Mask,
    from: u32,
    to: u32,
) -> Result<(), EditError> {
    let Some(length) = to.checked_sub(from).filter(|l| *l > 0) else {
        return Ok(());
    };
    let span = (from, to);
    let notes: Vec<Vec<Note>> = score
        .tracks
        .iter()
        .map(|t| t.notes.get(t.starting_in(from, to)).unwrap_or(&[]).to_vec())
        .collect();
    let wanted = u32::try_from(notes.iter().map(Vec::len).sum::<usize>()).ok();
    let fits = wanted.and_then(|n| score.next_id.checked_add(n));
    fits.ok_or(EditError::Full)?;
    let wheels: Vec<Vec<ChannelEvent>> = score
        .tracks
        .iter()
        .map(|t| events(&t.events, span))
        .collect();
    let tempos = copied(
        &score.tempos,
        span,
        |t| t.tick,
        |t, tick| super::Tempo { tick, ..*t },
    );
    let meters = copied(
        &score.meters,
        span,
        |m| m.tick,
        |m, tick| super::Meter { tick, ..*m },
    );
    let keys = copied(
        &score.keys,
        span,
        |k| k.tick,
        |k, tick| super::KeySignature { tick, ..*k },
    );
    let said = |m: &&MetaEvent| {
        (from..to).contains(&m.tick)
            && timeline::is_of_its_moment(&m.kind)
            // At the very beginning texts speak of the whole piece.
            && !(m.tick == 0 && matches!(m.kind, MetaKind::Text(_)))
    };
    let metas: Vec<MetaEvent> = score
        .metas
        .iter()
        .filter(said)
        .map(|m| MetaEvent {
            tick: to + (m.tick - from),
            ..m.clone()
        })
        .collect();
    if !timeline::insert(score, mask, to, length) {
        return Err(EditError::TooLong);
    }
    put(&mut score.tempos, tempos, |t| t.tick);
    put(&mut score.meters, meters, |m| m.tick);
    put(&mut score.keys, keys, |k| k.tick);
    put(&mut score.metas, metas, |m| m.tick);
    let mut pairs = Vec::new();
    for (place, (notes, wheels)) in notes.into_iter().zip(wheels).enumerate() {
        let mut next = score.next_id;
        let Some(track) = score.tracks.get_mut(place) else {
            continue;
        };
        if notes.is_empty() && wheels.is_empty() {
            continue;
        }
        let track = Arc::make_mut(track);
        for note in notes {
            let id = NoteId(next);
            next += 1;
            pairs.push((id, note.id));
            track.notes.push(Note {
                id,
                start: note.start + length,
                ..note
            });
        }
        track.sort();
        put(&mut track.events, wheels, |e| e.tick);
        score.next_id = next;
    }
    score.inherit(&pairs);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{ChannelEventKind, Document, Edit, Meter, Tempo};

    const BAR: u32 = 1920;

    fn volume(tick: u32, value: u8) -> ChannelEvent {
        ChannelEvent {
            tick,
            kind: ChannelEventKind::Controller {
                controller: 7,
                value,
            },
        }
    }

    #[test]
    fn a_section_comes_again_with_all_that_is_in_force_in_it() {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for bar in 0..6 {
            s.add_note(t, bar * BAR, 480, 60 + bar as u8, 80);
        }
        let track = s.track_mut(t).unwrap();
        track.events = vec![volume(0, 100), volume(3 * BAR, 50)];
        let tempo = |tick, micros_per_quarter| Tempo {
            tick,
            micros_per_quarter,
        };
        s.tempos = vec![
            tempo(0, 500_000),
            tempo(3 * BAR, 600_000),
            tempo(4 * BAR, 700_000),
        ];
        s.meters = vec![Meter::new(0, 4, 4), Meter::new(4 * BAR, 3, 4)];
        let before = Document::new(s);
        let marked = Edit::SetMarker {
            tick: 2 * BAR,
            name: Some("B".into()),
        };
        let before = marked.apply(&before).unwrap();
        let edit = Edit::RepeatTime {
            from: 2 * BAR,
            to: 4 * BAR,
        };
        assert!(edit.changes_notes() && edit.ends_takes());
        let after = edit.apply(&before).unwrap().score;
        let track = &after.tracks[0];
        let starts: Vec<(u32, u8)> = track
            .notes
            .iter()
            .map(|n| (n.start / BAR, n.pitch))
            .collect();
        assert_eq!(
            starts,
            [
                (0, 60),
                (1, 61),
                (2, 62),
                (3, 63),
                (4, 62),
                (5, 63),
                (6, 64),
                (7, 65)
            ]
        );
        let ids: std::collections::BTreeSet<NoteId> = track.notes.iter().map(|n| n.id).collect();
        assert_eq!(ids.len(), 8);
        assert!(after.next_id > ids.last().unwrap().0);
        let bpm = |bar: u32| after.bpm_at(bar * BAR).round() as u32;
        assert_eq!(
            [bpm(2), bpm(3), bpm(4), bpm(5), bpm(6)],
            [120, 100, 120, 100, 86]
        );
        assert_eq!(
            track.events,
            [
                volume(0, 100),
                volume(3 * BAR, 50),
                volume(4 * BAR, 100),
                volume(5 * BAR, 50)
            ]
        );
        let bars = after.bars();
        assert_eq!((bars.meter(5).numerator, bars.meter(6).numerator), (4, 3));
        let named: Vec<u32> = after.markers().iter().map(|m| m.tick / BAR).collect();
        assert_eq!(named, [2, 4]);
    }

    #[test]
    fn nothing_comes_twice_of_nothing_and_too_much_is_refused() {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        s.add_note(t, 0, 480, 60, 80);
        s.add_note(t, u32::MAX - 480, 480, 60, 80);
        let before = Document::new(s);
        let none = Edit::RepeatTime { from: 480, to: 480 }.apply(&before);
        assert_eq!(none.as_ref(), Ok(&before));
        let long = Edit::RepeatTime { from: 0, to: BAR }.apply(&before);
        assert_eq!(long, Err(EditError::TooLong));
    }
}
