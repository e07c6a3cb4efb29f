//! Music that lies in a folder, as MIDI files or as tokens of any representation.

use super::{StudyError, Watch};
use crate::dataset::token_file;
use crate::format;
use crate::score::Score;
use crate::tokenizer::{Tokenizer, registry};
use std::path::{Path, PathBuf};

fn cannot(e: impl std::fmt::Display) -> StudyError {
    StudyError::Cannot(e.to_string())
}

/// A piece that was read.
pub struct Piece {
    /// The name of its file, or of its item.
    pub name: String,
    pub score: Score,
    /// Whether its tokens were all legal; MIDI files are.
    pub legal: bool,
}

/// Reads a folder (or a file of tokens): the MIDI files in it and below it in the order of their names, else tokens.
/// Files that cannot be read are told and left out.
///
/// # Errors
/// When there is no music at all.
pub fn read(
    path: &Path,
    tokenizer: Option<&str>,
    most: usize,
    watch: &dyn Watch,
) -> Result<Vec<Piece>, StudyError> {
    let mut files = Vec::new();
    if tokenizer.is_none() {
        collect(path, 0, &mut files)?;
        files.sort();
    }
    let mut pieces = Vec::new();
    for file in files {
        if pieces.len() == most {
            break;
        }
        match format::open_midi(&file) {
            Ok(imported) => pieces.push(Piece {
                name: file
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                score: imported.score,
                legal: true,
            }),
            Err(e) => watch.say(&format!("left out: {e}")),
        }
    }
    if pieces.is_empty() {
        tokens(path, tokenizer, most, &mut pieces, watch)?;
    }
    if pieces.is_empty() {
        return Err(cannot(format!(
            "{} holds no music; name a folder of MIDI files, or of tokens with --tokenizer-id",
            path.display()
        )));
    }
    Ok(pieces)
}

/// Folders below that are gone into.
const DEEPEST: usize = 6;

fn collect(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), StudyError> {
    let is_midi = |p: &Path| {
        p.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("mid") || e.eq_ignore_ascii_case("midi"))
    };
    if path.is_file() {
        if is_midi(path) {
            files.push(path.to_path_buf());
        }
        return Ok(());
    }
    let unreadable =
        |e: std::io::Error| StudyError::Cannot(format!("{} cannot be read: {e}", path.display()));
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let inside = entry.map_err(unreadable)?.path();
        if inside.is_dir() && depth < DEEPEST {
            collect(&inside, depth + 1, files)?;
        } else if is_midi(&inside) {
            files.push(inside);
        }
    }
    Ok(())
}

fn tokens(
    path: &Path,
    tokenizer: Option<&str>,
    most: usize,
    pieces: &mut Vec<Piece>,
    watch: &dyn Watch,
) -> Result<(), StudyError> {
    let tokenizer: &dyn Tokenizer = match tokenizer {
        Some(id) => registry::find(id).map_err(cannot)?,
        None => match token_file::tokenizer_of(path).map_err(cannot)? {
            Some(t) => t,
            None => return Ok(()),
        },
    };
    let mut refused = None;
    token_file::read(path, tokenizer, &mut |name, mut tokens| {
        let legal = tokenizer.is_legal(&tokens);
        if !legal {
            token_file::mend(tokenizer, &mut tokens);
        }
        match tokenizer.decode(&tokens) {
            Ok(score) => pieces.push(Piece { name, score, legal }),
            Err(e) => {
                watch.say(&format!("left out: {name}: {e}"));
                refused = Some(e);
            }
        }
        pieces.len() < most
    })
    .map_err(cannot)?;
    match refused {
        Some(e) if pieces.is_empty() => Err(cannot(e)),
        _ => Ok(()),
    }
}
