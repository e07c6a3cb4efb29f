//! How likely a model over token rows finds what stands under a mask, id by id.

use super::denoiser::Denoiser;
use super::{TokenModel, job};
use crate::model::likelihood::Likelihood;
use crate::process::tokens::likelihood::told;
use crate::process::tokens::{Canvas, Schema};
use crate::process::{Notation, Told, generator};
use crate::score::{Mask, Score};
use crate::tokenizer::Tokenizer;
use crate::tokenizer::lower::Cell;
use std::cell::RefCell;

/// The ids of a lowered piece with what stood in its holes: rows of notes have kept it, steps are encoded anew.
fn truth(
    tokenizer: &dyn Tokenizer,
    schema: &Schema,
    score: &Score,
    ids: &[i32],
    cells: &[Cell],
) -> Option<Vec<i32>> {
    let mut ids = ids.to_vec();
    if schema.notation == Notation::Rows {
        return Some(ids);
    }
    let whole = tokenizer.encode(score).ok()?;
    for (i, (id, cell)) in ids.iter_mut().zip(cells).enumerate() {
        // After the last note nothing happens.
        let there = whole.ids.get(i).copied().unwrap_or(0);
        if matches!(cell, Cell::Free(legal) if legal.contains(&there)) {
            *id = there;
        }
    }
    Some(ids)
}

/// Window after window: what earlier ones write is known to later ones, so that their bounds add up.
pub(super) fn likelihood(
    model: &TokenModel,
    score: &Score,
    mask: &Mask,
    stages: usize,
    seed: u64,
) -> Option<Likelihood> {
    if mask.is_empty() || score.note_count() == 0 {
        return None;
    }
    let (tokenizer, schema) = (model.tokenizer, &model.schema);
    let job = job::masked(
        tokenizer,
        schema,
        score.clone(),
        mask.clone(),
        model.sight(),
    )
    .ok()?;
    let ids = truth(tokenizer, schema, score, &job.ids, &job.cells)?;
    let (pull, failed) = (vec![0.0; schema.logits()], RefCell::new(None));
    let mut denoiser = Denoiser {
        network: &model.network,
        schema,
        clock: model.about.clock,
        pull: &pull,
        failed: &failed,
    };
    let mut rng = generator(seed, 0);
    let mut sum = Told::default();
    for window in &job.windows {
        let (part, cells) = model.part(&job, window, &ids);
        let canvas = Canvas::new(schema, &part, &cells).ok()?;
        sum.add(&told(&mut denoiser, &canvas, stages, &mut rng)?);
        if failed.borrow().is_some() {
            return None;
        }
    }
    Some(sum.into())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all, bars, piece};
    use super::*;
    use crate::model::Model;
    use crate::tokenizer::registry::find;

    #[test]
    fn the_truth_of_a_hole_is_what_the_whole_piece_says_there() {
        let (score, mask) = (piece(4), bars(1, 3));
        for id in [
            "melody",
            "trio",
            "chorale",
            "melody_octuple",
            "trio_octuple",
        ] {
            let tokenizer = find(id).unwrap();
            let lowered = tokenizer.lower(&score, &mask).unwrap();
            let schema = Schema::of(tokenizer);
            let (ids, cells) = (&lowered.tokens.ids, lowered.cells());
            let truth = truth(tokenizer, &schema, &score, ids, cells).unwrap();
            // Nothing is held over an edge of this hole, so the whole piece comes back.
            let whole = tokenizer.encode(&score).unwrap().ids;
            assert_eq!(truth[..whole.len()], whole[..], "{id}");
        }
    }

    #[test]
    fn every_model_says_how_likely_a_hole_is_the_same_with_one_seed() {
        let (score, mask) = (piece(12), bars(3, 7));
        for model in all() {
            let name = model.card().tokenizer.clone();
            let l = model.likelihood(&score, &mask, 3, 1);
            let nats = l.nats_per_token.unwrap_or_else(|| panic!("{name}"));
            assert!(
                nats > 0.0 && nats.is_finite() && l.nats_per_note.is_none(),
                "{name}: {l:?}"
            );
            assert_eq!(l, model.likelihood(&score, &mask, 3, 1));
            assert!(
                l.illegal_mass.is_none_or(|m| (0.0..=1.0).contains(&m)),
                "{name}: {l:?}"
            );
            // Rows have words for positions beyond a bar of 4/4; whatever a grid has words for may stand anywhere.
            let rows = name.contains("octuple");
            assert_eq!(l.illegal_mass.is_some(), rows, "{name}: {l:?}");
            let nothing = model.likelihood(&score, &Mask::default(), 3, 1);
            assert_eq!(nothing, Likelihood::default());
        }
    }
}
