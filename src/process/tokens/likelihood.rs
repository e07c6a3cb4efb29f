//! How likely a model finds the ids that stood in a hole: the bound of absorbing diffusion, id by id.
//!
//! The hole is revealed id by id in any order, as [`super::sample`] does it at its finest; see [`stages`]. What may not
//! stand in a cell has no share of the probability, as there: ids outside the range that the tokenizer's `lower` gives
//! the cell. These are the ids of the codebook that the field has no word for, and the words that would leave the hole
//! (a position beyond its bar, a pitch beyond the mask). How much they would have had is told beside it.

use super::super::stages::stages as in_stages;
use super::super::told::{Told, cost, counted};
use super::{Canvas, TokenDenoiser};
use crate::tokenizer::lower::Cell;
use rand::Rng;

/// Estimates the bound of the free ids of `canvas`, which hold the truth, from `stages` stages. Free cells whose id is
/// not legal are shown as they are and not asked. `None` if the denoiser failed, which then gives another number of
/// logits.
pub fn told(
    denoiser: &mut (impl TokenDenoiser + ?Sized),
    canvas: &Canvas<'_>,
    stages: usize,
    rng: &mut impl Rng,
) -> Option<Told> {
    let (schema, fields, rows) = (canvas.schema, canvas.fields(), canvas.rows());
    let (offsets, width) = (schema.offsets(), schema.logits());
    let id = |cell: usize| usize::try_from(canvas.ids[cell]).unwrap_or(usize::MAX);
    let all: Vec<usize> = (0..canvas.ids.len())
        .filter(|&cell| canvas.range(cell).contains(&id(cell)))
        .collect();
    let mut told = Told {
        values: all.len(),
        ..Told::default()
    };
    let around = |field: usize| {
        let cells = (field..canvas.ids.len()).step_by(fields);
        let known = cells.filter(|&cell| canvas.cells[cell] == Cell::Known);
        counted(schema.sizes[field], known.map(id))
    };
    let by_counting: Vec<Vec<f32>> = (0..fields).map(around).collect();
    for &cell in &all {
        let legal = canvas.range(cell);
        let of_field = &by_counting[cell % fields];
        told.by_counting += cost(of_field, id(cell), |v| legal.contains(&v)).nats;
    }
    in_stages(all.len(), stages, rng, |open, weight| {
        let mut ids = canvas.ids.to_vec();
        for cell in open.iter().map(|&at| all[at]) {
            ids[cell] = schema.mask(cell % fields);
        }
        let time = open.len() as f32 / all.len() as f32;
        let logits = denoiser.logits(&ids, rows, time);
        if logits.len() != rows * width {
            return None;
        }
        for cell in open.iter().map(|&at| all[at]) {
            let field = cell % fields;
            let from = cell / fields * width + offsets[field];
            let legal = canvas.range(cell);
            let logits = &logits[from..from + schema.sizes[field]];
            let cost = cost(logits, id(cell), |v| legal.contains(&v));
            told.nats += cost.nats * weight;
            told.outside += cost.outside * weight;
            told.narrowed |= cost.narrowed;
        }
        Some(())
    })?;
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::super::super::context::Notation;
    use super::super::super::generator;
    use super::super::Schema;
    use super::*;
    use proptest::prelude::*;

    fn schema(sizes: &[usize]) -> Schema {
        Schema {
            sizes: sizes.to_vec(),
            attributes: Vec::new(),
            bar: None,
            position: None,
            rows_a_bar: 16,
            notation: Notation::Grid,
        }
    }

    /// Logits of a cell by what is open: any function of both.
    struct By<F>(Schema, F);

    impl<F: Fn(usize, &[i32]) -> Vec<f32>> TokenDenoiser for By<F> {
        fn logits(&mut self, ids: &[i32], rows: usize, _: f32) -> Vec<f32> {
            let cells = 0..rows * self.0.fields();
            cells.flat_map(|cell| self.1(cell, ids)).collect()
        }
    }

    fn asked(
        schema: &Schema,
        ids: &[i32],
        cells: &[Cell],
        by: impl Fn(usize, &[i32]) -> Vec<f32>,
        stages: usize,
    ) -> Told {
        let canvas = Canvas::new(schema, ids, cells).unwrap();
        let mut denoiser = By(schema.clone(), by);
        told(&mut denoiser, &canvas, stages, &mut generator(1, 0)).unwrap()
    }

    #[test]
    fn who_knows_nothing_pays_the_logarithm_of_what_is_legal() {
        let schema = schema(&[5, 3]);
        let cells = [Cell::Free(0..5), Cell::Known, Cell::Free(0..5), Cell::Known];
        let t = asked(
            &schema,
            &[1, 2, 4, 0],
            &cells,
            |cell, _| vec![0.0; [5, 3][cell % 2]],
            3,
        );
        assert!((t.per_value().unwrap() - 5f64.ln()).abs() < 1e-9, "{t:?}");
        assert_eq!((t.values, t.illegal()), (2, None));
        // No id of the first field is known, so counting knows nothing either.
        assert!((t.by_counting_per_value().unwrap() - 5f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn a_quarter_outside_the_codebook_is_told_and_not_paid_for() {
        // Ids 0..3 are words; the codebook has one more, which has a quarter. The last cell holds no word.
        let schema = schema(&[4]);
        let cells = [
            Cell::Free(0..3),
            Cell::Known,
            Cell::Free(0..3),
            Cell::Free(0..3),
        ];
        let t = asked(&schema, &[1, 2, 0, 3], &cells, |_, _| vec![0.0; 4], 5);
        assert!((t.illegal().unwrap() - 0.25).abs() < 1e-9, "{t:?}");
        assert!((t.per_value().unwrap() - 3f64.ln()).abs() < 1e-9);
        assert_eq!(t.values, 2);
        // One 2 around: 1.5 of 2.5 halves; truths 1 and 0 have a half each.
        assert!(
            (t.by_counting_per_value().unwrap() - 5f64.ln()).abs() < 1e-6,
            "{t:?}"
        );
    }

    #[test]
    fn a_denoiser_that_fails_has_no_figure() {
        let schema = schema(&[4]);
        let cells = [Cell::Free(0..4)];
        let canvas = Canvas::new(&schema, &[1], &cells).unwrap();
        let mut nothing = By(schema.clone(), |_, _: &[i32]| Vec::new());
        assert_eq!(told(&mut nothing, &canvas, 2, &mut generator(1, 0)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Each cell by itself: no order says anything else, so the bound is the likelihood.
        #[test]
        fn of_independent_cells_the_bound_is_the_likelihood(
            table in prop::collection::vec(prop::collection::vec(-2.0f32..2.0, 3), 4),
            truth in prop::collection::vec(0i32..3, 4),
        ) {
            let schema = schema(&[3]);
            let cells = vec![Cell::Free(0..3); 4];
            let t = asked(&schema, &truth, &cells, |cell, _| table[cell].clone(), 3000);
            let exact: f64 = (0..4).map(|c| cost(&table[c], truth[c] as usize, |_| true).nats).sum();
            prop_assert!((t.nats / exact - 1.0).abs() < 0.05, "{} {exact}", t.nats);
        }

        /// Where a cell hears the other, orders differ: the bound is their mean and not below the likelihood of the
        /// model that draws in any order.
        #[test]
        fn the_bound_is_not_below_the_likelihood(
            alone in prop::collection::vec(prop::collection::vec(-3.0f32..3.0, 3), 2),
            hearing in prop::collection::vec(prop::collection::vec(-3.0f32..3.0, 3), 2),
            truth in prop::collection::vec(0i32..3, 2),
        ) {
            let schema = schema(&[3]);
            let cells = vec![Cell::Free(0..3); 2];
            let by = |cell: usize, ids: &[i32]| match ids[1 - cell] {
                3 => alone[cell].clone(),
                _ => hearing[cell].clone(),
            };
            let t = asked(&schema, &truth, &cells, by, 4000);
            let nats = |table: &[Vec<f32>], c: usize| cost(&table[c], truth[c] as usize, |_| true).nats;
            let orders = [0, 1].map(|c| nats(&alone, c) + nats(&hearing, 1 - c));
            let mean = (orders[0] + orders[1]) / 2.0;
            let exact = -((-orders[0]).exp() / 2.0 + (-orders[1]).exp() / 2.0).ln();
            prop_assert!((t.nats - mean).abs() < 0.05 * mean.max(1.0), "{} {mean}", t.nats);
            prop_assert!(t.nats > exact - 0.05 * exact.max(1.0), "{} {exact}", t.nats);
        }
    }
}
