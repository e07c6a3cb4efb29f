//! The loop: draw, step, average, validate, save; stops cleanly whenever asked and goes on to the bit.

use super::average::Average;
use super::checkpoint::{self, State};
use super::config::TrainConfig;
use super::step::{self, Compute, Losses};
use super::{batch, log, schedule};
use crate::network::Transformer;
use crate::process::{Example, generator};
use crate::tokenizer::octuple::Piece;
use crate::tokenizer::octuple::features::WIDTH;
use crate::tokenizer::octuple::vocabulary::LOGITS;
use burn::module::Module;
use burn::optim::{AdamWConfig, ModuleOptimizer};
use burn::tensor::Device;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Why a run could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("{}: {source}. Check that the folder exists, is yours and has room", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} cannot be used as a checkpoint: {why}. Remove the run folder to start afresh", path.display())]
    Checkpoint { path: PathBuf, why: String },
    #[error("{}: {why}", path.display())]
    Config { path: PathBuf, why: String },
    #[error("no song is as long as the {0} bars a window has; prepare more data or lower `bars`")]
    NoData(usize),
    #[error(
        "the loss became {loss} at step {step}: lower `learning_rate`, then resume from the last checkpoint"
    )]
    Diverged { step: u64, loss: f32 },
}

/// Where a run stands after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    pub step: u64,
    pub steps: u64,
    /// Losses of this step's batch.
    pub losses: Losses,
    /// Losses of the averaged weights on the validation set, when this step ended with one.
    pub validation: Option<Losses>,
    pub learning_rate: f64,
    /// Windows a second over the last steps.
    pub throughput: f64,
}

/// A training run in its folder.
pub struct Trainer {
    config: TrainConfig,
    device: Device,
    folder: PathBuf,
    compute: Compute,
    songs: Vec<Piece>,
    validation: Vec<Example>,
    model: Transformer,
    optimiser: ModuleOptimizer,
    average: Average,
    state: State,
}

impl Trainer {
    /// Starts a run in `folder`, or takes up the one that is there.
    ///
    /// `device` is the plain device; weights live there whatever computes.
    ///
    /// # Errors
    /// When the folder cannot be written, holds a checkpoint of another shape, or there is no data.
    pub fn open(
        config: TrainConfig,
        songs: Vec<Piece>,
        validation_songs: &[Piece],
        device: &Device,
        compute: Compute,
        folder: &Path,
    ) -> Result<Trainer, TrainError> {
        let checkpoints = folder.join("checkpoints");
        std::fs::create_dir_all(&checkpoints).map_err(|source| TrainError::Io {
            path: checkpoints.clone(),
            source,
        })?;
        if !songs.iter().any(|s| s.bars.len() >= config.bars.1) {
            return Err(TrainError::NoData(config.bars.1));
        }
        let learning = device.clone().autodiff();
        let mut rng = generator(config.seed, u64::MAX - 1);
        let model = Transformer::new(&config.network, WIDTH, LOGITS, &mut rng, &learning);
        let optimiser = AdamWConfig::new()
            .with_weight_decay(config.weight_decay)
            .with_beta_2(0.98)
            .init();
        let state = State {
            step: 0,
            seconds: 0.0,
            best: None,
        };
        let (model, optimiser, average, state) = match checkpoint::find(&checkpoints, "last") {
            Some(path) => checkpoint::load(&path, model, optimiser)?,
            None => (model, optimiser, Average::default(), state),
        };
        let text = ron::ser::to_string_pretty(&config, ron::ser::PrettyConfig::default()).map_err(
            |e| TrainError::Config {
                path: folder.to_path_buf(),
                why: e.to_string(),
            },
        )?;
        let path = folder.join("config.ron");
        std::fs::write(&path, text).map_err(|source| TrainError::Io { path, source })?;
        let validation = batch::validation(&config, validation_songs);
        Ok(Trainer {
            config,
            device: device.clone(),
            folder: folder.to_path_buf(),
            compute,
            songs,
            validation,
            model,
            optimiser,
            average,
            state,
        })
    }

    /// Steps done.
    pub fn step(&self) -> u64 {
        self.state.step
    }

    /// Seconds trained, over all sittings.
    pub fn seconds(&self) -> f64 {
        self.state.seconds
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.model.num_params()
    }

    /// The averaged weights as a network that samples.
    pub fn averaged(&self) -> Transformer {
        self.average.put_into(self.model.clone()).valid()
    }

    /// Losses of the averaged weights on the fixed validation set.
    pub fn validate(&self) -> Losses {
        step::evaluate(
            &self.averaged(),
            &self.config,
            &self.validation,
            self.compute,
        )
    }

    /// Trains until the last step or until `on_step` breaks; a checkpoint is written either way.
    ///
    /// # Errors
    /// When a checkpoint cannot be written or the loss is no longer a number.
    pub fn run(
        &mut self,
        mut on_step: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<(), TrainError> {
        let checkpoints = self.folder.join("checkpoints");
        let metrics = self.folder.join("metrics.csv");
        let written = |r: std::io::Result<()>| {
            r.map_err(|source| TrainError::Io {
                path: metrics.clone(),
                source,
            })
        };
        let mut pace = Pace::default();
        while self.state.step < self.config.steps {
            let started = Instant::now();
            let c = &self.config;
            let examples = batch::draw(c, &self.songs, self.state.step);
            let windows = examples.len();
            let rate =
                schedule::learning_rate(c.learning_rate, self.state.step, c.warm_up, c.steps);
            let (gradients, losses) =
                step::gradients(&self.model, &self.device, c, &examples, self.compute);
            if !losses.total.is_finite() {
                return Err(TrainError::Diverged {
                    step: self.state.step,
                    loss: losses.total,
                });
            }
            self.model = self.optimiser.step(rate, self.model.clone(), gradients);
            self.state.step += 1;
            // Early on the average must forget the first weights: the warm-up form of the decay.
            let n = self.state.step as f32;
            self.average
                .update(&self.model, c.average.min((1.0 + n) / (10.0 + n)));
            let done = self.state.step == c.steps;
            let validation =
                (self.state.step.is_multiple_of(c.validate_every) || done).then(|| {
                    step::evaluate(
                        &self.average.put_into(self.model.clone()).valid(),
                        c,
                        &self.validation,
                        self.compute,
                    )
                });
            let seconds = started.elapsed().as_secs_f64();
            self.state.seconds += seconds;
            pace.add(windows, seconds);
            if self.state.step.is_multiple_of(50) || done {
                written(log::append(
                    &metrics,
                    self.state.step,
                    "train",
                    self.state.seconds,
                    rate,
                    &losses,
                ))?;
            }
            if let Some(v) = &validation {
                written(log::append(
                    &metrics,
                    self.state.step,
                    "validation",
                    self.state.seconds,
                    rate,
                    v,
                ))?;
                if self.state.best.is_none_or(|(b, _)| v.total < b) {
                    self.state.best = Some((v.total, self.state.step));
                    self.save(&checkpoints, "best")?;
                }
            }
            let progress = Progress {
                step: self.state.step,
                steps: self.config.steps,
                losses,
                validation,
                learning_rate: rate,
                throughput: pace.windows_a_second(),
            };
            let stop = on_step(&progress).is_break();
            if stop || done || self.state.step.is_multiple_of(self.config.checkpoint_every) {
                self.save(&checkpoints, "last")?;
            }
            if stop {
                break;
            }
        }
        Ok(())
    }

    fn save(&self, folder: &Path, name: &str) -> Result<(), TrainError> {
        checkpoint::save(
            folder,
            name,
            &self.model,
            &self.optimiser,
            &self.average,
            &self.state,
        )
    }
}

/// Smoothed throughput.
#[derive(Default)]
struct Pace {
    windows: f64,
    seconds: f64,
}

impl Pace {
    fn add(&mut self, windows: usize, seconds: f64) {
        self.windows = self.windows * 0.95 + windows as f64;
        self.seconds = self.seconds * 0.95 + seconds;
    }

    fn windows_a_second(&self) -> f64 {
        self.windows / self.seconds.max(1e-9)
    }
}

#[cfg(test)]
pub(super) const TEST_CONFIG: &str = "(
    id: \"test\",
    network: (width: 32, layers: 1, heads: 2, feed_forward: 2),
    weighting: MaskedMean,
    batch: 4, steps: 12, warm_up: 2, learning_rate: 0.01, weight_decay: 0.01, clip: 1.0, average: 0.9,
    bars: (2, 4), transpose: (-2, 2), drop_voice: 0.1, seed: 7,
    validate_every: 6, validation_windows: 4, checkpoint_every: 100,
)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;

    const CPU: Compute = Compute::Cpu { threads: 2 };

    fn song() -> Piece {
        let mut s = Score::default();
        for name in ["Melody", "Piano"] {
            let t = s.add_track(name, 0, 0);
            for k in 0..64u32 {
                s.add_note(t, k * 480, 480, 60 + (k % 4) as u8, 80);
            }
        }
        Piece::of_score(&s, &s.bars(), 0, 16, &[])
    }

    fn losses(folder: &Path, stop_at: Option<u64>) -> Vec<f32> {
        let config = ron::from_str(TEST_CONFIG).unwrap();
        let mut t = Trainer::open(
            config,
            vec![song()],
            &[song()],
            &Device::flex(),
            CPU,
            folder,
        )
        .unwrap();
        let mut all = Vec::new();
        t.run(|p| {
            all.push(p.losses.total);
            if Some(p.step) == stop_at {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
        all
    }

    #[test]
    fn a_resumed_run_goes_on_to_the_bit_and_learns() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let whole = losses(a.path(), None);
        let mut parts = losses(b.path(), Some(5));
        parts.extend(losses(b.path(), None));
        assert_eq!(whole, parts);
        assert_eq!(whole.len(), 12);
        assert!(whole[11] < whole[0], "{whole:?}");
    }

    #[test]
    fn every_parameter_is_trained() {
        let dir = tempfile::tempdir().unwrap();
        let config = ron::from_str(TEST_CONFIG).unwrap();
        let mut t = Trainer::open(
            config,
            vec![song()],
            &[song()],
            &Device::flex(),
            CPU,
            dir.path(),
        )
        .unwrap();
        t.run(|_| ControlFlow::Break(())).unwrap();
        // Two moments a parameter: one with none has no gradient and would silently stay as drawn.
        struct Count(usize);
        impl burn::module::ModuleVisitor for Count {
            fn visit_float<const D: usize>(
                &mut self,
                _: &burn::module::Param<burn::tensor::Tensor<D>>,
            ) {
                self.0 += 1;
            }
        }
        let mut count = Count(0);
        t.model.visit(&mut count);
        let record = format!("{:?}", t.optimiser.to_record());
        assert!(
            record.contains(&format!("num_tensors: {},", 2 * count.0)),
            "{record}, {} parameters",
            count.0
        );
    }

    #[test]
    fn data_too_short_is_refused_in_words() {
        let config = ron::from_str(TEST_CONFIG).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let error = Trainer::open(config, vec![], &[], &Device::flex(), CPU, dir.path())
            .err()
            .unwrap();
        assert!(error.to_string().contains("4 bars"));
    }
}
