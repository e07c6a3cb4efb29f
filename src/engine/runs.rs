//! The trainings on the engine thread. One runs at a time, a step whenever the engine has nothing more urgent to do.

use super::export;
use super::message::{Event, JobId};
use super::thread::{Shared, Worker, panic_text};
use super::training::{RunInfo, RunState, TrainRequest, TrainingFact};
use crate::device;
use crate::training::fine_tune::{Remark, Tuning};
use crate::training::samples::{self, Advanced};
use crate::training::{Progress, Training};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Steps are told at most this often; no curve is read faster, and every fact costs the window a frame.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What may be done to a training.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    Pause,
    Resume,
    Stop,
}

struct Run {
    job: JobId,
    request: TrainRequest,
    state: RunState,
    /// Open from its first turn to its end.
    training: Option<Box<dyn Training>>,
    /// Of an open fine-tune.
    tuning: Option<Tuning>,
    /// The step that is on disk, as far as this sitting knows.
    saved: u64,
    /// Steps not told yet.
    untold: Option<Progress>,
    told: Option<Instant>,
}

impl Run {
    fn waits(&self) -> bool {
        matches!(self.state, RunState::Queued | RunState::Running)
    }

    fn tell(&self, fact: TrainingFact, shared: &Shared) {
        let job = self.job;
        shared.send(Event::Training { job, fact });
    }

    fn enter(&mut self, state: RunState, shared: &Shared) {
        self.tell_steps(shared);
        let makes_a_model = self.tuning.is_some() && !matches!(state, RunState::Failed(_));
        if state.ended() && !makes_a_model {
            // The folder is free before anyone hears of the end and looks at it again.
            self.let_go();
        }
        self.state = state.clone();
        self.tell(TrainingFact::State(state), shared);
    }

    /// Closes the training. Even that may panic after a panic.
    fn let_go(&mut self) {
        let training = self.training.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(training)));
    }

    fn tell_steps(&mut self, shared: &Shared) {
        if let Some(progress) = self.untold.take() {
            self.told = Some(Instant::now());
            let fact = TrainingFact::Progress {
                progress: Box::new(progress),
                memory: device::memory::resident(),
            };
            self.tell(fact, shared);
        }
    }

    /// Does something with the training; a panic in it becomes a sentence.
    fn guard<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Training) -> Result<T, String>,
    ) -> Result<T, String> {
        let Some(training) = &mut self.training else {
            return Err("The training is not open.".into());
        };
        catch_unwind(AssertUnwindSafe(|| work(&mut **training)))
            .unwrap_or_else(|panic| Err(broke(&panic_text(&*panic))))
    }

    fn open(&mut self, worker: &mut impl Worker, shared: &Shared) {
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let training = worker.train(&self.request)?;
            let tune = self.request.tune;
            let tuning = tune.map(|t| Tuning::begin(&*training, t.minutes));
            Ok((training, tuning.transpose().map_err(sentence)?))
        }));
        let opened = opened.unwrap_or_else(|panic| Err(broke(&panic_text(&*panic))));
        match opened {
            Ok((training, tuning)) => {
                let info = RunInfo {
                    parts: training.parts(),
                    parameters: training.parameters(),
                    step: training.step(),
                };
                self.saved = info.step;
                let finished = training.finished();
                self.training = Some(training);
                let step = info.step;
                self.tell(TrainingFact::Opened(info), shared);
                if let Some(begun) = tuning.as_ref().map(Tuning::begun) {
                    let remark = Remark {
                        step,
                        loss: begun.before,
                        before: begun.before,
                        quoted: None,
                    };
                    self.tell(TrainingFact::Remark(remark), shared);
                }
                self.tuning = tuning;
                if finished {
                    self.enter(RunState::Finished, shared);
                }
            }
            Err(why) => self.enter(RunState::Failed(why), shared),
        }
    }

    fn step(&mut self, worker: &mut impl Worker, shared: &Shared) {
        let mut tuning = self.tuning.take();
        let stepped = self.guard(|t| {
            let stepped = match &mut tuning {
                Some(tuning) => tuning.advance(t),
                None => samples::advance(t).map(|advanced| (advanced, None)),
            };
            stepped.map_err(sentence)
        });
        self.tuning = tuning;
        let (advanced, remark) = match stepped {
            Ok(stepped) => stepped,
            Err(why) => return self.enter(RunState::Failed(why), shared),
        };
        let finished = advanced.progress.finished;
        self.note(advanced, shared);
        if let Some(remark) = remark {
            self.tell(TrainingFact::Remark(remark), shared);
        }
        if finished {
            self.enter(RunState::Finished, shared);
            self.make(worker, shared);
        } else if self.tuning.as_ref().is_some_and(Tuning::over) {
            self.obey(Order::Stop, shared);
            self.make(worker, shared);
        }
    }

    /// Makes the model of a fine-tune that has ended and learnt something.
    fn make(&mut self, worker: &mut impl Worker, shared: &Shared) {
        let ended = matches!(self.state, RunState::Stopped | RunState::Finished);
        if !ended || self.tuning.is_none() {
            return;
        }
        let (Some(training), Some(tuning)) = (self.training.take(), self.tuning.take()) else {
            return;
        };
        if training.step() == 0 {
            return;
        }
        let made = export::finish(worker, &*training, &tuning, self.request.threads);
        // The folder is free before anyone hears of the model and looks at it again.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(training)));
        export::tell(worker, self.job, made, shared);
    }

    fn note(&mut self, advanced: Advanced, shared: &Shared) {
        let (mut progress, taken) = (advanced.progress, advanced.samples);
        if let Some(before) = self.untold.take() {
            let breakdown = &mut progress.losses.breakdown;
            breakdown.merge(&before.losses.breakdown);
        }
        let step = progress.step;
        let due = self.told.is_none_or(|t| t.elapsed() >= TELL_EVERY);
        let worth = progress.validation.is_some();
        self.untold = Some(progress);
        if due || worth {
            self.tell_steps(shared);
        }
        match taken {
            Some(Ok(filled)) if !filled.is_empty() => {
                self.tell(TrainingFact::Samples { step }, shared)
            }
            Some(Err(why)) => {
                let why = format!("No samples after step {step}: {}", sentence(why));
                self.tell(TrainingFact::Trouble(why), shared);
            }
            _ => {}
        }
    }

    /// Brings what was learnt to the disk.
    fn save(&mut self) -> Result<(), String> {
        let Some(training) = &self.training else {
            return Ok(());
        };
        let step = training.step();
        if step != self.saved {
            self.guard(|t| t.save().map_err(sentence))?;
            self.saved = step;
        }
        Ok(())
    }

    fn obey(&mut self, order: Order, shared: &Shared) {
        match order {
            Order::Pause if self.waits() => {
                // Whoever pauses may go away, so what was learnt is brought to the disk; if that fails, it is still
                // in memory.
                if let Err(why) = self.save() {
                    self.tell(TrainingFact::Trouble(why), shared);
                }
                self.enter(RunState::Paused, shared);
            }
            Order::Resume if self.state == RunState::Paused => {
                self.enter(RunState::Queued, shared);
            }
            Order::Stop if !self.state.ended() => {
                let state = match self.save() {
                    Ok(()) => RunState::Stopped,
                    Err(why) => RunState::Failed(why),
                };
                self.enter(state, shared);
            }
            _ => {}
        }
    }
}

/// The trainings asked for, the longest waiting first.
#[derive(Default)]
pub(super) struct Runs {
    list: Vec<Run>,
}

impl Runs {
    /// Whether there is a step to be made.
    pub fn busy(&self) -> bool {
        self.list.iter().any(Run::waits)
    }

    /// Takes a training on; its turn comes after those that wait already.
    pub fn ask(&mut self, job: JobId, request: TrainRequest, shared: &Shared) {
        let mut run = Run {
            job,
            request,
            state: RunState::Queued,
            training: None,
            tuning: None,
            saved: 0,
            untold: None,
            told: None,
        };
        run.enter(RunState::Queued, shared);
        self.list.push(run);
    }

    /// Carries out an order; one for a training that has ended, or to no effect, is passed over.
    pub fn obey(&mut self, job: JobId, order: Order, worker: &mut impl Worker, shared: &Shared) {
        let Some(place) = self.list.iter().position(|r| r.job == job) else {
            return;
        };
        self.list[place].obey(order, shared);
        self.list[place].make(worker, shared);
        if matches!(order, Order::Resume) {
            // It does not push aside what runs by now.
            let run = self.list.remove(place);
            self.list.push(run);
        }
        self.sweep();
    }

    /// Opens the training whose turn it is, or makes one step of it.
    pub fn turn(&mut self, worker: &mut impl Worker, shared: &Shared) {
        let Some(run) = self.list.iter_mut().find(|r| r.waits()) else {
            return;
        };
        if run.training.is_none() {
            run.open(worker, shared);
        } else if run.state == RunState::Queued {
            run.enter(RunState::Running, shared);
        } else {
            run.step(worker, shared);
        }
        self.sweep();
    }

    /// Saves and closes everything: the window goes away.
    pub fn close(&mut self, shared: &Shared) {
        for run in &mut self.list {
            run.obey(Order::Stop, shared);
        }
        self.sweep();
    }

    /// Lets go of what has ended, and of its memory.
    fn sweep(&mut self) {
        let ended = |r: &mut Run| r.state.ended();
        for run in self.list.extract_if(.., ended) {
            // Even letting go may panic after a panic.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(run)));
        }
    }
}

pub(super) fn broke(text: &str) -> String {
    format!(
        "The training stopped unexpectedly ({text}). Its last checkpoint is untouched: resume it from the list of runs, with a smaller batch if memory was short."
    )
}

/// An error as a sentence.
pub(super) fn sentence(e: impl std::fmt::Display) -> String {
    let text = e.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    let dot = if text.ends_with('.') { "" } else { "." };
    format!("{}{}{dot}", first.unwrap_or_default(), letters.as_str())
}
