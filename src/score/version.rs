//! Versions: states of the piece a composer gave a name, kept with it for as long as the piece lives.

use super::Score;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A state of the piece that was kept. It shares with the piece what did not change since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub name: String,
    /// When it was kept, in seconds since 1970.
    pub kept: u64,
    pub score: Arc<Score>,
}
