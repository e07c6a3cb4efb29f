//! Scores as tokens, and masks on scores as masks on tokens. Knows nothing of networks.
//!
//! Every representation is a [`Tokenizer`] in a file of its own and stands in [`registry`]; [`lower`] says what
//! it takes to infill one. The studio's own, which fills holes of every shape, is [`octuple`].

pub mod codes;
pub mod grid;
pub mod lens;
pub mod lower;
pub mod mmt;
pub mod octuple;
pub mod registry;
pub mod remi_z;
pub mod roll;
pub mod structured;
pub mod tpd;
pub mod trio_octuple;
mod voices;

use crate::score::{Mask, Score, TrackId};
pub use lower::{Lowered, Refusal, Written};
use std::ops::RangeInclusive;

/// A column of a representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    /// Ids run from 0 to one less.
    pub size: usize,
}

/// What a representation says of music; what is not named is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// More than one track.
    Tracks,
    /// Notes that sound together in one track.
    Polyphony,
    /// Which instrument plays.
    Programs,
    Drums,
    Velocity,
    Tempo,
    Metre,
}

/// How a song is cut into items for training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Windows of bars, each encoded as a piece of its own.
    Bars,
    /// smdiff's windows of its grid, cut from the tokens of the whole song.
    ReferenceGrid,
    /// smdiff's windows and blocks of its octuples, cut from the rows of the whole song.
    ReferenceOctuple,
    /// So many rows each, one after another, a shorter rest dropped.
    Rows(usize),
}

/// A piece as ids: rows of one id a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Ids of a row.
    pub fields: usize,
    /// Row-major `[rows, fields]`.
    pub ids: Vec<i32>,
}

impl Tokens {
    /// No rows yet.
    pub fn new(fields: usize) -> Tokens {
        Tokens {
            fields,
            ids: Vec::new(),
        }
    }

    /// Rows of so many ids.
    ///
    /// # Panics
    /// When a row has another number of ids.
    pub fn of(rows: &[&[i32]]) -> Tokens {
        let fields = rows.first().map_or(1, |r| r.len());
        let mut tokens = Tokens::new(fields);
        for row in rows {
            tokens.push(row);
        }
        tokens
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When the row has another number of ids.
    pub fn push(&mut self, row: &[i32]) {
        assert_eq!(row.len(), self.fields, "a row has one id a field");
        self.ids.extend_from_slice(row);
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = &[i32]> {
        self.ids.chunks_exact(self.fields.max(1))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ids.len() / self.fields.max(1)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// Why a piece has no tokens, or tokens no piece.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("{tokenizer} needs {needs}, and this piece has none")]
    Lacks {
        tokenizer: &'static str,
        needs: &'static str,
    },
    #[error("row {row} of the {tokenizer} tokens cannot be read: {why}")]
    Row {
        tokenizer: &'static str,
        row: usize,
        why: String,
    },
}

/// A representation so long that four bytes an id would cost more than all the rest.
pub trait WriteBytes {
    /// Appends what [`Tokenizer::encode`] gives, a byte an id.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    fn write_bytes(&self, score: &Score, bytes: &mut Vec<u8>) -> Result<(), TokenError>;
}

/// A representation: a piece as rows of small numbers, and back.
pub trait Tokenizer: Send + Sync {
    /// Name in the registry, on the command line and on cards.
    fn id(&self) -> &'static str;

    /// One sentence for a person.
    fn about(&self) -> &'static str;

    /// Whether the published form's defects are mended.
    fn form(&self) -> registry::Form {
        registry::Form::Corrected
    }

    /// How a song is cut into items.
    fn cut(&self) -> Cut {
        Cut::Bars
    }

    /// The columns with their sizes.
    fn fields(&self) -> Vec<Field>;

    /// What survives; the rest is lost.
    fn keeps(&self) -> &'static [Aspect];

    /// The tracks it reads; the notes of all others are lost.
    fn reads(&self, score: &Score) -> Vec<TrackId> {
        let drums = self.keeps().contains(&Aspect::Drums);
        let tracks = score.tracks.iter().filter(|t| drums || !t.is_drums());
        tracks.map(|t| t.id).collect()
    }

    /// The pitches it can write.
    fn pitches(&self) -> RangeInclusive<u8> {
        0..=127
    }

    /// Whether time is kept in seconds. Otherwise it is kept in quarters.
    fn in_seconds(&self) -> bool {
        false
    }

    /// The piece as tokens.
    ///
    /// # Errors
    /// When the piece lacks what the representation cannot do without.
    fn encode(&self, score: &Score) -> Result<Tokens, TokenError>;

    /// The faster way to the same ids, where it has one.
    fn bytes(&self) -> Option<&dyn WriteBytes> {
        None
    }

    /// A piece from tokens, whoever wrote them.
    ///
    /// # Errors
    /// When a row cannot be read; none is guessed at.
    fn decode(&self, tokens: &Tokens) -> Result<Score, TokenError>;

    /// The piece as tokens with a hole where the mask is.
    ///
    /// # Errors
    /// Why the representation cannot rewrite that, and what to do instead.
    fn lower(&self, _: &Score, _: &Mask) -> Result<Lowered, Refusal> {
        Err(lower::left_to_right(self.id()))
    }

    /// The notes that filled tokens write into the mask, from a hole that [`Tokenizer::lower`] made of the same
    /// score and mask. Each lies in the mask.
    ///
    /// # Errors
    /// When the tokens change what was not free.
    fn lift(
        &self,
        _: &Score,
        _: &Mask,
        _: &Lowered,
        _: &Tokens,
    ) -> Result<Vec<Written>, TokenError> {
        Ok(Vec::new())
    }

    /// Whether every id lies within its field.
    fn is_legal(&self, tokens: &Tokens) -> bool {
        let fields = self.fields();
        tokens.fields == fields.len()
            && tokens.rows().all(|row| {
                row.iter()
                    .zip(&fields)
                    .all(|(&id, f)| usize::try_from(id).is_ok_and(|id| id < f.size))
            })
    }
}

/// A piece to decode into: `ppq` ticks a quarter and one tempo.
fn empty(title: &str, ppq: u16, bpm: f64) -> Score {
    let mut score = Score {
        title: title.into(),
        ppq,
        ..Score::default()
    };
    score.tempos.push(crate::score::Tempo {
        tick: 0,
        micros_per_quarter: (60e6 / bpm).round() as u32,
    });
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_went_in() {
        let t = Tokens::of(&[&[1, 2], &[3, 4]]);
        assert_eq!((t.len(), t.fields), (2, 2));
        assert_eq!(t.rows().collect::<Vec<_>>(), [[1, 2], [3, 4]]);
    }

    #[test]
    #[should_panic(expected = "one id a field")]
    fn a_row_of_another_width_is_refused() {
        Tokens::new(2).push(&[1]);
    }
}
