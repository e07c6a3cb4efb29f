//! Dragging on the velocity lane.

use super::{Cx, Drag, number};
use crate::score::shape::between;
use crate::score::{Edit, Note, NoteId};
use crate::studio::roll::scene::{Scene, is_new};
use crate::studio::roll::velocity::{at, shown, y};
use eframe::egui::{CursorIcon, Painter, Pos2, Stroke, pos2};
use std::collections::BTreeMap;

/// How near, in points, a head must be to be taken hold of, and a stem to be painted over.
const HEAD: f32 = 6.0;
const STEM: f32 = 3.0;

enum Mode {
    /// A head was taken: these notes, as they were, change by as much as it does.
    Relative { grabbed: u8, notes: Vec<Note> },
    /// Every stem passed over takes the pointer's height.
    Paint { last: Pos2 },
    /// Every stem between the two points, (tick, velocity), stands on the line between them.
    Line { from: (f64, u8), to: (f64, u8) },
}

/// Changes velocities: of the head that was taken hold of (and with it of the selection, if it belongs to
/// it), of every stem the pointer passes, or with Shift of every stem between press and pointer, on a line. While
/// notes are selected, painting and lines mean only them.
pub struct Velocity {
    gesture: u64,
    mode: Mode,
    before: BTreeMap<NoteId, Note>,
    now: BTreeMap<NoteId, u8>,
}

fn under<'s>(scene: &'s Scene, pos: Pos2) -> Option<&'s Note> {
    let lane = scene.parts.velocity;
    let chosen = |n: &Note| scene.input.selection.contains(&n.id);
    shown(scene)
        .into_iter()
        .flat_map(|(_, _, notes)| notes)
        .filter(|n| !is_new(scene.input, n.id))
        .filter(|n| {
            (scene.g.x(n.start as f64) - pos.x).abs() <= HEAD
                && (y(lane, n.velocity) - pos.y).abs() <= HEAD
        })
        .max_by_key(|n| chosen(n))
}

impl Velocity {
    pub fn new(cx: &mut Cx) -> Self {
        let here = (cx.tick(), at(cx.scene.parts.velocity, cx.pos.y));
        let mode = match under(cx.scene, cx.pos) {
            _ if cx.mods.shift => Mode::Line {
                from: here,
                to: here,
            },
            Some(n) => {
                let notes = if cx.input.selection.contains(&n.id) {
                    cx.notes(cx.input.selection)
                        .into_iter()
                        .map(|(_, n)| n)
                        .collect()
                } else {
                    vec![*n]
                };
                Mode::Relative {
                    grabbed: n.velocity,
                    notes,
                }
            }
            None => Mode::Paint { last: cx.pos },
        };
        let mut drag = Velocity {
            gesture: number(),
            mode,
            before: BTreeMap::new(),
            now: BTreeMap::new(),
        };
        if matches!(drag.mode, Mode::Paint { .. }) {
            drag.update(cx);
        }
        drag
    }

    fn emit(&mut self, cx: &mut Cx, new: Vec<Note>) {
        let changed: Vec<Note> = new
            .into_iter()
            .filter(|n| self.now.insert(n.id, n.velocity) != Some(n.velocity))
            .collect();
        if let Some(n) = changed.last() {
            cx.view.draw_velocity = n.velocity;
            cx.edit(self.gesture, Edit::ChangeNotes(changed));
        }
    }
}

impl Drag for Velocity {
    fn update(&mut self, cx: &mut Cx) {
        let lane = cx.scene.parts.velocity;
        let here = at(lane, cx.pos.y);
        let new: Vec<Note> = match &mut self.mode {
            Mode::Relative { grabbed, notes } => {
                if !cx.moved {
                    return;
                }
                let by = here as i32 - *grabbed as i32;
                for n in notes.iter() {
                    self.before.entry(n.id).or_insert(*n);
                }
                let with = |n: &Note| (n.velocity as i32 + by).clamp(1, 127) as u8;
                notes
                    .iter()
                    .map(|n| Note {
                        velocity: with(n),
                        ..*n
                    })
                    .collect()
            }
            Mode::Paint { last } => {
                let (from, to) = (*last, cx.pos);
                *last = to;
                let (left, right) = (from.x.min(to.x) - STEM, from.x.max(to.x) + STEM);
                let any = !cx.input.selection.is_empty();
                let mut new = Vec::new();
                for (_, _, notes) in shown(cx.scene) {
                    for n in notes {
                        let x = cx.scene.g.x(n.start as f64);
                        if x < left || x > right || is_new(cx.input, n.id) {
                            continue;
                        }
                        if any && !cx.input.selection.contains(&n.id) {
                            continue;
                        }
                        // Between two frames the pointer went straight.
                        let share = if to.x == from.x {
                            1.0
                        } else {
                            ((x - from.x) / (to.x - from.x)).clamp(0.0, 1.0)
                        };
                        let velocity = at(lane, from.y + (to.y - from.y) * share);
                        self.before.entry(n.id).or_insert(*n);
                        new.push(Note { velocity, ..*n });
                    }
                }
                new
            }
            Mode::Line { from, to } => {
                if !cx.moved {
                    return;
                }
                *to = (cx.scene.g.tick(cx.pos.x), here);
                let (a, b) = ((from.0, from.1 as f64), (to.0, to.1 as f64));
                let near = STEM as f64 / cx.scene.g.scale;
                let (left, right) = (a.0.min(b.0) - near, a.0.max(b.0) + near);
                let any = !cx.input.selection.is_empty();
                let mut new = BTreeMap::new();
                for n in shown(cx.scene).into_iter().flat_map(|(_, _, notes)| notes) {
                    let start = n.start as f64;
                    if start < left || start > right || is_new(cx.input, n.id) {
                        continue;
                    }
                    if any && !cx.input.selection.contains(&n.id) {
                        continue;
                    }
                    let before = *self.before.entry(n.id).or_insert(*n);
                    let velocity = between(a, b, start);
                    new.insert(n.id, Note { velocity, ..before });
                }
                // What the line has left again is as it was.
                for (id, n) in &self.before {
                    new.entry(*id).or_insert(*n);
                }
                new.into_values().collect()
            }
        };
        self.emit(cx, new);
    }

    fn paint_lane(&self, painter: &Painter, scene: &Scene) {
        if let Mode::Line { from, to } = &self.mode {
            let lane = scene.parts.velocity;
            let point = |p: &(f64, u8)| pos2(scene.g.x(p.0), y(lane, p.1));
            painter.with_clip_rect(lane).line_segment(
                [point(from), point(to)],
                Stroke::new(1.5, scene.theme.selected),
            );
        }
    }

    fn cancel(&mut self, cx: &mut Cx) {
        if !self.before.is_empty() {
            let notes = self.before.values().copied().collect();
            cx.edit(self.gesture, Edit::ChangeNotes(notes));
        }
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::ResizeVertical
    }
}
