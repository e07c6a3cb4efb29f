//! The small panes that ask how: each its fields, one line that says what it is about, and a button.

use crate::score::shape::{CHORDS, Direction};
use crate::studio::options::Pane;
use crate::studio::selecting::{self, CRITERIA, Criterion, JOININGS};
use crate::studio::state::State;
use crate::studio::stats::count;
use crate::studio::theme::{Theme, size};
use crate::studio::{command::Command, shaping};
use eframe::egui::{self, Align, Layout, Response, RichText, Ui, vec2};

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
    ui.spacing_mut().slider_width = 220.0;
    let (command, about, verb): (Command, String, &str) = match pane {
        Pane::Quantise => (Command::QuantiseBy, notes_meant(state), "Apply"),
        Pane::Humanise => (Command::Humanise, notes_meant(state), "Apply"),
        Pane::Strum => (Command::Strum, notes_meant(state), "Apply"),
        Pane::Ramp => (Command::Ramp, notes_meant(state), "Apply"),
        Pane::Chord => (Command::StampBy, again(ui), "Stamp"),
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
    // No higher than its buttons: a pane that has grown may shrink again.
    let row = vec2(ui.available_width(), ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
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

fn again(ui: &Ui) -> String {
    match Command::Stamp.spec().key(ui.ctx()) {
        key if key.is_empty() => "Stamp chord stamps it again.".into(),
        key => format!("{key} stamps it again."),
    }
}

fn notes_meant(state: &mut State) -> String {
    match state.selection.len() {
        0 => {
            let all = shaping::chosen(state).len();
            format!("For all {} of the track in hand", count(all, "note"))
        }
        n => format!("For the {} selected", count(n, "note")),
    }
}

/// A widget with its name above it.
fn field(ui: &mut Ui, name: &str, widget: impl FnOnce(&mut Ui) -> Response) {
    let name = RichText::new(name).small().color(Theme::of(ui).text_weak);
    let name = ui.label(name).id;
    widget(ui).labelled_by(name);
}

/// A list to choose from, under its name.
fn choose<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    all: impl Iterator<Item = (T, &'static str)> + Clone,
) {
    let shown = all.clone().find(|(v, _)| v == value);
    field(ui, name, |ui| {
        egui::ComboBox::from_id_salt(name)
            .selected_text(shown.map_or("", |s| s.1))
            .width(ui.available_width())
            .show_ui(ui, |ui| {
                for (v, text) in all {
                    ui.selectable_value(value, v, text);
                }
            })
            .response
    });
}

/// A number to slide, under its name. `hover` says what it is.
fn slide<N: egui::emath::Numeric>(
    ui: &mut Ui,
    name: &str,
    value: &mut N,
    range: std::ops::RangeInclusive<N>,
    unit: &str,
    hover: &str,
) {
    let slider = egui::Slider::new(value, range)
        .suffix(unit)
        .fixed_decimals(0);
    field(ui, name, |ui| ui.add(slider).on_hover_text(hover));
}

fn quantise(ui: &mut Ui, state: &mut State) {
    let how = &mut state.options.quantise;
    let grids = GRIDS.iter().map(|&(name, division)| (division, name));
    choose(ui, "Quantise to", &mut how.division, grids);
    let triplets = how.division.is_multiple_of(3);
    if triplets {
        // Triplets do not swing.
        how.swing = 50.0;
    }
    ui.add_enabled_ui(!triplets, |ui| {
        let what = "Where every second line stands in its pair: 50 is straight, 67 as triplets swing; triplets do not swing";
        slide(ui, "Swing", &mut how.swing, 50.0..=75.0, " %", what);
    });
    let mut share = how.strength * 100.0;
    let what = "How far notes go: 100 lands on the grid, 50 half way";
    slide(ui, "Strength", &mut share, 0.0..=100.0, " %", what);
    if share != how.strength * 100.0 {
        how.strength = share / 100.0;
    }
    ui.horizontal(|ui| {
        ui.checkbox(&mut how.onsets, "Onsets");
        ui.checkbox(&mut how.lengths, "Lengths")
            .on_hover_text("Lengths become whole steps of the grid");
    });
}

fn humanise(ui: &mut Ui, state: &mut State) {
    let options = &mut state.options;
    let how = &mut options.humanise;
    let what = "Most that a note goes early or late";
    slide(ui, "Time", &mut how.millis, 0.0..=60.0, " ms", what);
    let what = "Most that a note gets louder or softer, of 127";
    slide(ui, "Velocity, most", &mut how.velocity, 0..=40, "", what);
    let what = "The same seed moves the same notes the same way; it goes on by itself";
    field(ui, "Seed of the chance", |ui| {
        ui.add(egui::DragValue::new(&mut options.seed))
            .on_hover_text(what)
    });
}

fn strum(ui: &mut Ui, state: &mut State) {
    let (millis, direction) = &mut state.options.strum;
    let what = "Time from one note of a chord to the next";
    slide(ui, "Between two strings", millis, 1.0..=150.0, " ms", what);
    let directions = [
        (Direction::Up, "Up: the lowest first"),
        (Direction::Down, "Down: the highest first"),
        (Direction::Alternate, "Up and down in turn"),
    ];
    choose(ui, "Direction", direction, directions.into_iter());
}

fn ramp(ui: &mut Ui, state: &mut State) {
    let (from, to) = &mut state.options.ramp;
    let what = "Velocity, 1 to 127";
    slide(ui, "First note", from, 1..=127, "", what);
    slide(ui, "Last note", to, 1..=127, "", what);
}

fn chord(ui: &mut Ui, state: &mut State) {
    let chords = CHORDS.iter().enumerate().map(|(i, c)| (i, c.0));
    choose(ui, "Chord", &mut state.options.chord, chords);
}

fn select(ui: &mut Ui, state: &mut State) {
    let by = &mut state.options.select;
    let criteria = CRITERIA.iter().copied();
    choose(ui, "Notes that are", &mut by.criterion, criteria);
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
    choose(ui, "What then", &mut by.joining, JOININGS.iter().copied());
}
