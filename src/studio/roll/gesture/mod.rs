//! Gestures: what begins with a press, follows the pointer and ends with its release. One file each.

mod draw;
mod erase;
mod freehand;
mod keys;
mod knife;
mod lane_height;
mod loop_range;
mod marquee;
mod mask_bars;
mod mask_lasso;
mod mask_rect;
mod mask_rows;
mod masking;
mod minimap;
mod move_notes;
mod pan;
mod resize;
mod scroll;
mod section;
mod seek;
mod select_lasso;
mod stretch;
mod tempo;
mod velocity;
mod wheel;

use super::notes::{self, Zone};
use super::scene::Scene;
use super::snap::Grid;
use super::view::RollView;
use super::{Lane, RollAction, RollInput, Tool};
use crate::score::{Edit, Mask, Note, NoteId, TrackId};
use eframe::egui::{CursorIcon, Modifiers, Painter, PointerButton, Pos2};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// Points the pointer must travel for a press to become a drag.
pub const THRESHOLD: f32 = 3.0;

/// The part of the roll a press fell on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Canvas,
    Ruler,
    Sections,
    MaskLane,
    Keys,
    Velocity,
    Grip,
    Minimap,
    Scroll,
}

/// What a gesture sees and may change.
pub struct Cx<'a> {
    pub input: &'a RollInput<'a>,
    pub scene: &'a Scene<'a>,
    pub grid: Grid<'a>,
    pub pos: Pos2,
    pub mods: Modifiers,
    /// Whether the pointer has travelled far enough for a drag, now or before.
    pub moved: bool,
    pub view: &'a mut RollView,
    pub out: &'a mut Vec<RollAction>,
}

impl<'a> Cx<'a> {
    /// Tick under the pointer.
    pub fn tick(&self) -> f64 {
        self.scene.g.tick(self.pos.x)
    }

    /// Pitch under the pointer.
    pub fn pitch(&self) -> u8 {
        self.scene.g.pitch(self.pos.y)
    }

    /// The grid, or none while Alt is held.
    pub fn snapped(&self) -> Grid<'a> {
        self.grid.unless(self.mods.alt)
    }

    pub fn edit(&mut self, gesture: u64, edit: Edit) {
        self.out.push(RollAction::Edit { gesture, edit });
    }

    /// Selects, if that changes anything.
    pub fn select(&mut self, notes: BTreeSet<NoteId>) {
        if notes != *self.input.selection {
            self.out.push(RollAction::Select(notes));
        }
    }

    pub fn audition(&mut self, track: TrackId, pitch: u8, velocity: u8) {
        self.out.push(RollAction::Audition {
            track,
            pitch,
            velocity,
        });
    }

    /// The document's notes of these ids.
    pub fn notes(&self, ids: &BTreeSet<NoteId>) -> Vec<(TrackId, Note)> {
        let all = self.input.original.notes();
        all.filter(|(_, n)| ids.contains(&n.id))
            .map(|(t, n)| (t, *n))
            .collect()
    }

    /// The track that new notes go to: the one in focus, else the first visible.
    pub fn target(&self) -> Option<TrackId> {
        let focus = self
            .input
            .focus_track
            .filter(|t| self.input.original.track(*t).is_some());
        focus.or_else(|| super::scene::visible_tracks(self.input).first().copied())
    }
}

/// A gesture under way.
pub trait Drag: Send + Sync {
    /// The pointer, the modifiers or the view moved.
    fn update(&mut self, cx: &mut Cx);
    /// The button was released; without [`Cx::moved`] it was a click.
    fn finish(&mut self, cx: &mut Cx) {
        let _ = cx;
    }
    /// Escape: what was done is taken back.
    fn cancel(&mut self, cx: &mut Cx) {
        let _ = cx;
    }
    /// The mask as it would be if the button were released now.
    fn mask(&self) -> Option<&Mask> {
        None
    }
    /// Draws over the notes.
    fn paint(&self, painter: &Painter, scene: &Scene) {
        let _ = (painter, scene);
    }
    /// Draws over the velocity lane.
    fn paint_lane(&self, painter: &Painter, scene: &Scene) {
        let _ = (painter, scene);
    }
    fn cursor(&self) -> CursorIcon {
        CursorIcon::Default
    }
    /// Whether the view follows a pointer that leaves the canvas: (in time, in pitch).
    fn scrolls(&self) -> (bool, bool) {
        (false, false)
    }
}

/// A gesture and the press it began with.
pub struct Held {
    pub drag: Box<dyn Drag>,
    pub button: PointerButton,
    pub press: Pos2,
    pub moved: bool,
}

/// A number no other gesture of this process has. They begin high, away from the numbers that other
/// panes may count for their own drags.
pub fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1 << 32);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The tool in hand: the mask rectangle while `A` is held.
pub fn tool(input: &RollInput, a_held: bool) -> Tool {
    match input.tool {
        Tool::MaskLasso => Tool::MaskLasso,
        _ if a_held => Tool::MaskRect,
        t => t,
    }
}

/// The gesture a press begins.
pub fn begin(
    cx: &mut Cx,
    place: Place,
    button: PointerButton,
    tool: Tool,
) -> Option<Box<dyn Drag>> {
    match (place, button) {
        (Place::Canvas, PointerButton::Middle) => Some(Box::new(pan::Pan::new(cx))),
        (Place::Canvas, PointerButton::Secondary) if matches!(tool, Tool::Draw | Tool::Erase) => {
            Some(Box::new(erase::Erase::new(cx)))
        }
        (Place::Velocity, PointerButton::Primary | PointerButton::Secondary) => on_lane(
            cx,
            button == PointerButton::Secondary || tool == Tool::Erase,
        ),
        (_, PointerButton::Primary) => Some(match place {
            Place::Canvas => return on_canvas(cx, tool),
            Place::Ruler => loop_range::or_seek(cx),
            Place::Sections => Box::new(section::SectionDrag::new(cx)),
            Place::MaskLane => Box::new(mask_bars::MaskBars::new(cx)),
            Place::Keys if matches!(tool, Tool::MaskRect | Tool::MaskLasso) => {
                Box::new(mask_rows::MaskRows::new(cx))
            }
            Place::Keys => return Some(Box::new(keys::Keys::new(cx)?)),
            Place::Velocity => return None,
            Place::Grip => Box::new(lane_height::LaneHeight::new(cx)),
            Place::Minimap => Box::new(minimap::Minimap::new(cx)),
            Place::Scroll => Box::new(scroll::Scroll::new(cx)),
        }),
        _ => None,
    }
}

/// On the lane under the notes; `erase` takes points away.
fn on_lane(cx: &mut Cx, erase: bool) -> Option<Box<dyn Drag>> {
    match cx.view.lane {
        Lane::Velocity if erase && cx.input.tool != Tool::Erase => None,
        Lane::Velocity => Some(Box::new(velocity::Velocity::new(cx))),
        Lane::Tempo => Some(Box::new(tempo::TempoDrag::new(cx, erase))),
        Lane::Wheel(wheel) => Some(Box::new(wheel::WheelDrag::new(cx, wheel, erase)?)),
    }
}

fn on_canvas(cx: &mut Cx, tool: Tool) -> Option<Box<dyn Drag>> {
    let scene = cx.scene;
    match tool {
        Tool::MaskRect => return Some(Box::new(mask_rect::MaskRect::new(cx))),
        Tool::MaskLasso => return Some(Box::new(mask_lasso::MaskLasso::new(cx))),
        Tool::Erase => return Some(Box::new(erase::Erase::new(cx))),
        Tool::SelectLasso => return Some(Box::new(select_lasso::SelectLasso::new(cx))),
        Tool::Split => return Some(Box::new(knife::Knife::new(cx))),
        Tool::Select | Tool::Draw => {}
    }
    if let Some(hit) = notes::at(scene, cx.pos) {
        if !hit.editable {
            // A note of a take can be heard; it belongs to nobody until the take is accepted.
            return Some(Box::new(keys::Keys::of_note(cx, hit.track, hit.note)));
        }
        return Some(match hit.zone(cx.pos) {
            Zone::Body => Box::new(move_notes::MoveNotes::new(cx, &hit)),
            Zone::Left => Box::new(resize::Resize::new(cx, &hit, true)),
            Zone::Right if stretch::means(cx, &hit) => Box::new(stretch::Stretch::new(cx, &hit)),
            Zone::Right => Box::new(resize::Resize::new(cx, &hit, false)),
        });
    }
    match tool {
        Tool::Draw if !cx.mods.command => Some(Box::new(draw::Draw::new(cx)?)),
        _ => Some(Box::new(marquee::Marquee::new(cx))),
    }
}

/// What a double-click does with the selecting tool: it makes a note where there is none, and deletes the
/// one that is there.
pub fn double_click(cx: &mut Cx) {
    if let Some(hit) = notes::at(cx.scene, cx.pos) {
        if hit.editable {
            let id = hit.id();
            let selection = cx
                .input
                .selection
                .iter()
                .copied()
                .filter(|n| *n != id)
                .collect();
            cx.edit(number(), Edit::RemoveNotes([id].into()));
            cx.out.push(RollAction::Select(selection));
        }
        return;
    }
    // It sounds until the caller stops it, a moment later.
    let _ = draw::Draw::new(cx);
}

/// What a double-click on a key does: it selects the notes of its row, on the track in focus if there is one.
pub fn select_row(cx: &mut Cx) {
    let pitch = cx.pitch();
    let tracks = match cx.input.focus_track {
        Some(track) => vec![track],
        None => super::scene::visible_tracks(cx.input),
    };
    let notes = cx.input.original.notes();
    let row = notes.filter(|(t, n)| n.pitch == pitch && tracks.contains(t));
    let row = row.map(|(_, n)| n.id).collect();
    cx.select(row);
}

/// What the pointer over a place would do, as its shape says it.
pub fn cursor(scene: &Scene, place: Place, pos: Pos2, tool: Tool) -> CursorIcon {
    match place {
        Place::Canvas => match tool {
            Tool::MaskRect | Tool::MaskLasso | Tool::Erase | Tool::SelectLasso | Tool::Split => {
                CursorIcon::Crosshair
            }
            Tool::Select | Tool::Draw => {
                let locked = |t| scene.input.original.track(t).is_some_and(|t| t.locked);
                let editable = |h: &notes::Hit| h.editable && !locked(h.track);
                match notes::at(scene, pos).map(|h| (editable(&h), h.zone(pos))) {
                    Some((true, Zone::Body)) => CursorIcon::Grab,
                    Some((true, _)) => CursorIcon::ResizeHorizontal,
                    Some((false, _)) => CursorIcon::PointingHand,
                    None if tool == Tool::Draw => CursorIcon::Cell,
                    None => CursorIcon::Default,
                }
            }
        },
        Place::Ruler => loop_range::cursor(scene, pos),
        Place::Sections => CursorIcon::PointingHand,
        Place::MaskLane => CursorIcon::Crosshair,
        Place::Keys if matches!(tool, Tool::MaskRect | Tool::MaskLasso) => CursorIcon::Crosshair,
        Place::Keys => CursorIcon::PointingHand,
        Place::Velocity => CursorIcon::ResizeVertical,
        Place::Grip => CursorIcon::ResizeVertical,
        Place::Minimap => CursorIcon::Grab,
        Place::Scroll => CursorIcon::Default,
    }
}
