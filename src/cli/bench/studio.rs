//! `lacuna bench studio`: what the window costs on this machine, measured without a display.

use super::scratch::Scratch;
use crate::cli::CliError;
use crate::device;
use crate::engine::ModelWorker;
use crate::studio::StudioOptions;
use crate::studio::bench::{self, Row};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Frames, edits, idling, start and memory of the window, headless.
///
/// A frame is all the window's thread does but the drawing: events, commands, edits, layout, shapes, tessellation, in
/// milliseconds of its processor time. Handing the triangles to the graphics card and drawing them is not in it.
#[derive(Debug, Args)]
pub struct StudioArgs {
    /// Frames measured of each kind
    #[arg(long, default_value_t = 200)]
    frames: usize,
    /// Only this part
    #[arg(long)]
    part: Option<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Frames of big pieces
    Frames,
    /// Whether an idle window asks for frames
    Idle,
    /// From the start of the process to its first frame
    Start,
    /// Memory with 100 000 notes on the desk
    Memory,
    /// What `start` runs: one frame, and the process ends
    #[value(hide = true)]
    FirstFrame,
}

/// Edits after which memory is looked at again.
const EDITS: usize = 200;
/// Starts that are timed.
const STARTS: usize = 7;
/// How long an idle window is listened to.
const IDLE: Duration = Duration::from_secs(10);

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

fn options(scratch: &Scratch) -> StudioOptions {
    let mut options = StudioOptions::new(Box::new(ModelWorker::on(device::Choice::Cpu)));
    options.silent = true;
    options.settings_folder = Some(scratch.folder().join("settings"));
    options.recovery_folder = Some(scratch.folder().join("recovery"));
    options
}

/// Runs the subcommand.
pub fn run(args: StudioArgs) -> Result<(), CliError> {
    let mut out = std::io::stdout();
    let wanted = |part| args.part.is_none_or(|p| p == part);
    if args.part == Some(Part::FirstFrame) {
        let scratch = Scratch::new("start")?;
        bench::first_frame(options(&scratch)).map_err(failed)?;
        writeln!(out, "first frame")?;
        return Ok(());
    }
    // Each in a process of its own, so that none inherits the memory of another.
    if args.part.is_none() {
        writeln!(out, "processor: {}", device::processor())?;
        for part in ["frames", "idle", "start", "memory"] {
            let me = std::env::current_exe().map_err(failed)?;
            let frames = args.frames.to_string();
            let status = Command::new(me)
                .args(["bench", "studio", "--part", part, "--frames", &frames])
                .status()
                .map_err(failed)?;
            if !status.success() {
                return Err(failed(format!("the part {part} ended with {status}")));
            }
        }
        return Ok(());
    }
    let scratch = Scratch::new("studio")?;
    if wanted(Part::Frames) {
        table(&bench::frames(options(&scratch), args.frames.max(1)).map_err(failed)?)?;
    }
    if wanted(Part::Idle) {
        match bench::idle(options(&scratch), IDLE).map_err(failed)? {
            Some(n) => writeln!(
                out,
                "idle with 100 000 notes: {n} repaints asked for in {} s (bar: none)",
                IDLE.as_secs()
            )?,
            None => writeln!(
                out,
                "idle with 100 000 notes: never comes to rest (bar: none)"
            )?,
        }
    }
    if wanted(Part::Start) {
        starts()?;
    }
    if wanted(Part::Memory) {
        let [opened, edited] = bench::memory(options(&scratch), EDITS).map_err(failed)?;
        let text = |b: Option<u64>| b.map_or("unknown".into(), |b| format!("{} MB", b / 1_000_000));
        writeln!(
            out,
            "memory with 100 000 notes: {} opened, {} after {EDITS} edits (bar: 300 MB)",
            text(opened),
            text(edited)
        )?;
    }
    Ok(())
}

fn table(rows: &[Row]) -> Result<(), CliError> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{:<58} {:>8} {:>8} {:>8} {:>6} {:>9}",
        "ms a frame", "median", "p95", "least", "bar", "vertices"
    )?;
    for r in rows {
        let bar = r.bar.map_or("-".into(), |b| format!("{b:.0}"));
        let missed = r.bar.is_some_and(|b| r.quantile(0.5) > b);
        writeln!(
            out,
            "{:<58} {:>8.2} {:>8.2} {:>8.2} {bar:>6} {:>9}{}",
            r.name,
            r.quantile(0.5),
            r.quantile(0.95),
            r.quantile(0.0),
            r.vertices,
            if missed { "  missed" } else { "" }
        )?;
    }
    Ok(())
}

/// Times from starting a process to its first frame.
fn starts() -> Result<(), CliError> {
    let me = std::env::current_exe().map_err(failed)?;
    let mut millis = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut child = Command::new(&me)
            .args(["bench", "studio", "--part", "first-frame"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut line = String::new();
        if let Some(pipe) = child.stdout.take() {
            std::io::BufRead::read_line(&mut std::io::BufReader::new(pipe), &mut line)?;
        }
        millis.push(begun.elapsed().as_secs_f64() * 1e3);
        child.wait()?;
        if line.trim() != "first frame" {
            return Err(failed("the first frame did not come"));
        }
    }
    millis.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let i = ((millis.len() - 1) as f64 * share).round() as usize;
        millis.get(i).copied().unwrap_or(f64::NAN)
    };
    writeln!(
        std::io::stdout(),
        "start to first frame, without opening the window: {:.0} ms median, {:.0} least, {:.0} most (bar: 1000)",
        at(0.5),
        at(0.0),
        at(1.0)
    )?;
    Ok(())
}
