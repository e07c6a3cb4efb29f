//! Checkpoints for exact resume: weights and optimiser as burn records (which keep the parameters' ids;
//! safetensors would lose them and with them the optimiser's state), the rest as RON.
//!
//! A checkpoint is a folder that appears whole or not at all: it is written under another name, brought to the
//! disk, and renamed. Whatever moment the writer dies at, the one before is still there.

use super::average::Average;
use super::error::TrainError;
use super::schedule::Plateau;
use burn::module::Module;
use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::store::ModuleRecord;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Everything of a run's state that is neither weights nor optimiser.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Steps done.
    pub step: u64,
    /// Seconds trained, over all sittings.
    pub seconds: f64,
    /// Lowest validation loss of the weights so far, and its step.
    pub best: Option<(f32, u64)>,
    /// The same of the averaged weights.
    pub best_average: Option<(f32, u64)>,
    /// Validations since the last best of either.
    pub waited: u32,
    pub plateau: Plateau,
    /// What the learner has gathered.
    pub memory: String,
}

/// What a run is at a moment.
pub struct Snapshot<'a, M: Module> {
    pub model: &'a M,
    pub optimiser: &'a ModuleOptimizer,
    pub average: &'a Average,
    pub state: &'a State,
}

const STATE: &str = "state.ron";
const MODEL: &str = "model.bpk";
const AVERAGE: &str = "average.bpk";
const OPTIMISER: &str = "optimiser.bpk";

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

fn unsaved(path: &Path, error: impl std::fmt::Display) -> TrainError {
    TrainError::Save {
        path: path.to_path_buf(),
        why: error.to_string(),
    }
}

/// Name of the checkpoint after a step.
pub fn name(step: u64) -> String {
    format!("step_{step}")
}

/// Brings what was written to a file or folder to the disk.
fn sync(path: &Path) -> Result<(), TrainError> {
    // Folders cannot be opened for this on every system; there the rename alone must do.
    match File::open(path) {
        Ok(file) if path.is_file() => file.sync_all().map_err(|e| unsaved(path, e)),
        Ok(folder) => folder.sync_all().or(Ok(())),
        Err(e) if path.is_file() => Err(unsaved(path, e)),
        Err(_) => Ok(()),
    }
}

/// Writes a checkpoint as folder `folder/name`, whole or not at all.
///
/// # Errors
/// When the disk does not take it; an older checkpoint of that name is then still there, and nothing is left of the
/// new one.
pub fn save<M: Module + Clone>(
    folder: &Path,
    name: &str,
    snapshot: &Snapshot<M>,
) -> Result<(), TrainError> {
    let (new, last, old) = paths(folder, name);
    let _ = std::fs::remove_dir_all(&new);
    let written = write(&new, snapshot);
    if written.is_err() {
        let _ = std::fs::remove_dir_all(&new);
        return written;
    }
    // Where a writer died between the two renames, only the old one is there: it goes last.
    if last.exists() {
        let _ = std::fs::remove_dir_all(&old);
        std::fs::rename(&last, &old).map_err(|e| unsaved(&last, e))?;
    }
    std::fs::rename(&new, &last).map_err(|e| unsaved(&last, e))?;
    sync(folder)?;
    let _ = std::fs::remove_dir_all(&old);
    Ok(())
}

fn write<M: Module + Clone>(new: &Path, s: &Snapshot<M>) -> Result<(), TrainError> {
    std::fs::create_dir_all(new).map_err(|e| unsaved(new, e))?;
    let save = |m: M, file: &str| {
        let path = new.join(file);
        m.into_record().save(&path).map_err(|e| unsaved(&path, e))?;
        sync(&path)
    };
    save(s.model.clone(), MODEL)?;
    save(s.average.put_into(s.model.clone()), AVERAGE)?;
    let path = new.join(OPTIMISER);
    s.optimiser
        .to_record()
        .save(&path)
        .map_err(|e| unsaved(&path, e))?;
    sync(&path)?;
    let path = new.join(STATE);
    let text = ron::to_string(s.state).map_err(|e| unsaved(&path, e))?;
    std::fs::write(&path, text).map_err(|e| unsaved(&path, e))?;
    sync(&path)?;
    sync(new)
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
    [last, old].into_iter().find(|p| p.join(STATE).is_file())
}

/// The numbered checkpoints of a run, newest first.
pub fn steps(folder: &Path) -> Vec<(u64, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<(u64, PathBuf)> = entries
        .flatten()
        .filter_map(|e| {
            let name = e.file_name().into_string().ok()?;
            let step = name.strip_prefix("step_")?.parse().ok()?;
            e.path().join(STATE).is_file().then(|| (step, e.path()))
        })
        .collect();
    found.sort_unstable_by_key(|(step, _)| std::cmp::Reverse(*step));
    found
}

/// Removes numbered checkpoints but the newest `last` and those at multiples of `every` (0: none), and what a killed
/// writer left behind.
pub fn tidy(folder: &Path, last: usize, every: u64) {
    let kept = |step: u64| every > 0 && step.is_multiple_of(every);
    for (step, path) in steps(folder).into_iter().skip(last.max(1)) {
        if !kept(step) {
            let _ = std::fs::remove_dir_all(path);
        }
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|e| e.path()) {
        if path.extension().is_some_and(|e| e == "partial") {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

/// Reads the state of a checkpoint alone.
///
/// # Errors
/// When it is missing or broken.
pub fn state(path: &Path) -> Result<State, TrainError> {
    let at = path.join(STATE);
    let text = std::fs::read_to_string(&at).map_err(wrap(&at))?;
    ron::from_str(&text).map_err(|e| record(&at, e))
}

/// Reads weights of a checkpoint into a model of the same shape: the averaged ones or the last.
///
/// # Errors
/// When the file is missing, broken, or of another shape.
pub fn weights<M: Module>(path: &Path, model: M, averaged: bool) -> Result<M, TrainError> {
    let path = path.join(if averaged { AVERAGE } else { MODEL });
    let r = ModuleRecord::load(&path).map_err(|e| record(&path, e))?;
    model.try_load_record(r).map_err(|e| record(&path, e))
}

/// Reads a checkpoint back into a model and an optimiser of the same shape.
///
/// # Errors
/// When a file is missing, broken, or of another shape.
pub fn load<M: Module + Clone>(
    path: &Path,
    model: M,
    optimiser: ModuleOptimizer,
) -> Result<(M, ModuleOptimizer, Average, State), TrainError> {
    let averaged = weights(path, model.clone(), true)?;
    let model = weights(path, model, false)?;
    let mut average = Average::default();
    average.update(&averaged, 0.0);
    let at = path.join(OPTIMISER);
    let optimiser = optimiser.load_record(OptimizerRecord::load(&at).map_err(|e| record(&at, e))?);
    Ok((model, optimiser, average, state(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::create_dir(dir.path().join(name)).unwrap();
            std::fs::write(dir.path().join(name).join(STATE), "x").unwrap();
        }
        dir
    }

    #[test]
    fn the_newest_and_the_round_ones_are_kept() {
        let dir = folder_with(&[
            "step_10",
            "step_20",
            "step_30",
            "step_40",
            "best",
            "step_50.partial",
        ]);
        std::fs::create_dir(dir.path().join("step_60")).unwrap();
        let all = steps(dir.path());
        assert_eq!(
            all.iter().map(|s| s.0).collect::<Vec<_>>(),
            [40, 30, 20, 10],
            "a folder without state is no checkpoint"
        );
        tidy(dir.path(), 1, 20);
        let left: Vec<_> = steps(dir.path()).into_iter().map(|s| s.0).collect();
        assert_eq!(left, [40, 20]);
        assert!(dir.path().join("best").exists());
        assert!(!dir.path().join("step_50.partial").exists());
    }
}
