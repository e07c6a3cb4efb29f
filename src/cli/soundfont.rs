//! `lacuna soundfont`: the bundled bank as a file, for other programs.

use super::{CliError, files};
use crate::{audio, format};
use std::path::PathBuf;

/// Write the SoundFont that comes with Lacuna to a file, for use in other programs
#[derive(Debug, clap::Args)]
pub struct SoundfontArgs {
    /// File to write
    #[arg(value_name = "FILE.sf2")]
    output: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

pub fn run(args: SoundfontArgs) -> Result<(), CliError> {
    files::refuse_to_replace(&args.output, args.force)?;
    format::file::write_atomic(&args.output, audio::bank::bundled_bytes())?;
    Ok(())
}
