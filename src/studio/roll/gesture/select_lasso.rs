//! A freehand line that gathers the notes inside it.

use super::freehand::Freehand;
use super::marquee::join;
use super::move_notes::clicked;
use super::{Cx, Drag};
use crate::score::{Note, NoteId};
use crate::studio::roll::notes;
use crate::studio::roll::scene::{Look, Scene, is_new, look};
use eframe::egui::{CursorIcon, Painter};
use std::collections::BTreeSet;

/// Gathers, when the button is released, the notes whose middle lies inside the line: those of the track in focus, with
/// Ctrl those of every visible track. Shift adds to what was selected, Alt takes away. A click is a click.
pub struct SelectLasso {
    line: Freehand,
}

impl SelectLasso {
    pub fn new(cx: &mut Cx) -> Self {
        SelectLasso {
            line: Freehand::new(cx),
        }
    }
}

/// Whether a point lies inside a line closed by itself (a ray from it crosses the line an odd number of times).
fn inside(line: &[(f64, f64)], p: (f64, f64)) -> bool {
    let crossings = line
        .iter()
        .zip(line.iter().cycle().skip(1))
        .filter(|(a, b)| (a.1 <= p.1) != (b.1 <= p.1))
        .filter(|(a, b)| a.0 + (p.1 - a.1) / (b.1 - a.1) * (b.0 - a.0) > p.0);
    crossings.count() % 2 == 1
}

fn middle(n: &Note) -> (f64, f64) {
    (n.start as f64 + n.length as f64 / 2.0, n.pitch as f64 + 0.5)
}

impl Drag for SelectLasso {
    fn update(&mut self, cx: &mut Cx) {
        self.line.follow(cx);
    }

    fn finish(&mut self, cx: &mut Cx) {
        if !cx.moved {
            match notes::at(cx.scene, cx.pos).filter(|h| h.editable) {
                Some(hit) => clicked(cx, hit.id()),
                None if !cx.mods.shift && !cx.mods.alt && !cx.mods.command => {
                    cx.select(BTreeSet::new())
                }
                None => {}
            }
            return;
        }
        let least = if cx.mods.command {
            Look::Dim
        } else {
            Look::Full
        };
        let found = cx.input.score.notes().filter(|(track, n)| {
            look(cx.input, *track) >= least
                && !is_new(cx.input, n.id)
                && inside(&self.line.points, middle(n))
        });
        let found: BTreeSet<NoteId> = found.map(|(_, n)| n.id).collect();
        cx.select(join(cx, cx.input.selection, found));
    }

    fn paint(&self, painter: &Painter, scene: &Scene) {
        self.line.paint(painter, scene, scene.theme.selected);
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Crosshair
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bay_of_the_line_is_outside() {
        // A U, open above.
        let u = [
            (0.0, 0.0),
            (9.0, 0.0),
            (9.0, 9.0),
            (6.0, 9.0),
            (6.0, 3.0),
            (3.0, 3.0),
            (3.0, 9.0),
            (0.0, 9.0),
        ];
        let at = |x, y| inside(&u, (x, y));
        assert!(at(1.0, 5.0) && at(8.0, 5.0) && at(4.5, 1.0));
        assert!(!at(4.5, 5.0), "between the arms");
        assert!(!at(-1.0, 5.0) && !at(10.0, 5.0) && !at(4.5, 20.0));
        assert!(!inside(&[], (0.0, 0.0)));
    }
}
