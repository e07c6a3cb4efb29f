//! A model made one's own: what it starts from, how long it may take, and the button that asks for a folder.

use super::super::{Asks, button, wide};
use super::new_run::number;
use super::weak;
use crate::studio::command::Command as C;
use crate::studio::state::State;
use crate::studio::theme::{self, size};
use crate::studio::training::fits;
use eframe::egui::{self, CollapsingHeader, DragValue, Label, RichText, Ui};

/// Draws the section.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    CollapsingHeader::new(RichText::new("Fine-tune").strong())
        .default_open(false)
        .show_unindented(ui, |ui| {
            let what = "A model learns from a folder of your own MIDI files in minutes, played freely or on a grid, and stands in the list of models afterwards.";
            ui.add(Label::new(weak(ui, what).small()).wrap());
            model(ui, state);
            fields(ui, state);
            ui.add_space(size::UNIT);
            let spec = C::FineTune.spec();
            let icon = spec.icon.map_or_else(RichText::default, theme::icon);
            let choose = wide(ui, icon, RichText::new(spec.name));
            button(ui, state, spec, choose, asks);
        });
}

fn model(ui: &mut Ui, state: &mut State) {
    let from = state.training.tune.model(state);
    let (chosen, name) = from.map_or_else(Default::default, |m| (m.id.clone(), m.name.clone()));
    let mut taken = None;
    ui.horizontal(|ui| {
        super::new_run::caption(ui, "model");
        let combo = egui::ComboBox::from_id_salt("tune-model")
            .selected_text(name)
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                for m in &state.jobs.models {
                    let row = egui::Button::selectable(chosen == m.id, &m.name);
                    let row = ui.add_enabled(fits(m), row);
                    let why = format!("It reads {}, which cannot be fine-tuned yet", m.tokenizer);
                    let row = row.on_hover_text(&m.summary).on_disabled_hover_text(why);
                    if row.clicked() {
                        taken = Some(m.id.clone());
                    }
                }
            });
        combo
            .response
            .accessible_name("Model to start from")
            .on_hover_text("The model it starts from; it stays as it is");
    });
    if taken.is_some() {
        state.training.tune.model = taken;
    }
}

fn fields(ui: &mut Ui, state: &mut State) {
    let tune = &mut state.training.tune;
    ui.horizontal(|ui| {
        let minutes = DragValue::new(&mut tune.minutes)
            .range(0.1..=10_000.0)
            .speed(0.1)
            .max_decimals(1);
        number(ui, "minutes", minutes, "Most minutes of a fine-tune");
        let steps = DragValue::new(&mut tune.steps)
            .range(1..=1_000_000)
            .speed(1);
        let what = "Most steps of a fine-tune; it ends earlier when the held-out pieces are no longer better understood";
        number(ui, "steps", steps, what);
    });
    ui.horizontal(|ui| {
        let blocks = DragValue::new(&mut tune.last_blocks)
            .range(0..=64)
            .speed(0.1);
        let what = "How many of the model's last blocks learn; more learn faster, and copy sooner";
        number(ui, "blocks", blocks, what);
    });
}
