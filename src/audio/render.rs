//! Rendering a piece without a clock: the same engine, pulled as fast as it goes.

use super::engine::{AudioEngine, Command, EngineError};
use super::font::Font;
use super::sequence::{Routing, SLOTS, Sequence};
use crate::score::Score;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Frames rendered between two calls of the progress callback.
const STEP: usize = 8192;

/// A rendered piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// Frames a second.
    pub rate: u32,
    /// Stereo frames (left, right, left...), within -1..=1.
    pub samples: Vec<f32>,
    /// Whether the progress callback ended it early.
    pub cancelled: bool,
}

impl Rendered {
    /// Length in frames.
    pub fn frames(&self) -> usize {
        self.samples.len() / 2
    }
}

/// Why there is no rendered file.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{} cannot be written: {why}; choose another place", path.display())]
    Write { path: PathBuf, why: hound::Error },
    /// A sound that goes to no file.
    #[error("the sound cannot be kept: {0}")]
    Keep(#[from] hound::Error),
}

/// An engine ready to play the whole piece from its start, as `render` and a player both begin.
pub(super) fn prepare(
    score: &Score,
    font: &Font,
    rate: u32,
) -> Result<(AudioEngine, super::Remote, u64), EngineError> {
    let mut routing = Routing::default();
    let sequence = Arc::new(Sequence::new(score, &mut routing, rate));
    let end = sequence.end();
    let (engine, mut remote) = AudioEngine::new(font, sequence)?;
    let gains = routing.gains(score);
    for (slot, gain) in gains.into_iter().enumerate().take(SLOTS) {
        // A fresh queue has room for these.
        let _ = remote.send(Command::Gain {
            slot: slot as u8,
            gain,
        });
    }
    let _ = remote.send(Command::Play { count_in: 0 });
    Ok((engine, remote, end))
}

/// Renders the piece to its last bar and `tail` seconds more (notes and room ring out). `progress` is called with
/// 0..=1 and ends the rendering by answering `false`. Sounds exactly as the live engine would, sample for sample.
///
/// # Errors
/// When the synth cannot run at `rate` (16 000 to 192 000 can).
pub fn render(
    score: &Score,
    font: &Font,
    rate: u32,
    tail: f32,
    mut progress: impl FnMut(f32) -> bool,
) -> Result<Rendered, EngineError> {
    let (mut engine, mut remote, end) = prepare(score, font, rate)?;
    let tail = (f64::from(tail.clamp(0.0, 60.0)) * f64::from(rate)) as u64;
    let frames = usize::try_from(end + tail).unwrap_or(usize::MAX / 2);
    let mut samples = Vec::new();
    let mut cancelled = false;
    let mut buffer = vec![0f32; STEP * 2];
    while samples.len() / 2 < frames {
        if !progress((samples.len() / 2) as f32 / frames as f32) {
            cancelled = true;
            break;
        }
        let n = STEP.min(frames - samples.len() / 2);
        engine.process(&mut buffer[..n * 2]);
        samples.extend_from_slice(&buffer[..n * 2]);
        remote.free();
    }
    if !cancelled {
        progress(1.0);
    }
    Ok(Rendered {
        rate,
        samples,
        cancelled,
    })
}

/// How samples are stored in a WAV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WavFormat {
    Int16,
    Float32,
}

/// Writes a stereo WAV file.
///
/// # Errors
/// When the file cannot be written.
pub fn write_wav(path: &Path, sound: &Rendered, format: WavFormat) -> Result<(), RenderError> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: sound.rate,
        bits_per_sample: match format {
            WavFormat::Int16 => 16,
            WavFormat::Float32 => 32,
        },
        sample_format: match format {
            WavFormat::Int16 => hound::SampleFormat::Int,
            WavFormat::Float32 => hound::SampleFormat::Float,
        },
    };
    let write = || -> Result<(), hound::Error> {
        let mut writer = hound::WavWriter::create(path, spec)?;
        for x in &sound.samples {
            match format {
                WavFormat::Int16 => {
                    writer.write_sample((x.clamp(-1.0, 1.0) * 32767.0).round() as i16)?;
                }
                WavFormat::Float32 => writer.write_sample(*x)?,
            }
        }
        writer.finalize()
    };
    write().map_err(|why| RenderError::Write {
        path: path.into(),
        why,
    })
}

/// Renders the piece to a 16-bit WAV file at 48 kHz with two seconds to ring out.
///
/// # Errors
/// When the file cannot be written.
pub fn render_wav(score: &Score, font: &Font, path: &Path) -> Result<(), RenderError> {
    let sound = render(score, font, 48_000, 2.0, |_| true)?;
    write_wav(path, &sound, WavFormat::Int16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::testing::{demo, small_font};

    #[test]
    fn the_live_engine_gives_the_same_samples_whatever_it_is_asked_for_at_a_time() {
        let (score, font) = (demo(), small_font());
        let whole = render(&score, &font, 48_000, 0.5, |_| true).unwrap();
        let (mut engine, _remote, _) = prepare(&score, &font, 48_000).unwrap();
        let mut live = Vec::new();
        for n in [1usize, 7, 63, 64, 65, 333, 1024, 4801].iter().cycle() {
            let n = (*n).min(whole.frames() - live.len() / 2);
            if n == 0 {
                break;
            }
            let mut buffer = vec![9f32; n * 2];
            engine.process(&mut buffer);
            live.extend(buffer);
        }
        assert!(whole.samples == live);
        assert!(whole.samples.iter().any(|x| x.abs() > 0.05));
    }

    #[test]
    fn a_cancelled_rendering_stops_at_once_and_says_so() {
        let mut calls = 0;
        let r = render(&demo(), &small_font(), 48_000, 0.0, |_| {
            calls += 1;
            calls < 3
        })
        .unwrap();
        assert!(r.cancelled);
        assert_eq!(r.frames(), 2 * STEP);
    }

    #[test]
    fn a_wav_file_reads_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let sound = Rendered {
            rate: 44_100,
            samples: vec![0.0, 0.5, -0.5, 1.0],
            cancelled: false,
        };
        for (format, name) in [(WavFormat::Int16, "i.wav"), (WavFormat::Float32, "f.wav")] {
            let path = dir.path().join(name);
            write_wav(&path, &sound, format).unwrap();
            let mut reader = hound::WavReader::open(&path).unwrap();
            assert_eq!(reader.spec().sample_rate, 44_100);
            assert_eq!(reader.duration(), 2);
            if format == WavFormat::Float32 {
                let back: Vec<f32> = reader.samples().map(Result::unwrap).collect();
                assert_eq!(back, sound.samples);
            }
        }
        assert!(write_wav(dir.path(), &sound, WavFormat::Int16).is_err());
    }
}
