//! A folder for what a benchmark's studio writes, gone when the benchmark is.

use crate::cli::CliError;
use std::path::{Path, PathBuf};

/// The folder.
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(name: &str) -> Result<Scratch, CliError> {
        let name = format!("lacuna-bench-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).map_err(|source| CliError::File {
            doing: "write",
            path: folder.clone(),
            source,
        })?;
        Ok(Scratch(folder))
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
