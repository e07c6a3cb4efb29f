//! How far every row lies from real music, as bars.

use super::{kind_colour, kind_words, weak};
use crate::evaluation::report::number;
use crate::evaluation::{Comparison, Kind};
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use eframe::egui::{
    Align2, CollapsingHeader, FontId, Label, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2,
    vec2,
};

const ROW: f32 = 18.0;
/// Room of the names and of the numbers.
const NAMES: f32 = 210.0;
const NUMBERS: f32 = 44.0;

/// Draws them.
pub fn show(ui: &mut Ui, state: &State) {
    let Some(study) = &state.evaluation.study else {
        return;
    };
    let c = &study.comparison;
    ui.label(RichText::new(&c.title).strong());
    for note in &c.notes {
        ui.add(Label::new(weak(ui, note).small()).truncate())
            .on_hover_text(note);
    }
    if c.standings.is_empty() {
        return;
    }
    ui.add_space(size::UNIT);
    let what = "0 is within the reach of real music, 1 as far as the middle of the nonsense; over the metrics that tell them apart, families alike. It says what notes look like in figures, not how they sound.";
    let head = CollapsingHeader::new(RichText::new("Distance from real music").small());
    let head = head
        .default_open(true)
        .show_unindented(ui, |ui| bars(ui, c));
    head.header_response.on_hover_text(what);
    ui.add_space(size::UNIT);
}

/// A bar a row, the nearest first.
fn bars(ui: &mut Ui, c: &Comparison) {
    let t = Theme::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let most = c.standings.iter().map(|s| s.distance).fold(1.0, f64::max);
    for s in &c.standings {
        let kind = c.rows.iter().find(|r| r.name == s.row);
        let kind = kind.map_or(Kind::Model, |r| r.kind);
        let width = ui.available_width();
        let (space, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
        let words = format!("{}: {} from real music", s.row, number(s.distance));
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
        let painter = ui.painter().with_clip_rect(space);
        let names = NAMES.min(width * 0.5);
        let font = FontId::proportional(size::TEXT_SMALL);
        painter
            .with_clip_rect(space.with_max_x(space.left() + names - size::UNIT))
            .text(
                pos2(space.left(), space.center().y),
                Align2::LEFT_CENTER,
                &s.row,
                font,
                t.text,
            );
        let from = space.left() + names;
        let room = (space.right() - NUMBERS - from).max(1.0);
        let long = (s.distance / most) as f32 * room;
        let bar = Rect::from_min_max(
            pos2(from, space.top() + 5.0),
            pos2(from + long.max(1.0), space.bottom() - 5.0),
        );
        painter.rect_filled(bar, 1.0, kind_colour(ui, kind));
        painter.text(
            pos2(bar.right() + size::UNIT, space.center().y),
            Align2::LEFT_CENTER,
            number(s.distance),
            FontId::monospace(size::TEXT_SMALL),
            t.text_weak,
        );
        response.on_hover_text(format!(
            "{words}, over {} families of metrics\n{}",
            s.families,
            kind_words(kind)
        ));
    }
}
