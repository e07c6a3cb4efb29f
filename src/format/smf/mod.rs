//! Standard MIDI Files, in and out, without loss.
//!
//! What an import keeps, an export writes back at the same tick with the same value in the same chunk.
//! Only the order of different kinds of events on one tick of one chunk may change: note-offs come first,
//! then metas, then controllers and programs, then note-ons.

mod conductor;
mod export;
mod import;
mod names;
mod reader;
mod tally;

#[cfg(test)]
mod audit;
#[cfg(test)]
mod tests;

pub use export::export;
pub use import::{Imported, import};

/// Files larger than this many bytes are refused.
pub const SIZE_LIMIT: u64 = 256 << 20;

/// Files whose events would need more than this many bytes as a score are refused. While its lists grow, an import may
/// hold twice as much for a moment. A file of 100 MB, all notes, was measured at 295 MB, the file itself among them.
pub const MEMORY_LIMIT: usize = 1 << 30;
