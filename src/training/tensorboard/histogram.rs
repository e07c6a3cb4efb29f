//! How values are spread, in the buckets TensorBoard draws.

/// Buckets of a histogram, as many as TensorBoard's own writer makes.
const BUCKETS: usize = 30;

/// Counts of values in buckets of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    pub least: f64,
    pub most: f64,
    /// Values counted; those that are no numbers or infinite are left out.
    pub count: u64,
    pub sum: f64,
    pub sum_of_squares: f64,
    /// Upper end of each bucket, rising.
    pub limits: Vec<f64>,
    /// Values in each bucket.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Counts values: the weights of a layer, the losses of a batch.
    pub fn of(values: &[f32]) -> Histogram {
        let finite = || {
            values
                .iter()
                .copied()
                .filter(|v| v.is_finite())
                .map(f64::from)
        };
        let count = finite().count() as u64;
        let (least, most) = if count == 0 {
            (0.0, 0.0)
        } else {
            finite().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)))
        };
        let buckets = if most > least { BUCKETS } else { 1 };
        let width = (most - least) / buckets as f64;
        let mut counts = vec![0; buckets];
        for v in finite() {
            let at = if width > 0.0 {
                (v - least) / width
            } else {
                0.0
            };
            counts[(at as usize).min(buckets - 1)] += 1;
        }
        let limit = |i: usize| {
            if i == buckets {
                most
            } else {
                least + width * i as f64
            }
        };
        Histogram {
            least,
            most,
            count,
            sum: finite().sum(),
            sum_of_squares: finite().map(|v| v * v).sum(),
            limits: (1..=buckets).map(limit).collect(),
            counts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_in_one_bucket() {
        let h = Histogram::of(&[0.0, 1.0, 2.9, 30.0, 30.0, f32::NAN, f32::INFINITY]);
        assert_eq!((h.least, h.most, h.count), (0.0, 30.0, 5));
        assert_eq!((h.limits.len(), h.counts.len()), (30, 30));
        assert_eq!(
            (h.counts[0], h.counts[1], h.counts[2], h.counts[29]),
            (1, 1, 1, 2)
        );
        assert_eq!(h.counts.iter().sum::<u64>(), 5);
        assert!((h.sum - 63.9).abs() < 1e-5 && (h.sum_of_squares - 1809.41).abs() < 1e-3);
        assert_eq!(*h.limits.last().unwrap(), 30.0);
    }

    #[test]
    fn one_value_and_none_have_one_bucket() {
        let h = Histogram::of(&[2.0, 2.0]);
        assert_eq!((h.limits, h.counts), (vec![2.0], vec![2]));
        let h = Histogram::of(&[f32::NAN]);
        assert_eq!((h.count, h.counts), (0, vec![0]));
        let h = Histogram::of(&[f32::MIN, f32::MAX]);
        assert_eq!(h.counts.iter().sum::<u64>(), 2);
    }
}
