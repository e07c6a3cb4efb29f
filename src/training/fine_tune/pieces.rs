//! A folder of one's own pieces, made ready to be learnt from.

use crate::dataset::encoder::Encoder;
use crate::dataset::prepare::{self, PrepareError, Progress};
use crate::dataset::prepared::Index;
use crate::dataset::{self, DatasetError};
use std::path::{Path, PathBuf};

/// The source that reads any folder of MIDI files, played freely or not.
const SOURCE: &str = "played";
/// What earlier ones were read by; they are read anew.
const BEFORE: &str = "midi";

/// Why the pieces could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum PiecesError {
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error("{} holds another data set ({of}); give the new model another id", folder.display())]
    Taken { folder: PathBuf, of: String },
    #[error("{} has no name to call a model by; name a folder", folder.display())]
    Nameless { folder: PathBuf },
}

impl From<DatasetError> for PiecesError {
    fn from(e: DatasetError) -> PiecesError {
        PiecesError::Prepare(e.into())
    }
}

/// Name of a folder of pieces.
///
/// # Errors
/// A path such as `/` that names nothing.
pub fn name_of(root: &Path) -> Result<String, PiecesError> {
    let name = root.file_name().map(|n| n.to_string_lossy().into_owned());
    name.ok_or_else(|| PiecesError::Nameless {
        folder: root.to_path_buf(),
    })
}

/// Id of a model made one's own on a folder of this name: it names folders, so only letters, digits, `-`, `_` and dots.
pub fn id_of(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let clean: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect();
    format!("own-{}", clean.trim_matches('-'))
}

/// Prepares the MIDI files below `root` into `dataset`, whole, on the free octuple, with so many workers; `on` hears of
/// every piece and breaks off by returning false.
///
/// # Errors
/// A folder without MIDI files, a data set of another kind in the way, or as [`prepare::prepare`].
pub fn prepare(
    root: &Path,
    dataset: &Path,
    workers: usize,
    on: &mut dyn FnMut(Progress) -> bool,
) -> Result<Index, PiecesError> {
    if let Ok(index) = Index::load(dataset)
        && ![SOURCE, BEFORE].contains(&index.plan.source.as_str())
    {
        return Err(PiecesError::Taken {
            folder: dataset.to_path_buf(),
            of: index.plan.source,
        });
    }
    let source = dataset::open(SOURCE, Some(root))?;
    let encoder = Encoder::FreeOctuple;
    let plan = encoder.plan(source.id());
    Ok(prepare::prepare(
        source.as_ref(),
        &encoder,
        &plan,
        dataset,
        workers,
        on,
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_folders_whatever_the_pieces_lie_in() {
        assert_eq!(id_of("waltzes"), "own-waltzes");
        assert_eq!(id_of("Für Elise (alt)"), "own-Für-Elise--alt");
        assert!(name_of(Path::new("/")).is_err());
    }

    #[test]
    fn another_data_set_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let encoder = Encoder::FreeOctuple;
        let plan = encoder.plan("pop909");
        Index::new(plan, Vec::new()).save(folder.path()).unwrap();
        let e = prepare(Path::new("songs"), folder.path(), 1, &mut |_| true);
        let e = e.unwrap_err().to_string();
        assert!(e.contains("pop909") && e.contains("another id"), "{e}");
    }
}
