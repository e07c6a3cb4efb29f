//! Why a recipe cannot be used.

use std::path::PathBuf;

/// What is wrong with a recipe, where, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    #[error("'{}' cannot be read as a recipe: {why}", path.display())]
    Read { path: PathBuf, why: String },
    #[error("{place}: {why}")]
    Syntax { place: String, why: String },
    #[error("'{word}': {why}; write it as in optimiser.learning_rate=3e-4")]
    Word { word: String, why: String },
    #[error("`{path}` is not known{hint} ({place})")]
    Unknown {
        path: String,
        /// The nearest name, or all there are; begins with its own punctuation.
        hint: String,
        place: String,
    },
    #[error("`{path}` is {found}, where {expected} is expected ({place})")]
    Wrong {
        path: String,
        found: String,
        expected: String,
        place: String,
    },
    #[error("`{path}` is missing and has no default; give it in a file or as {path}=... ({place})")]
    Missing { path: String, place: String },
    #[error("`{path}`: {why} ({place})")]
    Refused {
        path: String,
        why: String,
        place: String,
    },
    #[error("there is no preset '{name}'{hint}")]
    Preset { name: String, hint: String },
    #[error("this configuration cannot be written as RON: {0}")]
    Print(String),
}
