//! The loop over any learner: draw, step, average, validate, save; stops cleanly whenever asked and goes on to
//! the bit.

use super::average::Average;
use super::checkpoint::{self, Snapshot, State};
use super::config::Recipe;
use super::error::TrainError;
use super::gradient;
use super::learner::{Compute, Learner, Losses, Probe, Quoted};
use super::pace::Pace;
use super::recipe;
use super::recorder::{Recorder, Render};
use crate::model::Card;
use crate::process::generator;
use crate::score::Take;
use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What a validation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// Losses of the weights as they are.
    pub weights: Losses,
    /// Losses of the averaged weights.
    pub average: Losses,
}

/// Where a run stands after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    pub step: u64,
    pub steps: u64,
    /// Losses of this step.
    pub losses: Losses,
    /// When this step ended with one.
    pub validation: Option<Validation>,
    /// Whether that is the best of the averaged weights so far.
    pub best: bool,
    pub learning_rate: f64,
    /// Windows a second over the last steps.
    pub throughput: f64,
    /// Seconds trained, over all sittings.
    pub seconds: f64,
    /// Seconds to the last step at the present pace.
    pub seconds_left: f64,
    /// Whether this step was the last: the end is reached, or nothing got better for long enough.
    pub finished: bool,
}

/// Which weights of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// As they are now, averaged.
    Now,
    /// Those of the averaged weights with the lowest validation loss so far.
    Best,
    /// The averaged ones of the checkpoint after that step.
    After(u64),
}

/// A training run of any kind, as the command line and the engine hold it.
pub trait Training: Send {
    fn recipe(&self) -> &Recipe;

    /// The run folder.
    fn folder(&self) -> &Path;

    /// Steps done.
    fn step(&self) -> u64;

    /// Seconds trained, over all sittings.
    fn seconds(&self) -> f64;

    /// Number of parameters.
    fn parameters(&self) -> usize;

    /// Names of what the loss is made of.
    fn parts(&self) -> Vec<String>;

    /// Whether the run has ended.
    fn finished(&self) -> bool;

    /// One step: gradients, update, average; validation and checkpoints when they are due.
    ///
    /// # Errors
    /// When a checkpoint cannot be written or the loss is no longer a number.
    fn advance(&mut self) -> Result<Progress, TrainError>;

    /// Writes a checkpoint of this moment, from which the run goes on to the bit.
    ///
    /// # Errors
    /// When the disk does not take it.
    fn save(&mut self) -> Result<(), TrainError>;

    /// The probes, each filled by the averaged weights.
    ///
    /// # Errors
    /// A sentence, when one cannot be filled.
    fn sample(&self) -> Result<Vec<(Probe, Take)>, String>;

    /// Lends the run a synthesiser for the sounds among its events.
    fn hear(&mut self, _render: Render) {}

    /// Shows filled probes in the run's events.
    ///
    /// # Errors
    /// When the disk does not take them.
    fn show(&mut self, _samples: &[(Probe, Take)]) -> Result<(), TrainError> {
        Ok(())
    }

    /// How much of a fill is quoted from the training songs; `None` where that is not looked for.
    fn quoted(&self, _probe: &Probe, _take: &Take) -> Option<Quoted> {
        None
    }

    /// Losses on the fixed validation set.
    fn validate(&self) -> Validation;

    /// Writes averaged weights as a model into a folder; `on` says what the run was computed on.
    ///
    /// # Errors
    /// When there is no such checkpoint or the disk does not take it.
    fn export(&self, folder: &Path, which: Which, on: &str) -> Result<Card, TrainError>;

    /// Writes averaged weights and their card into a folder, as [`Training::export`] does, without judging them.
    ///
    /// # Errors
    /// As [`Training::export`].
    fn weights(&self, folder: &Path, which: Which) -> Result<(), TrainError>;
}

/// A training run in its folder.
pub struct Trainer<L: Learner> {
    recipe: Recipe,
    learner: L,
    device: Device,
    folder: PathBuf,
    compute: Compute,
    validation: Vec<L::Example>,
    model: L::Network,
    optimiser: ModuleOptimizer,
    average: Average,
    state: State,
    pace: Pace,
    /// Open from the first step on: to look at a run or to export it locks nothing.
    recorder: Option<Recorder>,
    /// Step of the newest checkpoint when the run was opened, readable or not.
    newest: Option<u64>,
    render: Option<Render>,
}

/// Folder of the checkpoints in a run's.
pub(super) const CHECKPOINTS: &str = "checkpoints";
const BEST: &str = "best";
const BEST_AVERAGE: &str = "ema_best";

/// Whether the run in a folder has best averaged weights, those that [`Training::export`] makes a model of.
pub fn has_best(run: &Path) -> bool {
    checkpoint::find(&run.join(CHECKPOINTS), BEST_AVERAGE).is_some()
}

impl<L: Learner> Trainer<L> {
    /// Weights of this run, and how far it was with them.
    fn of(&self, which: Which) -> Result<(L::Network, State), TrainError> {
        let name = match which {
            Which::Now => return Ok((self.averaged(), self.state.clone())),
            Which::Best => BEST_AVERAGE.to_owned(),
            Which::After(step) => checkpoint::name(step),
        };
        let missing = || match which {
            Which::After(_) => TrainError::Checkpoint {
                path: self.checkpoints().join(&name),
                why: "there is none of that step".into(),
            },
            _ => TrainError::Unvalidated {
                folder: self.folder.clone(),
                first: self.recipe.trainer.validate_every,
            },
        };
        let path = checkpoint::find(&self.checkpoints(), &name).ok_or_else(missing)?;
        let fresh = self.model.clone().valid();
        Ok((
            checkpoint::weights(&path, fresh, true)?,
            checkpoint::state(&path)?,
        ))
    }

    /// Starts a run in `folder`, or takes up the one that is there.
    ///
    /// `device` is the plain device; weights live there whatever computes.
    ///
    /// # Errors
    /// When the folder cannot be written or every checkpoint in it is of another shape.
    pub fn open(
        recipe: Recipe,
        mut learner: L,
        device: &Device,
        compute: Compute,
        folder: &Path,
    ) -> Result<Trainer<L>, TrainError> {
        let checkpoints = folder.join(CHECKPOINTS);
        std::fs::create_dir_all(&checkpoints).map_err(|source| TrainError::Io {
            path: checkpoints.clone(),
            source,
        })?;
        let learning = device.clone().autodiff();
        let learning = if recipe.trainer.gradient_checkpointing {
            learning.gradient_checkpointing()
        } else {
            learning
        };
        let mut rng = generator(recipe.trainer.seed, u64::MAX - 1);
        let fresh = learner.network(&mut rng, &learning);
        let optimiser = recipe.trainer.optimiser.init(&fresh);
        let (model, optimiser, average, state) = resume(&checkpoints, &fresh, &optimiser)?
            .unwrap_or_else(|| (fresh, optimiser, Average::default(), State::default()));
        learner
            .recall(&state.memory)
            .map_err(|why| TrainError::Checkpoint {
                path: checkpoints.clone(),
                why,
            })?;
        Ok(Trainer {
            validation: learner.validation(),
            recipe,
            learner,
            device: device.clone(),
            folder: folder.to_path_buf(),
            compute,
            model,
            optimiser,
            average,
            state,
            pace: Pace::default(),
            recorder: None,
            newest: newest(&checkpoints),
            render: None,
        })
    }

    /// What it learns by.
    pub fn learner(&self) -> &L {
        &self.learner
    }

    /// The averaged weights as a network that samples.
    pub fn averaged(&self) -> L::Network {
        self.average.put_into(self.model.clone()).valid()
    }

    fn checkpoints(&self) -> PathBuf {
        self.folder.join(CHECKPOINTS)
    }

    fn write(&mut self, name: &str) -> Result<(), TrainError> {
        self.state.memory = self.learner.memory();
        checkpoint::save(
            &self.checkpoints(),
            name,
            &Snapshot {
                model: &self.model,
                optimiser: &self.optimiser,
                average: &self.average,
                state: &self.state,
            },
        )
    }

    /// Gradients of a step over all its batches, clipped, and its losses.
    fn gradients(&mut self) -> (burn::optim::GradientsParams, Losses, usize) {
        let batches = self.recipe.trainer.accumulate.max(1) as u64;
        let (mut sum, mut losses, mut windows) = (None, Vec::new(), 0);
        for i in 0..batches {
            let number = self.state.step * batches + i;
            let examples = self.learner.batch(number);
            windows += examples.len();
            let (g, l) =
                self.learner
                    .gradients(&self.model, &self.device, &examples, number, self.compute);
            self.learner.observe(&examples, &l);
            losses.push(l);
            match &mut sum {
                None => sum = Some(g),
                Some(sum) => gradient::add(&self.model, sum, g),
            }
        }
        let mut gradients = sum.unwrap_or_default();
        if batches > 1 {
            gradient::scale(&self.model, &mut gradients, 1.0 / batches as f32);
        }
        let mut losses = Losses::mean(&losses);
        losses.gradient = gradient::clip(&self.model, &mut gradients, self.recipe.trainer.clip);
        (gradients, losses, windows)
    }

    /// Takes note of a validation; writes the best checkpoints.
    fn judge(&mut self, v: &Validation) -> Result<(), TrainError> {
        let step = self.state.step;
        let schedule = self.recipe.trainer.schedule;
        self.state.plateau.observe(&schedule, v.weights.total);
        self.state.waited += 1;
        let better = |best: Option<(f32, u64)>, l: &Losses| best.is_none_or(|(b, _)| l.total < b);
        if better(self.state.best, &v.weights) {
            self.state.best = Some((v.weights.total, step));
            self.state.waited = 0;
            self.write(BEST)?;
        }
        if better(self.state.best_average, &v.average) {
            self.state.best_average = Some((v.average.total, step));
            self.state.waited = 0;
            self.write(BEST_AVERAGE)?;
        }
        Ok(())
    }

    /// Takes the folder for the first step of this sitting.
    fn begin(&mut self) -> Result<&mut Recorder, TrainError> {
        let recorder = match self.recorder.take() {
            Some(recorder) => recorder,
            None => {
                let text = self.recipe.to_text().map_err(|why| TrainError::Config {
                    path: self.folder.clone(),
                    why,
                })?;
                let parts = self.learner.parts();
                let recorder = Recorder::open(&self.folder, &text, parts, self.state.step)?;
                if newest(&self.checkpoints()) != self.newest {
                    return Err(TrainError::Record {
                        folder: self.folder.clone(),
                        why: "it went on in another process since it was opened; open it again"
                            .into(),
                    });
                }
                recorder
            }
        };
        Ok(self.recorder.insert(recorder))
    }
}

fn newest(checkpoints: &Path) -> Option<u64> {
    let steps = checkpoint::steps(checkpoints);
    steps.first().map(|(step, _)| *step)
}

/// The newest checkpoint that can be read; one that cannot is told of and passed over.
#[allow(clippy::type_complexity)]
fn resume<M: Module + Clone>(
    folder: &Path,
    fresh: &M,
    optimiser: &ModuleOptimizer,
) -> Result<Option<(M, ModuleOptimizer, Average, State)>, TrainError> {
    let mut failed = None;
    for (_, path) in checkpoint::steps(folder) {
        match checkpoint::load(&path, fresh.clone(), optimiser.clone()) {
            Ok(all) => return Ok(Some(all)),
            Err(e) => {
                ::log::warn!("{e}");
                failed.get_or_insert(e);
            }
        }
    }
    failed.map_or(Ok(None), Err)
}

impl<L: Learner> Training for Trainer<L> {
    fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    fn folder(&self) -> &Path {
        &self.folder
    }

    fn step(&self) -> u64 {
        self.state.step
    }

    fn seconds(&self) -> f64 {
        self.state.seconds
    }

    fn parameters(&self) -> usize {
        self.model.num_params()
    }

    fn parts(&self) -> Vec<String> {
        self.learner.parts()
    }

    fn finished(&self) -> bool {
        let t = &self.recipe.trainer;
        self.state.step >= t.steps || t.early_stopping.is_some_and(|p| self.state.waited > p)
    }

    fn advance(&mut self) -> Result<Progress, TrainError> {
        let started = Instant::now();
        self.begin()?;
        let t = self.recipe.trainer.clone();
        let rate = t.schedule.rate(
            t.learning_rate,
            self.state.step,
            t.warm_up,
            t.steps,
            &self.state.plateau,
        );
        let (gradients, losses, windows) = self.gradients();
        if !losses.total.is_finite() {
            return Err(TrainError::Diverged {
                step: self.state.step,
                loss: losses.total,
            });
        }
        self.model = self.optimiser.step(rate, self.model.clone(), gradients);
        if matches!(self.compute, Compute::Cpu { .. }) {
            gradient::sweep(&self.device);
        }
        self.state.step += 1;
        if let Some(decay) = t.average.decay_at(self.state.step) {
            self.average.update(&self.model, decay);
        } else if self.state.step == 1 {
            // It starts as a copy, whenever its first update is due.
            self.average.update(&self.model, 0.0);
        }
        let step = self.state.step;
        let last = step >= t.steps;
        let validation = (step.is_multiple_of(t.validate_every) || last).then(|| self.validate());
        let seconds = started.elapsed().as_secs_f64();
        self.state.seconds += seconds;
        self.pace.add(windows, seconds);
        if let Some(v) = &validation {
            self.judge(v)?;
        }
        let progress = Progress {
            step,
            steps: t.steps,
            losses,
            best: validation.is_some() && self.state.best_average.is_some_and(|(_, at)| at == step),
            validation,
            learning_rate: rate,
            throughput: self.pace.windows_a_second(),
            seconds: self.state.seconds,
            seconds_left: self.pace.seconds_a_step() * t.steps.saturating_sub(step) as f64,
            finished: self.finished(),
        };
        let averaged = progress.validation.is_some().then(|| self.averaged());
        let recorder = self.begin()?;
        recorder.step(&progress)?;
        if let Some(network) = averaged {
            recorder.weights(step, &network)?;
        }
        if progress.finished || step.is_multiple_of(t.checkpoint_every) {
            self.save()?;
        }
        Ok(progress)
    }

    fn save(&mut self) -> Result<(), TrainError> {
        self.write(&checkpoint::name(self.state.step))?;
        let t = &self.recipe.trainer;
        checkpoint::tidy(&self.checkpoints(), t.keep_last, t.keep_every);
        Ok(())
    }

    fn sample(&self) -> Result<Vec<(Probe, Take)>, String> {
        let network = self.averaged();
        let fill = |probe: Probe| {
            let seed = self.recipe.trainer.seed;
            let take = self.learner.fill(&network, &self.device, &probe, seed)?;
            Ok((probe, take))
        };
        self.learner.probes().into_iter().map(fill).collect()
    }

    fn hear(&mut self, render: Render) {
        self.render = Some(render);
    }

    fn show(&mut self, samples: &[(Probe, Take)]) -> Result<(), TrainError> {
        let (step, render) = (self.state.step, self.render.clone());
        self.begin()?.samples(step, samples, render.as_ref())
    }

    fn quoted(&self, probe: &Probe, take: &Take) -> Option<Quoted> {
        self.learner.quoted(probe, take)
    }

    fn validate(&self) -> Validation {
        let of =
            |network: &L::Network| self.learner.losses(network, &self.validation, self.compute);
        Validation {
            weights: of(&self.model.clone().valid()),
            average: of(&self.averaged()),
        }
    }

    fn export(&self, folder: &Path, which: Which, on: &str) -> Result<Card, TrainError> {
        let (network, state) = self.of(which)?;
        let losses = self
            .learner
            .losses(&network, &self.validation, self.compute);
        let failed = |why| TrainError::Config {
            path: folder.to_path_buf(),
            why,
        };
        let mut card = self.learner.card(&network);
        let t = &self.recipe.trainer;
        card.training.config = recipe::told(&self.recipe, &self.folder);
        card.training.steps = state.step;
        card.training.windows = state.step * (t.batch * t.accumulate) as u64;
        card.training.hours = state.seconds / 3600.0;
        card.training.device = on.into();
        card.training.validation = losses.parts;
        self.learner
            .export(folder, &card, &network)
            .map_err(failed)?;
        recipe::keep(&self.recipe, folder).map_err(failed)?;
        Ok(card)
    }

    fn weights(&self, folder: &Path, which: Which) -> Result<(), TrainError> {
        let (network, _) = self.of(which)?;
        let card = self.learner.card(&network);
        let failed = |why| TrainError::Config {
            path: folder.to_path_buf(),
            why,
        };
        self.learner.export(folder, &card, &network).map_err(failed)
    }
}

#[cfg(test)]
mod tests;
