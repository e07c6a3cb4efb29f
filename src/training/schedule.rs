//! The learning rate over a run: linear rise, then half a cosine down to a hundredth.

/// Learning rate of step `step` (from 0) of `steps`.
pub fn learning_rate(highest: f64, step: u64, warm_up: u64, steps: u64) -> f64 {
    if step < warm_up {
        return highest * (step + 1) as f64 / warm_up as f64;
    }
    let along = (step - warm_up) as f64 / (steps.saturating_sub(warm_up)).max(1) as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * along.min(1.0)).cos());
    highest * (0.01 + 0.99 * cosine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_to_the_top_and_falls_to_a_hundredth() {
        assert!((learning_rate(1.0, 0, 10, 100) - 0.1).abs() < 1e-12);
        assert!((learning_rate(1.0, 9, 10, 100) - 1.0).abs() < 1e-12);
        assert!((learning_rate(1.0, 10, 10, 100) - 1.0).abs() < 1e-12);
        assert!((learning_rate(1.0, 55, 10, 100) - 0.505).abs() < 1e-9);
        assert!((learning_rate(1.0, 100, 10, 100) - 0.01).abs() < 1e-12);
        assert!((learning_rate(1.0, 900, 10, 100) - 0.01).abs() < 1e-12);
    }
}
