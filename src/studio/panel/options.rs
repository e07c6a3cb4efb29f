//! The small panes that ask how: each its fields, one line that says what it is about, and a button.

use super::heading;
use crate::score::shape::{CHORDS, Direction};
use crate::studio::options::Pane;
use crate::studio::selecting::{self, CRITERIA, Criterion, JOININGS};
use crate::studio::state::State;
use crate::studio::stats::count;
use crate::studio::theme::{Theme, size};
use crate::studio::{command::Command, shaping};
use eframe::egui::{self, Align, Layout, RichText, Ui};

/// Grids one can quantise to: name and lines a quarter note.
const GRIDS: [(&str, u32); 7] = [
    ("1/4", 1),
    ("1/8", 2),
    ("1/8 triplet", 3),
    ("1/16", 4),
    ("1/16 triplet", 6),
    ("1/32", 8),
    ("1/32 triplet", 12),
];

/// What came of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Open,
    Done,
}

/// Draws a pane; carries out what it asks about when its button is pressed.
pub fn show(ui: &mut Ui, state: &mut State, pane: Pane) -> Choice {
    ui.set_width(320.0);
    ui.spacing_mut().item_spacing.y = size::GAP;
    let (command, about, verb): (Command, String, &str) = match pane {
        Pane::Quantise => (Command::QuantiseBy, notes_meant(state), "Apply"),
        Pane::Humanise => (Command::Humanise, notes_meant(state), "Apply"),
        Pane::Strum => (Command::Strum, notes_meant(state), "Apply"),
        Pane::Ramp => (Command::Ramp, notes_meant(state), "Apply"),
        Pane::Chord => (Command::StampBy, "Shift+C stamps it again.".into(), "Stamp"),
        Pane::Select => {
            let found = selecting::find(state, state.options.select.criterion);
            let about = format!("{} found", count(found.len(), "note"));
            (Command::SelectBy, about, "Apply")
        }
    };
    let spec = command.spec();
    ui.label(RichText::new(spec.name.trim_end_matches("...")).strong());
    match pane {
        Pane::Quantise => quantise(ui, state),
        Pane::Humanise => humanise(ui, state),
        Pane::Strum => strum(ui, state),
        Pane::Ramp => ramp(ui, state),
        Pane::Chord => chord(ui, state),
        Pane::Select => select(ui, state),
    }
    ui.label(RichText::new(about).color(Theme::of(ui).text_weak));
    let mut choice = Choice::Open;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let go = ui.button(RichText::new(verb).strong());
        if ui.memory(|m| m.focused().is_none()) {
            go.request_focus();
        }
        if go.clicked() {
            choice = Choice::Done;
            act(state, pane);
        }
        if pane == Pane::Select {
            let mask = ui.button("Mask them");
            let mask = mask.on_hover_text("What is found will be written anew");
            if mask.clicked() {
                choice = Choice::Done;
                selecting::mask_by(state);
            }
        }
        if ui.button("Cancel").clicked() {
            choice = Choice::Done;
        }
    });
    choice
}

fn act(state: &mut State, pane: Pane) {
    match pane {
        Pane::Quantise => shaping::quantise(state),
        Pane::Humanise => shaping::humanise(state),
        Pane::Strum => shaping::strum(state),
        Pane::Ramp => shaping::ramp(state),
        Pane::Chord => shaping::stamp(state),
        Pane::Select => selecting::select_by(state),
    }
}

fn notes_meant(state: &mut State) -> String {
    match state.selection.len() {
        0 => {
            let all = shaping::chosen(state).len();
            format!("All {} of the track in hand", count(all, "note"))
        }
        n => format!("{} selected", count(n, "note")),
    }
}

/// A field with its name above it.
fn field<R>(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    heading(ui, name);
    content(ui)
}

/// A list to choose from.
fn choose<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    all: impl Iterator<Item = (T, &'static str)> + Clone,
) {
    let shown = all.clone().find(|(v, _)| v == value);
    let combo = egui::ComboBox::from_id_salt(name)
        .selected_text(shown.map_or("", |s| s.1))
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for (v, text) in all {
                ui.selectable_value(value, v, text);
            }
        });
    combo.response.accessible_name(name);
}

/// A share in percent.
fn percent(ui: &mut Ui, name: &str, share: &mut f32, hover: &str) {
    let mut shown = *share * 100.0;
    let slider = egui::Slider::new(&mut shown, 0.0..=100.0)
        .suffix(" %")
        .fixed_decimals(0);
    let slider = ui.add(slider).accessible_name(name).on_hover_text(hover);
    if slider.changed() {
        *share = shown / 100.0;
    }
}

fn quantise(ui: &mut Ui, state: &mut State) {
    let how = &mut state.options.quantise;
    field(ui, "Grid", |ui| {
        let grids = GRIDS.iter().map(|&(name, division)| (division, name));
        choose(ui, "Quantise to", &mut how.division, grids);
    });
    let triplets = how.division.is_multiple_of(3);
    field(ui, "Swing", |ui| {
        ui.add_enabled_ui(!triplets, |ui| {
            let slider = egui::Slider::new(&mut how.swing, 50.0..=75.0)
                .suffix(" %")
                .fixed_decimals(0);
            ui.add(slider)
                .accessible_name("Swing")
                .on_hover_text("Where every second line stands in its pair: 50 is straight, 67 as triplets swing")
                .on_disabled_hover_text("Triplets do not swing");
        });
    });
    field(ui, "Strength", |ui| {
        percent(
            ui,
            "Strength",
            &mut how.strength,
            "How far notes go: 100 lands on the grid, 50 half way",
        );
    });
    ui.horizontal(|ui| {
        ui.checkbox(&mut how.onsets, "Onsets");
        ui.checkbox(&mut how.lengths, "Lengths")
            .on_hover_text("Lengths become whole steps of the grid");
    });
    if triplets {
        how.swing = 50.0;
    }
}

fn humanise(ui: &mut Ui, state: &mut State) {
    let options = &mut state.options;
    field(ui, "Time", |ui| {
        let slider = egui::Slider::new(&mut options.humanise.millis, 0.0..=60.0)
            .suffix(" ms")
            .fixed_decimals(0);
        ui.add(slider)
            .accessible_name("Most time")
            .on_hover_text("Most that a note goes early or late");
    });
    field(ui, "Velocity", |ui| {
        let slider = egui::Slider::new(&mut options.humanise.velocity, 0..=40);
        ui.add(slider)
            .accessible_name("Most velocity")
            .on_hover_text("Most that a note gets louder or softer, of 127");
    });
    field(ui, "Seed", |ui| {
        ui.add(egui::DragValue::new(&mut options.seed).speed(1.0))
            .accessible_name("Seed")
            .on_hover_text("The same seed moves the same notes the same way; it goes on by itself");
    });
}

fn strum(ui: &mut Ui, state: &mut State) {
    let (millis, direction) = &mut state.options.strum;
    field(ui, "Between two strings", |ui| {
        let slider = egui::Slider::new(millis, 1.0..=150.0)
            .suffix(" ms")
            .fixed_decimals(0);
        ui.add(slider).accessible_name("Between two strings");
    });
    field(ui, "Direction", |ui| {
        let directions = [
            (Direction::Up, "Up: the lowest first"),
            (Direction::Down, "Down: the highest first"),
            (Direction::Alternate, "Up and down in turn"),
        ];
        choose(ui, "Direction", direction, directions.into_iter());
    });
}

fn ramp(ui: &mut Ui, state: &mut State) {
    let (from, to) = &mut state.options.ramp;
    for (name, value) in [("First note", from), ("Last note", to)] {
        field(ui, name, |ui| {
            let slider = egui::Slider::new(value, 1..=127);
            ui.add(slider)
                .accessible_name(name)
                .on_hover_text("Velocity, 1 to 127");
        });
    }
}

fn chord(ui: &mut Ui, state: &mut State) {
    field(ui, "Chord", |ui| {
        let chords = CHORDS.iter().enumerate().map(|(i, c)| (i, c.0));
        choose(ui, "Chord", &mut state.options.chord, chords);
    });
}

fn select(ui: &mut Ui, state: &mut State) {
    let by = &mut state.options.select;
    field(ui, "Notes that are", |ui| {
        choose(
            ui,
            "Notes that are",
            &mut by.criterion,
            CRITERIA.iter().copied(),
        );
    });
    if by.criterion == Criterion::Beat {
        ui.horizontal(|ui| {
            ui.label("Every");
            ui.add(egui::DragValue::new(&mut by.every).range(1..=16))
                .accessible_name("Every so many beats");
            ui.label("beats of a bar, from beat");
            ui.add(egui::DragValue::new(&mut by.first).range(1..=16))
                .accessible_name("From beat");
        });
    }
    field(ui, "What then", |ui| {
        choose(ui, "What then", &mut by.joining, JOININGS.iter().copied());
    });
}
