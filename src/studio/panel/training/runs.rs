//! The list of runs: searched, ticked to be compared, taken in hand.

use super::{outline, weak};
use crate::engine::RunState;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use crate::studio::training::{self, Live, RunRow};
use crate::training::run;
use eframe::egui::{
    self, Align, Align2, FontId, Label, Layout, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use lucide_icons::Icon;

const ROW: f32 = 40.0;

/// Draws search and list.
pub fn show(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Runs").strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let again = egui::Button::new(theme::icon(Icon::RefreshCw)).frame(false);
            let again = ui.add(again).accessible_name("Look for runs again");
            let what = "Looks again for runs, recipes and data sets";
            if again.on_hover_text(what).clicked() {
                training::refresh(state);
            }
            ui.add(
                egui::TextEdit::singleline(&mut state.training.search)
                    .hint_text("Find a run")
                    .desired_width(ui.available_width()),
            )
            .on_hover_text("Words of its name, its notes or its recipe")
            .accessible_name("Find a run");
        });
    });
    let rows = state.training.found();
    if rows.is_empty() {
        let words = if !state.training.looked {
            "Looking..."
        } else if state.training.runs.is_empty() && state.training.live.is_empty() {
            "None yet. A run that is started stands here, and in runs/."
        } else {
            "No run has these words in its name, notes or recipe."
        };
        ui.add(Label::new(weak(ui, words)).wrap());
        return;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    for row in &rows {
        ui.horizontal(|ui| {
            let place = state
                .training
                .ticked
                .iter()
                .position(|f| *f == row.summary.folder);
            let mut on = place.is_some();
            outline(ui);
            let tick = ui.checkbox(&mut on, "");
            let tick = tick.accessible_name(format!("Compare {}", row.summary.name));
            if tick
                .on_hover_text("Lays its validation over the others")
                .clicked()
            {
                training::tick(state, &row.summary.folder);
            }
            if line(ui, state, row) {
                training::choose(state, &row.summary.folder);
            }
        });
    }
}

/// One run; answers whether it was clicked.
fn line(ui: &mut Ui, state: &State, row: &RunRow) -> bool {
    let t = Theme::of(ui);
    let chosen = state.training.chosen.as_ref() == Some(&row.summary.folder);
    let live = state.training.live_in(&row.summary.folder);
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let fill = match (chosen, response.hovered()) {
        (true, _) => Some(t.pressed),
        (false, true) => Some(t.hovered),
        _ => None,
    };
    if let Some(fill) = fill {
        ui.painter()
            .rect_filled(space, f32::from(size::RADIUS), fill);
    }
    let small = FontId::proportional(size::TEXT_SMALL);
    let painter = ui.painter().with_clip_rect(space);
    let left = space.left() + size::UNIT;
    let (top, below) = (space.top() + 12.0, space.bottom() - 11.0);
    let right = space.right() - size::UNIT;
    let (word, colour) = state_word(t, live, row);
    let word = painter.text(
        pos2(right, top),
        Align2::RIGHT_CENTER,
        word,
        small.clone(),
        colour,
    );
    let name = painter.with_clip_rect(space.with_max_x(word.left() - size::UNIT));
    let font = FontId::proportional(size::TEXT);
    name.text(
        pos2(left, top),
        Align2::LEFT_CENTER,
        &row.summary.name,
        font,
        t.text,
    );
    let step = live.map_or(row.step, |l| l.step().max(row.step));
    let of = row.steps().map_or_else(String::new, |s| format!(" of {s}"));
    let text = format!("step {step}{of}");
    painter.text(
        pos2(left, below),
        Align2::LEFT_CENTER,
        text,
        small.clone(),
        t.text_weak,
    );
    if let Some((_, best)) = best(live, row) {
        let text = format!("best {best:.3}");
        painter.text(
            pos2(right, below),
            Align2::RIGHT_CENTER,
            text,
            small,
            t.text_weak,
        );
    }
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::ListItem,
            true,
            chosen,
            format!("Run {}", row.summary.name),
        )
    });
    let clicked = response.clicked();
    let first = row.summary.notes.lines().next().unwrap_or_default();
    response.on_hover_text(format!("{}\n{first}", row.summary.folder.display()).trim_end());
    clicked
}

fn state_word(t: &Theme, live: Option<&Live>, row: &RunRow) -> (&'static str, egui::Color32) {
    match live.map(|l| &l.state) {
        Some(RunState::Running) => ("training", t.playing),
        Some(RunState::Queued) => ("waiting", t.text_weak),
        Some(RunState::Paused) => ("paused", t.text),
        Some(RunState::Failed(_)) => ("failed", t.error),
        _ if row.recipe.is_err() => ("unreadable", t.error),
        Some(RunState::Finished) => ("finished", t.text_weak),
        _ if row.finished() => ("finished", t.text_weak),
        None if row.summary.state == run::RunState::Running => ("elsewhere", t.playing),
        _ => ("stopped", t.text_weak),
    }
}

fn best(live: Option<&Live>, row: &RunRow) -> Option<(u64, f64)> {
    let points = live.map_or(&[][..], |l| &l.figures.curves.average);
    let best = points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
    [best, row.best()]
        .into_iter()
        .flatten()
        .min_by(|a, b| a.1.total_cmp(&b.1))
}

/// How a run stands that does not train in this sitting.
pub fn words(row: &RunRow) -> String {
    match &row.recipe {
        Err(why) => format!("its config.ron cannot be read: {why}"),
        Ok(_) if row.summary.state == run::RunState::Running => "trained by another process".into(),
        Ok(_) if row.finished() => "finished".into(),
        Ok(_) => "stopped".into(),
    }
}
