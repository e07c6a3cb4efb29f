//! Memory of forward and backward passes, lent out and used again.
//!
//! A pass over a window of 256 rows needs tens of megabytes. Asked of the system anew for every window, they
//! cost a sixth of a training step in page faults alone.

use crate::device::heap;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, Once, PoisonError};

/// What the backward pass of a block needs of its forward pass.
#[derive(Debug, Default)]
pub struct Kept {
    pub hat1: Vec<f32>,
    pub rstd1: Vec<f32>,
    pub n1: Vec<f32>,
    pub qkv: Vec<f32>,
    /// Attention, `[heads, rows, rows]`, or `[rows, rows]` of the last head where none is kept.
    pub p: Vec<f32>,
    pub mixed: Vec<f32>,
    pub hat2: Vec<f32>,
    pub rstd2: Vec<f32>,
    pub n2: Vec<f32>,
    /// max(0, up), and its square.
    pub r: Vec<f32>,
    pub squared: Vec<f32>,
}

/// Gradients on their way through a block.
#[derive(Debug, Default)]
pub struct Passing {
    pub narrow: Vec<f32>,
    pub wide: Vec<f32>,
    pub qkv: Vec<f32>,
    pub p: Vec<f32>,
    /// The attention of a head, where it was not kept.
    pub again: Vec<f32>,
}

/// The rows that are asked for, behind the blocks, and their gradients.
#[derive(Debug, Default)]
pub struct Tail {
    pub rows: Vec<f32>,
    pub hat: Vec<f32>,
    pub rstd: Vec<f32>,
    pub normed: Vec<f32>,
    pub logits: Vec<f32>,
    pub dnormed: Vec<f32>,
    pub drows: Vec<f32>,
}

/// Memory of one pass. What it holds when it is lent is left over from the last.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The residual stream, then its gradient.
    pub x: Vec<f32>,
    pub blocks: Vec<Kept>,
    pub passing: Passing,
    pub tail: Tail,
}

impl Workspace {
    /// Elements there is room for in all of it.
    fn room(&self) -> usize {
        let room = |vectors: &[&Vec<f32>]| vectors.iter().map(|v| v.capacity()).sum::<usize>();
        let kept = |k: &Kept| {
            room(&[
                &k.hat1, &k.rstd1, &k.n1, &k.qkv, &k.p, &k.mixed, &k.hat2, &k.rstd2, &k.n2, &k.r,
                &k.squared,
            ])
        };
        let (p, t) = (&self.passing, &self.tail);
        self.blocks.iter().map(kept).sum::<usize>()
            + room(&[&self.x, &p.narrow, &p.wide, &p.qkv, &p.p, &p.again])
            + room(&[
                &t.rows, &t.hat, &t.rstd, &t.normed, &t.logits, &t.dnormed, &t.drows,
            ])
    }
}

static STOCK: Mutex<Vec<Workspace>> = Mutex::new(Vec::new());

/// Weights and gradients, which burn allocates, come and go at every step too. glibc gives each back to the
/// system, to fault it in again, until a large block has been freed once: from then on it keeps blocks up to
/// that size, 32 MiB at most. Elsewhere this does nothing.
fn keep_freed_memory() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let just_below_the_limit = (32 << 20) - (64 << 10);
        drop(std::hint::black_box(Vec::<u8>::with_capacity(
            just_below_the_limit,
        )));
    });
}

/// A workspace until it is dropped, and the elements it had room for when it was lent.
pub struct Loan(Workspace, usize);

/// Lends a workspace: of a pass that is over where there is one.
pub fn lend() -> Loan {
    keep_freed_memory();
    let stocked = STOCK.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let workspace = stocked.unwrap_or_default();
    let room = workspace.room();
    Loan(workspace, room)
}

impl Drop for Loan {
    fn drop(&mut self) {
        // As many as have been at work at once, which is a few: passes are dealt out to cores.
        let returned = std::mem::take(&mut self.0);
        if returned.room() > self.1 {
            heap::give_back();
        }
        STOCK
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(returned);
    }
}

impl Deref for Loan {
    type Target = Workspace;

    fn deref(&self) -> &Workspace {
        &self.0
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut Workspace {
        &mut self.0
    }
}

/// `of` with `length` elements that may hold anything, to be written whole.
///
/// What is too small is given back before the larger is asked for, with an eighth to spare: left to itself a vector
/// doubles beside the old one, and windows that grow by a row at a time would leave a process twice as large as it need be.
pub fn sized(of: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if of.capacity() < length {
        *of = Vec::new();
        of.reserve_exact(length + length / 8);
    }
    of.resize(length, 0.0);
    of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_buffer_counts_as_room() {
        let mut w = Workspace::default();
        assert_eq!(w.room(), 0);
        w.blocks.push(Kept::default());
        sized(&mut w.blocks[0].squared, 80);
        sized(&mut w.passing.again, 8);
        sized(&mut w.tail.drows, 16);
        sized(&mut w.x, 8);
        assert_eq!(w.room(), 90 + 9 + 18 + 9);
    }

    #[test]
    fn memory_of_growing_windows_stays_near_that_of_the_largest() {
        let mut v = Vec::new();
        for length in 1000..2000 {
            assert_eq!(sized(&mut v, length).len(), length);
            assert!(v.capacity() <= length + length / 8, "{}", v.capacity());
        }
        sized(&mut v, 10);
        assert!(v.capacity() >= 1999, "a small window gives nothing back");
    }
}
