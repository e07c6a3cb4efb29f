//! Draws from logits, as every sampler here makes them.

use rand::Rng;

/// Temperatures up to this one always take the likeliest.
const COLDEST: f32 = 0.01;

/// Index of the largest value, the first of equals; 0 of none.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, v) in values.iter().enumerate() {
        if *v > values[best] {
            best = i;
        }
    }
    best
}

/// Softmax in place at a temperature; all equal if nothing is finite.
pub fn softmax(values: &mut [f32], temperature: f32) {
    let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if !max.is_finite() {
        values.fill(1.0 / values.len().max(1) as f32);
        return;
    }
    let mut sum = 0.0;
    for v in values.iter_mut() {
        *v = ((*v - max) / temperature).exp();
        sum += *v;
    }
    for v in values.iter_mut() {
        *v /= sum;
    }
}

/// A draw from the probabilities `p` at a temperature, within the nucleus of the likeliest values that hold the
/// share `top_p` (Holtzman et al. 2020). Values of probability 0 are never drawn unless all are 0.
pub fn nucleus(p: &[f32], temperature: f32, top_p: f32, rng: &mut (impl Rng + ?Sized)) -> usize {
    let likeliest = argmax(p);
    if temperature <= COLDEST {
        return likeliest;
    }
    let mut q: Vec<f32> = p.iter().map(|x| x.max(1e-30).ln()).collect();
    for (q, &p) in q.iter_mut().zip(p) {
        if p <= 0.0 {
            *q = f32::NEG_INFINITY;
        }
    }
    softmax(&mut q, temperature);
    let mut order: Vec<usize> = (0..q.len()).collect();
    order.sort_by(|&a, &b| q[b].total_cmp(&q[a]).then(a.cmp(&b)));
    let mut kept = 0.0;
    let mut cut = order.len();
    for (i, &v) in order.iter().enumerate() {
        kept += q[v];
        if kept >= top_p {
            cut = i + 1;
            break;
        }
    }
    let mut x = rng.random_range(0.0..1.0f32) * kept;
    for &v in &order[..cut] {
        x -= q[v];
        if x < 0.0 && q[v] > 0.0 {
            return v;
        }
    }
    likeliest
}

/// Standard Gumbel noise: added to log-probabilities it makes of "the largest" a draw.
pub fn gumbel(rng: &mut (impl Rng + ?Sized)) -> f32 {
    -(-rng.random_range(1e-6..1.0f32).ln()).ln()
}

#[cfg(test)]
mod tests {
    use super::super::generator;
    use super::*;

    #[test]
    fn the_nucleus_leaves_the_tail_out() {
        let mut rng = generator(1, 0);
        for _ in 0..200 {
            assert_ne!(nucleus(&[0.1, 0.4, 0.3, 0.2], 1.0, 0.5, &mut rng), 0);
        }
    }

    #[test]
    fn without_a_cut_draws_are_as_frequent_as_likely() {
        let mut rng = generator(2, 0);
        let mut seen = [0f32; 3];
        for _ in 0..20_000 {
            seen[nucleus(&[0.2, 0.0, 0.8], 1.0, 1.0, &mut rng)] += 1.0 / 20_000.0;
        }
        assert_eq!(seen[1], 0.0);
        assert!((seen[0] - 0.2).abs() < 0.01, "{seen:?}");
    }
}
