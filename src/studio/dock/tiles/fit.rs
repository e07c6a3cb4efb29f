//! How wide and high the tiles are: each as chosen, in points, and the one with the roll has the rest. egui_tiles itself
//! knows shares only, so that every pane would grow with the window.

use super::GAP;
use crate::studio::arrangement::{DockPane, Node};
use crate::studio::theme::size;
use eframe::egui::{Vec2, vec2};
use egui_tiles::{Container, LinearDir, Tile, TileId, Tiles};

/// Sets the shares of every row and column under a tile of this size.
pub fn fit(tiles: &mut Tiles<DockPane>, tile: TileId, room: Vec2) {
    let Some(Tile::Container(container)) = tiles.get(tile) else {
        return;
    };
    let parts = container.children_vec();
    let Container::Linear(linear) = container else {
        let below = vec2(room.x, (room.y - size::TABS).max(0.0));
        return parts.iter().for_each(|p| fit(tiles, *p, below));
    };
    let row = linear.dir == LinearDir::Horizontal;
    let seen: Vec<TileId> = parts
        .iter()
        .copied()
        .filter(|p| tiles.is_visible_in_layout(*p))
        .collect();
    let gaps = GAP * seen.len().saturating_sub(1) as f32;
    let whole = (if row { room.x } else { room.y } - gaps).max(1.0);
    let wanted: Vec<Wanted> = seen
        .iter()
        .map(|&p| Wanted {
            points: linear.shares[p],
            least: least(tiles, p, row),
            rest: holds_roll(tiles, p),
        })
        .collect();
    let sizes = share_out(&wanted, whole);
    if let Some(Tile::Container(Container::Linear(linear))) = tiles.get_mut(tile) {
        for (part, points) in seen.iter().zip(&sizes) {
            linear.shares.set_share(*part, *points);
        }
    }
    for (part, points) in seen.into_iter().zip(sizes) {
        let room = if row {
            vec2(points, room.y)
        } else {
            vec2(room.x, points)
        };
        fit(tiles, part, room);
    }
}

/// What a part of a row or column asks for, in points.
struct Wanted {
    points: f32,
    least: f32,
    /// It takes what is left.
    rest: bool,
}

/// Gives each its points. Where the part that takes the rest would become too small, the others give way, down to
/// their least; where there is none, all grow or shrink alike.
fn share_out(wanted: &[Wanted], whole: f32) -> Vec<f32> {
    let others: f32 = wanted.iter().filter(|w| !w.rest).map(|w| w.points).sum();
    let Some(rest) = wanted.iter().find(|w| w.rest) else {
        let scale = whole / others.max(1.0);
        return wanted.iter().map(|w| w.points * scale).collect();
    };
    // The roll is the hero: it never has less than half.
    let room = (whole - rest.least.max(whole / 2.0)).max(0.0);
    let given = |w: &Wanted| {
        if others <= room {
            return w.points;
        }
        // What is over the least shrinks; the least itself only if there is not even room for that.
        let least: f32 = wanted
            .iter()
            .filter(|w| !w.rest)
            .map(|w| w.least.min(w.points))
            .sum();
        let own = w.least.min(w.points);
        if least >= room {
            own * room / least.max(1.0)
        } else {
            own + (w.points - own) * (room - least) / (others - least).max(1.0)
        }
    };
    let given: Vec<f32> = wanted
        .iter()
        .map(|w| if w.rest { 0.0 } else { given(w) })
        .collect();
    let left = whole - given.iter().sum::<f32>();
    let with_rest = wanted.iter().zip(given);
    with_rest
        .map(|(w, g)| if w.rest { left.max(1.0) } else { g })
        .collect()
}

/// As small as a part becomes along a row (or a column).
fn least(tiles: &Tiles<DockPane>, tile: TileId, row: bool) -> f32 {
    let of = |tile: &TileId| {
        if tiles.is_visible_in_layout(*tile) {
            least(tiles, *tile, row)
        } else {
            0.0
        }
    };
    match tiles.get(tile) {
        Some(Tile::Pane(pane)) => {
            let (x, y) = pane.spec().least;
            f32::from(if row { x } else { y })
        }
        Some(Tile::Container(Container::Linear(l))) if (l.dir == LinearDir::Horizontal) == row => {
            l.children.iter().map(of).sum()
        }
        Some(Tile::Container(c)) => c.children().map(of).fold(0.0, f32::max),
        None => 0.0,
    }
}

fn holds_roll(tiles: &Tiles<DockPane>, tile: TileId) -> bool {
    match tiles.get(tile) {
        Some(Tile::Pane(pane)) => *pane == DockPane::Roll,
        Some(Tile::Container(c)) => c.children().any(|c| holds_roll(tiles, *c)),
        None => false,
    }
}

/// The points to write down for a part: none for the one with the roll, and for one that was just dropped (its share is
/// about 1) as many as its first pane wants.
pub fn points(node: &Node, share: f32, row: bool) -> u16 {
    if node.holds(DockPane::Roll) {
        return 0;
    }
    if share > 2.0 {
        return share.round().min(f32::from(u16::MAX)) as u16;
    }
    let size = DockPane::all()
        .find(|p| node.holds(*p))
        .map(|p| p.spec().size);
    size.map_or(200, |(x, y)| if row { x } else { y })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(points: &[(f32, f32, bool)], whole: f32) -> Vec<f32> {
        let wanted: Vec<Wanted> = points
            .iter()
            .map(|&(points, least, rest)| Wanted {
                points,
                least,
                rest,
            })
            .collect();
        share_out(&wanted, whole)
    }

    const SIDES: [(f32, f32, bool); 3] = [
        (216.0, 160.0, false),
        (0.0, 280.0, true),
        (232.0, 190.0, false),
    ];

    #[test]
    fn sides_keep_their_points_and_the_roll_has_the_rest() {
        assert_eq!(shares(&SIDES, 1280.0), [216.0, 832.0, 232.0]);
        assert_eq!(shares(&SIDES, 1920.0), [216.0, 1472.0, 232.0]);
    }

    #[test]
    fn in_a_small_window_the_sides_give_way_down_to_their_least() {
        let narrow = shares(&SIDES, 800.0);
        assert_eq!(narrow[1], 400.0);
        assert!(narrow[0] < 216.0 && narrow[0] > 160.0 && narrow[2] > 190.0);
        let tiny = shares(&SIDES, 400.0);
        assert!((tiny.iter().sum::<f32>() - 400.0).abs() < 0.01);
        assert!(tiny.iter().all(|p| *p > 30.0), "{tiny:?}");
    }

    #[test]
    fn without_the_roll_all_grow_alike() {
        let two = [(100.0, 50.0, false), (300.0, 50.0, false)];
        assert_eq!(shares(&two, 800.0), [200.0, 600.0]);
    }

    #[test]
    fn what_was_dropped_gets_the_size_of_its_pane() {
        let node = Node::Pane(DockPane::History);
        assert_eq!(points(&node, 1.0, true), 280);
        assert_eq!(points(&node, 333.4, true), 333);
        assert_eq!(points(&Node::Pane(DockPane::Roll), 500.0, true), 0);
    }
}
