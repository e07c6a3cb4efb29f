//! Loops over plain slices that [`super::fused`] is made of. Each is compiled for the widest vectors of
//! the processor (pulp), with sums kept in lanes of a fixed width, so that their order never depends on it.

use pulp::{Arch, Simd, WithSimd};

/// Lanes of a sum.
const LANES: usize = 16;
/// Added to the variance of a row before its root is taken; burn's and PyTorch's default.
const EPSILON: f32 = 1e-5;

/// Runs a loop compiled for the widest vectors there are. The bound is `FnMut` and no more general: what
/// calls a closure through `FnOnce` is a function of its own, which is not inlined and so stays narrow.
#[inline(always)]
fn widest(run: impl FnMut()) {
    struct Loop<F>(F);
    impl<F: FnMut()> WithSimd for Loop<F> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(mut self, _: S) {
            (self.0)()
        }
    }
    Arch::new().dispatch(Loop(run));
}

/// A matrix in a slice: element (r, c) stands at `from + r * row + c * column`.
#[derive(Clone, Copy)]
pub struct View {
    pub from: usize,
    pub row: usize,
    pub column: usize,
}

impl View {
    /// A dense row-major matrix with rows of `width`.
    pub fn rows(width: usize) -> View {
        View {
            from: 0,
            row: width,
            column: 1,
        }
    }

    /// The same matrix with rows and columns exchanged.
    pub fn turned(self) -> View {
        View {
            row: self.column,
            column: self.row,
            ..self
        }
    }

    /// The same layout, starting `by` elements later.
    pub fn from(self, by: usize) -> View {
        View {
            from: self.from + by,
            ..self
        }
    }

    fn fits(self, rows: usize, columns: usize, length: usize) -> bool {
        rows == 0
            || columns == 0
            || self.from + (rows - 1) * self.row + (columns - 1) * self.column < length
    }
}

/// Where a product goes.
pub enum Target<'a> {
    /// In place of what is there.
    Set(&'a mut [f32], View),
    /// On top of what is there.
    Add(&'a mut [f32], View),
}

/// `scale` times the product of `a` (`m` x `k`) and `b` (`k` x `n`), on one thread.
///
/// # Panics
/// When a view reaches beyond its slice.
pub fn multiply(
    (m, k, n): (usize, usize, usize),
    (a, a_view): (&[f32], View),
    (b, b_view): (&[f32], View),
    target: Target<'_>,
    scale: f32,
) {
    let (to, to_view, add) = match target {
        Target::Set(to, view) => (to, view, false),
        Target::Add(to, view) => (to, view, true),
    };
    assert!(a_view.fits(m, k, a.len()) && b_view.fits(k, n, b.len()));
    assert!(to_view.fits(m, n, to.len()));
    if m == 0 || n == 0 {
        return;
    }
    // SAFETY: every element of the three matrices lies inside its slice (asserted above), and `to` is
    // borrowed mutably, so it overlaps neither of the others.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            to.as_mut_ptr().add(to_view.from),
            to_view.column as isize,
            to_view.row as isize,
            add,
            a.as_ptr().add(a_view.from),
            a_view.column as isize,
            a_view.row as isize,
            b.as_ptr().add(b_view.from),
            b_view.column as isize,
            b_view.row as isize,
            1.0,
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// The exponential function within a few units in the last place (Cody and Waite's reduction, a
/// polynomial of degree six), written so that it vectorises; below -87 it is 0.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 * 2^23 rounds to a whole number without a function call.
    const ROUND: f32 = 12_582_912.0;
    let low = if x > -87.0 { x } else { -87.0 };
    let low = if low < 88.0 { low } else { 88.0 };
    let rounded = low * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (low - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let p = 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    // The same addition left the whole number in the lowest bits, where a cast would check for overflow.
    let power = rounded.to_bits().wrapping_sub(ROUND.to_bits());
    let scaled = p * f32::from_bits(power.wrapping_add(127) << 23);
    if x < -87.0 { 0.0 } else { scaled }
}

#[inline(always)]
fn sum(values: impl Fn(usize) -> f32, n: usize) -> f32 {
    let mut lanes = [0f32; LANES];
    let whole = n / LANES * LANES;
    let mut i = 0;
    while i < whole {
        for (l, lane) in lanes.iter_mut().enumerate() {
            *lane += values(i + l);
        }
        i += LANES;
    }
    let mut total: f32 = lanes.iter().sum();
    for j in whole..n {
        total += values(j);
    }
    total
}

#[inline(always)]
fn softmax_row(row: &mut [f32]) {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let mut parts = row.chunks_exact(LANES);
    for part in &mut parts {
        for (lane, &x) in lanes.iter_mut().zip(part) {
            *lane = if x > *lane { x } else { *lane };
        }
    }
    let most = lanes
        .iter()
        .chain(parts.remainder())
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    for x in row.iter_mut() {
        *x = exp(*x - most);
    }
    let n = row.len();
    let total = {
        let row = &*row;
        sum(
            #[inline(always)]
            |i| row[i],
            n,
        )
    };
    let scale = 1.0 / total;
    for x in row.iter_mut() {
        *x *= scale;
    }
}

/// Every row of `width` becomes a distribution.
pub fn softmax(rows: &mut [f32], width: usize) {
    widest(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(width) {
                softmax_row(row);
            }
        },
    );
}

/// Gradient of [`softmax`]: `grad` (with respect to the distributions `p`) becomes the gradient with
/// respect to what went in, times `scale`.
pub fn softmax_back(p: &[f32], grad: &mut [f32], width: usize, scale: f32) {
    widest(
        #[inline(always)]
        || {
            for (p, g) in p.chunks_exact(width).zip(grad.chunks_exact_mut(width)) {
                let dot = {
                    let g = &*g;
                    sum(
                        #[inline(always)]
                        |i| p[i] * g[i],
                        width,
                    )
                };
                for (g, &p) in g.iter_mut().zip(p) {
                    *g = p * (*g - dot) * scale;
                }
            }
        },
    );
}

/// Layer normalisation (Ba et al. 2016) of rows of `x`: `hat` gets the normalised rows, `rstd` the inverse
/// deviations, and the result is `hat * gain + shift`.
pub fn layer_norm(
    x: &[f32],
    gain: &[f32],
    shift: &[f32],
    hat: &mut [f32],
    rstd: &mut [f32],
    to: &mut [f32],
) {
    let d = gain.len();
    widest(
        #[inline(always)]
        || {
            for (((x, hat), to), rstd) in x
                .chunks_exact(d)
                .zip(hat.chunks_exact_mut(d))
                .zip(to.chunks_exact_mut(d))
                .zip(rstd.iter_mut())
            {
                let mean = sum(
                    #[inline(always)]
                    |i| x[i],
                    d,
                ) / d as f32;
                let variance = sum(
                    #[inline(always)]
                    |i| (x[i] - mean) * (x[i] - mean),
                    d,
                ) / d as f32;
                *rstd = 1.0 / (variance + EPSILON).sqrt();
                for i in 0..d {
                    hat[i] = (x[i] - mean) * *rstd;
                    to[i] = hat[i] * gain[i] + shift[i];
                }
            }
        },
    );
}

/// Gradient of [`layer_norm`]: adds to `dx`, `dgain` and `dshift`.
pub fn layer_norm_back(
    dy: &[f32],
    hat: &[f32],
    rstd: &[f32],
    gain: &[f32],
    dx: &mut [f32],
    dgain: &mut [f32],
    dshift: &mut [f32],
) {
    let d = gain.len();
    widest(
        #[inline(always)]
        || {
            let mut scaled = vec![0f32; d];
            for (((dy, hat), dx), &rstd) in dy
                .chunks_exact(d)
                .zip(hat.chunks_exact(d))
                .zip(dx.chunks_exact_mut(d))
                .zip(rstd)
            {
                for i in 0..d {
                    scaled[i] = dy[i] * gain[i];
                    dgain[i] += dy[i] * hat[i];
                    dshift[i] += dy[i];
                }
                let mean = sum(
                    #[inline(always)]
                    |i| scaled[i],
                    d,
                ) / d as f32;
                let along = sum(
                    #[inline(always)]
                    |i| scaled[i] * hat[i],
                    d,
                ) / d as f32;
                for i in 0..d {
                    dx[i] += (scaled[i] - mean - hat[i] * along) * rstd;
                }
            }
        },
    );
}

/// Squared ReLU (So et al. 2021) of `x + bias` row by row: `x` becomes max(x + bias, 0) and `to` its square.
pub fn squared_relu(x: &mut [f32], bias: &[f32], to: &mut [f32]) {
    widest(
        #[inline(always)]
        || {
            for (x, to) in x
                .chunks_exact_mut(bias.len())
                .zip(to.chunks_exact_mut(bias.len()))
            {
                for i in 0..x.len() {
                    let v = x[i] + bias[i];
                    let v = if v > 0.0 { v } else { 0.0 };
                    x[i] = v;
                    to[i] = v * v;
                }
            }
        },
    );
}

/// Gradient of [`squared_relu`]: `grad` is turned in place, `r` is what the forward pass left in `x`.
pub fn squared_relu_back(r: &[f32], grad: &mut [f32]) {
    widest(
        #[inline(always)]
        || {
            for (g, &r) in grad.iter_mut().zip(r) {
                *g *= 2.0 * r;
            }
        },
    );
}

/// Adds `bias` to every row.
pub fn add_bias(rows: &mut [f32], bias: &[f32]) {
    widest(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(bias.len()) {
                for (x, b) in row.iter_mut().zip(bias) {
                    *x += b;
                }
            }
        },
    );
}

/// Adds the sum of all rows to `to`.
pub fn add_rows(rows: &[f32], to: &mut [f32]) {
    widest(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(to.len()) {
                for (t, x) in to.iter_mut().zip(row) {
                    *t += x;
                }
            }
        },
    );
}

/// `to += scale * from`.
pub fn add_scaled(from: &[f32], scale: f32, to: &mut [f32]) {
    widest(
        #[inline(always)]
        || {
            for (t, x) in to.iter_mut().zip(from) {
                *t += scale * x;
            }
        },
    );
}

/// Turns the pairs (i, i + half) of one head of every row by the angles whose cosines and sines are given,
/// `[rows, half]`; `back` turns the other way. `row` is the distance of rows in `x`, `from` where the head
/// begins in each.
pub fn rotate(
    x: &mut [f32],
    row: usize,
    from: usize,
    half: usize,
    cos: &[f32],
    sin: &[f32],
    back: bool,
) {
    let sign = if back { -1.0 } else { 1.0 };
    widest(
        #[inline(always)]
        || {
            for ((x, cos), sin) in x
                .chunks_exact_mut(row)
                .zip(cos.chunks_exact(half))
                .zip(sin.chunks_exact(half))
            {
                let (a, b) = x[from..from + 2 * half].split_at_mut(half);
                for i in 0..half {
                    let s = sin[i] * sign;
                    let (p, q) = (a[i], b[i]);
                    a[i] = p * cos[i] - q * s;
                    b[i] = p * s + q * cos[i];
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exp() {
        for i in -8700..8800 {
            let x = i as f32 / 100.0;
            let (a, b) = (exp(x) as f64, (x as f64).exp());
            assert!((a - b).abs() <= 3e-7 * b, "{x}: {a} {b}");
        }
        assert_eq!(exp(-200.0), 0.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn products_follow_their_views() {
        // [1 2; 3 4] times the transpose of [5 6; 7 8], added to ones, halved.
        let mut to = vec![1.0; 4];
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]);
        let v = View::rows(2);
        let target = Target::Add(&mut to, v);
        multiply((2, 2, 2), (&a, v), (&b, v.turned()), target, 0.5);
        assert_eq!(to, [9.5, 12.5, 20.5, 27.5]);
    }

    #[test]
    #[should_panic]
    fn a_view_beyond_its_slice_is_refused() {
        let v = View::rows(2);
        let target = Target::Set(&mut [0.0; 4], v);
        multiply((2, 2, 2), (&[0.0; 3], v), (&[0.0; 4], v), target, 1.0);
    }

    #[test]
    fn a_softmax_of_any_length_sums_to_one() {
        for n in 1..40 {
            let mut row: Vec<f32> = (0..n).map(|i| (i as f32 * 1.3).sin() * 9.0).collect();
            softmax(&mut row, n);
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
}
