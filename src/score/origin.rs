//! Who wrote a note: the notes that came with a take, and the model they are by.
//!
//! Takes number their notes in a row, so a kept take is one range of ids; the notes themselves know nothing
//! of it. What is made of such a note (a part, a copy) is recorded beside it. It is part of the score, so
//! that it is saved and undone with it.

use super::{NoteId, Score, Take};
use serde::{Deserialize, Serialize};

/// The notes of one kept take, or copies of them: ids in `[first, end)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub first: u32,
    pub end: u32,
    /// Id of the model.
    pub model: String,
    /// Seed of the request.
    pub seed: u64,
    /// Which take of the request it was, from 0.
    pub take: u32,
}

impl Score {
    /// Who wrote this note; `None` is the hand (or a file).
    pub fn origin(&self, note: NoteId) -> Option<&Origin> {
        let at = self.origins.partition_point(|o| o.end <= note.0);
        self.origins.get(at).filter(|o| o.first <= note.0)
    }

    /// Records that the notes numbered from `first` on are this take's.
    pub(super) fn credit(&mut self, first: u32, take: &Take) {
        if first < self.next_id {
            self.origins.push(Origin {
                first,
                end: self.next_id,
                model: take.recipe.model.clone(),
                seed: take.recipe.settings.seed,
                take: take.recipe.take,
            });
        }
    }

    /// Gives each new note the origin of the one it is a part or a copy of.
    pub(super) fn inherit(&mut self, pairs: &[(NoteId, NoteId)]) {
        for &(new, like) in pairs {
            let (Some(end), None) = (new.0.checked_add(1), self.origin(new)) else {
                continue;
            };
            let Some(origin) = self.origin(like).cloned() else {
                continue;
            };
            let at = self.origins.partition_point(|o| o.first < new.0);
            let last = at.checked_sub(1).and_then(|i| self.origins.get_mut(i));
            let same = |o: &Origin| {
                (&o.model, o.seed, o.take) == (&origin.model, origin.seed, origin.take)
            };
            match last {
                Some(o) if o.end == new.0 && same(o) => o.end = end,
                _ => {
                    let one = Origin {
                        first: new.0,
                        end,
                        ..origin
                    };
                    self.origins.insert(at, one);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::score::*;

    fn kept() -> (Score, Vec<NoteId>) {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        s.add_note(t, 0, 10, 60, 80);
        let note = |start| TakeNote {
            track: t,
            start,
            length: 10,
            pitch: 60,
            velocity: 80,
            confidence: 1.0,
            replaces: None,
        };
        let mask = Mask::of(Region::time(100, 300, None));
        let take = Take {
            name: "Take 3".into(),
            notes: vec![note(100), note(200), note(999)],
            recipe: Recipe {
                model: "pop".into(),
                model_hash: String::new(),
                mask: mask.clone(),
                settings: SamplerSettings {
                    seed: 7,
                    ..SamplerSettings::default()
                },
                constraints: Constraints::default(),
                take: 2,
                device: "CPU".into(),
            },
            millis: 1,
        };
        let s = s.with_take(&mask, &take);
        let ids = s.notes().map(|(_, n)| n.id).collect();
        (s, ids)
    }

    #[test]
    fn a_kept_take_is_known_by_its_notes() {
        let (s, ids) = kept();
        assert_eq!(ids.len(), 3, "what lies outside the mask is left out");
        assert_eq!(s.origin(ids[0]), None);
        for id in &ids[1..] {
            let o = s.origin(*id).unwrap();
            assert_eq!((o.model.as_str(), o.seed, o.take), ("pop", 7, 2));
        }
        assert_eq!(s.origin(NoteId(s.next_id)), None);
    }

    #[test]
    fn parts_and_copies_are_by_the_same_hand() {
        let (s, ids) = kept();
        let track = s.tracks[0].id;
        let copies = s.tracks[0].notes.clone();
        let (edit, new) = shape::Change {
            added: copies.iter().map(|n| (track, *n)).collect(),
            ..shape::Change::default()
        }
        .edit(&s, "Copy")
        .unwrap();
        let s = edit.apply(&Document::new(s)).unwrap().score;
        let written: Vec<bool> = new.iter().map(|id| s.origin(*id).is_some()).collect();
        assert_eq!(written, [false, true, true]);
        // The copies follow each other, so one entry holds both.
        assert_eq!(s.origins.len(), 2);
        assert!(s.origin(ids[0]).is_none());
    }

    #[test]
    fn an_origin_survives_the_project_text() {
        let (s, _) = kept();
        let text = ron::to_string(&s).unwrap();
        assert_eq!(ron::from_str::<Score>(&text).unwrap(), s);
        // A piece saved before origins were known.
        let (head, tail) = text.split_once(",origins:").unwrap();
        let old = format!("{head}{}", &tail[tail.rfind(']').unwrap() + 1..]);
        assert_eq!(ron::from_str::<Score>(&old).unwrap().origins, []);
    }
}
