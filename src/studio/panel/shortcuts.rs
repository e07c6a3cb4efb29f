//! Every command with its keys, to be found by name or key and changed.

use crate::studio::bindings::{self, Bindings, Changes};
use crate::studio::command::{Spec, TABLE, key_text};
use crate::studio::palette;
use crate::studio::shortcuts::Shortcuts;
use crate::studio::theme::{Theme, size};
use eframe::egui::{self, Event, Key, KeyboardShortcut, Modifiers, RichText, ScrollArea, Ui};

/// Draws the pane.
pub fn show(ui: &mut Ui, pane: &mut Shortcuts, changes: &mut Changes) {
    ui.set_width(520.0);
    if let Some((command, place)) = pane.waiting
        && let Some(key) = take_key(ui)
    {
        pane.waiting = None;
        pane.refused.clear();
        if key.logical_key != Key::Escape
            && let Err(e) = bindings::assign(changes, command, place, key)
        {
            pane.refused = e.to_string();
        }
    }
    ui.horizontal(|ui| {
        ui.label(RichText::new("Shortcuts").strong());
        if ui.button("Reset all").clicked() {
            changes.clear();
            pane.refused.clear();
        }
    });
    let field = egui::TextEdit::singleline(&mut pane.query)
        .hint_text("Find by name or key")
        .desired_width(f32::INFINITY);
    ui.add_enabled(pane.waiting.is_none(), field)
        .accessible_name("Find by name or key");
    let t = Theme::of(ui);
    let words = match &pane.waiting {
        Some((command, _)) => format!("Press a key for \"{}\"; Esc leaves it", command.spec().name),
        None => pane.refused.clone(),
    };
    ui.label(RichText::new(words).color(t.mask));
    ui.add_space(size::UNIT);
    let now = Bindings::of(changes);
    ScrollArea::vertical()
        .max_height((ui.ctx().content_rect().height() - 220.0).max(120.0))
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for spec in TABLE {
                if fits(ui, &pane.query, spec, &now) {
                    row(ui, pane, changes, spec, &now);
                }
            }
        });
}

fn fits(ui: &Ui, query: &str, spec: &Spec, now: &Bindings) -> bool {
    let keys = now.keys(spec.command).iter();
    let wanted = query.trim().to_lowercase();
    let mut keys = keys.map(|k| key_text(ui.ctx(), k).to_lowercase());
    palette::score(query, spec.name).is_some() || keys.any(|k| k == wanted)
}

fn row(ui: &mut Ui, pane: &mut Shortcuts, changes: &mut Changes, spec: &Spec, now: &Bindings) {
    ui.horizontal(|ui| {
        let name = spec.name.trim_end_matches("...");
        let row = egui::Layout::left_to_right(egui::Align::Center);
        ui.allocate_ui_with_layout(egui::vec2(240.0, 20.0), row, |ui| {
            ui.set_min_width(240.0);
            ui.add(egui::Label::new(name).truncate());
        });
        if bindings::is_fixed(spec.command) {
            ui.weak("Esc");
            return;
        }
        for (i, key) in now.keys(spec.command).iter().enumerate() {
            let text = key_text(ui.ctx(), key);
            let button = ui.button(&text);
            let button = button.on_hover_text("Click for another key; right click takes it away");
            if button.clicked() {
                pane.waiting = Some((spec.command, Some(i)));
            }
            if button.secondary_clicked() {
                bindings::remove(changes, spec.command, i);
            }
        }
        let add = ui
            .button("+")
            .on_hover_text("Gives the command one more key");
        if add.accessible_name(format!("Key for {name}")).clicked() {
            pane.waiting = Some((spec.command, None));
        }
        if changes.contains_key(spec.id) {
            let back = ui.button("Reset");
            if back.accessible_name(format!("Reset {name}")).clicked()
                && let Err(e) = bindings::reset(changes, spec.command)
            {
                pane.refused = e.to_string();
            }
        }
    });
}

/// The key pressed in this frame, taken out of the events.
fn take_key(ui: &Ui) -> Option<KeyboardShortcut> {
    ui.input_mut(|i| {
        let ctrl = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND, key));
        let found = i.events.iter().find_map(|e| match e {
            Event::Copy => ctrl(Key::C),
            Event::Cut => ctrl(Key::X),
            Event::Paste(_) => ctrl(Key::V),
            Event::Key {
                key,
                modifiers,
                pressed: true,
                repeat: false,
                ..
            } => Some(bindings::pressed(*key, *modifiers)),
            _ => None,
        });
        if found.is_some() {
            i.events
                .retain(|e| !matches!(e, Event::Key { .. } | Event::Text(_)));
        }
        found
    })
}
