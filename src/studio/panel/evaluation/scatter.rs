//! Two metrics against each other, a point a piece. A click takes the piece in hand.

use super::{pick, weak};
use crate::evaluation::report::number;
use crate::evaluation::{Metric, registry};
use crate::studio::evaluation;
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use eframe::egui::{
    self, Align2, Color32, FontId, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2,
};

/// Room for the numbers and words at the left and below.
const LEFT: f32 = 52.0;
const BELOW: f32 = 34.0;
/// Radius of a point, and how near the pointer must come, in points.
const POINT: f32 = 3.5;
const NEAR: f32 = 9.0;

struct Point {
    row: usize,
    piece: usize,
    x: f64,
    y: f64,
    colour: Color32,
}

/// Draws menus and points.
pub fn show(ui: &mut Ui, state: &mut State) {
    let metrics = state.evaluation.metrics_of_pieces();
    let Some((mut along, mut up)) = state.evaluation.axes else {
        ui.label(weak(
            ui,
            "No metric of this study is a figure of single pieces.",
        ));
        return;
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(weak(ui, "across"));
        if let Some(Some(key)) = pick::metric(ui, "Metric across", &metrics, Some(along), None) {
            along = key;
        }
        ui.label(weak(ui, "up"));
        if let Some(Some(key)) = pick::metric(ui, "Metric up", &metrics, Some(up), None) {
            up = key;
        }
    });
    state.evaluation.axes = Some((along, up));
    pick::rows(ui, state);
    ui.add_space(size::UNIT);
    let (Some(along), Some(up)) = (registry::find(along), registry::find(up)) else {
        return;
    };
    let points = points(ui, state, along, up);
    if let Some((row, piece)) = draw(ui, state, along, up, &points) {
        evaluation::show(state, row, piece);
    }
}

fn points(ui: &Ui, state: &State, along: &Metric, up: &Metric) -> Vec<Point> {
    let t = Theme::of(ui);
    let e = &state.evaluation;
    let mut points = Vec::new();
    for (i, row) in e.drawn().into_iter().enumerate() {
        let count = e.study.as_ref().and_then(|s| s.rows.get(row));
        for piece in 0..count.map_or(0, |r| r.pieces.len()) {
            let figure = |m: &Metric| e.figure(row, piece, m.key);
            if let Some((x, y)) = figure(along).zip(figure(up)) {
                points.push(Point {
                    row,
                    piece,
                    x,
                    y,
                    colour: t.track(i),
                });
            }
        }
    }
    points
}

/// The smallest range that holds all, with some room.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
    match low <= high {
        true => {
            let room = ((high - low) * 0.06).max(high.abs() * 1e-3).max(1e-6);
            (low - room, high + room)
        }
        false => (0.0, 1.0),
    }
}

/// Draws the points; the piece of the one that was clicked.
fn draw(
    ui: &mut Ui,
    state: &State,
    along: &Metric,
    up: &Metric,
    points: &[Point],
) -> Option<(usize, usize)> {
    use super::super::training::plot::ticks;
    let t = Theme::of(ui);
    let (space, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    let words = format!(
        "{} against {}, {} pieces",
        up.title,
        along.title,
        points.len()
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let frame = Rect::from_min_max(
        pos2(space.left() + LEFT, space.top() + 16.0),
        pos2(space.right() - 4.0, space.bottom() - BELOW),
    );
    let painter = ui.painter().with_clip_rect(space);
    painter.rect_filled(frame, 0.0, t.row);
    let (xs, ys) = (
        range(points.iter().map(|p| p.x)),
        range(points.iter().map(|p| p.y)),
    );
    let place = |x: f64, y: f64| -> Pos2 {
        let share = |v: f64, (low, high): (f64, f64)| ((v - low) / (high - low)) as f32;
        pos2(
            frame.left() + share(x, xs) * frame.width(),
            frame.bottom() - share(y, ys) * frame.height(),
        )
    };
    let font = FontId::proportional(size::TEXT_SMALL);
    let weak = t.text_weak;
    for v in ticks(ys.0, ys.1, 6) {
        let y = place(xs.0, v).y;
        painter.hline(frame.x_range(), y, (1.0, t.line_division));
        let at = pos2(frame.left() - size::UNIT, y);
        painter.text(at, Align2::RIGHT_CENTER, number(v), font.clone(), weak);
    }
    for v in ticks(xs.0, xs.1, 8) {
        let x = place(v, ys.0).x;
        painter.vline(x, frame.y_range(), (1.0, t.line_division));
        let at = pos2(x, frame.bottom() + 2.0);
        painter.text(at, Align2::CENTER_TOP, number(v), font.clone(), weak);
    }
    let named = |m: &Metric| format!("{} ({})", m.title, m.unit);
    let at = pos2(frame.center().x, space.bottom() - 2.0);
    painter.text(
        at,
        Align2::CENTER_BOTTOM,
        named(along),
        font.clone(),
        t.text,
    );
    painter.text(
        space.left_top(),
        Align2::LEFT_TOP,
        named(up),
        font.clone(),
        t.text,
    );
    if points.is_empty() {
        let text = "No piece of these rows has both figures.";
        painter.text(frame.center(), Align2::CENTER_CENTER, text, font, weak);
        return None;
    }
    let hand = &state.evaluation.hand;
    for p in points {
        let at = place(p.x, p.y);
        painter.circle_filled(at, POINT, p.colour.gamma_multiply(0.8));
        if (hand.row, hand.piece) == (p.row, p.piece) {
            painter.circle_stroke(at, POINT + 3.0, Stroke::new(1.5, t.selected));
        }
    }
    let pointer = response.hover_pos()?;
    let near = points
        .iter()
        .map(|p| (place(p.x, p.y).distance(pointer), p))
        .filter(|(d, _)| *d < NEAR)
        .min_by(|a, b| a.0.total_cmp(&b.0))?
        .1;
    painter.circle_stroke(place(near.x, near.y), POINT + 2.0, Stroke::new(1.0, t.text));
    let study = state.evaluation.study.as_ref()?;
    let row = study.rows.get(near.row)?;
    let name = row.pieces.get(near.piece).map_or("", |p| p.name.as_str());
    let clicked = response.clicked();
    response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .on_hover_text_at_pointer(format!(
            "{name} of {}\n{}: {}\n{}: {}",
            row.name,
            along.title,
            number(near.x),
            up.title,
            number(near.y)
        ));
    clicked.then_some((near.row, near.piece))
}
