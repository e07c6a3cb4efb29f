//! `lacuna bench soak`: a monkey at the window for as long as one likes.

use super::scratch::Scratch;
use crate::cli::CliError;
use crate::studio::soak::{MINUTE, Report, WARM_UP, soak};
use clap::Args;
use std::io::Write;
use std::process::Command;
use std::time::Instant;

/// Random gestures, keys, commands, fills and playback by a seed, without a display: no panic, no growth of memory
/// beyond 10 %, and every automatic copy loads.
///
/// It reads and writes in a folder of its own, which is removed in the end, and never opens a sound device. What the
/// silent clock plays and what automatic copies wait for is real time; the frames follow each other as fast as they
/// can, sixty of them a second of the monkey's.
#[derive(Debug, Args)]
pub struct SoakArgs {
    /// Minutes of the monkey's time, at 60 frames a second
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// What it does follows from this, but for what depends on how fast the machine is
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Inside the folder of its own already
    #[arg(long, hide = true)]
    inside: bool,
}

/// Most that memory may grow after the warm-up.
const GROWTH: f64 = 0.10;

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// Runs the subcommand.
pub fn run(args: SoakArgs) -> Result<(), CliError> {
    if !args.inside {
        return fenced(&args);
    }
    let folder = std::env::current_dir().map_err(failed)?;
    let begun = Instant::now();
    let mut told = |r: &Report| {
        let memory = r.memory.last().map_or(0, |b| b / 1_000_000);
        // Whoever closed the pipe wants no more lines; the soak goes on.
        let _ = writeln!(
            std::io::stdout(),
            "{:>4} min {:>8} frames {:>7} gestures {:>6} commands {:>4} pieces {memory:>5} MB",
            r.memory.len(),
            r.frames,
            r.gestures,
            r.commands,
            r.pieces
        );
    };
    let report = soak(&folder, args.seed, args.minutes.max(1) * MINUTE, &mut told)
        .map_err(|e| CliError::Failed(format!("{e} (seed {})", args.seed)))?;
    let growth = report.growth();
    let words = growth.map_or("not measured".into(), |g| format!("{:.1} %", g * 100.0));
    writeln!(
        std::io::stdout(),
        "{} frames in {:.0} s, {} panics, {} automatic copies read back, growth of memory after {WARM_UP} minutes: {words}",
        report.frames,
        begun.elapsed().as_secs_f64(),
        report.panics,
        report.copies,
    )?;
    match growth {
        Some(g) if g > GROWTH => Err(CliError::Failed(format!(
            "memory grew by more than {:.0} %",
            GROWTH * 100.0
        ))),
        _ => Ok(()),
    }
}

/// Runs the soak in a process whose home is a folder of its own, so that nothing of the person's is within reach.
fn fenced(args: &SoakArgs) -> Result<(), CliError> {
    let scratch = Scratch::new("soak")?;
    let me = std::env::current_exe().map_err(failed)?;
    let status = Command::new(me)
        .args(["bench", "soak", "--inside"])
        .args(["--minutes", &args.minutes.to_string()])
        .args(["--seed", &args.seed.to_string()])
        .current_dir(scratch.folder())
        .env("HOME", scratch.folder())
        .env("LACUNA_DATA", scratch.folder())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_STATE_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("LACUNA_MODELS")
        .env_remove("LACUNA_CACHE")
        .status()
        .map_err(failed)?;
    match status.success() {
        true => Ok(()),
        false => Err(CliError::Failed(format!("the soak ended with {status}"))),
    }
}
