//! Rows for the tests of listening tests.

use super::{Part, Row, Stimulus};
use crate::evaluation::testing::score;
use std::sync::Arc;

/// So many systems (the first the originals), and a row of nonsense, each in so many holes; all sound different.
pub fn rows(systems: usize, holes: usize) -> Vec<Row> {
    let row = |system: usize, name: String, part: Part| Row {
        system: name,
        part,
        stimuli: (0..holes)
            .map(|hole| Stimulus {
                hole: format!("song {hole}, bar 6"),
                score: Arc::new(score(&[(0, 4, 40 + system as u8), (4, 4, 60 + hole as u8)])),
                bars: 0..1,
            })
            .collect(),
    };
    let mut rows: Vec<Row> = (0..systems)
        .map(|i| match i {
            0 => row(0, "SECRET originals".into(), Part::Original),
            _ => row(i, format!("SECRET \"system\", {i}"), Part::Judged),
        })
        .collect();
    rows.push(row(systems, "SECRET nonsense".into(), Part::Nonsense));
    rows
}
