//! `metrics.csv` in the run folder: one line a validation or every fifty steps, readable by anything.

use super::learner::Losses;
use super::trainer::Progress;
use std::io::Write;
use std::path::Path;

/// Appends what a step found, writing the header first to a new file.
///
/// # Errors
/// When the file cannot be written.
pub fn append(path: &Path, parts: &[String], p: &Progress) -> std::io::Result<()> {
    let new = !path.exists();
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?;
    if new {
        let names = parts.join(",");
        writeln!(
            file,
            "step,kind,seconds,learning_rate,loss,gradient,{names}"
        )?;
    }
    let mut line = |kind: &str, l: &Losses| {
        let parts: Vec<String> = l.parts.iter().map(|p| format!("{p:.4}")).collect();
        writeln!(
            file,
            "{},{kind},{:.1},{:.3e},{:.4},{:.3},{}",
            p.step,
            p.seconds,
            p.learning_rate,
            l.total,
            l.gradient,
            parts.join(",")
        )
    };
    line("train", &p.losses)?;
    if let Some(v) = &p.validation {
        line("validation", &v.weights)?;
        line("validation_average", &v.average)?;
    }
    Ok(())
}
