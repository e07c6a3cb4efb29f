//! The gauge beside the generate button: how far the piece lies from the songs the model was trained on.

use super::state::State;
use super::tasks::After;
use crate::dataset::Domain;
use crate::dataset::domain::{Fix, Gauge};
use crate::score::{Edit, Score};
use std::ops::Range;
use std::sync::Arc;

/// The model's window in bars: no less is measured where something is masked.
const WINDOW: u32 = 16;
/// Bars of context around a mask that is longer.
const CONTEXT: u32 = 4;

/// What is measured. Holding the score and the figures keeps their addresses their own.
struct Key {
    score: Arc<Score>,
    bars: Range<u32>,
    domain: Arc<Domain>,
}

impl Key {
    fn is(&self, other: &Key) -> bool {
        self.bars == other.bars
            && Arc::ptr_eq(&self.score, &other.score)
            && Arc::ptr_eq(&self.domain, &other.domain)
    }
}

/// What the gauge shows.
#[derive(Default)]
pub struct Gauging {
    asked: bool,
    found: Option<(Key, Option<Arc<Gauge>>)>,
}

impl Gauging {
    /// What was measured last; `None` where there is nothing to measure, or not yet.
    pub fn found(&self) -> Option<&Arc<Gauge>> {
        self.found.as_ref()?.1.as_ref()
    }
}

/// Figures of the chosen model's training songs.
pub fn domain(state: &State) -> Option<&Arc<Domain>> {
    let chosen = state.settings.generate.model.as_ref();
    let model = state.jobs.models.iter().find(|m| Some(&m.id) == chosen)?;
    model.domain.as_ref()
}

/// The bars that are measured: those around the mask that the model will see, else all.
fn region(state: &mut State) -> Range<u32> {
    let derived = state.derived();
    let count = derived.bar_count;
    let Some((from, to)) = derived.stats.span else {
        return 0..count;
    };
    let (first, last) = (derived.bars.bar_at(from), derived.bars.bar_at(to - 1));
    let around = (WINDOW.saturating_sub(last + 1 - first) / 2).max(CONTEXT);
    first.saturating_sub(around)..(last + 1).saturating_add(around).min(count.max(last + 1))
}

/// Measures again where the piece or the model changed.
pub fn refresh(state: &mut State) {
    let Some(domain) = domain(state).cloned() else {
        state.gauge.found = None;
        return;
    };
    let key = Key {
        bars: region(state),
        score: state.document().score.clone(),
        domain,
    };
    if state.gauge.asked || state.gauge.found.as_ref().is_some_and(|(k, _)| k.is(&key)) {
        return;
    }
    state.gauge.asked = true;
    state.tasks.spawn("", move || {
        let measure = || {
            key.domain
                .distance(&key.score, key.bars.clone())
                .map(Arc::new)
        };
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(measure));
        let after: After = Box::new(move |state| {
            state.gauge.asked = false;
            state.gauge.found = Some((key, found.unwrap_or_default()));
        });
        after
    });
}

/// Carries a fix out as one undo step. A take that is shown becomes part of the piece first.
pub fn apply(state: &mut State, fix: Fix) {
    let gesture = state.next_gesture();
    if let Some(take) = state.takes.take {
        state.edit_in(gesture, Edit::AcceptTake(take));
    }
    match fix.edit(&state.document().score) {
        Some(edit) => {
            let label = edit.label();
            state.edit_in(gesture, edit);
            state.toasts.info(&format!("{label}. Undo takes it back."));
        }
        None => state
            .toasts
            .info("The piece has changed and this no longer applies."),
    }
}
