//! What the track in hand shows besides: armed or not, locked or not, and where it stands between left and right. The
//! other tracks show what of it is on.

use crate::score::{Edit, Mix, Track};
use crate::studio::command::Command;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use crate::studio::tracks;
use eframe::egui::{self, Align, Color32, Layout, Response, RichText, Ui, vec2};
use lucide_icons::Icon;

/// So near the middle, a pan is the middle.
const MIDDLE: f32 = 0.04;

fn sign(ui: &mut Ui, glyph: Icon, on: bool, colour: Color32) -> Response {
    let t = Theme::of(ui);
    let icon = theme::icon(glyph).size(size::TEXT);
    let button = match on {
        true => egui::Button::new(icon.color(t.text_on(colour))).fill(colour),
        false => egui::Button::new(icon.color(t.text_weak)),
    };
    ui.add(button.min_size(vec2(22.0, 18.0)))
}

fn with_key(ui: &Ui, command: Command, text: &str) -> String {
    let key = command.spec().key(ui.ctx());
    format!("{text} ({key} for the track in hand)")
}

fn arm(ui: &mut Ui, state: &mut State, track: &Track) {
    let on = state.tracks.armed == Some(track.id);
    let t = Theme::of(ui);
    let (verb, text) = match on {
        true => ("Disarm", "Plays and records what hands play"),
        false => (
            "Arm",
            "Have it play and record what hands play, whichever track is in hand",
        ),
    };
    let text = with_key(ui, Command::ArmTrack, text);
    let button = sign(ui, Icon::CircleDot, on, t.error)
        .accessible_name(format!("{verb} {}", track.name))
        .on_hover_text(text);
    if button.clicked() {
        tracks::toggle_arm(state, track.id);
    }
}

fn lock(ui: &mut Ui, state: &mut State, track: &Track) {
    let t = Theme::of(ui);
    let (verb, glyph, text) = match track.locked {
        true => (
            "Unlock",
            Icon::Lock,
            "Locked: no edit changes it and no model writes on it",
        ),
        false => (
            "Lock",
            Icon::LockOpen,
            "Keep it as it is: no edit, no model",
        ),
    };
    let text = with_key(ui, Command::LockTrack, text);
    let button = sign(ui, glyph, track.locked, t.text_weak)
        .accessible_name(format!("{verb} {}", track.name))
        .on_hover_text(text);
    if button.clicked() {
        tracks::toggle_lock(state, track.id);
    }
}

/// Of a track that is not in hand: the signs that it is locked or armed, each to be undone by a click.
pub fn signs(ui: &mut Ui, state: &mut State, track: &Track) {
    if track.locked {
        lock(ui, state, track);
    }
    if state.tracks.armed == Some(track.id) {
        arm(ui, state, track);
    }
}

/// "L 30", "centre", "R 100".
fn side(pan: f32) -> String {
    match (pan * 100.0).round() as i32 {
        0 => "centre".into(),
        n if n < 0 => format!("L {}", -n),
        n => format!("R {n}"),
    }
}

/// The line under instrument and volume.
pub fn show(ui: &mut Ui, state: &mut State, track: &Track) {
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        arm(ui, state, track);
        lock(ui, state, track);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            pan(ui, state, track)
        });
    });
}

fn pan(ui: &mut Ui, state: &mut State, track: &Track) {
    let mut pan = track.mix.pan;
    ui.spacing_mut().slider_width = 56.0;
    let slider = egui::Slider::new(&mut pan, -1.0..=1.0).show_value(false);
    let slider = ui
        .add(slider)
        .accessible_name(format!("Pan of {}", track.name));
    let mix = |pan: f32| Edit::SetMix {
        track: track.id,
        mix: Mix { pan, ..track.mix },
    };
    if slider.double_clicked() {
        state.edit(mix(0.0));
    } else if slider.changed() {
        let gesture = state.widget_gesture(&slider);
        let pan = if pan.abs() < MIDDLE { 0.0 } else { pan };
        state.edit_in(gesture, mix(pan));
    }
    let weak = Theme::of(ui).text_weak;
    ui.label(RichText::new(side(track.mix.pan)).small().color(weak));
    slider.on_hover_text(format!("Pan {}; double-click for the centre", side(pan)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_called_as_on_a_desk() {
        assert_eq!(
            [-1.0, -0.3, 0.0, 0.004, 0.5].map(side),
            ["L 100", "L 30", "centre", "centre", "R 50"]
        );
    }
}
