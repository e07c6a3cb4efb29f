//! Self-similarity: which bars of a piece are alike, piece by piece.

use super::{pick, weak};
use crate::evaluation::embedding::self_similarity;
use crate::evaluation::{Sample, report::number};
use crate::studio::evaluation;
use crate::studio::state::State;
use crate::studio::theme::{Theme, mix, size};
use eframe::egui::{
    self, Align2, FontId, Id, Label, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

/// Side of a matrix, in points, and height of the words below.
const SIDE: f32 = 190.0;
const WORDS: f32 = 20.0;
/// Matrices that are drawn at most.
const MOST: usize = 24;

/// Draws the menu and the matrices of the row in hand.
pub fn show(ui: &mut Ui, state: &mut State) {
    ui.horizontal_wrapped(|ui| pick::row(ui, state));
    let what = "Each square sets every bar of a piece against every other, the stronger the more alike they are: notes of the scale, place in the bar, lengths, height and number. Stripes beside the diagonal are parts that come back; one full square is a piece that says one thing.";
    ui.add(Label::new(weak(ui, what).small()).wrap());
    ui.add_space(size::UNIT);
    let Some(row) = state.evaluation.row() else {
        return;
    };
    let pieces: Vec<(usize, Matrix)> = row
        .pieces
        .iter()
        .enumerate()
        .take(MOST)
        .filter_map(|(i, p)| {
            let score = p.shown()?;
            Some((i, matrix(ui, state.evaluation.hand.row, i, &p.name, score)))
        })
        .collect();
    let mut chosen = None;
    ScrollArea::vertical()
        .id_salt("evaluation-form-tab")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(size::PAD, size::PAD);
                for (place, matrix) in &pieces {
                    let in_hand = state.evaluation.hand.piece == *place;
                    if square(ui, matrix, in_hand) {
                        chosen = Some(*place);
                    }
                }
            });
        });
    if let Some(piece) = chosen {
        let row = state.evaluation.hand.row;
        evaluation::show(state, row, piece);
    }
}

#[derive(Clone)]
struct Matrix {
    name: String,
    cells: Arc<Vec<Vec<f64>>>,
}

/// The matrix of a piece, made once.
fn matrix(
    ui: &Ui,
    row: usize,
    place: usize,
    name: &str,
    score: &Arc<crate::score::Score>,
) -> Matrix {
    // The address tells one study from the next: the piece is alive as long as it is asked for.
    let id = Id::unique(("evaluation-matrix", row, place, Arc::as_ptr(score) as usize));
    let known: Option<Matrix> = ui.data(|d| d.get_temp(id));
    known.unwrap_or_else(|| {
        let made = Matrix {
            name: name.to_owned(),
            cells: Arc::new(self_similarity(&Sample::of(name, score))),
        };
        ui.data_mut(|d| d.insert_temp(id, made.clone()));
        made
    })
}

/// One matrix; answers whether it was clicked.
fn square(ui: &mut Ui, matrix: &Matrix, in_hand: bool) -> bool {
    let t = Theme::of(ui);
    let (space, response) = ui.allocate_exact_size(vec2(SIDE, SIDE + WORDS), Sense::click());
    let words = format!("Bars of {} that are alike", matrix.name);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, in_hand, &words));
    let frame = Rect::from_min_size(space.min, vec2(SIDE, SIDE));
    let cells = &matrix.cells;
    if ui.is_rect_visible(space) && !cells.is_empty() {
        let each = SIDE / cells.len() as f32;
        let painter = ui.painter().with_clip_rect(frame);
        painter.rect_filled(frame, 0.0, t.row);
        let mut mesh = egui::Mesh::default();
        for (i, line) in cells.iter().enumerate() {
            for (k, &v) in line.iter().enumerate() {
                let corner = frame.min + vec2(k as f32 * each, i as f32 * each);
                let colour = mix(t.row, t.text, v.clamp(0.0, 1.0) as f32 * 0.85);
                mesh.add_colored_rect(Rect::from_min_size(corner, vec2(each, each)), colour);
            }
        }
        painter.add(mesh);
    }
    let edge = match in_hand {
        true => Stroke::new(1.5, t.selected),
        false => Stroke::new(1.0, t.line),
    };
    ui.painter()
        .rect_stroke(frame, 0.0, edge, StrokeKind::Outside);
    let font = FontId::proportional(size::TEXT_SMALL);
    let at = pos2(space.left(), space.bottom() - WORDS / 2.0);
    ui.painter().with_clip_rect(space).text(
        at,
        Align2::LEFT_CENTER,
        &matrix.name,
        font,
        t.text_weak,
    );
    let clicked = response.clicked();
    if let Some(p) = response.hover_pos().filter(|p| frame.contains(*p))
        && !cells.is_empty()
    {
        let each = SIDE / cells.len() as f32;
        let place = |v: f32| ((v / each) as usize).min(cells.len() - 1);
        let (i, k) = (place(p.y - frame.top()), place(p.x - frame.left()));
        let value = cells.get(i).and_then(|l| l.get(k)).copied().unwrap_or(0.0);
        let text = format!("bars {} and {}: {}", k + 1, i + 1, number(value));
        response.on_hover_text_at_pointer(text);
    }
    clicked
}
