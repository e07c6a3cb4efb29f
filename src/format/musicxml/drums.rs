//! Where General MIDI's drums stand on a staff of five lines.

/// A drum as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drum {
    pub key: u8,
    pub name: &'static str,
    /// Step and octave as if the staff had a treble clef.
    pub step: char,
    pub octave: u8,
    /// Cymbals have crosses for heads.
    pub cross: bool,
}

const fn drum(key: u8, name: &'static str, step: char, octave: u8, cross: bool) -> Drum {
    Drum {
        key,
        name,
        step,
        octave,
        cross,
    }
}

/// General MIDI level 1's drums, by key, where most drum parts have them; the percussion of a band shares the upper spaces.
const DRUMS: [Drum; 47] = [
    drum(35, "Acoustic Bass Drum", 'E', 4, false),
    drum(36, "Bass Drum", 'F', 4, false),
    drum(37, "Side Stick", 'C', 5, true),
    drum(38, "Snare", 'C', 5, false),
    drum(39, "Hand Clap", 'D', 5, true),
    drum(40, "Electric Snare", 'C', 5, false),
    drum(41, "Low Floor Tom", 'G', 4, false),
    drum(42, "Closed Hi-Hat", 'G', 5, true),
    drum(43, "High Floor Tom", 'A', 4, false),
    drum(44, "Pedal Hi-Hat", 'D', 4, true),
    drum(45, "Low Tom", 'B', 4, false),
    drum(46, "Open Hi-Hat", 'G', 5, true),
    drum(47, "Low-Mid Tom", 'B', 4, false),
    drum(48, "High-Mid Tom", 'D', 5, false),
    drum(49, "Crash Cymbal 1", 'A', 5, true),
    drum(50, "High Tom", 'E', 5, false),
    drum(51, "Ride Cymbal 1", 'F', 5, true),
    drum(52, "Chinese Cymbal", 'B', 5, true),
    drum(53, "Ride Bell", 'F', 5, true),
    drum(54, "Tambourine", 'E', 5, true),
    drum(55, "Splash Cymbal", 'B', 5, true),
    drum(56, "Cowbell", 'E', 5, true),
    drum(57, "Crash Cymbal 2", 'A', 5, true),
    drum(58, "Vibraslap", 'D', 5, true),
    drum(59, "Ride Cymbal 2", 'F', 5, true),
    drum(60, "High Bongo", 'E', 5, false),
    drum(61, "Low Bongo", 'D', 5, false),
    drum(62, "Mute High Conga", 'E', 5, true),
    drum(63, "Open High Conga", 'E', 5, false),
    drum(64, "Low Conga", 'D', 5, false),
    drum(65, "High Timbale", 'E', 5, false),
    drum(66, "Low Timbale", 'D', 5, false),
    drum(67, "High Agogo", 'E', 5, true),
    drum(68, "Low Agogo", 'D', 5, true),
    drum(69, "Cabasa", 'C', 5, true),
    drum(70, "Maracas", 'C', 5, true),
    drum(71, "Short Whistle", 'E', 5, true),
    drum(72, "Long Whistle", 'D', 5, true),
    drum(73, "Short Guiro", 'C', 5, true),
    drum(74, "Long Guiro", 'B', 4, true),
    drum(75, "Claves", 'C', 5, true),
    drum(76, "High Wood Block", 'E', 5, true),
    drum(77, "Low Wood Block", 'D', 5, true),
    drum(78, "Mute Cuica", 'C', 5, true),
    drum(79, "Open Cuica", 'C', 5, false),
    drum(80, "Mute Triangle", 'F', 5, true),
    drum(81, "Open Triangle", 'F', 5, false),
];

/// The drum of a key; keys that General MIDI gives no drum stand on the middle line.
pub(super) fn of(key: u8) -> Drum {
    let known = DRUMS.iter().find(|d| d.key == key).copied();
    known.unwrap_or(drum(key, "Percussion", 'B', 4, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_key_of_general_midi_once() {
        let keys: Vec<u8> = DRUMS.iter().map(|d| d.key).collect();
        assert_eq!(keys, (35..=81).collect::<Vec<_>>());
    }
}
