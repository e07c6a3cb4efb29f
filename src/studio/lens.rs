//! The round-trip lens over the roll: through which representation one looks, and what was found. Looking
//! happens on a task's thread, once for each state of the piece.

use super::state::State;
use super::tasks::After;
use crate::score::Score;
use crate::tokenizer::lens::{self, RoundTrip};
use std::sync::Arc;

/// What is looked at. Holding the score keeps its address its own.
#[derive(Clone)]
struct Key {
    score: Arc<Score>,
    id: &'static str,
}

impl Key {
    fn is(&self, other: &Key) -> bool {
        self.id == other.id && Arc::ptr_eq(&self.score, &other.score)
    }
}

/// The lens as it lies over the roll, or does not.
#[derive(Default)]
pub struct Lens {
    pub on: bool,
    /// The representation chosen by hand; `None` follows the model.
    pub through: Option<&'static str>,
    /// A task is looking.
    asked: bool,
    found: Option<(Key, Result<Arc<RoundTrip>, String>)>,
}

impl Lens {
    /// What was found, or the sentence why nothing can be; `None` while nothing was found yet. Of a piece
    /// under a gesture it may be a moment old.
    pub fn found(&self) -> Option<Result<&Arc<RoundTrip>, &str>> {
        let (_, found) = self.found.as_ref()?;
        Some(found.as_ref().map_err(String::as_str))
    }

    /// What the roll draws.
    pub fn marks(&self) -> Option<Arc<RoundTrip>> {
        let found = self.found.as_ref().filter(|_| self.on)?;
        found.1.as_ref().ok().cloned()
    }
}

/// The representation of the chosen model.
pub fn of_model(state: &State) -> &'static str {
    let chosen = state.settings.generate.model.as_ref();
    let model = state.jobs.models.iter().find(|m| Some(&m.id) == chosen);
    model
        .and_then(|m| lens::of_card(&m.tokenizer))
        .unwrap_or(lens::OCTUPLE)
}

/// The representation one looks through.
pub fn through(state: &State) -> &'static str {
    state.lens.through.unwrap_or_else(|| of_model(state))
}

/// Looks again where the piece, the shown take or the representation changed.
pub fn refresh(state: &mut State) {
    if !state.lens.on || state.lens.asked {
        return;
    }
    let key = Key {
        id: through(state),
        score: state.preview(),
    };
    if state.lens.found.as_ref().is_some_and(|(k, _)| k.is(&key)) {
        return;
    }
    // What was seen through another glass says nothing through this one.
    state.lens.found.take_if(|(k, _)| k.id != key.id);
    state.lens.asked = true;
    state.tasks.spawn("", move || {
        let found = std::panic::catch_unwind(|| lens::round_trip(&key.score, key.id));
        let found = match found {
            Ok(trip) => trip.map(Arc::new).map_err(|e| format!("{e}.")),
            Err(_) => Err("Looking through it failed; choose another representation.".into()),
        };
        let after: After = Box::new(move |state| {
            state.lens.asked = false;
            state.lens.found = Some((key, found));
        });
        after
    });
}
