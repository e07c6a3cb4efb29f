//! Rows with a hole, checked against what a model knows.

use super::Schema;
use crate::tokenizer::lower::Cell;
use std::ops::Range;

/// Why there is nothing to be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanvasError {
    #[error(
        "{ids} ids and {cells} cells do not make rows of {fields} fields; lower the piece with the model's own tokenizer"
    )]
    Ragged {
        ids: usize,
        cells: usize,
        fields: usize,
    },
    #[error("id {id} at row {row}, field {field} is outside the model's codebook of {size} ids")]
    Outside {
        id: i32,
        row: usize,
        field: usize,
        size: usize,
    },
    #[error(
        "the cell at row {row}, field {field} may be {from}..{to}, which is not within the model's {size} ids"
    )]
    Range {
        row: usize,
        field: usize,
        from: i32,
        to: i32,
        size: usize,
    },
}

/// Rows with a hole.
#[derive(Clone, Debug)]
pub struct Canvas<'a> {
    pub(super) schema: &'a Schema,
    pub(super) ids: &'a [i32],
    pub(super) cells: &'a [Cell],
}

impl<'a> Canvas<'a> {
    /// The rows `ids` `[rows, fields]` with what may become of each.
    ///
    /// # Errors
    /// When they do not fit the schema: all that is drawn or shown to the network lies in its codebooks.
    pub fn new(
        schema: &'a Schema,
        ids: &'a [i32],
        cells: &'a [Cell],
    ) -> Result<Canvas<'a>, CanvasError> {
        let fields = schema.fields();
        if fields == 0 || !ids.len().is_multiple_of(fields) || ids.len() != cells.len() {
            return Err(CanvasError::Ragged {
                ids: ids.len(),
                cells: cells.len(),
                fields,
            });
        }
        for (i, (&id, cell)) in ids.iter().zip(cells).enumerate() {
            let (row, field) = (i / fields, i % fields);
            let size = schema.sizes[field];
            match cell {
                Cell::Known if !(0..size as i32).contains(&id) => {
                    return Err(CanvasError::Outside {
                        id,
                        row,
                        field,
                        size,
                    });
                }
                Cell::Free(r) if r.is_empty() || r.start < 0 || r.end > size as i32 => {
                    let (from, to) = (r.start, r.end);
                    return Err(CanvasError::Range {
                        row,
                        field,
                        from,
                        to,
                        size,
                    });
                }
                _ => {}
            }
        }
        Ok(Canvas { schema, ids, cells })
    }

    pub(super) fn fields(&self) -> usize {
        self.schema.fields()
    }

    pub(super) fn rows(&self) -> usize {
        self.ids.len() / self.fields()
    }

    pub(super) fn range(&self, cell: usize) -> Range<usize> {
        match &self.cells[cell] {
            Cell::Known => 0..0,
            Cell::Free(r) => r.start as usize..r.end as usize,
        }
    }
}
