//! One sitting of a fine-tune: steps, what the held-out pieces say after each validation, and the model at its end.
//! Command line and engine go by it alike.

use crate::format::{file, text};
use crate::model::Card;
use crate::score::Take;
use crate::training::config::ModelConfig;
use crate::training::error::TrainError;
use crate::training::learner::{Probe, Quoted};
use crate::training::samples::{self, Advanced};
use crate::training::trainer::{Training, Which};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Instant;

/// In the run folder of a fine-tune: what it began from.
pub const FILE: &str = "fine_tune.ron";
/// The file is a line.
const LARGEST: u64 = 1 << 16;

/// What a fine-tune began from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// Id of the model.
    pub model: String,
    /// Its loss on the held-out pieces, in nats, before the first step.
    pub before: f32,
}

impl Begun {
    /// What the run in a folder began from; `Ok(None)` where it is no fine-tune.
    ///
    /// # Errors
    /// A damaged file.
    pub fn read(run: &Path) -> Result<Option<Begun>, TrainError> {
        let path = run.join(FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let bad = |why: String| TrainError::Config {
            path: path.clone(),
            why,
        };
        let bytes = file::read(&path, LARGEST).map_err(|e| bad(e.to_string()))?;
        text::read(&String::from_utf8_lossy(&bytes))
            .map(Some)
            .map_err(bad)
    }

    fn write(&self, run: &Path) -> Result<(), TrainError> {
        let path = run.join(FILE);
        let written = text::write(self)
            .and_then(|text| file::write_atomic(&path, text.as_bytes()).map_err(|e| e.to_string()));
        written.map_err(|why| TrainError::Save { path, why })
    }
}

/// What the held-out pieces say after a validation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Remark {
    pub step: u64,
    /// Loss of the averaged weights on the held-out pieces, in nats.
    pub loss: f32,
    /// The same before the first step.
    pub before: f32,
    /// Of the fills of the held-out pieces, the one that quotes the pieces learnt from the most; `None` where no
    /// held-out piece is long enough to be filled.
    pub quoted: Option<Quoted>,
}

impl Remark {
    /// The fill that quotes more than the original, if one does.
    pub fn quotes(&self) -> Option<Quoted> {
        self.quoted.filter(|q| q.fill > q.original)
    }

    /// Whether it begins to copy: all bars of a fill stand so in a piece it learns from.
    pub fn copies(&self) -> bool {
        self.quotes().is_some_and(|q| q.fill >= q.bars)
    }

    /// What is to be said of quotes: a clause, or nothing.
    pub fn warning(&self) -> Option<String> {
        let q = self.quotes()?;
        let what = if self.copies() {
            "it begins to copy"
        } else {
            "it quotes"
        };
        Some(format!(
            "{what}: {} of {} bars of a fill stand so in a piece it learns from (original: {})",
            q.fill, q.bars, q.original
        ))
    }
}

/// The model a fine-tune ends in.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub card: Card,
    /// Losses on the held-out pieces, in nats, of the model it began from and of this one.
    pub before: f32,
    pub after: f32,
    /// What the held-out pieces said of these weights, if that was in this sitting.
    pub remark: Option<Remark>,
}

impl Made {
    /// Whether it understands the held-out pieces better than the model it began from.
    pub fn better(&self) -> bool {
        self.after < self.before
    }

    /// How it is judged, in a clause or two.
    pub fn words(&self) -> String {
        let mut words = format!(
            "held-out pieces: loss {:.3} before, {:.3} now",
            self.before, self.after
        );
        if let Some(warning) = self.remark.and_then(|r| r.warning()) {
            words += &format!("; {warning}");
        }
        words
    }
}

/// A sitting.
pub struct Tuning {
    begun: Begun,
    minutes: f64,
    /// Seconds spent in steps, validations and samples of this sitting.
    spent: f64,
    last: Option<Remark>,
    /// At the best validation of this sitting.
    best: Option<Remark>,
}

impl Tuning {
    /// Takes up a run that [`super::recipe`] describes, for at most so many minutes; the first time it measures the
    /// model it begins from.
    ///
    /// # Errors
    /// When the run is no fine-tune, or one of another model.
    pub fn begin(run: &dyn Training, minutes: f64) -> Result<Tuning, TrainError> {
        let refused = |why: String| TrainError::Record {
            folder: run.folder().to_path_buf(),
            why,
        };
        let start = match &run.recipe().model {
            ModelConfig::Octuple(config) => config.start.as_ref(),
            _ => None,
        };
        let start = start.ok_or_else(|| refused("it starts from no model".into()))?;
        let begun = match Begun::read(run.folder())? {
            Some(begun) => begun,
            None if run.step() == 0 => {
                let begun = Begun {
                    model: start.model.clone(),
                    // The averaged weights are none yet before the first step.
                    before: run.validate().weights.total,
                };
                begun.write(run.folder())?;
                begun
            }
            None => {
                let why = "it is a training and no fine-tune; give the new model another id";
                return Err(refused(why.into()));
            }
        };
        if begun.model != start.model {
            return Err(refused(format!(
                "it began from \"{}\", not from \"{}\"; give the new model another id",
                begun.model, start.model
            )));
        }
        Ok(Tuning {
            begun,
            minutes,
            spent: 0.0,
            last: None,
            best: None,
        })
    }

    /// What it began from.
    pub fn begun(&self) -> &Begun {
        &self.begun
    }

    /// One step, the samples due after it, and what the held-out pieces say after a validation.
    ///
    /// # Errors
    /// As [`Training::advance`].
    pub fn advance(
        &mut self,
        run: &mut dyn Training,
    ) -> Result<(Advanced, Option<Remark>), TrainError> {
        let started = Instant::now();
        let advanced = samples::advance(run)?;
        let p = &advanced.progress;
        let remark = p.validation.as_ref().map(|v| {
            let filled = advanced.samples.as_ref().and_then(|s| s.as_ref().ok());
            Remark {
                step: p.step,
                loss: v.average.total,
                before: self.begun.before,
                quoted: worst(run, filled.map_or(&[][..], Vec::as_slice)),
            }
        });
        if remark.is_some() {
            self.last = remark;
            if p.best {
                self.best = remark;
            }
        }
        self.spent += started.elapsed().as_secs_f64();
        Ok((advanced, remark))
    }

    /// Whether its minutes are over.
    pub fn over(&self) -> bool {
        self.spent > self.minutes * 60.0
    }

    /// Writes the best averaged weights as a model into a folder; those of now where there was no validation yet.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn finish(&self, run: &dyn Training, into: &Path, on: &str) -> Result<Made, TrainError> {
        let (card, remark) = match run.export(into, Which::Best, on) {
            Err(TrainError::Unvalidated { .. }) => (run.export(into, Which::Now, on)?, self.last),
            card => (card?, self.best),
        };
        Ok(Made {
            after: card.training.validation.iter().sum(),
            before: self.begun.before,
            card,
            remark,
        })
    }
}

/// The fill that quotes the most beyond its original.
fn worst(run: &dyn Training, filled: &[(Probe, Take)]) -> Option<Quoted> {
    let quoted = filled.iter().filter_map(|(p, t)| run.quoted(p, t));
    quoted.max_by_key(|q| (q.fill > q.original, q.fill))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remark(quoted: Option<(usize, usize)>) -> Remark {
        Remark {
            step: 25,
            loss: 2.0,
            before: 3.0,
            quoted: quoted.map(|(fill, original)| Quoted {
                fill,
                original,
                bars: 4,
            }),
        }
    }

    #[test]
    fn it_copies_when_a_whole_fill_is_quoted_and_the_original_was_not() {
        assert!(remark(Some((4, 1))).copies());
        assert!(!remark(Some((4, 4))).copies());
        let some = remark(Some((2, 1)));
        assert!(!some.copies());
        assert!(some.warning().unwrap().starts_with("it quotes: 2 of 4"));
        assert_eq!(remark(Some((1, 2))).warning(), None);
        assert_eq!(remark(None).warning(), None);
    }

    #[test]
    fn what_it_began_from_comes_back_and_damage_is_named() {
        let run = tempfile::tempdir().unwrap();
        assert_eq!(Begun::read(run.path()).unwrap(), None);
        let begun = Begun {
            model: "pop".into(),
            before: 3.25,
        };
        begun.write(run.path()).unwrap();
        assert_eq!(Begun::read(run.path()).unwrap(), Some(begun));
        std::fs::write(run.path().join(FILE), "(before: soon)").unwrap();
        let e = Begun::read(run.path()).unwrap_err().to_string();
        assert!(e.contains(FILE), "{e}");
    }
}
