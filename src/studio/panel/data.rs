//! The data pane: a data set, what it holds, and its songs one by one.

mod histogram;
mod songs;

use crate::dataset::encoder::FREE_OCTUPLE;
use crate::dataset::{self, SOURCES};
use crate::studio::data::{self, Found};
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use crate::tokenizer::registry;
use eframe::egui::{self, CentralPanel, Frame, Label, Margin, Panel, RichText, Ui, vec2};
use lucide_icons::Icon;

/// Width of the list of songs, in points.
const LIST: f32 = 400.0;
/// Below this width histograms stand in one column.
const TWO_COLUMNS: f32 = 620.0;

/// Draws the pane in all the space there is.
pub fn show(ui: &mut Ui, state: &mut State) {
    let t = Theme::of(ui);
    let pad = size::PAD as i8;
    let frame = |x: i8, y: i8| {
        Frame::new()
            .fill(t.panel)
            .inner_margin(Margin::symmetric(x, y))
    };
    Panel::top("data-choice")
        .frame(frame(pad, 8))
        .show(ui, |ui| choice(ui, state));
    if state.data.found.is_none() {
        CentralPanel::default()
            .frame(frame(pad, 8))
            .show(ui, |ui| empty(ui, state));
        return;
    }
    let room = ui.available_size();
    // Beside the roll there is no room for both side by side.
    let songs = if room.x < LIST + TWO_COLUMNS / 2.0 {
        let most = (room.y * 0.7).max(200.0);
        Panel::top("data-songs-above")
            .default_size(room.y * 0.5)
            .size_range(160.0_f32.min(most)..=most)
    } else {
        Panel::left("data-songs")
            .default_size(LIST)
            .size_range(300.0..=560.0)
    };
    songs
        .resizable(true)
        .frame(frame(pad, 8))
        .show(ui, |ui| songs::show(ui, state));
    CentralPanel::default()
        .frame(frame(pad, 8))
        .show(ui, |ui| findings(ui, state));
}

fn weak(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).color(Theme::of(ui).text_weak)
}

/// Which data set, where, and what to do with it.
fn choice(ui: &mut Ui, state: &mut State) {
    let entry = SOURCES.iter().find(|e| e.id == state.data.set);
    let usual = entry.map_or("", |e| e.folder);
    let busy = state.data.busy.is_some();
    ui.horizontal(|ui| {
        ui.add_enabled_ui(!busy, |ui| {
            let combo = egui::ComboBox::from_id_salt("data-set")
                .selected_text(state.data.set)
                .width(132.0)
                .height(480.0)
                .show_ui(ui, |ui| {
                    for e in SOURCES {
                        let row = ui.selectable_label(state.data.set == e.id, e.id);
                        if row.on_hover_text(e.summary).clicked() {
                            state.data.set = e.id;
                        }
                    }
                });
            let about = entry.map_or("", |e| e.summary);
            combo
                .response
                .accessible_name("Data set")
                .on_hover_text(about);
            let hint = if usual.is_empty() {
                "needs no folder".to_owned()
            } else {
                dataset::default_root().join(usual).display().to_string()
            };
            let field = ui.add(
                egui::TextEdit::singleline(&mut state.data.folder)
                    .hint_text(hint)
                    .desired_width((ui.available_width() - 300.0).clamp(120.0, 460.0)),
            );
            let field = field.accessible_name("Folder of the data set");
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            field.on_hover_text("The folder that holds the data set; empty for its usual place");
            let other = ui.add_enabled(!state.own_browser, egui::Button::new("Choose..."));
            let other = other
                .on_hover_text("Choose the folder")
                .on_disabled_hover_text("The system has no dialog to offer; type the folder");
            if other.clicked() {
                data::choose_folder(state);
            }
            let look = egui::Button::new((theme::icon(Icon::Search), "Read"));
            let look = ui.add(look).accessible_name("Read");
            let look = look.on_hover_text("Reads every song and counts what there is");
            if look.clicked() || entered {
                data::look(state);
            }
        });
    });
    working(ui, state);
    if let Some(trouble) = &state.data.trouble {
        let text = RichText::new(trouble).color(Theme::of(ui).error);
        ui.add(Label::new(text).wrap());
    }
}

/// How far the work is, and the button that stops it.
fn working(ui: &mut Ui, state: &mut State) {
    let Some(busy) = &state.data.busy else { return };
    let doing = busy.doing;
    let mut tasks = state.tasks.shown();
    let Some(task) = tasks.find(|t| t.name.starts_with(doing)) else {
        // It broke down; the message of that stands already.
        state.data.busy = None;
        return;
    };
    let percent = task.percent.unwrap_or(0);
    ui.horizontal(|ui| {
        ui.label(weak(ui, format!("{doing} · {percent} %")));
        let bar = egui::ProgressBar::new(percent as f32 / 100.0)
            .desired_width(220.0)
            .desired_height(6.0)
            .fill(Theme::of(ui).text_weak);
        ui.add(bar).accessible_name(format!("{doing}, share done"));
        let cancel = ui.button("Cancel");
        if cancel
            .on_hover_text("Stops; what was read so far stays")
            .clicked()
        {
            data::cancel(state);
        }
    });
}

/// Nothing was read yet: what one can do.
fn empty(ui: &mut Ui, state: &mut State) {
    let busy = state.data.busy.is_some();
    let words = "Choose a data set and the folder it lies in, then read it: its songs, their splits and what they hold are shown here.";
    super::empty::show(
        ui,
        Icon::Database,
        "What a model learns from",
        words,
        |ui| {
            let text = format!("Read {}", state.data.set);
            let read = egui::Button::new((theme::icon(Icon::Search), text.as_str()));
            let read = ui.add_enabled(!busy, read.min_size(vec2(0.0, 32.0)));
            let read = read.accessible_name(text.as_str());
            if read.on_disabled_hover_text("It is being read").clicked() {
                data::look(state);
            }
        },
    );
}

/// What the data set holds.
fn findings(ui: &mut Ui, state: &mut State) {
    prepare(ui, state);
    ui.separator();
    let Some(found) = &state.data.found else {
        return;
    };
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            // The scroll bar lies over the edge.
            ui.set_max_width(ui.available_width() - size::PAD);
            summary(ui, found);
            ui.add_space(size::GAP);
            let histograms = &found.statistics.histograms;
            let columns = if ui.available_width() > TWO_COLUMNS {
                2
            } else {
                1
            };
            for pair in histograms.chunks(columns) {
                ui.columns(columns, |ui| {
                    for (ui, h) in ui.iter_mut().zip(pair) {
                        histogram::show(ui, h);
                    }
                });
                ui.add_space(size::GAP);
            }
        });
}

fn summary(ui: &mut Ui, found: &Found) {
    let s = &found.statistics;
    let line = format!(
        "{}: {} songs, {} bars, {} notes",
        found.set, s.songs, s.bars, s.notes
    );
    ui.label(RichText::new(line).strong());
    let of_all = match found.read {
        n if n < found.songs.len() => format!(
            "Stopped after {n} of {} songs; the figures are of these. ",
            found.songs.len()
        ),
        _ => String::new(),
    };
    let left_out = match s.refused.len() {
        0 => "none left out".to_owned(),
        1 => "1 left out; the list says why".to_owned(),
        n => format!("{n} left out; the list says why"),
    };
    let text = format!(
        "{of_all}{left_out} · {:.0} bars a song · {:.0} quarters a minute · onsets {:.2} from the 16ths (medians)",
        s.bars_per_song.q50, s.tempo.q50, s.grid_error.q50
    );
    ui.add(Label::new(weak(ui, text)).wrap());
}

/// The representations a data set can be prepared in.
fn tokenizers(ui: &mut Ui, state: &mut State) {
    let own = (FREE_OCTUPLE, "What the studio's own models read");
    let registered = registry::all().iter().chain(registry::compatible());
    let registered = registered.map(|t| (t.id(), t.about()));
    let combo = egui::ComboBox::from_id_salt("tokenizer")
        .selected_text(state.data.tokenizer)
        .width(150.0)
        .height(480.0)
        .show_ui(ui, |ui| {
            for (id, about) in std::iter::once(own).chain(registered) {
                let row = ui.selectable_label(state.data.tokenizer == id, id);
                if row.on_hover_text(about).clicked() {
                    state.data.tokenizer = id;
                }
            }
        });
    combo
        .response
        .accessible_name("Representation")
        .on_hover_text("The representation it is prepared in");
}

fn prepare(ui: &mut Ui, state: &mut State) {
    let busy = state.data.busy.is_some();
    let usual = data::usual_cache(state.data.set, state.data.tokenizer);
    let usual = usual.display().to_string();
    ui.horizontal_wrapped(|ui| {
        let button = egui::Button::new((theme::icon(Icon::PackageCheck), "Prepare for training"));
        let button = ui.add_enabled(!busy, button);
        let button = button.accessible_name("Prepare for training");
        let button = button
            .on_hover_text(format!(
                "Writes what training reads, as lacuna prepare --dataset-id {} --tokenizer-id {} does",
                state.data.set, state.data.tokenizer
            ))
            .on_disabled_hover_text("Something is under way; wait or cancel it");
        if button.clicked() {
            data::prepare(state);
        }
        ui.label(weak(ui, "as"));
        tokenizers(ui, state);
        ui.label(weak(ui, "into"));
        ui.add_enabled(
            !busy,
            egui::TextEdit::singleline(&mut state.data.cache)
                .hint_text(usual)
                .desired_width(ui.available_width().clamp(120.0, 320.0)),
        )
        .accessible_name("Folder of the token cache")
        .on_hover_text("Where the prepared data set goes; empty for the usual place");
    });
}
