//! The window as a screen reader and the Tab key meet it.

// Each test file uses a part of it.
#![allow(dead_code)]

use super::support::Desk;
use eframe::egui::accesskit::{Action, Role};
use egui_kittest::kittest::NodeT;
use std::collections::BTreeSet;

/// A name that is words. An icon's glyph is none, also beside words; a text that one reads may be a sign, such as a key's.
fn is_name(role: Role, text: &str) -> bool {
    let is_glyph = |c: char| ('\u{e000}'..='\u{f8ff}').contains(&c);
    match role {
        Role::Label => text.chars().any(|c| !c.is_whitespace() && !is_glyph(c)),
        _ => text.chars().any(char::is_alphanumeric) && !text.chars().any(is_glyph),
    }
}

/// Every visible control one can click or give the keyboard that has no name, with what and where it is.
pub fn nameless(desk: &Desk) -> Vec<String> {
    let mut found = Vec::new();
    for node in desk.harness.root().children_recursive() {
        let n = node.accesskit_node();
        let data = n.data();
        let control = data.supports_action(Action::Click) || data.supports_action(Action::Focus);
        // The bars of scroll areas are for pointers; what is scrolled is reached by its controls.
        if !control || n.is_hidden() || n.role() == Role::ScrollBar {
            continue;
        }
        let name = match n.role() {
            Role::Label => n.value(),
            _ => n.label(),
        };
        if !name.as_deref().is_some_and(|t| is_name(n.role(), t)) {
            found.push(format!("{:?} {name:?} at {:?}", n.role(), n.raw_bounds()));
        }
    }
    found
}

/// How many controls have a name.
pub fn controls(desk: &Desk) -> usize {
    let root = desk.harness.root();
    let all = root.children_recursive();
    all.filter(|n| n.accesskit_node().data().supports_action(Action::Focus))
        .count()
}

/// What has the keyboard: its role and name.
pub fn focused(desk: &Desk) -> Option<(Role, String)> {
    let root = desk.harness.root();
    let mut all = root.children_recursive();
    let node = all.find(|n| n.accesskit_node().is_focused())?;
    let n = node.accesskit_node();
    let name = match n.role() {
        Role::Label => n.value(),
        _ => n.label(),
    };
    Some((n.role(), name.unwrap_or_default()))
}

/// Presses Tab until the first stop comes again; the names of all stops.
pub fn tab_round(desk: &mut Desk, pane: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut ids = BTreeSet::new();
    for _ in 0..600 {
        desk.key("Tab");
        let id = desk.harness.ctx.memory(|m| m.focused());
        let Some(id) = id else { continue };
        let (role, name) = focused(desk).unwrap_or((Role::Unknown, String::new()));
        assert!(
            is_name(role, &name),
            "{pane}: Tab stops at a {role:?} without a name, after {:?}",
            seen.last()
        );
        if !ids.insert(id.accesskit_id().0) {
            return seen;
        }
        seen.push(name);
    }
    panic!("{pane}: Tab does not come round: {seen:?}");
}
