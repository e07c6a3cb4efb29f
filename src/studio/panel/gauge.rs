//! The gauge in the generate panel: a word, a bar, and what would bring the piece nearer.

use crate::dataset::domain::{Gauge, Verdict};
use crate::studio::gauge;
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use eframe::egui::{self, Align, Layout, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};

/// Fixes that are offered at a time.
const MOST_FIXES: usize = 2;
/// The distance at which the bar is full.
const FULL: f64 = 1.6;

/// Draws the gauge.
pub fn show(ui: &mut Ui, state: &mut State) {
    let t = Theme::of(ui);
    let small = |text: &str, colour| RichText::new(text).small().color(colour);
    if state.jobs.models.is_empty() {
        return;
    }
    if gauge::domain(state).is_none() {
        ui.label(small("Its training songs are not known", t.text_weak))
            .on_hover_text("This model comes without figures of its training songs, so how far the piece lies from them cannot be said.");
        return;
    }
    let Some(found) = state.gauge.found().cloned() else {
        return;
    };
    let verdict = found.verdict();
    let (word, colour) = match verdict {
        Verdict::Close => ("Close to its training songs", t.text_weak),
        Verdict::Unusual => ("Unusual for this model", t.text),
        Verdict::Far => ("Far from its training songs", t.text),
    };
    let text = tooltip(&found);
    ui.horizontal(|ui| {
        ui.label(small(word, colour)).on_hover_text(&text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            bar(ui, &found, word).on_hover_text(&text);
        });
    });
    if verdict == Verdict::Close || found.fixes.is_empty() {
        return;
    }
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        for fix in found.fixes.iter().take(MOST_FIXES) {
            let button = egui::Button::new(RichText::new(fix.label()).small());
            if ui.add(button).on_hover_text(fix.about()).clicked() {
                chosen = Some(*fix);
            }
        }
    });
    ui.add_space(size::UNIT);
    if let Some(fix) = chosen {
        gauge::apply(state, fix);
    }
}

fn bar(ui: &mut Ui, found: &Gauge, word: &str) -> egui::Response {
    let t = Theme::of(ui);
    let (space, response) = ui.allocate_exact_size(vec2(56.0, 12.0), Sense::hover());
    let rail = Rect::from_center_size(space.center(), vec2(space.width(), 4.0));
    ui.painter().rect_filled(rail, 2.0, t.pressed);
    let share = (found.distance() / FULL).clamp(0.04, 1.0) as f32;
    let filled = Rect::from_min_size(rail.min, vec2(rail.width() * share, rail.height()));
    let colour = match found.verdict() {
        Verdict::Close => t.text_weak,
        Verdict::Unusual => t.text,
        Verdict::Far => t.error,
    };
    ui.painter().rect_filled(filled, 2.0, colour);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, word));
    response
}

/// What lies outside first, then the rest.
fn tooltip(found: &Gauge) -> String {
    let (out, at_home): (Vec<_>, Vec<_>) = found.readings.iter().partition(|r| r.distance > 0.0);
    let lines = |list: &[&crate::dataset::domain::Reading]| -> Vec<String> {
        list.iter().map(|r| format!("  {}", r.sentence())).collect()
    };
    let mut text: Vec<String> =
        vec!["How the music around the mask compares with the songs the model learned from".into()];
    if !out.is_empty() {
        text.push("Outside the middle 90 % of them:".into());
        text.extend(lines(&out));
    }
    if !at_home.is_empty() {
        text.push("Inside:".into());
        text.extend(lines(&at_home));
    }
    text.join("\n")
}
