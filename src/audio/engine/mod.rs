//! The engine: plays a [`Sequence`] and knows nothing of devices.
//!
//! [`AudioEngine::process`] takes no lock, makes and frees no memory and waits for nobody: commands come by a
//! single-producer queue, state leaves by atomics, and what is replaced goes back by a second queue to be freed
//! elsewhere. Sound is made in blocks of [`BLOCK`] frames counted from the engine's first one, so what comes out does
//! not depend on how many frames are asked for at a time.

mod limiter;
mod metronome;
mod rack;
mod reverb;
mod shared;
mod transport;

pub use limiter::CEILING;
pub use rack::{PREVIEW, Rack};
pub use shared::Shared;

use super::font::Font;
use super::sequence::{EventKind, SLOTS, Sequence};
use limiter::Limiter;
use metronome::Metronome;
use reverb::Reverb;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use transport::Transport;

/// Frames rendered at a time; events take effect at the start of the block they fall into (1.3 ms at 48 kHz).
pub const BLOCK: usize = 64;

/// Frames by which sound comes later than the playhead: the limiter looks one block ahead.
pub const DELAY: usize = BLOCK;

const COMMANDS: usize = 1024;
const TRASH: usize = 256;
/// A preview that nobody ends is let go after this many seconds.
const LONGEST_PREVIEW: u64 = 6;

/// What the engine can be asked to do. Takes effect at the next block.
pub enum Command {
    /// Plays from where the playhead stands, after so many bars of count-in.
    Play {
        count_in: u8,
    },
    Stop,
    /// Goes to a tick.
    Seek(u32),
    /// Loops between two ticks.
    Loop(Option<(u32, u32)>),
    /// Plays this piece from now on, without a gap.
    Swap(Arc<Sequence>),
    /// Uses other synths (another SoundFont). What sounds is cut.
    Rack(Box<Rack>),
    Gain {
        slot: u8,
        gain: (f32, f32),
    },
    Metronome(bool),
    /// Plays on beyond the end of the piece, for recording.
    Endless(bool),
    /// An event somebody plays on a track's synth, whatever the transport does.
    Live {
        slot: u8,
        channel: u8,
        kind: EventKind,
    },
    Preview {
        like: Option<u8>,
        program: u8,
        drums: bool,
        key: u8,
        velocity: u8,
    },
    PreviewStop,
}

/// Something the engine no longer needs and must not free itself.
enum Trash {
    Sequence(#[expect(dead_code, reason = "only carried away to be dropped")] Arc<Sequence>),
    Rack(#[expect(dead_code, reason = "only carried away to be dropped")] Box<Rack>),
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(
        "the sound device runs at {rate} Hz, and the synth only from 16000 to 192000; choose another device rate"
    )]
    Rate { rate: u32 },
}

/// The other end of an engine: sends commands, reads state, frees what comes back.
pub struct Remote {
    commands: rtrb::Producer<Command>,
    trash: rtrb::Consumer<Trash>,
    shared: Arc<Shared>,
}

impl Remote {
    /// Sends a command. Gives it back if the queue is full, which means the engine has not been pulled for a while.
    ///
    /// # Errors
    /// The command, unsent.
    pub fn send(&mut self, command: Command) -> Result<(), Command> {
        self.commands
            .push(command)
            .map_err(|rtrb::PushError::Full(c)| c)
    }

    /// Frees what the engine has given back; returns how many things that were.
    pub fn free(&mut self) -> usize {
        std::iter::from_fn(|| self.trash.pop().ok()).count()
    }

    /// The engine's state.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

/// See the [module](self).
pub struct AudioEngine {
    rate: u32,
    rack: Box<Rack>,
    transport: Transport,
    reverb: Reverb,
    metronome: Metronome,
    limiter: Limiter,
    commands: rtrb::Consumer<Command>,
    trash: rtrb::Producer<Trash>,
    shared: Arc<Shared>,
    block: [[f32; BLOCK]; 2],
    /// Frames of `block` already handed out.
    used: usize,
    preview_left: u64,
    obeyed: u64,
}

impl AudioEngine {
    /// An engine that plays `sequence` with `font` at the sequence's rate, and the remote that rules it.
    ///
    /// # Errors
    /// When the synth cannot run at that rate.
    pub fn new(font: &Font, sequence: Arc<Sequence>) -> Result<(AudioEngine, Remote), EngineError> {
        let rate = sequence.rate();
        let rack = Rack::new(font, rate).map_err(|_| EngineError::Rate { rate })?;
        let (to_engine, commands) = rtrb::RingBuffer::new(COMMANDS);
        let (trash, from_engine) = rtrb::RingBuffer::new(TRASH);
        let shared = Arc::new(Shared::default());
        let engine = AudioEngine {
            rate,
            rack: Box::new(rack),
            transport: Transport::new(sequence),
            reverb: Reverb::new(rate),
            metronome: Metronome::new(rate),
            limiter: Limiter::default(),
            commands,
            trash,
            shared: shared.clone(),
            block: [[0.0; BLOCK]; 2],
            used: BLOCK,
            preview_left: 0,
            obeyed: 0,
        };
        let remote = Remote {
            commands: to_engine,
            trash: from_engine,
            shared,
        };
        Ok((engine, remote))
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// The engine's state.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Fills `out` with stereo frames (left, right, left...). An odd last sample is left silent.
    pub fn process(&mut self, out: &mut [f32]) {
        let frames = out.len() / 2;
        let mut at = 0;
        while at < frames {
            if self.used == BLOCK {
                self.render_block();
                self.used = 0;
            }
            let n = (BLOCK - self.used).min(frames - at);
            let [left, right] = &self.block;
            let lanes = left[self.used..].iter().zip(&right[self.used..]);
            for (pair, (l, r)) in out[at * 2..(at + n) * 2].chunks_exact_mut(2).zip(lanes) {
                pair[0] = *l;
                pair[1] = *r;
            }
            self.used += n;
            at += n;
        }
        if let Some(odd) = out.get_mut(frames * 2) {
            *odd = 0.0;
        }
        self.publish(frames as u64);
    }

    fn publish(&self, frames: u64) {
        let (frame, moves) = self.transport.after(self.used);
        let tick = self.transport.sequence.tick_at(frame);
        let s = &self.shared;
        s.frame.store(frame, Relaxed);
        s.milli_ticks.store((tick * 1000.0).round() as u64, Relaxed);
        // The block in hand may already know of an end that is not handed out yet.
        s.playing.store(self.transport.playing || moves, Relaxed);
        s.moving.store(moves, Relaxed);
        s.obeyed.store(self.obeyed, Relaxed);
        s.origin.store(self.transport.origin, Relaxed);
        s.laps.store(self.transport.laps, Relaxed);
        s.rendered.fetch_add(frames, Relaxed);
    }

    fn render_block(&mut self) {
        self.obey();
        self.transport.advance(&mut self.rack, &mut self.metronome);
        if self.preview_left > 0 {
            self.preview_left = self.preview_left.saturating_sub(BLOCK as u64);
            if self.preview_left == 0 {
                self.rack.preview_stop();
            }
        }
        self.block = [[0.0; BLOCK]; 2];
        let shared = &self.shared;
        self.rack
            .process(&mut self.reverb, &mut self.block, |slot, peak| {
                shared.raise_peak(slot, peak);
            });
        let [left, right] = &mut self.block;
        self.metronome.process(left, right);
        self.limiter.process(&mut self.block);
    }

    fn obey(&mut self) {
        // A command may put one thing into the trash: none is taken while there is no room for it.
        while !self.trash.is_full() {
            let Ok(command) = self.commands.pop() else {
                return;
            };
            self.obeyed += 1;
            let waste = self.carry_out(command);
            if let Some(waste) = waste
                && let Err(rtrb::PushError::Full(waste)) = self.trash.push(waste)
            {
                // Cannot happen; leaking is still better than freeing here.
                std::mem::forget(waste);
            }
        }
    }

    fn carry_out(&mut self, command: Command) -> Option<Trash> {
        let rack = &mut self.rack;
        match command {
            Command::Play { count_in } => self.transport.play(rack, count_in),
            Command::Stop => self.transport.stop(rack),
            Command::Seek(tick) => self.transport.seek(rack, tick),
            Command::Loop(range) => self.transport.set_loop(range),
            Command::Swap(new) => {
                return Some(Trash::Sequence(self.transport.swap(rack, new)));
            }
            Command::Rack(mut new) => {
                new.copy_gains(rack);
                let old = std::mem::replace(rack, new);
                self.rack
                    .chase(&self.transport.sequence, self.transport.after(BLOCK).0);
                return Some(Trash::Rack(old));
            }
            Command::Gain { slot, gain } => {
                // Before the first sound there is nothing to slide from.
                let jump = self.shared.rendered() == 0;
                if usize::from(slot) < SLOTS {
                    rack.set_gain(usize::from(slot), gain, jump);
                }
            }
            Command::Metronome(on) => self.transport.metronome = on,
            Command::Endless(on) => self.transport.endless = on,
            Command::Live {
                slot,
                channel,
                kind,
            } => rack.live(slot, channel, kind),
            Command::Preview {
                like,
                program,
                drums,
                key,
                velocity,
            } => {
                rack.preview(like, program, drums, key, velocity);
                self.preview_left = u64::from(self.rate) * LONGEST_PREVIEW;
            }
            Command::PreviewStop => {
                rack.preview_stop();
                self.preview_left = 0;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod random_actions;
