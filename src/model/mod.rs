//! A model is a tokenizer, a network, a process, weights and a card that says what they are.

pub mod blank;
pub mod card;
pub mod chorale;
pub mod critic;
pub mod family;
pub mod fill;
mod forks;
pub mod library;
pub mod likelihood;
pub mod octuple;
pub mod published;
pub mod roll;
pub mod store;
#[cfg(test)]
pub mod testing;
pub mod tokens;
mod windows;

use crate::process::critic::Plan;
use crate::score::{Mask, Score, Take};
pub use card::Card;
use critic::{CriticError, NoteSurprise, Passage};
use fill::{FillError, FillStep, Filling};
pub use library::Library;
pub use likelihood::Likelihood;
use std::ops::{ControlFlow, Range};
pub use store::ModelError;

/// A loaded model that fills masks.
pub trait Model: Send + Sync {
    fn card(&self) -> &Card;

    /// SHA-256 of the weights file, hex.
    fn hash(&self) -> &str;

    /// Number of parameters of the network.
    fn parameters(&self) -> usize;

    /// How many takes are best written at a time: one a core on a CPU, where a take keeps one core busy.
    fn takes_at_a_time(&self) -> usize;

    /// Writes take number `index` (from 0). The same inputs give the same notes on the same device.
    ///
    /// # Errors
    /// When there is nothing this model could write, or `on_step` broke off.
    fn take(
        &self,
        filling: &Filling<'_>,
        index: u32,
        on_step: &mut dyn FnMut(FillStep<'_>) -> ControlFlow<()>,
    ) -> Result<Take, FillError>;

    /// How likely the model finds the notes under the mask, from `stages` stages of filling drawn by `seed`. What it
    /// cannot tell is `None`: nothing where nothing is masked, the mask is refused, the device failed, or the network
    /// says no probabilities (the published form of the piano roll).
    fn likelihood(&self, score: &Score, mask: &Mask, stages: usize, seed: u64) -> Likelihood {
        let _ = (score, mask, stages, seed);
        Likelihood::default()
    }

    /// The bars of a piece as the model hears them, one vector a bar: what its network holds of the notes of the bar
    /// after `layer` layers (`None` for the one that tells music from nonsense best), their mean. A bar without notes has
    /// an empty vector. `go_on` is asked before every pass of the network. `None` where it has no such vectors (only the
    /// free octuple has), `go_on` broke off or the device failed.
    fn latents(
        &self,
        score: &Score,
        layer: Option<usize>,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Vec<Vec<f32>>> {
        let _ = (score, layer, go_on);
        None
    }

    /// The passages of the piece that the model judges together, in order.
    ///
    /// # Errors
    /// When it cannot say how likely notes are.
    fn passages(&self, score: &Score) -> Result<Vec<Passage>, CriticError> {
        let _ = score;
        Err(CriticError::Cannot(self.card().name.clone()))
    }

    /// How odd the model finds the notes that begin in the bars of one of the [`Model::passages`]. `go_on` is asked
    /// before every pass of the network.
    ///
    /// # Errors
    /// As [`Model::passages`], or when `go_on` broke off.
    fn judge(
        &self,
        score: &Score,
        bars: &Range<u32>,
        plan: &Plan,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Vec<NoteSurprise>, CriticError> {
        let _ = (score, bars, plan, go_on);
        Err(CriticError::Cannot(self.card().name.clone()))
    }
}
