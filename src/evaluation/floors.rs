//! The rows every table begins with: the originals, which are the floor, and the baselines.

use super::baselines::{originals, previous_bars, random_bars};
use super::metrics::HoleMetrics;
use super::protocol::Protocol;
use super::table::Row;
use crate::score::Score;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Rows for the originals, the previous bars and random bars of `training`, over the windows of each song that start
/// at the bars `starts` and fit. A training song must not be among the songs.
pub fn floors(
    songs: &[Score],
    training: &[Score],
    protocol: &Protocol,
    starts: &[u32],
    seed: u64,
) -> Vec<Row> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rows: [Vec<HoleMetrics>; 3] = Default::default();
    for score in songs {
        for case in starts.iter().filter_map(|s| protocol.case(score, *s)) {
            let mask = case.mask(score);
            let answers = [
                originals(score, &mask),
                previous_bars(score, &mask, case.hole.clone()),
                random_bars(&mut rng, training, score, &mask, case.hole.clone()),
            ];
            for (row, answer) in rows.iter_mut().zip(answers) {
                row.push(case.measure(score, &answer));
            }
        }
    }
    let length = protocol.hole.end.saturating_sub(protocol.hole.start);
    let names = [
        "originals".to_string(),
        format!("previous {length} bars repeated"),
        format!("{length} bars of a random training song"),
    ];
    names
        .into_iter()
        .zip(rows)
        .map(|(name, holes)| Row::of(name, &holes))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Source, Split, pop909::Pop909, testing::data_root};
    use crate::evaluation::Table;

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
        let rows = floors(&test, &train, &Protocol::default(), &[14], 1);
        let table = Table {
            title: format!("POP909, {} test songs, bars 20 to 24", test.len()),
            rows,
        };
        println!("{}", table.to_text());
        let of = |row: usize, name: &str| table.rows[row].metrics[name].mean;
        assert_eq!(of(0, "note_f1_with_duration"), 1.0);
        assert!((of(1, "note_f1") - 0.283).abs() < 0.06);
        assert!((of(1, "onset_f1") - 0.758).abs() < 0.08);
        assert!((of(2, "note_f1") - 0.056).abs() < 0.04);
        assert!(of(2, "out_of_key") > 0.25 && of(0, "out_of_key") < 0.05);
    }
}
