//! Every setting on one pane, to be searched, changed and put back. It is drawn from the table of settings.

use super::heading;
use crate::studio::command::Command;
use crate::studio::settings::pane::{Pane, folder, took_effect};
use crate::studio::settings::table::{Control, Folder, Setting, TABLE};
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{
    self, Align, Id, Key, Label, Layout, Modifiers, Response, RichText, ScrollArea, Slider, Ui,
    UiBuilder, vec2,
};
use lucide_icons::Icon;

/// Widest pane, in points.
const WIDE: f32 = 620.0;
/// Room for a control, and for the arrow that resets it.
const CONTROL: f32 = 208.0;
const ARROW: f32 = 28.0;
/// Height a list may have, so that it is seen whole where there is room.
const LIST: f32 = 420.0;

/// What came of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Open,
    Done,
    /// Something else is opened; this pane is to be seen again behind it.
    Leave(Command),
}

/// Draws the pane; what is changed takes effect at once.
pub fn show(ui: &mut Ui, state: &mut State, pane: &mut Pane) -> Choice {
    let room = ui.ctx().content_rect();
    ui.set_width(WIDE.min(room.width() - 4.0 * size::PAD));
    let t = Theme::of(ui);
    // A box that is not ticked must be seen to be one.
    let edge = theme::mix(t.panel, t.text, 0.35);
    ui.visuals_mut().widgets.inactive.bg_stroke = egui::Stroke::new(1.0, edge);
    let before = state.settings.clone();
    let mut choice = Choice::Open;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Settings").strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let cross = egui::Button::new(theme::icon(Icon::X)).frame(false);
            if ui.add(cross).accessible_name("Close settings").clicked() {
                choice = Choice::Done;
            }
        });
    });
    search(ui, pane);
    ui.add_space(size::UNIT);
    let found: Vec<&Setting> = TABLE.iter().filter(|s| s.fits(&pane.query)).collect();
    let tall = (room.height() - 178.0).clamp(96.0, 620.0);
    ScrollArea::vertical()
        .max_height(tall)
        // Otherwise it grows back by small steps after it was smaller.
        .min_scrolled_height(tall)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let mut group = None;
            for setting in &found {
                if group.replace(setting.group) != Some(setting.group) {
                    ui.add_space(size::GAP);
                    heading(ui, setting.group.name());
                    ui.separator();
                }
                if let Some(command) = row(ui, state, setting) {
                    choice = Choice::Leave(command);
                }
            }
            if found.is_empty() {
                ui.weak("No setting is called that. Try another word, or press Esc.");
            }
        });
    ui.separator();
    foot(ui, state, pane);
    if state.settings != before {
        took_effect(state, &before);
    }
    choice
}

fn search(ui: &mut Ui, pane: &mut Pane) {
    // Escape leaves the search first, then the pane.
    let escape = !pane.query.is_empty() && !ui.ctx().any_popup_open();
    if escape && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
        pane.query.clear();
        pane.shown = false;
    }
    let field = egui::TextEdit::singleline(&mut pane.query)
        .hint_text("Find a setting")
        .desired_width(f32::INFINITY);
    let field = ui.add(field).accessible_name("Find a setting");
    if !std::mem::replace(&mut pane.shown, true) {
        field.request_focus();
    }
}

fn foot(ui: &mut Ui, state: &mut State, pane: &mut Pane) {
    let row = vec2(ui.available_width(), size::ROW);
    ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
        if pane.before.is_some() {
            ui.label("Everything is as on the first day.");
            if ui.button("Undo reset").clicked() {
                pane.undo_reset(&mut state.settings);
            }
            return;
        }
        let mut settings = state.settings.clone();
        let changed = TABLE.iter().any(|s| s.differs(&mut settings));
        let all = ui.add_enabled(changed, egui::Button::new("Reset all"));
        let all = all
            .on_hover_text("Makes every setting as on the first day; you can undo it here")
            .on_disabled_hover_text("Everything is as on the first day");
        if all.clicked() {
            pane.reset_all(&mut state.settings);
        }
        let t = Theme::of(ui);
        let said = RichText::new("Changes hold at once and are kept.");
        ui.label(said.small().color(t.text_weak));
    });
}

/// One setting: name and explanation at the left, its control and the arrow that resets it at the right.
fn row(ui: &mut Ui, state: &mut State, setting: &Setting) -> Option<Command> {
    let t = Theme::of(ui);
    let mut asked = None;
    ui.add_space(size::UNIT);
    let whole = ui.available_width();
    let left = whole - CONTROL - ARROW - 2.0 * size::GAP;
    ui.horizontal_top(|ui| {
        let column = Layout::top_down(Align::Min);
        let name = ui
            .allocate_ui_with_layout(vec2(left, 0.0), column, |ui| {
                ui.set_width(left);
                ui.spacing_mut().item_spacing.y = 2.0;
                let name = ui.label(setting.name).id;
                let small = |text: &str, c| Label::new(RichText::new(text).small().color(c)).wrap();
                ui.add(small(setting.about, t.text_weak));
                if let Some((words, bad)) = more(state, setting) {
                    ui.add(small(&words, if bad { t.error } else { t.text }));
                }
                name
            })
            .inner;
        let side = Layout::right_to_left(Align::Center);
        ui.allocate_ui_with_layout(vec2(CONTROL + ARROW + size::GAP, size::ROW), side, |ui| {
            reset(ui, state, setting);
            asked = control(ui, state, setting, name);
        });
    });
    ui.add_space(size::UNIT);
    asked
}

/// The arrow, where there is something to put back; its room stays free otherwise.
fn reset(ui: &mut Ui, state: &mut State, setting: &Setting) {
    let (rect, _) = ui.allocate_exact_size(vec2(ARROW, size::ROW), egui::Sense::hover());
    if !setting.differs(&mut state.settings) {
        return;
    }
    let layout = Layout::centered_and_justified(egui::Direction::LeftToRight);
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout), |ui| {
        let arrow = egui::Button::new(theme::icon(Icon::RotateCcw)).frame(false);
        let arrow = ui.add(arrow).on_hover_text("As on the first day");
        if arrow
            .accessible_name(format!("Reset {}", setting.name))
            .clicked()
        {
            setting.reset(&mut state.settings);
        }
    });
}

/// What is to be said of a setting as it stands; whether it is a complaint.
fn more(state: &State, setting: &Setting) -> Option<(String, bool)> {
    match setting.control {
        Control::MidiPort => match (&state.input.trouble, state.input.port()) {
            (Some(why), _) => Some((why.clone(), true)),
            (None, Some(port)) => Some((format!("Listening to {port}."), false)),
            (None, None) => Some(("No MIDI keyboard is there.".into(), false)),
        },
        Control::SoundFont => {
            let output = state.transport.player.output();
            let silent = output.silent && !state.quiet;
            silent.then_some((output.reason, true))
        }
        Control::Model => {
            let device = state.jobs.device.as_ref()?;
            Some((format!("On {}. {}", device.name, device.reason), false))
        }
        Control::Folder(which) => {
            let path = folder(state, which);
            let none = || "Nothing is kept in this session.".to_owned();
            Some((path.map_or_else(none, |p| p.display().to_string()), false))
        }
        _ => None,
    }
}

/// The control of a setting; what else is to be opened.
fn control(ui: &mut Ui, state: &mut State, setting: &Setting, name: Id) -> Option<Command> {
    ui.spacing_mut().slider_width = CONTROL - 84.0;
    let s = &mut state.settings;
    let mut asked = None;
    match setting.control {
        Control::Switch(of) => {
            ui.checkbox(of(s), "").labelled_by(name);
        }
        Control::Number {
            of,
            range,
            step,
            unit,
        } => {
            let slider = Slider::new(of(s), range.0..=range.1).suffix(unit);
            let digits = if step < 0.1 {
                2
            } else {
                usize::from(step < 1.0)
            };
            let slider = slider.step_by(f64::from(step)).fixed_decimals(digits);
            slide(ui, slider, name);
        }
        Control::Share { of, range } => {
            let share = of(s);
            let mut percent = (*share * 100.0).round();
            let slider = Slider::new(&mut percent, range.0 * 100.0..=range.1 * 100.0);
            let slider = slider.suffix(" %").fixed_decimals(0);
            if slide(ui, slider, name).changed() {
                *share = percent / 100.0;
            }
        }
        Control::Count { of, range } => {
            let slider = Slider::new(of(s), range.0..=range.1);
            slide(ui, slider.logarithmic(range.1 > 100), name);
        }
        Control::List { names, get, set } => {
            let mut chosen = get(s);
            let shown = names.get(chosen).copied().unwrap_or("");
            combo(ui, setting, shown, CONTROL, name, |ui| {
                for (i, text) in names.iter().enumerate() {
                    ui.selectable_value(&mut chosen, i, *text);
                }
            });
            if chosen != get(s) {
                set(s, chosen);
            }
        }
        Control::MidiPort => midi_port(ui, state, setting, name),
        Control::Model => model(ui, state, setting, name),
        Control::SoundFont => {
            let choose = ui.button("Choose...");
            if choose.accessible_name("Choose SoundFont").clicked() {
                asked = Some(Command::Soundfont);
            }
            let file = s.soundfont.as_deref().and_then(|p| p.file_name());
            let file = file.map(|f| f.to_string_lossy().into_owned());
            let shown = file.unwrap_or_else(|| "Lacuna's own".into());
            let whole = s.soundfont.as_deref().map(|p| p.display().to_string());
            ui.add(Label::new(shown).truncate())
                .on_hover_text(whole.as_deref().unwrap_or("The one that comes along"));
        }
        Control::Folder(which) => copy_path(ui, state, setting, which),
        Control::Command(command) => {
            let button = ui.button(command.spec().name);
            if button.clicked() {
                asked = Some(command);
            }
        }
    }
    asked
}

fn slide(ui: &mut Ui, slider: Slider<'_>, name: Id) -> Response {
    // A slider lays its value out behind it, whichever way the row runs.
    let row = Layout::left_to_right(Align::Center);
    let room = vec2(CONTROL, size::ROW);
    ui.allocate_ui_with_layout(room, row, |ui| ui.add(slider.trailing_fill(true)))
        .inner
        .labelled_by(name)
}

fn combo(
    ui: &mut Ui,
    setting: &Setting,
    shown: &str,
    width: f32,
    name: Id,
    rows: impl FnOnce(&mut Ui),
) {
    let list = egui::ComboBox::from_id_salt(setting.name).selected_text(shown);
    let list = list.width(width).height(LIST).truncate();
    list.show_ui(ui, rows).response.labelled_by(name);
}

fn midi_port(ui: &mut Ui, state: &mut State, setting: &Setting, name: Id) {
    let again = egui::Button::new(theme::icon(Icon::RefreshCw)).frame(false);
    let again = ui
        .add_sized(vec2(ARROW, size::ROW), again)
        .on_hover_text("Looks again which ports there are");
    if again.accessible_name("Look for MIDI ports").clicked() {
        state.input.look_again();
    }
    let names = &state.input.names;
    let chosen = &mut state.settings.midi_input;
    let shown = chosen.as_deref().unwrap_or("The first there is").to_owned();
    let width = CONTROL - ARROW - size::GAP;
    combo(ui, setting, &shown, width, name, |ui| {
        ui.selectable_value(chosen, None, "The first there is");
        for port in names {
            ui.selectable_value(chosen, Some(port.clone()), port);
        }
        // What is chosen stays to be seen, also while it is unplugged.
        if let Some(gone) = chosen.clone().filter(|c| !names.contains(c)) {
            let text = format!("{gone} (not there)");
            ui.selectable_value(chosen, Some(gone), text);
        }
    });
}

fn model(ui: &mut Ui, state: &mut State, setting: &Setting, name: Id) {
    let models = &state.jobs.models;
    let chosen = &mut state.settings.generate.model;
    let known = models.iter().find(|m| Some(&m.id) == chosen.as_ref());
    let shown = known.map_or("None yet", |m| m.name.as_str());
    combo(ui, setting, shown, CONTROL, name, |ui| {
        for m in models {
            ui.selectable_value(chosen, Some(m.id.clone()), &m.name)
                .on_hover_text(&m.summary);
        }
    });
}

fn copy_path(ui: &mut Ui, state: &State, setting: &Setting, which: Folder) {
    let Some(path) = folder(state, which) else {
        return;
    };
    let copy = ui.button("Copy path");
    if copy
        .accessible_name(format!("Copy path of {}", setting.name))
        .clicked()
    {
        ui.ctx().copy_text(path.display().to_string());
    }
}
