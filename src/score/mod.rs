//! The piece and what may be done to it. Knows nothing of files, tensors, windows or sound.

pub mod chord;
pub mod curve;
pub mod difference;
pub mod document;
pub mod edit;
pub mod history;
pub mod key;
pub mod lock;
pub mod mask;
pub mod note;
pub mod origin;
mod packed;
pub mod repeat;
pub mod section;
pub mod select;
pub mod shape;
pub mod take;
pub mod theory;
pub mod time;
pub mod timeline;
pub mod track;
pub mod version;

pub use curve::Wheel;
pub use difference::Difference;
pub use document::Document;
pub use edit::{Edit, EditError};
pub use history::History;
pub use mask::{Attributes, Mask, Rect, Region, Strip};
pub use note::{Note, NoteId, pitch_name};
pub use origin::Origin;
pub use section::Section;
pub use take::{Constraints, Fork, Recipe, SamplerSettings, Take, TakeNote};
pub use time::{Bars, Clock, KeySignature, Meter, Tempo};
pub use timeline::Marker;
pub use track::{ChannelEvent, ChannelEventKind, Mix, Track, TrackId};
pub use version::Version;

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A text-like or opaque event that belongs to a chunk of the file rather than to a voice.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MetaKind {
    Text(Vec<u8>),
    Copyright(Vec<u8>),
    Lyric(Vec<u8>),
    Marker(Vec<u8>),
    CuePoint(Vec<u8>),
    InstrumentName(Vec<u8>),
    ProgramName(Vec<u8>),
    DeviceName(Vec<u8>),
    SequencerSpecific(Vec<u8>),
    /// A system-exclusive message without its leading 0xF0.
    SysEx(Vec<u8>),
    /// An escape (0xF7) packet.
    Escape(Vec<u8>),
    /// Any other meta event: type byte and body.
    Other(u8, Vec<u8>),
}

/// Something a file said that neither sounds nor moves the clock. Kept so that it can be written back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MetaEvent {
    pub tick: u32,
    /// The MTrk chunk it stood in.
    pub chunk: u16,
    pub kind: MetaKind,
}

/// A piece: voices over a shared grid of ticks. Cheap to clone: tracks are shared until they change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Score {
    pub title: String,
    /// Ticks a quarter note, 1..=32767.
    pub ppq: u16,
    /// The voices, in the order they are shown.
    pub tracks: Vec<Arc<Track>>,
    /// Sorted by tick.
    pub tempos: Vec<Tempo>,
    /// Sorted by tick.
    pub meters: Vec<Meter>,
    /// Sorted by tick.
    pub keys: Vec<KeySignature>,
    /// Sorted by tick, file order kept within a tick.
    pub metas: Vec<MetaEvent>,
    /// Names of the MTrk chunks of the file, by chunk; also says how many there were.
    pub chunks: Vec<String>,
    /// End-of-track tick of each chunk where the file's lay beyond its last event.
    pub chunk_ends: Vec<u32>,
    /// The next free id, for notes and tracks alike.
    pub next_id: u32,
    /// Which notes came with takes that were kept, in the order of their ids; all others are the hand's.
    /// Not part of a MIDI file.
    #[serde(default)]
    pub origins: Vec<Origin>,
    /// The key a person chose for the piece; without one it is found in the notes. Not part of a MIDI file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<key::Key>,
}

impl PartialEq for Score {
    /// Tracks that two scores share are equal without a look at their notes.
    fn eq(&self, other: &Score) -> bool {
        // Taken apart, so that no field is ever forgotten.
        let Score {
            title,
            ppq,
            tracks,
            tempos,
            meters,
            keys,
            metas,
            chunks,
            chunk_ends,
            next_id,
            origins,
            key,
        } = self;
        *next_id == other.next_id
            && *ppq == other.ppq
            && tracks.len() == other.tracks.len()
            && *title == other.title
            && *tempos == other.tempos
            && *meters == other.meters
            && *keys == other.keys
            && *metas == other.metas
            && *chunks == other.chunks
            && *chunk_ends == other.chunk_ends
            && *origins == other.origins
            && *key == other.key
            && tracks
                .iter()
                .zip(&other.tracks)
                .all(|(a, b)| Arc::ptr_eq(a, b) || a == b)
    }
}

impl Default for Score {
    fn default() -> Self {
        Score {
            title: "Untitled".into(),
            ppq: 480,
            tracks: Vec::new(),
            tempos: Vec::new(),
            meters: Vec::new(),
            keys: Vec::new(),
            metas: Vec::new(),
            chunks: Vec::new(),
            chunk_ends: Vec::new(),
            next_id: 1,
            origins: Vec::new(),
            key: None,
        }
    }
}

impl Score {
    /// A fresh id for a note or a track.
    pub fn fresh(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Adds a track and returns its id.
    pub fn add_track(&mut self, name: impl Into<String>, channel: u8, program: u8) -> TrackId {
        let id = TrackId(self.fresh());
        let mut track = Track::new(id, name, channel, program);
        track.chunk = self
            .tracks
            .iter()
            .map(|t| t.chunk + 1)
            .max()
            .unwrap_or(1)
            .max(1);
        self.tracks.push(Arc::new(track));
        id
    }

    /// Adds a note to a track, in order; nothing happens if there is no such track.
    pub fn add_note(
        &mut self,
        track: TrackId,
        start: u32,
        length: u32,
        pitch: u8,
        velocity: u8,
    ) -> NoteId {
        let id = NoteId(self.fresh());
        if let Some(t) = self.track_mut(track) {
            let note = Note {
                id,
                start,
                length,
                pitch,
                velocity,
                release: Some(64),
            };
            let at = t.notes.partition_point(|n| n.order() <= note.order());
            t.notes.insert(at, note);
        }
        id
    }

    /// The track of that id.
    pub fn track(&self, id: TrackId) -> Option<&Track> {
        self.tracks.iter().find(|t| t.id == id).map(Arc::as_ref)
    }

    /// The track of that id, to be changed; copied first if it is shared.
    pub fn track_mut(&mut self, id: TrackId) -> Option<&mut Track> {
        self.tracks
            .iter_mut()
            .find(|t| t.id == id)
            .map(Arc::make_mut)
    }

    /// All notes with their track.
    pub fn notes(&self) -> impl Iterator<Item = (TrackId, &Note)> {
        self.tracks
            .iter()
            .flat_map(|t| t.notes.iter().map(|n| (t.id, n)))
    }

    /// Those of these ids that a note of the piece bears.
    pub fn present(&self, ids: &BTreeSet<NoteId>) -> BTreeSet<NoteId> {
        // Most notes of a big piece are told apart by the range of ids alone.
        let (Some(&first), Some(&last)) = (ids.first(), ids.last()) else {
            return BTreeSet::new();
        };
        let all = self.notes().map(|(_, n)| n.id);
        all.filter(|id| *id >= first && *id <= last && ids.contains(id))
            .collect()
    }

    /// Whether every one of these notes is in the piece just as it is here.
    pub fn holds(&self, notes: &[Note]) -> bool {
        let ids: BTreeSet<NoteId> = notes.iter().map(|n| n.id).collect();
        let (Some(&first), Some(&last)) = (ids.first(), ids.last()) else {
            return true;
        };
        let near = self.notes().filter(|(_, n)| n.id >= first && n.id <= last);
        let here: std::collections::HashMap<NoteId, Note> = near.map(|(_, n)| (n.id, *n)).collect();
        notes.iter().all(|n| here.get(&n.id) == Some(n))
    }

    /// Number of notes on all tracks.
    pub fn note_count(&self) -> usize {
        self.tracks.iter().map(|t| t.notes.len()).sum()
    }

    /// Tick at which the last note stops; 0 for a piece without notes.
    pub fn end(&self) -> u32 {
        self.notes().map(|(_, n)| n.end()).max().unwrap_or(0)
    }

    /// The bars of the piece.
    pub fn bars(&self) -> Bars {
        Bars::new(&self.meters, self.ppq)
    }

    /// Number of bars that hold notes or are crossed by one; at least one.
    pub fn bar_count(&self) -> u32 {
        self.bars().count_until(self.end())
    }

    /// Converts between ticks and seconds.
    pub fn clock(&self) -> Clock {
        Clock::new(&self.tempos, self.ppq)
    }

    /// Tempo in force at a tick, in beats (quarters) a minute.
    pub fn bpm_at(&self, tick: u32) -> f64 {
        let i = self.tempos.partition_point(|t| t.tick <= tick);
        i.checked_sub(1).map_or(120.0, |i| self.tempos[i].bpm())
    }

    /// The score with the masked notes replaced by the take's. Nothing outside the mask is touched: not a
    /// tick, not a velocity, not the order of a controller. New notes that would fall outside the mask
    /// (a faulty model could ask for them) are left out, and so are those on a locked track.
    pub fn with_take(&self, mask: &Mask, take: &Take) -> Score {
        let mut score = self.with_notes(mask, &take.notes);
        score.credit(self.next_id, take);
        score
    }

    /// As [`Score::with_take`], of the notes alone: nobody is noted down as their writer.
    pub fn with_notes(&self, mask: &Mask, notes: &[TakeNote]) -> Score {
        let mut score = self.clone();
        for track in &mut score.tracks {
            let chosen: Vec<bool> = track
                .notes
                .iter()
                .map(|n| mask.selects(track.id, n))
                .collect();
            let new: Vec<&TakeNote> = notes.iter().filter(|n| n.track == track.id).collect();
            if track.locked || (new.is_empty() && !chosen.contains(&true)) {
                continue;
            }
            let track = Arc::make_mut(track);
            let mut keep = chosen.iter().map(|c| !c);
            track.notes.retain(|_| keep.next().unwrap_or(true));
            for n in new {
                let replaces = n.replaces.is_some_and(|old| {
                    self.track(track.id)
                        .and_then(|t| t.note(old))
                        .is_some_and(|old| mask.selects(track.id, old))
                });
                if !replaces && !mask.covers(track.id, n.start, n.pitch) {
                    continue;
                }
                let id = NoteId(score.next_id);
                score.next_id += 1;
                track.notes.push(Note {
                    id,
                    start: n.start,
                    length: n.length.max(1),
                    pitch: n.pitch.min(127),
                    velocity: n.velocity.clamp(1, 127),
                    release: Some(64),
                });
            }
            track.sort();
        }
        score
    }
}
