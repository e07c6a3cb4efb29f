//! What is to be measured, as it stands in the form.

use crate::dataset::{SOURCES, Split};
use crate::evaluation::registry;
use crate::evaluation::study::{Holes, Request, Task, row_name};
use crate::score::{Constraints, SamplerSettings};
use crate::training::RunWeights;
use std::path::PathBuf;

/// The splits that may be measured on, and why.
pub const SPLITS: [(Split, &str, &str); 2] = [
    (
        Split::Validation,
        "validation",
        "Songs to choose settings on",
    ),
    (
        Split::Test,
        "test",
        "Songs for the last word; whoever chooses by them has none left",
    ),
];

/// Which task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// A hole in every song.
    #[default]
    Holes,
    /// Whole pieces.
    Pieces,
}

/// The form. Lists are as typed, with commas between.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub wanted: Wanted,
    /// Ids of the models, and weights of runs ([`RunWeights`]).
    pub models: Vec<String>,
    /// Folders of music, with commas between; `NAME=FOLDER` names a row.
    pub folders: String,
    pub steps: String,
    pub temperatures: String,
    /// The most certain values first, rather than random ones.
    pub by_confidence: bool,
    /// Id of the data set.
    pub set: &'static str,
    /// Its folder as typed; empty for the usual one.
    pub root: String,
    pub split: Split,
    /// The `splits.ron` of a set that names no hold-out, as typed.
    pub splits: String,
    /// At most so many songs; 0 means all.
    pub songs: usize,
    pub window: u32,
    /// Bars of the hole, from 0, the last not included.
    pub hole: (u32, u32),
    pub takes: u32,
    /// Bars and number of whole pieces.
    pub bars: u32,
    pub pieces: u32,
    /// Id of the model that hears whole pieces for the metrics of latents; empty for none.
    pub hearer: String,
    /// Keys or families of metrics, with commas between; empty for all.
    pub metrics: String,
    /// All tracks of a song on one.
    pub merge: bool,
    pub seed: u64,
}

impl Default for Form {
    fn default() -> Self {
        let usual = Holes::default();
        let settings = SamplerSettings::default();
        Form {
            wanted: Wanted::default(),
            models: Vec::new(),
            folders: String::new(),
            steps: settings.steps.to_string(),
            temperatures: settings.temperature.to_string(),
            by_confidence: settings.by_confidence,
            set: SOURCES.first().map_or("", |e| e.id),
            root: String::new(),
            split: Split::Validation,
            splits: String::new(),
            songs: 12,
            window: usual.window,
            hole: (6, 10),
            takes: 2,
            bars: 32,
            pieces: 20,
            hearer: String::new(),
            metrics: String::new(),
            merge: false,
            seed: settings.seed,
        }
    }
}

/// Values with commas or spaces between.
fn values<T: std::str::FromStr + PartialOrd>(
    text: &str,
    what: &str,
    least: T,
    most: T,
) -> Result<Vec<T>, String> {
    let words = text.split([',', ' ', ';']).filter(|w| !w.is_empty());
    let mut list = Vec::new();
    for word in words {
        match word.parse::<T>() {
            Ok(v) if v >= least && v <= most => list.push(v),
            _ => return Err(format!("\"{word}\" is no {what}.")),
        }
    }
    match list.is_empty() {
        true => Err(format!("No {what} is named.")),
        false => Ok(list),
    }
}

impl Form {
    /// The numbers of steps and the temperatures.
    ///
    /// # Errors
    /// A sentence that says what is no number.
    pub(super) fn lists(&self) -> Result<(Vec<u32>, Vec<f32>), String> {
        let steps = values(&self.steps, "number of steps (1 to 1024)", 1, 1024)?;
        let heat = values(&self.temperatures, "temperature (0 to 5)", 0.0, 5.0)?;
        Ok((steps, heat))
    }

    /// The ways to draw that are measured: every number of steps with every temperature.
    ///
    /// # Errors
    /// A sentence that says what is no number.
    pub fn settings(&self) -> Result<Vec<SamplerSettings>, String> {
        let (steps, heat) = self.lists()?;
        let each = steps.iter().flat_map(|&steps| {
            heat.iter().map(move |&temperature| SamplerSettings {
                steps,
                temperature,
                by_confidence: self.by_confidence,
                seed: self.seed,
                ..SamplerSettings::default()
            })
        });
        Ok(each.collect())
    }

    /// A row for each model and way to draw: its name, the model's id, the settings.
    ///
    /// # Errors
    /// As [`Form::settings`].
    pub fn rows(&self) -> Result<Vec<(String, String, SamplerSettings)>, String> {
        let settings = self.settings()?;
        let named = |id: &String, s: &SamplerSettings| {
            let short = RunWeights::parse(id).map_or_else(|| id.clone(), |w| w.name());
            let name = row_name(&short, s, &Constraints::default());
            (name, id.clone(), s.clone())
        };
        let models = self.models.iter();
        Ok(models
            .flat_map(|id| settings.iter().map(move |s| named(id, s)))
            .collect())
    }

    fn folders(&self) -> Vec<(String, PathBuf)> {
        let words = self.folders.split(',').map(str::trim);
        words
            .filter(|w| !w.is_empty())
            .map(|word| match word.split_once('=') {
                Some((name, folder)) => (name.trim().to_owned(), PathBuf::from(folder.trim())),
                None => {
                    let path = PathBuf::from(word);
                    let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
                    (name.unwrap_or_else(|| word.to_owned()), path)
                }
            })
            .collect()
    }

    fn splits(&self) -> Option<PathBuf> {
        let path = self.splits.trim();
        (!path.is_empty()).then(|| PathBuf::from(path))
    }

    /// The study that is asked for.
    ///
    /// # Errors
    /// A sentence that says what is missing or wrong.
    pub fn request(&self) -> Result<Request, String> {
        let folders = self.folders();
        if self.models.is_empty() && folders.is_empty() {
            return Err("Tick a model, or name a folder of music.".into());
        }
        self.settings()?;
        let words = self.metrics.split([',', ' ']).filter(|w| !w.is_empty());
        let words: Vec<String> = words.map(str::to_owned).collect();
        let metrics = registry::chosen(&words).map_err(|e| format!("In metrics: {e}."))?;
        let task = match self.wanted {
            Wanted::Pieces => Task::Uncond {
                bars: self.bars,
                samples: self.pieces,
            },
            Wanted::Holes if self.hole.0 >= self.hole.1 || self.hole.1 > self.window => {
                return Err(format!(
                    "Bars {} to {} are no hole in a window of {} bars.",
                    self.hole.0 + 1,
                    self.hole.1,
                    self.window
                ));
            }
            Wanted::Holes => Task::Infill(Holes {
                window: self.window,
                regions: std::iter::once(self.hole.0..self.hole.1).collect(),
                takes: self.takes,
                ..Holes::default()
            }),
        };
        let root = self.root.trim();
        Ok(Request {
            task,
            dataset: self.set.to_owned(),
            root: (!root.is_empty()).then(|| PathBuf::from(root)),
            split: self.split,
            splits: self.splits(),
            songs: self.songs,
            input: None,
            folders,
            tokenizer: None,
            merge_tracks: self.merge,
            floors: true,
            metrics,
            rounds: 400,
            seed: self.seed,
            hearing: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        Form {
            models: vec!["pop".into(), "other".into()],
            ..Form::default()
        }
    }

    #[test]
    fn every_model_is_measured_with_every_way_to_draw() {
        let form = Form {
            steps: "8, 16".into(),
            temperatures: ".9 1.1".into(),
            ..form()
        };
        let rows = form.rows().unwrap();
        let names: Vec<&str> = rows.iter().map(|r| r.0.as_str()).collect();
        assert_eq!(names.len(), 8);
        assert!(
            names.contains(&"other (16 steps, T 0.9, top-p 1)"),
            "{names:?}"
        );
        let mut once = names.clone();
        once.dedup();
        assert_eq!(once, names);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |change: &dyn Fn(&mut Form)| {
            let mut form = form();
            change(&mut form);
            form.request().err().unwrap_or_default()
        };
        assert!(said(&|f| f.models.clear()).contains("Tick a model"));
        assert!(said(&|f| f.steps = "8, many".into()).contains("\"many\" is no number of steps"));
        assert!(said(&|f| f.temperatures = String::new()).contains("No temperature"));
        assert!(said(&|f| f.hole = (6, 20)).contains("Bars 7 to 20"));
        assert!(said(&|f| f.metrics = "pretty".into()).contains("pretty"));
        assert_eq!(said(&|_| ()), "");
    }

    #[test]
    fn a_folder_stands_under_its_own_name_or_a_given_one() {
        let form = Form {
            models: Vec::new(),
            folders: "mine=a/b, c/d".into(),
            ..form()
        };
        let folders = form.request().unwrap().folders;
        assert_eq!(folders[0], ("mine".into(), PathBuf::from("a/b")));
        assert_eq!(folders[1], ("d".into(), PathBuf::from("c/d")));
    }
}
