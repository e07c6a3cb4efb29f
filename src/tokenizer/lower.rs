//! From a mask on a score to a mask on tokens, and from filled tokens to notes in the mask.
//!
//! What a representation cannot tell apart it refuses to rewrite in part, with the reason; what it can is
//! lowered so that whatever ids are drawn, every note read back lies in the mask, and
//! [`Score::with_take`] leaves all others as they are, to the tick.

use super::{TokenError, Tokens};
use crate::score::mask::Gesture;
use crate::score::{Mask, Note, NoteId, Score, TakeNote, Track, TrackId};
use std::ops::Range;

/// Why a mask has no form in a representation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{tokenizer} cannot rewrite this: {why}")]
pub struct Refusal {
    pub tokenizer: &'static str,
    /// A clause, with what to do instead.
    pub why: String,
}

/// What may become of one id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Context.
    Known,
    /// To be drawn, from these ids.
    Free(Range<i32>),
}

/// The hole in the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hole {
    /// Ids to be drawn one by one, as many cells as there are ids.
    Cells(Vec<Cell>),
    /// Stretches of rows of which each is to be replaced by as many rows as the model likes, none included.
    Spans(Vec<Range<usize>>),
}

/// A piece as tokens with a hole in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// The piece; free ids hold what was there, or silence.
    pub tokens: Tokens,
    pub hole: Hole,
    /// What each row stands for, where rows are notes.
    pub notes: Vec<NoteId>,
}

/// A note read back from filled tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub note: TakeNote,
    /// The id that says its pitch, as an index into the tokens' ids: its confidence is the note's. `None` for a
    /// masked note that the representation cannot write, which comes back as it was.
    pub at: Option<usize>,
}

impl Lowered {
    /// Cells, where the hole is made of them.
    pub fn cells(&self) -> &[Cell] {
        match &self.hole {
            Hole::Cells(cells) => cells,
            Hole::Spans(_) => &[],
        }
    }

    /// Whether `filled` changes nothing but what is free, and draws legal ids there. (Spans may change the
    /// number of rows; what stands around them is compared.)
    pub fn admits(&self, filled: &Tokens) -> bool {
        match &self.hole {
            Hole::Cells(cells) => {
                filled.ids.len() == self.tokens.ids.len()
                    && filled.ids.iter().zip(&self.tokens.ids).zip(cells).all(
                        |((new, old), cell)| match cell {
                            Cell::Known => new == old,
                            Cell::Free(legal) => legal.contains(new),
                        },
                    )
            }
            Hole::Spans(spans) => {
                let (first, last) = (
                    spans.first().map_or(0, |s| s.start),
                    spans.last().map_or(0, |s| self.tokens.len() - s.end),
                );
                let n = filled.ids.len();
                n >= first + last
                    && filled.ids[..first] == self.tokens.ids[..first]
                    && filled.ids[n - last..] == self.tokens.ids[self.tokens.ids.len() - last..]
            }
        }
    }
}

/// Notes of a track that stay.
pub(super) fn context<'a>(mask: &'a Mask, track: &'a Track) -> impl Iterator<Item = &'a Note> {
    track.notes.iter().filter(|n| !mask.selects(track.id, n))
}

/// Where the mask ends, in ticks. A hole may lie after the last note, but not without end: 64 bars count.
pub fn masked_end(score: &Score, mask: &Mask) -> u32 {
    let ends = mask.gestures.iter().map(|g| match g {
        Gesture::Add(r) => r.rects.iter().map(|r| r.end).max().unwrap_or(0),
        Gesture::Subtract(_) | Gesture::Invert { .. } => 0,
    });
    let most = score.end().saturating_add(64 * 4 * u32::from(score.ppq));
    ends.max().unwrap_or(0).min(most)
}

/// The middle velocity of a track, for representations that have none.
pub(super) fn usual_velocity(track: &Track) -> Option<u8> {
    let mut all: Vec<u8> = track.notes.iter().map(|n| n.velocity).collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied()
}

/// Keeps what may be written: notes inside the mask that do not begin on a key that is still down. (Such a
/// note, once in a MIDI file, would swap its end with the held note's, and the held note would change.)
///
/// Masked notes that the representation does not write, by `writes`, come back as they were: they were never
/// shown to a model, which cannot have meant to remove them.
pub(super) fn allowed(
    score: &Score,
    mask: &Mask,
    written: Vec<Written>,
    writes: impl Fn(&Track, &Note) -> bool,
) -> Vec<Written> {
    let down = |track: TrackId, tick: u32, pitch: u8| {
        score.track(track).is_some_and(|t| {
            context(mask, t).any(|n| n.pitch == pitch && n.start <= tick && tick < n.end())
        })
    };
    let mut notes: Vec<Written> = written
        .into_iter()
        .filter(|w| {
            let n = &w.note;
            let inside = mask.covers(n.track, n.start, n.pitch) || n.replaces.is_some();
            inside && !down(n.track, n.start, n.pitch)
        })
        .collect();
    for track in &score.tracks {
        let back = track
            .notes
            .iter()
            .filter(|n| mask.selects(track.id, n) && !writes(track, n));
        notes.extend(back.map(|n| Written {
            note: TakeNote {
                track: track.id,
                start: n.start,
                length: n.length,
                pitch: n.pitch,
                velocity: n.velocity,
                confidence: 1.0,
                replaces: Some(n.id),
            },
            at: None,
        }));
    }
    notes
}

/// Checks that filled tokens fit the hole before they are read.
pub(super) fn check(
    tokenizer: &'static str,
    lowered: &Lowered,
    filled: &Tokens,
) -> Result<(), TokenError> {
    if lowered.admits(filled) {
        return Ok(());
    }
    Err(TokenError::Row {
        tokenizer,
        row: 0,
        why: "the filled tokens change what is not free, or draw an id that is not legal there"
            .into(),
    })
}

/// Why representations that are written from left to right cannot be infilled.
pub(super) fn left_to_right(tokenizer: &'static str) -> Refusal {
    Refusal {
        tokenizer,
        why: "it is written from left to right, each note in terms of the one before; use it to continue a \
              piece, and octuple to fill a gap"
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::score::{Attributes, Mask, Rect, Region, Score, Take, TrackId};
    use crate::tokenizer::lower::{Cell, Hole};
    use crate::tokenizer::registry::{all, compatible, find};
    use crate::tokenizer::{Tokenizer, Tokens};
    use proptest::prelude::*;

    fn piece() -> impl Strategy<Value = Score> {
        let note = (0u32..3000, 1u32..700, 24u8..100, 1u8..128);
        let track = prop::collection::vec(note, 1..25);
        (
            prop::collection::vec(track, 1..5),
            prop::sample::select(vec![24u16, 96, 480]),
            any::<bool>(),
        )
            .prop_map(|(tracks, ppq, drums)| {
                let mut s = Score {
                    ppq,
                    ..Score::default()
                };
                for (i, notes) in tracks.into_iter().enumerate() {
                    let channel = if drums && i == 3 { 9 } else { i as u8 };
                    let t = s.add_track("t", channel, 10 * i as u8);
                    for (start, length, pitch, velocity) in notes {
                        s.add_note(t, start * u32::from(ppq) / 96, length, pitch, velocity);
                    }
                }
                s
            })
    }

    /// Bars, parts of bars, pitch bands, tracks, single notes, and what is taken away again.
    fn mask(score: &Score, kind: u8, from: u32, length: u32, low: u8, tracks: u8) -> Mask {
        let q = u32::from(score.ppq);
        let bar = 4 * q;
        let some: Vec<TrackId> = score
            .tracks
            .iter()
            .enumerate()
            .filter(|(i, _)| tracks >> i & 1 == 1)
            .map(|(_, t)| t.id)
            .collect();
        let chosen = (tracks & 16 == 0).then(|| some.iter().copied().collect());
        let bars = Region::time(from % 6 * bar, (from % 6 + length) * bar, chosen.clone());
        match kind {
            0 | 1 => Mask::of(bars),
            2 => Mask::of(Region::time(from * q / 3, (from + length) * q, chosen)),
            3 => Mask::of(Region::rect(
                Rect {
                    start: from * q,
                    end: (from + 3 * length) * q,
                    low,
                    high: low + 20,
                },
                chosen,
            )),
            4 => Mask::of(Region::notes(score.notes().step_by(3).map(|(_, n)| n.id))),
            5 => {
                let mut m = Mask::of(bars);
                m.attributes = Attributes {
                    pitch: true,
                    onset: false,
                    duration: false,
                    velocity: false,
                };
                m
            }
            _ => {
                let mut m = Mask::of(bars);
                m.subtract(Region::time(
                    0,
                    (from + 1) * q,
                    Some(some.into_iter().collect()),
                ));
                m
            }
        }
    }

    /// Fills the hole with ids drawn from what is legal.
    fn fill(t: &dyn Tokenizer, tokens: &Tokens, hole: &Hole, dice: &[u32]) -> Tokens {
        let mut draw = dice.iter().copied().cycle();
        let mut filled = tokens.clone();
        match hole {
            Hole::Cells(cells) => {
                for (id, cell) in filled.ids.iter_mut().zip(cells) {
                    if let Cell::Free(legal) = cell {
                        let size = (legal.end - legal.start) as u32;
                        *id = legal.start + (draw.next().unwrap() % size) as i32;
                    }
                }
            }
            Hole::Spans(spans) => {
                let mut ids = Vec::new();
                let mut from = 0;
                for span in spans {
                    ids.extend(&tokens.ids[from..span.start]);
                    for _ in 0..draw.next().unwrap() % 3 {
                        let word = |kind: char, n: u32| format!("{kind}-{n}");
                        let text = [
                            word('o', draw.next().unwrap() % 60),
                            word('p', draw.next().unwrap() % 128),
                            word('d', draw.next().unwrap() % 64),
                        ];
                        let words = crate::tokenizer::remi_z::from_text(&text.join(" "));
                        ids.extend(words.unwrap().ids);
                    }
                    from = span.end;
                }
                ids.extend(&tokens.ids[from..]);
                filled.ids = ids;
            }
        }
        assert!(t.fields().len() == filled.fields);
        filled
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(160))]
        /// Promise 1, for every representation that can be infilled: whatever a model draws, every note outside
        /// the mask keeps its tick, length, velocity and track, and every note that is written lies in the mask.
        #[test]
        fn whatever_is_drawn_only_the_mask_changes(
            score in piece(),
            kind in 0u8..7,
            from in 0u32..24,
            length in 1u32..4,
            low in 30u8..80,
            tracks in 0u8..32,
            dice in prop::collection::vec(any::<u32>(), 1..400),
        ) {
            let mask = mask(&score, kind, from, length, low, tracks);
            for t in all().iter().chain(compatible()) {
                let lowered = match t.lower(&score, &mask) {
                    Ok(lowered) => lowered,
                    Err(refusal) => {
                        prop_assert!(refusal.to_string().starts_with(t.id()), "{}", refusal);
                        prop_assert!(refusal.why.len() > 20, "{}", refusal);
                        continue;
                    }
                };
                let filled = fill(*t, &lowered.tokens, &lowered.hole, &dice);
                prop_assert!(lowered.admits(&filled), "{}", t.id());
                let written = t
                    .lift(&score, &mask, &lowered, &filled)
                    .map_err(|e| TestCaseError::fail(e.to_string()))?;
                let take = Take {
                    name: String::new(),
                    notes: written.iter().map(|w| w.note.clone()).collect(),
                    recipe: recipe(&mask),
                    millis: 0,
                };
                let after = score.with_take(&mask, &take);
                for (before, after) in score.tracks.iter().zip(&after.tracks) {
                    let stays = |n: &&crate::score::Note| !mask.selects(before.id, n);
                    let kept: Vec<_> = before.notes.iter().filter(stays).collect();
                    let old: Vec<_> = after.notes.iter().filter(|n| n.id.0 < score.next_id).collect();
                    prop_assert_eq!(kept, old, "{}", t.id());
                    prop_assert_eq!(&before.events, &after.events);
                }
                let new = after.notes().filter(|(_, n)| n.id.0 >= score.next_id).count();
                prop_assert_eq!(new, written.len(), "{}: a note fell outside the mask", t.id());
                for w in &written {
                    prop_assert!(w.at.is_none_or(|at| at < filled.ids.len()));
                }
                // What the representation does not even see is not removed by it.
                let reads = t.reads(&score);
                for (before, after) in score.tracks.iter().zip(&after.tracks) {
                    if !reads.contains(&before.id) {
                        let plain = |t: &crate::score::Track| -> Vec<_> {
                            let all = t.notes.iter();
                            let mut all: Vec<_> =
                                all.map(|n| (n.start, n.pitch, n.length, n.velocity)).collect();
                            all.sort_unstable();
                            all
                        };
                        prop_assert_eq!(plain(before), plain(after), "{}", t.id());
                    }
                }
            }
        }
    }

    fn recipe(mask: &Mask) -> crate::score::Recipe {
        crate::score::Recipe {
            model: String::new(),
            model_hash: String::new(),
            mask: mask.clone(),
            settings: Default::default(),
            constraints: Default::default(),
            take: 0,
            device: String::new(),
        }
    }

    /// Two bars of quarters on two tracks.
    fn two_tracks() -> Score {
        let mut s = Score::default();
        for (name, program) in [("MELODY", 0), ("PIANO", 1)] {
            let t = s.add_track(name, program, program);
            for k in 0..8 {
                s.add_note(t, k * 480, 480, 60 + k as u8, 90);
            }
        }
        s
    }

    fn band() -> Region {
        Region::rect(
            Rect {
                start: 0,
                end: 1920,
                low: 60,
                high: 65,
            },
            None,
        )
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused_with_the_reason() {
        let s = two_tracks();
        let one = Mask::of(Region::time(0, 1920, Some([s.tracks[0].id].into())));
        let refusal = |t: &str, mask: &Mask| {
            let e = find(t).unwrap().lower(&s, mask).unwrap_err();
            e.to_string()
        };
        for (tokenizer, mask, word) in [
            ("trio", Mask::of(band()), "pitch"),
            ("roll", one.clone(), "tracks"),
            ("remi_z", Mask::of(band()), "whole bars"),
            ("mmt", one.clone(), "left to right"),
            ("structured", one.clone(), "left to right"),
            ("tpd", one.clone(), "left to right"),
            ("trio", Mask::default(), "nothing"),
        ] {
            let text = refusal(tokenizer, &mask);
            assert!(text.contains(word), "{tokenizer}: {text}");
        }
        let mut velocity = one;
        velocity.attributes = Attributes {
            pitch: false,
            onset: false,
            duration: false,
            velocity: true,
        };
        assert!(refusal("trio", &velocity).contains("velocity"));
        let silent = Mask::of(Region::time(9600, 9700, None));
        assert!(refusal("trio_octuple", &silent).contains("no notes"));
    }

    #[test]
    fn unchanged_ids_give_the_masked_notes_back() {
        let s = two_tracks();
        let mask = Mask::of(Region::time(1920, 3840, None));
        for id in ["trio", "trio_octuple", "remi_z"] {
            let t = find(id).unwrap();
            let lowered = t.lower(&s, &mask).unwrap();
            // The score's own tokens fill the hole exactly.
            let mut filled = lowered.tokens.clone();
            if matches!(lowered.hole, Hole::Cells(_)) {
                let own = t.encode(&s).unwrap().ids;
                filled.ids[..own.len()].copy_from_slice(&own);
            }
            let mut back: Vec<_> = t
                .lift(&s, &mask, &lowered, &filled)
                .unwrap()
                .into_iter()
                .map(|w| (w.note.track, w.note.start, w.note.length, w.note.pitch))
                .collect();
            back.sort();
            let wanted: Vec<_> = s
                .notes()
                .filter(|(_, n)| n.start >= 1920)
                .map(|(t, n)| (t, n.start, n.length, n.pitch))
                .collect();
            assert_eq!(back, wanted, "{id}");
        }
    }
}
