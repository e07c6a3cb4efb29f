//! The synths: one a track, all reading one SoundFont, each with its own gain, send and meter.

use super::BLOCK;
use super::reverb::Reverb;
use crate::audio::font::Font;
use crate::audio::sequence::{DRUM_CHANNEL, EventKind, SLOTS, Sequence};
use rustysynth::{Synthesizer, SynthesizerError, SynthesizerSettings};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The slot of the notes a click on the roll or the keys plays.
pub const PREVIEW: usize = SLOTS;
const CHANNELS: usize = 16;
/// Voices a track. A piano with its pedal down asks for many; more than this nobody hears apart.
const POLYPHONY: usize = 96;
/// General MIDI's reverb send where a file does not say.
const DEFAULT_SEND: u8 = 40;
/// What is left of a gain's distance to its target after one block.
const GAIN_SLIDE: f32 = 0.82;

const PEDAL_UP: EventKind = EventKind::Controller {
    controller: 64,
    value: 0,
};

struct Slot {
    synth: Synthesizer,
    /// Keys that are down, a bit each, by channel.
    down: [u128; CHANNELS],
    /// Those of them that somebody holds at a keyboard.
    live: [u128; CHANNELS],
    gain: (f32, f32),
    target: (f32, f32),
    send: u8,
    /// A SoundFont that makes the synth panic silences its track, nothing more.
    broken: bool,
}

impl Slot {
    fn guarded(&mut self, f: impl FnOnce(&mut Synthesizer)) {
        if self.broken {
            return;
        }
        let synth = &mut self.synth;
        if catch_unwind(AssertUnwindSafe(|| f(synth))).is_err() {
            self.broken = true;
        }
    }

    fn send_event(&mut self, channel: u8, kind: EventKind) {
        let c = (channel as usize).min(CHANNELS - 1);
        let (command, a, b) = match kind {
            EventKind::Off { key } => {
                self.down[c] &= !(1u128 << (key & 127));
                (0x80, key, 0)
            }
            EventKind::On { key, velocity } => {
                self.down[c] |= 1u128 << (key & 127);
                (0x90, key, velocity)
            }
            EventKind::Controller { controller, value } => {
                if controller == 0x5B {
                    self.send = value;
                }
                (0xB0, controller, value)
            }
            EventKind::Program { program } => (0xC0, program, 0),
            EventKind::Bend { value } => (0xE0, (value & 127) as u8, (value >> 7) as u8),
        };
        self.guarded(|s| {
            s.process_midi_message(c as i32, command, i32::from(a), i32::from(b));
        });
    }

    /// Everything a program event or a controller may have changed, back to General MIDI's defaults.
    fn reset_channel(&mut self, channel: u8, program: u8) {
        const DEFAULTS: [(u8, u8); 18] = [
            (121, 0),
            (0, 0),
            (1, 0),
            (33, 0),
            (7, 100),
            (39, 0),
            (10, 64),
            (42, 0),
            (91, DEFAULT_SEND),
            (93, 0),
            // Registered parameters: bend range 2 semitones, fine and coarse tuning none.
            (101, 0),
            (100, 0),
            (6, 2),
            (38, 0),
            (100, 1),
            (6, 64),
            (38, 0),
            (100, 2),
        ];
        for (controller, value) in DEFAULTS {
            self.send_event(channel, EventKind::Controller { controller, value });
        }
        for (controller, value) in [(6, 64), (101, 127), (100, 127)] {
            self.send_event(channel, EventKind::Controller { controller, value });
        }
        self.send_event(channel, EventKind::Program { program });
    }
}

/// All synths of one engine.
pub struct Rack {
    slots: Vec<Slot>,
    /// Level of all synths together.
    level: f32,
    scratch: [[f32; BLOCK]; 2],
    send: [[f32; BLOCK]; 2],
}

impl Rack {
    /// Synths for every track, and one for previews, all on one font.
    ///
    /// # Errors
    /// When the synth cannot run at this sample rate (16 000 to 192 000 can).
    pub fn new(font: &Font, rate: u32) -> Result<Self, SynthesizerError> {
        let mut settings = SynthesizerSettings::new(i32::try_from(rate).unwrap_or(i32::MAX));
        settings.block_size = BLOCK;
        settings.maximum_polyphony = POLYPHONY;
        settings.enable_reverb_and_chorus = false;
        let slots = (0..=SLOTS)
            .map(|i| {
                let unit = if i == PREVIEW { (1.0, 1.0) } else { (0.0, 0.0) };
                Ok(Slot {
                    synth: Synthesizer::new(font.sound_font(), &settings)?,
                    down: [0; CHANNELS],
                    live: [0; CHANNELS],
                    gain: unit,
                    target: unit,
                    send: DEFAULT_SEND,
                    broken: false,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Rack {
            slots,
            level: font.gain(),
            scratch: [[0.0; BLOCK]; 2],
            send: [[0.0; BLOCK]; 2],
        })
    }

    /// Keys of a channel that are down, a bit each.
    #[cfg(test)]
    pub fn down(&self, slot: u8, channel: u8) -> u128 {
        let slot = self.slots.get(usize::from(slot));
        slot.map_or(0, |s| s.down[usize::from(channel)])
    }

    /// Passes an event on.
    pub fn event(&mut self, slot: u8, channel: u8, kind: EventKind) {
        if let Some(s) = self.slots.get_mut(slot as usize) {
            s.send_event(channel, kind);
        }
    }

    /// Passes on what somebody plays. A new version of the piece does not let go of keys held by hand.
    pub fn live(&mut self, slot: u8, channel: u8, kind: EventKind) {
        let c = usize::from(channel).min(CHANNELS - 1);
        if let Some(s) = self.slots.get_mut(usize::from(slot)) {
            match kind {
                EventKind::On { key, .. } => s.live[c] |= 1 << (key & 127),
                EventKind::Off { key } => s.live[c] &= !(1 << (key & 127)),
                _ => {}
            }
            s.send_event(channel, kind);
        }
    }

    /// Sets where the gain of a slot slides to (about 10 ms), or jumps to.
    pub fn set_gain(&mut self, slot: usize, gain: (f32, f32), jump: bool) {
        if let Some(s) = self.slots.get_mut(slot) {
            s.target = gain;
            if jump {
                s.gain = gain;
            }
        }
    }

    /// Gain a slot slides to.
    pub fn gain(&self, slot: usize) -> (f32, f32) {
        self.slots.get(slot).map_or((1.0, 1.0), |s| s.target)
    }

    /// Takes over gains and nothing else.
    pub fn copy_gains(&mut self, other: &Rack) {
        for (new, old) in self.slots.iter_mut().zip(&other.slots) {
            (new.gain, new.target) = (old.gain, old.target);
        }
    }

    /// Lets go of every key and pedal of the tracks; what sounds rings out.
    pub fn release_all(&mut self) {
        for slot in &mut self.slots[..SLOTS] {
            for channel in 0..CHANNELS as u8 {
                slot.send_event(channel, PEDAL_UP);
            }
            (slot.down, slot.live) = ([0; CHANNELS], [0; CHANNELS]);
            slot.guarded(|s| s.note_off_all(false));
        }
    }

    /// Lets go of the keys that are down but not held by `sequence` at `frame`.
    pub fn release_vanished(&mut self, sequence: &Sequence, frame: u64) {
        for (i, slot) in self.slots[..SLOTS].iter_mut().enumerate() {
            for channel in 0..CHANNELS {
                let mut keys = slot.down[channel] & !slot.live[channel];
                while keys != 0 {
                    let key = keys.trailing_zeros() as u8;
                    keys &= keys - 1;
                    if !sequence.holds(i as u8, channel as u8, key, frame) {
                        slot.send_event(channel as u8, EventKind::Off { key });
                    }
                }
            }
        }
    }

    /// Brings programs, controllers and bends to where they stand just before `frame`.
    pub fn chase(&mut self, sequence: &Sequence, frame: u64) {
        for v in sequence.voices() {
            if let Some(s) = self.slots.get_mut(v.slot as usize) {
                s.reset_channel(v.channel, v.program);
            }
        }
        let until = sequence.controls().partition_point(|e| e.frame < frame);
        for e in &sequence.controls()[..until] {
            self.event(e.slot, e.channel, e.kind);
        }
    }

    /// Plays a preview note with the gain of `like`, after letting go of the last one.
    pub fn preview(&mut self, like: Option<u8>, program: u8, drums: bool, key: u8, velocity: u8) {
        self.preview_stop();
        let gain = match like.map(|s| self.gain(s as usize)) {
            // A muted track still answers a click, or the click would seem broken.
            Some(g) if g.0 > 0.0 || g.1 > 0.0 => g,
            _ => (1.0, 1.0),
        };
        self.set_gain(PREVIEW, gain, true);
        let channel = if drums { DRUM_CHANNEL } else { 0 };
        let slot = PREVIEW as u8;
        self.event(slot, channel, EventKind::Program { program });
        self.event(slot, channel, EventKind::On { key, velocity });
    }

    /// Lets go of the preview note.
    pub fn preview_stop(&mut self) {
        if let Some(s) = self.slots.get_mut(PREVIEW) {
            s.down = [0; CHANNELS];
            s.guarded(|s| s.note_off_all(false));
        }
    }

    /// Adds the next block of all synths and of the room onto `out`, and raises `peaks` (one a slot).
    pub fn process(
        &mut self,
        reverb: &mut Reverb,
        out: &mut [[f32; BLOCK]; 2],
        mut peaks: impl FnMut(usize, f32),
    ) {
        self.send = [[0.0; BLOCK]; 2];
        for (i, slot) in self.slots.iter_mut().enumerate() {
            let [left, right] = &mut self.scratch;
            slot.guarded(|s| s.render(left, right));
            if slot.broken {
                continue;
            }
            let from = slot.gain;
            let slide = |now: f32, to: f32| {
                let next = to + (now - to) * GAIN_SLIDE;
                if (next - to).abs() < 1e-4 { to } else { next }
            };
            let to = (slide(from.0, slot.target.0), slide(from.1, slot.target.1));
            slot.gain = to;
            let send = f32::from(slot.send) / 127.0 * 0.8;
            let mut peak = 0f32;
            for (side, (from, to)) in [(from.0, to.0), (from.1, to.1)].into_iter().enumerate() {
                let step = (to - from) / BLOCK as f32;
                let mut gain = from;
                let lanes = self.scratch[side]
                    .iter()
                    .zip(&mut out[side])
                    .zip(&mut self.send[side]);
                for ((x, o), r) in lanes {
                    gain += step;
                    let y = x * gain * self.level;
                    *o += y;
                    *r += y * send;
                    peak = peak.max(y.abs());
                }
            }
            peaks(i, peak);
        }
        let [left, right] = out;
        reverb.process([&self.send[0], &self.send[1]], [left, right]);
    }
}
