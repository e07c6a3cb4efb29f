//! Notes found by what they are: each finder gives a set of ids, which can be selected, or masked.

use super::key::scale_tonic;
use super::theory::in_major;
use super::{Bars, Note, NoteId, Score, TrackId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How what was found joins what was selected before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Joining {
    /// It takes its place.
    #[default]
    Replace,
    Add,
    Subtract,
    /// Only what is in both stays.
    Within,
}

impl Joining {
    /// What is selected then.
    pub fn of(self, before: &BTreeSet<NoteId>, found: BTreeSet<NoteId>) -> BTreeSet<NoteId> {
        match self {
            Joining::Replace => found,
            Joining::Add => before.union(&found).copied().collect(),
            Joining::Subtract => before.difference(&found).copied().collect(),
            Joining::Within => before.intersection(&found).copied().collect(),
        }
    }
}

/// The notes of these tracks that a test holds for.
fn on(
    score: &Score,
    tracks: &[TrackId],
    test: impl Fn(TrackId, &Note) -> bool,
) -> BTreeSet<NoteId> {
    let inside = score
        .notes()
        .filter(|(t, n)| tracks.contains(t) && test(*t, n));
    inside.map(|(_, n)| n.id).collect()
}

/// Every note of these tracks.
pub fn all(score: &Score, tracks: &[TrackId]) -> BTreeSet<NoteId> {
    on(score, tracks, |_, _| true)
}

/// What was not selected of these tracks, and nothing else.
pub fn inverse(
    score: &Score,
    tracks: &[TrackId],
    selection: &BTreeSet<NoteId>,
) -> BTreeSet<NoteId> {
    on(score, tracks, |_, n| !selection.contains(&n.id))
}

/// Every note of these tracks that has the pitch of a selected one.
pub fn same_pitch(
    score: &Score,
    tracks: &[TrackId],
    selection: &BTreeSet<NoteId>,
) -> BTreeSet<NoteId> {
    let pitches: BTreeSet<u8> = pitches(score, selection).collect();
    on(score, tracks, |_, n| pitches.contains(&n.pitch))
}

/// Every note of these tracks that has the pitch of a selected one in any octave.
pub fn same_pitch_class(
    score: &Score,
    tracks: &[TrackId],
    selection: &BTreeSet<NoteId>,
) -> BTreeSet<NoteId> {
    let classes: BTreeSet<u8> = pitches(score, selection).map(|p| p % 12).collect();
    on(score, tracks, |_, n| classes.contains(&(n.pitch % 12)))
}

fn pitches<'a>(score: &'a Score, selection: &'a BTreeSet<NoteId>) -> impl Iterator<Item = u8> + 'a {
    let chosen = score.notes().filter(|(_, n)| selection.contains(&n.id));
    chosen.map(|(_, n)| n.pitch)
}

/// Every note of these tracks outside the scale that most of the piece's notes lie in; drums have no scale.
pub fn out_of_key(score: &Score, tracks: &[TrackId]) -> BTreeSet<NoteId> {
    let tonic = scale_tonic(score);
    let pitched = score.tracks.iter().filter(|t| !t.is_drums());
    let pitched: Vec<TrackId> = pitched
        .map(|t| t.id)
        .filter(|t| tracks.contains(t))
        .collect();
    on(score, &pitched, |_, n| !in_major(n.pitch, tonic))
}

/// Every note of these tracks shorter than the grid's step at its onset, which `step` gives in ticks.
pub fn shorter(score: &Score, tracks: &[TrackId], step: &dyn Fn(u32) -> u32) -> BTreeSet<NoteId> {
    on(score, tracks, |_, n| n.length < step(n.start))
}

/// Every note of these tracks that begins in beat `first` of its bar (from 1), or any number of times `every`
/// beats later in the same bar. Beats are the meter's own, and counted anew in every bar: 2 from 2 are the
/// second and fourth quarter of every bar of 4/4.
pub fn every_beat(
    score: &Score,
    bars: &Bars,
    tracks: &[TrackId],
    every: u32,
    first: u32,
) -> BTreeSet<NoteId> {
    on(score, tracks, |_, n| {
        let bar = bars.bar_at(n.start);
        let beat = (n.start - bars.start(bar)) / bars.meter(bar).beat_ticks(score.ppq);
        beat.checked_sub(first.max(1) - 1)
            .is_some_and(|b| b.is_multiple_of(every.max(1)))
    })
}

/// Every note of the tracks that hold a selected one.
pub fn tracks_of(score: &Score, selection: &BTreeSet<NoteId>) -> BTreeSet<NoteId> {
    let tracks: BTreeSet<TrackId> = places(score, selection).map(|(t, _)| t).collect();
    let tracks: Vec<TrackId> = tracks.into_iter().collect();
    all(score, &tracks)
}

/// Every note that begins in a bar where, on its track, a selected note begins.
pub fn bars_of(score: &Score, bars: &Bars, selection: &BTreeSet<NoteId>) -> BTreeSet<NoteId> {
    let held: BTreeSet<(TrackId, u32)> = places(score, selection)
        .map(|(t, start)| (t, bars.bar_at(start)))
        .collect();
    let inside = score
        .notes()
        .filter(|(t, n)| held.contains(&(*t, bars.bar_at(n.start))));
    inside.map(|(_, n)| n.id).collect()
}

fn places<'a>(
    score: &'a Score,
    selection: &'a BTreeSet<NoteId>,
) -> impl Iterator<Item = (TrackId, u32)> + 'a {
    let chosen = score.notes().filter(|(_, n)| selection.contains(&n.id));
    chosen.map(|(t, n)| (t, n.start))
}

/// Every note of these tracks that a model wrote (and the piece kept), or, if `by_hand`, every other one.
pub fn written(score: &Score, tracks: &[TrackId], by_hand: bool) -> BTreeSet<NoteId> {
    on(score, tracks, |_, n| {
        score.origin(n.id).is_none() == by_hand
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Meter, Origin};

    /// Five notes of C major, a quarter each, and two on another track.
    fn piece() -> (Score, Vec<TrackId>, Vec<NoteId>) {
        let mut s = Score::default();
        let a = s.add_track("A", 0, 0);
        let b = s.add_track("B", 1, 0);
        for (i, p) in [60, 62, 64, 65, 67].into_iter().enumerate() {
            s.add_note(a, i as u32 * 480, 480, p, 80);
        }
        s.add_note(b, 100, 60, 126, 80);
        s.add_note(b, 2000, 480, 72, 80);
        let ids = s.notes().map(|(_, n)| n.id).collect();
        let tracks = s.tracks.iter().map(|t| t.id).collect();
        (s, tracks, ids)
    }

    fn places(ids: &[NoteId], found: &BTreeSet<NoteId>) -> Vec<usize> {
        let place = |id| ids.iter().position(|i| i == id);
        found.iter().filter_map(place).collect()
    }

    #[test]
    fn a_pitch_is_found_in_one_octave_or_in_all() {
        let (s, tracks, ids) = piece();
        let c: BTreeSet<NoteId> = [ids[0]].into();
        assert_eq!(places(&ids, &same_pitch(&s, &tracks, &c)), [0]);
        assert_eq!(places(&ids, &same_pitch_class(&s, &tracks, &c)), [0, 6]);
        let upper = same_pitch_class(&s, &tracks[..1], &c);
        assert_eq!(places(&ids, &upper), [0], "only on the tracks asked for");
    }

    #[test]
    fn odd_notes_are_found() {
        let (mut s, tracks, ids) = piece();
        let odd = s.add_note(tracks[1], 0, 10, 61, 80);
        // 126 is F#: outside C major as well.
        assert_eq!(out_of_key(&s, &tracks), [ids[5], odd].into());
        assert_eq!(inverse(&s, &tracks[1..], &[odd].into()).len(), 2);
        let drums = s.tracks[1].id;
        s.track_mut(drums).unwrap().channel = 9;
        assert!(out_of_key(&s, &tracks).is_empty(), "drums have no scale");
    }

    #[test]
    fn short_notes_are_found() {
        let (s, tracks, ids) = piece();
        let found = shorter(&s, &tracks, &|_| 120);
        assert_eq!(places(&ids, &found), [5]);
        assert_eq!(shorter(&s, &tracks, &|_| 481).len(), 7);
    }

    #[test]
    fn beats_are_counted_anew_in_every_bar() {
        let (mut s, tracks, ids) = piece();
        let found = |s: &Score, every, first| {
            places(&ids, &every_beat(s, &s.bars(), &tracks, every, first))
        };
        assert_eq!(found(&s, 2, 1), [0, 2, 4, 5, 6]);
        assert_eq!(found(&s, 2, 2), [1, 3]);
        assert_eq!(found(&s, 4, 4), [3]);
        assert_eq!(found(&s, 1, 1).len(), 7);
        assert_eq!(found(&s, 0, 0).len(), 7, "nothing asked is everything");
        s.meters.push(Meter::new(0, 3, 4));
        assert_eq!(
            found(&s, 2, 2),
            [1, 4, 6],
            "3/4: the fourth quarter is a first one"
        );
    }

    #[test]
    fn a_selection_grows_to_its_bars_and_tracks() {
        let (s, _, ids) = piece();
        let bars = s.bars();
        let one: BTreeSet<NoteId> = [ids[1]].into();
        assert_eq!(places(&ids, &bars_of(&s, &bars, &one)), [0, 1, 2, 3]);
        assert_eq!(places(&ids, &tracks_of(&s, &one)), [0, 1, 2, 3, 4]);
        let two: BTreeSet<NoteId> = [ids[4], ids[5]].into();
        assert_eq!(places(&ids, &bars_of(&s, &bars, &two)), [4, 5]);
    }

    #[test]
    fn the_notes_of_a_model_are_told_from_the_hands() {
        let (mut s, tracks, ids) = piece();
        s.origins = vec![Origin {
            first: ids[1].0,
            end: ids[3].0,
            model: "pop".into(),
            seed: 1,
            take: 0,
        }];
        assert_eq!(places(&ids, &written(&s, &tracks, false)), [1, 2]);
        assert_eq!(places(&ids, &written(&s, &tracks, true)), [0, 3, 4, 5, 6]);
    }

    #[test]
    fn selections_join_as_sets_do() {
        let set = |ids: &[u32]| -> BTreeSet<NoteId> { ids.iter().map(|i| NoteId(*i)).collect() };
        let before = set(&[1, 2, 3]);
        let joined = |how: Joining| how.of(&before, set(&[3, 4]));
        assert_eq!(joined(Joining::Replace), set(&[3, 4]));
        assert_eq!(joined(Joining::Add), set(&[1, 2, 3, 4]));
        assert_eq!(joined(Joining::Subtract), set(&[1, 2]));
        assert_eq!(joined(Joining::Within), set(&[3]));
    }
}
