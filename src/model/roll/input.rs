//! What a network on rolls reads.

use crate::network::RollUnetConfig;
use crate::process::binomial::Shape;

/// Channels that a network of this configuration must read for rolls of so many planes.
pub fn channels(network: &RollUnetConfig, planes: usize) -> usize {
    match network.reference {
        true => planes,
        false => 2 * planes + 1,
    }
}

/// The window `[channels, rows, keys]` of a noisy roll `x` `[planes, rows, keys]` whose cells are `free` or known: the
/// planes of what is free, the planes of what is known, and which cells are free. The published form sees the planes
/// alone.
pub fn input(reference: bool, x: &[bool], free: &[bool], shape: Shape) -> Vec<f32> {
    let cells = shape.cells().max(1);
    if reference {
        return x.iter().map(|&x| f32::from(x)).collect();
    }
    let mut window = Vec::with_capacity(2 * x.len() + free.len());
    for side in [true, false] {
        let seen = |(i, &x): (usize, &bool)| f32::from(x && free[i % cells] == side);
        window.extend(x.iter().enumerate().map(seen));
    }
    window.extend(free.iter().map(|&f| f32::from(f)));
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_and_knowledge_are_apart() {
        let shape = Shape {
            planes: 2,
            rows: 1,
            keys: 3,
        };
        let x = [true, true, false, false, false, true];
        let free = [true, false, true];
        let window = input(false, &x, &free, shape);
        let rows: Vec<&[f32]> = window.chunks(3).collect();
        assert_eq!(rows[0], [1.0, 0.0, 0.0], "free onsets");
        assert_eq!(rows[1], [0.0, 0.0, 1.0], "free held cells");
        assert_eq!(rows[2], [0.0, 1.0, 0.0], "known onsets");
        assert_eq!(rows[3], [0.0, 0.0, 0.0], "known held cells");
        assert_eq!(rows[4], [1.0, 0.0, 1.0], "the hole");
        let config = RollUnetConfig::default();
        assert_eq!(channels(&config, 2), rows.len());
        assert_eq!(input(true, &x, &free, shape).len(), 6);
        assert_eq!(channels(&RollUnetConfig::reference(), 1), 1);
    }
}
