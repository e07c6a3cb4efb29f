//! Runs become models: by a request for any run, and at the end of a fine-tune.

use super::message::{Event, JobId};
use super::runs::{broke, sentence};
use super::thread::{Shared, Shelf, Worker, panic_text};
use super::training::{Made, TrainRequest};
use crate::training::fine_tune::Tuning;
use crate::training::{Training, Which};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Answers one request: the best averaged weights of a run become a model.
pub(super) fn serve(worker: &mut impl Worker, job: JobId, request: &TrainRequest, shared: &Shared) {
    let made = guard(|| {
        let shelf = worker.shelf(&request.recipe, request.threads)?;
        let run = worker.train(request)?;
        best(&*run, &shelf)
    });
    tell(worker, job, made, shared);
}

/// The model of a fine-tune that has ended.
pub(super) fn finish(
    worker: &impl Worker,
    run: &dyn Training,
    tuning: &Tuning,
    threads: usize,
) -> Result<Made, String> {
    guard(|| {
        let shelf = worker.shelf(run.recipe(), threads)?;
        let made = tuning.finish(run, &shelf.folder, &shelf.on);
        let made = made.map_err(sentence)?;
        let copies = made.remark.is_some_and(|r| r.copies());
        Ok(Made {
            words: made.words(),
            doubtful: copies || !made.better(),
            id: made.card.id,
            name: made.card.name,
            steps: made.card.training.steps,
        })
    })
}

fn best(run: &dyn Training, shelf: &Shelf) -> Result<Made, String> {
    let card = run.export(&shelf.folder, Which::Best, &shelf.on);
    let card = card.map_err(sentence)?;
    Ok(Made {
        id: card.id,
        name: card.name,
        steps: card.training.steps,
        words: String::new(),
        doubtful: false,
    })
}

fn guard(work: impl FnOnce() -> Result<Made, String>) -> Result<Made, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|p| Err(broke(&panic_text(&*p))))
}

/// Tells of the models first, so that whoever hears of the new one can choose it.
pub(super) fn tell(
    worker: &mut impl Worker,
    job: JobId,
    made: Result<Made, String>,
    shared: &Shared,
) {
    if let Ok(made) = &made {
        shared.send(Event::Models(worker.models(&made.id)));
    }
    shared.send(Event::Exported { job, made });
}
