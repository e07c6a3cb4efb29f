//! The pieces that come with the studio.

use super::state::State;
use crate::score::{Document, Mask, Region, Score};

/// A bundled piece.
pub struct Demo {
    pub name: &'static str,
    pub bytes: &'static [u8],
}

macro_rules! demo {
    ($name:literal, $file:literal) => {
        Demo {
            name: $name,
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
    demo!("Paper Lanterns", "paper_lanterns"),
    demo!("Second-hand Rain", "second_hand_rain"),
    demo!("Chorale in F major", "chorale_in_f_major"),
    demo!("Chorale in G major", "chorale_in_g_major"),
    demo!("Chorale in G minor", "chorale_in_g_minor"),
];

/// The piece with four bars masked: the second phrase, with context on both sides.
fn masked(score: Score) -> Document {
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
            state.show_document(masked(imported.score), None);
            state.hint = true;
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
        let doc = masked(s);
        assert_eq!(MaskStats::of(&doc).bars, (4..8).collect());
    }

    #[test]
    fn a_piece_of_one_bar_is_masked_whole() {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        s.add_note(t, 0, 480, 60, 80);
        assert_eq!(MaskStats::of(&masked(s)).bars, [0].into());
    }

    #[test]
    fn every_demo_opens() {
        for demo in DEMOS {
            let imported = crate::format::smf::import(demo.bytes, demo.name).unwrap();
            assert!(imported.score.note_count() > 0, "{}", demo.name);
        }
    }
}
