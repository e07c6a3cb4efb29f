//! Samples of a run: its probes filled by the averaged weights as the training goes on, kept in the run folder, so that
//! any run, old or going on, can be looked through and listened to step by step.
//!
//! | file | holds |
//! |---|---|
//! | `samples/step_N/NAME.mid` | the probe as filled after step N, for any player |
//! | `samples/step_N/NAME.lacuna` | the same as a project: the probe, its mask, and what was written as a take |
//!
//! The folder of a step appears whole or not at all.

use super::error::TrainError;
use super::learner::Probe;
use super::trainer::{Progress, Training};
use crate::format::project::Project;
use crate::format::{self, FormatError};
use crate::score::{Document, Score, Take};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folder of the samples in a run's.
const FOLDER: &str = "samples";
const STEP: &str = "step_";

/// Why samples could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("{}: {source}. Check that the folder is yours and has room; the training itself goes on", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{0}")]
    Format(#[from] FormatError),
    #[error("{} holds no take; it is not a sample of a training", path.display())]
    NoTake { path: PathBuf },
}

/// A step of a training, and what became of the samples due after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Advanced {
    pub progress: Progress,
    /// The probes as they were filled, or a sentence why they could not be; `None` where none were due.
    pub samples: Option<Result<Vec<(Probe, Take)>, String>>,
}

/// One step, and the samples that are due after it.
///
/// # Errors
/// As [`Training::advance`]. Samples that fail stop no training.
pub fn advance(run: &mut dyn Training) -> Result<Advanced, TrainError> {
    let progress = run.advance()?;
    let samples = due(&progress, run.recipe().trainer.sample_every).then(|| {
        let filled = run.sample()?;
        write(run.folder(), progress.step, &filled).map_err(|e| e.to_string())?;
        run.show(&filled).map_err(|e| e.to_string())?;
        Ok(filled)
    });
    Ok(Advanced { progress, samples })
}

/// Whether samples are due after a step: every so many steps, at a new best, and at the end; 0 is never.
fn due(p: &Progress, every: u64) -> bool {
    every > 0 && (p.step.is_multiple_of(every) || p.best || p.finished)
}

/// Keeps samples as those after a step, in place of any there.
///
/// # Errors
/// When the disk does not take them; nothing is left of them then.
pub fn write(run: &Path, step: u64, samples: &[(Probe, Take)]) -> Result<(), SampleError> {
    if samples.is_empty() {
        return Ok(());
    }
    let last = folder(run, step);
    let new = last.with_extension("partial");
    let _ = std::fs::remove_dir_all(&new);
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| SampleError::Io { path, source }
    };
    let written = (|| {
        std::fs::create_dir_all(&new).map_err(io(&new))?;
        for (number, (probe, take)) in samples.iter().enumerate() {
            let stem = stem(&probe.name, number);
            let filled = probe.score.with_take(&probe.mask, take);
            format::save_midi(&new.join(format!("{stem}.mid")), &filled)?;
            let document = Document {
                score: Arc::new(probe.score.clone()),
                mask: Arc::new(probe.mask.clone()),
                takes: Arc::new(vec![take.clone()]),
                ..Document::default()
            };
            let project = Project {
                document,
                view: None,
            };
            format::save_project(&new.join(format!("{stem}.lacuna")), &project)?;
        }
        // A folder cannot be renamed over one that holds something.
        let _ = std::fs::remove_dir_all(&last);
        std::fs::rename(&new, &last).map_err(io(&last))
    })();
    if written.is_err() {
        let _ = std::fs::remove_dir_all(&new);
    }
    written
}

fn folder(run: &Path, step: u64) -> PathBuf {
    run.join(FOLDER).join(format!("{STEP}{step}"))
}

/// A file name for a probe. Names of songs may hold what a file name may not.
fn stem(name: &str, number: usize) -> String {
    let clean: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    match clean.trim_matches('-') {
        "" => format!("probe-{number}"),
        clean => clean.to_owned(),
    }
}

/// The samples of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub step: u64,
    /// File names of its probes without ending, sorted.
    pub probes: Vec<String>,
}

/// What samples a run folder holds, the earliest step first.
pub fn list(run: &Path) -> Vec<Kept> {
    let names = |folder: &Path| -> Vec<String> {
        std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|e| e.file_name().into_string().ok())
            .collect()
    };
    let samples = run.join(FOLDER);
    let mut found: Vec<Kept> = names(&samples)
        .iter()
        .filter_map(|name| name.strip_prefix(STEP)?.parse().ok())
        .map(|step| {
            let files = names(&folder(run, step));
            let mut probes: Vec<String> = files
                .iter()
                .filter_map(|f| Some(f.strip_suffix(".lacuna")?.to_owned()))
                .collect();
            probes.sort_unstable();
            Kept { step, probes }
        })
        .filter(|kept| !kept.probes.is_empty())
        .collect();
    found.sort_unstable_by_key(|kept| kept.step);
    found
}

/// A probe as filled after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub step: u64,
    /// The probe with its mask, and one take.
    pub document: Document,
    /// The probe with the take in place.
    pub filled: Arc<Score>,
}

/// Reads one sample: `probe` is a name of [`Kept::probes`].
///
/// # Errors
/// A missing or damaged file.
pub fn read(run: &Path, step: u64, probe: &str) -> Result<Sample, SampleError> {
    let path = folder(run, step).join(format!("{probe}.lacuna"));
    let document = format::open_project(&path)?.document;
    if document.takes.is_empty() {
        return Err(SampleError::NoTake { path });
    }
    Ok(Sample {
        step,
        filled: document.preview(Some(0)),
        document,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Mask, Recipe, Region, SamplerSettings, TakeNote};
    use crate::training::learner::Losses;

    fn probe() -> (Probe, Take) {
        let mut score = Score::default();
        let track = score.add_track("Melody", 0, 0);
        for k in 0..8 {
            score.add_note(track, k * 480, 480, 60 + k as u8, 80);
        }
        let mask = Mask::of(Region::time(1920, 3840, None));
        let note = TakeNote {
            track,
            start: 1920,
            length: 960,
            pitch: 71,
            velocity: 90,
            confidence: 0.5,
            replaces: None,
        };
        let take = Take {
            name: "Take 1".into(),
            notes: vec![note],
            recipe: Recipe {
                model: "pop".into(),
                model_hash: String::new(),
                mask: mask.clone(),
                settings: SamplerSettings::default(),
                constraints: Default::default(),
                take: 0,
                device: String::new(),
            },
            millis: 1,
        };
        let name = "a/song: 1".into();
        (Probe { name, score, mask }, take)
    }

    #[test]
    fn samples_come_back_by_step_and_as_midi() {
        let run = tempfile::tempdir().unwrap();
        let (probe, take) = probe();
        for step in [900, 50, 50] {
            write(run.path(), step, &[(probe.clone(), take.clone())]).unwrap();
        }
        std::fs::create_dir_all(run.path().join("samples/step_7.partial")).unwrap();
        std::fs::create_dir_all(run.path().join("samples/step_8")).unwrap();
        let kept = list(run.path());
        assert_eq!(kept.iter().map(|k| k.step).collect::<Vec<_>>(), [50, 900]);
        assert_eq!(kept[0].probes, ["a-song--1"]);
        let sample = read(run.path(), 900, &kept[1].probes[0]).unwrap();
        assert_eq!(*sample.document.score, probe.score);
        assert_eq!(*sample.document.takes, std::slice::from_ref(&take));
        let filled = probe.score.with_take(&probe.mask, &take);
        assert_eq!(*sample.filled, filled);
        let midi = run.path().join("samples/step_900/a-song--1.mid");
        let heard = format::open_midi(&midi).unwrap().score;
        let pitches = |s: &Score| s.notes().map(|(_, n)| n.pitch).collect::<Vec<_>>();
        assert_eq!(pitches(&heard), [60, 61, 62, 63, 71]);
        assert_eq!(pitches(&heard), pitches(&filled));
    }

    #[test]
    fn what_is_no_sample_is_refused() {
        let run = tempfile::tempdir().unwrap();
        assert!(list(run.path()).is_empty());
        assert!(read(run.path(), 1, "a").is_err());
        let file = run.path().join("a file");
        std::fs::write(&file, "x").unwrap();
        let e = write(&file, 1, &[probe()]).unwrap_err().to_string();
        assert!(e.contains("a file"), "{e}");
        let folder = folder(run.path(), 1);
        std::fs::create_dir_all(&folder).unwrap();
        format::save_project(&folder.join("a.lacuna"), &Project::default()).unwrap();
        let e = read(run.path(), 1, "a").unwrap_err();
        assert!(matches!(e, SampleError::NoTake { .. }), "{e}");
    }

    #[test]
    fn samples_are_due_now_and_then_at_a_new_best_and_at_the_end() {
        let at = |step, best, finished| Progress {
            step,
            steps: 100,
            losses: Losses::default(),
            validation: None,
            best,
            learning_rate: 0.0,
            throughput: 0.0,
            seconds: 0.0,
            seconds_left: 0.0,
            finished,
        };
        assert!(due(&at(20, false, false), 10));
        assert!(!due(&at(21, false, false), 10));
        assert!(due(&at(21, true, false), 10) && due(&at(21, false, true), 10));
        assert!(!due(&at(20, true, true), 0));
    }
}
