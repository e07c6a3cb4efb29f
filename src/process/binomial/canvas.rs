//! A roll with a hole.

use super::super::context::Notation;
use super::roll::Shape;
use crate::tokenizer::lower::Cell;

/// Why there is nothing to be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollCanvasError {
    #[error(
        "{ids} ids and {cells} cells do not make rows of {keys} keys; lower the piece with the model's own tokenizer"
    )]
    Ragged {
        ids: usize,
        cells: usize,
        keys: usize,
    },
    #[error("id {id} at row {row}, key {key} is no cell of a roll of {planes} planes")]
    Outside {
        id: i32,
        row: usize,
        key: usize,
        planes: usize,
    },
}

/// A roll with a hole.
#[derive(Clone, Debug)]
pub struct RollCanvas {
    pub(super) shape: Shape,
    /// What is known, and what was there where it is not.
    pub(super) ids: Vec<i32>,
    pub(super) free: Vec<bool>,
}

impl RollCanvas {
    /// The roll `ids` `[rows, keys]` of [`crate::tokenizer::roll`] with what may become of each cell.
    ///
    /// # Errors
    /// When they are no roll of so many planes.
    pub fn new(
        ids: &[i32],
        cells: &[Cell],
        keys: usize,
        planes: usize,
    ) -> Result<RollCanvas, RollCanvasError> {
        if keys == 0 || !ids.len().is_multiple_of(keys) || ids.len() != cells.len() {
            return Err(RollCanvasError::Ragged {
                ids: ids.len(),
                cells: cells.len(),
                keys,
            });
        }
        if let Some(i) = ids.iter().position(|id| !(0..=planes as i32).contains(id)) {
            return Err(RollCanvasError::Outside {
                id: ids[i],
                row: i / keys,
                key: i % keys,
                planes,
            });
        }
        Ok(RollCanvas {
            shape: Shape {
                planes,
                rows: ids.len() / keys,
                keys,
            },
            ids: ids.to_vec(),
            free: cells.iter().map(|c| *c != Cell::Known).collect(),
        })
    }

    /// How notes last in it.
    pub fn notation(&self) -> Notation {
        match self.shape.planes {
            1 => Notation::Frames,
            _ => Notation::Roll,
        }
    }
}
