//! A track: one voice of the piece with its notes, its channel events and its place in the mix.

use super::note::{Note, NoteId};
use serde::{Deserialize, Serialize};

/// Names a track for as long as the piece lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrackId(pub u32);

/// What a channel event does. Values are the raw MIDI ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChannelEventKind {
    /// Controller number 0..=127, value 0..=127.
    Controller { controller: u8, value: u8 },
    /// General MIDI program 0..=127.
    Program { program: u8 },
    /// 14-bit bend, 0..=16383, centre 8192.
    PitchBend { value: u16 },
    /// Pressure of the whole channel, 0..=127.
    ChannelPressure { pressure: u8 },
    /// Pressure of one key, 0..=127 each.
    KeyPressure { key: u8, pressure: u8 },
}

/// A channel event at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChannelEvent {
    pub tick: u32,
    pub kind: ChannelEventKind,
}

/// Where a track stands in the mix. Not part of the MIDI file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mix {
    /// Linear gain, 0..=1.5; 1 leaves the synth's level alone.
    pub volume: f32,
    /// -1 (left) ..= 1 (right).
    pub pan: f32,
    pub mute: bool,
    pub solo: bool,
}

impl Default for Mix {
    fn default() -> Self {
        Mix {
            volume: 1.0,
            pan: 0.0,
            mute: false,
            solo: false,
        }
    }
}

/// One voice. Everything a Standard MIDI File says on one channel of one of its chunks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    pub id: TrackId,
    pub name: String,
    /// Which MTrk chunk the track came from and is written back to; several tracks may share one chunk.
    pub chunk: u16,
    /// MIDI channel, 0..=15; 9 is drums.
    pub channel: u8,
    /// Sorted by [`Note::order`].
    pub notes: Vec<Note>,
    /// Sorted by tick, file order kept within a tick.
    pub events: Vec<ChannelEvent>,
    /// Program that sounds before (or without) any program event.
    pub program: u8,
    pub mix: Mix,
    /// Its own colour, by its place among the theme's track colours; else its place among the tracks decides.
    /// Not part of the MIDI file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<u8>,
    /// Nothing on it may change: no edit, no take. Not part of the MIDI file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}

impl Track {
    /// An empty track.
    pub fn new(id: TrackId, name: impl Into<String>, channel: u8, program: u8) -> Self {
        Track {
            id,
            name: name.into(),
            chunk: 0,
            channel,
            notes: Vec::new(),
            events: Vec::new(),
            program,
            mix: Mix::default(),
            colour: None,
            locked: false,
        }
    }

    /// Whether the channel is General MIDI's drum channel.
    pub fn is_drums(&self) -> bool {
        self.channel == 9
    }

    /// The program in force at the first note: the first program event's, else `program`.
    pub fn first_program(&self) -> u8 {
        self.events
            .iter()
            .find_map(|e| match e.kind {
                ChannelEventKind::Program { program } => Some(program),
                _ => None,
            })
            .unwrap_or(self.program)
    }

    /// Puts the notes back in order after an edit.
    pub fn sort(&mut self) {
        self.notes.sort_by_key(Note::order);
    }

    /// Tick at which the last note stops or the last event stands.
    pub fn end(&self) -> u32 {
        let notes = self.notes.iter().map(Note::end).max().unwrap_or(0);
        notes.max(self.events.last().map_or(0, |e| e.tick))
    }

    /// The note of that id.
    pub fn note(&self, id: NoteId) -> Option<&Note> {
        self.notes.iter().find(|n| n.id == id)
    }

    /// Index range of the notes that start in `[from, to)`.
    pub fn starting_in(&self, from: u32, to: u32) -> std::ops::Range<usize> {
        let a = self.notes.partition_point(|n| n.start < from);
        let b = self.notes.partition_point(|n| n.start < to);
        a..b.max(a)
    }
}
