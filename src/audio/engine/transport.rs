//! Where the piece is: an integer count of frames, advanced block by block.

use super::BLOCK;
use super::metronome::Metronome;
use super::rack::Rack;
use crate::audio::sequence::{Event, Sequence};
use std::sync::Arc;

/// Shorter loops would go round more than once a block.
const SHORTEST_LOOP: u64 = 1024;

/// A stretch of one block: from `offset` on, the playhead is at `frame` and moves or stands.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    offset: u8,
    frame: u64,
    moves: bool,
}

/// The playhead with everything that decides where it goes next.
pub(super) struct Transport {
    pub sequence: Arc<Sequence>,
    frame: u64,
    /// Index of the first event not yet sent.
    next: usize,
    next_beat: usize,
    pub playing: bool,
    /// Frames of count-in left, and of each of its beats.
    counting: u64,
    count_beat: u64,
    count_bar: u32,
    pub metronome: bool,
    /// The end of the piece does not stop it.
    pub endless: bool,
    loop_ticks: Option<(u32, u32)>,
    loop_frames: Option<(u64, u64)>,
    pub origin: u64,
    pub laps: u32,
    stretches: [Stretch; 4],
    used: usize,
}

impl Transport {
    pub fn new(sequence: Arc<Sequence>) -> Self {
        Transport {
            sequence,
            frame: 0,
            next: 0,
            next_beat: 0,
            playing: false,
            counting: 0,
            count_beat: 1,
            count_bar: 1,
            metronome: false,
            endless: false,
            loop_ticks: None,
            loop_frames: None,
            origin: 0,
            laps: 0,
            stretches: [Stretch::default(); 4],
            used: 1,
        }
    }

    /// Starts playing where the playhead stands, after `count_in` bars of clicks.
    pub fn play(&mut self, rack: &mut Rack, count_in: u8) {
        if self.playing {
            return;
        }
        self.playing = true;
        self.origin = self.frame;
        self.laps = 0;
        self.count_beat = self.sequence.beat_length(self.frame).max(1);
        self.count_bar = self.sequence.beats_in_bar(self.frame);
        let beats = u64::from(self.count_bar) * u64::from(count_in);
        self.counting = (beats * self.count_beat).min(u64::from(self.sequence.rate()) * 60);
        rack.chase(&self.sequence, self.frame);
        self.find(self.frame);
    }

    /// Playing and not counting in.
    pub fn is_moving(&self) -> bool {
        self.playing && self.counting == 0
    }

    /// Stops; what sounds rings out.
    pub fn stop(&mut self, rack: &mut Rack) {
        self.playing = false;
        self.counting = 0;
        rack.release_all();
    }

    /// Goes to a tick.
    pub fn seek(&mut self, rack: &mut Rack, tick: u32) {
        let frame = self.sequence.frame_at(f64::from(tick));
        self.go(rack, frame);
        self.origin = frame;
        self.laps = 0;
        self.counting = 0;
    }

    fn go(&mut self, rack: &mut Rack, frame: u64) {
        rack.release_all();
        rack.chase(&self.sequence, frame);
        self.find(frame);
    }

    fn find(&mut self, frame: u64) {
        self.frame = frame;
        let s = &self.sequence;
        self.next = s.events().partition_point(|e| e.frame < frame);
        self.next_beat = s.beats().partition_point(|b| b.frame < frame);
    }

    /// Sets the loop, in ticks.
    pub fn set_loop(&mut self, range: Option<(u32, u32)>) {
        self.loop_ticks = range.filter(|r| r.0 < r.1);
        self.loop_frames = self.loop_ticks.map(|(a, b)| {
            let from = self.sequence.frame_at(f64::from(a));
            let to = self.sequence.frame_at(f64::from(b));
            (from, to.max(from + SHORTEST_LOOP))
        });
    }

    /// Puts another sequence in place of this one and returns the old. Keys that the new one still holds stay down.
    pub fn swap(&mut self, rack: &mut Rack, new: Arc<Sequence>) -> Arc<Sequence> {
        let same_time = self.sequence.rate() == new.rate() && self.sequence.clock() == new.clock();
        let frame = if same_time {
            self.frame
        } else {
            new.frame_at(self.sequence.tick_at(self.frame))
        };
        let old = std::mem::replace(&mut self.sequence, new);
        rack.release_vanished(&self.sequence, frame);
        rack.chase(&self.sequence, frame);
        self.find(frame);
        if !same_time {
            self.origin = self.origin.min(frame);
        }
        self.set_loop(self.loop_ticks);
        old
    }

    /// Moves on by one block, sending what falls into it.
    pub fn advance(&mut self, rack: &mut Rack, clicks: &mut Metronome) {
        self.used = 0;
        let mut done = 0u64;
        while done < BLOCK as u64 {
            let left = BLOCK as u64 - done;
            self.note_stretch(done);
            if !self.playing {
                return;
            }
            if self.counting > 0 {
                done += self.count(left, clicks);
                continue;
            }
            let border = match self.loop_frames {
                Some((_, to)) if self.frame < to => to,
                _ if self.endless => u64::MAX,
                _ => self.sequence.end().max(self.frame),
            };
            let to = (self.frame + left).min(border);
            self.send_until(to, rack, clicks);
            done += to - self.frame;
            self.frame = to;
            if to == border {
                match self.loop_frames {
                    Some((from, end)) if end == border => {
                        self.laps = self.laps.saturating_add(1);
                        self.go(rack, from);
                    }
                    _ => self.stop(rack),
                }
            }
        }
    }

    fn count(&mut self, left: u64, clicks: &mut Metronome) -> u64 {
        let step = left.min(self.counting);
        // A click falls where a whole number of beats is left; blocks are far shorter than beats.
        let beats_left = self.counting / self.count_beat;
        if beats_left > 0 && beats_left * self.count_beat + step > self.counting {
            clicks.click(beats_left.is_multiple_of(u64::from(self.count_bar)));
        }
        self.counting -= step;
        step
    }

    fn send_until(&mut self, to: u64, rack: &mut Rack, clicks: &mut Metronome) {
        while let Some(&Event {
            frame,
            slot,
            channel,
            kind,
        }) = self.sequence.events().get(self.next)
        {
            if frame >= to {
                break;
            }
            rack.event(slot, channel, kind);
            self.next += 1;
        }
        while let Some(beat) = self.sequence.beats().get(self.next_beat) {
            if beat.frame >= to {
                break;
            }
            if self.metronome {
                clicks.click(beat.accent);
            }
            self.next_beat += 1;
        }
        let beyond = self.frame.max(self.sequence.end());
        if self.metronome && beyond < to {
            let beat = self.sequence.beat_from(beyond);
            // Blocks are far shorter than beats.
            if beat.frame < to {
                clicks.click(beat.accent);
            }
        }
    }

    fn note_stretch(&mut self, offset: u64) {
        let i = self.used.min(self.stretches.len() - 1);
        self.stretches[i] = Stretch {
            offset: offset as u8,
            frame: self.frame,
            moves: self.is_moving(),
        };
        self.used = i + 1;
    }

    /// Where the playhead stands after so many frames of the present block have been handed out, and whether it moves.
    pub fn after(&self, handed_out: usize) -> (u64, bool) {
        if handed_out >= BLOCK {
            return (self.frame, self.is_moving());
        }
        let stretches = &self.stretches[..self.used.max(1)];
        let s = stretches
            .iter()
            .rev()
            .find(|s| usize::from(s.offset) <= handed_out)
            .unwrap_or(&stretches[0]);
        let run = if s.moves {
            (handed_out - usize::from(s.offset)) as u64
        } else {
            0
        };
        (s.frame + run, s.moves)
    }
}
