//! Text in MIDI files: track names and what to call a nameless track.

use crate::format::instruments::instrument_name;
use crate::score::Track;

/// Meta type of a track name.
pub const TRACK_NAME: u8 = 0x03;

/// A name as a person should see it: UTF-8, or Latin-1 where it is not, without padding.
pub fn readable(raw: &[u8]) -> String {
    let text = match std::str::from_utf8(raw) {
        Ok(t) => t.to_string(),
        Err(_) => raw.iter().map(|&b| char::from(b)).collect(),
    };
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control())
        .to_string()
}

/// What a track is called when its chunk has no name of its own.
pub fn fallback(track: &Track) -> &'static str {
    instrument_name(track.channel, track.first_program())
}
