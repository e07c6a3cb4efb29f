//! What the self-test said about an adapter, remembered in the platform's cache folder.

use super::adapter::Adapter;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A verdict on one adapter, given by one version of Lacuna.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub adapter: Adapter,
    /// Version of Lacuna; another version brings other kernels.
    pub version: String,
    /// Or a sentence fragment that says what went wrong.
    pub usable: Result<(), String>,
    /// How long the self-test took, kernels compiled and tuned included.
    pub seconds: f32,
}

impl Verdict {
    /// A verdict of this version of Lacuna.
    pub fn new(adapter: Adapter, usable: Result<(), String>, seconds: f32) -> Verdict {
        Verdict {
            adapter,
            version: env!("CARGO_PKG_VERSION").into(),
            usable,
            seconds,
        }
    }
}

/// The remembered verdict on this adapter, if this version of Lacuna gave one.
pub fn recall(file: &Path, adapter: &Adapter) -> Option<Verdict> {
    read(file)
        .into_iter()
        .find(|v| v.adapter == *adapter && v.version == env!("CARGO_PKG_VERSION"))
}

/// Remembers a verdict in place of an older one on the same adapter. A cache that cannot be written
/// costs a new test at the next start and nothing else, so that is only logged.
pub fn remember(file: &Path, verdict: Verdict) {
    let mut all = read(file);
    all.retain(|v| v.adapter != verdict.adapter);
    all.push(verdict);
    if let Err(e) = write(file, &all) {
        log::warn!(
            "the GPU verdict could not be kept in {}: {e}",
            file.display()
        );
    }
}

/// Where verdicts are kept; `None` on a machine without a home.
pub fn default_file() -> Option<PathBuf> {
    Some(cache_folder()?.join("gpu-verdicts.ron"))
}

/// The platform's folder for things that can be computed again, with our name on it.
fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let base = if cfg!(windows) {
        folder("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        folder("HOME")?.join("Library").join("Caches")
    } else {
        folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?
    };
    Some(base.join("lacuna"))
}

fn read(file: &Path) -> Vec<Verdict> {
    // A missing, broken or older file means that nothing is remembered.
    std::fs::read_to_string(file)
        .ok()
        .and_then(|text| ron::from_str(&text).ok())
        .unwrap_or_default()
}

fn write(file: &Path, all: &[Verdict]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let text = ron::ser::to_string_pretty(all, ron::ser::PrettyConfig::default())
        .map_err(std::io::Error::other)?;
    let new = file.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&new, text)?;
    std::fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(driver: &str) -> Adapter {
        Adapter {
            name: "Radiant 9".into(),
            driver: driver.into(),
            api: "Vulkan".into(),
            software: false,
        }
    }

    #[test]
    fn a_verdict_holds_for_its_driver_only_and_the_newest_wins() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep").join("verdicts.ron");
        assert_eq!(recall(&file, &adapter("1")), None);
        let bad = Verdict::new(adapter("1"), Err("it \"lies\"".into()), 1.5);
        remember(&file, bad.clone());
        assert_eq!(recall(&file, &adapter("1")), Some(bad));
        assert_eq!(recall(&file, &adapter("2")), None);
        let good = Verdict::new(adapter("1"), Ok(()), 0.5);
        remember(&file, good.clone());
        assert_eq!(recall(&file, &adapter("1")), Some(good));
    }

    #[test]
    fn another_version_must_test_again_and_a_broken_file_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("verdicts.ron");
        let mut old = Verdict::new(adapter("1"), Ok(()), 0.5);
        old.version = "0.0.0-before".into();
        remember(&file, old);
        assert_eq!(recall(&file, &adapter("1")), None);
        std::fs::write(&file, "[(adapter:").unwrap();
        assert_eq!(recall(&file, &adapter("1")), None);
    }
}
