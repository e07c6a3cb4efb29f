//! Menus of rows and metrics.

use crate::evaluation::Metric;
use crate::studio::evaluation;
use crate::studio::state::State;
use crate::studio::theme::Theme;
use eframe::egui::{self, Ui};

/// A menu of metrics; answers what was chosen.
pub fn metric(
    ui: &mut Ui,
    name: &str,
    metrics: &[&'static Metric],
    now: Option<&str>,
    none: Option<&str>,
) -> Option<Option<&'static str>> {
    let mut chosen = None;
    let title = |key: &str| metrics.iter().find(|m| m.key == key).map(|m| m.title);
    let shown = now.and_then(title).or(none).unwrap_or("choose");
    let combo = egui::ComboBox::from_id_salt(("evaluation-metric", name))
        .selected_text(shown)
        .width(190.0)
        .height(480.0)
        .show_ui(ui, |ui| {
            if let Some(none) = none
                && ui.selectable_label(now.is_none(), none).clicked()
            {
                chosen = Some(None);
            }
            for m in metrics {
                let row = ui.selectable_label(now == Some(m.key), m.title);
                let about = format!("{}\n{} ({})", m.about, m.key, m.source);
                if row.on_hover_text(about).clicked() {
                    chosen = Some(Some(m.key));
                }
            }
        });
    combo.response.accessible_name(name);
    chosen
}

/// The menu of the row in hand.
pub fn row(ui: &mut Ui, state: &mut State) {
    let Some(study) = state.evaluation.study.clone() else {
        return;
    };
    let now = state.evaluation.hand.row;
    let name = study.rows.get(now).map_or("", |r| r.name.as_str());
    let combo = egui::ComboBox::from_id_salt("evaluation-row")
        .selected_text(name)
        .width(220.0)
        .height(480.0)
        .show_ui(ui, |ui| {
            for (i, row) in study.rows.iter().enumerate() {
                let label = ui.selectable_label(i == now, &row.name);
                if label.on_hover_text(super::kind_words(row.kind)).clicked() {
                    evaluation::show(state, i, 0);
                }
            }
        });
    combo.response.accessible_name("Row");
}

/// Ticks for the rows that are drawn together, each in the colour it is drawn in.
pub fn rows(ui: &mut Ui, state: &mut State) {
    let Some(study) = state.evaluation.study.clone() else {
        return;
    };
    let drawn = state.evaluation.drawn();
    ui.horizontal_wrapped(|ui| {
        for (i, row) in study.rows.iter().enumerate() {
            let place = drawn.iter().position(|r| *r == i);
            let on = place.is_some();
            if let Some(place) = place {
                super::mark(ui, Theme::of(ui).track(place));
            }
            let label = ui.selectable_label(on, &row.name);
            let label = label.accessible_name(format!("Show {}", row.name));
            if label.on_hover_text(super::kind_words(row.kind)).clicked() {
                let mut now = drawn.clone();
                match on {
                    true => now.retain(|r| *r != i),
                    false => now.push(i),
                }
                now.sort_unstable();
                state.evaluation.shown = now;
            }
        }
    });
}
