//! How likely the model of piano rolls finds what stands under a mask, cell by cell.

use super::job::Job;
use super::{Asks, KEYS, RollModel, Seen};
use crate::model::fill::Filling;
use crate::model::likelihood::Likelihood;
use crate::model::windows::{SPAN, masked_bars, windows};
use crate::process::binomial::RollCanvas;
use crate::process::binomial::likelihood::told;
use crate::process::{Told, generator};
use crate::score::{Constraints, Mask, SamplerSettings, Score};

/// Window after window: what earlier ones write is known to later ones, so that their bounds add up. The published form
/// guesses the roll itself and says no probabilities.
pub(super) fn likelihood(
    model: &RollModel,
    score: &Score,
    mask: &Mask,
    stages: usize,
    seed: u64,
) -> Option<Likelihood> {
    if model.about.network.reference {
        return None;
    }
    let constraints = Constraints::default();
    let filling = Filling {
        score,
        mask,
        settings: &SamplerSettings::default(),
        constraints: &constraints,
        device: "",
    };
    let bars = score.bars();
    let masked = masked_bars(score, &bars, mask).ok()?;
    let job = Job::of(&filling, model.tokenizer, model.planes()).ok()?;
    let mut rng = generator(seed, 0);
    let mut sum = Told::default();
    for window in windows(&masked, score.bar_count(), model.card.window_bars, SPAN) {
        let seen = job.rows(score, &bars, &window.seen);
        let written = job.rows(score, &bars, &window.written);
        let (part, hole) = job.window(&job.ids, &seen, &written);
        let canvas = RollCanvas::new(&part, &hole, KEYS, model.planes()).ok()?;
        let mut view = Seen {
            model,
            asks: Asks::of(&constraints, true, &part, &hole, &job, seen.start),
            failed: false,
        };
        let (process, loss) = (&model.about.process, &model.about.loss);
        sum.add(&told(&mut view, &canvas, process, loss, stages, &mut rng)?);
        if view.failed {
            return None;
        }
    }
    Some(sum.into())
}
