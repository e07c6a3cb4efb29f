//! What must be known of all notes of a track in every frame, found out once for each state of the track.

use crate::score::{Note, Score, Track};
use std::ops::Range;
use std::sync::Arc;

/// Facts of a track's notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Length of the longest, in ticks.
    pub longest: u32,
    /// Tick at which the last stops.
    pub end: u32,
    /// Lowest and highest pitch; the lowest lies above the highest where there is no note.
    pub low: u8,
    pub high: u8,
}

impl Extent {
    fn of(track: &Track) -> Extent {
        let nothing = Extent {
            longest: 0,
            end: 0,
            low: 127,
            high: 0,
        };
        track.notes.iter().fold(nothing, |e, n| Extent {
            longest: e.longest.max(n.length),
            end: e.end.max(n.end()),
            low: e.low.min(n.pitch),
            high: e.high.max(n.pitch),
        })
    }
}

/// The facts of the tracks in hand. They hold the tracks, so that an equal address means equal notes.
#[derive(Clone, Debug, Default)]
pub struct Extents {
    known: Vec<(Arc<Track>, Extent)>,
}

impl Extents {
    /// Learns the tracks of these scores, and forgets all others.
    pub fn update(&mut self, scores: [&Score; 2]) {
        let known = std::mem::take(&mut self.known);
        for track in scores.into_iter().flat_map(|s| &s.tracks) {
            if self.find(track).is_none() {
                let was = known.iter().find(|(t, _)| Arc::ptr_eq(t, track));
                let extent = was.map_or_else(|| Extent::of(track), |k| k.1);
                self.known.push((track.clone(), extent));
            }
        }
    }

    fn find(&self, track: &Track) -> Option<Extent> {
        let same = |t: &Arc<Track>| std::ptr::eq(Arc::as_ptr(t), track);
        self.known.iter().find(|(t, _)| same(t)).map(|k| k.1)
    }

    /// The facts of a track; worked out where it is not known.
    pub fn of(&self, track: &Track) -> Extent {
        self.find(track).unwrap_or_else(|| Extent::of(track))
    }

    /// Tick at which the last note of a score stops.
    pub fn end(&self, score: &Score) -> u32 {
        let ends = score.tracks.iter().map(|t| self.of(t).end);
        ends.max().unwrap_or(0)
    }

    /// Notes of a track that can reach into these ticks.
    pub fn reaching<'t>(&self, track: &'t Track, ticks: Range<u32>) -> &'t [Note] {
        let from = ticks.start.saturating_sub(self.of(track).longest);
        let range = track.starting_in(from, ticks.end);
        track.notes.get(range).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_track_is_learnt_anew_and_a_strange_one_is_still_right() {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        s.add_note(t, 0, 960, 60, 80);
        let mut extents = Extents::default();
        extents.update([&s, &s]);
        let extent = |low, high, end| Extent {
            longest: 960,
            end,
            low,
            high,
        };
        assert_eq!(extents.of(&s.tracks[0]), extent(60, 60, 960));
        let before = s.clone();
        s.add_note(t, 1920, 480, 72, 80);
        assert_eq!(extents.of(&s.tracks[0]), extent(60, 72, 2400));
        extents.update([&s, &before]);
        assert_eq!((extents.end(&s), extents.end(&before)), (2400, 960));
        assert_eq!(extents.reaching(&s.tracks[0], 900..1000).len(), 1);
        assert_eq!(extents.reaching(&s.tracks[0], 960..1920).len(), 1);
        assert_eq!(extents.reaching(&s.tracks[0], 2000..2001).len(), 1);
    }
}
