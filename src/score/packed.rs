//! A state of the work kept as what differs from a neighbouring state. A step of the history that moved one note of a
//! hundred thousand then takes bytes, not megabytes.

use super::difference::in_common;
use super::{ChannelEvent, Document, Note, Score, Track, TrackId};
use std::sync::Arc;

/// A list as what differs from another: so much from the front of it, this, and so much from its end.
#[derive(Clone, Debug)]
struct Part<T> {
    front: usize,
    middle: Vec<T>,
    back: usize,
}

impl<T: Clone + PartialEq> Part<T> {
    fn of(list: &[T], base: &[T]) -> Part<T> {
        let (front, back) = in_common(list, base);
        let middle = list.get(front..list.len() - back).unwrap_or(&[]).to_vec();
        Part {
            front,
            middle,
            back,
        }
    }

    fn whole(&self, base: &[T]) -> Vec<T> {
        let mut list = Vec::with_capacity(self.front + self.middle.len() + self.back);
        list.extend_from_slice(base.get(..self.front).unwrap_or(&[]));
        list.extend_from_slice(&self.middle);
        let back = base.len().saturating_sub(self.back);
        list.extend_from_slice(base.get(back..).unwrap_or(&[]));
        list
    }
}

#[derive(Clone, Debug)]
enum PackedTrack {
    /// The neighbour's own.
    Same(TrackId),
    /// The neighbour has no such track.
    Whole(Arc<Track>),
    Changed {
        /// Everything but notes and events.
        shell: Box<Track>,
        notes: Part<Note>,
        events: Part<ChannelEvent>,
    },
}

#[derive(Clone, Debug)]
enum PackedScore {
    Same,
    Changed {
        /// Everything but the tracks.
        shell: Box<Score>,
        tracks: Vec<PackedTrack>,
    },
}

/// A document packed beside a base. Unpacked with the same base it is the same to the byte.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Everything but the score.
    rest: Document,
    score: PackedScore,
}

impl Packed {
    /// Packs a document beside a neighbouring one.
    pub fn new(document: &Document, base: &Document) -> Packed {
        let score = match Arc::ptr_eq(&document.score, &base.score) {
            true => PackedScore::Same,
            false => pack(&document.score, &base.score),
        };
        Packed {
            rest: Document {
                score: Arc::default(),
                ..document.clone()
            },
            score,
        }
    }

    /// The document, given the one it was packed beside.
    pub fn unpack(self, base: &Document) -> Document {
        let score = match self.score {
            PackedScore::Same => base.score.clone(),
            PackedScore::Changed { shell, tracks } => {
                let mut score = *shell;
                score.tracks = tracks
                    .into_iter()
                    .filter_map(|t| unpack(t, &base.score))
                    .collect();
                Arc::new(score)
            }
        };
        Document { score, ..self.rest }
    }
}

fn find(score: &Score, id: TrackId) -> Option<&Arc<Track>> {
    score.tracks.iter().find(|t| t.id == id)
}

fn pack(score: &Score, base: &Score) -> PackedScore {
    let tracks = score.tracks.iter().map(|track| {
        let Some(other) = find(base, track.id) else {
            return PackedTrack::Whole(track.clone());
        };
        if Arc::ptr_eq(other, track) {
            return PackedTrack::Same(track.id);
        }
        PackedTrack::Changed {
            shell: Box::new(shell(track)),
            notes: Part::of(&track.notes, &other.notes),
            events: Part::of(&track.events, &other.events),
        }
    });
    PackedScore::Changed {
        tracks: tracks.collect(),
        shell: Box::new(Score {
            tracks: Vec::new(),
            title: score.title.clone(),
            tempos: score.tempos.clone(),
            meters: score.meters.clone(),
            keys: score.keys.clone(),
            metas: score.metas.clone(),
            chunks: score.chunks.clone(),
            chunk_ends: score.chunk_ends.clone(),
            origins: score.origins.clone(),
            ..*score
        }),
    }
}

fn shell(track: &Track) -> Track {
    Track {
        name: track.name.clone(),
        notes: Vec::new(),
        events: Vec::new(),
        ..*track
    }
}

fn unpack(track: PackedTrack, base: &Score) -> Option<Arc<Track>> {
    match track {
        PackedTrack::Same(id) => find(base, id).cloned(),
        PackedTrack::Whole(track) => Some(track),
        PackedTrack::Changed {
            shell,
            notes,
            events,
        } => {
            let other = find(base, shell.id)?;
            let mut track = *shell;
            track.notes = notes.whole(&other.notes);
            track.events = events.whole(&other.events);
            Some(Arc::new(track))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_list_comes_back_from_its_part(
            list in prop::collection::vec(0u8..4, 0..12),
            base in prop::collection::vec(0u8..4, 0..12),
        ) {
            prop_assert_eq!(Part::of(&list, &base).whole(&base), list);
        }
    }

    #[test]
    fn a_document_comes_back_whatever_changed_and_shares_what_did_not() {
        let mut s = Score::default();
        let (a, b) = (s.add_track("A", 0, 0), s.add_track("B", 1, 0));
        for i in 0..100 {
            s.add_note(a, i * 10, 10, 60, 80);
            s.add_note(b, i * 10, 10, 60, 80);
        }
        let base = Document::new(s.clone());
        let mut other = s;
        other.title = "Other".into();
        other.add_note(b, 333, 10, 61, 80);
        other.add_track("C", 2, 0);
        other.tracks.swap(0, 2);
        let document = Document::new(other);
        let packed = Packed::new(&document, &base);
        if let PackedScore::Changed { tracks, .. } = &packed.score
            && let Some(PackedTrack::Changed { notes, .. }) = tracks.get(1)
        {
            assert_eq!(notes.middle.len(), 1);
        } else {
            panic!("B was to be packed");
        }
        let back = packed.unpack(&base);
        assert_eq!(back, document);
        assert!(Arc::ptr_eq(&back.score.tracks[2], &base.score.tracks[0]));
        let same = Packed::new(&base, &base).unpack(&base);
        assert!(Arc::ptr_eq(&same.score, &base.score));
    }
}
