//! The tempo of the piece on the lane under the notes: a point where it changes, a step from each to the next.

use super::lane;
use super::mesh::{Layer, crisp};
use super::scene::Scene;
use super::view::RollView;
use crate::score::timeline::micros;
use crate::score::{Score, Tempo};
use crate::studio::theme::{alpha, size};
use eframe::egui::{Align2, FontId, Painter, Rect, pos2, vec2};

/// Space above the fastest and below the slowest.
const MARGIN: f32 = 6.0;
/// Size of a point.
const HEAD: f32 = 6.0;
/// Beats a minute the lane spans at least.
const LEAST: f64 = 60.0;

/// The tempo map with the tempo that is in force at the beginning, which a piece need not say.
pub fn map(score: &Score) -> Vec<Tempo> {
    let mut map = score.tempos.clone();
    if map.first().is_none_or(|t| t.tick > 0) {
        let first = Tempo {
            tick: 0,
            micros_per_quarter: micros(120.0),
        };
        map.insert(0, first);
    }
    map
}

/// Slowest and fastest tempo the lane shows, with room around what the piece has, in round numbers.
pub fn bounds(map: &[Tempo]) -> (f64, f64) {
    let slowest = map.iter().map(Tempo::bpm).fold(f64::INFINITY, f64::min);
    let fastest = map.iter().map(Tempo::bpm).fold(0.0, f64::max);
    let (mut low, mut high) = (
        ((slowest - 10.0) / 10.0).floor() * 10.0,
        ((fastest + 10.0) / 10.0).ceil() * 10.0,
    );
    let spare = (LEAST - (high - low)).max(0.0) / 2.0;
    (low, high) = (
        ((low - spare) / 10.0).floor() * 10.0,
        ((high + spare) / 10.0).ceil() * 10.0,
    );
    if low < 10.0 {
        high += 10.0 - low;
        low = 10.0;
    }
    (low, high)
}

/// Height of a tempo on the lane.
pub fn y(lane: Rect, (low, high): (f64, f64), bpm: f64) -> f32 {
    let room = (lane.height() - 2.0 * MARGIN).max(1.0);
    let share = ((bpm - low) / (high - low)).clamp(0.0, 1.0);
    lane.bottom() - MARGIN - room * share as f32
}

/// Tempo at a height, within what the lane shows.
pub fn at(lane: Rect, (low, high): (f64, f64), y: f32) -> f64 {
    let room = (lane.height() - 2.0 * MARGIN).max(1.0);
    let share = f64::from((lane.bottom() - MARGIN - y) / room).clamp(0.0, 1.0);
    low + (high - low) * share
}

/// Paints the lane.
pub fn paint(painter: &Painter, view: &RollView, scene: &Scene) {
    let (t, lane) = (scene.theme, scene.parts.velocity);
    if !lane.is_positive() {
        return;
    }
    let map = map(scene.input.score);
    let bounds = view.tempo_bounds;
    let mut layer = Layer::default();
    lane::ground(&mut layer, scene);
    for bpm in [bounds.0, bounds.1] {
        lane::across(&mut layer, scene, y(lane, bounds, bpm));
    }
    let mut heads = Vec::new();
    for (i, tempo) in map.iter().enumerate() {
        let next = map.get(i + 1).map(|n| scene.g.x(f64::from(n.tick)));
        let right = next.unwrap_or(lane.right()).min(lane.right());
        let left = scene.g.x(f64::from(tempo.tick));
        if right < lane.left() || left > lane.right() {
            continue;
        }
        let (left, top) = (crisp(left, scene.pixels), y(lane, bounds, tempo.bpm()));
        let top = crisp(top, scene.pixels);
        let under = Rect::from_min_max(pos2(left, top), pos2(right, lane.bottom()));
        layer.rect(under.intersect(lane), alpha(t.playing, 0.16));
        let line = Rect::from_min_max(pos2(left, top), pos2(right, top + 1.5));
        layer.rect(line.intersect(lane), t.playing);
        heads.push((pos2(left, top), tempo.bpm(), right - left));
    }
    for (at, _, _) in &heads {
        let head = Rect::from_center_size(*at, vec2(HEAD, HEAD));
        if lane.expand(1.0).contains_rect(head.shrink(2.0)) {
            layer.soft_rect(head, t.playing, 1.0 / scene.pixels);
        }
    }
    lane::edge(&mut layer, scene);
    layer.paint(painter);
    let inside = painter.with_clip_rect(lane.intersect(painter.clip_rect()));
    let font = FontId::proportional(size::TEXT_SMALL);
    for (at, bpm, room) in heads {
        if room < 34.0 {
            continue;
        }
        // Above the line, unless that would be outside the lane.
        let above = at.y - lane.top() > 16.0;
        let (dy, align) = match above {
            true => (-2.0, Align2::LEFT_BOTTOM),
            false => (3.0, Align2::LEFT_TOP),
        };
        let place = pos2(at.x.max(lane.left()) + 6.0, at.y + dy);
        inside.text(place, align, words(bpm), font.clone(), t.text_weak);
    }
    let label = scene.parts.velocity_label;
    let painter = painter.with_clip_rect(label.intersect(painter.clip_rect()));
    for (bpm, align) in [
        (bounds.0, Align2::RIGHT_BOTTOM),
        (bounds.1, Align2::RIGHT_TOP),
    ] {
        let place = pos2(label.right() - size::UNIT, y(lane, bounds, bpm));
        let place = match bpm == bounds.1 {
            true => pos2(place.x, place.y.max(label.top() + 22.0)),
            false => pos2(place.x, label.bottom() - 2.0),
        };
        if lane.height() > 56.0 {
            painter.text(place, align, words(bpm), font.clone(), t.text_weak);
        }
    }
}

/// "96", "96.5".
pub fn words(bpm: f64) -> String {
    let tenth = (bpm * 10.0).round() / 10.0;
    match tenth.fract() == 0.0 {
        true => format!("{tenth:.0}"),
        false => format!("{tenth:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_and_tempi_agree_within_round_bounds() {
        let tempo = |bpm| Tempo {
            tick: 0,
            micros_per_quarter: micros(bpm),
        };
        assert_eq!(bounds(&[tempo(96.0)]), (60.0, 130.0));
        assert_eq!(bounds(&[tempo(96.0), tempo(240.0)]), (80.0, 250.0));
        assert_eq!(bounds(&[tempo(12.0)]).0, 10.0);
        let lane = Rect::from_min_max(pos2(0.0, 100.0), pos2(50.0, 172.0));
        for bpm in [60.0, 77.0, 96.5, 130.0] {
            let back = at(lane, (60.0, 130.0), y(lane, (60.0, 130.0), bpm));
            assert!((back - bpm).abs() < 1e-3);
        }
        assert_eq!(
            (words(96.0), words(96.04), words(96.25)),
            ("96".into(), "96".into(), "96.3".into())
        );
        assert_eq!(map(&Score::default())[0].bpm(), 120.0);
    }
}
