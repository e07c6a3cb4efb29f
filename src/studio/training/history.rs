//! The run folders there are, and what can be told of each without opening its weights.
//!
//! Everything the pane reads of a run but its samples comes from here.

use super::figures::{Channel, Curves, Figures};
use crate::format::file;
use crate::training::{Recipe, checkpoint};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const CONFIG: &str = "config.ron";
const METRICS: &str = "metrics.csv";
const NOTES: &str = "notes.txt";
/// No such file of ours is larger.
const LIMIT: u64 = 256 << 20;

/// A run as the list shows it.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// Name of its folder.
    pub name: String,
    pub folder: PathBuf,
    /// What it was started with, or why that cannot be read.
    pub recipe: Result<Recipe, String>,
    /// The last step it is known to have done.
    pub step: u64,
    /// Step and lowest validation loss of the averaged weights.
    pub best: Option<(u64, f64)>,
    /// What a person wrote about it.
    pub notes: String,
    pub changed: Option<SystemTime>,
}

impl RunRow {
    /// Steps of the whole run, where its recipe can be read.
    pub fn steps(&self) -> Option<u64> {
        self.recipe.as_ref().ok().map(|r| r.trainer.steps)
    }

    /// Whether it has done all its steps.
    pub fn finished(&self) -> bool {
        self.steps().is_some_and(|s| self.step >= s)
    }

    /// Whether every word of a search stands in its name, its notes or its recipe. Case does not count.
    pub fn matches(&self, search: &str) -> bool {
        let search = search.to_lowercase();
        if search.trim().is_empty() {
            return true;
        }
        let recipe = self.recipe.as_ref().ok().and_then(|r| r.to_text().ok());
        let all = format!(
            "{}\n{}\n{}",
            self.name,
            self.notes,
            recipe.unwrap_or_default()
        )
        .to_lowercase();
        search.split_whitespace().all(|word| all.contains(word))
    }
}

fn text(path: &Path) -> Option<String> {
    let bytes = file::read(path, LIMIT).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The runs in a folder, the last changed first. What is no run is passed over.
pub fn list(runs: &Path) -> Vec<RunRow> {
    let mut found: Vec<RunRow> = std::fs::read_dir(runs)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|folder| folder.join(CONFIG).is_file())
        .map(|folder| row(&folder))
        .collect();
    found.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.name.cmp(&b.name)));
    found
}

fn row(folder: &Path) -> RunRow {
    let curves = figures(folder).curves;
    let config = text(&folder.join(CONFIG)).unwrap_or_default();
    let changed = |f: &str| folder.join(f).metadata().and_then(|m| m.modified()).ok();
    let checkpoints = checkpoint::steps(&folder.join("checkpoints"));
    let saved = checkpoints.first().map_or(0, |(step, _)| *step);
    let told = curves.loss.last().map_or(0, |p| p.0);
    let best = curves.average.iter().filter(|p| p.1.is_finite());
    RunRow {
        name: super::name_of(folder),
        folder: folder.to_path_buf(),
        recipe: Recipe::parse(&config),
        step: saved.max(told),
        best: best.copied().min_by(|a, b| a.1.total_cmp(&b.1)),
        notes: text(&folder.join(NOTES)).unwrap_or_default(),
        changed: changed(METRICS).or_else(|| changed(CONFIG)),
    }
}

/// Keeps notes with a run; empty ones take their file away.
///
/// # Errors
/// A sentence, when the disk does not take them.
pub fn write_notes(folder: &Path, notes: &str) -> Result<(), String> {
    let path = folder.join(NOTES);
    if notes.trim().is_empty() {
        return match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("{}: {e}", path.display()))
            }
            _ => Ok(()),
        };
    }
    file::write_atomic(&path, notes.as_bytes()).map_err(|e| e.to_string())
}

/// What the table of a run says.
pub fn figures(folder: &Path) -> Figures {
    text(&folder.join(METRICS)).map_or_else(Figures::default, |t| of_table(&t))
}

/// Reads the table: `step,kind,seconds,learning_rate,loss,gradient` and the parts of the loss. Lines that are not
/// whole are passed over.
fn of_table(table: &str) -> Figures {
    let mut lines = table.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let place = |name: &str| columns.iter().position(|c| *c == name);
    let mut curves = Curves::default();
    let parts = place("gradient").map_or(columns.len(), |p| p + 1);
    let mut channels: Vec<Channel> = columns[parts..]
        .iter()
        .map(|name| Channel::new(name))
        .collect();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        if cells.len() != columns.len() {
            continue;
        }
        let cell = |name: &str| place(name).and_then(|p| cells.get(p)).copied();
        let number = |name: &str| cell(name).and_then(|c| c.parse::<f64>().ok());
        let Some(step) = cell("step").and_then(|c| c.parse::<u64>().ok()) else {
            continue;
        };
        let mut put = |curve: fn(&mut Curves) -> &mut Vec<(u64, f64)>, name: &str| {
            if let Some(value) = number(name) {
                let points = curve(&mut curves);
                // After a kill a run goes on from before what it had told last.
                let keep = points.partition_point(|p| p.0 < step);
                points.truncate(keep);
                points.push((step, value));
            }
        };
        let kind = cell("kind").unwrap_or_default();
        match kind {
            "train" => {
                put(|c| &mut c.loss, "loss");
                put(|c| &mut c.rate, "learning_rate");
                put(|c| &mut c.gradient, "gradient");
            }
            "validation" => put(|c| &mut c.validation, "loss"),
            "validation_average" => put(|c| &mut c.average, "loss"),
            _ => {}
        }
        for channel in &mut channels {
            let value = number(&channel.name);
            match kind {
                "train" => channel.train = value,
                "validation_average" => channel.validation = value,
                _ => {}
            }
        }
    }
    Figures {
        curves,
        channels,
        ..Figures::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "step,kind,seconds,learning_rate,loss,gradient,pitch
50,train,1.0,1.000e-3,4.0,0.5,3.0
100,train,2.0,2.000e-3,3.0,0.4,2.5
100,validation,2.0,2.000e-3,3.5,0.000,3.1
100,validation_average,2.0,2.000e-3,3.4,0.000,3.2
150,train,3.0,2.000e-3,2.0,0.3,2.0
100,train,2.0,2.000e-3,2.9,0.4,2.4
torn,tra";

    #[test]
    fn a_table_is_read_as_curves_and_what_was_lost_by_a_kill_is_cut() {
        let f = of_table(TABLE);
        assert_eq!(f.curves.loss, [(50, 4.0), (100, 2.9)]);
        assert_eq!(f.curves.average, [(100, 3.4)]);
        assert_eq!(f.curves.rate, [(50, 1e-3), (100, 2e-3)]);
        let pitch = &f.channels[0];
        assert_eq!(pitch.name, "pitch");
        assert_eq!((pitch.train, pitch.validation), (Some(2.4), Some(3.2)));
        assert!(of_table("").curves.loss.is_empty());
    }

    #[test]
    fn runs_are_found_searched_and_noted() {
        let runs = tempfile::tempdir().unwrap();
        let recipe = include_str!("../../../configs/pop.ron");
        for name in ["first", "second"] {
            let folder = runs.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(CONFIG), recipe).unwrap();
            std::fs::write(folder.join(METRICS), TABLE).unwrap();
        }
        std::fs::create_dir(runs.path().join("no run")).unwrap();
        write_notes(&runs.path().join("second"), "Too slow\n").unwrap();
        let found = list(runs.path());
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|r| r.best == Some((100, 3.4))));
        assert!(found.iter().all(|r| r.step == 100 && !r.finished()));
        let matching = |search: &str| {
            let rows = found.iter().filter(|r| r.matches(search));
            let mut names: Vec<&str> = rows.map(|r| r.name.as_str()).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(matching("SLOW sec"), ["second"]);
        assert_eq!(matching("adamw"), ["first", "second"]);
        assert!(matching("slow first").is_empty());
        write_notes(&runs.path().join("second"), " ").unwrap();
        assert!(!runs.path().join("second").join(NOTES).exists());
    }
}
