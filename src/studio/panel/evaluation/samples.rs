//! The pieces of a row as a grid of small rolls, sorted by any metric.

use super::{hand, pick, weak};
use crate::evaluation::report::number;
use crate::studio::evaluation;
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use eframe::egui::{
    self, Align2, FontId, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

/// A card, in points: least width, and heights of picture and words.
const CARD: f32 = 216.0;
const PICTURE: f32 = 76.0;
const WORDS: f32 = 20.0;

/// Draws the menus and the grid.
pub fn show(ui: &mut Ui, state: &mut State) {
    menus(ui, state);
    ui.add_space(size::UNIT);
    let places = state.evaluation.sorted();
    let width = ui.available_width() - size::PAD;
    let columns = ((width + size::GAP) / (CARD + size::GAP)).floor().max(1.0);
    let each = (width + size::GAP) / columns - size::GAP;
    let columns = columns as usize;
    let lines = places.len().div_ceil(columns);
    let tall = PICTURE + WORDS;
    let mut chosen = None;
    ScrollArea::vertical()
        .id_salt("evaluation-samples")
        .auto_shrink([false, false])
        .show_rows(
            ui,
            tall + size::GAP - ui.spacing().item_spacing.y,
            lines,
            |ui, range| {
                for line in range {
                    ui.horizontal(|ui| {
                        ui.spacing_mut().item_spacing.x = size::GAP;
                        let from = line * columns;
                        let some = places.iter().skip(from).take(columns);
                        for &piece in some {
                            let (space, response) =
                                ui.allocate_exact_size(vec2(each, tall), Sense::click());
                            if card(ui, state, piece, space, response) {
                                chosen = Some(piece);
                            }
                        }
                    });
                    ui.add_space(size::GAP - ui.spacing().item_spacing.y);
                }
            },
        );
    if let Some(piece) = chosen {
        let hand = &state.evaluation.hand;
        let same = hand.piece == piece;
        evaluation::show(state, hand.row, piece);
        // A second click stops what the first began.
        if !same || !state.evaluation.listening || state.transport.is_playing() {
            evaluation::listen(state);
        }
    }
}

fn menus(ui: &mut Ui, state: &mut State) {
    let metrics = state.evaluation.metrics_of_pieces();
    ui.horizontal_wrapped(|ui| {
        pick::row(ui, state);
        ui.label(weak(ui, "by"));
        let now = state.evaluation.sort;
        if let Some(key) = pick::metric(ui, "Sort by", &metrics, now, Some("as they were written"))
        {
            state.evaluation.sort = key;
        }
        if state.evaluation.sort.is_some() {
            for (falling, name) in [(false, "least first"), (true, "most first")] {
                let on = state.evaluation.falling == falling;
                if ui.selectable_label(on, name).clicked() {
                    state.evaluation.falling = falling;
                }
            }
        }
    });
}

/// One piece; answers whether it was clicked.
fn card(ui: &mut Ui, state: &State, place: usize, space: Rect, response: egui::Response) -> bool {
    let e = &state.evaluation;
    let Some(piece) = e.row().and_then(|r| r.pieces.get(place)) else {
        return false;
    };
    let t = Theme::of(ui);
    let picture = space.with_max_y(space.top() + PICTURE);
    let chosen = e.hand.piece == place;
    // The piece in hand shows the take in hand.
    let score = match chosen {
        true => piece.takes.get(e.hand.take).or(piece.shown()),
        false => piece.shown(),
    };
    if let Some(score) = score
        && ui.is_rect_visible(space)
    {
        hand::picture(ui, picture, score, piece.hole.as_ref());
        if chosen {
            hand::playhead(ui.painter(), picture, score, state, t);
        }
    }
    let edge = match (chosen, response.hovered()) {
        (true, _) => Some(Stroke::new(1.5, t.selected)),
        (false, true) => Some(Stroke::new(1.0, t.text_weak)),
        _ => None,
    };
    if let Some(edge) = edge {
        let corner = f32::from(size::RADIUS);
        ui.painter()
            .rect_stroke(picture, corner, edge, StrokeKind::Inside);
    }
    let value = e.sort.and_then(|key| e.figure(e.hand.row, place, key));
    let words = value.map(number).unwrap_or_default();
    let y = space.bottom() - WORDS / 2.0;
    let value = ui.painter().text(
        pos2(space.right(), y),
        Align2::RIGHT_CENTER,
        &words,
        FontId::monospace(size::TEXT_SMALL),
        t.text,
    );
    let name = space.with_max_x(value.left() - size::UNIT);
    ui.painter().with_clip_rect(name).text(
        pos2(space.left(), y),
        Align2::LEFT_CENTER,
        &piece.name,
        FontId::proportional(size::TEXT_SMALL),
        t.text_weak,
    );
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::ListItem,
            true,
            chosen,
            format!("Sample {}", piece.name),
        )
    });
    let clicked = response.clicked();
    response.on_hover_text(format!("{}\nClick to hear it", piece.name));
    clicked
}
