//! The evaluation pane: what is measured, and what came of it, tab by tab. Under every tab stands the piece in hand, to
//! be heard.

mod arena;
mod blind;
mod field;
mod form;
mod hand;
mod matrix;
mod nearest;
mod pick;
mod samples;
mod scatter;
mod spreads;
mod standings;
mod table;

use super::Asks;
use crate::studio::evaluation::{self, TABS, Tab};
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{
    self, CentralPanel, CollapsingHeader, Frame, Label, Margin, Panel, RichText, ScrollArea, Ui,
};
use lucide_icons::Icon;

/// Width of the form, in points.
const SIDE: f32 = 296.0;

/// Draws the pane in all the space there is.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    let t = Theme::of(ui);
    let frame = |y: i8| {
        Frame::new()
            .fill(t.panel)
            .inner_margin(Margin::symmetric(size::PAD as i8, y))
    };
    if evaluation::blind::has_keys(state) {
        // Nothing else is to be seen, so that nothing tells what is heard.
        CentralPanel::default()
            .frame(frame(8))
            .show(ui, |ui| blind::listening(ui, state));
        return;
    }
    if ui.available_width() < 2.4 * SIDE {
        // Beside the roll there is no room for both side by side: the form is folded away once there is something to see.
        let most = (ui.available_height() * 0.6).max(160.0);
        Panel::top("evaluation-form-above")
            .frame(frame(6))
            .show(ui, |ui| {
                let open = state.evaluation.study.is_none();
                CollapsingHeader::new(RichText::new("What is measured").strong())
                    .default_open(open)
                    .show_unindented(ui, |ui| {
                        ScrollArea::vertical()
                            .max_height(most)
                            .show(ui, |ui| side(ui, state));
                    });
                progress(ui, state);
            });
    } else {
        Panel::left("evaluation-form")
            .default_size(SIDE)
            .size_range(272.0..=440.0)
            .resizable(true)
            .frame(frame(8))
            .show(ui, |ui| {
                ScrollArea::vertical()
                    .auto_shrink([false, false])
                    .show(ui, |ui| {
                        // The scroll bar lies over the edge.
                        ui.set_max_width(ui.available_width() - size::PAD);
                        side(ui, state);
                        progress(ui, state);
                    });
            });
    }
    Panel::top("evaluation-tabs")
        .frame(frame(6))
        .show(ui, |ui| tabs(ui, state));
    if state.evaluation.piece().is_some() && of_pieces(state.evaluation.tab) {
        Panel::bottom("evaluation-hand")
            .frame(frame(8))
            .resizable(false)
            .show(ui, |ui| hand::show(ui, state));
    }
    CentralPanel::default()
        .frame(frame(8))
        .show(ui, |ui| content(ui, state, asks));
}

/// What is chosen for the tab in hand.
fn side(ui: &mut Ui, state: &mut State) {
    match state.evaluation.tab {
        Tab::Arena => arena::form(ui, state),
        Tab::Blind => blind::form(ui, state),
        _ => form::show(ui, state),
    }
}

/// How far what the tab in hand asked for is.
fn progress(ui: &mut Ui, state: &mut State) {
    match state.evaluation.tab {
        Tab::Arena => arena::progress(ui, state),
        Tab::Blind => {}
        _ => form::progress(ui, state),
    }
}

/// Whether a tab shows pieces one by one, or figures that lead to them.
fn of_pieces(tab: Tab) -> bool {
    matches!(
        tab,
        Tab::Table | Tab::Samples | Tab::Form | Tab::Scatter | Tab::Spreads
    )
}

fn weak(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).color(Theme::of(ui).text_weak)
}

fn tabs(ui: &mut Ui, state: &mut State) {
    ui.horizontal_wrapped(|ui| {
        for &(tab, name, what) in TABS {
            let chosen = state.evaluation.tab == tab;
            let label = ui.selectable_label(chosen, name);
            let label = label.accessible_name(format!("{name} tab"));
            if label.on_hover_text(what).clicked() {
                evaluation::stop_listening(state);
                state.evaluation.tab = tab;
                if tab == Tab::Nearest {
                    evaluation::look_for_nearest(state);
                }
            }
        }
    });
}

fn content(ui: &mut Ui, state: &mut State, _asks: &mut Asks) {
    match state.evaluation.tab {
        Tab::Arena => return arena::show(ui, state),
        Tab::Blind => return blind::show(ui, state),
        _ if state.evaluation.study.is_none() => return empty(ui, state),
        _ => {}
    }
    match state.evaluation.tab {
        Tab::Table => table::show(ui, state),
        Tab::Samples => samples::show(ui, state),
        Tab::Spreads => spreads::show(ui, state),
        Tab::Form => matrix::show(ui, state),
        Tab::Scatter => scatter::show(ui, state),
        Tab::Nearest => nearest::show(ui, state),
        Tab::Arena | Tab::Blind => {}
    }
}

fn empty(ui: &mut Ui, state: &mut State) {
    let (title, words) = match state.evaluation.busy {
        Some(_) => (
            "Measuring",
            "The table stands here when everything is measured. The window stays in use meanwhile; fills you ask for go first.",
        ),
        None => (
            "Nothing measured yet",
            "A model is measured on songs it never saw, beside real music, trivial baselines and nonsense made to score well. Tick a model at the left, and measure.",
        ),
    };
    super::empty::show(ui, Icon::Scale, title, words, |ui| {
        if state.evaluation.busy.is_none() {
            form::measure(ui, state);
        }
    });
}

/// The name of a row with the mark of its kind, with what it is there for.
fn row_name(ui: &mut Ui, name: &str, kind: crate::evaluation::Kind) {
    let colour = kind_colour(ui, kind);
    mark(ui, colour);
    let label = ui.add(Label::new(RichText::new(name).small()).wrap());
    label.on_hover_text(format!("{name}\n{}", kind_words(kind)));
}

/// A small square in a colour: what stands beside it is drawn in it.
fn mark(ui: &mut Ui, colour: egui::Color32) {
    let (space, _) = ui.allocate_exact_size(egui::vec2(9.0, 9.0), egui::Sense::hover());
    ui.painter().rect_filled(space, 1.0, colour);
}

/// What a row is there for.
fn kind_words(kind: crate::evaluation::Kind) -> &'static str {
    use crate::evaluation::Kind as K;
    match kind {
        K::Model => "What is judged",
        K::Floor => "Real music, or what comes near it: the figure nonsense must not reach",
        K::Displaced => "Real music in the wrong order or place",
        K::Nonsense => "Nonsense, some of it made to score well",
    }
}

fn kind_colour(ui: &Ui, kind: crate::evaluation::Kind) -> egui::Color32 {
    use crate::evaluation::Kind as K;
    let t = Theme::of(ui);
    match kind {
        K::Model => t.mask,
        K::Floor => t.playing,
        K::Displaced => theme::mix(t.panel, t.text, 0.6),
        K::Nonsense => t.error,
    }
}
