//! Dragging on the tempo lane: a point is moved in time and tempo, a press beside one puts a new one, with Shift the
//! tempo goes evenly from the press to the pointer, and the right button takes points away.

use super::{Cx, Drag, number};
use crate::score::timeline::{micros, ramp};
use crate::score::{Edit, Tempo};
use crate::studio::roll::scene::Scene;
use crate::studio::roll::tempo_lane::{at, map, words, y};
use crate::studio::theme::size;
use eframe::egui::{Align2, CursorIcon, FontId, Painter, Pos2, Stroke, pos2, vec2};

/// How near, in points, a point must be to be taken hold of.
const NEAR: f32 = 6.0;

enum Mode {
    /// This point, now at the second tick, as far from the pointer as it was taken.
    Point {
        first: Option<u32>,
        grip: f32,
    },
    Ramp {
        from: (u32, f64),
        to: (u32, f64),
    },
    Erase {
        last: f32,
    },
}

/// A change of the tempo map.
pub struct TempoDrag {
    gesture: u64,
    /// What the piece said before.
    said: Vec<Tempo>,
    /// The same with the tempo of the beginning.
    before: Vec<Tempo>,
    now: Vec<Tempo>,
    mode: Mode,
    /// What stands beside the pointer.
    told: Option<(u32, f64)>,
}

fn bpm(cx: &Cx, y: f32) -> f64 {
    let bpm = at(cx.scene.parts.velocity, cx.view.tempo_bounds, y);
    match cx.mods.alt {
        true => (bpm * 10.0).round() / 10.0,
        false => bpm.round(),
    }
}

impl TempoDrag {
    /// `erase` takes points away instead.
    pub fn new(cx: &mut Cx, erase: bool) -> Self {
        let before = map(cx.input.original);
        let lane = cx.scene.parts.velocity;
        let here = |t: &&Tempo| {
            let height = y(lane, cx.view.tempo_bounds, t.bpm());
            let way = pos2(cx.scene.g.x(f64::from(t.tick)), height) - cx.pos;
            way.x.abs() <= NEAR && way.y.abs() <= NEAR
        };
        let taken = before.iter().find(here);
        let start = cx.snapped().round(cx.tick());
        let mode = match taken {
            _ if erase => Mode::Erase { last: cx.pos.x },
            _ if cx.mods.shift => {
                let from = (start, bpm(cx, cx.pos.y));
                Mode::Ramp { from, to: from }
            }
            Some(t) => Mode::Point {
                first: Some(t.tick),
                grip: cx.pos.y - y(lane, cx.view.tempo_bounds, t.bpm()),
            },
            None => Mode::Point {
                first: None,
                grip: 0.0,
            },
        };
        let mut drag = TempoDrag {
            gesture: number(),
            said: cx.input.original.tempos.clone(),
            now: before.clone(),
            before,
            mode,
            told: None,
        };
        if matches!(
            drag.mode,
            Mode::Erase { .. } | Mode::Point { first: None, .. }
        ) {
            drag.update(cx);
        }
        drag
    }

    fn emit(&mut self, cx: &mut Cx, label: &str, new: Vec<Tempo>) {
        if new == self.now {
            return;
        }
        self.now.clone_from(&new);
        let label = label.to_owned();
        let edits = vec![Edit::SetTempos(new)];
        cx.edit(self.gesture, Edit::Together { label, edits });
    }
}

/// A map with a tempo put at a tick, in place of what stands there.
fn with(map: &[Tempo], tick: u32, bpm: f64) -> Vec<Tempo> {
    let mut new: Vec<Tempo> = map.iter().filter(|t| t.tick != tick).copied().collect();
    let place = new.partition_point(|t| t.tick < tick);
    let micros_per_quarter = micros(bpm);
    new.insert(
        place,
        Tempo {
            tick,
            micros_per_quarter,
        },
    );
    new
}

impl Drag for TempoDrag {
    fn update(&mut self, cx: &mut Cx) {
        let tick = cx.snapped().round(cx.tick());
        match &mut self.mode {
            Mode::Point { first, grip } => {
                if first.is_some() && !cx.moved {
                    return;
                }
                let bpm = bpm(cx, cx.pos.y - *grip);
                // The tempo of the beginning stays there.
                let tick = if *first == Some(0) { 0 } else { tick };
                let mut rest = self.before.clone();
                rest.retain(|t| Some(t.tick) != *first);
                self.told = Some((tick, bpm));
                let label = match first {
                    Some(_) => "Move tempo",
                    None => "Add tempo",
                };
                let new = with(&rest, tick, bpm);
                self.emit(cx, label, new);
            }
            Mode::Ramp { from, to } => {
                if !cx.moved {
                    return;
                }
                *to = (tick, bpm(cx, cx.pos.y));
                let (a, b) = if from.0 <= to.0 {
                    (*from, *to)
                } else {
                    (*to, *from)
                };
                let ppq = u32::from(cx.input.original.ppq);
                // Sixteen steps, but none longer than a beat, where they would be heard, nor too many.
                let step = ((b.0 - a.0) / 16).clamp((ppq / 4).max(1), ppq.max(1));
                self.told = Some(*to);
                let new = match a.0 == b.0 {
                    true => self.before.clone(),
                    false => ramp(&self.before, (a.0, b.0), (a.1, b.1), step),
                };
                self.emit(cx, "Ramp tempo", new);
            }
            Mode::Erase { last } => {
                let (a, b) = (last.min(cx.pos.x) - NEAR, last.max(cx.pos.x) + NEAR);
                *last = cx.pos.x;
                let mut new = self.now.clone();
                let under = |t: &Tempo| (a..=b).contains(&cx.scene.g.x(f64::from(t.tick)));
                new.retain(|t| t.tick == 0 || !under(t));
                self.emit(cx, "Remove tempo", new);
            }
        }
    }

    fn cancel(&mut self, cx: &mut Cx) {
        if self.now != self.before {
            cx.edit(self.gesture, Edit::SetTempos(self.said.clone()));
        }
    }

    fn paint_lane(&self, painter: &Painter, scene: &Scene) {
        let lane = scene.parts.velocity;
        let painter = painter.with_clip_rect(lane.intersect(painter.clip_rect()));
        let Some((tick, bpm)) = self.told else { return };
        tell(
            &painter,
            scene,
            tick,
            lane.top(),
            &format!("{} bpm", words(bpm)),
        );
    }

    fn cursor(&self) -> CursorIcon {
        match self.mode {
            Mode::Erase { .. } => CursorIcon::Crosshair,
            _ => CursorIcon::Move,
        }
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, false)
    }
}

/// A value on a plate beside a tick, with a line under it.
pub fn tell(painter: &Painter, scene: &Scene, tick: u32, top: f32, words: &str) {
    let t = scene.theme;
    let x = scene.g.x(f64::from(tick));
    let lane = scene.parts.velocity;
    painter.vline(x, lane.y_range(), Stroke::new(1.0, t.selected));
    let font = FontId::proportional(size::TEXT_SMALL);
    let galley = painter.layout_no_wrap(words.into(), font, t.text);
    let right = x + 8.0 + galley.size().x + 8.0 > lane.right();
    let left = match right {
        true => x - 8.0 - galley.size().x,
        false => x + 8.0,
    };
    let at = Pos2::new(left, top + 3.0);
    let plate = Align2::LEFT_TOP
        .anchor_size(at, galley.size())
        .expand2(vec2(4.0, 1.0));
    painter.rect_filled(plate, 2.0, t.raised);
    painter.galley(at, galley, t.text);
}
