//! The lane of velocities under the notes.

use super::lane;
use super::mesh::{Layer, crisp};
use super::scene::{Look, Scene, is_new};
use crate::score::{Note, TrackId};
use crate::studio::theme::{alpha, mix};
use eframe::egui::{Painter, Rect, pos2, vec2};

/// Space above the loudest and below the softest.
const MARGIN: f32 = 4.0;
/// Size of the head of a stem.
const HEAD: f32 = 5.0;
/// Stems that look different: plain, masked, and those beside a selection.
const KINDS: usize = 3;

/// Height of a velocity on the lane.
pub fn y(lane: Rect, velocity: u8) -> f32 {
    let room = (lane.height() - 2.0 * MARGIN).max(1.0);
    lane.bottom() - MARGIN - room * velocity.min(127) as f32 / 127.0
}

/// Velocity at a height, 1..=127.
pub fn at(lane: Rect, y: f32) -> u8 {
    let room = (lane.height() - 2.0 * MARGIN).max(1.0);
    (((lane.bottom() - MARGIN - y) / room) * 127.0)
        .round()
        .clamp(1.0, 127.0) as u8
}

/// The notes that have a stem: those of the track in focus, or of all that are visible without one.
pub fn shown<'s>(scene: &'s Scene) -> Vec<(usize, TrackId, &'s [Note])> {
    scene
        .drawing_order(scene.input.score)
        .into_iter()
        .filter(|(_, l)| *l == Look::Full)
        .filter_map(|(place, _)| {
            let track = scene.input.score.tracks.get(place)?;
            let t = scene.g.ticks();
            let range = track.starting_in(t.start, t.end);
            Some((place, track.id, track.notes.get(range)?))
        })
        .collect()
}

/// Paints the lane and its label.
pub fn paint(painter: &Painter, scene: &Scene) {
    let (t, lane) = (scene.theme, scene.parts.velocity);
    if !lane.is_positive() {
        return;
    }
    let mut layer = Layer::default();
    lane::ground(&mut layer, scene);
    for v in [64, 127] {
        lane::across(&mut layer, scene, y(lane, v));
    }
    let base = lane.bottom() - MARGIN;
    let selection = &scene.input.selection;
    let masked = !scene.cells.is_empty();
    let far = scene.overview();
    let width = if far { 1.0 } else { 2.0 };
    // From far away many stems fall on one pixel: the tallest of each kind is all one sees.
    let mut drawn = vec![[0u8; KINDS]; if far { lane.width().ceil() as usize } else { 0 }];
    for (place, track, notes) in shown(scene) {
        let full = scene
            .theme
            .note(t.track(scene.input.score.colour(place)), 127);
        drawn.fill([0; KINDS]);
        for n in notes {
            let chosen = !selection.is_empty() && selection.contains(&n.id);
            let (kind, colour) =
                if masked && !is_new(scene.input, n.id) && scene.cells.selects(track, n) {
                    (1, alpha(full, 0.4))
                } else if !selection.is_empty() && !chosen {
                    (2, mix(full, t.row_black, 0.5))
                } else {
                    (0, full)
                };
            let x = crisp(scene.g.x(n.start as f64), scene.pixels);
            let top = crisp(y(lane, n.velocity), scene.pixels);
            if far {
                let column = drawn.get_mut((x - lane.left()).max(0.0) as usize);
                match column.and_then(|c| c.get_mut(kind)) {
                    Some(tallest) if *tallest >= n.velocity => continue,
                    Some(tallest) => *tallest = n.velocity,
                    None => {}
                }
            }
            layer.rect(
                Rect::from_min_max(pos2(x, top), pos2(x + width, base)).intersect(lane),
                colour,
            );
            let head = Rect::from_center_size(pos2(x + width / 2.0, top), vec2(HEAD, HEAD));
            if !far && lane.contains_rect(head.shrink(1.0)) {
                if chosen {
                    layer.rect(head.expand(1.0), t.selected);
                }
                layer.soft_rect(head, colour, 1.0 / scene.pixels);
            }
        }
    }
    lane::edge(&mut layer, scene);
    layer.paint(painter);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_and_velocities_agree() {
        let lane = Rect::from_min_max(pos2(0.0, 100.0), pos2(50.0, 172.0));
        for v in 1..=127u8 {
            assert_eq!(at(lane, y(lane, v)), v);
        }
        assert_eq!((at(lane, -1e4), at(lane, 1e4)), (127, 1));
    }
}
