//! The training pane: a new run, the runs there are, and the one in hand as curves, samples and notes.

mod bars;
mod curves;
mod fine_tune;
mod new_run;
pub(super) mod plot;
mod runs;
mod samples;

use super::Asks;
use crate::engine::RunState;
use crate::studio::command::Command as C;
use crate::studio::sign;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use crate::studio::training::{self, Asked, Live, RunRow, Tab};
use eframe::egui::{
    self, Align, CentralPanel, Frame, Label, Layout, Margin, Panel, RichText, ScrollArea, Ui,
};
use lucide_icons::Icon;
use std::path::Path;

/// Width of form and list, in points.
const SIDE: f32 = 332.0;

/// Draws the pane in all the space there is.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    let t = Theme::of(ui);
    let pad = size::PAD as i8;
    let frame = |x: i8, y: i8| {
        Frame::new()
            .fill(t.panel)
            .inner_margin(Margin::symmetric(x, y))
    };
    Panel::top("training-head")
        .frame(frame(pad, 6))
        .show(ui, |ui| head(ui, state));
    let room = ui.available_size();
    // Beside the roll there is no room for both side by side.
    let side = if room.x < 2.2 * SIDE {
        let most = (room.y * 0.7).max(200.0);
        Panel::top("training-runs-above")
            .default_size(room.y * 0.45)
            .size_range(160.0_f32.min(most)..=most)
    } else {
        Panel::left("training-runs")
            .default_size(SIDE)
            .size_range(332.0..=640.0)
    };
    side.resizable(true).frame(frame(pad, 8)).show(ui, |ui| {
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .show(ui, |ui| {
                // The scroll bar lies over the edge.
                ui.set_max_width(ui.available_width() - size::PAD);
                new_run::show(ui, state, asks);
                fine_tune::show(ui, state, asks);
                ui.add_space(size::GAP);
                ui.separator();
                runs::show(ui, state);
            });
    });
    CentralPanel::default()
        .frame(frame(pad, 8))
        .show(ui, |ui| in_hand(ui, state));
}

fn weak(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).color(Theme::of(ui).text_weak)
}

/// Boxes to tick have an edge, or they would not be seen on a light pane.
pub(super) fn outline(ui: &mut Ui) {
    let t = Theme::of(ui);
    let edge = theme::mix(t.panel, t.text, 0.45);
    ui.visuals_mut().widgets.inactive.bg_stroke = egui::Stroke::new(1.0, edge);
}

fn head(ui: &mut Ui, state: &State) {
    ui.horizontal(|ui| {
        // The run in hand says of itself how it stands.
        let chosen = state.training.chosen.as_ref();
        let other = state.training.at_work();
        let other = other.filter(|l| Some(&l.folder) != chosen);
        let busy = state.training.at_work().is_some();
        let words = match (other, &state.jobs.device) {
            (Some(live), _) => format!("{}: {}", live.name, live.words()),
            (None, Some(device)) if busy => format!("on {}", device.name),
            (None, Some(device)) => format!("nothing is trained now · device {}", device.name),
            (None, None) => "the device is still being opened".into(),
        };
        ui.label(weak(ui, words));
    });
}

fn in_hand(ui: &mut Ui, state: &mut State) {
    let Some(folder) = state.training.chosen.clone() else {
        return empty(ui, state);
    };
    let live = state.training.live_in_hand().cloned();
    let row = state.training.row_in_hand().cloned();
    ui.horizontal(|ui| {
        // The buttons keep their room; a long name is cut.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            buttons(ui, state, &folder, live.as_ref());
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let name = RichText::new(training::name_of(&folder)).strong();
                ui.add(Label::new(name).truncate());
                let words = live.as_ref().map_or_else(
                    || row.as_ref().map_or_else(String::new, runs::words),
                    Live::words,
                );
                ui.add(Label::new(weak(ui, words)).truncate());
            });
        });
    });
    if let Some(RunState::Failed(why)) = live.as_ref().map(|l| &l.state) {
        let text = RichText::new(why).color(Theme::of(ui).error);
        ui.add(Label::new(text).wrap());
    }
    numbers(ui, live.as_ref(), row.as_ref());
    own(ui, live.as_ref(), row.as_ref());
    progress(ui, live.as_ref(), row.as_ref());
    ui.add_space(size::UNIT);
    ui.horizontal(|ui| {
        for (tab, name) in [
            (Tab::Curves, "Curves"),
            (Tab::Samples, "Samples"),
            (Tab::Notes, "Notes and recipe"),
        ] {
            if ui
                .selectable_label(state.training.tab == tab, name)
                .clicked()
            {
                training::keep_notes(state);
                state.training.tab = tab;
            }
        }
    });
    ui.add_space(size::UNIT);
    match state.training.tab {
        Tab::Curves => curves::show(ui, state, &folder),
        Tab::Samples => samples::show(ui, state),
        Tab::Notes => notes(ui, state, row.as_ref()),
    }
}

fn empty(ui: &mut Ui, state: &State) {
    let words = if !state.training.looked {
        "Looking for runs..."
    } else if state.training.sets.is_empty() {
        "No runs yet. Prepare a data set in the data pane, choose it in the form, and start."
    } else {
        "No runs yet. Choose a data set and a recipe in the form, and start."
    };
    super::empty::show(ui, Icon::ChartSpline, "No run in hand", words, |_| {});
}

/// Pause, resume and stop; they stand from right to left.
fn buttons(ui: &mut Ui, state: &mut State, folder: &Path, live: Option<&Live>) {
    let going = live.filter(|l| !l.state.ended());
    let asked = going.and_then(|l| l.asked);
    let button = |ui: &mut Ui, icon, name: &str, what: &str, why: Option<String>| {
        let button = egui::Button::new((theme::icon(icon), name));
        let button = ui.add_enabled(why.is_none(), button);
        let button = button.accessible_name(format!("{name} the run"));
        button
            .on_hover_text(what)
            .on_disabled_hover_text(why.unwrap_or_default())
            .clicked()
    };
    let why = match (going, asked) {
        (None, _) => Some("It is not training.".to_owned()),
        (_, Some(Asked::Stop)) => Some("It stops after this step.".into()),
        _ => None,
    };
    let what = "Saves after this step and closes the run; it can be resumed at any time";
    if button(ui, Icon::Square, "Stop", what, why) {
        training::stop(state, folder);
    }
    let paused = going.is_some_and(|l| l.state == RunState::Paused);
    if going.is_none() || paused {
        let why = training::why_not_resume(state, folder)
            .or_else(|| asked.map(|_| "It was asked for already.".into()));
        let what = if paused {
            "Goes on with the next step"
        } else {
            "Goes on from the last checkpoint, to the bit as if it had never stopped"
        };
        if button(ui, Icon::Play, "Resume", what, why) {
            training::resume(state, folder);
        }
    } else {
        let why = asked.map(|_| "It pauses or stops after this step.".to_owned());
        let what = "Saves after this step and waits; the model stays in memory";
        if button(ui, Icon::Pause, "Pause", what, why) {
            training::pause(state, folder);
        }
    }
    let spec = C::UseRun.spec();
    let why = training::why_not_use(state, folder);
    let use_it = egui::Button::new((theme::icon(Icon::PackageCheck), "Use as model"));
    let use_it = ui.add_enabled(why.is_none(), use_it);
    let use_it = use_it.accessible_name("Use as model");
    if use_it
        .on_hover_text(spec.tooltip)
        .on_disabled_hover_text(why.unwrap_or_default())
        .clicked()
    {
        training::use_run(state, folder);
    }
}

/// What a fine-tune has come to: the held-out pieces before and now, and whether it copies.
fn own(ui: &mut Ui, live: Option<&Live>, row: Option<&RunRow>) {
    let remark = live.and_then(|l| l.remark);
    let begun = row.and_then(|r| r.begun.as_ref());
    let Some(before) = remark.map(|r| r.before).or(begun.map(|b| b.before)) else {
        return;
    };
    let from = begun.map_or_else(String::new, |b| format!(" as {} was", b.model));
    let mut text = format!("Fine-tune: loss on the held-out pieces {before:.3}{from}");
    let told = remark.filter(|r| r.step > 0 && r.loss != r.before);
    let best = row.and_then(RunRow::best);
    if let Some(r) = told {
        text += &format!(", {:.3} now ({:+.3})", r.loss, r.loss - r.before);
        if r.quoted.is_none() {
            text += "; whether it copies cannot be watched, because no held-out piece has 16 bars";
        }
    } else if let Some((step, best)) = best {
        text += &format!(", {best:.3} after step {step}");
    }
    ui.add(Label::new(weak(ui, text)).wrap());
    if let Some(what) = told.and_then(|r| r.warning()) {
        let t = Theme::of(ui);
        let text = format!("After step {}: {what}.", told.map_or(0, |r| r.step));
        ui.horizontal_wrapped(|ui| {
            sign::telling(
                ui,
                theme::icon(Icon::TriangleAlert).color(t.error),
                "Warning",
            );
            ui.label(RichText::new(text).color(t.error));
        });
    }
}

/// The figures of the moment, each with its unit.
fn numbers(ui: &mut Ui, live: Option<&Live>, row: Option<&RunRow>) {
    let t = Theme::of(ui);
    let mut list: Vec<(&str, String)> = Vec::new();
    let progress = live.and_then(|l| l.progress.as_ref());
    match (progress, row) {
        (Some(p), _) => {
            list.push(("step", format!("{} of {}", p.step, p.steps)));
            list.push(("loss", format!("{:.3}", p.losses.total)));
        }
        (None, Some(r)) => {
            let of = r.steps().map_or_else(String::new, |s| format!(" of {s}"));
            list.push(("step", format!("{}{of}", r.step)));
        }
        (None, None) => {}
    }
    let curves = live.map(|l| &l.figures.curves);
    if let Some((step, loss)) = curves.and_then(|c| c.average.last()) {
        list.push(("validation", format!("{loss:.3} at {step}")));
    }
    let best = |points: &[(u64, f64)]| points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
    let best = curves
        .and_then(|c| best(&c.average))
        .or(row.and_then(RunRow::best));
    if let Some((step, loss)) = best {
        list.push(("best", format!("{loss:.3} at {step}")));
    }
    if let Some(p) = progress {
        list.push(("learning rate", format!("{:.2e}", p.learning_rate)));
        list.push(("gradient", format!("{:.2}", p.losses.gradient)));
        list.push(("speed", format!("{:.1} windows/s", p.throughput)));
        list.push(("trained", training::left(p.seconds).replace(" left", "")));
    }
    if let Some(info) = live.and_then(|l| l.info.as_ref()) {
        let millions = info.parameters as f64 / 1e6;
        list.push(("parameters", format!("{millions:.2} M")));
    }
    if let Some(bytes) = live.and_then(|l| l.memory) {
        list.push(("memory", format!("{} MB", bytes >> 20)));
    }
    ui.horizontal_wrapped(|ui| {
        for (name, value) in list {
            // One label, so that no line ends between a name and its value.
            let mut both = egui::text::LayoutJob::default();
            let name = RichText::new(format!("{name} ")).small().color(t.text_weak);
            for part in [name, RichText::new(value).monospace()] {
                let font = egui::FontSelection::Default;
                part.append_to(&mut both, ui.style(), font, Align::Center);
            }
            ui.add(Label::new(both).extend());
            ui.add_space(size::GAP);
        }
    });
}

/// A thin line: how many of the steps are done.
fn progress(ui: &mut Ui, live: Option<&Live>, row: Option<&RunRow>) {
    let t = Theme::of(ui);
    let done = live.map_or_else(|| row.map_or(0, |r| r.step), Live::step);
    let of = row
        .and_then(RunRow::steps)
        .or_else(|| live.and_then(|l| l.progress.as_ref()).map(|p| p.steps));
    let share = of.map_or(0.0, |of| done as f32 / of.max(1) as f32);
    let running = live.is_some_and(|l| l.state == RunState::Running);
    let bar = egui::ProgressBar::new(share.clamp(0.0, 1.0))
        .desired_width(ui.available_width())
        .desired_height(4.0)
        .fill(if running { t.playing } else { t.text_weak });
    ui.add(bar).accessible_name("Share of the steps done");
}

fn notes(ui: &mut Ui, state: &mut State, row: Option<&RunRow>) {
    super::heading(ui, "Notes, kept in the run folder and found by the search");
    let field = egui::TextEdit::multiline(&mut state.training.notes.text)
        .hint_text("What was tried, and what came of it")
        .desired_rows(5)
        .desired_width(f32::INFINITY);
    let field = ui.add(field).accessible_name("Notes on the run");
    if field.lost_focus() {
        training::keep_notes(state);
    }
    ui.add_space(size::GAP);
    differences(ui, state, row);
    super::heading(ui, "Recipe the run was started with");
    let text = match row.map(|r| &r.recipe) {
        Some(Ok(recipe)) => recipe.to_text().unwrap_or_else(|why| why),
        Some(Err(why)) => format!("config.ron cannot be read: {why}"),
        None => "It is not in the list yet.".into(),
    };
    ScrollArea::both()
        .id_salt("training-recipe")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.add(Label::new(RichText::new(text).monospace()).extend());
        });
}

/// Where the recipes of the run in hand and of the ticked ones differ.
fn differences(ui: &mut Ui, state: &State, row: Option<&RunRow>) {
    let t = &state.training;
    let ticked = t.ticked.iter();
    let ticked = ticked.filter_map(|f| t.runs.iter().find(|r| r.summary.folder == *f));
    let others = ticked.filter(|r| row.is_none_or(|o| o.summary.folder != r.summary.folder));
    let runs: Vec<_> = row.into_iter().chain(others).map(|r| &r.summary).collect();
    if runs.len() < 2 {
        return;
    }
    super::heading(ui, "What differs from the ticked runs");
    egui::Grid::new("training-differences")
        .striped(true)
        .spacing([size::PAD, size::UNIT])
        .show(ui, |ui| {
            ui.label(RichText::new("Setting").small());
            for run in &runs {
                ui.label(RichText::new(&run.name).small().strong());
            }
            ui.end_row();
            for (path, values) in crate::training::run::differences(&runs) {
                ui.label(weak(ui, path).small());
                for value in values {
                    ui.label(RichText::new(value.unwrap_or("none")).monospace());
                }
                ui.end_row();
            }
        });
    ui.add_space(size::GAP);
}
