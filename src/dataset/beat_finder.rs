//! Beats of a performance, found from what sounds: for MIDI that was played in freely, whose ticks know no beats.
//!
//! Beats are the path through time and tempo that collects most onsets, by dynamic programming: a beat scores by what
//! sounds on it and, less, on its half and quarters, in proportion to its length, so that twice as many beats score no more by being more;
//! a change of tempo costs, and so does a tempo far from walking. The idea of the path is that of Ellis (2007); that the
//! tempo is part of it, as in the bar pointer (Whiteley and others 2006), lets it breathe. Bars are the metre, of three or four
//! beats, and the place of its first that the bass, the chords' size and their changes speak for.

use super::beats::Beat;

/// A note as the finder hears it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    /// Seconds.
    pub onset: f64,
    /// Seconds.
    pub length: f64,
    pub pitch: u8,
    pub velocity: u8,
}

/// Frames a second that time is counted in.
const RATE: f64 = 100.0;
/// Shortest and longest beat in frames: 182 and 50 beats a minute.
const SHORTEST: f64 = 33.0;
const LONGEST: f64 = 120.0;
/// The likeliest beat in frames, and what an octave away from it costs.
const LIKELY: f64 = 60.0;
const UNLIKELY: f64 = 1.0;
/// Tempos that are told apart.
const TEMPOS: usize = 40;
/// How many of them a beat may be from the next, and what one costs; the cost grows with the square.
const JUMP: usize = 2;
const CHANGE: f64 = 0.05;
/// What sounds half and a quarter of a beat away counts so much.
const HALF: f64 = 0.5;
const QUARTER: f64 = 0.25;
/// A beat moves to the middle of the onsets that lie so near, in seconds.
const NEAR: f64 = 0.04;
/// Frames on either side over which loudness is levelled: quiet passages have beats too.
const LEVEL: usize = 400;
/// Standard deviation in frames of an onset's place.
const SPREAD: f64 = 2.0;
/// Longest performance in seconds; more is a fault of the file.
const LONGEST_PIECE: f64 = 4.0 * 3600.0;

/// The beats of a performance, in order, with the downbeats that begin its bars; empty for too few notes to tell.
pub fn find(notes: &[Heard]) -> Vec<Beat> {
    let first = notes.iter().map(|n| n.onset).fold(f64::INFINITY, f64::min);
    let last = notes.iter().map(|n| n.onset).fold(first, f64::max);
    if notes.len() < 8 || !(last - first < LONGEST_PIECE) {
        return Vec::new();
    }
    let frames = onsets(notes, first, last);
    let times: Vec<f64> = path(&frames)
        .into_iter()
        .map(|frame| drawn(notes, first + frame as f64 / RATE))
        .collect();
    let (metre, place) = bars(notes, &times);
    let beat = |(i, &seconds): (usize, &f64)| {
        let down = i % metre == place;
        Beat {
            seconds,
            simple: down,
            compound: down,
        }
    };
    times.iter().enumerate().map(beat).collect()
}

/// How much a note speaks for a beat: loud, low and long ones more.
fn weight(n: &Heard) -> f64 {
    let low = ((60.0 - f64::from(n.pitch)) / 24.0).clamp(0.0, 1.0);
    f64::from(n.velocity) / 127.0 * (1.0 + low) * (1.0 + 0.5 * n.length.clamp(0.0, 1.0))
}

/// What begins in each frame, levelled.
fn onsets(notes: &[Heard], first: f64, last: f64) -> Vec<f64> {
    let count = ((last - first) * RATE) as usize + LONGEST as usize + 2;
    let mut raw = vec![0.0; count];
    let reach = (3.0 * SPREAD) as i64;
    for n in notes {
        let at = (n.onset - first) * RATE;
        for frame in at.round() as i64 - reach..=at.round() as i64 + reach {
            if let Some(to) = usize::try_from(frame).ok().and_then(|f| raw.get_mut(f)) {
                let off = (frame as f64 - at) / SPREAD;
                *to += weight(n) * (-0.5 * off * off).exp();
            }
        }
    }
    // A chord of eight is not eight times a note.
    raw.iter_mut().for_each(|v| *v = v.sqrt());
    let mut sums = vec![0.0];
    for v in &raw {
        sums.push(sums[sums.len() - 1] + v);
    }
    let mean = sums[count] / count as f64;
    let around = |i: usize| {
        let (from, to) = (i.saturating_sub(LEVEL), (i + LEVEL).min(count));
        (sums[to] - sums[from]) / (to - from) as f64
    };
    let level = |(i, v): (usize, &f64)| v / (around(i) + 0.1 * mean).max(1e-9);
    raw.iter().enumerate().map(level).collect()
}

/// The frames of the best beats.
fn path(onsets: &[f64]) -> Vec<usize> {
    let mut lengths: Vec<usize> = (0..TEMPOS)
        .map(|i| {
            let share = i as f64 / (TEMPOS - 1) as f64;
            (SHORTEST * (LONGEST / SHORTEST).powf(share)).round() as usize
        })
        .collect();
    lengths.dedup();
    let prior: Vec<f64> = lengths
        .iter()
        .map(|&l| UNLIKELY * (l as f64 / LIKELY).log2().powi(2))
        .collect();
    let at = |frame: Option<usize>| frame.and_then(|f| onsets.get(f)).copied().unwrap_or(0.0);
    // The best score of a beat in a frame that ends a length, and the length before it.
    let mut best = vec![0.0f64; onsets.len() * lengths.len()];
    let mut before = vec![0u8; onsets.len() * lengths.len()];
    for frame in 0..onsets.len() {
        for (i, &length) in lengths.iter().enumerate() {
            let back = |quarters: usize| at(frame.checked_sub(length * quarters / 4));
            let heard = onsets[frame] + HALF * back(2) + QUARTER * (back(1) + back(3)) - prior[i];
            let mut score = heard * length as f64 / RATE;
            let here = frame * lengths.len() + i;
            before[here] = i as u8;
            if let Some(from) = frame.checked_sub(length) {
                let candidates = i.saturating_sub(JUMP)..(i + JUMP + 1).min(lengths.len());
                let cost = |j: usize| {
                    let steps = i.abs_diff(j) as f64;
                    best[from * lengths.len() + j] - CHANGE * steps * steps
                };
                let mut most = f64::NEG_INFINITY;
                for j in candidates {
                    if cost(j) > most {
                        most = cost(j);
                        before[here] = j as u8;
                    }
                }
                score += most;
            }
            best[here] = score;
        }
    }
    // The last beat lies in the last longest beat; the tail behind the last onset is silent and adds nothing.
    let tail = onsets.len().saturating_sub(LONGEST as usize) * lengths.len();
    let end = (tail..best.len()).max_by(|&a, &b| best[a].total_cmp(&best[b]));
    let Some(end) = end else {
        return Vec::new();
    };
    let (mut frame, mut i) = (end / lengths.len(), end % lengths.len());
    let mut found = vec![frame];
    while let Some(from) = frame.checked_sub(lengths[i]) {
        i = usize::from(before[frame * lengths.len() + i]);
        frame = from;
        found.push(frame);
    }
    found.reverse();
    found
}

/// The middle of the onsets near `seconds`; where nothing sounds, there.
fn drawn(notes: &[Heard], seconds: f64) -> f64 {
    let near = notes.iter().filter(|n| (n.onset - seconds).abs() < NEAR);
    let (sum, all) = near.fold((0.0, 0.0), |(sum, all), n| {
        (sum + weight(n) * (n.onset - seconds), all + weight(n))
    });
    if all > 0.0 {
        seconds + sum / all
    } else {
        seconds
    }
}

/// Beats of a bar, and which of the first ones begins it.
fn bars(notes: &[Heard], times: &[f64]) -> (usize, usize) {
    // Of every beat: what sounds on it, its bass, and which pitch classes sound until the next.
    let mut strength = vec![0.0f64; times.len()];
    let mut chroma = vec![[0.0f64; 12]; times.len()];
    for n in notes {
        let Some(beat) = times
            .partition_point(|t| *t <= n.onset + NEAR)
            .checked_sub(1)
        else {
            continue;
        };
        let low = ((60.0 - f64::from(n.pitch)) / 12.0).clamp(0.0, 2.0);
        if (n.onset - times[beat]).abs() < NEAR {
            strength[beat] += weight(n) * (0.5 + low) * (0.5 + n.length.clamp(0.0, 2.0));
        }
        chroma[beat][usize::from(n.pitch % 12)] += n.length.clamp(0.05, 1.0) * (0.5 + low);
    }
    let mean = strength.iter().sum::<f64>() / strength.len().max(1) as f64;
    for beat in 0..times.len() {
        let strong = strength[beat].sqrt() / mean.max(1e-9).sqrt();
        let changed = beat
            .checked_sub(1)
            .map_or(0.0, |b| apart(&chroma[b], &chroma[beat]));
        strength[beat] = strong + changed;
    }
    let mut best = (f64::NEG_INFINITY, (4, 0));
    for metre in [4usize, 3] {
        for place in 0..metre {
            let (mut down, mut other, mut counts) = (0.0, 0.0, (0.0, 0.0));
            for (i, s) in strength.iter().enumerate() {
                if i % metre == place {
                    down += s;
                    counts.0 += 1.0;
                } else {
                    other += s;
                    counts.1 += 1.0;
                }
            }
            let score = down / f64::max(counts.0, 1.0) - other / f64::max(counts.1, 1.0);
            // Strict, so that of equals four beats from the first win.
            if score > best.0 + 1e-9 {
                best = (score, (metre, place));
            }
        }
    }
    best.1
}

/// How different two harmonies are, 0..=1.
fn apart(a: &[f64; 12], b: &[f64; 12]) -> f64 {
    let norm = |x: &[f64; 12]| x.iter().map(|v| v * v).sum::<f64>().sqrt();
    let both: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    let norms = norm(a) * norm(b);
    if norms > 0.0 { 1.0 - both / norms } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::testing::data_root;
    use crate::dataset::{beats, open};

    /// Bars of four with bass and chord on one and three and eighths above, at a tempo that swings by a sixth and hands
    /// that are up to 15 ms off; beats begin at the returned times.
    fn rubato(bars: usize) -> (Vec<Heard>, Vec<f64>) {
        let (mut notes, mut times, mut now) = (Vec::new(), Vec::new(), 1.0);
        let chords = [[48, 52, 55], [45, 48, 52], [41, 45, 48], [43, 47, 50]];
        for beat in 0..bars * 4 {
            let length = 0.55 * (1.0 + 0.16 * (beat as f64 * 0.25).sin());
            times.push(now);
            let mut play = |at: f64, pitch: u8, velocity: u8, length: f64| {
                let shaky = (notes.len() as f64 * 2.3).sin() * 0.015;
                notes.push(Heard {
                    onset: at + shaky,
                    length,
                    pitch,
                    velocity,
                });
            };
            let chord = chords[beat / 4 % 4];
            if beat % 4 == 0 {
                play(now, chord[0] - 12, 90, 2.0);
            }
            if beat % 2 == 0 {
                chord.iter().for_each(|&p| play(now, p, 70, 0.9));
            }
            let up = [72, 76, 79, 76, 74, 72, 71, 67];
            play(now, up[beat % 8], 80, 0.25);
            play(now + length / 2.0, up[(beat * 3 + 1) % 8], 64, 0.25);
            now += length;
        }
        (notes, times)
    }

    /// Share of `times` with a beat within 70 ms, and of beats with a time.
    fn hits(beats: &[Beat], times: &[f64]) -> (f64, f64) {
        let near = |a: f64, b: f64| (a - b).abs() < 0.07;
        let found = times
            .iter()
            .filter(|t| beats.iter().any(|b| near(b.seconds, **t)));
        let true_ = beats
            .iter()
            .filter(|b| times.iter().any(|t| near(b.seconds, *t)));
        (
            found.count() as f64 / times.len() as f64,
            true_.count() as f64 / beats.len().max(1) as f64,
        )
    }

    #[test]
    fn beats_and_bars_of_a_breathing_tempo_are_found() {
        let (notes, times) = rubato(16);
        let beats = find(&notes);
        let (found, right) = hits(&beats, &times);
        assert!(found > 0.95 && right > 0.95, "{found} {right}");
        let down: Vec<f64> = times.iter().copied().step_by(4).collect();
        let lines: Vec<Beat> = beats.iter().filter(|b| b.compound).copied().collect();
        let (found, right) = hits(&lines, &down);
        assert!(found > 0.9 && right > 0.9, "{found} {right}: {lines:?}");
    }

    #[test]
    fn nothing_is_found_where_there_is_nothing() {
        assert!(find(&[]).is_empty());
        let far = |onset| Heard {
            onset,
            length: 1.0,
            pitch: 60,
            velocity: 80,
        };
        assert!(find(&[far(0.0); 7]).is_empty());
        let mut notes = vec![far(0.0); 9];
        notes.push(far(1e9));
        assert!(find(&notes).is_empty());
    }

    #[test]
    fn beats_of_recorded_pop_are_found() {
        let Some(_) = data_root() else { return };
        let source = open("pop909", None).unwrap();
        let songs = source.songs().unwrap();
        let (mut f, mut count) = (0.0, 0.0);
        for song in songs.iter().step_by(60) {
            let path = song.path.with_file_name("beat_midi.txt");
            let list = beats::parse(&std::fs::read_to_string(&path).unwrap(), &path).unwrap();
            let times: Vec<f64> = list.iter().map(|b| b.seconds).collect();
            let file = crate::format::open_midi(&song.path).unwrap().score;
            let notes = super::super::played::heard(&file);
            let (found, right) = hits(&find(&notes), &times);
            f += 2.0 * found * right / (found + right).max(1e-9);
            count += 1.0;
        }
        eprintln!("F {:.3} over {count} songs", f / count);
        assert!(f / count > FLOOR, "{}", f / count);
    }

    /// Of the mean F over the songs above; every other beat alone would be .67.
    const FLOOR: f64 = 0.75;
}
