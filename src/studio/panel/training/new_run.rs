//! The form of a new run.

use super::super::{Asks, wide};
use super::weak;
use crate::studio::command::Command as C;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use crate::studio::training::{self, KINDS, NO_SET};
use eframe::egui::{self, Align, CollapsingHeader, DragValue, Label, Layout, RichText, Ui, vec2};
use lucide_icons::Icon;

/// Room of a caption before its field.
const CAPTION: f32 = 64.0;
/// Fields that stand in pairs.
const FIELD: f32 = 72.0;
/// Height of the recipe.
const PREVIEW: (f32, f32) = (80.0, 220.0);
/// Room the button below it needs, so that it is seen while the preview is open.
const START: f32 = 64.0;

/// Draws the form.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    let title = RichText::new("New run").strong();
    CollapsingHeader::new(title)
        .default_open(true)
        .show_unindented(ui, |ui| {
            if state.training.looked && state.training.sets.is_empty() {
                nothing_prepared(ui, asks);
                return;
            }
            choices(ui, state);
            presets(ui, state);
            fields(ui, state);
            words(ui, state);
            preview(ui, state);
            start(ui, state);
        });
}

fn nothing_prepared(ui: &mut Ui, asks: &mut Asks) {
    ui.add(Label::new(weak(ui, NO_SET)).wrap());
    let button = egui::Button::new((theme::icon(Icon::Database), "Open the data pane"));
    if ui
        .add(button)
        .accessible_name("Open the data pane")
        .clicked()
    {
        asks.push(C::Data);
    }
}

/// The words before a field.
pub fn caption(ui: &mut Ui, text: &str) {
    let space = vec2(CAPTION, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(space, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(CAPTION);
        ui.label(RichText::new(text).small().color(Theme::of(ui).text_weak));
    });
}

fn choices(ui: &mut Ui, state: &mut State) {
    let t = &mut state.training;
    ui.horizontal(|ui| {
        caption(ui, "data");
        let chosen = t.form.set.clone().unwrap_or_default();
        let combo = egui::ComboBox::from_id_salt("training-set")
            .selected_text(&chosen)
            .width(ui.available_width())
            .show_ui(ui, |ui| {
                for set in &t.sets {
                    let row = ui.selectable_label(chosen == set.name, &set.name);
                    let about = format!("{} songs in {}", set.songs, set.tokenizer);
                    if row.on_hover_text(about).clicked() {
                        t.form.set = Some(set.name.clone());
                    }
                }
            });
        combo
            .response
            .accessible_name("Prepared data set")
            .on_hover_text("What is trained on; the data pane prepares more");
    });
    let set = t.sets.iter().find(|s| Some(&s.name) == t.form.set.as_ref());
    if let Some(set) = set {
        ui.horizontal(|ui| {
            ui.add_space(CAPTION + ui.spacing().item_spacing.x);
            let about = format!("{} songs, read as {}", set.songs, set.tokenizer);
            ui.add(Label::new(weak(ui, about).small()).truncate());
        });
    }
    ui.horizontal(|ui| {
        caption(ui, "recipe");
        let chosen = t.form.recipe.clone().unwrap_or_default();
        let mut taken = None;
        let combo = egui::ComboBox::from_id_salt("training-recipe")
            .selected_text(&chosen)
            .width(ui.available_width())
            .height(480.0)
            .show_ui(ui, |ui| {
                for row in &t.recipes {
                    let label = egui::Button::selectable(chosen == row.name, &row.name);
                    let response = ui.add_enabled(row.recipe.is_ok(), label);
                    let why = row.recipe.as_ref().err().cloned().unwrap_or_default();
                    let response = response
                        .on_hover_text(&row.from)
                        .on_disabled_hover_text(format!("{}: {why}", row.from));
                    if response.clicked() {
                        taken = Some(row.clone());
                    }
                }
            });
        combo
            .response
            .accessible_name("Recipe")
            .on_hover_text("Model and trainer, a RON file in configs/; the fields below change it");
        if let Some(row) = taken {
            t.form.take(&row, &t.sets);
        }
    });
}

/// Presets of trainer, optimiser and schedule over the recipe.
fn presets(ui: &mut Ui, state: &mut State) {
    let t = &state.training;
    let mut taken: Option<(usize, Option<String>)> = None;
    let mut menu = |ui: &mut Ui, place: usize| {
        let kind = KINDS[place];
        caption(ui, kind);
        let chosen = t.form.over[place].as_deref();
        let short = |name: &str| name.split_once('/').map_or("", |n| n.1).to_owned();
        let combo = egui::ComboBox::from_id_salt(("training-preset", kind))
            .selected_text(chosen.map_or_else(|| "as is".into(), short))
            .width(FIELD)
            .truncate()
            .show_ui(ui, |ui| {
                let own = ui.selectable_label(chosen.is_none(), "as the recipe has it");
                if own.clicked() {
                    taken = Some((place, None));
                }
                for name in training::kind(&t.preset_names, kind) {
                    let row = ui.selectable_label(chosen == Some(name), short(name));
                    if row.clicked() {
                        taken = Some((place, Some(name.to_owned())));
                    }
                }
            });
        combo
            .response
            .accessible_name(format!("Preset of the {kind}"))
            .on_hover_text(format!(
                "The {kind} of the run: as the recipe has it, or a preset of configs/{kind} in its place"
            ));
    };
    ui.horizontal(|ui| {
        menu(ui, 1);
        menu(ui, 2);
    });
    ui.horizontal(|ui| menu(ui, 0));
    if let Some((place, name)) = taken {
        let t = &mut state.training;
        if let Err(why) = t.form.put_over(place, name, &t.presets) {
            state.toasts.error(&why, "");
        }
    }
}

/// What all of it makes, before it is started.
fn preview(ui: &mut Ui, state: &mut State) {
    let title = RichText::new("What will be trained").small();
    let head = CollapsingHeader::new(title).default_open(false);
    head.show_unindented(ui, |ui| {
        let shown = state.training.preview();
        match shown {
            Ok(text) => {
                let what = "As lacuna train --print-config prints it: every value, and where it comes from. Fields changed here stand as words of the command line.";
                let text = text.trim_end();
                ui.add(Label::new(weak(ui, what).small()).wrap());
                egui::Frame::new()
                    .fill(ui.visuals().extreme_bg_color)
                    .inner_margin(size::UNIT)
                    .show(ui, |ui| recipe(ui, text));
            }
            Err(why) => {
                let text = RichText::new(why).color(Theme::of(ui).error);
                ui.add(Label::new(text).wrap());
            }
        }
    });
}

fn recipe(ui: &mut Ui, text: &str) {
    egui::ScrollArea::both()
        .id_salt("training-preview")
        .max_height(
            (ui.clip_rect().bottom() - ui.cursor().top() - START).clamp(PREVIEW.0, PREVIEW.1),
        )
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let text = RichText::new(text).monospace().size(size::TEXT_SMALL);
            ui.add(Label::new(text).extend());
        });
}

/// A captioned number; `what` is its tooltip and its name.
pub fn number(ui: &mut Ui, text: &str, value: DragValue<'_>, what: &str) {
    caption(ui, text);
    ui.add_sized(vec2(FIELD, ui.spacing().interact_size.y), value)
        .on_hover_text(what)
        .accessible_name(what);
}

/// A number of the recipe, dead while `more` names its `key`: what stands there goes before it.
fn value(ui: &mut Ui, words: &str, key: &str, text: &str, value: DragValue<'_>, what: &str) {
    let said = words
        .split_whitespace()
        .filter_map(|w| w.split_once('='))
        .any(|(k, _)| k == key);
    let place = ui.add_enabled_ui(!said, |ui| number(ui, text, value, what));
    if said {
        let why = format!("{key} is given under more, which goes before this");
        place.response.on_hover_text(why);
    }
}

fn fields(ui: &mut Ui, state: &mut State) {
    let form = &mut state.training.form;
    let words = form.words.clone();
    ui.horizontal(|ui| {
        let steps = DragValue::new(&mut form.steps)
            .range(1..=100_000_000)
            .speed(10);
        let what = "Steps of the whole run";
        value(ui, &words, "trainer.steps", "steps", steps, what);
        let batch = DragValue::new(&mut form.batch).range(1..=4096).speed(0.2);
        let what = "Windows a batch";
        value(ui, &words, "trainer.batch", "batch", batch, what);
    });
    ui.horizontal(|ui| {
        let speed = (form.learning_rate * 0.01).max(1e-7);
        let rate = DragValue::new(&mut form.learning_rate)
            .range(1e-8..=10.0)
            .speed(speed)
            .custom_formatter(|v, _| format!("{v:.1e}"));
        let what = "Highest learning rate";
        value(ui, &words, "trainer.learning_rate", "rate", rate, what);
        let seed = DragValue::new(&mut form.seed).speed(1);
        let what = "All randomness follows from it";
        value(ui, &words, "trainer.seed", "seed", seed, what);
    });
    ui.horizontal(|ui| {
        let every = DragValue::new(&mut form.sample_every)
            .range(0..=10_000_000)
            .speed(5);
        let what = "Steps between samples, which are also taken at a new best; 0 takes none";
        value(ui, &words, "trainer.sample_every", "samples", every, what);
        let threads = DragValue::new(&mut form.threads).range(1..=256).speed(0.1);
        number(
            ui,
            "threads",
            threads,
            "Threads that share a batch on a CPU",
        );
    });
}

/// Further values, and the name.
fn words(ui: &mut Ui, state: &mut State) {
    let t = &mut state.training;
    let usual = t.form.usual_name(&t.recipes, &t.taken());
    ui.horizontal(|ui| {
        caption(ui, "more");
        let field = egui::TextEdit::singleline(&mut t.form.words)
            .hint_text("trainer.clip=0.5")
            .desired_width(ui.available_width());
        ui.add(field)
            .on_hover_text("Further values of the recipe, key=value as lacuna train takes them; they go before the fields above")
            .accessible_name("Further values of the recipe");
    });
    ui.horizontal(|ui| {
        caption(ui, "name");
        let field = egui::TextEdit::singleline(&mut t.form.name)
            .hint_text(usual)
            .desired_width(ui.available_width());
        ui.add(field)
            .on_hover_text("Its folder in runs/ is called that; empty for the name shown")
            .accessible_name("Name of the run");
    });
}

fn start(ui: &mut Ui, state: &mut State) {
    ui.add_space(size::UNIT);
    let why = training::why_not_start(state);
    let waits = state.training.at_work().is_some();
    let what = if waits {
        "Starts when the run that trains now ends or is paused"
    } else {
        "Trains on the engine's thread; generating goes on between its steps"
    };
    let button = wide(ui, theme::icon(Icon::Play), RichText::new("Start training"));
    let response = ui
        .add_enabled(why.is_none(), button)
        .accessible_name("Start training");
    let response = response
        .on_hover_text(what)
        .on_disabled_hover_text(why.unwrap_or_default());
    if response.clicked() {
        training::start(state);
    }
}
