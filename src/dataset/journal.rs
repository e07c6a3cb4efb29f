//! What a preparation has done so far, so that it goes on after a stop, a crash or a kill: a line a song, in
//! the order of the songs, written after the song's rows.

use super::duplicates::Fingerprint;
use super::prepared::{Entry, Plan};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// First line: what the rest is about. A journal of something else is of no use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub plan: Plan,
    /// Hash of the songs' ids, sizes and times.
    pub songs: String,
}

/// What became of a song.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Line {
    Kept {
        entry: Entry,
        /// `None` for a song with too little melody.
        fingerprint: Option<Fingerprint>,
    },
    LeftOut {
        id: String,
        reason: String,
    },
}

impl Line {
    /// Rows of tokens and of bars that the song wrote.
    pub fn rows(&self) -> (u64, u64) {
        match self {
            Line::Kept { entry, .. } => (
                entry.items.iter().map(|i| u64::from(i.rows)).sum(),
                entry.bars.into(),
            ),
            Line::LeftOut { .. } => (0, 0),
        }
    }
}

/// The open journal.
pub(super) struct Journal {
    file: BufWriter<File>,
}

impl Journal {
    /// Opens the journal at `path` and returns what it knows, or begins a new one where it is missing, damaged
    /// at its head, or about something else. A last line cut short by a kill is dropped; `keep` says how many
    /// of the lines may stay (the data files may know less than the journal).
    pub fn open(
        path: &Path,
        head: &Head,
        keep: impl FnOnce(&[Line]) -> usize,
    ) -> io::Result<(Journal, Vec<Line>)> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let mut ends = text
            .iter()
            .enumerate()
            .filter(|(_, b)| **b == b'\n')
            .map(|(i, _)| i);
        let known = ends
            .next()
            .filter(|&end| serde_json::from_slice::<Head>(&text[..end]).is_ok_and(|h| h == *head));
        let (mut lines, mut places) = (Vec::new(), Vec::new());
        if let Some(first) = known {
            let mut from = first + 1;
            for end in ends {
                let Ok(line) = serde_json::from_slice::<Line>(&text[from..end]) else {
                    break;
                };
                lines.push(line);
                from = end + 1;
                places.push(from);
            }
            lines.truncate(keep(&lines));
            let end = lines.len().checked_sub(1).map_or(first + 1, |i| places[i]);
            file.set_len(end as u64)?;
        } else {
            file.set_len(0)?;
        }
        file.seek(SeekFrom::End(0))?;
        let mut journal = Journal {
            file: BufWriter::new(file),
        };
        if known.is_none() {
            serde_json::to_writer(&mut journal.file, head)?;
            journal.file.write_all(b"\n")?;
            journal.flush()?;
        }
        Ok((journal, lines))
    }

    /// Adds a line; it counts after [`Journal::flush`].
    pub fn add(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, line)?;
        self.file.write_all(b"\n")
    }

    /// Hands what was added to the system, so that it outlives this process.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::slices::Slicing;
    use crate::dataset::transform::tempo::TempoPolicy;

    fn head(songs: &str) -> Head {
        let plan = Plan {
            source: "x".into(),
            tokenizer: "trio".into(),
            slicing: Slicing {
                bars: 64,
                stride: 32,
                per_song: 0,
            },
            tempo: TempoPolicy::Keep,
            key: None,
            limit: 0,
        };
        Head {
            plan,
            songs: songs.into(),
        }
    }

    fn line(i: usize) -> Line {
        Line::LeftOut {
            id: i.to_string(),
            reason: "it is\nbroken".into(),
        }
    }

    #[test]
    fn it_goes_on_after_the_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, known) = Journal::open(&path, &head("a"), |l| l.len()).unwrap();
        assert!(known.is_empty());
        (0..3).for_each(|i| journal.add(&line(i)).unwrap());
        drop(journal);
        // Killed in the middle of a line.
        let mut text = std::fs::read(&path).unwrap();
        text.truncate(text.len() - 3);
        std::fs::write(&path, &text).unwrap();
        let (mut journal, known) = Journal::open(&path, &head("a"), |l| l.len()).unwrap();
        assert_eq!(known, [line(0), line(1)]);
        journal.add(&line(7)).unwrap();
        drop(journal);
        let (_, known) = Journal::open(&path, &head("a"), |_| 2).unwrap();
        assert_eq!(known, [line(0), line(1)]);
        let (_, known) = Journal::open(&path, &head("a"), |l| l.len()).unwrap();
        assert_eq!(known.len(), 2, "what was not kept is gone");
    }

    #[test]
    fn a_journal_of_something_else_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path, &head("a"), |l| l.len()).unwrap();
        journal.add(&line(0)).unwrap();
        drop(journal);
        let (_, known) = Journal::open(&path, &head("b"), |l| l.len()).unwrap();
        assert!(known.is_empty());
        std::fs::write(&path, b"no journal").unwrap();
        let (_, known) = Journal::open(&path, &head("b"), |l| l.len()).unwrap();
        assert!(known.is_empty());
    }
}
