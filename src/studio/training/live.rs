//! What the engine has told of a run of this sitting.

use super::figures::Figures;
use super::history::RunRow;
use crate::engine::{JobId, RunInfo, RunState, TrainingFact};
use crate::training::fine_tune::Remark;
use crate::training::run::{self, RunSummary};
use crate::training::{Progress, Recipe};
use std::path::PathBuf;

/// What was asked of a run and has not happened yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Pause,
    Resume,
    Stop,
}

/// A run the engine was asked for in this sitting.
#[derive(Clone, Debug)]
pub struct Live {
    pub job: JobId,
    pub folder: PathBuf,
    pub name: String,
    pub recipe: Recipe,
    pub state: RunState,
    pub asked: Option<Asked>,
    /// Once it is open.
    pub info: Option<RunInfo>,
    /// The last step that was told.
    pub progress: Option<Progress>,
    /// Bytes this process has in use, where the system tells.
    pub memory: Option<u64>,
    pub figures: Figures,
    /// Of a fine-tune: what the held-out pieces said last.
    pub remark: Option<Remark>,
}

impl Live {
    /// Just asked for.
    pub fn new(job: JobId, folder: PathBuf, recipe: Recipe) -> Live {
        Live {
            job,
            name: super::name_of(&folder),
            folder,
            recipe,
            state: RunState::Queued,
            asked: None,
            info: None,
            progress: None,
            memory: None,
            figures: Figures::default(),
            remark: None,
        }
    }

    /// Takes a fact in.
    pub fn take_in(&mut self, fact: TrainingFact) {
        match fact {
            TrainingFact::State(state) => {
                // A step that ended meanwhile answers nothing.
                self.asked = self
                    .asked
                    .filter(|_| self.state == RunState::Queued && state == RunState::Running);
                self.state = state;
            }
            TrainingFact::Opened(info) => self.info = Some(info),
            TrainingFact::Progress { progress, memory } => {
                let parts = self.info.as_ref().map_or(&[][..], |i| &i.parts);
                self.figures.add(&progress, parts);
                self.progress = Some(*progress);
                self.memory = memory;
            }
            TrainingFact::Remark(remark) => self.remark = Some(remark),
            TrainingFact::Samples { .. } | TrainingFact::Trouble(_) => {}
        }
    }

    /// Steps done, as far as they were told.
    pub fn step(&self) -> u64 {
        let opened = self.info.as_ref().map_or(0, |i| i.step);
        self.progress.as_ref().map_or(opened, |p| p.step)
    }

    /// As the list shows it before it has a folder.
    pub fn row(&self) -> RunRow {
        RunRow {
            summary: RunSummary {
                name: self.name.clone(),
                folder: self.folder.clone(),
                config: Vec::new(),
                last_step: None,
                validation: None,
                state: run::RunState::Stopped,
                notes: String::new(),
                changed: None,
            },
            recipe: Ok(self.recipe.clone()),
            step: self.step(),
            has_best: !self.figures.curves.average.is_empty(),
            begun: None,
        }
    }

    /// How it stands, in a few words.
    pub fn words(&self) -> String {
        match (&self.state, self.asked) {
            (s, Some(Asked::Pause)) if !s.ended() => "pausing after this step".into(),
            (s, Some(Asked::Stop)) if !s.ended() => "saving after this step".into(),
            (RunState::Queued, _) if self.info.is_none() => {
                "waiting; its data are read next".into()
            }
            (RunState::Queued, _) => "waiting its turn".into(),
            (RunState::Running, _) => match &self.progress {
                Some(p) => left(p.seconds_left),
                None => "first step".into(),
            },
            (RunState::Paused, _) => "paused and saved".into(),
            (RunState::Stopped, _) => "stopped and saved".into(),
            (RunState::Finished, _) => "finished".into(),
            (RunState::Failed(_), _) => "failed".into(),
        }
    }
}

/// Time left as people say it.
pub fn left(seconds: f64) -> String {
    let minutes = seconds / 60.0;
    match seconds {
        s if !s.is_finite() => "time left unknown".into(),
        s if s < 90.0 => format!("{:.0} s left", s.max(0.0)),
        s if s < 5400.0 => format!("{minutes:.0} min left"),
        s if s < 172_800.0 => format!(
            "{:.0} h {:02.0} min left",
            (minutes / 60.0).floor(),
            (minutes % 60.0).floor()
        ),
        s => format!("{:.1} days left", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_said_as_people_say_it() {
        let said = [4.2, 119.0, 7260.0, 300_000.0, f64::INFINITY].map(left);
        assert_eq!(
            said,
            [
                "4 s left",
                "2 min left",
                "2 h 01 min left",
                "3.5 days left",
                "time left unknown"
            ]
        );
    }

    #[test]
    fn a_run_says_how_it_stands() {
        let recipe = Recipe::parse(include_str!("../../../configs/pop.ron")).unwrap();
        let mut live = Live::new(JobId(1), "runs/a".into(), recipe);
        assert!(live.words().contains("waiting"));
        live.take_in(TrainingFact::State(RunState::Running));
        assert_eq!(live.words(), "first step");
        live.asked = Some(Asked::Stop);
        assert_eq!(live.words(), "saving after this step");
        live.take_in(TrainingFact::State(RunState::Stopped));
        assert_eq!(
            (live.words().as_str(), live.asked),
            ("stopped and saved", None)
        );
    }
}
