//! What undo brings back: the piece, the mask on it, the takes that answer the mask, and kept versions.

use super::{Mask, Score, Take, Version};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One state of the composer's work. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub score: Arc<Score>,
    pub mask: Arc<Mask>,
    /// Takes of the present mask. The original is not among them: it is what the score holds.
    pub takes: Arc<Vec<Take>>,
    /// States of the piece that were kept by name, the oldest first.
    #[serde(default)]
    pub versions: Arc<Vec<Version>>,
}

impl Document {
    /// A document that shows `score`, nothing masked.
    pub fn new(score: Score) -> Self {
        Document {
            score: Arc::new(score),
            ..Document::default()
        }
    }

    /// The score as it would be with take `index` (from 0) accepted; the score itself if there is none.
    pub fn preview(&self, index: Option<usize>) -> Arc<Score> {
        match index.and_then(|i| self.takes.get(i)) {
            Some(take) => Arc::new(self.score.with_take(&take.recipe.mask, take)),
            None => self.score.clone(),
        }
    }
}
