//! A listening test in which nobody is told what they hear: pairs of which one is preferred, or single pieces rated from
//! 1 to 5 (mean opinion score, ITU-T P.800). Order and sides come from a seed, some trials come again with their sides
//! swapped, some have an answer that is known. What was answered is a [`log`] of lines, and the [`Report`] is made of
//! these lines alone, so that anyone who has them has the report.

pub mod log;
mod plan;
mod report;
mod session;
#[cfg(test)]
mod testing;

use crate::score::Score;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use log::Record;
pub use plan::{Plan, Test, Trial};
pub use report::{FEWEST, Pair, Report, Standing};
pub use session::{Question, Session, Sound, Stage};

/// What is heard of one system in one hole.
#[derive(Clone, Serialize, Deserialize)]
pub struct Stimulus {
    /// The hole: the same in all systems that fill it.
    pub hole: String,
    pub score: Arc<Score>,
    /// The bars that are heard, counted in `score`.
    pub bars: Range<u32>,
}

/// A system and what it wrote.
#[derive(Clone, Serialize, Deserialize)]
pub struct Row {
    /// What the listener must not know: "pop", "originals".
    pub system: String,
    pub part: Part,
    /// One a hole.
    pub stimuli: Vec<Stimulus>,
}

/// What a row is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// It is judged.
    Judged,
    /// It is judged, and known to be music that a person wrote.
    Original,
    /// It is no music: whoever prefers it to the original was not listening. Not judged.
    Nonsense,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Design {
    /// The same hole by two systems: which is better?
    Pairs,
    /// One filled hole: how good is it, from 1 to 5?
    Rating,
}

impl Design {
    /// As it stands in a log.
    pub fn word(self) -> &'static str {
        match self {
            Design::Pairs => "pairs",
            Design::Rating => "rating",
        }
    }

    /// Sounds of a trial.
    pub fn sounds(self) -> usize {
        match self {
            Design::Pairs => 2,
            Design::Rating => 1,
        }
    }
}

/// Which of the sounds of a trial. A rating has only the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    #[default]
    A,
    B,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }

    pub(super) fn at(self) -> usize {
        match self {
            Side::A => 0,
            Side::B => 1,
        }
    }
}

/// What a trial counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Its answer is part of the result.
    Counted,
    /// An earlier trial (by its place, from 0) once more, sides swapped: its answer says how consistent the listener is.
    Repeat { of: usize },
    /// The answer is known: what is heard on `real` was written by a person, the other is nonsense. Of a rating the
    /// nonsense alone is heard.
    Catch { real: Option<Side> },
}

/// What a listener said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// This one is better.
    Prefers(Side),
    /// Neither is.
    Neither,
    /// From 1 (bad) to 5 (excellent).
    Rates(u8),
}

impl Answer {
    /// Whether it answers what that design asks.
    pub fn fits(self, design: Design) -> bool {
        match self {
            Answer::Prefers(_) | Answer::Neither => design == Design::Pairs,
            Answer::Rates(r) => design == Design::Rating && (1..=5).contains(&r),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Prefers(Side::A) => f.write_str("a"),
            Answer::Prefers(Side::B) => f.write_str("b"),
            Answer::Neither => f.write_str("none"),
            Answer::Rates(r) => write!(f, "{r}"),
        }
    }
}

/// Why there is no test, or no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlindError {
    #[error(
        "There is nothing to compare: pairs need two systems, a rating needs one, each with something to hear. Tick more rows."
    )]
    TooFew,
    #[error(
        "\"{0}\" and \"{1}\" share no hole that they fill differently, so there is no pair of them to hear. Take more holes, or leave one of them out."
    )]
    NothingInCommon(String, String),
    #[error("Listen to {0} first, then answer.")]
    NotHeard(&'static str),
    #[error("That is no answer to this question: {0}.")]
    NoAnswer(&'static str),
    #[error("All trials are answered.")]
    Finished,
    #[error("The answers are not of this test: trial {0} is another one.")]
    OtherTest(usize),
    #[error("Line {line} of the log cannot be read: {why}.")]
    Log { line: usize, why: String },
}
