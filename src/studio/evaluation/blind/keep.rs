//! The answers on disk: a folder a test under the user's own data, the test once, its log after every answer.

use super::super::super::state::State;
use super::super::super::tasks::After;
use crate::evaluation::blind::log as answers;
use crate::evaluation::blind::{Record, Test};
use crate::format::file::{read, write_atomic};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

const TEST: &str = "test.ron";
const LOG: &str = "log.csv";
/// A test that was ended before its last question.
const ENDED: &str = "ended";
/// More than any test is.
const LIMIT: u64 = 64 << 20;

/// The folder tests lie in.
pub struct Place(PathBuf);

/// A test that was not finished.
pub struct Left {
    pub folder: PathBuf,
    pub test: Test,
    pub answered: Vec<Record>,
}

impl Place {
    /// Beside the copies of unsaved pieces; `None` where none are made.
    pub fn of(state: &State) -> Option<Place> {
        Some(Place(state.autosave.folder()?.join("listening")))
    }

    fn folder(&self, number: usize) -> PathBuf {
        self.0.join(format!("{number:04}"))
    }

    /// Puts a test into a folder of its own.
    pub fn take(&self, test: &Test) -> Result<PathBuf, String> {
        let fail = |e: &dyn std::fmt::Display| {
            format!(
                "The answers are not kept: {} cannot be written ({e}). Save the table at the end.",
                self.0.display()
            )
        };
        std::fs::create_dir_all(&self.0).map_err(|e| fail(&e))?;
        let made = (1..10_000)
            .map(|n| self.folder(n))
            .find(|f| std::fs::create_dir(f).is_ok())
            .ok_or_else(|| fail(&"no room for another test"))?;
        let text = ron::to_string(test).map_err(|e| fail(&e))?;
        write_atomic(&made.join(TEST), text.as_bytes()).map_err(|e| fail(&e))?;
        Ok(made)
    }

    /// The newest test that was begun and not finished.
    pub fn newest(&self) -> Option<Left> {
        let mut folders: Vec<PathBuf> = std::fs::read_dir(&self.0)
            .ok()?
            .flatten()
            .map(|e| e.path())
            .collect();
        folders.sort();
        folders.into_iter().rev().find_map(|folder| {
            let text = |name| {
                let bytes = read(&folder.join(name), LIMIT).ok()?;
                String::from_utf8(bytes).ok()
            };
            if folder.join(ENDED).exists() {
                return None;
            }
            let answered = answers::read(&text(LOG)?).ok()?;
            let test: Test = ron::from_str(&text(TEST)?).ok()?;
            let open = !answered.is_empty() && answered.len() < test.len();
            open.then_some(Left {
                folder: folder.clone(),
                test,
                answered,
            })
        })
    }
}

/// Throws away the test that was not finished, answers and all.
pub fn discard(state: &mut State) {
    if let Some(left) = state.evaluation.blind.left.take() {
        state.tasks.spawn("", move || {
            let gone = std::fs::remove_dir_all(&left.folder);
            let after: After = Box::new(move |state: &mut State| {
                if let Err(e) = gone {
                    let text = "The listening test could not be thrown away.";
                    state.toasts.warning(text, &e.to_string());
                }
            });
            after
        });
    }
}

/// Keeps the log of one test.
pub struct Keeper {
    folder: PathBuf,
    asked: u64,
    /// The newest log that was written: threads may end in any order.
    written: Arc<Mutex<u64>>,
}

/// One writing of it.
pub struct Keeping {
    path: PathBuf,
    number: u64,
    written: Arc<Mutex<u64>>,
}

impl Keeper {
    pub fn new(folder: PathBuf) -> Keeper {
        Keeper {
            folder,
            asked: 0,
            written: Arc::default(),
        }
    }

    /// The next writing; one that is asked for later is never written over by one asked for earlier.
    pub fn next(&mut self) -> Keeping {
        self.asked += 1;
        Keeping {
            path: self.folder.join(LOG),
            number: self.asked,
            written: self.written.clone(),
        }
    }

    /// The test was ended before its last question: its log stays, but it is not offered again. With nothing answered
    /// nothing stays.
    pub fn close(self, nothing: bool) {
        let done = match nothing {
            true => std::fs::remove_dir_all(&self.folder),
            false => std::fs::write(self.folder.join(ENDED), ""),
        };
        if let Err(e) = done {
            log::warn!("{} could not be closed: {e}", self.folder.display());
        }
    }
}

impl Keeping {
    /// Writes the log, unless a newer one is there.
    pub fn write(&self, text: &str) -> Result<(), String> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if *written > self.number {
            return Ok(());
        }
        *written = self.number;
        write_atomic(&self.path, text.as_bytes())
            .map_err(|e| format!("The answers are not kept ({e}). Save the table at the end."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_thread_does_not_write_over_a_newer_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::new(folder.path().to_owned());
        let (first, second) = (keeper.next(), keeper.next());
        second.write("two").unwrap();
        first.write("one").unwrap();
        let text = std::fs::read_to_string(folder.path().join(LOG)).unwrap();
        assert_eq!(text, "two");
    }

    #[test]
    fn what_is_no_test_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place(folder.path().to_owned());
        assert!(place.newest().is_none());
        let one = folder.path().join("0001");
        std::fs::create_dir(&one).unwrap();
        std::fs::write(one.join(LOG), "nonsense").unwrap();
        std::fs::write(one.join(TEST), "(").unwrap();
        assert!(place.newest().is_none());
    }
}
