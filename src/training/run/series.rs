//! Reading `metrics.csv` back as curves, also while a run writes it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Name of the first column.
pub(super) const STEP: &str = "step";
/// A column of words that says what a line is about, such as `train` and `validation`, in runs of earlier versions.
const KIND: &str = "kind";

/// The cells of a line.
pub(super) fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.trim_end_matches('\r').split(',').map(str::trim)
}

/// The step of a line.
pub(super) fn step_of(line: &str) -> Option<u64> {
    cells(line).next()?.parse().ok()
}

/// Curves over the steps of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    header: Vec<String>,
    kind: Option<usize>,
    curves: Vec<(String, Vec<(u64, f64)>)>,
    last_step: Option<u64>,
}

impl Series {
    /// Reads a whole table.
    ///
    /// # Errors
    /// When the file cannot be read. What it says amiss is left out: empty cells, words, lines that are not whole.
    pub fn read(path: &Path) -> io::Result<Series> {
        let mut follower = Follower::new(path);
        follower.poll()?;
        Ok(follower.series)
    }

    /// Names of the curves in the order of the columns; in tables with a column `kind`, `validation/loss` and the like.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.curves.iter().map(|(name, _)| name.as_str())
    }

    /// Step and value of each point of a curve, in the order of the file; empty for a name that is not there.
    pub fn curve(&self, name: &str) -> &[(u64, f64)] {
        self.curves
            .iter()
            .find(|(n, _)| n == name)
            .map_or(&[], |(_, points)| points)
    }

    /// The step of the last line.
    pub fn last_step(&self) -> Option<u64> {
        self.last_step
    }

    fn line(&mut self, line: &str) {
        if self.header.is_empty() {
            self.header = cells(line).map(str::to_owned).collect();
            self.kind = self.header.iter().position(|name| name == KIND);
            if self.kind.is_none() {
                let names = self.header.iter().skip(1);
                self.curves = names.map(|name| (name.clone(), Vec::new())).collect();
            }
            return;
        }
        let cells: Vec<&str> = cells(line).collect();
        let Some(step) = step_of(line).filter(|_| cells.len() == self.header.len()) else {
            return;
        };
        self.last_step = Some(step);
        let kind = self.kind.and_then(|i| cells.get(i));
        for (name, cell) in self.header.iter().zip(&cells).skip(1) {
            let Ok(value) = cell.parse::<f64>() else {
                continue;
            };
            let name = kind.map_or_else(|| name.clone(), |kind| format!("{kind}/{name}"));
            match self.curves.iter_mut().find(|(n, _)| *n == name) {
                Some((_, points)) => points.push((step, value)),
                None => self.curves.push((name, vec![(step, value)])),
            }
        }
    }
}

/// Follows a table that a run may be writing.
#[derive(Clone, Debug)]
pub struct Follower {
    path: PathBuf,
    series: Series,
    /// Bytes read, up to the end of the last whole line.
    read: u64,
    /// That line, to notice when a resume has cut it away.
    last: Vec<u8>,
}

impl Follower {
    /// A follower that has read nothing yet.
    pub fn new(path: &Path) -> Follower {
        Follower {
            path: path.to_path_buf(),
            series: Series::default(),
            read: 0,
            last: Vec::new(),
        }
    }

    /// What was read so far.
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// Reads the lines that came since, or everything anew where the file was cut; says whether anything changed. A last
    /// line without its end is left for later.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn poll(&mut self) -> io::Result<bool> {
        let mut file = File::open(&self.path)?;
        let mut new = Vec::new();
        let again = self.read - self.last.len() as u64;
        file.seek(SeekFrom::Start(again))?;
        file.read_to_end(&mut new)?;
        let cut = !new.starts_with(&self.last);
        if cut {
            *self = Follower::new(&self.path);
            new.clear();
            file.seek(SeekFrom::Start(0))?;
            file.read_to_end(&mut new)?;
        }
        let new = new.get(self.last.len()..).unwrap_or_default();
        let mut changed = cut;
        for line in new
            .split_inclusive(|b| *b == b'\n')
            .filter(|l| l.ends_with(b"\n"))
        {
            self.series.line(String::from_utf8_lossy(line).trim_end());
            self.read += line.len() as u64;
            self.last = line.to_vec();
            changed = true;
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::run::Metrics;

    #[test]
    fn curves_leave_out_what_is_no_number_and_lines_that_are_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        std::fs::write(
            &path,
            "step,loss,valid\r\n1,0.5,\r\nrubbish\n2,x,0.25\n3,1\n4,NaN,2\n5,7",
        )
        .unwrap();
        let series = Series::read(&path).unwrap();
        assert_eq!(series.names().collect::<Vec<_>>(), ["loss", "valid"]);
        assert_eq!(series.curve("loss").len(), 2);
        assert_eq!(series.curve("loss")[0], (1, 0.5));
        assert!(
            series.curve("loss")[1].1.is_nan(),
            "a loss that was lost shows"
        );
        assert_eq!(series.curve("valid"), [(2, 0.25), (4, 2.0)]);
        assert!(series.curve("none").is_empty());
        assert_eq!(series.last_step(), Some(4));
        assert!(Series::read(&folder.path().join("none")).is_err());
    }

    #[test]
    fn tables_of_earlier_versions_are_told_apart_by_kind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        let text = format!(
            "{}\n50,train,1.5,1e-3,2.0,1,1,1,1,1,0.5\n50,validation,1.5,1e-3,3.0,1,1,1,1,1,0\n",
            "step,kind,seconds,learning_rate,loss,presence,onset,pitch,duration,velocity,gradient"
        );
        std::fs::write(&path, text).unwrap();
        let series = Series::read(&path).unwrap();
        assert_eq!(series.curve("train/loss"), [(50, 2.0)]);
        assert_eq!(series.curve("validation/loss"), [(50, 3.0)]);
    }

    #[test]
    fn a_follower_reads_on_and_notices_a_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        let mut follower = Follower::new(&path);
        assert!(follower.poll().is_err());
        let mut m = Metrics::open(&path, &["loss"], 0).unwrap();
        assert!(follower.poll().unwrap());
        m.row(1, &[Some(1.0)]).unwrap();
        m.row(2, &[Some(2.0)]).unwrap();
        assert!(follower.poll().unwrap());
        assert!(!follower.poll().unwrap());
        assert_eq!(follower.series().curve("loss"), [(1, 1.0), (2, 2.0)]);
        drop(m);
        // Taken up at step 2; as long as before, but another line.
        let mut m = Metrics::open(&path, &["loss"], 2).unwrap();
        m.row(2, &[Some(5.0)]).unwrap();
        m.row(3, &[Some(6.0)]).unwrap();
        assert!(follower.poll().unwrap());
        assert_eq!(
            follower.series().curve("loss"),
            [(1, 1.0), (2, 5.0), (3, 6.0)]
        );
        // A line that is being written.
        std::fs::write(&path, "step,loss\n1,1\n2,5\n3,6\n4,").unwrap();
        assert!(!follower.poll().unwrap());
        std::fs::write(&path, "step,loss\n1,1\n2,5\n3,6\n4,7\n").unwrap();
        assert!(follower.poll().unwrap());
        assert_eq!(follower.series().last_step(), Some(4));
    }
}
