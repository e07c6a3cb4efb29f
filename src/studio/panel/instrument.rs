//! The instrument of a track: a button with its name, and a list one can search and listen to.

use crate::score::{Edit, Track};
use crate::studio::instruments::{self, FAMILIES};
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use eframe::egui::{self, Popup, PopupCloseBehavior, RichText, Ui};

/// Draws the button, and the list while it is open.
pub fn button(ui: &mut Ui, state: &mut State, track: &Track) {
    let program = track.first_program();
    let name = instruments::name(program, track.is_drums());
    let weak = Theme::of(ui).text_weak;
    let button = egui::Button::new(RichText::new(name).small().color(weak))
        .truncate()
        .frame_when_inactive(false);
    // The word, not its invisible frame, stands under the name.
    ui.add_space(-ui.spacing().button_padding.x);
    let button = ui
        .add_enabled(!track.is_drums(), button)
        .accessible_name(format!("Instrument of {}: {name}", track.name));
    let button = button
        .on_hover_text(format!("{name}\nClick to choose another instrument"))
        .on_disabled_hover_text("Channel 10 always plays drums");
    let query_id = button.id.with("query");
    Popup::menu(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(260.0)
        .show(|ui| {
            let mut query: String = ui.data(|d| d.get_temp(query_id)).unwrap_or_default();
            let field = egui::TextEdit::singleline(&mut query)
                .hint_text("Search, such as cello or pad")
                .margin(egui::Margin::symmetric(8, 5))
                .desired_width(f32::INFINITY);
            let field = ui.add(field).accessible_name("Search instruments");
            if !ui.memory(|m| m.focused().is_some()) {
                field.request_focus();
            }
            ui.data_mut(|d| d.insert_temp(query_id, query.clone()));
            let found = instruments::search(&query);
            let opened = just_opened(ui, query_id);
            let chosen = list(ui, &found, program, opened);
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let chosen = chosen.or(if entered {
                found.first().copied()
            } else {
                None
            });
            if let Some(new) = chosen {
                state.edit(Edit::SetProgram {
                    track: track.id,
                    program: new,
                });
                state.audition(track, new);
            }
            // The field for words has Escape to itself otherwise.
            if entered || ui.input(|i| i.key_pressed(egui::Key::Escape)) {
                ui.close();
            }
        });
}

/// Whether the list was not there in the frame before.
fn just_opened(ui: &Ui, id: egui::Id) -> bool {
    let frame = ui.ctx().cumulative_frame_nr();
    let last = ui.data_mut(|d| std::mem::replace(d.get_temp_mut_or(id.with("frame"), 0), frame));
    last + 1 < frame
}

fn list(ui: &mut Ui, found: &[u8], now: u8, opened: bool) -> Option<u8> {
    let mut chosen = None;
    ui.add_space(size::UNIT);
    egui::ScrollArea::vertical()
        .max_height(320.0)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            if found.is_empty() {
                ui.weak("No instrument is called that.");
            }
            let mut family = usize::MAX;
            for &program in found {
                if program as usize / 8 != family {
                    family = program as usize / 8;
                    super::heading(ui, FAMILIES.get(family).copied().unwrap_or_default());
                }
                let row = ui.selectable_label(program == now, instruments::name(program, false));
                if opened && program == now {
                    row.scroll_to_me(Some(egui::Align::Center));
                }
                if row.clicked() {
                    chosen = Some(program);
                }
            }
        });
    chosen
}
