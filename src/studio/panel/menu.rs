//! The top line: menus, the title, and what computes and sounds.

use super::{Asks, tooltip};
use crate::score::Edit;
use crate::studio::command::{Command, Menu, Spec, of_menu};
use crate::studio::demos::DEMOS;
use crate::studio::files::{self, Then};
use crate::studio::sign;
use crate::studio::state::{Renaming, State};
use crate::studio::theme::{self, Theme, size};
use crate::studio::why_not::why_not;
use eframe::egui::{self, Align, AtomExt, Key, Layout, RichText, Sense, Ui, UiBuilder};
use lucide_icons::Icon;

/// Room for an icon in front of a menu's entry.
const ICON: egui::Vec2 = egui::vec2(size::ICON + 2.0, size::ICON);

/// Draws the line.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    let whole = ui.max_rect();
    egui::MenuBar::new().ui(ui, |ui| {
        let mut left = 0.0;
        for menu in Menu::ALL {
            // Help is last, as everywhere.
            if menu == Menu::Help {
                demos(ui, state);
            }
            let button = ui.menu_button(menu.name(), |ui| {
                ui.set_min_width(220.0);
                entries(ui, state, menu, asks);
            });
            left = button.response.rect.right();
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            chips(ui, state);
            let right = ui.min_rect().left();
            title(ui, state, whole, left, right);
        });
    });
}

/// The pieces that come with the studio.
fn demos(ui: &mut Ui, state: &mut State) {
    if DEMOS.is_empty() {
        return;
    }
    ui.menu_button("Demos", |ui| {
        for (i, demo) in DEMOS.iter().enumerate() {
            let entry = ui.button(demo.name);
            if entry
                .on_hover_text("Opens this piece with a part of it masked")
                .clicked()
            {
                files::ask_then(state, Then::Demo(i));
            }
        }
    });
}

fn entries(ui: &mut Ui, state: &mut State, menu: Menu, asks: &mut Asks) {
    let mut shown: Vec<&str> = Vec::new();
    for spec in of_menu(menu) {
        if let Some(name) = spec.under {
            // Once, where the first of them stands.
            if !shown.contains(&name) {
                shown.push(name);
                inside(ui, state, menu, name, asks);
            }
            continue;
        }
        if spec.separated {
            ui.separator();
        }
        entry(ui, state, spec, asks);
        if spec.command == Command::Open {
            recent(ui, state);
        }
    }
}

/// A menu inside a menu.
fn inside(ui: &mut Ui, state: &State, menu: Menu, name: &str, asks: &mut Asks) {
    let blank = RichText::default().atom_size(ICON);
    ui.menu_button((blank, name), |ui| {
        ui.set_min_width(220.0);
        for spec in of_menu(menu).filter(|s| s.under == Some(name)) {
            if spec.separated {
                ui.separator();
            }
            entry(ui, state, spec, asks);
        }
    });
}

/// One command as an entry of a menu.
pub fn entry(ui: &mut Ui, state: &State, spec: &Spec, asks: &mut Asks) {
    let why = why_not(spec.command, state);
    let name = match spec.command {
        Command::Undo => label("Undo", state.history.undo_label()),
        Command::Redo => label("Redo", state.history.redo_label()),
        _ => spec.name.to_owned(),
    };
    let icon = spec.icon.map_or_else(RichText::default, theme::icon);
    let key = spec.key(ui.ctx());
    let entry = egui::Button::new((icon.atom_size(ICON), name.as_str())).shortcut_text(&key);
    let text = tooltip(ui.ctx(), spec, why.as_deref());
    let response = ui.add_enabled(why.is_none(), entry).accessible_name(name);
    if !key.is_empty() {
        let told = |b: &mut egui::accesskit::Node| b.set_keyboard_shortcut(key);
        ui.ctx().accesskit_node_builder(response.id, told);
    }
    if response.clicked() {
        asks.push(spec.command);
    }
    response.on_hover_text(&text).on_disabled_hover_text(text);
}

fn label(verb: &str, step: Option<&str>) -> String {
    match step {
        Some(step) => format!("{verb}: {}", shorten(step, 32)),
        None => verb.into(),
    }
}

/// The first `most` characters, with a mark where something is missing.
pub fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}...", head.trim_end())
}

fn recent(ui: &mut Ui, state: &mut State) {
    let blank = RichText::default().atom_size(ICON);
    ui.add_enabled_ui(!state.settings.recent.is_empty(), |ui| {
        ui.menu_button((blank, "Open recent"), |ui| {
            let mut chosen = None;
            for path in &state.settings.recent {
                let entry = ui.button(shorten(&files::short(path), 48));
                if entry.on_hover_text(path.display().to_string()).clicked() {
                    chosen = Some(path.clone());
                }
            }
            ui.separator();
            if ui.button("Forget these").clicked() {
                state.settings.recent.clear();
            }
            if let Some(path) = chosen {
                files::ask_then(state, Then::Open(path));
            }
        });
    });
}

/// Title in the middle of the window, or as near to it as the rest of the line allows.
fn title(ui: &mut Ui, state: &mut State, whole: egui::Rect, left: f32, right: f32) {
    const WIDTH: f32 = 280.0;
    let width = WIDTH.min(right - left - 2.0 * size::GAP);
    if width < 60.0 {
        // There is no room to type in, and the keyboard must not wait for it.
        state.renaming.take_if(|r| matches!(r, Renaming::Title(_)));
        return;
    }
    let centre = whole.center().x.clamp(
        left + size::GAP + width / 2.0,
        right - size::GAP - width / 2.0,
    );
    let rect = egui::Rect::from_center_size(
        egui::pos2(centre, whole.center().y),
        egui::vec2(width, whole.height()),
    );
    let layout = Layout::centered_and_justified(egui::Direction::LeftToRight);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    let ui = &mut ui;
    if let Some(Renaming::Title(text)) = &mut state.renaming {
        let field = ui
            // An id of its own: the label that comes after it must not take it for a field being typed in.
            .add(
                egui::TextEdit::singleline(text)
                    .id_salt("title")
                    .align(egui::Align2::CENTER_CENTER),
            )
            .accessible_name("Title");
        field.request_focus();
        let text = text.trim().to_owned();
        let done = ui.input(|i| i.key_pressed(Key::Enter)) || field.clicked_elsewhere();
        if ui.input(|i| i.key_pressed(Key::Escape)) {
            state.renaming = None;
        } else if done {
            state.renaming = None;
            if !text.is_empty() && text != state.document().score.title {
                state.edit(Edit::SetTitle(text));
            }
        }
        return;
    }
    let title = state.document().score.title.clone();
    let shown = if title.is_empty() { "Untitled" } else { &title };
    let dirty = state.is_dirty();
    let mark = if dirty { " •" } else { "" };
    let place = match &state.file {
        Some(path) => path.display().to_string(),
        None => "Not saved as a project yet".into(),
    };
    let more = if dirty {
        "\nThere are unsaved changes"
    } else {
        ""
    };
    let label = egui::Label::new(RichText::new(format!("{shown}{mark}")).strong())
        .truncate()
        // The command renames by keyboard.
        .sense(Sense::CLICK);
    let label = ui
        .add(label)
        .on_hover_text(format!("{place}{more}\nDouble-click to rename"));
    if label.double_clicked() {
        state.renaming = Some(Renaming::Title(title));
    }
}

/// Model, device and sound output, from the right.
fn chips(ui: &mut Ui, state: &State) {
    let t = Theme::of(ui);
    let output = state.transport.player.output();
    let (glyph, colour) = match output.silent {
        true if state.quiet => (Icon::VolumeX, t.text_weak),
        true => (Icon::VolumeX, t.error),
        false => (Icon::Volume2, t.text_weak),
    };
    let sound = if output.silent {
        format!(
            "No sound: {}\nEverything else works; the playhead moves in silence.",
            output.reason
        )
    } else {
        format!("Sound goes to {}\n{}", output.name, output.reason)
    };
    ui.add_space(size::UNIT);
    let heard = sound.lines().next().unwrap_or_default();
    sign::telling(ui, theme::icon(glyph).color(colour), heard).on_hover_text(sound.trim_end());
    ui.add_space(size::UNIT);
    let jobs = &state.jobs;
    let (text, hover, bad) = match &jobs.device {
        None => (
            "opening the model...".to_owned(),
            "The model is being opened on its own thread; the editor is ready.".to_owned(),
            false,
        ),
        Some(d) if jobs.models.is_empty() => (
            "no model".to_owned(),
            format!("No model could be opened.\n{}", d.reason),
            true,
        ),
        Some(d) => {
            let model = jobs
                .models
                .iter()
                .find(|m| Some(&m.id) == state.settings.generate.model.as_ref());
            let name = model.map_or("no model", |m| m.name.as_str());
            let pace = jobs
                .seconds_a_take
                .map(|s| format!(" · {s:.1} s a take"))
                .unwrap_or_default();
            let about = model
                .map(|m| {
                    format!(
                        "{}\n{:.1} million parameters\n\n",
                        m.summary,
                        m.parameters as f64 / 1e6
                    )
                })
                .unwrap_or_default();
            (
                format!("{} · {}{pace}", shorten(name, 24), shorten(&d.name, 18)),
                format!("{about}Computes on {}\n{}", d.name, d.reason),
                false,
            )
        }
    };
    let colour = if bad { t.error } else { t.text_weak };
    ui.label(RichText::new(text).color(colour))
        .on_hover_text(hover);
    sign::decoration(ui, theme::icon(Icon::Cpu).color(colour));
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn long_names_are_cut_by_letters_not_bytes() {
        assert_eq!(shorten("Für Elise", 20), "Für Elise");
        assert_eq!(shorten("ÄÖÜÄÖÜ", 4), "ÄÖÜ...");
    }
}
