//! What is masked, in a composer's units.

use super::roll::cells::cells_of;
use crate::score::{Document, TrackId};
use std::collections::BTreeSet;

/// Size of the mask: so many bars on so many tracks, holding so many notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskStats {
    /// Bars (from 0) that hold a masked cell or note on any track.
    pub bars: BTreeSet<u32>,
    /// Tracks with a masked cell or note.
    pub tracks: BTreeSet<TrackId>,
    /// Notes that would be replaced or changed.
    pub notes: usize,
    /// Start of the first and end of the last masked bar, in ticks.
    pub span: Option<(u32, u32)>,
}

impl MaskStats {
    /// Measures a document's mask.
    pub fn of(doc: &Document) -> MaskStats {
        let mut stats = MaskStats::default();
        if doc.mask.is_empty() {
            return stats;
        }
        let score = &doc.score;
        let mask = score.open(&doc.mask);
        let bars = score.bars();
        // A mask may reach past the last note: that is how a piece is continued.
        let end = doc
            .mask
            .gestures
            .iter()
            .filter_map(|g| match g {
                crate::score::mask::Gesture::Add(r) => r.rects.iter().map(|r| r.end).max(),
                _ => None,
            })
            .max()
            .unwrap_or(0)
            .max(score.end());
        // "The whole track" is masked to the end of time; count it as far as there is music.
        let open_ended = end == u32::MAX;
        let end = if open_ended {
            bars.end(score.bar_count() - 1)
        } else {
            end
        };
        let named = doc.mask.named_notes();
        let ids = named.first().zip(named.last());
        for track in &score.tracks {
            let before = stats.bars.len() + stats.notes;
            let mut touched = false;
            // A lasso is hundreds of boxes: no note is asked whether it lies in one of them.
            for span in cells_of(&mask, track.id) {
                let to = span.end.min(end);
                if to > span.start {
                    touched = true;
                    stats
                        .bars
                        .extend(bars.bar_at(span.start)..=bars.bar_at(to - 1));
                }
                let here = track.starting_in(span.start, span.end);
                for note in track.notes.get(here).unwrap_or(&[]) {
                    if span.pitches >> note.pitch.min(127) & 1 == 1 && !named.contains(&note.id) {
                        stats.notes += 1;
                        stats.bars.insert(bars.bar_at(note.start));
                    }
                }
            }
            if let Some((first, last)) = ids {
                let near = |id| id >= first && id <= last && named.contains(id);
                for note in track.notes.iter().filter(|n| near(&n.id)) {
                    if mask.selects(track.id, note) {
                        stats.notes += 1;
                        stats.bars.insert(bars.bar_at(note.start));
                    }
                }
            }
            if touched || stats.bars.len() + stats.notes > before {
                stats.tracks.insert(track.id);
            }
        }
        stats.span = match (stats.bars.first(), stats.bars.last()) {
            (Some(&a), Some(&b)) => Some((bars.start(a), bars.end(b))),
            _ => None,
        };
        stats
    }

    /// Whether nothing at all would be written.
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// "4 bars x 3 tracks masked, 52 notes to write", or what to do when nothing is.
    pub fn sentence(&self) -> String {
        if self.is_empty() {
            return "Nothing masked".into();
        }
        format!(
            "{} × {} masked · {} in it",
            count(self.bars.len(), "bar"),
            count(self.tracks.len(), "track"),
            count(self.notes, "note"),
        )
    }
}

/// "1 bar", "4 bars".
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Edit, Mask, NoteId, Region, Score};

    fn piece() -> Document {
        let mut s = Score::default();
        for name in ["A", "B"] {
            let t = s.add_track(name, 0, 0);
            for i in 0..16 {
                s.add_note(t, i * 480, 480, 60, 80);
            }
        }
        Document::new(s)
    }

    #[test]
    fn bars_tracks_and_notes_are_counted() {
        let doc = Edit::SetMask(Mask::of(Region::time(1920, 5760, None)))
            .apply(&piece())
            .unwrap();
        let s = MaskStats::of(&doc);
        assert_eq!((s.bars.len(), s.tracks.len(), s.notes), (2, 2, 16));
        assert_eq!(s.span, Some((1920, 5760)));
        assert_eq!(s.sentence(), "2 bars × 2 tracks masked · 16 notes in it");
    }

    #[test]
    fn single_notes_count_their_bar() {
        let id = piece().score.tracks[1].notes[9].id;
        let doc = Edit::SetMask(Mask::of(Region::notes([id, NoteId(9999)])))
            .apply(&piece())
            .unwrap();
        let s = MaskStats::of(&doc);
        assert_eq!((s.bars.len(), s.tracks.len(), s.notes), (1, 1, 1));
    }

    #[test]
    fn a_mask_behind_the_end_is_a_continuation() {
        let doc = Edit::SetMask(Mask::of(Region::time(7680, 9600, None)))
            .apply(&piece())
            .unwrap();
        let s = MaskStats::of(&doc);
        assert_eq!((s.bars.len(), s.notes), (1, 0));
        assert!(!s.is_empty());
    }

    #[test]
    fn a_mask_that_cancels_itself_is_empty() {
        let mut m = Mask::of(Region::time(0, 1920, None));
        m.subtract(Region::time(0, 1920, None));
        let doc = Edit::SetMask(m).apply(&piece()).unwrap();
        assert!(MaskStats::of(&doc).is_empty());
    }
}
