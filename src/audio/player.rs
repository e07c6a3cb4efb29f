//! What a window holds to make sound: the transport, the mixer, previews, and whichever output there is.

mod building;

use super::engine::{Command, DELAY, PREVIEW, Rack};
use super::font::Font;
use super::output::{FIRST_PAUSE, Opening, Output, OutputInfo, Wake, device_likely, open_device};
use super::sequence::{EventKind, Routing, SLOTS, Sequence};
use crate::score::{Score, TrackId};
use building::{Building, Built};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::TryRecvError;
use std::time::{Duration, Instant};

/// Seconds a meter takes to fall by 20 dB.
const METER_FALL: f32 = 0.4;

/// Number of a command the full queue did not take.
const UNSENT: u64 = u64::MAX;

/// Plays a score. All methods return at once and none waits for the device; only [`play`](Player::play) may wait some
/// milliseconds until a big piece that has just changed is flattened.
pub struct Player {
    font: Font,
    score: Score,
    /// The score whose volumes, pans, mutes and solos are heard.
    mixed: Score,
    routing: Routing,
    sequence: Arc<Sequence>,
    /// A big piece that is being flattened.
    building: Option<Building>,
    gains: [(f32, f32); SLOTS],
    output: Option<Output>,
    opening: Option<Opening>,
    /// Wakes whoever calls [`tick`](Self::tick); `None` where no device is wanted.
    wake: Option<Wake>,
    looped: Option<(u32, u32)>,
    metronome: bool,
    count_in: u8,
    endless: bool,
    /// Commands sent to the present output.
    sent: u64,
    /// What a command not yet carried out will bring about: its number, and the state from then on.
    expected_playing: Option<(u64, bool)>,
    expected_tick: Option<(u64, u32)>,
    /// The queue was full: everything must be said again.
    unsaid: bool,
    levels: Vec<f32>,
    last_tick: Instant,
}

impl Player {
    /// A player on the default sound device. Until it has opened, and whenever there is none, a silent clock drives
    /// the transport; a missing device is looked for again by a thread, which calls `wake` when
    /// [`tick`](Self::tick) has something to take in.
    pub fn open(font: Font, wake: impl Fn() + Send + Sync + 'static) -> Player {
        let mut player = Player::new(font, "The sound device is being opened.");
        player.wake = Some(Arc::new(wake));
        player.knock(Duration::ZERO);
        player
    }

    /// A player on the silent clock, for tests and for machines that should stay quiet.
    pub fn open_silent(font: Font) -> Player {
        Player::new(font, "Sound is switched off.")
    }

    fn new(font: Font, reason: &str) -> Player {
        let output = Output::silent(&font, reason);
        let rate = output
            .as_ref()
            .map_or(super::output::SILENT_RATE, |o| o.rate);
        Player {
            font,
            score: Score::default(),
            mixed: Score::default(),
            routing: Routing::default(),
            sequence: Arc::new(Sequence::empty(rate)),
            building: None,
            gains: [(0.0, 0.0); SLOTS],
            output,
            opening: None,
            wake: None,
            looped: None,
            metronome: false,
            count_in: 0,
            endless: false,
            sent: 0,
            expected_playing: None,
            expected_tick: None,
            unsaid: false,
            levels: vec![0.0; SLOTS + 1],
            last_tick: Instant::now(),
        }
    }

    /// Plays this score from now on; while playing, without a gap: notes that are still there go on sounding, notes
    /// that are gone are let go.
    pub fn set_score(&mut self, score: &Score) {
        let same = self.score.tracks.len() == score.tracks.len()
            && self
                .score
                .tracks
                .iter()
                .zip(&score.tracks)
                .all(|(a, b)| Arc::ptr_eq(a, b))
            && self.score.ppq == score.ppq
            && self.score.tempos == score.tempos
            && self.score.meters == score.meters;
        if same {
            return;
        }
        self.score = score.clone();
        self.mixed = score.clone();
        if let Some(building) = &mut self.building {
            building.stale = true;
            return;
        }
        self.building = Building::start(&self.score, &self.routing, self.sequence.rate());
        if self.building.is_none() {
            self.build();
            self.swap();
        }
    }

    /// Gives the engine the sequence there is now.
    fn swap(&mut self) {
        self.send(Command::Swap(self.sequence.clone()));
        let score = self.mixed.clone();
        self.set_mix(&score);
    }

    /// Takes over what a thread has flattened, and begins anew where the piece has changed since.
    fn take_over(&mut self, built: Option<Built>, stale: bool) {
        let rate = self.sequence.rate();
        match built {
            Some(b) if b.sequence.rate() == rate => {
                (self.routing, self.sequence) = (b.routing, b.sequence);
            }
            // The thread died, or the device runs at another rate since.
            _ => self.build(),
        }
        self.swap();
        if stale {
            self.building = Building::start(&self.score, &self.routing, rate);
            if self.building.is_none() {
                self.build();
                self.swap();
            }
        }
    }

    /// Looks whether a big piece is flattened.
    fn look(&mut self) {
        let Some(building) = self.building.take() else {
            return;
        };
        match building.poll() {
            Ok(None) => self.building = Some(building),
            Ok(built) => self.take_over(built, building.stale),
            Err(()) => self.take_over(None, building.stale),
        }
    }

    /// Waits until the sequence is that of the piece.
    fn catch_up(&mut self) {
        while let Some(building) = self.building.take() {
            let stale = building.stale;
            let built = building.wait();
            self.take_over(built, stale);
        }
    }

    /// Takes over volume, pan, mute and solo of the score's tracks and nothing else. Cheaper than
    /// [`set_score`](Self::set_score); call it while a fader moves.
    pub fn set_mix(&mut self, score: &Score) {
        if score.tracks.len() > SLOTS {
            // Some tracks share a synth, and are muted by leaving their notes out.
            self.set_score(score);
        }
        self.mixed = score.clone();
        let gains = self.routing.gains(score);
        let old = std::mem::replace(&mut self.gains, gains);
        self.send_gains_unlike(&old);
    }

    fn build(&mut self) {
        let rate = self.sequence.rate();
        self.sequence = Arc::new(Sequence::new(&self.score, &mut self.routing, rate));
    }

    /// Plays from the playhead; from the start where it stands at the end.
    pub fn play(&mut self) {
        if self.is_playing() {
            return;
        }
        self.catch_up();
        let end = self.sequence.tick_at(self.sequence.end());
        let loops_beyond = self
            .looped
            .is_some_and(|l| f64::from(l.1) > self.position());
        if self.position() >= end - 0.5 && !loops_beyond && !self.endless {
            self.seek(0);
        }
        self.run(true, self.count_in);
    }

    /// Stops where the playhead is; what sounds rings out.
    pub fn stop(&mut self) {
        self.run(false, 0);
    }

    /// Moves the playhead to a tick.
    pub fn seek(&mut self, tick: u32) {
        let sent = self.send(Command::Seek(tick));
        self.expected_tick = Some((sent, tick));
    }

    /// Loops between two ticks, sample-accurately, or not at all. A playhead beyond the loop's end plays on.
    pub fn set_loop(&mut self, range: Option<(u32, u32)>) {
        if self.looped != range {
            self.looped = range;
            self.send(Command::Loop(range));
        }
    }

    /// The playhead in ticks: what is heard now, as far as the device tells how late it is.
    pub fn position(&self) -> f64 {
        let Some(o) = &self.output else { return 0.0 };
        let s = o.remote.shared();
        if let Some((number, tick)) = self.expected_tick
            && s.obeyed() < number
        {
            return f64::from(tick);
        }
        if !s.is_moving() {
            return s.tick();
        }
        let rate = f64::from(o.rate);
        let since = (o.started.elapsed().as_nanos() as f64 / 1e9
            - s.stamp.load(Relaxed) as f64 / 1e9)
            .max(0.0);
        let ahead = (since * rate).min(4096.0);
        let late = f64::from(s.latency.load(Relaxed)) + DELAY as f64;
        let mut frame = s.frame() as f64 + ahead - late;
        let round = self.looped.map(|(a, b)| {
            let from = self.sequence.frame_at(f64::from(a)) as f64;
            (from, self.sequence.frame_at(f64::from(b)) as f64 - from)
        });
        match round {
            Some((from, length)) if s.laps() > 0 && frame < from && length > 0.0 => {
                frame = from + (frame - from).rem_euclid(length);
            }
            Some((from, length)) if frame >= from + length && s.frame() as f64 <= from + length => {
                frame = from + length - 1.0;
            }
            _ if s.laps() == 0 => frame = frame.max(s.origin() as f64),
            _ => {}
        }
        self.sequence.tick_at(
            frame
                .max(0.0)
                .min(self.sequence.end().max(s.frame()) as f64) as u64,
        )
    }

    /// Whether the transport runs (a count-in included).
    pub fn is_playing(&self) -> bool {
        let Some(o) = &self.output else { return false };
        let s = o.remote.shared();
        match self.expected_playing {
            Some((number, playing)) if s.obeyed() < number => playing,
            _ => s.is_playing(),
        }
    }

    /// Sounds one note until [`preview_stop`](Self::preview_stop) or the next preview, with the track's volume and pan
    /// if one is given.
    pub fn preview(
        &mut self,
        track: Option<TrackId>,
        program: u8,
        drums: bool,
        pitch: u8,
        velocity: u8,
    ) {
        let like = track.and_then(|t| self.routing.place(t)).map(|p| p.0);
        self.send(Command::Preview {
            like,
            program: program.min(127),
            drums,
            key: pitch.min(127),
            velocity: velocity.clamp(1, 127),
        });
    }

    /// Ends the preview note.
    pub fn preview_stop(&mut self) {
        self.send(Command::PreviewStop);
    }

    /// Switches the click on or off.
    pub fn set_metronome(&mut self, on: bool) {
        if self.metronome != on {
            self.metronome = on;
            self.send(Command::Metronome(on));
        }
    }

    /// Bars of clicks before playing starts; 0 for none.
    pub fn set_count_in(&mut self, bars: u8) {
        self.count_in = bars.min(8);
    }

    /// Whether playing goes on beyond the end of the piece, as recording wants it.
    pub fn set_endless(&mut self, on: bool) {
        if self.endless != on {
            self.endless = on;
            self.send(Command::Endless(on));
        }
    }

    /// Whether an answer of the sound device is awaited; [`tick`](Self::tick) takes it in.
    pub fn is_opening(&self) -> bool {
        self.opening.is_some()
    }

    /// Whether the clicks of a count-in are heard and the playhead waits.
    pub fn is_counting_in(&self) -> bool {
        let moving = self
            .output
            .as_ref()
            .is_some_and(|o| o.remote.shared().is_moving());
        self.is_playing() && !moving
    }

    /// Sounds what somebody plays on a track, beside the piece and with the track's instrument and mix. The engine
    /// takes it in at its next block. Says nothing where the track is unknown.
    pub fn live(&mut self, track: TrackId, kind: EventKind) {
        if let Some((slot, channel)) = self.routing.place(track) {
            self.send(Command::Live {
                slot,
                channel,
                kind,
            });
        }
    }

    /// Plays with another SoundFont from now on.
    pub fn set_font(&mut self, font: Font) {
        self.font = font;
        self.send_rack();
    }

    /// The SoundFont in use.
    pub fn font(&self) -> &Font {
        &self.font
    }

    /// What sounds, and why that.
    pub fn output(&self) -> OutputInfo {
        self.output.as_ref().map_or_else(
            || OutputInfo {
                name: "No sound".into(),
                silent: true,
                reason: "The synth could not be started.".into(),
            },
            |o| o.info.clone(),
        )
    }

    /// Peak of a track's sound, 1 being full scale, falling slowly as meters do.
    pub fn level(&self, track: TrackId) -> f32 {
        self.routing
            .place(track)
            .and_then(|(slot, _)| self.levels.get(slot as usize))
            .copied()
            .unwrap_or(0.0)
    }

    /// Peak of the preview notes' sound.
    pub fn preview_level(&self) -> f32 {
        self.levels.get(PREVIEW).copied().unwrap_or(0.0)
    }

    /// Frees what the engine has given back, reads the meters, and looks after the device. Call it every frame.
    pub fn tick(&mut self) {
        let seconds = self.last_tick.elapsed().as_secs_f32();
        self.last_tick = Instant::now();
        let fall = 10f32.powf(-seconds / METER_FALL);
        if let Some(o) = &mut self.output {
            o.remote.free();
            for (slot, level) in self.levels.iter_mut().enumerate() {
                *level = (*level * fall).max(o.remote.shared().take_peak(slot));
                if *level < 1e-4 {
                    *level = 0.0;
                }
            }
            if let Some(reason) = o.lost() {
                self.fall_silent(&format!(
                    "{reason} The piece plays silently; the device is tried again."
                ));
                self.knock(FIRST_PAUSE);
            }
        }
        self.look();
        self.listen();
        if self.unsaid {
            self.say_everything();
        }
    }

    fn knock(&mut self, pause: Duration) {
        let Some(wake) = self.wake.clone() else {
            return;
        };
        self.opening = Some(open_device(&self.font, pause, wake));
        if pause.is_zero() && !device_likely() {
            self.no_device("There is no sound device on this machine; the piece plays silently.");
        }
    }

    fn no_device(&mut self, reason: &str) {
        if let Some(o) = &mut self.output
            && o.info.silent
        {
            o.info.reason = reason.into();
        }
    }

    fn listen(&mut self) {
        while let Some(opening) = &self.opening {
            match opening.answer.try_recv() {
                Err(TryRecvError::Empty) => return,
                Ok(Ok(output)) => {
                    let stale = !Arc::ptr_eq(opening.font.sound_font(), self.font.sound_font());
                    self.opening = None;
                    self.adopt(output);
                    if stale {
                        self.send_rack();
                    }
                }
                Ok(Err(reason)) => self.no_device(&reason),
                Err(TryRecvError::Disconnected) => self.opening = None,
            }
        }
    }

    fn fall_silent(&mut self, reason: &str) {
        if let Some(output) = Output::silent(&self.font, reason) {
            self.adopt(output);
        }
    }

    /// Goes on with another output where the last one was.
    fn adopt(&mut self, output: Output) {
        let (tick, playing) = self.state();
        self.output = Some(output);
        self.sent = 0;
        self.expected_tick = Some((UNSENT, tick));
        self.expected_playing = Some((UNSENT, playing));
        self.say_everything();
    }

    /// Playhead and whether it runs, as last asked for.
    fn state(&self) -> (u32, bool) {
        (self.position().max(0.0).round() as u32, self.is_playing())
    }

    fn say_everything(&mut self) {
        self.unsaid = false;
        let (tick, playing) = self.state();
        let rate = self.output.as_ref().map_or(0, |o| o.rate);
        if rate != self.sequence.rate() {
            self.sequence = Arc::new(Sequence::new(&self.score, &mut self.routing, rate));
        }
        self.send(Command::Swap(self.sequence.clone()));
        self.send_gains_unlike(&[(-1.0, -1.0); SLOTS]);
        self.send(Command::Loop(self.looped));
        self.send(Command::Metronome(self.metronome));
        self.send(Command::Endless(self.endless));
        self.seek(tick);
        self.run(playing, 0);
    }

    fn run(&mut self, playing: bool, count_in: u8) {
        let sent = self.send(if playing {
            Command::Play { count_in }
        } else {
            Command::Stop
        });
        self.expected_playing = Some((sent, playing));
    }

    fn send_gains_unlike(&mut self, old: &[(f32, f32); SLOTS]) {
        for (slot, before) in old.iter().enumerate() {
            let gain = self.gains[slot];
            if gain != *before {
                self.send(Command::Gain {
                    slot: slot as u8,
                    gain,
                });
            }
        }
    }

    fn send_rack(&mut self) {
        let Some(rate) = self.output.as_ref().map(|o| o.rate) else {
            return;
        };
        match Rack::new(&self.font, rate) {
            Ok(rack) => {
                self.send(Command::Rack(Box::new(rack)));
            }
            Err(e) => log::error!("the SoundFont cannot be played: {e}"),
        }
    }

    /// Sends a command and returns its number, [`UNSENT`] if it could not be sent.
    fn send(&mut self, command: Command) -> u64 {
        let Some(o) = &mut self.output else {
            return UNSENT;
        };
        if o.remote.send(command).is_err() {
            self.unsaid = true;
            return UNSENT;
        }
        self.sent += 1;
        self.sent
    }
}

#[cfg(test)]
mod tests;
