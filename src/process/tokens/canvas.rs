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

#[cfg(test)]
mod tests {
    use super::super::{TokenDenoiser, sample};
    use super::*;
    use crate::process::binomial::{
        RollCanvas, RollDenoiser, RollLoss, RollProcess, Shape, sample as sample_roll,
    };
    use crate::process::generator;
    use crate::score::{Mask, Region, SamplerSettings, Score};
    use crate::tokenizer::Tokens;
    use crate::tokenizer::registry::find;
    use rand::Rng;
    use std::ops::ControlFlow;

    struct Noise(usize);

    impl TokenDenoiser for Noise {
        fn logits(&mut self, _: &[i32], rows: usize, _: f32) -> Vec<f32> {
            let mut rng = generator(rows as u64, 0);
            (0..rows * self.0)
                .map(|_| rng.random_range(-3.0..3.0))
                .collect()
        }
    }

    impl RollDenoiser for Noise {
        fn predict(&mut self, _: &[bool], _: &[bool], shape: Shape, _: f32) -> Vec<f32> {
            let mut rng = generator(7, 0);
            (0..shape.len())
                .map(|_| rng.random_range(-5.0..1.0))
                .collect()
        }
    }

    #[test]
    fn a_lowered_piece_is_a_canvas_and_what_is_drawn_is_admitted_and_lifted() {
        let mut score = Score::default();
        let track = score.add_track("Melody", 0, 0);
        for k in 0..32 {
            score.add_note(track, k * 240, 360, 50 + (k % 13) as u8, 80);
        }
        let mask = Mask::of(Region::time(1920, 5000, None));
        let settings = SamplerSettings::default();
        let mut rng = generator(1, 0);
        for id in ["melody", "melody_octuple", "roll", "frame_roll"] {
            let tokenizer = find(id).unwrap();
            let schema = Schema::of(tokenizer);
            let lowered = tokenizer.lower(&score, &mask).unwrap();
            let (ids, cells) = (&lowered.tokens.ids, lowered.cells());
            let canvas = Canvas::new(&schema, ids, cells).unwrap();
            let mut noise = Noise(schema.logits());
            let on = |_: super::super::TokenStep<'_>| ControlFlow::Continue(());
            let filled = sample(&mut noise, &canvas, &settings, &mut rng, on).unwrap();
            let mut drawn = vec![filled.ids];
            if id.ends_with("roll") {
                let planes = schema.sizes[0] - 1;
                let canvas = RollCanvas::new(ids, cells, schema.fields(), planes).unwrap();
                let process = RollProcess {
                    ratios: vec![0.05; planes],
                    ..RollProcess::default()
                };
                let loss = RollLoss::default();
                let filled = sample_roll(
                    &mut noise,
                    &canvas,
                    &process,
                    &loss,
                    &settings,
                    &mut rng,
                    |_| ControlFlow::Continue(()),
                );
                drawn.push(filled.unwrap().ids);
            }
            for ids in drawn {
                let filled = Tokens {
                    fields: schema.fields(),
                    ids,
                };
                assert!(lowered.admits(&filled), "{id}");
                let notes = tokenizer.lift(&score, &mask, &lowered, &filled).unwrap();
                assert!(!notes.is_empty(), "{id}");
            }
        }
    }
}
