//! Our own chord detector.
//!
//! Time is cut into beats. Every chord is scored on every beat by what sounds (for how long each pitch class, and for how
//! long each in the bass), and the best sequence is found with a price on changes (Viterbi), lower at the start and in
//! the middle of a bar than elsewhere. It follows the usual template methods (Pardo and Birmingham 2002; Harte 2010); the
//! weights were found by search on a tenth of the training songs of POP909. `docs/harmony.md` has its figures.

use super::{Chord, ChordSpan, Quality};
use crate::score::key::pitched;
use crate::score::{Bars, Note, Score};

/// What a pitch class that sounds through the beat adds to a chord it belongs to, what it takes from one it does not, and
/// what a note of the chord that is not heard takes.
const INSIDE: f32 = 1.0;
const OUTSIDE: f32 = 0.7;
const MISSING: f32 = 0.8;
/// What the highest of several notes counts: melodies wander off their chords.
const TOP: f32 = 0.4;
/// What the root adds when it is the bass through the beat, and what any other note of the chord does.
const ROOT_BASS: f32 = 1.0;
const CHORD_BASS: f32 = 0.2;
/// Score of "no chord" on a silent beat, and what a note through the beat takes from it.
const SILENCE: f32 = -0.6;
const SOUND: f32 = 2.7;
/// Price of a change on a bar line, in the middle of a bar, and on any other beat.
const CHANGE: [f32; 3] = [1.0, 0.9, 2.0];

/// How much rarer than a major triad a quality is to be taken, in the order of [`Quality::ALL`].
const RARITY: [f32; 15] = [
    0.0, 0.0, 0.3, 0.5, 1.1, 1.1, 0.3, 0.2, 0.05, 0.2, 0.3, 0.5, 0.6, 0.6, 1.1,
];

/// States of the search: every chord by quality and root, then no chord.
const STATES: usize = 12 * Quality::ALL.len() + 1;

/// One beat: its place, the price of a change at its start, and what sounds.
struct Beat {
    start: u32,
    end: u32,
    change: f32,
    /// Beats each pitch class sounds, 0..=1 each.
    classes: [f32; 12],
    /// Share of the beat in which each pitch class is the lowest that sounds.
    bass: [f32; 12],
}

/// The chords of a piece, from its first tick to the end of its last note, without gaps; spans next to each other differ.
/// Drums are not heard. Empty for a piece without pitched notes.
pub fn detect(score: &Score) -> Vec<ChordSpan> {
    let beats = beats(score);
    let mut spans: Vec<ChordSpan> = Vec::new();
    for (beat, state) in beats.iter().zip(best_path(&beats)) {
        let chord = chord(state);
        match spans.last_mut() {
            Some(last) if last.chord == chord => last.end = beat.end,
            _ => spans.push(ChordSpan {
                start: beat.start,
                end: beat.end,
                chord,
            }),
        }
    }
    spans
}

/// The chord of a state, `None` for the last.
fn chord(state: usize) -> Option<Chord> {
    let quality = *Quality::ALL.get(state / 12)?;
    Some(Chord {
        root: (state % 12) as u8,
        quality,
    })
}

/// The beats up to the end of the last pitched note.
fn beats(score: &Score) -> Vec<Beat> {
    let mut notes: Vec<Note> = pitched(score).copied().collect();
    notes.sort_by_key(|n| n.start);
    let Some(end) = notes.iter().map(Note::end).max() else {
        return Vec::new();
    };
    let bars = score.bars();
    let mut beats = Vec::new();
    let (mut next, mut sounding): (usize, Vec<Note>) = (0, Vec::new());
    for bar in 0..bars.count_until(end) {
        for (start, stop, change) in cut(&bars, bar, score.ppq) {
            while notes.get(next).is_some_and(|n| n.start < stop) {
                sounding.push(notes[next]);
                next += 1;
            }
            sounding.retain(|n| n.end() > start);
            let (classes, bass) = heard(&sounding, start, stop);
            beats.push(Beat {
                start,
                end: stop,
                change,
                classes,
                bass,
            });
        }
    }
    beats
}

/// The beats of a bar, with the price of a change at each: quarters, or dotted ones where eighths come in threes.
fn cut(bars: &Bars, bar: u32, ppq: u16) -> Vec<(u32, u32, f32)> {
    let (start, end) = (bars.start(bar), bars.end(bar));
    let meter = bars.meter(bar);
    let unit = if meter.denominator >= 8 && meter.numerator.is_multiple_of(3) {
        3 * meter.beat_ticks(ppq)
    } else {
        u32::from(ppq.max(1))
    };
    let price = |from: u32| match from - start {
        0 => CHANGE[0],
        into if 2 * u64::from(into) == u64::from(end - start) => CHANGE[1],
        _ => CHANGE[2],
    };
    (start..end)
        .step_by(unit as usize)
        .map(|from| (from, end.min(from.saturating_add(unit)), price(from)))
        .collect()
}

/// For how much of `[start, end)` each pitch class sounds, notes added up and at most 1, and is the lowest.
fn heard(sounding: &[Note], start: u32, end: u32) -> ([f32; 12], [f32; 12]) {
    let length = (end - start).max(1) as f32;
    let (mut classes, mut bass) = ([0.0f32; 12], [0.0f32; 12]);
    let mut edges = vec![start, end];
    for n in sounding {
        edges.extend([n.start.max(start), n.end().min(end)]);
    }
    edges.sort_unstable();
    for w in edges.windows(2).filter(|w| w[0] < w[1]) {
        let share = (w[1] - w[0]) as f32 / length;
        let within = |n: &&Note| n.start <= w[0] && n.end() >= w[1];
        let pitches: Vec<u8> = sounding.iter().filter(within).map(|n| n.pitch).collect();
        let (lowest, highest) = (pitches.iter().min(), pitches.iter().max());
        for p in &pitches {
            let alone = pitches.len() == 1;
            let weight = if Some(p) == highest && !alone {
                TOP
            } else {
                1.0
            };
            classes[*p as usize % 12] += weight * share;
        }
        if let Some(lowest) = lowest {
            bass[*lowest as usize % 12] += share;
        }
    }
    (classes.map(|c| c.min(1.0)), bass)
}

/// The score of every state on a beat.
fn scores(beat: &Beat) -> [f32; STATES] {
    let mut scores = [0.0; STATES];
    let total: f32 = beat.classes.iter().sum();
    for (state, score) in scores.iter_mut().enumerate() {
        let Some(chord) = chord(state) else {
            *score = SILENCE - SOUND * total.min(1.0);
            continue;
        };
        let steps = chord.quality.steps().len() as f32;
        let inside: f32 = chord
            .pitch_classes()
            .map(|c| beat.classes[c as usize])
            .sum();
        let bass: f32 = chord.pitch_classes().map(|c| beat.bass[c as usize]).sum();
        let root_bass = beat.bass[chord.root as usize];
        *score = INSIDE * inside - OUTSIDE * (total - inside) - MISSING * (steps - inside)
            + ROOT_BASS * root_bass
            + CHORD_BASS * (bass - root_bass)
            - RARITY[state / 12];
    }
    scores
}

/// The states with the highest total score less the price of changes; of equals the earliest state.
fn best_path(beats: &[Beat]) -> Vec<usize> {
    let mut total = [0.0f32; STATES];
    let mut came_from: Vec<[u8; STATES]> = Vec::with_capacity(beats.len());
    for beat in beats {
        let best = argmax(&total);
        let changed = total[best] - beat.change;
        let mut from = [best as u8; STATES];
        for (state, score) in scores(beat).iter().enumerate() {
            if total[state] >= changed {
                from[state] = state as u8;
            }
            total[state] = total[state].max(changed) + score;
        }
        came_from.push(from);
    }
    let mut state = argmax(&total);
    let mut path = vec![0; beats.len()];
    for (i, from) in came_from.iter().enumerate().rev() {
        path[i] = state;
        state = from[state] as usize;
    }
    path
}

/// Index of the highest value, the first of several.
fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, v) in values.iter().enumerate() {
        if *v > values[best] {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Meter;

    fn labels(score: &Score) -> Vec<(u32, String)> {
        detect(score)
            .iter()
            .map(|s| (s.start, s.chord.map_or("N".into(), |c| c.to_string())))
            .collect()
    }

    /// Chords a bar each, as (lowest pitch, the others), on two tracks.
    fn piece(chords: &[(u8, &[u8])]) -> Score {
        let mut score = Score::default();
        let (low, high) = (score.add_track("low", 0, 0), score.add_track("high", 1, 0));
        for (bar, (bass, others)) in chords.iter().enumerate() {
            let start = 1920 * bar as u32;
            score.add_note(low, start, 1920, *bass, 80);
            for p in *others {
                score.add_note(high, start, 1920, *p, 80);
            }
        }
        score
    }

    #[test]
    fn plain_chords_are_named() {
        let score = piece(&[
            (48, &[60, 64, 67]),
            (45, &[60, 64, 69]),
            (50, &[60, 65, 69]),
            (43, &[59, 65, 67]),
            (47, &[62, 65, 71]),
            (53, &[60, 64, 69]),
        ]);
        let names: Vec<String> = labels(&score).into_iter().map(|l| l.1).collect();
        let expected = ["C:maj", "A:min", "D:min7", "G:7", "B:dim", "F:maj7"];
        assert_eq!(names, expected);
    }

    #[test]
    fn an_inversion_keeps_its_root() {
        assert_eq!(
            labels(&piece(&[(52, &[60, 67, 72])])),
            [(0, "C:maj".into())]
        );
    }

    #[test]
    fn a_passing_note_and_drums_change_nothing() {
        let mut score = piece(&[(48, &[60, 64, 67]), (48, &[60, 64, 67])]);
        let (t, drums) = (score.tracks[1].id, score.add_track("drums", 9, 0));
        score.add_note(t, 480, 240, 74, 80);
        for tick in (0..3840).step_by(240) {
            score.add_note(drums, tick, 240, 42, 80);
        }
        assert_eq!(labels(&score), [(0, "C:maj".into())]);
    }

    #[test]
    fn silence_is_no_chord() {
        let mut score = piece(&[(48, &[60, 64, 67])]);
        let t = score.tracks[0].id;
        for p in [43, 47, 50, 67] {
            score.add_note(t, 3 * 1920, 1920, p, 80);
        }
        let found = labels(&score);
        let expected = [(0, "C:maj"), (1920, "N"), (3 * 1920, "G:maj")];
        assert_eq!(found, expected.map(|(t, l)| (t, l.to_string())));
        assert!(detect(&Score::default()).is_empty());
    }

    #[test]
    fn compound_metres_change_on_dotted_beats() {
        let mut score = Score {
            meters: vec![Meter::new(0, 6, 8)],
            ..Score::default()
        };
        let t = score.add_track("a", 0, 0);
        for (start, chord) in [(0, [48, 64, 67]), (720, [43, 62, 71])] {
            for p in chord {
                score.add_note(t, start, 720, p, 80);
            }
        }
        let expected = [(0, "C:maj"), (720, "G:maj")];
        assert_eq!(labels(&score), expected.map(|(t, l)| (t, l.to_string())));
    }

    #[test]
    fn every_key_is_heard_alike() {
        let chords: [(u8, &[u8]); 3] = [(48, &[60, 64, 67]), (50, &[62, 65, 69]), (43, &[59, 65])];
        let low = detect(&piece(&chords));
        for up in 1..12 {
            let mut score = piece(&chords);
            for id in score.tracks.iter().map(|t| t.id).collect::<Vec<_>>() {
                for n in score.track_mut(id).into_iter().flat_map(|t| &mut t.notes) {
                    n.pitch += up;
                }
            }
            let high = detect(&score);
            let roots = |spans: &[ChordSpan], up: u8| -> Vec<_> {
                let moved = spans.iter().map(|s| s.chord.map(|c| (c.root + up) % 12));
                moved.collect()
            };
            assert_eq!(roots(&high, 0), roots(&low, up));
        }
    }
}
