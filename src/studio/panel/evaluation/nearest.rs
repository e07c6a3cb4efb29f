//! The piece in hand beside the stretch of a training song it comes nearest to: both seen, both heard, one after the
//! other at the same place.

use super::{hand, pick, weak};
use crate::studio::evaluation::{self, Search, Voice};
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{self, Key, Label, RichText, Role, Sense, Ui, WidgetInfo, vec2};
use lucide_icons::Icon;

/// Height of a picture, in points.
const PICTURE: (f32, f32) = (70.0, 180.0);

/// Draws it.
pub fn show(ui: &mut Ui, state: &mut State) {
    ui.horizontal_wrapped(|ui| {
        pick::row(ui, state);
        pieces(ui, state);
    });
    ui.add_space(size::UNIT);
    let near = match &state.evaluation.hand.search {
        Search::Found(near) => near.clone(),
        Search::Not => {
            evaluation::look_for_nearest(state);
            return;
        }
        Search::Looking => {
            ui.label(weak(ui, "Looking in the training songs..."));
            return;
        }
        Search::Nothing => {
            let words = "Nothing in the training songs is like it, it has fewer notes than a comparison needs, or the study was made without training songs.";
            ui.add(Label::new(weak(ui, words)).wrap());
            return;
        }
    };
    let t = Theme::of(ui);
    let sentence = near.found.sentence();
    let colour = match near.found.is_copy() {
        true => t.error,
        false => t.text,
    };
    let mut sentence = sentence.chars();
    let first = sentence.next().map(|c| c.to_uppercase().to_string());
    let sentence = format!("{}{}.", first.unwrap_or_default(), sentence.as_str());
    ui.add(Label::new(RichText::new(sentence).color(colour)).wrap());
    let what = "A copy counts from 75 %. Half of the songs nobody trained on share more than 36 % of four bars with some training song, one in twenty more than 65 %: music is full of common turns.";
    ui.add(Label::new(weak(ui, what).small()).wrap());
    ui.add_space(size::GAP);
    voices(ui, state);
    ui.add_space(size::UNIT);
    let tall = ((ui.available_height() - 3.0 * size::ROW) / 2.0).clamp(PICTURE.0, PICTURE.1);
    let song = format!("song {}, from bar {}", near.found.name, near.found.from + 1);
    let written = format!("what was written, from bar {}", near.found.at + 1);
    for (voice, name, score) in [
        (Voice::Stretch, written, &near.stretch),
        (Voice::Song, song, &near.song),
    ] {
        ui.label(RichText::new(&name).small().color(t.text_weak));
        let (space, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), tall), Sense::click());
        response
            .widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Picture of {name}")));
        hand::picture(ui, space, score, None);
        if state.evaluation.hand.voice == voice {
            hand::playhead(ui.painter(), space, score, state, t);
        }
        if response.on_hover_text("Click to hear this one").clicked() {
            hear(state, voice);
        }
        ui.add_space(size::UNIT);
    }
}

/// Hears a voice; one that sounds already stops.
fn hear(state: &mut State, voice: Voice) {
    let same = state.evaluation.hand.voice == voice;
    evaluation::say_as(state, voice);
    let sounding = state.evaluation.listening && state.transport.is_playing();
    if same || !sounding {
        evaluation::listen(state);
    }
}

/// The piece before and after this one.
fn pieces(ui: &mut Ui, state: &mut State) {
    let (row, piece) = (state.evaluation.hand.row, state.evaluation.hand.piece);
    let count = state.evaluation.row().map_or(0, |r| r.pieces.len());
    let name = state
        .evaluation
        .piece()
        .map_or(String::new(), |p| p.name.clone());
    for (icon, words, to) in [
        (Icon::ChevronLeft, "Piece before", piece.checked_sub(1)),
        (
            Icon::ChevronRight,
            "Piece after",
            Some(piece + 1).filter(|p| *p < count),
        ),
    ] {
        let button = egui::Button::new(theme::icon(icon));
        let button = ui.add_enabled(to.is_some(), button).accessible_name(words);
        let button = button
            .on_hover_text(words)
            .on_disabled_hover_text("There is none");
        if let (true, Some(to)) = (button.clicked(), to) {
            evaluation::show(state, row, to);
        }
    }
    ui.label(RichText::new(name).strong());
    ui.label(weak(ui, format!("{} of {count}", piece + 1)));
}

fn voices(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        let playing = state.evaluation.listening && state.transport.is_playing();
        let now = state.evaluation.hand.voice;
        for (voice, name) in [
            (Voice::Stretch, "Hear what was written"),
            (Voice::Song, "Hear the song"),
        ] {
            let sounds = playing && now == voice;
            let icon = if sounds { Icon::Square } else { Icon::Play };
            let button = egui::Button::new((theme::icon(icon), name)).selected(now == voice);
            let button = ui.add(button).accessible_name(name);
            if button
                .on_hover_text("While one sounds, the other takes over at the same place (X)")
                .clicked()
            {
                hear(state, voice);
            }
        }
        ui.label(weak(ui, "X changes between them").small());
    });
    let free = ui.ctx().memory(|m| m.focused().is_none());
    if free && ui.input(|i| i.key_pressed(Key::X) && i.modifiers.is_none()) {
        let other = match state.evaluation.hand.voice {
            Voice::Stretch => Voice::Song,
            _ => Voice::Stretch,
        };
        let sounding = state.evaluation.listening && state.transport.is_playing();
        evaluation::say_as(state, other);
        if !sounding {
            evaluation::listen(state);
        }
    }
}
