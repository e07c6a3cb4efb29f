//! What the engine tells the rest of the program, without ever waiting for it.

use crate::audio::sequence::SLOTS;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// State of a running engine, written by `process` and read by anyone.
#[derive(Debug)]
pub struct Shared {
    /// Frame of the piece that is handed out next.
    pub(super) frame: AtomicU64,
    /// The same in thousandths of a tick.
    pub(super) milli_ticks: AtomicU64,
    pub(super) playing: AtomicBool,
    /// Playing and not counting in.
    pub(super) moving: AtomicBool,
    /// Commands carried out since the engine was made.
    pub(super) obeyed: AtomicU64,
    /// Where playing began (or the last seek went): a latency-compensated playhead does not go before it.
    pub(super) origin: AtomicU64,
    /// How often the loop has gone round since playing began.
    pub(super) laps: AtomicU32,
    /// Frames handed out since the engine was made.
    pub(super) rendered: AtomicU64,
    /// Peak of each slot since it was last read, as the bits of an `f32` of at least 0 (so bits compare like values).
    pub(super) peaks: Vec<AtomicU32>,
    /// Nanoseconds from an output's start to the last `process`, 0 where the output does not say.
    pub(crate) stamp: AtomicU64,
    /// Frames between being handed out and being heard, as far as the device says.
    pub(crate) latency: AtomicU32,
}

impl Default for Shared {
    fn default() -> Self {
        Shared {
            frame: AtomicU64::new(0),
            milli_ticks: AtomicU64::new(0),
            playing: AtomicBool::new(false),
            moving: AtomicBool::new(false),
            obeyed: AtomicU64::new(0),
            origin: AtomicU64::new(0),
            laps: AtomicU32::new(0),
            rendered: AtomicU64::new(0),
            peaks: (0..=SLOTS).map(|_| AtomicU32::new(0)).collect(),
            stamp: AtomicU64::new(0),
            latency: AtomicU32::new(0),
        }
    }
}

impl Shared {
    /// Frame of the piece that is handed out next.
    pub fn frame(&self) -> u64 {
        self.frame.load(Relaxed)
    }

    /// The same in ticks.
    pub fn tick(&self) -> f64 {
        self.milli_ticks.load(Relaxed) as f64 / 1000.0
    }

    /// Whether the playhead moves (or a count-in runs).
    pub fn is_playing(&self) -> bool {
        self.playing.load(Relaxed)
    }

    /// Whether the playhead moves: playing, and no count-in runs.
    pub fn is_moving(&self) -> bool {
        self.moving.load(Relaxed)
    }

    /// Commands carried out since the engine was made.
    pub fn obeyed(&self) -> u64 {
        self.obeyed.load(Relaxed)
    }

    /// Frame at which playing began.
    pub fn origin(&self) -> u64 {
        self.origin.load(Relaxed)
    }

    /// Rounds of the loop since playing began.
    pub fn laps(&self) -> u32 {
        self.laps.load(Relaxed)
    }

    /// Frames handed out since the engine was made.
    pub fn rendered(&self) -> u64 {
        self.rendered.load(Relaxed)
    }

    /// Highest sample of a slot since the last call.
    pub fn take_peak(&self, slot: usize) -> f32 {
        self.peaks
            .get(slot)
            .map_or(0.0, |p| f32::from_bits(p.swap(0, Relaxed)))
    }

    pub(super) fn raise_peak(&self, slot: usize, peak: f32) {
        if let Some(p) = self.peaks.get(slot) {
            p.fetch_max(peak.max(0.0).to_bits(), Relaxed);
        }
    }
}
