//! Absorbing diffusion (Austin et al. 2021) on rows of any token representation, as SCHmUBERT (Plasser et al.
//! 2023) and smdiff have it, with their defects mended by default and kept under names ending in `-reference`.
//!
//! A window is `rows x fields` ids; field f has ids `0..K_f` and the mask id `K_f`. [`strategy`] says which
//! elements are masked, [`objective`] what each costs, [`loss`] compares with logits, [`sampler`] goes back,
//! [`likelihood`] says how likely what stood in a hole is.

mod canvas;
pub mod likelihood;
pub mod loss;
pub mod monotonicity;
pub mod objective;
pub mod sampler;
mod schema;
pub mod strategy;

pub use canvas::{Canvas, CanvasError};
pub use loss::{Asked, HostLoss, TensorLoss, tensor_loss};
pub use objective::{Objective, bound, weights};
pub use sampler::{Filled, TokenDenoiser, TokenStep, sample, sample_reference};
pub use schema::{Schema, Window, WindowError};
pub use strategy::{Masking, Strategy, UnknownStrategy};

use super::Time;
use super::tally::Tally;

/// A corrupted window and what was there.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub rows: usize,
    pub fields: usize,
    /// Rows from here on are padding.
    pub real: usize,
    /// The truth, `[rows, fields]`; 0 in padding.
    pub x0: Vec<i32>,
    /// What the network sees: `x0`, or the mask id.
    pub xt: Vec<i32>,
    /// What is asked for. Never anything of padding.
    pub masked: Vec<bool>,
    /// The bar of each row, counted from the window's first.
    pub bars: Vec<usize>,
    /// How many elements could have been masked: the N of the losses.
    pub free: usize,
    /// Probability that anything is masked at this time, where only such examples are drawn; otherwise 1.
    pub chance: f32,
    pub time: Time,
}

impl Example {
    /// Number of masked elements.
    pub fn count(&self) -> usize {
        self.masked.iter().filter(|&&m| m).count()
    }
}

/// Adds what the masked elements of an example cost, `nll` in nats `[rows, fields]`, to a tally.
pub fn count(tally: &mut Tally, example: &Example, nll: &[f32]) {
    let share = example.time.share();
    for (i, (&nll, _)) in nll
        .iter()
        .zip(&example.masked)
        .enumerate()
        .filter(|(_, (_, m))| **m)
    {
        let (row, field) = (i / example.fields.max(1), i % example.fields.max(1));
        let bar = example.bars.get(row).copied().unwrap_or(0);
        tally.add(share, field, bar, nll);
    }
}
