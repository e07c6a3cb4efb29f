//! Whether a critic finds wrong notes: some are planted in a piece, and it is counted how many of them are among the
//! notes it finds oddest. Critics that know no music beyond a key, or nothing, stand beside it.

use crate::score::key::{self, Mode};
use crate::score::{Note, NoteId, Score, Track};
use rand::Rng;
use rand::seq::{IndexedRandom, index};
use std::collections::{HashMap, HashSet};

/// How far a planted note lies from what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// Any other pitch up to an octave away.
    Octave,
    /// A semitone or a tone: the key beside the one that was meant.
    Neighbour,
}

impl Slip {
    fn reach(self) -> u8 {
        match self {
            Slip::Octave => 12,
            Slip::Neighbour => 2,
        }
    }
}

/// A piece with wrong notes, and which.
#[derive(Clone, Debug)]
pub struct Planted {
    pub score: Score,
    pub wrong: HashSet<NoteId>,
}

/// Pitched notes of a piece, track by track.
fn pitched(score: &Score) -> impl Iterator<Item = (&Track, &Note)> {
    let tracks = score.tracks.iter().filter(|t| !t.is_drums());
    tracks.flat_map(|t| t.notes.iter().map(move |n| (t.as_ref(), n)))
}

/// Changes the pitch of one pitched note in `one_in` (rounded, at least one where there is a note), chosen evenly. The
/// new pitch is drawn evenly from those within reach of the old one that lie in the compass of the track and on which
/// the track sounds nothing meanwhile; a note without such a pitch stays right. Nothing else of the piece changes.
pub fn plant(score: &Score, one_in: usize, slip: Slip, rng: &mut impl Rng) -> Planted {
    let notes: Vec<NoteId> = pitched(score).map(|(_, n)| n.id).collect();
    let many = ((notes.len() as f64 / one_in.max(1) as f64).round() as usize)
        .max(1)
        .min(notes.len());
    let mut chosen: Vec<usize> = index::sample(rng, notes.len(), many).into_vec();
    chosen.sort_unstable();
    let mut planted = Planted {
        score: score.clone(),
        wrong: HashSet::new(),
    };
    for id in chosen.into_iter().map(|i| notes[i]) {
        let Some((track, note)) = pitched(&planted.score).find(|(_, n)| n.id == id) else {
            continue;
        };
        let pitches = track.notes.iter().map(|n| n.pitch);
        let (low, high) = pitches.fold((127, 0), |(l, h), p| (p.min(l), p.max(h)));
        let reach = slip.reach();
        let from = note.pitch.saturating_sub(reach).max(low);
        let to = note.pitch.saturating_add(reach).min(high);
        let sounds = |pitch: u8| {
            track.notes.iter().any(|n| {
                n.pitch == pitch
                    && n.start < note.end().max(note.start + 1)
                    && note.start < n.end().max(n.start + 1)
            })
        };
        let free: Vec<u8> = (from..=to).filter(|&p| !sounds(p)).collect();
        let (Some(&pitch), track) = (free.choose(rng), track.id) else {
            continue;
        };
        if let Some(track) = planted.score.track_mut(track) {
            if let Some(n) = track.notes.iter_mut().find(|n| n.id == id) {
                n.pitch = pitch;
            }
            track.sort();
        }
        planted.wrong.insert(id);
    }
    planted
}

/// How well a critic told wrong notes from the others of one piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// Share of the wrong notes among the oddest 5 % of all judged notes, 0..=1. Five wrong notes in a hundred right
    /// ones could all be there.
    pub found: f64,
    /// The same of the oddest 2 %.
    pub found_at_once: f64,
    /// Probability that a wrong note is odder than one that is not, ties counted half: the area under the ROC curve.
    pub told_apart: f64,
}

/// Ranks notes by oddness and looks where the wrong ones are; notes equally odd share their places. `None` without
/// wrong or without other notes. A wrong note that is not judged counts as not found.
pub fn finding(oddness: &HashMap<NoteId, f64>, wrong: &HashSet<NoteId>) -> Option<Finding> {
    let mut ranked: Vec<(f64, bool)> = oddness
        .iter()
        .map(|(id, &odd)| (odd, wrong.contains(id)))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let bad = ranked.iter().filter(|r| r.1).count();
    let (others, all) = ((ranked.len() - bad) as f64, wrong.len() as f64);
    if bad == 0 || others == 0.0 {
        return None;
    }
    let among = |share: f64| {
        let places = share * ranked.len() as f64;
        let (mut place, mut found) = (0.0, 0.0);
        for equal in ranked.chunk_by(|a, b| a.0 == b.0) {
            let wrong = equal.iter().filter(|r| r.1).count() as f64;
            let inside = ((places - place) / equal.len() as f64).clamp(0.0, 1.0);
            found += wrong * inside;
            place += equal.len() as f64;
        }
        found / all
    };
    let (mut odder, mut below) = (0.0, 0.0);
    for equal in ranked.chunk_by(|a, b| a.0 == b.0).rev() {
        let wrong = equal.iter().filter(|r| r.1).count() as f64;
        let right = equal.len() as f64 - wrong;
        odder += wrong * (below + right / 2.0);
        below += right;
    }
    Some(Finding {
        found: among(0.05),
        found_at_once: among(0.02),
        told_apart: odder / (bad as f64 * others),
    })
}

/// Ratings of the steps of a key from its tonic up, as listeners gave them (Krumhansl and Kessler 1982).
const MAJOR: [f64; 12] = [
    6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88,
];
const MINOR: [f64; 12] = [
    6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17,
];

/// A critic that knows keys: notes outside the key in force come first, and within those and the others the less a
/// step of it is liked, the odder.
pub fn by_key(score: &Score) -> HashMap<NoteId, f64> {
    let sections = key::sections(score);
    let odd = |n: &Note| {
        let at = sections.partition_point(|s| s.end <= n.start);
        let Some(section) = sections.get(at).or(sections.last()) else {
            return 0.0;
        };
        let step = (n.pitch + 12 - section.key.tonic) as usize % 12;
        let profile = match section.key.mode {
            Mode::Major => MAJOR,
            Mode::Minor => MINOR,
        };
        let outside = !crate::score::theory::in_major(n.pitch, section.key.major_tonic());
        f64::from(u8::from(outside)) * 10.0 - profile[step]
    };
    pitched(score).map(|(_, n)| (n.id, odd(n))).collect()
}

/// A critic that counts: the rarer a pitch on its track, the odder.
pub fn by_rarity(score: &Score) -> HashMap<NoteId, f64> {
    let mut counts: HashMap<(u32, u8), usize> = HashMap::new();
    for (t, n) in pitched(score) {
        *counts.entry((t.id.0, n.pitch)).or_default() += 1;
    }
    let odd = |t: &Track, n: &Note| -(counts.get(&(t.id.0, n.pitch)).copied().unwrap_or(0) as f64);
    pitched(score).map(|(t, n)| (n.id, odd(t, n))).collect()
}

/// A critic that guesses.
pub fn at_random(score: &Score, rng: &mut impl Rng) -> HashMap<NoteId, f64> {
    pitched(score)
        .map(|(_, n)| (n.id, rng.random_range(0.0..1.0)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::generator;

    fn scale(notes: u32) -> Score {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        let drums = s.add_track("Drums", 9, 0);
        for i in 0..notes {
            s.add_note(
                t,
                i * 480,
                480,
                [60, 62, 64, 65, 67, 69, 71, 72][i as usize % 8],
                80,
            );
            s.add_note(drums, i * 480, 100, 36, 80);
        }
        s
    }

    #[test]
    fn one_note_in_fifty_moves_and_nothing_else() {
        let score = scale(400);
        for slip in [Slip::Octave, Slip::Neighbour] {
            let planted = plant(&score, 50, slip, &mut generator(1, 0));
            assert_eq!(planted.wrong.len(), 8);
            let before: HashMap<NoteId, &Note> = score.notes().map(|(_, n)| (n.id, n)).collect();
            for (track, n) in planted.score.notes() {
                let old = before[&n.id];
                let moved = Note {
                    pitch: old.pitch,
                    ..*n
                };
                assert_eq!(&moved, old, "only the pitch of a note changes");
                assert_eq!(planted.wrong.contains(&n.id), n.pitch != old.pitch);
                assert!(n.pitch.abs_diff(old.pitch) <= slip.reach());
                assert!(track != score.tracks[1].id || n.pitch == 36, "drums stay");
            }
            assert_eq!(
                plant(&score, 50, slip, &mut generator(1, 0)).wrong,
                planted.wrong
            );
        }
    }

    #[test]
    fn a_wrong_note_never_falls_on_a_key_that_is_down() {
        let mut s = Score::default();
        let t = s.add_track("Piano", 0, 0);
        for pitch in 60..70 {
            s.add_note(t, 0, 480, pitch, 80);
        }
        s.add_note(t, 240, 240, 70, 80);
        // Every key of the compass sounds: no note can go wrong.
        assert!(
            plant(&s, 1, Slip::Octave, &mut generator(2, 0))
                .wrong
                .is_empty()
        );
    }

    #[test]
    fn the_share_found_is_counted_by_hand() {
        // Twenty notes: the oddest 5 % is one place, 2 % is two fifths of one.
        let ids: Vec<NoteId> = (0..20).map(NoteId).collect();
        let odd = |of: &dyn Fn(u32) -> f64| ids.iter().map(|&i| (i, of(i.0))).collect();
        let wrong: HashSet<NoteId> = [NoteId(19), NoteId(17)].into();
        let f = finding(&odd(&|i| f64::from(i)), &wrong).unwrap();
        assert_eq!((f.found, f.found_at_once), (0.5, 0.2));
        // 19 is above all 18 others, 17 above all but 18.
        assert!((f.told_apart - (18.0 + 17.0) / 36.0).abs() < 1e-12);
        // All equal: a twentieth, by chance, and nothing told apart.
        let f = finding(&odd(&|_| 1.0), &wrong).unwrap();
        assert!(
            (f.found - 0.05).abs() < 1e-12 && f.told_apart == 0.5,
            "{f:?}"
        );
        assert_eq!(finding(&odd(&|_| 1.0), &HashSet::new()), None);
    }

    #[test]
    fn the_critics_without_a_model_say_what_their_names_say() {
        let mut s = scale(64);
        let t = s.tracks[0].id;
        let wrong = s.add_note(t, 64 * 480, 480, 66, 80);
        let key = by_key(&s);
        assert!(
            key.values().all(|&o| o <= key[&wrong]),
            "F# is outside C major"
        );
        assert_eq!(key.len(), 65, "drums are not judged");
        let rarity = by_rarity(&s);
        assert!(rarity.values().all(|&o| o <= rarity[&wrong]));
        assert_eq!(at_random(&s, &mut generator(1, 0)).len(), 65);
    }
}
