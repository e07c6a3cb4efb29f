//! Everything that goes out but the whole piece as MIDI and WAV: parts of it, stems, notation, pictures. Each is a row of
//! one table over a function of `format` or `audio`.

use super::browser::Purpose;
use super::command::Command;
use super::files::{pick, short, with_ending};
use super::state::State;
use super::stats::count;
use super::tasks::After;
use super::theme::Theme;
use crate::audio::{StemOptions, WavFormat, stems};
use crate::format::picture::{self, Colours, Look, Rgb};
use crate::format::{self, excerpt, musicxml};
use crate::score::{Mask, Score, TrackId};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    MidiTracks,
    MidiSelection,
    Stems,
    MusicXml,
    Svg,
    Png,
}

/// How an export is asked for and done.
pub struct About {
    pub export: Export,
    pub command: Command,
    /// Heading of the dialog.
    pub title: &'static str,
    /// What the files are called.
    pub kind: &'static str,
    /// File name endings without the dot; none for a folder.
    pub endings: &'static [&'static str],
    /// What the piece's name is followed by in the name that is offered.
    pub tail: &'static str,
    write: fn(&mut State, PathBuf),
}

/// Every export, in the order of the enum.
pub static EXPORTS: [About; 6] = [
    About {
        export: Export::MidiTracks,
        command: Command::ExportMidiTracks,
        title: "Export MIDI of tracks",
        kind: "MIDI files",
        endings: &["mid", "midi"],
        tail: " tracks.mid",
        write: midi_tracks,
    },
    About {
        export: Export::MidiSelection,
        command: Command::ExportMidiSelection,
        title: "Export MIDI of selection",
        kind: "MIDI files",
        endings: &["mid", "midi"],
        tail: " selection.mid",
        write: midi_selection,
    },
    About {
        export: Export::Stems,
        command: Command::ExportStems,
        title: "Export stems: name a folder for them",
        kind: "folders",
        endings: &[],
        tail: " stems",
        write: wav_stems,
    },
    About {
        export: Export::MusicXml,
        command: Command::ExportMusicXml,
        title: "Export MusicXML",
        kind: "MusicXML files",
        endings: &["musicxml", "xml"],
        tail: ".musicxml",
        write: notation,
    },
    About {
        export: Export::Svg,
        command: Command::ExportSvg,
        title: "Export picture of the roll (SVG)",
        kind: "SVG pictures",
        endings: &["svg"],
        tail: ".svg",
        write: |state, path| save_picture(state, path, picture::save_svg),
    },
    About {
        export: Export::Png,
        command: Command::ExportPng,
        title: "Export picture of the roll (PNG)",
        kind: "PNG pictures",
        endings: &["png"],
        tail: ".png",
        write: |state, path| save_picture(state, path, picture::save_png),
    },
];

impl Export {
    /// Its row of the table.
    pub fn about(self) -> &'static About {
        // The table is in the order of the enum; a test holds that.
        &EXPORTS[self as usize]
    }

    /// The export of a command.
    pub fn of(command: Command) -> Option<Export> {
        let row = EXPORTS.iter().find(|a| a.command == command);
        row.map(|a| a.export)
    }
}

/// Asks where an export goes.
pub fn ask(state: &mut State, export: Export) {
    pick(state, Purpose::Export(export), export.about().tail);
}

/// Writes an export where a person wants it.
pub fn write(state: &mut State, export: Export, path: PathBuf) {
    let about = export.about();
    let has = path
        .extension()
        .is_some_and(|e| about.endings.iter().any(|w| e.eq_ignore_ascii_case(w)));
    let path = match about.endings.first() {
        Some(ending) if !has => with_ending(path, ending),
        _ => path,
    };
    (about.write)(state, path);
}

/// Writes on a task's thread; what the work answers is told beside the file's name.
fn spawn(
    state: &mut State,
    path: PathBuf,
    work: impl FnOnce(&Path) -> Result<String, String> + Send + 'static,
) {
    state.tasks.spawn("Exporting", move || {
        let written = work(&path);
        let after: After = Box::new(move |state| tell(state, &path, written));
        after
    });
}

fn tell(state: &mut State, path: &Path, written: Result<String, String>) {
    let name = short(path);
    match written {
        Ok(said) if said.is_empty() => state.toasts.success(&format!("Exported {name}")),
        Ok(said) => {
            let text = format!("Exported {name}, with changes.");
            state.toasts.warning(&text, &said);
        }
        Err(why) => state
            .toasts
            .error(&format!("{name} could not be exported."), &why),
    }
}

/// The tracks meant: those of the selected notes, else the track in hand.
fn chosen_tracks(state: &mut State) -> BTreeSet<TrackId> {
    let selected: BTreeSet<TrackId> = state.selected_notes().iter().map(|(t, _)| *t).collect();
    if selected.is_empty() {
        return state.track.into_iter().collect();
    }
    selected
}

fn midi_tracks(state: &mut State, path: PathBuf) {
    let (score, chosen) = (state.preview(), chosen_tracks(state));
    spawn(state, path, move |path| {
        let part = excerpt::tracks(&score, &chosen);
        format::save_midi(path, &part).map_err(|e| e.to_string())?;
        Ok(String::new())
    });
}

fn midi_selection(state: &mut State, path: PathBuf) {
    let (score, chosen) = (state.preview(), state.selection.clone());
    spawn(state, path, move |path| {
        let part = excerpt::notes(&score, &chosen)
            .ok_or("No selected note is in the piece any more; select some again.")?;
        format::save_midi(path, &part).map_err(|e| e.to_string())?;
        Ok(String::new())
    });
}

fn notation(state: &mut State, path: PathBuf) {
    let score = state.preview();
    spawn(state, path, move |path| {
        let report = musicxml::save(path, &score).map_err(|e| e.to_string())?;
        Ok(report.to_string())
    });
}

fn wav_stems(state: &mut State, folder: PathBuf) {
    let (score, font) = (state.preview(), state.transport.player.font().clone());
    state.tasks.spawn_long("Rendering stems", move |progress| {
        let options = StemOptions {
            rate: 48_000,
            tail: 2.0,
            format: WavFormat::Int16,
        };
        let written = stems(&score, &font, &folder, options, |share| {
            progress.report(share)
        });
        let after: After = Box::new(move |state| match written {
            Ok(Some(files)) => {
                let text = format!(
                    "Rendered {} into {}",
                    count(files.len(), "stem"),
                    short(&folder)
                );
                state.toasts.success(&text);
            }
            Ok(None) => state
                .toasts
                .info("Rendering was cancelled; no file was written."),
            Err(e) => state.toasts.error(
                &format!("The stems could not be rendered into {}.", short(&folder)),
                &e.to_string(),
            ),
        });
        after
    });
}

type Save = fn(&Path, &Score, &Look<'_>) -> Result<(), format::FormatError>;

fn save_picture(state: &mut State, path: PathBuf, save: Save) {
    let range = pictured(state);
    let score = state.preview();
    let document = state.document();
    let mask: Mask = document.score.open(&document.mask).into_owned();
    let hidden = state.hidden.clone();
    let colours = colours(Theme::worn(&state.context.global_style().visuals));
    spawn(state, path, move |path| {
        let look = Look {
            range,
            hidden: &hidden,
            mask: Some(&mask),
            filled: false,
            colours,
        };
        save(path, &score, &look).map_err(|e| e.to_string())?;
        Ok(String::new())
    });
}

/// What a picture shows: the bars of the selection, else the loop, else the whole piece.
fn pictured(state: &mut State) -> Option<Range<u32>> {
    let notes = state.selected_notes();
    let bars = &state.derived().bars;
    let first = notes.iter().map(|(_, n)| bars.bar_at(n.start)).min();
    let last = notes
        .iter()
        .map(|(_, n)| bars.bar_at(n.end().saturating_sub(1).max(n.start)))
        .max();
    if let (Some(first), Some(last)) = (first, last) {
        return Some(bars.start(first)..bars.end(last));
    }
    let looped = state
        .transport
        .loop_range
        .filter(|_| state.transport.looping);
    looped.map(|(a, b)| a..b)
}

/// The colours the window shows.
fn colours(theme: &Theme) -> Colours {
    let rgb = |c: eframe::egui::Color32| -> Rgb { [c.r(), c.g(), c.b()] };
    Colours {
        row: rgb(theme.row),
        row_black: rgb(theme.row_black),
        octave: rgb(theme.line_octave),
        bar: rgb(theme.line_bar),
        beat: rgb(theme.line_beat),
        key: rgb(theme.key),
        key_black: rgb(theme.key_black),
        key_line: rgb(theme.key_line),
        key_text: rgb(theme.key_text),
        ruler: rgb(theme.panel),
        text: rgb(theme.text),
        mask: rgb(theme.mask),
        tracks: theme.tracks.iter().map(|c| rgb(*c)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (i, row) in EXPORTS.iter().enumerate() {
            assert_eq!(row.export as usize, i, "{}", row.title);
            assert_eq!(Export::of(row.command), Some(row.export));
        }
    }
}
