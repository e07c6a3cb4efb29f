//! The songs of the data set: a list, and the song in hand with its picture.

use super::weak;
use crate::dataset::Split;
use crate::studio::data::{self, Row};
use crate::studio::files;
use crate::studio::roll;
use crate::studio::state::State;
use crate::studio::stats::count;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{
    self, Align2, FontId, Label, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use lucide_icons::Icon;
use std::collections::BTreeSet;

const ROW: f32 = 22.0;
/// Height of the card of the song in hand.
const CARD: f32 = 164.0;
const PICTURE: f32 = 84.0;

/// Right edges of the columns, from the right edge of the list; room for the scroll bar beside them.
const BPM: f32 = 14.0;
const NOTES: f32 = 54.0;
const BARS: f32 = 102.0;
const SPLIT: f32 = 142.0;
/// Room the split takes.
const NAME_END: f32 = 60.0;

/// Draws filter, list and card.
pub fn show(ui: &mut Ui, state: &mut State) {
    filter(ui, state);
    // Without a song in hand there is a line to say so, and the list has the room.
    let (name, height) = match state.data.song {
        Some(_) => ("data-song", CARD),
        None => ("data-no-song", size::ROW + size::GAP),
    };
    egui::Panel::bottom(name)
        .exact_size(height)
        .resizable(false)
        .frame(egui::Frame::NONE)
        .show(ui, |ui| card(ui, state));
    egui::CentralPanel::no_frame().show(ui, |ui| list(ui, state));
}

fn filter(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        ui.add(
            egui::TextEdit::singleline(&mut state.data.filter)
                .hint_text("Find a song")
                .desired_width(120.0),
        )
        .accessible_name("Find a song");
        let mut choose = |split: Option<Split>, name: &str| {
            let on = state.data.split == split;
            if ui.selectable_label(on, name).clicked() {
                state.data.split = split;
            }
        };
        choose(None, "all");
        for split in Split::ALL {
            choose(Some(split), split.name());
        }
    });
}

fn list(ui: &mut Ui, state: &mut State) {
    let shown = state.data.shown();
    head(ui, shown.len());
    if shown.is_empty() {
        ui.label(weak(ui, "No song is called that in this split."));
        return;
    }
    let in_hand = state.data.song.as_ref().map(|s| s.id.as_str());
    let mut chosen = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show_rows(ui, ROW, shown.len(), |ui, range| {
            for row in shown.get(range).unwrap_or_default() {
                if line(ui, row, in_hand == Some(&row.song.id)) {
                    chosen = Some(row.song.clone());
                }
            }
        });
    if let Some(song) = chosen {
        data::choose_song(state, song);
    }
}

/// What the columns are.
fn head(ui: &mut Ui, songs: usize) {
    let t = Theme::of(ui);
    let width = ui.available_width();
    let (space, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let small = FontId::proportional(size::TEXT_SMALL);
    let y = space.center().y;
    for (column, text) in [
        (SPLIT, "split"),
        (BARS, "bars"),
        (NOTES, "notes"),
        (BPM, "bpm"),
    ] {
        let at = pos2(space.right() - column, y);
        ui.painter()
            .text(at, Align2::RIGHT_CENTER, text, small.clone(), t.text_weak);
    }
    let at = pos2(space.left() + size::UNIT, y);
    let words = count(songs, "song");
    ui.painter()
        .text(at, Align2::LEFT_CENTER, &words, small, t.text_weak);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
}

/// One song; answers whether it was clicked.
fn line(ui: &mut Ui, row: &Row, chosen: bool) -> bool {
    let t = Theme::of(ui);
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    if chosen {
        ui.painter()
            .rect_filled(space, f32::from(size::RADIUS), t.pressed);
    } else if response.hovered() {
        ui.painter()
            .rect_filled(space, f32::from(size::RADIUS), t.hovered);
    }
    let (painter, y) = (ui.painter().with_clip_rect(space), space.center().y);
    let small = FontId::proportional(size::TEXT_SMALL);
    let put = |column: f32, text: String| {
        let at = pos2(space.right() - column, y);
        painter.text(at, Align2::RIGHT_CENTER, text, small.clone(), t.text_weak);
    };
    match (&row.size, row.refused.is_some()) {
        (Some(s), _) => {
            put(BARS, s.bars.to_string());
            put(NOTES, s.notes.to_string());
            put(BPM, format!("{:.0}", s.bpm));
        }
        (None, true) => put(BPM, "left out".into()),
        (None, false) => put(BPM, "not read".into()),
    }
    put(SPLIT, row.song.split.name().into());
    let colour = match row.refused {
        Some(_) => t.text_weak,
        None => t.text,
    };
    let name = space.with_max_x(space.right() - SPLIT - NAME_END);
    painter.with_clip_rect(name).text(
        pos2(space.left() + size::UNIT, y),
        Align2::LEFT_CENTER,
        &row.song.id,
        FontId::proportional(size::TEXT),
        colour,
    );
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::ListItem,
            true,
            chosen,
            format!("Song {}", row.song.id),
        )
    });
    let clicked = response.clicked();
    response.on_hover_text(match &row.refused {
        Some(why) => format!("{}\n{why}", row.song.id),
        None => row.song.id.clone(),
    });
    clicked
}

/// The song in hand: its picture, to be heard, to be opened.
fn card(ui: &mut Ui, state: &mut State) {
    let t = Theme::of(ui);
    ui.add_space(size::GAP);
    let Some(chosen) = &state.data.song else {
        ui.label(weak(ui, "Click a song to see and hear it."));
        return;
    };
    ui.add(Label::new(RichText::new(&chosen.id).strong()).truncate());
    match &chosen.score {
        None => {
            ui.label(weak(ui, "Reading..."));
        }
        Some(Err(why)) => {
            ui.add(Label::new(RichText::new(why).color(t.error)).wrap());
        }
        Some(Ok(score)) => {
            let width = ui.available_width();
            let (space, response) = ui.allocate_exact_size(vec2(width, PICTURE), Sense::hover());
            let painter = ui.painter().with_clip_rect(space);
            painter.rect_filled(space, f32::from(size::RADIUS), t.row);
            let end = score.end().max(1);
            let none = BTreeSet::new();
            roll::thumbnail(&painter, space, roll::of_score(score, &none, t), 0..end);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Picture of the song"));
            let playing = state.data.listening && state.transport.is_playing();
            if playing {
                let share = (state.transport.position() / f64::from(end)).clamp(0.0, 1.0) as f32;
                let x = space.left() + share * space.width();
                painter.vline(x, space.y_range(), (1.0, t.playing));
            }
            ui.horizontal(|ui| {
                let (icon, word) = if playing {
                    (Icon::Square, "Stop")
                } else {
                    (Icon::Play, "Hear")
                };
                let hear = ui.add(egui::Button::new((theme::icon(icon), word)));
                let hear = hear.accessible_name(format!("{word} the song"));
                if hear
                    .on_hover_text("Plays the song from its beginning")
                    .clicked()
                {
                    data::listen(state);
                }
                let open = egui::Button::new((theme::icon(Icon::Piano), "Open in the roll"));
                let open = ui.add(open).accessible_name("Open in the roll");
                let open = open.on_hover_text("As a new piece, not saved yet");
                if open.clicked() {
                    files::ask_then(state, files::Then::DataSong);
                }
            });
        }
    }
}
