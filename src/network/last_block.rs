//! The last block of a [`Fused`] transformer where only some rows are asked for: all rows are looked at, but only
//! those look. A fill asks for a sixth of its rows, so this saves most of a block of every evaluation.

use super::Fused;
use super::fused::Window;
use super::kernels::Target::{Add, Set};
use super::kernels::{View, add_bias, layer_norm, multiply, rotate, softmax, squared_relu};
use super::weights::place;
use super::workspace::{Kept, sized};

impl Fused {
    /// Output rows `[asked.len(), width]` of the last block on the input `x` `[rows, width]`.
    pub(super) fn last_block(
        &self,
        window: &Window,
        x: &[f32],
        asked: &[usize],
        kept: &mut Kept,
        to: &mut Vec<f32>,
    ) {
        let (d, h, wide) = (self.width, self.heads, self.wide);
        let (l, n, head) = (window.columns.len(), asked.len(), d / h);
        let block = self.weights.blocks() - 1;
        let w = |place| self.weights.block(block, place);
        let (by_width, by_three, by_wide) = (View::rows(d), View::rows(3 * d), View::rows(wide));
        let by_two = View::rows(2 * d);
        let gather = |from: &[f32], width: usize, to: &mut Vec<f32>| {
            to.clear();
            for &row in asked {
                to.extend_from_slice(&from[row * width..(row + 1) * width]);
            }
        };
        layer_norm(
            x,
            w(place::NORM1),
            w(place::NORM1 + 1),
            sized(&mut kept.hat1, l * d),
            sized(&mut kept.rstd1, l),
            sized(&mut kept.n1, l * d),
        );
        // Keys and values of all rows, queries of those that are asked for.
        let seen = sized(&mut kept.qkv, l * 2 * d);
        multiply(
            (l, d, 2 * d),
            (&kept.n1, by_width),
            (w(place::QKV), by_three.from(d)),
            Set(seen, by_two),
            1.0,
        );
        gather(&kept.n1, d, &mut kept.n2);
        let looking = sized(&mut kept.hat2, n * d);
        multiply(
            (n, d, d),
            (&kept.n2, by_width),
            (w(place::QKV), by_three),
            Set(looking, by_width),
            1.0,
        );
        let (mut cos, mut sin) = (Vec::new(), Vec::new());
        gather(&window.cos, head / 2, &mut cos);
        gather(&window.sin, head / 2, &mut sin);
        let scale = 1.0 / (head as f32).sqrt();
        let p = sized(&mut kept.p, n * l);
        let mixed = sized(&mut kept.mixed, n * d);
        for i in 0..h {
            let at = i * head;
            rotate(seen, 2 * d, at, head / 2, &window.cos, &window.sin, false);
            rotate(looking, d, at, head / 2, &cos, &sin, false);
            multiply(
                (n, head, l),
                (looking, by_width.from(at)),
                (seen, by_two.from(at).turned()),
                Set(p, View::rows(l)),
                scale,
            );
            softmax(p, l);
            multiply(
                (n, l, head),
                (p, View::rows(l)),
                (seen, by_two.from(d + at)),
                Set(mixed, by_width.from(at)),
                1.0,
            );
        }
        gather(x, d, to);
        multiply(
            (n, d, d),
            (mixed, by_width),
            (w(place::OUT), by_width),
            Add(to, by_width),
            1.0,
        );
        layer_norm(
            to,
            w(place::NORM2),
            w(place::NORM2 + 1),
            looking,
            sized(&mut kept.rstd2, n),
            sized(&mut kept.n2, n * d),
        );
        let r = sized(&mut kept.r, n * wide);
        multiply(
            (n, d, wide),
            (&kept.n2, by_width),
            (w(place::UP), by_wide),
            Set(r, by_wide),
            1.0,
        );
        let squared = sized(&mut kept.squared, n * wide);
        squared_relu(r, w(place::UP_BIAS), squared);
        multiply(
            (n, wide, d),
            (squared, by_wide),
            (w(place::DOWN), by_width),
            Add(to, by_width),
            1.0,
        );
        add_bias(to, w(place::DOWN_BIAS));
    }
}
