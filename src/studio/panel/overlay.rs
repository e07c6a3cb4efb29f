//! What lies over everything: palette, keys, small panes, file browser, questions.

use super::{Asks, keys, options, settings, shortcuts, steps};
use crate::studio::arrangement::DockPane;
use crate::studio::browser;
use crate::studio::files::{self, Answer, Question, Then};
use crate::studio::palette;
use crate::studio::state::{Overlay, State};
use crate::studio::theme::{Theme, size};
use eframe::egui::{self, Align, Context, Id, Layout, Modal, RichText, Ui};

/// Draws the overlay that is open, if any.
pub fn show(ctx: &Context, state: &mut State, asks: &mut Asks) {
    // What was left for something else comes back when that is closed.
    let Some(overlay) = state.overlay.take().or_else(|| state.behind.take()) else {
        return;
    };
    state.overlay = match overlay {
        Overlay::Palette(mut palette) => {
            let modal = modal(ctx, "palette", 64.0).show(ctx, |ui| palette.ui(ui, state));
            match modal.inner {
                palette::Choice::Run(command) => {
                    asks.push(command);
                    None
                }
                palette::Choice::Open if modal.should_close() => None,
                palette::Choice::Open => Some(Overlay::Palette(palette)),
            }
        }
        Overlay::Options(pane) => {
            // A name each: the size one pane had is not for the next.
            let name = format!("options {pane:?}");
            let modal = clear(ctx, &name).show(ctx, |ui| options::show(ui, state, pane));
            match modal.inner {
                options::Choice::Done => None,
                options::Choice::Open if modal.should_close() => None,
                options::Choice::Open => Some(Overlay::Options(pane)),
            }
        }
        Overlay::Time => {
            let modal = modal(ctx, "time", 60.0).show(ctx, |ui| super::time::show(ui, state));
            let stays = !modal.inner && !modal.should_close() && !pinned(state, DockPane::Time);
            stays.then_some(Overlay::Time)
        }
        Overlay::Help => {
            let modal = modal(ctx, "keys", 40.0).show(ctx, |ui| keys::show(ui, state));
            (!modal.inner && !modal.should_close()).then_some(Overlay::Help)
        }
        Overlay::History => {
            let modal = clear(ctx, "history").show(ctx, |ui| steps::history(ui, state, false));
            (!modal.should_close() && !pinned(state, DockPane::History)).then_some(Overlay::History)
        }
        Overlay::Versions => {
            let modal = clear(ctx, "versions").show(ctx, |ui| steps::versions(ui, state, false));
            (!modal.should_close() && !pinned(state, DockPane::Versions))
                .then_some(Overlay::Versions)
        }
        Overlay::Settings(mut pane) => {
            let modal =
                modal(ctx, "settings", 24.0).show(ctx, |ui| settings::show(ui, state, &mut pane));
            match modal.inner {
                settings::Choice::Leave(command) => {
                    asks.push(command);
                    state.behind = Some(Overlay::Settings(pane));
                    None
                }
                settings::Choice::Open if !modal.should_close() => Some(Overlay::Settings(pane)),
                _ => None,
            }
        }
        Overlay::Shortcuts(mut pane) => {
            let modal = modal(ctx, "shortcuts", 40.0).show(ctx, |ui| {
                shortcuts::show(ui, &mut pane, &mut state.settings.shortcuts)
            });
            (!modal.should_close()).then_some(Overlay::Shortcuts(pane))
        }
        Overlay::Browser(mut browser) => {
            let modal = modal(ctx, "browser", 80.0).show(ctx, |ui| browser.ui(ui));
            match modal.inner {
                browser::Choice::Picked(path) => {
                    files::picked_path(state, browser.purpose.clone(), path);
                    // Asking whether to keep the present piece may have opened another overlay.
                    state.overlay.take()
                }
                browser::Choice::Cancelled => None,
                browser::Choice::Open if modal.should_close() => None,
                browser::Choice::Open => Some(Overlay::Browser(browser)),
            }
        }
        Overlay::Question(question) => {
            let modal = modal(ctx, "question", 160.0).show(ctx, |ui| ask(ui, &question));
            match modal.inner {
                Some(answer) => {
                    files::answer(state, question, answer);
                    state.overlay.take()
                }
                None if modal.should_close() => {
                    files::answer(state, question, Answer::Cancel);
                    None
                }
                None => Some(Overlay::Question(question)),
            }
        }
    };
}

/// Whether a small pane was put among the tiles.
fn pinned(state: &State, pane: DockPane) -> bool {
    !state.settings.layout.closed.contains(&pane)
}

fn modal(ctx: &Context, name: &str, top: f32) -> Modal {
    let id = Id::unique(name);
    let top = top.min(ctx.content_rect().height() * 0.2);
    Modal::new(id)
        .area(Modal::default_area(id).anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, top)))
        .frame(egui::Frame::popup(&ctx.global_style()).inner_margin(size::PAD))
}

/// A pane at the right that leaves the roll to be seen: one looks there at what it does.
fn clear(ctx: &Context, name: &str) -> Modal {
    let id = Id::unique(name);
    let corner = egui::vec2(-size::PAD, 80.0_f32.min(ctx.content_rect().height() * 0.12));
    Modal::new(id)
        .area(Modal::default_area(id).anchor(egui::Align2::RIGHT_TOP, corner))
        .backdrop_color(egui::Color32::TRANSPARENT)
        .frame(egui::Frame::popup(&ctx.global_style()).inner_margin(size::PAD))
}

fn ask(ui: &mut Ui, question: &Question) -> Option<Answer> {
    ui.set_width(380.0);
    let (heading, text, yes, no) = match question {
        Question::Unsaved(then) => {
            let what = match then {
                Then::Quit => "Save before closing?",
                _ => "Save this piece first?",
            };
            (
                what,
                "There are changes that are not in a file yet.".to_owned(),
                "Save",
                "Don't save",
            )
        }
        Question::Recover(found) => (
            "Bring back the piece from last time?",
            format!(
                "Lacuna ended without saving {}. An automatic copy is there.",
                found.describe()
            ),
            "Bring it back",
            "Throw it away",
        ),
        Question::Dropped(paths) => (
            "What are these files for?",
            dropped(paths),
            "Open the first",
            "Import all as tracks",
        ),
    };
    ui.label(RichText::new(heading).heading());
    ui.label(RichText::new(text).color(Theme::of(ui).text_weak));
    ui.add_space(size::PAD);
    let mut answer = None;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let yes = ui.button(RichText::new(yes).strong());
        if !ui.memory(|m| m.focused().is_some()) {
            yes.request_focus();
        }
        if yes.clicked() {
            answer = Some(Answer::Yes);
        }
        let may_cancel = !matches!(question, Question::Recover(_));
        if may_cancel && ui.button("Cancel").clicked() {
            answer = Some(Answer::Cancel);
        }
        if ui.button(no).clicked() {
            answer = Some(Answer::No);
        }
    });
    answer
}

/// The first files by name, and how many more there are.
fn dropped(paths: &[std::path::PathBuf]) -> String {
    const NAMED: usize = 5;
    let mut lines: Vec<String> = paths.iter().take(NAMED).map(|p| files::short(p)).collect();
    if paths.len() > NAMED {
        lines.push(format!("and {} more", paths.len() - NAMED));
    }
    lines.join("\n")
}
