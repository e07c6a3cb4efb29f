//! A model for tests that need no network.

use super::fill::{FillError, FillStep, Filling};
use super::{Card, Library, Model};
use crate::score::{Take, TakeNote};
use std::ops::ControlFlow;
use std::time::Instant;

/// Writes what stood in the hole, take number `i` moved up by `i` semitones.
pub struct Echo(Card);

impl Default for Echo {
    fn default() -> Self {
        let library = Library::find(&[]);
        let card = library.cards().next().expect("a bundled model");
        Echo(Card {
            id: "echo".into(),
            ..card.clone()
        })
    }
}

impl Model for Echo {
    fn card(&self) -> &Card {
        &self.0
    }

    fn hash(&self) -> &str {
        "echo"
    }

    fn parameters(&self) -> usize {
        0
    }

    fn takes_at_a_time(&self) -> usize {
        2
    }

    fn take(
        &self,
        filling: &Filling<'_>,
        index: u32,
        on_step: &mut dyn FnMut(FillStep<'_>) -> ControlFlow<()>,
    ) -> Result<Take, FillError> {
        let started = Instant::now();
        if on_step(FillStep::bare(1, 1)).is_break() {
            return Err(FillError::Cancelled);
        }
        let notes = filling.score.notes();
        let masked = notes.filter(|(track, n)| filling.mask.selects(*track, n));
        let moved = masked.map(|(track, n)| TakeNote {
            track,
            start: n.start,
            length: n.length,
            pitch: (u32::from(n.pitch) + index).min(127) as u8,
            velocity: n.velocity,
            confidence: 1.0,
            replaces: None,
        });
        let mut notes: Vec<TakeNote> = moved.collect();
        notes.sort_by_key(|n| (n.track, n.start, n.pitch));
        Ok(filling.finished(self, index, filling.mask.clone(), notes, started))
    }
}
