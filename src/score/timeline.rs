//! Time put into a piece and taken out of it with everything that lies in it, and what stands along it: tempo
//! ramps and markers.
//!
//! A note belongs to where it begins: it goes with the time it begins in, and one that sounds into time that is
//! taken out is shortened by as much. What is in force (tempo, metre, key, controllers) behind the place stays in
//! force there.

use super::mask::Gesture;
use super::{ChannelEvent, ChannelEventKind, Mask, MetaEvent, MetaKind, Meter, Score, Tempo};
use std::sync::Arc;

/// A named place, such as the beginning of a verse. In a MIDI file it is a marker event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    pub tick: u32,
    pub name: String,
}

/// Whether it is said at its moment, rather than of the whole piece or its state from then on.
pub(super) fn is_of_its_moment(kind: &MetaKind) -> bool {
    use MetaKind as K;
    matches!(
        kind,
        K::Text(_) | K::Lyric(_) | K::Marker(_) | K::CuePoint(_)
    )
}

impl Score {
    /// The markers in time order. Bytes that are no UTF-8 are shown as replacement signs.
    pub fn markers(&self) -> Vec<Marker> {
        let marker = |m: &MetaEvent| match &m.kind {
            MetaKind::Marker(name) => Some(Marker {
                tick: m.tick,
                name: String::from_utf8_lossy(name).into_owned(),
            }),
            _ => None,
        };
        self.metas.iter().filter_map(marker).collect()
    }

    /// Puts a marker at a tick in place of those there; `None` only takes them away.
    pub(super) fn set_marker(&mut self, tick: u32, name: Option<String>) {
        let is_here = |m: &MetaEvent| m.tick == tick && matches!(m.kind, MetaKind::Marker(_));
        let chunk = self
            .metas
            .iter()
            .find(|m| is_here(m))
            .map_or(0, |m| m.chunk);
        self.metas.retain(|m| !is_here(m));
        if let Some(name) = name {
            let at = self.metas.partition_point(|m| m.tick <= tick);
            let kind = MetaKind::Marker(name.into_bytes());
            self.metas.insert(at, MetaEvent { tick, chunk, kind });
        }
    }

    /// Puts a track at another place of the list. Every track keeps the colour it has.
    pub(super) fn move_track(&mut self, from: usize, to: usize) {
        for (place, track) in self.tracks.iter_mut().enumerate() {
            if track.colour.is_none() {
                Arc::make_mut(track).colour = Some(place as u8);
            }
        }
        let track = self.tracks.remove(from);
        self.tracks.insert(to.min(self.tracks.len()), track);
    }

    /// Which of the theme's track colours a track has: its own, else by its place.
    pub fn colour(&self, place: usize) -> usize {
        let own = self.tracks.get(place).and_then(|t| t.colour);
        own.map_or(place, usize::from)
    }

    /// The last tick that anything of the piece names.
    fn last_tick(&self) -> u32 {
        let times = self.tempos.iter().map(|t| t.tick);
        let times = times.chain(self.meters.iter().map(|m| m.tick));
        let times = times.chain(self.keys.iter().map(|k| k.tick));
        let times = times.chain(self.metas.iter().map(|m| m.tick));
        let times = times.chain(self.tracks.iter().map(|t| t.end()));
        times
            .chain(self.chunk_ends.iter().copied())
            .max()
            .unwrap_or(0)
    }
}

/// Puts `length` empty ticks in front of `at`. `false`, and nothing changes, if ticks cannot count that far.
///
/// What stands at the very beginning (instrument, tempo, metre, names) stays there. Time put into a mask's area is
/// masked as well. A bar that a change of metre cut short stays as short.
pub(super) fn insert(score: &mut Score, mask: &mut Mask, at: u32, length: u32) -> bool {
    if score.last_tick().checked_add(length).is_none() {
        return false;
    }
    let later = |t: &mut u32| {
        if *t >= at {
            *t += length;
        }
    };
    let state = |t: &mut u32| {
        if *t > 0 {
            later(t);
        }
    };
    let bars = score.bars();
    let before = bars.bar_at(at).checked_sub(1).filter(|_| at > 0);
    let cut = before
        .filter(|&b| bars.end(b) == at && bars.length(b) != bars.meter(b).bar_ticks(score.ppq));
    score.tempos.iter_mut().for_each(|t| state(&mut t.tick));
    score.meters.iter_mut().for_each(|m| state(&mut m.tick));
    score.keys.iter_mut().for_each(|k| state(&mut k.tick));
    if let Some(bar) = cut {
        let meter = Meter {
            tick: at,
            ..bars.meter(bar)
        };
        let place = score.meters.partition_point(|m| m.tick < at);
        score.meters.insert(place, meter);
    }
    for meta in &mut score.metas {
        match is_of_its_moment(&meta.kind) {
            true => later(&mut meta.tick),
            false => state(&mut meta.tick),
        }
    }
    score.metas.sort_by_key(|m| m.tick);
    score.chunk_ends.iter_mut().for_each(&state);
    for track in &mut score.tracks {
        if track.end() < at {
            continue;
        }
        let track = Arc::make_mut(track);
        track.notes.iter_mut().for_each(|n| later(&mut n.start));
        track.events.iter_mut().for_each(|e| state(&mut e.tick));
        track.sort();
    }
    let end = |t: &mut u32| {
        if *t > at {
            *t = t.saturating_add(length);
        }
    };
    each_span(mask, |from, to| {
        if *from >= at {
            *from = from.saturating_add(length);
        }
        end(to);
    });
    true
}

/// Takes the ticks `[from, to)` out with all that begins in them.
pub(super) fn remove(score: &mut Score, mask: &mut Mask, from: u32, to: u32) {
    let moved = |t: u32| match t {
        t if t < from => t,
        t if t < to => from,
        t => t - (to - from),
    };
    score.tempos.iter_mut().for_each(|t| t.tick = moved(t.tick));
    score.meters.iter_mut().for_each(|m| m.tick = moved(m.tick));
    score.keys.iter_mut().for_each(|k| k.tick = moved(k.tick));
    last_counts(&mut score.tempos, from, |t| t.tick);
    last_counts(&mut score.meters, from, |m| m.tick);
    last_counts(&mut score.keys, from, |k| k.tick);
    score
        .metas
        .retain(|m| !(is_of_its_moment(&m.kind) && (from..to).contains(&m.tick)));
    score.metas.iter_mut().for_each(|m| m.tick = moved(m.tick));
    score.chunk_ends.iter_mut().for_each(|t| *t = moved(*t));
    for track in &mut score.tracks {
        if track.end() < from {
            continue;
        }
        let track = Arc::make_mut(track);
        track.notes.retain(|n| !(from..to).contains(&n.start));
        for n in &mut track.notes {
            let end = moved(n.end());
            n.start = moved(n.start);
            n.length = end - n.start;
        }
        let within = |e: &ChannelEvent| (from..to).contains(&e.tick);
        let mut kept: Vec<ChannelEvent> = Vec::with_capacity(track.events.len());
        for (i, e) in track.events.iter().enumerate() {
            let tick = moved(e.tick);
            let later = track.events.get(i + 1..).unwrap_or(&[]);
            let last = || {
                !later
                    .iter()
                    .take_while(|l| within(l))
                    .any(|l| same_wheel(l, e))
            };
            if !within(e) || last() {
                kept.push(ChannelEvent { tick, ..*e });
            }
        }
        track.events = kept;
        track.sort();
    }
    each_span(mask, |a, b| {
        *a = moved(*a);
        if *b != u32::MAX {
            *b = moved(*b);
        }
    });
}

/// Of several states that now begin at `tick` only the last is ever in force.
fn last_counts<T>(states: &mut Vec<T>, tick: u32, at: impl Fn(&T) -> u32) {
    let here = states.iter().filter(|s| at(s) == tick).count();
    let mut spare = here.saturating_sub(1);
    states.retain(|s| {
        let goes = spare > 0 && at(s) == tick;
        spare -= usize::from(goes);
        !goes
    });
}

/// Whether two events set the same thing, so that the later one overrules the earlier.
pub(super) fn same_wheel(a: &ChannelEvent, b: &ChannelEvent) -> bool {
    use ChannelEventKind as K;
    match (a.kind, b.kind) {
        (K::Controller { controller: a, .. }, K::Controller { controller: b, .. }) => a == b,
        (K::KeyPressure { key: a, .. }, K::KeyPressure { key: b, .. }) => a == b,
        (a, b) => std::mem::discriminant(&a) == std::mem::discriminant(&b),
    }
}

/// Changes both ends of every stretch of time a mask names; stretches without time are dropped.
fn each_span(mask: &mut Mask, change: impl Fn(&mut u32, &mut u32)) {
    for gesture in &mut mask.gestures {
        match gesture {
            Gesture::Add(r) | Gesture::Subtract(r) => {
                r.rects
                    .iter_mut()
                    .for_each(|r| change(&mut r.start, &mut r.end));
                r.rects.retain(|r| r.start < r.end);
            }
            Gesture::Invert { end } => change(&mut 0, end),
        }
    }
}

/// A tempo map that goes evenly from one tempo (quarters a minute) to another over `[from, to)` and stays there,
/// in steps of `step` ticks: MIDI knows no slopes. What stood in between is replaced.
pub fn ramp(tempos: &[Tempo], (from, to): (u32, u32), (a, b): (f64, f64), step: u32) -> Vec<Tempo> {
    let tempo = |tick: u32, bpm: f64| Tempo {
        tick,
        micros_per_quarter: micros(bpm),
    };
    let mut new: Vec<Tempo> = tempos.iter().filter(|t| t.tick < from).copied().collect();
    if from < to {
        for tick in (from..to).step_by(step.max(1) as usize) {
            let share = f64::from(tick - from) / f64::from(to - from);
            new.push(tempo(tick, a + (b - a) * share));
        }
        if !tempos.iter().any(|t| t.tick == to) {
            new.push(tempo(to, b));
        }
    }
    new.extend(tempos.iter().filter(|t| t.tick >= to.max(from)));
    new
}

/// Microseconds a quarter note at so many quarters a minute, 4 to 1000.
pub fn micros(bpm: f64) -> u32 {
    (60e6 / bpm.clamp(4.0, 1000.0)).round() as u32
}

#[cfg(test)]
mod tests;
