//! Runs that become models: asked for by a button, or at the end of a fine-tune.

use super::{name_of, refresh};
use crate::engine::{JobId, Made, TrainRequest};
use crate::studio::bindings::in_brackets;
use crate::studio::command::Command;
use crate::studio::state::State;
use crate::training::Recipe;
use std::path::Path;

/// Why no model can be made of a run, as a sentence.
pub fn why_not_use(state: &State, folder: &Path) -> Option<String> {
    let t = &state.training;
    if t.exporting.iter().any(|(_, f)| f == folder) {
        return Some("It is being made; a moment.".into());
    }
    if state.jobs.device.is_none() {
        return Some("The device is still being opened; a moment.".into());
    }
    let live = t.live_in(folder);
    let judged = live.is_some_and(|l| !l.figures.curves.average.is_empty());
    let row = t.runs.iter().find(|r| r.summary.folder == folder);
    let recipe = match (live, row.map(|r| &r.recipe)) {
        (Some(live), _) => &live.recipe,
        (None, Some(Ok(recipe))) => recipe,
        (None, Some(Err(why))) => return Some(format!("Its config.ron cannot be read: {why}.")),
        (None, None) => {
            return Some("The list of runs does not have it; refresh the list.".into());
        }
    };
    if !judged && !row.is_some_and(|r| r.has_best) {
        return Some(format!(
            "It has no checkpoint to use yet: the best weights are kept at a validation, the first after step {}.",
            recipe.trainer.validate_every
        ));
    }
    (!t.sets.iter().any(|s| s.name == recipe.dataset)).then(|| {
        format!(
            "The data set {} it was trained on is not prepared here, and its weights are judged by it: open the data pane{}.",
            recipe.dataset,
            in_brackets(&state.context, Command::Data)
        )
    })
}

/// The recipe under the name that the model of a run goes by: that of the run, which is its own; a fine-tune has one
/// already.
fn named(recipe: &Recipe, run: &str, tuned: bool) -> Recipe {
    let mut recipe = recipe.clone();
    if !tuned {
        recipe.id = run.to_owned();
        recipe.name = match recipe.name.as_str() {
            "" => run.to_owned(),
            name => format!("{name} ({run})"),
        };
    }
    recipe
}

/// Asks that a run become a model and be chosen.
pub fn use_run(state: &mut State, folder: &Path) {
    if let Some(why) = why_not_use(state, folder) {
        return state.toasts.info(&why);
    }
    let t = &state.training;
    let row = t.runs.iter().find(|r| r.summary.folder == folder);
    let live = t.live_in(folder);
    let recipe = live.map(|l| &l.recipe);
    let Some(recipe) = recipe.or_else(|| row?.recipe.as_ref().ok()) else {
        return;
    };
    let tuned = row.is_some_and(|r| r.begun.is_some()) || live.is_some_and(|l| l.remark.is_some());
    let set = t.sets.iter().find(|s| s.name == recipe.dataset);
    let dataset = set.map(|s| s.folder.clone());
    let request = TrainRequest {
        recipe: named(recipe, &name_of(folder), tuned),
        dataset: dataset.unwrap_or_else(|| t.places.cache.join(&recipe.dataset)),
        folder: folder.to_path_buf(),
        fresh: false,
        threads: t.form.threads,
        tune: None,
    };
    let job = state.jobs.export(request);
    state.training.exporting.push((job, folder.to_path_buf()));
}

/// Why no model can be made of the run in hand.
pub fn why_not_use_in_hand(state: &State) -> Option<String> {
    match &state.training.chosen {
        Some(folder) if state.training.open => why_not_use(state, folder),
        _ => {
            let key = in_brackets(&state.context, Command::Training);
            Some(format!("Open the trainings{key} and choose a run first."))
        }
    }
}

/// Asks that the run in hand become a model and be chosen.
pub fn use_in_hand(state: &mut State) {
    if let Some(folder) = state.training.chosen.clone() {
        use_run(state, &folder);
    }
}

/// Takes in that a run became a model, or why not. One that was asked for is chosen; that of a fine-tune, which may end
/// while one composes with another, is only offered.
pub fn exported(state: &mut State, job: JobId, made: Result<Made, String>) {
    let exporting = &mut state.training.exporting;
    let place = exporting.iter().position(|(j, _)| *j == job);
    let asked = place.map(|place| exporting.remove(place)).is_some();
    match made {
        Ok(made) if asked => {
            state.settings.generate.model = Some(made.id);
            state.toasts.success(&format!(
                "{} is the model that generates now, by its weights after step {}.",
                made.name, made.steps
            ));
        }
        Ok(made) => {
            let text = format!("{} is in the list of models now", made.name);
            if made.doubtful {
                let text = format!("{text}, but: {}. More pieces would help.", made.words);
                state.toasts.warning(&text, "");
            } else {
                state.toasts.success(&format!("{text}: {}.", made.words));
            }
        }
        Err(why) => state.toasts.error(&why, "No model was made of the run."),
    }
    refresh(state);
}
