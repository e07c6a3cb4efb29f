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

/// A [`Transformer`] on one CPU.
#[derive(Clone, Debug)]
pub struct Fused {
    pub(super) weights: Weights,
    pub(super) width: usize,
    pub(super) heads: usize,
    pub(super) wide: usize,
    outputs: usize,
}

impl Fused {
    /// Copies the weights out of `network`.
    pub fn of(network: &Transformer) -> Fused {
        let weights = Weights::of(network);
        let width = network.width();
        let wide = weights.block(0, place::UP_BIAS).len();
        Fused {
            outputs: weights.tail(3).len(),
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
        for (block, kept) in w.blocks[..blocks].iter_mut().enumerate() {
            self.forward(block, window, &mut w.x, kept, true);
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

    fn embed(&self, window: &Window, x: &mut Vec<f32>) {
        let d = self.width;
        x.clear();
        x.resize(window.columns.len() * d, 0.0);
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

    /// One block: `x` is replaced by its output. `keep` keeps the attention of all heads for [`Fused::back`].
    fn forward(&self, block: usize, window: &Window, x: &mut [f32], kept: &mut Kept, keep: bool) {
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
        let scale = 1.0 / (head as f32).sqrt();
        for i in 0..h {
            let from = if keep { i * l * l } else { 0 };
            let p = &mut kept.p[from..from + l * l];
            let q = by_three.from(i * head);
            let k = by_three.from(d + i * head);
            let v = by_three.from(2 * d + i * head);
            let square = View::rows(l);
            multiply(
                (l, head, l),
                (&kept.qkv, q),
                (&kept.qkv, k.turned()),
                Set(p, square),
                scale,
            );
            softmax(p, l);
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
        for (i, p) in kept.p.chunks_exact(l * l).enumerate() {
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
mod tests {
    use super::super::transformer::TransformerConfig;
    use super::super::transformer::sparse;
    use super::*;
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Tensor, TensorData};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const INPUTS: usize = 9;
    const OUTPUTS: usize = 7;

    fn network(device: &Device) -> Transformer {
        let config = TransformerConfig {
            width: 32,
            layers: 2,
            heads: 2,
            feed_forward: 3,
        };
        Transformer::new(
            &config,
            INPUTS,
            OUTPUTS,
            &mut ChaCha8Rng::seed_from_u64(1),
            device,
        )
    }

    /// Two windows of different lengths, so that burn has to pad.
    fn input() -> Input {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let windows: Vec<_> = [19, 11]
            .map(|rows| {
                let features: Vec<f32> = (0..rows * INPUTS)
                    .map(|_| rng.random_bool(0.4) as u8 as f32)
                    .collect();
                let first: Vec<f32> = (0..rows).map(|r| (r / 3) as f32).collect();
                let second: Vec<f32> = (0..rows).map(|r| (r % 3) as f32).collect();
                (features, first, second)
            })
            .into();
        Input::stack(
            windows
                .iter()
                .map(|(f, a, b)| (sparse(f, INPUTS), &a[..], &b[..])),
        )
    }

    fn close(a: &[f32], b: &[f32], what: &str) {
        assert_eq!(a.len(), b.len(), "{what}");
        let scale = b.iter().fold(1e-3f32, |m, x| m.max(x.abs()));
        for (i, (x, y)) in a.iter().zip(b).enumerate() {
            assert!((x - y).abs() < 2e-4 * scale, "{what}[{i}]: {x} {y}");
        }
    }

    #[test]
    fn logits_are_burns() {
        let network = network(&Device::flex());
        let input = input();
        let theirs = network
            .forward(&input, false)
            .into_data()
            .try_into_vec_as::<f32>()
            .unwrap();
        let ours = Fused::of(&network);
        for window in 0..2 {
            let asked: Vec<usize> = (0..input.lengths[window]).collect();
            let logits = ours.logits(&ours.window(&input, window), &asked);
            let from = window * input.rows * OUTPUTS;
            close(&logits, &theirs[from..from + logits.len()], "logits");
        }
    }

    #[test]
    fn some_rows_are_answered_as_when_all_are_asked() {
        let fused = Fused::of(&network(&Device::flex()));
        let window = fused.window(&input(), 0);
        let all = fused.logits(&window, &(0..19).collect::<Vec<_>>());
        let asked = [17, 2, 11];
        let some = fused.logits(&window, &asked);
        for (row, logits) in asked.into_iter().zip(some.chunks_exact(OUTPUTS)) {
            close(logits, &all[row * OUTPUTS..(row + 1) * OUTPUTS], "logits");
        }
    }

    #[test]
    fn memory_left_over_from_another_pass_changes_nothing() {
        let network = network(&Device::flex());
        let input = input();
        let fused = Fused::of(&network);
        let pass = |window: usize| {
            let asked: Vec<usize> = (0..input.lengths[window]).collect();
            let mut gradients = fused.zero_gradients();
            let window = fused.window(&input, window);
            fused.backward(&window, &asked, |_| (), &mut gradients);
            (fused.logits(&window, &asked), gradients.0)
        };
        let fresh = pass(1);
        pass(0);
        assert_eq!(pass(1), fresh);
    }

    #[test]
    fn a_window_without_rows_is_nothing_to_learn_from() {
        let network = network(&Device::flex());
        let fused = Fused::of(&network);
        let mut input = input();
        input.lengths[1] = 0;
        let window = fused.window(&input, 1);
        let mut gradients = fused.zero_gradients();
        fused.backward(&window, &[], |_| (), &mut gradients);
        assert!(gradients.0.iter().flatten().all(|&g| g == 0.0));
        assert!(fused.logits(&window, &[]).is_empty());
    }

    #[test]
    fn gradients_are_burns() {
        let device = Device::flex();
        let network = network(&device.clone().autodiff());
        let input = input();
        // Half the sum of squares of every third row: the gradient is the logits themselves.
        let asked = |w: usize| (0..input.lengths[w]).step_by(3).collect::<Vec<_>>();
        let mut chosen = vec![0f32; 2 * input.rows];
        for w in 0..2 {
            for r in asked(w) {
                chosen[w * input.rows + r] = 0.5;
            }
        }
        let chosen = Tensor::<3>::from_data(TensorData::new(chosen, [2, input.rows, 1]), &device);
        let logits = network.forward(&input, true);
        let loss = (logits.clone() * logits * chosen).sum();
        let theirs = GradientsParams::from_grads(loss.backward(), &network);

        let ours = Fused::of(&network);
        let mut sum = ours.zero_gradients();
        for w in 0..2 {
            ours.backward(&ours.window(&input, w), &asked(w), |_| (), &mut sum);
        }
        struct Compare<'a>(&'a GradientsParams, std::vec::IntoIter<Vec<f32>>, usize);
        impl ModuleVisitor for Compare<'_> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let theirs = self.0.get::<D>(param.id).unwrap();
                let theirs = theirs.into_data().try_into_vec_as::<f32>().unwrap();
                let name = format!("tensor {}", self.2);
                close(&self.1.next().unwrap(), &theirs, &name);
                self.2 += 1;
            }
        }
        let mut compare = Compare(&theirs, sum.0.into_iter(), 0);
        network.visit(&mut compare);
        assert_eq!(compare.2, 1 + 2 * place::ALL + 4);
    }
}
