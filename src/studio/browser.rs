//! A small file browser of the studio's own, for systems that have no dialog to offer, and for tests.

use super::export::Export;
use super::files::Then;
use super::theme::{self, size};
use eframe::egui::{self, Key, RichText, Ui};
use lucide_icons::Icon;
use std::path::{Path, PathBuf};

/// What a path is picked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    Open,
    /// And then what was to be done when the piece is saved.
    Save(Option<Then>),
    ExportMidi,
    ExportWav,
    Soundfont,
    /// A folder of pieces to learn from.
    Pieces,
    ImportTracks,
    Export(Export),
    /// The answers of a listening test.
    Listening,
    /// A folder for the tables and plots of an arena.
    Arena,
}

impl Purpose {
    /// Heading of the dialog.
    pub fn title(&self) -> &'static str {
        match self {
            Purpose::Open => "Open a piece",
            Purpose::Save(_) => "Save the project",
            Purpose::ExportMidi => "Export MIDI",
            Purpose::ExportWav => "Export WAV",
            Purpose::Soundfont => "Choose a SoundFont",
            Purpose::Pieces => "The folder with your pieces",
            Purpose::ImportTracks => "Import as tracks",
            Purpose::Export(what) => what.about().title,
            Purpose::Listening => "Save the answers of the listening test",
            Purpose::Arena => "Export the arena: name a folder for it",
        }
    }

    /// What the files are called.
    pub fn kind(&self) -> &'static str {
        match self {
            Purpose::Open | Purpose::ImportTracks => "MIDI files and Lacuna projects",
            Purpose::Save(_) => "Lacuna projects",
            Purpose::ExportMidi => "MIDI files",
            Purpose::ExportWav => "WAV files",
            Purpose::Soundfont => "SoundFonts",
            Purpose::Pieces => "folders or MIDI files",
            Purpose::Export(what) => what.about().kind,
            Purpose::Listening => "CSV tables",
            Purpose::Arena => "folders",
        }
    }

    /// File name endings, without the dot.
    pub fn endings(&self) -> &'static [&'static str] {
        match self {
            Purpose::Open | Purpose::ImportTracks => {
                &["mid", "midi", "smf", "rmi", "kar", "lacuna"]
            }
            Purpose::Save(_) => &["lacuna"],
            Purpose::ExportMidi => &["mid", "midi"],
            Purpose::ExportWav => &["wav"],
            Purpose::Soundfont => &["sf2"],
            Purpose::Pieces => &["mid", "midi"],
            Purpose::Export(what) => what.about().endings,
            Purpose::Listening => &["csv"],
            Purpose::Arena => &[],
        }
    }

    /// Whether a file is written rather than read.
    pub fn writes(&self) -> bool {
        matches!(
            self,
            Purpose::Save(_)
                | Purpose::ExportMidi
                | Purpose::ExportWav
                | Purpose::Export(_)
                | Purpose::Listening
                | Purpose::Arena
        )
    }

    /// Whether a folder is picked, not a file.
    pub fn is_folder(&self) -> bool {
        matches!(self, Purpose::Pieces)
    }

    fn verb(&self) -> &'static str {
        match self {
            Purpose::Open => "Open",
            Purpose::Save(_) | Purpose::Listening => "Save",
            Purpose::ExportMidi | Purpose::ExportWav | Purpose::Export(_) | Purpose::Arena => {
                "Export"
            }
            Purpose::ImportTracks => "Import",
            Purpose::Soundfont => "Use",
            Purpose::Pieces => "Learn from this folder",
        }
    }
}

struct Entry {
    name: String,
    path: PathBuf,
    folder: bool,
}

/// The browser while it is open.
pub struct Browser {
    pub purpose: Purpose,
    folder: PathBuf,
    /// The file name as typed, or a whole path.
    pub name: String,
    entries: Vec<Entry>,
    trouble: Option<String>,
    /// Where to read next.
    wanted: Option<PathBuf>,
    /// A file that would be written over; the button must be pressed once more.
    overwrites: Option<PathBuf>,
    focused: bool,
}

/// What came of a frame.
pub enum Choice {
    Open,
    Cancelled,
    Picked(PathBuf),
}

impl Browser {
    /// Opens in a folder with a name to write to.
    pub fn new(purpose: Purpose, folder: PathBuf, name: String) -> Self {
        let name = if purpose.writes() {
            name
        } else {
            String::new()
        };
        let mut browser = Browser {
            purpose,
            folder: folder.clone(),
            name,
            entries: Vec::new(),
            trouble: None,
            wanted: None,
            overwrites: None,
            focused: false,
        };
        browser.enter(folder);
        browser
    }

    /// Lists a folder: folders first, then the files that can be used, by name.
    fn enter(&mut self, folder: PathBuf) {
        let folder = folder.canonicalize().unwrap_or(folder);
        let list = match std::fs::read_dir(&folder) {
            Ok(list) => list,
            Err(e) => {
                self.trouble = Some(format!("{} cannot be listed: {e}", folder.display()));
                return;
            }
        };
        let endings = self.purpose.endings();
        let mut entries: Vec<Entry> = list
            .filter_map(Result::ok)
            .map(|e| {
                let path = e.path();
                Entry {
                    name: e.file_name().to_string_lossy().into_owned(),
                    folder: path.is_dir(),
                    path,
                }
            })
            .filter(|e| !e.name.starts_with('.'))
            .filter(|e| {
                e.folder
                    || e.path
                        .extension()
                        .is_some_and(|x| endings.iter().any(|w| x.eq_ignore_ascii_case(w)))
            })
            .collect();
        entries.sort_by_key(|e| (!e.folder, e.name.to_lowercase()));
        (self.entries, self.folder, self.trouble, self.overwrites) = (entries, folder, None, None);
    }

    /// Takes the typed name: enters a folder, or picks a file.
    pub fn confirm(&mut self) -> Choice {
        let typed = self.name.trim();
        if self.purpose.is_folder() {
            // Nothing typed is the folder that is shown.
            let path = self.folder.join(expand_home(typed));
            if path.is_dir() {
                return Choice::Picked(path.components().collect());
            }
            self.trouble = Some(format!("There is no folder {typed} here."));
            return Choice::Open;
        }
        if typed.is_empty() {
            self.trouble = Some("Choose a file or type its name.".into());
            return Choice::Open;
        }
        let path = self.folder.join(expand_home(typed));
        if path.is_dir() {
            self.name.clear();
            self.enter(path);
            return Choice::Open;
        }
        if !self.purpose.writes() {
            if path.is_file() {
                return Choice::Picked(path);
            }
            self.trouble = Some(format!("There is no file {typed} here."));
            return Choice::Open;
        }
        let ending = self.purpose.endings().first().copied().unwrap_or_default();
        let target = if path.extension().is_some() {
            path.clone()
        } else {
            path.with_extension(ending)
        };
        if target.exists() && self.overwrites.as_ref() != Some(&target) {
            self.trouble = Some(format!(
                "{} is already there. Press {} again to write over it.",
                super::files::short(&target),
                self.purpose.verb()
            ));
            self.overwrites = Some(target);
            return Choice::Open;
        }
        Choice::Picked(path)
    }

    /// Draws the browser inside its window.
    pub fn ui(&mut self, ui: &mut Ui) -> Choice {
        let mut choice = Choice::Open;
        ui.set_width(520.0);
        ui.label(RichText::new(self.purpose.title()).strong());
        ui.add_space(size::GAP);
        ui.horizontal(|ui| {
            let up = ui
                .button(theme::icon(Icon::CornerLeftUp))
                .accessible_name("To the folder above")
                .on_hover_text("To the folder above");
            if up.clicked() {
                self.wanted = self.folder.parent().map(Path::to_owned);
            }
            ui.add(egui::Label::new(self.folder.display().to_string()).truncate());
        });
        egui::Frame::new()
            .fill(ui.visuals().extreme_bg_color)
            .inner_margin(size::UNIT)
            .show(ui, |ui| {
                egui::ScrollArea::vertical()
                    .auto_shrink([false, false])
                    .max_height(300.0)
                    .min_scrolled_height(300.0)
                    .show(ui, |ui| {
                        if self.entries.is_empty() {
                            ui.weak(format!("No {} here.", self.purpose.kind()));
                        }
                        ui.with_layout(egui::Layout::top_down_justified(egui::Align::LEFT), |ui| {
                            for entry in &self.entries {
                                let glyph = if entry.folder {
                                    Icon::Folder
                                } else {
                                    Icon::FileMusic
                                };
                                let selected = !entry.folder && entry.name == self.name;
                                let row = egui::Button::selectable(
                                    selected,
                                    (theme::icon(glyph), entry.name.as_str()),
                                )
                                .truncate();
                                let folders = self.purpose.is_folder();
                                let row = ui.add_enabled(entry.folder || !folders, row);
                                let row = row.accessible_name(match entry.folder {
                                    true => format!("Folder {}", entry.name),
                                    false => entry.name.clone(),
                                });
                                if entry.folder && row.clicked() {
                                    self.wanted = Some(entry.path.clone());
                                } else if row.double_clicked() {
                                    self.name.clone_from(&entry.name);
                                    choice = Choice::Picked(entry.path.clone());
                                } else if row.clicked() {
                                    self.name.clone_from(&entry.name);
                                    self.overwrites = None;
                                }
                            }
                        });
                    });
            });
        if let Some(folder) = self.wanted.take() {
            self.enter(folder);
        }
        if matches!(choice, Choice::Picked(_)) && self.purpose.writes() {
            // A double click on a file one would write over asks like the button does.
            choice = self.confirm();
        }
        ui.add_space(size::UNIT);
        let field = ui.add(
            egui::TextEdit::singleline(&mut self.name)
                .hint_text(match self.purpose.is_folder() {
                    true => "Another folder",
                    false => "File name or path",
                })
                .desired_width(f32::INFINITY),
        );
        let field = field.accessible_name("File name");
        if !self.focused {
            field.request_focus();
            self.focused = true;
        }
        if field.changed() {
            (self.trouble, self.overwrites) = (None, None);
        }
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        if let Some(trouble) = &self.trouble {
            ui.colored_label(ui.visuals().error_fg_color, trouble);
        }
        ui.add_space(size::UNIT);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button(self.purpose.verb()).clicked() || entered {
                choice = self.confirm();
                field.request_focus();
            }
            if ui.button("Cancel").clicked() {
                choice = Choice::Cancelled;
            }
        });
        choice
    }
}

fn expand_home(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => typed.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_only_usable_files_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        for f in ["b.MID", "a.lacuna", "c.txt", ".hidden.mid"] {
            std::fs::write(folder.path().join(f), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("z")).unwrap();
        let b = Browser::new(Purpose::Open, folder.path().into(), String::new());
        let names: Vec<&str> = b.entries.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["z", "a.lacuna", "b.MID"]);
    }

    #[test]
    fn writing_over_a_file_needs_a_second_yes() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.wav"), "").unwrap();
        let mut b = Browser::new(Purpose::ExportWav, folder.path().into(), "a".into());
        assert!(matches!(b.confirm(), Choice::Open));
        assert!(b.trouble.as_ref().unwrap().contains("already there"));
        assert!(matches!(b.confirm(), Choice::Picked(_)));
    }

    #[test]
    fn a_folder_is_picked_by_standing_in_it_or_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("waltzes");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(folder.path().join("a.mid"), "").unwrap();
        let mut b = Browser::new(Purpose::Pieces, inner.clone(), String::new());
        let same = |c: Choice, path: &Path| match c {
            Choice::Picked(p) => p.canonicalize().unwrap() == path.canonicalize().unwrap(),
            _ => false,
        };
        assert!(same(b.confirm(), &inner));
        b = Browser::new(Purpose::Pieces, folder.path().into(), String::new());
        b.name = "waltzes".into();
        let picked = b.confirm();
        assert!(matches!(&picked, Choice::Picked(p) if p.file_name().is_some()));
        assert!(same(picked, &inner));
        b.name = "a.mid".into();
        assert!(matches!(b.confirm(), Choice::Open) && b.trouble.is_some());
    }

    #[test]
    fn opening_what_is_not_there_is_said_here() {
        let folder = tempfile::tempdir().unwrap();
        let mut b = Browser::new(Purpose::Open, folder.path().into(), String::new());
        b.name = "nothing.mid".into();
        assert!(matches!(b.confirm(), Choice::Open));
        assert!(b.trouble.is_some());
    }
}
