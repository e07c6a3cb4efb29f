//! The autosave journal: one project file for each running Lacuna, found again after a crash.
//!
//! A session holds a lock on a file of its own for as long as its process lives; the system lets go of it however
//! the process ends. An autosave whose lock is free belongs to nobody any more: that is what was lost and can be
//! brought back. Saving goes through [`file::write_atomic`], so a kill at any moment leaves a whole file.

use super::error::FormatError;
use super::file;
use super::project::{self, Project};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const PROJECT: &str = "lacuna";
const LOCK: &str = "lock";
/// Leftovers younger than this may belong to a session that is just starting.
const LITTER_AGE: Duration = Duration::from_secs(24 * 3600);

/// Work that a session left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRecovery {
    pub path: PathBuf,
    /// When it was last saved.
    pub when: SystemTime,
    /// Title of the piece.
    pub title: String,
}

/// The autosave of this session.
#[derive(Debug)]
pub struct Recovery {
    folder: PathBuf,
    session: String,
    /// Locked until the process ends.
    _lock: File,
}

impl Recovery {
    /// Starts a session in the user's state folder ([`state_folder`]).
    ///
    /// # Errors
    /// When there is no such folder or it cannot be written to. The studio goes on without autosave then and says so.
    pub fn start() -> Result<Recovery, FormatError> {
        let folder = state_folder().ok_or(FormatError::NoStateFolder)?;
        Recovery::start_in(&folder.join("recovery"))
    }

    /// Starts a session in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn start_in(folder: &Path) -> Result<Recovery, FormatError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let io = |e| FormatError::from_io("write", e).at(folder);
        fs::create_dir_all(folder).map_err(io)?;
        // Numbers of processes come again; the time keeps sessions apart.
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let session = format!(
            "{}-{}-{}",
            std::process::id(),
            now.as_millis(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = folder.join(&session).with_extension(LOCK);
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| FormatError::from_io("write", e).at(&path))?;
        if let Err(e) = lock.lock() {
            // Some network folders know no locks. Our autosave then looks abandoned to a second Lacuna, which
            // would offer it: an annoyance, not a loss.
            log::warn!("autosave without a lock: {e}");
        }
        let recovery = Recovery {
            folder: folder.to_path_buf(),
            session,
            _lock: lock,
        };
        recovery.sweep();
        Ok(recovery)
    }

    /// Where this session saves.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.session).with_extension(PROJECT)
    }

    /// Saves the work. Meant for a thread of its own; several at once do no harm.
    ///
    /// # Errors
    /// As [`project::write`] and [`file::write_atomic`]; the autosave before it stays.
    pub fn save(&self, project: &Project) -> Result<(), FormatError> {
        file::write_atomic(&self.path(), &project::write(project)?)
    }

    /// Forgets this session's autosave: the work is saved elsewhere or was thrown away on purpose.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn clear(&self) -> Result<(), FormatError> {
        remove(&self.path())
    }

    /// The newest readable autosave of a session that is over.
    pub fn pending(&self) -> Option<PendingRecovery> {
        self.pending_all().into_iter().next()
    }

    /// Every readable autosave of sessions that are over, newest first.
    pub fn pending_all(&self) -> Vec<PendingRecovery> {
        let mut found: Vec<PendingRecovery> = self
            .abandoned(PROJECT)
            .filter_map(|(path, when)| match super::open_project(&path) {
                Ok(project) => Some(PendingRecovery {
                    when,
                    title: project.document.score.title.clone(),
                    path,
                }),
                Err(e) => {
                    log::warn!("autosave left alone: {e}");
                    None
                }
            })
            .collect();
        found.sort_by(|a, b| b.when.cmp(&a.when).then_with(|| b.path.cmp(&a.path)));
        found
    }

    /// Removes an autosave for good, once its work was brought back or is not wanted.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn discard(&self, pending: &PendingRecovery) -> Result<(), FormatError> {
        remove(&pending.path)?;
        remove(&pending.path.with_extension(LOCK))
    }

    /// Files of that ending which belong to no living session.
    fn abandoned<'a>(
        &'a self,
        ending: &'a str,
    ) -> impl Iterator<Item = (PathBuf, SystemTime)> + 'a {
        let list = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        list.filter_map(move |entry| {
            let path = entry.path();
            if path.extension()? != ending || path.file_stem()? == self.session.as_str() {
                return None;
            }
            let when = entry.metadata().ok()?.modified().ok()?;
            is_free(&path.with_extension(LOCK)).then_some((path, when))
        })
    }

    /// Clears away what killed sessions left half done.
    fn sweep(&self) {
        let old = |when: SystemTime| when.elapsed().is_ok_and(|age| age > LITTER_AGE);
        for (path, when) in self.abandoned(LOCK) {
            if old(when) && !path.with_extension(PROJECT).exists() {
                // Litter that cannot be removed does no harm.
                let _ = fs::remove_file(path);
            }
        }
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let temporary = name.to_string_lossy().starts_with(file::TEMPORARY);
            let when = entry.metadata().and_then(|m| m.modified());
            if temporary && when.is_ok_and(old) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Recovery {
    fn drop(&mut self) {
        // An autosave not cleared stays for the next session, even when we end in order.
        if !self.path().exists() {
            let _ = fs::remove_file(self.folder.join(&self.session).with_extension(LOCK));
        }
    }
}

/// Whether nobody holds the lock.
fn is_free(lock: &Path) -> bool {
    match File::options().write(true).open(lock) {
        Ok(file) => !matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)),
        Err(e) => e.kind() == std::io::ErrorKind::NotFound,
    }
}

fn remove(path: &Path) -> Result<(), FormatError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(FormatError::from_io("remove", e).at(path))
        }
        _ => Ok(()),
    }
}

/// The folder for what should outlive a crash but not matter for long: `$XDG_STATE_HOME/lacuna` or
/// `~/.local/state/lacuna` on Linux (XDG base directories), `~/Library/Application Support/Lacuna` on macOS,
/// `%LOCALAPPDATA%\Lacuna` on Windows.
pub fn state_folder() -> Option<PathBuf> {
    state_folder_from(std::env::consts::OS, |name| std::env::var_os(name))
}

fn state_folder_from(os: &str, var: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // The XDG rules say to ignore relative paths, and nothing good comes of them elsewhere either.
    let folder = |name: &str| var(name).map(PathBuf::from).filter(|p| p.has_root());
    match os {
        "windows" => folder("LOCALAPPDATA")
            .or_else(|| Some(folder("USERPROFILE")?.join("AppData").join("Local")))
            .map(|p| p.join("Lacuna")),
        "macos" => Some(folder("HOME")?.join("Library/Application Support/Lacuna")),
        _ => folder("XDG_STATE_HOME")
            .or_else(|| Some(folder("HOME")?.join(".local/state")))
            .map(|p| p.join("lacuna")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Document, Score};

    fn project(title: &str) -> Project {
        let mut score = Score {
            title: title.into(),
            ..Score::default()
        };
        let t = score.add_track("A", 0, 0);
        for i in 0..500 {
            score.add_note(t, i * 10, 10, 60, 80);
        }
        Project {
            document: Document::new(score),
            view: None,
        }
    }

    /// The copy of a session that is over. A process that another test is just starting holds all locks until its program
    /// begins.
    fn over(recovery: &Recovery) -> PendingRecovery {
        let give_up = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            if let Some(found) = recovery.pending() {
                return found;
            }
            assert!(std::time::Instant::now() < give_up, "no copy is offered");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    #[test]
    fn only_sessions_that_are_over_are_offered() {
        let dir = tempfile::tempdir().unwrap();
        let one = Recovery::start_in(dir.path()).unwrap();
        one.save(&project("one")).unwrap();
        let two = Recovery::start_in(dir.path()).unwrap();
        assert_eq!(two.pending(), None);
        assert_eq!(one.pending(), None);
        drop(one);
        let found = over(&two);
        assert_eq!(found.title, "one");
        two.discard(&found).unwrap();
        assert_eq!(two.pending(), None);
    }

    #[test]
    fn a_cleared_session_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let one = Recovery::start_in(dir.path()).unwrap();
        one.save(&project("one")).unwrap();
        one.clear().unwrap();
        one.clear().unwrap();
        drop(one);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_nobody_can_read_is_left_alone_and_hides_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let one = Recovery::start_in(dir.path()).unwrap();
        one.save(&project("good")).unwrap();
        drop(one);
        let bad = dir.path().join("1-2-3.lacuna");
        fs::write(&bad, "LACUNA 1 half").unwrap();
        let two = Recovery::start_in(dir.path()).unwrap();
        assert_eq!(over(&two).title, "good");
        assert!(bad.exists());
    }

    #[test]
    fn folders_follow_each_system() {
        let at = |os: &str, pairs: &[(&str, &str)]| {
            state_folder_from(os, |n| {
                pairs.iter().find(|(k, _)| *k == n).map(|(_, v)| v.into())
            })
        };
        let home = ("HOME", "/h");
        assert_eq!(at("linux", &[home]), Some("/h/.local/state/lacuna".into()));
        let xdg = [home, ("XDG_STATE_HOME", "/s")];
        assert_eq!(at("linux", &xdg), Some("/s/lacuna".into()));
        let relative = [home, ("XDG_STATE_HOME", "s")];
        assert_eq!(
            at("linux", &relative),
            Some("/h/.local/state/lacuna".into())
        );
        assert_eq!(at("linux", &[]), None);
        let mac = at("macos", &[home]).unwrap();
        assert!(mac.ends_with("Application Support/Lacuna"));
        let windows = at("windows", &[("LOCALAPPDATA", "/l")]).unwrap();
        assert!(windows.ends_with("Lacuna"));
    }

    /// Not a test: what the next one starts and kills.
    #[test]
    #[ignore = "runs until it is killed"]
    fn save_for_ever() {
        let Some(folder) = std::env::var_os("LACUNA_KILL_TEST") else {
            return;
        };
        let r = Recovery::start_in(Path::new(&folder)).unwrap();
        for i in 0.. {
            r.save(&project(&format!("version {i}"))).unwrap();
        }
    }

    #[test]
    fn a_killed_process_leaves_a_whole_autosave() {
        let dir = tempfile::tempdir().unwrap();
        let me = Recovery::start_in(dir.path()).unwrap();
        for round in 0..6 {
            let mut child = std::process::Command::new(std::env::current_exe().unwrap())
                .args([
                    "--ignored",
                    "--exact",
                    "format::recovery::tests::save_for_ever",
                ])
                .env("LACUNA_KILL_TEST", dir.path())
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            let saved = || {
                fs::read_dir(dir.path())
                    .unwrap()
                    .flatten()
                    .any(|e| e.path().extension().is_some_and(|x| x == PROJECT))
            };
            while !saved() {
                assert!(child.try_wait().unwrap().is_none(), "the child ended early");
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(7 * round));
            child.kill().unwrap();
            child.wait().unwrap();
            let found = over(&me);
            assert!(found.title.starts_with("version "));
            me.discard(&found).unwrap();
        }
    }
}
