//! Locked tracks: what may not change, whoever asks. An edit that would change one is refused, a mask does not reach
//! it, and no take is merged into it.

use super::{Edit, Mask, Note, NoteId, Region, Score, Track, TrackId};
use std::borrow::Cow;
use std::collections::BTreeSet;

impl Score {
    /// The tracks that may not change.
    pub fn locked_tracks(&self) -> BTreeSet<TrackId> {
        let locked = self.tracks.iter().filter(|t| t.locked);
        locked.map(|t| t.id).collect()
    }

    /// The mask as far as it may be written: without locked tracks.
    pub fn open<'m>(&self, mask: &'m Mask) -> Cow<'m, Mask> {
        let locked = self.locked_tracks();
        if locked.is_empty() || mask.is_empty() {
            return Cow::Borrowed(mask);
        }
        let mut open = mask.clone();
        open.subtract(Region::time(0, u32::MAX, Some(locked)));
        Cow::Owned(open)
    }
}

impl Edit {
    /// The first locked track this edit would change. Its place, its name, its look and how loud it is are not what a
    /// lock keeps, nor are undo and the versions of the whole piece.
    pub fn locked<'s>(&self, score: &'s Score) -> Option<&'s Track> {
        let mut locked = score
            .tracks
            .iter()
            .map(AsRef::as_ref)
            .filter(|t: &&Track| t.locked);
        let holds = |t: &Track, is_meant: &dyn Fn(NoteId) -> bool| {
            t.notes.iter().map(|n: &Note| n.id).any(is_meant)
        };
        match self {
            Edit::AddNotes { track, .. }
            | Edit::AddEvents { track, .. }
            | Edit::SetEvents { track, .. }
            | Edit::SetProgram { track, .. }
            | Edit::RemoveTrack(track) => locked.find(|t| t.id == *track),
            Edit::RemoveNotes(ids) => locked.find(|t| holds(t, &|id| ids.contains(&id))),
            Edit::ChangeNotes(notes) => {
                let first = locked.next()?;
                let ids: BTreeSet<NoteId> = notes.iter().map(|n| n.id).collect();
                std::iter::once(first)
                    .chain(locked)
                    .find(|t| holds(t, &|id| ids.contains(&id)))
            }
            // What lies behind the place would move.
            Edit::InsertTime { at, .. } => locked.find(|t| t.end() >= *at && t.end() > 0),
            Edit::RepeatTime { from, .. } | Edit::RemoveTime { from, .. } => {
                locked.find(|t| t.end() >= *from && t.end() > 0)
            }
            Edit::Together { edits, .. } => edits.iter().find_map(|e| e.locked(score)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Document, EditError, Mix, Recipe, Take, TakeNote};

    /// A locked melody and an open bass.
    fn piece() -> (Document, TrackId, TrackId) {
        let mut s = Score::default();
        let melody = s.add_track("Melody", 0, 0);
        let bass = s.add_track("Bass", 1, 32);
        for k in 0..4 {
            s.add_note(melody, k * 480, 480, 72, 80);
            s.add_note(bass, k * 480, 480, 40, 80);
        }
        s.track_mut(melody).unwrap().locked = true;
        (Document::new(s), melody, bass)
    }

    #[test]
    fn edits_of_a_locked_track_are_refused_by_its_name_and_others_are_not() {
        let (doc, melody, bass) = piece();
        let of = |t: TrackId| doc.score.track(t).unwrap().notes[1];
        let both = |track: TrackId| {
            let note = of(track);
            [
                Edit::AddNotes {
                    track,
                    notes: vec![note],
                },
                Edit::RemoveNotes([note.id].into()),
                Edit::ChangeNotes(vec![Note { pitch: 60, ..note }]),
                Edit::SetEvents {
                    track,
                    events: Vec::new(),
                },
                Edit::AddEvents {
                    track,
                    events: Vec::new(),
                },
                Edit::SetProgram { track, program: 3 },
                Edit::RemoveTrack(track),
            ]
        };
        for (refused, allowed) in both(melody).into_iter().zip(both(bass)) {
            let e = refused.clone().apply(&doc);
            assert_eq!(e, Err(EditError::Locked("Melody".into())), "{refused:?}");
            let e = Edit::Together {
                label: "Both".into(),
                edits: vec![allowed.clone(), refused],
            };
            assert!(e.locked(&doc.score).is_some() && e.apply(&doc).is_err());
            assert!(allowed.apply(&doc).is_ok());
        }
        for looks in [
            Edit::SetMix {
                track: melody,
                mix: Mix {
                    mute: true,
                    ..Mix::default()
                },
            },
            Edit::RenameTrack {
                track: melody,
                name: "Tune".into(),
            },
            Edit::SetColour {
                track: melody,
                colour: 3,
            },
            Edit::MoveTrack {
                track: melody,
                to: 1,
            },
            Edit::SetLock {
                track: melody,
                locked: false,
            },
        ] {
            assert!(looks.apply(&doc).is_ok());
        }
    }

    #[test]
    fn files_of_before_locks_and_keys_are_read_and_written_as_they_were() {
        let mut s = Score::default();
        s.add_track("Melody", 0, 0);
        let text = ron::to_string(&s).unwrap();
        assert!(
            !text.contains("locked") && !text.contains(",key:"),
            "{text}"
        );
        assert_eq!(ron::from_str::<Score>(&text).unwrap(), s);
        s.key = Some(crate::score::key::Key::minor(9));
        s.tracks = vec![std::sync::Arc::new(Track {
            locked: true,
            ..(*s.tracks[0]).clone()
        })];
        let text = ron::to_string(&s).unwrap();
        assert_eq!(ron::from_str::<Score>(&text).unwrap(), s);
    }

    #[test]
    fn time_is_not_moved_under_a_locked_track() {
        let (doc, ..) = piece();
        for e in [
            Edit::InsertTime {
                at: 480,
                length: 480,
            },
            Edit::RemoveTime { from: 0, to: 480 },
            Edit::RepeatTime { from: 0, to: 480 },
        ] {
            assert_eq!(e.apply(&doc), Err(EditError::Locked("Melody".into())));
        }
        let behind = Edit::InsertTime {
            at: 9600,
            length: 480,
        };
        assert!(behind.apply(&doc).is_ok(), "nothing of it moves");
    }

    #[test]
    fn no_mask_reaches_it_and_no_take_is_merged_into_it() {
        let (doc, melody, bass) = piece();
        let named = doc.score.track(melody).unwrap().notes[0];
        let mut mask = Mask::of(Region::time(0, 960, None));
        mask.add(Region::notes([named.id]));
        mask.invert(1920);
        mask.invert(960);
        let open = doc.score.open(&mask);
        let open_on = |t: TrackId| {
            let notes = &doc.score.track(t).unwrap().notes;
            notes.iter().filter(|n| open.selects(t, n)).count()
        };
        assert_eq!(open_on(melody), 0);
        assert!(open_on(bass) > 0);
        let note = |track| TakeNote {
            track,
            start: 0,
            length: 480,
            pitch: 50,
            velocity: 80,
            confidence: 1.0,
            replaces: None,
        };
        let mask = Mask::of(Region::time(0, 1920, None));
        let take = Take {
            name: "Take 1".into(),
            recipe: Recipe {
                model: "pop".into(),
                model_hash: String::new(),
                mask: mask.clone(),
                settings: Default::default(),
                constraints: Default::default(),
                take: 0,
                device: "CPU".into(),
            },
            notes: vec![note(melody), note(bass)],
            millis: 1,
        };
        let merged = doc.score.with_take(&mask, &take);
        assert_eq!(merged.track(melody), doc.score.track(melody));
        assert_eq!(merged.track(bass).unwrap().notes.len(), 1);
    }
}
