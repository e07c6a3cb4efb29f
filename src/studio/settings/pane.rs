//! What the pane of settings knows while it is open, and how a change takes effect.

use super::Settings;
use super::table::{Folder, TABLE};
use crate::audio::Font;
use crate::dataset::{self, prepared};
use crate::model::Library;
use crate::studio::files;
use crate::studio::state::State;
use std::path::{Path, PathBuf};

/// The pane of settings while it is open.
#[derive(Default)]
pub struct Pane {
    /// What is looked for.
    pub query: String,
    /// The search field has had the keyboard.
    pub shown: bool,
    /// The settings before all of them were reset, to go back to.
    pub before: Option<Box<Settings>>,
}

impl Pane {
    /// Makes every setting of the table as on the first day; what it was can be brought back.
    pub fn reset_all(&mut self, settings: &mut Settings) {
        self.before = Some(Box::new(settings.clone()));
        for setting in TABLE {
            setting.reset(settings);
        }
    }

    /// Brings back what was before all settings were reset. What other panes keep in the same file stays as it is now.
    pub fn undo_reset(&mut self, settings: &mut Settings) {
        if let Some(before) = self.before.take() {
            let now = settings.clone();
            *settings = Settings {
                recent: now.recent,
                welcomed: now.welcomed,
                shortcuts: now.shortcuts,
                options: now.options,
                ..*before
            };
        }
    }
}

/// Lets what changed be heard and seen at once. What is read in every frame needs no word here.
pub fn took_effect(state: &mut State, before: &Settings) {
    let now = &mut state.settings;
    let player = &mut state.transport.player;
    player.set_metronome(now.metronome);
    // While recording the count-in is the recording's.
    if state.input.recording.is_none() {
        player.set_count_in(u8::from(now.count_in));
    }
    if now.follow_smooth && !before.follow_smooth {
        now.follow = true;
    }
    if now.midi_input != before.midi_input {
        state.input.look_again();
    }
    if now.soundfont != before.soundfont {
        match now.soundfont.clone() {
            Some(path) => files::load_soundfont(state, path, false),
            None => player.set_font(Font::bundled()),
        }
    }
}

/// Where a folder is; `None` where nothing is kept.
pub fn folder(state: &State, folder: Folder) -> Option<PathBuf> {
    let path = match folder {
        Folder::Settings => state.settings_file.path()?.to_owned(),
        Folder::Copies => state.autosave.folder()?,
        Folder::Models => Library::own_folder(),
        Folder::Data => dataset::default_root(),
        Folder::Prepared => prepared::root(),
        Folder::Runs => state.training.places.runs.clone(),
    };
    Some(whole(&path))
}

/// From the root on, so that it can be found from anywhere.
fn whole(path: &Path) -> PathBuf {
    let clean = |p: PathBuf| {
        let mut out = PathBuf::new();
        for part in p.components() {
            match part {
                std::path::Component::ParentDir => {
                    out.pop();
                }
                other => out.push(other),
            }
        }
        out
    };
    std::path::absolute(path).map_or_else(|_| path.to_owned(), clean)
}
