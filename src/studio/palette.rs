//! The command palette: type a part of a name, press Enter.

use super::command::{Command, Spec, TABLE};
use super::fuzzy;
use super::state::State;
use super::theme::size;
use super::why_not::why_not;
use eframe::egui::{self, Key, Modifiers, RichText, Ui};

/// The palette while it is open.
#[derive(Default)]
pub struct Palette {
    query: String,
    selected: usize,
}

/// What came of a frame.
pub enum Choice {
    Open,
    Run(Command),
}

/// Points a letter for a word that is not in a command's name but begins that of its menu, or a word of its tooltip.
const OF_MENU: i32 = 4;
const OF_TOOLTIP: i32 = 2;
/// Shorter words are found in tooltips everywhere.
const TOLD: usize = 3;
/// More than any sum of letters: the name itself.
const EXACT: i32 = 10_000;

/// How well what is typed fits a command: each of its words by the name, else by the menu, else by what the tooltip
/// says. `None` when a word fits none of them.
fn score(query: &str, spec: &Spec) -> Option<i32> {
    let begins = |text: &str, word: &str| {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(|w| w.to_lowercase().starts_with(word))
    };
    let mut total = 0;
    for word in query.to_lowercase().split_whitespace() {
        let letters = word.chars().count();
        let other = match () {
            () if begins(spec.menu.name(), word) => Some(OF_MENU * letters as i32),
            () if letters >= TOLD && begins(spec.tooltip, word) => {
                Some(OF_TOOLTIP * letters as i32)
            }
            () => None,
        };
        total += fuzzy::word(word, spec.name).max(other)?;
    }
    let exact = query.trim().to_lowercase() == spec.name.to_lowercase();
    Some(total - fuzzy::length(spec.name) + if exact { EXACT } else { 0 })
}

/// The commands that fit, best first; the table's order for an empty query.
pub fn find(query: &str) -> Vec<&'static Spec> {
    let rows = TABLE.iter().filter(|s| s.command != Command::Palette);
    let fitting = rows.filter_map(|s| Some((score(query, s)?, s)));
    let mut found: Vec<(i32, &Spec)> = fitting.collect();
    if !query.trim().is_empty() {
        // Equal ones stay in the table's order.
        found.sort_by_key(|(score, _)| -score);
    }
    found.into_iter().map(|(_, s)| s).collect()
}

impl Palette {
    /// Draws the palette inside its window.
    pub fn ui(&mut self, ui: &mut Ui, state: &State) -> Choice {
        ui.set_width(480.0);
        let (up, down, enter) = ui.input_mut(|i| {
            (
                i.count_and_consume_key(Modifiers::NONE, Key::ArrowUp),
                i.count_and_consume_key(Modifiers::NONE, Key::ArrowDown),
                i.consume_key(Modifiers::NONE, Key::Enter),
            )
        });
        let field = egui::TextEdit::singleline(&mut self.query)
            .hint_text("Find a command")
            .desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("Find a command");
        field.request_focus();
        if field.changed() {
            self.selected = 0;
        }
        let found = find(&self.query);
        let moved = up + down > 0;
        self.selected = (self.selected + down)
            .saturating_sub(up)
            .min(found.len().saturating_sub(1));
        ui.add_space(size::UNIT);
        let mut choice = Choice::Open;
        egui::ScrollArea::vertical()
            .auto_shrink([false, true])
            .max_height(360.0)
            .show(ui, |ui| {
                if found.is_empty() {
                    ui.weak("No command is called that.");
                }
                ui.with_layout(egui::Layout::top_down_justified(egui::Align::LEFT), |ui| {
                    for (i, spec) in found.iter().enumerate() {
                        let why = why_not(spec.command, state);
                        let key = spec.key(ui.ctx());
                        let weak = ui.visuals().weak_text_color();
                        let menu = RichText::new(spec.menu.name()).color(weak).small();
                        let name = RichText::new(spec.name);
                        let name = if why.is_some() {
                            name.color(weak)
                        } else {
                            name
                        };
                        let row = egui::Button::selectable(i == self.selected, (name, menu))
                            .shortcut_text(RichText::new(key).color(weak));
                        let row = ui.add(row);
                        if i == self.selected {
                            // The field keeps the keyboard; a screen reader is told where one is in the list.
                            let told = row.id.accesskit_id();
                            ui.ctx().accesskit_node_builder(field.id, |b| {
                                b.set_active_descendant(told)
                            });
                            if moved {
                                row.scroll_to_me(None);
                            }
                        }
                        let hover = match &why {
                            Some(why) => format!("{}\n{why}", spec.tooltip),
                            None => spec.tooltip.into(),
                        };
                        if row.on_hover_text(hover).clicked() {
                            choice = Choice::Run(spec.command);
                        }
                    }
                });
            });
        if enter && let Some(spec) = found.get(self.selected) {
            choice = Choice::Run(spec.command);
        }
        choice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(query: &str) -> Option<&'static str> {
        find(query).first().map(|s| s.id)
    }

    #[test]
    fn the_command_one_means_comes_first() {
        for (query, id) in [
            ("export w", "file.export_wav"),
            ("undo", "edit.undo"),
            ("gen", "takes.generate"),
            ("octave up", "notes.octave_up"),
            ("caret octave up", "caret.octave_up"),
            ("mask invert", "mask.invert"),
            ("msn", "mask.selected"),
            ("quant", "notes.quantise"),
            ("wav", "file.export_wav"),
            ("png picture", "file.export_png"),
            // Not by its name, but by what is said of it.
            ("silence", "track.mute"),
        ] {
            assert_eq!(first(query), Some(id), "{query}");
        }
    }

    #[test]
    fn every_command_is_first_under_its_own_name_and_found_with_its_words_turned_round() {
        for spec in TABLE.iter().filter(|s| s.command != Command::Palette) {
            assert_eq!(first(spec.name), Some(spec.id));
            let turned: Vec<&str> = spec.name.split_whitespace().rev().collect();
            let found = find(&turned.join(" "));
            let place = found.iter().position(|s| s.id == spec.id);
            assert!(place.is_some_and(|p| p < 2), "{}: {place:?}", spec.name);
        }
    }

    #[test]
    fn what_does_not_occur_is_not_found() {
        assert!(find("zzzz").is_empty());
        assert!(find("undo zzzz").is_empty());
    }

    #[test]
    fn an_empty_query_lists_everything_in_order() {
        let all = find("");
        assert_eq!(all.len(), TABLE.len() - 1);
        assert_eq!(all[0].id, "file.new");
    }
}
