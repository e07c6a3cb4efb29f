//! The generate panel: what to ask of the model, and the button that asks.

use super::{Asks, heading, icon_button, tooltip};
use crate::score::{Attributes, Edit};
use crate::studio::command::Command as C;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use crate::studio::tour::{self, Mark};
use crate::studio::why_not::why_not;
use eframe::egui::{self, Align, Layout, Response, RichText, Slider, Ui, vec2};
use lucide_icons::Icon;

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    // Empty boxes must be seen on the pane.
    let edge = theme::mix(Theme::of(ui).panel, Theme::of(ui).text, 0.35);
    ui.visuals_mut().widgets.inactive.bg_stroke = egui::Stroke::new(1.0, edge);
    egui::Panel::bottom("generate-foot")
        .show_separator_line(false)
        .frame(egui::Frame::NONE)
        .show(ui, |ui| {
            foot(ui, state, asks);
        });
    egui::CentralPanel::no_frame().show(ui, |ui| {
        egui::ScrollArea::vertical()
            .auto_shrink([false, false])
            .show(ui, |ui| {
                super::pieces::show(ui, state);
                heading(ui, "Model");
                model(ui, state);
                ui.add_space(size::GAP);
                ui.scope(|ui| sliders(ui, state));
                ui.add_space(size::GAP);
                seed(ui, state, asks);
                ui.add_space(size::GAP);
                attributes(ui, state);
            });
    });
}

fn model(ui: &mut Ui, state: &mut State) {
    let jobs = &state.jobs;
    let chosen = &mut state.settings.generate.model;
    let name = |id: &Option<String>| {
        let known = jobs.models.iter().find(|m| Some(&m.id) == id.as_ref());
        known.map_or("No model", |m| m.name.as_str()).to_owned()
    };
    let about = jobs
        .models
        .iter()
        .find(|m| Some(&m.id) == chosen.as_ref())
        .map_or("", |m| m.summary.as_str())
        .to_owned();
    let width = ui.available_width();
    let waiting = jobs.device.is_none();
    let text = if waiting {
        "Opening the model...".into()
    } else {
        name(chosen)
    };
    ui.add_enabled_ui(!jobs.models.is_empty(), |ui| {
        let combo = egui::ComboBox::from_id_salt("model")
            .selected_text(text)
            .width(width)
            .truncate()
            .show_ui(ui, |ui| {
                for m in &jobs.models {
                    let row = ui.selectable_label(Some(&m.id) == chosen.as_ref(), &m.name);
                    if row.on_hover_text(&m.summary).clicked() {
                        *chosen = Some(m.id.clone());
                    }
                }
            });
        let why = if waiting {
            "The model is being opened; a moment"
        } else {
            "No model could be opened"
        };
        combo
            .response
            .accessible_name("Model")
            .on_hover_text(about)
            .on_disabled_hover_text(why);
    });
}

/// One labelled slider with its value at the right, and a tooltip that gives the researcher's name.
fn row(ui: &mut Ui, label: &str, hover: &str, value: String, slider: Slider<'_>) -> Response {
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = 20.0;
    ui.horizontal(|ui| {
        ui.label(label).on_hover_text(hover);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(
                RichText::new(value)
                    .monospace()
                    .color(Theme::of(ui).text_weak),
            );
        });
    });
    ui.spacing_mut().slider_width = ui.available_width();
    ui.add(slider.show_value(false).trailing_fill(true))
        .accessible_name(label)
        .on_hover_text(hover)
}

fn sliders(ui: &mut Ui, state: &mut State) {
    let g = &mut state.settings.generate;
    let (s, c) = (&mut g.sampler, &mut g.constraints);
    let takes = g.takes.to_string();
    row(
        ui,
        "Takes",
        "How many answers to write",
        takes,
        Slider::new(&mut g.takes, 1..=16),
    );
    let value = format!("{:.2}", s.temperature);
    row(
        ui,
        "Surprise",
        "How freely the model chooses: left is safe, right is daring\n(softmax temperature)",
        value,
        Slider::new(&mut s.temperature, 0.0..=2.0).step_by(0.05),
    );
    let value = format!("{:.0} %", s.change * 100.0);
    row(
        ui,
        "Change",
        "How far from what was there: 100 % writes anew, less keeps a part of the original\n(share of values corrupted)",
        value,
        Slider::new(&mut s.change, 0.05..=1.0).step_by(0.05),
    );
    let value = format!("{} steps", s.steps);
    row(
        ui,
        "Effort",
        "How many passes the model makes; a small mask needs few\n(reverse diffusion steps)",
        value,
        Slider::new(&mut s.steps, 1..=256).logarithmic(true),
    );
    let value = match c.density {
        d if d.abs() < 0.025 => "as it likes".into(),
        d if d < 0.0 => format!("{:.0} % fewer", -d * 100.0),
        d => format!("{:.0} % more", d * 100.0),
    };
    let density = row(
        ui,
        "Density",
        "Fewer or more notes than the model would write by itself\n(bias on note presence); double-click to reset",
        value,
        Slider::new(&mut c.density, -1.0..=1.0).step_by(0.05),
    );
    if density.double_clicked() {
        c.density = 0.0;
    }
    ui.add_space(size::UNIT);
    let mut in_key = c.in_key > 0.0;
    ui.checkbox(&mut c.keep_rhythm, "Keep the rhythm")
        .on_hover_text("New notes begin where the old ones began; only what they are changes");
    let pull = ui.checkbox(&mut in_key, "Stay in key");
    if pull
        .on_hover_text(
            "Prefers the scale that the music around the mask lies in\n(logit bonus on the pitch classes of the context's key)",
        )
        .changed()
    {
        c.in_key = if in_key { 1.5 } else { 0.0 };
    }
}

fn seed(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    ui.horizontal(|ui| {
        ui.label("Seed")
            .on_hover_text("The same piece, mask, settings and seed give the same takes");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            icon_button(ui, state, C::NewSeed, false, asks);
            let g = &mut state.settings.generate;
            let (glyph, word, hover) = if g.keep_seed {
                (
                    Icon::Lock,
                    "Keep seed",
                    "The seed stays as it is; click to roll the dice for every request",
                )
            } else {
                (
                    Icon::LockOpen,
                    "Keep seed",
                    "A new seed for every request; click to keep this one",
                )
            };
            let lock = ui
                .add(egui::Button::new(theme::icon(glyph)).selected(g.keep_seed))
                .accessible_name(word);
            if lock.on_hover_text(hover).clicked() {
                g.keep_seed = !g.keep_seed;
            }
            ui.add(egui::DragValue::new(&mut g.sampler.seed))
                .accessible_name("Seed");
        });
    });
}

fn attributes(ui: &mut Ui, state: &mut State) {
    let mut a = state.document().mask.attributes;
    let before = a;
    heading(ui, "May change in the mask");
    egui::Grid::new("attributes")
        .num_columns(2)
        .spacing(vec2(size::PAD, size::UNIT))
        .show(ui, |ui| {
            ui.checkbox(&mut a.pitch, "Pitch")
                .on_hover_text("Which notes are played");
            ui.checkbox(&mut a.onset, "Onset")
                .on_hover_text("When notes begin");
            ui.end_row();
            ui.checkbox(&mut a.duration, "Length")
                .on_hover_text("How long notes are held");
            ui.checkbox(&mut a.velocity, "Velocity")
                .on_hover_text("How hard notes are struck");
            ui.end_row();
        });
    let none = Attributes {
        pitch: false,
        onset: false,
        duration: false,
        velocity: false,
    };
    if a != before && a != none {
        let mut mask = (*state.document().mask).clone();
        mask.attributes = a;
        state.edit(Edit::SetMask(mask));
    }
    if !a.rewrites() {
        ui.add(
            egui::Label::new(
                RichText::new("The masked notes stay; only what is ticked is written anew.")
                    .small()
                    .color(Theme::of(ui).text_weak),
            )
            .wrap(),
        );
    }
}

fn foot(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    ui.add_space(size::GAP);
    if let Some(running) = &state.jobs.running {
        let sentence = running.sentence();
        let bar = egui::ProgressBar::new(running.share())
            .desired_height(6.0)
            .fill(Theme::of(ui).mask);
        ui.add(bar).accessible_name("Progress");
        ui.add(
            egui::Label::new(
                RichText::new(sentence)
                    .small()
                    .color(Theme::of(ui).text_weak),
            )
            .wrap(),
        );
        let spec = C::CancelGenerating.spec();
        let cancel = super::wide(ui, theme::icon(Icon::CircleX), "Cancel".into());
        super::button(ui, state, spec, cancel, asks);
    } else {
        let stats = state.derived().stats.clone();
        let weak = Theme::of(ui).text_weak;
        let text = if stats.is_empty() {
            "Mask something to begin".into()
        } else {
            stats.sentence()
        };
        super::gauge::show(ui, state);
        ui.add(egui::Label::new(RichText::new(text).small().color(weak)).wrap());
        big_button(ui, state, asks);
    }
    ui.add_space(size::UNIT);
}

fn big_button(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    let t = Theme::of(ui);
    let spec = C::Generate.spec();
    let why = why_not(C::Generate, state);
    let count = state.settings.generate.takes;
    let word = if count == 1 {
        "Generate 1 take".to_owned()
    } else {
        format!("Generate {count} takes")
    };
    let button = if why.is_none() {
        let icon = theme::icon(Icon::Sparkles).color(t.text_on_accent);
        let word = RichText::new(word).color(t.text_on_accent).strong();
        super::wide(ui, icon, word).fill(t.mask)
    } else {
        super::wide(ui, theme::icon(Icon::Sparkles), word.into())
    };
    let hover = tooltip(ui.ctx(), spec, why.as_deref());
    let response = ui
        .add_enabled(why.is_none(), button)
        .accessible_name("Generate");
    if std::mem::take(&mut state.focus_generate) {
        response.request_focus();
    }
    if response.clicked() {
        asks.push(C::Generate);
    }
    tour::mark(ui.ctx(), Mark::Generate, response.rect);
    response.on_hover_text(&hover).on_disabled_hover_text(hover);
}
