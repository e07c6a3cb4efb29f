//! The runs there are, as `training::run` tells of them, and what the plots take from their tables.

use super::figures::{Channel, Curves, Figures};
use crate::format::file;
use crate::training::fine_tune::Begun;
use crate::training::run::{self, RunState, RunSummary, Series};
use crate::training::{Recipe, checkpoint, has_best};
use std::path::Path;

/// The curve a run is judged by: the averaged weights on what is held out.
const JUDGED: &str = "validation_average/loss";
/// Columns that tables of earlier versions had for every kind of line beside the parts of the loss.
const NO_PARTS: [&str; 4] = ["loss", "seconds", "learning_rate", "gradient"];
/// No recipe is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// A run as the list shows it.
#[derive(Clone, Debug)]
pub struct RunRow {
    pub summary: RunSummary,
    /// What it was started with, or why that cannot be read.
    pub recipe: Result<Recipe, String>,
    /// The last step it is known to have done.
    pub step: u64,
    /// It has best averaged weights, of which a model can be made.
    pub has_best: bool,
    /// What it began from, if it is a fine-tune.
    pub begun: Option<Begun>,
}

impl RunRow {
    /// Steps of the whole run, where its recipe can be read.
    pub fn steps(&self) -> Option<u64> {
        self.recipe.as_ref().ok().map(|r| r.trainer.steps)
    }

    /// Whether it has ended: all its steps are done, or nothing got better any more.
    pub fn finished(&self) -> bool {
        self.summary.state == RunState::Finished || self.steps().is_some_and(|s| self.step >= s)
    }

    /// Step and lowest validation loss of the averaged weights.
    pub fn best(&self) -> Option<(u64, f64)> {
        self.summary.validation.map(|v| v.best)
    }
}

/// The runs in a folder, those that are trained first, then the last changed.
pub fn list(runs: &Path) -> Vec<RunRow> {
    let row = |summary: RunSummary| {
        let config = file::read(&summary.folder.join(run::CONFIG), LARGEST);
        let recipe = config
            .map_err(|e| e.to_string())
            .and_then(|bytes| Recipe::parse(&String::from_utf8_lossy(&bytes)));
        let checkpoints = checkpoint::steps(&summary.folder.join("checkpoints"));
        let saved = checkpoints.first().map_or(0, |(step, _)| *step);
        RunRow {
            step: saved.max(summary.last_step.unwrap_or(0)),
            recipe,
            has_best: has_best(&summary.folder),
            // A damaged file makes it a plain training here; resuming it says what is wrong.
            begun: Begun::read(&summary.folder).ok().flatten(),
            summary,
        }
    };
    run::list(runs, JUDGED).into_iter().map(row).collect()
}

/// What the table of a run says; nothing where there is none yet.
pub fn figures(folder: &Path) -> Figures {
    let series = Series::read(&folder.join(run::METRICS)).unwrap_or_default();
    Figures {
        validation: run::breakdown(folder).unwrap_or_default(),
        ..of_series(&series)
    }
}

fn of_series(series: &Series) -> Figures {
    let curve = |name: &str| series.curve(name).to_vec();
    let curves = Curves {
        loss: curve("train/loss"),
        validation: curve("validation/loss"),
        average: curve(JUDGED),
        rate: curve("train/learning_rate"),
        gradient: curve("train/gradient"),
    };
    // The parts of the loss are what is held out beside the loss itself.
    let names = series
        .names()
        .filter_map(|n| n.strip_prefix("validation_average/"));
    let last = |kind: &str, name: &str| {
        let points = series.curve(&format!("{kind}/{name}"));
        points.last().map(|p| p.1).filter(|v| *v > 0.0)
    };
    let channels = names
        .filter(|n| !NO_PARTS.contains(n))
        .map(|name| Channel {
            train: last("train", name),
            validation: last("validation_average", name),
            ..Channel::new(name)
        })
        .collect();
    Figures {
        curves,
        channels,
        ..Figures::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::run::Metrics;
    use crate::training::tally::Breakdown;

    #[test]
    fn a_table_becomes_curves_and_channels() {
        let runs = tempfile::tempdir().unwrap();
        let folder = runs.path().join("a");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(
            folder.join(run::CONFIG),
            include_str!("../../../configs/pop.ron"),
        )
        .unwrap();
        let columns = [
            "train/learning_rate",
            "train/loss",
            "train/pitch",
            "validation_average/loss",
            "validation_average/pitch",
        ];
        let mut table = Metrics::open(&folder.join(run::METRICS), &columns, 1).unwrap();
        let mut row = |step, values: [f64; 5]| {
            let values = values.map(|v| (v > 0.0).then_some(v));
            table.row(step, &values).unwrap();
        };
        row(50, [1e-3, 4.0, 3.0, 0.0, 0.0]);
        row(100, [2e-3, 3.0, 2.5, 3.5, 3.25]);
        let f = figures(&folder);
        assert_eq!(f.curves.loss, [(50, 4.0), (100, 3.0)]);
        assert_eq!(f.curves.average, [(100, 3.5)]);
        assert_eq!(f.curves.rate, [(50, 1e-3), (100, 2e-3)]);
        let pitch = Channel {
            name: "pitch".into(),
            train: Some(2.5),
            validation: Some(3.25),
        };
        assert_eq!(f.channels, [pitch]);
        assert!(f.validation.by_bar.is_empty());
        let mut b = Breakdown::default();
        b.add(0.5, 1, 3.0, 2.0);
        run::write_breakdown(&folder, &b).unwrap();
        assert_eq!(figures(&folder).validation, b);
        let found = list(runs.path());
        assert_eq!((found[0].step, found[0].best()), (100, Some((100, 3.5))));
        assert!(!found[0].finished() && found[0].steps() == Some(8000));
        assert!(figures(runs.path()).curves.loss.is_empty());
    }
}
