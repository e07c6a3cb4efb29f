//! All pitched tracks of a piece as one: what a piano roll sees of it.

use crate::score::{Score, Track};
use std::sync::Arc;

/// The piece with the notes of all pitched tracks on the first of them. Of notes that begin together on one key the
/// longest stays.
pub fn merge(score: &Score) -> Score {
    let mut notes: Vec<_> = score
        .tracks
        .iter()
        .filter(|t| !t.is_drums())
        .flat_map(|t| t.notes.iter().copied())
        .collect();
    notes.sort_by_key(|n| (n.start, n.pitch, std::cmp::Reverse(n.length), n.id));
    notes.dedup_by_key(|n| (n.start, n.pitch));
    let mut merged = score.clone();
    merged.tracks.clear();
    for track in &score.tracks {
        if track.is_drums() {
            merged.tracks.push(track.clone());
        } else if !notes.is_empty() {
            let mut one = Track::clone(track);
            one.notes = std::mem::take(&mut notes);
            one.sort();
            merged.tracks.push(Arc::new(one));
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pitched_notes_stand_on_one_track_and_drums_on_their_own() {
        let mut s = Score::default();
        let a = s.add_track("Line", 0, 0);
        let drums = s.add_track("Drums", 9, 0);
        let b = s.add_track("Chords", 1, 0);
        s.add_note(a, 480, 100, 60, 80);
        s.add_note(drums, 0, 10, 36, 80);
        s.add_note(b, 0, 480, 48, 50);
        s.add_note(b, 480, 300, 60, 50);
        let one = merge(&s);
        assert_eq!(one.tracks.len(), 2);
        let notes: Vec<_> = one.tracks[0].notes.iter().collect();
        let heard: Vec<_> = notes.iter().map(|n| (n.start, n.length, n.pitch)).collect();
        assert_eq!(heard, [(0, 480, 48), (480, 300, 60)]);
        assert_eq!(one.tracks[1].notes.len(), 1);
        assert_eq!(merge(&one), one);
    }
}
