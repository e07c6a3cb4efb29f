//! What undo brings back: the piece, the mask on it, and the takes that answer the mask.

use super::{Mask, Score, Take};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One state of the composer's work. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub score: Arc<Score>,
    pub mask: Arc<Mask>,
    /// Takes of the present mask. The original is not among them: it is what the score holds.
    pub takes: Arc<Vec<Take>>,
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
