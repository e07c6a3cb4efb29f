//! Our own key detector.
//!
//! A key is scored by what is heard of each step above its tonic: the time its pitch class sounds, as in the profiles of
//! Krumhansl (1990), and the time major and minor chords on it last. The chords tell C major from A minor, which have
//! the same notes. The weights are a multinomial logistic regression on the training songs of POP909, shared by all
//! tonics. A piece that changes its key is cut by the best path through its bars with a price on changes (Viterbi).
//! `docs/harmony.md` has its figures.

use super::{Key, Mode, pitched};
use crate::score::Score;
use crate::score::chord;

/// Steps of the scale that are weighed: pitch classes, then roots of major chords, then of minor ones.
const FEATURES: usize = 36;

/// Weights of what is heard, from the tonic up, in a major key.
const MAJOR: [f32; FEATURES] = [
    8.1, -1.0, -1.7, -1.5, 1.4, -5.5, -4.0, 6.0, -2.6, -9.9, -5.2, -5.4, 6.4, -5.2, -10.6, -1.9,
    -4.9, 5.5, 4.6, 6.9, -4.8, -5.5, -8.1, 3.4, -6.2, 0.8, 2.0, 2.1, 2.7, 1.1, -0.9, -9.0, 2.4,
    2.8, -5.4, -8.9,
];
/// The same in a minor key.
const MINOR: [f32; FEATURES] = [
    8.4, -5.7, -2.5, 1.3, -3.9, -5.6, -1.8, 6.9, -9.0, -7.3, -4.6, -1.5, -2.7, -9.5, -7.0, 0.5,
    -3.7, -6.6, -1.1, 5.1, 5.5, -0.7, 4.7, -5.0, 7.0, -1.7, -8.0, -1.9, -1.5, 4.1, -0.8, -1.2,
    -3.6, -7.4, -6.6, 4.9,
];

/// Price of a change of key, in the units of the weights when all of the piece is heard.
const CHANGE: f32 = 1.0;

/// A key over the half-open tick range `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Section {
    pub start: u32,
    pub end: u32,
    pub key: Key,
}

/// The key of a piece as a whole; `None` for one without pitched notes.
pub fn detect(score: &Score) -> Option<Key> {
    let bars = heard(score);
    let mut total = [0.0; 24];
    for bar in &bars {
        for (t, s) in total.iter_mut().zip(&bar.scores) {
            *t += s;
        }
    }
    (!bars.is_empty()).then(|| key(argmax(&total)))
}

/// The keys of a piece that may change its key on bar lines, from its first tick to the end of the last bar that hears a
/// note; sections next to each other differ. Empty for a piece without pitched notes.
pub fn sections(score: &Score) -> Vec<Section> {
    let bars = heard(score);
    let mut total = [0.0f32; 24];
    let mut came_from = Vec::with_capacity(bars.len());
    for bar in &bars {
        let best = argmax(&total);
        let changed = total[best] - CHANGE;
        let mut from = [best; 24];
        for (state, score) in bar.scores.iter().enumerate() {
            if total[state] >= changed {
                from[state] = state;
            }
            total[state] = total[state].max(changed) + score;
        }
        came_from.push(from);
    }
    let mut state = argmax(&total);
    let mut path = Vec::with_capacity(bars.len());
    for from in came_from.iter().rev() {
        path.push(state);
        state = from[state];
    }
    path.reverse();
    let mut sections: Vec<Section> = Vec::new();
    for (bar, state) in bars.iter().zip(path) {
        match sections.last_mut() {
            Some(last) if last.key == key(state) => last.end = bar.end,
            _ => sections.push(Section {
                start: bar.start,
                end: bar.end,
                key: key(state),
            }),
        }
    }
    sections
}

/// A bar and what it adds to the score of each key.
struct Bar {
    start: u32,
    end: u32,
    scores: [f32; 24],
}

/// The key of a state: major keys by tonic, then minor ones.
fn key(state: usize) -> Key {
    if state < 12 {
        Key::major(state as u8)
    } else {
        Key::minor((state - 12) as u8)
    }
}

/// The bars of a piece. The scores of a key over all bars add up to its score for the piece.
fn heard(score: &Score) -> Vec<Bar> {
    let lines = score.bars();
    // A note of no length is heard in its bar.
    let ends = pitched(score).map(|n| n.end().max(n.start.saturating_add(1)));
    let Some(end) = ends.max() else {
        return Vec::new();
    };
    let count = lines.count_until(end) as usize;
    let mut heard = vec![[0.0f32; FEATURES]; count];
    let mut total = [0.0f32; 2];
    for n in pitched(score) {
        let length = n.length.max(1) as f32;
        if let Some(bar) = heard.get_mut(lines.bar_at(n.start) as usize) {
            bar[n.pitch as usize % 12] += length;
            total[0] += length;
        }
    }
    for span in chord::detect(score) {
        let Some((chord, major)) = span
            .chord
            .and_then(|c| c.quality.is_major().map(|major| (c, major)))
        else {
            continue;
        };
        let feature = if major { 12 } else { 24 } + chord.root as usize;
        for bar in lines.bar_at(span.start)..=lines.bar_at(span.end.saturating_sub(1)) {
            let from = lines.start(bar).max(span.start);
            let to = lines.end(bar).min(span.end);
            if let Some(bar) = heard.get_mut(bar as usize) {
                bar[feature] += (to - from) as f32;
                total[1] += (to - from) as f32;
            }
        }
    }
    let bars = heard.iter().enumerate().map(|(i, features)| {
        let shares = |f: usize| features[f] / total[usize::from(f >= 12)].max(1.0);
        let bar = i as u32;
        Bar {
            start: lines.start(bar),
            end: lines.end(bar),
            scores: std::array::from_fn(|state| weigh(key(state), shares)),
        }
    });
    bars.collect()
}

/// What is heard (shares of the piece by feature, counted from C), weighed for a key.
fn weigh(key: Key, shares: impl Fn(usize) -> f32) -> f32 {
    let weights = match key.mode {
        Mode::Major => MAJOR,
        Mode::Minor => MINOR,
    };
    let mut sum = 0.0;
    for (f, weight) in weights.iter().enumerate() {
        let step = (f + key.tonic as usize) % 12;
        sum += weight * shares(f - f % 12 + step);
    }
    sum
}

/// Index of the highest value, the first of several.
fn argmax(values: &[f32; 24]) -> usize {
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

    /// Chords of one bar each, every note in two octaves.
    fn piece(chords: &[[u8; 3]]) -> Score {
        let mut score = Score::default();
        let t = score.add_track("a", 0, 0);
        for (bar, chord) in chords.iter().enumerate() {
            for p in chord {
                score.add_note(t, 1920 * bar as u32, 1920, *p, 80);
                score.add_note(t, 1920 * bar as u32, 1920, p - 12, 80);
            }
        }
        score
    }

    const C: [u8; 3] = [60, 64, 67];
    const D_MINOR: [u8; 3] = [62, 65, 69];
    const E: [u8; 3] = [64, 68, 71];
    const F: [u8; 3] = [65, 69, 72];
    const G: [u8; 3] = [67, 71, 74];
    const A_MINOR: [u8; 3] = [69, 72, 76];

    #[test]
    fn relative_keys_are_told_apart_by_their_chords() {
        let major = piece(&[C, F, G, C, A_MINOR, F, G, C]);
        assert_eq!(detect(&major), Some(Key::major(0)));
        let minor = piece(&[A_MINOR, D_MINOR, E, A_MINOR, F, D_MINOR, E, A_MINOR]);
        assert_eq!(detect(&minor), Some(Key::minor(9)));
        assert_eq!(detect(&Score::default()), None);
    }

    #[test]
    fn every_tonic_is_heard_alike() {
        let mut score = piece(&[A_MINOR, D_MINOR, E, A_MINOR]);
        let id = score.tracks[0].id;
        for tonic in 10..21 {
            for n in score.track_mut(id).into_iter().flat_map(|t| &mut t.notes) {
                n.pitch += 1;
            }
            assert_eq!(detect(&score), Some(Key::minor(tonic % 12)));
        }
    }

    #[test]
    fn a_piece_that_rises_by_a_tone_has_two_sections() {
        let first = [C, F, G, C, A_MINOR, F, G, C];
        let second = first.map(|chord| chord.map(|p| p + 2));
        let found = sections(&piece(&[first, second].concat()));
        let keys: Vec<(u32, Key)> = found.iter().map(|s| (s.start / 1920, s.key)).collect();
        assert_eq!(keys, [(0, Key::major(0)), (8, Key::major(2))]);
        let one = sections(&piece(&first));
        assert_eq!(one.len(), 1, "{one:?}");
        assert_eq!((one[0].start, one[0].end), (0, 8 * 1920));
    }
}
