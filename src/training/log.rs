//! `metrics.csv` in the run folder: one line a validation or a hundred steps, readable by anything.

use super::step::Losses;
use std::io::Write;
use std::path::Path;

/// Columns of the file.
pub const HEADER: &str =
    "step,kind,seconds,learning_rate,loss,presence,onset,pitch,duration,velocity,gradient";

/// Appends a line, writing the header first to a new file.
///
/// # Errors
/// When the file cannot be written.
pub fn append(
    path: &Path,
    step: u64,
    kind: &str,
    seconds: f64,
    rate: f64,
    l: &Losses,
) -> std::io::Result<()> {
    let new = !path.exists();
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?;
    if new {
        writeln!(file, "{HEADER}")?;
    }
    let [a, b, c, d, e] = l.channels;
    writeln!(
        file,
        "{step},{kind},{seconds:.1},{rate:.3e},{:.4},{a:.4},{b:.4},{c:.4},{d:.4},{e:.4},{:.3}",
        l.total, l.gradient
    )
}
