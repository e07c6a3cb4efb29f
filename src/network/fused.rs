//! The transformer written out by hand for CPUs: forward and backward, one window at a time.
//!
//! burn's CPU backend gives every operation of [`Transformer`] memory of its own and calls the scalar
//! exponential; here the same arithmetic runs in a few vectorised loops and matrix products, without
//! padding, with the many-hot input summed from its columns and the output computed only where it is asked
//! for. Values and gradients agree with burn's to rounding (see the tests), so weights trained by either
//! serve the other, and a GPU goes on using burn.

use super::kernels::Target::{Add, Set};
use super::kernels::{
    View, add_bias, add_rows, add_scaled, layer_norm, layer_norm_back, multiply, rotate, softmax,
    softmax_back, squared_relu, squared_relu_back,
};
use super::transformer::{Input, SparseRow, Transformer, angles};
use super::weights::{EMBED, Weights, place};
use super::workspace::{self, Kept, Passing, Tail, sized};

/// One window for [`Fused`]: what [`Input`] holds of it, without padding.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// For each row, its columns that are not zero and their values.
    pub(super) columns: Vec<SparseRow>,
    pub(super) cos: Vec<f32>,
    pub(super) sin: Vec<f32>,
}

/// Most elements of attention that are kept of a window for its backward pass, 64 MiB; of larger windows it is computed
/// again. It grows with the square of the rows and would be most of a training's memory.
const MOST_KEPT: usize = 16 << 20;

/// A [`Transformer`] on one CPU.
#[derive(Clone, Debug)]
pub struct Fused {
    pub(super) weights: Weights,
    pub(super) width: usize,
    pub(super) heads: usize,
    pub(super) wide: usize,
    outputs: usize,
    /// [`MOST_KEPT`]; less in tests.
    most_kept: usize,
}

impl Fused {
    /// Copies the weights out of `network`.
    pub fn of(network: &Transformer) -> Fused {
        let weights = Weights::of(network);
        let width = network.width();
        let wide = weights.block(0, place::UP_BIAS).len();
        Fused {
            outputs: weights.tail(3).len(),
            most_kept: MOST_KEPT,
            width,
            heads: network.heads(),
            wide,
            weights,
        }
    }

    /// Gradients of zero, to be added to.
    pub fn zero_gradients(&self) -> Weights {
        self.weights.zeros_like()
    }

    /// Window number `window` of a batch.
    pub fn window(&self, input: &Input, window: usize) -> Window {
        let length = input.lengths[window];
        let first = window * input.rows;
        let rows = first..first + length;
        let half = self.width / self.heads / 2;
        let (cos, sin) = angles(
            &input.first[rows.clone()],
            &input.second[rows.clone()],
            half,
        );
        let columns = input.features[rows].to_vec();
        Window { columns, cos, sin }
    }

    /// Logits `[asked.len(), outputs]` of the rows named in `asked`.
    pub fn logits(&self, window: &Window, asked: &[usize]) -> Vec<f32> {
        if asked.is_empty() {
            return Vec::new();
        }
        let mut memory = workspace::lend();
        let w = &mut *memory;
        self.embed(window, &mut w.x);
        w.blocks.resize_with(w.blocks.len().max(1), Kept::default);
        let blocks = self.weights.blocks();
        if blocks == 0 {
            self.pick(&w.x, asked, &mut w.tail.rows);
        } else {
            for block in 0..blocks - 1 {
                self.forward(block, window, &mut w.x, &mut w.blocks[0], false);
            }
            self.last_block(window, &w.x, asked, &mut w.blocks[0], &mut w.tail.rows);
        }
        self.answer(&mut w.tail);
        w.tail.logits.clone()
    }

    /// Forward and backward. `loss` gets the logits of the rows in `asked`, `[asked.len(), outputs]`, and
    /// leaves their gradient in their place; the gradients of all weights are added to `to`.
    pub fn backward(
        &self,
        window: &Window,
        asked: &[usize],
        loss: impl FnOnce(&mut [f32]),
        to: &mut Weights,
    ) {
        if asked.is_empty() {
            // Nothing was asked (a window of empty bars): nothing to learn.
            return loss(&mut []);
        }
        let mut memory = workspace::lend();
        let w = &mut *memory;
        let blocks = self.weights.blocks();
        let kept = w.blocks.len().max(blocks);
        w.blocks.resize_with(kept, Kept::default);
        self.embed(window, &mut w.x);
        let rows = window.columns.len();
        let keep = blocks * self.heads * rows * rows <= self.most_kept;
        for (block, kept) in w.blocks[..blocks].iter_mut().enumerate() {
            self.forward(block, window, &mut w.x, kept, keep);
        }
        self.pick(&w.x, asked, &mut w.tail.rows);
        self.answer(&mut w.tail);
        loss(&mut w.tail.logits);
        self.question(&mut w.tail, to);
        let d = self.width;
        w.x.fill(0.0);
        for (row, &i) in w.tail.drows.chunks_exact(d).zip(asked) {
            add_scaled(row, 1.0, &mut w.x[i * d..(i + 1) * d]);
        }
        for (block, kept) in w.blocks[..blocks].iter().enumerate().rev() {
            self.back(block, window, &mut w.x, kept, &mut w.passing, to);
        }
        for (columns, dx) in window.columns.iter().zip(w.x.chunks_exact(d)) {
            for &(c, v) in columns {
                let at = c as usize * d;
                add_scaled(dx, v, &mut to.0[EMBED][at..at + d]);
            }
        }
    }

    pub(super) fn embed(&self, window: &Window, x: &mut Vec<f32>) {
        let d = self.width;
        let x = sized(x, window.columns.len() * d);
        x.fill(0.0);
        for (columns, x) in window.columns.iter().zip(x.chunks_exact_mut(d)) {
            for &(c, v) in columns {
                add_scaled(&self.weights.0[EMBED][c as usize * d..][..d], v, x);
            }
        }
    }

    fn pick(&self, x: &[f32], rows: &[usize], to: &mut Vec<f32>) {
        let d = self.width;
        to.clear();
        for &r in rows {
            to.extend_from_slice(&x[r * d..(r + 1) * d]);
        }
    }

    /// The last norm and the head.
    fn answer(&self, tail: &mut Tail) {
        let (d, o) = (self.width, self.outputs);
        let n = tail.rows.len() / d;
        let w = &self.weights;
        layer_norm(
            &tail.rows,
            w.tail(0),
            w.tail(1),
            sized(&mut tail.hat, n * d),
            sized(&mut tail.rstd, n),
            sized(&mut tail.normed, n * d),
        );
        let (a, b) = (View::rows(d), View::rows(o));
        let logits = sized(&mut tail.logits, n * o);
        multiply(
            (n, d, o),
            (&tail.normed, a),
            (w.tail(2), b),
            Set(logits, b),
            1.0,
        );
        add_bias(logits, w.tail(3));
    }

    /// Gradient of [`Fused::answer`], from that of the logits to that of the rows.
    fn question(&self, tail: &mut Tail, to: &mut Weights) {
        let (d, o) = (self.width, self.outputs);
        let n = tail.rows.len() / d;
        let (by_width, by_output) = (View::rows(d), View::rows(o));
        let dlogits = &tail.logits;
        multiply(
            (d, n, o),
            (&tail.normed, by_width.turned()),
            (dlogits, by_output),
            Add(to.tail_mut(2), by_output),
            1.0,
        );
        add_rows(dlogits, to.tail_mut(3));
        let dnormed = sized(&mut tail.dnormed, n * d);
        multiply(
            (n, o, d),
            (dlogits, by_output),
            (self.weights.tail(2), by_output.turned()),
            Set(dnormed, by_width),
            1.0,
        );
        let drows = sized(&mut tail.drows, n * d);
        drows.fill(0.0);
        let first = to.0.len() - 4;
        let (dgain, dshift) = to.pair_mut(first);
        layer_norm_back(
            dnormed,
            &tail.hat,
            &tail.rstd,
            self.weights.tail(0),
            drows,
            dgain,
            dshift,
        );
    }

    /// One block: `x` is replaced by its output. `keep` keeps the attention of all heads, which
    /// [`Fused::back`] must compute again otherwise.
    pub(super) fn forward(
        &self,
        block: usize,
        window: &Window,
        x: &mut [f32],
        kept: &mut Kept,
        keep: bool,
    ) {
        let (d, h, wide) = (self.width, self.heads, self.wide);
        let l = window.columns.len();
        let head = d / h;
        let w = |place| self.weights.block(block, place);
        let by_width = View::rows(d);
        let by_three = View::rows(3 * d);
        let by_wide = View::rows(wide);
        for (v, n) in [
            (&mut kept.hat1, l * d),
            (&mut kept.n1, l * d),
            (&mut kept.rstd1, l),
            (&mut kept.qkv, l * 3 * d),
            (&mut kept.p, if keep { h * l * l } else { l * l }),
            (&mut kept.mixed, l * d),
            (&mut kept.hat2, l * d),
            (&mut kept.n2, l * d),
            (&mut kept.rstd2, l),
            (&mut kept.r, l * wide),
            (&mut kept.squared, l * wide),
        ] {
            sized(v, n);
        }
        layer_norm(
            x,
            w(place::NORM1),
            w(place::NORM1 + 1),
            &mut kept.hat1,
            &mut kept.rstd1,
            &mut kept.n1,
        );
        multiply(
            (l, d, 3 * d),
            (&kept.n1, by_width),
            (w(place::QKV), by_three),
            Set(&mut kept.qkv, by_three),
            1.0,
        );
        // Queries and keys, head by head.
        for part in 0..2 * h {
            rotate(
                &mut kept.qkv,
                3 * d,
                part * head,
                head / 2,
                &window.cos,
                &window.sin,
                false,
            );
        }
        for i in 0..h {
            let from = if keep { i * l * l } else { 0 };
            let p = &mut kept.p[from..from + l * l];
            let v = by_three.from(2 * d + i * head);
            let square = View::rows(l);
            self.attend(i, &kept.qkv, l, p);
            multiply(
                (l, l, head),
                (p, square),
                (&kept.qkv, v),
                Set(&mut kept.mixed, by_width.from(i * head)),
                1.0,
            );
        }
        multiply(
            (l, d, d),
            (&kept.mixed, by_width),
            (w(place::OUT), by_width),
            Add(x, by_width),
            1.0,
        );
        layer_norm(
            x,
            w(place::NORM2),
            w(place::NORM2 + 1),
            &mut kept.hat2,
            &mut kept.rstd2,
            &mut kept.n2,
        );
        multiply(
            (l, d, wide),
            (&kept.n2, by_width),
            (w(place::UP), by_wide),
            Set(&mut kept.r, by_wide),
            1.0,
        );
        squared_relu(&mut kept.r, w(place::UP_BIAS), &mut kept.squared);
        multiply(
            (l, wide, d),
            (&kept.squared, by_wide),
            (w(place::DOWN), by_width),
            Add(x, by_width),
            1.0,
        );
        add_bias(x, w(place::DOWN_BIAS));
    }

    /// Attention `[l, l]` of head `i`, from queries and keys as they lie in `qkv`.
    fn attend(&self, i: usize, qkv: &[f32], l: usize, p: &mut [f32]) {
        let (d, head) = (self.width, self.width / self.heads);
        let by_three = View::rows(3 * d);
        multiply(
            (l, head, l),
            (qkv, by_three.from(i * head)),
            (qkv, by_three.from(d + i * head).turned()),
            Set(p, View::rows(l)),
            1.0 / (head as f32).sqrt(),
        );
        softmax(p, l);
    }

    /// Gradient of [`Fused::forward`]: `dx`, with respect to the block's output, becomes that with respect
    /// to its input.
    fn back(
        &self,
        block: usize,
        window: &Window,
        dx: &mut [f32],
        kept: &Kept,
        passing: &mut Passing,
        to: &mut Weights,
    ) {
        let (d, h, wide) = (self.width, self.heads, self.wide);
        let l = window.columns.len();
        let head = d / h;
        let w = |place| self.weights.block(block, place);
        let by_width = View::rows(d);
        let by_three = View::rows(3 * d);
        let by_wide = View::rows(wide);
        let square = View::rows(l);
        let norm = |place: usize| 1 + block * place::ALL + place;

        // The feed-forward half.
        add_rows(dx, to.block_mut(block, place::DOWN_BIAS));
        multiply(
            (wide, l, d),
            (&kept.squared, by_wide.turned()),
            (dx, by_width),
            Add(to.block_mut(block, place::DOWN), by_width),
            1.0,
        );
        let dwide = sized(&mut passing.wide, l * wide);
        multiply(
            (l, d, wide),
            (dx, by_width),
            (w(place::DOWN), by_width.turned()),
            Set(dwide, by_wide),
            1.0,
        );
        squared_relu_back(&kept.r, dwide);
        add_rows(dwide, to.block_mut(block, place::UP_BIAS));
        multiply(
            (d, l, wide),
            (&kept.n2, by_width.turned()),
            (dwide, by_wide),
            Add(to.block_mut(block, place::UP), by_wide),
            1.0,
        );
        let dn = sized(&mut passing.narrow, l * d);
        multiply(
            (l, wide, d),
            (dwide, by_wide),
            (w(place::UP), by_wide.turned()),
            Set(dn, by_width),
            1.0,
        );
        let (dgain, dshift) = to.pair_mut(norm(place::NORM2));
        layer_norm_back(
            dn,
            &kept.hat2,
            &kept.rstd2,
            w(place::NORM2),
            dx,
            dgain,
            dshift,
        );

        // The attention half.
        multiply(
            (d, l, d),
            (&kept.mixed, by_width.turned()),
            (dx, by_width),
            Add(to.block_mut(block, place::OUT), by_width),
            1.0,
        );
        let dmixed = dn;
        multiply(
            (l, d, d),
            (dx, by_width),
            (w(place::OUT), by_width.turned()),
            Set(dmixed, by_width),
            1.0,
        );
        let dqkv = sized(&mut passing.qkv, l * 3 * d);
        let dp = sized(&mut passing.p, l * l);
        let scale = 1.0 / (head as f32).sqrt();
        let is_kept = kept.p.len() == h * l * l;
        for i in 0..h {
            let p = if is_kept {
                &kept.p[i * l * l..(i + 1) * l * l]
            } else {
                let again = sized(&mut passing.again, l * l);
                self.attend(i, &kept.qkv, l, again);
                again
            };
            let q = by_three.from(i * head);
            let k = by_three.from(d + i * head);
            let v = by_three.from(2 * d + i * head);
            let mixed = by_width.from(i * head);
            multiply(
                (l, head, l),
                (dmixed, mixed),
                (&kept.qkv, v.turned()),
                Set(dp, square),
                1.0,
            );
            multiply(
                (l, l, head),
                (p, square.turned()),
                (dmixed, mixed),
                Set(dqkv, v),
                1.0,
            );
            softmax_back(p, dp, l, scale);
            multiply(
                (l, l, head),
                (dp, square),
                (&kept.qkv, k),
                Set(dqkv, q),
                1.0,
            );
            multiply(
                (l, l, head),
                (dp, square.turned()),
                (&kept.qkv, q),
                Set(dqkv, k),
                1.0,
            );
        }
        for part in 0..2 * h {
            rotate(
                dqkv,
                3 * d,
                part * head,
                head / 2,
                &window.cos,
                &window.sin,
                true,
            );
        }
        multiply(
            (d, l, 3 * d),
            (&kept.n1, by_width.turned()),
            (dqkv, by_three),
            Add(to.block_mut(block, place::QKV), by_three),
            1.0,
        );
        let dn = dmixed;
        multiply(
            (l, 3 * d, d),
            (dqkv, by_three),
            (w(place::QKV), by_three.turned()),
            Set(dn, by_width),
            1.0,
        );
        let (dgain, dshift) = to.pair_mut(norm(place::NORM1));
        layer_norm_back(
            dn,
            &kept.hat1,
            &kept.rstd1,
            w(place::NORM1),
            dx,
            dgain,
            dshift,
        );
    }
}

#[cfg(test)]
mod tests;
