//! Music made nonsense, and nonsense made to score well: the rows every table has beside its models. A metric that
//! cannot tell them from real music says nothing by itself.
//!
//! The two adversaries know the metrics. [`independent`] draws every value of every note by itself from those of the
//! training songs, so that all histograms fit and nothing else does. [`framed`] is built on SCHmUBERT's own critique of
//! its framewise measure (`construct_perfect_samples` there): random notes whose frames overlap exactly as those of a
//! real piece do.

use super::family::schmubert::overlap;
use super::protocol::Case;
use super::sample::Sample;
use crate::dataset::transform::arrange::arrange;
use crate::dataset::transform::{bar_count, shuffle};
use crate::score::{Bars, Note, Score, TakeNote};
use rand::Rng;
use std::ops::Range;

/// Ticks a quarter of what is made here, and of its bars of 4/4.
const PPQ: u32 = 480;
const BAR: u32 = 4 * PPQ;
/// Bars that [`repeated`] goes round in.
const LOOP: u32 = 4;

/// The bars of a piece in random order.
pub fn shuffled(score: &Score, rng: &mut impl Rng) -> Score {
    shuffle::bars(score, rng)
}

/// The first four bars of a piece over and over: what comes of always repeating the previous bars.
pub fn repeated(score: &Score) -> Score {
    let bars = bar_count(score);
    let first = (0..bars).find(|b| {
        let lines = score.bars();
        let range = lines.start(*b)..lines.end(*b);
        score.notes().any(|(_, n)| range.contains(&n.start))
    });
    let first = first.unwrap_or(0);
    let around = first..(first + LOOP).min(bars);
    let order: Vec<Range<u32>> = (0..bars)
        .map(|b| around.start + b % LOOP.min(around.len().max(1) as u32))
        .map(|b| b..b + 1)
        .collect();
    arrange(score, &order)
}

/// What notes of a set have, a list for each value, so that each can be drawn by itself.
#[derive(Clone, Debug, Default)]
pub struct Marginals {
    /// By track: notes a bar, empty bars left out; pitches; lengths and places in the bar in ticks; velocities.
    tracks: Vec<Values>,
}

#[derive(Clone, Debug, Default)]
struct Values {
    counts: Vec<u32>,
    pitches: Vec<u8>,
    lengths: Vec<u32>,
    places: Vec<u32>,
    velocities: Vec<u8>,
    /// Bars with and without notes of this track.
    bars: (usize, usize),
}

impl Marginals {
    /// Counts the notes of some pieces. Drums are left out.
    pub fn of<'a>(pieces: impl IntoIterator<Item = &'a Sample>) -> Marginals {
        let mut all = Marginals::default();
        for piece in pieces {
            let scale = |ticks: u32| {
                (u64::from(ticks) * u64::from(PPQ) / u64::from(piece.ppq.max(1))) as u32
            };
            for bar in piece.by_bar() {
                for track in 0..piece.tracks {
                    let here = bar.iter().filter(|n| n.track == track && !n.drum);
                    if all.tracks.len() <= usize::from(track) {
                        all.tracks.resize(usize::from(track) + 1, Values::default());
                    }
                    let Some(values) = all.tracks.get_mut(usize::from(track)) else {
                        continue;
                    };
                    let count = here.clone().count() as u32;
                    match count {
                        0 => values.bars.1 += 1,
                        _ => {
                            values.bars.0 += 1;
                            values.counts.push(count);
                        }
                    }
                    for n in here {
                        values.pitches.push(n.pitch);
                        values.lengths.push(scale(n.end - n.start).max(1));
                        values.places.push((n.position * PPQ / 16).min(BAR - 1));
                        values.velocities.push(n.velocity);
                    }
                }
            }
        }
        all
    }
}

fn draw<T: Copy>(list: &[T], rng: &mut impl Rng) -> Option<T> {
    (!list.is_empty()).then(|| list[rng.random_range(0..list.len())])
}

/// A piece whose every histogram fits: how many notes each bar and track has, and each note's pitch, length, place and
/// velocity, are drawn one by one, without regard to each other.
pub fn independent(marginals: &Marginals, bars: u32, rng: &mut impl Rng) -> Score {
    let mut score = Score::default();
    for (channel, values) in marginals.tracks.iter().enumerate() {
        let track = score.add_track(format!("Voice {}", channel + 1), channel.min(8) as u8, 0);
        let all = values.bars.0 + values.bars.1;
        for bar in 0..bars {
            if all == 0 || rng.random_range(0..all) >= values.bars.0 {
                continue;
            }
            for _ in 0..draw(&values.counts, rng).unwrap_or(0) {
                let drawn = (
                    draw(&values.places, rng),
                    draw(&values.lengths, rng),
                    draw(&values.pitches, rng),
                    draw(&values.velocities, rng),
                );
                if let (Some(place), Some(length), Some(pitch), Some(velocity)) = drawn {
                    score.add_note(track, bar * BAR + place, length, pitch, velocity);
                }
            }
        }
    }
    score
}

/// A piece of one note, again and again: the commonest pitch, length and velocity, as many a bar as is usual.
pub fn constant(marginals: &Marginals, bars: u32) -> Score {
    let mut score = Score::default();
    for (channel, values) in marginals.tracks.iter().enumerate() {
        let track = score.add_track(format!("Voice {}", channel + 1), channel.min(8) as u8, 0);
        let (Some(pitch), Some(length), Some(velocity)) = (
            commonest(&values.pitches),
            commonest(&values.lengths),
            commonest(&values.velocities),
        ) else {
            continue;
        };
        let sum: u32 = values.counts.iter().sum();
        let count = (f64::from(sum) / values.counts.len().max(1) as f64)
            .round()
            .max(1.0) as u32;
        for bar in 0..bars {
            for i in 0..count {
                score.add_note(track, bar * BAR + i * BAR / count, length, pitch, velocity);
            }
        }
    }
    score
}

fn commonest<T: Copy + Ord>(list: &[T]) -> Option<T> {
    let mut sorted = list.to_vec();
    sorted.sort_unstable();
    sorted
        .chunk_by(|a, b| a == b)
        .max_by_key(|run| run.len())
        .map(|run| run[0])
}

/// Notes a bar of [`framed`].
const NOTES: u32 = 8;
/// Halvings of the search for an overlap.
const HALVINGS: usize = 24;

/// Random notes whose frames overlap, in pitch and in length, as much as those of `real` do: in blocks of four bars the
/// mean goes up and down by just as much as it takes. Places in the bar are drawn at random, pitches are chromatic.
/// `None` where the piece is too short for frames.
pub fn framed(real: &Sample, bars: u32, rng: &mut impl Rng) -> Option<Score> {
    let pitch = overlap(real, |n| f64::from(n.pitch))?;
    let length = overlap(real, |n| f64::from(n.steps))?;
    let notes = (bars * NOTES) as usize;
    let places: Vec<u32> = (0..notes).map(|_| rng.random_range(0..16)).collect();
    let mut spread = |width: f64| -> Vec<f64> {
        (0..notes)
            .map(|i| {
                let z = (i % 8) as f64 - 3.5;
                z * width + rng.random::<f64>()
            })
            .collect()
    };
    // Pitches lie some seven semitones about 60, lengths some two 16ths about six.
    let (pitches, lengths) = (spread(3.0), spread(0.8));
    let build = |up: f64, longer: f64| {
        let mut score = Score::default();
        let track = score.add_track("Frames", 0, 0);
        let all = pitches.iter().zip(&lengths).zip(&places).enumerate();
        for (i, ((pitch, length), place)) in all {
            let bar = i as u32 / NOTES;
            let high = f64::from((bar / 4) % 2);
            let p = (60.0 + pitch + (high - 0.5) * up).floor().clamp(0.0, 127.0) as u8;
            let l = (6.0 + length + high * longer).floor().max(1.0) as u32;
            score.add_note(track, bar * BAR + place * (PPQ / 4), l * (PPQ / 4), p, 80);
        }
        score
    };
    let search = |wanted: f64, most: f64, of: &dyn Fn(f64) -> Option<f64>| -> Option<f64> {
        let (mut low, mut high) = (0.0, most);
        for _ in 0..HALVINGS {
            let middle = (low + high) / 2.0;
            if of(middle)? > wanted {
                low = middle
            } else {
                high = middle
            }
        }
        Some(low)
    };
    let up = search(pitch, 100.0, &|up| {
        overlap(&Sample::of("", &build(up, 0.0)), |n| f64::from(n.pitch))
    })?;
    let longer = search(length, 60.0, &|longer| {
        overlap(&Sample::of("", &build(0.0, longer)), |n| f64::from(n.steps))
    })?;
    Some(build(up, longer))
}

/// A hole filled with one note of each track, the commonest of the bars around it, as often a bar as is usual there.
pub fn constant_hole(score: &Score, case: &Case) -> Vec<TakeNote> {
    in_hole(score, case, |notes, bar, lines| {
        let list = |of: &dyn Fn(&Note) -> u32| notes.iter().map(of).collect::<Vec<u32>>();
        let pitch = commonest(&list(&|n| u32::from(n.pitch)));
        let length = commonest(&list(&|n| n.length));
        let velocity = commonest(&list(&|n| u32::from(n.velocity)));
        let bars = (case.window.len() - case.hole.len()).max(1);
        let count = (notes.len() as f64 / bars as f64).round() as u32;
        let (Some(pitch), Some(length), Some(velocity)) = (pitch, length, velocity) else {
            return Vec::new();
        };
        let at = |i: u32| lines.start(bar) + i * lines.length(bar) / count.max(1);
        (0..count)
            .map(|i| (at(i), length, pitch as u8, velocity as u8))
            .collect()
    })
}

/// A hole whose notes have each value drawn by itself from the notes of the same track around it.
pub fn independent_hole(score: &Score, case: &Case, rng: &mut impl Rng) -> Vec<TakeNote> {
    in_hole(score, case, |notes, bar, lines| {
        let all = score.bars();
        let bars: Vec<u32> = case
            .window
            .clone()
            .filter(|b| !case.hole.contains(b))
            .collect();
        let Some(like) = draw(&bars, rng) else {
            return Vec::new();
        };
        let range = all.start(like)..all.end(like);
        let count = notes.iter().filter(|n| range.contains(&n.start)).count();
        let place = |n: &Note| n.start - all.start(all.bar_at(n.start));
        (0..count)
            .filter_map(|_| {
                let at = lines.start(bar) + place(&draw(notes, rng)?).min(lines.length(bar) - 1);
                let (length, pitch) = (draw(notes, rng)?.length, draw(notes, rng)?.pitch);
                Some((at, length, pitch, draw(notes, rng)?.velocity))
            })
            .collect()
    })
}

/// Writes every bar of the hole in every track from the track's notes in the rest of the window.
fn in_hole(
    score: &Score,
    case: &Case,
    mut write: impl FnMut(&[Note], u32, &Bars) -> Vec<(u32, u32, u8, u8)>,
) -> Vec<TakeNote> {
    let lines = score.bars();
    let (window, hole) = (
        lines.start(case.window.start)..lines.start(case.window.end),
        lines.start(case.hole.start)..lines.start(case.hole.end),
    );
    let mut written = Vec::new();
    for track in &score.tracks {
        let inside = track.notes[track.starting_in(window.start, window.end)].iter();
        let context: Vec<Note> = inside
            .filter(|n| !hole.contains(&n.start))
            .copied()
            .collect();
        for bar in case.hole.clone() {
            let notes = write(&context, bar, &lines).into_iter();
            written.extend(notes.map(|(start, length, pitch, velocity)| TakeNote {
                track: track.id,
                start,
                length: length.max(1),
                pitch,
                velocity,
                confidence: 1.0,
                replaces: None,
            }));
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::comparison::{Comparison, Kind, Measuring};
    use crate::evaluation::registry::find;
    use crate::evaluation::set::Set;
    use crate::evaluation::testing::tracks;
    use crate::process::generator;
    use std::collections::BTreeMap;
    use std::sync::atomic::AtomicBool;

    /// A song with an order one can hear: phrases of four bars (ABAB, then CDCD), chords under them, in some key.
    fn song(seed: u64) -> Score {
        let mut rng = generator(seed, 1);
        let key = rng.random_range(0..12u8);
        let scale = [0u8, 2, 4, 5, 7, 9, 11, 12, 14];
        let phrase = |rng: &mut rand_chacha::ChaCha8Rng| -> Vec<(u32, u8)> {
            (0..16)
                .map(|i| (4 * i, scale[rng.random_range(0..9)]))
                .collect()
        };
        let phrases: Vec<_> = (0..4).map(|_| phrase(&mut rng)).collect();
        let roots = [[0u8, 9, 5, 7], [5, 7, 4, 9]];
        let (mut melody, mut chords) = (Vec::new(), Vec::new());
        for (at, which) in [0, 1, 0, 1, 2, 3, 2, 3].into_iter().enumerate() {
            let start = 64 * at as u32;
            melody.extend(
                phrases[which]
                    .iter()
                    .map(|(t, p)| (start + t, 4, 60 + key + p)),
            );
            for (bar, root) in roots[which / 2].into_iter().enumerate() {
                for step in [0, 7, 12] {
                    chords.push((start + 16 * bar as u32, 16, 36 + key + root + step));
                }
            }
        }
        tracks(&[&melody, &chords])
    }

    #[test]
    fn repeated_bars_are_the_first_four_round_and_round() {
        let new = repeated(&song(1));
        let bars = |s: &Score| -> Vec<Vec<u8>> {
            let piece = Sample::of("", s);
            piece
                .by_bar()
                .iter()
                .map(|b| b.iter().map(|n| n.pitch).collect())
                .collect()
        };
        let (old, new) = (bars(&song(1)), bars(&new));
        assert_eq!(new.len(), old.len());
        for (i, bar) in new.iter().enumerate() {
            assert_eq!(bar, &old[i % 4]);
        }
    }

    #[test]
    fn nonsense_in_a_hole_is_of_what_stands_around_it() {
        let score = song(5);
        let case = crate::evaluation::Protocol::default()
            .case(&score, 0)
            .unwrap();
        let around: Vec<u8> = {
            let (before, after) = case.context(&score);
            before.iter().chain(&after).map(|n| n.pitch).collect()
        };
        let constants = constant_hole(&score, &case);
        let drawn = independent_hole(&score, &case, &mut generator(2, 2));
        for written in [&constants, &drawn] {
            let notes = case.written(&score, written);
            assert_eq!(notes.len(), written.len(), "all in the hole");
            assert!(notes.len() > 16 && notes.iter().all(|n| around.contains(&n.pitch)));
        }
        let mut melody: Vec<u8> = constants
            .iter()
            .filter(|n| n.track == score.tracks[0].id)
            .map(|n| n.pitch)
            .collect();
        melody.dedup();
        assert_eq!(melody.len(), 1);
    }

    #[test]
    fn the_frames_overlap_as_those_of_the_piece() {
        let real = Sample::of("", &song(3));
        let wanted = overlap(&real, |n| f64::from(n.pitch)).unwrap();
        let made = framed(&real, 32, &mut generator(4, 0)).unwrap();
        let got = overlap(&Sample::of("", &made), |n| f64::from(n.pitch)).unwrap();
        assert!((wanted - got).abs() < 0.02, "{wanted} {got}");
        assert!(framed(&Sample::default(), 32, &mut generator(4, 0)).is_none());
    }

    /// The heart of it: on songs with an order, the adversaries pass the metrics they were made for and are flagged, and
    /// shuffled bars lie farther from real music than real music does.
    #[test]
    fn adversaries_are_flagged_and_shuffled_bars_rank_below_real_ones() {
        let sample = |(i, s): (usize, Score)| Sample::of(i.to_string(), &s);
        let set = |list: Vec<Score>| Set::of(list.into_iter().enumerate().map(sample));
        let songs = |from: u64| -> Vec<Score> { (from..from + 40).map(song).collect() };
        let training = set(songs(0));
        let marginals = Marginals::of(training.iter());
        let test = songs(100);
        let mut rng = generator(9, 9);
        let frames: Vec<Score> = training
            .iter()
            .filter_map(|p| framed(p, 32, &mut rng))
            .collect();
        let rows = [
            ("training", Kind::Floor, songs(50)),
            ("test", Kind::Floor, test.clone()),
            (
                "shuffled",
                Kind::Displaced,
                test.iter().map(|s| shuffled(s, &mut rng)).collect(),
            ),
            (
                "repeated",
                Kind::Displaced,
                test.iter().map(repeated).collect(),
            ),
            (
                "constants",
                Kind::Nonsense,
                vec![constant(&marginals, 32); 3],
            ),
            (
                "independent",
                Kind::Nonsense,
                (0..40)
                    .map(|_| independent(&marginals, 32, &mut rng))
                    .collect(),
            ),
            ("frames", Kind::Nonsense, frames),
        ];
        let metrics: Vec<_> = crate::evaluation::registry::chosen(&[])
            .unwrap()
            .into_iter()
            .filter(|m| !m.is_of_holes() && m.family != "mgeval" && !m.slow)
            .collect();
        let stop = AtomicBool::new(false);
        let measuring = Measuring {
            metrics: &metrics,
            rounds: 50,
            stop: &stop,
            quick: true,
        };
        let own = measuring.pieces("own", Kind::Floor, &training, Some(&training));
        let targets: BTreeMap<String, f64> = own
            .figures
            .into_iter()
            .map(|(k, f)| (k, f.interval.mean))
            .collect();
        let lines = rows
            .into_iter()
            .map(|(name, kind, list)| measuring.pieces(name, kind, &set(list), Some(&training)))
            .collect();
        let c = Comparison::of("made-up songs", &metrics, targets, lines);
        // Made for them: the marginals fit the histograms, the frames SCHmUBERT's measure.
        for (key, row) in [("pch_kl", "independent"), ("consistency_pitch", "frames")] {
            let v = &c.verdicts[key];
            assert!(
                v.greyed && v.blind_to.iter().any(|b| b == row),
                "{key}: {v:?}"
            );
        }
        // Pairs of bars hear all of them.
        assert!(
            !c.verdicts["bar_fd_2gram"].greyed,
            "{:?}",
            c.verdicts["bar_fd_2gram"]
        );
        let of = |name: &str| c.standings.iter().find(|s| s.row == name).unwrap().distance;
        for real in ["training", "test"] {
            assert_eq!(of(real), 0.0, "{real}");
            for other in ["shuffled", "repeated", "constants", "independent", "frames"] {
                assert!(
                    of(other) > of(real),
                    "{other} {} {real} {}",
                    of(other),
                    of(real)
                );
            }
        }
        assert!(find("pch_kl").is_some());
    }
}
