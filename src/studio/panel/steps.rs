//! The pane of the history: every step, to go back to any of them; and that of the versions.

use crate::score::Edit;
use crate::studio::arrangement::DockPane;
use crate::studio::bindings;
use crate::studio::command::Command;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use crate::studio::{trial, versions};
use eframe::egui::{self, Align, Key, Layout, Modifiers, RichText, ScrollArea, Ui};
use lucide_icons::Icon;

/// Height of a list, in points.
const HEIGHT: f32 = 320.0;
/// Room under the list of a pane among the tiles, in points.
const BELOW: f32 = 104.0;

/// Title of a pane over the roll, with the pin that puts it among the tiles.
pub fn head(ui: &mut Ui, state: &mut State, pane: DockPane, title: &str) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).heading());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let pin = egui::Button::new(theme::icon(Icon::Pin)).frame(false);
            let name = format!("Keep {} in the window", pane.spec().title.to_lowercase());
            let pin = ui.add(pin).accessible_name(&name);
            if pin.on_hover_text(name).clicked() {
                state.settings.layout.open(pane);
            }
        });
    });
}

/// Draws the history. A click goes to a step at once; over the roll the arrows do as well.
pub fn history(ui: &mut Ui, state: &mut State, docked: bool) {
    if !docked {
        ui.set_width(320.0);
        head(ui, state, DockPane::History, "History");
    }
    let now = state.history.labels().count();
    let labels: Vec<String> = std::iter::once("As it was opened")
        .chain(state.history.labels())
        .chain(state.history.future_labels())
        .map(str::to_owned)
        .collect();
    let mut to = now;
    ui.input_mut(|i| {
        // Among the tiles they move notes and caret.
        if docked {
            return;
        }
        let up = i.count_and_consume_key(Modifiers::NONE, Key::ArrowUp);
        let down = i.count_and_consume_key(Modifiers::NONE, Key::ArrowDown);
        to = (to + down).saturating_sub(up).min(labels.len() - 1);
    });
    let moved = to != now;
    let opened = just_opened(ui);
    let weak = Theme::of(ui).text_weak;
    list(ui, docked, |ui| {
        for (i, label) in labels.iter().enumerate() {
            let text = RichText::new(format!("{i}  {label}"));
            let text = if i > now { text.color(weak) } else { text };
            let row = ui.add(egui::Button::selectable(i == now, text));
            if i == to && (moved || opened) {
                // So a screen reader reads out where one is.
                row.request_focus();
                row.scroll_to_me(None);
            }
            let arrows = egui::EventFilter {
                vertical_arrows: true,
                ..Default::default()
            };
            ui.memory_mut(|m| m.set_focus_lock_filter(row.id, arrows));
            if row.clicked() {
                to = i;
            }
        }
    });
    let words = match labels.len() {
        1 => "Nothing was changed yet. Every step will be listed here, to go back to any of them.",
        _ => {
            "Arrows and clicks go to a step. What comes after it can be done again until you change something."
        }
    };
    ui.label(RichText::new(words).small().color(weak));
    if to != now {
        state.go_to_step(to);
    }
}

/// Draws the versions.
pub fn versions(ui: &mut Ui, state: &mut State, docked: bool) {
    if !docked {
        ui.set_width(360.0);
        head(ui, state, DockPane::Versions, "Versions");
    }
    let all = state.document().versions.clone();
    let weak = Theme::of(ui).text_weak;
    let hand = versions::in_hand(state);
    if all.is_empty() {
        let words = "Keep the piece as it is now, to compare with later or to go back to. Versions are part of the project file.";
        ui.label(RichText::new(words).color(weak));
    }
    list(ui, docked, |ui| {
        for (i, version) in all.iter().enumerate() {
            let when = RichText::new(versions::ago(version.kept)).small();
            let name = RichText::new(&version.name);
            let row = egui::Button::selectable(Some(i) == hand, (name, when.color(weak)));
            if ui.add(row).clicked() {
                state.version = Some(i);
                state.compared = Some(i);
            }
        }
    });
    if let Some((i, version)) = hand.and_then(|i| Some((i, all.get(i)?))) {
        ui.add_space(size::UNIT);
        let mut name = version.name.clone();
        let field = egui::TextEdit::singleline(&mut name).desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("Name of the version");
        if field.gained_focus() {
            state.naming = state.next_gesture();
        }
        if field.changed() {
            let gesture = state.naming;
            state.edit_in(gesture, Edit::NameVersion { version: i, name });
        }
        if let Some(difference) = trial::of_version(state) {
            let words = format!("Since then: {}", difference.words());
            ui.label(RichText::new(words).color(weak));
        }
    }
    ui.add_space(size::UNIT);
    ui.horizontal_wrapped(|ui| {
        let keep = ui.button("Keep a version");
        let key = bindings::in_brackets(ui.ctx(), Command::KeepVersion);
        if keep
            .on_hover_text(format!("The piece as it is now{key}"))
            .clicked()
        {
            versions::keep(state);
        }
        ui.add_enabled_ui(hand.is_some(), |ui| {
            let compared = state.compared.is_some();
            let compare = ui.selectable_label(compared, "Compare");
            if compare
                .on_hover_text("Shows on the roll what came, went and changed")
                .clicked()
            {
                versions::compare(state);
            }
            if ui.button("Go back to it").clicked() {
                versions::restore(state);
            }
            if ui.button("Forget it").clicked()
                && let Some(i) = hand
            {
                state.edit(Edit::DropVersion(i));
                (state.version, state.compared) = (None, None);
            }
        });
    });
}

/// Whether the pane was not there in the frame before.
fn just_opened(ui: &Ui) -> bool {
    let frame = ui.ctx().cumulative_frame_nr();
    let id = ui.scope_id().with("drawn");
    let last = ui.data_mut(|d| std::mem::replace(d.get_temp_mut_or(id, 0), frame));
    last + 1 < frame
}

fn list(ui: &mut Ui, docked: bool, rows: impl FnOnce(&mut Ui)) {
    let height = if docked {
        // The words, and with versions the name and the buttons, stand below.
        (ui.available_height() - BELOW).max(size::ROW * 2.0)
    } else {
        HEIGHT.min(ui.ctx().content_rect().height() * 0.5)
    };
    ScrollArea::vertical()
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.with_layout(egui::Layout::top_down_justified(egui::Align::LEFT), rows);
        });
}
