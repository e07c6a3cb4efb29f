//! A rectangle pulled over empty roll gathers notes.

use super::{Cx, Drag};
use crate::score::NoteId;
use crate::score::select::Joining;
use crate::studio::roll::overlay;
use crate::studio::roll::scene::{Look, Scene, is_new, look};
use eframe::egui::{CursorIcon, Painter, Rect, pos2};
use std::collections::BTreeSet;

/// Gathers the notes of the track in focus (of every visible track with Ctrl held, or without a focus).
/// Shift adds to what was selected, Alt takes away.
pub struct Marquee {
    /// Tick and height of the press: the corner stays with the music when the view scrolls.
    from: (f64, f64),
    to: (f64, f64),
    before: BTreeSet<NoteId>,
    moved: bool,
}

impl Marquee {
    pub fn new(cx: &mut Cx) -> Self {
        let from = cx.scene.g.point(cx.pos);
        Marquee {
            from,
            to: from,
            before: cx.input.selection.clone(),
            moved: false,
        }
    }
}

/// What was selected with what was gathered: added with Shift (or Ctrl), taken away with Alt, else in its place.
pub(super) fn join(
    cx: &Cx,
    before: &BTreeSet<NoteId>,
    found: BTreeSet<NoteId>,
) -> BTreeSet<NoteId> {
    let how = match (cx.mods.shift || cx.mods.command, cx.mods.alt) {
        (true, _) => Joining::Add,
        (_, true) => Joining::Subtract,
        _ => Joining::Replace,
    };
    how.of(before, found)
}

impl Drag for Marquee {
    fn update(&mut self, cx: &mut Cx) {
        self.to = cx.scene.g.point(cx.pos);
        self.moved = cx.moved;
        if !cx.moved {
            return;
        }
        let (t0, t1) = (self.from.0.min(self.to.0), self.from.0.max(self.to.0));
        let (h0, h1) = (self.from.1.min(self.to.1), self.from.1.max(self.to.1));
        let least = if cx.mods.command {
            Look::Dim
        } else {
            Look::Full
        };
        let inside = cx.input.score.notes().filter(|(track, n)| {
            look(cx.input, *track) >= least
                && !is_new(cx.input, n.id)
                && (n.start as f64) < t1
                && (n.end().max(n.start + 1) as f64) > t0
                && (n.pitch as f64) < h1
                && n.pitch as f64 + 1.0 > h0
        });
        let inside: BTreeSet<NoteId> = inside.map(|(_, n)| n.id).collect();
        cx.select(join(cx, &self.before, inside));
    }

    fn finish(&mut self, cx: &mut Cx) {
        if !cx.moved {
            cx.view.caret.tick = cx.grid.floor(cx.tick());
            cx.view.caret.pitch = cx.pitch();
            if !cx.mods.shift && !cx.mods.alt && !cx.mods.command {
                cx.select(BTreeSet::new());
            }
        }
    }

    fn cancel(&mut self, cx: &mut Cx) {
        cx.select(self.before.clone());
    }

    fn paint(&self, painter: &Painter, scene: &Scene) {
        if self.moved {
            let corner = |p: (f64, f64)| pos2(scene.g.x(p.0), scene.g.y(p.1));
            overlay::marquee(
                painter,
                scene,
                Rect::from_two_pos(corner(self.from), corner(self.to)),
            );
        }
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Crosshair
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, true)
    }
}
