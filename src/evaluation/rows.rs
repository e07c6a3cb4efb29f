//! What the rows are called that stand beside models in the same holes: a study, an arena and a listening test speak of
//! the same music.

/// What stood in the holes.
pub const ORIGINALS: &str = "originals";
/// The bars before a hole once more.
pub const PREVIOUS: &str = "previous bars repeated";
/// The commonest notes of the context again and again.
pub const CONSTANTS: &str = "constants";
/// The adversary: every value of every note drawn by itself, so that all histograms fit.
pub const DRAWN: &str = "adversary: notes of the context drawn one by one";
