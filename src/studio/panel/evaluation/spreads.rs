//! How the notes of rows are spread, beside the music that is judged by.

use super::{mark, pick, weak};
use crate::evaluation::report::{Distribution, number};
use crate::studio::state::State;
use crate::studio::theme::{Theme, alpha, mix, size};
use eframe::egui::{
    self, Align2, Color32, FontId, Painter, Rect, RichText, Role, ScrollArea, Sense, Shape, Stroke,
    Ui, WidgetInfo, pos2, vec2,
};

const HEIGHT: f32 = 130.0;
/// Room for the numbers at the left and below.
const LEFT: f32 = 40.0;
const BELOW: f32 = 30.0;
/// Below this width they stand in one column.
const TWO_COLUMNS: f32 = 560.0;

/// A curve: its name, its colour, its values.
struct Curve<'a> {
    name: &'a str,
    colour: Color32,
    of: &'a Distribution,
}

/// Draws all of them.
pub fn show(ui: &mut Ui, state: &mut State) {
    pick::rows(ui, state);
    let Some(study) = state.evaluation.study.clone() else {
        return;
    };
    let drawn = state.evaluation.drawn();
    let t = Theme::of(ui);
    let lines: Vec<(usize, Color32)> = drawn
        .iter()
        .enumerate()
        .map(|(i, row)| (*row, t.track(i)))
        .collect();
    if !study.reference.is_empty() {
        ui.horizontal(|ui| {
            mark(ui, mix(t.panel, t.text, 0.4));
            ui.label(weak(ui, "what it is judged by").small());
        });
    }
    let count = study
        .reference
        .len()
        .max(study.rows.first().map_or(0, |r| r.distributions.len()));
    ScrollArea::vertical()
        .id_salt("evaluation-spreads")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            // The scroll bar lies over the edge.
            ui.set_max_width(ui.available_width() - size::PAD);
            let columns = match ui.available_width() > TWO_COLUMNS {
                true => 2,
                false => 1,
            };
            let all: Vec<usize> = (0..count).collect();
            for some in all.chunks(columns) {
                ui.columns(columns, |ui| {
                    for (ui, &kind) in ui.iter_mut().zip(some) {
                        let curves = lines.iter().filter_map(|(row, colour)| {
                            let row = study.rows.get(*row)?;
                            Some(Curve {
                                name: &row.name,
                                colour: *colour,
                                of: row.distributions.get(kind)?,
                            })
                        });
                        let curves: Vec<Curve> = curves.collect();
                        spread(ui, study.reference.get(kind), &curves);
                    }
                });
            }
        });
}

/// The places that hold something, a little wider.
fn span(reference: Option<&Distribution>, curves: &[Curve]) -> (usize, usize) {
    let all = reference.into_iter().chain(curves.iter().map(|c| c.of));
    let (mut from, mut to) = (usize::MAX, 0);
    for d in all {
        let held = |v: &f64| *v > 5e-4;
        if let Some(first) = d.shares.iter().position(held) {
            from = from.min(first);
        }
        if let Some(last) = d.shares.iter().rposition(held) {
            to = to.max(last);
        }
    }
    match from <= to {
        true => (from.saturating_sub(1), to + 1),
        false => (0, 1),
    }
}

fn spread(ui: &mut Ui, reference: Option<&Distribution>, curves: &[Curve]) {
    let Some(first) = reference.or(curves.first().map(|c| c.of)) else {
        return;
    };
    let t = Theme::of(ui);
    ui.label(RichText::new(&first.name).small().color(t.text));
    let width = ui.available_width().max(LEFT + 80.0);
    let (space, response) = ui.allocate_exact_size(vec2(width, HEIGHT + BELOW), Sense::hover());
    let frame = Rect::from_min_max(
        pos2(space.left() + LEFT, space.top()),
        pos2(space.right() - 1.0, space.top() + HEIGHT),
    );
    let words = format!("Spread of {}, by {}", first.name.to_lowercase(), first.axis);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    if !ui.is_rect_visible(space) {
        return;
    }
    let (from, to) = span(reference, curves);
    let all = reference.into_iter().chain(curves.iter().map(|c| c.of));
    let most = all
        .flat_map(|d| d.shares.iter().copied())
        .fold(1e-6, f64::max)
        * 1.05;
    let share = |d: &Distribution, i: usize| d.shares.get(i).copied().unwrap_or(0.0);
    let x = |i: usize| frame.left() + (i - from) as f32 / (to - from).max(1) as f32 * frame.width();
    let y = |v: f64| frame.bottom() - (v / most) as f32 * frame.height();
    let painter = ui.painter();
    painter.rect_filled(frame, 0.0, t.row);
    axes(painter, t, frame, first, (from, to), most);
    if let Some(d) = reference {
        // Bars rather than one polygon, which would have to be convex.
        let wide = (frame.width() / (to - from).max(1) as f32).max(1.0);
        for i in from..=to {
            let top = pos2(x(i) - wide / 2.0, y(share(d, i)));
            let bar = Rect::from_min_max(top, pos2(x(i) + wide / 2.0, frame.bottom()));
            let fill = alpha(t.text_weak, 0.35);
            painter.rect_filled(bar.intersect(frame), 0.0, fill);
        }
    }
    for c in curves {
        let points = (from..=to).map(|i| pos2(x(i), y(share(c.of, i))));
        painter.add(Shape::line(points.collect(), Stroke::new(1.5, c.colour)));
    }
    let Some(at) = response.hover_pos().filter(|p| frame.contains(*p)) else {
        return;
    };
    let i = from + ((at.x - frame.left()) / frame.width() * (to - from) as f32).round() as usize;
    painter.vline(x(i), frame.y_range(), (1.0, t.text_weak));
    let value = first.first + first.step * i as f64;
    let mut text = format!("{} {}", first.axis, number(value));
    let named = reference.map(|d| ("what it is judged by", d));
    for (name, d) in named
        .into_iter()
        .chain(curves.iter().map(|c| (c.name, c.of)))
    {
        text += &format!("\n{name}: {:.1} %", 100.0 * share(d, i));
    }
    response.on_hover_text_at_pointer(text);
}

/// Shares at the left, values below, and what they are.
fn axes(
    painter: &Painter,
    t: &Theme,
    frame: Rect,
    d: &Distribution,
    (from, to): (usize, usize),
    most: f64,
) {
    use super::super::training::plot::ticks;
    let font = FontId::proportional(size::TEXT_SMALL);
    let colour = t.text_weak;
    for tick in ticks(0.0, most, 3) {
        let y = frame.bottom() - (tick / most) as f32 * frame.height();
        painter.hline(frame.x_range(), y, (1.0, t.line_division));
        let text = format!("{} %", number(100.0 * tick));
        let at = pos2(frame.left() - size::UNIT, y);
        painter.text(at, Align2::RIGHT_CENTER, text, font.clone(), colour);
    }
    let value = |i: usize| d.first + d.step * i as f64;
    let (low, high) = (value(from), value(to));
    for tick in ticks(low, high, 6) {
        let share = (tick - low) / (high - low).max(1e-9);
        let at = pos2(
            frame.left() + share as f32 * frame.width(),
            frame.bottom() + 2.0,
        );
        painter.text(at, Align2::CENTER_TOP, number(tick), font.clone(), colour);
    }
    let at = pos2(frame.center().x, frame.bottom() + 15.0);
    painter.text(at, egui::Align2::CENTER_TOP, &d.axis, font, colour);
}
