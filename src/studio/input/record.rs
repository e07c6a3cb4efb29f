//! Recording: what is played while the playhead moves becomes notes of the track in hand, one undo step a pass.

use super::{Played, State};
use crate::audio::midi::Message;
use crate::score::{ChannelEvent, ChannelEventKind, Clock, Edit, Note, NoteId, TrackId};
use crate::studio::roll::Grid;
use crate::studio::stats::count;
use std::collections::BTreeMap;
use std::time::Instant;

const PEDAL: u8 = 64;

/// One pass over the piece, as far as it has come. Knows ticks and nothing of clocks.
#[derive(Clone, Debug)]
pub struct Recorder {
    pub track: TrackId,
    /// Where recording began, in ticks; nothing is written before it.
    from: u32,
    /// Playhead of the last frame, in ticks.
    last: f64,
    /// The playhead has moved since the beginning (a count-in is over).
    moved: bool,
    held: BTreeMap<u8, (u32, u8)>,
    notes: Vec<Note>,
    events: Vec<ChannelEvent>,
    pedal: bool,
}

impl Recorder {
    /// A pass that begins at a tick.
    pub fn new(track: TrackId, from: u32) -> Self {
        Recorder {
            track,
            from,
            last: f64::from(from),
            moved: false,
            held: BTreeMap::new(),
            notes: Vec::new(),
            events: Vec::new(),
            pedal: false,
        }
    }

    /// Takes in a message at a tick. A key that goes down twice ends its first note; one that goes up without
    /// having gone down is nothing.
    pub fn take(&mut self, tick: u32, message: Message) {
        let tick = tick.max(self.from);
        match message {
            Message::On { key, velocity } => {
                self.end(key, tick, None);
                self.held.insert(key, (tick, velocity.clamp(1, 127)));
            }
            Message::Off { key, velocity } => self.end(key, tick, Some(velocity)),
            Message::Control(kind) => {
                if let ChannelEventKind::Controller {
                    controller: PEDAL,
                    value,
                } = kind
                {
                    self.pedal = value >= 64;
                }
                self.events.push(ChannelEvent { tick, kind });
            }
        }
    }

    fn end(&mut self, key: u8, tick: u32, release: Option<u8>) {
        if let Some((start, velocity)) = self.held.remove(&key) {
            self.notes.push(Note {
                id: NoteId(0),
                start,
                length: tick.saturating_sub(start).max(1),
                pitch: key,
                velocity,
                release,
            });
        }
    }

    /// A note of the count-in: only a key still down when the music begins counts, from its beginning.
    fn before(&mut self, message: Message) {
        if let Message::Off { key, .. } = message {
            self.held.remove(&key);
        } else {
            self.take(self.from, message);
        }
    }

    /// Ends the pass at a tick: what is held is closed there, a pedal that is down goes up.
    pub fn close(&mut self, tick: u32) -> (Vec<Note>, Vec<ChannelEvent>) {
        let tick = tick.max(self.from);
        for key in self.held.keys().copied().collect::<Vec<_>>() {
            self.end(key, tick, None);
        }
        if std::mem::take(&mut self.pedal) {
            let kind = ChannelEventKind::Controller {
                controller: PEDAL,
                value: 0,
            };
            self.events.push(ChannelEvent { tick, kind });
        }
        (
            std::mem::take(&mut self.notes),
            std::mem::take(&mut self.events),
        )
    }
}

/// The tick at which something was played that arrived `seconds` before the playhead stood at `position`. Negative
/// before the piece.
pub fn tick_of(clock: &Clock, position: f64, seconds: f64) -> f64 {
    let at = clock.seconds(position) - seconds;
    if at < 0.0 { -1.0 } else { clock.tick(at) }
}

/// Begins recording on the track in hand, playing if it does not yet; or ends it.
pub fn toggle(state: &mut State) {
    if state.input.recording.is_some() {
        state.transport.player.stop();
        finish(state);
        return;
    }
    let Some(track) = super::super::tracks::played(state) else {
        return;
    };
    let from = state.transport.position().max(0.0).round() as u32;
    let player = &mut state.transport.player;
    player.set_endless(true);
    player.set_count_in(state.settings.record_count_in);
    state.transport.play();
    state.input.recording = Some(Recorder::new(track, from));
}

fn finish(state: &mut State) {
    if let Some(mut recorder) = state.input.recording.take() {
        let end = recorder.last.round().max(0.0) as u32;
        commit(state, &mut recorder, end);
    }
    state.transport.player.set_endless(false);
    let count_in = u8::from(state.settings.count_in);
    state.transport.player.set_count_in(count_in);
}

/// Takes in what was played since the last frame and looks where the playhead is.
pub(super) fn take(state: &mut State, now: Instant, played: &[Played]) {
    let Some(mut recorder) = state.input.recording.take() else {
        return;
    };
    let counting = state.transport.player.is_counting_in();
    let position = state.transport.position();
    let clock = state.document().score.clock();
    let late = f64::from(state.settings.record_latency) / 1000.0;
    let range = state.transport.loop_range;
    let looped = range.filter(|_| state.transport.looping);
    // The playhead only goes back when the loop goes round, or somebody moves it.
    let mut round = recorder.moved && position < recorder.last - 1.0;
    let end = match looped {
        Some((_, end)) if recorder.last <= f64::from(end) => end,
        _ => recorder.last.round() as u32,
    };
    let begin = looped.map_or(position, |l| f64::from(l.0));
    for p in played {
        if counting && !recorder.moved {
            recorder.before(p.message);
            continue;
        }
        let age = now.saturating_duration_since(p.at).as_secs_f64() + late;
        let tick = tick_of(&clock, position, age);
        if round && tick >= begin {
            commit(state, &mut recorder, end);
            recorder.from = begin.round() as u32;
            round = false;
        }
        let tick = if round {
            // Still of the round before.
            f64::from(end) - (begin - tick)
        } else {
            tick
        };
        recorder.take(tick.max(0.0).round() as u32, p.message);
    }
    if round {
        commit(state, &mut recorder, end);
        recorder.from = begin.round() as u32;
    }
    recorder.moved |= !counting && position > recorder.last;
    recorder.last = position;
    state.input.recording = Some(recorder);
    if !state.transport.is_playing() {
        finish(state);
    }
}

/// Writes a pass into the piece as one step.
fn commit(state: &mut State, recorder: &mut Recorder, end: u32) {
    let (mut notes, events) = recorder.close(end);
    let track = recorder.track;
    if (notes.is_empty() && events.is_empty()) || state.document().score.track(track).is_none() {
        return;
    }
    if state.settings.quantise_input {
        let (bars, ppq) = (state.derived().bars.clone(), state.preview().ppq);
        let grid = Grid {
            snap: state.snap,
            bars: &bars,
            ppq,
        };
        for n in &mut notes {
            n.start = grid.round(f64::from(n.start));
        }
    }
    let label = format!("Record {}", count(notes.len(), "note"));
    let mut edits = Vec::new();
    if !notes.is_empty() {
        edits.push(Edit::AddNotes { track, notes });
    }
    if !events.is_empty() {
        edits.push(Edit::AddEvents { track, events });
    }
    state.edit(Edit::Together { label, edits });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(key: u8) -> Message {
        Message::On { key, velocity: 80 }
    }
    fn off(key: u8) -> Message {
        Message::Off { key, velocity: 30 }
    }
    fn pedal(value: u8) -> Message {
        Message::Control(ChannelEventKind::Controller {
            controller: 64,
            value,
        })
    }
    fn times(notes: &[Note]) -> Vec<(u32, u32, u8)> {
        notes.iter().map(|n| (n.start, n.length, n.pitch)).collect()
    }

    #[test]
    fn notes_lie_on_the_ticks_they_were_played_at() {
        let mut r = Recorder::new(TrackId(1), 480);
        for (tick, m) in [(481, on(60)), (700, on(64)), (701, off(60)), (990, off(64))] {
            r.take(tick, m);
        }
        r.take(999, off(90));
        let (notes, events) = r.close(2000);
        assert_eq!(times(&notes), [(481, 220, 60), (700, 290, 64)]);
        assert!(events.is_empty());
        assert_eq!(r.close(3000), (vec![], vec![]), "a pass is written once");
    }

    #[test]
    fn nothing_hangs_at_the_end_of_a_pass() {
        let mut r = Recorder::new(TrackId(1), 0);
        r.take(10, pedal(127));
        r.take(20, on(60));
        r.take(50, on(60));
        let (notes, events) = r.close(100);
        assert_eq!(times(&notes), [(20, 30, 60), (50, 50, 60)]);
        assert_eq!(events.len(), 2);
        assert_eq!(events[1].tick, 100);
        let up = ChannelEventKind::Controller {
            controller: 64,
            value: 0,
        };
        assert_eq!(events[1].kind, up);
    }

    #[test]
    fn a_key_held_over_the_count_in_begins_with_the_music() {
        let mut r = Recorder::new(TrackId(1), 960);
        for m in [on(60), off(60), on(62)] {
            r.before(m);
        }
        r.take(1000, off(62));
        assert_eq!(times(&r.close(2000).0), [(960, 40, 62)]);
    }

    #[test]
    fn age_is_taken_off_by_the_tempo_in_force() {
        let tempo = |tick, micros_per_quarter| crate::score::Tempo {
            tick,
            micros_per_quarter,
        };
        let clock = Clock::new(&[tempo(0, 500_000), tempo(480, 1_000_000)], 480);
        assert_eq!(tick_of(&clock, 480.0, 0.25).round(), 240.0);
        assert_eq!(tick_of(&clock, 960.0, 0.5).round(), 720.0);
        assert_eq!(tick_of(&clock, 720.0, 0.75).round(), 240.0);
        assert_eq!(tick_of(&clock, 0.0, 0.1), -1.0);
    }
}
