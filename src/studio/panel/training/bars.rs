//! Bars: where a loss lies, over the last steps and at the last validation.

use super::plot::{BELOW, LEFT, TICK_HEIGHT, number, number4, ticks, titled};
use crate::studio::theme::{Theme, mix, size};
use eframe::egui::{Align2, FontId, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Bars of one picture; `marks` are lines across them.
pub struct Bars<'a> {
    pub title: &'a str,
    pub unit: &'a str,
    /// Height of the frame in points.
    pub height: f32,
    pub labels: Vec<String>,
    pub values: Vec<Option<f64>>,
    pub marks: Vec<Option<f64>>,
    /// Said where there is nothing to draw.
    pub empty: &'a str,
}

/// Draws bars in the width there is.
pub fn show(ui: &mut Ui, b: &Bars) {
    let t = Theme::of(ui);
    let title = titled(b.title, b.unit);
    ui.label(RichText::new(title).small().color(t.text_weak));
    let width = ui.available_width().max(LEFT + 40.0);
    let (space, response) = ui.allocate_exact_size(vec2(width, b.height + BELOW), Sense::hover());
    let frame = Rect::from_min_max(
        pos2(space.left() + LEFT - 12.0, space.top()),
        pos2(space.right() - 1.0, space.top() + b.height),
    );
    let known = |v: &[Option<f64>]| -> Vec<f64> {
        v.iter()
            .flatten()
            .copied()
            .filter(|v| v.is_finite())
            .collect()
    };
    let all: Vec<f64> = known(&b.values)
        .into_iter()
        .chain(known(&b.marks))
        .collect();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Image, true, format!("Bars of {}", b.title));
        let told = b.labels.iter().zip(&b.values);
        let told = told.filter_map(|(l, v)| Some(format!("{l}: {}", number((*v)?))));
        let told: Vec<String> = told.collect();
        info.current_text_value = Some(if told.is_empty() {
            b.empty.to_owned()
        } else {
            told.join(", ")
        });
        info
    });
    if !ui.is_rect_visible(space) {
        return;
    }
    let painter = ui.painter();
    painter.rect_filled(frame, 0.0, t.row);
    let small = FontId::proportional(size::TEXT_SMALL);
    let most = all.iter().copied().fold(0.0, f64::max);
    if all.is_empty() || most <= 0.0 {
        let galley = painter.layout(b.empty.to_owned(), small, t.text_weak, frame.width() - 12.0);
        let at = frame.center() - galley.size() / 2.0;
        painter.galley(at, galley, t.text_weak);
        return;
    }
    let most = most * 1.05;
    let y = |v: f64| frame.bottom() - (v / most) as f32 * frame.height();
    for v in ticks(0.0, most, (b.height / TICK_HEIGHT).max(2.0) as usize) {
        painter.hline(frame.x_range(), y(v).round(), (1.0, t.line_division));
        let at = pos2(
            frame.left() - 5.0,
            y(v).clamp(frame.top() + 6.0, frame.bottom() - 4.0),
        );
        painter.text(
            at,
            Align2::RIGHT_CENTER,
            number(v),
            small.clone(),
            t.text_weak,
        );
    }
    let count = b.labels.len().max(1);
    let each = frame.width() / count as f32;
    let gap = if each > 6.0 { 2.0 } else { 0.0 };
    let pointed = response
        .hover_pos()
        .filter(|p| p.x >= frame.left())
        .map(|p| (((p.x - frame.left()) / each) as usize).min(count - 1));
    for i in 0..count {
        let left = frame.left() + each * i as f32;
        let place = left + gap / 2.0..=left + each - gap / 2.0;
        if let Some(v) = b.values.get(i).copied().flatten() {
            let bar = Rect::from_x_y_ranges(place.clone(), y(v)..=frame.bottom());
            let colour = if pointed == Some(i) {
                t.text
            } else {
                mix(t.panel, t.text, 0.42)
            };
            painter.rect_filled(bar, 0.0, colour);
        }
        if let Some(v) = b.marks.get(i).copied().flatten() {
            painter.hline(place, y(v), (2.0, t.track(0)));
        }
    }
    let widest = b
        .labels
        .iter()
        .map(|l| l.chars().count())
        .max()
        .unwrap_or(1);
    let every = ((widest as f32 * 5.4 + 4.0) / each).ceil().max(1.0) as usize;
    for (i, label) in b.labels.iter().enumerate().step_by(every) {
        let x = frame.left() + each * (i as f32 + 0.5);
        painter.text(
            pos2(x, frame.bottom() + 2.0),
            Align2::CENTER_TOP,
            label,
            small.clone(),
            t.text_weak,
        );
    }
    painter.hline(frame.x_range(), frame.bottom(), (1.0, t.line));
    if let Some(i) = pointed {
        let told = |v: &[Option<f64>]| v.get(i).copied().flatten().map_or("none".into(), number4);
        response.on_hover_text_at_pointer(format!(
            "{}\nlast steps: {}\nlast validation: {}",
            b.labels.get(i).map_or("", String::as_str),
            told(&b.values),
            told(&b.marks)
        ));
    }
}
