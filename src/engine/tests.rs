//! Trainings on the engine, with a worker whose every step the test lets pass.

use super::*;
use crate::model::Card;
use crate::score::{Constraints, Mask, SamplerSettings, Score, Take};
use crate::training::tally::Breakdown;
use crate::training::{Losses, Probe, Progress, Recipe, TrainError, Training, Validation, Which};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const RECIPE: &str = "(id: \"test\", dataset: \"x\", model: Octuple(network: (width: 32, layers: 1, heads: 2, feed_forward: 2), bars: (2, 4)), trainer: (steps: 1000, sample_every: 0))";

/// What the fakes have done, in order.
type Log = Arc<Mutex<Vec<String>>>;

/// A training that waits for a permit before each step.
struct FakeRun {
    name: String,
    recipe: Recipe,
    step: u64,
    permits: Option<Receiver<()>>,
    log: Log,
}

impl FakeRun {
    fn say(&self, what: &str) {
        let line = format!("{} {what} {}", self.name, self.step);
        self.log.lock().unwrap().push(line);
    }
}

impl Training for FakeRun {
    fn recipe(&self) -> &Recipe {
        &self.recipe
    }
    fn folder(&self) -> &Path {
        Path::new("nowhere")
    }
    fn step(&self) -> u64 {
        self.step
    }
    fn seconds(&self) -> f64 {
        0.0
    }
    fn parameters(&self) -> usize {
        7
    }
    fn parts(&self) -> Vec<String> {
        vec!["pitch".into()]
    }
    fn weights(&self, _: &Path, _: Which) -> Result<(), TrainError> {
        Ok(())
    }
    fn finished(&self) -> bool {
        self.step >= self.recipe.trainer.steps
    }
    fn advance(&mut self) -> Result<Progress, TrainError> {
        // Once the test has let go, an endless run idles along instead of filling the log.
        if self.permits.as_ref().is_some_and(|p| p.recv().is_err()) {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.name == "panics" {
            panic!("index out of bounds");
        }
        if self.name == "diverges" {
            let loss = f32::NAN;
            return Err(TrainError::Diverged { step: 3, loss });
        }
        self.step += 1;
        self.say("step");
        let mut losses = Losses::default();
        losses.breakdown.add(0.5, 0, 2.0, 1.0);
        Ok(Progress {
            step: self.step,
            steps: self.recipe.trainer.steps,
            validation: self.step.is_multiple_of(10).then(|| Validation {
                weights: losses.clone(),
                average: losses.clone(),
            }),
            losses,
            best: false,
            learning_rate: 1e-3,
            throughput: 1.0,
            seconds: 0.0,
            seconds_left: 0.0,
            finished: self.finished(),
        })
    }
    fn save(&mut self) -> Result<(), TrainError> {
        self.say("save");
        Ok(())
    }
    fn sample(&self) -> Result<Vec<(Probe, Take)>, String> {
        Ok(Vec::new())
    }
    fn validate(&self) -> Validation {
        Validation {
            weights: Losses::default(),
            average: Losses::default(),
        }
    }
    fn export(&self, _: &Path, _: Which, _: &str) -> Result<Card, TrainError> {
        Err(TrainError::Data("a fake has no weights".into()))
    }
}

/// Hands out [`FakeRun`]s by the name of their folder.
struct Fake {
    permits: Option<Receiver<()>>,
    log: Log,
}

impl Worker for Fake {
    fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
        (Vec::new(), DeviceInfo::default())
    }

    fn fill(&mut self, request: &FillRequest, context: &mut FillContext<'_>) -> Result<(), String> {
        self.log.lock().unwrap().push(request.model.clone());
        while request.model == "endless" && !context.cancelled() {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn train(&mut self, request: &TrainRequest) -> Result<Box<dyn Training>, String> {
        let name = request.folder.display().to_string();
        if name == "no data" {
            return Err("There are no songs.".into());
        }
        Ok(Box::new(FakeRun {
            name,
            recipe: request.recipe.clone(),
            step: 0,
            permits: self.permits.take(),
            log: self.log.clone(),
        }))
    }
}

struct Bench {
    engine: Engine,
    log: Log,
}

impl Bench {
    /// The first training waits for what is sent by the sender.
    fn held() -> (Bench, Sender<()>) {
        let (permit, permits) = channel();
        (Bench::with(Some(permits)), permit)
    }

    fn with(permits: Option<Receiver<()>>) -> Bench {
        let log = Log::default();
        let worker = Fake {
            permits,
            log: log.clone(),
        };
        let engine = Engine::start(worker, || {}).unwrap();
        Bench { engine, log }
    }

    fn train(&mut self, name: &str, steps: u64) -> JobId {
        let mut recipe = Recipe::parse(RECIPE).unwrap();
        recipe.trainer.steps = steps;
        self.engine.train(TrainRequest {
            recipe,
            dataset: PathBuf::new(),
            folder: name.into(),
            fresh: true,
            threads: 1,
            tune: None,
        })
    }

    fn fill(&mut self, model: &str) -> JobId {
        self.engine.fill(FillRequest {
            score: Arc::new(Score::default()),
            mask: Mask::default(),
            model: model.into(),
            settings: SamplerSettings::default(),
            constraints: Constraints::default(),
            first: 0,
            takes: 1,
        })
    }

    fn event(&self) -> Event {
        let event = self.engine.wait(Duration::from_secs(20));
        event.expect("the engine went silent")
    }

    /// The facts about a training up to one.
    fn until(&self, job: JobId, last: impl Fn(&TrainingFact) -> bool) -> Vec<TrainingFact> {
        let mut facts = Vec::new();
        loop {
            if let Event::Training { job: j, fact } = self.event()
                && j == job
            {
                facts.push(fact);
                if facts.last().is_some_and(&last) {
                    return facts;
                }
            }
        }
    }

    fn until_state(&self, job: JobId, state: RunState) -> Vec<TrainingFact> {
        self.until(job, |f| *f == TrainingFact::State(state.clone()))
    }

    fn until_ended(&self, job: JobId) -> RunState {
        let facts = self.until(job, |f| matches!(f, TrainingFact::State(s) if s.ended()));
        match facts.last() {
            Some(TrainingFact::State(state)) => state.clone(),
            _ => unreachable!(),
        }
    }

    fn outcome(&self, job: JobId) -> Outcome {
        loop {
            if let Event::Finished { job: j, outcome } = self.event()
                && j == job
            {
                return outcome;
            }
        }
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

#[test]
fn a_fill_is_served_before_the_next_step() {
    let (mut bench, permit) = Bench::held();
    let training = bench.train("a", 3);
    bench.until_state(training, RunState::Running);
    // The first step is held or about to be; the fill is asked for before it may end.
    let fill = bench.fill("fill");
    permit.send(()).unwrap();
    assert_eq!(bench.outcome(fill), Outcome::Done);
    permit.send(()).unwrap();
    permit.send(()).unwrap();
    assert_eq!(bench.until_ended(training), RunState::Finished);
    let log = bench.log();
    let at = log.iter().position(|l| l == "fill").unwrap();
    assert!(at <= 1, "{log:?}");
    assert_eq!(log.len(), 4, "{log:?}");
}

#[test]
fn a_cancelled_fill_leaves_the_training_alone() {
    let (mut bench, permit) = Bench::held();
    let training = bench.train("a", 2);
    bench.until_state(training, RunState::Running);
    let fill = bench.fill("endless");
    permit.send(()).unwrap();
    bench.engine.cancel(fill);
    assert_eq!(bench.outcome(fill), Outcome::Cancelled);
    permit.send(()).unwrap();
    assert_eq!(bench.until_ended(training), RunState::Finished);
}

#[test]
fn no_step_of_a_paused_training_and_its_end_is_saved() {
    let (mut bench, permit) = Bench::held();
    let training = bench.train("a", 100);
    permit.send(()).unwrap();
    bench.until(training, |f| matches!(f, TrainingFact::Progress { .. }));
    bench.engine.pause(training);
    permit.send(()).unwrap();
    bench.until_state(training, RunState::Paused);
    let paused = bench.log();
    // Other work goes on, and makes no step.
    let fill = bench.fill("fill");
    assert_eq!(bench.outcome(fill), Outcome::Done);
    assert_eq!(bench.log()[..paused.len()], paused[..]);
    assert_eq!(bench.log().len(), paused.len() + 1);
    bench.engine.resume(training);
    bench.until_state(training, RunState::Running);
    bench.engine.stop(training);
    permit.send(()).unwrap();
    assert_eq!(bench.until_ended(training), RunState::Stopped);
    let log = bench.log();
    let steps = log.iter().filter(|l| l.starts_with("a step")).count();
    let saved = log.iter().rfind(|l| l.starts_with("a save")).unwrap();
    assert_eq!(saved, &format!("a save {steps}"), "{log:?}");
}

#[test]
fn what_is_trained_is_saved_when_the_engine_goes() {
    let (mut bench, permit) = Bench::held();
    // So many steps that it cannot finish by itself before the engine is told to go.
    let training = bench.train("a", 1_000_000);
    bench.until_state(training, RunState::Running);
    permit.send(()).unwrap();
    bench.until(training, |f| matches!(f, TrainingFact::Progress { .. }));
    drop(permit);
    let log = bench.log.clone();
    drop(bench);
    let log = log.lock().unwrap();
    assert!(log.last().unwrap().starts_with("a save"), "{log:?}");
}

#[test]
fn a_panic_or_an_error_ends_that_training_alone() {
    let mut bench = Bench::with(None);
    let training = bench.train("panics", 5);
    let RunState::Failed(why) = bench.until_ended(training) else {
        panic!("it did not fail");
    };
    assert!(why.contains("index out of bounds"), "{why}");
    let training = bench.train("diverges", 5);
    let RunState::Failed(why) = bench.until_ended(training) else {
        panic!("it did not fail");
    };
    assert!(why.contains("learning_rate") && why.ends_with('.'), "{why}");
    let training = bench.train("no data", 5);
    let failed = RunState::Failed("There are no songs.".into());
    assert_eq!(bench.until_ended(training), failed);
    let training = bench.train("good", 5);
    assert_eq!(bench.until_ended(training), RunState::Finished);
    let fill = bench.fill("fill");
    assert_eq!(bench.outcome(fill), Outcome::Done);
}

#[test]
fn one_training_runs_at_a_time_and_a_paused_one_makes_room() {
    let (mut bench, permit) = Bench::held();
    let first = bench.train("a", 2);
    bench.until_state(first, RunState::Running);
    let second = bench.train("b", 2);
    bench.engine.pause(first);
    permit.send(()).unwrap();
    assert_eq!(bench.until_ended(second), RunState::Finished);
    bench.engine.resume(first);
    permit.send(()).unwrap();
    permit.send(()).unwrap();
    assert_eq!(bench.until_ended(first), RunState::Finished);
    let log = bench.log();
    let last = |name: &str| log.iter().rposition(|l| l.starts_with(name)).unwrap();
    assert!(last("b step") < last("a step"), "{log:?}");
}

#[test]
fn many_quick_steps_are_told_together_and_no_validation_is_lost() {
    let mut bench = Bench::with(None);
    let training = bench.train("a", 1000);
    let facts = bench.until_state(training, RunState::Finished);
    assert!(matches!(&facts[1], TrainingFact::Opened(i) if i.parts == ["pitch"]));
    let (mut validations, mut told, mut all) = (0, 0, Breakdown::default());
    for fact in &facts {
        if let TrainingFact::Progress { progress, .. } = fact {
            validations += u32::from(progress.validation.is_some());
            all.merge(&progress.losses.breakdown);
            assert!(progress.step > told);
            told = progress.step;
        }
    }
    assert_eq!((validations, told), (100, 1000));
    assert_eq!(all.by_time[5].count, 1000.0);
}
