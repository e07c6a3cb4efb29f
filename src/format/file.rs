//! Reading with a limit, and writing so that a file is either the old one or the new one, never half of each.

use super::error::{FormatError, check_size};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Start of the names of temporary files.
pub(super) const TEMPORARY: &str = ".lacuna-";

/// Reads a file of at most `limit_bytes`. The limit holds for what is read, whatever the system says of the size.
///
/// # Errors
/// A file that is missing, a folder, forbidden, too big or unreadable; the text names the path.
pub fn read(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, FormatError> {
    let read = || -> Result<Vec<u8>, FormatError> {
        let io = |e| FormatError::from_io("read", e);
        let file = File::open(path).map_err(io)?;
        let about = file.metadata().map_err(io)?;
        if about.is_dir() {
            return Err(FormatError::IsFolder);
        }
        check_size(about.len(), limit_bytes)?;
        let mut bytes = Vec::new();
        file.take(limit_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(io)?;
        check_size(bytes.len() as u64, limit_bytes)?;
        Ok(bytes)
    };
    read().map_err(|e| e.at(path))
}

/// Opens a file to read parts of it.
///
/// # Errors
/// A file that is missing or forbidden; the text names the path.
pub fn open(path: &Path) -> Result<File, FormatError> {
    File::open(path).map_err(|e| FormatError::from_io("read", e).at(path))
}

/// Writes a file whole or not at all: into a temporary file beside it, synced, then renamed over it. A link is
/// followed, permissions of an old file are kept, a write-protected file is refused.
///
/// # Errors
/// A missing folder, missing permission, full disk; the old file is then untouched and nothing is left behind.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FormatError> {
    write(path, bytes).map_err(|e| e.at(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), FormatError> {
    // Renaming over a link would replace the link, not the file behind it.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let (Some(_), Some(folder)) = (target.file_name(), target.parent()) else {
        return Err(FormatError::IsFolder);
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let old = match fs::metadata(&target) {
        Ok(about) if about.is_dir() => return Err(FormatError::IsFolder),
        Ok(about) if about.permissions().readonly() => {
            return Err(FormatError::NotAllowed { verb: "write" });
        }
        Ok(about) => Some(about.permissions()),
        Err(_) => None,
    };
    let (temporary, mut file) = create_temporary(folder)?;
    let io = |e| FormatError::from_io("write", e);
    let written = (|| {
        file.write_all(bytes).map_err(io)?;
        if let Some(permissions) = old {
            file.set_permissions(permissions).map_err(io)?;
        }
        file.sync_all().map_err(io)?;
        drop(file);
        fs::rename(&temporary, &target).map_err(io)
    })();
    if written.is_err() {
        // Best effort: the first error is the one worth telling.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    // The rename itself must reach the disk, too; not every system lets a folder be opened, and then it does alone.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A new file with a name of its own.
fn create_temporary(folder: &Path) -> Result<(PathBuf, File), FormatError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    for _ in 0..100 {
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{TEMPORARY}{}-{n}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            // Left by a killed process that had our number.
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(FormatError::NoFolder(folder.to_path_buf()));
            }
            Err(e) => return Err(FormatError::from_io("write", e)),
        }
    }
    Err(FormatError::NotAllowed { verb: "write" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let list = fs::read_dir(folder).unwrap().flatten();
        list.map(|e| e.file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mid");
        for bytes in [&b"old"[..], b"new and longer", b""] {
            write_atomic(&path, bytes).unwrap();
            assert_eq!(read(&path, 100).unwrap(), bytes);
        }
        assert_eq!(names(dir.path()), ["a.mid"]);
    }

    #[test]
    fn refusals_name_the_path_and_leave_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let says = |e: FormatError, words: &str| {
            let text = e.to_string();
            assert!(text.contains(words), "{text}");
            assert!(text.contains(&*dir.path().to_string_lossy()), "{text}");
        };
        let missing = dir.path().join("none").join("a.mid");
        says(write_atomic(&missing, b"x").unwrap_err(), "create it");
        says(read(&missing, 9).unwrap_err(), "not there");
        says(read(dir.path(), 9).unwrap_err(), "folder");
        says(write_atomic(dir.path(), b"x").unwrap_err(), "folder");
        let path = dir.path().join("a.mid");
        write_atomic(&path, b"0123456789").unwrap();
        says(read(&path, 9).unwrap_err(), "MB");
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        says(write_atomic(&path, b"x").unwrap_err(), "permissions");
        assert_eq!(read(&path, 10).unwrap(), b"0123456789");
        assert_eq!(names(dir.path()), ["a.mid"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_called_that() {
        let e = FormatError::from_io(
            "write",
            File::create("/dev/full")
                .unwrap()
                .write_all(b"x")
                .unwrap_err(),
        );
        assert!(matches!(e, FormatError::DiskFull), "{e}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_atomic(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }
}
