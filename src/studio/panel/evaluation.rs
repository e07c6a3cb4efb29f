//! The evaluation pane: what is measured, and what came of it, tab by tab.

use super::Asks;
use crate::studio::evaluation::{TABS, Tab};
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use eframe::egui::{CentralPanel, Frame, Margin, Panel, Ui};
use lucide_icons::Icon;

/// Draws the pane in all the space there is.
pub fn show(ui: &mut Ui, state: &mut State, _asks: &mut Asks) {
    let t = Theme::of(ui);
    let frame = |y: i8| {
        Frame::new()
            .fill(t.panel)
            .inner_margin(Margin::symmetric(size::PAD as i8, y))
    };
    Panel::top("evaluation-tabs")
        .frame(frame(6))
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                for &(tab, name) in TABS {
                    let chosen = state.evaluation.tab == tab;
                    if ui.selectable_label(chosen, name).clicked() {
                        state.evaluation.tab = tab;
                    }
                }
            });
        });
    CentralPanel::default()
        .frame(frame(8))
        .show(ui, |ui| match state.evaluation.tab {
            Tab::Table => {
                let words = "Choose what is measured, and start.";
                super::empty::show(ui, Icon::Scale, "Nothing measured yet", words, |_| {});
            }
        });
}
