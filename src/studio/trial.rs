//! What an open pane would do, shown on the roll before it is done; and what differs from a version.

use super::options::{Options, Pane};
use super::shaping;
use super::state::{Overlay, State};
use crate::score::{Difference, Document, Score};
use std::sync::Arc;

/// The piece as an open pane would make it.
pub struct Trial {
    key: (u64, Option<usize>, Pane, Options),
    pub score: Arc<Score>,
    pub difference: Arc<Difference>,
}

/// A comparison with a version.
pub struct Comparison {
    key: (u64, Option<usize>, usize),
    pub difference: Arc<Difference>,
}

/// What the open pane would make of the piece; `None` without a pane, or where it would change nothing.
pub fn of_pane(state: &mut State) -> Option<(Arc<Score>, Arc<Difference>)> {
    let Some(Overlay::Options(pane)) = state.overlay else {
        state.trial = None;
        return None;
    };
    let key = (
        state.history.revision(),
        state.takes.take,
        pane,
        state.options.clone(),
    );
    if state.trial.as_ref().is_none_or(|t| t.key != key) {
        state.trial = None;
        let preview = state.preview();
        let change = shaping::of_pane(state, pane)?;
        let (edit, _) = change.edit(&preview, "Try")?;
        let now = Document {
            score: preview.clone(),
            ..Document::default()
        };
        let score = edit.apply(&now).ok()?.score;
        let difference = Arc::new(Difference::between(&preview, &score));
        state.trial = Some(Trial {
            key,
            score,
            difference,
        });
    }
    let trial = state.trial.as_ref()?;
    Some((trial.score.clone(), trial.difference.clone()))
}

/// What differs from the version that is compared; `None` while none is.
pub fn of_version(state: &mut State) -> Option<Arc<Difference>> {
    let version = state.compared?;
    let key = (state.history.revision(), state.takes.take, version);
    if state.comparison.as_ref().is_none_or(|c| c.key != key) {
        let was = state.document().versions.get(version)?.score.clone();
        let now = state.preview();
        let difference = Arc::new(Difference::between(&was, &now));
        state.comparison = Some(Comparison { key, difference });
    }
    state.comparison.as_ref().map(|c| c.difference.clone())
}
