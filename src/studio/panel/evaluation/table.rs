//! The table: a line a metric, a column a row of the study. A click on a figure leads to the pieces behind it.

use super::{row_name, standings, weak};
use crate::evaluation::comparison::Figure;
use crate::evaluation::report::number;
use crate::evaluation::study::Study;
use crate::evaluation::{Direction, Metric};
use crate::studio::evaluation::{self, Tab};
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use eframe::egui::{
    Align2, FontId, Label, RichText, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2,
};
use egui_extras::{Column, TableBuilder};

const LINE: f32 = 36.0;
const HEAD: f32 = 44.0;
/// Widths of the columns, in points.
const NAMES: f32 = 210.0;
const FIGURES: f32 = 122.0;

/// Draws standings, filter and table.
pub fn show(ui: &mut Ui, state: &mut State) {
    let Some(study) = state.evaluation.study.clone() else {
        return;
    };
    standings::show(ui, state);
    filter(ui, state);
    let metrics = shown(state, &study);
    if metrics.is_empty() {
        ui.label(weak(ui, "No metric of this study is called that."));
        return;
    }
    ScrollArea::horizontal()
        .id_salt("evaluation-table")
        .auto_shrink([false, false])
        .show(ui, |ui| table(ui, state, &study, &metrics));
}

fn filter(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut state.evaluation.filter)
            .hint_text("Find a metric")
            .desired_width(140.0);
        ui.add(field).accessible_name("Find a metric");
        super::super::training::outline(ui);
        ui.checkbox(&mut state.evaluation.telling_only, "only those that tell")
            .on_hover_text("Leaves out the metrics in which nonsense scores as well as real music");
        ui.add(Label::new(weak(ui, "Click a figure for the pieces behind it.").small()).truncate());
    });
}

/// The metrics that filter and tick let through.
fn shown(state: &State, study: &Study) -> Vec<&'static Metric> {
    let e = &state.evaluation;
    let words = e.filter.to_lowercase();
    let mut metrics = e.metrics();
    metrics.retain(|m| {
        let text = [m.key, m.title, m.family].map(str::to_lowercase);
        words
            .split_whitespace()
            .all(|w| text.iter().any(|t| t.contains(w)))
            && !(e.telling_only && greyed(study, m).is_some())
    });
    metrics
}

/// Why a metric says nothing, if nonsense passes it.
fn greyed<'a>(study: &'a Study, metric: &Metric) -> Option<&'a str> {
    let verdict = study.comparison.verdicts.get(metric.key)?;
    verdict.greyed.then_some(verdict.reason.as_str())
}

fn table(ui: &mut Ui, state: &mut State, study: &Study, metrics: &[&'static Metric]) {
    let rows = &study.comparison.rows;
    let mut to = None;
    TableBuilder::new(ui)
        .id_salt("evaluation-figures")
        .striped(true)
        .column(Column::exact(NAMES).clip(true))
        .columns(Column::exact(FIGURES).clip(true), rows.len())
        .header(HEAD, |mut head| {
            head.col(|ui| {
                ui.label(weak(ui, "metric").small());
            });
            for row in rows {
                head.col(|ui| {
                    ui.horizontal_top(|ui| row_name(ui, &row.name, row.kind));
                });
            }
        })
        .body(|body| {
            body.rows(LINE, metrics.len(), |mut line| {
                let Some(metric) = metrics.get(line.index()) else {
                    return;
                };
                let why = greyed(study, metric);
                line.col(|ui| name(ui, study, metric, why));
                for (i, row) in rows.iter().enumerate() {
                    line.col(|ui| {
                        if let Some(f) = row.figures.get(metric.key)
                            && figure(ui, &row.name, metric, f, why)
                        {
                            to = Some((i, *metric));
                        }
                    });
                }
            });
        });
    if let Some((row, metric)) = to {
        lead(state, row, metric);
    }
}

/// Shows the pieces behind a figure: those that differ most from the better end first.
fn lead(state: &mut State, row: usize, metric: &'static Metric) {
    let of_pieces = state.evaluation.metrics_of_pieces();
    let key = of_pieces.iter().find(|m| m.key == metric.key);
    evaluation::show(state, row, 0);
    let e = &mut state.evaluation;
    e.sort = key.map(|m| m.key);
    e.falling = metric.direction == Direction::Lower;
    e.tab = Tab::Samples;
    if let Some(first) = e.sorted().first().copied() {
        evaluation::show(state, row, first);
    }
}

fn name(ui: &mut Ui, study: &Study, metric: &Metric, why: Option<&str>) {
    let t = Theme::of(ui);
    let better = match metric.direction {
        Direction::Lower => "less is better".to_owned(),
        Direction::Higher => "more is better".to_owned(),
        Direction::Match => match study.comparison.targets.get(metric.key) {
            Some(target) => format!("near {}", number(*target)),
            None => "near the original".to_owned(),
        },
    };
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let title = match why {
            Some(_) => RichText::new(metric.title)
                .color(t.text_weak)
                .strikethrough(),
            None => RichText::new(metric.title),
        };
        ui.add(Label::new(title).truncate());
        let below = format!("{} · {} · {better}", metric.key, metric.unit);
        ui.add(Label::new(weak(ui, below).size(size::TEXT_SMALL)).truncate());
    })
    .response
    .on_hover_ui(|ui| {
        ui.set_max_width(360.0);
        ui.label(RichText::new(metric.title).strong());
        ui.label(metric.about);
        ui.label(weak(
            ui,
            format!(
                "{} · {} · {better}\nafter {}",
                metric.key, metric.unit, metric.source
            ),
        ));
        let verdict = study.comparison.verdicts.get(metric.key);
        if let Some(verdict) = verdict.filter(|v| !v.reason.is_empty()) {
            let colour = if verdict.greyed { t.error } else { t.text_weak };
            ui.label(RichText::new(&verdict.reason).color(colour));
        }
    });
}

/// A figure with its interval; answers whether it was clicked.
fn figure(ui: &mut Ui, row: &str, metric: &Metric, figure: &Figure, why: Option<&str>) -> bool {
    let t = Theme::of(ui);
    let i = &figure.interval;
    let colour = if why.is_some() { t.text_weak } else { t.text };
    let mean = number(i.mean);
    let within = format!("{} to {}", number(i.low), number(i.high));
    let (space, button) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    if button.hovered() || button.has_focus() {
        let corner = f32::from(size::RADIUS);
        ui.painter().rect_filled(space, corner, t.hovered);
    }
    let put = |y: f32, text: &str, size: f32, colour| {
        let at = pos2(space.left() + size::UNIT, y);
        let font = FontId::monospace(size);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, text, font, colour);
    };
    put(space.center().y - 7.0, &mean, size::TEXT, colour);
    put(
        space.center().y + 8.0,
        &within,
        size::TEXT_SMALL - 1.0,
        t.text_weak,
    );
    let words = format!("{}, {row}: {mean}, between {within}", metric.title);
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
    let hover = format!(
        "{words} {} with 95 % certainty, over {} pieces{}",
        metric.unit,
        i.count,
        why.map_or(String::new(), |w| format!("\n{w}"))
    );
    button.on_hover_text(hover).clicked()
}
