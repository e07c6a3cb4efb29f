//! Dragging on the lane of a controller, the bend or the pressure: a pen that sets every step of the grid it passes,
//! with Shift a line from the press to the pointer, with the right button an eraser.

use super::tempo::tell;
use super::{Cx, Drag, number};
use crate::score::{ChannelEvent, Edit, TrackId, Wheel};
use crate::studio::roll::scene::Scene;
use crate::studio::roll::wheel_lane::{at, words};
use eframe::egui::{CursorIcon, Painter, Pos2};
use std::collections::BTreeMap;
use std::ops::Range;

enum Mode {
    Pen { last: Pos2 },
    Line { from: (f64, u16) },
    Erase { last: Pos2 },
}

/// A stretch of the curve drawn anew.
pub struct WheelDrag {
    gesture: u64,
    track: TrackId,
    wheel: Wheel,
    before: Vec<ChannelEvent>,
    now: Vec<ChannelEvent>,
    points: BTreeMap<u32, u16>,
    span: Option<Range<u32>>,
    mode: Mode,
    told: Option<(u32, u16)>,
}

impl WheelDrag {
    /// `None` if there is no track to draw on.
    pub fn new(cx: &mut Cx, wheel: Wheel, erase: bool) -> Option<Self> {
        let track = cx.input.focus_track?;
        let before = cx.input.original.track(track)?.events.clone();
        let mode = match (erase, cx.mods.shift) {
            (true, _) => Mode::Erase { last: cx.pos },
            (_, true) => Mode::Line {
                from: (cx.tick(), value(cx, wheel, cx.pos.y)),
            },
            _ => Mode::Pen { last: cx.pos },
        };
        let mut drag = WheelDrag {
            gesture: number(),
            track,
            wheel,
            now: before.clone(),
            before,
            points: BTreeMap::new(),
            span: None,
            mode,
            told: None,
        };
        if !matches!(drag.mode, Mode::Line { .. }) {
            drag.update(cx);
        }
        Some(drag)
    }

    fn cover(&mut self, from: u32, to: u32) {
        self.span = Some(match &self.span {
            Some(s) => s.start.min(from)..s.end.max(to),
            None => from..to,
        });
    }

    /// Sets every step between two places to the height the straight line has there.
    fn pen(&mut self, cx: &Cx, a: Pos2, b: Pos2) {
        let grid = cx.grid;
        let (left, right) = if a.x <= b.x { (a, b) } else { (b, a) };
        let end = cx.scene.g.tick(right.x);
        let step = |tick: u32| match cx.mods.alt || grid.snap == crate::studio::roll::Snap::Off {
            true => (tick, tick.saturating_add((u32::from(grid.ppq) / 16).max(1))),
            false => grid.cell(tick),
        };
        let mut tick = cx.scene.g.tick(left.x) as u32;
        loop {
            let (from, to) = step(tick);
            let x = cx.scene.g.x(f64::from(from)).clamp(left.x, right.x);
            let share = if right.x > left.x {
                (x - left.x) / (right.x - left.x)
            } else {
                1.0
            };
            // The step under the pointer has the pointer's height.
            let share = match f64::from(to) > end {
                true if b.x >= a.x => 1.0,
                _ => share,
            };
            let value = value(cx, self.wheel, left.y + (right.y - left.y) * share);
            self.points.insert(from, value);
            self.cover(from, to);
            if f64::from(to) > end || to <= tick {
                break;
            }
            tick = to;
        }
    }

    fn emit(&mut self, cx: &mut Cx, label: &str) {
        let Some(span) = self.span.clone() else {
            return;
        };
        let points: Vec<(u32, u16)> = self.points.iter().map(|(t, v)| (*t, *v)).collect();
        let events = self.wheel.drawn(&self.before, span, &points);
        if events == self.now {
            return;
        }
        self.now.clone_from(&events);
        let track = self.track;
        let edits = vec![Edit::SetEvents { track, events }];
        let label = label.to_owned();
        cx.edit(self.gesture, Edit::Together { label, edits });
    }
}

fn value(cx: &Cx, wheel: Wheel, y: f32) -> u16 {
    at(cx.scene.parts.velocity, wheel, y)
}

/// Points on a line between two, no closer than `step` ticks and none twice with the same value.
fn line(a: (f64, u16), b: (f64, u16), step: u32) -> BTreeMap<u32, u16> {
    let (a, b) = if a.0 <= b.0 { (a, b) } else { (b, a) };
    let (from, to) = (a.0.round() as u32, b.0.round() as u32);
    let mut points = BTreeMap::new();
    let mut last = None;
    for tick in (from..to).step_by(step.max(1) as usize).chain([to]) {
        let share = match to > from {
            true => f64::from(tick - from) / f64::from(to - from),
            false => 1.0,
        };
        let value = (f64::from(a.1) + (f64::from(b.1) - f64::from(a.1)) * share).round() as u16;
        if last != Some(value) {
            points.insert(tick, value);
        }
        last = Some(value);
    }
    points
}

impl Drag for WheelDrag {
    fn update(&mut self, cx: &mut Cx) {
        let here = cx.pos;
        self.told = Some((cx.tick() as u32, value(cx, self.wheel, here.y)));
        match &mut self.mode {
            Mode::Pen { last } => {
                let from = std::mem::replace(last, here);
                self.pen(cx, from, here);
                self.emit(cx, "Draw controllers");
            }
            Mode::Line { from } => {
                if !cx.moved {
                    return;
                }
                let from = *from;
                let snapped = cx.snapped();
                let ends = [from.0, cx.tick()].map(|t| f64::from(snapped.round(t)));
                let to = value(cx, self.wheel, here.y);
                let fine = (u32::from(cx.grid.ppq) / 16).max(1);
                self.points = line((ends[0], from.1), (ends[1], to), fine);
                let (a, b) = (ends[0].min(ends[1]) as u32, ends[0].max(ends[1]) as u32);
                self.span = Some(a..b.saturating_add(1));
                self.emit(cx, "Draw a line of controllers");
            }
            Mode::Erase { last } => {
                let from = std::mem::replace(last, here);
                let (a, b) = (from.x.min(here.x) - 3.0, from.x.max(here.x) + 3.0);
                let (a, b) = (cx.scene.g.tick(a) as u32, cx.scene.g.tick(b).ceil() as u32);
                self.cover(a, b.max(a + 1));
                self.told = None;
                self.emit(cx, "Erase controllers");
            }
        }
    }

    fn cancel(&mut self, cx: &mut Cx) {
        if self.now != self.before {
            let events = self.before.clone();
            let track = self.track;
            cx.edit(self.gesture, Edit::SetEvents { track, events });
        }
    }

    fn paint_lane(&self, painter: &Painter, scene: &Scene) {
        let lane = scene.parts.velocity;
        let painter = painter.with_clip_rect(lane.intersect(painter.clip_rect()));
        if let Some((tick, value)) = self.told {
            tell(&painter, scene, tick, lane.top(), &words(self.wheel, value));
        }
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::Crosshair
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_both_ends_and_no_point_that_says_nothing() {
        let up = line((100.0, 0), (0.0, 100), 10);
        assert_eq!(up.len(), 11);
        assert_eq!((up[&0], up[&50], up[&100]), (100, 50, 0));
        let flat = line((0.0, 64), (1000.0, 64), 10);
        assert_eq!(flat.into_iter().collect::<Vec<_>>(), [(0, 64)]);
        assert_eq!(line((5.0, 1), (5.0, 9), 10), [(5, 9)].into());
    }
}
