//! What a run tells while it goes on: `config.ron`, `log.txt`, `metrics.csv`, TensorBoard's events; and the lock that
//! keeps a second process out of its folder.

use super::error::TrainError;
use super::learner::{Losses, Probe};
use super::picture::roll;
use super::run::{self, Metrics, RunLock, RunLog};
use super::tensorboard::{EventWriter, Histogram};
use super::trainer::Progress;
use crate::score::{Score, Take};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A sound, interleaved samples of -1..=1.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    pub samples: Vec<f32>,
    pub channels: u16,
    /// Hertz.
    pub rate: u32,
}

/// Plays a score, for the events. Training knows no synthesiser; whoever starts a run may lend it one.
pub type Render = Arc<dyn Fn(&Score) -> Result<Sound, String> + Send + Sync>;

/// Steps between lines of the training loss.
const EVERY: u64 = 50;

/// The open files of a run.
pub struct Recorder {
    folder: PathBuf,
    log: RunLog,
    metrics: Metrics,
    events: EventWriter,
    /// Names of what the loss is made of.
    parts: Vec<String>,
    _lock: RunLock,
}

fn told(e: impl std::fmt::Display, folder: &Path) -> TrainError {
    TrainError::Record {
        folder: folder.to_path_buf(),
        why: e.to_string(),
    }
}

impl Recorder {
    /// Takes the folder's lock and opens its files, to write steps after `done`; what they say of later ones was lost with
    /// a crash and is cut off.
    ///
    /// # Errors
    /// When another process trains there, or a file cannot be written.
    pub fn open(
        folder: &Path,
        config: &str,
        parts: Vec<String>,
        done: u64,
    ) -> Result<Recorder, TrainError> {
        let fail = |e: &dyn std::fmt::Display| told(e, folder);
        let lock = RunLock::take(folder).map_err(|e| fail(&e))?;
        crate::format::file::write_atomic(&folder.join(run::CONFIG), config.as_bytes())
            .map_err(|e| fail(&e))?;
        let columns = columns(&parts);
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let path = folder.join(run::METRICS);
        let metrics = Metrics::open(&path, &names, done + 1).map_err(|e| fail(&e))?;
        let events =
            EventWriter::open(&folder.join(run::EVENTS), done + 1).map_err(|e| fail(&e))?;
        let mut log = RunLog::open(&folder.join(run::LOG)).map_err(|e| fail(&e))?;
        log.line(&match done {
            0 => "started".into(),
            step => format!("taken up after step {step}"),
        })
        .map_err(|e| fail(&e))?;
        Ok(Recorder {
            folder: folder.to_path_buf(),
            log,
            metrics,
            events,
            parts,
            _lock: lock,
        })
    }

    fn fail(&self, e: impl std::fmt::Display) -> TrainError {
        told(e, &self.folder)
    }

    /// Adds a line to the log.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn line(&mut self, text: &str) -> Result<(), TrainError> {
        self.log.line(text).map_err(|e| told(e, &self.folder))
    }

    /// Writes down what a step found, where it has something to say: every fifty steps and at every validation.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn step(&mut self, p: &Progress) -> Result<(), TrainError> {
        if !p.step.is_multiple_of(EVERY) && p.validation.is_none() && !p.finished {
            return Ok(());
        }
        let values = values(p, self.parts.len());
        let row = self.metrics.row(p.step, &values);
        row.map_err(|e| self.fail(e))?;
        let columns = columns(&self.parts);
        let scalars: Vec<(&str, f32)> = columns
            .iter()
            .zip(&values)
            .filter_map(|(name, value)| Some((name.as_str(), value.as_ref().copied()? as f32)))
            .collect();
        let written = self.events.scalars(p.step, &scalars);
        written.map_err(|e| self.fail(e))?;
        if let Some(v) = &p.validation {
            let written = run::write_breakdown(&self.folder, &v.average.breakdown);
            written.map_err(|e| self.fail(e))?;
            let best = if p.best { ", the best so far" } else { "" };
            self.line(&format!(
                "step {}: loss {:.4}; held out {:.4}, averaged weights {:.4}{best}",
                p.step, p.losses.total, v.weights.total, v.average.total
            ))?;
        }
        if p.finished {
            self.line(&format!("finished after step {}", p.step))?;
            run::mark_finished(&self.folder, p.step).map_err(|e| self.fail(e))?;
        }
        Ok(())
    }

    /// Writes down how the values of every parameter are spread.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn weights(&mut self, step: u64, network: &impl Module) -> Result<(), TrainError> {
        #[derive(Default)]
        struct Read {
            path: Vec<String>,
            found: Vec<(String, Histogram)>,
        }
        impl ModuleVisitor for Read {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                if let Ok(values) = param.val().into_data().try_into_vec_as::<f32>() {
                    let name = format!("weights/{}", self.path.join("."));
                    self.found.push((name, Histogram::of(&values)));
                }
            }

            fn enter_module(&mut self, name: &str, _: &str) {
                self.path.push(name.to_owned());
            }

            fn exit_module(&mut self, _: &str, _: &str) {
                self.path.pop();
            }
        }
        let mut read = Read::default();
        network.visit(&mut read);
        for (name, histogram) in &read.found {
            let written = self.events.histogram(step, name, histogram);
            written.map_err(|e| self.fail(e))?;
        }
        Ok(())
    }

    /// Shows filled probes: a picture of each with its hole, and its sound where there is a synthesiser.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn samples(
        &mut self,
        step: u64,
        samples: &[(Probe, Take)],
        render: Option<&Render>,
    ) -> Result<(), TrainError> {
        for (probe, take) in samples {
            let filled = probe.score.with_take(&probe.mask, take);
            let bars = filled.bars();
            let hole = |bar: u32| {
                let ticks = bars.start(bar)..bars.end(bar);
                let masked = |t: &crate::score::Track| {
                    !probe.mask.strips(t.id, ticks.start, ticks.end).is_empty()
                };
                filled
                    .tracks
                    .iter()
                    .any(|t| masked(t))
                    .then_some(ticks.clone())
            };
            let holes: Vec<_> = (0..filled.bar_count()).filter_map(hole).collect();
            let picture = roll(&filled, 0..filled.end(), &holes);
            let tag = format!("samples/{}", probe.name);
            let written = self.events.picture(step, &tag, &picture);
            written.map_err(|e| self.fail(e))?;
            match render.map(|render| render(&filled)) {
                Some(Ok(s)) => {
                    let written = self
                        .events
                        .sound(step, &tag, &s.samples, s.channels, s.rate);
                    written.map_err(|e| self.fail(e))?;
                }
                Some(Err(why)) => self.line(&format!("{tag} cannot be played: {why}"))?,
                None => {}
            }
        }
        Ok(())
    }
}

/// The columns of the table, and the names of the curves.
fn columns(parts: &[String]) -> Vec<String> {
    let of = |kind: &'static str| {
        let parts = parts.iter().map(move |part| format!("{kind}/{part}"));
        std::iter::once(format!("{kind}/loss")).chain(parts)
    };
    ["seconds", "learning_rate", "gradient", "throughput"]
        .map(|name| format!("train/{name}"))
        .into_iter()
        .chain(of("train"))
        .chain(of("validation"))
        .chain(of("validation_average"))
        .collect()
}

/// The values of [`columns`].
fn values(p: &Progress, parts: usize) -> Vec<Option<f64>> {
    let of = |losses: Option<&Losses>| -> Vec<Option<f64>> {
        let part = |i: usize| losses.and_then(|l| l.parts.get(i)).map(|v| f64::from(*v));
        std::iter::once(losses.map(|l| f64::from(l.total)))
            .chain((0..parts).map(part))
            .collect()
    };
    let mut values = vec![
        Some(p.seconds),
        Some(p.learning_rate),
        Some(f64::from(p.losses.gradient)),
        Some(p.throughput),
    ];
    values.extend(of(Some(&p.losses)));
    values.extend(of(p.validation.as_ref().map(|v| &v.weights)));
    values.extend(of(p.validation.as_ref().map(|v| &v.average)));
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::run::Series;
    use crate::training::trainer::Validation;

    fn progress(step: u64, validated: bool) -> Progress {
        let losses = |total| Losses {
            total,
            parts: vec![total / 2.0],
            ..Losses::default()
        };
        Progress {
            step,
            steps: 100,
            losses: losses(4.0),
            validation: validated.then(|| Validation {
                weights: losses(3.0),
                average: losses(2.0),
            }),
            best: validated,
            learning_rate: 0.01,
            throughput: 5.0,
            seconds: 1.0,
            seconds_left: 1.0,
            finished: false,
        }
    }

    #[test]
    fn a_run_tells_its_losses_and_forgets_what_a_crash_undid() {
        let dir = tempfile::tempdir().unwrap();
        let open = |done| Recorder::open(dir.path(), "()", vec!["pitch".into()], done);
        let mut recorder = open(0).unwrap();
        assert!(open(0).is_err(), "two processes in one run");
        recorder.step(&progress(7, false)).unwrap();
        recorder.step(&progress(50, false)).unwrap();
        recorder.step(&progress(60, true)).unwrap();
        drop(recorder);
        let series = Series::read(&dir.path().join(run::METRICS)).unwrap();
        assert_eq!(series.curve("train/loss"), [(50, 4.0), (60, 4.0)]);
        assert_eq!(series.curve("validation_average/pitch"), [(60, 1.0)]);
        drop(open(50).unwrap());
        let series = Series::read(&dir.path().join(run::METRICS)).unwrap();
        assert_eq!(series.curve("train/loss"), [(50, 4.0)]);
        let log = std::fs::read_to_string(dir.path().join(run::LOG)).unwrap();
        assert!(
            log.contains("the best so far") && log.contains("after step 50"),
            "{log}"
        );
        assert!(
            std::fs::read_dir(dir.path().join(run::EVENTS))
                .unwrap()
                .count()
                > 0
        );
    }
}
