//! A melody is harmonised by the bundled model, as the demo piece asks for it.

use burn::tensor::Device;
use lacuna::evaluation::counterpoint::Counterpoint;
use lacuna::format::smf;
use lacuna::model::Library;
use lacuna::model::fill::Filling;
use lacuna::score::{Constraints, Mask, Region, SamplerSettings, Score};
use lacuna::tokenizer::grid::frames::of_score;
use std::ops::ControlFlow;

fn demo() -> Score {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/assets/demos/chorale_in_f_major.mid"
    );
    let bytes = std::fs::read(file).unwrap();
    smf::import(&bytes, "demo").unwrap().score
}

#[test]
fn three_voices_are_written_under_a_soprano_within_range_and_almost_without_parallels() {
    let mut score = demo();
    let soprano = score.tracks[0].notes.clone();
    let ids: Vec<_> = score.tracks.iter().map(|t| t.id).collect();
    // The voices are there, but nothing is written on them yet.
    for id in &ids[1..] {
        score.track_mut(*id).unwrap().notes.clear();
    }
    let mask = Mask::of(Region::time(
        0,
        score.end(),
        Some(ids[1..].iter().copied().collect()),
    ));
    let model = Library::find(&[]).load("chorale", &Device::flex()).unwrap();
    let filling = Filling {
        score: &score,
        mask: &mask,
        settings: &SamplerSettings::default(),
        constraints: &Constraints::default(),
        device: "",
    };
    let take = filling
        .take(&*model, 0, |_| ControlFlow::Continue(()))
        .unwrap();
    let written = score.with_take(&mask, &take);
    assert_eq!(written.tracks[0].notes, soprano);
    let frames = of_score(&written);
    let count = Counterpoint::of(&frames);
    assert_eq!(count.in_range, count.cells, "{count:?}");
    // All four voices sound nearly everywhere, and the chords move.
    assert!(count.full * 10 > frames.len() * 9, "{count:?}");
    assert!(count.changes > 20, "{count:?}");
    let parallels = count.fifths + count.octaves;
    assert!(parallels * 50 < count.changes, "{count:?}");
}
