//! Curves over the steps of a run. Drawn by hand: a dozen lines with labelled axes are all that is needed.

use crate::studio::theme::{Theme, alpha, size};
use eframe::egui::{
    Align2, Color32, FontId, Painter, Rect, Response, RichText, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

/// Room for the numbers on the left and below.
pub(super) const LEFT: f32 = 46.0;
pub(super) const BELOW: f32 = 16.0;
/// Room a number needs along and across, in points.
const TICK_WIDTH: f32 = 76.0;
pub(super) const TICK_HEIGHT: f32 = 30.0;
/// From so many points on a noisy curve has a moving mean, over about this share of it.
const MANY: usize = 24;
const SHARE: f64 = 0.06;

/// A curve.
pub struct Line<'a> {
    pub name: String,
    /// Step and value, steps rising.
    pub points: &'a [(u64, f64)],
    pub colour: Color32,
    pub width: f32,
    pub look: Look,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Plain,
    /// Its points are few and marked.
    Dots,
    /// It jumps from step to step: it stands back behind its moving mean.
    Noisy,
}

/// Curves in one frame.
pub struct Plot<'a> {
    pub title: &'a str,
    /// Unit of the values; empty where they have none.
    pub unit: &'a str,
    /// Height of the frame in points.
    pub height: f32,
    pub log: bool,
    /// Said where there is nothing to draw.
    pub empty: &'a str,
}

/// Where a step and a value lie in the frame.
struct Scale {
    frame: Rect,
    steps: (f64, f64),
    values: (f64, f64),
    log: bool,
}

impl Scale {
    /// Around all points; `None` where there are none.
    fn around(frame: Rect, lines: &[Line], log: bool) -> Option<Scale> {
        let usable = |v: f64| v.is_finite() && (!log || v > 0.0);
        let (mut steps, mut values) = ((f64::MAX, f64::MIN), (f64::MAX, f64::MIN));
        for (step, value) in lines.iter().flat_map(|l| l.points) {
            if usable(*value) {
                let value = if log { value.log10() } else { *value };
                steps = (steps.0.min(*step as f64), steps.1.max(*step as f64));
                values = (values.0.min(value), values.1.max(value));
            }
        }
        if steps.0 > steps.1 {
            return None;
        }
        // The axis of steps begins where training does.
        let steps = (0.0, steps.1.max(1.0));
        let room = ((values.1 - values.0) * 0.06)
            .max(values.1.abs() * 1e-3)
            .max(1e-9);
        let values = (values.0 - room, values.1 + room);
        Some(Scale {
            frame,
            steps,
            values,
            log,
        })
    }

    fn x(&self, step: f64) -> f32 {
        let share = (step - self.steps.0) / (self.steps.1 - self.steps.0);
        self.frame.left() + share as f32 * self.frame.width()
    }

    /// `None` where it cannot be drawn.
    fn y(&self, value: f64) -> Option<f32> {
        let value = if self.log { value.log10() } else { value };
        let share = (value - self.values.0) / (self.values.1 - self.values.0);
        value
            .is_finite()
            .then(|| self.frame.bottom() - share as f32 * self.frame.height())
    }

    fn step(&self, x: f32) -> f64 {
        let share = f64::from((x - self.frame.left()) / self.frame.width().max(1.0));
        self.steps.0 + share * (self.steps.1 - self.steps.0)
    }
}

/// Round numbers within a range, at most so many.
pub fn ticks(from: f64, to: f64, most: usize) -> Vec<f64> {
    let rough = (to - from) / most.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power);
    let step = step
        .into_iter()
        .find(|s| *s >= rough * 0.999)
        .unwrap_or(power * 10.0);
    let first = (from / step).ceil() as i64;
    let last = (to / step).floor() as i64;
    (first..=last).map(|k| k as f64 * step).collect()
}

/// Powers of ten within a range of exponents, with 2 and 5 between where there are few.
fn log_ticks(from: f64, to: f64, most: usize) -> Vec<f64> {
    let tens: Vec<i32> = (from.floor() as i32..=to.ceil() as i32).collect();
    let steps: &[f64] = if tens.len() * 3 <= most * 2 {
        &[1.0, 2.0, 5.0]
    } else {
        &[1.0]
    };
    let all = tens
        .iter()
        .flat_map(|e| steps.iter().map(move |s| s * 10f64.powi(*e)));
    let inside: Vec<f64> = all.filter(|v| (from..=to).contains(&v.log10())).collect();
    if inside.len() >= 2 {
        return inside;
    }
    // Less than a decade: round numbers are better than none.
    ticks(10f64.powf(from), 10f64.powf(to), most)
}

/// A number as an axis shows it: short, at least three digits where it has them.
pub fn number(v: f64) -> String {
    let size = v.abs();
    let text = match size {
        0.0 => return "0".into(),
        s if !(1e-3..1e6).contains(&s) => return format!("{v:.1e}"),
        s if s >= 100.0 => format!("{v:.0}"),
        s if s >= 10.0 => format!("{v:.1}"),
        s if s >= 0.1 => format!("{v:.2}"),
        _ => format!("{v:.4}"),
    };
    if text.contains('.') {
        let short = text.trim_end_matches('0').trim_end_matches('.');
        return short.to_owned();
    }
    text
}

/// A step as an axis shows it.
fn step_text(v: f64) -> String {
    match v {
        v if v >= 1e6 => format!("{}M", number(v / 1e6)),
        v if v >= 1e4 => format!("{}k", number(v / 1e3)),
        v => format!("{v:.0}"),
    }
}

pub(super) fn titled(title: &str, unit: &str) -> String {
    match unit {
        "" => title.to_owned(),
        unit => format!("{title} ({unit})"),
    }
}

/// Draws the curves in the width there is.
pub fn show(ui: &mut Ui, plot: &Plot, lines: &[Line]) {
    let t = Theme::of(ui);
    let title = titled(plot.title, plot.unit);
    ui.label(RichText::new(title).small().color(t.text_weak));
    let width = ui.available_width().max(LEFT + 60.0);
    let (space, response) =
        ui.allocate_exact_size(vec2(width, plot.height + BELOW), Sense::hover());
    let frame = Rect::from_min_max(
        pos2(space.left() + LEFT, space.top()),
        pos2(space.right() - 1.0, space.top() + plot.height),
    );
    name(&response, plot, lines);
    if !ui.is_rect_visible(space) {
        return;
    }
    let painter = ui.painter();
    painter.rect_filled(frame, 0.0, t.row);
    let Some(scale) = Scale::around(frame, lines, plot.log) else {
        let font = FontId::proportional(size::TEXT_SMALL);
        painter.text(
            frame.center(),
            Align2::CENTER_CENTER,
            plot.empty,
            font,
            t.text_weak,
        );
        return;
    };
    axes(painter, t, &scale);
    let inside = painter.with_clip_rect(frame.expand(1.0));
    for line in lines {
        match line.look {
            Look::Noisy if line.points.len() > MANY => {
                let back = alpha(line.colour, 0.4);
                curve(&inside, &scale, line, line.points, back);
                curve(&inside, &scale, line, &smooth(line.points), line.colour);
            }
            _ => curve(&inside, &scale, line, line.points, line.colour),
        }
    }
    if let Some(at) = response.hover_pos().filter(|p| frame.contains(*p)) {
        painter.vline(at.x, frame.y_range(), (1.0, t.text_weak));
        let text = readout(lines, scale.step(at.x));
        response.on_hover_text_at_pointer(text);
    }
}

/// What a screen reader and a test are told of the picture.
fn name(response: &Response, plot: &Plot, lines: &[Line]) {
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Image, true, format!("Plot of {}", plot.title));
        let last = |l: &Line| {
            l.points
                .last()
                .map(|p| format!("{} {} at step {}", l.name, number(p.1), p.0))
        };
        let told: Vec<String> = lines.iter().filter_map(last).collect();
        info.current_text_value = Some(if told.is_empty() {
            plot.empty.to_owned()
        } else {
            told.join(", ")
        });
        info
    });
}

fn axes(painter: &Painter, t: &Theme, scale: &Scale) {
    let font = FontId::proportional(size::TEXT_SMALL);
    let frame = scale.frame;
    let most = (frame.height() / TICK_HEIGHT).max(3.0) as usize;
    let values = if scale.log {
        log_ticks(scale.values.0, scale.values.1, most)
    } else {
        ticks(scale.values.0, scale.values.1, most)
    };
    for v in values {
        let Some(y) = scale.y(v) else { continue };
        painter.hline(frame.x_range(), y.round(), (1.0, t.line_division));
        // The numbers at the edges stay inside.
        let y = y.clamp(frame.top() + 6.0, frame.bottom() - 4.0);
        let at = pos2(frame.left() - 5.0, y);
        painter.text(
            at,
            Align2::RIGHT_CENTER,
            number(v),
            font.clone(),
            t.text_weak,
        );
    }
    let most = (frame.width() / TICK_WIDTH).max(2.0) as usize;
    for v in ticks(scale.steps.0, scale.steps.1, most) {
        if v.fract() != 0.0 {
            continue;
        }
        let x = scale.x(v);
        painter.vline(x.round(), frame.y_range(), (1.0, t.line_division));
        let align = match x {
            x if x > frame.right() - 16.0 => Align2::RIGHT_TOP,
            x if x < frame.left() + 4.0 => Align2::LEFT_TOP,
            _ => Align2::CENTER_TOP,
        };
        let text = match v {
            0.0 => "step 0".to_owned(),
            v => step_text(v),
        };
        painter.text(
            pos2(x, frame.bottom() + 2.0),
            align,
            text,
            font.clone(),
            t.text_weak,
        );
    }
    painter.hline(frame.x_range(), frame.bottom(), (1.0, t.line));
}

/// A curve, by pixel columns where it has more points than those: their means as a line, their extent behind it.
fn curve(painter: &Painter, scale: &Scale, line: &Line, points: &[(u64, f64)], colour: Color32) {
    struct Column {
        x: f32,
        sum: f32,
        count: f32,
        low: f32,
        high: f32,
    }
    let mut columns: Vec<Column> = Vec::new();
    for (step, value) in points {
        let Some(y) = scale.y(*value) else { continue };
        let x = scale.x(*step as f64);
        match columns.last_mut().filter(|c| x - c.x < 1.0) {
            Some(c) => {
                (c.sum, c.count) = (c.sum + y, c.count + 1.0);
                (c.low, c.high) = (c.low.min(y), c.high.max(y));
            }
            None => columns.push(Column {
                x,
                sum: y,
                count: 1.0,
                low: y,
                high: y,
            }),
        }
    }
    let weak = alpha(colour, 0.35);
    for c in columns.iter().filter(|c| c.count > 1.0) {
        painter.vline(c.x, c.low..=c.high, (1.0, weak));
    }
    let points: Vec<_> = columns.iter().map(|c| pos2(c.x, c.sum / c.count)).collect();
    if line.look == Look::Dots || points.len() == 1 {
        for p in &points {
            painter.circle_filled(*p, line.width + 1.0, colour);
        }
    }
    if points.len() > 1 {
        let stroke = Stroke::new(line.width, colour);
        painter.add(Shape::line(points, stroke));
    }
}

/// The moving mean of a curve: of all points so far, until they are as many as it spans; exponential from there.
fn smooth(points: &[(u64, f64)]) -> Vec<(u64, f64)> {
    let span = (points.len() as f64 * SHARE).max(2.0);
    let (mut mean, mut count) = (0.0, 0.0f64);
    let finite = points.iter().filter(|p| p.1.is_finite());
    finite
        .map(|(step, value)| {
            count += 1.0;
            mean += (value - mean) / count.min(span);
            (*step, mean)
        })
        .collect()
}

/// What the curves say near a step.
fn readout(lines: &[Line], step: f64) -> String {
    let near = |l: &Line| {
        let after = l.points.partition_point(|p| (p.0 as f64) < step);
        let both = [after.checked_sub(1), Some(after)];
        let both = both.into_iter().flatten().filter_map(|i| l.points.get(i));
        both.min_by(|a, b| {
            let away = |p: &(u64, f64)| (p.0 as f64 - step).abs();
            away(a).total_cmp(&away(b))
        })
        .copied()
    };
    let mut text = format!("near step {}", step.round());
    for line in lines {
        if let Some((at, value)) = near(line) {
            text += &format!("\n{}: {} at {at}", line.name, number4(value));
        }
    }
    text
}

/// A value to be compared with others: four digits.
pub fn number4(v: f64) -> String {
    if v != 0.0 && !(1e-2..1e5).contains(&v.abs()) {
        format!("{v:.3e}")
    } else {
        format!("{v:.4}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 4000.0, 5), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
        assert_eq!(ticks(1.9, 3.2, 4), [2.0, 2.5, 3.0]);
        assert!(ticks(1.0, 1.0, 4).is_empty());
        assert!(ticks(f64::NAN, 1.0, 4).is_empty());
        assert_eq!(log_ticks(-2.0, 1.0, 4), [0.01, 0.1, 1.0, 10.0]);
        assert_eq!(log_ticks(0.31, 0.39, 4).len(), 2);
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 2.5, 2.0, 0.0012, 1e-5, 1234.0, 12.5].map(number);
        assert_eq!(texts, ["0", "2.5", "2", "0.0012", "1.0e-5", "1234", "12.5"]);
        assert_eq!(step_text(4000.0), "4000");
        assert_eq!(step_text(120_000.0), "120k");
    }

    #[test]
    fn the_pointer_reads_the_nearest_point_of_each_curve() {
        let line = |name: &str, points| Line {
            name: name.into(),
            points,
            colour: Color32::WHITE,
            width: 1.0,
            look: Look::Plain,
        };
        let lines = [
            line("loss", &[(10, 2.0), (20, 1.0)]),
            line("validation", &[(100, 3.0)]),
        ];
        let text = readout(&lines, 16.0);
        assert_eq!(
            text,
            "near step 16\nloss: 1.0000 at 20\nvalidation: 3.0000 at 100"
        );
    }

    #[test]
    fn a_moving_mean_goes_through_the_middle_of_the_noise() {
        let noisy: Vec<(u64, f64)> = (0..200).map(|i| (i, 5.0 + (i % 2) as f64)).collect();
        let mean = smooth(&noisy);
        assert_eq!(mean.len(), 200);
        assert_eq!(mean[0], (0, 5.0), "it begins where the curve does");
        assert!(
            mean[9..].iter().all(|p| (p.1 - 5.5).abs() < 0.2),
            "{mean:?}"
        );
        assert!(smooth(&[(1, f64::NAN)]).is_empty());
    }

    #[test]
    fn what_is_no_number_is_left_out_of_the_scale() {
        let points = [(1, f64::NAN), (2, 3.0), (4, 5.0), (5, -1.0)];
        let line = [Line {
            name: String::new(),
            points: &points,
            colour: Color32::WHITE,
            width: 1.0,
            look: Look::Plain,
        }];
        let frame = Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 100.0));
        let scale = Scale::around(frame, &line, true).unwrap();
        assert_eq!(scale.steps, (0.0, 4.0));
        assert!(scale.y(-1.0).is_none() && scale.y(3.0).unwrap() > scale.y(5.0).unwrap());
        assert!(Scale::around(frame, &line[..0], false).is_none());
    }
}
