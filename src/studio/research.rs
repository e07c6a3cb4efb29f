//! The panes of the laboratory: they lie over the roll, or beside it in *Research*. One is open at a time where they lie
//! over it, and only an open one is listened to.

use super::arrangement::DockPane;
use super::command::Command;
use super::state::State;
use super::{evaluation, training};
use crate::score::Score;
use std::sync::Arc;

/// What the window has to know of such a pane.
pub struct Research {
    pub pane: DockPane,
    /// What opens and closes it.
    pub command: Command,
    /// What lies there, with its verb, to begin a sentence with.
    pub what: &'static str,
    /// What its cross says.
    pub close: &'static str,
    pub open: fn(&mut State) -> &mut bool,
    pub is_open: fn(&State) -> bool,
    /// It was just opened.
    pub opened: fn(&mut State),
    /// What is heard instead of the piece, if one listens to it.
    pub heard: fn(&State) -> Option<Arc<Score>>,
    /// Whether one listens to it; can be put out.
    pub listening: fn(&mut State) -> &mut bool,
}

/// Those there are.
pub static RESEARCH: [Research; 3] = [
    Research {
        pane: DockPane::Data,
        command: Command::Data,
        what: "The data sets lie",
        close: "Close the data sets",
        open: |s| &mut s.data.open,
        is_open: |s| s.data.open,
        opened: |_| {},
        heard: |s| s.data.score().filter(|_| s.data.listening).cloned(),
        listening: |s| &mut s.data.listening,
    },
    Research {
        pane: DockPane::Training,
        command: Command::Training,
        what: "The trainings lie",
        close: "Close the trainings",
        open: |s| &mut s.training.open,
        is_open: |s| s.training.open,
        opened: training::refresh,
        heard: |s| {
            let heard = s.training.samples.heard();
            heard.filter(|_| s.training.listening).cloned()
        },
        listening: |s| &mut s.training.listening,
    },
    Research {
        pane: DockPane::Evaluation,
        command: Command::Evaluation,
        what: "The evaluation lies",
        close: "Close the evaluation",
        open: |s| &mut s.evaluation.open,
        is_open: |s| s.evaluation.open,
        opened: evaluation::opened,
        heard: |s| s.evaluation.heard(),
        listening: |s| &mut s.evaluation.listening,
    },
];

/// The row of a pane, if it is one for research.
pub fn of(pane: DockPane) -> Option<&'static Research> {
    RESEARCH.iter().find(|r| r.pane == pane)
}

/// The first one that is open.
pub fn open(state: &State) -> Option<&'static Research> {
    RESEARCH.iter().find(|r| (r.is_open)(state))
}

/// Plays the music in hand of a pane from its beginning, or stops if it is played. `what` says whether there is any.
pub fn listen(state: &mut State, pane: DockPane) {
    let Some(row) = of(pane) else { return };
    if *(row.listening)(state) && state.transport.is_playing() {
        return stop_listening(state, pane);
    }
    *(row.listening)(state) = true;
    if (row.heard)(state).is_none() {
        *(row.listening)(state) = false;
        return;
    }
    let score = state.heard();
    let range = state.transport.loop_range;
    state.transport.set_loop(range, false);
    state.transport.give(&score);
    state.transport.seek(0);
    state.transport.play();
}

/// The transport belongs to the piece again.
pub fn stop_listening(state: &mut State, pane: DockPane) {
    let Some(row) = of(pane) else { return };
    if std::mem::take((row.listening)(state)) {
        state.transport.player.stop();
        state.transport.seek(0);
    }
}

/// Closes all of them; the transport belongs to the piece again.
pub fn close_all(state: &mut State) {
    for row in &RESEARCH {
        stop_listening(state, row.pane);
        *(row.open)(state) = false;
    }
}

/// Opens one, or closes it and goes back to the piece.
pub fn toggle(state: &mut State, pane: DockPane) {
    let Some(row) = of(pane) else { return };
    let opens = !(row.is_open)(state);
    close_all(state);
    if opens {
        *(row.open)(state) = true;
        (row.opened)(state);
    }
}
