//! What a model says of the notes that stand under a mask: how likely it finds them.

use crate::process::Told;

/// How likely a model finds what stands under a mask. Every figure is of the values the model itself draws, so it
/// compares checkpoints and settings of one representation, not models of different ones.
///
/// What a value is, and what may not stand in its place, is the representation's:
///
/// - free octuple: the number of notes of a bar and voice, and onset, pitch, length and loudness of each note. Illegal
///   is an onset beyond the bar or the mask, or before that of the note in the row before; a pitch beyond the mask, or
///   one that sounds on that onset already;
/// - rows of a registered tokenizer: each free id. Illegal is what lies outside the range the tokenizer gives the cell:
///   ids of the codebook without a meaning, positions and pitches beyond the mask;
/// - frames of a chorale: what a voice sounds in a 16th, or a note whose rhythm stays. Illegal is silence where a note
///   must sound;
/// - piano roll: each cell, its planes together. Nothing is told of illegal values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likelihood {
    /// Nats of everything over the number of notes. Only of the free octuple: the others do not draw how many notes
    /// there are, or do not draw notes.
    pub nats_per_note: Option<f64>,
    /// Nats a value: a bound from above, estimated, on the negative log-likelihood among what is legal.
    pub nats_per_token: Option<f64>,
    /// Nats a value of the same values by how often each stands around the hole, each by itself: what anyone can do.
    pub counting_nats_per_token: Option<f64>,
    /// Mean probability, 0..=1, that the network gives to values that may not stand where they would, before the rules
    /// of the sampler take it away. `None` where everything may stand everywhere.
    pub illegal_mass: Option<f64>,
}

impl From<Told> for Likelihood {
    fn from(told: Told) -> Likelihood {
        Likelihood {
            nats_per_note: None,
            nats_per_token: told.per_value(),
            counting_nats_per_token: told.by_counting_per_value(),
            illegal_mass: told.illegal(),
        }
    }
}
