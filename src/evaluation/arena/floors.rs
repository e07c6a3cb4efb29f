//! What stands beside the contenders in the same holes: real music, what needs no model, nonsense.

use super::Spot;
use crate::evaluation::comparison::Kind;
use crate::evaluation::copies::Copies;
use crate::evaluation::hole::Hole;
use crate::evaluation::rows::{CONSTANTS, DRAWN, ORIGINALS, PREVIOUS};
use crate::evaluation::{baselines, controls, variety};
use crate::process::generator;
use crate::score::TakeNote;

/// The rows, each with its holes.
pub fn floors(
    spots: &[Spot],
    takes: u32,
    seed: u64,
    copies: Option<&Copies>,
) -> Vec<(&'static str, Kind, Vec<Hole>)> {
    let mut rng = generator(seed, u64::MAX);
    let mut rows = [
        (ORIGINALS, Kind::Floor, Vec::new()),
        (PREVIOUS, Kind::Floor, Vec::new()),
        (CONSTANTS, Kind::Nonsense, Vec::new()),
        (DRAWN, Kind::Nonsense, Vec::new()),
    ];
    for spot in spots {
        let (score, mask, case) = (&*spot.score, &spot.mask, &spot.case);
        // Nonsense is written over whole bars; the mask says what of it stays.
        let masked = |notes: Vec<TakeNote>| -> Vec<TakeNote> {
            let covers = |n: &TakeNote| mask.covers(n.track, n.start, n.pitch);
            notes.into_iter().filter(covers).collect()
        };
        let answers = [
            baselines::originals(score, mask),
            baselines::previous_bars(score, mask, case.hole.clone()),
            masked(controls::constant_hole(score, case)),
            masked(controls::independent_hole(score, case, &mut rng)),
        ];
        for (row, written) in rows.iter_mut().zip(answers) {
            row.2.push(spot.hole(&written, copies));
        }
        // Stretches of the song are to a hole over all tracks what takes are to each other.
        if *mask == case.mask(score) {
            let alike = variety::stretches(case, score, takes.max(1) as usize);
            let original = rows[0].2.last_mut();
            if let (Some(hole), Some(v)) = (original, variety::variety(&alike)) {
                hole.brought.insert("variety", v);
            }
        }
    }
    rows.into()
}
