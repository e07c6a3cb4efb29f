//! A model made one's own from the pane: a folder is chosen, its pieces are read on a task's thread, and the run is asked
//! of the engine, as `lacuna fine-tune` does it.

use super::{ask, refresh};
use crate::dataset::parallel;
use crate::dataset::prepare::PrepareError;
use crate::dataset::prepared::Index;
use crate::engine::{ModelInfo, TrainRequest, Tune};
use crate::model::Library;
use crate::model::card::TOKENIZER;
use crate::studio::files;
use crate::studio::state::State;
use crate::studio::tasks::{After, Progress};
use crate::training::fine_tune::{self, FineTune, PiecesError, Wish};
use std::path::{Path, PathBuf};

/// What the task is called while the pieces are read.
const READING: &str = "Reading the pieces";

/// What a fine-tune is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct TuneForm {
    /// Id of the model to start from; `None` is the one that generates.
    pub model: Option<String>,
    /// Most steps.
    pub steps: u64,
    /// Most minutes.
    pub minutes: f64,
    /// How many of the last blocks learn.
    pub last_blocks: usize,
}

impl Default for TuneForm {
    fn default() -> TuneForm {
        TuneForm {
            model: None,
            steps: FineTune::STEPS,
            minutes: FineTune::MINUTES,
            last_blocks: FineTune::LAST_BLOCKS,
        }
    }
}

impl TuneForm {
    /// The model it starts from.
    pub fn model<'a>(&self, state: &'a State) -> Option<&'a ModelInfo> {
        let known = |id: &String| state.jobs.models.iter().find(|m| m.id == *id);
        let own = self.model.as_ref().and_then(known);
        own.or_else(|| state.settings.generate.model.as_ref().and_then(known))
    }
}

/// Whether a model can be made one's own.
pub fn fits(model: &ModelInfo) -> bool {
    model.tokenizer == TOKENIZER
}

/// Why no fine-tune can be started now, as a sentence.
pub fn why_not_tune(state: &State) -> Option<String> {
    if state.jobs.device.is_none() {
        return Some("The model is still being opened; a moment.".into());
    }
    if state.tasks.shown().any(|t| t.name == READING) {
        return Some("Pieces are being read; a moment.".into());
    }
    match state.training.tune.model(state) {
        None => Some("There is no model to start from.".into()),
        Some(m) if !fits(m) => Some(format!(
            "{} reads {}; only models of {TOKENIZER} can be made one's own. Choose another model under Fine-tune.",
            m.name, m.tokenizer
        )),
        Some(_) => None,
    }
}

/// Shows the pane and asks for a folder of pieces.
pub fn choose_pieces(state: &mut State) {
    if !state.training.open {
        crate::studio::research::toggle(state, crate::studio::DockPane::Training);
    }
    files::choose_pieces(state);
}

/// Goes on with the folder that was picked.
pub fn begin(state: &mut State, root: PathBuf) {
    if let Some(why) = why_not_tune(state) {
        return state.toasts.info(&why);
    }
    let t = &state.training;
    let Some(model) = t.tune.model(state).map(|m| m.id.clone()) else {
        return;
    };
    let (tune, places) = (t.tune.clone(), t.places.clone());
    let taken: Vec<String> = t.taken().into_iter().map(str::to_owned).collect();
    let (models, runs, cache) = (places.models, places.runs, places.cache);
    state.tasks.spawn_long(READING, move |progress| {
        let library = Library::find(&models);
        let free = |id: &str| {
            let model = library.cards().any(|c| c.id == id);
            !model && !runs.join(id).exists() && !taken.iter().any(|t| t == id)
        };
        let made = made_ready(&root, &cache, free, progress);
        let made = made.and_then(|(pieces, id, index)| {
            let wish = Wish {
                model,
                pieces,
                id,
                steps: tune.steps,
                last_blocks: tune.last_blocks,
            };
            let dataset = cache.join(&wish.id);
            let recipe = wish.recipe(&library, &dataset).map_err(Some)?;
            let folder = runs.join(&wish.id);
            Ok((recipe, dataset, folder, index))
        });
        let after: After = Box::new(move |state: &mut State| match made {
            Ok((recipe, dataset, folder, index)) => {
                if let Some(beats) = index.told_of_beats() {
                    state.toasts.info(&format!("{beats}."));
                }
                let left_out = &index.left_out;
                if let Some((id, why)) = left_out.first() {
                    let text = format!(
                        "{} of the files could not be used, the first {id}: {why}.",
                        left_out.len()
                    );
                    let all: Vec<String> = left_out
                        .iter()
                        .map(|(id, why)| format!("{id}: {why}"))
                        .collect();
                    state.toasts.warning(&text, &all.join("\n"));
                }
                let request = TrainRequest {
                    recipe,
                    dataset,
                    folder,
                    fresh: true,
                    threads: state.training.form.threads,
                    tune: Some(Tune {
                        minutes: tune.minutes,
                    }),
                };
                ask(state, request);
                // The pieces are a prepared data set now.
                refresh(state);
            }
            Err(Some(why)) => {
                let text = format!("This folder cannot be learnt from: {why}.");
                state.toasts.error(&text, &root.display().to_string());
            }
            Err(None) => state.toasts.info("Stopped; nothing was trained."),
        });
        after
    });
}

/// Name of the pieces, id of the new model, and what became of the files; `Err(None)` when stopped.
type Ready = Result<(String, String, Index), Option<String>>;

fn made_ready(
    root: &Path,
    cache: &Path,
    free: impl Fn(&str) -> bool,
    progress: &Progress,
) -> Ready {
    let told = |e: PiecesError| match e {
        PiecesError::Prepare(PrepareError::Stopped) => None,
        other => Some(other.to_string()),
    };
    let pieces = fine_tune::name_of(root).map_err(told)?;
    let base = fine_tune::id_of(&pieces);
    let numbered = (2..1000).map(|n| format!("{base}-{n}"));
    let id = std::iter::once(base.clone())
        .chain(numbered)
        .find(|i| free(i));
    let id = id.ok_or_else(|| Some(format!("there are too many runs called {base}")))?;
    let index = fine_tune::prepare(root, &cache.join(&id), parallel::workers(), &mut |p| {
        progress.report(p.done as f32 / p.of.max(1) as f32)
    });
    Ok((pieces, id, index.map_err(told)?))
}
