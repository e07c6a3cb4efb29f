//! The ways of the takes: which step of the shown take one looks at, and takes that go another way from there.

use super::critic::another_seed;
use super::state::State;
use crate::engine::{FillRequest, SnapshotNote, Trail};
use crate::engine::{JobId, Snapshot};
use crate::score::{Fork, Recipe, Take};
use std::sync::Arc;

/// Ways that are remembered. They are made anew with their takes, so files do not keep them.
const REMEMBERED: usize = 64;

/// The ways there are, and the place on that of the shown take.
#[derive(Default)]
pub struct Trails {
    /// The strip of steps is open.
    pub on: bool,
    known: Vec<(Recipe, Arc<Trail>)>,
    /// The take (from 0) and the step (from 1) one looks at.
    at: Option<(usize, usize)>,
}

impl Trails {
    /// Remembers the way of a take.
    pub fn keep(&mut self, recipe: Recipe, trail: Arc<Trail>) {
        self.known.retain(|(r, _)| *r != recipe);
        if self.known.len() >= REMEMBERED {
            self.known.remove(0);
        }
        self.known.push((recipe, trail));
    }

    /// The way of a take, if it was written since the studio was opened.
    pub fn of(&self, take: &Take) -> Option<&Arc<Trail>> {
        let mut known = self.known.iter().rev();
        known.find(|(r, _)| *r == take.recipe).map(|(_, t)| t)
    }

    /// Looks at a step of a take, counted from 1; at its end again with `None`.
    pub fn look(&mut self, take: usize, step: Option<usize>) {
        self.at = step.map(|step| (take, step));
    }
}

/// The way of the shown take and the step one looks at, if it is not the last.
pub fn shown(state: &State) -> Option<(&Arc<Trail>, Option<usize>)> {
    let index = state.takes.take.filter(|_| state.trails.on)?;
    let take = state.document().takes.get(index)?;
    let trail = state.trails.of(take)?;
    let step = state
        .trails
        .at
        .filter(|(t, s)| *t == index && (1..trail.len()).contains(s));
    Some((trail, step.map(|(_, s)| s)))
}

/// What stands on the roll at the step one looks at; `None` where that is the finished take.
pub fn snapshot(state: &State) -> Option<Snapshot> {
    let (trail, step) = shown(state)?;
    let notes: Vec<SnapshotNote> = trail.at(step?);
    Some(Snapshot {
        job: JobId(0),
        take: state.takes.take? as u32,
        notes,
    })
}

/// Why the shown take cannot be forked.
pub fn why_not_fork(state: &State) -> Option<String> {
    let Some(index) = state.takes.take else {
        return Some("The original is shown; choose a take first.".into());
    };
    if state.jobs.running.is_some() {
        return Some("Takes are being written; cancel first, or wait.".into());
    }
    let take = state.document().takes.get(index)?;
    if state.trails.of(take).is_none() {
        return Some(
            "The steps of this take are not known: it was written before the studio was opened. Generate it again."
                .into(),
        );
    }
    match shown(state) {
        Some((_, Some(_))) => None,
        _ => Some("Choose a step of the take first: open its steps and drag the slider back from the end.".into()),
    }
}

/// Writes a take that goes the way of the shown one up to the step one looks at, and its own way from there.
pub fn fork(state: &mut State) {
    let Some((_, Some(step))) = shown(state) else {
        return;
    };
    let document = state.document();
    let takes = document.takes.len();
    let Some(take) = state.takes.take.and_then(|i| document.takes.get(i)) else {
        return;
    };
    let recipe = take.recipe.clone();
    let mut settings = recipe.settings;
    settings.forks.retain(|f| f.step < step as u32);
    settings.forks.push(Fork {
        step: step as u32,
        seed: another_seed(state),
    });
    let request = FillRequest {
        score: document.score.clone(),
        mask: recipe.mask,
        model: recipe.model,
        settings,
        constraints: recipe.constraints,
        first: recipe.take,
        takes: 1,
    };
    state.jobs.start(request, takes);
    state.takes.watching = true;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Constraints, Mask, SamplerSettings};

    #[test]
    fn ways_are_found_by_their_recipe_and_the_oldest_go() {
        let recipe = |take| Recipe {
            model: "pop".into(),
            model_hash: String::new(),
            mask: Mask::default(),
            settings: SamplerSettings::default(),
            constraints: Constraints::default(),
            take,
            device: "CPU".into(),
        };
        let take = |i| Take {
            name: String::new(),
            notes: Vec::new(),
            recipe: recipe(i),
            millis: 0,
        };
        let mut trails = Trails::default();
        for i in 0..REMEMBERED as u32 + 3 {
            trails.keep(recipe(i), Arc::default());
            trails.keep(recipe(i), Arc::default());
        }
        assert_eq!(trails.known.len(), REMEMBERED);
        assert!(trails.of(&take(2)).is_none() && trails.of(&take(3)).is_some());
    }
}
