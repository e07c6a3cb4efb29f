//! The plot of the arena: a metric against milliseconds on a logarithmic axis, a point a contender.

use super::kind_colour;
use crate::evaluation::arena::Arena;
use crate::evaluation::report::{Point, number};
use crate::evaluation::{Direction, Metric};
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use eframe::egui::{
    self, Align2, Color32, FontId, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

/// Room for the numbers and words at the left and below.
const LEFT: f32 = 56.0;
const ABOVE: f32 = 18.0;
const BELOW: f32 = 34.0;
/// Radius of a point, and how near the pointer must come, in points.
const POINT: f32 = 4.5;
const NEAR: f32 = 12.0;

/// Where milliseconds and values lie.
struct Scale {
    frame: Rect,
    /// Natural logarithms of milliseconds.
    times: (f64, f64),
    values: (f64, f64),
}

impl Scale {
    fn of(frame: Rect, points: &[Point], levels: &[f64]) -> Scale {
        let ends = |all: &mut dyn Iterator<Item = f64>, empty: (f64, f64)| {
            let (low, high) = all
                .filter(|v| v.is_finite())
                .fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
            if low <= high { (low, high) } else { empty }
        };
        let mut values = points
            .iter()
            .flat_map(|p| p.value)
            .chain(levels.iter().copied());
        let (low, high) = ends(&mut values, (0.0, 1.0));
        let room = ((high - low) * 0.08).max(high.abs() * 1e-3).max(1e-6);
        let (fast, slow) = ends(&mut points.iter().map(|p| p.millis.ln()), (0.0, 1.0));
        Scale {
            frame,
            times: (fast - 0.5, slow + 0.5),
            values: (low - room, high + room),
        }
    }

    fn place(&self, millis: f64, value: f64) -> Pos2 {
        let share = |v: f64, (low, high): (f64, f64)| ((v - low) / (high - low)) as f32;
        pos2(
            self.frame.left() + share(millis.ln(), self.times) * self.frame.width(),
            self.frame.bottom() - share(value, self.values) * self.frame.height(),
        )
    }
}

/// Draws it; the cell that was clicked.
pub fn show(
    ui: &mut Ui,
    state: &State,
    arena: &Arena,
    metric: &'static Metric,
    high: f32,
) -> Option<usize> {
    let t = Theme::of(ui);
    let (points, levels) = (arena.points(metric), arena.levels(metric));
    let (space, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), high), Sense::click());
    let words = format!(
        "{} against milliseconds a take, {} contenders",
        metric.title,
        points.len()
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let frame = Rect::from_min_max(
        pos2(space.left() + LEFT, space.top() + ABOVE),
        pos2(space.right() - 4.0, space.bottom() - BELOW),
    );
    let values: Vec<f64> = levels.iter().map(|l| l.value).collect();
    let scale = Scale::of(frame, &points, &values);
    let painter = ui.painter().with_clip_rect(space);
    axes(&painter, &scale, space, metric, t);
    let font = FontId::proportional(size::TEXT_SMALL);
    for l in &levels {
        let colour = kind_colour(ui, l.kind);
        let y = scale.place(1.0, l.value).y;
        let ends = [pos2(frame.left(), y), pos2(frame.right(), y)];
        painter.add(Shape::dashed_line(
            &ends,
            Stroke::new(1.0, colour),
            5.0,
            4.0,
        ));
        let at = pos2(frame.right() - 4.0, y - 1.0);
        let name = short(&l.name);
        painter.text(at, Align2::RIGHT_BOTTOM, name, font.clone(), colour);
    }
    front(&painter, &scale, &points, t.text_weak);
    let models = models(arena);
    let colour = |cell: usize| -> Color32 {
        let model = arena.cells.get(cell).map(|c| c.contender.model.as_str());
        t.track(models.iter().position(|m| Some(*m) == model).unwrap_or(0))
    };
    for p in &points {
        let [value, from, to] = p.value;
        let (at, ends) = (
            scale.place(p.millis, value),
            [scale.place(p.millis, from), scale.place(p.millis, to)],
        );
        painter.line_segment(ends, Stroke::new(1.4, colour(p.cell)));
        let fill = if p.on_front { colour(p.cell) } else { t.row };
        painter.circle(at, POINT, fill, Stroke::new(1.6, colour(p.cell)));
        if state.evaluation.arena.cell == Some(p.cell) {
            painter.circle_stroke(at, POINT + 3.0, Stroke::new(1.5, t.selected));
        }
    }
    legend(&painter, space, &models, t);
    let pointer = response.hover_pos()?;
    let near = points
        .iter()
        .map(|p| (scale.place(p.millis, p.value[0]).distance(pointer), p))
        .filter(|(d, _)| *d < NEAR)
        .min_by(|a, b| a.0.total_cmp(&b.0))?
        .1;
    let at = scale.place(near.millis, near.value[0]);
    painter.circle_stroke(at, POINT + 2.0, Stroke::new(1.0, t.text));
    let name = arena.cells.get(near.cell).map_or("", |c| &c.line.name);
    let clicked = response.clicked();
    let [value, low, high] = near.value.map(number);
    response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .on_hover_text_at_pointer(format!(
            "{name}\n{}: {value} [{low}, {high}]\n{} ms a take{}",
            metric.title,
            number(near.millis),
            match near.on_front {
                true => "\nnobody is both quicker and better",
                false => "",
            }
        ));
    clicked.then_some(near.cell)
}

/// The first words of a row's name: lines are labelled in little room.
fn short(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

fn models(arena: &Arena) -> Vec<&str> {
    let mut models: Vec<&str> = Vec::new();
    for cell in &arena.cells {
        if !models.contains(&cell.contender.model.as_str()) {
            models.push(&cell.contender.model);
        }
    }
    models
}

fn axes(painter: &Painter, scale: &Scale, space: Rect, metric: &Metric, t: &Theme) {
    use super::super::training::plot::ticks;
    let (frame, weak) = (scale.frame, t.text_weak);
    let font = FontId::proportional(size::TEXT_SMALL);
    painter.rect_filled(frame, 0.0, t.row);
    for v in ticks(scale.values.0, scale.values.1, 6) {
        let y = scale.place(1.0, v).y;
        painter.hline(frame.x_range(), y, (1.0, t.line_division));
        let at = pos2(frame.left() - size::UNIT, y);
        painter.text(at, Align2::RIGHT_CENTER, number(v), font.clone(), weak);
    }
    let decades = (-2..=7).flat_map(|p| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(p)));
    for ms in decades.filter(|ms| (scale.times.0..=scale.times.1).contains(&ms.ln())) {
        let x = scale.place(ms, scale.values.0).x;
        painter.vline(x, frame.y_range(), (1.0, t.line_division));
        let at = pos2(x, frame.bottom() + 2.0);
        painter.text(at, Align2::CENTER_TOP, number(ms), font.clone(), weak);
    }
    let better = match metric.direction {
        Direction::Lower => "less is better",
        Direction::Higher => "more is better",
        Direction::Match => "nearer to the originals is better",
    };
    let words = format!("{} ({}); {better}", metric.title, metric.unit);
    painter.text(
        space.left_top(),
        Align2::LEFT_TOP,
        words,
        font.clone(),
        t.text,
    );
    let at = pos2(frame.center().x, space.bottom() - 2.0);
    let words = "milliseconds a take (median, logarithmic)";
    painter.text(at, Align2::CENTER_BOTTOM, words, font, t.text);
}

/// Steps from one to the next of those nobody beats.
fn front(painter: &Painter, scale: &Scale, points: &[Point], colour: Color32) {
    let mut front: Vec<&Point> = points.iter().filter(|p| p.on_front).collect();
    front.sort_by(|a, b| a.millis.total_cmp(&b.millis));
    let stroke = Stroke::new(1.2, colour);
    for pair in front.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let corner = scale.place(b.millis, a.value[0]);
        painter.line_segment([scale.place(a.millis, a.value[0]), corner], stroke);
        painter.line_segment([corner, scale.place(b.millis, b.value[0])], stroke);
    }
}

/// The models in their colours, on the line of the caption from the right.
fn legend(painter: &Painter, space: Rect, models: &[&str], t: &Theme) {
    let font = FontId::proportional(size::TEXT_SMALL);
    let (mut x, y) = (space.right() - 4.0, space.top() + ABOVE * 0.4);
    for (i, model) in models.iter().enumerate().rev() {
        let at = pos2(x, y);
        let words = painter.text(at, Align2::RIGHT_CENTER, model, font.clone(), t.text);
        let dot = pos2(words.left() - 10.0, y);
        painter.circle_filled(dot, POINT, t.track(i));
        x = dot.x - 14.0;
    }
}
