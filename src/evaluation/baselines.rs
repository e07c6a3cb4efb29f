//! Answers no model is needed for. A model that does not beat them has learnt nothing.

use crate::score::{Mask, Note, Score, TakeNote, TrackId};
use rand::Rng;
use std::ops::Range;

fn take_note(track: TrackId, note: &Note, start: u32) -> TakeNote {
    TakeNote {
        track,
        start,
        length: note.length.max(1),
        pitch: note.pitch,
        velocity: note.velocity,
        confidence: 1.0,
        replaces: None,
    }
}

/// The masked notes themselves: the best any answer can score, and the floor of the other figures.
pub fn originals(score: &Score, mask: &Mask) -> Vec<TakeNote> {
    let mut list = Vec::new();
    for t in &score.tracks {
        for n in t.notes.iter().filter(|n| mask.selects(t.id, n)) {
            list.push(take_note(t.id, n, n.start));
        }
    }
    list
}

/// The bars just before the hole (as many as it has) repeated into it, note by note at the same place in the bar. A
/// hole nearer to the start than it is long repeats what bars there are; a hole at the very start takes the bars
/// after it. Only what the mask covers is written.
pub fn previous_bars(score: &Score, mask: &Mask, hole: Range<u32>) -> Vec<TakeNote> {
    let length = hole.end.saturating_sub(hole.start);
    let source: Range<u32> = if hole.start > 0 {
        hole.start.saturating_sub(length)..hole.start
    } else {
        hole.end..hole.end.saturating_add(length)
    };
    let map: Vec<_> = score.tracks.iter().map(|t| (t.id, t.id)).collect();
    copy_bars(score, source, score, hole, mask, &map)
}

/// As many bars of a random song as the hole has, from a random place in it. Tracks answer to tracks of the same name,
/// else to those of the same place. Empty where no song is long enough.
pub fn random_bars(
    rng: &mut impl Rng,
    songs: &[Score],
    score: &Score,
    mask: &Mask,
    hole: Range<u32>,
) -> Vec<TakeNote> {
    let length = hole.end.saturating_sub(hole.start);
    let long: Vec<&Score> = songs.iter().filter(|s| s.bar_count() >= length).collect();
    if long.is_empty() || length == 0 {
        return Vec::new();
    }
    let song = long[rng.random_range(0..long.len())];
    let first = rng.random_range(0..=song.bar_count() - length);
    let map: Vec<_> = score
        .tracks
        .iter()
        .enumerate()
        .filter_map(|(i, t)| {
            let same = song.tracks.iter().find(|s| s.name == t.name);
            Some((same.or_else(|| song.tracks.get(i))?.id, t.id))
        })
        .collect();
    copy_bars(song, first..first + length, score, hole, mask, &map)
}

/// Copies bars into a hole, over and over until it is full. `map` pairs source tracks with the hole's.
fn copy_bars(
    from: &Score,
    source: Range<u32>,
    to: &Score,
    hole: Range<u32>,
    mask: &Mask,
    map: &[(TrackId, TrackId)],
) -> Vec<TakeNote> {
    let (old, new) = (from.bars(), to.bars());
    let mut list = Vec::new();
    for (bar, read) in hole.zip(source.cycle()) {
        let (start, room) = (old.start(read), new.length(bar));
        for (a, b) in map {
            let Some(track) = from.track(*a) else {
                continue;
            };
            for n in &track.notes[track.starting_in(start, old.end(read))] {
                let scale =
                    |t: u32| (u64::from(t) * u64::from(to.ppq) / u64::from(from.ppq.max(1))) as u32;
                let offset = scale(n.start - start);
                let at = new.start(bar).saturating_add(offset);
                if offset < room && mask.covers(*b, at, n.pitch) {
                    let mut note = take_note(*b, n, at);
                    note.length = scale(n.length).max(1);
                    list.push(note);
                }
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Source, Split, pop909::Pop909, testing::data_root};
    use crate::evaluation::{HoleMetrics, Protocol, Row, Table};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// `bars` bars of 4/4 on one track, one note a bar a 16th after its start, of pitch `low` + bar.
    fn song(bars: u32, low: u8, name: &str) -> Score {
        let mut score = Score::default();
        let t = score.add_track(name, 0, 0);
        for bar in 0..bars {
            score.add_note(t, bar * 1920 + 120, 240, low + bar as u8, 70);
        }
        score
    }

    #[test]
    fn the_previous_four_bars_keep_their_place_in_the_bar() {
        let score = song(16, 40, "A");
        let case = Protocol::default().case(&score, 0).unwrap();
        let notes = previous_bars(&score, &case.mask(&score), case.hole.clone());
        let got: Vec<_> = notes.iter().map(|n| (n.start, n.pitch)).collect();
        let expected: Vec<_> = (0..4u32)
            .map(|i| ((6 + i) * 1920 + 120, 42 + i as u8))
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn a_hole_near_the_start_repeats_what_there_is() {
        let score = song(16, 40, "A");
        let whole = Mask::of(crate::score::Region::time(0, u32::MAX, None));
        let pitches = |hole: Range<u32>| -> Vec<u8> {
            let notes = previous_bars(&score, &whole, hole);
            notes.iter().map(|n| n.pitch).collect()
        };
        assert_eq!(pitches(2..6), [40, 41, 40, 41]);
        assert_eq!(pitches(0..2), [42, 43]);
        assert_eq!(pitches(3..3), [0u8; 0]);
    }

    #[test]
    fn random_bars_are_four_neighbours_of_another_song_and_repeat_with_the_seed() {
        let score = song(16, 40, "A");
        let case = Protocol::default().case(&score, 0).unwrap();
        let songs = [song(12, 80, "A"), song(2, 10, "A")];
        let draw = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            random_bars(
                &mut rng,
                &songs,
                &score,
                &case.mask(&score),
                case.hole.clone(),
            )
        };
        let notes = draw(1);
        assert_eq!(notes.len(), 4);
        assert!(
            notes
                .windows(2)
                .all(|w| w[1].pitch == w[0].pitch + 1 && w[0].pitch >= 80)
        );
        assert_eq!(notes, draw(1));
        assert!(
            random_bars(
                &mut ChaCha8Rng::seed_from_u64(0),
                &[],
                &score,
                &case.mask(&score),
                6..10
            )
            .is_empty()
        );
    }

    /// The figures of `shared/notes/first-fill.md` came from other test songs and a shorter window, so only their
    /// neighbourhood can be asked for.
    #[test]
    fn the_baselines_score_on_real_songs_what_the_prototype_measured() {
        let Some(root) = data_root() else { return };
        let source = Pop909::new(&root.join("pop909"));
        let load = |split, every: usize| -> Vec<Score> {
            let songs = source.songs_of(split).unwrap();
            let some = songs.iter().step_by(every);
            some.filter_map(|s| source.load(s).ok())
                .map(|s| s.score)
                .collect()
        };
        let (test, train) = (load(Split::Test, 1), load(Split::Train, 16));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut rows: [Vec<HoleMetrics>; 3] = Default::default();
        for score in &test {
            let Some(case) = Protocol::default().case(score, 14) else {
                continue;
            };
            let mask = case.mask(score);
            let answers = [
                originals(score, &mask),
                previous_bars(score, &mask, case.hole.clone()),
                random_bars(&mut rng, &train, score, &mask, case.hole.clone()),
            ];
            for (row, answer) in rows.iter_mut().zip(answers) {
                row.push(case.measure(score, &answer));
            }
        }
        let table = Table {
            title: format!("POP909, {} test songs, bars 20 to 24", test.len()),
            rows: ["originals", "previous bars", "random bars"]
                .into_iter()
                .zip(&rows)
                .map(|(name, holes)| Row::of(name, holes))
                .collect(),
        };
        println!("{}", table.to_text());
        let of = |row: usize, name: &str| table.rows[row].metrics[name].mean;
        assert_eq!(of(0, "note_f1_with_duration"), 1.0);
        assert!((of(1, "note_f1") - 0.283).abs() < 0.06);
        assert!((of(1, "onset_f1") - 0.758).abs() < 0.05);
        assert!((of(2, "onset_f1") - 0.600).abs() < 0.05);
        assert!((of(2, "note_f1") - 0.056).abs() < 0.04);
        assert!(of(2, "out_of_key") > 0.25 && of(0, "out_of_key") < 0.05);
    }
}
