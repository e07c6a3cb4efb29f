//! Reading a piece from, and refusing to run over, files named on the command line.

use super::CliError;
use crate::format;
use crate::score::Score;
use std::path::Path;

/// Reads a piece from a Lacuna project or, whatever its ending, from a MIDI file. What the reader
/// changed or dropped is told on standard error.
pub fn read_score(path: &Path) -> Result<Score, CliError> {
    let is_project = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("lacuna"));
    if is_project {
        let project = format::open_project(path)?;
        return Ok(Score::clone(&project.document.score));
    }
    let imported = format::open_midi(path)?;
    for sentence in &imported.report.sentences {
        eprintln!("note: {}: {sentence}", path.display());
    }
    Ok(imported.score)
}

/// Refuses to replace a file unless that was asked for.
pub fn refuse_to_replace(path: &Path, force: bool) -> Result<(), CliError> {
    if force || !path.exists() {
        return Ok(());
    }
    Err(CliError::Failed(format!(
        "{} exists; name another file, or add --force to replace it",
        path.display()
    )))
}
