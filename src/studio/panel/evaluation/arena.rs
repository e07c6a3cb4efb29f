//! The arena: its form, the plot of quality against time, the table, and the takes of the cell in hand.

use super::super::wide;
use super::{field, form, pick, weak};
use crate::evaluation::Metric;
use crate::evaluation::arena::{Arena, ORDERS};
use crate::evaluation::report::number;
use crate::studio::evaluation::Wanted;
use crate::studio::evaluation::arena::{self, Column, Ground};
use crate::studio::files;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{self, Button, Label, RichText, ScrollArea, Ui};
use egui_extras::{Column as Width, TableBuilder};
use lucide_icons::Icon;

const LINE: f32 = 24.0;
/// Widths of the columns, in points.
const NAMES: f32 = 240.0;
const FIGURES: f32 = 150.0;

/// Draws the form.
pub fn form(ui: &mut Ui, state: &mut State) {
    let models = form::models(state);
    ui.horizontal(|ui| {
        for (ground, name, what) in [
            (
                Ground::Songs,
                "Songs",
                "The same bars of some songs nobody trained on",
            ),
            (
                Ground::Mask,
                "The mask",
                "What is masked of the piece on the desk",
            ),
        ] {
            let on = state.evaluation.arena.ground == ground;
            let label = ui.selectable_label(on, name);
            let label = label.accessible_name(format!("Arena on: {name}"));
            if label.on_hover_text(what).clicked() {
                state.evaluation.arena.ground = ground;
            }
        }
    });
    form::models_ticked(ui, &mut state.evaluation.form, &models);
    form::runs(ui, state);
    ui.add_space(size::GAP);
    form::lists(ui, &mut state.evaluation.form);
    orders(ui, state);
    ui.add_space(size::GAP);
    if state.evaluation.arena.ground == Ground::Songs {
        state.evaluation.form.wanted = Wanted::Holes;
        form::songs(ui, &mut state.evaluation.form);
        ui.add_space(size::GAP);
        form::holes(ui, &mut state.evaluation.form);
    } else {
        ui.horizontal(|ui| {
            form::caption(ui, "takes");
            let takes = &mut state.evaluation.form.takes;
            let what = "Takes of the mask by each; variety needs two";
            form::number(ui, takes, 1..=16, "", what);
        });
    }
    form::text(
        ui,
        "metrics",
        &mut state.evaluation.form.metrics,
        "all",
        "Keys of metrics, starts of keys with *, or families, with commas between",
    );
    ui.add_space(size::GAP);
    begin(ui, state);
}

fn orders(ui: &mut Ui, state: &mut State) {
    ui.horizontal_wrapped(|ui| {
        form::caption(ui, "order");
        for (order, name, what) in ORDERS {
            let orders = &mut state.evaluation.arena.orders;
            let on = orders.contains(&order);
            let label = ui.selectable_label(on, name);
            let label = label.accessible_name(format!("Order: {name}"));
            if label.on_hover_text(what).clicked() {
                match on {
                    true => orders.retain(|o| *o != order),
                    false => orders.push(order),
                }
            }
        }
    });
}

/// The button that begins, and what it would cost.
fn begin(ui: &mut Ui, state: &mut State) {
    let why = arena::why_not_start(state);
    let button = wide(ui, theme::icon(Icon::Swords), RichText::new("Run").strong());
    let button = ui.add_enabled(why.is_none(), button);
    let button = button.accessible_name("Run the arena");
    let button = button
        .on_hover_text(
            "Runs in the background; the window stays in use, and fills you ask for go first",
        )
        .on_disabled_hover_text(why.clone().unwrap_or_default());
    if button.clicked() {
        arena::start(state);
    }
    let words = match &why {
        Some(why) if state.evaluation.arena.busy.is_none() => Some(why.clone()),
        _ => arena::estimate(state),
    };
    if let Some(words) = words {
        ui.add(Label::new(weak(ui, words).small()).wrap());
    }
}

/// How far it is, and the button that stops it; the way out of one that is there.
pub fn progress(ui: &mut Ui, state: &mut State) {
    if let Some(busy) = state.evaluation.arena.busy.clone() {
        let what = "Stops; those that had their turn are kept";
        if form::under_way(ui, &busy, "Arena", "the arena", what) {
            arena::stop(state);
        }
    }
    if let Some(trouble) = &state.evaluation.arena.trouble {
        ui.add_space(size::UNIT);
        let text = RichText::new(trouble).color(Theme::of(ui).error);
        ui.add(Label::new(text).wrap());
    }
    if state
        .evaluation
        .arena
        .shown()
        .is_some_and(|a| !a.cells.is_empty())
    {
        ui.add_space(size::GAP);
        let export = Button::new((theme::icon(Icon::FileText), "Export..."));
        let export = ui.add(export).accessible_name("Export the arena");
        let what = "Writes CSV, Markdown and a plot of every metric against time into a folder";
        if export.on_hover_text(what).clicked() {
            arena::ask_export(state);
        }
    }
}

/// Draws plot, table and takes.
pub fn show(ui: &mut Ui, state: &mut State) {
    let arena = state.evaluation.arena.shown();
    let Some(arena) = arena.filter(|a| !a.cells.is_empty()) else {
        return empty(ui, state);
    };
    let metric = head(ui, state, &arena);
    let room = ui.available_height();
    if let Some(metric) = metric {
        let high = (room * 0.45).clamp(160.0, 420.0);
        if let Some(cell) = field::show(ui, state, &arena, metric, high) {
            arena::show(state, cell);
        }
    }
    if state.evaluation.arena.cell.is_some() {
        egui::Panel::bottom("arena-takes")
            .frame(egui::Frame::new().inner_margin(egui::Margin::symmetric(0, 6)))
            .resizable(false)
            .show(ui, |ui| takes(ui, state, &arena));
    }
    ScrollArea::horizontal()
        .id_salt("arena-table")
        .auto_shrink([false, false])
        .show(ui, |ui| table(ui, state, &arena, metric));
}

fn empty(ui: &mut Ui, state: &mut State) {
    let (title, words) = match state.evaluation.arena.busy {
        Some(_) => (
            "The first is at work",
            "Each stands here as soon as it has filled every hole.",
        ),
        None => (
            "Nobody in the arena",
            "Every model fills the same holes with every order, number of steps and temperature you list at the left. What comes of it is set against the time a take costs, with real music and nonsense beside it.",
        ),
    };
    super::super::empty::show(ui, Icon::Swords, title, words, |_| {});
}

/// Title and the metric that is set against time.
fn head(ui: &mut Ui, state: &mut State, arena: &Arena) -> Option<&'static Metric> {
    ui.add(Label::new(RichText::new(&arena.comparison.title).strong()).truncate());
    for note in &arena.comparison.notes {
        ui.add(Label::new(weak(ui, note).small()).truncate())
            .on_hover_text(note);
    }
    let choices: Vec<&'static Metric> = arena.choices().collect();
    let metric = state.evaluation.arena.metric_of(arena);
    let left_out = arena.comparison.metrics.len().saturating_sub(choices.len());
    ui.horizontal_wrapped(|ui| {
        ui.label(weak(ui, "against time"));
        let now = metric.map(|m| m.key);
        let none = "no metric tells nonsense from music here";
        if let Some(Some(key)) = pick::metric(ui, "Metric against time", &choices, now, Some(none)) {
            state.evaluation.arena.metric = Some(key);
        }
        if left_out > 0 {
            let words = format!("{left_out} metrics cannot be chosen");
            let what = "In them nonsense scores as well as real music in these holes, so being best says nothing";
            ui.add(Label::new(weak(ui, words).small()))
                .on_hover_text(what);
        }
    });
    metric
}

fn table(ui: &mut Ui, state: &mut State, arena: &Arena, metric: Option<&'static Metric>) {
    let order = state.evaluation.arena.sorted(arena);
    let front = metric.and_then(|m| arena.front(m).ok()).unwrap_or_default();
    let title = metric.map_or("", |m| m.title);
    let heads = [
        (Column::Name, "contender", "In the order they were run"),
        (
            Column::Millis,
            "ms a take",
            "Median milliseconds of a take, with its interval",
        ),
        (
            Column::Distance,
            "distance",
            "Distance from real music: 0 within its reach, 1 as far as the middle of the nonsense",
        ),
        (
            Column::Metric,
            title,
            "The metric that is set against time, with its interval",
        ),
    ];
    let mut hand = None;
    TableBuilder::new(ui)
        .id_salt("arena-cells")
        .striped(true)
        .sense(egui::Sense::click())
        .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
        .column(Width::exact(NAMES).clip(true))
        .columns(Width::exact(FIGURES).clip(true), 3)
        .header(LINE, |mut row| {
            for (column, name, what) in heads {
                row.col(|ui| sort_by(ui, state, column, name, what));
            }
        })
        .body(|body| {
            body.rows(LINE, order.len(), |mut row| {
                let Some(&at) = order.get(row.index()) else {
                    return;
                };
                let Some(cell) = arena.cells.get(at) else {
                    return;
                };
                row.set_selected(state.evaluation.arena.cell == Some(at));
                row.col(|ui| {
                    let on = state.evaluation.arena.cell == Some(at);
                    let name = cell.line.name.as_str();
                    let label = match front.contains(&at) {
                        true => ui.selectable_label(on, (theme::icon(Icon::Star), name)),
                        false => ui.selectable_label(on, name),
                    };
                    let label = label.accessible_name(format!("Takes of {}", cell.line.name));
                    let what = "Click for its takes; a star: nobody is both quicker and better";
                    if label.on_hover_text(what).clicked() {
                        hand = Some(at);
                    }
                });
                let interval = |i: &crate::evaluation::Interval| {
                    format!("{} [{}, {}]", number(i.mean), number(i.low), number(i.high))
                };
                row.col(|ui| {
                    ui.label(interval(&cell.millis));
                });
                row.col(|ui| {
                    ui.label(arena.distance(cell).map_or("-".into(), number));
                });
                row.col(|ui| {
                    let figure = metric.and_then(|m| cell.line.figures.get(m.key));
                    ui.label(figure.map_or("-".into(), |f| interval(&f.interval)));
                });
                if row.response().clicked() {
                    hand = Some(at);
                }
            });
        });
    if let Some(cell) = hand {
        arena::show(state, cell);
    }
}

fn sort_by(ui: &mut Ui, state: &mut State, column: Column, name: &str, what: &str) {
    let pane = &mut state.evaluation.arena;
    let on = pane.sort == column;
    let name_small = RichText::new(name).small();
    let label = match (on, pane.falling) {
        (false, _) => ui.selectable_label(on, name_small),
        (true, false) => ui.selectable_label(on, (name_small, theme::icon(Icon::ArrowUp))),
        (true, true) => ui.selectable_label(on, (name_small, theme::icon(Icon::ArrowDown))),
    };
    let label = label.accessible_name(format!("Sort by {name}"));
    if label.on_hover_text(what).clicked() {
        pane.falling = on && !pane.falling;
        pane.sort = column;
    }
}

/// The takes of the cell in hand, hole by hole.
fn takes(ui: &mut Ui, state: &mut State, arena: &Arena) {
    let Some(at) = state.evaluation.arena.cell else {
        return;
    };
    let Some(cell) = arena.cells.get(at) else {
        return;
    };
    ui.separator();
    ui.horizontal(|ui| {
        ui.add(Label::new(RichText::new(&cell.line.name).strong()).truncate());
        let playing = state.evaluation.listening && state.transport.is_playing();
        let (icon, word) = match playing {
            true => (Icon::Square, "Stop"),
            false => (Icon::Play, "Hear"),
        };
        let hear = ui.add(Button::new((theme::icon(icon), word)));
        let hear = hear.accessible_name(format!("{word} the take in hand"));
        if hear.on_hover_text("Plays it from its beginning").clicked() {
            let take = state.evaluation.arena.take;
            arena::listen(state, take);
        }
        for (original, name) in [(false, "as written"), (true, "as composed")] {
            let on = state.evaluation.arena.original == original;
            let label = ui.selectable_label(on, name);
            let label = label.accessible_name(format!("Hear the take {name}"));
            if label.clicked() {
                state.evaluation.arena.original = original;
            }
        }
        let open = Button::new((theme::icon(Icon::Piano), "Open in the roll"));
        let open = ui.add(open).accessible_name("Open the take in the roll");
        let what = "As a new piece, what was a hole masked";
        if open.on_hover_text(what).clicked() {
            files::ask_then(state, files::Then::EvaluatedPiece);
        }
    });
    ScrollArea::vertical()
        .id_salt("arena-takes-list")
        .max_height(84.0)
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                for (i, take) in cell.takes.iter().enumerate() {
                    let first =
                        i == 0 || cell.takes.get(i - 1).is_some_and(|t| t.hole != take.hole);
                    let name = match first {
                        true => take.hole.clone(),
                        false => "again".to_owned(),
                    };
                    let on = state.evaluation.arena.take == i;
                    let label = ui.selectable_label(on, name);
                    let label = label.accessible_name(format!("Take {}: {}", i + 1, take.hole));
                    let notes = crate::studio::stats::count(take.take.notes.len(), "note");
                    let what = format!("{notes}, {} ms; click to hear it", take.take.millis);
                    if label.on_hover_text(what).clicked() {
                        arena::listen(state, i);
                    }
                }
            });
        });
}
