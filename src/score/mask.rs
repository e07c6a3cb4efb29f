//! The mask: what is to be written anew.
//!
//! A mask is a list of gestures, applied in order: each adds a region, takes one away, or inverts what
//! there is. That keeps *subtract* and *invert* exact at every resolution, and a mask small enough to be
//! part of every undo step and every recipe.

use super::note::{Note, NoteId};
use super::track::TrackId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A rectangle of time and pitch: ticks `[start, end)`, pitches `[low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rect {
    pub start: u32,
    pub end: u32,
    pub low: u8,
    pub high: u8,
}

impl Rect {
    /// Whether the point lies inside.
    pub fn contains(&self, tick: u32, pitch: u8) -> bool {
        (self.start..self.end).contains(&tick) && (self.low..=self.high).contains(&pitch)
    }
}

/// One thing a person can point at: rectangles on some tracks, or notes by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// The tracks meant; `None` means all, those added later included.
    pub tracks: Option<BTreeSet<TrackId>>,
    pub rects: Vec<Rect>,
    pub notes: BTreeSet<NoteId>,
}

impl Region {
    /// All pitches of `[start, end)`.
    pub fn time(start: u32, end: u32, tracks: Option<BTreeSet<TrackId>>) -> Self {
        Region::rect(
            Rect {
                start,
                end,
                low: 0,
                high: 127,
            },
            tracks,
        )
    }

    /// One rectangle.
    pub fn rect(rect: Rect, tracks: Option<BTreeSet<TrackId>>) -> Self {
        Region {
            tracks,
            rects: vec![rect],
            notes: BTreeSet::new(),
        }
    }

    /// Single notes.
    pub fn notes(notes: impl IntoIterator<Item = NoteId>) -> Self {
        Region {
            tracks: None,
            rects: Vec::new(),
            notes: notes.into_iter().collect(),
        }
    }

    fn on(&self, track: TrackId) -> bool {
        self.tracks.as_ref().is_none_or(|t| t.contains(&track))
    }

    fn covers(&self, track: TrackId, tick: u32, pitch: u8) -> bool {
        self.on(track) && self.rects.iter().any(|r| r.contains(tick, pitch))
    }
}

/// One gesture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gesture {
    Add(Region),
    Subtract(Region),
    /// Everything masked becomes context and the other way round, over `[0, end)` ticks.
    Invert {
        end: u32,
    },
}

/// Which attributes of the masked notes may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    pub pitch: bool,
    pub onset: bool,
    pub duration: bool,
    pub velocity: bool,
}

impl Attributes {
    /// Everything is free: notes may appear and vanish.
    pub const ALL: Attributes = Attributes {
        pitch: true,
        onset: true,
        duration: true,
        velocity: true,
    };

    /// Whether notes may appear and vanish, which needs every attribute free.
    pub fn rewrites(&self) -> bool {
        *self == Attributes::ALL
    }
}

/// A vertical strip of a mask on one track: ticks `[start, end)` and the pitch ranges masked there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    pub start: u32,
    pub end: u32,
    /// Closed pitch ranges, ascending, not touching.
    pub pitches: Vec<(u8, u8)>,
}

/// What is to be written anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mask {
    pub gestures: Vec<Gesture>,
    pub attributes: Attributes,
}

impl Default for Mask {
    fn default() -> Self {
        Mask {
            gestures: Vec::new(),
            attributes: Attributes::ALL,
        }
    }
}

impl Mask {
    /// A mask of one region.
    pub fn of(region: Region) -> Self {
        Mask {
            gestures: vec![Gesture::Add(region)],
            attributes: Attributes::ALL,
        }
    }

    /// Adds a region.
    pub fn add(&mut self, region: Region) {
        self.gestures.push(Gesture::Add(region));
    }

    /// Takes a region away.
    pub fn subtract(&mut self, region: Region) {
        if !self.gestures.is_empty() {
            self.gestures.push(Gesture::Subtract(region));
        }
    }

    /// Turns the mask inside out over `[0, end)`. Twice is the same as not at all.
    pub fn invert(&mut self, end: u32) {
        if self.gestures.last() == Some(&Gesture::Invert { end }) {
            self.gestures.pop();
        } else {
            self.gestures.push(Gesture::Invert { end });
        }
    }

    /// Forgets every gesture; the attributes stay as they are.
    pub fn clear(&mut self) {
        self.gestures.clear();
    }

    /// Whether no gesture was made. (A mask whose gestures cancel out is not empty by this test.)
    pub fn is_empty(&self) -> bool {
        self.gestures.is_empty()
    }

    fn decide(&self, track: TrackId, tick: u32, pitch: u8, note: Option<NoteId>) -> bool {
        let inside = |r: &Region| {
            r.covers(track, tick, pitch) || note.is_some_and(|id| r.notes.contains(&id))
        };
        self.gestures.iter().fold(false, |masked, g| match g {
            Gesture::Add(r) => masked || inside(r),
            Gesture::Subtract(r) => masked && !inside(r),
            Gesture::Invert { end } => masked != (tick < *end),
        })
    }

    /// Whether a note that began at this point would be written by the model.
    pub fn covers(&self, track: TrackId, tick: u32, pitch: u8) -> bool {
        self.decide(track, tick, pitch, None)
    }

    /// Whether this note is to be written anew. A note belongs to where it begins: one that begins
    /// outside and sounds into the mask stays.
    pub fn selects(&self, track: TrackId, note: &Note) -> bool {
        self.decide(track, note.start, note.pitch, Some(note.id))
    }

    /// The masked area of one track within `[from, to)` as strips, in time order, without single notes.
    pub fn strips(&self, track: TrackId, from: u32, to: u32) -> Vec<Strip> {
        let mut cuts: Vec<u32> = vec![from, to];
        for g in &self.gestures {
            match g {
                Gesture::Add(r) | Gesture::Subtract(r) => {
                    if r.on(track) {
                        cuts.extend(r.rects.iter().flat_map(|r| [r.start, r.end]));
                    }
                }
                Gesture::Invert { end } => cuts.push(*end),
            }
        }
        cuts.retain(|c| (from..=to).contains(c));
        cuts.sort_unstable();
        cuts.dedup();
        let mut strips: Vec<Strip> = Vec::new();
        for w in cuts.windows(2) {
            let mut pitches: Vec<(u8, u8)> = Vec::new();
            for p in 0..=127u8 {
                if self.covers(track, w[0], p) {
                    match pitches.last_mut() {
                        Some(last) if last.1 + 1 == p => last.1 = p,
                        _ => pitches.push((p, p)),
                    }
                }
            }
            if pitches.is_empty() {
                continue;
            }
            match strips.last_mut() {
                Some(s) if s.end == w[0] && s.pitches == pitches => s.end = w[1],
                _ => strips.push(Strip {
                    start: w[0],
                    end: w[1],
                    pitches,
                }),
            }
        }
        strips
    }

    /// Ids of notes named one by one in any gesture (whether still masked or not).
    pub fn named_notes(&self) -> BTreeSet<NoteId> {
        self.gestures
            .iter()
            .flat_map(|g| match g {
                Gesture::Add(r) | Gesture::Subtract(r) => r.notes.iter().copied().collect(),
                Gesture::Invert { .. } => Vec::new(),
            })
            .collect()
    }
}

/// Rectangles that approximate the inside of a freehand line, in columns of `step` ticks.
/// `points` are (tick, pitch) and the line is closed by itself.
pub fn lasso_rects(points: &[(f64, f64)], step: u32) -> Vec<Rect> {
    if points.len() < 3 {
        return Vec::new();
    }
    let step = step.max(1);
    let (min, max) = points
        .iter()
        .fold((f64::MAX, f64::MIN), |(a, b), p| (a.min(p.0), b.max(p.0)));
    let first = (min.max(0.0) as u32) / step;
    let last = (max.max(0.0) as u32) / step;
    let mut rects = Vec::new();
    for column in first..=last {
        let x = (column as f64 + 0.5) * step as f64;
        let mut crossings: Vec<f64> = Vec::new();
        for (a, b) in points.iter().zip(points.iter().cycle().skip(1)) {
            if (a.0 <= x) != (b.0 <= x) {
                crossings.push(a.1 + (x - a.0) / (b.0 - a.0) * (b.1 - a.1));
            }
        }
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let low = (pair[0] - 0.5).ceil().clamp(0.0, 127.0);
            let high = (pair[1] - 0.5).floor().clamp(0.0, 127.0);
            if low <= high {
                rects.push(Rect {
                    start: column * step,
                    end: (column + 1) * step,
                    low: low as u8,
                    high: high as u8,
                });
            }
        }
    }
    rects
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T: TrackId = TrackId(1);

    fn note(id: u32, start: u32, length: u32, pitch: u8) -> Note {
        Note {
            id: NoteId(id),
            start,
            length,
            pitch,
            velocity: 80,
            release: Some(0),
        }
    }

    #[test]
    fn a_note_belongs_to_where_it_begins() {
        let m = Mask::of(Region::time(100, 200, None));
        assert!(m.selects(T, &note(1, 100, 10, 60)));
        assert!(
            !m.selects(T, &note(2, 99, 50, 60)),
            "it begins outside and sounds into the mask"
        );
        assert!(!m.selects(T, &note(3, 200, 10, 60)));
    }

    #[test]
    fn gestures_apply_in_order() {
        let mut m = Mask::of(Region::time(0, 100, None));
        m.subtract(Region::rect(
            Rect {
                start: 0,
                end: 100,
                low: 60,
                high: 71,
            },
            None,
        ));
        m.add(Region::notes([NoteId(7)]));
        assert!(m.covers(T, 50, 59) && !m.covers(T, 50, 60));
        assert!(m.selects(T, &note(7, 5000, 10, 60)));
        m.invert(100);
        assert!(!m.covers(T, 50, 59) && m.covers(T, 50, 60));
        assert!(
            !m.covers(T, 100, 60),
            "beyond the end of the piece nothing is inverted"
        );
    }

    #[test]
    fn tracks_are_respected() {
        let m = Mask::of(Region::time(0, 10, Some([TrackId(2)].into())));
        assert!(!m.covers(T, 0, 60) && m.covers(TrackId(2), 0, 60));
    }

    #[test]
    fn a_lasso_square_is_its_inside() {
        let r = lasso_rects(&[(0.0, 60.0), (40.0, 60.0), (40.0, 64.0), (0.0, 64.0)], 10);
        assert_eq!(r.len(), 4);
        assert!(r.iter().all(|r| (r.low, r.high) == (60, 63)));
    }

    fn region() -> impl Strategy<Value = Region> {
        (0u32..50, 1u32..50, 0u8..100, 0u8..28, prop::bool::ANY).prop_map(|(s, l, low, h, one)| {
            Region::rect(
                Rect {
                    start: s,
                    end: s + l,
                    low,
                    high: low + h,
                },
                one.then(|| [T].into()),
            )
        })
    }

    proptest! {
        #[test]
        fn strips_say_the_same_as_covers(
            gestures in prop::collection::vec((0u8..3, region()), 0..6),
            tick in 0u32..110,
            pitch in 0u8..128,
        ) {
            let mut m = Mask::default();
            for (kind, r) in gestures {
                match kind {
                    0 => m.add(r),
                    1 => m.subtract(r),
                    _ => m.invert(80),
                }
            }
            let by_strips = m.strips(T, 0, 110).iter().any(|s| {
                (s.start..s.end).contains(&tick)
                    && s.pitches.iter().any(|&(a, b)| (a..=b).contains(&pitch))
            });
            prop_assert_eq!(by_strips, m.covers(T, tick, pitch));
        }

        #[test]
        fn inverting_twice_is_nothing(r in region(), tick in 0u32..110, pitch in 0u8..128) {
            let once = Mask::of(r);
            let mut twice = once.clone();
            twice.invert(100);
            twice.invert(100);
            prop_assert_eq!(once.covers(T, tick, pitch), twice.covers(T, tick, pitch));
        }
    }
}
