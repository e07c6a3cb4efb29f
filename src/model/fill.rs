//! What goes into a fill and what comes out, whatever model writes it: requests, steps, takes side by side.

use super::Model;
use crate::score::{Constraints, Mask, Recipe, SamplerSettings, Score, Take, TakeNote};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Why nothing was written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    #[error(
        "Nothing is masked. Drag over some bars in the ruler, or select notes and mask them, then press Generate."
    )]
    Empty,
    #[error("Only drums are masked, and this model writes pitched tracks. Mask another track.")]
    OnlyDrums,
    #[error(
        "Bar {bar} is longer than eight quarter notes, more than this model can write. Unmask it, or give the piece a shorter meter there."
    )]
    BarTooLong { bar: u32 },
    /// The representation cannot rewrite that; a sentence for a person.
    #[error("{0}")]
    Refused(String),
    #[error("cancelled")]
    Cancelled,
}

/// A note of a take that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub note: TakeNote,
    /// Share of its values that is decided, 0..=1.
    pub decided: f32,
}

/// Where a take stands.
pub struct FillStep<'a> {
    /// Steps done, of how many, over all windows of the take.
    pub done: u32,
    pub of: u32,
    pub(super) draft: &'a dyn Fn() -> Vec<Draft>,
}

impl FillStep<'_> {
    /// A step of which nobody can see the notes.
    pub fn bare(done: u32, of: u32) -> FillStep<'static> {
        FillStep {
            done,
            of,
            draft: &|| Vec::new(),
        }
    }

    /// The notes as they are now, finished windows included. Costs a decoding; ask only when it is shown.
    pub fn draft(&self) -> Vec<Draft> {
        (self.draft)()
    }
}

/// Where a take stands among those of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub index: u32,
    /// Whether it is the first of those still being written.
    pub first: bool,
    /// Steps done of how many, over all takes.
    pub done: u32,
    pub of: u32,
}

/// Everything a take is made from.
pub struct Filling<'a> {
    pub score: &'a Score,
    pub mask: &'a Mask,
    pub settings: &'a SamplerSettings,
    pub constraints: &'a Constraints,
    /// Name of the device, for the recipe.
    pub device: &'a str,
}

impl Filling<'_> {
    /// Writes take number `index` (from 0). The same inputs give the same notes on the same device.
    ///
    /// # Errors
    /// When there is nothing this model could write, or `on_step` broke off.
    pub fn take(
        &self,
        model: &dyn Model,
        index: u32,
        mut on_step: impl FnMut(FillStep<'_>) -> ControlFlow<()>,
    ) -> Result<Take, FillError> {
        model.take(self, index, &mut on_step)
    }

    /// Writes takes `indices`, on a CPU as many at a time as there are cores.
    ///
    /// `on_step` hears of every step of every take, on whatever thread it happens; `on_take` gets the
    /// finished takes in order. A take does not depend on which others are written with it.
    ///
    /// # Errors
    /// As [`Filling::take`]; takes that were finished before have been delivered.
    pub fn takes(
        &self,
        model: &dyn Model,
        indices: &[u32],
        on_step: impl Fn(Place, FillStep<'_>) -> ControlFlow<()> + Sync,
        on_take: impl FnMut(Take) + Send,
    ) -> Result<(), FillError> {
        struct Done<F> {
            /// Finished takes whose turn has not come.
            waiting: BTreeMap<usize, Take>,
            on_take: F,
            failed: Option<FillError>,
        }
        let done = Mutex::new(Done {
            waiting: BTreeMap::new(),
            on_take,
            failed: None,
        });
        // Next to begin, first that is not delivered, steps done over all takes.
        let (begin, deliver, steps) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicU32::new(0));
        let work = || {
            loop {
                let place = begin.fetch_add(1, Ordering::AcqRel);
                let Some(&index) = indices.get(place) else {
                    return;
                };
                let result = model.take(self, index, &mut |step| {
                    let place = Place {
                        index,
                        first: place == deliver.load(Ordering::Acquire),
                        done: steps.fetch_add(1, Ordering::AcqRel) + 1,
                        of: step.of * indices.len() as u32,
                    };
                    on_step(place, step)
                });
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                match result {
                    Ok(take) => {
                        done.waiting.insert(place, take);
                        while let Some(take) = done.waiting.remove(&deliver.load(Ordering::Acquire))
                        {
                            (done.on_take)(take);
                            deliver.fetch_add(1, Ordering::AcqRel);
                        }
                    }
                    Err(e) => {
                        done.failed.get_or_insert(e);
                        begin.store(indices.len(), Ordering::Release);
                    }
                }
            }
        };
        let threads = model.takes_at_a_time().min(indices.len());
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.failed.map_or(Ok(()), Err)
    }

    /// The take of these notes.
    pub(super) fn finished(
        &self,
        model: &dyn Model,
        index: u32,
        mask: Mask,
        notes: Vec<TakeNote>,
        started: Instant,
    ) -> Take {
        Take {
            name: format!("Take {}", index + 1),
            notes,
            recipe: Recipe {
                model: model.card().id.clone(),
                model_hash: model.hash().into(),
                mask,
                settings: self.settings.clone(),
                constraints: self.constraints.clone(),
                take: index,
                device: self.device.into(),
            },
            millis: started.elapsed().as_millis().min(u32::MAX as u128) as u32,
        }
    }
}
