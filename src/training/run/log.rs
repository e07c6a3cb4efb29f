//! `log.txt`: what happened, a line an event, with its time. Never cut: that a run went back to a checkpoint is part of
//! what happened.

use super::{RunError, at};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The open log of a run.
#[derive(Debug)]
pub struct RunLog {
    file: File,
    path: PathBuf,
}

impl RunLog {
    /// Opens a log to add to it, or begins one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(path: &Path) -> Result<RunLog, RunError> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(at(path))?;
        Ok(RunLog {
            file,
            path: path.to_path_buf(),
        })
    }

    /// Adds a line, with the time in UTC. Further lines of the text stand under it, indented.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn line(&mut self, text: &str) -> Result<(), RunError> {
        let stamp = stamp(SystemTime::now());
        let indent = format!("\n{}", " ".repeat(stamp.len() + 2));
        let text = text.trim_end().replace('\n', &indent);
        // One call, so that lines of two writers do not mix and a reader sees whole ones.
        self.file
            .write_all(format!("{stamp}  {text}\n").as_bytes())
            .map_err(at(&self.path))
    }
}

/// `2026-11-26 21:45:55Z`. Times before 1970 count as 1970.
fn stamp(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(day);
    let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02}Z")
}

/// Year, month and day of the Gregorian calendar from days since 1970, after Hinnant's "chrono-compatible low-level date
/// algorithms": years that begin in March have their leap day last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_calendar_times() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00Z"),
            (951_782_399, "2000-02-28 23:59:59Z"),
            (951_782_400, "2000-02-29 00:00:00Z"),
            (1_709_251_199, "2024-02-29 23:59:59Z"),
            (1_735_689_599, "2024-12-31 23:59:59Z"),
            (4_107_542_400, "2100-03-01 00:00:00Z"),
        ] {
            assert_eq!(stamp(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn lines_are_added_to_those_of_earlier_sittings() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        RunLog::open(&path).unwrap().line("begun").unwrap();
        RunLog::open(&path).unwrap().line("two\nlines\n").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with("Z  begun") && lines[1].ends_with("Z  two"));
        assert_eq!(lines[2].trim_start(), "lines");
        assert_eq!(lines[2].find("lines"), lines[1].find("two"));
    }
}
