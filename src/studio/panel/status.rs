//! The bottom line: what is masked, what is going on, and what could be done next.

use super::Asks;
use crate::studio::command::Command as C;
use crate::studio::state::State;
use crate::studio::stats::count;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{self, Align, Layout, RichText, Ui};
use lucide_icons::Icon;

/// Draws the line.
pub fn show(ui: &mut Ui, state: &mut State, _asks: &mut Asks) {
    let t = Theme::of(ui);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        let small = |s: &str, c| RichText::new(s).small().color(c);
        if let Some(running) = &state.jobs.running {
            ui.label(small(&running.sentence(), t.mask));
            ui.label(small("Esc cancels", t.text_weak));
        } else {
            let stats = state.derived().stats.clone();
            let colour = if stats.is_empty() {
                t.text_weak
            } else {
                t.mask
            };
            ui.label(small(&stats.sentence(), colour));
            ui.label(small(&next(state), t.text_weak));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let key = C::Help.spec().key(ui.ctx());
            ui.label(small(&format!("{key} shows every key"), t.text_weak));
            let behind = Some(&state.training).filter(|t| !t.open);
            if let Some(live) = behind.and_then(|t| t.at_work()) {
                let text = format!(
                    "Training {} · step {} · {}",
                    live.name,
                    live.step(),
                    live.words()
                );
                ui.label(small(&text, t.text));
            }
            let mut cancelled = false;
            for task in state.tasks.shown() {
                let far = task.percent.map(|p| format!(" {p} %"));
                if far.is_some() {
                    let cross = theme::icon(Icon::X).size(size::TEXT_SMALL);
                    let cross = ui.add(egui::Button::new(cross).frame(false));
                    let cross = cross.accessible_name(format!("Cancel {}", task.name));
                    cancelled |= cross.on_hover_text("Cancel").clicked();
                }
                let far = far.unwrap_or_else(|| "...".into());
                ui.label(small(&format!("{}{far}", task.name), t.text));
            }
            if cancelled {
                state.tasks.cancel();
            }
            let modes = [
                (state.input.piano, "Keys are a piano"),
                (state.input.step, "Step input"),
            ];
            for (_, name) in modes.into_iter().filter(|(on, _)| *on) {
                ui.label(small(name, t.playing));
            }
            if !state.selection.is_empty() {
                ui.label(small(
                    &format!("{} selected", count(state.selection.len(), "note")),
                    t.text,
                ));
            }
        });
    });
}

/// What one could do next.
fn next(state: &State) -> String {
    let key = |c: C| c.spec().key(&state.context);
    let document = state.document();
    if crate::studio::evaluation::blind::has_keys(state) {
        return "The keys answer; Esc pauses the test".into();
    }
    if state.dock.covered {
        return format!("{} goes back to the piece", key(C::LetGo));
    }
    if document.score.note_count() == 0 && document.mask.is_empty() {
        return format!("Open a piece ({}), or draw notes with tool 2", key(C::Open));
    }
    match (document.takes.is_empty(), state.takes.take) {
        (true, _) if document.mask.is_empty() => format!(
            "Press {} and drag over what should be written anew",
            key(C::ToolMask)
        ),
        (true, _) => format!("{} generates", key(C::Generate)),
        (false, None) => format!(
            "{} and {} switch takes while it plays",
            key(C::PreviousTake),
            key(C::NextTake)
        ),
        (false, Some(i)) => format!(
            "Take {} is shown · {} keeps it · {} and {} switch",
            i + 1,
            key(C::Accept),
            key(C::PreviousTake),
            key(C::NextTake)
        ),
    }
}
