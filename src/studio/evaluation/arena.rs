//! The arena in the window: lists of values, a run on a task's thread whose cells are shown as they come, one of them in
//! hand to be heard.

use super::super::browser::Purpose;
use super::super::files;
use super::super::state::State;
use super::super::stats::count;
use super::super::tasks::After;
use super::run::{Busy, Window};
use crate::engine::RemoteModel;
use crate::evaluation::arena::{self, Arena, Order, Plan, Setup, Spot};
use crate::evaluation::study::{self, StudyError, Task};
use crate::evaluation::{Metric, registry, report};
use crate::format::file::write_atomic;
use crate::model::Model;
use crate::score::{Constraints, Document, Mask, Region, SamplerSettings, Score};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What the status bar calls it.
const TASK: &str = "Arena";
/// Bars on either side of a mask that metrics look at.
const AROUND: u32 = 6;
/// Resamples behind an interval.
const ROUNDS: usize = 400;

/// Where the holes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// What is masked of the piece on the desk.
    Mask,
    /// A hole in every song of the form.
    #[default]
    Songs,
}

/// The columns a table can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// In the order they were run.
    #[default]
    Name,
    Millis,
    Distance,
    Metric,
}

/// The tab, run or not.
pub struct Pane {
    pub orders: Vec<Order>,
    pub ground: Ground,
    /// What is under way, if anything.
    pub busy: Option<Busy>,
    latest: Arc<Mutex<Option<Arc<Arena>>>>,
    arena: Option<Arc<Arena>>,
    /// Why the last one did not come about, as a sentence.
    pub trouble: Option<String>,
    /// Key of the metric that is set against time; none for the first that tells.
    pub metric: Option<&'static str>,
    pub sort: Column,
    /// The largest come first.
    pub falling: bool,
    /// The cell in hand, and which of its takes.
    pub cell: Option<usize>,
    pub take: usize,
    /// The piece as it was composed is heard, not the take.
    pub original: bool,
    asked: u64,
}

impl Default for Pane {
    fn default() -> Self {
        Pane {
            orders: vec![Order::Sure],
            ground: Ground::default(),
            busy: None,
            latest: Arc::default(),
            arena: None,
            trouble: None,
            metric: None,
            sort: Column::default(),
            falling: false,
            cell: None,
            take: 0,
            original: false,
            asked: 0,
        }
    }
}

impl Pane {
    /// The arena as it stands: the last one, or as far as the one under way is.
    pub fn shown(&self) -> Option<Arc<Arena>> {
        let latest = || {
            let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            latest.clone()
        };
        self.busy
            .as_ref()
            .and_then(|_| latest())
            .or(self.arena.clone())
    }

    /// The metric that is set against time.
    pub fn metric_of(&self, arena: &Arena) -> Option<&'static Metric> {
        let mut choices = arena.choices();
        let named = self.metric.and_then(|key| {
            let mut all = arena.choices();
            all.find(|m| m.key == key)
        });
        named.or_else(|| choices.next())
    }

    /// What is heard of the cell in hand.
    pub fn heard(&self) -> Option<Arc<Score>> {
        let arena = self.shown()?;
        let take = arena.cells.get(self.cell?)?.takes.get(self.take)?;
        if self.original {
            let originals = arena.beside.first()?;
            let found = originals.pieces.iter().find(|p| p.0 == take.hole)?;
            return Some(found.1.clone());
        }
        Some(take.window.clone())
    }

    /// Places of the cells in the order of the table.
    pub fn sorted(&self, arena: &Arena) -> Vec<usize> {
        let metric = self.metric_of(arena);
        let value = |i: &usize| {
            let cell = arena.cells.get(*i)?;
            match self.sort {
                Column::Name => Some(*i as f64),
                Column::Millis => Some(cell.millis.mean),
                Column::Distance => arena.distance(cell),
                Column::Metric => Some(cell.line.figures.get(metric?.key)?.interval.mean),
            }
        };
        let mut places: Vec<usize> = (0..arena.cells.len()).collect();
        // Those without a figure come last either way.
        places.sort_by(|a, b| match (value(a), value(b)) {
            (Some(a), Some(b)) if self.falling => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        places
    }
}

/// Who takes part.
///
/// # Errors
/// A sentence that says what is missing or no number.
pub fn plan(state: &State) -> Result<Plan, String> {
    let e = &state.evaluation;
    let (steps, temperatures) = e.form.lists()?;
    let plan = Plan {
        models: e.form.models.clone(),
        orders: e.arena.orders.clone(),
        steps,
        temperatures,
        takes: e.form.takes,
        settings: SamplerSettings {
            seed: e.form.seed,
            ..SamplerSettings::default()
        },
        constraints: Constraints::default(),
    };
    plan.check().map_err(|e| e.to_string())?;
    Ok(plan)
}

/// Why none can be held with what is chosen, as a sentence.
pub fn why_not_start(state: &State) -> Option<String> {
    if state.evaluation.busy.is_some() || state.evaluation.arena.busy.is_some() {
        return Some("Something is being measured; stop it, or wait.".into());
    }
    if state.jobs.device.is_none() {
        return Some("The device is still being opened; a moment.".into());
    }
    if let Err(why) = plan(state) {
        return Some(why);
    }
    match state.evaluation.arena.ground {
        Ground::Mask if state.is_mask_empty() => {
            Some("Nothing is masked; mask some bars of the piece, or take songs.".into())
        }
        Ground::Mask => None,
        Ground::Songs => state.evaluation.form.request().err(),
    }
}

/// Milliseconds of a step of a model, as far as one was written: in the arena shown, or among the takes of the piece.
fn step(state: &State, model: &str) -> Option<f64> {
    let arena = state.evaluation.arena.shown();
    let cells = arena.iter().flat_map(|a| &a.cells);
    let of_cells = cells
        .filter(|c| c.contender.model == model)
        .map(|c| c.millis.mean / f64::from(c.contender.settings.steps.max(1)));
    let takes = state.document().takes.iter();
    let of_takes = takes
        .filter(|t| t.recipe.model == model)
        .map(|t| f64::from(t.millis) / f64::from(t.recipe.settings.steps.max(1)));
    let all: Vec<f64> = of_cells.chain(of_takes).filter(|ms| *ms > 0.0).collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// What a run would be, in words: how many takes, and about how long where that is known.
pub fn estimate(state: &State) -> Option<String> {
    let plan = plan(state).ok()?;
    let who = plan.contenders().len();
    let form = &state.evaluation.form;
    let holes = match state.evaluation.arena.ground {
        Ground::Mask => 1,
        Ground::Songs => form.songs,
    };
    if holes == 0 {
        let who = count(who, "contender");
        return Some(format!("{who}, every song of the split."));
    }
    let takes = who * holes * plan.takes.max(1) as usize;
    let shown = state.evaluation.arena.shown();
    let side_by_side = shown.map_or(1, |a| a.side_by_side);
    let time = match plan.seconds(holes, |m| step(state, m), side_by_side) {
        None => "how long is told by the first takes".to_owned(),
        Some(s) if s >= 90.0 => format!("about {:.0} minutes", (s / 60.0).ceil()),
        Some(s) => format!("about {:.0} seconds", s.max(1.0).ceil()),
    };
    let (who, takes) = (count(who, "contender"), count(takes, "take"));
    Some(format!("{who}, {takes}: {time}."))
}

/// Begins it.
pub fn start(state: &mut State) {
    if let Some(why) = why_not_start(state) {
        return state.toasts.info(&why);
    }
    let (Ok(plan), Some(errands)) = (plan(state), state.jobs.errands()) else {
        return;
    };
    super::stop_listening(state);
    let form = state.evaluation.form.clone();
    let ground = state.evaluation.arena.ground;
    let (score, mask) = (
        state.document().score.clone(),
        state.document().mask.clone(),
    );
    let device = state.jobs.device.as_ref();
    let device = device.map_or(String::new(), |d| d.name.clone());
    let pane = &mut state.evaluation.arena;
    let busy = Busy::new();
    pane.asked += 1;
    (pane.trouble, pane.cell, pane.take) = (None, None, 0);
    pane.busy = Some(busy.clone());
    pane.latest = Arc::default();
    let (asked, latest) = (pane.asked, pane.latest.clone());
    state.tasks.spawn_long(TASK, move |progress| {
        let watch = Window { busy, progress };
        let come = || -> Result<Arena, StudyError> {
            let cannot = |why: String| StudyError::Cannot(why);
            let mut request = form.request().map_err(cannot)?;
            let title;
            let spots = match (ground, &mut request.task) {
                (Ground::Mask, _) => {
                    title = format!("What is masked of \"{}\"", score.title);
                    let spot = Spot::of_mask(&score.title, score.clone(), &mask, AROUND);
                    spot.into_iter().collect()
                }
                (Ground::Songs, Task::Infill(holes)) => {
                    let holes = holes.clone();
                    let songs = study::judged_songs(&request, &watch)?;
                    let spots = Spot::of_songs(songs, &holes);
                    title = format!(
                        "Bars {} to {} of {} in {} songs of {} ({})",
                        form.hole.0 + 1,
                        form.hole.1,
                        form.window,
                        spots.len(),
                        form.set,
                        form.split.name()
                    );
                    spots
                }
                (Ground::Songs, Task::Uncond { .. }) => {
                    let why = "An arena fills holes; choose \"Fill holes\".";
                    return Err(cannot(why.into()));
                }
            };
            let mut models = Vec::new();
            for id in &plan.models {
                models.push(RemoteModel::open(errands.clone(), id).map_err(cannot)?);
            }
            let models = models.iter().map(|m| (m.id(), m as &dyn Model));
            let models: Vec<(&str, &dyn Model)> = models.collect();
            let setup = Setup {
                title,
                spots: &spots,
                metrics: &request.metrics,
                models: &models,
                device: &device,
                copies: None,
                rounds: ROUNDS,
                notes: Vec::new(),
            };
            let put = &mut |arena: &Arena| {
                let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
                *latest = Some(Arc::new(arena.clone()));
            };
            arena::run(&plan, &setup, &watch, put).map_err(|e| cannot(e.to_string()))
        };
        let came = come();
        let after: After = Box::new(move |state: &mut State| ended(state, asked, came));
        after
    });
}

fn ended(state: &mut State, asked: u64, came: Result<Arena, StudyError>) {
    let pane = &mut state.evaluation.arena;
    if pane.asked != asked {
        return;
    }
    pane.busy = None;
    match came {
        Ok(arena) => {
            if arena.stopped {
                let text = "Stopped; those that had their turn are kept.";
                state.toasts.info(text);
            }
            state.evaluation.arena.arena = Some(Arc::new(arena));
        }
        Err(StudyError::Stopped) => state.toasts.info("Stopped before anybody had a turn."),
        Err(e) => pane.trouble = Some(format!("{}.", e.to_string().trim_end_matches('.'))),
    }
}

/// Asks the one under way to stop.
pub fn stop(state: &State) {
    if let Some(busy) = &state.evaluation.arena.busy {
        busy.halt();
    }
}

/// Takes a cell in hand.
pub fn show(state: &mut State, cell: usize) {
    super::stop_listening(state);
    let pane = &mut state.evaluation.arena;
    (pane.cell, pane.take, pane.original) = (Some(cell), 0, false);
}

/// Plays a take of the cell in hand from its beginning, or stops it.
pub fn listen(state: &mut State, take: usize) {
    let pane = &mut state.evaluation.arena;
    if pane.take != take {
        pane.take = take;
        super::stop_listening(state);
    }
    super::listen(state);
}

/// Puts the take in hand on the desk, what was a hole masked.
pub fn open_in_roll(state: &mut State) {
    let pane = &state.evaluation.arena;
    let Some(arena) = pane.shown() else { return };
    let cell = pane.cell.and_then(|c| arena.cells.get(c));
    let Some(take) = cell.and_then(|c| c.takes.get(pane.take)) else {
        return;
    };
    let score = take.window.clone();
    let mut document = Document::new((*score).clone());
    let lines = score.bars();
    let (from, to) = (lines.start(take.bars.start), lines.start(take.bars.end));
    document.mask = Arc::new(Mask::of(Region::time(from, to, None)));
    state.show_document(document, None);
    super::super::autosave::forget(state);
    state.roll.fit(&score);
}

/// Asks for the folder of tables and plots.
pub fn ask_export(state: &mut State) {
    files::pick(state, Purpose::Arena, " arena");
}

/// Leaves tables and plots in a folder.
pub fn export(state: &mut State, folder: PathBuf) {
    let pane = &state.evaluation.arena;
    let Some(arena) = pane.shown() else { return };
    let metric = pane.metric_of(&arena);
    state.tasks.spawn("Exporting", move || {
        let written = leave(&folder, &arena, metric);
        let after: After = Box::new(move |state: &mut State| match written {
            Ok(()) => {
                let text = format!("The arena is in {}.", folder.display());
                state.toasts.success(&text);
            }
            Err(why) => {
                let text = "The arena could not be exported.";
                state.toasts.error(text, &why);
            }
        });
        after
    });
}

/// The tables, and a plot of every metric against time, as `lacuna arena` leaves them.
fn leave(folder: &Path, arena: &Arena, metric: Option<&Metric>) -> Result<(), String> {
    let plots = folder.join("plots");
    let made = std::fs::create_dir_all(&plots);
    made.map_err(|e| format!("{} cannot be made: {e}", plots.display()))?;
    let write = |path: PathBuf, text: String| {
        write_atomic(&path, text.as_bytes()).map_err(|e| e.to_string())
    };
    write(folder.join("arena.csv"), arena::csv(arena))?;
    write(folder.join("arena.md"), arena::markdown(arena, metric))?;
    for m in arena
        .comparison
        .metrics
        .iter()
        .filter_map(|k| registry::find(k))
    {
        let path = plots.join(format!("arena_{}.svg", m.key));
        write(path, report::tradeoff(arena, m))?;
    }
    Ok(())
}
