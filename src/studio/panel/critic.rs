//! The bar of the critic: who judges and how far it is, what it makes of the note in hand, and other pitches for it.

use super::{Asks, icon_button};
use crate::model::critic::NoteSurprise;
use crate::score::{Note, pitch_name};
use crate::studio::command::Command as C;
use crate::studio::critic;
use crate::studio::roll::{percent, words};
use crate::studio::state::State;
use crate::studio::theme::{self, Theme};
use eframe::egui::{self, Align, Label, Layout, RichText, Ui};
use lucide_icons::Icon;

/// Height of the bar in points.
pub const HEIGHT: f32 = 36.0;
/// Width from which on there is room for words beside five alternatives.
const ROOM: f32 = 840.0;

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    let t = Theme::of(ui);
    ui.horizontal_centered(|ui| {
        ui.label(theme::icon(Icon::MessageCircleQuestionMark).color(t.text_weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            close(ui, asks);
            icon_button(ui, state, C::SurpriseColours, state.critic.colours, asks);
            let in_hand = critic::in_hand(state);
            let narrow = in_hand.is_some() && ui.available_width() < ROOM;
            match narrow {
                true => icon_button(ui, state, C::SelectOdd, false, asks),
                false => super::text_button(ui, state, C::SelectOdd, asks),
            };
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if let Some((note, found)) = in_hand {
                    let scroll = egui::ScrollArea::horizontal().scroll_bar_visibility(
                        egui::scroll_area::ScrollBarVisibility::AlwaysHidden,
                    );
                    scroll.show(ui, |ui| {
                        ui.horizontal_centered(|ui| alternatives(ui, state, note, &found, narrow));
                    });
                } else {
                    let (words, colour) = status(state, t);
                    let label = Label::new(RichText::new(&words).color(colour)).truncate();
                    ui.add(label).on_hover_text(words);
                }
            });
        });
    });
}

fn close(ui: &mut Ui, asks: &mut Asks) {
    let cross = egui::Button::new(theme::icon(Icon::X)).frame(false);
    let response = ui.add(cross).accessible_name("Close the critic");
    let key = C::Surprise.spec().key(ui.ctx());
    let words = format!("Close the critic  ({key})");
    if response.on_hover_text(words).clicked() {
        asks.push(C::Surprise);
    }
}

/// How far the judgement is.
fn status(state: &State, t: &Theme) -> (String, egui::Color32) {
    let critic = &state.critic;
    let chosen = state.settings.generate.model.as_ref();
    let model = state.jobs.models.iter().find(|m| Some(&m.id) == chosen);
    let name = model.map_or("The model", |m| m.name.as_str());
    if let Some(why) = &critic.refused {
        return (why.clone(), t.error);
    }
    if !critic.done() {
        let done = critic.of.saturating_sub(critic.left);
        return (
            format!("{name} reads the piece: {done} of {} passages", critic.of),
            t.text_weak,
        );
    }
    let found = critic.notes();
    let odd = found.values().filter(|n| n.oddness() > 100f32.ln()).count();
    let words = format!(
        "{name} gave {} of {} less than 1 %. Select one to see what it would rather have.",
        odd,
        crate::studio::stats::count(found.len(), "note")
    );
    (words, t.text_weak)
}

/// The note in hand, and other pitches for it.
fn alternatives(ui: &mut Ui, state: &mut State, note: Note, found: &NoteSurprise, narrow: bool) {
    let t = Theme::of(ui);
    let here = format!("{} {}", pitch_name(note.pitch), percent(found.share()));
    ui.label(here).on_hover_text(words(&note, found));
    if !narrow {
        let rest = format!(
            "{:.1} nats, {:.1} expected",
            found.nats[1], found.entropy[1]
        );
        ui.label(RichText::new(rest).small().color(t.text_weak));
    }
    ui.separator();
    ui.label(RichText::new("rather").color(t.text_weak));
    for &(pitch, share) in &found.alternatives {
        let text = format!("{} {}", pitch_name(pitch), percent(share));
        let hover = format!("Makes the note {}", pitch_name(pitch));
        if ui.button(text).on_hover_text(hover).clicked() {
            critic::use_pitch(state, note, pitch);
        }
    }
}
