//! A model that lives on the engine's thread, for whoever works on another: an evaluation beside the window asks it as
//! it would ask the model itself.

use super::errand::Errands;
use crate::model::fill::{FillError, FillStep, Filling};
use crate::model::{Card, Likelihood, Model};
use crate::score::{Mask, Score, Take};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often whoever waits is asked whether it still wants to.
const ASK_EVERY: Duration = Duration::from_millis(40);

/// Stands for a model of the engine.
pub struct RemoteModel {
    errands: Errands,
    /// What it was asked for by.
    id: String,
    card: Card,
    hash: String,
    parameters: usize,
    takes_at_a_time: usize,
}

impl RemoteModel {
    /// What it was asked for by: an id of the library, or weights of a run.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Asks for the model of that id, which is loaded if it was not.
    ///
    /// # Errors
    /// A sentence why there is none, or that the engine has ended.
    pub fn open(errands: Errands, id: &str) -> Result<RemoteModel, String> {
        let (tell, hear) = channel();
        errands.send(id, move |model, _| {
            let told = model.map(|m| {
                (
                    m.card().clone(),
                    m.hash().to_owned(),
                    m.parameters(),
                    m.takes_at_a_time(),
                )
            });
            // Whoever asked may have gone.
            let _ = tell.send(told.map_err(str::to_owned));
            true
        });
        let told = hear
            .recv()
            .unwrap_or_else(|_| Err("The engine has stopped. Start Lacuna again.".into()));
        let (card, hash, parameters, takes_at_a_time) = told?;
        Ok(RemoteModel {
            errands,
            id: id.to_owned(),
            card,
            hash,
            parameters,
            takes_at_a_time,
        })
    }

    /// Has something done with the model, and waits for it as long as `wait` says so. `None` where it was not done.
    fn ask<T: Send + 'static>(
        &self,
        what: impl Fn(&dyn Model, &mut dyn FnMut() -> bool) -> T + Send + Sync + 'static,
        wait: &mut dyn FnMut() -> bool,
    ) -> Option<Result<T, String>> {
        let (tell, hear) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        self.errands.send(&self.id, move |model, go_on| {
            if stopped.load(Ordering::Acquire) {
                return true;
            }
            let model = match model {
                Ok(model) => model,
                Err(why) => {
                    let _ = tell.send(Err(why.to_owned()));
                    return true;
                }
            };
            let mut interrupted = false;
            let told = what(model, &mut || {
                interrupted |= !go_on();
                !interrupted && !stopped.load(Ordering::Acquire)
            });
            if !interrupted {
                let _ = tell.send(Ok(told));
            }
            !interrupted
        });
        loop {
            match hear.recv_timeout(ASK_EVERY) {
                Ok(told) => return Some(told),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) if wait() => {}
                Err(RecvTimeoutError::Timeout) => {
                    stop.store(true, Ordering::Release);
                    return None;
                }
            }
        }
    }
}

impl Model for RemoteModel {
    fn card(&self) -> &Card {
        &self.card
    }

    fn hash(&self) -> &str {
        &self.hash
    }

    fn parameters(&self) -> usize {
        self.parameters
    }

    fn takes_at_a_time(&self) -> usize {
        self.takes_at_a_time
    }

    /// As the model itself; steps have no draft.
    fn take(
        &self,
        filling: &Filling<'_>,
        index: u32,
        on_step: &mut dyn FnMut(FillStep<'_>) -> ControlFlow<()>,
    ) -> Result<Take, FillError> {
        let (score, mask) = (filling.score.clone(), filling.mask.clone());
        let (settings, constraints) = (filling.settings.clone(), filling.constraints.clone());
        let device = filling.device.to_owned();
        let write = move |model: &dyn Model, go_on: &mut dyn FnMut() -> bool| {
            let filling = Filling {
                score: &score,
                mask: &mask,
                settings: &settings,
                constraints: &constraints,
                device: &device,
            };
            model.take(&filling, index, &mut |_| match go_on() {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        };
        let mut wait = || on_step(FillStep::bare(0, 1)).is_continue();
        match self.ask(write, &mut wait) {
            None => Err(FillError::Cancelled),
            Some(Err(why)) => Err(FillError::Refused(why)),
            Some(Ok(take)) => take,
        }
    }

    fn likelihood(&self, score: &Score, mask: &Mask, stages: usize, seed: u64) -> Likelihood {
        let (score, mask) = (score.clone(), mask.clone());
        let judge = move |model: &dyn Model, _: &mut dyn FnMut() -> bool| {
            model.likelihood(&score, &mask, stages, seed)
        };
        let told = self.ask(judge, &mut || true);
        told.and_then(Result::ok).unwrap_or_default()
    }

    fn latents(
        &self,
        score: &Score,
        layer: Option<usize>,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Vec<Vec<f32>>> {
        let score = score.clone();
        let hear = move |model: &dyn Model, go_on: &mut dyn FnMut() -> bool| {
            model.latents(&score, layer, &mut || match go_on() {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        };
        self.ask(hear, &mut || go_on().is_continue())?.ok()?
    }
}
