//! The edges between tiles that one drags: egui_tiles draws them and gives them no name.

use eframe::egui::accesskit::{Action, Node, Role};
use eframe::egui::{Context, Id};

/// Width of an edge as far as it can be taken hold of, in points; no other control is so thin.
const THIN: f64 = 12.0;

/// Tells screen readers what the edges of this frame are.
pub fn name(ctx: &Context) {
    let edges: Vec<Id> = ctx.viewport(|v| {
        let nodes = v.this_pass.accesskit_state.iter().flat_map(|a| &a.nodes);
        nodes
            .filter(|(_, n)| is_edge(n))
            .map(|(id, _)| *id)
            .collect()
    });
    for id in edges {
        ctx.accesskit_node_builder(id, |n| {
            n.set_role(Role::Splitter);
            n.set_label("Edge between panes");
        });
    }
}

fn is_edge(n: &Node) -> bool {
    let thin = |b: eframe::egui::accesskit::Rect| b.width() <= THIN || b.height() <= THIN;
    n.role() == Role::Unknown
        && n.label().is_none()
        && n.supports_action(Action::Focus)
        && n.bounds().is_some_and(thin)
}
