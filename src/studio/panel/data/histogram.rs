//! A histogram of the statistics: bars, a few labels, and the numbers under the pointer.

use crate::dataset::statistics::Histogram;
use crate::studio::theme::{Theme, mix, size};
use eframe::egui::{Align2, FontId, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

const HEIGHT: f32 = 92.0;
/// Height of the labels below the bars.
const LABELS: f32 = 16.0;
/// Widest bar: a few values stand side by side, they do not fill the pane.
const WIDEST: f32 = 44.0;
/// Room a label needs, in points.
const LABEL_ROOM: f32 = 44.0;

/// Draws it in the width there is.
pub fn show(ui: &mut Ui, histogram: &Histogram) {
    let t = Theme::of(ui);
    let title = histogram.name.replace('-', " ");
    ui.label(RichText::new(&title).small().color(t.text_weak));
    let width = ui.available_width().max(40.0);
    let (space, response) = ui.allocate_exact_size(vec2(width, HEIGHT + LABELS), Sense::hover());
    let counts = &histogram.counts;
    let most = counts.iter().copied().max().unwrap_or(0);
    response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Histogram of {title}")));
    let plot = Rect::from_min_size(space.min, vec2(width, HEIGHT));
    let painter = ui.painter();
    painter.hline(plot.x_range(), plot.bottom(), (1.0, t.line));
    if most == 0 {
        let font = FontId::proportional(size::TEXT_SMALL);
        painter.text(
            plot.center(),
            Align2::CENTER_CENTER,
            "nothing to count",
            font,
            t.text_weak,
        );
        return;
    }
    let each = (width / counts.len() as f32).min(WIDEST);
    let gap = if each > 5.0 { 1.0 } else { 0.0 };
    let pointed = response
        .hover_pos()
        .map(|p| ((p.x - plot.left()) / each) as usize)
        .filter(|i| *i < counts.len());
    for (i, &count) in counts.iter().enumerate() {
        let left = plot.left() + each * i as f32;
        // What there is at all is seen.
        let tall = (HEIGHT - 2.0) * count as f32 / most as f32;
        let tall = if count > 0 { tall.max(1.0) } else { 0.0 };
        let bar = Rect::from_min_max(
            pos2(left, plot.bottom() - tall),
            pos2(left + (each - gap).max(0.5), plot.bottom()),
        );
        let colour = if pointed == Some(i) {
            t.text
        } else {
            mix(t.panel, t.track(0), 0.75)
        };
        painter.rect_filled(bar, 0.0, colour);
    }
    let every = (LABEL_ROOM / each).ceil().max(1.0) as usize;
    for (i, label) in histogram.labels.iter().enumerate().step_by(every) {
        let x = plot.left() + each * (i as f32 + 0.5);
        // Labels at the edges stay inside.
        let align = match x {
            x if x < plot.left() + 12.0 => Align2::LEFT_TOP,
            x if x > plot.right() - 24.0 => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        let font = FontId::proportional(size::TEXT_SMALL);
        let at = match align {
            Align2::LEFT_TOP => plot.left(),
            Align2::RIGHT_TOP => plot.right(),
            _ => x,
        };
        painter.text(
            pos2(at, plot.bottom() + 2.0),
            align,
            label,
            font,
            t.text_weak,
        );
    }
    if let Some(i) = pointed {
        let all: usize = counts.iter().sum();
        let text = format!(
            "{} {}: {} {} ({:.1} %)",
            histogram.labels.get(i).map_or("", String::as_str),
            histogram.unit,
            counts[i],
            histogram.counted,
            100.0 * counts[i] as f64 / all.max(1) as f64
        );
        response.on_hover_text_at_pointer(text);
    }
}
