//! Text as each of the annotations that data sets bring: beats, keys and chords, CSV tables, JSON lists of pitches.
#![no_main]

use lacuna::dataset::{annotation, beats, csv, jsb};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    let path = Path::new("fuzz");
    if let Ok(list) = beats::parse(text, path)
        && let Some(first) = list.first()
        && let Ok(grid) = beats::BeatGrid::new(&list, first.seconds)
    {
        assert!(!grid.meters().is_empty() && !grid.tempos().is_empty());
        let _ = annotation::parse(text, path, |s| grid.tick(s));
    }
    let _ = annotation::parse(text, path, |s| s as u32);
    if let Ok(rows) = csv::parse(text, path) {
        assert!(rows.windows(2).all(|w| w[0].line < w[1].line));
    }
    if let Ok(piece) = serde_json::from_str::<Vec<Vec<i32>>>(text) {
        let _ = jsb::to_score(&piece, "fuzz");
    }
});
