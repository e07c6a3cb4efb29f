//! Keys, scales and pitch classes.

/// Semitones of the major scale above its tonic.
pub const MAJOR: [u8; 7] = [0, 2, 4, 5, 7, 9, 11];

/// Names of the twelve pitch classes, sharps.
pub const PITCH_CLASSES: [&str; 12] = [
    "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
];

/// The pitch class (0..=11) a name such as `Bb` or `F##` begins with, and what follows it; `None` for any other text.
pub fn parse_pitch_class(name: &str) -> Option<(u8, &str)> {
    let letter = name.chars().next()?;
    let step = "CDEFGAB".find(letter)?;
    let rest = name[1..].trim_start_matches(['#', 'b']);
    let accidentals = &name[1..name.len() - rest.len()];
    let sharps = accidentals.matches('#').count() as i32;
    let flats = accidentals.len() as i32 - sharps;
    let class = (i32::from(MAJOR[step]) + sharps - flats).rem_euclid(12);
    Some((class as u8, rest))
}

/// How often each pitch class occurs, C first.
pub fn pitch_class_counts(pitches: impl IntoIterator<Item = u8>) -> [u32; 12] {
    let mut counts = [0; 12];
    for p in pitches {
        counts[p as usize % 12] += 1;
    }
    counts
}

/// Tonic (0..=11) of the major scale that holds most of the counted notes; ties go to the lowest tonic.
/// A minor key answers with its relative major, which has the same notes.
pub fn best_major_tonic(counts: &[u32; 12]) -> u8 {
    let inside = |tonic: u8| -> u32 {
        MAJOR
            .iter()
            .map(|s| counts[(tonic + s) as usize % 12])
            .sum()
    };
    (0..12).max_by_key(|&t| (inside(t), 11 - t)).unwrap_or(0)
}

/// Like [`best_major_tonic`], but ties go to the scale whose tonic, fifth and sixth (the tonic of the relative
/// minor) are heard most: what a piece that avoids the fourth or the seventh leaves open.
pub fn home_tonic(counts: &[u32; 12]) -> u8 {
    let heard = |tonic: u8, steps: &[u8]| -> u32 {
        steps
            .iter()
            .map(|s| counts[(tonic + s) as usize % 12])
            .sum()
    };
    (0..12)
        .max_by_key(|&t| (heard(t, &MAJOR), heard(t, &[0, 7, 9]), 11 - t))
        .unwrap_or(0)
}

/// Whether a pitch belongs to the major scale on `tonic`.
pub fn in_major(pitch: u8, tonic: u8) -> bool {
    MAJOR.contains(&((pitch + 12 - tonic % 12) % 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gapped_scale_finds_its_home() {
        // C D E G A fits C, F and G; C, G and A are heard most.
        let pentatonic = [60, 60, 62, 64, 67, 67, 69];
        assert_eq!(home_tonic(&pitch_class_counts(pentatonic)), 0);
        assert_eq!(
            home_tonic(&pitch_class_counts(pentatonic.map(|p| p + 5))),
            5
        );
    }

    #[test]
    fn names_of_pitch_classes_are_read() {
        assert_eq!(parse_pitch_class("Bb/x"), Some((10, "/x")));
        assert_eq!(parse_pitch_class("Cb"), Some((11, "")));
        assert_eq!(parse_pitch_class("F##:maj"), Some((7, ":maj")));
        assert_eq!(parse_pitch_class("N"), None);
        assert_eq!(parse_pitch_class(""), None);
    }

    #[test]
    fn a_scale_finds_its_tonic() {
        for tonic in 0..12u8 {
            let c = pitch_class_counts(MAJOR.iter().map(|s| 60 + tonic + s));
            assert_eq!(best_major_tonic(&c), tonic);
            assert!(in_major(60 + tonic, tonic) && !in_major(61 + tonic, tonic));
        }
    }
}
