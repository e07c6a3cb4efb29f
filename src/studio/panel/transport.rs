//! The transport line: play and go, where one is, tempo and meter, tools and grid.

use super::{Asks, icon_button};
use crate::score::{Bars, Edit, Meter, Tempo};
use crate::studio::command::Command as C;
use crate::studio::invoke::tool;
use crate::studio::roll::{Snap, SnapMode};
use crate::studio::state::State;
use crate::studio::theme::{Theme, size};
use crate::studio::tour::{self, Mark};
use eframe::egui::{self, Align, Layout, RichText, Ui};

/// Below this width, in points, the line leaves out what is written elsewhere as well.
const NARROW: f32 = 1120.0;
/// Below this width, what the Play menu has as well, and what is asked for seldom.
const TIGHT: f32 = 960.0;
/// Below this width, what has a key of its own.
const TINY: f32 = 860.0;

/// Draws the line.
pub fn show(ui: &mut Ui, state: &mut State, asks: &mut Asks) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = size::UNIT;
        let width = ui.available_width();
        let (narrow, tight, tiny) = (width < NARROW, width < TIGHT, width < TINY);
        let playing = state.transport.is_playing();
        if !tiny {
            icon_button(ui, state, C::ToStart, false, asks);
        }
        play_button(ui, state, playing, asks);
        icon_button(ui, state, C::Stop, false, asks);
        record_button(ui, state, asks);
        icon_button(ui, state, C::Loop, state.transport.looping, asks);
        if !narrow {
            icon_button(ui, state, C::Metronome, state.settings.metronome, asks);
            let away = state.roll.looks_away && playing;
            icon_button(ui, state, C::Follow, state.settings.follow && !away, asks);
        }
        gap(ui);
        position(ui, state, narrow);
        gap(ui);
        tempo(ui, state);
        meter(ui, state);
        gap(ui);
        for command in [
            C::ToolSelect,
            C::ToolDraw,
            C::ToolErase,
            C::ToolMask,
            C::ToolLasso,
            C::ToolSplit,
            C::ToolSelectLasso,
        ] {
            let on = state.tool == tool(command);
            // The Edit menu and the digits have them all.
            let spare = matches!(command, C::ToolSplit | C::ToolSelectLasso);
            let seldom = command == C::ToolLasso;
            if on || !(narrow && spare || tight && seldom) {
                let button = icon_button(ui, state, command, on, asks);
                if command == C::ToolMask {
                    tour::mark(ui.ctx(), Mark::Mask, button.rect);
                }
            }
        }
        gap(ui);
        snap(ui, state);
        if !tight {
            mask_scope(ui, state);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            icon_button(ui, state, C::Redo, false, asks);
            icon_button(ui, state, C::Undo, false, asks);
        });
    });
}

fn gap(ui: &mut Ui) {
    ui.add_space(size::UNIT);
    ui.separator();
    ui.add_space(size::UNIT);
}

fn play_button(ui: &mut Ui, state: &State, playing: bool, asks: &mut Asks) {
    let t = Theme::of(ui);
    let spec = C::PlayPause.spec();
    let glyph = if playing {
        lucide_icons::Icon::Pause
    } else {
        lucide_icons::Icon::Play
    };
    let glyph = crate::studio::theme::icon(glyph);
    let button = if playing {
        egui::Button::new(glyph.color(t.text_on_accent)).fill(t.playing)
    } else {
        egui::Button::new(glyph)
    };
    let name = if playing { "Pause" } else { "Play" };
    let button = super::button(ui, state, spec, button, asks).accessible_name(name);
    tour::mark(ui.ctx(), Mark::Play, button.rect);
}

/// Red while it records: what is played is kept.
fn record_button(ui: &mut Ui, state: &State, asks: &mut Asks) {
    let recording = state.input.recording.is_some();
    if !recording {
        icon_button(ui, state, C::Record, false, asks);
        return;
    }
    let t = Theme::of(ui);
    let glyph = crate::studio::theme::icon(lucide_icons::Icon::Circle).color(t.text_on_accent);
    let button = egui::Button::new(glyph).fill(t.error);
    super::button(ui, state, C::Record.spec(), button, asks).accessible_name("Stop recording");
}

/// "12.3.240": bar, beat and tick, all but the ticks from 1.
pub fn place(bars: &Bars, ppq: u16, tick: u32) -> String {
    let bar = bars.bar_at(tick);
    let into = tick - bars.start(bar);
    let beat = bars.meter(bar).beat_ticks(ppq);
    format!("{}.{}.{:03}", bar + 1, into / beat + 1, into % beat)
}

fn position(ui: &mut Ui, state: &mut State, narrow: bool) {
    let tick = state.transport.position().max(0.0);
    let preview = state.preview();
    let place = place(&state.derived().bars, preview.ppq, tick as u32);
    let seconds = preview.clock().seconds(tick);
    let time = format!("{}:{:04.1}", (seconds / 60.0) as u32, seconds % 60.0);
    let colour = if state.transport.is_playing() {
        Theme::of(ui).playing
    } else {
        Theme::of(ui).text
    };
    let text = RichText::new(format!("{place:>10}"))
        .monospace()
        .size(size::TEXT + 2.0)
        .color(colour);
    ui.label(text).on_hover_text(format!(
        "Bar, beat and tick of the playhead; {time} from the start"
    ));
    if narrow {
        return;
    }
    let weak = Theme::of(ui).text_weak;
    ui.label(RichText::new(format!("{time:>7}")).monospace().color(weak))
        .on_hover_text("Minutes and seconds from the start");
}

fn tempo(ui: &mut Ui, state: &mut State) {
    let at = state.transport.position().max(0.0) as u32;
    let score = state.document().score.clone();
    let mut bpm = score.bpm_at(at);
    let field = egui::DragValue::new(&mut bpm)
        .range(10.0..=400.0)
        .speed(0.25)
        .max_decimals(1)
        .suffix(" bpm");
    let several = if score.tempos.len() > 1 {
        "\nThe piece changes tempo; this is the tempo at the playhead"
    } else {
        ""
    };
    let field = ui
        .add(field)
        .accessible_name("Tempo")
        .on_hover_text(format!(
            "Tempo in quarter notes a minute; drag or click{several}"
        ));
    if field.changed() {
        let tick = score
            .tempos
            .iter()
            .rev()
            .map(|t| t.tick)
            .find(|&t| t <= at)
            .unwrap_or(0);
        let micros_per_quarter = (60e6 / bpm.clamp(10.0, 400.0)).round() as u32;
        let gesture = state.widget_gesture(&field);
        state.edit_in(
            gesture,
            Edit::SetTempo(Tempo {
                tick,
                micros_per_quarter,
            }),
        );
    }
}

const METERS: [(u8, u16); 10] = [
    (2, 4),
    (3, 4),
    (4, 4),
    (5, 4),
    (6, 4),
    (7, 4),
    (6, 8),
    (7, 8),
    (9, 8),
    (12, 8),
];

fn meter(ui: &mut Ui, state: &mut State) {
    let at = state.transport.position().max(0.0) as u32;
    let derived = state.derived();
    let now = derived.bars.meter(derived.bars.bar_at(at));
    let mut chosen = None;
    let shown = format!("{}/{}", now.numerator, now.denominator);
    let combo = egui::ComboBox::from_id_salt("meter")
        .selected_text(shown)
        .width(52.0)
        .show_ui(ui, |ui| {
            for (n, d) in METERS {
                let on = (n, d) == (now.numerator, now.denominator);
                if ui.selectable_label(on, format!("{n}/{d}")).clicked() && !on {
                    chosen = Some((n, d));
                }
            }
        });
    combo
        .response
        .accessible_name("Meter")
        .on_hover_text("Beats in a bar, from the last change of meter on");
    if let Some((n, d)) = chosen {
        let tick = state
            .document()
            .score
            .meters
            .iter()
            .rev()
            .map(|m| m.tick)
            .find(|&t| t <= at)
            .unwrap_or(0);
        state.edit(Edit::SetMeter(Meter::new(tick, n, d)));
    }
}

/// Name of a grid, in a composer's words.
pub fn snap_name(snap: Snap) -> &'static str {
    match snap {
        Snap::Off => "off",
        Snap::Bar => "bar",
        Snap::Beat => "beat",
        Snap::Division(1) => "1/4",
        Snap::Division(2) => "1/8",
        Snap::Division(3) => "1/8 triplet",
        Snap::Division(4) => "1/16",
        Snap::Division(6) => "1/16 triplet",
        Snap::Division(8) => "1/32",
        Snap::Swing { division: 2, .. } => "1/8 swing",
        Snap::Swing { division: 4, .. } => "1/16 swing",
        Snap::Swing { .. } => "swing",
        Snap::Division(12) => "1/32 triplet",
        Snap::Division(16) => "1/64",
        Snap::Division(_) => "fine",
    }
}

/// Grids that swing as triplets do.
const fn swing(division: u32) -> Snap {
    Snap::Swing {
        division,
        percent: 67,
    }
}

const SNAPS: [Snap; 11] = [
    Snap::Off,
    Snap::Bar,
    Snap::Beat,
    Snap::Division(1),
    Snap::Division(2),
    Snap::Division(3),
    Snap::Division(4),
    Snap::Division(6),
    Snap::Division(8),
    swing(2),
    swing(4),
];

fn snap(ui: &mut Ui, state: &mut State) {
    let combo = egui::ComboBox::from_id_salt("grid")
        .selected_text(format!("Grid {}", snap_name(state.snap)))
        .width(108.0)
        // All of it is seen at once.
        .height(480.0)
        .show_ui(ui, |ui| {
            for snap in SNAPS {
                ui.selectable_value(&mut state.snap, snap, snap_name(snap));
            }
            if let Snap::Swing { percent, .. } = &mut state.snap {
                let late = egui::DragValue::new(percent).range(50..=75).suffix(" %");
                ui.add(late)
                    .accessible_name("Swing of the grid")
                    .on_hover_text("Where every second line stands in its pair: 50 is straight, 67 as triplets swing");
            }
            ui.separator();
            for mode in SnapMode::ALL {
                ui.radio_value(&mut state.roll.snap_mode, mode, mode.words());
            }
        });
    combo
        .response
        .accessible_name("Grid")
        .on_hover_text("What drawing and moving keep to; hold Alt to be free of it");
}

fn mask_scope(ui: &mut Ui, state: &mut State) {
    let word = |one: bool| {
        if one { "track in hand" } else { "all tracks" }
    };
    let one = &mut state.mask_in_hand_only;
    let combo = egui::ComboBox::from_id_salt("mask-scope")
        .selected_text(format!("Mask {}", word(*one)))
        .width(132.0)
        .show_ui(ui, |ui| {
            ui.selectable_value(one, false, "All tracks that are shown");
            ui.selectable_value(one, true, "The track in hand only");
        });
    combo
        .response
        .accessible_name("What new masks mean")
        .on_hover_text(
            "Whether a new mask means every track that is shown, or only the one in hand",
        );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one() {
        let bars = Bars::new(&[Meter::new(0, 3, 4)], 480);
        assert_eq!(place(&bars, 480, 0), "1.1.000");
        assert_eq!(place(&bars, 480, 1440 + 480 + 7), "2.2.007");
        let bars = Bars::new(&[Meter::new(0, 6, 8)], 480);
        assert_eq!(place(&bars, 480, 240), "1.2.000");
    }
}
