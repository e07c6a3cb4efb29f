//! A hole that everyone fills.

use crate::evaluation::copies::Copies;
use crate::evaluation::hole::Hole;
use crate::evaluation::protocol::{Case, Protocol};
use crate::evaluation::study::{Holes, Songs};
use crate::score::{Mask, Score, TakeNote};
use std::sync::Arc;

/// A piece and what of it is masked.
#[derive(Clone, Debug)]
pub struct Spot {
    /// What a person knows it by.
    pub name: String,
    pub score: Arc<Score>,
    /// The bars of the hole, and those around it that metrics look at.
    pub case: Case,
    pub mask: Mask,
}

impl Spot {
    /// All that begins in the bars of a case.
    pub fn of_case(name: &str, score: Arc<Score>, case: Case) -> Spot {
        Spot {
            name: format!("{name}, bar {}", case.hole.start + 1),
            mask: case.mask(&score),
            score,
            case,
        }
    }

    /// The holes of songs, where a study has them: one a song and region, or one every `stride` bars.
    pub fn of_songs(songs: Songs, holes: &Holes) -> Vec<Spot> {
        let mut spots = Vec::new();
        for (name, score) in songs {
            let score = Arc::new(score);
            for region in &holes.regions {
                let protocol = Protocol {
                    window: holes.window,
                    hole: region.clone(),
                };
                let first = protocol.case(&score, holes.first_bar);
                let cases: Vec<Case> = match holes.stride {
                    0 => {
                        let case = first.or_else(|| protocol.case(&score, 0));
                        case.into_iter().collect()
                    }
                    stride => protocol.cases(&score, holes.first_bar, stride),
                };
                let spot = |case| Spot::of_case(&name, score.clone(), case);
                spots.extend(cases.into_iter().map(spot));
            }
        }
        spots
    }

    /// What a mask covers of a piece, with `around` bars on either side to be judged by. `None` where no note is masked.
    pub fn of_mask(name: &str, score: Arc<Score>, mask: &Mask, around: u32) -> Option<Spot> {
        let mask = score.open(mask).into_owned();
        let (bars, count) = (score.bars(), score.bar_count());
        let notes = score.notes().filter(|(track, n)| mask.selects(*track, n));
        let (mut first, mut last) = (u32::MAX, 0);
        for (_, note) in notes {
            let bar = bars.bar_at(note.start);
            (first, last) = (first.min(bar), last.max(bar + 1));
        }
        if first >= last {
            return None;
        }
        // Bars without a note that are masked belong to the hole as well: a model may write there.
        let masked = |bar: u32| {
            let (from, to) = (bars.start(bar), bars.start(bar + 1));
            let mut tracks = score.tracks.iter();
            tracks.any(|t| !mask.strips(t.id, from, to).is_empty())
        };
        let all: Vec<u32> = (0..count).filter(|b| masked(*b)).collect();
        let first = all.first().map_or(first, |b| first.min(*b));
        let last = all.last().map_or(last, |b| last.max(b + 1));
        Some(Spot {
            name: name.into(),
            case: Case {
                window: first.saturating_sub(around)
                    ..last.saturating_add(around).min(count.max(last)),
                hole: first..last,
            },
            score,
            mask,
        })
    }

    /// The hole with what was written into it; with the training songs at hand also how much of it they hold.
    pub fn hole(&self, written: &[TakeNote], copies: Option<&Copies>) -> Hole {
        let mut hole = Hole::under(&self.name, &self.score, &self.case, &self.mask, written);
        if let Some(copies) = copies {
            let copied = copies.in_hole(&self.score, &self.case, written);
            let (texture, line) = (copied.texture as f64, copied.line as f64);
            hole.brought.insert("copied_bars", texture);
            hole.brought.insert("copied_bars_of_a_track", line);
        }
        hole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::tracks;
    use crate::score::Region;
    use std::collections::BTreeSet;

    #[test]
    fn a_mask_on_one_track_leaves_the_other_out_of_the_figures() {
        let (one, two): (Vec<_>, Vec<_>) = (0..12)
            .map(|bar| ((bar * 16, 4, 60), (bar * 16, 4, 40)))
            .unzip();
        let score = Arc::new(tracks(&[&one, &two]));
        let (id, bars) = (score.tracks[0].id, score.bars());
        let region = Region::time(bars.start(4), bars.start(6), Some(BTreeSet::from([id])));
        let spot = Spot::of_mask("x", score.clone(), &Mask::of(region), 3).unwrap();
        assert_eq!(
            (spot.case.hole.clone(), spot.case.window.clone()),
            (4..6, 1..9)
        );
        let hole = spot.hole(&[], None);
        assert_eq!((hole.original.len(), hole.filled.len()), (2, 0));
        assert!(hole.original.iter().all(|n| n.pitch == 60));
        // The other track is untouched in the new window, the masked bars of this one are empty.
        assert_eq!(hole.window.note_count() - hole.new_window.note_count(), 2);
        assert!(Spot::of_mask("x", score, &Mask::default(), 3).is_none());
    }
}
