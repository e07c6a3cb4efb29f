//! Where the loss of the last validation lies, for whoever looks at a run that does not train now.

use super::RunError;
use crate::training::tally::Breakdown;
use std::path::Path;

const FILE: &str = "breakdown.ron";
/// No such file of ours is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// Writes down the breakdown of the averaged weights at a validation, in place of the one before.
///
/// # Errors
/// When the disk does not take it.
pub fn write_breakdown(folder: &Path, breakdown: &Breakdown) -> Result<(), RunError> {
    // Plain numbers are always text in RON.
    let text = ron::to_string(breakdown).unwrap_or_default();
    let path = folder.join(FILE);
    Ok(crate::format::file::write_atomic(&path, text.as_bytes())?)
}

/// What was written down last; `None` where there is nothing that can be read.
pub fn breakdown(folder: &Path) -> Option<Breakdown> {
    let bytes = crate::format::file::read(&folder.join(FILE), LARGEST).ok()?;
    ron::de::from_bytes(&bytes).ok()
}
