//! A piece written as another kind of file: the one its name ends in.

use super::{CliError, files};
use crate::format::picture::{self, Colours, Look};
use crate::format::{self, FormatError, Report, musicxml};
use crate::score::Score;
use std::collections::BTreeSet;
use std::path::Path;

/// Writes a piece; answers what the file says otherwise.
pub type Writer = fn(&Path, &Score) -> Result<Report, FormatError>;

/// Endings of files that hold a piece.
const PIECES: [&str; 4] = ["mid", "midi", "smf", "lacuna"];

/// Endings of what a piece can be written as.
const WRITERS: [(&str, Writer); 6] = [
    ("musicxml", musicxml::save),
    ("xml", musicxml::save),
    ("svg", |path, score| {
        picture_with(path, score, picture::save_svg)
    }),
    ("png", |path, score| {
        picture_with(path, score, picture::save_png)
    }),
    ("mid", midi),
    ("midi", midi),
];

fn midi(path: &Path, score: &Score) -> Result<Report, FormatError> {
    format::save_midi(path, score).map(|()| Report::default())
}

type Save = fn(&Path, &Score, &Look<'_>) -> Result<(), FormatError>;

fn picture_with(path: &Path, score: &Score, save: Save) -> Result<Report, FormatError> {
    let look = Look {
        range: None,
        hidden: &BTreeSet::new(),
        mask: None,
        filled: false,
        colours: Colours::default(),
    };
    save(path, score, &look).map(|()| Report::default())
}

/// How to write the second file, if the first is a piece and the second can be written from one.
pub fn writer(piece: &Path, output: &Path) -> Option<Writer> {
    let ends = |path: &Path, ending: &str| {
        path.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case(ending))
    };
    PIECES.iter().find(|e| ends(piece, e))?;
    let row = WRITERS.iter().find(|(e, _)| ends(output, e));
    row.map(|(_, writer)| *writer)
}

/// Reads the piece and writes it.
pub fn run(piece: &Path, output: &Path, writer: Writer, force: bool) -> Result<(), CliError> {
    files::refuse_to_replace(output, force)?;
    let score = files::read_score(piece)?;
    let report = writer(output, &score)?;
    for sentence in &report.sentences {
        eprintln!("note: {}: {sentence}", output.display());
    }
    println!("{}", output.display());
    Ok(())
}
