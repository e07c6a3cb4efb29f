//! A piece put together from stretches of bars of another, which may be reordered, repeated or left out. Cutting and
//! shuffling are both this.

use crate::score::{ChannelEvent, ChannelEventKind, Meter, NoteId, Score, Tempo, Track};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

/// 120 quarters a minute: in force where nothing is said.
const DEFAULT_TEMPO: Tempo = Tempo {
    tick: 0,
    micros_per_quarter: 500_000,
};

/// The stretch of a piece that comes next, and where it goes.
struct Part {
    from: u32,
    to: u32,
    at: u32,
}

impl Part {
    fn moved(&self, tick: u32) -> u32 {
        (tick - self.from).saturating_add(self.at)
    }

    fn holds(&self, tick: u32) -> bool {
        (self.from..self.to).contains(&tick)
    }
}

/// The bars of `ranges`, one after the other.
///
/// A note goes with the bar of its onset and keeps its length, also where it sounds beyond its stretch. Tempo, metre, key
/// and the state of the channels (program, controllers, bend, pressure) at the start of a stretch are said again there. A
/// bar that a change of metre cut short stays short. Notes keep their names at their first appearance; repeats get new
/// ones. What the file said about the ends of its chunks is gone.
pub fn arrange(score: &Score, ranges: &[Range<u32>]) -> Score {
    let bars = score.bars();
    let mut at = 0u32;
    let mut parts = Vec::with_capacity(ranges.len());
    for range in ranges.iter().filter(|r| r.start < r.end) {
        let (from, to) = (bars.start(range.start), bars.start(range.end));
        parts.push(Part { from, to, at });
        at = at.saturating_add(to - from);
    }
    let mut new = Score {
        tracks: Vec::with_capacity(score.tracks.len()),
        meters: meters(score, &parts),
        chunk_ends: Vec::new(),
        ..score.clone()
    };
    let mut tempos = score.tempos.clone();
    if tempos.first().is_some_and(|t| t.tick > 0) {
        // What is in force before the first tempo must be said where it follows on another.
        tempos.insert(0, DEFAULT_TEMPO);
    }
    new.tempos = spread(&tempos, &parts, |t| t.tick, |t, tick| t.tick = tick);
    new.tempos.dedup_by_key(|t| t.micros_per_quarter);
    new.keys = spread(&score.keys, &parts, |k| k.tick, |k, tick| k.tick = tick);
    new.keys.dedup_by_key(|k| (k.sharps, k.minor));
    new.metas = inside(&score.metas, &parts, |m| m.tick, |m, tick| m.tick = tick);
    let mut seen = HashSet::new();
    for track in &score.tracks {
        let mut track = Track::clone(track);
        track.events = events(&track, &parts);
        track.notes = inside(&track.notes, &parts, |n| n.start, |n, tick| n.start = tick);
        for note in &mut track.notes {
            if !seen.insert(note.id) {
                note.id = NoteId(new.fresh());
            }
        }
        track.sort();
        new.tracks.push(Arc::new(track));
    }
    new
}

/// What stands in the parts, moved with them.
fn inside<T: Clone>(
    list: &[T],
    parts: &[Part],
    tick: impl Fn(&T) -> u32,
    set: impl Fn(&mut T, u32),
) -> Vec<T> {
    let mut new = Vec::new();
    for part in parts {
        for item in list.iter().filter(|i| part.holds(tick(i))) {
            let mut item = item.clone();
            let to = part.moved(tick(&item));
            set(&mut item, to);
            new.push(item);
        }
    }
    new
}

/// Like [`inside`], with what is in force at the start of a part said again there.
fn spread<T: Clone>(
    list: &[T],
    parts: &[Part],
    tick: impl Fn(&T) -> u32,
    set: impl Fn(&mut T, u32),
) -> Vec<T> {
    let mut new = Vec::new();
    for part in parts {
        if let Some(before) = list.iter().rfind(|i| tick(i) < part.from) {
            let mut item = before.clone();
            set(&mut item, part.at);
            new.push(item);
        }
        new.extend(inside(list, std::slice::from_ref(part), &tick, &set));
    }
    new
}

/// Metres of the new piece. Every part starts a bar; a change that only repeats the metre on one of its own bar lines is
/// left out.
fn meters(score: &Score, parts: &[Part]) -> Vec<Meter> {
    let bars = score.bars();
    let meter_at = |tick: u32, at: u32| Meter {
        tick: at,
        ..bars.meter(bars.bar_at(tick))
    };
    let mut all = Vec::new();
    for part in parts {
        all.push(meter_at(part.from, part.at));
        let within = |m: &&Meter| part.from < m.tick && m.tick < part.to;
        for m in score.meters.iter().filter(within) {
            all.push(meter_at(m.tick, part.moved(m.tick)));
        }
    }
    if let Some(part) = parts.last() {
        // A change at the very end keeps a short last bar short.
        all.push(meter_at(part.to, part.moved(part.to)));
    }
    let mut kept: Vec<Meter> = Vec::with_capacity(all.len());
    for (i, m) in all.iter().enumerate() {
        let on_line = kept
            .last()
            .is_some_and(|k| (m.tick - k.tick).is_multiple_of(k.bar_ticks(score.ppq)));
        let same = kept
            .last()
            .is_some_and(|k| Meter { tick: m.tick, ..*k } == *m);
        let end = i + 1 == all.len();
        if !(on_line && (same || end)) {
            kept.push(*m);
        }
    }
    kept
}

/// Channel events of the new piece.
fn events(track: &Track, parts: &[Part]) -> Vec<ChannelEvent> {
    let mut new = Vec::new();
    for part in parts {
        let before = track.events.partition_point(|e| e.tick < part.from);
        let mut state: Vec<ChannelEvent> = Vec::new();
        for event in &track.events[..before] {
            let Some(what) = lasting(event.kind) else {
                continue;
            };
            // The latest of each kind, in the order they were said: a program may depend on a bank before it.
            state.retain(|e| lasting(e.kind) != Some(what));
            state.push(*event);
        }
        new.extend(
            state
                .into_iter()
                .map(|e| ChannelEvent { tick: part.at, ..e }),
        );
        let part = std::slice::from_ref(part);
        new.extend(inside(&track.events, part, |e| e.tick, |e, t| e.tick = t));
    }
    new
}

/// Which state of the channel an event sets; nothing for what concerns one sounding note.
fn lasting(kind: ChannelEventKind) -> Option<(u8, u8)> {
    match kind {
        ChannelEventKind::Controller { controller, .. } => Some((0, controller)),
        ChannelEventKind::Program { .. } => Some((1, 0)),
        ChannelEventKind::PitchBend { .. } => Some((2, 0)),
        ChannelEventKind::ChannelPressure { .. } => Some((3, 0)),
        ChannelEventKind::KeyPressure { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::bar_count;
    use super::super::testing::{pieces, sounds};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_repeated_stretch_sounds_twice_under_its_own_tempo_and_metre() {
        let mut score = Score::default();
        let t = score.add_track("a", 0, 0);
        score.add_note(t, 0, 100, 60, 80);
        score.add_note(t, 1920, 100, 64, 80);
        score.meters = vec![Meter::new(0, 4, 4), Meter::new(1920, 3, 4)];
        score.tempos = [(0, 500_000), (1920, 400_000)]
            .map(|(tick, micros_per_quarter)| Tempo {
                tick,
                micros_per_quarter,
            })
            .to_vec();
        let new = arrange(&score, &[1..2, 0..1, 1..2]);
        let starts: Vec<(u32, u8)> = new.notes().map(|(_, n)| (n.start, n.pitch)).collect();
        assert_eq!(starts, [(0, 64), (1440, 60), (3360, 64)]);
        let meters: Vec<(u32, u8)> = new.meters.iter().map(|m| (m.tick, m.numerator)).collect();
        assert_eq!(meters, [(0, 3), (1440, 4), (3360, 3)]);
        let ids: HashSet<NoteId> = new.notes().map(|(_, n)| n.id).collect();
        assert_eq!(ids.len(), 3);
        assert_eq!(
            [0, 1440, 3360].map(|t| new.bpm_at(t).round()),
            [150.0, 120.0, 150.0]
        );
    }

    #[test]
    fn the_channel_sounds_as_it_did() {
        let mut score = Score::default();
        let id = score.add_track("a", 0, 0);
        score.add_note(id, 1920, 100, 60, 80);
        let pedal = |value| ChannelEventKind::Controller {
            controller: 64,
            value,
        };
        let track = score.track_mut(id).unwrap();
        track.events = [
            (0, ChannelEventKind::Program { program: 5 }),
            (0, pedal(127)),
            (960, pedal(0)),
            (2000, pedal(127)),
        ]
        .map(|(tick, kind)| ChannelEvent { tick, kind })
        .to_vec();
        let new = arrange(&score, std::slice::from_ref(&(1..2)));
        let events: Vec<(u32, ChannelEventKind)> = new.tracks[0]
            .events
            .iter()
            .map(|e| (e.tick, e.kind))
            .collect();
        assert_eq!(
            events,
            [
                (0, ChannelEventKind::Program { program: 5 }),
                (0, pedal(0)),
                (80, pedal(127))
            ]
        );
    }

    proptest! {
        #[test]
        fn the_whole_piece_in_two_stretches_is_the_piece(score in pieces(), cut in 0u32..40) {
            let n = bar_count(&score);
            let cut = cut % (n + 1);
            let new = arrange(&score, &[0..cut, cut..n]);
            prop_assert_eq!(sounds(&new), sounds(&score));
            for (a, b) in new.tracks.iter().zip(&score.tracks) {
                prop_assert_eq!(&a.notes, &b.notes);
            }
            let (bars, old) = (new.bars(), score.bars());
            for bar in 0..=n {
                prop_assert_eq!(bars.start(bar), old.start(bar));
            }
            for bar in 0..n {
                prop_assert_eq!(bars.meter(bar).numerator, old.meter(bar).numerator);
                prop_assert_eq!(new.bpm_at(bars.start(bar)), score.bpm_at(old.start(bar)));
            }
        }
    }
}
