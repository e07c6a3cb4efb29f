//! The panes around the roll. They draw the state and ask for commands; they change nothing else than the
//! values under their own sliders.

pub mod critic;
pub mod data;
pub mod empty;
pub mod evaluation;
pub mod gauge;
pub mod generate;
pub mod hint;
pub mod instrument;
pub mod keys;
pub mod lens;
pub mod menu;
pub mod options;
pub mod overlay;
pub mod pieces;
pub mod settings;
pub mod shortcuts;
pub mod status;
pub mod steps;
pub mod takes;
pub mod time;
pub mod tour;
pub mod track_mix;
pub mod track_order;
pub mod tracks;
pub mod trail;
pub mod training;
pub mod transport;

use super::command::{Command, Spec};
use super::state::State;
use super::theme::{self, Theme};
use super::why_not::why_not;
use eframe::egui::{self, Atom, Response, RichText, Ui, vec2};

/// Commands asked for while drawing; carried out when the frame is drawn.
pub type Asks = Vec<Command>;

/// What stands in a command's tooltip: what it does, its key, and why it cannot be used.
pub fn tooltip(ctx: &egui::Context, spec: &Spec, why: Option<&str>) -> String {
    let mut text = spec.name.trim_end_matches("...").to_owned();
    let key = spec.key(ctx);
    if !key.is_empty() {
        text += &format!("  ({key})");
    }
    text += &format!("\n{}", spec.tooltip);
    if let Some(why) = why {
        text += &format!("\n{why}");
    }
    text
}

/// A button with a command's icon, lit when `on`.
pub fn icon_button(
    ui: &mut Ui,
    state: &State,
    command: Command,
    on: bool,
    asks: &mut Asks,
) -> Response {
    let spec = command.spec();
    let glyph = spec
        .icon
        .map_or_else(|| RichText::new(spec.name), theme::icon);
    button(ui, state, spec, egui::Button::new(glyph).selected(on), asks)
}

/// A button with a command's name.
pub fn text_button(ui: &mut Ui, state: &State, command: Command, asks: &mut Asks) -> Response {
    let spec = command.spec();
    let button_ = match spec.icon {
        Some(i) => egui::Button::new((theme::icon(i), spec.name)),
        None => egui::Button::new(spec.name),
    };
    button(ui, state, spec, button_, asks)
}

/// A tall button as wide as the pane, icon and word in its middle.
pub fn wide<'a>(ui: &Ui, icon: RichText, word: RichText) -> egui::Button<'a> {
    egui::Button::new((Atom::grow(), icon, word, Atom::grow()))
        .min_size(vec2(ui.available_width(), 40.0))
}

/// A button of any look that asks for a command.
pub fn button(
    ui: &mut Ui,
    state: &State,
    spec: &Spec,
    button: egui::Button<'_>,
    asks: &mut Asks,
) -> Response {
    let why = why_not(spec.command, state);
    let text = tooltip(ui.ctx(), spec, why.as_deref());
    let response = ui
        .add_enabled(why.is_none(), button)
        .accessible_name(spec.name);
    if response.clicked() {
        asks.push(spec.command);
    }
    response.on_hover_text(&text).on_disabled_hover_text(text)
}

/// A heading of a pane.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).small().color(Theme::of(ui).text_weak));
}
