//! What an evaluation prints and leaves, and tables over several runs.

use super::{EvaluateArgs, failed};
use crate::audio::{self, Font};
use crate::cli::sample::Task;
use crate::cli::{CliError, Progress};
use crate::evaluation::report::{self, Page};
use crate::evaluation::study::Study;
use crate::evaluation::{Comparison, Kind, registry};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

/// Prints the table and, where there is an output folder, leaves everything in it.
pub fn write(args: &EvaluateArgs, study: &Study) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    for (_, comparison) in &study.regions {
        writeln!(out, "{}", report::text(comparison))?;
    }
    write!(out, "{}", report::text(&study.comparison))?;
    drop(out);
    let Some(folder) = &args.output_dir else {
        return Ok(());
    };
    if args.save_samples {
        let models = study.rows.iter().filter(|r| r.kind == Kind::Model);
        for row in models {
            report::samples(folder, row).map_err(failed)?;
        }
    }
    let task = match args.task {
        Task::Uncond => "uncond",
        Task::Infill => "infill",
    };
    let font = Font::bundled();
    let sound = |score: &_| audio::clip(score, &font).map_err(|e| e.to_string());
    let progress = Mutex::new(Progress::new("drawing and rendering", 0, "pieces"));
    let page = Page {
        made: format!(
            "Made by lacuna {} evaluate --task {task}, seed {}.",
            env!("CARGO_PKG_VERSION"),
            args.sampler.seed
        ),
        pieces: args.sounds.max(1),
        sound: (args.sounds > 0).then_some(&sound),
        on_piece: &|done, of| {
            if let Ok(mut bar) = progress.lock() {
                bar.reach(of);
                bar.at(done, "");
            }
        },
    };
    report::leave(folder, task, study, &page).map_err(failed)?;
    if let Ok(bar) = progress.into_inner() {
        bar.finish(&format!("{}", folder.join("report.html").display()));
    }
    Ok(())
}

/// Prints the metrics there are.
pub fn list() -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    for m in registry::all() {
        writeln!(
            out,
            "{:34} {:14} {:18} {}",
            m.key, m.family, m.unit, m.about
        )?;
    }
    Ok(())
}

/// One table of several runs.
pub fn compare(args: &EvaluateArgs) -> Result<(), CliError> {
    let mut runs = Vec::new();
    for path in &args.compare {
        let text = std::fs::read_to_string(path).map_err(|source| CliError::File {
            doing: "read",
            path: path.clone(),
            source,
        })?;
        let refuse = |e: &dyn std::fmt::Display| {
            failed(format!(
                "{} is no metrics file of lacuna evaluate: {e}; name its metrics_TASK.json",
                path.display()
            ))
        };
        let mut json: serde_json::Value = serde_json::from_str(&text).map_err(|e| refuse(&e))?;
        let own = json
            .get_mut("lacuna")
            .map(serde_json::Value::take)
            .unwrap_or_default();
        let run: Comparison = serde_json::from_value(own).map_err(|e| refuse(&e))?;
        let name = path.parent().and_then(Path::file_name).unwrap_or_default();
        runs.push((name.to_string_lossy().into_owned(), run));
    }
    let merged = Comparison::merged(runs).ok_or_else(|| failed("no run was named"))?;
    let mut out = std::io::stdout().lock();
    write!(out, "{}", report::text(&merged))?;
    drop(out);
    match &args.output_dir {
        Some(folder) => report::tables(folder, "runs", &merged).map_err(failed),
        None => Ok(()),
    }
}
