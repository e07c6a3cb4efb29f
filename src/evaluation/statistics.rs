//! The arithmetic the metrics share: divergences of histograms, overlap of Gaussians, kernel densities.

/// What smdiff adds to a bin so that no logarithm is of nothing.
const EPSILON: f64 = 1e-10;

/// Kullback-Leibler divergence KL(p || q) of two histograms of counts, in nats, as smdiff takes it: each is divided by
/// its sum (plus 1e-10), 1e-10 is added to every bin, and both are made to sum to one again. The shorter one is
/// continued with zeros.
pub fn kl(p: &[f64], q: &[f64]) -> f64 {
    let bins = p.len().max(q.len());
    let normal = |h: &[f64]| -> Vec<f64> {
        let sum = h.iter().sum::<f64>() + EPSILON;
        let at = |i: usize| h.get(i).copied().unwrap_or(0.0) / sum + EPSILON;
        let raised: Vec<f64> = (0..bins).map(at).collect();
        let sum: f64 = raised.iter().sum();
        raised.into_iter().map(|x| x / sum).collect()
    };
    let (p, q) = (normal(p), normal(q));
    p.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum()
}

/// Adds to a histogram, which grows as needed.
pub fn count(histogram: &mut Vec<f64>, bin: usize) {
    if histogram.len() <= bin {
        histogram.resize(bin + 1, 0.0);
    }
    histogram[bin] += 1.0;
}

/// The sum of the histograms chosen by index, each as often as it is chosen.
pub fn pooled(histograms: &[Vec<f64>], chosen: &[usize]) -> Vec<f64> {
    let longest = histograms.iter().map(Vec::len).max().unwrap_or(0);
    let mut sum = vec![0.0; longest];
    for h in chosen.iter().filter_map(|i| histograms.get(*i)) {
        for (s, x) in sum.iter_mut().zip(h) {
            *s += x;
        }
    }
    sum
}

/// Mean and population variance; `None` of nothing.
pub fn moments(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    Some((mean, variance))
}

/// Cosine of the angle between two vectors; 0 where one is zero.
pub fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let product = norm(a) * norm(b);
    if product > 0.0 { dot / product } else { 0.0 }
}

/// Euclidean distance.
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y));
    squares.sum::<f64>().sqrt()
}

/// The error function, to about 1e-15: its Taylor series near zero, the continued fraction of its complement beyond.
pub fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a < 2.5 {
        // 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)).
        let (mut term, mut sum) = (a, a);
        for n in 1..200 {
            term *= 2.0 * a * a / f64::from(2 * n + 1);
            sum += term;
            if term < 1e-17 * sum {
                break;
            }
        }
        return (2.0 / std::f64::consts::PI.sqrt() * (-a * a).exp() * sum).copysign(x);
    }
    let mut fraction = 0.0;
    for n in (1..=60).rev() {
        fraction = f64::from(n) / 2.0 / (a + fraction);
    }
    let complement = (-a * a).exp() / (std::f64::consts::PI.sqrt() * (a + fraction));
    (1.0 - complement).copysign(x)
}

/// Share of a Gaussian below `x`.
fn below(mean: f64, deviation: f64, x: f64) -> f64 {
    0.5 * (1.0 + erf((x - mean) / (deviation * std::f64::consts::SQRT_2)))
}

/// Area two Gaussians (mean, standard deviation above 0) have in common, 0..=1 (Inman and Bradley 1989).
pub fn gaussian_overlap(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (a, b) = if (a.1, a.0) <= (b.1, b.0) {
        (a, b)
    } else {
        (b, a)
    };
    let (va, vb) = (a.1 * a.1, b.1 * b.1);
    let (dv, dm) = (vb - va, (b.0 - a.0).abs());
    if dv == 0.0 {
        return 1.0 - erf(dm / (2.0 * a.1 * std::f64::consts::SQRT_2));
    }
    let middle = a.0 * vb - b.0 * va;
    let root = a.1 * b.1 * (dm * dm + dv * (vb / va).ln()).sqrt();
    let (x, y) = ((middle + root) / dv, (middle - root) / dv);
    let apart = |x: f64| (below(b.0, b.1, x) - below(a.0, a.1, x)).abs();
    1.0 - (apart(x) + apart(y))
}

/// Gaussian kernel density of weighted points on `bins` evenly spaced places from `from` to `to`, with Scott's
/// bandwidth as SciPy's `gaussian_kde` takes it: the sample's standard deviation times n^(-1/5), n the effective number
/// of points. Points that do not differ have no density: `None`.
pub fn density(points: &[(f64, f64)], from: f64, to: f64, bins: usize) -> Option<Vec<f64>> {
    let total: f64 = points.iter().map(|p| p.1).sum();
    let squares: f64 = points.iter().map(|p| p.1 * p.1).sum();
    if points.len() < 2 || total <= 0.0 || bins < 2 {
        return None;
    }
    let n = total * total / squares;
    let mean = points.iter().map(|p| p.0 * p.1).sum::<f64>() / total;
    // The unbiased covariance of weighted data, as NumPy's `cov(aweights=)` takes it.
    let spread = points
        .iter()
        .map(|p| p.1 * (p.0 - mean).powi(2))
        .sum::<f64>()
        / total;
    let variance = spread / (1.0 - squares / (total * total));
    let width = variance.sqrt() * n.powf(-0.2);
    if !width.is_finite() || width <= 0.0 {
        return None;
    }
    let step = (to - from) / (bins - 1) as f64;
    let scale = 1.0 / (width * (2.0 * std::f64::consts::PI).sqrt() * total);
    let mut kernels: Vec<(f64, f64)> = points
        .iter()
        .filter(|p| p.1 != 0.0)
        .map(|p| (p.0, p.1 * scale))
        .collect();
    kernels.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // Equal points are one: distances within a set all come twice, and those of whole numbers more often.
    kernels.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0.0 };
        same
    });
    let mut grid = Grid {
        from,
        step,
        width,
        sum: vec![0.0; bins],
    };
    for some in kernels.chunks(LANES) {
        match (some.first(), some.last()) {
            (Some(a), Some(b)) if b.0 - a.0 <= 4.0 * width => grid.add(some),
            // Far from the place they share, the values of lone points would be lost to rounding.
            _ => some.chunks(1).for_each(|one| grid.add(one)),
        }
    }
    Some(grid.sum)
}

/// Points that are added to a density at a time.
const LANES: usize = 8;
/// Places between two looks whether there is anything left to add.
const LOOK: usize = 16;

/// A density in the making.
struct Grid {
    from: f64,
    step: f64,
    width: f64,
    sum: Vec<f64>,
}

impl Grid {
    /// Adds the Gaussians of at most [`LANES`] points (place, height) that lie near each other.
    fn add(&mut self, points: &[(f64, f64)]) {
        let Some(middle) = points.get(points.len() / 2) else {
            return;
        };
        let last = self.sum.len().saturating_sub(1);
        let centre = (((middle.0 - self.from) / self.step).round().max(0.0) as usize).min(last);
        let at = self.from + centre as f64 * self.step;
        let slope = self.step / self.width;
        let (mut peaks, mut rising, mut falling) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for (i, (x, height)) in points.iter().enumerate().take(LANES) {
            let z = (at - x) / self.width;
            peaks[i] = height * (-0.5 * z * z).exp();
            rising[i] = (-z * slope - 0.5 * slope * slope).exp();
            falling[i] = (z * slope - 0.5 * slope * slope).exp();
        }
        let bend = (-slope * slope).exp();
        let (below, above) = self.sum.split_at_mut(centre);
        walk(above.iter_mut(), peaks, rising, bend);
        // The place in the middle has them already.
        for (peak, factor) in peaks.iter_mut().zip(&mut falling) {
            *peak *= *factor;
            *factor *= bend;
        }
        walk(below.iter_mut().rev(), peaks, falling, bend);
    }
}

/// Adds Gaussians along places: each is its neighbour times a factor that is itself multiplied by a constant. Several side
/// by side, because one alone waits for every product.
fn walk<'a>(
    mut places: impl Iterator<Item = &'a mut f64>,
    mut values: [f64; LANES],
    mut factors: [f64; LANES],
    bend: f64,
) {
    while values.iter().any(|v| *v > 1e-300) {
        for _ in 0..LOOK {
            let Some(place) = places.next() else { return };
            *place += values.iter().sum::<f64>();
            for i in 0..LANES {
                values[i] *= factors[i];
                factors[i] *= bend;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() < within, "{a} is not {b}");
    }

    #[test]
    fn the_golden_values_of_the_reference_sheet() {
        let (p, q) = ([3.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]);
        near(kl(&p, &q), 0.823959, 1e-6);
        near(kl(&q, &p), 10.545125, 1e-6);
        near(gaussian_overlap((60.0, 5.0), (64.0, 3.0)), 0.574774, 1e-6);
        near(gaussian_overlap((64.0, 3.0), (60.0, 5.0)), 0.574774, 1e-6);
    }

    #[test]
    fn the_error_function_is_exact_on_both_sides_of_its_seam() {
        near(erf(0.5), 0.520_499_877_813_046_5, 1e-14);
        near(erf(-1.0), -0.842_700_792_949_714_9, 1e-14);
        near(erf(2.4999999), erf(2.5000001), 1e-9);
        near(erf(3.0), 0.999_977_909_503_001_4, 1e-14);
    }

    #[test]
    fn equal_spreads_overlap_by_their_distance() {
        near(gaussian_overlap((0.0, 1.0), (0.0, 1.0)), 1.0, 1e-12);
        // Two standard deviations apart: twice the tail beyond one.
        near(
            gaussian_overlap((0.0, 1.0), (2.0, 1.0)),
            0.317_310_507_863,
            1e-9,
        );
        near(gaussian_overlap((0.0, 1e-6), (5.0, 1e-6)), 0.0, 1e-12);
    }

    #[test]
    fn a_density_sums_to_one_and_is_higher_where_points_are() {
        let points: Vec<(f64, f64)> = (0..50).map(|i| (f64::from(i % 10), 1.0)).collect();
        let d = density(&points, -20.0, 30.0, 2001).unwrap();
        near(d.iter().sum::<f64>() * 50.0 / 2000.0, 1.0, 1e-9);
        assert!(d[1000] > d[200]);
        assert_eq!(density(&[(1.0, 1.0), (1.0, 1.0)], 0.0, 2.0, 9), None);
    }

    #[test]
    fn a_repeated_point_weighs_as_two() {
        let twice = density(&[(0.0, 1.0), (0.0, 1.0), (3.0, 1.0)], -1.0, 4.0, 64).unwrap();
        let weighed = density(&[(0.0, 2.0), (3.0, 1.0)], -1.0, 4.0, 64).unwrap();
        // Only the effective number of points differs, so the peaks lie in the same order.
        assert!(twice[13] > twice[50] && weighed[13] > weighed[50]);
    }
}
