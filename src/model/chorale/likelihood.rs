//! How likely the model of chorales finds what stands under a mask, cell by cell.

use super::ChoraleModel;
use crate::model::likelihood::Likelihood;
use crate::process::frames::likelihood::told;
use crate::process::generator;
use crate::score::{Mask, Score};
use crate::tokenizer::Tokenizer;
use crate::tokenizer::grid::frames::{self, Canvas, REST};
use crate::tokenizer::lower::masked_end;

/// Of the network alone: the rule against parallels only narrows what is drawn.
pub(super) fn likelihood(
    model: &ChoraleModel,
    score: &Score,
    mask: &Mask,
    stages: usize,
    seed: u64,
) -> Option<Likelihood> {
    let lowered = frames::tokenizer().lower(score, mask).ok()?;
    let canvas = Canvas::of(&lowered, frames::present(score));
    let steps = canvas.frames.len();
    let sounds = frames::sounding(&frames::original(score, steps));
    let class = |unit: &frames::Unit| {
        let frame = sounds.get(unit.steps.start);
        frame.map_or(REST, |f| f[unit.voice])
    };
    let truth: Vec<u8> = canvas.units.iter().map(class).collect();
    let end = score.end().max(masked_end(score, mask));
    let places = frames::places(&score.bars(), score.ppq, steps, end);
    let (mut denoiser, most) = (model.denoiser(), model.window());
    let mut rng = generator(seed, 0);
    let told = told(
        &mut denoiser,
        &canvas,
        &truth,
        &places,
        most,
        stages,
        &mut rng,
    );
    told.map(Likelihood::from)
}
