//! Writing `metrics.csv`: a line a step that has something to say, the step first.

use super::series::{STEP, cells, step_of};
use super::{RunError, at};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The open table of a run.
#[derive(Debug)]
pub struct Metrics {
    file: File,
    path: PathBuf,
    /// Columns the caller fills, after the step.
    wanted: usize,
    /// Columns only an earlier version filled; they stay empty.
    others: usize,
}

impl Metrics {
    /// Opens a table with these columns after `step`, or begins one.
    ///
    /// Lines of `next_step` and later, and a last line torn by a kill, are cut off, so that steps only rise. Where the
    /// file has other columns, those of both are kept, the given ones first.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(path: &Path, columns: &[&str], next_step: u64) -> Result<Metrics, RunError> {
        let old = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
            Err(e) => return Err(at(path)(e)),
        };
        let wanted: Vec<String> = columns.iter().map(|c| plain(c)).collect();
        let mut lines = old
            .split_inclusive('\n')
            .filter_map(|l| l.strip_suffix('\n'));
        let header = lines.next().unwrap_or_default();
        let kept: Vec<&str> = lines
            .filter(|l| step_of(l).is_some_and(|step| step < next_step))
            .collect();
        let known: Vec<&str> = cells(header).skip(1).collect();
        let others: Vec<&str> = known
            .iter()
            .copied()
            .filter(|c| !wanted.iter().any(|w| w == c))
            .collect();
        let all: Vec<&str> = wanted
            .iter()
            .map(String::as_str)
            .chain(others.iter().copied())
            .collect();
        let mut text = format!("{STEP},{}\n", all.join(","));
        for line in kept {
            let old: Vec<&str> = cells(line).collect();
            // A damaged line would shift its values into other columns.
            if old.len() != known.len() + 1 {
                continue;
            }
            text += old.first().copied().unwrap_or_default();
            for name in &all {
                let place = known.iter().position(|k| k == name);
                text += ",";
                text += place
                    .and_then(|i| old.get(i + 1))
                    .copied()
                    .unwrap_or_default();
            }
            text += "\n";
        }
        if old != text {
            crate::format::file::write_atomic(path, text.as_bytes())?;
        }
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(at(path))?;
        Ok(Metrics {
            file,
            path: path.to_path_buf(),
            wanted: wanted.len(),
            others: others.len(),
        })
    }

    /// Adds a line; `None` leaves its column empty. Steps are to be given in rising order; one may come twice.
    ///
    /// # Errors
    /// Another number of values than there are columns, or a disk that does not take it.
    pub fn row(&mut self, step: u64, values: &[Option<f64>]) -> Result<(), RunError> {
        if values.len() != self.wanted {
            return Err(RunError::Columns {
                path: self.path.clone(),
                given: values.len(),
                columns: self.wanted,
            });
        }
        let mut line = step.to_string();
        for value in values {
            line += ",";
            line += &value.map(number).unwrap_or_default();
        }
        line += &",".repeat(self.others);
        line += "\n";
        // One call, so that only a kill in the middle of it can tear a line.
        self.file.write_all(line.as_bytes()).map_err(at(&self.path))
    }
}

/// Seven digits are what the losses have; an exponent where there would be many zeros.
fn number(n: f64) -> String {
    let n = n as f32;
    if n == 0.0 || !n.is_finite() || (1e-3..1e7).contains(&n.abs()) {
        n.to_string()
    } else {
        format!("{n:e}")
    }
}

/// A name that can stand in a line.
fn plain(name: &str) -> String {
    name.replace([',', '\n', '\r', '"'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn rows_stand_under_their_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        let mut m = Metrics::open(&path, &["loss", "a,b"], 0).unwrap();
        m.row(1, &[Some(0.1), None]).unwrap();
        m.row(2, &[Some(1.5e-8), Some(f64::NAN)]).unwrap();
        m.row(3, &[Some(0.0), Some(123456.0)]).unwrap();
        assert!(matches!(
            m.row(4, &[]),
            Err(RunError::Columns {
                given: 0,
                columns: 2,
                ..
            })
        ));
        assert_eq!(
            text(&path),
            "step,loss,a_b\n1,0.1,\n2,1.5e-8,NaN\n3,0,123456\n"
        );
    }

    #[test]
    fn a_resume_cuts_later_steps_and_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        let mut m = Metrics::open(&path, &["loss"], 0).unwrap();
        for step in [10, 20, 30, 40] {
            m.row(step, &[Some(step as f64)]).unwrap();
        }
        std::fs::write(&path, text(&path) + "5,1").unwrap();
        let mut m = Metrics::open(&path, &["loss"], 31).unwrap();
        assert_eq!(text(&path), "step,loss\n10,10\n20,20\n30,30\n");
        m.row(31, &[None]).unwrap();
        drop(m);
        Metrics::open(&path, &["loss"], 0).unwrap();
        assert_eq!(text(&path), "step,loss\n");
    }

    #[test]
    fn new_columns_join_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        std::fs::write(&path, "step,old,loss\n1,7,0.5\nrubbish\n2,8\n3,9,0.25\n").unwrap();
        let mut m = Metrics::open(&path, &["loss", "rate"], 9).unwrap();
        m.row(9, &[Some(1.0), Some(2.0)]).unwrap();
        assert_eq!(
            text(&path),
            "step,loss,rate,old\n1,0.5,,7\n3,0.25,,9\n9,1,2,\n"
        );
    }

    proptest! {
        #[test]
        fn a_number_reads_back_to_its_float(n in any::<f32>()) {
            let again: f32 = number(n.into()).parse().unwrap();
            prop_assert!(again == n || n.is_nan(), "{n} {again}");
        }
    }
}
