//! Who pulls the engine: a sound device, or a silent clock where there is none.

use super::engine::{AudioEngine, Remote, Shared};
use super::font::Font;
use super::sequence::Sequence;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Frames a second of the silent clock.
pub const SILENT_RATE: u32 = 48_000;

/// What sounds (or does not), for the status bar and its tooltip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputInfo {
    /// The device's name, or "No sound".
    pub name: String,
    /// Whether the silent clock drives the transport.
    pub silent: bool,
    /// One sentence: why this output.
    pub reason: String,
}

/// A running output: owns its engine; ends when dropped.
pub(super) struct Output {
    pub remote: Remote,
    pub info: OutputInfo,
    pub rate: u32,
    pub started: Instant,
    stop: Arc<AtomicBool>,
    /// Set by the device's callbacks when it is of no use any more, with the reason.
    lost: mpsc::Receiver<String>,
    last_pull: (u64, Instant),
    /// While this lives, the device's thread keeps its stream.
    _hang_up: Option<mpsc::Sender<()>>,
}

impl Drop for Output {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

impl Output {
    /// The silent clock: a thread that pulls the engine by the wall clock and throws the sound away.
    pub fn silent(font: &Font, reason: &str) -> Option<Output> {
        let sequence = Arc::new(Sequence::empty(SILENT_RATE));
        let (engine, remote) = AudioEngine::new(font, sequence).ok()?;
        let stop = Arc::new(AtomicBool::new(false));
        let started = Instant::now();
        let flag = stop.clone();
        let spawned = std::thread::Builder::new()
            .name("silent clock".into())
            .spawn(move || run_silent(engine, started, &flag));
        if let Err(e) = spawned {
            log::error!("no thread for the silent clock: {e}");
        }
        let (_, lost) = mpsc::channel();
        Some(Output {
            remote,
            info: OutputInfo {
                name: "No sound".into(),
                silent: true,
                reason: reason.into(),
            },
            rate: SILENT_RATE,
            started,
            stop,
            lost,
            last_pull: (0, started),
            _hang_up: None,
        })
    }

    /// Why the output is of no use any more, if it is not.
    pub fn lost(&mut self) -> Option<String> {
        if self.info.silent {
            return None;
        }
        if let Ok(reason) = self.lost.try_recv() {
            return Some(reason);
        }
        let now = self.remote.shared().rendered();
        if now != self.last_pull.0 {
            self.last_pull = (now, Instant::now());
        } else if self.last_pull.1.elapsed() > Duration::from_secs(6) {
            return Some("The sound device has stopped asking for sound.".into());
        }
        None
    }
}

fn run_silent(mut engine: AudioEngine, started: Instant, stop: &AtomicBool) {
    let rate = u64::from(engine.rate());
    let mut buffer = [0f32; 2048];
    let mut done = 0u64;
    while !stop.load(Relaxed) {
        std::thread::sleep(Duration::from_millis(5));
        let due = (started.elapsed().as_nanos() * u128::from(rate) / 1_000_000_000) as u64;
        // After the machine slept, or on one far too slow, the clock goes on from now instead of racing.
        if due.saturating_sub(done) > rate {
            done = due - rate / 100;
        }
        while done < due && !stop.load(Relaxed) {
            let n = (due - done).min(buffer.len() as u64 / 2);
            engine.process(&mut buffer[..n as usize * 2]);
            done += n;
        }
        stamp(engine.shared(), started);
    }
}

fn stamp(shared: &Shared, started: Instant) {
    let nanos = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    shared.stamp.store(nanos.max(1), Relaxed);
}

/// Called from the device's thread when there is an answer for the window to take in.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// First pause before a missing device is tried again; doubles up to [`LONGEST_PAUSE`].
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(3);
#[cfg(feature = "audio-device")]
const LONGEST_PAUSE: Duration = Duration::from_secs(48);

/// A device being opened, on a thread of its own that tries again and again until this is dropped.
pub(super) struct Opening {
    /// The output when it is there; before that, why not, each reason once.
    pub answer: mpsc::Receiver<Result<Output, String>>,
    /// What it was begun with.
    pub font: Font,
    _wanted: Arc<()>,
}

/// Begins to open the default device, after a first pause.
pub(super) fn open_device(font: &Font, pause: Duration, wake: Wake) -> Opening {
    let (answer, answers) = mpsc::channel();
    let wanted = Arc::new(());
    #[cfg(feature = "audio-device")]
    {
        let (font, failed) = (font.clone(), answer.clone());
        let still = Arc::downgrade(&wanted);
        let spawned = std::thread::Builder::new()
            .name("sound device".into())
            .spawn(move || device::run(&font, pause, &still, &answer, &wake));
        if let Err(e) = spawned {
            let _ = failed.send(Err(format!(
                "There is no thread for the sound device: {e}."
            )));
        }
    }
    #[cfg(not(feature = "audio-device"))]
    {
        let _ = (pause, wake);
        let _ = answer.send(Err(
            "This build has no sound output (it was made without the feature `audio-device`)."
                .into(),
        ));
    }
    Opening {
        answer: answers,
        font: font.clone(),
        _wanted: wanted,
    }
}

/// Whether it is worth knocking at the sound system at all. On Linux without a card or server, ALSA answers every
/// attempt with a page of messages on the terminal.
pub(super) fn device_likely() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::path::{Path, PathBuf};
        let cards = std::fs::read_to_string("/proc/asound/cards")
            .is_ok_and(|c| c.lines().any(|l| l.contains(']')));
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let server = std::env::var_os("PULSE_SERVER").is_some()
            || runtime
                .iter()
                .any(|r| r.join("pulse/native").exists() || r.join("pipewire-0").exists());
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let configured = Path::new("/etc/asound.conf").exists()
            || home.is_some_and(|h| h.join(".asoundrc").exists());
        cards || server || configured
    }
    #[cfg(not(target_os = "linux"))]
    true
}

#[cfg(feature = "audio-device")]
mod device {
    use super::*;
    use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
    use cpal::{ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig};

    /// Frames asked for at a time: over PulseAudio and PipeWire the default may mean seconds.
    const BUFFER: u32 = 1024;

    /// Opens the device as soon as there is one and as long as it is wanted, sends the output back, and keeps the
    /// stream until the output is dropped. A stream must not change threads on every system, so this thread keeps it.
    pub fn run(
        font: &Font,
        mut pause: Duration,
        wanted: &std::sync::Weak<()>,
        answer: &mpsc::Sender<Result<Output, String>>,
        wake: &Wake,
    ) {
        let mut said = None;
        loop {
            std::thread::sleep(pause);
            if wanted.strong_count() == 0 {
                return;
            }
            pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
            if !device_likely() {
                continue;
            }
            let (hang_up, hung_up) = mpsc::channel::<()>();
            match open(font, hang_up) {
                Ok((output, stream)) => {
                    if answer.send(Ok(output)).is_err() {
                        return;
                    }
                    wake();
                    // Ends with an error when the output, and with it the sender, is dropped.
                    let _ = hung_up.recv();
                    drop(stream);
                    return;
                }
                Err(reason) if said.as_ref() != Some(&reason) => {
                    said = Some(reason.clone());
                    if answer.send(Err(reason)).is_err() {
                        return;
                    }
                    wake();
                }
                Err(_) => {}
            }
        }
    }

    fn open(font: &Font, hang_up: mpsc::Sender<()>) -> Result<(Output, cpal::Stream), String> {
        let host = cpal::default_host();
        let device = host
            .default_output_device()
            .ok_or("There is no sound device; the piece plays silently.")?;
        let supported = device
            .default_output_config()
            .map_err(|e| format!("The sound device gives no answer ({e})."))?;
        let name = device
            .description()
            .map(|d| d.name().to_string())
            .unwrap_or_else(|_| "Sound device".into());
        let mut config = supported.config();
        config.buffer_size = match supported.buffer_size() {
            cpal::SupportedBufferSize::Range { min, max } if *min <= *max => {
                cpal::BufferSize::Fixed(BUFFER.clamp(*min, *max))
            }
            _ => cpal::BufferSize::Fixed(BUFFER),
        };
        let first = build(&device, config, supported.sample_format(), font);
        let (stream, remote, stop, lost, started) = match first {
            Ok(built) => built,
            Err(_) => {
                config.buffer_size = cpal::BufferSize::Default;
                build(&device, config, supported.sample_format(), font)?
            }
        };
        stream
            .play()
            .map_err(|e| format!("The sound device does not start ({e})."))?;
        let rate = config.sample_rate;
        let output = Output {
            remote,
            info: OutputInfo {
                reason: format!("{name} at {rate} Hz through {}.", host.id().name()),
                name,
                silent: false,
            },
            rate,
            started,
            stop,
            lost,
            last_pull: (0, Instant::now()),
            _hang_up: Some(hang_up),
        };
        Ok((output, stream))
    }

    type Built = (
        cpal::Stream,
        Remote,
        Arc<AtomicBool>,
        mpsc::Receiver<String>,
        Instant,
    );

    fn build(
        device: &cpal::Device,
        config: StreamConfig,
        format: SampleFormat,
        font: &Font,
    ) -> Result<Built, String> {
        match format {
            SampleFormat::F32 => build_as::<f32>(device, config, font),
            SampleFormat::F64 => build_as::<f64>(device, config, font),
            SampleFormat::I16 => build_as::<i16>(device, config, font),
            SampleFormat::U16 => build_as::<u16>(device, config, font),
            SampleFormat::I32 => build_as::<i32>(device, config, font),
            SampleFormat::I24 => build_as::<cpal::I24>(device, config, font),
            SampleFormat::U8 => build_as::<u8>(device, config, font),
            other => Err(format!(
                "The sound device wants samples as {other}, which this program does not make."
            )),
        }
    }

    fn build_as<T: SizedSample + FromSample<f32> + Send + 'static>(
        device: &cpal::Device,
        config: StreamConfig,
        font: &Font,
    ) -> Result<Built, String> {
        let sequence = Arc::new(Sequence::empty(config.sample_rate));
        let (engine, remote) = AudioEngine::new(font, sequence).map_err(|e| e.to_string())?;
        let stop = Arc::new(AtomicBool::new(false));
        let (lose, lost) = mpsc::sync_channel::<String>(4);
        let started = Instant::now();
        let mut puller = Puller {
            engine,
            stereo: vec![0.0; 16_384],
            channels: usize::from(config.channels).max(1),
            stop: stop.clone(),
            started,
            first: None,
            pulled: 0,
            lose: lose.clone(),
        };
        let mut quiet_until: Option<Instant> = None;
        let stream = device
            .build_output_stream(
                config,
                move |out: &mut [T], info: &cpal::OutputCallbackInfo| {
                    let t = info.timestamp();
                    puller.pull(out, t.playback.duration_since(t.callback));
                },
                move |e: cpal::Error| match e.kind() {
                    ErrorKind::DeviceNotAvailable
                    | ErrorKind::StreamInvalidated
                    | ErrorKind::HostUnavailable => {
                        let _ = lose.try_send(format!("The sound device is gone ({e})."));
                    }
                    _ => {
                        // Some systems report every late buffer; one line a second says enough.
                        let now = Instant::now();
                        if quiet_until.is_none_or(|q| now > q) {
                            log::debug!("sound device: {e}");
                            quiet_until = Some(now + Duration::from_secs(1));
                        }
                    }
                },
                None,
            )
            .map_err(|e| format!("The sound device cannot be opened ({e})."))?;
        Ok((stream, remote, stop, lost, started))
    }

    /// The callback's state.
    struct Puller {
        engine: AudioEngine,
        stereo: Vec<f32>,
        channels: usize,
        stop: Arc<AtomicBool>,
        started: Instant,
        first: Option<Instant>,
        pulled: u64,
        lose: mpsc::SyncSender<String>,
    }

    impl Puller {
        fn pull<T: SizedSample + FromSample<f32>>(&mut self, out: &mut [T], latency: Duration) {
            if self.stop.load(Relaxed) {
                out.fill(T::from_sample(0.0));
                return;
            }
            let rate = u64::from(self.engine.rate());
            for part in out.chunks_mut(self.stereo.len() / 2 * self.channels) {
                let frames = part.len() / self.channels;
                let stereo = &mut self.stereo[..frames * 2];
                self.engine.process(stereo);
                let lanes = part.chunks_mut(self.channels).zip(stereo.chunks_exact(2));
                for (to, from) in lanes {
                    match to {
                        [mono] => *mono = T::from_sample(0.5 * (from[0] + from[1])),
                        [left, right, rest @ ..] => {
                            *left = T::from_sample(from[0]);
                            *right = T::from_sample(from[1]);
                            rest.fill(T::from_sample(0.0));
                        }
                        [] => {}
                    }
                }
                self.pulled += frames as u64;
            }
            stamp(self.engine.shared(), self.started);
            let delay = (latency.as_secs_f64().min(2.0) * rate as f64) as u32;
            self.engine.shared().latency.store(delay, Relaxed);
            // ALSA's null and file devices take sound as fast as it comes: not a clock one can play by.
            let first = *self.first.get_or_insert_with(Instant::now);
            let seconds = first.elapsed().as_secs_f64();
            if seconds > 1.0 && self.pulled as f64 > (2.0 * seconds + 3.0) * rate as f64 {
                self.stop.store(true, Relaxed);
                let _ = self.lose.try_send(
                    "The sound device swallows sound faster than time passes, so it is not a real one.".into(),
                );
            }
        }
    }
}
