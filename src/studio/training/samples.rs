//! The samples of the run in hand: one probe, step by step, to be seen and heard.

use crate::score::Score;
use crate::studio::arrangement::DockPane;
use crate::studio::research;
use crate::studio::state::State;
use crate::studio::tasks::After;
use crate::training::samples::{self, Kept, Sample};
use std::path::Path;
use std::sync::Arc;

/// What is known of the samples of the run in hand.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// What its folder holds, by step.
    pub kept: Vec<Kept>,
    /// The probe in hand.
    pub probe: Option<String>,
    /// Its samples, the earliest step first.
    pub shown: Vec<Arc<Sample>>,
    /// Place of the one in hand among them.
    pub place: usize,
    /// The piece as it was composed is heard, not what was written.
    pub original: bool,
    /// They have been looked for.
    pub looked: bool,
    /// Why one could not be read, as a sentence.
    pub trouble: Option<String>,
    asked: u64,
}

impl Samples {
    /// The sample in hand.
    pub fn in_hand(&self) -> Option<&Arc<Sample>> {
        self.shown.get(self.place)
    }

    /// What is heard of it.
    pub fn heard(&self) -> Option<&Arc<Score>> {
        let sample = self.in_hand()?;
        Some(if self.original {
            &sample.document.score
        } else {
            &sample.filled
        })
    }

    /// Names of the probes, each once.
    pub fn probes(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .kept
            .iter()
            .flat_map(|k| &k.probes)
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Looks for the samples of the run in hand from scratch.
pub(super) fn look(state: &mut State) {
    let samples = &mut state.training.samples;
    // Numbers of what was asked go on, so that an answer about another run is known for one.
    *samples = Samples {
        asked: samples.asked,
        original: samples.original,
        ..Samples::default()
    };
    read(state);
}

/// New samples were written into a run folder.
pub(super) fn arrived(state: &mut State, folder: &Path) {
    if state.training.chosen.as_deref() == Some(folder) {
        read(state);
    }
}

/// Takes another probe in hand.
pub fn choose_probe(state: &mut State, probe: &str) {
    let samples = &mut state.training.samples;
    if samples.probe.as_deref() != Some(probe) {
        samples.probe = Some(probe.to_owned());
        samples.shown.clear();
        samples.place = 0;
        stop_listening(state);
        read(state);
    }
}

/// Reads what is not known yet: a sample that came later is added, whoever stands at the last one moves on with it.
fn read(state: &mut State) {
    let Some(folder) = state.training.chosen.clone() else {
        return;
    };
    let samples = &mut state.training.samples;
    samples.asked += 1;
    let (asked, chosen) = (samples.asked, samples.probe.clone());
    let known: Vec<u64> = samples.shown.iter().map(|s| s.step).collect();
    state.tasks.spawn("", move || {
        let kept = samples::list(&folder);
        let probe = chosen.or_else(|| kept.first()?.probes.first().cloned());
        let mut new = Vec::new();
        let mut trouble = None;
        if let Some(probe) = &probe {
            let with = |k: &&Kept| k.probes.contains(probe) && !known.contains(&k.step);
            for k in kept.iter().filter(with) {
                match samples::read(&folder, k.step, probe) {
                    Ok(sample) => new.push(Arc::new(sample)),
                    Err(e) => trouble = Some(format!("{e}.")),
                }
            }
        }
        let after: After = Box::new(move |state: &mut State| {
            // Nobody wants to be moved on while they listen.
            let listening = state.training.listening;
            let s = &mut state.training.samples;
            if s.asked != asked {
                return;
            }
            let may_move = !listening || s.shown.is_empty();
            let at_the_end = may_move && s.place + 1 >= s.shown.len();
            (s.kept, s.probe, s.trouble, s.looked) = (kept, probe, trouble, true);
            s.shown.append(&mut new);
            s.shown.sort_by_key(|sample| sample.step);
            if at_the_end {
                s.place = s.shown.len().saturating_sub(1);
            }
        });
        after
    });
}

/// Plays the sample in hand from its beginning, or stops.
pub fn listen(state: &mut State) {
    research::listen(state, DockPane::Training);
}

/// The transport belongs to the piece again.
pub fn stop_listening(state: &mut State) {
    research::stop_listening(state, DockPane::Training);
}

/// Puts the sample in hand on the desk: the probe, its mask, and what was written as a take.
pub fn open_sample(state: &mut State) {
    stop_listening(state);
    let sample = state.training.samples.in_hand().cloned();
    if let Some(sample) = sample {
        state.show_document(sample.document.clone(), None);
        crate::studio::autosave::forget(state);
        state.roll.fit(&sample.document.score);
        state.show_take(Some(0));
    }
}
