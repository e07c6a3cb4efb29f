//! The pieces that come with the studio.

use super::state::State;
use crate::score::{Document, Mask, Region, Score};

/// What is masked when a piece is opened, and which model is to write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The second phrase, for the model of songs.
    Phrase,
    /// Everything under the first track, for the model that harmonises.
    Harmonise,
}

impl Opening {
    /// Id of the model.
    fn model(self) -> &'static str {
        match self {
            Opening::Phrase => "pop",
            Opening::Harmonise => "chorale",
        }
    }
}

/// A bundled piece.
pub struct Demo {
    pub name: &'static str,
    pub opening: Opening,
    pub bytes: &'static [u8],
}

macro_rules! demo {
    ($name:literal, $file:literal, $opening:ident) => {
        Demo {
            name: $name,
            opening: Opening::$opening,
            bytes: include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/assets/demos/",
                $file,
                ".mid"
            )),
        }
    };
}

/// Every bundled piece; the first one is opened on the first start.
pub static DEMOS: &[Demo] = &[
    demo!("Paper Lanterns", "paper_lanterns", Phrase),
    demo!("Second-hand Rain", "second_hand_rain", Phrase),
    demo!("Chorale in F major", "chorale_in_f_major", Harmonise),
    demo!("Chorale in G major", "chorale_in_g_major", Harmonise),
    demo!("Chorale in G minor", "chorale_in_g_minor", Harmonise),
];

/// The piece with what its opening says masked.
fn masked(score: Score, opening: Opening) -> Document {
    if opening == Opening::Harmonise {
        let under = score.tracks.iter().skip(1).map(|t| t.id).collect();
        let mut document = Document::new(score);
        let end = document.score.end();
        document.mask = Mask::of(Region::time(0, end, Some(under))).into();
        return document;
    }
    let bars = score.bars();
    let count = score.bar_count();
    let long = 4.min(count);
    // After the first phrase, where one looks first, and with context on both sides.
    let first = 4.min(count.saturating_sub(long) / 2);
    let mut document = Document::new(score);
    document.mask = Mask::of(Region::time(
        bars.start(first),
        bars.start(first + long),
        None,
    ))
    .into();
    document
}

/// Opens a bundled piece, ready to generate.
pub fn open(state: &mut State, index: usize) {
    let Some(demo) = DEMOS.get(index) else {
        return;
    };
    match crate::format::smf::import(demo.bytes, demo.name) {
        Ok(imported) => {
            state.show_document(masked(imported.score, demo.opening), None);
            state.hint = true;
            // While models are still being opened it is only wished for: one that is not there gives way.
            let models = &state.jobs.models;
            let model = demo.opening.model();
            if models.is_empty() || models.iter().any(|m| m.id == model) {
                state.settings.generate.model = Some(model.into());
            }
        }
        Err(e) => state.toasts.error(
            &format!("The demo piece {} could not be opened.", demo.name),
            &e.to_string(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studio::stats::MaskStats;

    #[test]
    fn the_second_phrase_is_masked() {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        for i in 0..64 {
            s.add_note(t, i * 480, 480, 60, 80);
        }
        let doc = masked(s, Opening::Phrase);
        assert_eq!(MaskStats::of(&doc).bars, (4..8).collect());
    }

    #[test]
    fn a_piece_of_one_bar_is_masked_whole() {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        s.add_note(t, 0, 480, 60, 80);
        assert_eq!(MaskStats::of(&masked(s, Opening::Phrase)).bars, [0].into());
    }

    #[test]
    fn every_demo_opens_and_a_chorale_with_everything_under_its_soprano_masked() {
        for demo in DEMOS {
            let imported = crate::format::smf::import(demo.bytes, demo.name).unwrap();
            assert!(imported.score.note_count() > 0, "{}", demo.name);
            if demo.opening == Opening::Harmonise {
                let document = masked(imported.score, demo.opening);
                let tracks = &document.score.tracks;
                assert_eq!(tracks.len(), 4, "{}", demo.name);
                for (i, track) in tracks.iter().enumerate() {
                    let all = track
                        .notes
                        .iter()
                        .all(|n| document.mask.selects(track.id, n));
                    let any = track
                        .notes
                        .iter()
                        .any(|n| document.mask.selects(track.id, n));
                    assert_eq!((all, any), (i > 0, i > 0), "{}: {}", demo.name, track.name);
                }
            }
        }
    }
}
