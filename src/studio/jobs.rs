//! The window's side of the engine: which models there are, what is being written, and how far it is.

use super::state::State;
use crate::engine::{
    DeviceInfo, Engine, Errands, Event, FillRequest, JobId, JudgeRequest, ModelInfo, Outcome,
    Snapshot, TrainRequest,
};
use crate::score::Edit;
use std::sync::Arc;
use std::time::Instant;

/// A job under way.
#[derive(Clone, Debug)]
pub struct Running {
    pub job: JobId,
    /// Takes asked for, and finished.
    pub takes: u32,
    pub finished: u32,
    /// Reverse steps over all takes.
    pub done: u32,
    pub of: u32,
    /// Seconds left as far as one can tell; `None` before the first step.
    pub seconds_left: Option<f32>,
    pub since: Instant,
    /// Cancel was pressed; the step under way is awaited.
    pub cancelling: bool,
    /// The piece or the mask changed meanwhile: what still arrives answers a question nobody asks any more.
    pub stale: bool,
    /// Takes there were before this job.
    pub first: usize,
}

impl Running {
    /// Share of the steps done, 0..=1.
    pub fn share(&self) -> f32 {
        if self.of == 0 {
            0.0
        } else {
            self.done as f32 / self.of as f32
        }
    }

    /// Share of the take under way, 0..=1.
    pub fn share_of_take(&self) -> f32 {
        let whole = self.share() * self.takes as f32;
        (whole - self.finished as f32).clamp(0.0, 1.0)
    }

    /// "step 5 of 48, 3 s left".
    pub fn sentence(&self) -> String {
        if self.cancelling {
            return "Stopping after this step...".into();
        }
        let take = (self.finished + 1).min(self.takes);
        let mut text = format!("Writing take {take} of {}", self.takes);
        if self.of > 0 {
            text += &format!(" · step {} of {}", self.done, self.of);
        }
        match self.seconds_left {
            Some(s) if s >= 90.0 => text += &format!(" · {:.0} min left", (s / 60.0).ceil()),
            Some(s) if s >= 1.0 => text += &format!(" · {s:.0} s left"),
            _ => {}
        }
        text
    }
}

/// The engine and what is known of it.
pub struct Jobs {
    engine: Engine,
    pub models: Vec<ModelInfo>,
    /// `None` while the engine is still opening its device.
    pub device: Option<DeviceInfo>,
    pub running: Option<Running>,
    /// Seconds a take took in the last finished job.
    pub seconds_a_take: Option<f32>,
    /// The last request, for *Again*.
    pub last: Option<FillRequest>,
}

impl Jobs {
    /// Around a started engine.
    pub fn new(engine: Engine) -> Self {
        Jobs {
            engine,
            models: Vec::new(),
            device: None,
            running: None,
            seconds_a_take: None,
            last: None,
        }
    }

    /// Sends a request.
    pub fn start(&mut self, request: FillRequest, first: usize) {
        let takes = request.takes;
        self.last = Some(request.clone());
        let job = self.engine.fill(request);
        self.running = Some(Running {
            job,
            takes,
            finished: 0,
            done: 0,
            of: 0,
            seconds_left: None,
            since: Instant::now(),
            cancelling: false,
            stale: false,
            first,
        });
    }

    /// Asks the job under way to stop; finished takes stay.
    pub fn cancel(&mut self) {
        if let Some(r) = &mut self.running {
            r.cancelling = true;
            self.engine.cancel(r.job);
        }
    }

    /// Asks the job to stop because its question is no longer asked.
    pub fn cancel_stale(&mut self) {
        if let Some(r) = &mut self.running {
            r.stale = true;
        }
        self.cancel();
    }

    /// The newest state of the take being written, if it is still of interest.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        let running = self.running.as_ref().filter(|r| !r.stale)?;
        self.engine.snapshot().filter(|s| s.job == running.job)
    }

    /// Asks that a piece be judged, in place of any other.
    pub fn judge(&mut self, request: JudgeRequest) -> JobId {
        self.engine.judge(request)
    }

    /// Asks that nothing be judged any more.
    pub fn stop_judging(&mut self) {
        self.engine.stop_judging();
    }

    /// Asks for a training.
    pub fn train(&mut self, request: TrainRequest) -> JobId {
        self.engine.train(request)
    }

    /// Asks that a run become a model.
    pub fn export(&mut self, request: TrainRequest) -> JobId {
        self.engine.export(request)
    }

    /// Asks a training to pause after its present step.
    pub fn pause_training(&self, job: JobId) {
        self.engine.pause(job);
    }

    /// Asks a paused training to go on.
    pub fn resume_training(&self, job: JobId) {
        self.engine.resume(job);
    }

    /// Asks a training to be saved and closed after its present step.
    pub fn stop_training(&self, job: JobId) {
        self.engine.stop(job);
    }

    /// A way to have work done on the models by the way; `None` when the engine has ended.
    pub fn errands(&self) -> Option<Errands> {
        self.engine.errands()
    }

    fn poll(&self) -> Option<Event> {
        self.engine.poll()
    }
}

/// Takes in everything the engine has said since the last frame.
pub fn take_in(state: &mut State) {
    while let Some(event) = state.jobs.poll() {
        match event {
            Event::Ready { models, device } => ready(state, models, device),
            Event::Models(models) => set_models(state, models),
            Event::Exported { job, made } => super::training::exported(state, job, made),
            Event::Started { .. } => {}
            Event::Progress {
                job,
                done,
                of,
                seconds_left,
            } => {
                if let Some(r) = of_job(state, job) {
                    (r.done, r.of, r.seconds_left) = (done, of, Some(seconds_left));
                }
            }
            Event::Take { job, take } => {
                let Some(r) = of_job(state, job) else {
                    continue;
                };
                r.finished += 1;
                let (stale, first) = (r.stale, r.first);
                if stale {
                    continue;
                }
                match state.history.apply_quietly(Edit::AddTakes(vec![*take])) {
                    // The first answer is shown as soon as it is there; later ones wait to be asked for.
                    Ok(()) if state.takes.watching => {
                        state.takes.watching = false;
                        state.show_take(Some(first));
                    }
                    Ok(()) => {}
                    Err(e) => state
                        .toasts
                        .error("A finished take could not be kept.", &e.to_string()),
                }
            }
            Event::Trail { recipe, trail, .. } => state.trails.keep(*recipe, trail),
            Event::Judged {
                job,
                notes,
                left,
                of,
            } => super::critic::judged(state, job, notes, left, of),
            Event::NotJudged { job, why } => super::critic::not_judged(state, job, why),
            Event::Finished { job, outcome } => finished(state, job, outcome),
            Event::Training { job, fact } => super::training::take_in(state, job, fact),
        }
    }
}

fn of_job(state: &mut State, job: JobId) -> Option<&mut Running> {
    state.jobs.running.as_mut().filter(|r| r.job == job)
}

/// The models there are now; one is always chosen.
fn set_models(state: &mut State, models: Vec<ModelInfo>) {
    let known = |id: &String| models.iter().any(|m| m.id == *id);
    let chosen = &mut state.settings.generate.model;
    if !chosen.as_ref().is_some_and(known) {
        *chosen = models.first().map(|m| m.id.clone());
    }
    state.jobs.models = models;
}

fn ready(state: &mut State, models: Vec<ModelInfo>, device: DeviceInfo) {
    if models.is_empty() {
        state.toasts.error(
            "No model could be opened, so nothing can be generated. Everything else works.",
            &device.reason,
        );
    }
    set_models(state, models);
    state.jobs.device = Some(device);
}

fn finished(state: &mut State, job: JobId, outcome: Outcome) {
    let Some(r) = state.jobs.running.take_if(|r| r.job == job) else {
        return;
    };
    state.takes.watching = false;
    let seconds = r.since.elapsed().as_secs_f32();
    if r.stale {
        return;
    }
    match outcome {
        Outcome::Done => {
            state.jobs.seconds_a_take = Some(seconds / r.takes.max(1) as f32);
            if r.finished == 0 {
                state.toasts.warning(
                    "The model finished without writing a take.",
                    "Try another mask or another model.",
                );
            }
        }
        Outcome::Cancelled => {
            let kept = super::stats::count(r.finished as usize, "finished take");
            state.toasts.info(&format!("Stopped; {kept} kept."));
        }
        Outcome::Failed(why) => state.toasts.error(&why, &state.request_details()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(done: u32, finished: u32) -> Running {
        Running {
            job: JobId(1),
            takes: 4,
            finished,
            done,
            of: 48,
            seconds_left: Some(3.2),
            since: Instant::now(),
            cancelling: false,
            stale: false,
            first: 0,
        }
    }

    #[test]
    fn progress_is_said_in_words() {
        assert_eq!(
            running(18, 1).sentence(),
            "Writing take 2 of 4 · step 18 of 48 · 3 s left"
        );
        assert!((running(18, 1).share_of_take() - 0.5).abs() < 1e-6);
        assert_eq!(running(48, 4).share_of_take(), 0.0);
    }
}
