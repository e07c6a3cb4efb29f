//! The engine thread: fills and trainings, progress, cancel, and a worker that may panic without harm. Before every
//! step of a training it looks whether a fill is asked for, and serves that first.

use super::errand::{Errand, Errands, Waiting};
use super::export;
use super::judging::{JudgeRequest, Judging};
use super::message::{
    DeviceInfo, Event, FillRequest, JobId, ModelInfo, Outcome, Snapshot, SnapshotNote,
};
use super::runs::{Order, Runs};
use super::trail::Trail;
use super::training::{RunState, TrainRequest, TrainingFact};
use crate::model::Model;
use crate::model::critic::{NoteSurprise, Passage};
use crate::score::{Recipe, Score, Take};
use crate::training::{self, Training};
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Snapshots are published at most this often; more would be drawn by nobody.
const SNAPSHOT_EVERY: Duration = Duration::from_millis(33);

/// What the engine thread runs: the owner of models and devices. Tests put a fake one in.
pub trait Worker: Send {
    /// Opens the device, finds and warms the models. Called once, on the engine thread.
    fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo);

    /// Answers a request, reporting through `context`, and returns early when it says cancelled.
    ///
    /// # Errors
    /// A sentence for a person.
    fn fill(&mut self, request: &FillRequest, context: &mut FillContext<'_>) -> Result<(), String>;

    /// The model of that id, loaded if it was not.
    ///
    /// # Errors
    /// A sentence for a person.
    fn lend(&mut self, _model: &str) -> Result<&dyn Model, String> {
        Err("Nothing here can lend a model. Start Lacuna in the usual way.".into())
    }

    /// The passages of a piece that a model judges one by one.
    ///
    /// # Errors
    /// A sentence for a person: most models cannot judge.
    fn passages(&mut self, _model: &str, _score: &Score) -> Result<Vec<Passage>, String> {
        Err("Nothing here can judge notes. Start Lacuna in the usual way.".into())
    }

    /// Judges the notes of one passage; `None` if `go_on`, asked between passes, said no.
    ///
    /// # Errors
    /// As [`Worker::passages`].
    fn judge(
        &mut self,
        model: &str,
        score: &Score,
        _bars: &Range<u32>,
        _go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<NoteSurprise>>, String> {
        self.passages(model, score).map(|_| None)
    }

    /// Opens a training, from which the engine then takes step after step.
    ///
    /// # Errors
    /// A sentence for a person.
    fn train(&mut self, _request: &TrainRequest) -> Result<Box<dyn Training>, String> {
        Err("Nothing here can train. Start Lacuna in the usual way.".into())
    }

    /// Where the model of a recipe goes.
    ///
    /// # Errors
    /// A sentence, when another model stands there.
    fn shelf(&self, _recipe: &training::Recipe, _threads: usize) -> Result<Shelf, String> {
        Err("Nothing here can keep a model. Start Lacuna in the usual way.".into())
    }

    /// Looks for models again after the one of this id was written.
    fn models(&mut self, _written: &str) -> Vec<ModelInfo> {
        Vec::new()
    }
}

/// A place for a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is trained on, for its card.
    pub on: String,
}

impl Worker for Box<dyn Worker> {
    fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
        (**self).open()
    }

    fn fill(&mut self, request: &FillRequest, context: &mut FillContext<'_>) -> Result<(), String> {
        (**self).fill(request, context)
    }

    fn lend(&mut self, model: &str) -> Result<&dyn Model, String> {
        (**self).lend(model)
    }

    fn passages(&mut self, model: &str, score: &Score) -> Result<Vec<Passage>, String> {
        (**self).passages(model, score)
    }

    fn judge(
        &mut self,
        model: &str,
        score: &Score,
        bars: &Range<u32>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<NoteSurprise>>, String> {
        (**self).judge(model, score, bars, go_on)
    }

    fn train(&mut self, request: &TrainRequest) -> Result<Box<dyn Training>, String> {
        (**self).train(request)
    }

    fn shelf(&self, recipe: &training::Recipe, threads: usize) -> Result<Shelf, String> {
        (**self).shelf(recipe, threads)
    }

    fn models(&mut self, written: &str) -> Vec<ModelInfo> {
        (**self).models(written)
    }
}

/// What a worker may tell and ask while it fills.
pub struct FillContext<'a> {
    job: JobId,
    shared: &'a Shared,
    started: Instant,
    last_snapshot: Mutex<Option<Instant>>,
}

impl FillContext<'_> {
    /// Whether the job was cancelled; to be asked between steps, and at least every 50 ms.
    pub fn cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Acquire) >= self.job.0
    }

    /// Reports `done` of `of` steps over all takes.
    pub fn progress(&self, done: u32, of: u32) {
        let passed = self.started.elapsed().as_secs_f32();
        let seconds_left = passed / done.max(1) as f32 * of.saturating_sub(done) as f32;
        self.shared.send(Event::Progress {
            job: self.job,
            done,
            of,
            seconds_left,
        });
    }

    /// Publishes what is written so far; `notes` is only called when a snapshot is due.
    pub fn snapshot(&self, take: u32, notes: impl FnOnce() -> Vec<SnapshotNote>) {
        let mut last = self
            .last_snapshot
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|t| t.elapsed() >= SNAPSHOT_EVERY) {
            let snapshot = Snapshot {
                job: self.job,
                take,
                notes: notes(),
            };
            *self
                .shared
                .snapshot
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
            *last = Some(Instant::now());
            (self.shared.wake)();
        }
    }

    /// Delivers the steps of the take of this recipe.
    pub fn trail(&self, recipe: &Recipe, trail: Trail) {
        self.shared.send(Event::Trail {
            job: self.job,
            recipe: Box::new(recipe.clone()),
            trail: Arc::new(trail),
        });
    }

    /// Delivers a finished take.
    pub fn take(&self, take: Take) {
        self.shared.send(Event::Take {
            job: self.job,
            take: Box::new(take),
        });
    }
}

pub(super) struct Shared {
    events: Mutex<Sender<Event>>,
    snapshot: Mutex<Option<Arc<Snapshot>>>,
    /// Every fill up to this number is cancelled.
    cancelled: AtomicU64,
    /// Asks on their way that the thread has not heard yet.
    unheard: AtomicU64,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Shared {
    /// Whether nobody waits: what can be put off may go on.
    pub(super) fn idle(&self) -> bool {
        self.unheard.load(Ordering::Acquire) == 0
            && self.cancelled.load(Ordering::Acquire) != u64::MAX
    }

    pub(super) fn send(&self, event: Event) {
        // The receiver is gone only when the window is: then nobody is left to tell.
        let _ = self
            .events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(event);
        (self.wake)();
    }
}

/// What is asked of the thread.
pub(super) enum Ask {
    Fill(JobId, FillRequest),
    Train(JobId, Box<TrainRequest>),
    Export(JobId, Box<TrainRequest>),
    Order(JobId, Order),
    /// Nothing to judge any more, if `None`.
    Judge(JobId, Option<Box<JudgeRequest>>),
    /// It waits for everybody, so it is nobody's reason to stop.
    Errand(Errand),
    /// The handle is gone.
    End,
}

/// The handle on the engine thread. Dropping it cancels what is written, saves what is trained and lets the thread end.
pub struct Engine {
    asks: Option<Sender<Ask>>,
    events: Receiver<Event>,
    shared: Arc<Shared>,
    next: u64,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread. `wake` is called (on that thread) after everything it publishes.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        worker: impl Worker + 'static,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Engine> {
        let (asks, queue) = channel();
        let (sender, events) = channel();
        let shared = Arc::new(Shared {
            events: Mutex::new(sender),
            snapshot: Mutex::new(None),
            cancelled: AtomicU64::new(0),
            unheard: AtomicU64::new(0),
            wake: Box::new(wake),
        });
        let of_thread = shared.clone();
        let thread = std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || run(worker, &queue, &of_thread))?;
        Ok(Engine {
            asks: Some(asks),
            events,
            shared,
            next: 1,
            thread: Some(thread),
        })
    }

    /// Queues a request and returns at once.
    pub fn fill(&mut self, request: FillRequest) -> JobId {
        let job = self.next_job();
        if !self.ask(Ask::Fill(job, request)) {
            let outcome = Outcome::Failed(
                "The engine has stopped. Save the piece and start Lacuna again.".into(),
            );
            self.shared.send(Event::Finished { job, outcome });
        }
        job
    }

    /// Queues a training and returns at once.
    pub fn train(&mut self, request: TrainRequest) -> JobId {
        let job = self.next_job();
        if !self.ask(Ask::Train(job, Box::new(request))) {
            let why = "The engine has stopped. Start Lacuna again.".into();
            let fact = TrainingFact::State(RunState::Failed(why));
            self.shared.send(Event::Training { job, fact });
        }
        job
    }

    /// Queues that a run become a model by its best averaged weights, and returns at once.
    pub fn export(&mut self, request: TrainRequest) -> JobId {
        let job = self.next_job();
        if !self.ask(Ask::Export(job, Box::new(request))) {
            let made = Err("The engine has stopped. Start Lacuna again.".into());
            self.shared.send(Event::Exported { job, made });
        }
        job
    }

    /// Asks that a piece be judged, in place of any that is judged now, and returns at once. Whatever else is asked
    /// for meanwhile goes first.
    pub fn judge(&mut self, request: JudgeRequest) -> JobId {
        let job = self.next_job();
        if !self.ask(Ask::Judge(job, Some(Box::new(request)))) {
            let why = "The engine has stopped. Start Lacuna again.".into();
            self.shared.send(Event::NotJudged { job, why });
        }
        job
    }

    /// Asks that nothing be judged any more.
    pub fn stop_judging(&mut self) {
        let job = self.next_job();
        self.ask(Ask::Judge(job, None));
    }

    /// A way to have work done on the models when nothing more urgent is asked for; `None` when the engine ends.
    pub fn errands(&self) -> Option<Errands> {
        self.asks.clone().map(Errands::new)
    }

    /// Asks that a training stop after its present step, stay in memory and make room.
    pub fn pause(&self, job: JobId) {
        self.ask(Ask::Order(job, Order::Pause));
    }

    /// Asks that a paused training go on, after those that wait.
    pub fn resume(&self, job: JobId) {
        self.ask(Ask::Order(job, Order::Resume));
    }

    /// Asks that a training be saved and closed after its present step.
    pub fn stop(&self, job: JobId) {
        self.ask(Ask::Order(job, Order::Stop));
    }

    fn next_job(&mut self) -> JobId {
        let job = JobId(self.next);
        self.next += 1;
        job
    }

    /// Whether the thread is there to hear it.
    fn ask(&self, ask: Ask) -> bool {
        self.shared.unheard.fetch_add(1, Ordering::AcqRel);
        self.asks.as_ref().is_some_and(|a| a.send(ask).is_ok())
    }

    /// Asks that this fill and all before it stop after their present step. Trainings go on.
    pub fn cancel(&self, job: JobId) {
        self.shared.cancelled.fetch_max(job.0, Ordering::AcqRel);
    }

    /// The next event, if one is waiting.
    pub fn poll(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// Waits for the next event; `None` after the time-out or when the thread has ended.
    pub fn wait(&self, timeout: Duration) -> Option<Event> {
        self.events.recv_timeout(timeout).ok()
    }

    /// The newest snapshot, if any was published for a job that still runs.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.shared
            .snapshot
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.cancelled.store(u64::MAX, Ordering::Release);
        if let Some(asks) = self.asks.take() {
            // Errands may hold on to the channel. A thread that has ended does not need to hear it.
            let _ = asks.send(Ask::End);
        }
        if let Some(thread) = self.thread.take() {
            // A panic outside a job has already been reported by the hook.
            let _ = thread.join();
        }
    }
}

/// The message of a panic.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| s.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".into())
}

fn sentence(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic_text(panic);
    format!(
        "The model stopped unexpectedly ({text}). The piece is untouched; try again, or choose another model or device."
    )
}

fn run(mut worker: impl Worker, queue: &Receiver<Ask>, shared: &Shared) {
    let (models, device) =
        catch_unwind(AssertUnwindSafe(|| worker.open())).unwrap_or_else(|panic| {
            (
                Vec::new(),
                DeviceInfo {
                    name: "none".into(),
                    reason: sentence(&*panic),
                },
            )
        });
    shared.send(Event::Ready { models, device });
    let mut fills = VecDeque::new();
    let mut exports = VecDeque::new();
    let mut runs = Runs::default();
    let mut judging = Judging::default();
    let mut errands = Waiting::default();
    // An evaluation and a training have their turns one after the other.
    let mut trains = false;
    loop {
        let resting = fills.is_empty() && exports.is_empty() && !judging.busy();
        let ask = if resting && errands.is_empty() && !runs.busy() {
            queue.recv().map_err(|_| TryRecvError::Disconnected)
        } else {
            match errands.patience().filter(|_| resting) {
                Some(patience) => queue.recv_timeout(patience).map_err(|e| match e {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                }),
                None => queue.try_recv(),
            }
        };
        if !matches!(ask, Err(_) | Ok(Ask::Errand(_))) {
            shared.unheard.fetch_sub(1, Ordering::AcqRel);
        }
        match ask {
            Ok(Ask::Judge(job, request)) => judging.ask(job, request, &mut worker, shared),
            Ok(Ask::Fill(job, request)) => fills.push_back((job, request)),
            Ok(Ask::Train(job, request)) => runs.ask(job, *request, shared),
            Ok(Ask::Export(job, request)) => exports.push_back((job, request)),
            Ok(Ask::Order(job, order)) => runs.obey(job, order, &mut worker, shared),
            Ok(Ask::Errand(errand)) => errands.push(errand),
            Ok(Ask::End) => break,
            // Everything asked for is known: the most urgent thing first.
            Err(TryRecvError::Empty) => {
                if let Some((job, request)) = fills.pop_front() {
                    serve(&mut worker, job, &request, shared);
                } else if judging.busy() {
                    judging.turn(&mut worker, shared);
                } else if let Some((job, request)) = exports.pop_front() {
                    export::serve(&mut worker, job, &request, shared);
                } else if runs.busy() && (trains || errands.is_empty()) {
                    runs.turn(&mut worker, shared);
                    trains = false;
                } else {
                    errands.turn(&mut worker, shared);
                    trains = true;
                }
            }
            Err(TryRecvError::Disconnected) => break,
        }
    }
    runs.close(shared);
}

/// Answers one request.
fn serve(worker: &mut impl Worker, job: JobId, request: &FillRequest, shared: &Shared) {
    let mut context = FillContext {
        job,
        shared,
        started: Instant::now(),
        last_snapshot: Mutex::new(None),
    };
    if context.cancelled() {
        let outcome = Outcome::Cancelled;
        return shared.send(Event::Finished { job, outcome });
    }
    shared.send(Event::Started { job });
    let result = catch_unwind(AssertUnwindSafe(|| worker.fill(request, &mut context)));
    *shared
        .snapshot
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = None;
    let outcome = match result {
        _ if context.cancelled() => Outcome::Cancelled,
        Ok(Ok(())) => Outcome::Done,
        Ok(Err(why)) => Outcome::Failed(why),
        Err(panic) => Outcome::Failed(sentence(&*panic)),
    };
    shared.send(Event::Finished { job, outcome });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Constraints, Mask, SamplerSettings, Score};

    struct Fake;

    impl Worker for Fake {
        fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
            (Vec::new(), DeviceInfo::default())
        }

        fn fill(
            &mut self,
            request: &FillRequest,
            context: &mut FillContext<'_>,
        ) -> Result<(), String> {
            match request.model.as_str() {
                "panics" => panic!("tensor of the wrong shape"),
                "fails" => Err("No such model.".into()),
                "slow" => {
                    while !context.cancelled() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    Ok(())
                }
                _ => {
                    context.progress(1, 1);
                    context.snapshot(0, Vec::new);
                    Ok(())
                }
            }
        }
    }

    fn request(model: &str) -> FillRequest {
        FillRequest {
            score: Arc::new(Score::default()),
            mask: Mask::default(),
            model: model.into(),
            settings: SamplerSettings::default(),
            constraints: Constraints::default(),
            first: 0,
            takes: 1,
        }
    }

    fn outcome(engine: &Engine, job: JobId) -> Outcome {
        loop {
            match engine
                .wait(Duration::from_secs(10))
                .expect("the engine went silent")
            {
                Event::Finished { job: j, outcome } if j == job => return outcome,
                _ => {}
            }
        }
    }

    #[test]
    fn a_panic_fails_the_job_and_the_engine_goes_on() {
        let mut e = Engine::start(Fake, || {}).unwrap();
        let job = e.fill(request("panics"));
        assert!(matches!(outcome(&e, job), Outcome::Failed(m) if m.contains("wrong shape")));
        let job = e.fill(request("fails"));
        assert_eq!(outcome(&e, job), Outcome::Failed("No such model.".into()));
        let job = e.fill(request("good"));
        assert_eq!(outcome(&e, job), Outcome::Done);
    }

    #[test]
    fn cancel_stops_a_running_job_and_the_queue_behind_it() {
        let mut e = Engine::start(Fake, || {}).unwrap();
        let first = e.fill(request("slow"));
        let second = e.fill(request("slow"));
        e.cancel(second);
        assert_eq!(outcome(&e, first), Outcome::Cancelled);
        assert_eq!(outcome(&e, second), Outcome::Cancelled);
        let third = e.fill(request("good"));
        assert_eq!(outcome(&e, third), Outcome::Done);
    }
}
