//! The track list: colour, name, instrument, mute, solo, volume and level of each voice.

use super::{Asks, heading, icon_button, instrument, track_mix, track_order};
use crate::score::{Edit, Mix, Track, TrackId};
use crate::studio::command::Command as C;
use crate::studio::state::{Renaming, State};
use crate::studio::theme::{self, Theme, size};
use crate::studio::tracks::{self, Eye};
use eframe::egui::{
    self, Align, Key, Layout, Rect, Response, RichText, Sense, Ui, UiBuilder, pos2, vec2,
};
use lucide_icons::Icon;
use std::sync::Arc;

/// Height of one track's row, in points, and what the track in hand has more.
const ROW: f32 = 62.0;
const MORE: f32 = 26.0;

/// Draws the list.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    ui.horizontal(|ui| {
        let count = state.document().score.tracks.len();
        heading(ui, &crate::studio::stats::count(count, "track"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            icon_button(ui, state, C::AddTrack, false, asks);
            icon_button(ui, state, C::RemoveTrack, false, asks);
            icon_button(ui, state, C::Ghosts, state.settings.ghosts, asks);
        });
    });
    let list: Vec<Arc<Track>> = state.document().score.tracks.clone();
    if list.is_empty() {
        super::empty::show(
            ui,
            Icon::ListMusic,
            "No tracks",
            "Notes and masks stand on tracks.",
            |ui| {
                super::text_button(ui, state, C::AddTrack, asks);
            },
        );
        return;
    }
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = size::UNIT;
            let mut rows = Vec::with_capacity(list.len());
            for (i, track) in list.iter().enumerate() {
                let row = ui.push_id(track.id.0, |ui| row(ui, state, i, track, asks));
                rows.push((track.id, row.inner));
            }
            track_order::drag(ui, state, &rows);
        });
}

fn row(ui: &mut Ui, state: &mut State, index: usize, track: &Track, asks: &mut Asks) -> Response {
    let t = Theme::of(ui);
    let in_hand = state.track == Some(track.id);
    let hidden = state.hidden.contains(&track.id);
    let height = if in_hand { ROW + MORE } else { ROW };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click_and_drag());
    let response = response.on_hover_text(
        "Click to take this track in hand: new notes go there\nDrag to move it in the list",
    );
    response.widget_info(|| {
        egui::WidgetInfo::selected(
            egui::Role::ListItem,
            true,
            in_hand,
            format!("Track {}", track.name),
        )
    });
    let fill = match (in_hand, response.hovered()) {
        (true, _) => t.raised,
        (_, true) => theme::mix(t.panel, t.raised, 0.5),
        _ => t.panel,
    };
    ui.painter().rect_filled(rect, size::RADIUS, fill);
    let colour = t.track(state.document().score.colour(index));
    let stripe = Rect::from_min_max(rect.min, pos2(rect.left() + 4.0, rect.bottom()));
    ui.painter().rect_filled(
        stripe,
        size::RADIUS,
        if hidden {
            theme::alpha(colour, 0.35)
        } else {
            colour
        },
    );
    if response.clicked() || response.secondary_clicked() {
        state.track = Some(track.id);
    }
    response.context_menu(|ui| {
        for command in [
            C::MaskTrack,
            C::LockTrack,
            C::ArmTrack,
            C::Mute,
            C::Solo,
            C::HideTrack,
            C::GhostTrack,
            C::RemoveTrack,
        ] {
            super::menu::entry(ui, state, command.spec(), asks);
        }
        for command in [C::RenameTrack, C::TrackUp, C::TrackDown] {
            super::menu::entry(ui, state, command.spec(), asks);
        }
        colours(ui, state, track);
    });
    let inner = Rect::from_min_max(rect.min + vec2(12.0, 4.0), rect.max - vec2(6.0, 6.0));
    let mut ui = ui.new_child(
        UiBuilder::new()
            .max_rect(inner)
            .layout(Layout::top_down(Align::LEFT)),
    );
    let ui = &mut ui;
    if in_hand {
        // Buttons and rails are told from the row they lie on.
        let resting = &mut ui.visuals_mut().widgets.inactive;
        resting.weak_bg_fill = theme::mix(t.raised, t.text, 0.09);
        resting.bg_fill = theme::mix(t.raised, t.text, 0.22);
    }
    ui.spacing_mut().item_spacing = vec2(size::UNIT, 2.0);
    ui.spacing_mut().button_padding = vec2(6.0, 1.0);
    ui.spacing_mut().interact_size.y = 22.0;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            switches(ui, state, track, in_hand);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                name(ui, state, track, &response)
            });
        });
    });
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            volume(ui, state, track);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                instrument::button(ui, state, track)
            });
        });
    });
    if in_hand {
        track_mix::show(ui, state, track);
    }
    level(ui, state, track.id, rect);
    response
}

/// The theme's track colours, to choose one from.
fn colours(ui: &mut Ui, state: &mut State, track: &Track) {
    let t = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for place in 0..t.tracks.len() {
            let button = egui::Button::new("").fill(t.track(place));
            let button = ui
                .add(button.min_size(vec2(16.0, 16.0)))
                .accessible_name(format!("Colour {} for {}", place + 1, track.name));
            if button.clicked() {
                state.edit(Edit::SetColour {
                    track: track.id,
                    colour: place as u8,
                });
                ui.close();
            }
        }
    });
}

fn switches(ui: &mut Ui, state: &mut State, track: &Track, in_hand: bool) {
    let t = Theme::of(ui);
    let name = &track.name;
    let (glyph, does, hint) = match tracks::eye(state, track.id) {
        Eye::Shown => (
            Icon::Eye,
            format!("Hide {name}"),
            "Its notes are shown; click to have them faintly behind the others",
        ),
        Eye::Ghost => (
            Icon::Ghost,
            format!("Leave {name} out of ghosts"),
            "Its notes are ghosts behind the others (H); click to hide them altogether",
        ),
        Eye::Away => (
            Icon::EyeOff,
            format!("Show {name}"),
            "Its notes are hidden and sound all the same; click to show them",
        ),
    };
    let eye =
        egui::Button::new(theme::icon(glyph).size(size::TEXT).color(t.text_weak)).frame(false);
    let eye = ui.add(eye).accessible_name(does);
    if eye.on_hover_text(hint).clicked() {
        tracks::step_eye(state, track.id);
    }
    // The track in hand has both under its volume.
    if !in_hand {
        track_mix::signs(ui, state, track);
    }
    let mut mix = track.mix;
    let solo = letter(ui, "S", mix.solo, t.playing, t.text_on_accent);
    if solo
        .accessible_name(format!("Solo {}", track.name))
        .on_hover_text("Only solo tracks are heard")
        .clicked()
    {
        mix.solo = !mix.solo;
    }
    let mute = letter(ui, "M", mix.mute, t.error, t.text_on(t.error));
    if mute
        .accessible_name(format!("Mute {}", track.name))
        .on_hover_text("This track is not heard")
        .clicked()
    {
        mix.mute = !mix.mute;
    }
    if mix != track.mix {
        state.edit(Edit::SetMix {
            track: track.id,
            mix,
        });
    }
}

fn letter(
    ui: &mut Ui,
    letter: &str,
    on: bool,
    fill: egui::Color32,
    text: egui::Color32,
) -> Response {
    let label = RichText::new(letter).small().strong();
    let button = if on {
        egui::Button::new(label.color(text)).fill(fill)
    } else {
        egui::Button::new(label)
    };
    let button = ui.add(button.min_size(vec2(20.0, 18.0)));
    let told = |b: &mut egui::accesskit::Node| b.set_toggled(on.into());
    ui.ctx().accesskit_node_builder(button.id, told);
    button
}

fn name(ui: &mut Ui, state: &mut State, track: &Track, row: &Response) {
    if let Some(Renaming::Track(id, text)) = &mut state.renaming
        && *id == track.id
    {
        let field = ui
            // An id of its own: the label that comes after it must not take it for a field being typed in.
            .add(
                egui::TextEdit::singleline(text)
                    .id_salt("name")
                    .align(egui::Align2::LEFT_CENTER)
                    .desired_width(f32::INFINITY),
            )
            .accessible_name("Track name");
        if !field.has_focus() {
            field.request_focus();
            field.scroll_to_me(None);
        }
        let new = text.trim().to_owned();
        if ui.input(|i| i.key_pressed(Key::Escape)) {
            state.renaming = None;
        } else if ui.input(|i| i.key_pressed(Key::Enter)) || field.clicked_elsewhere() {
            state.renaming = None;
            if !new.is_empty() && new != track.name {
                state.edit(Edit::RenameTrack {
                    track: track.id,
                    name: new,
                });
            }
        }
        return;
    }
    let shown = if track.name.is_empty() {
        "Unnamed"
    } else {
        &track.name
    };
    let label = egui::Label::new(RichText::new(shown).strong())
        .truncate()
        .selectable(false)
        // The row itself is what the keyboard comes to.
        .sense(Sense::CLICK);
    let label = ui
        .add(label)
        .on_hover_text(format!("{shown}\nDouble-click to rename"));
    if label.clicked() {
        state.track = Some(track.id);
    }
    if label.double_clicked() || row.double_clicked() {
        state.renaming = Some(Renaming::Track(track.id, track.name.clone()));
    }
}

fn volume(ui: &mut Ui, state: &mut State, track: &Track) {
    let mut volume = track.mix.volume;
    ui.spacing_mut().slider_width = 56.0;
    let slider = egui::Slider::new(&mut volume, 0.0..=1.5)
        .show_value(false)
        .trailing_fill(true);
    let slider = ui
        .add(slider)
        .accessible_name(format!("Volume of {}", track.name));
    let percent = format!("Volume {:.0} %; double-click for 100 %", volume * 100.0);
    if slider.double_clicked() {
        state.edit(Edit::SetMix {
            track: track.id,
            mix: Mix {
                volume: 1.0,
                ..track.mix
            },
        });
    } else if slider.changed() {
        let gesture = state.widget_gesture(&slider);
        state.edit_in(
            gesture,
            Edit::SetMix {
                track: track.id,
                mix: Mix {
                    volume,
                    ..track.mix
                },
            },
        );
    }
    slider.on_hover_text(percent);
}

/// A thin line at the foot of the row, as long as the track is loud.
fn level(ui: &Ui, state: &State, track: TrackId, row: Rect) {
    let level = state.transport.player.level(track).clamp(0.0, 1.0);
    if level > 0.001 {
        let t = Theme::of(ui);
        // Square root: quiet tracks move as well.
        let width = (row.width() - 12.0) * level.sqrt();
        let from = pos2(row.left() + 8.0, row.bottom() - 4.0);
        ui.painter()
            .rect_filled(Rect::from_min_size(from, vec2(width, 2.0)), 1.0, t.playing);
    }
}
