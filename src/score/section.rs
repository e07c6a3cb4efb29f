//! Sections: a marker names the time from it to the next marker.

use super::Score;

/// A stretch of the piece, ticks `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub from: u32,
    pub to: u32,
    /// The marker's name; empty for what stands before the first marker.
    pub name: String,
}

impl Score {
    /// The sections in time order, the last one as far as the last bar with music or, if it begins there or later,
    /// its own first bar. A piece without markers has none.
    pub fn sections(&self) -> Vec<Section> {
        let markers = self.markers();
        let (Some(first), Some(last)) = (markers.first(), markers.last()) else {
            return Vec::new();
        };
        let bars = self.bars();
        let end = bars.end(self.bar_count() - 1);
        let end = end.max(bars.end(bars.bar_at(last.tick)));
        let mut sections = Vec::with_capacity(markers.len() + 1);
        if first.tick > 0 {
            sections.push(Section {
                from: 0,
                to: first.tick,
                name: String::new(),
            });
        }
        for (i, marker) in markers.iter().enumerate() {
            let to = markers.get(i + 1).map_or(end, |m| m.tick);
            // Of several markers on one tick the last one counts.
            if to > marker.tick {
                sections.push(Section {
                    from: marker.tick,
                    to,
                    name: marker.name.clone(),
                });
            }
        }
        sections
    }

    /// The section a tick lies in; the last one also holds what is behind it. `None` without markers.
    pub fn section_at(&self, tick: u32) -> Option<Section> {
        let mut sections = self.sections();
        let here = sections.iter().position(|s| tick < s.to);
        match here {
            Some(i) => Some(sections.swap_remove(i)),
            None => sections.pop(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Document, Edit};

    #[test]
    fn sections_lie_between_markers_and_to_the_end() {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        s.add_note(t, 0, 480, 60, 80);
        s.add_note(t, 7 * 1920, 100, 60, 80);
        assert_eq!(s.section_at(0), None);
        let mut doc = Document::new(s);
        for (tick, name) in [(1920, "A"), (3 * 1920, "B")] {
            let name = Some(name.into());
            doc = Edit::SetMarker { tick, name }.apply(&doc).unwrap();
        }
        let spans: Vec<(u32, u32, String)> = doc
            .score
            .sections()
            .into_iter()
            .map(|s| (s.from / 1920, s.to / 1920, s.name))
            .collect();
        assert_eq!(
            spans,
            [(0, 1, "".into()), (1, 3, "A".into()), (3, 8, "B".into())]
        );
        let name = |tick| doc.score.section_at(tick).unwrap().name;
        assert_eq!(name(1919), "");
        assert_eq!(name(1920), "A");
        assert_eq!(name(90 * 1920), "B");
    }
}
