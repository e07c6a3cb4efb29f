//! Notes that overlap go to different voices; those that begin and end together are a chord.

use super::Told;
use super::grid::Sounding;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Voices a staff can have: more no notation program shows.
pub(super) const VOICES: usize = 4;

/// Notes that begin and end together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chord {
    /// Divisions from the start of the piece.
    pub start: u64,
    pub end: u64,
    /// Pitch and velocity, lowest first, no pitch twice.
    pub notes: Vec<(u8, u8)>,
}

/// Deals notes out to at most [`VOICES`] voices, in each of which nothing overlaps. No two of the notes have one pitch at one
/// time. Where the voices are not enough the note that would end first ends where the next begins.
pub(super) fn separate(notes: &[Sounding], told: &mut Told) -> Vec<Vec<Chord>> {
    let mut together: BTreeMap<(u64, u64), BTreeMap<u8, u8>> = BTreeMap::new();
    for n in notes {
        let chord = together.entry((n.start, n.end)).or_default();
        chord.insert(n.pitch, n.velocity);
    }
    let mut chords: Vec<Chord> = together
        .into_iter()
        .map(|((start, end), notes)| Chord {
            start,
            end,
            notes: notes.into_iter().collect(),
        })
        .collect();
    // What is highest goes to the first voice.
    chords.sort_by_key(|c| (c.start, Reverse(c.notes.last().map(|n| n.0))));
    let mut voices: Vec<Vec<Chord>> = Vec::new();
    for chord in chords {
        let free = voices
            .iter()
            .position(|v| v.last().is_none_or(|last| last.end <= chord.start));
        match free {
            Some(i) => {
                if let Some(voice) = voices.get_mut(i) {
                    voice.push(chord);
                }
            }
            None if voices.len() < VOICES => voices.push(vec![chord]),
            None => squeeze(&mut voices, chord, told),
        }
    }
    voices
}

/// Makes room where every voice sounds.
fn squeeze(voices: &mut [Vec<Chord>], chord: Chord, told: &mut Told) {
    let ends_first = voices
        .iter_mut()
        .filter(|v| v.last().is_some_and(|last| last.start < chord.start))
        .min_by_key(|v| v.last().map(|last| last.end));
    if let Some(voice) = ends_first {
        if let Some(last) = voice.last_mut() {
            last.end = chord.start;
            told.squeezed += last.notes.len() as u64;
        }
        voice.push(chord);
        return;
    }
    // All four began at this very moment: the nearest in length takes the notes in.
    let nearest = voices
        .iter_mut()
        .filter_map(|v| v.last_mut())
        .min_by_key(|last| last.end.abs_diff(chord.end));
    if let Some(host) = nearest {
        told.squeezed += chord.notes.len() as u64;
        for note in chord.notes {
            if !host.notes.iter().any(|n| n.0 == note.0) {
                host.notes.push(note);
            }
        }
        host.notes.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(start: u64, end: u64, pitch: u8) -> Sounding {
        Sounding {
            start,
            end,
            pitch,
            velocity: 80,
        }
    }

    #[test]
    fn chords_are_one_voice_and_a_held_bass_is_another() {
        let notes = [
            note(0, 96, 64),
            note(0, 96, 67),
            note(0, 192, 48),
            note(96, 192, 65),
        ];
        let mut told = Told::default();
        let voices = separate(&notes, &mut told);
        assert_eq!(voices.len(), 2);
        assert_eq!(voices[0].len(), 2);
        assert_eq!(voices[0][0].notes, [(64, 80), (67, 80)]);
        assert_eq!(voices[1][0].notes, [(48, 80)]);
        assert_eq!(told, Told::default());
    }

    #[test]
    fn a_fifth_voice_cuts_the_note_that_would_end_first() {
        let notes: Vec<Sounding> = (0..5)
            .map(|i| note(i * 24, 400 + i, 60 + i as u8))
            .collect();
        let mut told = Told::default();
        let voices = separate(&notes, &mut told);
        assert_eq!(voices.len(), VOICES);
        assert_eq!(told.squeezed, 1);
        assert_eq!(voices[0][0].end, 96);
        for v in &voices {
            assert!(v.windows(2).all(|w| w[0].end <= w[1].start));
        }
    }

    #[test]
    fn five_lengths_at_one_moment_become_four() {
        let notes: Vec<Sounding> = (0..5).map(|i| note(0, 24 + 24 * i, 60 + i as u8)).collect();
        let mut told = Told::default();
        let voices = separate(&notes, &mut told);
        assert_eq!(told.squeezed, 1);
        let count: usize = voices.iter().flatten().map(|c| c.notes.len()).sum();
        assert_eq!(count, 5);
    }
}
