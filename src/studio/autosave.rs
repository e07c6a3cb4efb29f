//! Automatic copies of the unsaved piece, so that even a crash takes at most half a second of work with it.

use super::files::Question;
use super::state::{Overlay, State};
use super::tasks::After;
use crate::format::project::Project;
use crate::format::{PendingRecovery, Recovery, open_project};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// After the start, copies of earlier sessions are looked for this often: one that was killed a moment ago
/// holds its lock until the system has cleared it away, which takes seconds on a busy machine.
const LOOKS: usize = 20;
/// Time between two looks.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A copy that an earlier session left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Found(pub PendingRecovery);

impl Found {
    /// "Lydian Sketch, changed 5 minutes ago".
    pub fn describe(&self) -> String {
        let minutes = self.0.when.elapsed().map(|d| d.as_secs() / 60).unwrap_or(0);
        let ago = match minutes {
            0 => "a moment ago".to_owned(),
            1..60 => super::stats::count(minutes as usize, "minute") + " ago",
            60..2880 => super::stats::count(minutes as usize / 60, "hour") + " ago",
            _ => super::stats::count(minutes as usize / 1440, "day") + " ago",
        };
        format!("\"{}\", changed {ago}", self.0.title)
    }
}

/// The copies of this session.
pub struct Autosave {
    recovery: Option<Arc<Recovery>>,
    /// Revision in the newest copy (or in the file).
    kept: u64,
    /// When the first change after that was seen.
    since: Option<Instant>,
    busy: bool,
    complained: bool,
    /// How often copies were thrown away. A copy begun before that must not be finished after it.
    forgotten: Arc<Mutex<u64>>,
}

impl Autosave {
    /// With a place for copies, or without any.
    pub fn new(recovery: Option<Recovery>) -> Self {
        Autosave {
            recovery: recovery.map(Arc::new),
            kept: 0,
            since: None,
            busy: false,
            complained: false,
            forgotten: Arc::default(),
        }
    }

    /// Another document was put on the desk at this revision: nothing of it needs a copy yet.
    pub fn opened(&mut self, revision: u64) {
        (self.kept, self.since) = (revision, None);
    }

    /// Whether this revision is in a finished copy, or in a file.
    pub fn holds(&self, revision: u64) -> bool {
        self.kept == revision && !self.busy
    }

    /// Where copies lie; `None` where none are made.
    pub fn folder(&self) -> Option<PathBuf> {
        let path = self.recovery.as_ref()?.path();
        path.parent().map(Path::to_owned)
    }

    /// The newest copy of a session that ended without saving.
    pub fn pending(&self) -> Option<Found> {
        self.recovery.as_ref()?.pending().map(Found)
    }
}

/// Offers what an earlier session left behind: now if it is there, else as soon as it can be taken.
pub fn offer(state: &mut State) {
    let Some(recovery) = &state.autosave.recovery else {
        return;
    };
    if let Some(found) = state.autosave.pending() {
        state.overlay = Some(Overlay::Question(Question::Recover(found)));
        return;
    }
    // Held weakly, or this session's own lock would outlive it.
    let recovery = Arc::downgrade(recovery);
    state.tasks.spawn("", move || {
        let mut found = None;
        for _ in 0..LOOKS {
            std::thread::sleep(LOOK_AGAIN);
            let Some(recovery) = recovery.upgrade() else {
                break;
            };
            found = recovery.pending().map(Found);
            if found.is_some() {
                break;
            }
        }
        let after: After = Box::new(move |state| {
            // Whatever is being asked at this moment goes first; the copy stays for the next start.
            if let (Some(found), None) = (found, &state.overlay) {
                state.overlay = Some(Overlay::Question(Question::Recover(found)));
            }
        });
        after
    });
}

/// Makes a copy on a task's thread when one is due, and wakes the window when one will be.
pub fn tick(state: &mut State) {
    let revision = state.history.revision();
    // So long after the first change that is not in a copy yet.
    let pause = Duration::from_secs_f32(state.settings.autosave_seconds.clamp(0.1, 600.0));
    let auto = &mut state.autosave;
    let Some(recovery) = auto.recovery.clone() else {
        return;
    };
    if auto.kept == revision || auto.busy {
        return;
    }
    let due = *auto.since.get_or_insert_with(Instant::now) + pause;
    let left = due.saturating_duration_since(Instant::now());
    if !left.is_zero() {
        state.context.request_repaint_after(left);
        return;
    }
    (auto.busy, auto.since, auto.kept) = (true, None, revision);
    let project = Project {
        document: state.document().clone(),
        view: super::view::keep(state),
    };
    let forgotten = state.autosave.forgotten.clone();
    let begun = *forgotten.lock().unwrap_or_else(PoisonError::into_inner);
    state.tasks.spawn("", move || {
        let guard = forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        let saved = if *guard == begun {
            recovery.save(&project)
        } else {
            Ok(())
        };
        drop(guard);
        let after: After = Box::new(move |state| {
            state.autosave.busy = false;
            if let Err(e) = saved {
                // Once is enough; the next attempt follows the next change.
                if !std::mem::replace(&mut state.autosave.complained, true) {
                    state.toasts.warning(
                        "No automatic copy could be made; save by hand.",
                        &e.to_string(),
                    );
                }
            } else {
                state.autosave.complained = false;
            }
        });
        after
    });
}

/// Throws this session's copy away: the piece is in a file, or nobody wants it.
pub fn forget(state: &mut State) {
    state.autosave.opened(state.history.revision());
    *state
        .autosave
        .forgotten
        .lock()
        .unwrap_or_else(PoisonError::into_inner) += 1;
    if let Some(Err(e)) = state.autosave.recovery.as_ref().map(|r| r.clear()) {
        log::warn!("the automatic copy stays: {e}");
    }
}

/// Brings a copy back as an unsaved piece.
pub fn recover(state: &mut State, found: Found) {
    let Some(recovery) = state.autosave.recovery.clone() else {
        return;
    };
    state.tasks.spawn("Bringing the piece back", move || {
        let project = open_project(&found.0.path);
        let after: After = Box::new(move |state| match project {
            Ok(project) => {
                state.show_document(project.document, None);
                super::view::restore(state, project.view.as_deref());
                // It is in no file: closing must ask, and a copy of this session must be made.
                state.saved = crate::score::Document::default();
                state.autosave.kept = u64::MAX;
                if let Err(e) = recovery.discard(&found.0) {
                    log::warn!("the old copy stays: {e}");
                }
                state
                    .toasts
                    .success("The piece is back. Save it to keep it.");
            }
            Err(e) => state
                .toasts
                .error("The automatic copy could not be read.", &e.to_string()),
        });
        after
    });
}

/// Throws a copy of an earlier session away.
pub fn discard(state: &mut State, found: Found) {
    if let Some(Err(e)) = state
        .autosave
        .recovery
        .as_ref()
        .map(|r| r.discard(&found.0))
    {
        state
            .toasts
            .warning("The automatic copy could not be removed.", &e.to_string());
    }
}
