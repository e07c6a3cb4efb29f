//! What the evaluation pane knows. Nothing is measured on the window's thread.

use super::state::State;
use crate::score::Score;
use std::sync::Arc;

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Table,
}

/// Tabs in the order they stand, with their names.
pub const TABS: &[(Tab, &str)] = &[(Tab::Table, "Table")];

/// The evaluation pane, open or not.
#[derive(Default)]
pub struct Evaluation {
    pub open: bool,
    pub tab: Tab,
    /// The music in hand is what the transport plays.
    pub listening: bool,
    /// The music in hand: a sample, a training song, a stimulus.
    pub in_hand: Option<Arc<Score>>,
}

impl Evaluation {
    /// What is heard instead of the piece, while one listens.
    pub fn heard(&self) -> Option<Arc<Score>> {
        self.in_hand.clone().filter(|_| self.listening)
    }
}

/// The pane was opened.
pub fn opened(_state: &mut State) {}
