//! The lane under the notes: velocities, the tempo, or one of the track's wheels; and the list it is chosen from.

use super::grid;
use super::mesh::{Layer, crisp};
use super::scene::Scene;
use super::view::RollView;
use super::{tempo_lane, velocity, wheel_lane};
use crate::score::{ChannelEventKind, Track, Wheel};
use crate::studio::theme::size;
use eframe::egui::{Button, Painter, Popup, Rect, RichText, Shape, Stroke, Ui, pos2, vec2};
use serde::{Deserialize, Serialize};

/// What the lane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Lane {
    #[default]
    Velocity,
    /// The tempo of the piece.
    Tempo,
    /// A controller, the pitch bend or the pressure of the track in focus.
    Wheel(Wheel),
}

/// What the list offers on every track; what a track has besides is added.
const USUAL: [Lane; 8] = [
    Lane::Velocity,
    Lane::Tempo,
    Lane::Wheel(Wheel::Bend),
    Lane::Wheel(Wheel::Controller(1)),
    Lane::Wheel(Wheel::Controller(11)),
    Lane::Wheel(Wheel::Controller(64)),
    Lane::Wheel(Wheel::Controller(7)),
    Lane::Wheel(Wheel::Controller(10)),
];

/// Controllers that are known by a name: number, name, and the name in the room a keyboard is wide.
const NAMED: [(u8, &str, &str); 5] = [
    (1, "Modulation", "Modul."),
    (7, "Volume", "Volume"),
    (10, "Pan", "Pan"),
    (11, "Expression", "Expr."),
    (64, "Sustain", "Sustain"),
];

impl Lane {
    /// What it is called in the list.
    pub fn name(self) -> String {
        match self {
            Lane::Velocity => "Velocity".into(),
            Lane::Tempo => "Tempo".into(),
            Lane::Wheel(Wheel::Bend) => "Pitch bend".into(),
            Lane::Wheel(Wheel::Pressure) => "Pressure".into(),
            Lane::Wheel(Wheel::Controller(c)) => match NAMED.iter().find(|n| n.0 == c) {
                Some((_, name, _)) => format!("{name} (CC {c})"),
                None => format!("Controller {c}"),
            },
        }
    }

    /// The same in the room a keyboard is wide.
    pub fn short(self) -> String {
        match self {
            Lane::Wheel(Wheel::Bend) => "Bend".into(),
            Lane::Wheel(Wheel::Controller(c)) => match NAMED.iter().find(|n| n.0 == c) {
                Some((_, _, short)) => (*short).into(),
                None => format!("CC {c}"),
            },
            other => other.name(),
        }
    }
}

/// The lanes there are for a track: the usual ones, and every wheel it has events of.
pub fn lanes(track: Option<&Track>) -> Vec<Lane> {
    let mut all = USUAL.to_vec();
    let mut more: Vec<Lane> = Vec::new();
    for e in track.map(|t| t.events.as_slice()).unwrap_or(&[]) {
        let wheel = match e.kind {
            ChannelEventKind::Controller { controller, .. } => Wheel::Controller(controller),
            ChannelEventKind::ChannelPressure { .. } => Wheel::Pressure,
            _ => continue,
        };
        let lane = Lane::Wheel(wheel);
        if !all.contains(&lane) && !more.contains(&lane) {
            more.push(lane);
        }
    }
    more.sort_by_key(|l| match l {
        Lane::Wheel(Wheel::Controller(c)) => u16::from(*c),
        _ => 128,
    });
    all.extend(more);
    all
}

/// Paints the lane that is chosen.
pub fn paint(painter: &Painter, view: &RollView, scene: &Scene) {
    match view.lane {
        Lane::Velocity => velocity::paint(painter, scene),
        Lane::Tempo => tempo_lane::paint(painter, view, scene),
        Lane::Wheel(wheel) => wheel_lane::paint(painter, scene, wheel),
    }
}

/// Ground and lines of any lane.
pub fn ground(layer: &mut Layer, scene: &Scene) {
    let (t, lane) = (scene.theme, scene.parts.velocity);
    layer.rect(lane, t.row_black);
    layer.rect(scene.parts.velocity_label, t.panel);
    grid::lines(scene, lane, &mut |x, c| {
        let c = if c == t.line_bar {
            t.line_beat
        } else {
            t.line_division
        };
        layer.rect(
            Rect::from_min_max(pos2(x, lane.top()), pos2(x + 1.0, lane.bottom())),
            c,
        );
    });
}

/// A line across the lane.
pub fn across(layer: &mut Layer, scene: &Scene, y: f32) {
    let lane = scene.parts.velocity;
    let y = crisp(y, scene.pixels);
    layer.rect(
        Rect::from_min_max(pos2(lane.left(), y), pos2(lane.right(), y + 1.0)),
        scene.theme.line_division,
    );
}

/// The hairline between notes and lane.
pub fn edge(layer: &mut Layer, scene: &Scene) {
    let (all, lane) = (scene.parts.all, scene.parts.velocity);
    layer.rect(
        Rect::from_min_max(
            pos2(all.left(), lane.top() - 1.0),
            pos2(all.right(), lane.top()),
        ),
        scene.theme.line,
    );
}

/// The lane's name at its left, which opens the list of lanes.
pub fn choose(ui: &mut Ui, view: &mut RollView, scene: &Scene) {
    let label = scene.parts.velocity_label;
    if !label.is_positive() {
        return;
    }
    let t = scene.theme;
    let place = Rect::from_min_max(
        pos2(label.left() + 2.0, label.top() + 2.0),
        pos2(
            label.right() - 2.0,
            (label.top() + 22.0).min(label.bottom()),
        ),
    );
    let text = RichText::new(view.lane.short()).size(size::TEXT_SMALL);
    let button = Button::new(text.color(t.text_weak)).frame_when_inactive(false);
    ui.spacing_mut().button_padding.x = 2.0;
    let button = ui
        .put(place, button)
        .accessible_name(format!("Lane: {}", view.lane.name()))
        .on_hover_text("Choose what the lane under the notes shows");
    // A small wedge says that there is a list.
    let tip = pos2(button.rect.right() - 5.0, button.rect.center().y + 1.5);
    let wedge = [vec2(-3.0, -3.0), vec2(3.0, -3.0), vec2(0.0, 0.0)].map(|v| tip + v);
    ui.painter().add(Shape::convex_polygon(
        wedge.to_vec(),
        t.text_weak,
        Stroke::NONE,
    ));
    let focus = scene.input.focus_track;
    let track = focus.and_then(|t| scene.input.score.track(t));
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(150.0);
        for lane in lanes(track) {
            let on = lane == view.lane;
            if ui.add(Button::selectable(on, lane.name())).clicked() {
                view.lane = lane;
                view.show_velocity = true;
                ui.close();
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::TrackId;

    #[test]
    fn a_track_has_the_usual_lanes_and_those_of_its_own_controllers() {
        assert_eq!(lanes(None), USUAL);
        let mut track = Track::new(TrackId(1), "Melody", 0, 0);
        for wheel in [Wheel::Pressure, Wheel::Controller(74), Wheel::Controller(7)] {
            track.events.push(wheel.event(0, 5));
        }
        let more: Vec<String> = lanes(Some(&track))[USUAL.len()..]
            .iter()
            .map(|l| l.name())
            .collect();
        assert_eq!(more, ["Controller 74", "Pressure"]);
        assert_eq!(Lane::Wheel(Wheel::Controller(64)).name(), "Sustain (CC 64)");
    }
}
