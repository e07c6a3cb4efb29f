//! Symmetric matrices: eigenvalues by Jacobi's rotations (1846), and the Fréchet distance of Gaussians, which needs the
//! root of a product of two covariances. The product is not symmetric; the root is taken of the symmetric matrix with
//! the same eigenvalues, S1^(1/2) S2 S1^(1/2), so that nothing complex can appear (Dowson and Landau 1982).

/// A square symmetric matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Symmetric {
    /// Rows, as many as columns.
    pub size: usize,
    /// `size * size` values.
    pub values: Vec<f64>,
}

/// Rotations over the whole matrix at most; Jacobi needs six to ten for any matrix of this size.
const SWEEPS: usize = 60;

impl Symmetric {
    fn zero(size: usize) -> Symmetric {
        Symmetric {
            size,
            values: vec![0.0; size * size],
        }
    }

    fn trace(&self) -> f64 {
        (0..self.size).map(|i| self.values[i * self.size + i]).sum()
    }

    /// Eigenvalues, and eigenvectors as rows where they are asked for.
    pub fn eigen(&self, vectors: bool) -> (Vec<f64>, Vec<f64>) {
        let n = self.size;
        let mut a = self.values.clone();
        let mut v = vec![0.0; if vectors { n * n } else { 0 }];
        if vectors {
            (0..n).for_each(|i| v[i * n + i] = 1.0);
        }
        let scale: f64 = a.iter().map(|x| x * x).sum();
        // Entries that all together are nothing beside the matrix are let be.
        let nothing = 1e-15 * scale.sqrt() / n.max(1) as f64;
        for _ in 0..SWEEPS {
            let off: f64 = (0..n)
                .flat_map(|i| (0..i).map(move |j| (i, j)))
                .map(|(i, j)| a[i * n + j] * a[i * n + j])
                .sum();
            if off <= 1e-30 * scale || off == 0.0 {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    let apq = a[p * n + q];
                    if apq.abs() <= nothing {
                        continue;
                    }
                    let (app, aqq) = (a[p * n + p], a[q * n + q]);
                    let theta = (aqq - app) / (2.0 * apq);
                    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                    let t = if theta == 0.0 { 1.0 } else { t };
                    let c = 1.0 / (t * t + 1.0).sqrt();
                    let s = t * c;
                    // Rows p and q are turned; the columns are the same by symmetry.
                    turn(&mut a, n, p, q, c, s);
                    for k in 0..n {
                        a[k * n + p] = a[p * n + k];
                        a[k * n + q] = a[q * n + k];
                    }
                    a[p * n + p] = app - t * apq;
                    a[q * n + q] = aqq + t * apq;
                    a[p * n + q] = 0.0;
                    a[q * n + p] = 0.0;
                    if vectors {
                        turn(&mut v, n, p, q, c, s);
                    }
                }
            }
        }
        ((0..n).map(|i| a[i * n + i]).collect(), v)
    }

    /// The positive root: the symmetric matrix whose square this is. Negative eigenvalues, which only rounding makes in
    /// a covariance, count as zero.
    pub fn root(&self) -> Symmetric {
        let n = self.size;
        let (values, vectors) = self.eigen(true);
        let mut root = Symmetric::zero(n);
        for (k, value) in values.iter().enumerate() {
            let r = value.max(0.0).sqrt();
            let vector = &vectors[k * n..(k + 1) * n];
            for (row, x) in root.values.chunks_exact_mut(n.max(1)).zip(vector) {
                row.iter_mut()
                    .zip(vector)
                    .for_each(|(cell, y)| *cell += r * x * y);
            }
        }
        root
    }

    /// `self * other`, which need not be symmetric.
    fn times(&self, other: &[f64]) -> Vec<f64> {
        let n = self.size;
        let mut product = vec![0.0; n * n];
        for i in 0..n {
            for k in 0..n {
                let x = self.values[i * n + k];
                for j in 0..n {
                    product[i * n + j] += x * other[k * n + j];
                }
            }
        }
        product
    }
}

/// Turns rows `p` and `q` into each other.
fn turn(a: &mut [f64], n: usize, p: usize, q: usize, c: f64, s: f64) {
    let (head, tail) = a.split_at_mut(q * n);
    let (row_p, row_q) = (&mut head[p * n..(p + 1) * n], &mut tail[..n]);
    for (x, y) in row_p.iter_mut().zip(row_q) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

/// Mean and covariance of a cloud of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    pub mean: Vec<f64>,
    /// With n - 1 in the denominator, as NumPy's `cov` takes it.
    pub covariance: Symmetric,
}

/// Sums from which a [`Gaussian`] is made, so that resampled sets need not go over every point again.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    count: f64,
    sum: Vec<f64>,
    products: Symmetric,
}

impl Sums {
    /// No points of so many dimensions.
    pub fn new(size: usize) -> Sums {
        Sums {
            count: 0.0,
            sum: vec![0.0; size],
            products: Symmetric::zero(size),
        }
    }

    /// Adds a point.
    ///
    /// # Panics
    /// When it has other dimensions.
    pub fn point(&mut self, x: &[f64]) {
        let n = self.sum.len();
        assert_eq!(x.len(), n, "points of one cloud have the same dimensions");
        self.count += 1.0;
        for i in 0..n {
            self.sum[i] += x[i];
            for j in 0..n {
                self.products.values[i * n + j] += x[i] * x[j];
            }
        }
    }

    /// Adds the points of another.
    pub fn add(&mut self, other: &Sums) {
        self.count += other.count;
        let add = |to: &mut [f64], from: &[f64]| {
            to.iter_mut().zip(from).for_each(|(a, b)| *a += b);
        };
        add(&mut self.sum, &other.sum);
        add(&mut self.products.values, &other.products.values);
    }

    /// Mean and covariance; `None` of fewer than two points.
    pub fn gaussian(&self) -> Option<Gaussian> {
        if self.count < 2.0 {
            return None;
        }
        let n = self.sum.len();
        let mean: Vec<f64> = self.sum.iter().map(|x| x / self.count).collect();
        let mut covariance = self.products.clone();
        for i in 0..n {
            for j in 0..n {
                let x = &mut covariance.values[i * n + j];
                *x = (*x - self.count * mean[i] * mean[j]) / (self.count - 1.0);
            }
        }
        Some(Gaussian { mean, covariance })
    }
}

/// Squared Fréchet distance of two Gaussians, |m1 - m2|² + tr(S1 + S2 - 2 (S1 S2)^(1/2)), the first with the root of its
/// covariance, which is the same for all that is compared with it.
pub fn frechet(reference: &Gaussian, root: &Symmetric, other: &Gaussian) -> f64 {
    let apart = reference.mean.iter().zip(&other.mean);
    let means: f64 = apart.map(|(a, b)| (a - b) * (a - b)).sum();
    let product = root.times(&other.covariance.values);
    // root * S2 * root, by the symmetry of the root.
    let half = Symmetric {
        size: root.size,
        values: root.times(&transposed(&product, root.size)),
    };
    let (values, _) = half.eigen(false);
    let common: f64 = values.iter().map(|x| x.max(0.0).sqrt()).sum();
    means + reference.covariance.trace() + other.covariance.trace() - 2.0 * common
}

fn transposed(values: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|i| values[(i % n) * n + i / n]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(points: &[[f64; 2]]) -> Gaussian {
        let mut sums = Sums::new(2);
        points.iter().for_each(|p| sums.point(p));
        sums.gaussian().unwrap()
    }

    #[test]
    fn eigenvalues_and_root_of_a_matrix_one_can_do_by_hand() {
        let m = Symmetric {
            size: 2,
            values: vec![2.0, 1.0, 1.0, 2.0],
        };
        let mut values = m.eigen(false).0;
        values.sort_by(f64::total_cmp);
        assert!((values[0] - 1.0).abs() < 1e-14 && (values[1] - 3.0).abs() < 1e-14);
        let root = m.root();
        let square = root.times(&root.values);
        for (a, b) in square.iter().zip(&m.values) {
            assert!((a - b).abs() < 1e-14);
        }
    }

    #[test]
    fn a_gaussian_lies_at_no_distance_from_itself_and_a_shift_costs_its_square() {
        let points = [[0.0, 0.0], [2.0, 1.0], [4.0, 0.0], [1.0, 5.0]];
        let a = cloud(&points);
        let moved = cloud(&points.map(|p| [p[0] + 3.0, p[1] - 4.0]));
        let root = a.covariance.root();
        assert!(frechet(&a, &root, &a).abs() < 1e-12);
        assert!((frechet(&a, &root, &moved) - 25.0).abs() < 1e-12);
    }

    #[test]
    fn diagonal_covariances_differ_by_the_squares_of_their_deviations() {
        let diagonal = |x: f64, y: f64| Gaussian {
            mean: vec![0.0, 0.0],
            covariance: Symmetric {
                size: 2,
                values: vec![x * x, 0.0, 0.0, y * y],
            },
        };
        let (a, b) = (diagonal(1.0, 2.0), diagonal(3.0, 0.0));
        let d = frechet(&a, &a.covariance.root(), &b);
        assert!((d - (4.0 + 4.0)).abs() < 1e-12, "{d}");
    }

    #[test]
    fn sums_of_parts_are_the_sum_of_the_whole() {
        let (mut a, mut b, mut all) = (Sums::new(2), Sums::new(2), Sums::new(2));
        for (i, p) in [[0.0, 1.0], [2.0, 1.0], [4.0, -3.0]].iter().enumerate() {
            if i < 1 {
                a.point(p)
            } else {
                b.point(p)
            }
            all.point(p);
        }
        a.add(&b);
        assert_eq!(a, all);
    }
}
