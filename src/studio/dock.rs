//! Draws the arrangement as tiles (egui_tiles) that can be dragged, split, tabbed and resized, and writes down what was
//! done to it. The tree of tiles is made anew from the arrangement in every frame, so that there is one truth.

mod tiles;

use super::arrangement::{Arrangement, DockPane, Preset};
use super::bindings::in_brackets;
use super::panel::{self, Asks};
use super::research::{self, RESEARCH};
use super::state::State;
use eframe::egui::{Rect, Ui};
use std::collections::BTreeSet;

/// Below this width, in points, research lies over the roll in every arrangement.
const NARROW: f32 = 900.0;

/// What the last frame showed.
#[derive(Debug, Default)]
pub struct Dock {
    /// Panes that were drawn.
    pub drawn: BTreeSet<DockPane>,
    /// A pane for research lay over everything else.
    pub covered: bool,
}

impl Dock {
    /// Whether the roll can be seen, and so worked on. True before the first frame.
    pub fn shows_roll(&self) -> bool {
        self.drawn.is_empty() || self.drawn.contains(&DockPane::Roll)
    }
}

/// Why the roll cannot be worked on, as a sentence; `None` while it is seen.
pub fn why_not_roll(state: &State) -> Option<String> {
    let dock = &state.dock;
    // A pane that was just asked for counts, though no frame has shown it yet.
    if let (true, Some(open)) = (
        !state.settings.layout.beside() || dock.covered,
        research::open(state),
    ) {
        let key = in_brackets(&state.context, open.command);
        return Some(format!(
            "{} over the piece; close that first{key}.",
            open.what
        ));
    }
    (!dock.shows_roll() && !dock.covered)
        .then(|| "The roll is behind another pane; choose its tab first.".to_owned())
}

/// The pane that lies over all others, if one does.
fn over(state: &State, width: f32) -> Option<DockPane> {
    if state.settings.layout.beside() && width >= NARROW {
        return None;
    }
    research::open(state).map(|r| r.pane)
}

/// Whether a pane is shown while nothing lies over the roll.
fn wanted(state: &State, pane: DockPane, width: f32) -> bool {
    let open = !state.settings.layout.closed.contains(&pane);
    match pane {
        DockPane::Roll => true,
        DockPane::Tracks | DockPane::Generate => open && state.settings.panels,
        DockPane::Takes => panel::takes::wanted(state) || state.tour.wants_takes(),
        DockPane::Data | DockPane::Training | DockPane::Evaluation => {
            open && state.settings.layout.beside() && width >= NARROW
        }
        DockPane::Time | DockPane::History | DockPane::Versions => open,
    }
}

/// Draws every pane in all the space there is; where the roll (or what lies over it) is.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) -> Rect {
    let space = ui.available_rect_before_wrap();
    let width = space.width();
    let over = over(state, width);
    if over.is_none() {
        bring_to_front(state);
    }
    let seen: BTreeSet<DockPane> = match over {
        Some(pane) => [pane].into(),
        None => DockPane::all()
            .filter(|&p| wanted(state, p, width))
            .collect(),
    };
    let shape = state.settings.layout.shape.clone();
    let done = tiles::show(ui, state, asks, &shape, &seen);
    if let (Some(shape), None) = (done.shape, over) {
        state.settings.layout.shape = shape;
    }
    if let Some(pane) = done.closed {
        close(state, pane);
    }
    state.dock.covered = over.is_some();
    state.dock.drawn = done.drawn;
    if over.is_none() && state.settings.layout.beside() {
        remember_open(state);
    }
    done.roll.unwrap_or(space)
}

/// A pane for research that was asked for elsewhere, and stands behind another tab.
fn bring_to_front(state: &mut State) {
    for row in &RESEARCH {
        if (row.is_open)(state) && !state.dock.drawn.contains(&row.pane) {
            state.settings.layout.open(row.pane);
        }
    }
}

/// Beside the roll, what is seen is open, and only that.
fn remember_open(state: &mut State) {
    for row in &RESEARCH {
        let (seen, open) = (state.dock.drawn.contains(&row.pane), (row.is_open)(state));
        if open && !seen {
            research::stop_listening(state, row.pane);
        }
        if seen && !open {
            (row.opened)(state);
        }
        *(row.open)(state) = seen;
    }
}

/// Takes a pane out of the window; it keeps its place.
fn close(state: &mut State, pane: DockPane) {
    match research::of(pane) {
        Some(_) if state.dock.covered => research::toggle(state, pane),
        _ => {
            state.settings.layout.closed.insert(pane);
        }
    }
}

/// Shows a pane for research, or puts it away again.
pub fn toggle_research(state: &mut State, pane: DockPane) {
    let beside = state.settings.layout.beside() && !state.dock.covered;
    if beside && state.dock.drawn.contains(&pane) {
        return close(state, pane);
    }
    research::toggle(state, pane);
}

/// Whether a small pane stands among the tiles and was now brought to the front or put away; otherwise it opens over
/// the roll.
pub fn toggle_docked(state: &mut State, pane: DockPane) -> bool {
    if state.settings.layout.closed.contains(&pane) {
        return false;
    }
    if state.dock.drawn.contains(&pane) {
        close(state, pane);
    } else {
        state.settings.layout.open(pane);
    }
    true
}

/// Shows or hides track list and generate panel; one that was closed by its cross comes back as well.
pub fn toggle_sides(state: &mut State) {
    let sides = [DockPane::Tracks, DockPane::Generate];
    let seen = |p: &DockPane| state.dock.drawn.contains(p);
    let settings = &mut state.settings;
    if settings.panels && !sides.iter().any(seen) && !state.dock.drawn.is_empty() {
        // Both were closed one by one: "show" is what is meant.
        sides.iter().for_each(|p| settings.layout.open(*p));
        return;
    }
    settings.panels = !settings.panels;
    if settings.panels {
        let closed = &mut settings.layout.closed;
        closed.retain(|p| !sides.contains(p));
    }
}

/// Lays the panes out as a ready-made arrangement has them.
pub fn arrange(state: &mut State, preset: Preset) {
    research::close_all(state);
    state.settings.layout = Arrangement::of(preset);
    state.settings.panels = true;
    // What the next frame draws is new, whatever the last one showed.
    state.dock = Dock::default();
}
