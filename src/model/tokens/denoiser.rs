//! A token network as the sampler's denoiser, with the composer's wishes added to its logits.

use super::super::card::Clock;
use crate::network::{Pass, TokenBatch, TokenNet, TokenNetwork};
use crate::process::Notation;
use crate::process::tokens::{Schema, TokenDenoiser};
use crate::score::Constraints;
use crate::score::theory::{home_tonic, in_major};
use burn::tensor::Tensor;
use std::cell::RefCell;

/// First id of the grid that begins a note, and the pitch it begins.
const ONSET: usize = 2;
const LOWEST: usize = 21;
/// Nats that a density of 1 adds to every onset of a grid.
const DENSITY_NATS: f32 = 2.5;

/// See the module.
pub struct Denoiser<'a> {
    pub network: &'a TokenNet,
    pub schema: &'a Schema,
    pub clock: Clock,
    /// What is added to the logits of every row.
    pub pull: &'a [f32],
    /// Why a forward pass failed; the logits are then flat and the walk is broken off.
    pub failed: &'a RefCell<Option<String>>,
}

impl Denoiser<'_> {
    fn try_logits(&self, ids: &[i32], time: f32) -> Result<Vec<f32>, String> {
        let batch: Vec<u32> = ids
            .iter()
            .map(|&id| u32::try_from(id).unwrap_or(0))
            .collect();
        let batch = TokenBatch::stack([&batch[..]], self.schema.fields());
        let batch = batch.map_err(|e| e.to_string())?;
        let fields = self
            .network
            .forward(&batch, Some(&[time]), Pass::Evaluate)
            .map_err(|e| e.to_string())?;
        Tensor::cat(fields, 2)
            .into_data()
            .try_into_vec_as::<f32>()
            .map_err(|e| format!("the device gave no numbers back ({e:?})"))
    }
}

impl TokenDenoiser for Denoiser<'_> {
    fn logits(&mut self, ids: &[i32], rows: usize, time: f32) -> Vec<f32> {
        let time = match self.clock {
            Clock::Hole => time,
            Clock::Window => {
                let fields = self.schema.fields();
                let is_mask = |(i, id): (usize, &i32)| *id == self.schema.mask(i % fields);
                let masked = ids.iter().enumerate().filter(|x| is_mask(*x)).count();
                masked as f32 / ids.len().max(1) as f32
            }
        };
        let wanted = rows * self.schema.logits();
        match self.try_logits(ids, time) {
            Ok(mut logits) if logits.len() == wanted => {
                for row in logits.chunks_exact_mut(self.pull.len().max(1)) {
                    row.iter_mut().zip(self.pull).for_each(|(l, p)| *l += p);
                }
                logits
            }
            other => {
                let why = other
                    .err()
                    .unwrap_or_else(|| "the device failed and gave nothing back".into());
                self.failed.borrow_mut().get_or_insert(why);
                vec![0.0; wanted]
            }
        }
    }
}

/// What the composer's wishes add to the logits of a row: a pull towards the key of `heard` (how often each pitch
/// class sounds around the mask), and, in a grid, towards more onsets or fewer.
pub fn pull(
    schema: &Schema,
    pitch: Option<usize>,
    constraints: &Constraints,
    heard: &[u32; 12],
) -> Vec<f32> {
    let mut pull = vec![0.0; schema.logits()];
    let tonic = home_tonic(heard);
    let anything = heard.iter().any(|&n| n > 0);
    let grid = schema.notation == Notation::Grid;
    for (field, (&offset, &size)) in schema.offsets().iter().zip(&schema.sizes).enumerate() {
        if !grid && pitch != Some(field) {
            continue;
        }
        let first = if grid { ONSET } else { 0 };
        for id in first..size {
            let pitch = if grid { id - ONSET + LOWEST } else { id };
            if anything && in_major((pitch % 12) as u8, tonic) {
                pull[offset + id] += constraints.in_key;
            }
            if grid {
                pull[offset + id] += constraints.density.clamp(-1.0, 1.0) * DENSITY_NATS;
            }
        }
    }
    pull
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::registry::find;

    #[test]
    fn pitches_of_the_key_are_pulled_up_and_nothing_else() {
        let schema = Schema::of(find("trio_octuple").unwrap());
        let mut heard = [0; 12];
        for p in [0, 2, 4, 5, 7, 9, 11] {
            heard[p] = 3;
        }
        let wish = Constraints {
            in_key: 1.5,
            ..Constraints::default()
        };
        let p = pull(&schema, Some(3), &wish, &heard);
        let at = schema.offsets()[3];
        assert_eq!(
            (p[at + 60], p[at + 61], p[at + 62], p[at - 1]),
            (1.5, 0.0, 1.5, 0.0)
        );
        assert_eq!(
            p.iter().filter(|x| **x != 0.0).count(),
            p[at..at + 256].iter().filter(|x| **x != 0.0).count()
        );
        let grid = Schema::of(find("melody").unwrap());
        let wish = Constraints {
            density: -1.0,
            in_key: 1.0,
            ..Constraints::default()
        };
        let p = pull(&grid, None, &wish, &heard);
        // Id 41 is middle C.
        assert_eq!((p[0], p[1], p[41], p[42]), (0.0, 0.0, -1.5, -2.5));
    }
}
