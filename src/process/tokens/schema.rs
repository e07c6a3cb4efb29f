//! The shape of a token representation as a network sees it, and windows in it.

use super::super::context::Notation;
use crate::tokenizer::Tokenizer;

/// Rows a bar of representations whose rows are steps of 16ths.
const ROWS_A_BAR: usize = 16;
/// Representations in which notes last over rows, by the beginning of their names.
const NOTATIONS: &[(&str, Notation)] = &[
    ("melody_octuple", Notation::Rows),
    ("trio_octuple", Notation::Rows),
    ("melody", Notation::Grid),
    ("trio", Notation::Grid),
    ("chorale", Notation::Grid),
    ("roll", Notation::Roll),
    ("frame_roll", Notation::Frames),
];
/// Fields the strategies of smdiff's first published state mask.
const ATTRIBUTES: [&str; 4] = ["pitch", "duration", "velocity", "tempo"];

/// Fields of a representation and what they mean for the process.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Codebook size K of each field: ids are `0..K`, the mask id is K.
    pub sizes: Vec<usize>,
    /// Fields that strategies of attributes choose from.
    pub attributes: Vec<usize>,
    /// The field that says the bar, where rows are notes.
    pub bar: Option<usize>,
    /// The field that says the position in the bar, where rows are notes.
    pub position: Option<usize>,
    /// Rows of a bar, where rows are steps.
    pub rows_a_bar: usize,
    /// How notes last over rows.
    pub notation: Notation,
}

impl Schema {
    /// The schema of a representation, codebooks as large as its fields.
    pub fn of(tokenizer: &dyn Tokenizer) -> Schema {
        let fields = tokenizer.fields();
        let named = |name: &str| fields.iter().position(|f| f.name == name);
        let (bar, position) = (named("bar"), named("position"));
        let mut attributes: Vec<usize> = ATTRIBUTES.iter().filter_map(|a| named(a)).collect();
        if bar.is_none() {
            attributes = (0..fields.len()).collect();
        }
        let notation = NOTATIONS
            .iter()
            .find(|(name, _)| tokenizer.id().starts_with(name));
        Schema {
            sizes: fields.iter().map(|f| f.size).collect(),
            attributes,
            bar,
            position,
            rows_a_bar: ROWS_A_BAR,
            notation: notation.map_or(Notation::Rows, |n| n.1),
        }
    }

    /// The same fields with other codebooks, as the reference's are larger than its tokens need.
    pub fn with_sizes(mut self, sizes: &[usize]) -> Schema {
        self.sizes = sizes.to_vec();
        self
    }

    /// Number of fields.
    pub fn fields(&self) -> usize {
        self.sizes.len()
    }

    /// Logits of a row: those of all fields, one after another.
    pub fn logits(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// Where in the logits of a row those of each field begin.
    pub fn offsets(&self) -> Vec<usize> {
        let before = |sum: &mut usize, &size: &usize| Some(std::mem::replace(sum, *sum + size));
        self.sizes.iter().scan(0, before).collect()
    }

    /// The mask id of a field.
    pub fn mask(&self, field: usize) -> i32 {
        self.sizes[field] as i32
    }

    /// The bar of each row, counted from the first row's.
    fn bars(&self, ids: &[i32]) -> Vec<usize> {
        let rows = ids.chunks_exact(self.fields().max(1));
        match self.bar {
            Some(bar) => {
                let all: Vec<i32> = rows.map(|row| row[bar]).collect();
                let first = all.iter().copied().min().unwrap_or(0);
                all.iter().map(|&b| (b - first) as usize).collect()
            }
            None => (0..rows.len())
                .map(|row| row / self.rows_a_bar.max(1))
                .collect(),
        }
    }
}

/// Why ids are no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    #[error("{ids} ids do not make rows of {fields} fields; were they made by another tokenizer?")]
    Ragged { ids: usize, fields: usize },
    #[error(
        "id {id} at row {row}, field {field} is outside the model's codebook of {size} ids; leave the window out, \
         or use a model with a larger codebook"
    )]
    Outside {
        id: i32,
        row: usize,
        field: usize,
        size: usize,
    },
    #[error("a window of {real} rows does not fit into {rows}; cut it first")]
    Long { real: usize, rows: usize },
}

/// Rows a model sees at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// `[rows, fields]`; 0 in padding.
    pub ids: Vec<i32>,
    /// The bar of each real row, counted from the first.
    pub bars: Vec<usize>,
    /// Rows with padding.
    pub rows: usize,
    /// Rows that are music, the first ones.
    pub real: usize,
}

impl Window {
    /// The rows `ids`, padded to `rows`.
    ///
    /// # Errors
    /// When ids are missing, are too many, or lie outside the codebooks.
    pub fn new(schema: &Schema, ids: &[i32], rows: usize) -> Result<Window, WindowError> {
        let fields = schema.fields();
        if fields == 0 || !ids.len().is_multiple_of(fields) {
            return Err(WindowError::Ragged {
                ids: ids.len(),
                fields,
            });
        }
        let real = ids.len() / fields;
        if real > rows {
            return Err(WindowError::Long { real, rows });
        }
        for (i, &id) in ids.iter().enumerate() {
            let (row, field) = (i / fields, i % fields);
            let size = schema.sizes[field];
            if usize::try_from(id).map_or(true, |id| id >= size) {
                return Err(WindowError::Outside {
                    id,
                    row,
                    field,
                    size,
                });
            }
        }
        let mut padded = ids.to_vec();
        padded.resize(rows * fields, 0);
        Ok(Window {
            bars: schema.bars(ids),
            ids: padded,
            rows,
            real,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::registry::find;

    fn schema(id: &str) -> Schema {
        Schema::of(find(id).unwrap())
    }

    #[test]
    fn representations_say_what_their_fields_mean() {
        let octuple = schema("trio_octuple");
        assert_eq!((octuple.bar, octuple.position), (Some(0), Some(1)));
        assert_eq!(octuple.attributes, [3, 4, 5, 7]);
        assert_eq!(octuple.notation, Notation::Rows);
        assert_eq!(octuple.offsets()[..3], [0, 256, 384]);
        let trio = schema("trio-reference");
        assert_eq!(
            (trio.bar, trio.attributes.len(), trio.logits()),
            (None, 3, 270)
        );
        let kinds = ["trio", "roll", "frame_roll"].map(|id| schema(id).notation);
        assert_eq!(kinds, [Notation::Grid, Notation::Roll, Notation::Frames]);
        assert_eq!(trio.with_sizes(&[128; 3]).mask(2), 128);
    }

    #[test]
    fn bars_come_from_the_rows_that_are_music() {
        let octuple = schema("melody_octuple");
        let row = |bar: i32| [bar, 0, 0, 60, 8, 20, 9, 35];
        let w = Window::new(&octuple, &[row(5), row(5), row(7)].concat(), 6).unwrap();
        assert_eq!((w.bars, w.real, w.ids.len()), (vec![0, 0, 2], 3, 48));
        let w = Window::new(&schema("melody"), &[0; 33], 64).unwrap();
        assert_eq!((w.bars[15], w.bars[16], w.bars[32]), (0, 1, 2));
    }

    #[test]
    fn ids_outside_the_codebook_are_refused_with_their_place() {
        let octuple = schema("trio_octuple").with_sizes(&[260, 132, 133, 132, 132, 36, 258, 53]);
        let drum = [0, 0, 128, 164, 8, 20, 9, 35];
        let e = Window::new(&octuple, &drum, 4).unwrap_err().to_string();
        assert!(e.contains("id 164 at row 0, field 3"), "{e}");
        let e = Window::new(&octuple, &drum[..7], 4).unwrap_err();
        assert_eq!(e, WindowError::Ragged { ids: 7, fields: 8 });
        let e = Window::new(&schema("melody"), &[0; 9], 8).unwrap_err();
        assert_eq!(e, WindowError::Long { real: 9, rows: 8 });
    }
}
