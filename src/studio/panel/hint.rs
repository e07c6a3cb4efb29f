//! The hint of the first start, over the roll.

use super::Asks;
use crate::studio::command::Command as C;
use crate::studio::sign;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{self, Align2, Area, Id, Order, Rect, RichText, Ui, vec2};
use lucide_icons::Icon;

/// Draws the hint at the foot of the roll, if it stands.
pub fn show(ui: &mut Ui, state: &mut State, roll: Rect, asks: &mut Asks) {
    if !state.hint || state.overlay.is_some() || state.tour.is_on() || !state.dock.shows_roll() {
        return;
    }
    let at = roll.center_bottom() - vec2(0.0, 96.0);
    let mut close = false;
    Area::new(Id::unique("first-hint"))
        .order(Order::Middle)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(at)
        .show(ui.ctx(), |ui| {
            let t = Theme::of(ui);
            egui::Frame::popup(ui.style())
                .stroke(egui::Stroke::new(1.0, t.mask))
                .inner_margin(size::PAD)
                .show(ui, |ui| {
                    ui.horizontal(|ui| {
                        sign::decoration(ui, theme::icon(Icon::Sparkles).color(t.mask));
                        ui.vertical(|ui| {
                            let key = C::Generate.spec().key(ui.ctx());
                            let playing =
                                "The marked bars are a gap. Space plays the piece as it is.";
                            ui.label(
                                RichText::new(format!(
                                    "Press Generate ({key}) to have them written anew."
                                ))
                                .strong(),
                            );
                            ui.label(RichText::new(playing).color(t.text_weak));
                        });
                        super::text_button(ui, state, C::Generate, asks);
                        let x = egui::Button::new(theme::icon(Icon::X)).frame(false);
                        close = ui.add(x).accessible_name("Close the hint").clicked();
                    });
                });
        });
    if close {
        state.hint = false;
        state.settings.welcomed = true;
    }
}
