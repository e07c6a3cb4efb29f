//! Who trains in a folder: a lock that the system lets go of when its process ends, however it ends.

use super::{RunError, at};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;
use std::time::Duration;

/// The locked file. It stays when the run ends: to remove it while another process opens it would give both a lock.
const LOCK: &str = "run.lock";
/// Written when a run has done all its steps.
const FINISHED: &str = "finished.txt";
/// A list of runs holds each lock for a moment to see whether it is free; so one refusal is not believed.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// The right to train in a folder, until it is dropped or its process ends.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the right to train in `folder`, which must be there.
    ///
    /// # Errors
    /// [`RunError::Running`] when another process (or another thread of this one) has it; or a folder that cannot be
    /// written. On a disk that knows no locks the right is given without one, and a warning is logged.
    pub fn take(folder: &Path) -> Result<RunLock, RunError> {
        let path = folder.join(LOCK);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(at(&path))?;
        for again in 1..=TRIES {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if again < TRIES => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let who = std::fs::read_to_string(&path).unwrap_or_default();
                    let by = who.trim().parse::<u32>();
                    return Err(RunError::Running {
                        folder: folder.to_path_buf(),
                        by: by.map_or_else(|_| String::new(), |pid| format!(" by process {pid}")),
                    });
                }
                Err(TryLockError::Error(e)) => {
                    log::warn!("'{}' cannot be locked: {e}", path.display());
                    break;
                }
            }
        }
        // For people; that the lock is held is what counts.
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(at(&path))?;
        Ok(RunLock { _file: file })
    }
}

/// Whether someone trains in a folder now.
pub(super) fn is_running(folder: &Path) -> bool {
    File::open(folder.join(LOCK))
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Notes that a run has done all its steps. It counts until a later step is written.
///
/// # Errors
/// When the disk does not take it.
pub fn mark_finished(folder: &Path, step: u64) -> Result<(), RunError> {
    let text = format!("{step}\n");
    Ok(crate::format::file::write_atomic(
        &folder.join(FINISHED),
        text.as_bytes(),
    )?)
}

/// The step a run was finished at.
pub(super) fn finished_at(folder: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(folder.join(FINISHED)).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trains_in_a_folder_and_the_next_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_running(folder.path()));
        let lock = RunLock::take(folder.path()).unwrap();
        assert!(is_running(folder.path()));
        let told = RunLock::take(folder.path()).unwrap_err().to_string();
        assert!(
            told.contains(&format!("by process {}", std::process::id())),
            "{told}"
        );
        drop(lock);
        assert!(!is_running(folder.path()), "the file alone is no run");
        RunLock::take(folder.path()).unwrap();
    }

    #[test]
    fn looking_does_not_keep_a_run_from_starting() {
        let folder = tempfile::tempdir().unwrap();
        drop(RunLock::take(folder.path()).unwrap());
        let look = File::open(folder.path().join(LOCK)).unwrap();
        look.lock_shared().unwrap();
        let taken = std::thread::scope(|s| {
            let taking = s.spawn(|| RunLock::take(folder.path()));
            std::thread::sleep(PAUSE);
            drop(look);
            taking.join().unwrap()
        });
        taken.unwrap();
    }
}
