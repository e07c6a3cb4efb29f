//! What a pane says while it is empty: what it is for, what to do, and the button that does it.

use super::{Asks, text_button};
use crate::studio::command::Command as C;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{Align, Label, Layout, Rect, RichText, Ui, UiBuilder, vec2};
use lucide_icons::Icon;

/// Widest line of the words, in points.
const WIDEST: f32 = 340.0;

/// Icon, title, words and buttons in the middle of the space there is.
pub fn show(ui: &mut Ui, icon: Icon, title: &str, words: &str, buttons: impl FnOnce(&mut Ui)) {
    let t = Theme::of(ui);
    let room = ui.available_rect_before_wrap();
    let width = room.width().min(WIDEST);
    let above = ((room.height() - 140.0) * 0.4).max(0.0);
    let place = Rect::from_min_size(
        room.center_top() + vec2(-width / 2.0, above),
        vec2(width, (room.height() - above).max(0.0)),
    );
    let layout = Layout::top_down(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(place).layout(layout), |ui| {
        ui.spacing_mut().item_spacing.y = size::GAP;
        let icon = theme::icon(icon).size(size::ICON_LARGE);
        ui.label(icon.color(theme::mix(t.panel, t.text_weak, 0.7)));
        ui.label(RichText::new(title).heading().color(t.text));
        ui.add(Label::new(RichText::new(words).color(t.text_weak)).wrap());
        ui.add_space(size::UNIT);
        buttons(ui);
    });
}

/// The same in a low pane: on one line, as far as it goes.
pub fn line(ui: &mut Ui, icon: Icon, title: &str, words: &str) {
    let t = Theme::of(ui);
    ui.horizontal_centered(|ui| {
        ui.label(theme::icon(icon).size(size::ICON_LARGE).color(t.text_weak));
        ui.vertical(|ui| {
            ui.add_space((ui.available_height() * 0.5 - size::ROW).max(0.0));
            ui.label(RichText::new(title).heading().color(t.text));
            ui.add(Label::new(RichText::new(words).color(t.text_weak)).wrap());
        });
    });
}

/// Over the roll of a piece without anything in it. The words let the pointer through to the roll.
pub fn roll(ui: &mut Ui, state: &State, roll: Rect, asks: &mut Asks) {
    let document = state.document();
    let nothing = document.score.note_count() == 0 && document.mask.is_empty();
    let alone = document.takes.is_empty() && state.jobs.running.is_none();
    if !nothing || !alone || document.score.tracks.is_empty() || state.input.recording.is_some() {
        return;
    }
    let key = |c: C| c.spec().key(ui.ctx());
    let words = format!(
        "Double-click to write a note, draw with the pen ({}), drop a MIDI file, or mask some bars ({}) and have them written.",
        key(C::ToolDraw),
        key(C::ToolMask)
    );
    let place = Rect::from_center_size(
        roll.center(),
        vec2((roll.width() - 120.0).clamp(120.0, 420.0), 190.0),
    );
    if !roll.contains_rect(place) {
        return;
    }
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        show(ui, Icon::Music, "An empty piece", &words, |ui| {
            let row = Layout::left_to_right(Align::Center).with_main_wrap(false);
            ui.allocate_ui_with_layout(vec2(246.0, size::ROW), row, |ui| {
                text_button(ui, state, C::Open, asks);
                text_button(ui, state, C::FirstSteps, asks);
            });
        });
    });
}
