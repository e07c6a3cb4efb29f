//! Pieces as a model hears them, for the metrics that need it.

use super::{Songs, StudyError, Watch, stopped};
use crate::evaluation::Sample;
use crate::model::Model;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Who hears, and after which layer.
#[derive(Clone)]
pub struct Hearing {
    pub model: Arc<dyn Model>,
    /// `None` for the model's own choice.
    pub layer: Option<usize>,
}

impl Hearing {
    /// Which model it is, for the notes of a table.
    pub(super) fn said(&self) -> String {
        let layer = match self.layer {
            Some(layer) => format!("after layer {layer}"),
            None => "after its usual layer".into(),
        };
        format!(
            "bars are heard by {}, {layer} (weights {})",
            self.model.card().id,
            self.model.hash()
        )
    }

    /// The vectors of the bars of every piece, in order, as many pieces at a time as the model takes.
    ///
    /// # Errors
    /// When the model has no such vectors, or somebody stopped it.
    fn all(&self, pieces: &Songs, watch: &dyn Watch) -> Result<Vec<Vec<Vec<f32>>>, StudyError> {
        let (next, told) = (AtomicUsize::new(0), Mutex::new(vec![None; pieces.len()]));
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::AcqRel);
                let Some((_, score)) = pieces.get(at) else {
                    return;
                };
                let heard = self
                    .model
                    .latents(score, self.layer, &mut || match stopped(watch) {
                        true => ControlFlow::Break(()),
                        false => ControlFlow::Continue(()),
                    });
                let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(to) = told.get_mut(at) {
                    *to = heard;
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.model.takes_at_a_time().min(pieces.len()) {
                scope.spawn(work);
            }
            work();
        });
        if stopped(watch) {
            return Err(StudyError::Stopped);
        }
        let told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
        let all: Option<Vec<_>> = told.into_iter().collect();
        all.ok_or_else(|| {
            StudyError::Cannot(format!(
                "{} does not say how it hears bars; name a model of the free octuple, such as pop, as --latent-model",
                self.model.card().id
            ))
        })
    }
}

/// Pieces as metrics see them, heard by a model where there is one.
///
/// # Errors
/// When the model does not say how it hears bars, or somebody stopped it.
pub(super) fn samples(
    pieces: &Songs,
    hearing: Option<&Hearing>,
    watch: &dyn Watch,
) -> Result<Vec<Sample>, StudyError> {
    let heard = match hearing {
        Some(hearing) => hearing.all(pieces, watch)?,
        None => vec![Vec::new(); pieces.len()],
    };
    let sample = |((name, score), latents): (&(String, crate::score::Score), _)| Sample {
        latents,
        ..Sample::of(name.clone(), score)
    };
    Ok(pieces.iter().zip(heard).map(sample).collect())
}
