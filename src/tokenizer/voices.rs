//! Which track is which voice, for representations with a fixed number of voices.

use crate::score::{Score, Track};

/// The pitched track of each named voice: the one whose name holds the voice's, else the next in the order
/// of the piece. Tracks without notes count only if `empty`.
pub(super) fn find<'a>(score: &'a Score, names: &[&str], empty: bool) -> Vec<Option<&'a Track>> {
    let mut left: Vec<&Track> = score
        .tracks
        .iter()
        .map(|t| t.as_ref())
        .filter(|t| !t.is_drums() && (empty || !t.notes.is_empty()))
        .collect();
    let mut voices: Vec<Option<&Track>> = names
        .iter()
        .map(|name| {
            let at = left
                .iter()
                .position(|t| t.name.to_lowercase().contains(name))?;
            Some(left.remove(at))
        })
        .collect();
    let mut left = left.into_iter();
    for voice in &mut voices {
        if voice.is_none() {
            *voice = left.next();
        }
    }
    voices
}

/// As [`find`] of tracks with notes; voices that none plays get the tracks without, by name and then in order.
pub(super) fn with_empty<'a>(score: &'a Score, names: &[&str]) -> Vec<Option<&'a Track>> {
    let mut voices = find(score, names, false);
    let mut left: Vec<&Track> = score
        .tracks
        .iter()
        .map(|t| t.as_ref())
        .filter(|t| !t.is_drums() && t.notes.is_empty())
        .collect();
    for (voice, name) in voices.iter_mut().zip(names) {
        let named = |t: &&Track| t.name.to_lowercase().contains(name);
        if let Some(at) = left.iter().position(named).filter(|_| voice.is_none()) {
            *voice = Some(left.remove(at));
        }
    }
    let mut left = left.into_iter();
    for voice in voices.iter_mut().filter(|v| v.is_none()) {
        *voice = left.next();
    }
    voices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_before_the_order_of_the_piece() {
        let mut s = Score::default();
        for name in ["Strings", "Piano", "Lead melody"] {
            let t = s.add_track(name, 0, 0);
            s.add_note(t, 0, 4, 60, 90);
        }
        s.add_track("Bridge", 0, 0);
        let names = |empty| {
            find(&s, &["melody", "bridge", "piano"], empty)
                .iter()
                .map(|v| v.map_or("", |t| t.name.as_str()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(false), ["Lead melody", "Strings", "Piano"]);
        assert_eq!(names(true), ["Lead melody", "Bridge", "Piano"]);
    }

    #[test]
    fn a_track_without_notes_is_a_voice_only_where_no_other_is() {
        let mut s = Score::default();
        let t = s.add_track("Soprano", 0, 0);
        s.add_note(t, 0, 4, 60, 90);
        for name in ["Bass", "Alto", "Second", "Soprano II"] {
            s.add_track(name, 0, 0);
        }
        let names = ["soprano", "alto", "tenor", "bass"];
        let found: Vec<&str> = with_empty(&s, &names)
            .iter()
            .map(|v| v.map_or("", |t| t.name.as_str()))
            .collect();
        assert_eq!(found, ["Soprano", "Alto", "Second", "Bass"]);
    }
}
