//! What can go wrong with a file, said so that a person can act on it.

use std::path::{Path, PathBuf};

/// Why a file could not be read or written. Every text says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Names the file another error is about.
    #[error("{}: {source}", path.display())]
    At {
        path: PathBuf,
        source: Box<FormatError>,
    },
    #[error("the file is empty; choose another file or a backup of this one")]
    Empty,
    #[error(
        "the file is {size_mb} MB and at most {limit_mb} MB can be opened; split it into smaller files"
    )]
    TooBig { size_mb: u64, limit_mb: u64 },
    #[error(
        "what the file says needs more than {limit_mb} MB of memory; split it into smaller files"
    )]
    TooMuch { limit_mb: u64 },
    #[error("this is not a MIDI file: {what}; choose a file ending in .mid, .midi or .rmi")]
    NotMidi { what: String },
    #[error("the piece cannot be written as a MIDI file: {what}")]
    NotWritable { what: String },
    #[error("this is not a Lacuna project; choose a file ending in .lacuna, or import MIDI files")]
    NotProject,
    #[error(
        "the project was saved by a newer Lacuna (file version {found}, this one reads up to {known}); update Lacuna to open it"
    )]
    TooNew { found: u32, known: u32 },
    #[error("the project file is damaged: {what}; open a backup or the autosaved copy instead")]
    Damaged { what: String },
    /// A table or list of our own making that does not hold what it should.
    #[error("{what}: {problem}")]
    Content { what: String, problem: String },
    #[error(
        "the project could not be put into a file ({what}); export it as MIDI and report this fault"
    )]
    NotSavable { what: String },
    #[error("the file is not there; it may have been moved, renamed or deleted")]
    Missing,
    #[error("the folder {} is not there; create it or save somewhere else", .0.display())]
    NoFolder(PathBuf),
    #[error("this is a folder, not a file; choose a file in it")]
    IsFolder,
    #[error("you may not {verb} this file; check its permissions or choose another folder")]
    NotAllowed { verb: &'static str },
    #[error(
        "the disk is full; free some space or save to another disk (the old file is untouched)"
    )]
    DiskFull,
    #[error(
        "no folder to keep autosaves in was found; set HOME (or XDG_STATE_HOME) and start again"
    )]
    NoStateFolder,
    #[error("the system could not {verb} the file ({source}); try again or choose another place")]
    Io {
        verb: &'static str,
        source: std::io::Error,
    },
}

impl FormatError {
    /// The same error, naming the file it is about. A name already there stays.
    #[must_use]
    pub fn at(self, path: &Path) -> FormatError {
        match self {
            FormatError::At { .. } => self,
            other => FormatError::At {
                path: path.to_path_buf(),
                source: Box::new(other),
            },
        }
    }

    /// The error without the file name around it.
    pub fn kind(&self) -> &FormatError {
        match self {
            FormatError::At { source, .. } => source.kind(),
            other => other,
        }
    }

    /// Puts what the system said about reading or writing (`verb`) into words.
    pub(super) fn from_io(verb: &'static str, source: std::io::Error) -> FormatError {
        use std::io::ErrorKind;
        match source.kind() {
            ErrorKind::NotFound => FormatError::Missing,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                FormatError::NotAllowed { verb }
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FormatError::DiskFull,
            ErrorKind::IsADirectory => FormatError::IsFolder,
            _ => FormatError::Io { verb, source },
        }
    }
}

/// Refuses a size beyond a limit, both in bytes.
pub(super) fn check_size(size: u64, limit: u64) -> Result<(), FormatError> {
    const MB: u64 = 1 << 20;
    if size > limit {
        return Err(FormatError::TooBig {
            size_mb: size.div_ceil(MB),
            limit_mb: limit / MB,
        });
    }
    Ok(())
}
