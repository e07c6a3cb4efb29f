//! The first bundled pieces as buttons, for a room full of people: in the arrangement *Demo* nobody looks for a menu.

use super::heading;
use crate::studio::arrangement::Preset;
use crate::studio::demos::DEMOS;
use crate::studio::files::{self, Then};
use crate::studio::state::State;
use crate::studio::theme::{self, size};
use eframe::egui::{self, Atom, Ui, vec2};
use lucide_icons::Icon;

/// As many as fit over the settings of the generate panel.
const SHOWN: usize = 3;

/// Draws the buttons, if the window is arranged for showing.
pub fn show(ui: &mut Ui, state: &mut State) {
    if state.settings.layout.preset != Preset::Demo || DEMOS.is_empty() {
        return;
    }
    heading(ui, "Pieces");
    for (i, demo) in DEMOS.iter().enumerate().take(SHOWN) {
        let open = egui::Button::new((theme::icon(Icon::Music), demo.name, Atom::grow()))
            .min_size(vec2(ui.available_width(), 36.0));
        let open = ui.add(open).accessible_name(format!("Open {}", demo.name));
        if open
            .on_hover_text("Opens this piece with a part of it masked")
            .clicked()
        {
            files::ask_then(state, Then::Demo(i));
        }
    }
    ui.add_space(size::GAP);
}
