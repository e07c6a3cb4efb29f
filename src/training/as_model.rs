//! A checkpoint of a run as a model, without making it one of the library: what an evaluation measures along a training.

use super::config::Recipe;
use super::error::TrainError;
use super::learner::Compute;
use super::trainer::{CHECKPOINTS, Which, has_best};
use super::{checkpoint, run};
use crate::dataset::prepared;
use crate::format::file;
use crate::model::{Library, Model, store};
use burn::tensor::Device;
use std::fmt;
use std::path::{Path, PathBuf};

/// No configuration is larger.
const LARGEST: u64 = 1 << 20;

/// What an id of a model begins with that names weights of a run.
const PREFIX: &str = "run:";

/// Weights of a run: `run:FOLDER` are the best averaged ones, `run:FOLDER@STEP` the averaged ones of the checkpoint after
/// that step. Stands where an id of a model may stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunWeights {
    /// The folder of the run.
    pub run: PathBuf,
    /// `None` for the best ones.
    pub step: Option<u64>,
}

impl fmt::Display for RunWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.run.display())?;
        match self.step {
            Some(step) => write!(f, "@{step}"),
            None => Ok(()),
        }
    }
}

impl RunWeights {
    /// Reads what [`RunWeights`] are written as; `None` for ids of the library.
    pub fn parse(id: &str) -> Option<RunWeights> {
        let rest = id.strip_prefix(PREFIX)?;
        let split = rest.rsplit_once('@');
        // A folder may have an @ in its name.
        let step = split.and_then(|(folder, step)| Some((folder, step.parse().ok()?)));
        Some(match step {
            Some((folder, step)) => RunWeights {
                run: PathBuf::from(folder),
                step: Some(step),
            },
            None => RunWeights {
                run: PathBuf::from(rest),
                step: None,
            },
        })
    }

    /// What a row of these weights is called: the name of the run, and the step.
    pub fn name(&self) -> String {
        let run = self.run.file_name().unwrap_or(self.run.as_os_str());
        let run = run.to_string_lossy();
        match self.step {
            Some(step) => format!("{run}@{step}"),
            None => format!("{run}@best"),
        }
    }

    /// All there are of a run: the best first, then the latest steps.
    pub fn of(run: &Path) -> Vec<RunWeights> {
        let of = |step| RunWeights {
            run: run.to_path_buf(),
            step,
        };
        let steps = checkpoint::steps(&run.join(CHECKPOINTS)).into_iter();
        let best = has_best(run).then_some(None);
        best.into_iter()
            .chain(steps.map(|(step, _)| Some(step)))
            .map(of)
            .collect()
    }

    /// Loads them. The data set of the run must lie where `lacuna prepare` puts it, for the network has its shape from
    /// there.
    ///
    /// # Errors
    /// When the run, the checkpoint or its data set cannot be read.
    pub fn load(&self, device: &Device, library: &Library) -> Result<Box<dyn Model>, TrainError> {
        let path = self.run.join(run::CONFIG);
        let unread = |why: String| TrainError::Config {
            path: path.clone(),
            why,
        };
        let bytes = file::read(&path, LARGEST).map_err(|e| unread(e.to_string()))?;
        let mut recipe = Recipe::parse(&String::from_utf8_lossy(&bytes)).map_err(unread)?;
        recipe.id = self.to_string();
        let dataset = prepared::root().join(&recipe.dataset);
        // Its losses were written down when it was trained; nothing is computed here.
        let compute = Compute::Cpu { threads: 1 };
        let run = super::open(recipe, &dataset, device, compute, &self.run, library)?;
        let unwritten = |source| TrainError::Io {
            path: std::env::temp_dir(),
            source,
        };
        let scratch = tempfile::tempdir().map_err(unwritten)?;
        let which = self.step.map_or(Which::Best, Which::After);
        run.weights(scratch.path(), which)?;
        store::open(scratch.path(), device).map_err(|e| TrainError::Checkpoint {
            path: self.run.clone(),
            why: e.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_a_run_are_read_as_they_are_written() {
        for (text, run, step) in [
            ("run:runs/a", "runs/a", None),
            ("run:runs/a@1200", "runs/a", Some(1200)),
            ("run:runs/me@home", "runs/me@home", None),
            ("run:runs/me@home@7", "runs/me@home", Some(7)),
        ] {
            let weights = RunWeights::parse(text).unwrap();
            assert_eq!((weights.run.to_str(), weights.step), (Some(run), step));
            assert_eq!(weights.to_string(), text);
        }
        assert_eq!(RunWeights::parse("pop"), None);
        assert_eq!(RunWeights::parse("run:x/y@3").unwrap().name(), "y@3");
    }
}
