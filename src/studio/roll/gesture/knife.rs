//! The knife: a click cuts a note, a line drawn across notes cuts each where it crosses.

use super::{Cx, Drag, number};
use crate::score::shape::cut;
use crate::score::{Note, NoteId};
use crate::studio::roll::scene::{Look, Scene, is_new, look};
use crate::studio::roll::{Grid, RollAction, notes, overlay};
use eframe::egui::{CursorIcon, Painter, pos2};
use std::collections::BTreeMap;

/// Cuts on the grid (Alt: exactly where the line is), when the button is released. A line means the notes of the track
/// in focus, with Ctrl of every visible track.
pub struct Knife {
    /// Tick and height of the press and of the pointer.
    from: (f64, f64),
    to: (f64, f64),
}

impl Knife {
    pub fn new(cx: &mut Cx) -> Self {
        let from = cx.scene.g.point(cx.pos);
        Knife { from, to: from }
    }

    /// Tick at which the line crosses the row of a pitch, in the middle of what it crosses of it.
    fn crossing(&self, pitch: u8) -> Option<f64> {
        let (low, high) = (self.from.1.min(self.to.1), self.from.1.max(self.to.1));
        let row = pitch as f64;
        if high < row || low >= row + 1.0 {
            return None;
        }
        if high == low {
            return Some(self.to.0);
        }
        let middle = (low.max(row) + high.min(row + 1.0)) / 2.0;
        let share = (middle - self.from.1) / (self.to.1 - self.from.1);
        Some(self.from.0 + (self.to.0 - self.from.0) * share)
    }
}

/// Where a note is cut: at the grid's line inside it that is nearest to `tick`, or, if none is inside, at the tick.
/// `None` if the tick is not on the note.
fn place(grid: &Grid, n: &Note, tick: f64) -> Option<u32> {
    if tick < n.start as f64 || tick >= n.end() as f64 {
        return None;
    }
    let inside = |t: &u32| n.start < *t && *t < n.end();
    let lines = [
        grid.round(tick),
        grid.floor(tick),
        grid.ceil(tick),
        tick.round() as u32,
    ];
    lines.into_iter().find(inside)
}

impl Drag for Knife {
    fn update(&mut self, cx: &mut Cx) {
        self.to = cx.scene.g.point(cx.pos);
    }

    fn finish(&mut self, cx: &mut Cx) {
        let grid = cx.snapped();
        let mut cuts: BTreeMap<NoteId, Vec<u32>> = BTreeMap::new();
        if cx.moved {
            let least = if cx.mods.command {
                Look::Dim
            } else {
                Look::Full
            };
            for (track, n) in cx.input.score.notes() {
                if look(cx.input, track) < least || is_new(cx.input, n.id) {
                    continue;
                }
                let at = self.crossing(n.pitch).and_then(|t| place(&grid, n, t));
                cuts.extend(at.map(|t| (n.id, vec![t])));
            }
        } else if let Some(hit) = notes::at(cx.scene, cx.pos).filter(|h| h.editable) {
            let at = place(&grid, hit.note, cx.tick());
            cuts.extend(at.map(|t| (hit.id(), vec![t])));
        }
        let score = cx.input.original;
        let Some((edit, new)) = cut(score, &cuts).edit(score, "Split") else {
            return;
        };
        cx.edit(number(), edit);
        // Both parts of what was selected stay selected.
        let selection = cx.input.selection;
        if cuts.keys().all(|id| selection.contains(id)) {
            let both = selection.union(&new).copied().collect();
            cx.out.push(RollAction::Select(both));
        }
    }

    fn paint(&self, painter: &Painter, scene: &Scene) {
        let point = |p: (f64, f64)| pos2(scene.g.x(p.0), scene.g.y(p.1));
        overlay::knife(painter, scene, point(self.from), point(self.to));
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
    use crate::score::Bars;
    use crate::studio::roll::Snap;

    #[test]
    fn a_slanting_line_crosses_rows_one_after_the_other() {
        let k = Knife {
            from: (0.0, 60.0),
            to: (400.0, 64.0),
        };
        let at = |p| k.crossing(p);
        assert_eq!(
            [at(60), at(61), at(63)],
            [Some(50.0), Some(150.0), Some(350.0)]
        );
        assert_eq!((at(59), at(65)), (None, None));
        let flat = Knife {
            from: (0.0, 60.5),
            to: (100.0, 60.5),
        };
        assert_eq!((flat.crossing(60), flat.crossing(61)), (Some(100.0), None));
    }

    #[test]
    fn a_cut_lies_on_the_grid_inside_the_note_or_where_the_knife_is() {
        let bars = Bars::new(&[], 480);
        let grid = Grid {
            snap: Snap::Division(4),
            bars: &bars,
            ppq: 480,
        };
        let note = |start, length| Note {
            id: NoteId(1),
            start,
            length,
            pitch: 60,
            velocity: 80,
            release: None,
        };
        let n = note(0, 480);
        assert_eq!(place(&grid, &n, 130.0), Some(120));
        assert_eq!(place(&grid, &n, 20.0), Some(120), "its own onset is no cut");
        assert_eq!(place(&grid, &n, 475.0), Some(360));
        assert_eq!(place(&grid, &n, 480.0), None);
        assert_eq!(place(&grid, &note(10, 100), 61.4), Some(61));
        assert_eq!(place(&grid.unless(true), &n, 131.0), Some(131));
    }
}
