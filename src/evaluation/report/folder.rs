//! What a study leaves in a folder: tables for programs and people, a plot of every metric, one page with rolls and
//! sound.

use super::{Exhibit, Shown, csv, figure, html, markdown, standings};
use crate::dataset::transform::crop::crop;
use crate::evaluation::embedding::self_similarity;
use crate::evaluation::study::{Piece, Row, Study};
use crate::evaluation::{Comparison, Kind, Sample, registry};
use crate::format::file::write_atomic;
use crate::format::picture::{self, Colours, Look};
use crate::score::{Mask, Region, Score};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Bars of a piece that are heard, and seen.
const HEARD_BARS: u32 = 8;
const SEEN_BARS: u32 = 16;
/// Bars heard before a hole.
const LEAD_IN: u32 = 2;
/// Pieces of a row of which the nearest training song is named.
const NEAREST: usize = 3;

/// Why a report was not left.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    #[error("{path} cannot be made: {source}; choose another folder, or make room")]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(transparent)]
    Format(#[from] crate::format::FormatError),
    /// The comparison cannot be written as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A sound could not be made; a sentence.
    #[error("{0}")]
    Sound(String),
}

/// Makes the bytes of a sound file of a piece.
pub type MakeSound<'a> = &'a dyn Fn(&Score) -> Result<Vec<u8>, String>;

/// How a page is made.
pub struct Page<'a> {
    /// By what it was made, in words.
    pub made: String,
    /// Pieces of each row that are shown.
    pub pieces: usize,
    /// `None` for a silent page.
    pub sound: Option<MakeSound<'a>>,
    /// Hears of pieces that are drawn, of how many.
    pub on_piece: &'a dyn Fn(u64, u64),
}

/// Leaves everything of a study: `metrics_TASK.json`, `.md`, `.csv`, `plots/`, `report.html`. Where several regions were
/// filled, each has tables of its own.
///
/// # Errors
/// When something cannot be written, or a sound not made.
pub fn leave(folder: &Path, task: &str, study: &Study, page: &Page<'_>) -> Result<(), LeaveError> {
    for (at, (region, comparison)) in study.regions.iter().enumerate() {
        let name = format!("{task}_region{}_{}-{}", at + 1, region.start, region.end);
        tables(folder, &name, comparison)?;
    }
    tables(folder, task, &study.comparison)?;
    let exhibits = exhibits(study, page)?;
    let text = html(&study.comparison, &exhibits, &page.made);
    write_atomic(&folder.join("report.html"), text.as_bytes())?;
    Ok(())
}

/// JSON, Markdown, CSV and a plot of every metric.
///
/// # Errors
/// When something cannot be written.
pub fn tables(folder: &Path, task: &str, comparison: &Comparison) -> Result<(), LeaveError> {
    let plots = folder.join("plots");
    make(&plots)?;
    let json = comparison.to_json()?;
    for (ending, text) in [
        ("json", json),
        ("md", markdown(comparison)),
        ("csv", csv(comparison)),
    ] {
        let path = folder.join(format!("metrics_{task}.{ending}"));
        write_atomic(&path, text.as_bytes())?;
    }
    for m in comparison.metrics.iter().filter_map(|k| registry::find(k)) {
        let path = plots.join(format!("{task}_{}.svg", m.key));
        write_atomic(&path, figure(comparison, m).as_bytes())?;
    }
    if !comparison.standings.is_empty() {
        let path = plots.join(format!("{task}_distance.svg"));
        write_atomic(&path, standings(comparison).as_bytes())?;
    }
    Ok(())
}

/// Keeps the pieces of a row as MIDI files, a folder a row; of a hole, its last take.
///
/// # Errors
/// When something cannot be written.
pub fn samples(folder: &Path, row: &Row) -> Result<(), LeaveError> {
    let plain = |name: &str| -> String {
        let safe = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        name.chars()
            .map(|c| if safe(c) { c } else { '_' })
            .collect()
    };
    let folder = folder.join("samples").join(plain(&row.name));
    make(&folder)?;
    for piece in &row.pieces {
        if let Some(score) = piece.shown() {
            let path = folder.join(format!("{}.mid", plain(&piece.name)));
            crate::format::save_midi(&path, score)?;
        }
    }
    Ok(())
}

fn make(folder: &Path) -> Result<(), LeaveError> {
    std::fs::create_dir_all(folder).map_err(|source| LeaveError::Folder {
        path: folder.to_path_buf(),
        source,
    })
}

/// Rolls, sounds, matrices and spreads of the rows. Sounds are of what is judged, of real music and of one row of
/// nonsense: enough to hear what the figures are about, and a page that can be sent.
fn exhibits(study: &Study, page: &Page<'_>) -> Result<Vec<Exhibit>, LeaveError> {
    let shown = |row: &Row| row.pieces.len().min(page.pieces);
    let of: usize = study.rows.iter().map(shown).sum();
    let (mut done, mut nonsense) = (0, false);
    let mut exhibits = Vec::new();
    if !study.reference.is_empty() {
        exhibits.push(Exhibit {
            row: "real music".into(),
            distributions: study.reference.clone(),
            ..Exhibit::default()
        });
    }
    for row in &study.rows {
        let aloud = match row.kind {
            Kind::Model | Kind::Floor => true,
            Kind::Displaced => false,
            Kind::Nonsense => !std::mem::replace(&mut nonsense, true),
        };
        let mut pieces = Vec::new();
        for piece in row.pieces.iter().take(page.pieces) {
            let Some(score) = piece.shown() else { continue };
            let sound = match page.sound.filter(|_| aloud) {
                Some(make) => Some(make(&heard(piece, score)).map_err(LeaveError::Sound)?),
                None => None,
            };
            pieces.push(Shown {
                name: piece.name.clone(),
                roll: roll(piece, score),
                sound,
                similarity: match piece.hole {
                    None => self_similarity(&Sample::of(piece.name.clone(), score)),
                    Some(_) => Vec::new(),
                },
            });
            done += 1;
            (page.on_piece)(done, of as u64);
        }
        exhibits.push(Exhibit {
            row: row.name.clone(),
            pieces,
            nearest: nearest(row),
            distributions: match row.kind {
                Kind::Model => row.distributions.clone(),
                _ => Vec::new(),
            },
        });
    }
    Ok(exhibits)
}

/// The bars of a piece that are heard: around its hole, or its first.
pub fn heard(piece: &Piece, score: &Score) -> Score {
    let from = piece
        .hole
        .as_ref()
        .map_or(0, |h| h.start.saturating_sub(LEAD_IN));
    crop(score, from..from + HEARD_BARS)
}

/// Which pieces of a row come nearest to a training song, a sentence each.
fn nearest(row: &Row) -> Vec<String> {
    let found = row.pieces.iter();
    let mut found: Vec<_> = found
        .filter_map(|p| Some((p.nearest.as_ref()?, p)))
        .collect();
    found.sort_by(|a, b| b.0.share.total_cmp(&a.0.share));
    let sentences = found.iter().take(NEAREST);
    sentences
        .map(|(f, p)| format!("{}: {}", p.name, f.sentence()))
        .collect()
}

fn roll(piece: &Piece, score: &Score) -> String {
    let hole = piece.hole.as_ref();
    let seen = crop(score, 0..SEEN_BARS.max(hole.map_or(0, |h| h.end)));
    let lines = seen.bars();
    let mask = hole.map(|h| Mask::of(Region::time(lines.start(h.start), lines.start(h.end), None)));
    let hidden = BTreeSet::new();
    let look = Look {
        range: None,
        hidden: &hidden,
        // A filled hole is hatched, so that one sees what was written anew.
        mask: mask.as_ref(),
        filled: true,
        colours: Colours::default(),
    };
    picture::svg(&picture::draw(&seen, &look))
}
