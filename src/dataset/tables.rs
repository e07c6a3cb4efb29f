//! The tables of a data set while it is prepared: raw rows in files that become `.npy` at the end.

use super::encoder::Encoded;
use super::journal::Line;
use crate::format::npy;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

pub(super) const TOKENS: &str = "tokens.part";
pub(super) const BARS: &str = "bars.part";
/// Room for the header at the front of a table.
const HEADER: u64 = npy::HEADER_BYTES as u64;

/// The rows as they grow: files with room for a header, which is written last.
pub(super) struct Tables {
    pub tokens: BufWriter<File>,
    pub bars: BufWriter<File>,
    pub width: npy::Width,
    pub columns: usize,
}

impl Tables {
    pub fn open(folder: &Path, width: npy::Width, columns: usize) -> io::Result<Tables> {
        let open = |name| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            options.open(folder.join(name)).map(BufWriter::new)
        };
        Ok(Tables {
            tokens: open(TOKENS)?,
            bars: open(BARS)?,
            width,
            columns,
        })
    }

    pub fn row(&self) -> u64 {
        (self.columns * self.width.bytes()) as u64
    }

    /// How many of the lines have their rows in the files.
    pub fn holds(&self, lines: &[Line]) -> usize {
        let size = |f: &BufWriter<File>| f.get_ref().metadata().map_or(0, |a| a.len());
        let (tokens, bars) = (size(&self.tokens), size(&self.bars));
        let (mut t, mut b) = (HEADER, HEADER);
        lines
            .iter()
            .take_while(|line| {
                let rows = line.rows();
                t += rows.0 * self.row();
                b += rows.1 * 2;
                t <= tokens && b <= bars
            })
            .count()
    }

    /// Cuts the files to what the lines say and goes on there.
    pub fn rewind(&mut self, lines: &[Line]) -> io::Result<()> {
        let rows = lines.iter().map(Line::rows);
        let (tokens, bars) = rows.fold((0, 0), |(a, b), (x, y)| (a + x, b + y));
        let row = self.row();
        for (file, end) in [(&mut self.tokens, tokens * row), (&mut self.bars, bars * 2)] {
            file.get_ref().set_len(HEADER + end)?;
            file.seek(SeekFrom::Start(HEADER + end))?;
        }
        Ok(())
    }

    pub fn add(&mut self, song: &Encoded) -> io::Result<()> {
        self.tokens.write_all(&song.tokens)?;
        self.bars.write_all(&song.bars)
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.tokens.flush()?;
        self.bars.flush()
    }
}

/// Makes a `.npy` of ranges of rows of a raw table: in place where all rows stay.
pub(super) fn table(
    folder: &Path,
    part: &str,
    name: &str,
    raw: &mut File,
    rows: &[(u64, u64)],
    columns: usize,
    width: npy::Width,
) -> io::Result<()> {
    let total: u64 = rows.iter().map(|(from, to)| to - from).sum();
    let row = (columns * width.bytes()) as u64;
    let header = npy::header(width, &[total as usize, columns]);
    // Neighbouring ranges count as one.
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for &(from, to) in rows {
        match joined.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => joined.push((from, to)),
        }
    }
    // Nothing is synced: what a power cut may take can be prepared again, and its size tells.
    if matches!(joined[..], [] | [(0, _)]) {
        raw.set_len(HEADER + total * row)?;
        raw.seek(SeekFrom::Start(0))?;
        raw.write_all(&header)?;
        return fs::rename(folder.join(part), folder.join(name));
    }
    let temporary = folder.join(format!("{name}.part"));
    let mut out = BufWriter::with_capacity(1 << 16, File::create(&temporary)?);
    out.write_all(&header)?;
    for (from, to) in joined {
        raw.seek(SeekFrom::Start(HEADER + from * row))?;
        io::copy(&mut (&mut *raw).take((to - from) * row), &mut out)?;
    }
    out.into_inner().map_err(|e| e.into_error())?;
    fs::rename(&temporary, folder.join(name))?;
    fs::remove_file(folder.join(part))
}
