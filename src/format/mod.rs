//! Files: Standard MIDI Files, the project file, safe reading and writing, and the autosave journal.
//! Nothing here knows of tensors or windows, and nothing panics on what a file holds.

pub mod error;
pub mod excerpt;
pub mod file;
pub mod instruments;
mod invariants;
pub mod musicxml;
pub mod npy;
pub mod picture;
pub mod project;
pub mod recovery;
pub mod report;
pub mod smf;
pub mod text;
mod tracks_in;
mod xml;

#[cfg(test)]
mod mutation;

pub use error::FormatError;
pub use project::Project;
pub use recovery::{PendingRecovery, Recovery};
pub use report::Report;
pub use smf::{Imported, export, import};
pub use tracks_in::tracks_in;

use crate::score::Score;
use std::path::Path;

/// Opens a MIDI file; the piece is called as the file is, without its ending.
///
/// # Errors
/// As [`file::read`] and [`import`], naming the path.
pub fn open_midi(path: &Path) -> Result<Imported, FormatError> {
    let bytes = file::read(path, smf::SIZE_LIMIT)?;
    let title = path.file_stem().unwrap_or_default().to_string_lossy();
    import(&bytes, &title).map_err(|e| e.at(path))
}

/// Writes a MIDI file.
///
/// # Errors
/// As [`export`] and [`file::write_atomic`], naming the path.
pub fn save_midi(path: &Path, score: &Score) -> Result<(), FormatError> {
    let bytes = export(score).map_err(|e| e.at(path))?;
    file::write_atomic(path, &bytes)
}

/// Opens a project.
///
/// # Errors
/// As [`file::read`] and [`project::read`], naming the path.
pub fn open_project(path: &Path) -> Result<Project, FormatError> {
    let bytes = file::read(path, project::SIZE_LIMIT)?;
    project::read(&bytes).map_err(|e| e.at(path))
}

/// Saves a project.
///
/// # Errors
/// As [`project::write`] and [`file::write_atomic`], naming the path.
pub fn save_project(path: &Path, project: &Project) -> Result<(), FormatError> {
    let bytes = project::write(project).map_err(|e| e.at(path))?;
    file::write_atomic(path, &bytes)
}
