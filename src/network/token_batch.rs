//! A batch of token rows, still on the host, and what can be wrong with it.

use burn::tensor::{Device, Int, Tensor, TensorData};
use thiserror::Error;

/// Why a network refuses a configuration or a batch.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum NetworkError {
    #[error(
        "a network of width {width} cannot be divided among {heads} heads: make the width a multiple of the heads"
    )]
    Heads { width: usize, heads: usize },
    #[error("a network with {what} of 0 computes nothing: give a positive number")]
    Nothing { what: &'static str },
    #[error("a dropout of {rate} is no share: give at least 0 and less than 1")]
    Dropout { rate: f32 },
    #[error("the batch has no rows")]
    Empty,
    #[error("window {window} has {found} ids, which makes no whole rows of {fields} fields")]
    Ragged {
        window: usize,
        found: usize,
        fields: usize,
    },
    #[error(
        "the rows have {found} fields where the network has {wanted}: they are of another tokenizer"
    )]
    Fields { found: usize, wanted: usize },
    #[error(
        "a window of {found} rows is longer than the network's {most}: cut it, or train a network with a greater `length`"
    )]
    Rows { found: usize, most: usize },
    #[error(
        "id {id} in field {field} of window {window} is beyond the mask id {mask}: the rows are of another tokenizer"
    )]
    Id {
        window: usize,
        field: usize,
        id: u32,
        mask: usize,
    },
    #[error(
        "{found} times for {windows} windows: a network that sees the diffusion time needs one a window"
    )]
    Times { found: usize, windows: usize },
    #[error("an input of {found} channels where the network has {wanted}")]
    Channels { found: usize, wanted: usize },
    #[error("an input of {found} pitches where the network mixes {wanted}")]
    Pitches { found: usize, wanted: usize },
}

/// Windows of token rows, the shorter ones filled up with zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenBatch {
    /// `[windows, rows, fields]`, row-major. The mask id of a field is its number of values.
    ids: Vec<u32>,
    /// Real rows of each window.
    lengths: Vec<usize>,
    rows: usize,
    fields: usize,
}

impl TokenBatch {
    /// Stacks windows of rows of `fields` ids each.
    ///
    /// # Errors
    /// When a window does not end with a whole row.
    pub fn stack<'a>(
        windows: impl IntoIterator<Item = &'a [u32]>,
        fields: usize,
    ) -> Result<TokenBatch, NetworkError> {
        let windows: Vec<_> = windows.into_iter().collect();
        let fields = fields.max(1);
        let ragged = |w: &&[u32]| !w.len().is_multiple_of(fields);
        if let Some(window) = windows.iter().position(ragged) {
            let found = windows[window].len();
            return Err(NetworkError::Ragged {
                window,
                found,
                fields,
            });
        }
        let lengths: Vec<usize> = windows.iter().map(|w| w.len() / fields).collect();
        let rows = lengths.iter().copied().max().unwrap_or(0);
        let mut ids = Vec::with_capacity(windows.len() * rows * fields);
        for (window, &length) in windows.iter().zip(&lengths) {
            ids.extend_from_slice(window);
            ids.resize(ids.len() + (rows - length) * fields, 0);
        }
        Ok(TokenBatch {
            ids,
            lengths,
            rows,
            fields,
        })
    }

    /// Number of windows.
    pub fn windows(&self) -> usize {
        self.lengths.len()
    }

    /// Rows of the longest window.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Real rows of each window.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The same windows with rows filled up to a multiple of `by`.
    pub(super) fn filled(&self, by: usize) -> TokenBatch {
        let rows = self.rows.next_multiple_of(by);
        let mut ids = Vec::with_capacity(self.windows() * rows * self.fields);
        for window in self.ids.chunks_exact((self.rows * self.fields).max(1)) {
            ids.extend_from_slice(window);
            ids.resize(ids.len() + (rows - self.rows) * self.fields, 0);
        }
        TokenBatch {
            ids,
            rows,
            ..self.clone()
        }
    }

    /// Whether a network with these sizes (values of each field) and so many positions can read it.
    pub(super) fn check(&self, sizes: &[usize], most: usize) -> Result<(), NetworkError> {
        if self.ids.is_empty() {
            return Err(NetworkError::Empty);
        }
        if self.fields != sizes.len() {
            return Err(NetworkError::Fields {
                found: self.fields,
                wanted: sizes.len(),
            });
        }
        if self.rows > most {
            return Err(NetworkError::Rows {
                found: self.rows,
                most,
            });
        }
        for (row, ids) in self.ids.chunks_exact(self.fields).enumerate() {
            for (field, (&id, &mask)) in ids.iter().zip(sizes).enumerate() {
                if id as usize > mask {
                    return Err(NetworkError::Id {
                        window: row / self.rows,
                        field,
                        id,
                        mask,
                    });
                }
            }
        }
        Ok(())
    }

    /// Ids of one field, `[windows, rows]`.
    pub(super) fn field(&self, field: usize, device: &Device) -> Tensor<2, Int> {
        let ids: Vec<i32> = self
            .ids
            .chunks_exact(self.fields)
            .map(|row| row[field] as i32)
            .collect();
        Tensor::from_data(TensorData::new(ids, [self.windows(), self.rows]), device)
    }
}

/// What is added to the scores of attention, `[windows, 1, 1, rows]`, so that nothing attends to padding;
/// nothing where there is none.
pub(super) fn padding_bias(lengths: &[usize], rows: usize, device: &Device) -> Option<Tensor<4>> {
    if lengths.iter().all(|&l| l >= rows) {
        return None;
    }
    let mut bias = vec![0f32; lengths.len() * rows];
    for (row, &length) in bias.chunks_exact_mut(rows).zip(lengths) {
        row[length.min(rows)..].fill(-1e9);
    }
    let shape = [lengths.len(), 1, 1, rows];
    Some(Tensor::from_data(TensorData::new(bias, shape), device))
}

/// One for real rows, zero for padding, `[windows, rows, 1]`.
pub(super) fn real_rows(lengths: &[usize], rows: usize, device: &Device) -> Tensor<3> {
    let mut real = vec![0f32; lengths.len() * rows];
    for (row, &length) in real.chunks_exact_mut(rows.max(1)).zip(lengths) {
        row[..length.min(rows)].fill(1.0);
    }
    Tensor::from_data(TensorData::new(real, [lengths.len(), rows, 1]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shorter_windows_are_filled_up() {
        let batch = TokenBatch::stack([&[1, 2, 3, 4, 5, 6][..], &[7, 8][..]], 2).unwrap();
        assert_eq!((batch.windows(), batch.rows()), (2, 3));
        assert_eq!(batch.lengths(), [3, 1]);
        assert_eq!(batch.ids, [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0]);
        let filled = batch.filled(4);
        assert_eq!(filled.rows(), 4);
        assert_eq!(filled.ids[6..10], [0, 0, 7, 8]);
        assert_eq!(filled.lengths(), [3, 1]);
    }

    #[test]
    fn what_a_network_cannot_read_is_named() {
        let batch = TokenBatch::stack([&[1, 2, 3, 9][..]], 2).unwrap();
        assert_eq!(batch.check(&[3, 9], 2), Ok(()));
        let wrong = NetworkError::Id {
            window: 0,
            field: 1,
            id: 9,
            mask: 8,
        };
        assert_eq!(batch.check(&[3, 8], 2), Err(wrong));
        let wrong = NetworkError::Rows { found: 2, most: 1 };
        assert_eq!(batch.check(&[3, 9], 1), Err(wrong));
        let wrong = NetworkError::Fields {
            found: 2,
            wanted: 1,
        };
        assert_eq!(batch.check(&[3], 2), Err(wrong));
        assert_eq!(
            TokenBatch::stack([&[][..]], 2).unwrap().check(&[3, 9], 2),
            Err(NetworkError::Empty)
        );
        let wrong = NetworkError::Ragged {
            window: 1,
            found: 3,
            fields: 2,
        };
        assert_eq!(
            TokenBatch::stack([&[1, 2][..], &[1, 2, 3][..]], 2),
            Err(wrong)
        );
    }
}
