//! Draws a step of the tour: everything but the thing pointed at stands back, and a card beside it says what it is.

use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use crate::studio::tour::{self, Mark, STEPS};
use eframe::egui::{
    self, Align, Align2, Area, Color32, Context, Id, LayerId, Layout, Order, Rect, RichText,
    Stroke, StrokeKind, Ui, Vec2, pos2, vec2,
};

/// Size of the card, in points; its height is about this.
const CARD: Vec2 = vec2(340.0, 168.0);

/// What was pressed on the card.
#[derive(Clone, Copy)]
enum Press {
    Next,
    Back,
    Skip,
}

/// Draws the step one is at, if any.
pub fn show(ctx: &Context, state: &mut State) {
    let Some((at, step)) = state.tour.at() else {
        return;
    };
    if state.overlay.is_some() {
        return;
    }
    let t = Theme::worn(&ctx.global_style().visuals);
    let window = ctx.content_rect();
    let target = tour::marked(ctx, step.mark).map(|r| r.intersect(window));
    let target = target.filter(|r| r.is_positive());
    let layer = LayerId::new(Order::Foreground, Id::unique("tour-shade"));
    let painter = ctx.layer_painter(layer);
    let shade = Color32::from_black_alpha(if t.dark { 150 } else { 90 });
    match target {
        Some(hole) => {
            for part in around(window, hole) {
                painter.rect_filled(part, 0.0, shade);
            }
            let edge = Stroke::new(2.0, t.mask);
            painter.rect_stroke(hole, size::RADIUS, edge, StrokeKind::Outside);
        }
        None => {
            painter.rect_filled(window, 0.0, shade);
        }
    }
    let place = match (step.mark, target) {
        // There is no room beside the roll; its middle is free.
        (Mark::Roll, Some(roll)) => roll.center() - CARD / 2.0,
        (_, Some(hole)) => beside(window, hole),
        (_, None) => window.center() - CARD / 2.0,
    };
    let text = step.text(ctx);
    // Tooltips lie over the foreground; the shade must not lie over the card.
    let card = Area::new(Id::unique("tour"))
        .order(Order::Tooltip)
        .pivot(Align2::LEFT_TOP)
        .fixed_pos(place)
        .show(ctx, |ui| {
            egui::Frame::popup(ui.style())
                .inner_margin(size::PAD)
                .show(ui, |ui| card(ui, at, step.title, &text))
                .inner
        });
    match card.inner {
        Some(Press::Next) => state.tour.next(),
        Some(Press::Back) => state.tour.back(),
        Some(Press::Skip) => state.tour.end(),
        None => return,
    }
    ctx.request_repaint();
}

fn card(ui: &mut Ui, at: usize, title: &str, text: &str) -> Option<Press> {
    let t = Theme::of(ui);
    ui.set_width(CARD.x);
    ui.spacing_mut().item_spacing.y = size::GAP;
    let count = format!("{} of {}", at + 1, STEPS.len());
    ui.label(RichText::new(count).small().color(t.text_weak));
    ui.label(RichText::new(title).heading().color(t.text));
    ui.add(egui::Label::new(text).wrap());
    ui.add_space(size::UNIT);
    let mut press = None;
    ui.horizontal(|ui| {
        let last = at + 1 == STEPS.len();
        let skip = egui::Button::new(RichText::new("Skip").color(t.text_weak)).frame(false);
        if !last && ui.add(skip).accessible_name("Skip the tour").clicked() {
            press = Some(Press::Skip);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let word = if last { "Done" } else { "Next" };
            let word = RichText::new(word).strong().color(t.text_on_accent);
            let next = egui::Button::new(word).fill(t.mask);
            let next = ui.add(next.min_size(vec2(72.0, size::ROW)));
            let name = if last {
                "End the tour"
            } else {
                "Next step of the tour"
            };
            let next = next.accessible_name(name).on_hover_text("Right arrow");
            if next.clicked() {
                press = Some(Press::Next);
            }
            let back = egui::Button::new("Back").min_size(vec2(56.0, size::ROW));
            let back = ui.add_enabled(at > 0, back);
            let back = back.accessible_name("Last step of the tour");
            if back.on_hover_text("Left arrow").clicked() {
                press = Some(Press::Back);
            }
        });
    });
    press
}

/// The window without the hole, as four parts.
fn around(window: Rect, hole: Rect) -> [Rect; 4] {
    [
        Rect::from_min_max(window.min, pos2(window.right(), hole.top())),
        Rect::from_min_max(pos2(window.left(), hole.bottom()), window.max),
        Rect::from_min_max(
            pos2(window.left(), hole.top()),
            pos2(hole.left(), hole.bottom()),
        ),
        Rect::from_min_max(
            pos2(hole.right(), hole.top()),
            pos2(window.right(), hole.bottom()),
        ),
    ]
}

/// Where the card stands: under the thing, else over it, else beside it; always in the window.
fn beside(window: Rect, hole: Rect) -> egui::Pos2 {
    let gap = size::PAD;
    // What the frame adds.
    let card = CARD + Vec2::splat(2.0 * size::PAD);
    let x = hole.center().x - card.x / 2.0;
    let wanted = if hole.bottom() + gap + card.y < window.bottom() {
        pos2(x, hole.bottom() + gap)
    } else if hole.top() - gap - card.y > window.top() {
        pos2(x, hole.top() - gap - card.y)
    } else if hole.left() - gap - card.x > window.left() {
        pos2(hole.left() - gap - card.x, hole.top())
    } else {
        pos2(hole.right() + gap, hole.top())
    };
    let most = (window.max - card - Vec2::splat(gap)).max(window.min);
    wanted.clamp(window.min + Vec2::splat(gap), most)
}
