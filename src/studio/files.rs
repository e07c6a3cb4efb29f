//! Opening, saving and exporting. Reading and writing happen on task threads; what they found comes back as a
//! closure.

use super::browser::{Browser, Purpose};
use super::demos;
use super::invoke::invoke;
use super::state::{Overlay, State, empty_piece};
use super::tasks::{After, Progress};
use super::templates::Template;
use crate::audio::Font;
use crate::format::project::{self, Project};
use crate::format::{self, file, smf};
use crate::score::{Document, Score};
use std::path::{Path, PathBuf};

/// What is to be done once the present piece may go.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    New,
    OpenDialog,
    Open(PathBuf),
    Demo(usize),
    /// A new piece from the template of a command.
    Template(super::command::Command),
    /// The song in hand in the data pane.
    DataSong,
    /// The sample in hand in the training pane.
    TrainingSample,
    /// The piece in hand in the evaluation pane.
    EvaluatedPiece,
    Quit,
}

/// A question that must be answered before anything else.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// The piece is not saved, and something wants to take its place.
    Unsaved(Then),
    /// An earlier session ended without saving.
    Recover(super::autosave::Found),
    /// Several files were dropped: open the first, or take all in as tracks.
    Dropped(Vec<PathBuf>),
}

/// Does it at once, or asks first when unsaved work would be lost.
pub fn ask_then(state: &mut State, then: Then) {
    // Opening asks after a file is chosen: choosing nothing loses nothing.
    if then != Then::OpenDialog && state.would_lose_work() {
        state.overlay = Some(Overlay::Question(Question::Unsaved(then)));
    } else {
        proceed(state, then);
    }
}

/// Does it, whatever is lost.
pub fn proceed(state: &mut State, then: Then) {
    match then {
        Then::New => {
            state.show_document(Document::new(empty_piece()), None);
            super::autosave::forget(state);
        }
        Then::OpenDialog => open_dialog(state),
        Then::Open(path) => load(state, path),
        Then::Demo(index) => {
            demos::open(state, index);
            super::autosave::forget(state);
        }
        Then::Template(command) => {
            if let Some(template) = Template::of(command) {
                state.show_document(Document::new(template.score()), None);
                super::autosave::forget(state);
            }
        }
        Then::DataSong => super::data::open_song(state),
        Then::TrainingSample => super::training::open_sample(state),
        Then::EvaluatedPiece => super::evaluation::open_in_roll(state),
        Then::Quit => {
            state.quitting = true;
            super::autosave::forget(state);
            state
                .context
                .send_viewport_cmd(eframe::egui::ViewportCommand::Close);
        }
    }
}

/// File name without folder, for titles and messages.
pub fn short(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    )
}

/// Folder and name to offer for the present piece, with this after its name.
fn suggestion(state: &State, tail: &str) -> (PathBuf, String) {
    let folder = state
        .file
        .as_deref()
        .or(state.settings.recent.first().map(PathBuf::as_path))
        .and_then(Path::parent)
        .filter(|p| p.is_dir())
        .map(Path::to_owned)
        .or_else(|| {
            std::env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from)
        })
        .unwrap_or_else(|| PathBuf::from("."));
    let stem = match &state.file {
        Some(f) => f
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default(),
        None => state.document().score.title.clone(),
    };
    let clean: String = stem
        .chars()
        .map(|c| {
            if "/\\:*?\"<>|".contains(c) || c.is_control() {
                '-'
            } else {
                c
            }
        })
        .collect();
    let clean = clean.trim().trim_matches('.');
    let stem = if clean.is_empty() { "Untitled" } else { clean };
    (folder, format!("{stem}{tail}"))
}

/// Asks for a path and goes on with it: in the system's dialog, or in the studio's own where there is none.
pub(super) fn pick(state: &mut State, purpose: Purpose, tail: &str) {
    let (folder, name) = suggestion(state, tail);
    if state.own_browser {
        state.overlay = Some(Overlay::Browser(Box::new(Browser::new(
            purpose, folder, name,
        ))));
        return;
    }
    state.tasks.spawn("", move || {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(purpose.title())
            .set_directory(&folder);
        let dialog = match purpose.endings() {
            [] => dialog,
            endings => dialog.add_filter(purpose.kind(), endings),
        };
        let picked = if purpose.is_folder() {
            pollster::block_on(dialog.pick_folder())
        } else if purpose.writes() {
            pollster::block_on(dialog.set_file_name(&name).save_file())
        } else {
            pollster::block_on(dialog.pick_file())
        };
        let after: After = Box::new(move |state| {
            if let Some(handle) = picked {
                picked_path(state, purpose, handle.path().to_owned());
            }
        });
        after
    });
}

/// Goes on with a path that was picked.
pub fn picked_path(state: &mut State, purpose: Purpose, path: PathBuf) {
    match purpose {
        Purpose::Open => ask_then(state, Then::Open(path)),
        Purpose::Save(then) => write_project(state, with_ending(path, "lacuna"), then),
        Purpose::ExportMidi => write_midi(state, with_ending(path, "mid")),
        Purpose::ExportWav => write_wav(state, with_ending(path, "wav")),
        Purpose::Soundfont => load_soundfont(state, path, true),
        Purpose::Pieces => super::training::begin(state, path),
        Purpose::ImportTracks => super::import::load(state, vec![path]),
        Purpose::Export(what) => super::export::write(state, what, path),
        Purpose::Listening => {
            super::evaluation::blind::save(state, with_ending(path, "csv"));
        }
        Purpose::Arena => super::evaluation::arena::export(state, path),
    }
}

/// Adds the ending where a person left it out.
pub(super) fn with_ending(path: PathBuf, ending: &str) -> PathBuf {
    let has = path.extension().is_some_and(|e| {
        let e = e.to_string_lossy().to_lowercase();
        e == ending || (ending == "mid" && (e == "midi" || e == "smf"))
    });
    if has {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".");
    name.push(ending);
    name.into()
}

fn open_dialog(state: &mut State) {
    pick(state, Purpose::Open, ".mid");
}

/// Asks which file is to be taken in as tracks.
pub fn import_tracks(state: &mut State) {
    pick(state, Purpose::ImportTracks, ".mid");
}

/// What a file held.
pub(super) enum Opened {
    Project(Box<Project>),
    Midi { score: Box<Score>, report: String },
}

/// Reads a piece of either kind.
pub(super) fn read(path: &Path) -> Result<Opened, String> {
    let bytes = file::read(path, project::SIZE_LIMIT).map_err(|e| e.to_string())?;
    let title = path
        .file_stem()
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default();
    let ending = path
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    // The ending only decides which reader's complaint is heard; a misnamed project still opens.
    if ending == "lacuna" {
        return project::read(&bytes)
            .map(|p| Opened::Project(Box::new(p)))
            .map_err(|e| e.to_string());
    }
    match smf::import(&bytes, &title) {
        Ok(i) => Ok(Opened::Midi {
            score: Box::new(i.score),
            report: i.report.to_string(),
        }),
        Err(e) => project::read(&bytes)
            .map(|p| Opened::Project(Box::new(p)))
            .map_err(|_| e.to_string()),
    }
}

/// Opens a file in place of the present piece.
pub fn load(state: &mut State, path: PathBuf) {
    state.tasks.spawn("Opening", move || {
        let opened = read(&path);
        let after: After = Box::new(move |state| match opened {
            Ok(opened) => opened_file(state, &path, opened),
            Err(why) => {
                state
                    .settings
                    .recent
                    .retain(|p| *p != path || path.exists());
                state
                    .toasts
                    .error(&format!("{} could not be opened.", short(&path)), &why);
            }
        });
        after
    });
}

fn opened_file(state: &mut State, path: &Path, opened: Opened) {
    match opened {
        Opened::Project(p) => {
            state.show_document(p.document.clone(), Some(path.to_owned()));
            super::view::restore(state, p.view.as_deref());
        }
        Opened::Midi { score, report } => {
            let empty = score.note_count() == 0;
            state.show_document(Document::new(*score), None);
            if !report.is_empty() {
                state.toasts.warning(
                    &format!("{} was opened with changes.", short(path)),
                    &report,
                );
            } else if empty {
                state
                    .toasts
                    .warning(&format!("{} holds no notes.", short(path)), "");
            }
        }
    }
    state.settings.remember(path);
    state.hint = false;
    super::autosave::forget(state);
}

/// Saves where the project lives, or asks where.
pub fn save(state: &mut State, then: Option<Then>) {
    match state.file.clone() {
        Some(path) => write_project(state, path, then),
        None => save_as(state, then),
    }
}

/// Asks where to save.
pub fn save_as(state: &mut State, then: Option<Then>) {
    pick(state, Purpose::Save(then), ".lacuna");
}

fn write_project(state: &mut State, path: PathBuf, then: Option<Then>) {
    let document = state.document().clone();
    let project = Project {
        document: document.clone(),
        view: super::view::keep(state),
    };
    state.tasks.spawn("Saving", move || {
        let written = format::save_project(&path, &project);
        let after: After = Box::new(move |state| match written {
            Ok(()) => {
                state.saved = document;
                state.settings.remember(&path);
                state.toasts.success(&format!("Saved {}", short(&path)));
                state.file = Some(path);
                if !state.would_lose_work() {
                    super::autosave::forget(state);
                }
                if let Some(then) = then {
                    proceed(state, then);
                }
            }
            Err(e) => state.toasts.error(
                &format!(
                    "{} could not be saved; the piece is still here.",
                    short(&path)
                ),
                &e.to_string(),
            ),
        });
        after
    });
}

/// Asks where the MIDI file goes.
pub fn export_midi(state: &mut State) {
    pick(state, Purpose::ExportMidi, ".mid");
}

fn write_midi(state: &mut State, path: PathBuf) {
    let score = state.preview();
    state.tasks.spawn("Exporting MIDI", move || {
        let written = format::save_midi(&path, &score);
        let after: After = Box::new(move |state| match written {
            Ok(()) => state.toasts.success(&format!("Exported {}", short(&path))),
            Err(e) => state.toasts.error(
                &format!("{} could not be exported.", short(&path)),
                &e.to_string(),
            ),
        });
        after
    });
}

/// Asks where the sound file goes.
pub fn export_wav(state: &mut State) {
    pick(state, Purpose::ExportWav, ".wav");
}

fn write_wav(state: &mut State, path: PathBuf) {
    let (score, font) = (state.preview(), state.transport.player.font().clone());
    state.tasks.spawn_long("Rendering WAV", move |progress| {
        let written = render_to(&path, &score, &font, progress);
        let after: After = Box::new(move |state| match written {
            Ok(true) => state.toasts.success(&format!("Rendered {}", short(&path))),
            Ok(false) => state
                .toasts
                .info("Rendering was cancelled; no file was written."),
            Err(why) => state
                .toasts
                .error(&format!("{} could not be rendered.", short(&path)), &why),
        });
        after
    });
}

/// Writes a WAV file as the transport would sound, with two seconds to ring out; `false` if it was cancelled.
fn render_to(path: &Path, score: &Score, font: &Font, progress: &Progress) -> Result<bool, String> {
    use crate::audio::render::{WavFormat, render, write_wav};
    let sound = render(score, font, 48_000, 2.0, |share| progress.report(share));
    let sound = sound.map_err(|e| e.to_string())?;
    if sound.cancelled {
        return Ok(false);
    }
    write_wav(path, &sound, WavFormat::Int16).map_err(|e| e.to_string())?;
    Ok(true)
}

/// Asks for an SF2 file.
pub fn choose_soundfont(state: &mut State) {
    pick(state, Purpose::Soundfont, ".sf2");
}

/// Asks for a folder of pieces to learn from.
pub fn choose_pieces(state: &mut State) {
    pick(state, Purpose::Pieces, ".mid");
}

/// Loads a SoundFont on a task's thread and plays with it from then on; `say` whether success is worth a word.
pub fn load_soundfont(state: &mut State, path: PathBuf, say: bool) {
    state.tasks.spawn("Loading SoundFont", move || {
        let loaded = Font::open(&path).map_err(|e| e.to_string());
        let after: After = Box::new(move |state| match loaded {
            Ok(font) => {
                state.transport.player.set_font(font);
                state.settings.soundfont = Some(path.clone());
                if say {
                    let text = format!("Playing with {}", short(&path));
                    state.toasts.success(&text);
                }
            }
            Err(why) => state.toasts.error(
                &format!(
                    "{} cannot be played with; the SoundFont stays as it was.",
                    short(&path)
                ),
                &why,
            ),
        });
        after
    });
}

/// Files dropped on the window: one piece is opened, of several a person says what they are for; of SoundFonts the first is
/// played with.
pub fn dropped(state: &mut State, paths: Vec<PathBuf>) {
    let is_font = |path: &PathBuf| {
        path.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("sf2"))
    };
    let (fonts, mut pieces): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(is_font);
    if let Some(font) = fonts.into_iter().next() {
        load_soundfont(state, font, true);
    }
    match pieces.len() {
        0 => {}
        1 => ask_then(state, Then::Open(pieces.remove(0))),
        _ => state.overlay = Some(Overlay::Question(Question::Dropped(pieces))),
    }
}

/// What an answer to a question does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Save, or recover, or open the first file.
    Yes,
    /// Go on without saving, or throw the autosaved piece away, or take all files in as tracks.
    No,
    /// Do nothing at all.
    Cancel,
}

/// Answers the question that stands.
pub fn answer(state: &mut State, question: Question, answer: Answer) {
    match (question, answer) {
        (Question::Unsaved(then), Answer::Yes) => save(state, Some(then)),
        (Question::Unsaved(then), Answer::No) => proceed(state, then),
        (Question::Unsaved(_), Answer::Cancel) => {}
        (Question::Recover(found), Answer::Yes) => super::autosave::recover(state, found),
        (Question::Recover(found), Answer::No) => super::autosave::discard(state, found),
        (Question::Recover(_), Answer::Cancel) => {}
        (Question::Dropped(paths), Answer::Yes) => {
            if let Some(first) = paths.into_iter().next() {
                ask_then(state, Then::Open(first));
            }
        }
        (Question::Dropped(paths), Answer::No) => super::import::load(state, paths),
        (Question::Dropped(_), Answer::Cancel) => {}
    }
}

/// Whether this system has a file dialog to offer; elsewhere than on Linux it always has.
pub fn has_system_dialog() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let on_path = |name: &str| {
        std::env::var_os("PATH")
            .is_some_and(|p| std::env::split_paths(&p).any(|d| d.join(name).is_file()))
    };
    let shares = std::env::var("XDG_DATA_DIRS")
        .ok()
        .filter(|v| !v.is_empty());
    let shares = shares.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let portal = std::env::split_paths(&shares).any(|d| {
        d.join("dbus-1/services/org.freedesktop.portal.Desktop.service")
            .is_file()
    });
    let bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some();
    (portal && bus) || on_path("zenity")
}

/// Opens the first demo without asking, for the first start.
pub fn first_start(state: &mut State) {
    if !demos::DEMOS.is_empty() {
        invoke(super::command::Command::FirstSteps, state);
        state.tour.want();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_added_where_they_lack() {
        let of = |p: &str, e| with_ending(p.into(), e).to_string_lossy().into_owned();
        assert_eq!(of("/a/song", "lacuna"), "/a/song.lacuna");
        assert_eq!(of("/a/song.v2", "lacuna"), "/a/song.v2.lacuna");
        assert_eq!(of("/a/song.LACUNA", "lacuna"), "/a/song.LACUNA");
        assert_eq!(of("/a/song.midi", "mid"), "/a/song.midi");
    }
}
