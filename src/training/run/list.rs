//! The runs there are, and what can be told of each without opening its weights.

use super::series::Series;
use super::{CONFIG, METRICS, NOTES, RunError, lock};
use crate::training::recipe;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Largest notes and configuration in bytes.
const LARGEST: u64 = 1 << 20;

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// A process trains it now.
    Running,
    /// It can be taken up.
    Stopped,
    /// It has done all its steps.
    Finished,
}

/// Losses on the validation set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Validation {
    /// Step and loss.
    pub last: (u64, f64),
    /// Step and loss; the first of the lowest, and never one that is no number unless all are.
    pub best: (u64, f64),
}

/// A run as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// Name of its folder.
    pub name: String,
    pub folder: PathBuf,
    /// Every value of its configuration with its path, such as `optimiser.learning_rate` and `0.001`; empty where there
    /// is none or it cannot be read.
    pub config: Vec<(String, String)>,
    /// The last step that its table speaks of.
    pub last_step: Option<u64>,
    pub validation: Option<Validation>,
    pub state: RunState,
    /// What a person wrote about it.
    pub notes: String,
    /// When it last wrote its table, or its configuration.
    pub changed: Option<SystemTime>,
}

impl RunSummary {
    /// What can be told of the run in `folder`; `validation` names the curve of the validation loss.
    pub fn read(folder: &Path, validation: &str) -> RunSummary {
        let changed = |file: &str| folder.join(file).metadata().and_then(|m| m.modified()).ok();
        // A run that has only begun has no table yet.
        let series = Series::read(&folder.join(METRICS)).unwrap_or_default();
        let last_step = series.last_step();
        let done =
            lock::finished_at(folder).is_some_and(|step| last_step.is_none_or(|l| l <= step));
        let state = if lock::is_running(folder) {
            RunState::Running
        } else if done {
            RunState::Finished
        } else {
            RunState::Stopped
        };
        RunSummary {
            name: folder
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default(),
            folder: folder.to_path_buf(),
            config: config(folder),
            last_step,
            validation: validation_of(series.curve(validation)),
            state,
            notes: text(&folder.join(NOTES)).unwrap_or_default(),
            changed: changed(METRICS).or_else(|| changed(CONFIG)),
        }
    }

    /// A value of the configuration.
    pub fn value(&self, path: &str) -> Option<&str> {
        self.config
            .iter()
            .find(|(p, _)| p == path)
            .map(|(_, v)| v.as_str())
    }

    /// Whether every word of a search stands in the name, the notes or a value of the configuration (`layers: 6` as
    /// `layers 6` or by its parts). Case does not count; an empty search finds all.
    pub fn matches(&self, search: &str) -> bool {
        let config = self.config.iter().map(|(p, v)| format!("{p}: {v}"));
        let all = format!(
            "{}\n{}\n{}",
            self.name,
            self.notes,
            config.collect::<Vec<_>>().join("\n")
        );
        let all = all.to_lowercase();
        search
            .to_lowercase()
            .split_whitespace()
            .all(|word| all.contains(word))
    }
}

/// The runs in a folder such as `runs/`: those that are running first, then the last changed. What is no run (it has
/// neither table nor configuration) is passed over; so is a folder that cannot be listed. Reads every table whole: not
/// for the thread that draws.
pub fn list(runs: &Path, validation: &str) -> Vec<RunSummary> {
    let mut found: Vec<RunSummary> = std::fs::read_dir(runs)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|folder| {
            [CONFIG, METRICS]
                .iter()
                .any(|file| folder.join(file).is_file())
        })
        .map(|folder| RunSummary::read(&folder, validation))
        .collect();
    found.sort_by(|a, b| {
        let rank = |r: &RunSummary| (r.state != RunState::Running, std::cmp::Reverse(r.changed));
        rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name))
    });
    found
}

/// Where the configurations of some runs differ: path, and the value of each run (`None` where it has none).
pub fn differences<'a>(runs: &[&'a RunSummary]) -> Vec<(&'a str, Vec<Option<&'a str>>)> {
    let mut paths: Vec<&str> = Vec::new();
    for (path, _) in runs.iter().flat_map(|r| &r.config) {
        if !paths.contains(&path.as_str()) {
            paths.push(path);
        }
    }
    paths
        .into_iter()
        .map(|path| (path, runs.iter().map(|r| r.value(path)).collect()))
        .filter(|(_, values): &(_, Vec<Option<&str>>)| values.windows(2).any(|w| w[0] != w[1]))
        .collect()
}

/// Replaces the notes on a run; empty ones take their file away.
///
/// # Errors
/// When the disk does not take them; the old ones are then still there.
pub fn write_notes(folder: &Path, notes: &str) -> Result<(), RunError> {
    let path = folder.join(NOTES);
    if notes.trim().is_empty() {
        return match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(super::at(&path)(e)),
            _ => Ok(()),
        };
    }
    Ok(crate::format::file::write_atomic(&path, notes.as_bytes())?)
}

fn text(path: &Path) -> Option<String> {
    let bytes = crate::format::file::read(path, LARGEST).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn config(folder: &Path) -> Vec<(String, String)> {
    text(&folder.join(CONFIG))
        .and_then(|text| recipe::values(&text).ok())
        .unwrap_or_default()
}

fn validation_of(curve: &[(u64, f64)]) -> Option<Validation> {
    let last = *curve.last()?;
    let best = curve
        .iter()
        .filter(|(_, loss)| !loss.is_nan())
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .copied()
        .unwrap_or(last);
    Some(Validation { last, best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::run::{Metrics, RunLock, mark_finished};

    /// A run with a configuration and a table of steps 10, 20, 30.
    fn run(runs: &Path, name: &str, config: &str) -> PathBuf {
        let folder = runs.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(CONFIG), config).unwrap();
        let mut m = Metrics::open(&folder.join(METRICS), &["loss", "validation"], 0).unwrap();
        for (step, validation) in [(10, Some(3.0)), (20, Some(2.0)), (30, Some(2.5))] {
            m.row(step, &[Some(1.0), validation]).unwrap();
        }
        folder
    }

    fn only(runs: &Path) -> RunSummary {
        let mut found = list(runs, "validation");
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    #[test]
    fn a_run_tells_its_configuration_and_its_validation() {
        let runs = tempfile::tempdir().unwrap();
        run(
            runs.path(),
            "a",
            "(id: \"pop\", optimiser: (learning_rate: 1e-3), bars: (4, 16))",
        );
        std::fs::create_dir(runs.path().join("no run")).unwrap();
        let a = only(runs.path());
        assert_eq!((a.name.as_str(), a.last_step), ("a", Some(30)));
        assert_eq!(a.value("optimiser.learning_rate"), Some("1e-3"));
        assert_eq!(a.value("bars"), Some("(4, 16)"));
        assert_eq!(
            a.validation,
            Some(Validation {
                last: (30, 2.5),
                best: (20, 2.0)
            })
        );
        assert!(list(&runs.path().join("none"), "validation").is_empty());
    }

    #[test]
    fn a_run_is_running_stopped_or_finished() {
        let runs = tempfile::tempdir().unwrap();
        let folder = run(runs.path(), "a", "()");
        assert_eq!(only(runs.path()).state, RunState::Stopped);
        let lock = RunLock::take(&folder).unwrap();
        assert_eq!(only(runs.path()).state, RunState::Running);
        mark_finished(&folder, 30).unwrap();
        assert_eq!(only(runs.path()).state, RunState::Running);
        drop(lock);
        assert_eq!(only(runs.path()).state, RunState::Finished);
        let mut m = Metrics::open(&folder.join(METRICS), &["loss", "validation"], 31).unwrap();
        m.row(40, &[None, None]).unwrap();
        assert_eq!(
            only(runs.path()).state,
            RunState::Stopped,
            "it was given more steps"
        );
    }

    #[test]
    fn notes_are_kept_with_the_run_and_searched() {
        let runs = tempfile::tempdir().unwrap();
        let folder = run(runs.path(), "a", "(network: (layers: 6))");
        assert_eq!(only(runs.path()).notes, "");
        write_notes(&folder, "Too slow, but good\n").unwrap();
        let a = only(runs.path());
        assert_eq!(a.notes, "Too slow, but good\n");
        for (search, found) in [
            ("", true),
            ("SLOW good", true),
            ("layers: 6", true),
            ("slow bad", false),
        ] {
            assert_eq!(a.matches(search), found, "{search}");
        }
        write_notes(&folder, " ").unwrap();
        write_notes(&folder, "").unwrap();
        assert!(!folder.join(NOTES).exists());
    }

    #[test]
    fn runs_that_are_running_come_first_and_damage_is_borne() {
        let runs = tempfile::tempdir().unwrap();
        let first = run(runs.path(), "a", "()");
        run(runs.path(), "b", "(broken");
        std::fs::write(runs.path().join("b").join(METRICS), b"\xff\x00,\n\n1").unwrap();
        let _lock = RunLock::take(&first).unwrap();
        let found = list(runs.path(), "validation");
        let names: Vec<&str> = found.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(found[1].config.is_empty() && found[1].last_step.is_none());
    }

    #[test]
    fn differences_are_the_values_that_are_not_the_same() {
        let runs = tempfile::tempdir().unwrap();
        run(runs.path(), "a", "(same: 1, rate: 1e-3, only: true)");
        run(runs.path(), "b", "(same: 1, rate: 3e-4)");
        let mut found = list(runs.path(), "validation");
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let found: Vec<&RunSummary> = found.iter().collect();
        assert_eq!(
            differences(&found),
            [
                ("rate", vec![Some("1e-3"), Some("3e-4")]),
                ("only", vec![Some("true"), None])
            ]
        );
    }

    #[test]
    fn the_best_is_a_number_where_there_is_one() {
        let nan = f64::NAN;
        assert_eq!(validation_of(&[(1, 2.0), (2, nan)]).unwrap().best, (1, 2.0));
        assert!(validation_of(&[(1, nan)]).unwrap().best.1.is_nan());
        assert_eq!(validation_of(&[(1, 2.0), (2, 2.0)]).unwrap().best.0, 1);
        assert_eq!(validation_of(&[]), None);
    }
}
