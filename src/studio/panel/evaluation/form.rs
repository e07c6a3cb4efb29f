//! The form of a study, and how far one is.

use super::super::wide;
use super::weak;
use crate::dataset::{self, SOURCES};
use crate::studio::evaluation::{self, Busy, Form, SPLITS, Wanted};
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{self, DragValue, Label, ProgressBar, RichText, TextEdit, Ui, vec2};
use lucide_icons::Icon;
use std::ops::RangeInclusive;
use std::path::Path;

/// Room of a caption before its field.
const CAPTION: f32 = 72.0;

/// Draws the form.
pub fn show(ui: &mut Ui, state: &mut State) {
    let models = models(state);
    let form = &mut state.evaluation.form;
    ui.horizontal(|ui| {
        for (wanted, name, what) in [
            (
                Wanted::Holes,
                "Fill holes",
                "The same bars of every song are written anew and set beside what stood there",
            ),
            (
                Wanted::Pieces,
                "Write pieces",
                "Whole pieces are written from nothing and set beside the training songs",
            ),
        ] {
            let label = ui.selectable_label(form.wanted == wanted, name);
            if label.on_hover_text(what).clicked() {
                form.wanted = wanted;
            }
        }
    });
    models_ticked(ui, form, &models);
    runs(ui, state);
    let form = &mut state.evaluation.form;
    text(
        ui,
        "folders",
        &mut form.folders,
        "none",
        "Folders of MIDI files (or prepared tokens) to be measured as rows, with commas between; NAME=FOLDER names the row. Where holes are filled, files need the names of the songs",
    );
    ui.add_space(size::GAP);
    sampler(ui, form);
    ui.add_space(size::GAP);
    songs(ui, form);
    ui.add_space(size::GAP);
    match form.wanted {
        Wanted::Holes => holes(ui, form),
        Wanted::Pieces => pieces(ui, form),
    }
    text(
        ui,
        "metrics",
        &mut form.metrics,
        "all",
        "Keys of metrics, starts of keys with *, or families, with commas between; empty for all but those that keep a published defect",
    );
    ui.add_space(size::GAP);
    measure(ui, state);
}

/// Weights of runs, a menu a run.
pub(super) fn runs(ui: &mut Ui, state: &mut State) {
    let e = &mut state.evaluation;
    for weights in &e.runs {
        let Some(run) = weights.first() else { continue };
        let name = crate::studio::training::name_of(&run.run);
        let ids: Vec<String> = weights.iter().map(ToString::to_string).collect();
        let ticked = ids.iter().filter(|id| e.form.models.contains(id)).count();
        let shown = match ticked {
            0 => format!("{name}: none"),
            n => format!("{name}: {}", crate::studio::stats::count(n, "checkpoint")),
        };
        let combo = egui::ComboBox::from_id_salt(("evaluation-run", &name))
            .selected_text(shown)
            .width(ui.available_width())
            .height(320.0)
            .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
            .show_ui(ui, |ui| {
                for (w, id) in weights.iter().zip(&ids) {
                    let words = match w.step {
                        Some(step) => format!("after step {step}"),
                        None => "the best weights".to_owned(),
                    };
                    let mut on = e.form.models.contains(id);
                    if ui.checkbox(&mut on, words).clicked() {
                        e.form.models.retain(|m| m != id);
                        if on {
                            e.form.models.push(id.clone());
                        }
                    }
                }
            });
        combo
            .response
            .accessible_name(format!("Checkpoints of {name}"))
            .on_hover_text("Checkpoints of a run to be measured; each is a row");
    }
}

/// Id and summary of the models there are.
pub(super) fn models(state: &State) -> Vec<(String, String)> {
    let models = state.jobs.models.iter();
    models.map(|m| (m.id.clone(), m.summary.clone())).collect()
}

/// Ticks for the models there are, each with its summary.
pub(super) fn models_ticked(ui: &mut Ui, form: &mut Form, models: &[(String, String)]) {
    ui.add_space(size::UNIT);
    ui.label(
        RichText::new("Models")
            .small()
            .color(Theme::of(ui).text_weak),
    );
    if models.is_empty() {
        ui.label(weak(ui, "No model could be opened."));
    }
    for (id, summary) in models {
        super::super::training::outline(ui);
        let mut on = form.models.contains(id);
        let tick = ui.checkbox(&mut on, id);
        let tick = tick.accessible_name(format!("Measure {id}"));
        if tick.on_hover_text(summary).clicked() {
            form.models.retain(|m| m != id);
            if on {
                form.models.push(id.clone());
            }
        }
    }
}

/// The words before a field.
pub(super) fn caption(ui: &mut Ui, words: &str) {
    let space = vec2(CAPTION, ui.spacing().interact_size.y);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(space, layout, |ui| {
        ui.set_min_width(CAPTION);
        ui.label(RichText::new(words).small().color(Theme::of(ui).text_weak));
    });
}

pub(super) fn text(ui: &mut Ui, name: &str, value: &mut String, hint: &str, what: &str) {
    ui.horizontal(|ui| {
        caption(ui, name);
        let field = TextEdit::singleline(value)
            .hint_text(hint)
            .desired_width(ui.available_width());
        ui.add(field)
            .accessible_name(format!("Evaluation: {name}"))
            .on_hover_text(what);
    });
}

pub(super) fn number(
    ui: &mut Ui,
    value: &mut u32,
    range: RangeInclusive<u32>,
    tail: &str,
    what: &str,
) {
    let field = DragValue::new(value).range(range).suffix(tail);
    ui.add(field)
        .accessible_name(format!("Evaluation: {what}"))
        .on_hover_text(what);
}

/// Effort and surprise, as lists.
pub(super) fn lists(ui: &mut Ui, form: &mut Form) {
    text(
        ui,
        "effort",
        &mut form.steps,
        "12",
        "Reverse steps; several with commas between are measured one by one",
    );
    text(
        ui,
        "surprise",
        &mut form.temperatures,
        "1",
        "Temperature; several with commas between are measured one by one",
    );
}

fn sampler(ui: &mut Ui, form: &mut Form) {
    lists(ui, form);
    ui.horizontal(|ui| {
        caption(ui, "order");
        for (value, name, what) in [
            (
                true,
                "surest first",
                "The most certain values are decided first",
            ),
            (
                false,
                "random",
                "Values are decided in random order, as in training",
            ),
        ] {
            let label = ui.selectable_label(form.by_confidence == value, name);
            if label.on_hover_text(what).clicked() {
                form.by_confidence = value;
            }
        }
    });
}

pub(super) fn songs(ui: &mut Ui, form: &mut Form) {
    let entry = SOURCES.iter().find(|e| e.id == form.set);
    ui.horizontal(|ui| {
        caption(ui, "songs of");
        let combo = egui::ComboBox::from_id_salt("evaluation-set")
            .selected_text(form.set)
            .width(ui.available_width())
            .height(480.0)
            .show_ui(ui, |ui| {
                for e in SOURCES {
                    let row = ui.selectable_label(form.set == e.id, e.id);
                    if row.on_hover_text(e.summary).clicked() {
                        form.set = e.id;
                    }
                }
            });
        combo
            .response
            .accessible_name("Evaluation: data set")
            .on_hover_text(entry.map_or("", |e| e.summary));
    });
    let usual = match entry.map_or("", |e| e.folder) {
        "" => "needs no folder".to_owned(),
        folder => dataset::default_root().join(folder).display().to_string(),
    };
    text(
        ui,
        "in",
        &mut form.root,
        &usual,
        "The folder that holds the data set; empty for its usual place",
    );
    // Nothing is read yet when a set is opened.
    if entry.is_some_and(|e| !(e.open)(Path::new("")).has_own_splits()) {
        text(
            ui,
            "splits",
            &mut form.splits,
            "by name",
            "The splits.ron of the prepared data set a model was trained on: this set names no hold-out, and a song that was trained on is no test",
        );
    }
    ui.horizontal_wrapped(|ui| {
        caption(ui, "split");
        for (split, name, what) in SPLITS {
            let label = ui.selectable_label(form.split == split, name);
            if label.on_hover_text(what).clicked() {
                form.split = split;
            }
        }
    });
    ui.horizontal(|ui| {
        caption(ui, "at most");
        let field = DragValue::new(&mut form.songs).range(0..=10_000);
        let field = field.custom_formatter(|n, _| match n as usize {
            0 => "all songs".into(),
            n => crate::studio::stats::count(n, "song"),
        });
        ui.add(field)
            .accessible_name("Evaluation: songs")
            .on_hover_text("Songs that are measured on; 0 for all of the split");
        super::super::training::outline(ui);
        ui.checkbox(&mut form.merge, "one track")
            .on_hover_text("Puts all pitched tracks of a song on one, for models that know no tracks, such as piano-roll");
    });
}

pub(super) fn holes(ui: &mut Ui, form: &mut Form) {
    ui.horizontal(|ui| {
        caption(ui, "bars");
        // People count bars from 1, and the last is included.
        let mut first = form.hole.0 + 1;
        number(ui, &mut first, 1..=form.window, "", "First bar of the hole");
        form.hole.0 = first.saturating_sub(1);
        ui.label(weak(ui, "to"));
        number(
            ui,
            &mut form.hole.1,
            1..=form.window,
            "",
            "Last bar of the hole",
        );
        ui.label(weak(ui, "of"));
        number(
            ui,
            &mut form.window,
            2..=256,
            "",
            "Bars of the window around the hole",
        );
    });
    ui.horizontal(|ui| {
        caption(ui, "takes");
        number(
            ui,
            &mut form.takes,
            1..=16,
            "",
            "Takes of every hole; variety needs two",
        );
    });
}

fn pieces(ui: &mut Ui, form: &mut Form) {
    ui.horizontal(|ui| {
        caption(ui, "write");
        number(
            ui,
            &mut form.pieces,
            1..=1000,
            " pieces",
            "Pieces of each row",
        );
        ui.label(weak(ui, "of"));
        number(ui, &mut form.bars, 4..=256, " bars", "Bars of a piece");
    });
    text(
        ui,
        "heard by",
        &mut form.hearer,
        "nobody",
        "A model of the free octuple, such as pop: adds Fréchet distances of bars as it hears them, and takes a few seconds a hundred pieces",
    );
}

/// The button that begins.
pub fn measure(ui: &mut Ui, state: &mut State) {
    let why = evaluation::why_not_start(state);
    let button = wide(
        ui,
        theme::icon(Icon::Scale),
        RichText::new("Measure").strong(),
    );
    let button = ui.add_enabled(why.is_none(), button);
    let button = button.accessible_name("Measure");
    let button = button
        .on_hover_text("Measures in the background; the window stays in use")
        .on_disabled_hover_text(why.clone().unwrap_or_default());
    if button.clicked() {
        evaluation::start(state);
    }
    if let Some(why) = why.filter(|_| state.evaluation.busy.is_none()) {
        ui.add(Label::new(weak(ui, why).small()).wrap());
    }
}

/// How far something is that runs in the background, and its button to stop; answers whether that was clicked. `doing`
/// and `what` are what a screen reader calls the bar and says of the button, `to_stop` the button's last words.
pub fn under_way(ui: &mut Ui, busy: &Busy, doing: &str, to_stop: &str, what: &str) -> bool {
    let standing = busy.standing();
    ui.add_space(size::GAP);
    let words = match busy.stopping() {
        true => "Stopping...".to_owned(),
        false => standing.words(),
    };
    ui.add(Label::new(weak(ui, words)).wrap());
    let bar = ProgressBar::new(standing.share())
        .desired_height(6.0)
        .fill(Theme::of(ui).text_weak);
    ui.add(bar).accessible_name(format!("{doing}, share done"));
    let stop = ui.add(egui::Button::new((theme::icon(Icon::Square), "Stop")));
    let stop = stop.accessible_name(format!("Stop {to_stop}"));
    ui.ctx().request_repaint_after(evaluation::EVERY);
    stop.on_hover_text(what).clicked()
}

/// How far a study is, and the button that stops it; why the last one failed; the report of one that is there.
pub fn progress(ui: &mut Ui, state: &mut State) {
    if let Some(busy) = state.evaluation.busy.clone() {
        let what = "Stops; nothing is kept of this study";
        if under_way(ui, &busy, "Measuring", "measuring", what) {
            evaluation::stop(state);
        }
    }
    if let Some(trouble) = &state.evaluation.trouble {
        ui.add_space(size::UNIT);
        let text = RichText::new(trouble).color(Theme::of(ui).error);
        ui.add(Label::new(text).wrap());
    }
    if state.evaluation.study.is_some() {
        ui.add_space(size::GAP);
        report(ui, state);
    }
}

fn report(ui: &mut Ui, state: &mut State) {
    text(
        ui,
        "report to",
        &mut state.evaluation.report,
        "a new folder among your own",
        "Folder for metrics, tables, plots and a page with rolls and sound; empty for a new one among your own",
    );
    let save = egui::Button::new((theme::icon(Icon::FileText), "Save the report"));
    let save = ui.add(save).accessible_name("Save the report");
    let what = "Writes JSON, Markdown, CSV, plots and one page that needs no network, as lacuna evaluate --output-dir does";
    if save.on_hover_text(what).clicked() {
        evaluation::save(state);
    }
}
