//! The representations by name. A new one is a file of its own and a line here.

use super::grid::Grid;
use super::trio_octuple::TrioOctuple;
use super::{Tokenizer, mmt, remi_z, roll, structured, tpd};

/// Whether a representation is as published or has the published form's defects mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    #[default]
    Corrected,
    /// To the id what the reference system writes.
    ReferenceCompatible,
}

/// Every registered representation in its corrected form.
pub fn all() -> &'static [&'static dyn Tokenizer] {
    const FORM: Form = Form::Corrected;
    const MELODY: Grid = Grid::melody(FORM);
    const TRIO: Grid = Grid::trio(FORM);
    const CHORALE: Grid = Grid::chorale(FORM);
    const MELODY_OCTUPLE: TrioOctuple = TrioOctuple::melody(FORM);
    const TRIO_OCTUPLE: TrioOctuple = TrioOctuple::trio(FORM);
    &[
        &MELODY,
        &TRIO,
        &CHORALE,
        &remi_z::REMI_Z,
        &remi_z::REMI_Z_PLAIN,
        &roll::ROLL,
        &roll::FRAME_ROLL,
        &MELODY_OCTUPLE,
        &TRIO_OCTUPLE,
        &mmt::Mmt {
            form: Form::Corrected,
        },
        &structured::Structured,
        &tpd::Tpd { form: FORM },
    ]
}

/// The forms that write to the id what a reference system writes, where that has defects; their names end in
/// `-reference`.
pub fn compatible() -> &'static [&'static dyn Tokenizer] {
    const FORM: Form = Form::ReferenceCompatible;
    const MELODY: Grid = Grid::melody(FORM);
    const TRIO: Grid = Grid::trio(FORM);
    const MELODY_OCTUPLE: TrioOctuple = TrioOctuple::melody(FORM);
    const TRIO_OCTUPLE: TrioOctuple = TrioOctuple::trio(FORM);
    &[
        &MELODY,
        &TRIO,
        &MELODY_OCTUPLE,
        &TRIO_OCTUPLE,
        &remi_z::REMI_Z_REFERENCE,
        &mmt::Mmt { form: FORM },
        &tpd::Tpd { form: FORM },
    ]
}

/// The representation of that name.
///
/// # Errors
/// The names there are, when there is none of that name.
pub fn find(id: &str) -> Result<&'static dyn Tokenizer, String> {
    let every = || all().iter().chain(compatible()).copied();
    every().find(|t| t.id() == id).ok_or_else(|| {
        let known: Vec<&str> = every().map(|t| t.id()).collect();
        format!(
            "there is no tokenizer \"{id}\"; there are: {}",
            known.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;
    use proptest::prelude::*;

    fn score() -> impl Strategy<Value = Score> {
        let note = (0u32..4000, 1u32..900, 0u8..128, 1u8..128);
        let track = (0u8..128, any::<bool>(), prop::collection::vec(note, 0..30));
        (
            prop::collection::vec(track, 0..4),
            prop::sample::select(vec![12u16, 96, 480]),
        )
            .prop_map(|(tracks, ppq)| {
                let mut s = Score {
                    ppq,
                    ..Score::default()
                };
                for (i, (program, drums, notes)) in tracks.into_iter().enumerate() {
                    let t = s.add_track("t", if drums { 9 } else { i as u8 }, program);
                    for (start, length, pitch, velocity) in notes {
                        s.add_note(t, start * u32::from(ppq) / 96, length, pitch, velocity);
                    }
                }
                s
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn tokens_are_legal_and_a_second_round_trip_changes_nothing(score in score()) {
            for t in all() {
                let Ok(once) = t.encode(&score) else { continue };
                prop_assert!(t.is_legal(&once), "{}", t.id());
                let back = t.decode(&once).map_err(|e| TestCaseError::fail(e.to_string()))?;
                let twice = t.encode(&back);
                prop_assert_eq!(twice.as_ref(), Ok(&once), "{}", t.id());
            }
        }

        #[test]
        fn any_ids_are_decoded_or_refused_in_words(ids in prop::collection::vec(-3i32..700, 0..90)) {
            for t in all() {
                let fields = t.fields().len();
                let whole = ids.len() / fields * fields;
                let tokens = super::super::Tokens { fields, ids: ids[..whole].to_vec() };
                if let Err(e) = t.decode(&tokens) {
                    prop_assert!(e.to_string().contains(t.id()));
                }
            }
        }
    }

    #[test]
    fn names_are_unique_and_an_unknown_one_is_answered_with_those_there_are() {
        let mut names: Vec<_> = all().iter().chain(compatible()).map(|t| t.id()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().len() + compatible().len());
        for t in all().iter().chain(compatible()) {
            let reference = t.form() == Form::ReferenceCompatible;
            assert_eq!(t.id().ends_with("-reference"), reference, "{}", t.id());
        }
        assert!(find("nothing").err().unwrap().contains("mmt"));
        assert_eq!(find("tpd").unwrap().id(), "tpd");
    }
}
