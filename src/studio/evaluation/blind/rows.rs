//! What can be heard in a test: the rows of the study and the contenders of the arena.

use super::super::super::state::State;
use crate::dataset::transform::crop::crop;
use crate::evaluation::Kind;
use crate::evaluation::arena::Arena;
use crate::evaluation::blind::{Part, Row, Stimulus};
use crate::evaluation::rows::ORIGINALS;
use crate::evaluation::study::Study;
use crate::score::Score;
use std::ops::Range;
use std::sync::Arc;

/// Bars heard before and after a hole.
const BEFORE: u32 = 2;
const AFTER: u32 = 1;
/// Bars heard of a whole piece.
const WHOLE: u32 = 8;

/// A row that may take part.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub name: String,
    pub part: Part,
    /// Pieces it has.
    pub pieces: usize,
}

fn part(name: &str, kind: Kind) -> Part {
    match kind {
        Kind::Nonsense => Part::Nonsense,
        Kind::Floor if name == ORIGINALS => Part::Original,
        _ => Part::Judged,
    }
}

/// A piece before it is cut: name, music, bars of its hole.
type Whole<'a> = (&'a str, &'a Arc<Score>, Option<Range<u32>>);

/// Rows of the study, then contenders of the arena with what stands beside them where the study has none of that name.
fn all<'a>(
    study: Option<&'a Study>,
    arena: Option<&'a Arena>,
) -> Vec<(&'a str, Part, Vec<Whole<'a>>)> {
    let mut rows: Vec<(&str, Part, Vec<Whole<'_>>)> = Vec::new();
    for row in study.into_iter().flat_map(|s| &s.rows) {
        let pieces = row.pieces.iter().filter_map(|p| {
            // The first take: the last is the one that was looked at most.
            Some((p.name.as_str(), p.takes.first()?, p.hole.clone()))
        });
        rows.push((&row.name, part(&row.name, row.kind), pieces.collect()));
    }
    let own = rows.len();
    if let Some(arena) = arena {
        for cell in &arena.cells {
            let mut pieces: Vec<Whole<'_>> = Vec::new();
            for take in &cell.takes {
                if pieces.last().is_none_or(|p| p.0 != take.hole) {
                    pieces.push((&take.hole, &take.window, Some(take.bars.clone())));
                }
            }
            rows.push((&cell.line.name, Part::Judged, pieces));
        }
        // A study's own originals are of its own holes; both can stand side by side only under two names.
        if own == 0 {
            for beside in &arena.beside {
                let pieces = beside.pieces.iter();
                let pieces =
                    pieces.map(|(hole, score, bars)| (hole.as_str(), score, Some(bars.clone())));
                let part = part(&beside.name, beside.kind);
                rows.push((&beside.name, part, pieces.collect()));
            }
        }
    }
    rows.retain(|r| !r.2.is_empty());
    rows
}

/// The rows that may take part.
pub fn candidates(state: &State) -> Vec<Candidate> {
    let e = &state.evaluation;
    let arena = e.arena.shown();
    all(e.study.as_deref(), arena.as_deref())
        .into_iter()
        .map(|(name, part, pieces)| Candidate {
            name: name.to_owned(),
            part,
            pieces: pieces.len(),
        })
        .collect()
}

/// The rows of a test: what is heard of each piece, and no word in it that tells what it is.
pub fn rows(study: Option<&Study>, arena: Option<&Arena>, left_out: &[String]) -> Vec<Row> {
    let stimulus = |(hole, score, bars): Whole<'_>| {
        let cut = match bars {
            Some(b) => b.start.saturating_sub(BEFORE)..b.end + AFTER,
            None => 0..WHOLE,
        };
        let mut heard = crop(score, cut.clone());
        heard.title.clear();
        Stimulus {
            hole: hole.to_owned(),
            bars: 0..cut.end - cut.start,
            score: Arc::new(heard),
        }
    };
    all(study, arena)
        .into_iter()
        .filter(|(name, ..)| !left_out.iter().any(|l| l == name))
        .map(|(name, part, pieces)| Row {
            system: name.to_owned(),
            part,
            stimuli: pieces.into_iter().map(stimulus).collect(),
        })
        .collect()
}
