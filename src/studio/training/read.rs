//! The tasks of the training pane: lists, curves and notes.

use super::{Notes, Presets, RecipeRow, RunRow, SetRow, form, history, samples};
use crate::studio::state::State;
use crate::studio::tasks::After;
use crate::training::run;
use std::path::{Path, PathBuf};

/// Reads what there is: data sets, recipes, runs.
pub fn refresh(state: &mut State) {
    let places = state.training.places.clone();
    state.training.asked += 1;
    let asked = state.training.asked;
    state.tasks.spawn("", move || {
        let sets = form::sets(&places.cache);
        let presets = Presets::read(&places.configs);
        let recipes = form::recipes(&presets);
        let runs = history::list(&places.runs);
        let after: After = Box::new(move |state: &mut State| {
            if state.training.asked == asked {
                state.training.presets = presets;
                found(state, sets, recipes, runs);
            }
        });
        after
    });
}

fn found(state: &mut State, sets: Vec<SetRow>, recipes: Vec<RecipeRow>, runs: Vec<RunRow>) {
    let t = &mut state.training;
    t.preset_names = t.presets.names();
    t.form.settle(&sets, &recipes, &t.preset_names);
    t.preview = None;
    (t.sets, t.recipes, t.runs, t.looked) = (sets, recipes, runs, true);
    t.ticked
        .retain(|f| t.runs.iter().any(|r| r.summary.folder == *f));
    // What was written meanwhile is read again when it is looked at.
    let wanted: Vec<PathBuf> = t.ticked.iter().chain(&t.chosen).cloned().collect();
    t.figures.retain(|folder, _| wanted.contains(folder));
    for folder in wanted {
        read_figures(state, &folder);
    }
    if state.training.chosen.is_none()
        && let Some(first) = state
            .training
            .runs
            .first()
            .map(|r| r.summary.folder.clone())
    {
        choose(state, &first);
    }
}

/// Takes a run in hand.
pub fn choose(state: &mut State, folder: &Path) {
    if state.training.chosen.as_deref() == Some(folder) {
        return;
    }
    keep_notes(state);
    super::stop_listening(state);
    state.training.chosen = Some(folder.to_path_buf());
    let notes = state
        .training
        .row_in_hand()
        .map(|r| r.summary.notes.clone());
    let text = notes.unwrap_or_default();
    state.training.notes = Notes {
        saved: text.clone(),
        text,
    };
    read_figures(state, folder);
    samples::look(state);
}

/// Lays a run's curves over the others, or takes them away.
pub fn tick(state: &mut State, folder: &Path) {
    let ticked = &mut state.training.ticked;
    if let Some(place) = ticked.iter().position(|f| f == folder) {
        ticked.remove(place);
    } else {
        ticked.push(folder.to_path_buf());
        read_figures(state, folder);
    }
}

/// Reads the table of a run that this sitting does not train.
fn read_figures(state: &mut State, folder: &Path) {
    if state.training.live_in(folder).is_some() {
        return;
    }
    let folder = folder.to_path_buf();
    state.tasks.spawn("", move || {
        let figures = history::figures(&folder);
        let after: After = Box::new(move |state: &mut State| {
            state.training.figures.insert(folder, figures);
        });
        after
    });
}

/// Reads what a run taken up again had told up to this step.
pub(super) fn earlier(state: &mut State, folder: &Path, step: u64) {
    let folder = folder.to_path_buf();
    state.tasks.spawn("", move || {
        let figures = history::figures(&folder);
        let after: After = Box::new(move |state: &mut State| {
            if let Some(live) = state.training.live_in_mut(&folder) {
                live.figures.curves.put_before(figures.curves, step);
                if live.figures.channels.is_empty() {
                    live.figures.channels = figures.channels;
                }
                if live.figures.validation.by_bar.is_empty() {
                    live.figures.validation = figures.validation;
                }
            }
        });
        after
    });
}

/// Keeps the notes on the run in hand, if they changed.
pub fn keep_notes(state: &mut State) {
    let t = &mut state.training;
    let Some(folder) = t.chosen.clone().filter(|_| t.notes.text != t.notes.saved) else {
        return;
    };
    let text = t.notes.text.clone();
    t.notes.saved.clone_from(&text);
    if let Some(row) = t.runs.iter_mut().find(|r| r.summary.folder == folder) {
        row.summary.notes.clone_from(&text);
    }
    state.tasks.spawn("", move || {
        let written = run::write_notes(&folder, &text);
        let after: After = Box::new(move |state: &mut State| {
            if let Err(why) = written {
                let text = "The notes could not be kept in the run folder.";
                state.toasts.error(text, &why.to_string());
            }
        });
        after
    });
}
