//! MusicXML, out only: the piece as notation programs read it (MusicXML 4.0, partwise, W3C Music Notation Community Group).
//!
//! A part a track, with the name of its instrument. Notes are put on the nearest grid of 16ths, or of triplets or 32nds
//! where a quarter holds such; what that moves is told. Long notes are cut at bar lines and tied, those that overlap go
//! to voices, drums stand on a staff of their own. Metres, tempos and keys are written where they change; a piece
//! that says no key gets the one that is heard. Pedals, bends and lyrics are left out.

mod drums;
mod grid;
mod part;
mod pieces;
mod spelling;
#[cfg(test)]
mod tests;
mod voices;
mod write;

use super::error::FormatError;
use super::file;
use super::report::Report;
use crate::score::{Score, key};
use grid::{Measure, QUARTER};
use std::path::Path;
use write::{Key, Sheet, Tempo};

/// Most measures of all parts together: a file of these is about a gigabyte, and no program opens it.
const MOST_MEASURES: u64 = 500_000;

/// A piece as MusicXML.
#[derive(Clone, Debug, PartialEq)]
pub struct MusicXml {
    pub text: String,
    /// What the notation says otherwise than the piece.
    pub report: Report,
}

/// What had to be changed, counted in notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    /// Onsets moved to the grid.
    moved: u64,
    /// Ends moved to the grid.
    rounded: u64,
    /// Left out, because a longer or equal note of the pitch began at the same time.
    doubled: u64,
    /// Cut where their pitch began anew.
    restruck: u64,
    /// More than the voices of a staff can hold.
    squeezed: u64,
}

impl Told {
    fn report(&self) -> Report {
        let mut report = Report::default();
        report.count(
            self.moved,
            "{} note{s} did not begin on the grid of 16ths, triplets and 32nds; written at the nearest line of it.",
        );
        report.count(
            self.rounded,
            "{} note{s} did not end on that grid; the length is rounded to it.",
        );
        report.count(
            self.squeezed,
            "{} note{s} changed length, because a staff has no more than four voices.",
        );
        report.count(
            self.doubled,
            "{} note{s} doubled another one that began with the same pitch at the same time; one is written.",
        );
        report.count(
            self.restruck,
            "{} note{s} still sounded when the same pitch began anew; ended there.",
        );
        report
    }
}

/// Writes a piece as MusicXML.
///
/// # Errors
/// A piece without tracks, and one so long that nothing could open the file.
pub fn export(score: &Score) -> Result<MusicXml, FormatError> {
    let refuse = |problem: String| FormatError::Content {
        what: "the piece cannot be written as MusicXML".into(),
        problem,
    };
    if score.tracks.is_empty() {
        return Err(refuse("it has no tracks; add one first".into()));
    }
    let bars = u64::from(score.bar_count()) + 1;
    let count = bars * score.tracks.len() as u64;
    if count > MOST_MEASURES {
        return Err(refuse(format!(
            "it has {count} bars on all tracks together and {MOST_MEASURES} are possible; delete what lies far behind the others"
        )));
    }
    let mut told = Told::default();
    let mut measures = grid::measures(score);
    let parts = part::parts(score, &measures, &mut told);
    let end = parts.iter().map(part::Part::end).max().unwrap_or(0);
    let needed = measures.partition_point(|m| m.start < end).max(1);
    measures.truncate(needed);
    let sheet = Sheet {
        title: &score.title,
        measures: &measures,
        tempos: &tempos(score, &measures),
        keys: &keys(score, &measures),
    };
    Ok(MusicXml {
        text: write::write(&sheet, &parts),
        report: told.report(),
    })
}

/// Writes a MusicXML file; answers what it says otherwise than the piece.
///
/// # Errors
/// As [`export`] and [`file::write_atomic`], naming the path.
pub fn save(path: &Path, score: &Score) -> Result<Report, FormatError> {
    let written = export(score).map_err(|e| e.at(path))?;
    file::write_atomic(path, written.text.as_bytes())?;
    Ok(written.report)
}

/// Place of the measure in which a tick lies; `None` behind the last one.
fn measure_at(measures: &[Measure], ppq: u16, tick: u32) -> Option<usize> {
    let i = measures
        .partition_point(|m| m.tick <= tick)
        .checked_sub(1)?;
    let m = measures.get(i)?;
    let at = u64::from(tick - m.tick) * QUARTER / u64::from(ppq.max(1));
    (i + 1 < measures.len() || at < m.length).then_some(i)
}

/// The tempos on 16ths, each different from the one before; the first one stands at the start.
fn tempos(score: &Score, measures: &[Measure]) -> Vec<Tempo> {
    const STEP: u64 = QUARTER / 4;
    let mut list: Vec<Tempo> = vec![Tempo {
        at: 0,
        bpm: score.bpm_at(0),
    }];
    let ppq = u64::from(score.ppq.max(1));
    for tempo in &score.tempos {
        let Some(m) = measure_at(measures, score.ppq, tempo.tick).and_then(|i| measures.get(i))
        else {
            continue;
        };
        let offset = u64::from(tempo.tick - m.tick) * QUARTER / ppq;
        let at = m.start + offset / STEP * STEP;
        let bpm = tempo.bpm();
        match list.last_mut() {
            // Of several within a 16th the last one counts.
            Some(last) if last.at == at => last.bpm = bpm,
            _ => list.push(Tempo { at, bpm }),
        }
    }
    list.dedup_by(|next, last| (next.bpm - last.bpm).abs() < 0.005);
    list
}

/// The keys as the piece says them, at the bar lines before; else the one that is heard; else C major.
fn keys(score: &Score, measures: &[Measure]) -> Vec<Key> {
    let mut list: Vec<Key> = Vec::new();
    for k in &score.keys {
        let Some(measure) = measure_at(measures, score.ppq, k.tick) else {
            continue;
        };
        let new = Key {
            measure,
            sharps: k.sharps.clamp(-7, 7),
            minor: k.minor,
        };
        match list.last_mut() {
            Some(last) if last.measure == measure => *last = new,
            _ => list.push(new),
        }
    }
    if list.first().is_none_or(|k| k.measure > 0) {
        let heard = key::detect(score).filter(|_| list.is_empty());
        let signature = heard.map(|k| k.signature(0));
        list.insert(
            0,
            Key {
                measure: 0,
                sharps: signature.map_or(0, |s| s.sharps),
                minor: signature.is_some_and(|s| s.minor),
            },
        );
    }
    list.dedup_by(|next, last| (next.sharps, next.minor) == (last.sharps, last.minor));
    list
}
