//! From the pointer, the wheel and the held keys to scrolling, zooming and gestures.

use super::geometry::Geometry;
use super::gesture::{self, Cx, Held, Place, THRESHOLD};
use super::layout::Parts;
use super::notes;
use super::scene::Scene;
use super::snap::Grid;
use super::view::{ROWS, RollView, scales};
use super::{Lane, RollAction, RollInput, Tool};
use eframe::egui::{
    EventFilter, Id, Key, Modifiers, PointerButton, Pos2, Rect, Response, Role, Sense, Ui,
    WidgetInfo,
};
use std::time::Duration;

/// How fast the view follows a pointer that left the canvas: points a second for each point beyond.
const FOLLOW: f32 = 8.0;
/// Where on the canvas the playhead comes to stand when the page turns, and where it turns.
const PAGE: (f64, f64) = (0.08, 0.94);
/// Seconds a note made by a double-click sounds.
const SOUND: f64 = 0.25;

/// What the pointer is over, for drawing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pointed {
    pub pitch: Option<u8>,
    pub note: Option<Rect>,
    pub grip: bool,
    pub scroll: bool,
}

/// The parts of the roll that take the pointer.
pub struct Areas {
    pub canvas: Response,
    others: Vec<(Place, Response)>,
}

impl Areas {
    /// Lays them out for this frame.
    pub fn interact(ui: &Ui, id: Id, parts: &Parts, lane: Lane) -> Areas {
        let canvas = ui.interact(parts.canvas, id, Sense::click_and_drag());
        let others = [
            (Place::Ruler, parts.ruler, "Ruler"),
            (Place::Sections, parts.sections, "Sections"),
            (Place::MaskLane, parts.mask_lane, "Mask lane"),
            (Place::Keys, parts.keys, "Keyboard"),
            (Place::Velocity, parts.velocity, "Velocity lane"),
            (Place::Grip, parts.grip, "Height of the velocity lane"),
            (Place::Minimap, parts.minimap, "Overview"),
            (Place::Scroll, parts.scroll, "Pitch scroll bar"),
        ];
        let others = others
            .into_iter()
            .filter(|(_, rect, _)| rect.is_positive())
            .map(|(place, rect, name)| {
                let response = ui.interact(rect, id.with(name), Sense::drag());
                let said = match place {
                    Place::Velocity => format!("{} lane", lane.name()),
                    _ => name.to_owned(),
                };
                response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &said));
                (place, response)
            })
            .collect();
        Areas { canvas, others }
    }

    fn under_pointer(&self) -> Option<Place> {
        if self.canvas.contains_pointer() {
            return Some(Place::Canvas);
        }
        let over = self.others.iter().find(|(_, r)| r.contains_pointer());
        over.map(|(place, _)| *place)
    }
}

/// Wheel and pinch; the view that follows the playhead, or a pointer dragged beyond the edge.
pub fn navigate(
    ui: &Ui,
    view: &mut RollView,
    input: &RollInput,
    areas: &Areas,
    g: &mut Geometry,
    end: f64,
) {
    let mut moved = false;
    if let (Some(_), Some(pos)) = (areas.under_pointer(), ui.input(|i| i.pointer.latest_pos())) {
        let (scroll, zoom, shift) =
            ui.input(|i| (i.smooth_scroll_delta(), i.zoom_delta(), i.modifiers.shift));
        if zoom != 1.0 && shift {
            g.zoom_pitch(zoom, pos.y, ROWS);
        } else if zoom != 1.0 {
            let scales = scales(input.score.ppq, f64::from(g.canvas.width()), end);
            g.zoom_time(zoom as f64, pos.x, scales);
        }
        g.start -= scroll.x as f64 / g.scale;
        g.top += (scroll.y / g.row) as f64;
        // Zooming is no looking away: one wants to see the playhead closer.
        moved = scroll.x != 0.0;
    }
    let follows = view.may_follow(input.playing, moved) && input.follow;
    let width = g.canvas.width() as f64 / g.scale;
    if let Some(held) = view.held.0.as_ref().filter(|h| h.moved) {
        let (time, pitch) = held.drag.scrolls();
        let pos = ui.input(|i| i.pointer.latest_pos()).unwrap_or(held.press);
        let dt = ui.input(|i| i.stable_dt).min(0.05);
        let beyond = |v: f32, low: f32, high: f32| (v - high).max(0.0) + (v - low).min(0.0);
        let x = if time {
            beyond(pos.x, g.canvas.left(), g.canvas.right())
        } else {
            0.0
        };
        let y = if pitch {
            beyond(pos.y, g.canvas.top(), g.canvas.bottom())
        } else {
            0.0
        };
        if x != 0.0 || y != 0.0 {
            g.start += (x * FOLLOW * dt) as f64 / g.scale;
            g.top -= (y * FOLLOW * dt / g.row) as f64;
            ui.ctx().request_repaint();
        }
    } else if let Some(head) = input.playhead.filter(|_| follows) {
        let at = (head - g.start) / width;
        if view.is_busy() {
            // Whoever drags wants the notes to stay where they are.
        } else if input.follow_smooth {
            g.start = head - width / 2.0;
        } else if !(0.0..PAGE.1).contains(&at) {
            g.start = head - width * PAGE.0;
        }
    }
    g.clamp(end);
    view.keep(g);
}

/// Presses, drags and releases: what was done, and what the pointer is over.
pub fn gestures(
    ui: &Ui,
    view: &mut RollView,
    scene: &Scene,
    areas: &Areas,
) -> (Vec<RollAction>, Pointed) {
    let mut out = Vec::new();
    let input = scene.input;
    let (pos, mods, now) = ui.input(|i| (i.pointer.latest_pos(), i.modifiers, i.time));
    let typing = ui.ctx().text_edit_focused();
    let a_held =
        !typing && ui.input(|i| i.key_down(Key::A) && !i.modifiers.command && !i.modifiers.alt);
    let tool = gesture::tool(input, a_held);
    let place = areas.under_pointer();

    if view.stop_at.is_some_and(|t| now >= t) {
        view.stop_at = None;
        out.push(RollAction::AuditionStop);
    }
    if areas.canvas.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            tab: false,
            escape: view.is_busy(),
        };
        ui.memory_mut(|m| m.set_focus_lock_filter(areas.canvas.id, filter));
    }
    let grid = Grid {
        snap: input.snap,
        bars: input.bars,
        ppq: input.score.ppq,
    };
    let mut at = |view: &mut RollView,
                  pos: Pos2,
                  moved: bool,
                  mods: Modifiers,
                  act: &mut dyn FnMut(&mut Cx)| {
        act(&mut Cx {
            input,
            scene,
            grid,
            pos,
            mods,
            moved,
            view,
            out: &mut out,
        });
    };

    let mut held = view.held.0.take();
    if held.is_none()
        && let (Some(place), Some(pos)) = (place, pos)
    {
        let buttons = [
            PointerButton::Primary,
            PointerButton::Secondary,
            PointerButton::Middle,
        ];
        let pressed = buttons
            .into_iter()
            .find(|b| ui.input(|i| i.pointer.button_pressed(*b)));
        if let Some(button) = pressed {
            let press = ui.input(|i| i.pointer.press_origin()).unwrap_or(pos);
            if matches!(place, Place::Canvas | Place::MaskLane) {
                areas.canvas.request_focus();
            }
            at(view, press, false, mods, &mut |cx| {
                held = gesture::begin(cx, place, button, tool).map(|drag| Held {
                    drag,
                    button,
                    press,
                    moved: false,
                });
            });
        }
    }
    if let Some(mut h) = held.take() {
        let pos = pos.unwrap_or(h.press);
        let was = h.moved;
        h.moved |= pos.distance(h.press) > THRESHOLD;
        let escaped = !typing && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
        let released =
            ui.input(|i| i.pointer.button_released(h.button) || !i.pointer.button_down(h.button));
        at(view, pos, h.moved, mods, &mut |cx| {
            if escaped {
                h.drag.cancel(cx);
            } else {
                if was || h.moved || !released {
                    h.drag.update(cx);
                }
                if released {
                    h.drag.finish(cx);
                }
            }
        });
        if !escaped && !released {
            ui.ctx().set_cursor_icon(h.drag.cursor());
            view.held.0 = Some(h);
        } else if released
            && h.button == PointerButton::Primary
            && !h.moved
            && ui.input(|i| i.pointer.button_double_clicked(PointerButton::Primary))
        {
            match place {
                Some(Place::Canvas) if tool == Tool::Select => {
                    at(view, pos, false, mods, &mut |cx| gesture::double_click(cx));
                    view.stop_at = Some(now + SOUND);
                    ui.ctx()
                        .request_repaint_after(Duration::from_secs_f64(SOUND));
                }
                Some(Place::Sections) => out.push(RollAction::EditMarkers),
                Some(Place::Keys) if !matches!(tool, Tool::MaskRect | Tool::MaskLasso) => {
                    at(view, pos, false, mods, &mut gesture::select_row);
                }
                Some(Place::Ruler)
                    if input.loop_range.is_some() && pos.y < scene.parts.ruler.center().y =>
                {
                    out.push(RollAction::Loop(None));
                }
                _ => {}
            }
        }
    }

    let mut pointed = Pointed::default();
    if let (Some(place), Some(pos)) = (place, pos) {
        if matches!(place, Place::Canvas | Place::Keys) {
            pointed.pitch = Some(scene.g.pitch(pos.y));
        }
        pointed.grip = place == Place::Grip;
        pointed.scroll = place == Place::Scroll;
        if view.held.0.is_none() {
            ui.ctx()
                .set_cursor_icon(gesture::cursor(scene, place, pos, tool));
            if place == Place::Canvas {
                pointed.note = notes::at(scene, pos).map(|h| h.rect);
            }
        }
    }
    (out, pointed)
}
