//! One sounding note.

use serde::{Deserialize, Serialize};

/// Names a note for as long as the piece lives: selections, masks and takes refer to notes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NoteId(pub u32);

/// A note on a track. Times are ticks from the start of the piece (`Score::ppq` ticks a quarter note).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Note {
    pub id: NoteId,
    /// Onset in ticks.
    pub start: u32,
    /// Length in ticks; a Standard MIDI File may hold notes of length 0, and they are kept.
    pub length: u32,
    /// MIDI pitch, 0..=127 (60 is middle C).
    pub pitch: u8,
    /// MIDI attack velocity, 1..=127.
    pub velocity: u8,
    /// Release velocity of the note-off; `None` where the file ended the note with a note-on of velocity 0.
    pub release: Option<u8>,
}

impl Note {
    /// Tick at which the note stops.
    pub fn end(&self) -> u32 {
        self.start.saturating_add(self.length)
    }

    /// The order notes are kept in on a track: onset, pitch, then age.
    pub fn order(&self) -> (u32, u8, NoteId) {
        (self.start, self.pitch, self.id)
    }
}

/// Name of a pitch with its octave, middle C being C4: `pitch_name(60) == "C4"`.
pub fn pitch_name(pitch: u8) -> String {
    const NAMES: [&str; 12] = [
        "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
    ];
    format!("{}{}", NAMES[pitch as usize % 12], pitch as i32 / 12 - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middle_c_is_c4() {
        assert_eq!(pitch_name(60), "C4");
        assert_eq!(pitch_name(0), "C-1");
        assert_eq!(pitch_name(127), "G9");
    }
}
