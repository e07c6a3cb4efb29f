//! The area of a mask in the shape drawing and counting want: spans of time with a set of pitches each.

use crate::score::mask::Gesture;
use crate::score::{Bars, Mask, Note, NoteId, Region, Score, TrackId};
use std::collections::{BTreeMap, BTreeSet};

/// Ticks `[start, end)` and the pitches masked there, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub end: u32,
    pub pitches: u128,
}

/// Spans in time order, not overlapping; those of one track, or of several united.
pub type Cells = Vec<Span>;

/// All pitches.
pub const ALL: u128 = u128::MAX;

/// The same area as [`Mask::strips`] of all time, all pitches of a span decided at once.
pub fn cells_of(mask: &Mask, track: TrackId) -> Cells {
    let on = |r: &Region| r.tracks.as_ref().is_none_or(|t| t.contains(&track));
    let mut cuts: Vec<u32> = vec![0];
    for g in &mask.gestures {
        match g {
            Gesture::Add(r) | Gesture::Subtract(r) if on(r) => {
                cuts.extend(r.rects.iter().flat_map(|r| [r.start, r.end]));
            }
            Gesture::Add(_) | Gesture::Subtract(_) => {}
            Gesture::Invert { end } => cuts.push(*end),
        }
    }
    cuts.sort_unstable();
    cuts.dedup();
    let inside = |r: &Region, tick: u32| {
        let here = r.rects.iter().filter(|r| (r.start..r.end).contains(&tick));
        here.fold(0, |bits, r| bits | range(r.low, r.high))
    };
    let mut out = Cells::new();
    for w in cuts.windows(2) {
        let (start, end) = (w[0], w[1]);
        let pitches = mask.gestures.iter().fold(0u128, |bits, g| match g {
            Gesture::Add(r) if on(r) => bits | inside(r, start),
            Gesture::Subtract(r) if on(r) => bits & !inside(r, start),
            Gesture::Invert { end } if start < *end => !bits,
            _ => bits,
        });
        push(
            &mut out,
            Span {
                start,
                end,
                pitches,
            },
        );
    }
    out
}

/// Adds a span at the end; empty ones are left out, equal neighbours joined.
fn push(cells: &mut Cells, span: Span) {
    match cells.last_mut() {
        _ if span.pitches == 0 => {}
        Some(last) if last.end == span.start && last.pitches == span.pitches => last.end = span.end,
        _ => cells.push(span),
    }
}

/// The bits of pitches `low..=high`.
pub fn range(low: u8, high: u8) -> u128 {
    let (low, high) = (low.min(127), high.min(127));
    if low > high {
        return 0;
    }
    (ALL >> (127 - (high - low))) << low
}

/// Runs of set bits, as closed pitch ranges, ascending.
pub fn runs(mut bits: u128) -> impl Iterator<Item = (u8, u8)> {
    let mut base = 0u32;
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let skip = bits.trailing_zeros();
        bits >>= skip;
        base += skip;
        let length = bits.trailing_ones();
        let run = (base as u8, (base + length - 1) as u8);
        bits = if length == 128 { 0 } else { bits >> length };
        base += length;
        Some(run)
    })
}

/// The union of several tracks' cells.
fn unite(all: &[&Cells]) -> Cells {
    let mut cuts: Vec<u32> = all
        .iter()
        .flat_map(|c| c.iter())
        .flat_map(|s| [s.start, s.end])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut at = vec![0usize; all.len()];
    let mut out: Cells = Vec::new();
    for w in cuts.windows(2) {
        let (start, end) = (w[0], w[1]);
        let mut pitches = 0;
        for (cells, i) in all.iter().zip(&mut at) {
            while cells.get(*i).is_some_and(|s| s.end <= start) {
                *i += 1;
            }
            if let Some(s) = cells.get(*i).filter(|s| s.start <= start) {
                pitches |= s.pitches;
            }
        }
        push(
            &mut out,
            Span {
                start,
                end,
                pitches,
            },
        );
    }
    out
}

/// What a mask means on the visible tracks, kept until the mask or the tracks change: a lasso is
/// hundreds of rectangles, too many to ask for every note in every frame.
#[derive(Clone, Debug, Default)]
pub struct MaskCells {
    mask: Mask,
    tracks: Vec<TrackId>,
    by_track: BTreeMap<TrackId, Cells>,
    /// The union over the tracks.
    pub united: Cells,
    /// Where only some of the tracks are meant: the first tick, the highest pitch, and which.
    pub scopes: Vec<(u32, u8, Vec<TrackId>)>,
    named: BTreeSet<NoteId>,
    /// Grows whenever any of this changes.
    generation: u64,
}

impl MaskCells {
    /// Brings the cells up to date for these tracks.
    pub fn update(&mut self, mask: &Mask, tracks: &[TrackId]) {
        if self.mask == *mask && self.tracks == tracks {
            return;
        }
        self.generation += 1;
        self.mask = mask.clone();
        self.tracks = tracks.to_vec();
        self.named = mask.named_notes();
        self.by_track = tracks.iter().map(|&t| (t, cells_of(mask, t))).collect();
        let all: Vec<&Cells> = self.by_track.values().collect();
        let same = all.windows(2).all(|w| w[0] == w[1]);
        self.united = match all.first() {
            Some(first) if same => (*first).clone(),
            _ => unite(&all),
        };
        self.scopes = if same { Vec::new() } else { self.find_scopes() };
    }

    /// Grows with every change: an equal number means the same cells.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Pieces of the area that hang together in time, and do not mean all tracks.
    fn find_scopes(&self) -> Vec<(u32, u8, Vec<TrackId>)> {
        let mut scopes = Vec::new();
        for piece in self.united.chunk_by(|a, b| a.end == b.start) {
            let (Some(first), Some(last)) = (piece.first(), piece.last()) else {
                continue;
            };
            let meant: Vec<TrackId> = self
                .by_track
                .iter()
                .filter(|(_, cells)| {
                    cells
                        .iter()
                        .any(|s| s.start < last.end && s.end > first.start)
                })
                .map(|(t, _)| *t)
                .collect();
            if meant.len() < self.tracks.len() {
                let high = 127 - first.pitches.leading_zeros().min(127);
                scopes.push((first.start, high as u8, meant));
            }
        }
        scopes
    }

    /// Whether the mask has this note written anew: the same as [`Mask::selects`], by binary search.
    pub fn selects(&self, track: TrackId, note: &Note) -> bool {
        if !self.named.is_empty() && self.named.contains(&note.id) {
            return self.mask.selects(track, note);
        }
        let Some(cells) = self.by_track.get(&track) else {
            return self.mask.selects(track, note);
        };
        let i = cells.partition_point(|s| s.end <= note.start);
        cells
            .get(i)
            .is_some_and(|s| s.start <= note.start && s.pitches >> note.pitch.min(127) & 1 == 1)
    }

    /// Whether nothing is masked on these tracks.
    pub fn is_empty(&self) -> bool {
        self.united.is_empty() && self.named.is_empty()
    }

    /// What is masked, in words: "bars 5-8 masked", "bars 5-8, 12 partly masked"; empty if nothing is.
    pub fn words(&self, bars: &Bars, score: &Score) -> String {
        let last = score.bar_count();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let mut whole = true;
        for s in &self.united {
            let from = bars.bar_at(s.start);
            if from >= last {
                continue;
            }
            let to = bars
                .bar_at(s.end.saturating_sub(1).max(s.start))
                .min(last - 1);
            whole &= s.pitches == ALL
                && bars.start(from) == s.start
                && (s.end >= bars.end(to) || to == last - 1);
            match ranges.last_mut() {
                Some(r) if r.1 + 1 >= from => r.1 = r.1.max(to),
                _ => ranges.push((from, to)),
            }
        }
        let mut parts: Vec<String> = ranges
            .iter()
            .take(4)
            .map(|&(a, b)| {
                if a == b {
                    format!("{}", a + 1)
                } else {
                    format!("{}-{}", a + 1, b + 1)
                }
            })
            .collect();
        if ranges.len() > 4 {
            parts.push("...".into());
        }
        let one = matches!(ranges.as_slice(), [(a, b)] if a == b);
        let mut words = match parts.is_empty() {
            true => String::new(),
            false => format!(
                "bar{} {}{} masked",
                if one { "" } else { "s" },
                parts.join(", "),
                if whole { "" } else { " partly" },
            ),
        };
        let named = score
            .notes()
            .filter(|(t, n)| self.named.contains(&n.id) && self.mask.selects(*t, n))
            .filter(|(t, n)| !self.mask.covers(*t, n.start, n.pitch))
            .count();
        if named > 0 {
            if !words.is_empty() {
                words.push_str(", ");
            }
            words.push_str(&format!(
                "{named} single note{} masked",
                if named == 1 { "" } else { "s" }
            ));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Rect, Region};
    use proptest::prelude::*;

    const T: [TrackId; 2] = [TrackId(1), TrackId(2)];

    #[test]
    fn bits_and_ranges_agree() {
        assert_eq!(range(0, 127), ALL);
        assert_eq!(range(3, 4), 0b11000);
        assert_eq!(range(127, 127), 1 << 127);
        for bits in [0, ALL, range(0, 3) | range(60, 127), 1 << 127] {
            assert_eq!(runs(bits).fold(0, |b, (l, h)| b | range(l, h)), bits);
        }
        assert_eq!(runs(range(5, 9)).collect::<Vec<_>>(), [(5, 9)]);
    }

    fn region() -> impl Strategy<Value = Region> {
        (
            0u32..60,
            1u32..40,
            0u8..100,
            0u8..28,
            0u8..3,
            prop::collection::btree_set((1u32..9).prop_map(NoteId), 0..2),
        )
            .prop_map(|(start, l, low, h, who, notes)| Region {
                tracks: [None, Some([T[0]].into()), Some(T.into())][who as usize].clone(),
                rects: vec![Rect {
                    start,
                    end: start + l,
                    low,
                    high: low + h,
                }],
                notes,
            })
    }

    proptest! {
        #[test]
        fn cells_select_what_the_mask_selects(
            gestures in prop::collection::vec((0u8..3, region()), 0..5),
            start in 0u32..110,
            pitch in 0u8..128,
            id in 1u32..9,
            track in 0usize..2,
        ) {
            let mut mask = Mask::default();
            for (kind, r) in gestures {
                match kind {
                    0 => mask.add(r),
                    1 => mask.subtract(r),
                    _ => mask.invert(80),
                }
            }
            let mut cells = MaskCells::default();
            cells.update(&mask, &T);
            let note = Note { id: NoteId(id), start, length: 1, pitch, velocity: 1, release: None };
            prop_assert_eq!(cells.selects(T[track], &note), mask.selects(T[track], &note));
            let united = cells.united.iter().any(|s| {
                (s.start..s.end).contains(&start) && s.pitches >> pitch & 1 == 1
            });
            prop_assert_eq!(united, T.iter().any(|t| mask.covers(*t, start, pitch)));
        }
    }

    #[test]
    fn a_mask_of_some_tracks_says_so_where_it_is() {
        let mut mask = Mask::of(Region::time(0, 100, None));
        mask.add(Region::rect(
            Rect {
                start: 200,
                end: 300,
                low: 50,
                high: 70,
            },
            Some([T[1]].into()),
        ));
        let mut cells = MaskCells::default();
        cells.update(&mask, &T);
        assert_eq!(cells.scopes, [(200, 70, vec![T[1]])]);
    }

    #[test]
    fn the_mask_is_told_in_bars_as_people_count_them() {
        let mut score = Score::default();
        let t = score.add_track("Melody", 0, 0);
        score.add_note(t, 0, 1920 * 16, 60, 80);
        let bars = score.bars();
        let mut cells = MaskCells::default();
        let mut mask = Mask::of(Region::time(1920 * 4, 1920 * 8, None));
        cells.update(&mask, &[t]);
        assert_eq!(cells.words(&bars, &score), "bars 5-8 masked");
        mask.add(Region::rect(
            Rect {
                start: 1920 * 11,
                end: 1920 * 11 + 480,
                low: 60,
                high: 72,
            },
            None,
        ));
        cells.update(&mask, &[t]);
        assert_eq!(cells.words(&bars, &score), "bars 5-8, 12 partly masked");
        let only = score.tracks[0].notes[0].id;
        cells.update(&Mask::of(Region::notes([only])), &[t]);
        assert_eq!(cells.words(&bars, &score), "1 single note masked");
    }
}
