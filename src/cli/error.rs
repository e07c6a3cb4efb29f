//! What a subcommand may end with, other than success.

use std::io;
use std::path::PathBuf;

/// Why a subcommand ended. `main` prints it once as `error: sentence`.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A sentence that says what is wrong, where, and what to do.
    #[error("{0}")]
    Failed(String),
    /// A file could not be read or written.
    #[error("could not {doing} {}: {source}", path.display())]
    File {
        /// "read" or "write".
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(transparent)]
    Format(#[from] crate::format::FormatError),
    #[error(transparent)]
    Font(#[from] crate::audio::FontError),
    #[error(transparent)]
    Render(#[from] crate::audio::RenderError),
    /// The terminal or pipe that reads the results went away or is full.
    #[error("could not print the results: {0}")]
    Output(#[from] io::Error),
    /// No window could be opened.
    #[error("{0}")]
    NoWindow(String),
    /// Ctrl-C, after what was done so far has been put in safety.
    #[error("stopped by Ctrl-C")]
    Interrupted,
}

impl CliError {
    /// The exit code: 1, or 130 after Ctrl-C as shells expect. (2 is wrong usage, given by clap.)
    pub fn code(&self) -> u8 {
        match self {
            CliError::Interrupted => 130,
            CliError::NoWindow(_) => 2,
            _ => 1,
        }
    }

    /// Whether the reader of a pipe has simply had enough, as `head` does: no error to a person.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, CliError::Output(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }
}
