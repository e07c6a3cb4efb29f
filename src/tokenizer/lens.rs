//! The round-trip lens: what of a piece comes back from a representation. A piece is encoded and decoded,
//! and every note is told its fate, so that one knows what a model would see before it is asked.

mod fate;
mod losses;
mod matching;
mod octuple;

pub use fate::{Change, Counts, Fate, Kind, Reason};
pub use losses::Loss;
pub use octuple::ID as OCTUPLE;

use super::octuple::vocabulary;
use super::registry;
use super::{Aspect, TokenError, Tokenizer};
use crate::score::{Note, NoteId, Score, Track, TrackId};
use matching::Sound;
use std::collections::HashMap;

/// A representation one can look through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub id: &'static str,
    /// One sentence for a person.
    pub about: &'static str,
}

/// Every representation one can look through, the studio's own first.
pub fn choices() -> Vec<Choice> {
    let own = Choice {
        id: OCTUPLE,
        about: octuple::ABOUT,
    };
    let registered = registry::all().iter().map(|t| Choice {
        id: t.id(),
        about: t.about(),
    });
    std::iter::once(own).chain(registered).collect()
}

/// The choice that a model's card means by the name of its tokenizer, such as `octuple-free/3`.
pub fn of_card(tokenizer: &str) -> Option<&'static str> {
    if tokenizer == vocabulary::ID {
        return Some(OCTUPLE);
    }
    let name = tokenizer.split('/').next().unwrap_or_default();
    choices().into_iter().map(|c| c.id).find(|id| *id == name)
}

/// Which notes really go the way of the representation when a model fills a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The representation is the whole piece: what it does not say is gone.
    Piece,
    /// Only what is masked is written in it; everything else stays as it is in the score, and the model
    /// merely sees it so.
    Mask,
}

/// What of a piece comes back.
#[derive(Clone, Debug)]
pub struct RoundTrip {
    /// Id of the representation.
    pub id: &'static str,
    pub scope: Scope,
    /// The fate of every note of the piece.
    pub fates: HashMap<NoteId, Fate>,
    /// Notes that come back and were not there. Their ids mean nothing.
    pub invented: Vec<Note>,
    pub counts: Counts,
    /// What is lost besides notes.
    pub losses: Vec<Loss>,
}

impl RoundTrip {
    fn new(id: &'static str, scope: Scope, ppq: u16, fates: HashMap<NoteId, Fate>) -> RoundTrip {
        RoundTrip {
            counts: Counts::of(fates.values(), ppq),
            id,
            scope,
            fates,
            invented: Vec::new(),
            losses: Vec::new(),
        }
    }
}

/// Why one cannot look through a representation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LensError {
    #[error("{0}")]
    Unknown(String),
    #[error("{0}")]
    Encode(TokenError),
    #[error("what {id} wrote cannot be read again: {error}")]
    Decode { id: &'static str, error: TokenError },
}

/// Encodes and decodes a piece and compares.
///
/// # Errors
/// When there is no such representation, or it cannot write this piece at all.
pub fn round_trip(score: &Score, id: &str) -> Result<RoundTrip, LensError> {
    if id == OCTUPLE {
        return Ok(octuple::round_trip(score));
    }
    let tokenizer = registry::find(id).map_err(LensError::Unknown)?;
    through(tokenizer, score)
}

/// As [`round_trip`], with a representation that is in hand.
///
/// # Errors
/// When it cannot write this piece.
pub fn through(tokenizer: &dyn Tokenizer, score: &Score) -> Result<RoundTrip, LensError> {
    let id = tokenizer.id();
    if score.note_count() == 0 {
        return Ok(RoundTrip::new(
            id,
            Scope::Piece,
            score.ppq,
            HashMap::default(),
        ));
    }
    let tokens = tokenizer.encode(score).map_err(LensError::Encode)?;
    let back = tokenizer
        .decode(&tokens)
        .map_err(|error| LensError::Decode { id, error })?;
    Ok(compare(tokenizer, score, &back))
}

/// Ticks of a decoded score as ticks of the piece.
fn scale(tokenizer: &dyn Tokenizer, score: &Score, back: &Score) -> impl Fn(u32) -> u32 {
    let seconds = tokenizer
        .in_seconds()
        .then(|| (back.clock(), score.clock()));
    let factor = f64::from(score.ppq.max(1)) / f64::from(back.ppq.max(1));
    move |tick| {
        let tick = f64::from(tick);
        let there = match &seconds {
            Some((from, to)) => to.tick(from.seconds(tick)),
            None => tick * factor,
        };
        there.round() as u32
    }
}

fn compare(tokenizer: &dyn Tokenizer, score: &Score, back: &Score) -> RoundTrip {
    let to_piece = scale(tokenizer, score, back);
    let read = tokenizer.reads(score);
    let tracks: Vec<&Track> = read.iter().filter_map(|id| score.track(*id)).collect();
    let decoded: Vec<&Track> = back.tracks.iter().map(AsRef::as_ref).collect();
    let mut ids: Vec<NoteId> = Vec::new();
    let mut originals: Vec<Sound> = Vec::new();
    for (place, track) in tracks.iter().enumerate() {
        ids.extend(track.notes.iter().map(|n| n.id));
        originals.extend(track.notes.iter().map(|n| Sound::of(place, n, |t| t)));
    }
    let returned: Vec<Sound> = decoded
        .iter()
        .enumerate()
        .flat_map(|(place, t)| t.notes.iter().map(move |n| (place, n)))
        .map(|(place, n)| Sound::of(place, n, &to_piece))
        .collect();
    let near = u32::from(score.ppq.max(4)) / 4;
    let homes = matching::homes(&tracks, &decoded, &originals, &returned, near);
    let partners = matching::pair(&originals, &returned, &homes, near);

    let keeps = |a: Aspect| tokenizer.keeps().contains(&a);
    // Where the grid's ticks are no whole ticks of the piece, a tick is rounding and no move.
    let slack = u32::from(!score.ppq.is_multiple_of(back.ppq.max(1)));
    let why = Why::new(tokenizer, near, &originals, &partners);
    let mut fates: HashMap<NoteId, Fate> = HashMap::with_capacity(score.note_count());
    for (i, (id, from)) in ids.iter().zip(&originals).enumerate() {
        let fate = match partners[i].map(|p| returned[p]) {
            Some(to) => fate::compare(
                from,
                &to,
                homes[from.track] == Some(to.track),
                keeps(Aspect::Velocity),
                slack,
            ),
            None => Fate::Lost(why.lost(from)),
        };
        fates.insert(*id, fate);
    }
    for (track, n) in score.notes() {
        fates
            .entry(n.id)
            .or_insert_with(|| Fate::Lost(unread(score, track)));
    }
    let mut trip = RoundTrip::new(tokenizer.id(), Scope::Piece, score.ppq, fates);
    let mut met = vec![false; returned.len()];
    partners.iter().flatten().for_each(|&p| met[p] = true);
    let invented = returned.iter().zip(&met).filter(|(_, met)| !**met);
    trip.invented = invented.map(|(s, _)| s.note()).collect();
    trip.counts.invented = trip.invented.len();
    trip.losses = losses::of(tokenizer, score, back, &tracks, &homes, &to_piece);
    trip
}

fn unread(score: &Score, track: TrackId) -> Reason {
    let drums = score.track(track).is_some_and(Track::is_drums);
    if drums { Reason::Drums } else { Reason::Track }
}

/// What is looked at to say why a note was lost.
struct Why<'a> {
    tokenizer: &'a dyn Tokenizer,
    near: u32,
    /// The notes that came back, by onset, and the length of the longest.
    survivors: Vec<Sound>,
    longest: u32,
}

impl<'a> Why<'a> {
    fn new(
        tokenizer: &'a dyn Tokenizer,
        near: u32,
        originals: &[Sound],
        partners: &[Option<usize>],
    ) -> Why<'a> {
        let matched = originals.iter().zip(partners);
        let mut survivors: Vec<Sound> = matched
            .filter(|(_, p)| p.is_some())
            .map(|(s, _)| *s)
            .collect();
        survivors.sort_by_key(|s| s.start);
        Why {
            tokenizer,
            near,
            longest: survivors.iter().map(|s| s.end - s.start).max().unwrap_or(0),
            survivors,
        }
    }

    /// Why this note did not come back, as far as it can be known from outside.
    fn lost(&self, lost: &Sound) -> Reason {
        let range = self.tokenizer.pitches();
        if !range.contains(&lost.pitch) {
            return Reason::Range {
                low: *range.start(),
                high: *range.end(),
            };
        }
        let monophonic = !self.tokenizer.keeps().contains(&Aspect::Polyphony);
        let from = lost.start.saturating_sub(self.longest.max(self.near));
        let first = self.survivors.partition_point(|s| s.start < from);
        let last = lost.end.saturating_add(self.near);
        let around = || {
            self.survivors[first..]
                .iter()
                .take_while(|s| s.start <= last)
        };
        let beside = |s: &Sound| s.track == lost.track && s.start.abs_diff(lost.start) <= self.near;
        let on_its_key =
            |s: &Sound| s.pitch == lost.pitch && s.end.saturating_add(self.near) >= lost.start;
        if monophonic && around().any(beside) {
            Reason::Polyphony
        } else if around().any(on_its_key) {
            Reason::SameKey
        } else if self.survivors.last().is_none_or(|s| s.start < lost.start) {
            Reason::TooFar
        } else {
            Reason::Rounding
        }
    }
}

#[cfg(test)]
mod tests;
