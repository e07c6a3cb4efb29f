//! The overlay with every key, made from the command table.

use crate::studio::command::Spec;
use crate::studio::command::{Menu, of_menu};
use crate::studio::fuzzy;
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use eframe::egui::{self, Align, Layout, RichText, Ui, vec2};

/// What the mouse does, which no command table knows.
const GESTURES: [(&str, &str); 11] = [
    ("Wheel", "Scroll pitches"),
    ("Shift + wheel", "Scroll time"),
    ("Ctrl + wheel", "Zoom time"),
    ("Ctrl + Shift + wheel", "Zoom pitches"),
    ("Middle drag", "Move the view"),
    ("Shift + drag notes", "Copy them"),
    ("Shift + drag right end", "Stretch selection"),
    ("Shift + drag velocities", "Velocities on a line"),
    ("Alt while dragging", "Free of the grid"),
    ("Drag in the ruler", "Loop range"),
    ("Click on a key", "Hear it"),
];

/// Draws the overlay's content. Answers whether it is to be closed.
pub fn show(ui: &mut Ui, state: &mut State) -> bool {
    let size_ = ui.ctx().content_rect().size();
    let width = (size_.x - 96.0).min(1080.0);
    ui.set_width(width);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Keys and gestures").strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new("Esc closes").color(Theme::of(ui).text_weak));
            let field = egui::TextEdit::singleline(&mut state.help_query)
                .hint_text("Find a key")
                .desired_width(180.0);
            ui.add(field).accessible_name("Find a key");
        });
    });
    // The key that opened the page is no word to look for.
    if state.help_query == "?" {
        state.help_query.clear();
        return true;
    }
    let query = state.help_query.clone();
    let bindings = state.bindings.clone();
    let shown =
        |s: &&Spec| !bindings.keys(s.command).is_empty() && fuzzy::score(&query, s.name).is_some();
    ui.add_space(size::GAP);
    egui::ScrollArea::vertical()
        .max_height(size_.y - 140.0)
        .min_scrolled_height(size_.y - 140.0)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            // The bar floats over what is drawn: room for it beside the last column.
            ui.set_max_width(ui.available_width() - 14.0);
            // Menus are spread over the columns so that these are about equally long.
            const COLUMNS: usize = 4;
            let rows = |m: Menu| of_menu(m).filter(shown).count() + 2;
            let total: usize =
                Menu::ALL.iter().map(|&m| rows(m)).sum::<usize>() + GESTURES.len() + 2;
            let each = total.div_ceil(COLUMNS);
            ui.spacing_mut().item_spacing.x = 2.0 * size::PAD;
            ui.columns(COLUMNS, |columns| {
                let mut at = 0;
                let mut used = 0;
                for menu in Menu::ALL {
                    if of_menu(menu).filter(shown).count() == 0 {
                        continue;
                    }
                    if used > 0 && used + rows(menu) / 2 > each && at + 1 < COLUMNS {
                        at += 1;
                        used = 0;
                    }
                    used += rows(menu);
                    section(&mut columns[at], menu.name(), |ui| {
                        for spec in of_menu(menu).filter(shown) {
                            let key = spec.key(ui.ctx());
                            line(ui, spec.name.trim_end_matches("..."), &key);
                        }
                    });
                }
                section(&mut columns[COLUMNS - 1], "Mouse", |ui| {
                    for (gesture, what) in GESTURES {
                        line(ui, what, gesture);
                    }
                });
            });
        });
    false
}

fn section(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui)) {
    ui.spacing_mut().item_spacing = vec2(size::UNIT, 1.0);
    super::heading(ui, name);
    content(ui);
    ui.add_space(size::PAD);
}

fn line(ui: &mut Ui, what: &str, keys: &str) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(
                RichText::new(keys)
                    .monospace()
                    .small()
                    .color(Theme::of(ui).text_weak),
            );
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(what).truncate());
            });
        });
    });
}
