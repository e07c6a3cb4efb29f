//! The piece in hand: its picture, its sound, and the way to the roll.

use super::weak;
use crate::evaluation::study::Piece;
use crate::score::{Mask, Region, Score};
use crate::studio::evaluation::{self, Tab, Voice};
use crate::studio::files;
use crate::studio::roll;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{self, Label, Painter, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};
use lucide_icons::Icon;
use std::collections::BTreeSet;

/// Height of the picture, in points.
const PICTURE: f32 = 72.0;

/// Draws it.
pub fn show(ui: &mut Ui, state: &mut State) {
    let Some(piece) = state.evaluation.piece().cloned() else {
        return;
    };
    let row = state
        .evaluation
        .row()
        .map_or(String::new(), |r| r.name.clone());
    ui.horizontal(|ui| {
        buttons(ui, state, &piece);
        ui.add(Label::new(RichText::new(&piece.name).strong()).truncate());
        ui.add(Label::new(weak(ui, row)).truncate());
    });
    let Some(score) = state.evaluation.hand.heard(&state.evaluation) else {
        return;
    };
    let (space, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), PICTURE), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Picture of the piece in hand"));
    let hole = (state.evaluation.hand.voice != Voice::Song).then_some(piece.hole.as_ref());
    picture(ui, space, &score, hole.flatten());
    playhead(
        &ui.painter().with_clip_rect(space),
        space,
        &score,
        state,
        Theme::of(ui),
    );
    if response
        .on_hover_text("Click to hear it, or to stop")
        .clicked()
    {
        evaluation::listen(state);
    }
}

/// What is heard, and what can be done with it.
fn buttons(ui: &mut Ui, state: &mut State, piece: &Piece) {
    let playing = state.evaluation.listening && state.transport.is_playing();
    let (icon, word) = match playing {
        true => (Icon::Square, "Stop"),
        false => (Icon::Play, "Hear"),
    };
    let hear = ui.add(egui::Button::new((theme::icon(icon), word)));
    let hear = hear.accessible_name(format!("{word} the piece in hand"));
    if hear.on_hover_text("Plays it from its beginning").clicked() {
        evaluation::listen(state);
    }
    if piece.original.is_some() {
        for (voice, name) in [
            (Voice::Written, "as written"),
            (Voice::Original, "as composed"),
        ] {
            let on = state.evaluation.hand.voice == voice;
            let label = ui.selectable_label(on, name);
            if label.accessible_name(format!("Hear it {name}")).clicked() {
                evaluation::say_as(state, voice);
            }
        }
    }
    if piece.takes.len() > 1 {
        for take in 0..piece.takes.len() {
            let on = state.evaluation.hand.take == take;
            let label = ui.selectable_label(on, format!("{}", take + 1));
            let label = label.accessible_name(format!("Take {} of the hole", take + 1));
            if label.on_hover_text(format!("Take {}", take + 1)).clicked() {
                state.evaluation.hand.take = take;
                evaluation::say_as(state, Voice::Written);
            }
        }
    }
    let open = egui::Button::new((theme::icon(Icon::Piano), "Open in the roll"));
    let open = ui.add(open).accessible_name("Open the piece in the roll");
    if open
        .on_hover_text("As a new piece, what was a hole masked")
        .clicked()
    {
        files::ask_then(state, files::Then::EvaluatedPiece);
    }
    let nearest = egui::Button::new((theme::icon(Icon::Fingerprint), "Nearest"));
    let nearest = ui.add(nearest).accessible_name("Nearest training song");
    let what = "The stretch of a training song it comes nearest to, to be heard beside it";
    if nearest.on_hover_text(what).clicked() {
        state.evaluation.tab = Tab::Nearest;
        evaluation::look_for_nearest(state);
    }
}

/// A small roll, the hole hatched.
pub fn picture(ui: &Ui, space: Rect, score: &Score, hole: Option<&std::ops::Range<u32>>) {
    let t = Theme::of(ui);
    let painter = ui.painter().with_clip_rect(space);
    painter.rect_filled(space, f32::from(size::RADIUS), t.row);
    let end = length(score);
    let lines = score.bars();
    for bar in 1..score.bar_count() {
        let x = space.left() + lines.start(bar) as f32 / end as f32 * space.width();
        painter.vline(x.round(), space.y_range(), (1.0, t.line_division));
    }
    if let Some(hole) = hole {
        let mask = Mask::of(Region::time(
            lines.start(hole.start),
            lines.start(hole.end),
            None,
        ));
        roll::hole(&painter, space, score, &mask, 0..end, t);
    }
    let none = BTreeSet::new();
    roll::thumbnail(&painter, space, roll::of_score(score, &none, t), 0..end);
}

/// The last tick of the last bar.
fn length(score: &Score) -> u32 {
    let last = score.bar_count().saturating_sub(1);
    score.bars().end(last).max(1)
}

/// Where the music is, while one listens.
pub fn playhead(painter: &Painter, space: Rect, score: &Score, state: &State, t: &Theme) {
    if state.evaluation.listening && state.transport.is_playing() {
        let share = state.transport.position() / f64::from(length(score));
        let x = space.left() + share.clamp(0.0, 1.0) as f32 * space.width();
        painter.vline(x, space.y_range(), (1.0, t.playing));
    }
}
