//! The pane in which shortcuts are changed, while it is open.

use super::command::Command;

/// What the pane is about to do.
#[derive(Default)]
pub struct Shortcuts {
    /// What is looked for: a part of a name, or a key.
    pub query: String,
    /// The command that waits for a key, and which of its keys is to be replaced.
    pub waiting: Option<(Command, Option<usize>)>,
    /// It has been drawn, and gave its field the keyboard.
    pub opened: bool,
    /// Why the last key was refused.
    pub refused: String,
}
