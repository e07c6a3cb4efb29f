//! What the training pane knows: what could be trained, the runs there are, the one in hand with its figures and
//! samples, and what the engine tells of those that train. Files are read on tasks' threads.

mod figures;
mod form;
mod history;
mod live;
mod model;
mod read;
mod samples;
mod tune;

pub use figures::{Channel, Figures};
pub use form::{Form, KINDS, NO_SET, RecipeRow, SetRow, kind};
pub use history::RunRow;
pub use live::{Asked, Live, left};
pub use model::{exported, use_in_hand, use_run, why_not_use, why_not_use_in_hand};
pub use read::{choose, keep_notes, refresh, tick};
pub use samples::{Samples, choose_probe, listen, open_sample, stop_listening};
pub use tune::{TuneForm, begin, choose_pieces, fits, why_not_tune};

use super::state::State;
use crate::dataset::prepared;
use crate::engine::{JobId, RunState, TrainRequest, TrainingFact, Tune};
use crate::model::Library;
use crate::training::recipe::Presets;
use crate::training::run;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Folders the pane looks in.
#[derive(Clone, Debug)]
pub struct Places {
    /// Prepared data sets.
    pub cache: PathBuf,
    /// Recipes.
    pub configs: PathBuf,
    /// Runs.
    pub runs: PathBuf,
    /// Models; new ones go into the last.
    pub models: Vec<PathBuf>,
}

/// What is shown of the run in hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Curves,
    Samples,
    Notes,
}

/// Notes on the run in hand.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// As typed so far.
    pub text: String,
    /// As in the run folder.
    pub saved: String,
}

/// The training pane, open or not.
pub struct Training {
    pub open: bool,
    pub places: Places,
    pub sets: Vec<SetRow>,
    pub recipes: Vec<RecipeRow>,
    /// The presets as last read, and their names.
    pub presets: Presets,
    pub preset_names: Vec<String>,
    pub runs: Vec<RunRow>,
    /// The lists have been read.
    pub looked: bool,
    pub form: Form,
    /// What a fine-tune is asked.
    pub tune: TuneForm,
    /// Fields and the recipe they were last shown to make.
    preview: Option<(Form, Result<String, String>)>,
    /// Requests to make a model of a run that were not answered yet, and the folder of each.
    exporting: Vec<(JobId, PathBuf)>,
    /// Runs of this sitting, the last asked for last.
    pub live: Vec<Live>,
    /// Folder of the run in hand.
    pub chosen: Option<PathBuf>,
    /// Runs whose curves lie over each other, in the order they were ticked.
    pub ticked: Vec<PathBuf>,
    /// Words that runs in the list hold.
    pub search: String,
    pub notes: Notes,
    pub tab: Tab,
    /// Losses on a logarithmic scale.
    pub log_scale: bool,
    pub samples: Samples,
    /// The sample in hand is what the transport plays.
    pub listening: bool,
    /// Figures of runs that do not train now, as read from their folders.
    figures: BTreeMap<PathBuf, Figures>,
    /// Counts what was asked of the disk, so that a late answer is known for one.
    asked: u64,
}

impl Default for Training {
    fn default() -> Training {
        Training {
            open: false,
            places: Places {
                cache: prepared::root(),
                configs: "configs".into(),
                runs: "runs".into(),
                models: Library::folders(),
            },
            sets: Vec::new(),
            recipes: Vec::new(),
            presets: Presets::built_in(),
            preset_names: Vec::new(),
            runs: Vec::new(),
            looked: false,
            form: Form::default(),
            tune: TuneForm::default(),
            preview: None,
            exporting: Vec::new(),
            live: Vec::new(),
            chosen: None,
            ticked: Vec::new(),
            search: String::new(),
            notes: Notes::default(),
            tab: Tab::default(),
            log_scale: false,
            samples: Samples::default(),
            listening: false,
            figures: BTreeMap::new(),
            asked: 0,
        }
    }
}

impl Training {
    /// The run of this sitting in a folder.
    pub fn live_in(&self, folder: &Path) -> Option<&Live> {
        self.live.iter().rfind(|l| l.folder == folder)
    }

    fn live_in_mut(&mut self, folder: &Path) -> Option<&mut Live> {
        self.live.iter_mut().rfind(|l| l.folder == folder)
    }

    /// The run in hand, if it is of this sitting.
    pub fn live_in_hand(&self) -> Option<&Live> {
        self.live_in(self.chosen.as_deref()?)
    }

    /// The run in hand as the list has it.
    pub fn row_in_hand(&self) -> Option<&RunRow> {
        let chosen = self.chosen.as_deref()?;
        self.runs.iter().find(|r| r.summary.folder == chosen)
    }

    /// The figures of a run, as far as they are known.
    pub fn figures(&self, folder: &Path) -> Option<&Figures> {
        let live = self.live_in(folder).map(|l| &l.figures);
        live.or_else(|| self.figures.get(folder))
    }

    /// Of a fine-tune: what the held-out pieces cost before its first step, in nats.
    pub fn before(&self, folder: &Path) -> Option<f64> {
        let live = self.live_in(folder).and_then(|l| l.remark);
        let row = self.runs.iter().find(|r| r.summary.folder == folder);
        let begun = row.and_then(|r| r.begun.as_ref()).map(|b| b.before);
        live.map(|r| r.before).or(begun).map(f64::from)
    }

    /// The run the engine works on, if any: the one that runs, else one that waits.
    pub fn at_work(&self) -> Option<&Live> {
        let with = |state: RunState| self.live.iter().find(move |l| l.state == state);
        with(RunState::Running).or_else(|| with(RunState::Queued))
    }

    /// The recipe that the form makes as it stands, with where every value comes from, or a sentence why it makes none.
    pub fn preview(&mut self) -> &Result<String, String> {
        let known = self.preview.take().filter(|(form, _)| *form == self.form);
        let new = || {
            let made = self.form.made(&self.presets);
            (self.form.clone(), made.map(|(_, text)| text))
        };
        let shown = known.unwrap_or_else(new);
        &self.preview.insert(shown).1
    }

    /// Names that runs have already.
    pub fn taken(&self) -> Vec<&str> {
        let listed = self.runs.iter().map(|r| r.summary.name.as_str());
        let live = self.live.iter().map(|l| l.name.as_str());
        listed.chain(live).collect()
    }

    /// The runs that the search finds; first those asked for that have no folder yet.
    pub fn found(&self) -> Vec<RunRow> {
        let listed = |l: &&Live| self.runs.iter().any(|r| r.summary.folder == l.folder);
        let asked = self.live.iter().filter(|l| !listed(l)).map(Live::row);
        asked
            .chain(self.runs.iter().cloned())
            .filter(|r| r.summary.matches(&self.search))
            .collect()
    }
}

/// Name of a run: that of its folder.
pub fn name_of(folder: &Path) -> String {
    folder.file_name().map_or_else(
        || folder.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    )
}

/// Why no run can be started with what is chosen, as a sentence.
pub fn why_not_start(state: &State) -> Option<String> {
    if state.jobs.device.is_none() {
        return Some("The device is still being opened; a moment.".into());
    }
    request(state).err()
}

fn request(state: &State) -> Result<TrainRequest, String> {
    let t = &state.training;
    t.form
        .request(&t.sets, &t.recipes, &t.taken(), &t.places.runs)
}

/// Starts a new run.
pub fn start(state: &mut State) {
    let request = match request(state) {
        Ok(request) => request,
        Err(why) => return state.toasts.warning(&why, ""),
    };
    match state.training.form.made(&state.training.presets) {
        Ok((recipe, _)) => {
            state.training.form.name.clear();
            ask(state, TrainRequest { recipe, ..request });
        }
        Err(why) => state.toasts.error(&why, ""),
    }
}

/// Why a run cannot be resumed, as a sentence.
pub fn why_not_resume(state: &State, folder: &Path) -> Option<String> {
    let t = &state.training;
    if let Some(live) = t.live_in(folder).filter(|l| !l.state.ended()) {
        return match live.state {
            RunState::Paused => None,
            _ => Some("It is training now.".into()),
        };
    }
    if state.jobs.device.is_none() {
        return Some("The device is still being opened; a moment.".into());
    }
    let Some(row) = t.runs.iter().find(|r| r.summary.folder == folder) else {
        return Some("The list of runs does not have it; refresh the list.".into());
    };
    match &row.recipe {
        Err(why) => Some(format!("Its config.ron cannot be read: {why}.")),
        Ok(_) if row.summary.state == run::RunState::Running => {
            Some("Another process trains it now; stop it there first.".into())
        }
        Ok(_) if row.finished() => Some("It has done all its steps.".into()),
        Ok(recipe) if !t.sets.iter().any(|s| s.name == recipe.dataset) => Some(format!(
            "The data set {} it was trained on is not prepared here: open the data pane{}.",
            recipe.dataset,
            super::bindings::in_brackets(&state.context, super::command::Command::Data)
        )),
        Ok(_) => None,
    }
}

/// Goes on with a run: one that is paused, or an old one from its last checkpoint.
pub fn resume(state: &mut State, folder: &Path) {
    if let Some(why) = why_not_resume(state, folder) {
        return state.toasts.info(&why);
    }
    let t = &mut state.training;
    if let Some(live) = t.live_in_mut(folder).filter(|l| !l.state.ended()) {
        live.asked = Some(Asked::Resume);
        let job = live.job;
        return state.jobs.resume_training(job);
    }
    let row = t.runs.iter().find(|r| r.summary.folder == folder);
    let Some(recipe) = row.and_then(|r| r.recipe.clone().ok()) else {
        return;
    };
    let set = t.sets.iter().find(|s| s.name == recipe.dataset);
    let dataset = set.map(|s| s.folder.clone());
    let request = TrainRequest {
        dataset: dataset.unwrap_or_else(|| t.places.cache.join(&recipe.dataset)),
        recipe,
        folder: folder.to_path_buf(),
        fresh: false,
        threads: t.form.threads,
        tune: row.and_then(|r| r.begun.as_ref()).map(|_| Tune {
            minutes: t.tune.minutes,
        }),
    };
    ask(state, request);
}

fn ask(state: &mut State, request: TrainRequest) {
    let (folder, recipe) = (request.folder.clone(), request.recipe.clone());
    let job = state.jobs.train(request);
    state.training.live.retain(|l| l.folder != folder);
    let live = Live::new(job, folder.clone(), recipe);
    state.training.live.push(live);
    state.training.tab = Tab::Curves;
    choose(state, &folder);
}

/// Pauses a run after its present step.
pub fn pause(state: &mut State, folder: &Path) {
    if let Some(live) = state.training.live_in_mut(folder) {
        live.asked = Some(Asked::Pause);
        let job = live.job;
        state.jobs.pause_training(job);
    }
}

/// Stops a run after its present step; it is saved and can be resumed.
pub fn stop(state: &mut State, folder: &Path) {
    if let Some(live) = state.training.live_in_mut(folder) {
        live.asked = Some(Asked::Stop);
        let job = live.job;
        state.jobs.stop_training(job);
    }
}

/// Takes in what the engine tells of a training.
pub fn take_in(state: &mut State, job: JobId, fact: TrainingFact) {
    let live = state.training.live.iter_mut().find(|l| l.job == job);
    let Some(live) = live else { return };
    let (name, folder) = (live.name.clone(), live.folder.clone());
    // Its files are there from its first step on.
    let first = live.progress.is_none();
    let copied = live.remark.is_some_and(|r| r.copies());
    live.take_in(fact.clone());
    let step = live.step();
    match fact {
        TrainingFact::State(RunState::Stopped) => {
            let text = format!("{name} is saved after step {step}. Resume goes on from there.");
            state.toasts.info(&text);
        }
        TrainingFact::State(RunState::Finished) => {
            state
                .toasts
                .success(&format!("{name} has finished after step {step}."));
        }
        TrainingFact::State(RunState::Failed(why)) => {
            let details = format!("Training {}, step {step}.", folder.display());
            state.toasts.error(&why, &details);
        }
        TrainingFact::Opened(info) if info.step > 0 => read::earlier(state, &folder, info.step),
        TrainingFact::Progress { .. } if first => refresh(state),
        TrainingFact::Samples { .. } => samples::arrived(state, &folder),
        TrainingFact::Remark(remark) if remark.copies() && !copied => {
            let what = remark.warning().unwrap_or_default();
            let text = format!(
                "{name}: {what}. The best weights so far are kept; stop it, or add more pieces."
            );
            state.toasts.warning(&text, "");
        }
        TrainingFact::Trouble(why) => state.toasts.warning(&why, ""),
        _ => {}
    }
    if state
        .training
        .live_in(&folder)
        .is_some_and(|l| l.state.ended())
    {
        refresh(state);
    }
}
