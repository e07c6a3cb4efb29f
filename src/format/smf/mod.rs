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
mod tests;

pub use export::export;
pub use import::{Imported, import};

/// Files larger than this many bytes are refused.
pub const SIZE_LIMIT: u64 = 256 << 20;
