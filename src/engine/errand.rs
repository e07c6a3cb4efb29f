//! Errands: work on a model that may wait, such as the fills of an evaluation. The engine runs as many side by side as
//! the model writes takes at a time, between trainings' steps, whenever nothing more urgent is asked for; an errand
//! that is interrupted is run again from its beginning.

use super::thread::{Ask, Shared, Worker, panic_text};
use crate::model::Model;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is done with the model, or with the sentence that says why there is none. Asked between steps, its second
/// argument says whether to go on. Answers whether it is done; if not, it is run again later.
type Work = dyn Fn(Result<&dyn Model, &str>, &dyn Fn() -> bool) -> bool + Send + Sync;

/// Something to be done with a model.
pub struct Errand {
    model: String,
    work: Box<Work>,
}

/// Takes errands to the engine; can be cloned and sent to any thread.
#[derive(Clone)]
pub struct Errands {
    asks: Sender<Ask>,
}

impl Errands {
    pub(super) fn new(asks: Sender<Ask>) -> Errands {
        Errands { asks }
    }

    /// Queues work on the model of that id. It is dropped undone when the engine ends.
    pub fn send(
        &self,
        model: &str,
        work: impl Fn(Result<&dyn Model, &str>, &dyn Fn() -> bool) -> bool + Send + Sync + 'static,
    ) {
        let errand = Errand {
            model: model.to_owned(),
            work: Box::new(work),
        };
        // An engine that has ended drops it, which whoever waits for an answer hears.
        let _ = self.asks.send(Ask::Errand(errand));
    }
}

/// How long a group that could be larger waits for those who have just been answered to ask again.
const PATIENCE: Duration = Duration::from_millis(5);

/// Errands that wait.
pub(super) struct Waiting {
    queue: VecDeque<Errand>,
    /// How many the last model took at a time.
    width: usize,
    since: Instant,
}

impl Default for Waiting {
    fn default() -> Self {
        Waiting {
            queue: VecDeque::new(),
            width: 1,
            since: Instant::now(),
        }
    }
}

impl Waiting {
    pub fn push(&mut self, errand: Errand) {
        if self.queue.is_empty() {
            self.since = Instant::now();
        }
        self.queue.push_back(errand);
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How long to wait for more before the next turn.
    pub fn patience(&self) -> Option<Duration> {
        let short = !self.queue.is_empty() && self.queue.len() < self.width;
        let left = PATIENCE.checked_sub(self.since.elapsed())?;
        short.then_some(left)
    }

    /// Runs the next ones that want the same model, side by side.
    pub fn turn(&mut self, worker: &mut impl Worker, shared: &Shared) {
        let Some(first) = self.queue.pop_front() else {
            return;
        };
        // Loading may panic; what is loaded is then lent again at no cost.
        let loaded = catch_unwind(AssertUnwindSafe(|| worker.lend(&first.model).map(drop)));
        let loaded = loaded.unwrap_or_else(|panic| Err(broke(&*panic)));
        let model = match loaded.and_then(|()| worker.lend(&first.model)) {
            Ok(model) => model,
            Err(why) => return refuse(&first, &why),
        };
        self.width = model.takes_at_a_time();
        let mut group = vec![first];
        while group.len() < self.width
            && self.queue.front().map(|e| &e.model) == group.first().map(|e| &e.model)
        {
            group.extend(self.queue.pop_front());
        }
        let again = Arc::new(Mutex::new(Vec::new()));
        let run = |errand: Errand| {
            let done = catch_unwind(AssertUnwindSafe(|| {
                (errand.work)(Ok(model), &|| shared.idle())
            }));
            match done {
                Ok(true) => {}
                Ok(false) => again
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(errand),
                Err(panic) => refuse(&errand, &broke(&*panic)),
            }
        };
        std::thread::scope(|scope| {
            let mut group = group.into_iter();
            let own = group.next();
            for errand in group {
                scope.spawn(|| run(errand));
            }
            own.map(run);
        });
        let mut again = again.lock().unwrap_or_else(PoisonError::into_inner);
        for errand in again.drain(..) {
            self.queue.push_front(errand);
        }
        self.since = Instant::now();
    }
}

fn broke(panic: &(dyn std::any::Any + Send)) -> String {
    format!(
        "The model stopped unexpectedly ({}). Try another model or device.",
        panic_text(panic)
    )
}

/// Tells an errand that it cannot be done; one that panics even then is let go.
fn refuse(errand: &Errand, why: &str) {
    let told = catch_unwind(AssertUnwindSafe(|| (errand.work)(Err(why), &|| false)));
    if told.is_err() {
        log::error!("an errand for {} could not be refused", errand.model);
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::{DeviceInfo, Event, FillRequest, ModelInfo};
    use super::super::thread::{Engine, FillContext};
    use super::*;
    use crate::model::testing::Echo;
    use crate::score::{Constraints, Mask, SamplerSettings};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    /// Lends one model; fills take a moment.
    struct Lender(Echo);

    impl Worker for Lender {
        fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
            (Vec::new(), DeviceInfo::default())
        }

        fn fill(&mut self, _: &FillRequest, _: &mut FillContext<'_>) -> Result<(), String> {
            Ok(())
        }

        fn lend(&mut self, model: &str) -> Result<&dyn Model, String> {
            match model {
                "echo" => Ok(&self.0),
                _ => Err(format!("There is no {model}.")),
            }
        }
    }

    fn engine() -> Engine {
        Engine::start(Lender(Echo::default()), || {}).unwrap()
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn errands_are_done_side_by_side_and_refused_in_words() {
        let engine = engine();
        let (tell, hear) = channel();
        let together = Arc::new(AtomicUsize::new(0));
        for _ in 0..2 {
            let (tell, together) = (tell.clone(), together.clone());
            engine.errands().unwrap().send("echo", move |model, _| {
                together.fetch_add(1, Ordering::AcqRel);
                // Each waits for the other: one after the other they would never end.
                let since = Instant::now();
                while together.load(Ordering::Acquire) < 2 && since.elapsed() < LONG {
                    std::thread::yield_now();
                }
                tell.send(model.map(|m| m.hash().to_owned()).map_err(str::to_owned))
                    .unwrap();
                true
            });
        }
        for _ in 0..2 {
            assert!(hear.recv_timeout(LONG).unwrap().is_ok());
        }
        engine.errands().unwrap().send("nobody", move |model, _| {
            let _ = tell.send(model.map(|_| String::new()).map_err(str::to_owned));
            true
        });
        assert_eq!(
            hear.recv_timeout(LONG).unwrap(),
            Err("There is no nobody.".into())
        );
    }

    #[test]
    fn a_fill_interrupts_an_errand_which_is_run_again() {
        let mut engine = engine();
        let (tell, hear) = channel();
        let runs = Arc::new(AtomicUsize::new(0));
        let started = runs.clone();
        engine.errands().unwrap().send("echo", move |_, go_on| {
            if started.fetch_add(1, Ordering::AcqRel) == 0 {
                while go_on() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                return false;
            }
            let _ = tell.send(());
            true
        });
        let since = Instant::now();
        while runs.load(Ordering::Acquire) == 0 && since.elapsed() < LONG {
            std::thread::sleep(Duration::from_millis(1));
        }
        let job = engine.fill(FillRequest {
            score: Arc::default(),
            mask: Mask::default(),
            model: "echo".into(),
            settings: SamplerSettings::default(),
            constraints: Constraints::default(),
            first: 0,
            takes: 1,
        });
        hear.recv_timeout(LONG).unwrap();
        assert_eq!(runs.load(Ordering::Acquire), 2);
        let mut filled = false;
        while let Some(event) = engine.poll() {
            filled |= matches!(event, Event::Finished { job: j, .. } if j == job);
        }
        assert!(filled, "the fill went first");
    }

    #[test]
    fn an_engine_that_goes_lets_the_errands_go() {
        let engine = engine();
        let errands = engine.errands().unwrap();
        let (tell, hear) = channel::<()>();
        let kept = tell.clone();
        errands.send("echo", move |_, go_on| {
            let _kept = &kept;
            while go_on() {
                std::thread::sleep(Duration::from_millis(1));
            }
            false
        });
        drop(tell);
        drop(engine);
        // Every sender is dropped with the errand.
        assert!(hear.recv_timeout(LONG).is_err());
        errands.send("echo", |_, _| true);
    }
}
