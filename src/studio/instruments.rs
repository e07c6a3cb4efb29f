//! Finding one of the 128 General MIDI instruments by words.

use crate::format::instruments::INSTRUMENTS;

/// The sixteen families of eight programs each, program 0 first.
pub const FAMILIES: [&str; 16] = [
    "Piano",
    "Chromatic percussion",
    "Organ",
    "Guitar",
    "Bass",
    "Strings",
    "Ensemble",
    "Brass",
    "Reed",
    "Pipe",
    "Synth lead",
    "Synth pad",
    "Synth effects",
    "Ethnic",
    "Percussive",
    "Sound effects",
];

/// Name of a program, or "Drums" on a drum track.
pub fn name(program: u8, drums: bool) -> &'static str {
    if drums {
        "Drums"
    } else {
        INSTRUMENTS
            .get(program as usize)
            .copied()
            .unwrap_or("Unknown")
    }
}

/// Programs whose name or family contains every word of the query, in program order.
pub fn search(query: &str) -> Vec<u8> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    INSTRUMENTS
        .iter()
        .zip(0u8..)
        .filter(|(instrument, program)| {
            let text = format!("{instrument} {}", FAMILIES[*program as usize / 8]).to_lowercase();
            words.iter().all(|w| text.contains(w.as_str()))
        })
        .map(|(_, program)| program)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_finds_by_name_and_family() {
        assert_eq!(search("cello"), [42]);
        assert!(
            search("brass").starts_with(&[56, 57]),
            "the family of brass begins with the trumpet"
        );
        assert_eq!(search("").len(), 128);
        assert!(search("zither").is_empty());
    }
}
