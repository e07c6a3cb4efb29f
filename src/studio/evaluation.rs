//! What the evaluation pane knows: what is to be measured, what came of it, and the piece in hand. Studies are conducted
//! on a task's thread, and their models run on the engine's; nothing is measured on the window's.

pub mod arena;
pub mod blind;
mod form;
mod hand;
mod report;
mod run;

pub use form::{Form, SPLITS, Wanted};
pub use hand::{
    Hand, Search, Voice, listen, look_for_nearest, open_in_roll, say_as, show, stop_listening,
};
pub use report::save;
pub use run::{Busy, EVERY, start, stop, why_not_start};

use super::state::State;
use super::tasks::After;
use crate::evaluation::study::{Piece, Row, Study};
use crate::evaluation::{Metric, registry};
use crate::score::Score;
use crate::training::RunWeights;
use std::sync::Arc;

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Table,
    Samples,
    Spreads,
    Form,
    Scatter,
    Nearest,
    Arena,
    Blind,
}

/// Tabs in the order they stand: name, and what is seen there.
pub const TABS: &[(Tab, &str, &str)] = &[
    (
        Tab::Table,
        "Table",
        "Every metric of every row, with its interval, beside real music and nonsense",
    ),
    (
        Tab::Samples,
        "Samples",
        "The pieces of a row, to see and to hear, in the order of any metric",
    ),
    (
        Tab::Spreads,
        "Spreads",
        "How pitches, lengths, loudness and places are spread, beside the music that is judged by",
    ),
    (Tab::Form, "Form", "Which bars of a piece are alike"),
    (
        Tab::Scatter,
        "Scatter",
        "Two metrics against each other, a point a piece",
    ),
    (
        Tab::Nearest,
        "Nearest",
        "The stretch of a training song that the piece in hand comes nearest to",
    ),
    (
        Tab::Arena,
        "Arena",
        "The same holes by every model, order, number of steps and temperature: quality against milliseconds",
    ),
    (
        Tab::Blind,
        "Blind test",
        "A listening test in which nobody is told what they hear",
    ),
];

/// The evaluation pane, open or not.
#[derive(Default)]
pub struct Evaluation {
    pub open: bool,
    pub tab: Tab,
    pub form: Form,
    /// Weights of runs that could be measured, run by run.
    pub runs: Vec<Vec<RunWeights>>,
    /// What is under way, if anything.
    pub busy: Option<Busy>,
    /// What was measured last.
    pub study: Option<Arc<Study>>,
    /// Why the last study did not come about, as a sentence.
    pub trouble: Option<String>,
    /// The music in hand is what the transport plays.
    pub listening: bool,
    pub hand: Hand,
    /// Words that the metrics of the table hold.
    pub filter: String,
    /// Metrics that nonsense passes are not shown.
    pub telling_only: bool,
    /// The metric samples are sorted by; none leaves them as they are.
    pub sort: Option<&'static str>,
    /// The largest come first.
    pub falling: bool,
    /// The metrics along and up the scatter.
    pub axes: Option<(&'static str, &'static str)>,
    /// Rows that spreads and scatter show, by place; all that are judged where it is empty.
    pub shown: Vec<usize>,
    /// Folder the report goes to, as typed; empty for the usual one.
    pub report: String,
    pub arena: arena::Pane,
    pub blind: blind::Blind,
    /// Counts what was asked, so that a late answer is known for one.
    asked: u64,
}

impl Evaluation {
    /// What is heard instead of the piece, while one listens.
    pub fn heard(&self) -> Option<Arc<Score>> {
        let music = match self.tab {
            Tab::Arena => self.arena.heard(),
            Tab::Blind => self.blind.heard(),
            _ => self.hand.heard(self),
        };
        music.filter(|_| self.listening)
    }

    /// The row in hand.
    pub fn row(&self) -> Option<&Row> {
        self.study.as_ref()?.rows.get(self.hand.row)
    }

    /// The piece in hand.
    pub fn piece(&self) -> Option<&Piece> {
        self.row()?.pieces.get(self.hand.piece)
    }

    /// The metrics of the study that are known here, in its order.
    pub fn metrics(&self) -> Vec<&'static Metric> {
        let study = self.study.iter();
        let keys = study.flat_map(|s| &s.comparison.metrics);
        keys.filter_map(|k| registry::find(k)).collect()
    }

    /// The metrics that are figures of pieces, so that pieces can be sorted by them.
    pub fn metrics_of_pieces(&self) -> Vec<&'static Metric> {
        let Some(study) = &self.study else {
            return Vec::new();
        };
        let of_pieces = |m: &&'static Metric| {
            let lines = study.comparison.rows.iter();
            lines
                .filter_map(|l| l.figures.get(m.key))
                .any(|f| f.pieces.iter().any(Option::is_some))
        };
        let mut all = self.metrics();
        all.retain(&of_pieces);
        all
    }

    /// A figure of one piece of a row.
    pub fn figure(&self, row: usize, piece: usize, key: &str) -> Option<f64> {
        let line = self.study.as_ref()?.comparison.rows.get(row)?;
        *line.figures.get(key)?.pieces.get(piece)?
    }

    /// The pieces of the row in hand, sorted.
    pub fn sorted(&self) -> Vec<usize> {
        let Some(row) = self.row() else {
            return Vec::new();
        };
        let mut places: Vec<usize> = (0..row.pieces.len()).collect();
        let Some(key) = self.sort else { return places };
        let value = |&p: &usize| self.figure(self.hand.row, p, key);
        // Those without a figure come last either way.
        places.sort_by(|a, b| match (value(a), value(b)) {
            (Some(a), Some(b)) if self.falling => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        places
    }

    /// Rows that are drawn together: those ticked, else what is judged and the first of real music.
    pub fn drawn(&self) -> Vec<usize> {
        if !self.shown.is_empty() {
            return self.shown.clone();
        }
        let Some(study) = &self.study else {
            return Vec::new();
        };
        let rows = study.rows.iter().enumerate();
        let judged = rows.filter(|(_, r)| r.kind == crate::evaluation::Kind::Model);
        judged.map(|(i, _)| i).collect()
    }

    /// Takes in a study: its first row is in hand, and what was chosen in another is forgotten.
    fn take_in(&mut self, study: Study) {
        self.study = Some(Arc::new(study));
        self.hand = Hand::default();
        self.shown.clear();
        let metrics = self.metrics_of_pieces();
        let known = |key: &str| metrics.iter().any(|m| m.key == key);
        self.sort = self.sort.filter(|k| known(k));
        self.axes = self.axes.filter(|(a, b)| known(a) && known(b));
        if self.axes.is_none() {
            self.axes = metrics
                .first()
                .zip(metrics.get(1))
                .map(|(a, b)| (a.key, b.key));
        }
    }
}

/// The pane was opened: the model that writes is the one to be measured first.
pub fn opened(state: &mut State) {
    let chosen = state.settings.generate.model.clone();
    let form = &mut state.evaluation.form;
    if form.models.is_empty() {
        form.models.extend(chosen);
    }
    look_for_runs(state);
    blind::opened(state);
}

/// Looks for runs whose weights could be measured; those that are gone are no longer ticked.
fn look_for_runs(state: &mut State) {
    let folder = state.training.places.runs.clone();
    state.tasks.spawn("", move || {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut folders: Vec<_> = entries.map(|e| e.path()).collect();
        folders.sort();
        let runs = folders.iter().map(|f| RunWeights::of(f));
        let runs: Vec<_> = runs.filter(|w| !w.is_empty()).collect();
        let after: After = Box::new(move |state: &mut State| {
            let e = &mut state.evaluation;
            let known: Vec<String> = runs.iter().flatten().map(ToString::to_string).collect();
            e.form
                .models
                .retain(|m| RunWeights::parse(m).is_none() || known.contains(m));
            e.runs = runs;
        });
        after
    });
}

/// Opens the pane at a tab.
pub fn open_at(state: &mut State, tab: Tab) {
    if !state.evaluation.open {
        super::dock::toggle_research(state, super::DockPane::Evaluation);
    }
    stop_listening(state);
    state.evaluation.tab = tab;
}
