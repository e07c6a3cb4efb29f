//! Scores as tokens, and masks on scores as masks on tokens. Knows nothing of networks.

pub mod octuple;
