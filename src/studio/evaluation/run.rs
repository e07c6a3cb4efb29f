//! A study under way: begun, watched, stopped.

use super::super::state::State;
use super::super::tasks::{After, Progress};
use super::Wanted;
use crate::engine::RemoteModel;
use crate::evaluation::study::{self, Contestant, Hearing, StudyError, Watch};
use crate::score::Constraints;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the status bar calls it.
const TASK: &str = "Measuring";

/// How far a study is.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What is done: "pop fills", "measuring".
    pub doing: String,
    pub done: u64,
    pub of: u64,
    /// What is counted.
    pub what: &'static str,
    since: Instant,
    /// Sentences worth keeping.
    pub said: Vec<String>,
}

impl Default for Standing {
    fn default() -> Self {
        Standing {
            doing: "opening the models".into(),
            done: 0,
            of: 0,
            what: "",
            since: Instant::now(),
            said: Vec::new(),
        }
    }
}

impl Standing {
    /// In words, with the time left of what is done now.
    pub fn words(&self) -> String {
        let mut text = self.doing.clone();
        if self.of > 0 {
            text += &format!(" · {} of {} {}", self.done, self.of, self.what);
        }
        let passed = self.since.elapsed().as_secs_f64();
        let left = passed / self.done.max(1) as f64 * self.of.saturating_sub(self.done) as f64;
        match left {
            l if self.done == 0 || l < 2.0 => {}
            l if l >= 90.0 => text += &format!(" · {:.0} min left", (l / 60.0).ceil()),
            l => text += &format!(" · {l:.0} s left"),
        }
        text
    }

    /// Share done of what is done now, 0..=1.
    pub fn share(&self) -> f32 {
        (self.done as f64 / self.of.max(1) as f64).clamp(0.0, 1.0) as f32
    }
}

/// A study on a task's thread.
#[derive(Clone)]
pub struct Busy {
    standing: Arc<Mutex<Standing>>,
    stop: Arc<AtomicBool>,
}

impl Busy {
    /// Nothing done yet, nobody stops it.
    pub(super) fn new() -> Busy {
        Busy {
            standing: Arc::default(),
            stop: Arc::default(),
        }
    }

    /// Asks it to stop.
    pub(super) fn halt(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// How far it is now.
    pub fn standing(&self) -> Standing {
        self.standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether it was asked to stop.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

/// Watches for the window.
pub(super) struct Window<'a> {
    pub busy: Busy,
    pub progress: &'a Progress,
}

impl Watch for Window<'_> {
    fn at(&self, doing: &str, done: u64, of: u64, what: &'static str) {
        let mut standing = self
            .busy
            .standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if standing.doing != doing {
            *standing = Standing {
                doing: doing.to_owned(),
                said: std::mem::take(&mut standing.said),
                ..Standing::default()
            };
        }
        (standing.done, standing.of, standing.what) = (done, of, what);
        let share = standing.share();
        drop(standing);
        // The cross of the status bar stops it as well.
        if !self.progress.report(share) {
            self.busy.stop.store(true, Ordering::Release);
        }
    }

    fn say(&self, sentence: &str) {
        let mut standing = self
            .busy
            .standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        standing.said.push(sentence.to_owned());
    }

    fn stop(&self) -> &AtomicBool {
        &self.busy.stop
    }
}

/// Why no study can be begun with what is chosen, as a sentence.
pub fn why_not_start(state: &State) -> Option<String> {
    if state.evaluation.busy.is_some() || state.evaluation.arena.busy.is_some() {
        return Some("Something is being measured; stop it, or wait.".into());
    }
    if state.jobs.device.is_none() {
        return Some("The device is still being opened; a moment.".into());
    }
    state.evaluation.form.request().err()
}

/// Begins the study that the form asks for.
pub fn start(state: &mut State) {
    if let Some(why) = why_not_start(state) {
        return state.toasts.info(&why);
    }
    let form = state.evaluation.form.clone();
    let (Ok(mut request), Ok(rows)) = (form.request(), form.rows()) else {
        return;
    };
    let Some(errands) = state.jobs.errands() else {
        return;
    };
    let device = state
        .jobs
        .device
        .as_ref()
        .map_or(String::new(), |d| d.name.clone());
    let busy = Busy::new();
    let evaluation = &mut state.evaluation;
    evaluation.asked += 1;
    evaluation.trouble = None;
    evaluation.busy = Some(busy.clone());
    let asked = evaluation.asked;
    state.tasks.spawn_long(TASK, move |progress| {
        let watch = Window { busy, progress };
        let mut models = Vec::new();
        let mut trouble = None;
        for id in &form.models {
            match RemoteModel::open(errands.clone(), id) {
                Ok(model) => models.push(model),
                Err(why) => trouble = Some(why),
            }
        }
        let hearer = form.hearer.trim();
        if form.wanted == Wanted::Pieces && !hearer.is_empty() {
            match RemoteModel::open(errands.clone(), hearer) {
                Ok(model) => {
                    request.hearing = Some(Hearing {
                        model: Arc::new(model),
                        layer: None,
                    });
                }
                Err(why) => trouble = Some(why),
            }
        }
        let of = |id: &str| models.iter().find(|m| m.id() == id);
        let contestants: Vec<Contestant<'_>> = rows
            .iter()
            .filter_map(|(name, id, settings)| {
                Some(Contestant {
                    name: name.clone(),
                    model: of(id)?,
                    settings: settings.clone(),
                    constraints: Constraints::default(),
                    device: &device,
                })
            })
            .collect();
        let came = match trouble {
            Some(why) => Err(StudyError::Cannot(why)),
            None => study::conduct(&request, &contestants, &watch),
        };
        let after: After = Box::new(move |state: &mut State| ended(state, asked, came));
        after
    });
}

fn ended(state: &mut State, asked: u64, came: Result<study::Study, StudyError>) {
    if state.evaluation.asked != asked {
        return;
    }
    super::stop_listening(state);
    let evaluation = &mut state.evaluation;
    evaluation.busy = None;
    match came {
        Ok(study) => evaluation.take_in(study),
        Err(StudyError::Stopped) => {
            let text = "Stopped measuring; what was measured before still stands.";
            state.toasts.info(text);
        }
        Err(e) => {
            let text = e.to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string());
            let text = format!("{}{}", first.unwrap_or_default(), letters.as_str());
            evaluation.trouble = Some(format!("{}.", text.trim_end_matches('.')));
        }
    }
}

/// Asks the study under way to stop.
pub fn stop(state: &State) {
    if let Some(busy) = &state.evaluation.busy {
        busy.halt();
    }
}

/// How often a pane that shows a study under way is drawn.
pub const EVERY: Duration = Duration::from_millis(250);
