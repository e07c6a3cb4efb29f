//! `lacuna render`: a piece as sound, sample for sample what the window plays.

use super::{CliError, Progress, files, interrupted};
use crate::audio::{self, Font, StemOptions, WavFormat};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Render a piece to a WAV file
#[derive(Debug, clap::Args)]
pub struct RenderArgs {
    /// The piece: a Lacuna project or a MIDI file
    piece: PathBuf,
    /// File to write [default: the piece's name with the ending .wav]; with --stems the folder
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// SoundFont (.sf2) to play it with [default: the one that comes with Lacuna]
    #[arg(long, value_name = "FILE")]
    soundfont: Option<PathBuf>,
    /// Samples a second
    #[arg(long, value_name = "HZ", default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(16_000..=192_000))]
    rate: u32,
    /// Seconds after the last bar, in which notes and room ring out (0 to 60)
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = tail)]
    tail: f32,
    /// Write a file for each track that is heard, as it sounds alone, into a folder [default: the piece's name and "stems"]
    #[arg(long)]
    stems: bool,
    /// Write 32-bit floating point samples instead of 16-bit ones
    #[arg(long)]
    float: bool,
    /// Replace the output file if it exists
    #[arg(long)]
    force: bool,
}

fn tail(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.0..=60.0).contains(seconds))
        .ok_or_else(|| "must be a number from 0 to 60".into())
}

pub fn run(args: RenderArgs) -> Result<(), CliError> {
    let default = if args.stems {
        let mut name = args.piece.with_extension("").into_os_string();
        name.push(" stems");
        name.into()
    } else {
        args.piece.with_extension("wav")
    };
    let output = args.output.unwrap_or(default);
    files::refuse_to_replace(&output, args.force)?;
    let score = files::read_score(&args.piece)?;
    let font = match &args.soundfont {
        Some(path) => Font::open(path)?,
        None => Font::bundled(),
    };
    let format = if args.float {
        WavFormat::Float32
    } else {
        WavFormat::Int16
    };
    let stop = interrupted();
    if args.stems {
        let options = StemOptions {
            rate: args.rate,
            tail: args.tail,
            format,
        };
        let mut progress = Progress::new("rendering", 100, "%");
        let done = audio::stems(&score, &font, &output, options, |share| {
            progress.at((share * 100.0) as u64, "");
            !stop.load(Ordering::Acquire)
        })?;
        let files = done.ok_or(CliError::Interrupted)?;
        progress.finish(&format!("{}: {} stems", output.display(), files.len()));
        return Ok(());
    }
    let mut progress = Progress::new("rendering", 100, "%");
    let sound = audio::render(&score, &font, args.rate, args.tail, |share| {
        progress.at((share * 100.0) as u64, "");
        !stop.load(Ordering::Acquire)
    })
    .map_err(audio::RenderError::from)?;
    if sound.cancelled {
        return Err(CliError::Interrupted);
    }
    // A file cut short must never stand under the name of the whole.
    let part = output.with_extension("wav.part");
    let placed = audio::write_wav(&part, &sound, format)
        .map_err(CliError::from)
        .and_then(|()| {
            std::fs::rename(&part, &output).map_err(|source| CliError::File {
                doing: "write",
                path: output.clone(),
                source,
            })
        });
    if placed.is_err() {
        // What is left of it is of no use; that it may not exist is no second error.
        let _ = std::fs::remove_file(&part);
    }
    placed?;
    let seconds = sound.frames() as f64 / f64::from(sound.rate);
    progress.finish(&format!("{}: {seconds:.1} s of sound", output.display()));
    Ok(())
}
