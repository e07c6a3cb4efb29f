//! A controller, the pitch bend or the pressure of the track in focus, on the lane under the notes.

use super::lane;
use super::mesh::{Layer, crisp};
use super::scene::Scene;
use crate::score::Wheel;
use crate::studio::theme::{alpha, size};
use eframe::egui::{Align2, FontId, Painter, Rect, pos2, vec2};

/// Space above the greatest and below the least value.
const MARGIN: f32 = 4.0;
/// Size of the head of an event.
const HEAD: f32 = 5.0;

/// Height of a value on the lane.
pub fn y(lane: Rect, wheel: Wheel, value: u16) -> f32 {
    let room = (lane.height() - 2.0 * MARGIN).max(1.0);
    lane.bottom() - MARGIN - room * f32::from(value.min(wheel.most())) / f32::from(wheel.most())
}

/// Value at a height. Near the middle of the pitch bend it is exactly the middle: nobody wants a track a little flat.
pub fn at(lane: Rect, wheel: Wheel, y: f32) -> u16 {
    let room = (lane.height() - 2.0 * MARGIN).max(1.0);
    let most = f32::from(wheel.most());
    let value = (((lane.bottom() - MARGIN - y) / room) * most).round();
    let value = value.clamp(0.0, most) as u16;
    match wheel {
        Wheel::Bend if (self::y(lane, wheel, 8192) - y).abs() <= 2.0 => 8192,
        _ => value,
    }
}

/// A value as one says it: bend in parts of its way, pan to the sides, all others as they are.
pub fn words(wheel: Wheel, value: u16) -> String {
    match wheel {
        Wheel::Bend => match i32::from(value) - 8192 {
            0 => "0".into(),
            by => format!("{:+.0} %", f64::from(by) / 81.92),
        },
        Wheel::Controller(10) => match i32::from(value) - 64 {
            0 => "centre".into(),
            by if by < 0 => format!("left {}", -by),
            by => format!("right {by}"),
        },
        Wheel::Controller(64) if value >= 64 => "down".into(),
        Wheel::Controller(64) => "up".into(),
        _ => value.to_string(),
    }
}

/// Paints the lane.
pub fn paint(painter: &Painter, scene: &Scene, wheel: Wheel) {
    let (t, lane) = (scene.theme, scene.parts.velocity);
    if !lane.is_positive() {
        return;
    }
    let mut layer = Layer::default();
    lane::ground(&mut layer, scene);
    for value in [wheel.most() / 2 + 1, wheel.most()] {
        lane::across(&mut layer, scene, y(lane, wheel, value));
    }
    let score = scene.input.score;
    let place = scene
        .input
        .focus_track
        .and_then(|f| score.tracks.iter().position(|t| t.id == f));
    let track = place.and_then(|p| score.tracks.get(p));
    let mut any = false;
    if let (Some(place), Some(track)) = (place, track) {
        let colour = t.note(t.track(score.colour(place)), 127);
        let base = match wheel {
            Wheel::Bend => y(lane, wheel, 8192),
            _ => lane.bottom() - MARGIN,
        };
        let ticks = scene.g.ticks();
        let own = |e: &crate::score::ChannelEvent| wheel.value(e.kind).map(|v| (e.tick, v));
        let first = (ticks.start, wheel.at(&track.events, ticks.start));
        let from = track.events.partition_point(|e| e.tick <= ticks.start);
        let rest = track.events.get(from..).unwrap_or(&[]);
        let inside = rest.iter().take_while(|e| e.tick < ticks.end);
        let mut steps = vec![first];
        steps.extend(inside.filter_map(own));
        any = track.events.iter().any(|e| own(e).is_some());
        for (i, (tick, value)) in steps.iter().enumerate() {
            let right = steps.get(i + 1).map(|s| scene.g.x(f64::from(s.0)));
            let right = right.unwrap_or(lane.right()).min(lane.right());
            let left = crisp(scene.g.x(f64::from(*tick)), scene.pixels).max(lane.left());
            let top = crisp(y(lane, wheel, *value), scene.pixels);
            let body = Rect::from_two_pos(pos2(left, top), pos2(right, base));
            let strength = if any { 0.28 } else { 0.1 };
            layer.rect(body.intersect(lane), alpha(colour, strength));
            let line = Rect::from_min_max(pos2(left, top), pos2(right, top + 1.5));
            layer.rect(
                line.intersect(lane),
                alpha(colour, if any { 1.0 } else { 0.4 }),
            );
            let apart = right - left > HEAD + 1.0 || i + 1 == steps.len();
            if (i > 0 || *tick == 0) && any && apart && !scene.overview() {
                let head = Rect::from_center_size(pos2(left, top + 0.75), vec2(HEAD, HEAD));
                layer.soft_rect(head.intersect(lane), colour, 1.0 / scene.pixels);
            }
        }
    }
    lane::edge(&mut layer, scene);
    layer.paint(painter);
    if !any {
        let words = match track {
            Some(_) => "Drag to draw; Shift draws a line, the right button erases",
            None => "Take a track in hand to draw on it",
        };
        let inside = painter.with_clip_rect(lane.intersect(painter.clip_rect()));
        inside.text(
            lane.center(),
            Align2::CENTER_CENTER,
            words,
            FontId::proportional(size::TEXT_SMALL),
            t.text_weak,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_and_values_agree_and_the_middle_of_the_bend_is_exact() {
        let lane = Rect::from_min_max(pos2(0.0, 100.0), pos2(50.0, 172.0));
        let cc = Wheel::Controller(1);
        for v in 0..=127 {
            assert_eq!(at(lane, cc, y(lane, cc, v)), v);
        }
        assert_eq!((at(lane, cc, -1e4), at(lane, cc, 1e4)), (127, 0));
        let middle = y(lane, Wheel::Bend, 8192);
        assert_eq!(at(lane, Wheel::Bend, middle + 1.5), 8192);
        assert_eq!(at(lane, Wheel::Bend, lane.top()), 16383);
        assert_eq!(words(Wheel::Bend, 8192), "0");
        assert_eq!(words(Wheel::Bend, 16383), "+100 %");
        assert_eq!(words(Wheel::Controller(10), 44), "left 20");
    }
}
