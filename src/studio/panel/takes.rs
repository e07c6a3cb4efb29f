//! The strip of takes: the original first, then every answer of the model, side by side.

use super::{Asks, text_button};
use crate::score::Take;
use crate::studio::command::Command as C;
use crate::studio::roll::{ThumbNote, of_score, of_take, thumbnail};
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use crate::studio::tour::{self, Mark};
use eframe::egui::{self, Rect, RichText, Sense, Ui, pos2, vec2};
use lucide_icons::Icon;
use std::ops::Range;

/// Size of a card, in points.
const CARD: egui::Vec2 = vec2(148.0, 84.0);

/// What a card shows.
struct Card {
    name: String,
    foot: String,
    hover: String,
    /// The mean confidence, 0..=1, drawn as a thin line.
    confidence: Option<f32>,
    lit: bool,
    notes: Vec<ThumbNote>,
    /// Share written so far, for the card of the take under way.
    share: Option<f32>,
}

/// Whether there is anything to show.
pub fn wanted(state: &State) -> bool {
    !state.document().takes.is_empty() || state.jobs.running.as_ref().is_some_and(|r| !r.stale)
}

/// Draws the strip.
pub fn show(ui: &mut Ui, state: &mut State) {
    tour::mark(ui.ctx(), Mark::Takes, ui.max_rect());
    if !wanted(state) {
        let generate = C::Generate.spec().key(ui.ctx());
        let words = format!(
            "Mask some bars and press {generate}: every answer stands here beside the original."
        );
        super::empty::line(ui, Icon::GalleryHorizontal, "No takes yet", &words);
        return;
    }
    egui::ScrollArea::horizontal()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| cards(ui, state));
        });
}

/// Draws what one does with takes, from right to left.
pub fn actions(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    if !wanted(state) {
        return;
    }
    accept(ui, state, asks);
    text_button(ui, state, C::Again, asks);
    text_button(ui, state, C::Discard, asks);
}

fn accept(ui: &mut Ui, state: &State, asks: &mut Asks) {
    let t = Theme::of(ui);
    let spec = C::Accept.spec();
    let icon = spec.icon.map(theme::icon).unwrap_or_default();
    let button = if state.takes.take.is_some() {
        egui::Button::new((
            icon.color(t.text_on_accent),
            RichText::new("Accept").color(t.text_on_accent).strong(),
        ))
        .fill(t.playing)
    } else {
        egui::Button::new((icon, "Accept"))
    };
    super::button(ui, state, spec, button, asks);
}

fn cards(ui: &mut Ui, state: &mut State) {
    let t = Theme::of(ui);
    let document = state.document().clone();
    let shown = state.takes;
    let derived = state.derived();
    // A take was written for the mask it carries; without any bars the whole piece is pictured.
    let range = derived.stats.span.unwrap_or((0, derived.end));
    let range = range.0..range.1;
    let hidden = Default::default();
    let original = Card {
        name: "Original".into(),
        foot: String::new(),
        hover: "What was there before".into(),
        confidence: None,
        lit: shown.take.is_none() && !shown.watching,
        notes: of_score(&document.score, &hidden, t)
            .filter(|n| n.start < range.end && n.start + n.length > range.start)
            .collect(),
        share: None,
    };
    if card(ui, &original, &range) {
        state.show_take(None);
    }
    for (i, take) in document.takes.iter().enumerate() {
        let lit = shown.take == Some(i) && !shown.watching;
        let c = Card {
            name: format!("Take {}", i + 1),
            foot: format!(
                "{:.0} %  {}",
                confidence(take) * 100.0,
                seconds(take.millis)
            ),
            hover: about(take),
            confidence: Some(confidence(take)),
            lit,
            notes: of_take(take, &document.score, t).collect(),
            share: None,
        };
        if card(ui, &c, &range) {
            state.show_take(Some(i));
        }
    }
    let Some(running) = state.jobs.running.as_ref().filter(|r| !r.stale) else {
        return;
    };
    let number = document.takes.len() + 1;
    let share = running.share_of_take();
    let more = running.takes.saturating_sub(running.finished + 1);
    let notes = state.jobs.snapshot().map_or(Vec::new(), |s| {
        let note = |n: &crate::engine::SnapshotNote| ThumbNote {
            start: n.start,
            length: n.length,
            pitch: n.pitch,
            color: theme::alpha(t.track_of(&document.score, n.track), 0.2 + 0.8 * n.decided),
        };
        s.notes.iter().map(note).collect()
    });
    let c = Card {
        name: format!("Take {number}"),
        foot: if more == 0 {
            format!("{:.0} %", share * 100.0)
        } else {
            format!("{:.0} %  +{more} to come", share * 100.0)
        },
        hover: "Being written; click to watch".into(),
        confidence: None,
        lit: shown.watching,
        notes,
        share: Some(share),
    };
    if card(ui, &c, &range) {
        state.show_take(None);
        state.takes.watching = true;
    }
}

/// Draws a card; whether it was clicked.
fn card(ui: &mut Ui, card: &Card, range: &Range<u32>) -> bool {
    let t = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
    response
        .widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, card.lit, &card.name));
    if card.lit && !ui.clip_rect().contains_rect(rect) && !response.hovered() {
        response.scroll_to_me(None);
    }
    if !ui.is_rect_visible(rect) {
        return false;
    }
    let fill = if card.lit || response.hovered() {
        t.raised
    } else {
        t.panel
    };
    let edge = match (card.lit, card.share) {
        (true, Some(_)) => t.mask,
        (true, None) => t.playing,
        _ => t.line,
    };
    let painter = ui.painter_at(rect);
    painter.rect(
        rect,
        size::RADIUS,
        fill,
        egui::Stroke::new(if card.lit { 2.0 } else { 1.0 }, edge),
        egui::StrokeKind::Inside,
    );
    let small = egui::FontId::proportional(size::TEXT_SMALL);
    let text = if card.lit { t.text } else { t.text_weak };
    painter.text(
        rect.left_top() + vec2(8.0, 5.0),
        egui::Align2::LEFT_TOP,
        &card.name,
        small.clone(),
        text,
    );
    painter.text(
        rect.right_top() + vec2(-8.0, 5.0),
        egui::Align2::RIGHT_TOP,
        &card.foot,
        small,
        t.text_weak,
    );
    let picture = Rect::from_min_max(rect.min + vec2(8.0, 24.0), rect.max - vec2(8.0, 10.0));
    thumbnail(&painter, picture, card.notes.iter().copied(), range.clone());
    if let Some(share) = card.share.or(card.confidence) {
        let from = pos2(rect.left() + 8.0, rect.bottom() - 6.0);
        let width = rect.width() - 16.0;
        painter.rect_filled(Rect::from_min_size(from, vec2(width, 2.0)), 1.0, t.line);
        let colour = if card.share.is_some() {
            t.mask
        } else {
            t.text_weak
        };
        painter.rect_filled(
            Rect::from_min_size(from, vec2(width * share.clamp(0.0, 1.0), 2.0)),
            1.0,
            colour,
        );
    }
    response.on_hover_text(&card.hover).clicked()
}

/// Mean confidence of a take's notes, 0..=1; 1 where nothing was written.
pub fn confidence(take: &Take) -> f32 {
    if take.notes.is_empty() {
        return 1.0;
    }
    take.notes.iter().map(|n| n.confidence).sum::<f32>() / take.notes.len() as f32
}

fn seconds(millis: u32) -> String {
    match millis {
        0..10_000 => format!("{:.1} s", millis as f32 / 1000.0),
        _ => format!("{:.0} s", millis as f32 / 1000.0),
    }
}

fn about(take: &Take) -> String {
    let r = &take.recipe;
    format!(
        "{}\n{} · mean confidence {:.0} % · written in {}\n{} on {} · seed {} · take {} of its request\n{} steps · temperature {:.2} · top-p {:.2} · change {:.0} %",
        take.name,
        crate::studio::stats::count(take.notes.len(), "note"),
        confidence(take) * 100.0,
        seconds(take.millis),
        r.model,
        r.device,
        r.settings.seed,
        r.take + 1,
        r.settings.steps,
        r.settings.temperature,
        r.settings.top_p,
        r.settings.change * 100.0,
    )
}
