//! The memory of [`super::fused_unet`]: rolls whose channels lie innermost, with silence around them, so that
//! what a convolution sees of a step is one stretch of memory.

use super::kernels::{View, add_bias, add_scaled};

/// Cells of one level, `[steps, pitches + 2, channels]`, between two margins of silence.
#[derive(Clone)]
pub struct Plane {
    pub cells: Vec<f32>,
    pub steps: usize,
    /// Pitches and the silent columns.
    pub row: usize,
    pub channels: usize,
}

impl Plane {
    pub fn silent(steps: usize, pitches: usize, channels: usize) -> Plane {
        let row = pitches + 2;
        let cells = vec![0.0; (steps * row + 2 * (row + 1)) * channels];
        Plane {
            cells,
            steps,
            row,
            channels,
        }
    }

    pub fn like(&self, channels: usize) -> Plane {
        Plane::silent(self.steps, self.row - 2, channels)
    }

    /// Cells, silent columns counted.
    pub fn count(&self) -> usize {
        self.steps * self.row
    }

    /// The cells as a matrix.
    pub fn view(&self) -> View {
        View::rows(self.channels).from((self.row + 1) * self.channels)
    }

    /// What a convolution sees at each cell of the step before (0), the same (1) or the next (2): three
    /// neighbours in one row.
    pub fn seen(&self, step: usize) -> View {
        View::rows(self.channels).from(step * self.row * self.channels)
    }

    pub fn inner(&self) -> &[f32] {
        let margin = (self.row + 1) * self.channels;
        &self.cells[margin..self.cells.len() - margin]
    }

    pub fn inner_mut(&mut self) -> &mut [f32] {
        let margin = (self.row + 1) * self.channels;
        let end = self.cells.len() - margin;
        &mut self.cells[margin..end]
    }

    /// Cells of one step without the silent columns.
    pub fn step(&self, step: usize) -> std::ops::Range<usize> {
        let first = (step * self.row + 1) * self.channels;
        first..first + (self.row - 2) * self.channels
    }

    /// Silences the columns at either side, where a convolution has written.
    pub fn hush(&mut self) {
        let (row, channels) = (self.row, self.channels);
        for step in self.inner_mut().chunks_exact_mut(row * channels) {
            step[..channels].fill(0.0);
            step[(row - 1) * channels..].fill(0.0);
        }
    }

    /// Adds a value a channel, then cuts off what is below zero.
    pub fn shift_and_cut(&mut self, shift: &[f32]) {
        add_bias(self.inner_mut(), shift);
        self.inner_mut().iter_mut().for_each(|x| *x = x.max(0.0));
        self.hush();
    }

    /// Lets a gradient through where these values were above zero.
    pub fn gate(&self, gradient: &mut Plane) {
        for (g, x) in gradient.cells.iter_mut().zip(&self.cells) {
            *g = if *x > 0.0 { *g } else { 0.0 };
        }
    }
}

/// Mean of every two steps.
pub fn halve(x: &Plane) -> Plane {
    let mut y = Plane::silent(x.steps / 2, x.row - 2, x.channels);
    let step = x.row * x.channels;
    let pairs = x.inner().chunks_exact(2 * step);
    for (to, from) in y.inner_mut().chunks_exact_mut(step).zip(pairs) {
        let (a, b) = from.split_at(step);
        for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
            *to = 0.5 * (a + b);
        }
    }
    y
}

/// Adds the gradient of [`halve`] to that of what it read.
pub fn halve_back(dy: &Plane, dx: &mut Plane) {
    let step = dy.row * dy.channels;
    let pairs = dx.inner_mut().chunks_exact_mut(2 * step);
    for (from, to) in dy.inner().chunks_exact(step).zip(pairs) {
        let (a, b) = to.split_at_mut(step);
        add_scaled(from, 0.5, a);
        add_scaled(from, 0.5, b);
    }
}

/// Every step of `below` twice, and behind its channels those of `beside`.
pub fn join(below: &Plane, beside: &Plane) -> Plane {
    let (a, b) = (below.channels, beside.channels);
    let mut y = beside.like(a + b);
    let row = y.row;
    for (i, cell) in y.inner_mut().chunks_exact_mut(a + b).enumerate() {
        let (step, column) = (i / row, i % row);
        let from = (step / 2 * row + column) * a;
        cell[..a].copy_from_slice(&below.inner()[from..from + a]);
        cell[a..].copy_from_slice(&beside.inner()[i * b..(i + 1) * b]);
    }
    y
}

/// Gradients of what [`join`] read, whose two halves are of one width.
pub fn part(dy: &Plane) -> (Plane, Plane) {
    let half = dy.channels / 2;
    let mut below = Plane::silent(dy.steps / 2, dy.row - 2, half);
    let mut beside = dy.like(half);
    let row = dy.row;
    for (i, cell) in dy.inner().chunks_exact(2 * half).enumerate() {
        let (step, column) = (i / row, i % row);
        let to = (step / 2 * row + column) * half;
        add_scaled(&cell[..half], 1.0, &mut below.inner_mut()[to..to + half]);
        beside.inner_mut()[i * half..(i + 1) * half].copy_from_slice(&cell[half..]);
    }
    (below, beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps 0 and 1 of two pitches and one channel: 1, 2 and 3, 4.
    fn small() -> Plane {
        let mut x = Plane::silent(2, 2, 1);
        for (step, values) in [[1.0, 2.0], [3.0, 4.0]].iter().enumerate() {
            let range = x.step(step);
            x.inner_mut()[range].copy_from_slice(values);
        }
        x
    }

    #[test]
    fn a_convolution_sees_the_neighbours_and_silence_beyond() {
        let x = small();
        // At step 0, the first pitch (cell 1 of its row).
        let at = |step: usize| {
            let view = x.seen(step);
            let from = view.from + view.row;
            x.cells[from..from + 3].to_vec()
        };
        assert_eq!(at(0), [0.0, 0.0, 0.0]);
        assert_eq!(at(1), [0.0, 1.0, 2.0]);
        assert_eq!(at(2), [0.0, 3.0, 4.0]);
    }

    #[test]
    fn halving_takes_the_mean_and_joining_doubles() {
        let x = small();
        let half = halve(&x);
        assert_eq!(half.inner(), [0.0, 2.0, 3.0, 0.0]);
        let both = join(&half, &x);
        assert_eq!(both.channels, 2);
        assert_eq!(both.inner()[2..6], [2.0, 1.0, 3.0, 2.0]);
        assert_eq!(both.inner()[10..14], [2.0, 3.0, 3.0, 4.0]);
        let (below, beside) = part(&both);
        assert_eq!(below.inner(), [0.0, 4.0, 6.0, 0.0]);
        assert_eq!(beside.inner(), x.inner());
    }
}
