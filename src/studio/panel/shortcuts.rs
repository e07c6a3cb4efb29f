//! Every command with its keys, to be found by name or key and changed.

use crate::studio::bindings::{self, Bindings, Changes};
use crate::studio::command::{Spec, TABLE, key_text};
use crate::studio::fuzzy;
use crate::studio::shortcuts::Shortcuts;
use crate::studio::theme::{Theme, icon, size};
use eframe::egui::{self, Event, Key, KeyboardShortcut, Modifiers, RichText, ScrollArea, Ui};
use lucide_icons::Icon;

/// Width of the pane and of the column of names, in points.
const WIDTH: f32 = 560.0;
const NAMES: f32 = 250.0;

/// Draws the pane.
pub fn show(ui: &mut Ui, pane: &mut Shortcuts, changes: &mut Changes) {
    ui.set_width(WIDTH);
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
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let all = egui::Button::new("Reset all");
            let all = ui.add_enabled(!changes.is_empty(), all);
            let all = all.on_hover_text("Gives every command the keys of the first day");
            if all.clicked() {
                changes.clear();
                pane.refused.clear();
            }
        });
    });
    let field = egui::TextEdit::singleline(&mut pane.query)
        .hint_text("Find by name or key")
        .desired_width(f32::INFINITY);
    let field = ui
        .add_enabled(pane.waiting.is_none(), field)
        .accessible_name("Find by name or key");
    if !std::mem::replace(&mut pane.opened, true) {
        field.request_focus();
    }
    told(ui, pane);
    let now = Bindings::of(changes);
    ScrollArea::vertical()
        .max_height((ui.ctx().content_rect().height() - 220.0).max(120.0))
        .auto_shrink([false, true])
        .show(ui, |ui| {
            // The bar floats over what is drawn.
            ui.set_max_width(ui.available_width() - size::PAD);
            let mut none = true;
            for spec in TABLE {
                if fits(ui, &pane.query, spec, &now) {
                    none = false;
                    row(ui, pane, changes, spec, &now);
                }
            }
            if none {
                ui.weak("No command is called that, or has that key.");
            }
        });
}

/// What is waited for, or why the last key was refused: read out by a screen reader when it changes.
fn told(ui: &mut Ui, pane: &Shortcuts) {
    let t = Theme::of(ui);
    let (words, colour) = match &pane.waiting {
        Some((command, _)) => (
            format!(
                "Press a key for \"{}\"; Esc leaves it",
                command.spec().name.trim_end_matches("...")
            ),
            t.mask,
        ),
        None if pane.refused.is_empty() => (
            "A key asks for one thing only; the new ones hold at once.".into(),
            t.text_weak,
        ),
        None => (pane.refused.clone(), t.error),
    };
    let label = egui::Label::new(RichText::new(words).small().color(colour)).wrap();
    let label = ui.add(label);
    ui.ctx().accesskit_node_builder(label.id, |b| {
        b.set_live(egui::accesskit::Live::Polite);
    });
    ui.add_space(size::UNIT);
}

fn fits(ui: &Ui, query: &str, spec: &Spec, now: &Bindings) -> bool {
    let keys = now.keys(spec.command).iter();
    let wanted = query.trim().to_lowercase();
    let mut keys = keys.map(|k| key_text(ui.ctx(), k).to_lowercase());
    fuzzy::score(query, spec.name).is_some() || keys.any(|k| k == wanted)
}

fn row(ui: &mut Ui, pane: &mut Shortcuts, changes: &mut Changes, spec: &Spec, now: &Bindings) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = size::UNIT;
        let name = spec.name.trim_end_matches("...");
        let row = egui::Layout::left_to_right(egui::Align::Center);
        ui.allocate_ui_with_layout(egui::vec2(NAMES, 20.0), row, |ui| {
            ui.set_min_width(NAMES);
            ui.add(egui::Label::new(name).truncate())
                .on_hover_text(spec.tooltip);
        });
        if bindings::is_fixed(spec.command) {
            ui.weak("Esc");
            return;
        }
        for (i, key) in now.keys(spec.command).iter().enumerate() {
            let text = key_text(ui.ctx(), key);
            let waits = pane.waiting == Some((spec.command, Some(i)));
            let button = ui.add(egui::Button::new(&text).selected(waits));
            let button = button
                .accessible_name(format!("{text} for {name}"))
                .on_hover_text("Click for another key in its place");
            if button.clicked() {
                pane.waiting = Some((spec.command, Some(i)));
            }
            if small(ui, Icon::X, format!("Take {text} from {name}")) {
                bindings::remove(changes, spec.command, i);
            }
        }
        if small(ui, Icon::Plus, format!("One more key for {name}")) {
            pane.waiting = Some((spec.command, None));
        }
        if changes.contains_key(spec.id)
            && small(ui, Icon::Undo2, format!("Reset {name}"))
            && let Err(e) = bindings::reset(changes, spec.command)
        {
            pane.refused = e.to_string();
        }
    });
}

/// A small button of an icon; `what` it does is its name and its tooltip.
fn small(ui: &mut Ui, glyph: Icon, what: String) -> bool {
    let weak = Theme::of(ui).text_weak;
    let glyph = icon(glyph).size(size::TEXT_SMALL).color(weak);
    ui.add(egui::Button::new(glyph).frame_when_inactive(false))
        .accessible_name(&what)
        .on_hover_text(what)
        .clicked()
}

/// The key pressed in this frame, taken out of the events. Ctrl, Shift and Alt go before the key they are held for.
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
            } if !bindings::is_modifier(*key) => Some(bindings::pressed(*key, *modifiers)),
            _ => None,
        });
        if found.is_some() {
            i.events
                .retain(|e| !matches!(e, Event::Key { .. } | Event::Text(_)));
        }
        found
    })
}
