//! A score flattened for the engine: events in frames of one sample rate, sorted, each with its synth.

use crate::score::{Bars, ChannelEventKind, Clock, Mix, Score, Track, TrackId};

/// How many tracks have a synth of their own. Further ones share, on other channels of the same synths.
pub const SLOTS: usize = 64;

/// General MIDI's drum channel, also inside each synth.
pub const DRUM_CHANNEL: u8 = 9;

/// Longest stretch of metronome beats worth listing; a meter of 1/128 over a long piece would be absurd.
const MAX_BEATS: usize = 100_000;

/// What an event asks of a synth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Off { key: u8 },
    Controller { controller: u8, value: u8 },
    Program { program: u8 },
    Bend { value: u16 },
    On { key: u8, velocity: u8 },
}

impl EventKind {
    /// At one instant: releases, then controllers, then attacks.
    fn rank(self) -> u8 {
        match self {
            EventKind::Off { .. } => 0,
            EventKind::On { .. } => 2,
            _ => 1,
        }
    }
}

/// An event at a frame, for one channel of one synth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub frame: u64,
    pub slot: u8,
    pub channel: u8,
    pub kind: EventKind,
}

/// One key held down from `start` (inclusive) to `end` (exclusive).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    slot: u8,
    channel: u8,
    key: u8,
    start: u64,
    end: u64,
}

/// A channel in use and the program that sounds before any program event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    pub slot: u8,
    pub channel: u8,
    pub program: u8,
}

/// A beat of the metronome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    pub frame: u64,
    /// Whether it is the first of its bar.
    pub accent: bool,
}

/// Which synth and channel each track plays on. Kept across sequences, so that a track keeps its synth (and its
/// sounding notes) when others come and go.
#[derive(Clone, Debug, Default)]
pub struct Routing {
    slots: Vec<Option<TrackId>>,
    places: Vec<(TrackId, u8, u8)>,
}

impl Routing {
    /// Gives every track of the score a place, and takes the places of tracks that are gone.
    pub fn assign(&mut self, score: &Score) {
        self.slots.resize(SLOTS, None);
        for slot in &mut self.slots {
            if slot.is_some_and(|id| score.track(id).is_none()) {
                *slot = None;
            }
        }
        self.places.clear();
        let mut shared = 0usize;
        for track in &score.tracks {
            let own = self
                .slots
                .iter()
                .position(|s| *s == Some(track.id))
                .or_else(|| self.slots.iter().position(Option::is_none));
            let (slot, lap) = match own {
                Some(slot) => {
                    self.slots[slot] = Some(track.id);
                    (slot, 0)
                }
                None => {
                    shared += 1;
                    ((shared - 1) % SLOTS, 1 + (shared - 1) / SLOTS)
                }
            };
            let channel = if track.is_drums() {
                DRUM_CHANNEL
            } else {
                // Channels 0..=15 without the drums'; past fifteen laps tracks share a channel, too.
                let c = (lap % 15) as u8;
                if c >= DRUM_CHANNEL { c + 1 } else { c }
            };
            self.places.push((track.id, slot as u8, channel));
        }
    }

    /// Synth and channel of a track.
    pub fn place(&self, track: TrackId) -> Option<(u8, u8)> {
        self.places
            .iter()
            .find(|p| p.0 == track)
            .map(|p| (p.1, p.2))
    }

    /// The track whose mix rules a synth.
    pub fn owner(&self, slot: u8) -> Option<TrackId> {
        self.slots.get(slot as usize).copied().flatten()
    }

    /// Whether a track must be muted by leaving its notes out, as its synth is another's, too.
    fn shares(&self, track: TrackId) -> bool {
        self.place(track)
            .is_some_and(|(slot, _)| self.owner(slot) != Some(track))
    }

    /// Left and right gain of every synth under the score's mix.
    pub fn gains(&self, score: &Score) -> [(f32, f32); SLOTS] {
        let mut gains = [(0.0, 0.0); SLOTS];
        for track in &score.tracks {
            if let Some((slot, _)) = self.place(track.id)
                && self.owner(slot) == Some(track.id)
            {
                gains[slot as usize] = gain(&track.mix, audible(score, track));
            }
        }
        gains
    }
}

/// Whether mute and solo let a track sound: not muted, and soloed if any track is.
pub fn audible(score: &Score, track: &Track) -> bool {
    let solo = score.tracks.iter().any(|t| t.mix.solo);
    !track.mix.mute && (track.mix.solo || !solo)
}

/// Left and right gain of a mix: equal power, 1 on both sides in the middle.
fn gain(mix: &Mix, audible: bool) -> (f32, f32) {
    if !audible || !mix.volume.is_finite() || !mix.pan.is_finite() {
        return (0.0, 0.0);
    }
    let volume = mix.volume.clamp(0.0, 2.0) * std::f32::consts::SQRT_2;
    let angle = (mix.pan.clamp(-1.0, 1.0) + 1.0) * std::f32::consts::FRAC_PI_4;
    (volume * angle.cos(), volume * angle.sin())
}

/// A piece as the engine plays it. Immutable; a changed piece is a new sequence.
#[derive(Clone, Debug)]
pub struct Sequence {
    rate: u32,
    clock: Clock,
    events: Vec<Event>,
    /// The events that are neither attack nor release, again, for chasing.
    controls: Vec<Event>,
    spans: Vec<Span>,
    voices: Vec<Voice>,
    beats: Vec<Beat>,
    end: u64,
    bars: Bars,
    ppq: u16,
}

impl Sequence {
    /// A sequence without a sound: one bar of silence.
    pub fn empty(rate: u32) -> Self {
        Sequence::new(&Score::default(), &mut Routing::default(), rate)
    }

    /// Flattens a score for `rate` frames a second. Tracks get (and keep) their synths through `routing`.
    pub fn new(score: &Score, routing: &mut Routing, rate: u32) -> Self {
        routing.assign(score);
        let rate = rate.max(1);
        let clock = score.clock();
        let at = |tick: u32| frame_at(&clock, rate, tick);
        // Shorter notes would be gone before a synth's next block.
        let shortest = rate as u64 / 200;
        let mut events = Vec::with_capacity(score.note_count() * 2);
        let mut spans = Vec::with_capacity(score.note_count());
        let mut voices: Vec<Voice> = Vec::with_capacity(score.tracks.len());
        for track in &score.tracks {
            let Some((slot, channel)) = routing.place(track.id) else {
                continue;
            };
            let voice = Voice {
                slot,
                channel,
                program: track.program.min(127),
            };
            if !voices
                .iter()
                .any(|v| (v.slot, v.channel) == (slot, channel))
            {
                voices.push(voice);
            }
            for e in &track.events {
                if let Some(kind) = control(e.kind) {
                    let frame = at(e.tick);
                    events.push(Event {
                        frame,
                        slot,
                        channel,
                        kind,
                    });
                }
            }
            if routing.shares(track.id) && !audible(score, track) {
                continue;
            }
            for n in &track.notes {
                let start = at(n.start);
                let end = at(n.end()).max(start + shortest.max(1));
                let key = n.pitch.min(127);
                spans.push(Span {
                    slot,
                    channel,
                    key,
                    start,
                    end,
                });
                events.push(Event {
                    frame: start,
                    slot,
                    channel,
                    kind: EventKind::On {
                        key,
                        velocity: n.velocity.clamp(1, 127),
                    },
                });
            }
        }
        join_overlaps(&mut spans);
        events.extend(spans.iter().map(|s| Event {
            frame: s.end,
            slot: s.slot,
            channel: s.channel,
            kind: EventKind::Off { key: s.key },
        }));
        events.sort_by_key(|e| (e.frame, e.kind.rank()));
        let controls = events
            .iter()
            .filter(|e| e.kind.rank() == 1)
            .copied()
            .collect();
        let bars = score.bars();
        let end_tick = bars.end(bars.count_until(score.end()).saturating_sub(1));
        let beats = beats(&bars, score.ppq, end_tick, at);
        let end = at(end_tick).max(1);
        Sequence {
            rate,
            clock,
            events,
            controls,
            spans,
            voices,
            beats,
            end,
            bars,
            ppq: score.ppq,
        }
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// The tempo map.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// All events, by frame; at one frame releases first and attacks last.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The events that are neither attacks nor releases.
    pub fn controls(&self) -> &[Event] {
        &self.controls
    }

    /// The channels in use.
    pub fn voices(&self) -> &[Voice] {
        &self.voices
    }

    /// The metronome's beats.
    pub fn beats(&self) -> &[Beat] {
        &self.beats
    }

    /// The first beat at or after a frame, also beyond the last bar: recording goes on there, by the tempo and the
    /// meter in force. Allocates nothing.
    pub fn beat_from(&self, frame: u64) -> Beat {
        let tick = self.tick_at(frame).max(0.0) as u32;
        let mut bar = self.bars.bar_at(tick);
        let step = self.bars.meter(bar).beat_ticks(self.ppq).max(1);
        let into = tick - self.bars.start(bar);
        let mut tick = tick - into % step;
        loop {
            let beat = Beat {
                frame: self.frame_at(f64::from(tick)),
                accent: tick == self.bars.start(bar),
            };
            // The tick of a frame may lie a hair before the beat that falls on it.
            if beat.frame >= frame || tick == u32::MAX {
                return beat;
            }
            let step = self.bars.meter(bar).beat_ticks(self.ppq).max(1);
            tick = tick.saturating_add(step).min(self.bars.end(bar));
            bar = self.bars.bar_at(tick);
        }
    }

    /// Frame at which the last bar ends.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The frame nearest to a tick.
    pub fn frame_at(&self, tick: f64) -> u64 {
        (self.clock.seconds(tick) * self.rate as f64).round() as u64
    }

    /// The tick (with its fraction) that sounds at a frame.
    pub fn tick_at(&self, frame: u64) -> f64 {
        self.clock.tick(frame as f64 / self.rate as f64)
    }

    /// Whether a key is down just before `frame` and stays down at it.
    pub fn holds(&self, slot: u8, channel: u8, key: u8, frame: u64) -> bool {
        let i = self
            .spans
            .partition_point(|s| (s.slot, s.channel, s.key, s.start) < (slot, channel, key, frame));
        i.checked_sub(1).is_some_and(|i| {
            let s = &self.spans[i];
            (s.slot, s.channel, s.key) == (slot, channel, key) && s.end > frame
        })
    }

    /// Frames a beat at a frame: the distance of the two beats around it, or half a second.
    pub fn beat_length(&self, frame: u64) -> u64 {
        let i = self.beats.partition_point(|b| b.frame <= frame);
        let around = i.checked_sub(1).map(|p| (p, i)).unwrap_or((0, 1));
        match (self.beats.get(around.0), self.beats.get(around.1)) {
            (Some(a), Some(b)) if b.frame > a.frame => b.frame - a.frame,
            _ => match self.beats.as_slice() {
                [.., a, b] if b.frame > a.frame => b.frame - a.frame,
                _ => self.rate as u64 / 2,
            },
        }
    }

    /// Beats in the bar that holds a frame.
    pub fn beats_in_bar(&self, frame: u64) -> u32 {
        let i = self.beats.partition_point(|b| b.frame <= frame);
        let first = self.beats[..i].iter().rposition(|b| b.accent).unwrap_or(0);
        let next = self.beats[i..].iter().position(|b| b.accent);
        let last = next.map_or(self.beats.len(), |n| i + n);
        (last.saturating_sub(first)).max(1) as u32
    }
}

fn frame_at(clock: &Clock, rate: u32, tick: u32) -> u64 {
    (clock.seconds(tick as f64) * rate as f64).round() as u64
}

fn control(kind: ChannelEventKind) -> Option<EventKind> {
    Some(match kind {
        ChannelEventKind::Controller { controller, value } => EventKind::Controller {
            controller: controller.min(127),
            value: value.min(127),
        },
        ChannelEventKind::Program { program } => EventKind::Program {
            program: program.min(127),
        },
        ChannelEventKind::PitchBend { value } => EventKind::Bend {
            value: value.min(16_383),
        },
        // The synth has no pressure.
        ChannelEventKind::ChannelPressure { .. } | ChannelEventKind::KeyPressure { .. } => {
            return None;
        }
    })
}

/// A synth knows keys, not notes: a note that begins while its key is down takes the key over, and the key goes up
/// when the last of them ends. Without this the first note's end would cut the second.
fn join_overlaps(spans: &mut Vec<Span>) {
    spans.sort_unstable();
    let mut kept: Vec<Span> = Vec::with_capacity(spans.len());
    for s in spans.drain(..) {
        match kept.last_mut() {
            Some(last)
                if (last.slot, last.channel, last.key) == (s.slot, s.channel, s.key)
                    && last.end > s.start =>
            {
                let end = last.end.max(s.end);
                if last.start == s.start {
                    last.end = end;
                } else {
                    last.end = s.start;
                    kept.push(Span { end, ..s });
                }
            }
            _ => kept.push(s),
        }
    }
    *spans = kept;
}

fn beats(bars: &Bars, ppq: u16, end: u32, at: impl Fn(u32) -> u64) -> Vec<Beat> {
    let mut beats = Vec::new();
    for bar in 0..bars.count_until(end) {
        let (start, stop) = (bars.start(bar), bars.end(bar));
        let step = bars.meter(bar).beat_ticks(ppq) as usize;
        for tick in (start..stop).step_by(step) {
            if beats.len() == MAX_BEATS {
                return beats;
            }
            beats.push(Beat {
                frame: at(tick),
                accent: tick == start,
            });
        }
    }
    beats
}

#[cfg(test)]
mod tests;
