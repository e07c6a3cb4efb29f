//! The strip of a take's steps: a slider through them, the button that forks the take at the one in hand, and the one
//! that has its doubtful notes written again.

use super::Asks;
use crate::studio::command::Command as C;
use crate::studio::state::State;
use crate::studio::theme::Theme;
use crate::studio::trails;
use eframe::egui::{self, Align, Layout, RichText, Ui};

/// Height of the strip in points.
pub const HEIGHT: f32 = 36.0;

/// Whether the strip is to be seen.
pub fn wanted(state: &State) -> bool {
    state.trails.on && super::takes::wanted(state)
}

/// Draws the strip.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    let t = Theme::of(ui);
    ui.horizontal_centered(|ui| {
        ui.label(RichText::new("Steps").color(t.text_weak));
        let Some(take) = state.takes.take else {
            ui.label(RichText::new("Choose a take to go through its steps.").color(t.text_weak));
            return;
        };
        let Some((trail, step)) = trails::shown(state) else {
            let words = "The steps of this take are not known: it was written before the studio was opened.";
            ui.label(RichText::new(words).color(t.text_weak));
            return;
        };
        let last = trail.len();
        let mut at = step.unwrap_or(last);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            super::text_button(ui, state, C::Refill, asks);
            super::text_button(ui, state, C::ForkTake, asks);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().slider_width = (ui.available_width() - 120.0).max(60.0);
                let slider = egui::Slider::new(&mut at, 1..=last).show_value(false);
                let response = ui.add(slider).accessible_name("Step of the take");
                if response.changed() {
                    state.trails.look(take, (at < last).then_some(at));
                }
                let words = if at < last { format!("{at} of {last}") } else { "finished".into() };
                ui.label(RichText::new(words).color(t.text_weak));
            });
        });
    });
}
