//! The bar over the roll while the lens lies on it: through which representation, and what would be lost.

use super::Asks;
use crate::studio::command::Command as C;
use crate::studio::lens;
use crate::studio::sign;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme};
use crate::tokenizer::lens as glass;
use eframe::egui::{self, Align, Label, Layout, RichText, Ui};
use lucide_icons::Icon;

/// Height of the bar in points.
pub const HEIGHT: f32 = 44.0;

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    let t = Theme::of(ui);
    ui.horizontal_centered(|ui| {
        sign::decoration(ui, theme::icon(Icon::ScanEye).color(t.text_weak));
        choice(ui, state);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            close(ui, asks);
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let (line, colour, below) = words(state, t);
                let more = below.join("\n");
                ui.add_space((ui.available_height() - 34.0).max(0.0) / 2.0);
                let first = ui.add(Label::new(RichText::new(&line).color(colour)).truncate());
                let rest = RichText::new(below.join(" · ")).small().color(t.text_weak);
                let second = ui.add(Label::new(rest).truncate());
                first.on_hover_text(format!("{line}\n{more}"));
                second.on_hover_text(more);
            });
        });
    });
}

fn close(ui: &mut Ui, asks: &mut Asks) {
    let spec = C::Lens.spec();
    let cross = egui::Button::new(theme::icon(Icon::X)).frame(false);
    let response = ui.add(cross).accessible_name("Close the lens");
    let key = spec.key(ui.ctx());
    if response
        .on_hover_text(format!("Close the lens  ({key})"))
        .clicked()
    {
        asks.push(C::Lens);
    }
}

fn choice(ui: &mut Ui, state: &mut State) {
    let own = lens::of_model(state);
    let through = lens::through(state);
    let choices = glass::choices();
    let about = |id: &str| {
        let found = choices.iter().find(|c| c.id == id);
        found.map_or("", |c| c.about)
    };
    let combo = egui::ComboBox::from_id_salt("lens")
        .selected_text(through)
        .width(132.0)
        .height(560.0)
        .show_ui(ui, |ui| {
            let follow = format!("As the model sees it ({own})");
            let row = ui.selectable_label(state.lens.through.is_none(), follow);
            if row.on_hover_text(about(own)).clicked() {
                state.lens.through = None;
            }
            ui.separator();
            for c in &choices {
                let chosen = state.lens.through == Some(c.id);
                if ui
                    .selectable_label(chosen, c.id)
                    .on_hover_text(c.about)
                    .clicked()
                {
                    state.lens.through = Some(c.id);
                }
            }
        });
    combo
        .response
        .accessible_name("Representation")
        .on_hover_text(about(through));
}

/// The line of counts with its colour, and what stands below it.
fn words(state: &State, t: &Theme) -> (String, egui::Color32, Vec<String>) {
    match state.lens.found() {
        None => ("Looking...".into(), t.text_weak, Vec::new()),
        Some(Err(why)) => (why.to_owned(), t.error, Vec::new()),
        Some(Ok(trip)) => {
            let mut below: Vec<String> = trip.losses.iter().map(ToString::to_string).collect();
            if let Some(first) = below.first_mut() {
                *first = format!("Lost besides: {first}");
            }
            match trip.scope {
                glass::Scope::Mask => below.push(
                    "So the model reads the piece; only what is masked is written so, all else stays as it is"
                        .into(),
                ),
                glass::Scope::Piece if below.is_empty() => {
                    below.push("Nothing else of the piece is lost".into());
                }
                glass::Scope::Piece => {}
            }
            (trip.counts.sentence(), t.text, below)
        }
    }
}
