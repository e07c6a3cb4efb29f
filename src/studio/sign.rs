//! Icons that stand by themselves. Their glyph is no word, so a screen reader must not read it out.

use eframe::egui::{Label, Response, RichText, Ui};

/// An icon that only decorates what stands beside it: a screen reader passes it by.
pub fn decoration(ui: &mut Ui, icon: RichText) -> Response {
    let label = ui.add(Label::new(icon).selectable(false));
    let id = label.id;
    ui.ctx().accesskit_node_builder(id, |b| b.set_hidden());
    label
}

/// An icon that says something by itself, and the words for it.
pub fn telling(ui: &mut Ui, icon: RichText, words: &str) -> Response {
    let label = ui.add(Label::new(icon).selectable(false));
    let id = label.id;
    ui.ctx().accesskit_node_builder(id, |b| b.set_value(words));
    label
}
