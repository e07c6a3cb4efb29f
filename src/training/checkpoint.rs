//! Checkpoints for exact resume: weights and optimiser as burn records (which keep the parameters' ids;
//! safetensors would lose them and with them the optimiser's state), the rest as RON.

use super::average::Average;
use super::trainer::TrainError;
use crate::network::Transformer;
use burn::module::Module;
use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::store::ModuleRecord;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Everything of a run's state that is neither weights nor optimiser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Steps done.
    pub step: u64,
    /// Seconds trained, over all sittings.
    pub seconds: f64,
    /// Lowest validation loss of the averaged weights so far, and its step.
    pub best: Option<(f32, u64)>,
}

fn wrap(path: &Path) -> impl Fn(std::io::Error) -> TrainError + '_ {
    move |source| TrainError::Io {
        path: path.to_path_buf(),
        source,
    }
}

fn record(path: &Path, error: impl std::fmt::Display) -> TrainError {
    TrainError::Checkpoint {
        path: path.to_path_buf(),
        why: error.to_string(),
    }
}

/// Writes a checkpoint as folder `folder/name`, whole or not at all.
///
/// # Errors
/// When the disk does not take it; an older checkpoint of that name is then still there.
pub fn save(
    folder: &Path,
    name: &str,
    model: &Transformer,
    optimiser: &ModuleOptimizer,
    average: &Average,
    state: &State,
) -> Result<(), TrainError> {
    let (new, last, old) = paths(folder, name);
    let _ = std::fs::remove_dir_all(&new);
    std::fs::create_dir_all(&new).map_err(wrap(&new))?;
    let save = |m: Transformer, file: &str| {
        let path = new.join(file);
        m.into_record().save(&path).map_err(|e| record(&path, e))
    };
    save(model.clone(), "model.bpk")?;
    save(average.put_into(model.clone()), "average.bpk")?;
    let path = new.join("optimiser.bpk");
    optimiser
        .to_record()
        .save(&path)
        .map_err(|e| record(&path, e))?;
    let path = new.join("state.ron");
    let text = ron::to_string(state).map_err(|e| record(&path, e))?;
    std::fs::write(&path, text).map_err(wrap(&path))?;
    let _ = std::fs::remove_dir_all(&old);
    if last.exists() {
        std::fs::rename(&last, &old).map_err(wrap(&last))?;
    }
    std::fs::rename(&new, &last).map_err(wrap(&last))?;
    let _ = std::fs::remove_dir_all(&old);
    Ok(())
}

/// (being written, the checkpoint, the one it replaces)
fn paths(folder: &Path, name: &str) -> (PathBuf, PathBuf, PathBuf) {
    (
        folder.join(format!("{name}.partial")),
        folder.join(name),
        folder.join(format!("{name}.old")),
    )
}

/// The folder of a checkpoint, if there is one: the last whole one, whatever moment the writer died at.
pub fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let (_, last, old) = paths(folder, name);
    [last, old]
        .into_iter()
        .find(|p| p.join("state.ron").is_file())
}

/// Reads a checkpoint back into a model and an optimiser of the same shape.
///
/// # Errors
/// When a file is missing, broken, or of another shape.
pub fn load(
    path: &Path,
    model: Transformer,
    optimiser: ModuleOptimizer,
) -> Result<(Transformer, ModuleOptimizer, Average, State), TrainError> {
    let read = |file: &str, m: Transformer| {
        let path = path.join(file);
        let r = ModuleRecord::load(&path).map_err(|e| record(&path, e))?;
        m.try_load_record(r).map_err(|e| record(&path, e))
    };
    let averaged = read("average.bpk", model.clone())?;
    let model = read("model.bpk", model)?;
    let mut average = Average::default();
    average.update(&averaged, 0.0);
    let at = path.join("optimiser.bpk");
    let optimiser = optimiser.load_record(OptimizerRecord::load(&at).map_err(|e| record(&at, e))?);
    let at = path.join("state.ron");
    let text = std::fs::read_to_string(&at).map_err(wrap(&at))?;
    let state = ron::from_str(&text).map_err(|e| record(&at, e))?;
    Ok((model, optimiser, average, state))
}
