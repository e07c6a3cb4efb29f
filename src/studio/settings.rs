//! What is remembered between two evenings: one RON file in the platform's configuration folder.

use crate::score::{Constraints, SamplerSettings};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

mod newer;
pub mod pane;
pub mod table;

/// The theme of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    #[default]
    Dark,
    Light,
    /// High contrast.
    Contrast,
}

impl Look {
    /// Every look, in the order they are gone through.
    pub const ALL: [Look; 3] = [Look::Dark, Look::Light, Look::Contrast];

    /// The one after this.
    pub fn next(self) -> Look {
        match self {
            Look::Dark => Look::Light,
            Look::Light => Look::Contrast,
            Look::Contrast => Look::Dark,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Look::Dark => "Dark",
            Look::Light => "Light",
            Look::Contrast => "High contrast",
        }
    }
}

/// What the generate panel asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenerateSettings {
    /// Id of the model; the first one there is when it is unknown.
    pub model: Option<String>,
    /// Takes a request, 1..=16.
    pub takes: u32,
    pub sampler: SamplerSettings,
    pub constraints: Constraints,
    /// The seed stays as it is instead of being rolled after each request.
    pub keep_seed: bool,
}

impl Default for GenerateSettings {
    fn default() -> Self {
        GenerateSettings {
            model: None,
            takes: 4,
            sampler: SamplerSettings::default(),
            constraints: Constraints::default(),
            keep_seed: false,
        }
    }
}

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Version of this file's meaning.
    pub version: u32,
    pub look: Look,
    /// Size of everything, 0.5..=3.
    pub scale: f32,
    /// The SF2 file chosen by hand; otherwise the first one found.
    pub soundfont: Option<PathBuf>,
    pub generate: GenerateSettings,
    pub metronome: bool,
    /// The roll follows the playhead.
    pub follow: bool,
    /// It follows without turning pages.
    pub follow_smooth: bool,
    /// A bar is counted in before playing.
    pub count_in: bool,
    pub ghosts: bool,
    /// The rows of the key are lit.
    pub highlight_key: bool,
    /// Notes and keys bear their names.
    pub note_names: bool,
    pub panels: bool,
    /// Where the panes are.
    #[serde(with = "super::arrangement::as_text")]
    pub layout: super::arrangement::Arrangement,
    /// Nothing moves by itself but the playhead.
    pub reduce_motion: bool,
    /// Files opened or saved, the newest first.
    pub recent: Vec<PathBuf>,
    /// The tour of the first start began, or its hint was followed or closed: neither comes by itself again.
    pub welcomed: bool,
    /// Keys that are not the table's, by the ids of commands.
    pub shortcuts: super::bindings::Changes,
    /// What the small panes were last set to.
    pub options: super::options::Options,
    /// The MIDI port that is listened to; none if not chosen.
    pub midi_input: Option<String>,
    /// Milliseconds recorded notes are moved earlier by, -200..=500.
    pub record_latency: f32,
    /// Bars of clicks before recording, 0..=4.
    pub record_count_in: u8,
    /// Recorded onsets go to the grid.
    pub quantise_input: bool,
    /// What models compute on, unless the command line says otherwise; read at the start.
    pub device: crate::device::Choice,
    /// Seconds from a change to its automatic copy, 0.4..=60.
    pub autosave_seconds: f32,
    /// What a newer version wrote into the file, kept for it.
    #[serde(skip)]
    newer: newer::Fields,
}

/// As many recent files as the menu shows.
const RECENT: usize = 12;

impl Default for Settings {
    fn default() -> Self {
        Settings {
            version: 1,
            look: Look::Dark,
            scale: 1.0,
            soundfont: None,
            generate: GenerateSettings::default(),
            metronome: false,
            follow: true,
            follow_smooth: false,
            count_in: false,
            ghosts: true,
            highlight_key: false,
            note_names: true,
            panels: true,
            layout: Default::default(),
            reduce_motion: false,
            recent: Vec::new(),
            welcomed: false,
            shortcuts: Default::default(),
            options: Default::default(),
            midi_input: None,
            record_latency: 0.0,
            record_count_in: 1,
            quantise_input: false,
            device: crate::device::Choice::default(),
            autosave_seconds: 0.4,
            newer: newer::Fields::new(),
        }
    }
}

impl Settings {
    /// Puts a file at the head of the recent ones.
    pub fn remember(&mut self, path: &Path) {
        self.recent.retain(|p| p != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Values a hand-edited or damaged file may hold, brought back into their ranges.
    fn sane(mut self) -> Self {
        fn real(v: f32, low: f32, high: f32, otherwise: f32) -> f32 {
            if v.is_finite() {
                v.clamp(low, high)
            } else {
                otherwise
            }
        }
        self.scale = real(self.scale, 0.5, 3.0, 1.0);
        self.record_latency = real(self.record_latency, -200.0, 500.0, 0.0);
        self.record_count_in = self.record_count_in.min(4);
        self.autosave_seconds = real(self.autosave_seconds, 0.4, 60.0, 0.4);
        let g = &mut self.generate;
        g.takes = g.takes.clamp(1, 16);
        let d = SamplerSettings::default();
        let s = &mut g.sampler;
        s.steps = s.steps.clamp(1, 1024);
        s.temperature = real(s.temperature, 0.0, 2.0, d.temperature);
        s.top_p = real(s.top_p, 0.05, 1.0, d.top_p);
        s.remask = real(s.remask, 0.0, 0.5, d.remask);
        s.change = real(s.change, 0.05, 1.0, d.change);
        g.constraints.density = real(g.constraints.density, -1.0, 1.0, 0.0);
        g.constraints.in_key = real(g.constraints.in_key, 0.0, 4.0, 0.0);
        self.recent.truncate(RECENT);
        self.options = self.options.sane();
        self
    }

    /// As RON text.
    pub fn to_ron(&self) -> String {
        newer::with(&self.plain_ron(), &self.newer)
    }

    /// Without what is kept for newer versions.
    fn plain_ron(&self) -> String {
        ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default()).unwrap_or_default()
    }

    /// Reads what [`to_ron`](Self::to_ron) wrote, or a version before or after this one.
    fn of_ron(text: &str) -> Result<Settings, ron::error::SpannedError> {
        let mut settings: Settings = ron::from_str(text)?;
        let known = newer::fields(&Settings::default().plain_ron());
        settings.newer = newer::unknown(text, &known);
        Ok(settings.sane())
    }
}

/// Where settings are kept, if they are kept at all.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    path: Option<PathBuf>,
    /// Number of the next writing, and of the last one that was done: threads may come late.
    next: Arc<AtomicU64>,
    done: Arc<Mutex<u64>>,
}

impl SettingsFile {
    /// In this folder; `None` forgets everything at the end.
    pub fn new(folder: Option<PathBuf>) -> Self {
        SettingsFile {
            path: folder.map(|f| f.join("settings.ron")),
            next: Arc::new(AtomicU64::new(1)),
            done: Arc::default(),
        }
    }

    /// The folder, if settings are kept.
    pub fn folder(&self) -> Option<&Path> {
        self.path.as_deref().and_then(Path::parent)
    }

    /// The file, if settings are kept.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Reads the settings. A broken file is put aside as `settings.ron.bad`; the sentence says so.
    pub fn load(&self) -> (Settings, Option<String>) {
        let Some(path) = &self.path else {
            return (Settings::default(), None);
        };
        let text = match std::fs::read(path) {
            // What is no text will not be understood below, and be put aside.
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return (Settings::default(), None);
            }
            Err(e) => {
                let why =
                    format!("The settings could not be read ({e}); the standard ones are used.");
                return (Settings::default(), Some(why));
            }
        };
        match Settings::of_ron(&text) {
            Ok(settings) => (settings, None),
            Err(e) => {
                let bad = path.with_extension("ron.bad");
                let kept = match std::fs::rename(path, &bad) {
                    Ok(()) => format!("it is kept as {}", bad.display()),
                    Err(_) => format!("it is left at {}", path.display()),
                };
                let why = format!(
                    "The settings file could not be understood ({e}); {kept}, and the standard settings are used."
                );
                (Settings::default(), Some(why))
            }
        }
    }

    /// The number of a writing that is about to begin.
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Relaxed)
    }

    /// Writes the settings as given by [`Settings::to_ron`], unless a later number was written before. Meant for a
    /// task's thread.
    ///
    /// # Errors
    /// A sentence for a person.
    pub fn store(&self, number: u64, text: &str) -> Result<(), String> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if *done > number {
            return Ok(());
        }
        *done = number;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|e| format!("The folder {} cannot be made: {e}", folder.display()))?;
        }
        crate::format::file::write_atomic(path, text.as_bytes()).map_err(|e| e.to_string())
    }
}

/// The device that the settings name; automatic where there are none, or none that can be read.
pub fn preferred_device() -> crate::device::Choice {
    let path = SettingsFile::new(config_folder()).path;
    let text = path.and_then(|p| std::fs::read_to_string(p).ok());
    let settings = text.and_then(|t| Settings::of_ron(&t).ok());
    settings.unwrap_or_default().device
}

/// The platform's configuration folder for Lacuna.
pub fn config_folder() -> Option<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    let base = if cfg!(target_os = "windows") {
        from("APPDATA")
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|h| h.join("Library/Application Support"))
    } else {
        from("XDG_CONFIG_HOME").or_else(|| from("HOME").map(|h| h.join(".config")))
    };
    base.map(|b| b.join("lacuna"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let file = SettingsFile::new(Some(folder.path().join("deep")));
        let mut s = Settings {
            look: Look::Light,
            scale: 1.5,
            ..Settings::default()
        };
        s.remember(Path::new("/a.mid"));
        file.store(file.number(), &s.to_ron()).unwrap();
        assert_eq!(file.load(), (s, None));
    }

    #[test]
    fn a_broken_file_is_put_aside_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.ron");
        std::fs::write(&path, "(scale: \"big\"").unwrap();
        let (s, why) = SettingsFile::new(Some(folder.path().into())).load();
        assert_eq!(s, Settings::default());
        assert!(why.unwrap().contains("settings.ron.bad"));
        assert!(!path.exists() && folder.path().join("settings.ron.bad").exists());
    }

    #[test]
    fn an_older_file_and_wild_numbers_are_borne() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("settings.ron"),
            "(scale: 99.0, generate: (takes: 500))",
        )
        .unwrap();
        let (s, why) = SettingsFile::new(Some(folder.path().into())).load();
        assert_eq!((s.scale, s.generate.takes, why), (3.0, 16, None));
    }

    #[test]
    fn what_a_newer_version_wrote_is_there_after_this_one_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.ron");
        std::fs::write(
            &path,
            "(version: 2, colours: Sepia(0.5), scale: 2.0, hands: [(left: \"a, b\"), (right: Foot)])",
        )
        .unwrap();
        let file = SettingsFile::new(Some(folder.path().into()));
        let (mut s, why) = file.load();
        assert_eq!((s.version, s.scale, why), (2, 2.0, None));
        s.scale = 1.0;
        file.store(file.number(), &s.to_ron()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("colours: Sepia(0.5),"), "{text}");
        assert!(text.contains("hands: [(left: \"a, b\"), (right: Foot)],"));
        assert_eq!(file.load(), (s, None), "and it is read again");
    }

    #[test]
    fn a_late_thread_does_not_write_over_a_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = SettingsFile::new(Some(folder.path().into()));
        let (first, second) = (file.number(), file.number());
        file.store(second, "second").unwrap();
        file.store(first, "first").unwrap();
        let text = std::fs::read_to_string(file.path().unwrap()).unwrap();
        assert_eq!(text, "second");
    }

    #[test]
    fn a_file_that_is_no_text_is_put_aside_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.ron");
        std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        let (s, why) = SettingsFile::new(Some(folder.path().into())).load();
        assert_eq!(s, Settings::default());
        assert!(why.unwrap().contains("settings.ron.bad") && !path.exists());
    }

    #[test]
    fn recent_files_are_unique_and_few() {
        let mut s = Settings::default();
        for i in 0..20 {
            s.remember(Path::new(&format!("/{}", i % 15)));
        }
        assert_eq!(s.recent.len(), RECENT);
        assert_eq!(s.recent[0], Path::new("/4"));
    }
}
